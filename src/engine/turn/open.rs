//! One turn from the person's first sound until its record.

use antiphon_actors::ledger::{
    Anchors, Attempt, Cause, Course, EndOfTurn, EndReason, Outcome, Record, Speech,
};
use antiphon_actors::{Finished, Time, TurnId};

use super::ahead::Ahead;
use super::ending::Heard;
use super::lull::Lull;

/// A turn that is not closed.
#[derive(Debug)]
pub(super) struct Open {
    number: u64,
    /// When the person spoke.
    speech: Vec<Speech>,
    /// The last voiced sample, once the person is silent, and when that was noticed.
    pub(super) speech_end: Option<Time>,
    /// The person is quiet, though it is not sure that they have stopped.
    pub(super) lull: Option<Lull>,
    /// When the silence is taken to have begun, though its beginning was not seen.
    pub(super) unseen_end: Option<Time>,
    stop_detected: Option<Time>,
    /// When the first words so far came.
    first_partial: Option<Time>,
    /// What was heard of it, beside its final words.
    pub(super) heard: Heard,
    pub(super) ahead: Ahead,
    /// When the turn's end was decided.
    pub(super) committed: Option<Time>,
    /// Which rule decided it.
    pub(super) ended_by: Option<EndOfTurn>,
    /// The person's words, once final.
    pub(super) text: Option<String>,
    /// Whether those words are finished, where the recogniser says.
    pub(super) finished: Option<Finished>,
    /// Some of the words were lost with a stage.
    pub(super) words_lost: bool,
    /// The attempt for which the language model was asked.
    pub(super) asked: Option<TurnId>,
    /// All attempts to answer; only the last may be under way.
    attempts: Vec<Attempt>,
    /// A stage is being started again, and the answer must be made anew then.
    pub(super) broken: bool,
    /// How often the answer was made anew.
    pub(super) retries: u32,
    /// The answer failed, and the person is being told.
    pub(super) failed: bool,
    /// The person began to speak over the reply.
    pub(super) barge_in: Option<Time>,
    /// They stopped while the reply is paused: when, and when that was known.
    pub(super) over_stop: Option<(Time, Time)>,
    /// In a pipeline that does not reply: the next turn began before the words of this one came.
    pub(super) next_start: Option<Time>,
    pub(super) next_stop: Option<Time>,
    /// The first words so far that are no part of this turn.
    pub(super) next_partial: Option<Time>,
}

impl Open {
    pub(super) fn new(number: u64, turn: TurnId, began: Time, first_partial: Option<Time>) -> Self {
        Self {
            number,
            speech: vec![Speech { start: began, stop: None }],
            speech_end: None,
            lull: None,
            unseen_end: None,
            stop_detected: None,
            first_partial,
            heard: Heard::default(),
            ahead: Ahead::new(turn),
            committed: None,
            ended_by: None,
            text: None,
            finished: None,
            words_lost: false,
            asked: None,
            attempts: Vec::new(),
            broken: false,
            retries: 0,
            failed: false,
            barge_in: None,
            over_stop: None,
            next_start: None,
            next_stop: None,
            next_partial: None,
        }
    }

    /// The person went silent at `at`, which was noticed `now`.
    pub(super) fn stop(&mut self, at: Time, now: Time) {
        self.speech_end = Some(at);
        self.stop_detected = Some(now);
        if let Some(speech) = self.speech.last_mut() {
            speech.stop = Some(at);
        }
    }

    /// The person goes on speaking at `at`: whatever was made of the words so far is void.
    pub(super) fn resume(&mut self, at: Time, now: Time) {
        if self.speech.last().is_some_and(|speech| speech.stop.is_some()) {
            self.speech.push(Speech { start: at, stop: None });
        }
        self.speech_end = None;
        self.lull = None;
        self.unseen_end = None;
        self.stop_detected = None;
        self.committed = None;
        self.ended_by = None;
        self.void_answer(now);
    }

    /// What was made of the words so far is void, for they are not all.
    pub(super) fn void_answer(&mut self, now: Time) {
        self.text = None;
        self.broken = false;
        self.forget_answer(Outcome::Resumed, now);
    }

    /// Since when the person is silent, as far as is known.
    pub(super) fn silent_since(&self) -> Option<Time> {
        self.speech_end.or(self.unseen_end)
    }

    /// Since when nothing is heard of the person, though they may not have stopped.
    pub(super) fn quiet_since(&self) -> Option<Time> {
        self.silent_since().or(self.lull.map(|lull| lull.at))
    }

    pub(super) fn forget_answer(&mut self, outcome: Outcome, now: Time) {
        self.asked = None;
        self.barge_in = None;
        self.over_stop = None;
        if let Some(last) = self.attempts.last_mut() {
            last.end(outcome, now);
        }
    }

    /// An answer is wanted from that attempt.
    pub(super) fn attempt(&mut self, turn: TurnId, now: Time) {
        if self.current().is_some_and(|attempt| attempt.turn == turn) {
            return;
        }
        let cause = match self.attempts.last() {
            _ if self.failed => Cause::Apology,
            _ if self.committed.is_none() => Cause::Eager,
            Some(last) if last.outcome == Outcome::Failed => Cause::Again,
            Some(_) | None => Cause::Decided,
        };
        let mut attempt = Attempt::new(turn, cause, now);
        // Words outlive an attempt that is made again.
        attempt.text.clone_from(&self.text);
        let words = self.attempts.last().and_then(|last| last.steps.words);
        attempt.steps.words = words.filter(|_| self.text.is_some());
        self.attempts.push(attempt);
    }

    /// The attempt that is under way.
    pub(super) fn current(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.is_open())
    }

    /// The attempt of that number, under way or over.
    pub(super) fn attempt_mut(&mut self, turn: TurnId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.turn == turn)
    }

    /// The language model was asked.
    pub(super) fn prompted(&mut self, turn: TurnId, now: Time) {
        if let Some(attempt) = self.attempt_mut(turn) {
            attempt.steps.prompted = Some(now);
        }
    }

    /// Whether something of the answer was heard.
    pub(super) fn is_audible(&self) -> bool {
        self.current().is_some_and(|attempt| attempt.steps.audible.is_some())
    }

    /// The person began to speak over the answer, or goes on to.
    pub(super) fn speak_over(&mut self, at: Time) {
        self.over_stop = None;
        self.barge_in.get_or_insert(at);
    }

    /// The first words so far came.
    pub(super) fn partial(&mut self, at: Time) {
        self.first_partial.get_or_insert(at);
    }

    /// Closes the turn. `onset` is when the person interrupted it.
    pub(super) fn record(
        mut self,
        end_reason: EndReason,
        agent_text: String,
        onset: Option<Time>,
        replies: bool,
        now: Time,
    ) -> Record {
        let because = match end_reason {
            // Figures of a reply that was not the answer would flatter.
            _ if !replies => Some("the pipeline does not reply"),
            EndReason::NoWords => Some("no words were recognised"),
            _ if self.failed => Some("the answer failed"),
            _ if self.speech_end.is_none() => Some("the end of the speech was not seen"),
            _ if !self.is_audible() => Some("nothing was heard of the reply"),
            EndReason::Finished
            | EndReason::Interrupted
            | EndReason::Failed
            | EndReason::TimedOut
            | EndReason::Stopped => None,
        };
        let outcome = match end_reason {
            EndReason::Finished | EndReason::Interrupted | EndReason::NoWords => Outcome::Kept,
            EndReason::Failed => Outcome::Failed,
            EndReason::TimedOut | EndReason::Stopped if self.is_audible() => Outcome::Kept,
            EndReason::TimedOut | EndReason::Stopped => Outcome::Unused,
        };
        let steps = self.current().map(|attempt| attempt.steps).unwrap_or_default();
        self.forget_answer(outcome, now);
        self.attempts.iter_mut().for_each(Attempt::settle);
        let anchors = Anchors {
            speech_start: self.speech.first().map(|speech| speech.start),
            first_partial: self.first_partial,
            speech_stop: self.speech_end,
            stop_detected: self.stop_detected,
            decided: self.committed,
            steps,
            barge_in: onset,
        };
        let (turn, speech, attempts) = (self.number, self.speech, self.attempts);
        let user_text = self.text.unwrap_or_default();
        let course = Course { turn, speech, attempts, anchors, end_of_turn: self.ended_by };
        let agent_text = agent_text.trim().to_string();
        let record = course.record(end_reason, user_text, agent_text, because, now);
        Record { read_ahead_tokens: self.ahead.tokens, ..record }
    }
}
