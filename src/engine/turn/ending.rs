//! The silence after which the open turn ends.

use std::time::Duration;

use antiphon_actors::Time;
use antiphon_actors::ledger::{EndOfTurn, EndSource};
use antiphon_actors::prosody::Prosody;

use super::endpoint::Evidence;
use super::open::Open;
use super::{Effects, Phase, TurnAuthority};

/// What was heard of the open turn, beside its final words.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The last words so far, and the end of the audio that they come from.
    words: Option<(String, Time)>,
    /// How the last speech ended.
    prosody: Option<Prosody>,
}

impl Heard {
    /// The words so far, if they are known up to `end`.
    pub(super) fn words(&self, end: Time) -> Option<&str> {
        self.words.as_ref().filter(|(_, until)| *until >= end).map(|(text, _)| text.as_str())
    }
}

impl TurnAuthority {
    /// The silence after which the turn ends, by what is known of it so far, and the rule that
    /// asks for it.
    pub(super) fn end_rule(&self, open: &Open) -> (Duration, EndOfTurn) {
        let Some(endpoint) = &self.endpoint else {
            let silence = self.settings.end_silence;
            return (silence, EndOfTurn::silence(silence));
        };
        let so_far = open.speech_end.and_then(|end| open.heard.words(end));
        let words = open.text.as_deref().or(so_far);
        let verdict = endpoint.judge(&Evidence { words, prosody: open.heard.prosody });
        let rule = EndOfTurn {
            source: EndSource::Adaptive,
            log_odds: Some(verdict.log_odds),
            patience: Some(verdict.patience),
            words: Some(words.is_some()),
            ..EndOfTurn::silence(verdict.silence)
        };
        (verdict.silence, rule)
    }

    /// The silence after which the turn ends, by what is known of it so far.
    pub(super) fn end_silence(&self, open: &Open) -> Duration {
        self.end_rule(open).0
    }

    pub(super) fn prosody(&mut self, prosody: Prosody) {
        self.open_mut(|open| open.heard.prosody = Some(prosody));
    }

    pub(super) fn words_so_far(&mut self, text: String, until: Time) {
        self.open_mut(|open| open.heard.words = Some((text, until)));
    }

    /// The person speaks again: from what was a pause it is learnt how long they pause.
    pub(super) fn learn_pause(&mut self, at: Time) {
        let end = self.open.as_ref().and_then(|open| open.speech_end);
        if let (Some(endpoint), Some(end)) = (&mut self.endpoint, end) {
            endpoint.learn(at.since(end));
        }
    }

    /// New words may say that the turn has ended already.
    pub(super) fn end_if_due(&mut self, now: Time, out: &mut Effects) {
        let Some(open) = self.open.as_ref().filter(|_| self.view.phase == Phase::Speculating)
        else {
            return;
        };
        let (silence, rule) = self.end_rule(open);
        if open.silent_since().is_some_and(|end| end + silence <= now) {
            self.commit(rule, now, out);
        }
    }
}
