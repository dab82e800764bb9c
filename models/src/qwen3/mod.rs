//! Qwen3 (Qwen Team 2025, <https://arxiv.org/abs/2505.09388>): a decoder-only transformer with
//! grouped-query attention, RMS norm on each query and key head, rotary positions and SwiGLU.
//!
//! Weights come from GGUF files as llama.cpp and Qwen publish them, or from Hugging Face
//! safetensors. They are read once and shared: a [`Qwen3`] lives in an [`Arc`], and each sequence
//! keeps its state in its own [`KvCache`]. Arithmetic follows
//! `transformers.models.qwen3.modeling_qwen3` in single precision; block-quantised matrices
//! multiply activations rounded to 8 bits, as llama.cpp does.
//!
//! Invariant: no state between calls outside the cache, no clock, no randomness, no output.

mod attention;
mod cache;
mod config;
mod forward;
mod matrix;
mod ops;
#[cfg(target_arch = "x86_64")]
mod packed;
#[cfg(test)]
mod testing;
mod weights;

use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::gguf_file;

pub use self::cache::{KvCache, Precision};
pub use self::config::Config;

use self::forward::Rope;
use self::matrix::Matrix;
use self::weights::{Bytes, Part, Place, Shards, Source};
#[cfg(doc)]
use crate::Error;
use crate::Result;
use crate::device::Dtypes;
use crate::files::gguf::Gguf;
use crate::files::{self, ModelFiles};

/// The longest `config.json` that is read.
const MAX_JSON: u64 = 1 << 20;

/// The weights of a Qwen3 network; immutable, to be shared by all sequences.
pub struct Qwen3 {
    config: Config,
    gguf: Option<Box<Gguf>>,
    embedding: Matrix,
    /// `None` when the embedding matrix serves.
    output: Option<Matrix>,
    output_norm: Vec<f32>,
    blocks: Vec<Block>,
    rope: Rope,
}

/// The weights of one transformer block.
struct Block {
    attn_norm: Vec<f32>,
    q: Matrix,
    k: Matrix,
    v: Matrix,
    o: Matrix,
    q_norm: Vec<f32>,
    k_norm: Vec<f32>,
    ffn_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

impl std::fmt::Debug for Qwen3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qwen3").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Qwen3 {
    /// What it computes in: single precision on the processor.
    pub const DTYPES: Dtypes = Dtypes::PROCESSOR;

    /// Loads a GGUF file, mapped into memory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be opened; [`Error::File`] when it is truncated, corrupt,
    /// of another architecture, or has a tensor of a wrong shape or unsupported type.
    pub fn load_gguf(path: &Path) -> Result<Arc<Self>> {
        let bytes = Bytes::map(path)?;
        Self::from_gguf(path, bytes)
    }

    /// Loads a GGUF file that is part of the program; `name` serves the messages.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::load_gguf`].
    pub fn load_gguf_bytes(name: &str, bytes: &'static [u8]) -> Result<Arc<Self>> {
        Self::from_gguf(Path::new(name), Bytes::Static(bytes))
    }

    /// Loads `config.json` and `model.safetensors` (or the files of
    /// `model.safetensors.index.json`) from `dir`.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::load_gguf`].
    pub fn load_safetensors(dir: &Path) -> Result<Arc<Self>> {
        let path = dir.join("config.json");
        let text = files::File::Path(path.clone()).read(MAX_JSON)?;
        let config = Config::from_json(&path, &text)?;
        Self::build(config, Source::Safetensors(Shards::open(dir)?))
    }

    /// Loads what a model name resolved to: a GGUF file, or a folder of safetensors.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::load_gguf`]; [`Error::Name`] when a file that is needed is missing.
    pub fn load(files: &ModelFiles) -> Result<Arc<Self>> {
        if let Some(file) = files.gguf() {
            return match file {
                files::File::Path(path) => Self::load_gguf(path),
                files::File::Bytes { label, bytes } => Self::from_gguf(label, Bytes::Static(bytes)),
            };
        }
        let file = files.require("config.json")?;
        let config = Config::from_json(file.path(), &file.read(MAX_JSON)?)?;
        let shards = Shards::new(Path::new(files.label()), files.safetensors()?)?;
        Self::build(config, Source::Safetensors(shards))
    }

    fn from_gguf(path: &Path, bytes: Bytes) -> Result<Arc<Self>> {
        let gguf = Gguf::read(path, bytes.as_slice())?;
        let config = Config::from_gguf(&gguf)?;
        Self::build(config, Source::Gguf(Box::new(gguf), bytes))
    }

    fn build(config: Config, source: Source) -> Result<Arc<Self>> {
        let matrix = |place, rows, cols| Matrix::new(source.tensor(place)?, rows, cols);
        let vector = |place, len| source.tensor(place)?.shaped(&[len])?.floats();
        let Config { hidden, head_dim, ffn, .. } = config;
        let (q_rows, kv_rows) = (config.heads * head_dim, config.kv_heads * head_dim);
        let embedding = matrix(Place::Embedding, config.vocab, hidden)?;
        let mut blocks = Vec::new();
        for layer in 0..config.layers {
            let at = |part| Place::Layer(layer, part);
            blocks.push(Block {
                attn_norm: vector(at(Part::AttnNorm), hidden)?,
                q: matrix(at(Part::Q), q_rows, hidden)?,
                k: matrix(at(Part::K), kv_rows, hidden)?,
                v: matrix(at(Part::V), kv_rows, hidden)?,
                o: matrix(at(Part::O), hidden, q_rows)?,
                q_norm: vector(at(Part::QNorm), head_dim)?,
                k_norm: vector(at(Part::KNorm), head_dim)?,
                ffn_norm: vector(at(Part::FfnNorm), hidden)?,
                gate: matrix(at(Part::Gate), ffn, hidden)?,
                up: matrix(at(Part::Up), ffn, hidden)?,
                down: matrix(at(Part::Down), hidden, ffn)?,
            });
        }
        let output =
            if config.tied { None } else { Some(matrix(Place::Output, config.vocab, hidden)?) };
        let output_norm = vector(Place::OutputNorm, hidden)?;
        let gguf = match source {
            Source::Gguf(gguf, _) => Some(gguf),
            Source::Safetensors(_) => None,
        };
        let rope = Rope::new(&config);
        Ok(Arc::new(Self { config, gguf, embedding, output, output_norm, blocks, rope }))
    }

    /// Sizes and constants of the network.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The header of the GGUF file it came from, which holds the tokeniser and the chat template;
    /// `None` for safetensors.
    pub fn gguf(&self) -> Option<&gguf_file::Content> {
        self.gguf.as_ref().map(|gguf| gguf.content())
    }

    /// Runs one-token and many-token passes, so that later ones find threads started, weights in
    /// memory and scratch space allocated.
    ///
    /// # Errors
    ///
    /// [`Error::Tensor`] when a product fails.
    pub fn warm_up(&self) -> Result<()> {
        let count = self.config.context.min(33) - 1;
        let mut cache = KvCache::new(self, count + 1);
        if count > 0 {
            self.forward(&vec![0; count], &mut cache)?;
        }
        self.forward(&[0], &mut cache)?;
        Ok(())
    }

    /// The element type a cache has unless told otherwise.
    pub(crate) fn cache_precision(&self) -> Precision {
        let exact = self.blocks.first().is_some_and(|block| block.k.is_f32() && block.v.is_f32());
        if exact { Precision::F32 } else { Precision::F16 }
    }
}
