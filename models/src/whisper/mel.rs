//! The log-mel front end, equal to transformers' `WhisperFeatureExtractor`.

use std::sync::Arc;

use rayon::prelude::*;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples from one frame to the next (10 ms at 16 kHz).
pub(super) const HOP: usize = 160;
/// Samples in one frame's transform (25 ms at 16 kHz).
pub(super) const FFT: usize = 400;
const BINS: usize = FFT / 2 + 1;

/// One mel band: its first transform bin and the weights from there on.
struct Band {
    first: usize,
    weights: Vec<f64>,
}

/// Computes log-mel features from 16 kHz samples.
pub(super) struct MelFrontEnd {
    bands: Vec<Band>,
    window: Vec<f64>,
    fft: Arc<dyn RealToComplex<f64>>,
}

impl MelFrontEnd {
    /// Prepares the filters for `mels` bands from 0 to 8 kHz.
    pub(super) fn new(mels: usize) -> Self {
        let window = (0..FFT)
            .map(|n| 0.5 - 0.5 * (2.0 * std::f64::consts::PI * n as f64 / FFT as f64).cos())
            .collect();
        let fft = RealFftPlanner::new().plan_fft_forward(FFT);
        Self { bands: slaney_bands(mels), window, fft }
    }

    /// The features of `frames` frames of `samples`, zeros after their end, as `[frames, mels]`.
    ///
    /// Frames are centred, with reflection at both ends of the `frames * 160` samples; powers go
    /// through slaney-normalised bands, log10 floored at 1e-10, clamped to 8 below the maximum, and
    /// are scaled by `(x + 4) / 4`.
    pub(super) fn log_mel(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let mels = self.bands.len();
        let length = frames * HOP;
        let samples = &samples[..samples.len().min(length)];
        let at = |i: isize| -> f64 {
            let last = length as isize - 1;
            let i = if i < 0 {
                -i
            } else if i > last {
                2 * last - i
            } else {
                i
            };
            usize::try_from(i).ok().and_then(|i| samples.get(i)).map_or(0.0, |&s| f64::from(s))
        };
        let mut logs = vec![0f64; frames * mels];
        // Frames that see only the zeros after the speech share one value.
        let heard = (samples.len() + FFT / 2).div_ceil(HOP).min(frames);
        logs[heard * mels..].fill(-10.0);
        if length > FFT / 2 {
            logs[..heard * mels].par_chunks_mut(64 * mels).enumerate().for_each(|(chunk, logs)| {
                let mut input = self.fft.make_input_vec();
                let mut spectrum = self.fft.make_output_vec();
                let mut scratch = self.fft.make_scratch_vec();
                for (i, logs) in logs.chunks_exact_mut(mels).enumerate() {
                    let start = ((chunk * 64 + i) * HOP) as isize - (FFT / 2) as isize;
                    for (n, (x, w)) in input.iter_mut().zip(&self.window).enumerate() {
                        *x = at(start + n as isize) * w;
                    }
                    // The buffers come from the plan itself, so their lengths cannot be wrong.
                    let done =
                        self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch);
                    debug_assert!(done.is_ok());
                    self.bands_of(&spectrum, logs);
                }
            });
        }
        let floor = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 8.0;
        logs.iter().map(|&x| ((x.max(floor) + 4.0) / 4.0) as f32).collect()
    }

    fn bands_of(&self, spectrum: &[Complex<f64>], logs: &mut [f64]) {
        let mut power = [0f64; BINS];
        for (p, c) in power.iter_mut().zip(spectrum) {
            *p = c.norm_sqr();
        }
        for (log, band) in logs.iter_mut().zip(&self.bands) {
            let sum: f64 = band.weights.iter().zip(&power[band.first..]).map(|(w, p)| w * p).sum();
            *log = sum.max(1e-10).log10();
        }
    }
}

/// Triangular bands on the mel scale of Slaney's Auditory Toolbox, each of unit area in hertz.
fn slaney_bands(mels: usize) -> Vec<Band> {
    let log_step = 6.4f64.ln() / 27.0;
    let to_mel =
        |hz: f64| if hz < 1000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1000.0).ln() / log_step };
    let to_hz = |mel: f64| {
        if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * log_step).exp() }
    };
    let top = to_mel(8000.0);
    let edges: Vec<f64> =
        (0..mels + 2).map(|i| to_hz(top * i as f64 / (mels + 1) as f64)).collect();
    let bin_hz = 8000.0 / (BINS - 1) as f64;
    edges
        .windows(3)
        .map(|edge| {
            let weight = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                let up = (hz - edge[0]) / (edge[1] - edge[0]);
                let down = (edge[2] - hz) / (edge[2] - edge[1]);
                up.min(down).max(0.0) * 2.0 / (edge[2] - edge[0])
            };
            let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(BINS);
            let weights = (first..BINS).map(weight).take_while(|&w| w > 0.0).collect();
            Band { first, weights }
        })
        .collect()
}
