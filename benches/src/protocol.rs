//! What parent and contender say to each other: one JSON document a line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Work for a contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Forget the conversation.
    Reset,
    /// Prefill `prompt` (reusing what the cache shares with it, where the contender can), then feed the
    /// `forced` tokens one by one, choosing the likeliest next token each time.
    Turn {
        /// Whole conversation so far, as token ids.
        prompt: Vec<u32>,
        /// Tokens to decode; given, so that all contenders do the same work.
        forced: Vec<u32>,
    },
    /// Mel, encoder and exactly `tokens` greedy decoder steps.
    Transcribe {
        /// Little-endian f32 samples at 16 kHz.
        samples: PathBuf,
        /// Decoder steps after the prompt.
        tokens: usize,
        /// How much the encoder sees.
        window: Window,
    },
    /// Recognise real speech the way the library is meant to be used.
    Listen {
        /// Little-endian f32 samples at 16 kHz.
        samples: PathBuf,
    },
    /// Recognise growing audio; reply with the delay of the first partial text.
    Stream {
        /// Little-endian f32 samples at 16 kHz.
        samples: PathBuf,
        /// Samples handed over at a time.
        chunk: usize,
    },
    /// Speak; reply with the sound's length and the delay of its first clause.
    Speak {
        /// A line in the symbols of Kokoro.
        phonemes: String,
    },
    /// Speak these tokens in the voice beside the model.
    SpeakTokens {
        /// Without the zeros around them.
        tokens: Vec<u32>,
    },
}

/// What the encoder sees of a short recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// What the library itself gives it.
    Own,
    /// 30 s, silence after the speech.
    Full,
    /// The speech and nothing more.
    Short,
}

/// Named figures: `_s` in seconds, the rest counts.
pub type Reply = BTreeMap<String, serde_json::Value>;

/// A contender that answers requests.
pub trait Contender {
    /// Does the work and says how long it took.
    ///
    /// # Errors
    /// When the work fails or the contender does not do this kind of work.
    fn answer(&mut self, request: Request) -> anyhow::Result<Reply>;
}

/// Builds a reply from names and numbers.
pub fn reply<const N: usize>(figures: [(&str, f64); N]) -> Reply {
    figures.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}
