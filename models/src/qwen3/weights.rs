//! Tensors of a checkpoint, found by their place in the network in either format.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use memmap2::Mmap;
use safetensors::Dtype;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::files::{self, gguf::Gguf, safetensors::Safetensors};
use crate::{Error, Result};

/// The longest safetensors index that is read.
const MAX_INDEX: u64 = 64 << 20;

/// The bytes of a file, mapped or part of the program.
#[derive(Debug, Clone)]
pub(crate) enum Bytes {
    Static(&'static [u8]),
    Mapped(Arc<Mmap>),
}

impl Bytes {
    /// Maps the file at `path`.
    pub(crate) fn map(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        // SAFETY: a mapping is only unsound when the file shrinks or is rewritten meanwhile. Model
        // files are written once under another name and moved into place, so readers keep theirs.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| Error::io(path, error))?;
        Ok(Self::Mapped(Arc::new(map)))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

/// One tensor as it lies in its file.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub(crate) dtype: GgmlDType,
    pub(crate) dims: Vec<usize>,
    bytes: Bytes,
    range: Range<usize>,
    /// For messages.
    pub(crate) path: PathBuf,
    pub(crate) name: String,
}

impl Raw {
    pub(crate) fn data(&self) -> &[u8] {
        &self.bytes.as_slice()[self.range.clone()]
    }

    /// Tells the operating system that the file's pages are not needed for now, because a
    /// rearranged copy is used instead.
    pub(crate) fn release(&self) {
        #[cfg(unix)]
        if let Bytes::Mapped(map) = &self.bytes {
            // SAFETY: the mapping is read-only and backed by a file, so dropped pages come back
            // with the same contents when touched again.
            let advised = unsafe {
                map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    self.range.start,
                    self.range.len(),
                )
            };
            // Only memory use is at stake.
            drop(advised);
        }
    }

    pub(crate) fn fault(&self, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::file(&self.path, format!("tensor `{}`", self.name), found, expected)
    }

    /// The tensor, if it has the shape `dims`.
    pub(crate) fn shaped(self, dims: &[usize]) -> Result<Self> {
        if self.dims == dims {
            Ok(self)
        } else {
            Err(self.fault(format!("shape {:?}", self.dims), format!("shape {dims:?}")))
        }
    }

    /// The values as f32, for the small tensors that are used unquantised.
    pub(crate) fn floats(&self) -> Result<Vec<f32>> {
        let (words, _) = self.data().as_chunks::<4>();
        let (halves, _) = self.data().as_chunks::<2>();
        if self.dtype == GgmlDType::F32 {
            Ok(words.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        } else if self.dtype == GgmlDType::F16 {
            Ok(halves.iter().map(|&bytes| half::f16::from_le_bytes(bytes).to_f32()).collect())
        } else if self.dtype == GgmlDType::BF16 {
            Ok(halves.iter().map(|&bytes| half::bf16::from_le_bytes(bytes).to_f32()).collect())
        } else {
            Err(self.fault(format!("type {:?}", self.dtype), "F32, F16 or BF16"))
        }
    }
}

/// A tensor's place in the network.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Embedding,
    OutputNorm,
    Output,
    Layer(usize, Part),
}

/// A tensor of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    AttnNorm,
    Q,
    K,
    V,
    O,
    QNorm,
    KNorm,
    FfnNorm,
    Gate,
    Up,
    Down,
}

impl Part {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::AttnNorm => ("attn_norm", "input_layernorm"),
            Self::Q => ("attn_q", "self_attn.q_proj"),
            Self::K => ("attn_k", "self_attn.k_proj"),
            Self::V => ("attn_v", "self_attn.v_proj"),
            Self::O => ("attn_output", "self_attn.o_proj"),
            Self::QNorm => ("attn_q_norm", "self_attn.q_norm"),
            Self::KNorm => ("attn_k_norm", "self_attn.k_norm"),
            Self::FfnNorm => ("ffn_norm", "post_attention_layernorm"),
            Self::Gate => ("ffn_gate", "mlp.gate_proj"),
            Self::Up => ("ffn_up", "mlp.up_proj"),
            Self::Down => ("ffn_down", "mlp.down_proj"),
        }
    }
}

/// Where tensors come from.
pub(crate) enum Source {
    Gguf(Box<Gguf>, Bytes),
    Safetensors(Shards),
}

impl Source {
    pub(crate) fn tensor(&self, place: Place) -> Result<Raw> {
        match self {
            Self::Gguf(gguf, bytes) => {
                let name = match place {
                    Place::Embedding => "token_embd.weight".to_owned(),
                    Place::OutputNorm => "output_norm.weight".to_owned(),
                    Place::Output => "output.weight".to_owned(),
                    Place::Layer(layer, part) => format!("blk.{layer}.{}.weight", part.names().0),
                };
                let (dtype, dims, data) = gguf.tensor(bytes.as_slice(), &name)?;
                let start = data.as_ptr() as usize - bytes.as_slice().as_ptr() as usize;
                Ok(Raw {
                    dtype,
                    dims,
                    range: start..start + data.len(),
                    bytes: bytes.clone(),
                    path: gguf.path().to_path_buf(),
                    name,
                })
            }
            Self::Safetensors(shards) => {
                let name = match place {
                    Place::Embedding => "model.embed_tokens.weight".to_owned(),
                    Place::OutputNorm => "model.norm.weight".to_owned(),
                    Place::Output => "lm_head.weight".to_owned(),
                    Place::Layer(layer, part) => {
                        format!("model.layers.{layer}.{}.weight", part.names().1)
                    }
                };
                shards.tensor(name)
            }
        }
    }
}

/// The safetensors files of a checkpoint.
pub(crate) struct Shards {
    label: PathBuf,
    tensors: BTreeMap<String, Raw>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Shards {
    /// Opens `model.safetensors` in `dir`, or the files that `model.safetensors.index.json` names.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let index = dir.join("model.safetensors.index.json");
        let mut names = BTreeSet::from(["model.safetensors".to_owned()]);
        if index.is_file() {
            let text = files::File::Path(index.clone()).read(MAX_INDEX)?;
            let parsed: Index = serde_json::from_slice(&text).map_err(|error| {
                let expected = "an object with a `weight_map`";
                Error::file(&index, "the index", error.to_string(), expected)
            })?;
            names = parsed.weight_map.into_values().collect();
        }
        // A name in an index must not lead out of the checkpoint's folder.
        let outside =
            |name: &&String| Path::new(name).file_name().is_none_or(|n| n != name.as_str());
        if let Some(name) = names.iter().find(outside) {
            let found = format!("file `{name}`");
            return Err(Error::file(
                &index,
                "`weight_map`",
                found,
                "names of files beside the index",
            ));
        }
        let paths = names.iter().map(|name| files::File::Path(dir.join(name)));
        Self::new(dir, paths.collect::<Vec<_>>().iter())
    }

    /// Reads the headers of `files`; `label` serves the messages.
    pub(crate) fn new<'a>(
        label: &Path,
        files: impl IntoIterator<Item = &'a files::File>,
    ) -> Result<Self> {
        let mut shards = Self { label: label.to_path_buf(), tensors: BTreeMap::new() };
        for file in files {
            let bytes = match file {
                files::File::Path(path) => Bytes::map(path)?,
                files::File::Bytes { bytes, .. } => Bytes::Static(bytes),
            };
            shards.add(file.path(), &bytes)?;
        }
        Ok(shards)
    }

    fn add(&mut self, path: &Path, bytes: &Bytes) -> Result<()> {
        let header = Safetensors::read(path, bytes.as_slice())?;
        for (name, info) in header.tensors() {
            let known = [
                (Dtype::F32, GgmlDType::F32),
                (Dtype::F16, GgmlDType::F16),
                (Dtype::BF16, GgmlDType::BF16),
            ];
            let Some((_, dtype)) = known.into_iter().find(|(dtype, _)| *dtype == info.dtype) else {
                return Err(Error::file(
                    path,
                    format!("tensor `{name}`"),
                    format!("type {:?}", info.dtype),
                    "F32, F16 or BF16",
                ));
            };
            self.tensors.insert(
                name.to_owned(),
                Raw {
                    dtype,
                    dims: info.shape.clone(),
                    range: info.range.clone(),
                    bytes: bytes.clone(),
                    path: path.to_path_buf(),
                    name: name.to_owned(),
                },
            );
        }
        Ok(())
    }

    fn tensor(&self, name: String) -> Result<Raw> {
        self.tensors.get(&name).cloned().ok_or_else(|| {
            Error::file(&self.label, format!("tensor `{name}`"), "no such tensor", "its weights")
        })
    }
}
