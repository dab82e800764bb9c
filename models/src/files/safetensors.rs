//! A checked reader of safetensors headers.
//!
//! The published crate checks the layout too, but says neither which tensor is at fault nor that a
//! name stands twice. Layout: <https://huggingface.co/docs/safetensors/index#format>.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use safetensors::Dtype;
use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, MapAccess, Visitor},
};

use crate::{Error, Result};

/// The longest header, the limit of the format's own library.
const MAX_HEADER: u64 = 100_000_000;

/// The most dimensions a tensor may have; networks here use four.
const MAX_DIMENSIONS: usize = 8;

/// The header of a safetensors file, every range in it checked against the file.
#[derive(Debug)]
pub struct Safetensors {
    path: PathBuf,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: BTreeMap<String, String>,
}

/// One tensor of a safetensors file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The type of its elements.
    pub dtype: Dtype,
    /// Its dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Where its bytes are in the file.
    pub range: Range<usize>,
}

impl Safetensors {
    /// Reads the header of `bytes`, the whole file; `path` serves the messages.
    ///
    /// # Errors
    /// [`Error::File`] when the file is truncated or longer than its tensors, when a tensor's type
    /// is unknown or its shape does not fit its bytes, when tensors overlap or leave a gap, or when
    /// two have one name.
    pub fn read(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self> {
        let path = path.as_ref();
        let header = header(path, bytes)?;
        let start = 8 + header.len();
        let raw: RawHeader = serde_json::from_slice(header).map_err(|e| {
            Error::file(path, "the header", e.to_string(), "a map from names to tensors in JSON")
        })?;
        let mut tensors = BTreeMap::new();
        for (name, tensor) in raw.tensors {
            let item = format!("tensor `{name}`");
            let info = tensor
                .check(start, bytes.len())
                .map_err(|(found, expected)| Error::file(path, &item, found, expected))?;
            if tensors.insert(name, info).is_some() {
                return Err(Error::file(path, item, "the name twice", "a name once"));
            }
        }
        check_cover(path, &tensors, start, bytes.len())?;
        Ok(Self { path: path.to_path_buf(), tensors, metadata: raw.metadata })
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    /// The free-form texts of the header.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Returns a tensor by name.
    ///
    /// # Errors
    /// [`Error::File`] when the file has none of that name.
    pub fn tensor(&self, name: &str) -> Result<&TensorInfo> {
        self.tensors.get(name).ok_or_else(|| {
            Error::file(
                &self.path,
                format!("tensor `{name}`"),
                format!("no such tensor among {}", self.tensors.len()),
                "a tensor of that name",
            )
        })
    }
}

/// Returns the bytes of the JSON header.
fn header<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a [u8]> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(Error::file(
            path,
            "the length",
            format!("{} bytes", bytes.len()),
            "a safetensors file of at least 8 bytes",
        ));
    };
    let length = u64::from_le_bytes(*length);
    let limit = MAX_HEADER.min(rest.len() as u64);
    if length > limit {
        return Err(Error::file(
            path,
            "the header's length",
            format!("{length} bytes"),
            format!("at most {limit} bytes (is the file whole, and safetensors?)"),
        ));
    }
    // The limit above is the length of `rest`, so the number fits.
    Ok(&rest[..length as usize])
}

/// Checks that the tensors fill the file from `start` to `end`, one after the other.
fn check_cover(
    path: &Path,
    tensors: &BTreeMap<String, TensorInfo>,
    start: usize,
    end: usize,
) -> Result<()> {
    let mut order: Vec<_> = tensors.iter().collect();
    order.sort_by_key(|(_, tensor)| (tensor.range.start, tensor.range.end));
    let mut position = start;
    for (name, tensor) in order {
        if tensor.range.start != position {
            let what = if tensor.range.start < position { "an overlap" } else { "a gap" };
            return Err(Error::file(
                path,
                format!("tensor `{name}`"),
                format!("{what}: it starts at byte {} of the file", tensor.range.start),
                format!("a start at byte {position}, where the tensor before it ends"),
            ));
        }
        position = tensor.range.end;
    }
    if position != end {
        return Err(Error::file(
            path,
            "the length",
            format!("{end} bytes"),
            format!("{position} bytes, where the last tensor ends"),
        ));
    }
    Ok(())
}

/// The header as written.
#[derive(Default)]
struct RawHeader {
    tensors: Vec<(String, RawTensor)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl RawTensor {
    /// Checks a tensor against the file, whose data goes from `start` to `end`; what was found and
    /// expected otherwise.
    fn check(self, start: usize, end: usize) -> Result<TensorInfo, (String, String)> {
        let dtype: serde_json::Result<Dtype> =
            Dtype::deserialize(self.dtype.as_str().into_deserializer());
        let Ok(dtype) = dtype else {
            return Err((
                format!("the type `{}`", self.dtype.escape_debug().take(40).collect::<String>()),
                "F32, F16, BF16 or another of the format's types".into(),
            ));
        };
        if self.shape.len() > MAX_DIMENSIONS {
            let found = format!("{} dimensions", self.shape.len());
            return Err((found, format!("at most {MAX_DIMENSIONS}")));
        }
        let bits = self
            .shape
            .iter()
            .try_fold(dtype.bitsize() as u64, |product, &size| product.checked_mul(size))
            .ok_or_else(|| (format!("the shape {:?}", self.shape), "fewer elements".to_string()))?;
        let (first, last) = self.data_offsets;
        let available = (end - start) as u64;
        if first > last || last > available {
            return Err((
                format!("the bytes {first}..{last}"),
                format!("a range within the {available} bytes of data (is the file whole?)"),
            ));
        }
        if bits % 8 != 0 || bits / 8 != last - first {
            return Err((
                format!("{} bytes for the shape {:?} of {dtype:?}", last - first, self.shape),
                format!("{} bytes", bits.div_ceil(8)),
            ));
        }
        // Each number is at most `available`, or a factor of it unless the tensor is empty.
        let number = |value: u64| {
            usize::try_from(value).map_err(|_| (value.to_string(), "a smaller number".to_string()))
        };
        let shape = self.shape.iter().map(|&size| number(size)).collect::<Result<_, _>>()?;
        Ok(TensorInfo { dtype, shape, range: start + number(first)?..start + number(last)? })
    }
}

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = RawHeader;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names to tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
                let mut header = RawHeader::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        header.metadata = map.next_value()?;
                        continue;
                    }
                    let tensor = map
                        .next_value()
                        .map_err(|e| de::Error::custom(format!("tensor `{name}`: {e}")))?;
                    header.tensors.push((name, tensor));
                }
                Ok(header)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.resize(bytes.len() + data, 7);
        bytes
    }

    fn check(header: &str, data: usize, expected: &str) {
        let message = Safetensors::read("m.safetensors", &file(header, data)).unwrap_err();
        let message = message.to_string();
        assert!(message.contains(expected), "{header}: {message}");
        assert!(message.starts_with("`m.safetensors`: "), "{message}");
    }

    #[test]
    fn a_whole_file() {
        let bytes = file(
            r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,2],"data_offsets":[4,12]},
                "a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
                "empty":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]}}   "#,
            12,
        );
        let read = Safetensors::read("m", &bytes).unwrap();
        let start = bytes.len() - 12;
        assert_eq!(read.tensors().len(), 3);
        assert_eq!(read.metadata()["format"], "pt");
        let b = read.tensor("b").unwrap();
        assert_eq!((b.dtype, &b.shape[..]), (Dtype::F16, &[2, 2][..]));
        assert_eq!(b.range, start + 4..start + 12);
        // The format's own library reads the same.
        let theirs = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        for (name, view) in theirs.iter() {
            let ours = read.tensor(name).unwrap();
            assert_eq!((view.dtype(), view.shape()), (ours.dtype, &ours.shape[..]));
            assert_eq!(view.data(), &bytes[ours.range.clone()]);
        }
        assert!(read.tensor("c").unwrap_err().to_string().contains("tensor `c`"));
        assert!(Safetensors::read("m", &file("{}", 0)).unwrap().tensors().is_empty());
    }

    #[test]
    fn faults_name_the_tensor() {
        let one = |dtype: &str, shape: &str, offsets: &str| {
            format!(r#"{{"t":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        let f32 = |shape: &str, offsets: &str| one(r#""F32""#, shape, offsets);
        check(&one(r#""F12""#, "[1]", "[0,4]"), 4, "tensor `t`: found the type `F12`");
        check(&one("3", "[1]", "[0,4]"), 4, "tensor `t`: invalid type");
        check(&f32("[1]", "[0,4]"), 3, "tensor `t`: found the bytes 0..4, expected a range within");
        check(&f32("[1]", "[4,0]"), 4, "found the bytes 4..0");
        check(&f32("[1]", "[0,18446744073709551615]"), 4, "a range within the 4 bytes");
        check(&f32("[2]", "[0,4]"), 4, "4 bytes for the shape [2] of F32, expected 8 bytes");
        check(&f32("[4294967296,4294967296]", "[0,4]"), 4, "fewer elements");
        check(&f32("[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "9 dimensions, expected at most 8");
        check(&f32("[-1]", "[0,4]"), 4, "tensor `t`: invalid value");
        check(&f32("[1]", "[0,4]"), 5, "the length: found");
        check(&f32("[1]", "[1,5]"), 5, "a gap: it starts at byte");
        check(r#"{"t":{}}"#, 0, "tensor `t`: missing field");
        check(r#"{"t":1}"#, 0, "tensor `t`");
        check("[]", 0, "the header");
        check("", 0, "the header");
        check(&"[".repeat(100_000), 0, "the header");
        let two = |a: &str, b: &str| {
            format!(
                r#"{{"a":{{"dtype":"U8","shape":[4],"data_offsets":{a}}},
                    "b":{{"dtype":"U8","shape":[4],"data_offsets":{b}}}}}"#
            )
        };
        check(&two("[0,4]", "[2,6]"), 6, "tensor `b`: found an overlap");
        check(&two("[0,4]", "[0,4]"), 4, "tensor `b`: found an overlap");
        check(
            &two("[0,4]", "[4,8]").replace("\"b\"", "\"a\""),
            8,
            "tensor `a`: found the name twice",
        );
    }

    #[test]
    fn lengths_are_checked_before_anything_is_taken() {
        for bytes in [&b""[..], b"1234567"] {
            let message = Safetensors::read("m", bytes).unwrap_err().to_string();
            assert!(message.contains("at least 8 bytes"), "{message}");
        }
        let mut bytes = file("{}", 0);
        bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        let message = Safetensors::read("m", &bytes).unwrap_err().to_string();
        assert!(message.contains("expected at most 2 bytes"), "{message}");
        let message = Safetensors::read("m", b"version https://git-lfs").unwrap_err().to_string();
        assert!(message.contains("is the file whole"), "{message}");
    }
}
