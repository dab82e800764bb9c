//! Cuts the silence around the speech of a chunk.

use std::time::Duration;

use crate::time::samples_to_duration;

/// -50 dBFS: what is quieter is silence.
pub(super) const SILENCE: f32 = 0.003_162_3;
/// Silence kept before the first sound: as long as a consonant takes to rise to what is loud. All of
/// it is dead air.
const LEAD: Duration = Duration::from_millis(5);
/// Silence kept after the last sound of an answer, where it fades away.
pub(super) const EDGE: Duration = Duration::from_millis(20);
/// Silence kept after the last sound of a chunk that another one follows: with the 5 ms before
/// that one it makes 150 ms, a short pause for breath.
pub(super) const PAUSE: Duration = Duration::from_millis(145);

/// The silence of one chunk: cut before and after, kept inside.
#[derive(Debug, Default)]
pub struct Trim {
    begun: bool,
    /// Samples of silence that were cut before the first sound.
    cut: usize,
    /// Silence since the last sound; before the first one no more than will be kept.
    held: Vec<f32>,
}

impl Trim {
    /// Takes samples and gives those that are sure to be kept.
    pub fn push(&mut self, samples: &[f32], rate: u32) -> Vec<f32> {
        let loud = |sample: &f32| sample.abs() >= SILENCE;
        let Some(last) = samples.iter().rposition(loud) else {
            self.held.extend_from_slice(samples);
            if !self.begun {
                self.forget_all_but(count(LEAD, rate));
            }
            return Vec::new();
        };
        if !self.begun {
            self.begun = true;
            let first = samples.iter().position(loud).unwrap_or(last);
            self.held.extend_from_slice(&samples[..first]);
            self.forget_all_but(count(LEAD, rate));
            self.held.extend_from_slice(&samples[first..=last]);
        } else {
            self.held.extend_from_slice(&samples[..=last]);
        }
        std::mem::replace(&mut self.held, samples[last + 1..].to_vec())
    }

    /// Ends the chunk and gives the silence that is kept after it; `end` says that the answer ends.
    pub fn finish(&mut self, end: bool, rate: u32) -> Vec<f32> {
        let mut rest = std::mem::take(&mut self.held);
        if self.begun {
            rest.truncate(count(if end { EDGE } else { PAUSE }, rate));
        } else {
            rest.clear();
        }
        rest
    }

    /// How much silence was cut before the first sound.
    pub fn cut_before(&self, rate: u32) -> Duration {
        samples_to_duration(self.samples_cut(), rate)
    }

    /// How many samples of silence were cut before the first sound.
    pub fn samples_cut(&self) -> u64 {
        self.cut as u64
    }

    fn forget_all_but(&mut self, keep: usize) {
        let count = self.held.len().saturating_sub(keep);
        self.cut += count;
        self.held.drain(..count);
    }
}

pub(super) fn count(time: Duration, rate: u32) -> usize {
    (time.as_millis() as usize * rate as usize) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1000;

    /// Samples: `(milliseconds, loud)`.
    fn sound(parts: &[(usize, bool)]) -> Vec<f32> {
        parts
            .iter()
            .flat_map(|&(ms, loud)| std::iter::repeat_n(if loud { 0.5 } else { 0.001 }, ms))
            .collect()
    }

    #[test]
    fn silence_is_cut_around_and_kept_inside_whatever_the_pieces() {
        let check = |parts: &[(usize, bool)], end: bool, expected: &[(usize, bool)]| {
            let samples = sound(parts);
            let kept = |parts: &[(usize, bool)]| match parts.first() {
                Some((length, false)) if parts.len() > 1 => *length as u64,
                Some(_) | None => 0,
            };
            let before = kept(parts) - kept(expected);
            for piece in [1, 7, 20, 100, 10_000] {
                let mut trim = Trim::default();
                let (mut out, mut cut) = (Vec::new(), None);
                for piece in samples.chunks(piece) {
                    out.extend(trim.push(piece, RATE));
                    cut = cut.or_else(|| (!out.is_empty()).then(|| trim.cut_before(RATE)));
                }
                out.extend(trim.finish(end, RATE));
                assert_eq!(out, sound(expected), "{parts:?} in pieces of {piece}");
                let cut = cut.unwrap_or_default();
                assert_eq!(cut, Duration::from_millis(before), "{parts:?} in pieces of {piece}");
            }
        };
        check(
            &[(300, false), (50, true), (400, false)],
            false,
            &[(5, false), (50, true), (145, false)],
        );
        check(
            &[(300, false), (50, true), (400, false)],
            true,
            &[(5, false), (50, true), (20, false)],
        );
        check(&[(4, false), (50, true), (8, false)], false, &[(4, false), (50, true), (8, false)]);
        check(&[(9, true), (500, false), (9, true)], true, &[(9, true), (500, false), (9, true)]);
        check(&[(500, false)], false, &[]);
        check(&[], true, &[]);
    }
}
