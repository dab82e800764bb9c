//! Makes runs of samples without gaps from the callbacks of a device.

use std::time::{Duration, Instant};

use super::device::Run;
use crate::device::{SampleClock, length};
use crate::time::Time;

/// A device whose sound comes so much later than it would without a gap stood still.
const STALLED: Duration = Duration::from_millis(15);

/// A device that calls back so much later than what it took lasts, had stopped.
const PAUSED: Duration = Duration::from_millis(200);

fn apart(a: Time, b: Time) -> Duration {
    a.since(b).max(b.since(a))
}

/// Puts callbacks together.
#[derive(Debug)]
pub(super) struct Runs {
    rate: u32,
    clock: SampleClock,
    /// How often the device had run dry.
    xruns: u64,
    /// When the device should have called back at the latest.
    expected: Option<Instant>,
    /// A frame of the device in the run that goes on, its time, and the frame after the last.
    going: Option<(u64, Time, u64)>,
}

impl Runs {
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, clock: SampleClock::new(rate), xruns: 0, expected: None, going: None }
    }

    /// Takes a callback whose first frame sounds, by the device, at `at`; adds how many samples
    /// sounded, and when, to `runs`. A run is timed once, where it begins: within it samples
    /// follow each other, unless the device stood still.
    pub(super) fn take(&mut self, run: &Run, at: Time, runs: &mut Vec<(u64, Time)>) {
        // What the device said before it stood still is no longer true.
        let slept = self.expected.is_some_and(|expected| run.called > expected);
        if slept || run.xruns != self.xruns {
            self.clock.restart();
            self.going = None;
        }
        self.xruns = run.xruns;
        self.expected = run.called.checked_add(length(run.frames, self.rate) + PAUSED);
        self.clock.observe(run.position, at);
        if run.ours == 0 {
            self.going = None;
            return;
        }
        let now = self.clock.time_of(run.position);
        let (began, time, goes_on) = match self.going {
            Some((began, time, next))
                if next == run.position
                    && apart(time.plus_samples(next - began, self.rate), now) < STALLED =>
            {
                (began, time, true)
            }
            _ => (run.position, now, false),
        };
        match runs.last_mut() {
            Some((samples, _)) if goes_on => *samples += run.ours,
            _ => runs.push((run.ours, time.plus_samples(run.position - began, self.rate))),
        }
        let end = run.position + run.ours;
        self.going = (run.ours == run.frames).then_some((began, time, end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_become_runs_that_begin_when_the_device_says() {
        let mut sounded = Runs::new(48_000);
        let mut runs = Vec::new();
        let now = Instant::now();
        // Silence, a run over two and a half callbacks with uneven times, silence, a run.
        for (block, ours) in [0, 0, 480, 480, 240, 0, 480].into_iter().enumerate() {
            let block = block as u64;
            let run =
                Run { position: block * 480, frames: 480, ours, at: now, called: now, xruns: 0 };
            let jitter = if block == 3 { 2 } else { 0 };
            sounded.take(&run, Time::from_millis(100 + block * 10 + jitter), &mut runs);
        }
        let whole: Vec<(u64, f64)> =
            runs.iter().map(|(n, at)| (*n, at.millis_since(Time::ZERO).round())).collect();
        assert_eq!(whole, [(1200, 120.0), (480, 160.0)]);
        // The next report goes on to the sample.
        let mut more = Vec::new();
        let run = Run { position: 7 * 480, frames: 480, ours: 480, at: now, called: now, xruns: 0 };
        sounded.take(&run, Time::from_millis(171), &mut more);
        assert_eq!(more, [(480, runs[1].1.plus_samples(480, 48_000))]);
    }

    #[test]
    fn a_device_that_slept_is_believed_when_it_wakes() {
        let mut sounded = Runs::new(48_000);
        let (mut runs, now) = (Vec::new(), Instant::now());
        for (block, ms) in [(0, 0), (1, 10), (2, 20), (3, 2000)] {
            let called = now + Duration::from_millis(ms);
            let ours = if block == 3 { 480 } else { 0 };
            let run =
                Run { position: block * 480, frames: 480, ours, at: called, called, xruns: 0 };
            sounded.take(&run, Time::from_millis(ms), &mut runs);
        }
        assert_eq!(runs, [(480, Time::from_millis(2000))]);
    }
}
