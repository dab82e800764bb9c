//! Makes frames without gaps from what a device captured.

use std::time::Duration;

use antiphon_models::audio::LiveResampler;

use crate::device::{SampleClock, length};
use crate::frame::Audio;
use crate::time::Time;

/// Observations of the device's clock before the first frame: its first callbacks are uneven.
const SETTLED: usize = 10;
/// A time that is off by more than this is set right, a sample at a time.
const TOLERANCE_MS: f64 = 0.25;
/// Beyond this each frame gets or loses a sample, and not only each tenth.
const HURRY_MS: f64 = 2.0;
/// Beyond this silence is put in, or samples are left out, at once.
const GAP_MS: f64 = 20.0;
/// Frames between two samples that are put in or left out.
const RARELY: u32 = 10;
/// The longest silence that is put in.
const LONGEST: Duration = Duration::from_secs(10);

/// Converts what a device captured to frames of one rate and length.
///
/// Frames follow each other to the sample by their times, which is not what the crystal of the
/// device does by the pipeline's clock: the difference, some ten parts of a million, is made good
/// by putting in or leaving out a sample now and then.
#[derive(Debug)]
pub(super) struct Framer {
    from: u32,
    rate: u32,
    frame: usize,
    clock: SampleClock,
    resampler: LiveResampler,
    /// The frame of the device that should come next.
    expected: Option<u64>,
    /// The frame of the device that the resampler took first.
    origin: u64,
    /// Samples that wait for a frame, and how many left before them.
    waiting: Vec<f32>,
    left: u64,
    /// Capture time of the next frame.
    at: Option<Time>,
    /// Frames since a sample was put in or left out.
    since: u32,
}

impl Framer {
    pub(super) fn new(from: u32, rate: u32, frame: usize) -> antiphon_models::Result<Self> {
        Ok(Self {
            from,
            rate,
            frame,
            clock: SampleClock::new(from),
            resampler: LiveResampler::new(from, rate)?,
            expected: None,
            origin: 0,
            waiting: Vec::new(),
            left: 0,
            at: None,
            since: 0,
        })
    }

    /// Takes what the device captured from its frame `position` on, the first at `at`, which it
    /// `said` or which is a guess; how much before it was lost.
    pub(super) fn take(
        &mut self,
        position: u64,
        (at, said): (Time, bool),
        samples: &[f32],
    ) -> Duration {
        self.clock.observe(position, at, said);
        let expected = *self.expected.get_or_insert_with(|| {
            self.origin = position;
            position
        });
        let lost = length(position.saturating_sub(expected), self.from).min(LONGEST);
        if !lost.is_zero() {
            let most = LONGEST.as_secs() * u64::from(self.from);
            let silence = vec![0.0; (position - expected).min(most) as usize];
            self.resampler.push(&silence, &mut self.waiting);
        }
        self.resampler.push(samples, &mut self.waiting);
        self.expected = Some(position + samples.len() as u64);
        lost
    }

    /// The device lost frames, nobody knows how many: its times tell.
    pub(super) fn restart_clock(&mut self) {
        self.clock.restart();
    }

    /// The next frame, if all of it was captured.
    pub(super) fn next_frame(&mut self) -> Option<Audio> {
        if self.at.is_none() && self.clock.observations() < SETTLED {
            return None;
        }
        let truth = self
            .clock
            .time_of(self.origin + self.left * u64::from(self.from) / u64::from(self.rate));
        let at = *self.at.get_or_insert(truth);
        self.set_right(truth.millis_since(at));
        if self.waiting.len() < self.frame {
            return None;
        }
        let samples: Vec<f32> = self.waiting.drain(..self.frame).collect();
        self.left += self.frame as u64;
        let audio = Audio { samples: samples.into(), rate: self.rate, at };
        self.at = Some(audio.end());
        self.since += 1;
        Some(audio)
    }

    /// Puts in or leaves out samples when the next one was captured so much later than its time
    /// says.
    fn set_right(&mut self, late_ms: f64) {
        let off = late_ms.abs();
        let wait = if off > HURRY_MS { 1 } else { RARELY };
        if off < TOLERANCE_MS || self.since < wait || self.waiting.len() < 2 {
            return;
        }
        self.since = 0;
        let many = if off > GAP_MS { (off / 1e3 * f64::from(self.rate)) as usize } else { 1 };
        if late_ms > 0.0 {
            let most = LONGEST.as_secs() as usize * self.rate as usize;
            let filler = if many == 1 { (self.waiting[0] + self.waiting[1]) / 2.0 } else { 0.0 };
            let many = many.min(most);
            self.waiting.splice(1..1, std::iter::repeat_n(filler, many));
            self.left = self.left.saturating_sub(many as u64);
        } else {
            let many = many.min(self.waiting.len() - 1);
            self.waiting.drain(..many);
            self.left += many as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records so many seconds on a device at 48 kHz that is fast by so many parts of a million
    /// and loses what is between; the frames, and how far off their times are in the end, in ms.
    fn record(seconds: u64, ppm: f64, lost: std::ops::Range<u64>) -> (Vec<Audio>, f64) {
        let mut framer = Framer::new(48_000, 16_000, 320).unwrap();
        let mut frames = Vec::new();
        let mut missing = Duration::ZERO;
        let mut off: f64 = 0.0;
        for block in (0..seconds * 100).filter(|block| !lost.contains(block)) {
            let moment = |position: u64| 0.5 + position as f64 / (48_000.0 * (1.0 + ppm / 1e6));
            let at = Time::from_start(Duration::from_secs_f64(moment(block * 480)));
            // A click each second.
            let samples: Vec<f32> = (block * 480..block * 480 + 480)
                .map(|n| if n % 48_000 < 48 { 0.5 } else { 0.0 })
                .collect();
            missing += framer.take(block * 480, (at, true), &samples);
            while let Some(audio) = framer.next_frame() {
                if let Some(n) = audio.samples.iter().position(|sample| *sample > 0.25) {
                    let click = audio.at.plus_samples(n as u64, 16_000).since_start().as_secs_f64();
                    let second = ((click - 0.5) * (1.0 + ppm / 1e6)).round() as u64;
                    let error = (click - moment(second * 48_000)) * 1e3;
                    if second > 0 && error.abs() < 15.0 {
                        off = error;
                    }
                }
                frames.push(audio);
            }
        }
        assert_eq!(missing, Duration::from_millis((lost.end - lost.start) * 10));
        for pair in frames.windows(2) {
            assert_eq!(pair[0].end(), pair[1].at);
        }
        (frames, off)
    }

    #[test]
    fn frames_follow_each_other_and_the_clock() {
        for ppm in [0.0, 80.0, -80.0] {
            let (frames, off) = record(120, ppm, 0..0);
            assert!(off.abs() < 0.7, "{off} ms off at {ppm}");
            assert!(frames.len() > 5_990, "{} frames", frames.len());
        }
    }

    #[test]
    fn what_was_lost_becomes_silence() {
        let (frames, off) = record(10, 0.0, 300..350);
        assert!(off.abs() < 0.7, "{off} ms off");
        assert!(frames.len() > 490, "{} frames", frames.len());
    }

    #[test]
    fn the_cut_into_callbacks_does_not_matter() {
        let check = |cut: usize| {
            let mut framer = Framer::new(44_100, 16_000, 320).unwrap();
            let samples: Vec<f32> = (0..44_100).map(|n| (n as f32 * 0.05).sin()).collect();
            let mut frames = Vec::new();
            let mut position = 0;
            for block in samples.chunks(cut) {
                let at = Time::ZERO.plus_samples(position, 44_100);
                framer.take(position, (at, true), block);
                position += block.len() as u64;
                frames.extend(std::iter::from_fn(|| framer.next_frame()));
            }
            frames.iter().flat_map(|audio| audio.samples.to_vec()).collect::<Vec<_>>()
        };
        let whole = check(441);
        assert_eq!(whole.len(), 15_680);
        assert_eq!(check(100)[..15_680], whole);
        assert_eq!(check(1024)[..15_680], whole);
    }
}
