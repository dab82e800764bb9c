//! `tts.system`: speaks with the voice that the machine has.
//!
//! # Consumes
//! As [`tts`](super).
//!
//! # Emits
//! As [`tts`](super).
//!
//! # Keeps
//! One process of the program that has started and waits for its text, so that a chunk does not
//! wait for the start of a program. The program gets the text through its standard input, never
//! through a shell.
//!
//! # Drops
//! As [`tts`](super); a process whose sound is not wanted any more is killed at once. A
//! program that fails costs the attempt and is quoted.
//!
//! # On restart
//! As [`tts`](super).

mod program;
mod speak;
mod wav;
mod worker;

use std::ffi::OsString;

use antiphon_config::TtsSystem;

use super::core::Core;
use crate::shell::{Blueprint, Make};

/// The stage with these settings.
pub fn blueprint(settings: TtsSystem) -> impl Blueprint {
    blueprint_in(settings, std::env::var_os("PATH"))
}

/// The stage with a program from the folders of `search`, which is what `PATH` holds.
pub(crate) fn blueprint_in(settings: TtsSystem, search: Option<OsString>) -> impl Blueprint {
    Make(move || {
        let (settings, search) = (settings.clone(), search.clone());
        let core = Core::new(program::RATE);
        Ok((core, Some(crate::worker::task(move |io| worker::run(settings, search, io)))))
    })
}
