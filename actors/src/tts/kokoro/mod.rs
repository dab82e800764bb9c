//! `tts.kokoro`: speaks with a network inside the process.
//!
//! # Consumes
//! As [`tts`](super).
//!
//! # Emits
//! As [`tts`](super), and when each word sounds. A chunk is spoken in pieces that end where words
//! do: the first is so short that it is made within the time that is allowed for it, and long enough
//! to sound while the next is made, and each further one is no longer than can be made while those
//! before it sound. Where both cannot be had, speech begins later; a voice that is slower than speech
//! says whole clauses. At a joint within a clause silence is cut to 40 ms.
//!
//! # Keeps
//! The network, the lexicons, and how fast both are on this machine.
//!
//! # Drops
//! As [`tts`](super); sound that is not wanted any more is given up while it is made, within some
//! tens of milliseconds.
//!
//! # On restart
//! As [`tts`](super). Weights and lexicons are loaded once a process and shared, so that it takes
//! milliseconds.

mod joint;
mod pace;
mod plan;
mod worker;

use std::sync::Arc;

use antiphon_config::{TtsKokoro, TtsLanguage};
use antiphon_models::voice::{self, Espeak, Language, Phonemiser, Speaker, SpeakerOptions};

use super::core::Core;
use crate::compute;
use crate::error::StageError;
use crate::model;
use crate::shell::{Blueprint, Make};

/// The rate of empty frames before there was sound.
const RATE: u32 = 24_000;

/// A voice that is ready, and what it is, for the start-up report.
pub(crate) struct Loaded {
    pub(crate) speaker: Box<dyn Speaker>,
    pub(crate) phonemiser: Phonemiser,
    pub(crate) what: String,
}

/// Loads a voice.
pub(crate) type Load = Arc<dyn Fn(&TtsKokoro) -> Result<Loaded, StageError> + Send + Sync>;

/// The stage with these settings.
pub fn blueprint(settings: TtsKokoro) -> impl Blueprint {
    blueprint_with(settings, Arc::new(load))
}

/// The stage with a voice from elsewhere.
pub(crate) fn blueprint_with(settings: TtsKokoro, load: Load) -> impl Blueprint {
    Make(move || {
        let (settings, load) = (settings.clone(), load.clone());
        let run = move |io| worker::run(&settings, &load, io);
        Ok((Core::new(RATE), Some(crate::worker::thread("tts", run))))
    })
}

/// Loads the network and the lexicons.
fn load(settings: &TtsKokoro) -> Result<Loaded, StageError> {
    let name = &settings.model;
    let options = SpeakerOptions {
        voice: settings.voice.clone(),
        speed: settings.speed as f32,
        threads: settings.threads.map(|threads| threads as usize),
        ask: compute::ask(settings.device, settings.dtype),
    };
    let opened = name.parse().and_then(|model| voice::open(&model, &options, &()));
    let (speaker, files) = opened.map_err(|error| model::fault(name, error))?;
    let spoken = settings.voice.as_deref().map(|it| format!(", voice `{it}`")).unwrap_or_default();
    let what = format!("{}{spoken}", model::report(&files));
    Ok(Loaded { speaker, phonemiser: phonemiser(settings), what })
}

/// What pronounces the text.
fn phonemiser(settings: &TtsKokoro) -> Phonemiser {
    let british = settings.voice.as_deref().is_some_and(|voice| voice.starts_with('b'));
    let language = match settings.language {
        TtsLanguage::Auto if british => Language::EnGb,
        TtsLanguage::Auto | TtsLanguage::EnUs => Language::EnUs,
        TtsLanguage::EnGb => Language::EnGb,
    };
    let search = || std::env::var_os("PATH");
    let espeak = settings.espeak.as_deref().and_then(|it| Espeak::find(it.as_ref(), search()));
    match espeak {
        Some(espeak) => Phonemiser::with_espeak(language, espeak),
        None => Phonemiser::new(language),
    }
}

#[cfg(test)]
mod tests;
