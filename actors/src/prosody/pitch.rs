//! Pitch by YIN (de Cheveigné and Kawahara 2002), at half the rate.

use super::HOP;

/// Samples of a frame at 8 kHz: 40 ms, two periods of 50 Hz.
const FRAME: usize = 320;
/// The shortest and the longest period at 8 kHz: 400 Hz and 62 Hz.
const SHORTEST: usize = 20;
const LONGEST: usize = 128;
/// Samples that are compared with those a period later.
const WINDOW: usize = FRAME - LONGEST;
/// A dip this low is the period; the first one, so that it is no multiple.
const CLEAR: f32 = 0.15;
/// Sound whose lowest dip is above this has no pitch.
const VOICED: f32 = 0.35;
/// Sound under this has no pitch, in dBFS.
const AUDIBLE: f32 = -60.0;
/// A frame at 16 kHz lies so far behind the newest sample, in its middle.
const BEHIND: u64 = FRAME as u64;

/// The last 40 ms at 8 kHz.
#[derive(Debug)]
pub(super) struct Pitch {
    frame: Vec<f32>,
    /// The sample of the input that comes next, at 16 kHz.
    next: u64,
}

impl Default for Pitch {
    fn default() -> Self {
        Self { frame: vec![0.0; FRAME], next: 0 }
    }
}

impl Pitch {
    /// Pitch in semitones over 55 Hz if there is one, level in dBFS, and the middle of the frame
    /// as a number of a sample at 16 kHz.
    pub(super) fn next(&mut self, samples: &[f32], end: u64) -> (Option<f32>, f32, u64) {
        if end != self.next + samples.len() as u64 {
            self.frame.fill(0.0);
        }
        self.next = end;
        let new = samples.len() / 2;
        self.frame.rotate_left(new.min(FRAME));
        for (place, pair) in self.frame[FRAME - new.min(FRAME)..].iter_mut().zip(samples.chunks(2))
        {
            // Pairs take 3 dB at 4 kHz; pitch lies far below.
            *place = pair.iter().sum::<f32>() / 2.0;
        }
        let recent = &self.frame[FRAME - HOP / 2..];
        let power = recent.iter().map(|x| x * x).sum::<f32>() / recent.len() as f32;
        let level = 10.0 * power.max(1e-10).log10();
        let pitch = (level > AUDIBLE).then(|| period(&self.frame)).flatten();
        let semitones = |period: f32| 12.0 * (8_000.0 / period / 55.0).log2();
        (pitch.map(semitones), level, end.saturating_sub(BEHIND))
    }
}

/// The period of a frame in samples.
fn period(frame: &[f32]) -> Option<f32> {
    let mut dips = [1.0_f32; LONGEST + 1];
    let mut sum = 0.0;
    for lag in 1..=LONGEST {
        let (first, second) = (&frame[..WINDOW], &frame[lag..lag + WINDOW]);
        let difference: f32 = first.iter().zip(second).map(|(a, b)| (a - b) * (a - b)).sum();
        sum += difference;
        dips[lag] = if sum > 0.0 { difference * lag as f32 / sum } else { 1.0 };
    }
    let is_dip =
        |lag: usize| dips[lag] <= dips[lag - 1] && (lag == LONGEST || dips[lag] < dips[lag + 1]);
    let candidates = || (SHORTEST..=LONGEST).filter(|&lag| is_dip(lag));
    let lowest = || candidates().min_by(|&a, &b| dips[a].total_cmp(&dips[b]));
    let lag = candidates().find(|&lag| dips[lag] < CLEAR).or_else(lowest)?;
    if dips[lag] > VOICED {
        return None;
    }
    if lag == LONGEST {
        return Some(lag as f32);
    }
    // The vertex of a parabola through the dip and its neighbours.
    let (left, middle, right) = (dips[lag - 1], dips[lag], dips[lag + 1]);
    let bend = left - 2.0 * middle + right;
    let shift = if bend > 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    Some(lag as f32 + shift)
}
