//! Reads WAV files as they are found: any channel count, integer and float samples, headers with
//! a wrong or an unknown length.
//!
//! Written here because `hound` 3.5 has no 64-bit float and refuses the headers that recorders
//! and pipes leave behind. Layout after the Microsoft and IBM multimedia programming interface
//! (1991), `WAVEFORMATEXTENSIBLE` and EBU Tech 3306 (RF64).

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::format;
use crate::{Error, Result};

/// What [`WavReader`] accepts, for messages.
const ACCEPTED: &str = "a WAV file with 8, 16, 24 or 32-bit integer or 32 or 64-bit float samples";
/// Sample rates that are accepted, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// The bytes of a `fmt ` chunk that say something; more is skipped.
const FMT_BYTES: usize = 40;
/// A declared length from here on means "until the end": what a program writes that cannot know.
const UNKNOWN_FROM: u64 = 0x7fff_f000;
/// Float samples beyond this are noise of a damaged file: no recorder scales to more than the
/// 16-bit integers.
const LOUDEST: f32 = 65_536.0;
/// Ids that may follow an empty `data` chunk; anything else is sound of unknown length.
const KNOWN_CHUNKS: [&[u8; 4]; 12] = [
    b"LIST", b"fact", b"id3 ", b"ID3 ", b"bext", b"cue ", b"smpl", b"PEAK", b"JUNK", b"iXML",
    b"axml", b"inst",
];

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleFormat {
    /// Integers of 1 to 4 bytes, left-justified; one byte is unsigned.
    Int {
        /// Bytes of one sample.
        bytes: u16,
    },
    /// IEEE 754 of 4 or 8 bytes.
    Float {
        /// Bytes of one sample.
        bytes: u16,
    },
}

/// What a file's header says of its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Frames a second, 8,000 to 192,000.
    pub sample_rate: u32,
    /// Samples in a frame, at least 1.
    pub channels: u16,
    /// How a sample is written.
    pub format: SampleFormat,
}

impl Spec {
    fn bytes_per_sample(self) -> usize {
        match self.format {
            SampleFormat::Int { bytes } | SampleFormat::Float { bytes } => bytes.into(),
        }
    }

    fn bytes_per_frame(self) -> usize {
        self.bytes_per_sample() * usize::from(self.channels)
    }
}

/// A WAV stream, read frame by frame; its memory does not depend on what the header declares.
#[derive(Debug)]
pub struct WavReader<R> {
    reader: R,
    name: PathBuf,
    spec: Spec,
    /// Bytes that were read ahead to tell an empty chunk from one of unknown length.
    ahead: Vec<u8>,
    /// Declared bytes still to come; `None` when the length is unknown.
    left: Option<u64>,
    declared_frames: Option<u64>,
    frames: u64,
    bad_samples: u64,
    torn: bool,
    bytes: Vec<u8>,
}

/// Opens a WAV file.
///
/// # Errors
/// As [`WavReader::new`].
pub fn open(path: impl AsRef<Path>) -> Result<WavReader<BufReader<File>>> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    WavReader::new(BufReader::new(file), path)
}

impl<R: Read> WavReader<R> {
    /// Reads the header of a WAV stream; `name` is what messages call it.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read; [`Error::File`] when it is something else than WAV,
    /// or WAV in an encoding, rate or layout that is not supported.
    pub fn new(mut reader: R, name: impl Into<PathBuf>) -> Result<Self> {
        let name = name.into();
        let mut header = Header::new(&mut reader, &name);
        header.riff()?;
        let (spec, size) = header.chunks()?;
        let (left, ahead) = header.data_length(size)?;
        let frame = spec.bytes_per_frame() as u64;
        Ok(Self {
            reader,
            name,
            spec,
            ahead,
            left,
            declared_frames: left.map(|bytes| bytes / frame),
            frames: 0,
            bad_samples: 0,
            torn: false,
            bytes: Vec::new(),
        })
    }

    /// What the header says of the sound.
    pub fn spec(&self) -> Spec {
        self.spec
    }

    /// The frames that the header declares, unless it leaves the length open. The file may hold
    /// fewer.
    pub fn declared_frames(&self) -> Option<u64> {
        self.declared_frames
    }

    /// The frames read so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Appends up to `frames` frames to `out`, each the mean of its channels, full scale at 1.
    /// Returns how many there were, 0 at the end. Samples that are no number are silence.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read on.
    pub fn read_mono(&mut self, frames: usize, out: &mut Vec<f32>) -> Result<usize> {
        let frame = self.spec.bytes_per_frame();
        let wanted = (frames * frame) as u64;
        let wanted = self.left.map_or(wanted, |left| wanted.min(left));
        self.bytes.clear();
        let ahead = self.ahead.len().min(usize::try_from(wanted).unwrap_or(usize::MAX));
        self.bytes.extend(self.ahead.drain(..ahead));
        (&mut self.reader)
            .take(wanted - ahead as u64)
            .read_to_end(&mut self.bytes)
            .map_err(|e| Error::io(&self.name, e))?;
        if let Some(left) = &mut self.left {
            *left -= self.bytes.len() as u64;
        }
        let whole = self.bytes.len() / frame;
        self.torn |= !self.bytes.len().is_multiple_of(frame);
        let channels = f32::from(self.spec.channels);
        for bytes in self.bytes.chunks_exact(frame) {
            let mut sum = 0.0;
            for sample in bytes.chunks_exact(self.spec.bytes_per_sample()) {
                let value = decode(self.spec.format, sample);
                if value.is_finite() && value.abs() <= LOUDEST {
                    sum += value;
                } else {
                    self.bad_samples += 1;
                }
            }
            out.push(sum / channels);
        }
        self.frames += whole as u64;
        Ok(whole)
    }

    /// What was wrong with the file and could be put up with, once it is read to its end.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let name = self.name.display();
        let seconds = |frames: u64| frames as f64 / f64::from(self.spec.sample_rate);
        match self.declared_frames {
            Some(declared) if declared > self.frames => warnings.push(format!(
                "`{name}` ends early: it holds {:.2} s of the {:.2} s that its header declares",
                seconds(self.frames),
                seconds(declared),
            )),
            _ if self.torn => warnings.push(format!("`{name}` ends inside a sample")),
            _ => {}
        }
        if self.bad_samples > 0 {
            warnings.push(format!(
                "`{name}` has {} samples that are not numbers or far beyond full scale; they are \
                 taken as silence",
                self.bad_samples
            ));
        }
        warnings
    }
}

/// Reads one sample, full scale at 1. `bytes` has the format's length.
fn decode(format: SampleFormat, bytes: &[u8]) -> f32 {
    match (format, bytes) {
        (SampleFormat::Float { .. }, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
        (SampleFormat::Float { .. }, &[a, b, c, d, e, f, g, h]) => {
            f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
        }
        (SampleFormat::Int { .. }, &[a]) => (f32::from(a) - 128.0) / 128.0,
        (SampleFormat::Int { .. }, bytes) => {
            // Left-justified in 32 bits, so that one scale fits all widths.
            let mut wide = [0; 4];
            wide[4 - bytes.len()..].copy_from_slice(bytes);
            (f64::from(i32::from_le_bytes(wide)) / 2_147_483_648.0) as f32
        }
        (SampleFormat::Float { .. }, _) => f32::NAN,
    }
}

/// The walk through the chunks before the samples.
struct Header<'a, R> {
    reader: &'a mut R,
    name: &'a Path,
    /// The length of the `data` chunk in an RF64 file.
    long_size: Option<u64>,
}

impl<'a, R: Read> Header<'a, R> {
    fn new(reader: &'a mut R, name: &'a Path) -> Self {
        Self { reader, name, long_size: None }
    }

    fn error(&self, item: &str, found: impl Into<String>, expected: &str) -> Error {
        Error::file(self.name, item, found, expected)
    }

    /// Reads up to `wanted` bytes; fewer at the end of the file.
    fn read(&mut self, wanted: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(wanted);
        self.reader
            .take(wanted as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| Error::io(self.name, e))?;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        io::copy(&mut self.reader.take(bytes), &mut io::sink())
            .map(drop)
            .map_err(|e| Error::io(self.name, e))
    }

    fn riff(&mut self) -> Result<()> {
        let head = self.read(12)?;
        let riff = head.starts_with(b"RIFF") || head.starts_with(b"RF64");
        if riff && head.get(8..) == Some(b"WAVE") {
            return Ok(());
        }
        if riff && head.len() < 12 {
            return Err(self.error("header", "a WAV file cut off in its header", ACCEPTED));
        }
        Err(self.error("header", format::describe(&head), ACCEPTED))
    }

    /// Walks to the `data` chunk and returns the format and that chunk's declared length.
    fn chunks(&mut self) -> Result<(Spec, u64)> {
        let mut spec = None;
        loop {
            let head = self.read(8)?;
            let Some((id, size)) = head.split_at_checked(4).and_then(|(id, size)| {
                Some((id, u64::from(u32::from_le_bytes(size.try_into().ok()?))))
            }) else {
                return Err(self.error("`data` chunk", "none before the file ends", "samples"));
            };
            match (id, spec) {
                (b"data", Some(spec)) => {
                    let long = self.long_size.filter(|_| size == u64::from(u32::MAX));
                    return Ok((spec, long.unwrap_or(size)));
                }
                (b"data", None) => {
                    return Err(self.error("`fmt ` chunk", "none before the samples", "one"));
                }
                (b"fmt ", _) => {
                    let kept = size.min(FMT_BYTES as u64);
                    let bytes = self.read(FMT_BYTES.min(usize::try_from(size).unwrap_or(0)))?;
                    spec = Some(self.format(&bytes)?);
                    self.skip(size - kept + size % 2)?;
                }
                (b"ds64", _) if size >= 16 => {
                    let bytes = self.read(16)?;
                    let long = bytes.get(8..16).and_then(|b| b.try_into().ok());
                    self.long_size = long.map(u64::from_le_bytes);
                    self.skip(size - 16 + size % 2)?;
                }
                _ => self.skip(size + size % 2)?,
            }
        }
    }

    /// Parses a `fmt ` chunk.
    fn format(&self, bytes: &[u8]) -> Result<Spec> {
        let u16_at = |at: usize| {
            bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes)
        };
        let rate = bytes.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
        let (Some(tag), Some(channels), Some(sample_rate), Some(align), Some(bits)) =
            (u16_at(0), u16_at(2), rate, u16_at(12), u16_at(14))
        else {
            let found = format!("{} bytes", bytes.len());
            return Err(self.error("`fmt ` chunk", found, "at least 16 bytes"));
        };
        // An extensible header holds the true tag in the first bytes of its sub-format.
        let tag = if tag == 0xfffe { u16_at(24).unwrap_or(tag) } else { tag };
        let bytes = bits.div_ceil(8);
        let format = match (tag, bytes) {
            (1, 1..=4) => SampleFormat::Int { bytes },
            (3, 4 | 8) => SampleFormat::Float { bytes },
            _ => {
                let found = format!("{bits}-bit {}", encoding(tag));
                return Err(self.error("encoding", found, ACCEPTED));
            }
        };
        if channels == 0 {
            return Err(self.error("channels", "0", "at least 1"));
        }
        if !RATES.contains(&sample_rate) {
            let found = format!("{sample_rate} Hz");
            return Err(self.error("sample rate", found, "8000 to 192000 Hz"));
        }
        let spec = Spec { sample_rate, channels, format };
        if usize::from(align) != spec.bytes_per_frame() {
            let expected = format!("{} for {channels} channels", spec.bytes_per_frame());
            return Err(self.error("bytes a frame", align.to_string(), &expected));
        }
        Ok(spec)
    }

    /// Decides how many bytes of samples follow a `data` header that declares `size`: as many,
    /// or all there are (`None`) when the writer could not know.
    fn data_length(&mut self, size: u64) -> Result<(Option<u64>, Vec<u8>)> {
        if size >= UNKNOWN_FROM && self.long_size != Some(size) {
            return Ok((None, Vec::new()));
        }
        if size > 0 {
            return Ok((Some(size), Vec::new()));
        }
        let next = self.read(8)?;
        let empty = next.len() < 8 || KNOWN_CHUNKS.iter().any(|id| next.starts_with(*id));
        Ok(if empty { (Some(0), Vec::new()) } else { (None, next) })
    }
}

/// Names an encoding that is not supported.
fn encoding(tag: u16) -> String {
    let name = match tag {
        0x01 => "integer",
        0x03 => "float",
        0x02 | 0x11 => "ADPCM",
        0x06 => "A-law",
        0x07 => "\u{b5}-law",
        0x31 => "GSM 6.10",
        0x50 | 0x55 => "MPEG",
        0xff => "AAC",
        _ => return format!("encoding {tag:#06x}"),
    };
    name.to_owned()
}
