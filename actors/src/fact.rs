//! What stages tell the turn authority. Facts are few, and none is ever dropped or stale.

use std::time::Duration;

use crate::frame::TurnId;
use crate::prosody::Prosody;
use crate::time::Time;

/// What a recogniser says of the end of its words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished {
    /// Probability that they are a finished sentence.
    pub probability: f32,
    /// How far the recogniser understood what it heard, from 0 to 1.
    pub trust: f32,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The person began to speak.
    SpeechStart {
        /// Capture time of the first voiced sample.
        at: Time,
    },
    /// The sound of the person's speech fell quiet: perhaps they stopped, perhaps it is a closure
    /// inside a word.
    SpeechLull {
        /// Capture time of the last voiced sample.
        at: Time,
        /// Capture time of the end of the sound that this is known from.
        until: Time,
    },
    /// The person's speech goes on after a lull.
    SpeechResume {
        /// Capture time of the last voiced sample.
        at: Time,
    },
    /// The person stopped, for now.
    SpeechStop {
        /// Capture time of the last voiced sample.
        at: Time,
    },
    /// How the speech sounded at its end. Comes right before the stop, or before a lull.
    Prosody {
        /// Pitch, level and length.
        prosody: Prosody,
    },
    /// What a network makes of the turn up to a silence.
    EndOfTurn {
        /// Capture time of the last voiced sample before it.
        stop: Time,
        /// Log-odds that the person is done.
        log_odds: f32,
    },
    /// Words so far.
    Partial {
        /// All words of the utterance so far.
        text: String,
        /// How many bytes of `text`, from its start, no later partial changes.
        stable: usize,
        /// Whether they are a finished sentence, where the recogniser says.
        finished: Option<Finished>,
        /// Capture time of the end of the audio that they come from.
        until: Time,
        /// When they were there.
        at: Time,
    },
    /// The words of a turn.
    Final {
        /// The attempt that asked for them.
        turn: TurnId,
        /// The words, empty if there were none.
        text: String,
        /// Whether they are a finished sentence, where the recogniser says.
        finished: Option<Finished>,
        /// When they were there.
        at: Time,
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
    /// The voice was silent before its first sound, and that was cut away.
    Trimmed {
        /// The attempt.
        turn: TurnId,
        /// How much was cut.
        silence: Duration,
    },
    /// How much of a reply there was, told before that it is over.
    Played {
        /// The attempt.
        turn: TurnId,
        /// The lengths.
        played: Played,
    },
    /// What the language model did for an attempt, told once it is done or gave up.
    Usage {
        /// The attempt.
        turn: TurnId,
        /// The tokens.
        usage: Usage,
    },
    /// The language model read words while the person still spoke.
    ReadAhead {
        /// The attempt that was current.
        turn: TurnId,
        /// Tokens that it had not read before.
        tokens: u64,
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

/// A word of a reply as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardWord {
    /// The word as written, with the marks behind it.
    pub text: String,
    /// Device time of its first sample.
    pub start: Time,
    /// Device time of the sample after its last.
    pub end: Time,
}

/// A reply as sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// How much of it was made.
    pub made: Duration,
    /// How much of that sounded.
    pub sounded: Duration,
    /// How often there was silence in it as its voice was too slow.
    pub gaps: u64,
    /// How long they were in all.
    pub gap_length: Duration,
    /// The words that were heard to their end, where the voice says when they sound.
    pub words: Vec<HeardWord>,
}

/// Tokens that a language model read and wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt that it had to read, where it says so.
    pub read: Option<u64>,
    /// Tokens of the prompt that it had read before, where it says so.
    pub reused: Option<u64>,
    /// Tokens that it wrote; pieces of text where it counts no tokens.
    pub written: u64,
}

/// A step on the way to an answer, in the order in which they cause each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The recogniser took the audio of the turn.
    SttStart,
    /// The language model took the prompt.
    LlmStart,
    /// The language model wrote its first piece.
    FirstToken,
    /// The language model was done.
    LlmEnd,
    /// The first chunk was cut.
    FirstChunk,
    /// The voice took the first chunk.
    TtsStart,
    /// The first chunk's first sample was synthesised.
    FirstVoice,
    /// The voice was done with a chunk.
    TtsEnd,
    /// The first samples were handed over to playback.
    HandedOver,
    /// The first sample sounded, audible or not.
    FirstSample,
}
