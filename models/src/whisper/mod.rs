//! Whisper: speech to text, from Hugging Face checkpoints as published; and what else is built on its
//! encoder: [`SmartTurn`], which hears whether a person is done.
//!
//! The networks follow transformers' `WhisperForConditionalGeneration` and are tested against it;
//! decoding (fallback, silence, timestamps, word times) follows OpenAI's reference. A recording
//! goes through [`Whisper::transcribe`], a live stream through [`State`].
//!
//! A window is as long as the encoder has positions, 30 s for published models. A model trained on
//! less says so by `max_window_seconds` in `generation_config.json`; longer audio is then cut at its
//! quietest places.
//!
//! On the processor everything computes in f32, by kernels of this module. The decoder keeps its
//! weights in f16 where that loses nothing, as with every published checkpoint, since a step costs
//! what reading the weights costs. On a device the network is one of candle's tensors, in f16, bf16 or
//! f32; decoding does not know where it runs.
//!
//! Invariant: a [`Whisper`] holds no state of a stream; any number of threads may use it at once.

mod align;
mod beams;
mod config;
mod decode;
mod decoder;
mod dots;
mod encoder;
pub(crate) mod kernels;
mod languages;
mod matrix;
mod mel;
mod network;
mod options;
mod rules;
mod smart_turn;
mod stream;
mod tensors;
#[cfg(test)]
mod testing;
mod tokens;
mod transcribe;
pub(crate) mod weights;

use std::path::Path;
use std::sync::Arc;

use candle_core::DType;

pub use matrix::Bytes;
pub use options::{Finished, Options, Segment, Task, Timestamps, Transcript, Word};
pub use smart_turn::SmartTurn;
pub use stream::{Partial, State};
pub use weights::Parts;

use crate::Result;
use crate::device::{Compute, Dtypes};
use crate::files::{self, ModelFiles, ModelName, Want};
use config::{Config, Generation, Json};
use mel::MelFrontEnd;
use network::{Kernels, Network};
use tensors::{Target, TensorNetwork};
use tokens::Tokens;
use weights::Tensors;

/// Samples per second of the audio that models hear.
pub const SAMPLE_RATE: usize = 16_000;

/// A loaded model: weights, tokenizer and configuration, shared by all streams.
pub struct Whisper {
    config: Config,
    generation: Generation,
    tokens: Tokens,
    mel: MelFrontEnd,
    network: Box<dyn Network>,
}

impl Whisper {
    /// What it computes in: single precision on the processor.
    pub const DTYPES: Dtypes =
        Dtypes { processor: &[DType::F32], device: &[DType::F16, DType::F32, DType::BF16] };

    /// Loads a resolved model, or shares the copy that the process already holds there.
    ///
    /// # Errors
    /// As [`Parts::open`] and [`Whisper::load_parts`].
    pub fn load(files: &ModelFiles, compute: &Compute) -> Result<Arc<Self>> {
        let identity = format!("{} on {compute}", files.identity());
        files::load_shared(&identity, || Self::load_parts(&Parts::open(files)?, compute))
    }

    /// Loads, onto the processor, a checkpoint folder: `config.json`, `tokenizer.json`, `model.safetensors` or its
    /// shards with `model.safetensors.index.json`, and where present `generation_config.json` and
    /// `preprocessor_config.json`.
    ///
    /// # Errors
    /// [`crate::Error::Name`] when the folder or a file is missing, and as [`Whisper::load`].
    pub fn load_dir(dir: impl AsRef<Path>) -> Result<Arc<Self>> {
        let name = ModelName::Path(dir.as_ref().to_path_buf());
        Self::load(&files::resolve(&name, Want::Whisper, &())?, &Compute::default())
    }

    /// Loads a checkpoint from its parts.
    ///
    /// # Errors
    /// [`crate::Error::File`] that names the file and the key or tensor that is missing, of another
    /// architecture, shape or element type, or out of range; [`crate::Error::Tensor`] when it does not
    /// fit a device.
    pub fn load_parts(parts: &Parts, compute: &Compute) -> Result<Self> {
        let config =
            Config::parse(&parts.name.join("config.json"), parts.config.as_ref().as_ref())?;
        let generation_json = parts
            .generation_config
            .as_ref()
            .map(|bytes| {
                Json::parse(parts.name.join("generation_config.json"), bytes.as_ref().as_ref())
            })
            .transpose()?;
        let generation = Generation::parse(parts, generation_json.as_ref(), &config)?;
        let tokens = Tokens::load(parts, generation_json.as_ref(), &config)?;
        let tensors = Tensors::new(&parts.name, &parts.weights)?;
        let prefix = if tensors.contains("encoder.conv1.weight") { "" } else { "model." };
        let heads = &generation.alignment_heads;
        let network: Box<dyn Network> = match compute.device() {
            None => Box::new(Kernels::load(&tensors, prefix, &config, heads)?),
            Some(device) => {
                let target = Target { device: device.clone(), dtype: compute.dtype() };
                Box::new(TensorNetwork::load(&tensors, prefix, &config, heads, target)?)
            }
        };
        Ok(Self { mel: MelFrontEnd::new(config.mels), network, config, generation, tokens })
    }

    /// Runs every shape once, so that the first real call meets mapped pages and running threads.
    ///
    /// # Errors
    /// Those of a decode; [`crate::Error::Tensor`] from a device.
    pub fn warm_up(&self) -> Result<()> {
        let options = Options::default();
        let mut decoding = self.listen(&vec![0.0; SAMPLE_RATE], &options)?;
        let many = vec![self.tokens.start; 4.min(self.network.capacity() - 1)];
        decoding.logits(&many, &[0])?;
        decoding.logits(&[self.tokens.start], &[0])?;
        Ok(())
    }

    /// Codes of the languages that can be chosen.
    pub fn languages(&self) -> Vec<&str> {
        if self.tokens.languages.is_empty() {
            return vec!["en"];
        }
        self.tokens.languages.iter().map(|(code, _)| code.as_str()).collect()
    }

    /// Seconds of audio in one window.
    pub fn window_s(&self) -> f64 {
        self.generation.window_seconds
    }

    /// Log-mel features of 16 kHz samples, zeros after their end, as `[frames, mel bands]`: the
    /// published front end.
    pub fn log_mel(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        self.mel.log_mel(samples, frames)
    }

    /// Encoder states `[frames / 2, width]` of `[frames, mel bands]` features.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an odd number of frames, none, or more than a window.
    pub fn encode(&self, features: &[f32]) -> Result<Vec<f32>> {
        self.network.encode(features)
    }

    /// Logits `[tokens, vocabulary]` of teacher-forced `tokens` over encoder states, read by the
    /// decoder in steps of the given sizes (one token a step after they are used up).
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a token out of range or more tokens than positions.
    pub fn score(&self, states: &[f32], tokens: &[u32], steps: &[usize]) -> Result<Vec<f32>> {
        let mut decoding = self.network.start(states)?;
        let mut out = Vec::new();
        let (mut rest, mut steps) = (tokens, steps.iter().copied());
        while !rest.is_empty() {
            let (step, after) = rest.split_at(steps.next().unwrap_or(1).clamp(1, rest.len()));
            let rows: Vec<usize> = (0..step.len()).collect();
            out.extend(decoding.logits(step, &rows)?);
            rest = after;
        }
        Ok(out)
    }

    /// The instruction that a decode starts with: start, language, task, no timestamps.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a language or task that the model does not know.
    pub fn prompt(&self, language: &str, task: Task, timestamps: bool) -> Result<Vec<u32>> {
        let (_, id) = self.tokens.language(language)?;
        self.tokens.prompt(&[], id, task, timestamps)
    }

    /// The tokens that a greedy decode over encoder states appends to `prompt`, the end token left
    /// out, with the suppression and timestamp rules of the checkpoint.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a token out of range.
    pub fn greedy(
        &self,
        states: &[f32],
        prompt: &[u32],
        timestamps: bool,
        max_tokens: usize,
    ) -> Result<Vec<u32>> {
        let mut decoding = self.network.start(states)?;
        let options = Options { max_tokens, ..Options::default() };
        let draft = decode::Draft::default();
        let request = decode::Request { prompt, timestamps, temperature: 0.0, draft, stream: 0 };
        Ok(self.decode(&mut *decoding, &request, &options)?.tokens)
    }

    /// As [`Self::greedy`], the tokens that a search with `beams` beams gives.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a token out of range, or a number of beams.
    pub fn beams(
        &self,
        states: &[f32],
        prompt: &[u32],
        timestamps: bool,
        max_tokens: usize,
        beams: usize,
    ) -> Result<Vec<u32>> {
        let mut decoding = self.network.start(states)?;
        let options = Options { max_tokens, beam_size: Some(beams), ..Options::default() };
        options.check()?;
        let draft = decode::Draft::default();
        let request = decode::Request { prompt, timestamps, temperature: 0.0, draft, stream: 0 };
        let mut tokens = self.search(&mut *decoding, &request, &options, beams)?;
        tokens.retain(|token| *token != self.tokens.end);
        Ok(tokens)
    }

    /// Code and token of the likeliest language of encoder states; `None` from an English-only model.
    ///
    /// # Errors
    /// None in practice; those of a decode.
    pub fn language_of(&self, states: &[f32]) -> Result<Option<(String, u32)>> {
        self.detect_language(&mut *self.network.start(states)?)
    }

    /// Mel frames of the encoder's full context.
    fn encoder_frames(&self) -> usize {
        self.config.audio_positions * 2
    }
}
