//! `speaker`: plays the reply, and tells what was heard of it.
//!
//! # Consumes
//! Voice of the current attempt.
//!
//! # Emits
//! Nothing along edges. Facts: when the first samples were handed over, when the first one and the
//! first audible one sounded, and, once a reply is over, the words of it that were heard and how
//! much of it was made and sounded.
//!
//! # Keeps
//! The reply until the conversation is replying; then at most the chunks that begin in the half
//! second beyond the sound kept ready for the device; while the conversation is held, what did not sound, which then
//! goes on where it stopped.
//!
//! # Drops
//! What has not sounded of a reply when the attempt number moves.
//!
//! # On restart
//! The device is opened again. What was left of the reply is lost, and nobody is told how much of
//! it was heard.

mod core;
mod cut;
mod device;
mod reply;
mod runs;
pub mod timed;

use std::sync::Arc;

use antiphon_config::Speaker;

use crate::shell::{Blueprint, Make};
use crate::worker;

pub use self::core::{Done, Job, SpeakerCore};

/// What sound goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkKind {
    /// The device of the settings.
    Device,
    /// Nothing: samples pass in real time on the pipeline's clock, exact under a paused one.
    Virtual {
        /// Samples a second.
        rate: u32,
    },
}

/// The stage.
pub fn blueprint(settings: Speaker, sink: SinkKind) -> impl Blueprint {
    let lead = settings.lead;
    let device = Arc::new(device::Device::new(settings));
    Make(move || {
        let worker = match sink {
            SinkKind::Virtual { rate } => worker::task(move |io| timed::run(io, rate)),
            SinkKind::Device => {
                let device = device.clone();
                worker::task(move |io| async move { device.run(io).await })
            }
        };
        Ok((SpeakerCore::new(lead), Some(worker)))
    })
}

#[cfg(test)]
mod tests;

/// Whether there is a device that [`SinkKind::Device`] with the default settings would open.
pub fn device_present() -> bool {
    crate::device::find("default", crate::device::Direction::Output, false).is_ok()
}
