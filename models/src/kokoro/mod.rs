//! Speech from phonemes, by networks in the format of
//! [Kokoro-82M](https://huggingface.co/hexgrad/Kokoro-82M).
//!
//! ```no_run
//! use antiphon_models::device::Compute;
//! use antiphon_models::files::File;
//! use antiphon_models::kokoro::{Kokoro, KokoroFiles, Noise, Voice};
//!
//! let files = KokoroFiles::in_dir("Kokoro-82M")?;
//! let kokoro = Kokoro::load(&files, &Compute::default())?;
//! let voice = Voice::load(&File::Path("Kokoro-82M/voices/af_heart.pt".into()))?;
//! let tokens = kokoro.tokens("həlˈO")?;
//! let style = voice.row(tokens.len())?;
//! let spoken = kokoro.speak(&tokens, style, 1.0, &mut Noise::seeded(0))?;
//! # Ok::<(), antiphon_models::Error>(())
//! ```

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};

mod albert;
mod blocks;
mod config;
mod decoder;
mod find;
mod generator;
mod layers;
mod packed;
mod prosody;
mod recurrent;
mod source;
mod stft;
#[cfg(test)]
#[allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]
mod tests;
mod text;
mod voice;
mod weights;

pub use crate::random::Noise;
pub use find::find_voice;
pub use voice::{ROWS, Voice, VoiceMix};

use self::albert::Albert;
use self::config::Config;
use self::decoder::Decoder;
use self::generator::Generator;
use self::prosody::Prosody;
use self::text::TextEncoder;
use self::weights::Weights;
use crate::device::{Compute, Dtypes};
use crate::files::{self, File, ModelFiles};
use crate::{Error, Result};

/// Samples for each second of speech.
pub const SAMPLE_RATE: usize = 24_000;

/// The slowest and the fastest that can be asked for; 1 is how the voice speaks by itself.
const SPEEDS: std::ops::RangeInclusive<f32> = 0.25..=4.0;

/// What comes before and after the tokens of an utterance.
const EDGE: u32 = 0;

/// Hears that some of a part of the network has been computed, and says whether to go on.
type Watch<'a> = &'a mut dyn FnMut(&'static str) -> ControlFlow<()>;

/// Tells that some of a part has been computed.
fn done(watch: Watch<'_>, part: &'static str) -> Result<()> {
    match watch(part) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// The files of a network.
#[derive(Clone, Debug)]
pub struct KokoroFiles {
    /// `config.json`.
    pub config: File,
    /// What `torch.save` wrote, or safetensors by the same names.
    pub weights: File,
}

impl KokoroFiles {
    /// Finds the files among those of a resolved model.
    ///
    /// # Errors
    /// [`Error::Name`] when one is missing.
    pub fn of(files: &ModelFiles) -> Result<Self> {
        let is_weights = |name: &str| name.ends_with(".pth") || name.ends_with(".safetensors");
        let weights = files.list().find(|(name, _)| is_weights(name)).map(|(_, file)| file);
        let weights = weights.ok_or_else(|| Error::Name {
            name: files.label().into(),
            reason: "no weights; `kokoro-v1_0.pth` or `model.safetensors` is expected".into(),
        })?;
        Ok(Self { config: files.require("config.json")?.clone(), weights: weights.clone() })
    }

    /// Finds the files in a folder: `config.json` and the only `.pth` or `.safetensors`.
    ///
    /// # Errors
    /// [`Error::Io`] for a folder that cannot be read, [`Error::Name`] for one without the files or
    /// with several of weights.
    pub fn in_dir(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let mut weights = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(|e| Error::io(dir, e))? {
            let path = entry.map_err(|e| Error::io(dir, e))?.path();
            if path.extension().is_some_and(|e| e == "pth" || e == "safetensors") {
                weights.push(path);
            }
        }
        let [weights] = &weights[..] else {
            return Err(Error::Name {
                name: dir.display().to_string(),
                reason: format!(
                    "{} files of weights; one `.pth` or `.safetensors` is expected",
                    weights.len()
                ),
            });
        };
        let config = File::Path(dir.join("config.json"));
        Ok(Self { config, weights: File::Path(weights.clone()) })
    }
}

/// One utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// Samples at [`SAMPLE_RATE`], around −1 to 1; [`Kokoro::samples_per_unit`] for each unit of the
    /// durations.
    pub samples: Vec<f32>,
    /// How many units each token lasts, at least one; the zero before the tokens and the zero after
    /// them included.
    pub durations: Vec<usize>,
}

/// An utterance before it sounds.
struct Shaped {
    /// `[2·units, channels]`.
    rows: Tensor,
    /// In Hz, `2·units`.
    pitch: Vec<f32>,
    /// The half of the style that the sound follows.
    sound: Tensor,
    durations: Vec<usize>,
}

/// A loaded network.
pub struct Kokoro {
    config: Config,
    device: Device,
    albert: Albert,
    prosody: Prosody,
    text: TextEncoder,
    decoder: Decoder,
    generator: Generator,
}

impl Kokoro {
    /// What it computes in. Half the size is not what is meant by itself: it saves little of a small
    /// network, and is heard by a careful ear.
    pub const DTYPES: Dtypes =
        Dtypes { processor: &[DType::F32], device: &[DType::F32, DType::F16, DType::BF16] };

    /// Loads the network of a resolved model, or shares the copy that the process already holds there.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::Name`] when a file is missing.
    pub fn open(files: &ModelFiles, compute: &Compute) -> Result<Arc<Self>> {
        let parts = KokoroFiles::of(files)?;
        let identity = format!("{} on {compute}", files.identity());
        files::load_shared(&identity, || Self::load(&parts, compute))
    }

    /// Loads a network. The tone and the transforms of its sound are made on the processor in any
    /// case.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, and [`Error::File`] that names the file and the
    /// key or tensor that is missing, of another shape or element type, or out of range;
    /// [`Error::Tensor`] when it does not fit a device.
    pub fn load(files: &KokoroFiles, compute: &Compute) -> Result<Self> {
        let config = Config::parse(files.config.path(), &files.config.open()?)?;
        let weights = Weights::open(&files.weights, compute)?;
        Ok(Self {
            albert: Albert::load(&weights, &config)?,
            prosody: Prosody::load(&weights, &config)?,
            text: TextEncoder::load(&weights, &config)?,
            decoder: Decoder::load(&weights, &config)?,
            generator: Generator::load(&weights, &config)?,
            device: compute.device().cloned().unwrap_or(Device::Cpu),
            config,
        })
    }

    /// The most tokens of an utterance: 510 in what is published.
    pub fn limit(&self) -> usize {
        self.config.albert.positions - 2
    }

    /// Values of a voice's row: 256 in what is published.
    pub fn style_width(&self) -> usize {
        2 * self.config.style
    }

    /// Samples of one unit of duration: 600 in what is published, which is 25 ms.
    pub fn samples_per_unit(&self) -> usize {
        2 * self.config.generator.scale()
    }

    /// The tokens of phonemes, one for each symbol; a symbol that the vocabulary lacks is left out, and
    /// [`unknown`](Self::unknown) counts those.
    ///
    /// # Errors
    /// [`Error::Input`] for more than [`limit`](Self::limit) tokens.
    pub fn tokens(&self, phonemes: &str) -> Result<Vec<u32>> {
        let known = |symbol| self.config.vocabulary.get(&symbol).copied();
        let tokens: Vec<u32> = phonemes.chars().filter_map(known).collect();
        if tokens.len() > self.limit() {
            return Err(self.too_many(tokens.len()));
        }
        Ok(tokens)
    }

    /// How many symbols the vocabulary lacks.
    pub fn unknown(&self, phonemes: &str) -> usize {
        phonemes.chars().filter(|symbol| !self.config.vocabulary.contains_key(symbol)).count()
    }

    fn too_many(&self, tokens: usize) -> Error {
        Error::Input(format!("{tokens} tokens; 1 to {} are expected", self.limit()))
    }

    /// Speaks 1 to [`limit`](Self::limit) tokens, without zeros around them, in the style of a voice's
    /// row, `speed` times as fast as it would by itself.
    ///
    /// # Errors
    /// [`Error::Input`] for too few or too many tokens, one outside the vocabulary, a style of another
    /// width or with what is no number, and a speed outside 0.25 to 4.
    pub fn speak(
        &self,
        tokens: &[u32],
        style: &[f32],
        speed: f32,
        noise: &mut Noise,
    ) -> Result<Spoken> {
        self.speak_watched(tokens, style, speed, noise, &mut |_| ControlFlow::Continue(()))
    }

    /// [`speak`](Self::speak), which calls `watch` with the name of a part of the network each time
    /// that some of it has been computed, a hundred times or more: `albert`, `durations`, `melody`,
    /// `text`, `decoder`, `source`, `generator`, `transform`. A break gives the utterance up; for 3 s
    /// of speech no two calls are further apart than a twentieth of all the work.
    ///
    /// # Errors
    /// Those of [`speak`](Self::speak), and [`Error::Cancelled`] after a break.
    pub fn speak_watched(
        &self,
        tokens: &[u32],
        style: &[f32],
        speed: f32,
        noise: &mut Noise,
        watch: Watch<'_>,
    ) -> Result<Spoken> {
        self.check(tokens, style, speed)?;
        let Shaped { rows, pitch, sound, durations } = self.shape(tokens, style, speed, watch)?;
        let samples = self.generator.forward(&rows, &pitch, &sound, noise, watch)?;
        Ok(Spoken { samples, durations })
    }

    /// Everything before the generator.
    fn shape(&self, tokens: &[u32], style: &[f32], speed: f32, watch: Watch<'_>) -> Result<Shaped> {
        let ids: Vec<u32> = [&[EDGE], tokens, &[EDGE]].concat();
        let ids = Tensor::new(ids, &self.device)?;
        let (sound, timing) = style.split_at(self.config.style);
        let sound = Tensor::new(sound, &self.device)?;
        let timing = Tensor::new(timing, &self.device)?;

        let states = self.albert.forward(&ids, watch)?;
        let encoded = self.prosody.encoder.forward(&states, &timing)?;
        let durations = durations(&self.prosody.lengths(&encoded)?, speed);
        done(watch, "durations")?;
        let spread = self.spread(&durations)?;
        let curves = self.prosody.curves(&encoded.index_select(&spread, 0)?, &timing)?;
        done(watch, "melody")?;
        let text = self.text.forward(&ids)?.index_select(&spread, 0)?;
        done(watch, "text")?;
        let rows = self.decoder.forward(&text, &curves, &sound, watch)?;
        Ok(Shaped { rows, pitch: curves.pitch.to_vec1()?, sound, durations })
    }

    fn check(&self, tokens: &[u32], style: &[f32], speed: f32) -> Result<()> {
        if tokens.is_empty() || tokens.len() > self.limit() {
            return Err(self.too_many(tokens.len()));
        }
        let most = self.config.tokens;
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= most) {
            return Err(Error::Input(format!("token {token}; tokens below {most} are expected")));
        }
        if style.len() != self.style_width() || !style.iter().all(|value| value.is_finite()) {
            return Err(Error::Input(format!(
                "a style of {} numbers; {} finite ones are expected",
                style.len(),
                self.style_width()
            )));
        }
        if !SPEEDS.contains(&speed) {
            let (least, most) = (SPEEDS.start(), SPEEDS.end());
            return Err(Error::Input(format!("speed {speed}; {least} to {most} is expected")));
        }
        Ok(())
    }

    /// For each unit the place of its token.
    fn spread(&self, durations: &[usize]) -> Result<Tensor> {
        let places = (0u32..).zip(durations);
        let units: Vec<u32> =
            places.flat_map(|(at, &units)| std::iter::repeat_n(at, units)).collect();
        Ok(Tensor::new(units, &self.device)?)
    }
}

/// Whole units, at least one each.
fn durations(lengths: &[f32], speed: f32) -> Vec<usize> {
    lengths.iter().map(|length| ((length / speed).round_ties_even() as usize).max(1)).collect()
}
