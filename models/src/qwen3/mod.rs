//! Qwen3 (Qwen Team 2025, <https://arxiv.org/abs/2505.09388>): a decoder-only transformer with
//! grouped-query attention, RMS norm on each query and key head, rotary positions and SwiGLU.
//!
//! Weights come from GGUF files as llama.cpp and Qwen publish them, or from Hugging Face
//! safetensors. They are read once and shared: a [`Qwen3`] lives in an [`Arc`], and each sequence
//! keeps its state in its own [`KvCache`]. Arithmetic follows
//! `transformers.models.qwen3.modeling_qwen3` in single precision; block-quantised matrices
//! multiply activations rounded to 8 bits, as llama.cpp does. On a device the network is one of
//! candle's tensors; who calls it does not notice.
//!
//! Invariant: no state between calls outside the cache, no clock, no randomness, no output.

mod attention;
mod block;
mod cache;
mod config;
mod forward;
mod kernels;
mod matrix;
mod ops;
#[cfg(target_arch = "x86_64")]
mod packed;
mod rope;
mod tensors;
#[cfg(test)]
mod testing;
mod weights;

use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::gguf_file;

pub use self::cache::{KvCache, Precision};
pub use self::config::Config;

use self::forward::Want;
use self::kernels::Kernels;
use self::tensors::{Target, TensorNetwork};
use self::weights::{Bytes, Shards, Source};
#[cfg(doc)]
use crate::Error;
use crate::Result;
use crate::device::{Compute, DType, Dtypes};
use crate::files::gguf::Gguf;
use crate::files::{self, ModelFiles};

/// The longest `config.json` that is read.
const MAX_JSON: u64 = 1 << 20;

/// The weights of a Qwen3 network; immutable, to be shared by all sequences.
pub struct Qwen3 {
    config: Config,
    gguf: Option<Box<Gguf>>,
    network: Network,
}

/// Where the weights are.
enum Network {
    /// On the processor.
    Kernels(Box<Kernels>),
    /// On a device.
    Tensors(Box<TensorNetwork>),
}

impl std::fmt::Debug for Qwen3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qwen3").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Qwen3 {
    /// What it computes in: single precision on the processor.
    pub const DTYPES: Dtypes =
        Dtypes { processor: &[DType::F32], device: &[DType::F16, DType::F32, DType::BF16] };

    /// Loads a GGUF file, mapped into memory, onto the processor.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::open`].
    pub fn load_gguf(path: &Path) -> Result<Arc<Self>> {
        Self::from_gguf(path, Bytes::map(path)?, &Compute::default())
    }

    /// Loads a GGUF file, or `config.json` and `model.safetensors` (or the files of
    /// `model.safetensors.index.json`) from a folder.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when a file cannot be opened; [`Error::File`] when it is truncated, corrupt,
    /// of another architecture, or has a tensor of a wrong shape or unsupported type;
    /// [`Error::Tensor`] when the weights do not fit a device.
    pub fn open(path: &Path, compute: &Compute) -> Result<Arc<Self>> {
        if path.is_dir() {
            Self::from_folder(path, compute)
        } else {
            Self::from_gguf(path, Bytes::map(path)?, compute)
        }
    }

    /// Loads a GGUF file that is part of the program; `name` serves the messages.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::open`].
    pub fn load_gguf_bytes(name: &str, bytes: &'static [u8]) -> Result<Arc<Self>> {
        Self::from_gguf(Path::new(name), Bytes::Static(bytes), &Compute::default())
    }

    /// Loads a folder of safetensors onto the processor.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::open`].
    pub fn load_safetensors(dir: &Path) -> Result<Arc<Self>> {
        Self::from_folder(dir, &Compute::default())
    }

    /// Loads what a model name resolved to, a GGUF file or a folder of safetensors, onto the
    /// processor or a device.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::open`]; [`Error::Name`] when a file that is needed is missing.
    pub fn load(files: &ModelFiles, compute: &Compute) -> Result<Arc<Self>> {
        if let Some(file) = files.gguf() {
            return match file {
                files::File::Path(path) => Self::from_gguf(path, Bytes::map(path)?, compute),
                files::File::Bytes { label, bytes } => {
                    Self::from_gguf(label, Bytes::Static(bytes), compute)
                }
            };
        }
        let file = files.require("config.json")?;
        let config = Config::from_json(file.path(), &file.read(MAX_JSON)?)?;
        let shards = Shards::new(Path::new(files.label()), files.safetensors()?)?;
        Self::build(config, Source::Safetensors(shards), compute)
    }

    fn from_folder(dir: &Path, compute: &Compute) -> Result<Arc<Self>> {
        let path = dir.join("config.json");
        let text = files::File::Path(path.clone()).read(MAX_JSON)?;
        let config = Config::from_json(&path, &text)?;
        Self::build(config, Source::Safetensors(Shards::open(dir)?), compute)
    }

    fn from_gguf(path: &Path, bytes: Bytes, compute: &Compute) -> Result<Arc<Self>> {
        let gguf = Gguf::read(path, bytes.as_slice())?;
        let config = Config::from_gguf(&gguf)?;
        Self::build(config, Source::Gguf(Box::new(gguf), bytes), compute)
    }

    fn build(config: Config, source: Source, compute: &Compute) -> Result<Arc<Self>> {
        let network = match compute.device() {
            None => Network::Kernels(Box::new(Kernels::load(&config, &source)?)),
            Some(device) => {
                let target = Target { device: device.clone(), dtype: compute.dtype() };
                Network::Tensors(Box::new(TensorNetwork::load(&config, &source, target)?))
            }
        };
        let gguf = match source {
            Source::Gguf(gguf, _) => Some(gguf),
            Source::Safetensors(_) => None,
        };
        Ok(Arc::new(Self { config, gguf, network }))
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
}
