//! The tone that the generator shapes: a sine at the melody's frequency with overtones where a voice
//! sounds, noise where none does.

use std::f32::consts::PI;

use super::noise::Noise;
use super::weights::Weights;
use crate::Result;

/// The sample rate that the reference's tone is for.
const RATE: f32 = 24_000.0;
/// The tone and its overtones.
pub(super) const TONES: usize = 9;
const AMPLITUDE: f32 = 0.1;
const NOISE: f32 = 0.003;
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
        let mix = weights.tensor(&name("weight"), &[1, TONES])?.flatten_all()?.to_vec1()?;
        let bias = weights.tensor(&name("bias"), &[1])?.to_vec1::<f32>()?[0];
        Ok(Self { mix, bias, scale })
    }

    /// Samples at 24 kHz, `scale` for each value of `pitch` in Hz.
    ///
    /// The phase is rounded as the reference rounds it, which fuses one multiplication with the sum: a
    /// large phase in single precision is coarse enough for another rounding to be another wave.
    pub(super) fn wave(&self, pitch: &[f32], noise: &mut Noise) -> Result<Vec<f32>> {
        let phases: [Vec<f32>; TONES] =
            std::array::from_fn(|tone| self.phases(pitch, (tone + 1) as f32));
        let mut draws = [0.0; 2 * TONES];
        let mut wave = Vec::with_capacity(pitch.len() * self.scale);
        let step = 1.0 / self.scale as f32;
        for sample in 0..pitch.len() * self.scale {
            // Draws come in pairs of normal numbers, and the tones are an odd number.
            if sample % 2 == 0 {
                let last = sample + 1 == pitch.len() * self.scale;
                noise.fill(&mut draws[..if last { TONES } else { 2 * TONES }])?;
            }
            let draws = &draws[(sample % 2) * TONES..][..TONES];
            let is_voiced = pitch[sample / self.scale] > VOICED;
            let amplitude = if is_voiced { NOISE } else { AMPLITUDE / 3.0 };
            let at = (step * (sample as f32 + 0.5) - 0.5).max(0.0);
            let left = (at as usize).min(pitch.len() - 1);
            let right = (left + 1).min(pitch.len() - 1);
            let part = at - left as f32;
            let mut sum = 0.0;
            for ((phases, draw), mix) in phases.iter().zip(draws).zip(&self.mix) {
                let mut value = amplitude * draw;
                if is_voiced {
                    let rest = f64::from(part * phases[right]);
                    let phase = f64::from(1.0 - part) * f64::from(phases[left]) + rest;
                    value += (phase as f32).sin() * AMPLITUDE;
                }
                sum += value * mix;
            }
            wave.push((sum + self.bias).tanh());
        }
        Ok(wave)
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
