//! Short-time Fourier transforms as PyTorch defines them: centred, a periodic Hann window, one side.
//!
//! The transforms are of 20 samples, so that sums of products are as fast as a fast transform.

use std::f64::consts::TAU;

pub(super) struct Stft {
    size: usize,
    hop: usize,
    window: Vec<f32>,
    /// Of a whole turn in `size` steps.
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
            cosines: (0..size).map(|n| turn(n).cos() as f32).collect(),
            sines: (0..size).map(|n| turn(n).sin() as f32).collect(),
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
        let (half, bins) = (self.size / 2, self.bins());
        let frames = samples.len() / self.hop + 1;
        let mut out = vec![0.0; 2 * bins * frames];
        let mut frame = vec![0.0; self.size];
        for at in 0..frames {
            for (n, value) in frame.iter_mut().enumerate() {
                let place = (at * self.hop + n).abs_diff(half);
                let place = place.min((2 * (samples.len() - 1)).abs_diff(place));
                *value = samples[place] * self.window[n];
            }
            for bin in 0..bins {
                let (re, im) = self.bin(&frame, bin);
                out[2 * bins * at + bin] = re.hypot(im);
                out[2 * bins * at + bins + bin] = im.atan2(re);
            }
        }
        out
    }

    /// One bin of a windowed frame: the halves are folded, so that what is symmetric has no imaginary
    /// part at all.
    fn bin(&self, frame: &[f32], bin: usize) -> (f32, f32) {
        let half = self.size / 2;
        let end = if bin.is_multiple_of(2) { frame[half] } else { -frame[half] };
        let (mut re, mut im) = (frame[0] + end, 0.0);
        for n in 1..half {
            let turn = (bin * n) % self.size;
            re += (frame[n] + frame[self.size - n]) * self.cosines[turn];
            im -= (frame[n] - frame[self.size - n]) * self.sines[turn];
        }
        // Never minus zero, whose angle would be −π.
        (re, if im == 0.0 || bin == 0 || bin == half { 0.0 } else { im })
    }

    /// Samples of `spectra`, `[frames, 2·bins]`: logarithms of magnitudes, then what the sines of are
    /// the angles. `hop·(frames − 1)` of them.
    pub(super) fn inverse(&self, spectra: &[f32]) -> Vec<f32> {
        let (half, bins) = (self.size / 2, self.bins());
        let frames = spectra.len() / (2 * bins);
        let mut sums = vec![0.0; self.hop * frames.saturating_sub(1) + self.size];
        let mut weights = vec![0.0; sums.len()];
        let (mut re, mut im) = (vec![0.0; bins], vec![0.0; bins]);
        for at in 0..frames {
            for bin in 0..bins {
                let magnitude = spectra[2 * bins * at + bin].exp();
                let (sin, cos) = spectra[2 * bins * at + bins + bin].sin().sin_cos();
                (re[bin], im[bin]) = (magnitude * cos, magnitude * sin);
            }
            let start = at * self.hop;
            for n in 0..self.size {
                let mut sum = re[0] + if n.is_multiple_of(2) { re[half] } else { -re[half] };
                for bin in 1..half {
                    let turn = (bin * n) % self.size;
                    sum += 2.0 * (re[bin] * self.cosines[turn] - im[bin] * self.sines[turn]);
                }
                let window = self.window[n];
                sums[start + n] += sum / self.size as f32 * window;
                weights[start + n] += window * window;
            }
        }
        let inner = half..sums.len() - half;
        sums[inner.clone()].iter().zip(&weights[inner]).map(|(sum, weight)| sum / weight).collect()
    }
}
