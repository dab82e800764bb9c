//! When a device captured a frame, from the uneven times of its callbacks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Time;

/// Observations that the estimate rests on: at callbacks of 10 ms, half a second.
const MEMORY: usize = 50;

/// Follows a device's clock. Its rate is taken as said, and the difference from the pipeline's
/// clock as the middle of the last ones seen: callbacks that come late do not move it, and it
/// follows a device that drifts, lost frames or stood still. What a device says is believed before
/// what was guessed.
#[derive(Debug)]
pub(crate) struct SampleClock {
    rate: u32,
    /// Times of the frame 0 that the last observations speak for, in seconds, oldest first.
    origins: VecDeque<f64>,
    /// Whether the device said them.
    said: bool,
    origin: f64,
}

impl SampleClock {
    /// For a device of so many frames a second.
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, origins: VecDeque::new(), said: false, origin: 0.0 }
    }

    /// `frame` was captured at `at`, as the device `said` or as was guessed.
    pub(crate) fn observe(&mut self, frame: u64, at: Time, said: bool) {
        if self.said && !said {
            return;
        }
        if self.said != said {
            self.origins.clear();
            self.said = true;
        }
        if self.origins.len() == MEMORY {
            self.origins.pop_front();
        }
        self.origins.push_back(at.since_start().as_secs_f64() - self.seconds(frame));
        let mut sorted: Vec<f64> = self.origins.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        // The middle half: less uneven than the one in the middle.
        let middle = &sorted[sorted.len() / 4..sorted.len() - sorted.len() / 4];
        self.origin = middle.iter().sum::<f64>() / middle.len() as f64;
    }

    /// Forgets what was observed: the device stood still or lost frames.
    pub(crate) fn restart(&mut self) {
        self.origins.clear();
        self.said = false;
    }

    /// How many observations the estimate rests on.
    pub(crate) fn observations(&self) -> usize {
        self.origins.len()
    }

    /// When a frame was captured.
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
            clock.observe(block * 480, at, true);
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
        assert!(follow(60, 0.0, 0.004) < 0.002, "{}", follow(60, 0.0, 0.004));
        assert!(follow(600, 100.0, 0.002) < 0.001, "{}", follow(600, 100.0, 0.002));
        assert!(follow(600, -100.0, 0.002) < 0.001);
    }

    #[test]
    fn a_late_callback_is_no_jump_and_a_lost_stretch_is_one() {
        let mut clock = SampleClock::new(48_000);
        let at = |ms: u64| Time::from_millis(1000 + ms);
        for block in 0..100 {
            clock.observe(block * 480, at(block * 10), true);
        }
        clock.observe(100 * 480, at(1400), true);
        let off = clock.time_of(0).millis_since(at(0));
        assert!(off.abs() < 0.1, "{off}");
        for block in 101..160 {
            clock.observe(block * 480, at(block * 10 + 200), true);
        }
        let off = clock.time_of(0).millis_since(at(200));
        assert!(off.abs() < 0.1, "{off}");
    }

    #[test]
    fn what_is_guessed_counts_until_the_device_says_something() {
        let mut clock = SampleClock::new(48_000);
        let off = |clock: &SampleClock| clock.time_of(0).millis_since(Time::from_millis(1000));
        clock.observe(0, Time::from_millis(1060), false);
        assert_eq!(off(&clock).round(), 60.0);
        clock.observe(480, Time::from_millis(1010), true);
        clock.observe(960, Time::from_millis(1100), false);
        assert_eq!((off(&clock).round(), clock.observations()), (0.0, 1));
    }
}
