//! A small voice: phonemes to frames of pitch and two filters by a network without recurrence, and
//! frames to sound by harmonics, noise and an inverse transform.
//!
//! It was made for `rehearsal-tts-en`; `models/rehearsal/tts` trains it. A clause is spoken without
//! regard to what is before and after it, so that a sentence spoken clause by clause is the sentence
//! spoken at once, sample by sample.
//!
//! ```no_run
//! use antiphon_models::harmonic::{Harmonic, Noise};
//!
//! let voice = Harmonic::load_dir("voices/mine")?;
//! let speech = voice.speak("həlˈO ðˈɛɹ.", 1.0, &mut Noise::seeded(1))?;
//! assert_eq!(speech.lengths.iter().sum::<usize>(), speech.samples.len());
//! # Ok::<(), antiphon_models::Error>(())
//! ```

use std::path::Path;
use std::sync::Arc;

use crate::files::{self, ModelFiles, ModelName, Want};
use crate::whisper::weights::{self, Tensors};
use crate::{Error, Result};

mod config;
mod network;
mod units;
mod vocoder;

pub use crate::random::Noise;

use config::Config;
use network::Network;
use units::Clause;
use vocoder::{HOP, Vocoder};

/// How slow and how fast a voice can be made to speak.
const SPEEDS: [f32; 2] = [0.25, 4.0];

/// What a line of phonemes sounds like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speech {
    /// Samples at 16 kHz, mostly within -1 to 1.
    pub samples: Vec<f32>,
    /// Samples of each symbol (character) of the phonemes; together all of [`Self::samples`]. Blanks
    /// and marks of stress last no time, and the mark at the end of a clause lasts as long as the
    /// pause after it.
    pub lengths: Vec<usize>,
}

/// A loaded voice.
pub struct Harmonic {
    config: Config,
    network: Network,
    vocoder: Vocoder,
}

impl Harmonic {
    /// Samples in a second.
    pub const SAMPLE_RATE: u32 = config::SAMPLE_RATE;

    /// Loads a resolved model, or shares the copy that the process already holds.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, and [`Error::File`] that names the file and the
    /// key or tensor that is missing, of another shape or element type, or out of range.
    pub fn load(files: &ModelFiles) -> Result<Arc<Self>> {
        files::load_shared(&files.identity(), || Self::read(files))
    }

    /// Loads a folder of `config.json` and `model.safetensors`, as training writes it.
    ///
    /// # Errors
    /// [`Error::Name`] when the folder or a file is missing, and as [`Harmonic::load`].
    pub fn load_dir(dir: impl AsRef<Path>) -> Result<Arc<Self>> {
        let name = ModelName::Path(dir.as_ref().to_path_buf());
        Self::load(&files::resolve(&name, Want::Harmonic, &())?)
    }

    fn read(files: &ModelFiles) -> Result<Self> {
        let file = files.require("config.json")?;
        let config = Config::parse(file.path(), &file.open()?)?;
        let folder = file.path().parent().unwrap_or(Path::new(""));
        let tensors = Tensors::new(folder, &weights::weights(files)?)?;
        let network = Network::load(&tensors, &config)?;
        let vocoder = Vocoder::new(config.bands);
        Ok(Self { config, network, vocoder })
    }

    /// Speaks a line of phonemes in the symbols of [`crate::voice`]; what the voice does not know is
    /// left out. `speed` is 1 for the pace it was trained on and 2 for twice that.
    ///
    /// # Errors
    /// [`Error::Input`] for a speed that is not from 0.25 to 4, or noise that has run out.
    pub fn speak(&self, phonemes: &str, speed: f32, noise: &mut Noise) -> Result<Speech> {
        let mut all = Speech::default();
        for clause in self.clauses(phonemes, speed, noise)? {
            let clause = clause?;
            all.samples.extend(clause.samples);
            all.lengths.extend(clause.lengths);
        }
        all.lengths.resize(phonemes.chars().count(), 0);
        Ok(all)
    }

    /// Does [`Harmonic::speak`] clause by clause, each when it is asked for. The lengths of a clause
    /// are those of its symbols and of the silent ones before it.
    ///
    /// # Errors
    /// As [`Harmonic::speak`].
    pub fn clauses<'a>(
        &'a self,
        phonemes: &str,
        speed: f32,
        noise: &'a mut Noise,
    ) -> Result<impl Iterator<Item = Result<Speech>> + 'a> {
        if !(SPEEDS[0]..=SPEEDS[1]).contains(&speed) {
            let [slowest, fastest] = SPEEDS;
            let text = format!("a speed of {speed}; from {slowest} to {fastest} is expected");
            return Err(Error::Input(text));
        }
        let clauses = units::clauses(&self.config, phonemes);
        let mut begin = 0;
        Ok(clauses.into_iter().map(move |clause| {
            let speech = self.clause(&clause, begin, speed, noise)?;
            begin = clause.end;
            Ok(speech)
        }))
    }

    /// Speaks one clause whose symbols begin at `begin`.
    fn clause(
        &self,
        clause: &Clause,
        begin: usize,
        speed: f32,
        noise: &mut Noise,
    ) -> Result<Speech> {
        let frames = self.network.run(clause, speed);
        let mut white = vec![0.0; frames.pitch.len() * HOP];
        noise.fill(&mut white)?;
        let mut samples = self.vocoder.synthesise(&frames, &white);
        let mut lengths = vec![0; clause.end - begin];
        for (unit, frames) in clause.units.iter().zip(&frames.lasts) {
            lengths[unit.symbol - begin] += frames * HOP;
        }
        let pause = clause.pause / f64::from(speed) * f64::from(Self::SAMPLE_RATE);
        samples.resize(samples.len() + pause as usize, 0.0);
        if let Some(last) = lengths.last_mut() {
            *last += pause as usize;
        }
        Ok(Speech { samples, lengths })
    }
}
