//! Voices: for every length of an utterance in tokens, one row that styles it.

use std::path::Path;
use std::str::FromStr;

use crate::files::torch::TorchFile;
use crate::files::{Bytes, File};
use crate::{Error, Result};

/// Rows of a published voice.
pub const ROWS: usize = 510;

/// A voice, or a mixture of voices.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    values: Vec<f32>,
    /// Values of a row.
    width: usize,
}

impl Voice {
    /// Reads a voice: `.pt`, a tensor `[510, 1, 256]` of `torch.save`; `.npy`, the same or without the
    /// middle dimension; `.bin`, the same numbers as bare little-endian f32. Another number than 256
    /// must be even, and is for a network of another width.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, [`Error::File`] for one of another format, shape
    /// or element type, or with a number that is not finite.
    pub fn load(file: &File) -> Result<Self> {
        let bytes = file.open()?;
        let path = file.path();
        let extension = path.extension().map(|extension| extension.to_string_lossy());
        let (values, shape) = match extension.as_deref() {
            Some("pt" | "pth") => torch(path, &bytes)?,
            Some("npy") => numpy(path, &bytes)?,
            Some("bin") => bare(path, &bytes)?,
            _ => {
                let found = format!("`{}`", path.file_name().unwrap_or_default().to_string_lossy());
                return Err(Error::file(path, "the name", found, "`.pt`, `.npy` or `.bin`"));
            }
        };
        let width = match shape[..] {
            [ROWS, 1, width] | [ROWS, width] if width > 0 && width.is_multiple_of(2) => width,
            _ => {
                let found = format!("shape {shape:?}");
                return Err(Error::file(path, "the voice", found, format!("[{ROWS}, 1, 256]")));
            }
        };
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let found = format!("an infinity or no number at element {at}");
            return Err(Error::file(path, "the voice", found, "finite numbers"));
        }
        Ok(Self { values, width })
    }

    /// The mean of voices, each with its weight.
    ///
    /// # Errors
    /// [`Error::Input`] for no voice, voices of different widths, or weights that are negative, not
    /// finite or all zero.
    pub fn mix(voices: &[(Self, f32)]) -> Result<Self> {
        let Some((first, _)) = voices.first() else {
            return Err(Error::Input("a mixture of no voices; at least one is expected".into()));
        };
        let sum: f32 = voices.iter().map(|(_, weight)| weight).sum();
        let is_weight = |weight: f32| weight.is_finite() && weight >= 0.0;
        if !(voices.iter().all(|(_, weight)| is_weight(*weight)) && sum > 0.0 && sum.is_finite()) {
            let weights: Vec<f32> = voices.iter().map(|(_, weight)| *weight).collect();
            return Err(Error::Input(format!(
                "a mixture of voices by {weights:?}; weights from zero, not all zero, are expected"
            )));
        }
        let mut values = vec![0.0; first.values.len()];
        for (voice, weight) in voices {
            if voice.width != first.width {
                return Err(Error::Input(format!(
                    "a mixture of voices {} and {} wide; one width is expected",
                    first.width, voice.width
                )));
            }
            let share = weight / sum;
            values.iter_mut().zip(&voice.values).for_each(|(out, value)| *out += share * value);
        }
        Ok(Self { values, width: first.width })
    }

    /// Values of a row: twice the width of the network's styles, 256 in what is published.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The row for an utterance of that many tokens, 1 to 510, the two zeros around it not counted.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of tokens.
    pub fn row(&self, tokens: usize) -> Result<&[f32]> {
        tokens
            .checked_sub(1)
            .and_then(|at| self.values.chunks_exact(self.width).nth(at))
            .ok_or_else(|| {
                Error::Input(format!("{tokens} tokens for a voice; 1 to {ROWS} are expected"))
            })
    }
}

fn torch(path: &Path, bytes: &Bytes) -> Result<(Vec<f32>, Vec<usize>)> {
    let file = TorchFile::read(path, bytes)?;
    let expected = format!("one tensor [{ROWS}, 1, 256]");
    let Some(tensor) = file.tensors().get("") else {
        let found = format!("a dictionary of {} tensors", file.tensors().len());
        return Err(Error::file(path, "the voice", found, expected));
    };
    let values = tensor.values(bytes).ok_or_else(|| {
        Error::file(path, "the voice", format!("elements {:?}", tensor.element), "F32 elements")
    })?;
    Ok((values, tensor.shape.clone()))
}

fn bare(path: &Path, bytes: &[u8]) -> Result<(Vec<f32>, Vec<usize>)> {
    let row = 4 * ROWS;
    if bytes.is_empty() || !bytes.len().is_multiple_of(row) {
        let found = format!("{} bytes", bytes.len());
        let expected = format!("{ROWS}×256 f32, or another multiple of {row} bytes");
        return Err(Error::file(path, "the voice", found, expected));
    }
    Ok((bytemuck::pod_collect_to_vec(bytes), vec![ROWS, bytes.len() / row]))
}

/// Reads <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, little-endian f32 in
/// C order.
fn numpy(path: &Path, bytes: &[u8]) -> Result<(Vec<f32>, Vec<usize>)> {
    let fault = |found: &str| {
        let expected = "an array of little-endian f32 in C order, as `numpy.save` writes it";
        Error::file(path, "the header", found, expected)
    };
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(|| fault("another format"))?;
    let parts = match rest {
        [1, _, low, high, rest @ ..] => {
            rest.split_at_checked(u16::from_le_bytes([*low, *high]).into())
        }
        [2 | 3, _, a, b, c, d, rest @ ..] => {
            rest.split_at_checked(u32::from_le_bytes([*a, *b, *c, *d]) as usize)
        }
        _ => None,
    };
    let (header, data) = parts.ok_or_else(|| fault("the end of the file"))?;
    let header = String::from_utf8_lossy(header);
    let value = |key: &str| Some(header.split_once(&format!("'{key}':"))?.1.trim_start());
    if !value("descr").is_some_and(|text| text.starts_with("'<f4'"))
        || !value("fortran_order").is_some_and(|text| text.starts_with("False"))
    {
        return Err(fault(&format!("`{}`", header.trim_end())));
    }
    let shape: Option<Vec<usize>> = value("shape").and_then(|text| {
        let (inner, _) = text.strip_prefix('(')?.split_once(')')?;
        let sizes = inner.split(',').map(str::trim).filter(|size| !size.is_empty());
        sizes.map(|size| size.parse().ok()).collect()
    });
    let shape = shape.ok_or_else(|| fault("no shape"))?;
    let count = shape.iter().try_fold(4usize, |count, &size| count.checked_mul(size));
    if count != Some(data.len()) {
        return Err(fault(&format!("{} bytes for the shape {shape:?}", data.len())));
    }
    Ok((bytemuck::pod_collect_to_vec(data), shape))
}

/// Which voices to mix, by how much: `af_heart`, or `af_heart:0.7+bf_emma:0.3`. A voice without a number
/// counts once.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceMix(pub Vec<(String, f32)>);

impl FromStr for VoiceMix {
    type Err = Error;

    /// Parses the names and weights.
    ///
    /// # Errors
    /// [`Error::Input`] for an empty name, a name that is no file name, and a weight that is no number
    /// above zero.
    fn from_str(text: &str) -> Result<Self> {
        let fault = |part: &str| {
            Error::Input(format!(
                "voice `{text}`: `{part}` is no voice; `name` or `name:weight` with a weight above \
                 zero is expected, joined by `+`, as in `af_heart:0.7+bf_emma:0.3`"
            ))
        };
        let part = |part: &str| {
            let (name, weight) = part.split_once(':').unwrap_or((part, "1"));
            let name = name.trim();
            let is_name = !name.is_empty()
                && !name.starts_with('.')
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
            let weight = weight.trim().parse().ok().filter(|w: &f32| w.is_finite() && *w > 0.0);
            match weight {
                Some(weight) if is_name => Ok((name.to_string(), weight)),
                _ => Err(fault(part)),
            }
        };
        text.split('+').map(part).collect::<Result<_>>().map(Self)
    }
}
