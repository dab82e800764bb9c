//! What stages tell the turn authority. Facts are few, and none is ever dropped or stale.

use crate::frame::TurnId;
use crate::time::Time;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The person began to speak.
    SpeechStart {
        /// Capture time of the first voiced sample.
        at: Time,
    },
    /// The person stopped, for now.
    SpeechStop {
        /// Capture time of the last voiced sample.
        at: Time,
    },
    /// Words so far.
    Partial {
        /// All words of the utterance so far.
        text: String,
    },
    /// The words of a turn.
    Final {
        /// The attempt that asked for them.
        turn: TurnId,
        /// The words, empty if there were none.
        text: String,
    },
    /// A step of the answer was reached.
    Step {
        /// The attempt.
        turn: TurnId,
        /// Which step.
        step: Step,
        /// When.
        at: Time,
    },
    /// The first audible sample of the reply was played.
    Audible {
        /// The attempt.
        turn: TurnId,
        /// Device time of the sample.
        at: Time,
    },
    /// The reply is over: it was played to its end, or cut off.
    Heard {
        /// The attempt.
        turn: TurnId,
        /// The words that were heard.
        text: String,
        /// Whether it was played to its end.
        complete: bool,
        /// Device time of the last sample heard.
        at: Time,
    },
    /// Work for an attempt was lost though the stage lives.
    Lost {
        /// The attempt.
        turn: TurnId,
        /// What went wrong.
        message: String,
    },
    /// A stage failed and is being started again.
    StageDown {
        /// Its id in the pipeline file.
        stage: String,
        /// What went wrong.
        message: String,
    },
    /// A stage that failed is ready again.
    StageUp {
        /// Its id in the pipeline file.
        stage: String,
    },
    /// No more input will come.
    InputEnded,
    /// The pipeline is closing.
    Close,
}

/// A step on the way to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The language model wrote its first piece.
    FirstToken,
    /// The first chunk was cut.
    FirstChunk,
    /// The first chunk's first sample was synthesised.
    FirstVoice,
}
