//! A loudspeaker: a task that fills a ring, and a callback that plays what is in it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::{Duration, Instant};

use antiphon_config::Speaker;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{FromSample, OutputCallbackInfo, SizedSample, StreamConfig};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::core::{Done, Job};
use super::runs::Runs;
use crate::device::{self, Direction, Health, Way, with_sample_type};
use crate::error::StageError;
use crate::time::Time;
use crate::worker::WorkerIo;

/// How often the ring is filled and what sounded is reported, while there is sound.
const POLL: Duration = Duration::from_millis(5);
/// The same while there is none.
const IDLE: Duration = Duration::from_millis(100);
/// How often it is looked whether the device saw a flush.
const FLUSH_POLL: Duration = Duration::from_millis(1);
/// Callbacks that may wait to be looked at.
const RUNS: usize = 4096;
/// The longest that sound is plausibly on its way; loudspeakers without wires need a third of a
/// second.
const LONGEST_WAY: Duration = Duration::from_millis(500);
/// A device that takes nothing for so long has failed.
const STUCK: Duration = Duration::from_secs(5);

/// The loudspeaker of the settings, whichever life of the stage uses it.
pub(super) struct Device {
    settings: Speaker,
    /// Whether it was there before.
    seen: AtomicBool,
}

/// What one callback played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Frames that the device took before it.
    pub(super) position: u64,
    /// Frames that it took.
    pub(super) frames: u64,
    /// How many of them, from the first on, were ours.
    pub(super) ours: u64,
    /// When the first sounds, and whether the device said so.
    pub(super) at: (Instant, bool),
}

/// What task and callback tell each other.
#[derive(Debug, Default)]
struct Shared {
    /// Of the samples put into the ring those before this one are not to sound.
    forget: AtomicU64,
    /// Samples that left the ring, whether or not they sounded.
    taken: AtomicU64,
    /// The most frames that a callback asked for.
    most: AtomicUsize,
}

/// The callback's side.
struct Playback {
    samples: HeapCons<f32>,
    runs: HeapProd<Run>,
    shared: Arc<Shared>,
    channels: usize,
    position: u64,
    taken: u64,
}

impl Playback {
    /// Only moves samples: no lock, no allocation. The buffer comes silent.
    fn fill<T>(&mut self, data: &mut [T], info: &OutputCallbackInfo)
    where
        T: SizedSample + FromSample<f32>,
    {
        let frames = data.len() / self.channels;
        self.shared.most.fetch_max(frames, Relaxed);
        let forget = self.shared.forget.load(Acquire).saturating_sub(self.taken);
        self.taken += self.samples.skip(usize::try_from(forget).unwrap_or(usize::MAX)) as u64;
        let stamp = info.timestamp();
        let said = stamp.playback.checked_duration_since(stamp.callback);
        // A device that ran dry knows no better than that sound is due at once.
        let way = Way::new(said, Duration::from_nanos(1)..=LONGEST_WAY, Duration::ZERO);
        let at = (Instant::now() + way.length, way.said);
        let mut ours = 0;
        // What could not be reported must not sound.
        if !self.runs.is_full() {
            for frame in data.chunks_exact_mut(self.channels) {
                let Some(sample) = self.samples.try_pop() else { break };
                frame.fill(T::from_sample(sample));
                ours += 1;
            }
            let run = Run { position: self.position, frames: frames as u64, ours, at };
            // There is room: the callback alone fills it.
            self.runs.try_push(run).ok();
        }
        self.position += frames as u64;
        self.taken += ours;
        self.shared.taken.store(self.taken, Release);
    }
}

/// The task's side.
struct Open {
    /// Sounds as long as it is kept.
    _stream: cpal::Stream,
    name: String,
    rate: u32,
    /// Frames to keep ready.
    ahead: usize,
    samples: HeapProd<f32>,
    runs: HeapCons<Run>,
    shared: Arc<Shared>,
    health: Arc<Health>,
    /// How often the device had run dry when it was last looked.
    xruns: u64,
    /// Samples for which there is no room yet.
    queue: VecDeque<f32>,
    given: u64,
    sounded: Runs,
    /// When the device last took something.
    alive: Time,
}

impl Device {
    pub(super) fn new(settings: Speaker) -> Self {
        Self { settings, seen: AtomicBool::new(false) }
    }

    fn open(&self) -> Result<Open, StageError> {
        let again = self.seen.load(Relaxed);
        let found = device::find(&self.settings.device, Direction::Output, again)?;
        let format = found.config.sample_format();
        // The device keeps two periods.
        let tried = found.first(self.settings.buffer / 2, |config| {
            with_sample_type!(format, build(&found.device, config))
        });
        let name = &found.name;
        let failed = |error: cpal::Error| {
            StageError::restart(format_args!("cannot play on the device {name}: {error}"))
        };
        let Built { stream, samples, runs, shared, health } = tried.map_err(failed)?;
        stream.play().map_err(failed)?;
        self.seen.store(true, Relaxed);
        let rate = found.config.sample_rate();
        let ahead = self.settings.buffer.as_nanos() * u128::from(rate) / 1_000_000_000;
        Ok(Open {
            _stream: stream,
            name: found.name,
            rate,
            ahead: usize::try_from(ahead).unwrap_or(usize::MAX),
            samples,
            runs,
            shared,
            health,
            xruns: 0,
            queue: VecDeque::new(),
            given: 0,
            sounded: Runs::new(rate),
            alive: Time::ZERO,
        })
    }

    pub(super) async fn run(
        self: Arc<Self>,
        mut io: WorkerIo<Job, Done>,
    ) -> Result<(), StageError> {
        let (opener, again) = (self.clone(), self.seen.load(Relaxed));
        let wanted = || !(io.is_orphaned() || io.view().closing);
        let mut open = device::open(io.clock(), again, wanted, move || opener.open()).await?;
        open.alive = io.clock().now();
        io.emit(Done::Opened { rate: open.rate }).await;
        io.ready(format!("{}, {} Hz", open.name, open.rate));
        let clock = io.clock();
        loop {
            let poll = if open.is_busy() { POLL } else { IDLE };
            let job = tokio::select! {
                job = io.next() => match job {
                    Some(job) => Some(job),
                    None => return Ok(()),
                },
                () = clock.sleep_until(clock.now() + poll) => None,
            };
            match job {
                Some(Job::Play(samples)) => open.queue.extend(&*samples),
                Some(Job::Flush) => open.flush(&io).await?,
                None => {}
            }
            open.fill();
            open.report(&io).await?;
        }
    }
}

impl Open {
    fn is_busy(&self) -> bool {
        !self.queue.is_empty()
            || self.shared.taken.load(Acquire) < self.given
            || self.sounded.is_waiting()
    }

    /// Fills the ring up to what is to be kept ready, which is at least what the device takes at
    /// once, twice.
    fn fill(&mut self) {
        let ahead = self.ahead.max(2 * self.shared.most.load(Relaxed));
        let room = ahead.saturating_sub(self.samples.occupied_len());
        let room = room.min(self.samples.vacant_len()).min(self.queue.len());
        self.given += self.samples.push_iter(self.queue.drain(..room)) as u64;
    }

    /// Tells what sounded since the last report.
    async fn report(&mut self, io: &WorkerIo<Job, Done>) -> Result<(), StageError> {
        let (clock, now) = (io.clock(), io.clock().now());
        let mut runs = Vec::new();
        while let Some(run) = self.runs.try_pop() {
            self.alive = now;
            self.sounded.take(run, clock.at(run.at.0), &mut runs);
        }
        tell(io, runs).await;
        let xruns = self.health.xruns();
        let times = xruns - std::mem::replace(&mut self.xruns, xruns);
        if times > 0 && self.is_busy() {
            io.emit(Done::Underrun { times }).await;
        }
        self.health.check(&self.name, now.since(self.alive))?;
        if now.since(self.alive) >= STUCK {
            let name = &self.name;
            return Err(StageError::restart(format_args!("the sound device {name} takes nothing")));
        }
        Ok(())
    }

    /// Has the device forget what did not sound, and tells the rest.
    async fn flush(&mut self, io: &WorkerIo<Job, Done>) -> Result<(), StageError> {
        self.queue.clear();
        self.shared.forget.store(self.given, Release);
        while self.shared.taken.load(Acquire) < self.given {
            self.report(io).await?;
            io.clock().sleep_until(io.clock().now() + FLUSH_POLL).await;
        }
        self.report(io).await?;
        let mut runs = Vec::new();
        self.sounded.finish(&mut runs);
        tell(io, runs).await;
        io.emit(Done::Flushed).await;
        Ok(())
    }
}

async fn tell(io: &WorkerIo<Job, Done>, runs: Vec<(u64, Time)>) {
    for (samples, at) in runs {
        io.emit(Done::Played { samples, at }).await;
    }
}

struct Built {
    stream: cpal::Stream,
    samples: HeapProd<f32>,
    runs: HeapCons<Run>,
    shared: Arc<Shared>,
    health: Arc<Health>,
}

fn build<T>(device: &cpal::Device, config: &StreamConfig) -> Result<Built, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    // A second: more than is ever kept ready.
    let (samples, filled) = HeapRb::new(config.sample_rate as usize).split();
    let (played, runs) = HeapRb::new(RUNS).split();
    let (shared, health) = (Arc::new(Shared::default()), Arc::new(Health::default()));
    let mut playback = Playback {
        samples: filled,
        runs: played,
        shared: shared.clone(),
        channels: usize::from(config.channels).max(1),
        position: 0,
        taken: 0,
    };
    let reports = health.clone();
    let stream = device.build_output_stream::<T, _, _>(
        *config,
        move |data, info| playback.fill(data, info),
        move |error| reports.report(&error),
        None,
    )?;
    Ok(Built { stream, samples, runs, shared, health })
}
