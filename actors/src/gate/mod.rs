//! `gate`: levels the sound of the microphone.
//!
//! # Consumes
//! [`Payload::Audio`] at any one sample rate.
//!
//! # Emits
//! [`Payload::Audio`]: as many samples at the same times, without a constant offset, with speech
//! brought to the target level, noise below the gate as zeros, and never beyond full scale. Notes
//! when the input is faint or dead.
//!
//! # Keeps
//! The filters' state, the noise floor, the level of speech so far, the gain. All of it moves by
//! samples counted since the start, so the same audio in other frames gives the same samples.
//!
//! # Drops
//! Nothing; a frame of another type costs that frame.
//!
//! # On restart
//! Starts afresh: the gain is 0 dB until speech is heard.
//!
//! [`Payload::Audio`]: crate::frame::Payload::Audio

pub mod core;
mod level;
mod weak;

#[cfg(test)]
pub(crate) mod tests;

use antiphon_config::Gate;

use crate::shell::{Blueprint, Make};

/// How to make the stage.
pub fn blueprint(settings: Gate) -> impl Blueprint {
    Make(move || Ok((core::GateCore::new(settings.clone()), None)))
}
