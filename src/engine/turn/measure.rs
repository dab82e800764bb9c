//! What is learnt of a turn, and its record.

use std::sync::Arc;

use antiphon_actors::ledger::{Attempt, EndReason};
use antiphon_actors::{Payload, Phase, Time, TurnId};

use super::open::Open;
use super::{Effects, TurnAuthority};

impl TurnAuthority {
    pub(super) fn record(
        &mut self,
        open: Open,
        end: EndReason,
        heard: String,
        onset: Option<Time>,
        now: Time,
        out: &mut Effects,
    ) {
        let record = open.record(end, heard, onset, self.settings.replies, now);
        self.history.keep(&record);
        out.send_free(Payload::Record(Arc::new(record)));
    }

    /// Something was learnt of that attempt, of the open turn or of one that was cut off.
    pub(super) fn measure(&mut self, turn: TurnId, note: impl FnOnce(&mut Attempt)) {
        let cut = self.cut.as_mut().map(|cut| &mut cut.open);
        let open = self.open.as_mut().into_iter().chain(cut);
        if let Some(attempt) = open.filter_map(|open| open.attempt_mut(turn)).next() {
            note(attempt);
        }
    }

    /// Words so far came.
    pub(super) fn partial(&mut self, at: Time) {
        let phase = self.view.phase;
        self.open_mut(|open| match phase {
            Phase::Listening => {}
            Phase::Hearing | Phase::Speculating => open.partial(at),
            Phase::Replying => {
                if open.barge_in.or(open.next_start).is_some() {
                    open.next_partial.get_or_insert(at);
                }
            }
        });
    }
}
