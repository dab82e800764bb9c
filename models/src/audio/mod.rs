//! Audio files as the networks want them: mono `f32` at one sample rate.
//!
//! Everything streams: a file of hours costs no more memory than one block of it.

mod format;
mod live;
mod resample;
#[cfg(test)]
mod tests;
mod wav;

pub use live::LiveResampler;
pub use resample::Resampler;
pub use wav::{SampleFormat, Spec, WavReader, open};

use std::path::Path;

use crate::Result;

/// The sample rate of the speech networks, in Hz.
pub const SAMPLE_RATE: u32 = 16_000;

/// Frames that are read at a time.
const BLOCK: usize = 16 * 1024;

/// A WAV file as mono samples at [`SAMPLE_RATE`], block by block.
#[derive(Debug)]
pub struct Speech<R> {
    wav: WavReader<R>,
    resampler: Resampler,
    block: Vec<f32>,
    done: bool,
}

impl<R: std::io::Read> Speech<R> {
    /// Reads `wav` at [`SAMPLE_RATE`].
    ///
    /// # Errors
    /// [`crate::Error::Input`] when the resampler refuses the file's rate.
    pub fn new(wav: WavReader<R>) -> Result<Self> {
        let resampler = Resampler::new(wav.spec().sample_rate, SAMPLE_RATE)?;
        Ok(Self { wav, resampler, block: Vec::new(), done: false })
    }

    /// Replaces `out` by the next samples; `false` after the last.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when the file cannot be read on.
    pub fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool> {
        out.clear();
        while out.is_empty() && !self.done {
            self.block.clear();
            self.done = self.wav.read_mono(BLOCK, &mut self.block)? == 0;
            self.resampler.push(&self.block, out)?;
            if self.done {
                self.resampler.finish(out)?;
            }
        }
        Ok(!out.is_empty())
    }

    /// The file that is read, for its length, format and warnings.
    pub fn wav(&self) -> &WavReader<R> {
        &self.wav
    }
}

/// Loads a whole WAV file as mono samples at [`SAMPLE_RATE`].
///
/// # Errors
/// [`crate::Error::Io`] when it cannot be read, [`crate::Error::File`] when it is not a WAV file
/// of a supported format.
pub fn load(path: impl AsRef<Path>) -> Result<Vec<f32>> {
    let mut speech = Speech::new(open(path)?)?;
    let (mut samples, mut block) = (Vec::new(), Vec::new());
    while speech.next_block(&mut block)? {
        samples.extend_from_slice(&block);
    }
    Ok(samples)
}
