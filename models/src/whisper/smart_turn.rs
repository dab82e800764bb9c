//! Whether a person is done, by how the last seconds of their turn sound: checkpoints in the format of
//! [smart-turn 3](https://github.com/pipecat-ai/smart-turn), as training saves them and as they are published
//! in ONNX.
//!
//! It stays on the processor whatever the other networks run on: a network of 8 MB that is asked once a
//! pause gains less from a device than it would wait for those that keep the device busy.

use std::path::Path;
use std::sync::Arc;

mod exported;
mod learned;

use super::SAMPLE_RATE;
use super::config::{Config, Json, check_front_end};
use super::encoder::{Encoder, Norm};
use super::kernels;
use super::matrix::{Bytes, Wide};
use super::mel::{HOP, MelFrontEnd};
use super::transcribe::check_samples;
use super::weights::{self, Tensors};
use crate::Result;
use crate::files::{self, File, ModelFiles, ModelName, Want, onnx::Onnx};

/// Widths of the hidden layers, which no configuration names: of the attention, and of the classifier.
const POOL: usize = 256;
const FIRST: usize = 256;
const SECOND: usize = 64;

/// What `config.json` need not say: the sizes of whisper-tiny, and 8 s of sound. The decoder's are
/// not used.
const DEFAULTS: [(&str, usize); 11] = [
    ("d_model", 384),
    ("num_mel_bins", 80),
    ("encoder_layers", 4),
    ("encoder_attention_heads", 6),
    ("encoder_ffn_dim", 1536),
    ("max_source_positions", 400),
    ("vocab_size", 51_865),
    ("decoder_layers", 4),
    ("decoder_attention_heads", 6),
    ("decoder_ffn_dim", 1536),
    ("max_target_positions", 448),
];

/// What keeps digital silence from being divided by zero.
const LEAST_VARIANCE: f64 = 1e-7;

/// A loaded network: a Whisper encoder, the mean of its states weighted by attention, a classifier.
///
/// It computes in f32. Weights that an ONNX file holds quantised are made f32 once; what the file
/// says of quantising the data between layers is left out, as that only loses precision.
pub struct SmartTurn {
    mel: MelFrontEnd,
    encoder: Encoder,
    width: usize,
    /// Mel frames that it hears: two for each position.
    frames: usize,
    pool: [Wide; 2],
    classifier: [Wide; 3],
    norm: Norm,
}

impl SmartTurn {
    /// Loads a resolved model, or shares the copy that the process already holds.
    ///
    /// # Errors
    /// [`crate::Error::Io`] for a file that cannot be read, and [`crate::Error::File`] that names the
    /// file and the key or tensor that is missing, of another shape or element type, or out of range.
    pub fn load(files: &ModelFiles) -> Result<Arc<Self>> {
        files::load_shared(&files.identity(), || Self::read(files))
    }

    /// Loads a checkpoint folder, as training saves it: `config.json`, `model.safetensors` or its
    /// shards with `model.safetensors.index.json`, and where present `preprocessor_config.json`; or an
    /// ONNX file.
    ///
    /// # Errors
    /// [`crate::Error::Name`] when the path or a file is missing, and as [`SmartTurn::load`].
    pub fn load_path(path: impl AsRef<Path>) -> Result<Arc<Self>> {
        let name = ModelName::Path(path.as_ref().to_path_buf());
        Self::load(&files::resolve(&name, Want::SmartTurn, &())?)
    }

    /// Checks that an ONNX file is such a network, as far as its operations tell.
    pub(crate) fn check(file: &File) -> Result<()> {
        exported::read(&Onnx::read(file.path(), &file.open()?)?).map(drop)
    }

    fn read(files: &ModelFiles) -> Result<Self> {
        match files.onnx() {
            Some(file) => Self::exported(file),
            None => Self::saved(files),
        }
    }

    /// Reads an ONNX file.
    fn exported(file: &File) -> Result<Self> {
        let path = file.path();
        let network = exported::read(&Onnx::read(path, &file.open()?)?)?;
        let config = Config::of(&Json::parse(path.to_path_buf(), &network.config)?.or(&DEFAULTS))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().unwrap_or(Path::new(""));
        let weights: Bytes = Arc::new(network.weights);
        Self::of(&config, &Tensors::new(folder, &[(name, weights)])?)
    }

    /// Reads a checkpoint.
    fn saved(files: &ModelFiles) -> Result<Self> {
        let file = files.require("config.json")?;
        let json = Json::parse(file.path().to_path_buf(), &file.open()?)?;
        let config = Config::of(&json.or(&DEFAULTS))?;
        if let Some(file) = files.get("preprocessor_config.json") {
            check_front_end(file.path(), &file.open()?, &config)?;
        }
        let folder = file.path().parent().unwrap_or(Path::new(""));
        Self::of(&config, &Tensors::new(folder, &weights::weights(files)?)?)
    }

    fn of(config: &Config, tensors: &Tensors) -> Result<Self> {
        let d = config.width;
        let linear = |name: &str, rows, columns| tensors.wide(name, rows, columns, true);
        Ok(Self {
            // First what tells these checkpoints from others.
            pool: [linear("pool_attention.0", POOL, d)?, linear("pool_attention.2", 1, POOL)?],
            classifier: [
                linear("classifier.0", FIRST, d)?,
                linear("classifier.4", SECOND, FIRST)?,
                linear("classifier.6", 1, SECOND)?,
            ],
            norm: Norm::load(tensors, "classifier.1", FIRST)?,
            mel: MelFrontEnd::new(config.mels),
            encoder: Encoder::load(tensors, "", config)?,
            width: d,
            frames: 2 * config.audio_positions,
        })
    }

    /// Samples at 16 kHz that it hears at most: 8 s of published models.
    pub fn window(&self) -> usize {
        self.frames * HOP
    }

    /// Log-mel features `[frames, mel bands]` of the last [`window`](Self::window) of 16 kHz samples:
    /// silence before a shorter sound, then the window as a whole with a mean of 0 and a variance of 1.
    pub fn log_mel(&self, samples: &[f32]) -> Vec<f32> {
        let window = self.window();
        let last = &samples[samples.len().saturating_sub(window)..];
        let mut sound = vec![0.0; window - last.len()];
        sound.extend_from_slice(last);
        let mean = sound.iter().map(|&x| f64::from(x)).sum::<f64>() / window as f64;
        let squares: f64 = sound.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
        let scale = 1.0 / (squares / window as f64 + LEAST_VARIANCE).sqrt();
        for x in &mut sound {
            *x = ((f64::from(*x) - mean) * scale) as f32;
        }
        self.mel.log_mel(&sound, self.frames)
    }

    /// Encoder states `[positions, width]` of features as [`log_mel`](Self::log_mel) gives them.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an odd number of frames, none, or more than a window.
    pub fn encode(&self, features: &[f32]) -> Result<Vec<f32>> {
        self.encoder.forward(features, &|| Ok(()))
    }

    /// The log-odds that the turn is complete, of its samples at 16 kHz up to now, the silence at its
    /// end included.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a sample that is not finite.
    pub fn log_odds(&self, samples: &[f32]) -> Result<f32> {
        check_samples(samples)?;
        let states = self.encode(&self.log_mel(samples))?;
        Ok(self.classify(&self.mean(&states)))
    }

    /// The probability that the turn is complete; as [`log_odds`](Self::log_odds).
    ///
    /// # Errors
    /// As [`log_odds`](Self::log_odds).
    pub fn probability(&self, samples: &[f32]) -> Result<f32> {
        Ok(1.0 / (1.0 + (-self.log_odds(samples)?).exp()))
    }

    /// Runs once, so that the first real call meets mapped pages and running threads.
    ///
    /// # Errors
    /// None in practice.
    pub fn warm_up(&self) -> Result<()> {
        self.log_odds(&vec![0.0; SAMPLE_RATE]).map(drop)
    }

    /// The mean of the states, weighted by what the attention makes of each.
    fn mean(&self, states: &[f32]) -> Vec<f32> {
        let rows = states.len() / self.width;
        let [hidden, score] = &self.pool;
        let (mut inner, mut weights) = (Vec::new(), Vec::new());
        hidden.forward(states, rows, self.width, &mut inner);
        inner.iter_mut().for_each(|x| *x = x.tanh());
        score.forward(&inner, rows, POOL, &mut weights);
        kernels::softmax_rows(&mut weights, rows);
        let mut mean = vec![0.0; self.width];
        for (state, weight) in states.chunks_exact(self.width).zip(&weights) {
            mean.iter_mut().zip(state).for_each(|(sum, x)| *sum += weight * x);
        }
        mean
    }

    fn classify(&self, mean: &[f32]) -> f32 {
        let [first, second, last] = &self.classifier;
        let (mut inner, mut next, mut out) = (Vec::new(), Vec::new(), Vec::new());
        first.forward(mean, 1, self.width, &mut inner);
        let mut normed = vec![0.0; FIRST];
        kernels::layer_norm(&inner, &self.norm.weight, &self.norm.bias, &mut normed);
        kernels::bias_gelu(&mut normed, &[0.0; FIRST]);
        second.forward_gelu(&normed, 1, FIRST, &mut next);
        last.forward(&next, 1, SECOND, &mut out);
        out[0]
    }
}
