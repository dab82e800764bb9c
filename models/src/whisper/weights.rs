//! Checkpoint files: JSON beside safetensors, one file or shards, read without copying where
//! alignment and element type allow.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use safetensors::Dtype;

use super::matrix::{Buffer, Bytes, Matrix, Values, Wide, transpose};
use crate::files::{self, ModelFiles, safetensors::Safetensors};
use crate::{Error, Result};

/// The parts of a Hugging Face Whisper checkpoint, as files or as bytes of an embedded model.
#[derive(Clone)]
pub struct Parts {
    /// What errors call the model: its folder or its embedded name.
    pub name: PathBuf,
    /// `config.json`.
    pub config: Bytes,
    /// `generation_config.json`; without it, the special tokens are looked up in the tokenizer.
    pub generation_config: Option<Bytes>,
    /// `preprocessor_config.json`; without it, the published front end is assumed.
    pub preprocessor_config: Option<Bytes>,
    /// `tokenizer.json`.
    pub tokenizer: Bytes,
    /// File name and content of `model.safetensors` or of each of its shards.
    pub weights: Vec<(String, Bytes)>,
}

impl Parts {
    /// Opens the files of a resolved model; those on disk are memory-mapped.
    ///
    /// # Errors
    /// [`Error::Name`] when a file is missing, [`Error::Io`] when one cannot be read,
    /// [`Error::File`] when the shard index is not understood.
    pub fn open(files: &ModelFiles) -> Result<Self> {
        let open = |file: &files::File| -> Result<Bytes> { Ok(Arc::new(file.open()?)) };
        let optional = |name: &str| files.get(name).map(open).transpose();
        let config = files.require("config.json")?;
        Ok(Self {
            name: config.path().parent().unwrap_or(Path::new("")).to_path_buf(),
            config: open(config)?,
            generation_config: optional("generation_config.json")?,
            preprocessor_config: optional("preprocessor_config.json")?,
            tokenizer: open(files.require("tokenizer.json")?)?,
            weights: weights(files)?,
        })
    }
}

/// File name and content of `model.safetensors` or of each of its shards.
pub(crate) fn weights(files: &ModelFiles) -> Result<Vec<(String, Bytes)>> {
    let open = |file: &files::File| -> Result<(String, Bytes)> {
        let name = file.path().file_name().unwrap_or_default();
        Ok((name.to_string_lossy().into_owned(), Arc::new(file.open()?)))
    };
    files.safetensors()?.into_iter().map(open).collect()
}

struct Entry {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    start: usize,
    end: usize,
}

/// The tensors of a checkpoint by their published names.
pub(crate) struct Tensors {
    files: Vec<(PathBuf, Bytes)>,
    entries: HashMap<String, Entry>,
}

impl Tensors {
    /// Reads the headers of every file of the folder `name`; no tensor is copied.
    pub(crate) fn new(name: &Path, weights: &[(String, Bytes)]) -> Result<Self> {
        let mut files = Vec::new();
        let mut entries = HashMap::new();
        for (file, (part, bytes)) in weights.iter().enumerate() {
            let path = name.join(part);
            let header = Safetensors::read(&path, bytes.as_ref().as_ref())?;
            for (tensor, info) in header.tensors() {
                let (start, end) = (info.range.start, info.range.end);
                let (dtype, shape) = (info.dtype, info.shape.clone());
                entries.insert(tensor.clone(), Entry { file, dtype, shape, start, end });
            }
            files.push((path, bytes.clone()));
        }
        Ok(Self { files, entries })
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    fn entry(&self, name: &str, shape: &[usize]) -> Result<(&Entry, &Bytes)> {
        let item = || format!("tensor `{name}`");
        let Some(entry) = self.entries.get(name) else {
            let path = self.files.first().map_or(Path::new(""), |(path, _)| path.as_path());
            return Err(Error::file(
                path,
                item(),
                "nothing",
                format!("a tensor of shape {shape:?}"),
            ));
        };
        let (path, bytes) = &self.files[entry.file];
        if !matches!(entry.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
            let found = format!("element type {:?}", entry.dtype);
            return Err(Error::file(path, item(), found, "F32, F16 or BF16"));
        }
        if entry.shape != shape {
            return Err(Error::file(
                path,
                item(),
                format!("shape {:?}", entry.shape),
                format!("shape {shape:?}"),
            ));
        }
        Ok((entry, bytes))
    }

    /// A tensor as f32 values, row-major.
    pub(crate) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (entry, bytes) = self.entry(name, shape)?;
        let data = &bytes.as_ref().as_ref()[entry.start..entry.end];
        let pairs = || data.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        Ok(if entry.dtype == Dtype::F16 {
            pairs().map(|h| half::f16::from_bits(h).to_f32()).collect()
        } else if entry.dtype == Dtype::BF16 {
            pairs().map(|h| half::bf16::from_bits(h).to_f32()).collect()
        } else {
            // `entry` admits only these three.
            bytemuck::pod_collect_to_vec(data)
        })
    }

    /// The weight `[rows, columns]` and, where there is one, the bias of the linear layer `name`.
    pub(super) fn wide(&self, name: &str, rows: usize, columns: usize, bias: bool) -> Result<Wide> {
        let weight = self.values(&format!("{name}.weight"), &[rows, columns])?;
        let values = transpose(&weight, rows, columns);
        let bias =
            if bias { self.values(&format!("{name}.bias"), &[rows])? } else { vec![0.0; rows] };
        Ok(Wide { inputs: columns, values, bias })
    }

    /// A `[rows, columns]` matrix in f16 where that loses nothing, else in f32.
    ///
    /// Published Whisper weights were f16 before they were stored as f32, so half the memory
    /// traffic of a decoder step is saved without changing a bit of the result.
    pub(super) fn compact(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        let (entry, bytes) = self.entry(name, &[rows, columns])?;
        if entry.dtype == Dtype::F16 {
            let values = Values::F16(Buffer::shared(bytes, entry.start, entry.end));
            return Ok(Matrix { rows, columns, values });
        }
        let values = if entry.dtype == Dtype::F32 {
            Buffer::shared(bytes, entry.start, entry.end)
        } else {
            Buffer::Owned(self.values(name, &[rows, columns])?)
        };
        let values = match lossless_halves(&values) {
            Some(halves) => Values::F16(Buffer::Owned(halves)),
            None => Values::F32(values),
        };
        Ok(Matrix { rows, columns, values })
    }
}

/// The values as f16 bits if every one is exactly an f16.
fn lossless_halves(values: &[f32]) -> Option<Vec<u16>> {
    let mut out = Vec::new();
    for chunk in values.chunks(4096) {
        for &v in chunk {
            let half = half::f16::from_f32(v);
            if half.to_f32().to_bits() != v.to_bits() {
                return None;
            }
            if out.is_empty() {
                out.reserve_exact(values.len());
            }
            out.push(half.to_bits());
        }
    }
    Some(out)
}
