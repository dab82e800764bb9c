//! Short-time Fourier transforms as PyTorch defines them: centred, a periodic Hann window, one side.
//!
//! The transforms are of 20 samples, so that sums of products are as fast as a fast transform; they are
//! formed for several spectra at a time.

use std::f64::consts::TAU;

use crate::ops::functions::{atan2, cos, sin};
use crate::ops::lanes::{LANES, Lanes, exp, multiversion};
use crate::ops::pool;

/// Spectra that one thread takes at a time.
const SPECTRA: usize = 16 * LANES;
/// Samples that one thread sums at a time.
const SAMPLES: usize = 4096;

pub(super) struct Stft {
    size: usize,
    hop: usize,
    window: Vec<f32>,
    turn: Turn,
}

/// Cosines and sines of a whole turn in as many steps as a transform has samples.
struct Turn {
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Stft {
    /// `size` is even and at least twice `hop`.
    pub(super) fn new(size: usize, hop: usize) -> Self {
        let turn = |n: usize| TAU * n as f64 / size as f64;
        Self {
            size,
            hop,
            window: (0..size).map(|n| (0.5 - 0.5 * turn(n).cos()) as f32).collect(),
            turn: Turn {
                cosines: (0..size).map(|n| turn(n).cos() as f32).collect(),
                sines: (0..size).map(|n| turn(n).sin() as f32).collect(),
            },
        }
    }

    /// Bins of a spectrum.
    pub(super) fn bins(&self) -> usize {
        self.size / 2 + 1
    }

    /// Magnitudes and then angles, `[samples/hop + 1, 2·bins]`; at least `size/2 + 1` samples.
    ///
    /// What is mirrored at the start makes the first spectrum real. There the reference's rounding
    /// decides between the angles π and −π; here it is always π.
    pub(super) fn transform(&self, samples: &[f32]) -> Vec<f32> {
        let row = 2 * self.bins();
        let mut out = vec![0.0; row * (samples.len() / self.hop + 1)];
        pool::chunks_mut(&mut out, SPECTRA * row, |chunk, out| {
            let mut found = vec![[0.0; LANES]; row];
            for (block, out) in out.chunks_mut(LANES * row).enumerate() {
                let (sums, differences) = self.folded(samples, chunk * SPECTRA + block * LANES);
                analyse(&sums, &differences, &self.turn, &mut found);
                for (lane, out) in out.chunks_exact_mut(row).enumerate() {
                    out.iter_mut().zip(&found).for_each(|(out, found)| *out = found[lane]);
                }
            }
        });
        out
    }

    /// The windowed samples of the spectra from `first` on, those of the second half added to those of
    /// the first and taken from them: what is symmetric has no imaginary part at all.
    fn folded(&self, samples: &[f32], first: usize) -> (Vec<Lanes>, Vec<Lanes>) {
        let half = self.size / 2;
        let (end, last) = (2 * (samples.len() - 1), samples.len() / self.hop);
        let mut sums = vec![[0.0; LANES]; half + 1];
        let mut differences = sums.clone();
        for lane in 0..LANES {
            let start = (first + lane).min(last) * self.hop;
            let value = |n: usize| {
                // Mirrored at the start and at the end.
                let place = (start + n).abs_diff(half);
                samples[place.min(end.abs_diff(place))] * self.window[n]
            };
            sums[0][lane] = value(0);
            sums[half][lane] = value(half);
            for n in 1..half {
                let (a, b) = (value(n), value(self.size - n));
                sums[n][lane] = a + b;
                differences[n][lane] = a - b;
            }
        }
        (sums, differences)
    }

    /// Samples of `spectra`, `[spectra, 2·bins]`: logarithms of magnitudes, then what the sines of are
    /// the angles. `hop·(spectra − 1)` of them.
    pub(super) fn inverse(&self, spectra: &[f32]) -> Vec<f32> {
        let (size, row) = (self.size, 2 * self.bins());
        let count = spectra.len() / row;
        let mut pieces = vec![0.0; count * size];
        pool::chunks_mut(&mut pieces, SPECTRA * size, |chunk, pieces| {
            let mut block = vec![[0.0; LANES]; row];
            let mut found = vec![[0.0; LANES]; size];
            let spectra = spectra[chunk * SPECTRA * row..].chunks(LANES * row);
            for (spectra, pieces) in spectra.zip(pieces.chunks_mut(LANES * size)) {
                for (lane, spectrum) in spectra.chunks_exact(row).enumerate() {
                    block.iter_mut().zip(spectrum).for_each(|(block, &x)| block[lane] = x);
                }
                synthesise(&mut block, &self.turn, &self.window, &mut found);
                for (lane, piece) in pieces.chunks_exact_mut(size).enumerate() {
                    piece.iter_mut().zip(&found).for_each(|(out, found)| *out = found[lane]);
                }
            }
        });
        let mut samples = vec![0.0; self.hop * count.saturating_sub(1)];
        pool::chunks_mut(&mut samples, SAMPLES, |chunk, samples| {
            for (i, sample) in samples.iter_mut().enumerate() {
                let place = chunk * SAMPLES + i + size / 2;
                let first = (place + 1).saturating_sub(size).div_ceil(self.hop);
                let (mut sum, mut weight) = (0.0, 0.0);
                for piece in first..=(place / self.hop).min(count - 1) {
                    let at = place - piece * self.hop;
                    sum += pieces[piece * size + at];
                    weight += self.window[at] * self.window[at];
                }
                *sample = sum / weight;
            }
        });
        samples
    }
}

multiversion! {
    /// Magnitudes and then angles of folded samples.
    fn analyse<I>(sums: &[Lanes], differences: &[Lanes], turn: &Turn, out: &mut [Lanes]) {
        let half = sums.len() - 1;
        let (magnitudes, angles) = out.split_at_mut(half + 1);
        for bin in 0..=half {
            let sign = if bin.is_multiple_of(2) { 1.0 } else { -1.0 };
            let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                re[lane] = I::fma(sums[half][lane], sign, sums[0][lane]);
            }
            for n in 1..half {
                let at = (bin * n) % (2 * half);
                let (cosine, sine) = (turn.cosines[at], -turn.sines[at]);
                for lane in 0..LANES {
                    re[lane] = I::fma(sums[n][lane], cosine, re[lane]);
                    im[lane] = I::fma(differences[n][lane], sine, im[lane]);
                }
            }
            if bin == 0 || bin == half {
                im = [0.0; LANES];
            }
            for lane in 0..LANES {
                magnitudes[bin][lane] = I::fma(re[lane], re[lane], im[lane] * im[lane]).sqrt();
                angles[bin][lane] = atan2::<I>(im[lane], re[lane]);
            }
        }
    }
}

multiversion! {
    /// Windowed samples of spectra, which are left as real and imaginary parts.
    fn synthesise<I>(spectra: &mut [Lanes], turn: &Turn, window: &[f32], out: &mut [Lanes]) {
        let size = out.len();
        let half = size / 2;
        let (real, imaginary) = spectra.split_at_mut(half + 1);
        for (re, im) in real.iter_mut().zip(imaginary.iter_mut()) {
            for lane in 0..LANES {
                let magnitude = exp::<I>(re[lane]) / size as f32;
                let angle = sin::<I>(im[lane]);
                re[lane] = magnitude * cos::<I>(angle);
                im[lane] = magnitude * sin::<I>(angle);
            }
        }
        for n in 0..=half {
            let sign = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
            let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                even[lane] = I::fma(real[half][lane], sign, real[0][lane]);
            }
            for bin in 1..half {
                let at = (bin * n) % size;
                let (cosine, sine) = (2.0 * turn.cosines[at], 2.0 * turn.sines[at]);
                for lane in 0..LANES {
                    even[lane] = I::fma(real[bin][lane], cosine, even[lane]);
                    odd[lane] = I::fma(imaginary[bin][lane], sine, odd[lane]);
                }
            }
            for lane in 0..LANES {
                out[n][lane] = (even[lane] - odd[lane]) * window[n];
            }
            if n > 0 && n < half {
                for lane in 0..LANES {
                    out[size - n][lane] = (even[lane] + odd[lane]) * window[size - n];
                }
            }
        }
    }
}
