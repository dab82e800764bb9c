//! The tone that the generator shapes: a sine at the melody's frequency with overtones where a voice
//! sounds, noise where none does.
//!
//! Of noise it takes, for every sample, a number for the tone and one for each of 8 overtones. The
//! reference also draws a phase for each overtone, but adds it to a moment that its resampling
//! leaves out, so that it is never heard.

use std::f32::consts::PI;
use std::f64::consts::TAU;

use super::weights::Weights;
use crate::Result;
use crate::ops::functions::sin;
use crate::ops::lanes::multiversion;
use crate::ops::pool;
use crate::random::Noise;

/// The sample rate that the reference's tone is for.
const RATE: f32 = 24_000.0;
/// The tone and its overtones.
pub(super) const TONES: usize = 9;
const AMPLITUDE: f32 = 0.1;
const NOISE: f32 = 0.003;
/// Samples that one thread makes at a time.
const BLOCK: usize = 2048;
/// In Hz; nothing is voiced below.
const VOICED: f32 = 10.0;

pub(super) struct Source {
    mix: Vec<f32>,
    bias: f32,
    /// Samples for each value of the melody.
    scale: usize,
}

impl Source {
    pub(super) fn load(weights: &Weights, scale: usize) -> Result<Self> {
        let name = |part: &str| format!("decoder.generator.m_source.l_linear.{part}");
        let mix = weights.values(&name("weight"), &[1, TONES])?;
        let bias = weights.values(&name("bias"), &[1])?[0];
        Ok(Self { mix, bias, scale })
    }

    /// Samples at 24 kHz, `scale` for each value of `pitch` in Hz.
    pub(super) fn wave(&self, pitch: &[f32], noise: &mut Noise) -> Result<Vec<f32>> {
        let phases: [Vec<f32>; TONES] =
            std::array::from_fn(|tone| self.phases(pitch, (tone + 1) as f32));
        let mut wave = vec![0.0; pitch.len() * self.scale];
        let mut draws = vec![0.0; wave.len() * TONES];
        noise.fill(&mut draws)?;
        pool::chunks_mut(&mut wave, BLOCK, |block, wave| {
            let first = block * BLOCK;
            for (draws, out) in draws[first * TONES..].chunks_exact(TONES).zip(&mut *wave) {
                *out = draws.iter().zip(&self.mix).map(|(draw, mix)| draw * mix).sum();
            }
            self.add_tones(pitch, &phases, first, wave);
            wave.iter_mut().for_each(|x| *x = (*x + self.bias).tanh());
        });
        Ok(wave)
    }

    /// Scales the noise in `wave`, which begins with sample `first`, and adds the tones.
    fn add_tones(&self, pitch: &[f32], phases: &[Vec<f32>; TONES], first: usize, wave: &mut [f32]) {
        let last = pitch.len() - 1;
        let step = 1.0 / self.scale as f32;
        let mut lefts = vec![0; wave.len()];
        let mut parts = vec![0.0; wave.len()];
        let mut voiced = vec![0.0; wave.len()];
        for (i, out) in wave.iter_mut().enumerate() {
            let sample = first + i;
            let at = (step * (sample as f32 + 0.5) - 0.5).max(0.0);
            lefts[i] = (at as usize).min(last);
            parts[i] = at - lefts[i] as f32;
            let is_voiced = pitch[sample / self.scale] > VOICED;
            voiced[i] = if is_voiced { AMPLITUDE } else { 0.0 };
            *out *= if is_voiced { NOISE } else { AMPLITUDE / 3.0 };
        }
        let mut from = 0;
        for run in lefts.chunk_by(|a, b| a == b) {
            let range = from..from + run.len();
            from = range.end;
            if voiced[range.clone()].iter().all(|&voiced| voiced == 0.0) {
                continue;
            }
            for (phases, mix) in phases.iter().zip(&self.mix) {
                let ends = [phases[run[0]], phases[(run[0] + 1).min(last)]];
                let (parts, voiced) = (&parts[range.clone()], &voiced[range.clone()]);
                add_tone(parts, voiced, ends, *mix, &mut wave[range.clone()]);
            }
        }
    }

    /// The phase of a tone at each value of the melody, in radians.
    fn phases(&self, pitch: &[f32], multiple: f32) -> Vec<f32> {
        let mut sum = 0.0f64;
        pitch
            .iter()
            .map(|hertz| {
                sum += f64::from((hertz * multiple / RATE).rem_euclid(1.0));
                sum as f32 * 2.0 * PI * self.scale as f32
            })
            .collect()
    }
}

multiversion! {
    /// Adds a tone whose phase goes from one end to the other.
    ///
    /// The phase is rounded as the reference rounds it, which fuses one multiplication with the sum: a
    /// large phase in single precision is coarse enough for another rounding to be another wave.
    fn add_tone<I>(parts: &[f32], voiced: &[f32], ends: [f32; 2], mix: f32, wave: &mut [f32]) {
        for ((part, voiced), out) in parts.iter().zip(voiced).zip(wave) {
            let rest = f64::from(part * ends[1]);
            let phase = (f64::from(1.0 - part) * f64::from(ends[0]) + rest) as f32;
            let turns = (f64::from(phase) * (1.0 / TAU)).round_ties_even();
            let angle = (f64::from(phase) - turns * TAU) as f32;
            *out += sin::<I>(angle) * voiced * mix;
        }
    }
}
