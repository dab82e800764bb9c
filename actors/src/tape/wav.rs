//! Writes a stereo WAV file that can be read while it grows.
//!
//! Layout after the Microsoft and IBM multimedia programming interface (1991); from 4 GiB on, which
//! is after six hours at 48 kHz, after EBU Tech 3306 (RF64), for whose chunk the header keeps room.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes before the samples.
const HEADER: u64 = 80;
/// Bytes of a frame: two samples of 16 bits.
const FRAME: u64 = 4;

/// The file.
#[derive(Debug)]
pub(super) struct WavWriter {
    file: File,
    rate: u32,
    frames: u64,
}

impl WavWriter {
    pub(super) fn create(path: &Path, rate: u32) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(&header(0, rate))?;
        Ok(Self { file, rate, frames: 0 })
    }

    /// Appends frames, full scale at 1, and brings the header up to date.
    pub(super) fn write(&mut self, frames: &[[f32; 2]]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(frames.len() * FRAME as usize);
        for sample in frames.iter().flatten() {
            // A conversion of floats to integers stays within their range.
            bytes.extend_from_slice(&((sample * 32_768.0).round() as i16).to_le_bytes());
        }
        self.file.write_all(&bytes)?;
        self.frames += frames.len() as u64;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(self.frames, self.rate))?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Waits until all is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// The header of a file with so many frames.
fn header(frames: u64, rate: u32) -> Vec<u8> {
    let data = frames * FRAME;
    let riff = data + HEADER - 8;
    let (long, short) = match (u32::try_from(riff), u32::try_from(data)) {
        (Ok(riff), Ok(data)) => (false, [riff, data]),
        _ => (true, [u32::MAX; 2]),
    };
    let mut header = Vec::with_capacity(80);
    header.extend(if long { b"RF64" } else { b"RIFF" });
    header.extend(short[0].to_le_bytes());
    header.extend(b"WAVE");
    header.extend(if long { b"ds64" } else { b"JUNK" });
    header.extend(28_u32.to_le_bytes());
    for value in [riff, data, frames] {
        header.extend(if long { value } else { 0 }.to_le_bytes());
    }
    header.extend(0_u32.to_le_bytes());
    header.extend(b"fmt ");
    header.extend(16_u32.to_le_bytes());
    // Integer samples, two channels.
    header.extend(1_u16.to_le_bytes());
    header.extend(2_u16.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend((rate * FRAME as u32).to_le_bytes());
    header.extend((FRAME as u16).to_le_bytes());
    header.extend(16_u16.to_le_bytes());
    header.extend(b"data");
    header.extend(short[1].to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_declares_its_length_in_the_long_chunk() {
        let check = |frames: u64, id: &[u8]| {
            let header = header(frames, 48_000);
            assert_eq!(header.len() as u64, HEADER);
            assert_eq!(&header[..4], id, "{frames} frames");
            let reader = antiphon_models::audio::WavReader::new(header.as_slice(), "long.wav");
            assert_eq!(reader.unwrap().declared_frames(), Some(frames));
        };
        check(0, b"RIFF");
        check(48_000, b"RIFF");
        check(48_000 * 3600 * 7, b"RF64");
    }
}
