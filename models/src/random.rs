//! Random numbers that stay the same on every machine and with every version of every library.

use std::f32::consts::TAU;

use crate::ops::functions::{cos, ln, sin};
use crate::ops::lanes::multiversion;
use crate::{Error, Result};

/// Pairs of normal numbers that are drawn at a time.
const PAIRS: usize = 256;

/// SplitMix64 (Steele, Lea and Flood 2014, <https://doi.org/10.1145/2714064.2660195>).
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The numbers of that seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from zero to, not including, one.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Normally distributed numbers, drawn or given.
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

    /// These numbers, such as a reference used.
    pub fn given(numbers: Vec<f32>) -> Self {
        Self(Source::Given(numbers.into_iter()))
    }

    /// Fills `out` with the next numbers. Drawn ones come 512 at a time, of which what is not asked
    /// for is left out.
    ///
    /// # Errors
    /// [`Error::Input`] when the given numbers have run out.
    pub fn fill(&mut self, out: &mut [f32]) -> Result<()> {
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
    /// Two independent normal numbers of two uniform ones each (Box and Muller 1958,
    /// <https://doi.org/10.1214/aoms/1177706645>).
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
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn splitmix_follows_its_definition() {
        // The first numbers for seed 1234567 in the reference implementation
        // (<https://prng.di.unimi.it/splitmix64.c>).
        let mut random = SplitMix64::new(1_234_567);
        let found = [random.bits(), random.bits(), random.bits()];
        let expected =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(found, expected);
    }

    #[test]
    fn noise_has_mean_zero_and_variance_one() {
        let mut numbers = vec![0.0; 100_001];
        Noise::seeded(3).fill(&mut numbers).unwrap();
        let mean = numbers.iter().sum::<f32>() / numbers.len() as f32;
        let squares = numbers.iter().map(|x| x * x).sum::<f32>() / numbers.len() as f32;
        // Five standard errors of each.
        assert!(mean.abs() < 0.016, "{mean}");
        assert!((squares - 1.0).abs() < 0.023, "{squares}");
        let beyond = numbers.iter().filter(|x| x.abs() > 1.96).count() as f32;
        assert!((beyond / numbers.len() as f32 - 0.05).abs() < 0.0035, "{beyond}");
    }

    #[test]
    fn given_noise_runs_out_with_a_message() {
        let mut noise = Noise::given(vec![1.0, 2.0, 3.0]);
        let mut out = [0.0; 2];
        noise.fill(&mut out).unwrap();
        assert_eq!(out, [1.0, 2.0]);
        let error = noise.fill(&mut out).unwrap_err().to_string();
        assert_eq!(error, "1 numbers of noise are left; 2 are expected");
    }
}
