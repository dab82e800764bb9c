//! `llm.qwen3`: answers with a Qwen3 network inside the process.
//!
//! # Consumes
//! As [`llm`](super).
//!
//! # Emits
//! As [`llm`](super).
//!
//! # Keeps
//! What the network has read: a prompt that begins as the last one did is read from where they
//! part. The system prompt is read before the first, and with `read_ahead` what is certain of the
//! person's words while they still speak.
//!
//! # Drops
//! As [`llm`](super); the oldest turns of a conversation that has outgrown the context,
//! which is said once.
//!
//! # On restart
//! As [`llm`](super); the whole prompt is read again. Weights are loaded once a process and
//! shared.

mod worker;

use antiphon_config::LlmQwen3;

use super::core::Core;
use crate::shell::{Blueprint, Make};

/// The stage with these settings.
pub fn blueprint(settings: LlmQwen3) -> impl Blueprint {
    Make(move || {
        let settings = settings.clone();
        let core = Core::new(settings.system.as_str());
        let core = if settings.read_ahead { core.reading_ahead() } else { core };
        Ok((core, Some(crate::worker::thread("llm", move |io| worker::run(&settings, io)))))
    })
}
