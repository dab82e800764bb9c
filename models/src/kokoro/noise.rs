//! The noise that the source of a voice is mixed with.

use crate::random::SplitMix64;
use crate::{Error, Result};

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

    /// Fills `out`, of even length, with the next numbers.
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
                for pair in out.chunks_mut(2) {
                    let both = normal_pair(random);
                    pair.copy_from_slice(&both[..pair.len()]);
                }
            }
        }
        Ok(())
    }
}

/// Two independent normal numbers, by the transform of Box and Muller.
fn normal_pair(random: &mut SplitMix64) -> [f32; 2] {
    let bits = random.bits();
    // Never zero, of which there is no logarithm.
    let radius = ((bits >> 40) as f32 + 1.0) / (1u32 << 24) as f32;
    let angle = ((bits & 0xff_ffff) as f32 / (1u32 << 24) as f32) * std::f32::consts::TAU;
    let radius = (-2.0 * radius.ln()).sqrt();
    let (sin, cos) = angle.sin_cos();
    [radius * cos, radius * sin]
}
