//! `vad`: finds speech in sound.
//!
//! # Consumes
//! [`Payload::Audio`] at 16 kHz.
//!
//! # Emits
//! [`Payload::Utterance`]: a start, the audio from the pre-roll before it until the stop was
//! decided, a stop. Start and stop name the time of the first and the last voiced sound, not of
//! the decision. Before that a lull is told, where the sound has fallen quiet while the detector is
//! not yet sure, and that speech goes on after one. The turn authority hears of all of them as
//! facts, and of how the speech sounded before a lull and at its end.
//!
//! # Keeps
//! The last few seconds of sound, the detector's state, the level of the noise, pitch and level of
//! the last ten seconds of speech.
//!
//! # Drops
//! Sound that no utterance needs; audio at another rate costs that frame.
//!
//! # On restart
//! Starts afresh: speech that was going on starts again as a new utterance. So does speech across
//! a jump in the times of the input; a gap of a few frames is filled with silence instead.
//!
//! [`Payload::Audio`]: crate::frame::Payload::Audio
//! [`Payload::Utterance`]: crate::frame::Payload::Utterance

pub mod core;
pub mod detector;
mod edges;
mod history;
mod steady;
mod timeline;

#[cfg(test)]
mod tests;

use antiphon_config::Vad;

use self::detector::Earshot;
use crate::shell::{Blueprint, Make};

/// How to make the stage.
pub fn blueprint(settings: Vad) -> impl Blueprint {
    Make(move || Ok((core::VadCore::new(&settings, Earshot::new()), None)))
}
