//! Conversations that are made, held through a real pipeline, and measured from their sound.
//!
//! - [`script`]: what is said and when; pure, by a seed.
//! - [`clip`]: its sound, with the truth of where speech is.
//! - [`voice`]: the programs that speak it.
//! - [`player`]: in place of the microphone; speaks over replies as well.
//! - [`hold`]: one conversation through the engine.
//! - [`measure`]: what the sound says of each turn; pure.
//! - [`truth`]: where the words of a speech lie.
//! - [`words`]: whether the memory holds the words that were heard.
//! - [`table`]: what that comes to, beside the targets.
//! - [`beside`]: other systems beside the engine, models of stated cost in all of them.

pub mod beside;
pub mod clip;
pub mod hold;
pub mod measure;
pub mod player;
pub mod random;
pub mod script;
mod sentences;
pub mod sounding;
pub mod table;
pub mod truth;
pub mod voice;
pub mod words;

use std::path::PathBuf;

/// Samples a second of what is said.
pub const RATE: u32 = antiphon_models::audio::SAMPLE_RATE;

/// Why conversations cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No program speaks.
    #[error("no program that speaks: no `espeak-ng` and no `flite` in `PATH`; run `./setup`")]
    NoVoice,
    /// A program did not speak.
    #[error("`{program}` does not speak {text:?}: {reason}")]
    Voice {
        /// The program.
        program: &'static str,
        /// What it was to say.
        text: String,
        /// What happened.
        reason: String,
    },
    /// A recording cannot be used.
    #[error("cannot use the recording `{}`: {reason}", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another system did not hold the conversations.
    #[error("`{}` does not hold conversations: {reason}", program.display())]
    Rival {
        /// The program.
        program: PathBuf,
        /// What it said.
        reason: String,
    },
    /// The pipeline does not fit.
    #[error("{0}")]
    Pipeline(String),
    /// The pipeline failed.
    #[error(transparent)]
    Fault(#[from] crate::engine::Fault),
    /// The sound cannot be recorded.
    #[error(transparent)]
    Tape(#[from] antiphon_actors::tape::TapeError),
    /// The folder for what is made cannot be used.
    #[error("cannot write in `{}`: {source}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
