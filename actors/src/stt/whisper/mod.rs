//! `stt.whisper`: speech recognition with a Whisper network inside the process.
//!
//! # Consumes
//! As [`stt`](super).
//!
//! # Emits
//! As [`stt`](super).
//!
//! # Keeps
//! As [`stt`](super), and a stream of the network over it. The last words are decoded with the last
//! partial as a draft, and are those of a transcription of the whole audio.
//!
//! # Drops
//! As [`stt`](super).
//!
//! # On restart
//! As [`stt`](super). Weights are loaded once a process and shared, so that it takes
//! milliseconds while another stage holds them.

mod worker;

use antiphon_config::SttWhisper;

use super::core::Core;
use crate::shell::{Blueprint, Make};

/// The stage with these settings.
pub fn blueprint(settings: SttWhisper) -> impl Blueprint {
    Make(move || {
        let settings = settings.clone();
        let core = Core::new(Some(settings.partial));
        Ok((core, Some(crate::worker::thread("stt", move |io| worker::run(&settings, io)))))
    })
}
