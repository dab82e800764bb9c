//! Networks that speak phonemes, whatever their format.

use std::fmt;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::harmonic::HarmonicSpeaker;
use super::kokoro::KokoroSpeaker;
use crate::device::{Ask, Dtypes};
use crate::files::{self, Kind, ModelFiles, ModelName, Progress, Want};
use crate::kokoro::{self, Kokoro};
use crate::{Error, Result};

/// A network that speaks, with its speaker and speed.
pub trait Speaker: fmt::Debug + Send + Sync {
    /// Samples a second.
    fn rate(&self) -> u32;

    /// The most symbols that it speaks at once.
    fn limit(&self) -> usize;

    /// Speaks phonemes, at most [`limit`](Self::limit) of them, in the symbols of
    /// [`Phonemes`](super::Phonemes), as long as it is wanted.
    ///
    /// # Errors
    /// Those of the network, and [`Error::Cancelled`] once it is not wanted any more.
    fn speak(&self, phonemes: &str, wanted: Wanted<'_>) -> Result<Spoken>;
}

/// Whether speech is still wanted; asked again and again while it is made.
pub type Wanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// What a network said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spoken {
    /// Mono, in -1 to 1.
    pub samples: Vec<f32>,
    /// The sample that each symbol begins with, and the one after the last symbol; never falling.
    pub starts: Vec<usize>,
}

/// How a network is to speak.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeakerOptions {
    /// A speaker of the model, or a mixture such as `af_heart:0.7+bf_emma:0.3`; the model's own
    /// choice without it.
    pub voice: Option<String>,
    /// Speed, relative to the speaker's own.
    pub speed: f32,
    /// Threads; those of the process without it.
    pub threads: Option<usize>,
    /// Where it runs and what it computes in.
    pub ask: Ask,
}

impl Default for SpeakerOptions {
    fn default() -> Self {
        Self { voice: None, speed: 1.0, threads: None, ask: Ask::default() }
    }
}

/// Which files a model that speaks has.
pub fn want(name: &ModelName) -> Want {
    match name {
        ModelName::Embedded(model) if model.kind == Kind::Harmonic => Want::Harmonic,
        // A folder of either format has files of the same names.
        ModelName::Embedded(_) | ModelName::Hub(_) | ModelName::Path(_) => Want::Kokoro,
    }
}

/// What a model that speaks can compute in, told by its name alone.
pub fn dtypes(name: &ModelName) -> Dtypes {
    if want(name) == Want::Harmonic { Dtypes::PROCESSOR } else { Kokoro::DTYPES }
}

/// Finds a model that speaks, downloaded if the machine lacks it, with the speakers that `voice`
/// names.
///
/// # Errors
/// [`Error::Name`] for a model that does not speak, or a speaker that it does not have, and
/// [`Error::Hub`] for a download that failed.
fn fetch(name: &ModelName, voice: Option<&str>, progress: &dyn Progress) -> Result<ModelFiles> {
    let files = files::resolve(name, want(name), progress)?;
    match (files.kind()?, voice) {
        (Kind::Kokoro, Some(voice)) => {
            kokoro::find_voice(name, &voice.parse()?, progress)?;
        }
        (Kind::Kokoro, None) | (Kind::Harmonic, _) => {}
        (Kind::Whisper | Kind::Qwen3 | Kind::SmartTurn, _) => {
            return Err(Error::Name {
                name: files.label().into(),
                reason: "it does not speak; expected a Kokoro model, such as `kokoro-82m`".into(),
            });
        }
    }
    Ok(files)
}

/// Loads the network that the model's settings describe, once a process, and tells what was
/// loaded.
///
/// # Errors
/// [`Error::Name`] for a model that does not speak, or a speaker that it does not have,
/// [`Error::Hub`] for a download that failed, those of the network, and of the choice of a device.
pub fn open(
    name: &ModelName,
    options: &SpeakerOptions,
    progress: &dyn Progress,
) -> Result<(Box<dyn Speaker>, ModelFiles)> {
    let files = fetch(name, options.voice.as_deref(), progress)?;
    let speaker: Box<dyn Speaker> = match files.kind()? {
        Kind::Harmonic => Box::new(HarmonicSpeaker::open(&files, options)?),
        // `fetch` lets nothing else pass.
        Kind::Kokoro | Kind::Whisper | Kind::Qwen3 | Kind::SmartTurn => {
            Box::new(KokoroSpeaker::open(name, &files, options, progress)?)
        }
    };
    let Some(threads) = options.threads else { return Ok((speaker, files)) };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Input(format!("{threads} threads: {error}")))?;
    Ok((Box::new(Pooled { speaker, pool }), files))
}

/// A speaker with threads of its own.
#[derive(Debug)]
struct Pooled {
    speaker: Box<dyn Speaker>,
    pool: ThreadPool,
}

impl Speaker for Pooled {
    fn rate(&self) -> u32 {
        self.speaker.rate()
    }

    fn limit(&self) -> usize {
        self.speaker.limit()
    }

    fn speak(&self, phonemes: &str, wanted: Wanted<'_>) -> Result<Spoken> {
        self.pool.install(|| self.speaker.speak(phonemes, wanted))
    }
}
