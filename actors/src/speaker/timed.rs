//! A sink without a device: samples pass in real time on the pipeline's clock.

use std::time::Duration;

use super::core::{Done, Job};
use crate::error::StageError;
use crate::time::Time;
use crate::worker::WorkerIo;

/// How often it is reported what sounded.
const REPORT: Duration = Duration::from_millis(10);

/// Samples that sound one after the other.
#[derive(Debug, Default)]
struct Run {
    began: Time,
    given: u64,
    told: u64,
}

impl Run {
    /// Takes more samples at `now`.
    fn give(&mut self, samples: u64, now: Time) {
        if self.told == self.given {
            *self = Self { began: now, given: 0, told: 0 };
        }
        self.given += samples;
    }

    /// The samples that sounded since the last report, and when the first of them did.
    fn report(&mut self, now: Time, rate: u32) -> Option<(u64, Time)> {
        // A time is rounded down to whole nanoseconds, so the sample ends within the one after it.
        let nanos = now.since(self.began).as_nanos() + 1;
        let passed = nanos * u128::from(rate) / 1_000_000_000;
        let passed = u64::try_from(passed).unwrap_or(u64::MAX).min(self.given);
        let (samples, at) = (passed - self.told, self.began.plus_samples(self.told, rate));
        self.told = passed;
        (samples > 0).then_some((samples, at))
    }

    /// When there will be something to report; none when all has sounded.
    fn due(&self, now: Time, rate: u32) -> Option<Time> {
        let end = self.began.plus_samples(self.given, rate);
        (self.told < self.given).then(|| end.min(now + REPORT))
    }
}

/// Runs the sink until its stage is gone.
pub async fn run(mut io: WorkerIo<Job, Done>, rate: u32) -> Result<(), StageError> {
    io.emit(Done::Opened { rate }).await;
    io.ready(format!("no sound device, {rate} Hz"));
    let (clock, mut run) = (io.clock(), Run::default());
    loop {
        let due = run.due(clock.now(), rate);
        let job = tokio::select! {
            job = io.next() => match job {
                Some(job) => Some(job),
                None => return Ok(()),
            },
            () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => None,
        };
        let now = clock.now();
        if let Some((samples, at)) = run.report(now, rate) {
            io.emit(Done::Played { samples, at }).await;
        }
        match job {
            Some(Job::Play(samples)) => run.give(samples.len() as u64, now),
            Some(Job::Flush) => {
                run = Run::default();
                io.emit(Done::Flushed).await;
            }
            None => {}
        }
    }
}
