//! What is made of a silence before it is sure that the person has stopped.

use std::time::Duration;

use antiphon_actors::{Phase, Time, TurnId};

use super::open::Open;
use super::{Effects, TurnAuthority};

/// A turn that would end after a silence up to this is answered as soon as its words are known;
/// where it takes longer, there is time to wait until it is sure that speech has stopped.
const SOON: Duration = Duration::from_millis(300);

/// A recogniser that takes longer for the words of a turn is not asked for them in lulls: most of
/// that would be in vain, and all of it in the way of the words so far.
const QUICK: Duration = Duration::from_millis(100);
/// So often in a row it must have taken longer: once may be the machine.
const SLOW: u32 = 2;

/// The sound fell quiet, and the detector has not said yet that speech has stopped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lull {
    /// Capture time of the last voiced sample.
    pub(super) at: Time,
    /// Capture time of the end of the sound that this is known from: words for it are from that
    /// sound or more.
    until: Time,
}

impl TurnAuthority {
    pub(super) fn speech_lull(&mut self, at: Time, until: Time) {
        match self.view.phase {
            Phase::Hearing if self.heard_slowly < SLOW => {
                self.open_mut(|open| open.lull = Some(Lull { at, until }))
            }
            Phase::Listening | Phase::Hearing | Phase::Speculating | Phase::Replying => {}
        }
    }

    /// The words of an attempt came at `at`.
    pub(super) fn hear_pace(&mut self, turn: TurnId, at: Time) {
        let attempt = self.open.as_mut().and_then(|open| open.attempt_mut(turn));
        if let Some(begun) = attempt.map(|attempt| attempt.begun) {
            self.heard_slowly = if at.since(begun) > QUICK { self.heard_slowly + 1 } else { 0 };
        }
    }

    /// It was no end: an answer that was begun for it is void.
    pub(super) fn speech_resume(&mut self, now: Time, out: &mut Effects) {
        let Some(open) = &mut self.open else { return };
        if open.lull.take().is_some() && self.view.phase == Phase::Speculating {
            let late = open.text.is_none() && now.since(self.view.since) > QUICK;
            self.heard_slowly += u32::from(late);
            self.discard(now, out);
        }
    }

    /// It was an end, at `at`. What was begun in the lull is void if more was said in it.
    pub(super) fn end_lull(&mut self, at: Time, now: Time, out: &mut Effects) {
        let lull = self.open.as_mut().and_then(|open| open.lull.take());
        let Some(lull) = lull.filter(|_| self.view.phase == Phase::Speculating) else { return };
        if at > lull.until {
            self.discard(now, out);
        } else {
            self.ask(now, out);
            self.end_if_due(now, out);
        }
    }

    fn discard(&mut self, now: Time, out: &mut Effects) {
        self.open_mut(|open| open.void_answer(now));
        self.move_turn();
        self.enter(Phase::Hearing, now, out);
    }

    /// Whether the words so far are answered though it is not sure that speech has stopped.
    pub(super) fn answers_in_lull(&self, open: &Open) -> bool {
        open.lull.is_none() || self.end_silence(open) <= SOON
    }
}
