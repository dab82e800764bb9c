//! Makes runs of samples without gaps from the callbacks of a device.

use std::collections::VecDeque;
use std::time::Duration;

use super::device::Run;
use crate::device::length;
use crate::time::Time;

/// A device whose sound comes so much later than it would without a gap stood still.
const STALLED: Duration = Duration::from_millis(15);
/// Callbacks after one that have a say in its time.
const LATER: usize = 2;

fn apart(a: Time, b: Time) -> Duration {
    a.since(b).max(b.since(a))
}

/// Puts callbacks together.
///
/// By what one callback says its sound may seem to come too late, as the thread was stopped between
/// asking the device and reading the clock, but hardly too early. Between two callbacks a device
/// may stand still or run dry, told or not, which moves what follows to later and never to earlier.
/// So the earliest time by a callback and the next ones holds, and none before it has a say.
#[derive(Debug)]
pub(super) struct Runs {
    rate: u32,
    /// Callbacks, and the times of their first frames, that wait for the next ones.
    waiting: VecDeque<(Run, Time)>,
    /// A frame of the device in the run that goes on, its time, and the frame after the last.
    going: Option<(u64, Time, u64)>,
}

impl Runs {
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, waiting: VecDeque::new(), going: None }
    }

    /// Takes a callback whose first frame sounds, by itself, at `at`; adds how many samples of
    /// earlier ones sounded, and when, to `runs`.
    pub(super) fn take(&mut self, run: Run, at: Time, runs: &mut Vec<(u64, Time)>) {
        self.waiting.push_back((run, at));
        if self.waiting.len() > LATER {
            self.settle(runs);
        }
    }

    /// Whether there are samples of ours in callbacks that wait.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.iter().any(|(run, _)| run.ours > 0)
    }

    /// Adds those that wait.
    pub(super) fn finish(&mut self, runs: &mut Vec<(u64, Time)>) {
        while !self.waiting.is_empty() {
            self.settle(runs);
        }
    }

    /// Adds the callback that came first. A run is timed once, where it begins: within it samples
    /// follow each other, unless the device stood still.
    fn settle(&mut self, runs: &mut Vec<(u64, Time)>) {
        let now = self.time_of_first();
        let Some((run, at)) = self.waiting.pop_front() else { return };
        if run.ours == 0 {
            self.going = None;
            return;
        }
        let now = now.unwrap_or(at);
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

    /// When the first frame that waits sounds by those that wait: by what the device said, or else
    /// by what was guessed.
    fn time_of_first(&self) -> Option<Time> {
        let first = self.waiting.front()?.0.position;
        let by = |said: bool| {
            let those = self.waiting.iter().filter(move |(run, _)| run.at.1 == said);
            those.map(|(run, at)| *at - length(run.position - first, self.rate)).min()
        };
        by(true).or_else(|| by(false))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Callbacks of 480 frames at 48 kHz as (ours, when the first frame sounds in ms, whether the
    /// device said so); what sounded as (samples, ms).
    fn check(callbacks: &[(u64, u64, bool)], expected: &[(u64, f64)]) {
        let (mut sounded, mut runs) = (Runs::new(48_000), Vec::new());
        for (block, (ours, at, said)) in callbacks.iter().enumerate() {
            let position = block as u64 * 480;
            let run = Run { position, frames: 480, ours: *ours, at: (Instant::now(), *said) };
            sounded.take(run, Time::from_millis(*at), &mut runs);
        }
        sounded.finish(&mut runs);
        let mut whole: Vec<(u64, f64)> = Vec::new();
        for (samples, at) in runs {
            let at = at.millis_since(Time::ZERO).round();
            match whole.last_mut() {
                // A run may come in parts.
                Some((sum, began)) if (*began + *sum as f64 / 48.0).round() == at => {
                    *sum += samples
                }
                _ => whole.push((samples, at)),
            }
        }
        assert_eq!(whole, expected, "{callbacks:?}");
    }

    #[test]
    fn callbacks_become_runs_that_begin_when_the_device_says() {
        let said = |ours: u64, at: u64| (ours, at, true);
        // Silence, a run over two and a half callbacks with uneven times, silence, a run.
        let run = [(0, 100), (0, 110), (480, 120), (480, 132), (240, 140), (0, 150), (480, 160)];
        check(&run.map(|(ours, at)| said(ours, at)), &[(1200, 120.0), (480, 160.0)]);
        // A callback that was held up where the run begins, or within it.
        let run = [(480, 160), (480, 110), (480, 150), (480, 130), (480, 140)];
        check(&run.map(|(ours, at)| said(ours, at)), &[(2400, 100.0)]);
        // A device that ran dry before the run, and in it.
        let run = [(0, 100), (0, 110), (480, 180), (480, 190), (480, 230), (480, 240)];
        check(&run.map(|(ours, at)| said(ours, at)), &[(960, 180.0), (960, 230.0)]);
        // Guesses do not count beside what is said.
        let run = [(480, 100, false), (480, 150, true), (480, 160, true)];
        check(&run, &[(1440, 140.0)]);
        check(&[(480, 100, false), (480, 111, false)], &[(960, 100.0)]);
    }
}
