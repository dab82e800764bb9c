//! Harmonics and noise through filters that change with every frame, put together by the inverse
//! transform.
//!
//! Frame `t` is centred on sample `HOP · t` and sees `2 · HOP` samples through a Hann window, whose
//! halves add up to one. The excitation of a voice is a sum of cosines of equal size up to
//! [`TOP`], that of noise is white; both have unit power. Filters are minimum phase, so that what one
//! adds comes after its window; the transform has room for 22 ms of it.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::config::SAMPLE_RATE;
use super::network::Frames;
use crate::ops::conv::{Conv1d, Method, Shape};
use crate::ops::rows::{Activation, Tail};

/// Samples from one frame to the next, 5 ms.
pub(super) const HOP: usize = 80;
const WINDOW: usize = 2 * HOP;
const FFT: usize = 512;
const BINS: usize = FFT / 2 + 1;
/// Hertz that harmonics reach to.
const TOP: f64 = 7600.0;
/// Frames whose filters are computed together.
const TOGETHER: usize = 64;

/// Tables for one number of bands.
pub(super) struct Vocoder {
    bands: usize,
    /// Bands to the logarithm and the phase of each bin.
    spectrum: Conv1d,
    window: [f32; WINDOW],
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Vocoder {
    pub(super) fn new(bands: usize) -> Self {
        let magnitude = magnitudes(bands);
        let phase = phases(&magnitude);
        let mut weight = vec![0.0; 2 * BINS * bands];
        for band in 0..bands {
            for bin in 0..BINS {
                weight[bin * bands + band] = magnitude[band][bin] as f32;
                weight[(BINS + bin) * bands + band] = phase[band][bin] as f32;
            }
        }
        let mut planner = RealFftPlanner::new();
        let shape = Shape::linear(bands, 2 * BINS);
        let hann = |n: usize| (0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos()) as f32;
        Self {
            bands,
            spectrum: Conv1d::new(shape, &weight, None, Method::Direct),
            window: std::array::from_fn(hann),
            forward: planner.plan_fft_forward(FFT),
            inverse: planner.plan_fft_inverse(FFT),
        }
    }

    /// Samples, [`HOP`] for each frame; `noise` holds as many normal numbers.
    pub(super) fn synthesise(&self, frames: &Frames, noise: &[f32]) -> Vec<f32> {
        let count = frames.pitch.len();
        let voice = excitation(&frames.pitch, &frames.gate);
        let mut out = vec![0.0; count * HOP + FFT];
        let mut filters = vec![0.0; TOGETHER * 4 * BINS];
        let mut input = self.forward.make_input_vec();
        let mut spectra = [self.forward.make_output_vec(), self.forward.make_output_vec()];
        for (first, bands) in frames.filters.chunks(TOGETHER * 2 * self.bands).enumerate() {
            let filters = &mut filters[..bands.len() / self.bands * 2 * BINS];
            self.spectrum.forward(bands, Activation::None, Tail::default(), filters);
            for (t, filters) in filters.chunks_exact(4 * BINS).enumerate() {
                let t = first * TOGETHER + t;
                for (source, spectrum) in [&voice[..], noise].into_iter().zip(&mut spectra) {
                    self.windowed(source, t, &mut input);
                    // The buffers come from the plan itself, so their lengths cannot be wrong.
                    let done = self.forward.process(&mut input, spectrum);
                    debug_assert!(done.is_ok());
                }
                let (of_voice, of_noise) = filters.split_at(2 * BINS);
                let [sum, added] = &mut spectra;
                filter(sum, of_voice);
                filter(added, of_noise);
                sum.iter_mut().zip(&*added).for_each(|(sum, added)| *sum += added);
                // The transform demands what is exact only in theory.
                sum[0].im = 0.0;
                sum[BINS - 1].im = 0.0;
                let done = self.inverse.process(sum, &mut input);
                debug_assert!(done.is_ok());
                for (out, x) in out[t * HOP..].iter_mut().zip(&input) {
                    *out += x / FFT as f32;
                }
            }
        }
        out.drain(..HOP);
        out.truncate(count * HOP);
        out
    }

    /// The samples around the centre of frame `t`, zeros beyond both ends.
    fn windowed(&self, source: &[f32], t: usize, input: &mut [f32]) {
        input.fill(0.0);
        for (n, (input, window)) in input.iter_mut().zip(&self.window).enumerate() {
            let sample = (t * HOP + n).checked_sub(HOP).and_then(|at| source.get(at));
            *input = sample.map_or(0.0, |sample| sample * window);
        }
    }
}

/// Multiplies by the filter with these logarithms and then phases.
fn filter(spectrum: &mut [Complex<f32>], filter: &[f32]) {
    let (logarithms, phases) = filter.split_at(BINS);
    for ((bin, logarithm), phase) in spectrum.iter_mut().zip(logarithms).zip(phases) {
        let (sin, cos) = phase.sin_cos();
        *bin *= Complex::new(cos, sin) * logarithm.exp();
    }
}

/// Cosines of equal size at all multiples of the pitch, phase zero at the start; both inputs go in
/// straight lines from frame to frame.
fn excitation(pitch: &[f32], gate: &[f32]) -> Vec<f32> {
    let mut phase = 0.0f64;
    let line = |values: &[f32], t: usize, part: f64| {
        let next = f64::from(values[(t + 1).min(values.len() - 1)]);
        let this = f64::from(values[t]);
        this + (next - this) * part
    };
    let sample = |n: usize| {
        let (t, part) = (n / HOP, (n % HOP) as f64 / HOP as f64);
        let pitch = line(pitch, t, part);
        phase = (phase + pitch / f64::from(SAMPLE_RATE)).fract();
        let gate = line(gate, t, part);
        if gate == 0.0 {
            return 0.0;
        }
        let angle = TAU * phase;
        let highest = TOP / pitch;
        let whole = highest.floor();
        // The cosines 1 to `whole` in closed form, and the next one fading in, so that nothing jumps as
        // the pitch moves.
        let half = (angle / 2.0).sin();
        let closed = if half.abs() < 1e-6 {
            whole
        } else {
            ((whole + 0.5) * angle).sin() / (2.0 * half) - 0.5
        };
        let sum = closed + (highest - whole) * ((whole + 1.0) * angle).cos();
        (gate * (2.0 / highest).sqrt() * sum) as f32
    };
    (0..pitch.len() * HOP).map(sample).collect()
}

fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

/// How much each of the bands, evenly spaced in mel from 0 to half the sample rate, counts for each
/// bin: straight lines between their centres.
fn magnitudes(bands: usize) -> Vec<[f64; BINS]> {
    let rate = f64::from(SAMPLE_RATE);
    let weight = |band: usize, bin: usize| {
        let place = mel(bin as f64 * rate / FFT as f64) / mel(rate / 2.0) * (bands - 1) as f64;
        (1.0 - (place - band as f64).abs()).max(0.0)
    };
    (0..bands).map(|band| std::array::from_fn(|bin| weight(band, bin))).collect()
}

/// The minimum phase that belongs to each of the magnitudes' logarithms: the transform of their
/// cepstrum with its second half folded onto the first (Oppenheim and Schafer, *Discrete-Time Signal
/// Processing*, chapter 13).
fn phases(magnitudes: &[[f64; BINS]]) -> Vec<[f64; BINS]> {
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(FFT), planner.plan_fft_inverse(FFT));
    let mut cepstrum = inverse.make_output_vec();
    let mut spectrum = forward.make_output_vec();
    let of = |logarithms: &[f64; BINS]| {
        for (bin, &logarithm) in spectrum.iter_mut().zip(logarithms) {
            *bin = Complex::new(logarithm / FFT as f64, 0.0);
        }
        let done = inverse.process(&mut spectrum, &mut cepstrum);
        debug_assert!(done.is_ok());
        cepstrum[1..FFT / 2].iter_mut().for_each(|x| *x *= 2.0);
        cepstrum[FFT / 2 + 1..].fill(0.0);
        let done = forward.process(&mut cepstrum, &mut spectrum);
        debug_assert!(done.is_ok());
        std::array::from_fn(|bin| spectrum[bin].im)
    };
    magnitudes.iter().map(of).collect()
}
