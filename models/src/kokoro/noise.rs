//! The noise that the source of a voice is mixed with.

use std::f32::consts::TAU;

use super::functions::{cos, ln, sin};
use crate::ops::lanes::multiversion;
use crate::random::SplitMix64;
use crate::{Error, Result};

/// Pairs of numbers that are drawn at a time.
const PAIRS: usize = 256;

/// Normally distributed numbers, drawn or given.
///
/// The reference also draws a phase for each overtone, but adds it to a moment that its resampling
/// leaves out, so that it is never heard.
#[derive(Clone, Debug)]
pub struct Noise(Source);

#[derive(Clone, Debug)]
enum Source {
    Drawn(SplitMix64),
    Given(std::vec::IntoIter<f32>),
}

impl Noise {
    /// Numbers that a seed decides.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Drawn(SplitMix64::new(seed)))
    }

    /// Numbers from elsewhere: for every sample, one for the tone and one for each of 8 overtones.
    pub fn given(numbers: Vec<f32>) -> Self {
        Self(Source::Given(numbers.into_iter()))
    }

    /// Fills `out` with the next numbers.
    pub(super) fn fill(&mut self, out: &mut [f32]) -> Result<()> {
        match &mut self.0 {
            Source::Given(numbers) => {
                let (wanted, left) = (out.len(), numbers.len());
                if left < wanted {
                    return Err(Error::Input(format!(
                        "{left} numbers of noise are left; {wanted} are expected"
                    )));
                }
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
            }
            Source::Drawn(random) => {
                let (mut radii, mut angles) = ([0.0; PAIRS], [0.0; PAIRS]);
                let mut numbers = [0.0; 2 * PAIRS];
                let unit = |bits: u64| bits as f32 / (1u32 << 24) as f32;
                for out in out.chunks_mut(2 * PAIRS) {
                    for (radius, angle) in radii.iter_mut().zip(&mut angles) {
                        let bits = random.bits();
                        // Never zero, of which there is no logarithm.
                        *radius = unit((bits >> 40) + 1);
                        *angle = unit(bits & 0xff_ffff) * TAU;
                    }
                    normal(&radii, &angles, &mut numbers);
                    out.copy_from_slice(&numbers[..out.len()]);
                }
            }
        }
        Ok(())
    }
}

multiversion! {
    /// Two independent normal numbers of two uniform ones each, by the transform of Box and Muller.
    fn normal<I>(radii: &[f32; PAIRS], angles: &[f32; PAIRS], out: &mut [f32; 2 * PAIRS]) {
        let (first, second) = out.split_at_mut(PAIRS);
        for i in 0..PAIRS {
            let radius = (-2.0 * ln::<I>(radii[i])).sqrt();
            first[i] = radius * cos::<I>(angles[i]);
            second[i] = radius * sin::<I>(angles[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_numbers_are_normal() {
        let mut numbers = vec![0.0; 100_001];
        Noise::seeded(3).fill(&mut numbers).unwrap();
        let mean = |power: i32| {
            numbers.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / numbers.len() as f64
        };
        // Four standard errors each.
        assert!(mean(1).abs() < 0.013, "{}", mean(1));
        assert!((mean(2) - 1.0).abs() < 0.018, "{}", mean(2));
        assert!(mean(3).abs() < 0.05, "{}", mean(3));
        assert!((mean(4) - 3.0).abs() < 0.13, "{}", mean(4));
        let beyond = numbers.iter().filter(|x| x.abs() > 2.0).count() as f64;
        assert!((beyond / numbers.len() as f64 - 0.0455).abs() < 0.003);
    }
}
