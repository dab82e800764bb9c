//! The one monotonic clock of a pipeline.

mod alarm;

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment: time since the pipeline's clock started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The moment that the clock started.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// `since` after the clock started.
    pub const fn from_start(since: Duration) -> Self {
        Self(since)
    }

    /// Milliseconds after the clock started.
    pub const fn from_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// Time since the clock started.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// Time from `earlier` to this moment, zero if that is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds from `earlier` to this moment, negative if that is later.
    pub fn millis_since(self, earlier: Self) -> f64 {
        (self.0.as_secs_f64() - earlier.0.as_secs_f64()) * 1e3
    }

    /// This moment moved by `samples` at `rate` samples a second.
    pub fn plus_samples(self, samples: u64, rate: u32) -> Self {
        self + samples_to_duration(samples, rate)
    }

    /// Whole samples at `rate` from the start of the clock to this moment, rounded to the nearest.
    pub fn to_samples(self, rate: u32) -> u64 {
        let scaled = self.0.as_nanos() * u128::from(rate) + 500_000_000;
        u64::try_from(scaled / 1_000_000_000).unwrap_or(u64::MAX)
    }
}

/// How long `samples` at `rate` samples a second last.
pub fn samples_to_duration(samples: u64, rate: u32) -> Duration {
    let nanos = u128::from(samples) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(by))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}

/// Reads the pipeline's time, and waits for moments of it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: tokio::time::Instant,
    is_real: bool,
}

impl Clock {
    /// Starts a clock at [`Time::ZERO`] that is tokio's: under a paused one it stands still with it,
    /// and waits come up to 2 ms late.
    pub fn start() -> Self {
        Self { start: tokio::time::Instant::now(), is_real: false }
    }

    /// Starts a clock at [`Time::ZERO`] that is the operating system's, whatever becomes of tokio's;
    /// waits come about 0.1 ms late.
    pub fn start_real() -> Self {
        Self { start: std::time::Instant::now().into(), is_real: true }
    }

    /// The time now.
    pub fn now(&self) -> Time {
        if self.is_real {
            return self.at(std::time::Instant::now());
        }
        Time(self.start.elapsed())
    }

    /// The time now or at an instant of the operating system's monotonic clock, for stamps taken
    /// in device callbacks.
    pub fn at(&self, instant: std::time::Instant) -> Time {
        Time(instant.saturating_duration_since(self.start.into_std()))
    }

    /// The time now, which is `instant` on the operating system's clock.
    pub(crate) fn now_at(&self, instant: std::time::Instant) -> Time {
        if self.is_real { self.at(instant) } else { self.now() }
    }

    /// Waits until `time`.
    pub async fn sleep_until(&self, time: Time) {
        let at = self.start + time.0;
        match self.is_real.then(alarm::Alarm::get).flatten() {
            Some(alarm) => alarm.sleep_until(at.into_std()).await,
            None => tokio::time::sleep_until(at).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_time_agree_for_hours() {
        for rate in [8_000, 16_000, 22_050, 44_100, 48_000] {
            for samples in [0, 1, 319, 320, 12_345, u64::from(rate) * 3600 * 5 + 7] {
                let time = Time::ZERO.plus_samples(samples, rate);
                assert_eq!(time.to_samples(rate), samples, "{samples} at {rate}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_stops_the_one_that_is_tokios_and_not_the_real_one() {
        let (paused, real) = (Clock::start(), Clock::start_real());
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(paused.now(), Time::from_millis(3_600_000));
        assert!(real.now() < Time::from_millis(3_600_000));
        let soon = real.now() + Duration::from_millis(1);
        real.sleep_until(soon).await;
        assert!(real.now() >= soon);
    }
}
