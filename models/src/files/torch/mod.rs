//! A checked reader of the files that `torch.save` writes: a zip archive of one pickle and one entry for
//! each storage, all uncompressed.
//!
//! Candle reads them too, but holds everything by value and panics on a pickle that is damaged.

use std::{
    collections::BTreeMap,
    io::Cursor,
    ops::Range,
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipArchive};

use self::pickle::{Id, Pickle, Rebuild, Value};
use crate::{Error, Result};

mod pickle;

/// The most dictionaries inside each other; checkpoints have two.
const MAX_DEPTH: usize = 4;

/// The most dimensions a tensor may have.
const MAX_DIMENSIONS: usize = 8;

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floating point.
    F32,
    /// 64-bit floating point.
    F64,
    /// 16-bit floating point.
    F16,
    /// The upper half of 32-bit floating point.
    Bf16,
    /// 64-bit integers, such as positions; never weights.
    I64,
}

impl Element {
    fn of_storage(class: &str) -> Option<Self> {
        match class {
            "torch.FloatStorage" => Some(Self::F32),
            "torch.DoubleStorage" => Some(Self::F64),
            "torch.HalfStorage" => Some(Self::F16),
            "torch.BFloat16Storage" => Some(Self::Bf16),
            "torch.LongStorage" => Some(Self::I64),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TorchTensor {
    /// The type of its elements.
    pub element: Element,
    /// Its dimensions, outermost first.
    pub shape: Vec<usize>,
    /// How many elements lie between neighbours of each dimension.
    strides: Vec<usize>,
    /// Where the bytes from its first element to the end of its storage are in the file.
    range: Range<usize>,
}

impl TorchTensor {
    /// The elements, row-major, as f32; `None` for integers. `bytes` is the file that was read.
    pub fn values(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        let data = bytes.get(self.range.clone())?;
        let count: usize = self.shape.iter().product();
        let size = self.element.size();
        let is_dense = self.strides == dense(&self.shape);
        let at = |place: usize| data.get(place * size..(place + 1) * size);
        let mut values = Vec::with_capacity(count);
        let mut index = vec![0; self.shape.len()];
        for n in 0..count {
            let place = if is_dense {
                n
            } else {
                index.iter().zip(&self.strides).map(|(i, stride)| i * stride).sum()
            };
            values.push(number(self.element, at(place)?)?);
            for dimension in (0..index.len()).rev().filter(|_| !is_dense) {
                index[dimension] += 1;
                if index[dimension] < self.shape[dimension] {
                    break;
                }
                index[dimension] = 0;
            }
        }
        Some(values)
    }
}

/// One element as f32.
fn number(element: Element, bytes: &[u8]) -> Option<f32> {
    match element {
        Element::F32 => bytes.try_into().ok().map(f32::from_le_bytes),
        Element::F64 => bytes.try_into().ok().map(|bytes| f64::from_le_bytes(bytes) as f32),
        Element::F16 => bytes.try_into().ok().map(|bytes| half::f16::from_le_bytes(bytes).to_f32()),
        Element::Bf16 => {
            bytes.try_into().ok().map(|bytes| half::bf16::from_le_bytes(bytes).to_f32())
        }
        Element::I64 => None,
    }
}

/// The strides of a tensor whose elements lie one after another.
fn dense(shape: &[usize]) -> Vec<usize> {
    let mut stride = 1usize;
    let mut strides: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let here = stride;
            stride = stride.saturating_mul(size);
            here
        })
        .collect();
    strides.reverse();
    strides
}

/// A file that was read; its tensors stay where they are.
#[derive(Debug)]
pub struct TorchFile {
    path: PathBuf,
    tensors: BTreeMap<String, TorchTensor>,
}

impl TorchFile {
    /// Reads the tensors of `bytes`, the whole file; `path` serves the messages. Those in dictionaries
    /// are named by their keys with dots between, a bare tensor by the empty text.
    ///
    /// # Errors
    /// [`Error::File`] when the file is no such archive, when its pickle is malformed, or when a
    /// tensor's type, shape or place does not fit what is there.
    pub fn read(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self> {
        let path = path.as_ref();
        let mut archive = Archive::open(path, bytes)?;
        let pickle = Pickle::read(&bytes[archive.pickle()?])
            .map_err(|found| Error::file(path, "the pickle", found, "a file of `torch.save`"))?;
        let mut tensors = BTreeMap::new();
        if let Value::Tensor(rebuild) = pickle.root() {
            tensors.insert(String::new(), archive.tensor(&pickle, "", *rebuild)?);
        } else if let Value::Dict(pairs) = pickle.root() {
            archive.collect(&pickle, pairs, "", 0, &mut tensors)?;
        } else {
            let expected = "a tensor or a dictionary of tensors";
            return Err(Error::file(path, "the pickle", "another object", expected));
        }
        Ok(Self { path: path.to_path_buf(), tensors })
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, TorchTensor> {
        &self.tensors
    }
}

struct Archive<'a> {
    path: &'a Path,
    length: usize,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// The folder of every entry, with its slash.
    folder: String,
}

impl<'a> Archive<'a> {
    fn open(path: &'a Path, bytes: &'a [u8]) -> Result<Self> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| {
            Error::file(path, "the file", e.to_string(), "the zip archive that `torch.save` writes")
        })?;
        let folder = zip
            .file_names()
            .filter_map(|name| name.ok()?.strip_suffix("data.pkl").map(str::to_string))
            .find(|folder| folder.is_empty() || folder.ends_with('/'));
        let Some(folder) = folder else {
            let found = format!("{} entries and no `data.pkl`", zip.len());
            return Err(Error::file(path, "the archive", found, "a file of `torch.save`"));
        };
        Ok(Self { path, length: bytes.len(), zip, folder })
    }

    /// Where the pickle is.
    fn pickle(&mut self) -> Result<Range<usize>> {
        self.entry("data.pkl")
    }

    /// Where the bytes of an entry are in the file.
    fn entry(&mut self, name: &str) -> Result<Range<usize>> {
        let name = format!("{}{name}", self.folder);
        let fault = |found: &str, expected: &str| {
            Error::file(self.path, format!("entry `{name}`"), found, expected)
        };
        let file = self.zip.by_name(&name).map_err(|e| fault(&e.to_string(), "a stored entry"))?;
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Err(fault("a compressed or encrypted entry", "a stored entry"));
        }
        let end = |start: usize| start.checked_add(usize::try_from(file.size()).ok()?);
        file.data_start()
            .and_then(|start| usize::try_from(start).ok())
            .and_then(|start| Some(start..end(start)?))
            .filter(|range| range.end <= self.length)
            .ok_or_else(|| fault("a place outside the file", "a stored entry"))
    }

    fn collect(
        &mut self,
        pickle: &Pickle,
        pairs: &[(Id, Id)],
        prefix: &str,
        depth: usize,
        tensors: &mut BTreeMap<String, TorchTensor>,
    ) -> Result<()> {
        for &(key, value) in pairs {
            let Some(key) = pickle.text(key) else { continue };
            let name = if prefix.is_empty() { key.into() } else { format!("{prefix}.{key}") };
            // Numbers and texts beside the tensors are allowed.
            if let Value::Tensor(rebuild) = pickle.get(value) {
                let tensor = self.tensor(pickle, &name, *rebuild)?;
                if tensors.insert(name.clone(), tensor).is_some() {
                    let item = format!("tensor `{name}`");
                    return Err(Error::file(self.path, item, "the name twice", "a name once"));
                }
            } else if let Value::Dict(pairs) = pickle.get(value)
                && depth + 1 < MAX_DEPTH
            {
                self.collect(pickle, pairs, &name, depth + 1, tensors)?;
            }
        }
        Ok(())
    }

    fn tensor(&mut self, pickle: &Pickle, name: &str, rebuild: Rebuild) -> Result<TorchTensor> {
        let path = self.path;
        let fault = |found: &str, expected: &str| {
            let item =
                if name.is_empty() { "the tensor".into() } else { format!("tensor `{name}`") };
            Error::file(path, item, found, expected)
        };
        let storage = storage(pickle, rebuild.storage)
            .ok_or_else(|| fault("a malformed storage", "what `torch.save` writes"))?;
        let element = Element::of_storage(storage.class).ok_or_else(|| {
            fault(&format!("elements of `{}`", storage.class), "F32, F64, F16, BF16 or I64")
        })?;
        let place = || {
            let shape = pickle.counts(rebuild.size)?;
            let strides = pickle.counts(rebuild.stride)?;
            let offset = pickle.count(rebuild.offset)?;
            let fits = shape.len() == strides.len() && shape.len() <= MAX_DIMENSIONS;
            fits.then_some((shape, strides, offset))
        };
        let (shape, strides, offset) =
            place().ok_or_else(|| fault("a malformed shape", "what `torch.save` writes"))?;
        if !is_within(&shape, &strides, offset, storage.length) {
            let found = format!("shape {shape:?} beyond {} elements", storage.length);
            return Err(fault(&found, "a shape within its storage"));
        }
        let mut range = self.entry(&format!("data/{}", storage.key))?;
        if storage.length.checked_mul(element.size()).is_none_or(|bytes| bytes > range.len()) {
            let found = format!("{} bytes for {} elements", range.len(), storage.length);
            return Err(fault(&found, "the whole storage"));
        }
        range.start += offset * element.size();
        Ok(TorchTensor { element, shape, strides, range })
    }
}

struct Storage<'a> {
    class: &'a str,
    key: &'a str,
    /// In elements.
    length: usize,
}

/// Reads `("storage", class, key, location, length)`.
fn storage(pickle: &Pickle, id: Id) -> Option<Storage<'_>> {
    let Value::Persistent(id) = pickle.get(id) else { return None };
    let &[tag, class, key, _, length] = pickle.tuple(*id)? else { return None };
    (pickle.text(tag)? == "storage").then_some(())?;
    Some(Storage {
        class: pickle.global(class)?,
        key: pickle.text(key)?,
        length: pickle.count(length)?,
    })
}

/// Whether every element lies within a storage of `length`, with no more elements than it has.
fn is_within(shape: &[usize], strides: &[usize], offset: usize, length: usize) -> bool {
    let count = shape.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
    let last = shape.iter().zip(strides).try_fold(offset, |last, (&size, &stride)| {
        last.checked_add(size.saturating_sub(1).checked_mul(stride)?)
    });
    match (count, last) {
        (Some(0), _) => offset <= length,
        (Some(count), Some(last)) => count <= length && last < length,
        _ => false,
    }
}
