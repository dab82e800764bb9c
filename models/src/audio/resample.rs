//! Band-limited conversion between sample rates.

use audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::{Error, Result};

/// The highest sample rate that is converted, in Hz: bounds the size of a block.
const HIGHEST: u32 = 1_000_000;
/// Output frames of one FFT block: the filter's pass band ends at about 97 % of the lower
/// Nyquist frequency, its delay is half a block.
const BLOCK_OUT: u32 = 1024;

/// Converts a mono stream from one sample rate to another, by rubato's FFT method.
///
/// The delay of the filter is taken out, and `n` samples in give exactly
/// `ceil(n · to / from)` out, however they are cut.
pub struct Resampler {
    /// `None` when the rates are equal.
    fft: Option<Fft<f32>>,
    from: u64,
    to: u64,
    /// Input that does not fill a block yet.
    pending: Vec<f32>,
    /// One block of output.
    block: Vec<f32>,
    /// Output frames of the filter's delay that are still to be dropped.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// Makes a converter from `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// [`Error::Input`] when a rate is zero or over 1 MHz.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        if from.max(to) > HIGHEST || from.min(to) == 0 {
            let rates = format!("cannot resample {from} to {to} Hz, only 1 to {HIGHEST} Hz");
            return Err(Error::Input(rates));
        }
        let fft = if from == to {
            None
        } else {
            let fft = Fft::new_custom(
                from as usize,
                to as usize,
                block_in(from, to),
                1,
                1,
                WindowFunction::BlackmanHarris2,
                FixedSync::Both,
            );
            Some(fft.map_err(|e| Error::Input(format!("cannot resample {from} to {to} Hz: {e}")))?)
        };
        let block = vec![0.0; fft.as_ref().map_or(0, |fft| fft.output_frames_max())];
        let skip = fft.as_ref().map_or(0, |fft| fft.output_delay());
        let (from, to) = (u64::from(from), u64::from(to));
        Ok(Self { fft, from, to, pending: Vec::new(), block, skip, taken: 0, given: 0 })
    }

    /// Takes samples and appends what they complete to `out`.
    ///
    /// # Errors
    /// [`Error::Input`] when rubato refuses a block, which its own sizes rule out.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.taken += samples.len() as u64;
        if self.fft.is_none() {
            self.given += samples.len() as u64;
            out.extend_from_slice(samples);
            return Ok(());
        }
        self.pending.extend_from_slice(samples);
        self.convert(out)
    }

    /// Appends what is still in the filter to `out` and starts afresh.
    ///
    /// # Errors
    /// As [`Resampler::push`].
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let due = (self.taken * self.to).div_ceil(self.from);
        while self.given < due {
            let Some(fft) = &self.fft else { break };
            self.pending.resize(fft.input_frames_next().max(self.pending.len()), 0.0);
            let before = out.len();
            self.convert(out)?;
            // The zeros that push the last samples out are not part of the stream.
            let surplus = self.given.saturating_sub(due);
            let appended = (out.len() - before) as u64;
            self.given -= surplus.min(appended);
            out.truncate(out.len() - usize::try_from(surplus.min(appended)).unwrap_or(0));
        }
        self.pending.clear();
        (self.taken, self.given) = (0, 0);
        if let Some(fft) = &mut self.fft {
            fft.reset();
            self.skip = fft.output_delay();
        }
        Ok(())
    }

    /// Converts every full block of `pending`.
    fn convert(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let Some(fft) = &mut self.fft else { return Ok(()) };
        let refused = |e: &dyn std::fmt::Display| Error::Input(format!("cannot resample: {e}"));
        let mut start = 0;
        loop {
            let wanted = fft.input_frames_next();
            let Some(input) = self.pending.get(start..start + wanted) else { break };
            start += wanted;
            let frames = self.block.len();
            let input = SequentialSlice::new(input, 1, wanted).map_err(|e| refused(&e))?;
            let mut output =
                SequentialSlice::new_mut(&mut self.block, 1, frames).map_err(|e| refused(&e))?;
            let (_, made) =
                fft.process_into_buffer(&input, &mut output, None).map_err(|e| refused(&e))?;
            let skipped = self.skip.min(made);
            self.skip -= skipped;
            out.extend_from_slice(&self.block[skipped..made]);
            self.given += (made - skipped) as u64;
        }
        self.pending.drain(..start);
        Ok(())
    }
}

/// Input frames of one FFT block: an even multiple of the smallest possible one, since the delay,
/// half a block, is a whole number of frames on both sides only then.
fn block_in(from: u32, to: u32) -> usize {
    let (mut divisor, mut rest) = (from, to);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let (smallest_in, smallest_out) = (from / divisor, to / divisor);
    let blocks = BLOCK_OUT.div_ceil(smallest_out).next_multiple_of(2);
    (smallest_in * blocks) as usize
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const RATES: [u32; 12] =
        [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 176_400, 192_000];

    fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let frames = (f64::from(rate) * seconds) as u32;
        (0..frames).map(|i| (TAU * hz * f64::from(i) / f64::from(rate)).sin() as f32).collect()
    }

    fn resample(samples: &[f32], from: u32, chunk: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, 16_000).unwrap();
        let mut out = Vec::new();
        for chunk in samples.chunks(chunk) {
            resampler.push(chunk, &mut out).unwrap();
        }
        resampler.finish(&mut out).unwrap();
        out
    }

    /// The largest difference from `expected` away from the two ends, where the tone begins and
    /// ends abruptly.
    fn worst(out: &[f32], expected: &[f32]) -> f32 {
        let edge = 1600;
        out[edge..out.len() - edge]
            .iter()
            .zip(&expected[edge..])
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn a_tone_keeps_frequency_level_and_phase_at_every_rate() {
        for rate in RATES {
            let out = resample(&tone(1000.0, rate, 1.0), rate, 777);
            assert_eq!(out.len(), 16_000, "at {rate} Hz");
            let off = worst(&out, &tone(1000.0, 16_000, 1.0));
            assert!(off < 2e-3, "at {rate} Hz the tone is off by {off}");
        }
    }

    #[test]
    fn what_lies_above_the_new_nyquist_frequency_is_removed() {
        for rate in RATES.into_iter().filter(|rate| *rate > 20_000) {
            // 9 kHz would come back as 7 kHz.
            let out = resample(&tone(9000.0, rate, 1.0), rate, 4096);
            let left = worst(&out, &vec![0.0; out.len()]);
            assert!(left < 1e-3, "at {rate} Hz the alias has level {left}");
        }
    }

    #[test]
    fn the_pass_band_reaches_7_khz() {
        for rate in RATES.into_iter().filter(|rate| *rate > 16_000) {
            let out = resample(&tone(7000.0, rate, 1.0), rate, 4096);
            let off = worst(&out, &tone(7000.0, 16_000, 1.0));
            assert!(off < 1e-2, "at {rate} Hz the tone is off by {off}");
        }
    }

    #[test]
    fn the_length_is_exact_and_the_cut_does_not_matter() {
        for rate in RATES.into_iter().chain([8001, 44_101]) {
            for frames in [0, 1, 2, 999, 12_345] {
                let samples: Vec<f32> = tone(440.0, rate, 2.0).into_iter().take(frames).collect();
                let whole = resample(&samples, rate, usize::MAX);
                let due = (frames as u64 * 16_000).div_ceil(u64::from(rate));
                assert_eq!(whole.len() as u64, due, "{frames} frames at {rate} Hz");
                assert_eq!(whole, resample(&samples, rate, 7), "{frames} frames at {rate} Hz");
            }
        }
    }

    #[test]
    fn a_finished_resampler_starts_afresh() {
        let samples = tone(440.0, 44_100, 0.3);
        let mut resampler = Resampler::new(44_100, 16_000).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for out in [&mut first, &mut second] {
            resampler.push(&samples, out).unwrap();
            resampler.finish(out).unwrap();
        }
        assert_eq!(first, second);
    }

    #[test]
    fn impossible_rates_are_refused() {
        assert!(Resampler::new(u32::MAX, 16_000).is_err());
        assert!(Resampler::new(0, 16_000).is_err());
        assert!(Resampler::new(16_000, 0).is_err());
    }
}
