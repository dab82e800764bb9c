//! Band-limited conversion between sample rates with little delay.

use std::f64::consts::PI;

use crate::{Error, Result};

/// The highest sample rate that is converted, in Hz.
const HIGHEST: u32 = 1_000_000;
/// Zero crossings of the kernel on each side: the reach is as many samples of the lower rate.
const ZERO_CROSSINGS: f64 = 32.0;
/// Shape of the Kaiser window: side lobes 80 dB down.
const BETA: f64 = 8.0;
/// Where the response is half, in parts of the lower Nyquist frequency.
const CUTOFF: f64 = 0.95;
/// Most positions between two samples that the kernel is tabled for.
const PHASES: u64 = 4096;
/// Largest table, in taps: 32 MiB.
const MOST_TAPS: u64 = 1 << 23;
/// Partial sums of a scalar product, so that it can use wide registers.
const LANES: usize = 8;

/// Converts a mono stream from one sample rate to another while it is made, by a windowed sinc.
///
/// A sample comes out as soon as 32 samples of the lower rate after it are in (2 ms at 16 kHz);
/// [`super::Resampler`] waits for blocks of 1024, and suits files. As there, the delay of the
/// filter is taken out, and `n` samples in give exactly `ceil(n · to / from)` out, however they
/// are cut.
pub struct LiveResampler {
    up: u64,
    down: u64,
    phases: u64,
    /// Input samples on each side that a sample depends on; 0 when the rates are equal.
    half: usize,
    /// `2 · half` taps for each phase.
    taps: Vec<f32>,
    /// Input that is still needed, from the sample `half - 1` before the next position on.
    history: Vec<f32>,
    /// Index of `history[half - 1]` in the stream.
    centre: u64,
    taken: u64,
    given: u64,
}

impl LiveResampler {
    /// Makes a converter from `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// [`Error::Input`] when a rate is zero or over 1 MHz, or the rates are too far apart.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let refused =
            || Error::Input(format!("cannot resample {from} to {to} Hz, only 1 to {HIGHEST} Hz"));
        if from.max(to) > HIGHEST || from.min(to) == 0 {
            return Err(refused());
        }
        let divisor = gcd(from, to);
        let (up, down) = (u64::from(to / divisor), u64::from(from / divisor));
        let phases = up.min(PHASES);
        let narrow = (f64::from(to) / f64::from(from)).min(1.0);
        let half = (ZERO_CROSSINGS / narrow / 4.0).ceil() as usize * 4;
        let half = if up == down { 0 } else { half };
        if phases * 2 * half as u64 > MOST_TAPS {
            return Err(refused());
        }
        let taps = (0..phases).flat_map(|phase| row(phase, phases, half, narrow)).collect();
        let mut made = Self {
            up,
            down,
            phases,
            half,
            taps,
            history: Vec::new(),
            centre: 0,
            taken: 0,
            given: 0,
        };
        made.restart();
        Ok(made)
    }

    fn restart(&mut self) {
        self.history.clear();
        self.history.resize(self.half.saturating_sub(1), 0.0);
        (self.centre, self.taken, self.given) = (0, 0, 0);
    }

    /// Takes samples and appends what they complete to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken += samples.len() as u64;
        if self.half == 0 {
            self.given += samples.len() as u64;
            out.extend_from_slice(samples);
            return;
        }
        self.history.extend_from_slice(samples);
        self.convert(u64::MAX, out);
    }

    /// Appends what is still in the filter to `out` and starts afresh.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let due = (self.taken * self.up).div_ceil(self.down);
        if self.half > 0 {
            self.history.resize(self.history.len() + self.half + 1, 0.0);
            self.convert(due, out);
        }
        self.restart();
    }

    /// Makes samples while there is input for them, up to the one with the number `until`.
    fn convert(&mut self, until: u64, out: &mut Vec<f32>) {
        let width = 2 * self.half;
        while self.given < until {
            let (position, phase) = self.position();
            let start = usize::try_from(position - self.centre).unwrap_or(usize::MAX);
            let Some(input) = self.history.get(start..start.saturating_add(width)) else { break };
            let row = usize::try_from(phase).unwrap_or(0) * width;
            out.push(product(input, &self.taps[row..row + width]));
            self.given += 1;
        }
        let (position, _) = self.position();
        let passed = usize::try_from(position - self.centre).unwrap_or(0).min(self.history.len());
        self.history.drain(..passed);
        self.centre += passed as u64;
    }

    /// The input sample at or before the next output sample, and which kernel lies between.
    fn position(&self) -> (u64, u64) {
        let (whole, rest) = (self.given * self.down / self.up, self.given * self.down % self.up);
        let phase = (rest * self.phases + self.up / 2) / self.up;
        if phase == self.phases { (whole + 1, 0) } else { (whole, phase) }
    }
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The taps for a sample `phase / phases` after an input sample; they sum to 1.
fn row(phase: u64, phases: u64, half: usize, narrow: f64) -> Vec<f32> {
    let offset = phase as f64 / phases as f64;
    let cutoff = CUTOFF * narrow;
    let taps: Vec<f64> = (0..2 * half)
        .map(|tap| {
            let t = tap as f64 - (half as f64 - 1.0) - offset;
            let x = PI * cutoff * t;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
            sinc * kaiser(t / half as f64)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| (tap / sum) as f32).collect()
}

/// Kaiser's window at `x` in -1 to 1.
fn kaiser(x: f64) -> f64 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-15 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

impl std::fmt::Debug for LiveResampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveResampler")
            .field("up", &self.up)
            .field("down", &self.down)
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const RATES: [u32; 10] =
        [8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000, 44_101];

    fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<f32> {
        let frames = (f64::from(rate) * seconds) as u32;
        (0..frames).map(|i| (TAU * hz * f64::from(i) / f64::from(rate)).sin() as f32).collect()
    }

    fn resample(samples: &[f32], from: u32, to: u32, chunk: usize) -> Vec<f32> {
        let mut resampler = LiveResampler::new(from, to).unwrap();
        let mut out = Vec::new();
        for chunk in samples.chunks(chunk) {
            resampler.push(chunk, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    /// The largest difference from `expected` away from the two ends, where the tone begins and
    /// ends abruptly.
    fn worst(out: &[f32], expected: &[f32]) -> f32 {
        let edge = out.len() / 10;
        out[edge..out.len() - edge]
            .iter()
            .zip(&expected[edge..])
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn a_tone_keeps_frequency_level_and_phase() {
        for from in RATES {
            for to in [16_000, 44_100, 48_000] {
                let out = resample(&tone(1000.0, from, 0.5), from, to, 777);
                let off = worst(&out, &tone(1000.0, to, 0.5));
                assert!(off < 2e-3, "from {from} to {to} Hz the tone is off by {off}");
            }
        }
    }

    #[test]
    fn the_pass_band_reaches_7_khz_and_what_lies_above_8_6_khz_is_removed() {
        for from in RATES.into_iter().filter(|rate| *rate > 20_000) {
            let out = resample(&tone(7000.0, from, 0.5), from, 16_000, 4096);
            let off = worst(&out, &tone(7000.0, 16_000, 0.5));
            assert!(off < 1e-2, "at {from} Hz the tone is off by {off}");
            let out = resample(&tone(8600.0, from, 0.5), from, 16_000, 4096);
            let left = worst(&out, &vec![0.0; out.len()]);
            assert!(left < 1e-3, "at {from} Hz the alias has level {left}");
        }
    }

    #[test]
    fn the_length_is_exact_and_the_cut_does_not_matter() {
        for from in RATES {
            for frames in [0, 1, 2, 999, 4321] {
                let samples: Vec<f32> = tone(440.0, from, 2.0).into_iter().take(frames).collect();
                let whole = resample(&samples, from, 16_000, usize::MAX);
                let due = (frames as u64 * 16_000).div_ceil(u64::from(from));
                assert_eq!(whole.len() as u64, due, "{frames} frames at {from} Hz");
                let cut = resample(&samples, from, 16_000, 7);
                assert!(whole == cut, "{frames} frames at {from} Hz");
            }
        }
    }

    #[test]
    fn a_sample_comes_out_two_milliseconds_later() {
        let mut resampler = LiveResampler::new(48_000, 16_000).unwrap();
        let mut out = Vec::new();
        resampler.push(&vec![0.5; 4800], &mut out);
        assert!(out.len() >= 1600 - 33, "{} samples", out.len());
    }

    #[test]
    fn a_finished_resampler_starts_afresh() {
        let samples = tone(440.0, 44_100, 0.3);
        let mut resampler = LiveResampler::new(44_100, 16_000).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for out in [&mut first, &mut second] {
            resampler.push(&samples, out);
            resampler.finish(out);
        }
        assert_eq!(first, second);
    }

    #[test]
    fn impossible_rates_are_refused() {
        for (from, to) in [(u32::MAX, 16_000), (0, 16_000), (16_000, 0), (999_999, 1000)] {
            assert!(LiveResampler::new(from, to).is_err(), "{from} to {to}");
        }
    }
}
