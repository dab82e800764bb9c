//! How speech sounds at its end: where the pitch goes, whether the voice fades, whether the last
//! syllable is drawn out.
//!
//! Statements tend to fall to the bottom of the speaker's range and fade; a pause inside a sentence
//! follows pitch that is level or rises a little, with a voice that stays up.

mod pitch;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use pitch::Pitch;

/// Samples a second.
pub const RATE: u32 = 16_000;
/// Samples from one frame to the next: 16 ms at 16 kHz.
pub const HOP: usize = 256;
/// Frames that are kept: ten seconds of speech, for what is usual for the speaker.
const KEPT: usize = 625;
/// The last frames of speech whose pitch and level count as its end: 200 ms.
const END: u64 = 200 * (RATE as u64) / 1_000;
/// The last part of speech whose pitch gives the slope: 350 ms, about two syllables.
const SLOPE: u64 = 350 * (RATE as u64) / 1_000;
/// Voiced frames that a slope is drawn through.
const SLOPE_FRAMES: usize = 6;
/// Voiced frames that show what is usual for the speaker: 320 ms.
const USUAL_FRAMES: usize = 20;
/// Frames without pitch inside a voiced sound: 32 ms.
const BRIDGED: u64 = 2 * HOP as u64;

/// How the last second before a pause sounded. What cannot be told is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prosody {
    /// Seconds of speech since the pause before.
    pub speech: f32,
    /// Pitch at the end against the speaker's usual pitch, in semitones.
    pub register: Option<f32>,
    /// Slope of the pitch over the end, in semitones a second.
    pub slope: Option<f32>,
    /// Level at the end against the usual level of voiced sound, in dB.
    pub fade: Option<f32>,
    /// Length of the last voiced sound against those before, as a natural logarithm.
    pub lengthening: Option<f32>,
}

/// One frame of speech.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Number of the sample in its middle.
    at: u64,
    /// In semitones over 55 Hz, where the sound is voiced.
    pitch: Option<f32>,
    /// In dBFS.
    level: f32,
}

/// Follows a voice, frame by frame.
#[derive(Debug, Default)]
pub struct Voice {
    pitch: Pitch,
    frames: VecDeque<Frame>,
}

impl Voice {
    /// Takes the next [`HOP`] samples of speech at 16 kHz; `end` is the number of the sample after
    /// them. Numbers that jump begin speech anew; those heard before are heard anew.
    pub fn push(&mut self, samples: &[f32], end: u64) {
        let (pitch, level, middle) = self.pitch.next(samples, end);
        while self.frames.back().is_some_and(|last| last.at >= middle) {
            self.frames.pop_back();
        }
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back(Frame { at: middle, pitch, level });
    }

    /// How the speech from sample `start` to before `end` sounded at its end.
    pub fn prosody(&self, start: u64, end: u64) -> Prosody {
        let usual: Vec<Frame> = self.frames.iter().filter(|it| it.at < end).copied().collect();
        let last: Vec<Frame> = usual.iter().filter(|it| it.at >= start).copied().collect();
        Prosody {
            speech: end.saturating_sub(start) as f32 / RATE as f32,
            register: register(&usual, &last, end),
            slope: slope(&last, end),
            fade: fade(&usual, &last, end),
            lengthening: lengthening(&usual, end),
        }
    }
}

fn since(frames: &[Frame], from: u64) -> impl Iterator<Item = Frame> {
    frames.iter().filter(move |it| it.at >= from).copied()
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

fn register(usual: &[Frame], last: &[Frame], end: u64) -> Option<f32> {
    let pitches: Vec<f32> = usual.iter().filter_map(|it| it.pitch).collect();
    if pitches.len() < USUAL_FRAMES {
        return None;
    }
    let from = end.saturating_sub(END);
    let at_end = median(since(last, from).filter_map(|it| it.pitch).collect())?;
    Some((at_end - median(pitches)?).clamp(-12.0, 12.0))
}

/// Theil and Sen's slope: the median over all pairs, which single wrong frames do not move.
fn slope(last: &[Frame], end: u64) -> Option<f32> {
    let from = end.saturating_sub(SLOPE);
    let points: Vec<(f32, f32)> =
        since(last, from).filter_map(|it| Some((it.at as f32 / RATE as f32, it.pitch?))).collect();
    if points.len() < SLOPE_FRAMES {
        return None;
    }
    let pairs = points
        .iter()
        .enumerate()
        .flat_map(|(at, a)| points[at + 1..].iter().map(move |b| (b.1 - a.1) / (b.0 - a.0)));
    median(pairs.collect()).map(|slope| slope.clamp(-60.0, 60.0))
}

fn fade(usual: &[Frame], last: &[Frame], end: u64) -> Option<f32> {
    let voiced: Vec<f32> =
        usual.iter().filter(|it| it.pitch.is_some()).map(|it| it.level).collect();
    if voiced.len() < USUAL_FRAMES {
        return None;
    }
    let from = end.saturating_sub(END);
    let levels: Vec<f32> = since(last, from).map(|it| it.level).collect();
    let mean = levels.iter().sum::<f32>() / levels.len().max(1) as f32;
    let usual = median(voiced)?;
    (!levels.is_empty()).then(|| (mean - usual).clamp(-30.0, 10.0))
}

/// Voiced sounds are runs of frames with pitch; the last one is that which ends at the end.
fn lengthening(usual: &[Frame], end: u64) -> Option<f32> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for frame in usual.iter().filter(|it| it.pitch.is_some()) {
        match runs.last_mut() {
            Some((_, to)) if frame.at - *to <= BRIDGED => *to = frame.at,
            _ => runs.push((frame.at, frame.at)),
        }
    }
    let (from, to) = runs.pop()?;
    if runs.len() < 2 || end.saturating_sub(to) > SLOPE {
        return None;
    }
    let length = |(from, to): (u64, u64)| (to - from + HOP as u64) as f32;
    let mean = runs.iter().map(|&run| length(run)).sum::<f32>() / runs.len() as f32;
    Some((length((from, to)) / mean).ln().clamp(-2.0, 2.0))
}
