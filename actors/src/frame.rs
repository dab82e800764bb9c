//! What flows between stages.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::ledger::{EndReason, Record};
use crate::time::{Time, samples_to_duration};

/// The number of an attempt to answer. It only grows, and whatever carries a smaller one is stale.
///
/// It moves when a person begins to speak, goes on after a pause that was taken for the end, or
/// speaks over the reply, and when an attempt failed and is made again. What users call a turn is
/// counted apart, in [`Record::turn`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TurnId(pub u64);

impl TurnId {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Mono samples in -1 to 1.
#[derive(Clone, PartialEq)]
pub struct Audio {
    /// The samples.
    pub samples: Arc<[f32]>,
    /// Samples a second.
    pub rate: u32,
    /// When the first sample was captured.
    pub at: Time,
}

impl Audio {
    /// When the sample after the last one is captured.
    pub fn end(&self) -> Time {
        self.at + samples_to_duration(self.samples.len() as u64, self.rate)
    }
}

impl fmt::Debug for Audio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audio({} samples at {} Hz from {})", self.samples.len(), self.rate, self.at)
    }
}

/// Audio near speech, with marks where speech begins and ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Utterance {
    /// Speech began at `at`, the time of its first sound. The audio from the pre-roll on follows.
    Start {
        /// Capture time of the first voiced sample.
        at: Time,
    },
    /// Audio from the pre-roll before a start until the stop after it, without gaps.
    Audio(Audio),
    /// The sound fell quiet: speech may have ended.
    Lull,
    /// Speech goes on after a lull.
    Resume,
    /// Speech ended.
    Stop {
        /// Capture time of the last voiced sample.
        at: Time,
    },
}

/// Words heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// All words of the utterance so far.
    pub text: String,
    /// How many bytes of `text`, from its start, no later partial changes.
    pub stable: usize,
    /// Whether this is the last word on the utterance, for the turn in the frame.
    pub is_final: bool,
    /// Capture time of the last sample that the words come from.
    pub until: Time,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    User,
    /// The machine.
    Assistant,
}

/// One contribution to the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who spoke.
    pub role: Role,
    /// The words; of the machine's only those that were heard.
    pub content: String,
}

/// A question to answer: the conversation so far, ending with the person's words; or a draft of
/// one, while they still speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Messages from the oldest to the newest, which is the person's.
    pub messages: Arc<[Message]>,
    /// The person's words go on: the prompt is not to be answered, but may be read ahead.
    pub draft: bool,
}

/// A piece of the answer as the language model writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The text, possibly empty in the last piece.
    pub text: String,
    /// Whether the answer ends here.
    pub end: bool,
}

/// A piece of the answer to be spoken in one breath.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Counted from 0 within the answer.
    pub index: u32,
    /// The words as written, with the white space around them: all chunks together are the answer.
    pub text: String,
    /// The words as they should be spoken; empty when there is nothing to say.
    pub speech: String,
    /// Whether the answer ends here.
    pub end: bool,
}

/// When a word of a chunk sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTime {
    /// Its bytes in the chunk as written; empty for a part of a word that goes on in the next.
    pub text: Range<usize>,
    /// From its first sample to after its last, counted from the first of the chunk.
    pub samples: Range<u64>,
}

/// Synthesised speech, mono in -1 to 1.
#[derive(Clone, PartialEq)]
pub struct Voice {
    /// The samples, possibly none.
    pub samples: Arc<[f32]>,
    /// Samples a second.
    pub rate: u32,
    /// The chunk that is spoken: its index and its words as written.
    pub chunk: (u32, Arc<str>),
    /// Words of the chunk of which it was not known before when they sound, in order; none from a
    /// voice that does not know.
    pub words: Arc<[WordTime]>,
    /// Whether the chunk ends here.
    pub chunk_end: bool,
    /// Whether the answer ends here.
    pub end: bool,
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, text) = &self.chunk;
        write!(
            f,
            "Voice({} samples at {} Hz of chunk {index} {text:?}",
            self.samples.len(),
            self.rate
        )?;
        write!(
            f,
            "{}{})",
            if self.chunk_end { ", its end" } else { "" },
            if self.end { ", the end" } else { "" }
        )
    }
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// From `mic` and `gate`.
    Audio(Audio),
    /// From `vad`.
    Utterance(Utterance),
    /// From `stt.*`.
    Transcript(Transcript),
    /// From the turn authority.
    Prompt(Prompt),
    /// From `llm.*`.
    Token(Token),
    /// From `chunker`, and from the turn authority when it has something to say itself.
    Chunk(Chunk),
    /// From `tts.*`.
    Voice(Voice),
    /// From the turn authority.
    Record(Arc<Record>),
}

/// The type of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PortType {
    /// [`Payload::Audio`].
    Audio,
    /// [`Payload::Utterance`].
    Utterance,
    /// [`Payload::Transcript`].
    Transcript,
    /// [`Payload::Prompt`].
    Prompt,
    /// [`Payload::Token`].
    Token,
    /// [`Payload::Chunk`].
    Chunk,
    /// [`Payload::Voice`].
    Voice,
    /// [`Payload::Record`].
    Record,
}

impl Payload {
    /// The type of this payload.
    pub fn port(&self) -> PortType {
        match self {
            Self::Audio(_) => PortType::Audio,
            Self::Utterance(_) => PortType::Utterance,
            Self::Transcript(_) => PortType::Transcript,
            Self::Prompt(_) => PortType::Prompt,
            Self::Token(_) => PortType::Token,
            Self::Chunk(_) => PortType::Chunk,
            Self::Voice(_) => PortType::Voice,
            Self::Record(_) => PortType::Record,
        }
    }
}

/// What travels along an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The attempt that the frame belongs to; none for what is true whatever becomes of the turn,
    /// such as captured audio.
    pub turn: Option<TurnId>,
    /// What it carries.
    pub payload: Payload,
}

impl Frame {
    /// A frame that no cancellation makes stale.
    pub fn free(payload: Payload) -> Self {
        Self { turn: None, payload }
    }

    /// A frame of an attempt.
    pub fn of(turn: TurnId, payload: Payload) -> Self {
        Self { turn: Some(turn), payload }
    }

    /// Whether the frame belongs to an attempt before `current`.
    pub fn is_stale(&self, current: TurnId) -> bool {
        self.turn.is_some_and(|turn| turn < current)
    }
}
