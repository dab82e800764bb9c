//! A checked reader of GGUF headers.
//!
//! The file is taken as a byte slice (memory-mapped or embedded), so that every declared length is
//! compared with the bytes that are really there before anything is allocated. The result is
//! candle's own [`Content`], which its tokeniser reader understands, together with the exact bytes
//! of each tensor. Layout: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, TensorInfo, Value, VersionedMagic};

use crate::{Error, Result};

/// Values of one file, array elements included; a value takes tens of bytes in memory however
/// small it is in the file. Qwen3's vocabulary needs half a million.
const MAX_VALUES: usize = 16 << 20;
/// Arrays of arrays are legal but no model has them deeper than this.
const MAX_DEPTH: usize = 4;
/// The most dimensions a tensor has in ggml.
const MAX_DIMS: u32 = 4;

/// Tensor types that a header may name, for messages.
pub(crate) const TENSOR_TYPES: &str =
    "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K or Q8_K";

/// The header of a GGUF file, every length in it checked against the file.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    content: Content,
    len: usize,
}

impl Gguf {
    /// Reads the header of `bytes`, the whole file; `path` serves the messages.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the file is not GGUF version 1 to 3, is truncated, names an unknown
    /// type, or declares a tensor that does not lie within it.
    pub fn read(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let content = Reader::new(&path, bytes).content()?;
        let gguf = Self { path, content, len: bytes.len() };
        // In order of names, so that the same file always gives the same complaint.
        for (name, info) in gguf.content.tensor_infos.iter().collect::<BTreeMap<_, _>>() {
            gguf.span(name, info)?;
        }
        Ok(gguf)
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Metadata and tensor descriptions in candle's own type.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The description of tensor `name`: element type, shape (rows first) and bytes within `bytes`,
    /// which must be the slice given to [`Gguf::read`].
    ///
    /// # Errors
    ///
    /// [`Error::File`] when there is no such tensor.
    pub fn tensor<'a>(
        &self,
        bytes: &'a [u8],
        name: &str,
    ) -> Result<(GgmlDType, Vec<usize>, &'a [u8])> {
        let info = self.content.tensor_infos.get(name).ok_or_else(|| {
            Error::file(&self.path, format!("tensor `{name}`"), "no such tensor", "its weights")
        })?;
        let (start, end) = self.span(name, info)?;
        let data = bytes.get(start..end).ok_or_else(|| self.outside(name, start, end))?;
        Ok((info.ggml_dtype, info.shape.dims().to_vec(), data))
    }

    /// Where the tensor lies in the file, as checked byte positions.
    fn span(&self, name: &str, info: &TensorInfo) -> Result<(usize, usize)> {
        let item = || format!("tensor `{name}`");
        let dims = info.shape.dims();
        let elements = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
        let block = info.ggml_dtype.block_size();
        let row = dims.last().copied().unwrap_or(1);
        if !row.is_multiple_of(block) {
            return Err(Error::file(
                &self.path,
                item(),
                format!("rows of {row} elements"),
                format!("a multiple of {block} for type {:?}", info.ggml_dtype),
            ));
        }
        let span = elements
            .and_then(|n| (n / block).checked_mul(info.ggml_dtype.type_size()))
            .and_then(|size| {
                let offset = self.content.tensor_data_offset.checked_add(info.offset)?;
                let start = usize::try_from(offset).ok()?;
                Some((start, start.checked_add(size)?))
            });
        match span {
            Some((start, end)) if end <= self.len => Ok((start, end)),
            Some((start, end)) => Err(self.outside(name, start, end)),
            None => Err(Error::file(
                &self.path,
                item(),
                format!("shape {dims:?} at offset {}", info.offset),
                format!("a tensor within the file's {} bytes", self.len),
            )),
        }
    }

    fn outside(&self, name: &str, start: usize, end: usize) -> Error {
        Error::file(
            &self.path,
            format!("tensor `{name}`"),
            format!("bytes {start} to {end}"),
            format!("bytes within the file's {} (is it truncated?)", self.len),
        )
    }
}

/// A cursor over the header.
struct Reader<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
    wide: bool,
    values: usize,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, bytes, at: 0, wide: true, values: 0 }
    }

    fn content(mut self) -> Result<Content> {
        let magic = self.magic()?;
        let tensors = self.length("the header's tensor count", 20)?;
        let pairs = self.length("the header's metadata count", 9)?;
        let mut metadata = HashMap::new();
        for index in 0..pairs {
            let key = self.string(&format!("metadata key {index}"))?;
            let item = format!("key `{key}`");
            let kind = self.u32(&item)?;
            let value = self.value(&item, kind, 0)?;
            metadata.insert(key, value);
        }
        let mut tensor_infos = HashMap::new();
        for index in 0..tensors {
            let name = self.string(&format!("tensor description {index}"))?;
            let info = self.tensor_info(&name)?;
            tensor_infos.insert(name, info);
        }
        let alignment = match metadata.get("general.alignment") {
            None => 32,
            Some(Value::U32(v)) if v.is_power_of_two() && *v <= 1 << 20 => u64::from(*v),
            Some(other) => {
                let found = format!("{other:?}");
                return Err(self.fault("key `general.alignment`", found, "a power of two"));
            }
        };
        let tensor_data_offset = (self.at as u64).next_multiple_of(alignment);
        Ok(Content { magic, metadata, tensor_infos, tensor_data_offset })
    }

    fn magic(&mut self) -> Result<VersionedMagic> {
        let item = "the file's first 8 bytes";
        if self.bytes.get(..4) != Some(b"GGUF".as_slice()) {
            let found = format!("{:?}", &self.bytes[..self.bytes.len().min(4)]);
            return Err(self.fault(item, found, "`GGUF`"));
        }
        self.at = 4;
        match self.u32(item)? {
            1 => {
                self.wide = false;
                Ok(VersionedMagic::GgufV1)
            }
            2 => Ok(VersionedMagic::GgufV2),
            3 => Ok(VersionedMagic::GgufV3),
            other => {
                let found = format!("version {other}");
                Err(self.fault(item, found, "version 1, 2 or 3, little endian"))
            }
        }
    }

    fn tensor_info(&mut self, name: &str) -> Result<TensorInfo> {
        let item = format!("tensor `{name}`");
        let rank = self.u32(&item)?;
        if rank > MAX_DIMS {
            let found = format!("{rank} dimensions");
            return Err(self.fault(&item, found, "at most 4"));
        }
        let mut dims = Vec::with_capacity(rank as usize);
        for _ in 0..rank {
            let dim = if self.wide { self.u64(&item)? } else { u64::from(self.u32(&item)?) };
            dims.push(usize::try_from(dim).unwrap_or(usize::MAX));
        }
        dims.reverse();
        let code = self.u32(&item)?;
        let Some(ggml_dtype) = dtype(code) else {
            let found = format!("type number {code}");
            return Err(self.fault(&item, found, TENSOR_TYPES));
        };
        let offset = self.u64(&item)?;
        Ok(TensorInfo { ggml_dtype, shape: dims.into(), offset })
    }

    fn value(&mut self, item: &str, kind: u32, depth: usize) -> Result<Value> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let found = format!("more than {MAX_VALUES} values");
            return Err(self.fault(item, found, "fewer"));
        }
        Ok(match kind {
            0 => Value::U8(self.take::<1>(item)?[0]),
            1 => Value::I8(i8::from_le_bytes(self.take(item)?)),
            2 => Value::U16(u16::from_le_bytes(self.take(item)?)),
            3 => Value::I16(i16::from_le_bytes(self.take(item)?)),
            4 => Value::U32(self.u32(item)?),
            5 => Value::I32(i32::from_le_bytes(self.take(item)?)),
            6 => Value::F32(f32::from_le_bytes(self.take(item)?)),
            7 => Value::Bool(self.take::<1>(item)?[0] != 0),
            8 => Value::String(self.string(item)?),
            9 => self.array(item, depth)?,
            10 => Value::U64(self.u64(item)?),
            11 => Value::I64(i64::from_le_bytes(self.take(item)?)),
            12 => Value::F64(f64::from_le_bytes(self.take(item)?)),
            other => {
                let found = format!("value type {other}");
                return Err(self.fault(item, found, "a type from 0 to 12"));
            }
        })
    }

    fn array(&mut self, item: &str, depth: usize) -> Result<Value> {
        if depth >= MAX_DEPTH {
            return Err(self.fault(item, "arrays in arrays", "at most 4 levels"));
        }
        let kind = self.u32(item)?;
        let smallest = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 => self.word(),
            9 => 4 + self.word(),
            _ => 8,
        };
        let len = self.length(item, smallest)?;
        if self.values.saturating_add(len) > MAX_VALUES {
            return Err(self.fault(item, format!("{len} values"), format!("at most {MAX_VALUES}")));
        }
        let mut values = Vec::new();
        for _ in 0..len {
            values.push(self.value(item, kind, depth + 1)?);
        }
        Ok(Value::Array(values))
    }

    /// A count of things that take at least `smallest` bytes each.
    fn length(&mut self, item: &str, smallest: usize) -> Result<usize> {
        let len = if self.wide { self.u64(item)? } else { u64::from(self.u32(item)?) };
        let left = self.bytes.len() - self.at;
        match usize::try_from(len).ok().and_then(|n| n.checked_mul(smallest)) {
            Some(need) if need <= left => Ok(len as usize),
            _ => Err(self.fault(
                item,
                format!("a length of {len}"),
                format!("what fits in the {left} bytes that follow (is the file truncated?)"),
            )),
        }
    }

    fn string(&mut self, item: &str) -> Result<String> {
        let len = self.length(item, 1)?;
        let bytes = &self.bytes[self.at..self.at + len];
        self.at += len;
        // Some published vocabularies hold pieces that are not UTF-8 by themselves.
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn word(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    fn u32(&mut self, item: &str) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take(item)?))
    }

    fn u64(&mut self, item: &str) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(item)?))
    }

    fn take<const N: usize>(&mut self, item: &str) -> Result<[u8; N]> {
        match self.bytes[self.at..].first_chunk::<N>() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(self.fault(item, "the end of the file", format!("{N} more bytes"))),
        }
    }

    fn fault(&self, item: &str, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::file(self.path, item, found, expected)
    }
}

/// Tensor type of a header's number, for the types candle knows.
fn dtype(code: u32) -> Option<GgmlDType> {
    Some(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        9 => GgmlDType::Q8_1,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        15 => GgmlDType::Q8K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}
