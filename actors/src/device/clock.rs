//! When a frame of a device sounded, from the uneven times of its callbacks.

use std::time::Duration;

use crate::time::Time;

/// Observations that the estimate remembers: at callbacks of 10 ms, two seconds.
const MEMORY: u32 = 200;
/// An observation further off than this, in seconds, counts as this far off: a callback was late.
const LATE: f64 = 0.005;
/// So many observations in a row, each further off than [`JUMP`], are a new truth: the device
/// stood still or lost frames.
const JUMPED: u32 = 10;
/// Seconds.
const JUMP: f64 = 0.03;

/// Follows a device's clock. Its rate is taken as said, and the difference from the pipeline's
/// clock as one that changes slowly.
#[derive(Debug)]
pub(crate) struct SampleClock {
    rate: u32,
    /// Time of the frame 0, in seconds.
    origin: f64,
    observations: u32,
    /// Observations in a row that were far off.
    far: u32,
}

impl SampleClock {
    /// For a device of so many frames a second.
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, origin: 0.0, observations: 0, far: 0 }
    }

    /// The device says that `frame` sounded at `at`.
    pub(crate) fn observe(&mut self, frame: u64, at: Time) {
        let off = at.since_start().as_secs_f64() - self.seconds(frame) - self.origin;
        let settled = self.observations >= MEMORY / 4;
        self.far = if settled && off.abs() > JUMP { self.far + 1 } else { 0 };
        if self.observations == 0 || self.far >= JUMPED {
            self.origin += off;
            (self.observations, self.far) = (1, 0);
            return;
        }
        self.observations = (self.observations + 1).min(MEMORY);
        let off = if settled { off.clamp(-LATE, LATE) } else { off };
        self.origin += off / f64::from(self.observations);
    }

    /// How many observations the estimate rests on.
    pub(crate) fn observations(&self) -> u32 {
        self.observations
    }

    /// When a frame sounds.
    pub(crate) fn time_of(&self, frame: u64) -> Time {
        let seconds = (self.origin + self.seconds(frame)).max(0.0);
        Time::from_start(Duration::from_secs_f64(seconds))
    }

    fn seconds(&self, frame: u64) -> f64 {
        frame as f64 / f64::from(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs callbacks of 480 frames at 48 kHz on a device that is fast by so many parts of a
    /// million, with times off by up to `jitter` seconds; the greatest error after a second.
    fn follow(seconds: u64, ppm: f64, jitter: f64) -> f64 {
        let mut clock = SampleClock::new(48_000);
        let mut worst: f64 = 0.0;
        let mut random = 12_345_u32;
        for block in 0..seconds * 100 {
            let truth = 1.0 + block as f64 * 0.01 / (1.0 + ppm / 1e6);
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (f64::from(random) / f64::from(u32::MAX) - 0.5) * 2.0 * jitter;
            let at = Time::from_start(Duration::from_secs_f64(truth + noise));
            clock.observe(block * 480, at);
            if block > 100 {
                let said = clock.time_of(block * 480).since_start().as_secs_f64();
                worst = worst.max((said - truth).abs());
            }
        }
        worst
    }

    #[test]
    fn jitter_is_smoothed_and_drift_followed() {
        assert!(follow(60, 0.0, 0.0) < 1e-9);
        assert!(follow(60, 0.0, 0.004) < 0.001, "{}", follow(60, 0.0, 0.004));
        assert!(follow(3600, 100.0, 0.002) < 0.001, "{}", follow(3600, 100.0, 0.002));
        assert!(follow(3600, -100.0, 0.002) < 0.001);
    }

    #[test]
    fn a_late_callback_is_no_jump_and_a_lost_stretch_is_one() {
        let mut clock = SampleClock::new(48_000);
        let at = |ms: u64| Time::from_millis(1000 + ms);
        for block in 0..100 {
            clock.observe(block * 480, at(block * 10));
        }
        clock.observe(100 * 480, at(1400));
        let off = clock.time_of(0).millis_since(at(0));
        assert!(off.abs() < 0.1, "{off}");
        for block in 101..120 {
            clock.observe(block * 480, at(block * 10 + 200));
        }
        let off = clock.time_of(0).millis_since(at(200));
        assert!(off.abs() < 0.1, "{off}");
    }
}
