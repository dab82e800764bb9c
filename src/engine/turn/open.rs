//! One turn from the person's first sound until its record.

use antiphon_actors::fact::Step;
use antiphon_actors::frame::{EndReason, Record};
use antiphon_actors::{Time, TurnId};

/// A turn that is not closed.
#[derive(Debug)]
pub(super) struct Open {
    number: u64,
    began: Time,
    /// The last voiced sample, once the person is silent.
    pub(super) speech_end: Option<Time>,
    /// When the silence is taken to have begun, though its beginning was not seen.
    pub(super) unseen_end: Option<Time>,
    /// When the turn's end was decided.
    pub(super) committed: Option<Time>,
    /// The person's words, once final.
    pub(super) text: Option<String>,
    /// Some of the words were lost with a stage.
    pub(super) words_lost: bool,
    /// The attempt for which the language model was asked.
    pub(super) asked: Option<TurnId>,
    /// When the steps of the answer were reached, in the order of [`super::STEPS`].
    steps: [Option<Time>; 3],
    /// The first audible sample of the answer.
    pub(super) audible: Option<Time>,
    /// A stage is being started again, and the answer must be made anew then.
    pub(super) broken: bool,
    /// How often the answer was made anew.
    pub(super) retries: u32,
    /// The answer failed, and the person is being told.
    pub(super) failed: bool,
    /// The person began to speak over the reply.
    pub(super) barge_in: Option<Time>,
    /// In a pipeline that does not reply: the next turn began before the words of this one came.
    pub(super) next_start: Option<Time>,
    pub(super) next_stop: Option<Time>,
}

impl Open {
    pub(super) fn new(number: u64, began: Time) -> Self {
        Self {
            number,
            began,
            speech_end: None,
            unseen_end: None,
            committed: None,
            text: None,
            words_lost: false,
            asked: None,
            steps: [None; 3],
            audible: None,
            broken: false,
            retries: 0,
            failed: false,
            barge_in: None,
            next_start: None,
            next_stop: None,
        }
    }

    /// The person goes on speaking: whatever was made of the words so far is void.
    pub(super) fn resume(&mut self) {
        self.speech_end = None;
        self.unseen_end = None;
        self.committed = None;
        self.text = None;
        self.broken = false;
        self.forget_answer();
    }

    /// Since when the person is silent, as far as is known.
    pub(super) fn silent_since(&self) -> Option<Time> {
        self.speech_end.or(self.unseen_end)
    }

    pub(super) fn forget_answer(&mut self) {
        self.asked = None;
        self.steps = [None; 3];
        self.audible = None;
        self.barge_in = None;
    }

    pub(super) fn step(&mut self, step: Step, at: Time) {
        if let Some(index) = super::STEPS.iter().position(|known| *known == step) {
            self.steps[index].get_or_insert(at);
        }
    }

    pub(super) fn record(
        &self,
        end_reason: EndReason,
        user_text: String,
        agent_text: String,
        replies: bool,
        now: Time,
    ) -> Record {
        let dead_air = match (self.speech_end, self.audible) {
            // Figures of a reply that was not the answer would flatter.
            _ if !replies => Err("the pipeline does not reply"),
            _ if end_reason == EndReason::NoWords => Err("no words were recognised"),
            _ if self.failed => Err("the answer failed"),
            (None, _) => Err("the end of the speech was not seen"),
            (Some(_), None) => Err("nothing was heard of the reply"),
            (Some(end), Some(audible)) => Ok(audible.millis_since(end)),
        };
        let seconds = |time: Time| time.since_start().as_secs_f64();
        Record {
            turn: self.number,
            user_text,
            agent_text: agent_text.trim().to_string(),
            dead_air_ms: dead_air.ok(),
            dead_air_reason: dead_air.err().map(str::to_string),
            interrupted: end_reason == EndReason::Interrupted,
            end_reason,
            started_at: seconds(self.began),
            speech_ended_at: self.speech_end.map(seconds),
            reply_started_at: self.audible.map(seconds),
            ended_at: seconds(now),
        }
    }
}
