//! Networks, tokenisers and model files for speech recognition, language and voices, on candle and
//! kernels of our own.
//!
//! Invariant: nothing here knows of actors, frames, tokio tasks or the command line; a model is
//! called, returns, and keeps its stream in a `State` that the caller owns.

pub mod audio;
pub mod device;
pub mod error;
pub mod files;
pub mod harmonic;
pub mod kokoro;
pub mod memory;
mod ops;
pub mod qwen3;
pub mod random;
pub mod text;
pub mod voice;
pub mod whisper;

pub use error::{Error, Result};
