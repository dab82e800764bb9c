//! Which sample was captured when.

use std::time::Duration;

use crate::time::{Time, samples_to_duration};

/// Stamps this far off are jitter, or the drift of the device's clock.
const JITTER: Duration = Duration::from_millis(15);
/// A gap up to this long is frames that were lost on the way.
const GAP: Duration = Duration::from_millis(200);

/// How a frame follows the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// At once.
    On,
    /// After so many lost samples.
    Gap(u64),
    /// Not at all.
    Afresh,
}

/// The line from the number of a sample to the time that it was captured, through the first
/// sample of the last frame: a device's clock is followed wherever it drifts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    rate: u32,
    anchor: (u64, Time),
}

impl Timeline {
    pub(super) fn new(rate: u32, at: Time) -> Self {
        Self { rate, anchor: (0, at) }
    }

    /// How a frame from `at` on follows samples up to `end`.
    pub(super) fn follows(&self, end: u64, at: Time) -> Follows {
        let due = self.at(end);
        let (late, early) = (at.since(due), due.since(at));
        if late.max(early) <= JITTER {
            Follows::On
        } else if early == Duration::ZERO && late <= GAP {
            Follows::Gap(Time::from_start(late).to_samples(self.rate))
        } else {
            Follows::Afresh
        }
    }

    /// Says that the sample of that number was captured at that time.
    pub(super) fn anchor(&mut self, sample: u64, at: Time) {
        self.anchor = (sample, at);
    }

    /// When a sample was captured.
    pub(super) fn at(&self, sample: u64) -> Time {
        let (number, at) = self.anchor;
        if sample >= number {
            at.plus_samples(sample - number, self.rate)
        } else {
            at - samples_to_duration(number - sample, self.rate)
        }
    }
}
