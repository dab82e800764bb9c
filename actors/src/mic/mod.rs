//! `mic`: records from a microphone, or plays files in its place.
//!
//! # Consumes
//! Nothing.
//!
//! # Emits
//! Audio, mono, in frames of one length at the rate of the settings, as soon as its last sample is
//! captured. A frame begins where the last one ended, to the sample, and bears the capture time of
//! its first sample; it belongs to no attempt. With files also the fact that no more input will
//! come, once the reply to the last has been heard.
//!
//! # Keeps
//! The place in the files, across restarts: they play on as a person would speak on.
//!
//! # Drops
//! What a device captured while the stage could not fetch it; it is noted, and silence of the same
//! length takes its place.
//!
//! # On restart
//! The device is opened again. What was captured meanwhile is missing.

mod core;
mod device;
mod files;
mod frames;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use antiphon_config::Mic;

use crate::shell::{Blueprint, Make};
use crate::worker;

pub use self::core::{Done, MicCore};

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The device of the settings.
    Device,
    /// WAV files, each played after the conversation has been quiet for so long.
    Files(Vec<PathBuf>, Duration),
}

/// The stage.
pub fn blueprint(settings: Mic, source: Source) -> impl Blueprint {
    let device = Arc::new(device::Device::new(settings.clone()));
    let files = match source {
        Source::Device => None,
        Source::Files(paths, pause) => Some(Arc::new(files::Files::new(settings, paths, pause))),
    };
    Make(move || {
        let worker = match &files {
            Some(files) => {
                let files = files.clone();
                worker::task(move |io| async move { files.run(io).await })
            }
            None => {
                let device = device.clone();
                worker::task(move |io| async move { device.run(io).await })
            }
        };
        Ok((MicCore, Some(worker)))
    })
}

#[cfg(test)]
mod tests;
