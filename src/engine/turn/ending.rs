//! When the open turn ends: the silence that it takes, and the longest that it may be open.

use std::time::Duration;

use antiphon_actors::ledger::{EndOfTurn, EndReason, EndSource};
use antiphon_actors::prosody::Prosody;
use antiphon_actors::{Finished, Time};

use super::endpoint::Evidence;
use super::open::Open;
use super::{Effects, Phase, TurnAuthority};

/// What was heard of the open turn, beside its final words.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The last words so far, whether they are finished, and the end of the audio that
    /// they come from.
    words: Option<(String, Option<Finished>, Time)>,
    /// How the last speech ended.
    prosody: Option<Prosody>,
}

impl Heard {
    /// The words so far, if they are known up to `end`.
    pub(super) fn words(&self, end: Time) -> Option<&str> {
        self.said(end).map(|(words, _)| words)
    }

    /// The same with whether they are finished.
    fn said(&self, end: Time) -> Option<(&str, Option<Finished>)> {
        let words = self.words.as_ref().filter(|(.., until)| *until >= end);
        words.map(|(text, finished, _)| (text.as_str(), *finished))
    }
}

/// What the stage says that hears whether the person is done.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The end of speech that it last spoke of, and its log-odds.
    last: Option<(Time, f32)>,
    /// It is being started again.
    down: bool,
}

impl TurnAuthority {
    /// The silence after which the turn ends, by what is known of it so far, and the rule that
    /// asks for it.
    pub(super) fn end_rule(&self, open: &Open) -> (Duration, EndOfTurn) {
        let Some(endpoint) = &self.endpoint else {
            let silence = self.settings.end_silence;
            return (silence, EndOfTurn::silence(silence));
        };
        let so_far = || open.speech_end.and_then(|end| open.heard.said(end));
        let last = open.text.as_deref().map(|text| (text, open.finished));
        let (words, finished) = last.or_else(so_far).unzip();
        let (finished, prosody) = (finished.flatten(), open.heard.prosody);
        let told = self.told.last.filter(|(stop, _)| open.speech_end == Some(*stop));
        let network = told.map(|(_, log_odds)| log_odds);
        let verdict = endpoint.judge(&Evidence { words, finished, prosody, network });
        let silence = match &self.settings.listener {
            Some(listener) if network.is_none() && !self.told.down && open.speech_end.is_some() => {
                verdict.silence.max(listener.wait)
            }
            Some(_) | None => verdict.silence,
        };
        let rule = EndOfTurn {
            source: if network.is_some() { EndSource::Network } else { EndSource::Adaptive },
            log_odds: Some(verdict.log_odds),
            patience: Some(verdict.patience),
            words: Some(words.is_some()),
            ..EndOfTurn::silence(silence)
        };
        (silence, rule)
    }

    /// The silence after which the turn ends, by what is known of it so far.
    pub(super) fn end_silence(&self, open: &Open) -> Duration {
        self.end_rule(open).0
    }

    /// The network has spoken of the silence from `stop` on.
    pub(super) fn end_of_turn(&mut self, stop: Time, log_odds: f32, now: Time, out: &mut Effects) {
        self.told.last = Some((stop, log_odds));
        self.end_if_due(now, out);
    }

    /// A stage was lost, or is back: only one that listens is waited for.
    pub(super) fn listens(&mut self, stage: &str, up: bool) {
        if self.settings.listener.as_ref().is_some_and(|listener| listener.stage == stage) {
            self.told.down = !up;
        }
    }

    pub(super) fn prosody(&mut self, prosody: Prosody) {
        self.open_mut(|open| open.heard.prosody = Some(prosody));
    }

    pub(super) fn words_so_far(&mut self, text: String, finished: Option<Finished>, until: Time) {
        self.open_mut(|open| open.heard.words = Some((text, finished, until)));
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

    /// When the person's silence becomes the end of the turn, or of waiting for more.
    pub(super) fn silence_deadline(&self, open: &Open) -> Option<Time> {
        let (eager, silence) = (self.settings.eager_silence, self.end_silence(open));
        match self.view.phase {
            Phase::Hearing if !eager.is_zero() && eager < silence => {
                Some(open.quiet_since()? + eager)
            }
            Phase::Hearing | Phase::Speculating => Some(open.silent_since()? + silence),
            Phase::Listening | Phase::Replying => None,
        }
    }

    /// When the turn has been open for too long.
    pub(super) fn backstop(&self, open: &Open) -> Time {
        self.view.since.max(open.committed.unwrap_or(Time::ZERO)) + self.settings.limit
    }

    pub(super) fn pass_silence(&mut self, end: Time, now: Time, out: &mut Effects) {
        let Some(open) = &self.open else { return };
        let (silence, rule) = self.end_rule(open);
        if open.silent_since().is_some() && now >= end + silence {
            self.commit(rule, now, out);
        } else {
            self.enter(Phase::Speculating, now, out);
        }
    }

    pub(super) fn time_out(&mut self, now: Time, out: &mut Effects) {
        match self.view.phase {
            Phase::Listening => {}
            // A stop that never came: what was heard until now is the turn.
            Phase::Hearing | Phase::Speculating => {
                self.open_mut(|open| open.unseen_end = Some(now));
                self.commit(EndOfTurn::limit(), now, out);
            }
            Phase::Replying => self.close(EndReason::TimedOut, String::new(), now, out),
        }
    }
}
