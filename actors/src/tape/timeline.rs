//! The last seconds of both sides in memory, and all before them in the file.

use std::io;

use super::wav::WavWriter;

/// How long samples may come after later ones of the other side, in seconds.
const LATE: u64 = 5;
/// How much is written at a time, in seconds.
const STEP: u64 = 1;

/// The two sides on their way to the file.
#[derive(Debug)]
pub(super) struct Timeline {
    wav: WavWriter,
    rate: u64,
    /// Place of the first frame in memory; all before it are in the file.
    base: u64,
    frames: Vec<[f32; 2]>,
}

impl Timeline {
    pub(super) fn new(wav: WavWriter, rate: u32) -> Self {
        Self { wav, rate: rate.into(), base: 0, frames: Vec::new() }
    }

    /// Puts samples of a channel at their place. What is already in the file stays as it is.
    pub(super) fn put(&mut self, channel: usize, start: u64, samples: &[f32]) -> io::Result<()> {
        let late = usize::try_from(self.base.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut samples = samples.get(late..).unwrap_or_default();
        let mut start = start.max(self.base);
        while !samples.is_empty() {
            self.reach(start)?;
            // A step at a time, so that memory is bounded whatever comes.
            let count = samples.len().min(usize::try_from(self.rate).unwrap_or(usize::MAX));
            let offset = usize::try_from(start - self.base).unwrap_or(usize::MAX);
            if self.frames.len() < offset + count {
                self.frames.resize(offset + count, [0.0; 2]);
            }
            for (frame, sample) in self.frames[offset..].iter_mut().zip(&samples[..count]) {
                frame[channel] = *sample;
            }
            start += count as u64;
            samples = &samples[count..];
        }
        self.reach(self.base + self.frames.len() as u64)
    }

    /// Writes what cannot change any more when there is sound up to `end`.
    fn reach(&mut self, end: u64) -> io::Result<()> {
        let step = usize::try_from(self.rate * STEP).unwrap_or(usize::MAX);
        while end.saturating_sub(self.base) > (LATE + STEP) * self.rate {
            if self.frames.len() < step {
                self.frames.resize(step, [0.0; 2]);
            }
            self.wav.write(&self.frames[..step])?;
            self.frames.drain(..step);
            self.base += step as u64;
        }
        Ok(())
    }

    /// Writes the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.wav.write(&self.frames)?;
        self.wav.sync()
    }
}
