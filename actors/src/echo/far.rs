//! What the loudspeaker played, by the pipeline's clock.

use std::collections::VecDeque;

use super::RATE;
use crate::frame::Audio;
use crate::tape::track::Track;

/// Most that is kept, in samples: five seconds, more than any device is ahead.
const MOST: u64 = 5 * RATE as u64;

/// The loudspeaker's sound from the next sample to be read on; silence where there was none.
#[derive(Debug)]
pub(super) struct FarLine {
    track: Track,
    /// Place of the next sample to be read: samples since the clock started.
    next: u64,
    samples: VecDeque<f32>,
    /// Samples that came after their place had been read.
    late: u64,
}

/// How a piece of the loudspeaker's sound came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Arrival {
    /// How much it is, in samples.
    pub(super) samples: u64,
    /// How much of it came too late to be read, in samples.
    pub(super) late: u64,
    /// How far ahead of being read it came, in samples, if there was anything.
    pub(super) ahead: Option<u64>,
}

impl FarLine {
    pub(super) fn new() -> Self {
        Self { track: Track::new(RATE), next: 0, samples: VecDeque::new(), late: 0 }
    }

    /// Takes what sounded.
    pub(super) fn take(&mut self, audio: &Audio) -> antiphon_models::Result<Arrival> {
        let (before, mut arrival) = (self.late, Arrival::default());
        for (start, samples) in self.track.take(audio)? {
            let ahead = start.saturating_sub(self.next);
            arrival.ahead = Some(arrival.ahead.map_or(ahead, |least| least.min(ahead)));
            arrival.samples += samples.len() as u64;
            self.put(start, &samples);
        }
        arrival.late = self.late - before;
        Ok(arrival)
    }

    fn put(&mut self, start: u64, samples: &[f32]) {
        let late = usize::try_from(self.next.saturating_sub(start)).unwrap_or(usize::MAX);
        let late = late.min(samples.len());
        self.late += late as u64;
        let place = start.max(self.next) - self.next;
        let samples = &samples[late..];
        if place + samples.len() as u64 > MOST {
            return;
        }
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if self.samples.len() < place + samples.len() {
            self.samples.resize(place + samples.len(), 0.0);
        }
        for (old, new) in self.samples.iter_mut().skip(place).zip(samples) {
            *old = *new;
        }
    }

    /// Reads the samples from the place `from` on into `out`. What is before `from` is forgotten,
    /// and what was read before is silent now.
    pub(super) fn read(&mut self, from: i64, out: &mut [f32]) {
        out.fill(0.0);
        let end = from + out.len() as i64;
        let Ok(end) = u64::try_from(end) else { return };
        let from = u64::try_from(from).unwrap_or(0).max(self.next);
        if end <= from {
            return;
        }
        let skip = usize::try_from(from - self.next).unwrap_or(usize::MAX).min(self.samples.len());
        self.samples.drain(..skip);
        let count = usize::try_from(end - from).unwrap_or(0);
        let offset = out.len() - count;
        let count = count.min(self.samples.len());
        for (out, sample) in out[offset..].iter_mut().zip(self.samples.drain(..count)) {
            *out = sample;
        }
        self.next = end;
    }

    /// How much came too late to be of use, in samples.
    pub(super) fn late(&self) -> u64 {
        self.late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    /// Ten samples of the line from each of those places, when it was given samples of value one
    /// at those places before each read.
    fn check(steps: &[(&[(u64, usize)], i64)], expected: &[&str], late: u64) {
        let mut line = FarLine::new();
        let mut read = Vec::new();
        for (puts, from) in steps {
            for (start, len) in *puts {
                let samples = vec![1.0; *len].into();
                let at = Time::ZERO.plus_samples(*start, RATE);
                line.take(&Audio { samples, rate: RATE, at }).unwrap();
            }
            let mut out = [9.0; 10];
            line.read(*from, &mut out);
            read.push(out.map(|x| if x == 0.0 { '.' } else { '1' }).iter().collect::<String>());
        }
        assert_eq!(read, expected);
        assert_eq!(line.late(), late);
    }

    #[test]
    fn sound_stands_where_it_sounded() {
        check(&[(&[(5, 10)], 0), (&[], 10)], &[".....11111", "11111....."], 0);
        check(&[(&[(0, 3), (8, 2)], 0)], &["111.....11"], 0);
        check(&[(&[], 0), (&[(8, 4)], 10)], &["..........", "11........"], 2);
        check(&[(&[], 0), (&[(3, 4)], 10)], &["..........", ".........."], 4);
        check(
            &[(&[(0, 30)], -15), (&[], -5), (&[], 5)],
            &["..........", ".....11111", "1111111111"],
            0,
        );
        check(
            &[(&[(0, 100)], 0), (&[], 50), (&[], 45)],
            &["1111111111", "1111111111", ".........."],
            0,
        );
        check(&[(&[(90_000, 5)], 0), (&[], 89_998)], &["..........", ".........."], 0);
        check(&[(&[(70_000, 5)], 0), (&[], 69_998)], &["..........", "..11111..."], 0);
    }
}
