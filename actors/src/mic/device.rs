//! A microphone: a callback that fills a ring, and a task that makes frames of what is in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use antiphon_config::Mic;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{FromSample, InputCallbackInfo, Sample, SizedSample, StreamConfig};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::core::Done;
use super::frames::Framer;
use crate::core::Never;
use crate::device::{self, Direction, Health, Way, with_sample_type};
use crate::error::StageError;
use crate::time::Time;
use crate::worker::WorkerIo;

/// How often the device calls back, if it lets us choose.
const PERIOD: Duration = Duration::from_millis(10);
/// How often the ring is emptied.
const POLL: Duration = Duration::from_millis(5);
/// What the ring holds, in seconds: a pause of the task that long loses nothing.
const RING: usize = 2;
/// Callbacks that the ring tells apart.
const BLOCKS: usize = 4096;
/// The longest that sound waits to be fetched: on a busy machine the callback comes late.
const LONGEST_WAY: Duration = Duration::from_secs(1);
/// A device that captures nothing for so long has failed.
const SILENT: Duration = Duration::from_secs(5);

/// The microphone of the settings, whichever life of the stage uses it.
pub(super) struct Device {
    settings: Mic,
    /// Whether it was there before.
    seen: AtomicBool,
}

/// What one callback captured.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Frames that the device captured before it, whether or not there was room for them.
    position: u64,
    frames: usize,
    /// When the first was captured, and whether the device said so.
    at: (Instant, bool),
    /// How often the device had lost frames until then.
    xruns: u64,
}

/// The callback's side.
struct Capture {
    samples: HeapProd<f32>,
    blocks: HeapProd<Block>,
    health: Arc<Health>,
    channels: usize,
    rate: u32,
    opened: Instant,
    position: u64,
}

impl Capture {
    /// Only moves samples: no lock, no allocation.
    fn take<T>(&mut self, data: &[T], info: &InputCallbackInfo)
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let frames = data.len() / self.channels;
        let length = device::length(frames as u64, self.rate);
        let stamp = info.timestamp();
        let said = stamp.callback.checked_duration_since(stamp.capture);
        let now = Instant::now();
        // Nothing was captured before the device was open.
        let longest = LONGEST_WAY.min(now.duration_since(self.opened));
        let age = Way::new(said, length / 2..=longest, length);
        let at = (now.checked_sub(age.length).unwrap_or(now), age.said);
        let block = Block { position: self.position, frames, at, xruns: self.health.xruns() };
        self.position += frames as u64;
        if self.samples.vacant_len() < frames || self.blocks.is_full() {
            return;
        }
        let channels = self.channels as f32;
        let mono = data
            .chunks_exact(self.channels)
            .map(|frame| frame.iter().map(|s| f32::from_sample(*s)).sum::<f32>() / channels);
        self.samples.push_iter(mono);
        // There is room: the callback alone fills it.
        self.blocks.try_push(block).ok();
    }
}

/// The task's side.
struct Open {
    stream: cpal::Stream,
    name: String,
    rate: u32,
    samples: HeapCons<f32>,
    blocks: HeapCons<Block>,
    health: Arc<Health>,
}

impl Device {
    pub(super) fn new(settings: Mic) -> Self {
        Self { settings, seen: AtomicBool::new(false) }
    }

    fn open(&self) -> Result<Open, StageError> {
        let again = self.seen.load(Relaxed);
        let found = device::find(&self.settings.device, Direction::Input, again)?;
        let format = found.config.sample_format();
        let tried =
            found.first(PERIOD, |config| with_sample_type!(format, build(&found.device, config)));
        let name = &found.name;
        let failed = |error: cpal::Error| {
            StageError::restart(format_args!("cannot record from the device {name}: {error}"))
        };
        let (stream, samples, blocks, health) = tried.map_err(failed)?;
        stream.play().map_err(failed)?;
        self.seen.store(true, Relaxed);
        let rate = found.config.sample_rate();
        Ok(Open { stream, name: found.name, rate, samples, blocks, health })
    }

    pub(super) async fn run(
        self: Arc<Self>,
        mut io: WorkerIo<Never, Done>,
    ) -> Result<(), StageError> {
        let (opener, again) = (self.clone(), self.seen.load(Relaxed));
        let wanted = || !(io.is_orphaned() || io.view().closing);
        let mut open = device::open(io.clock(), again, wanted, move || opener.open()).await?;
        io.ready(format!("{}, {} Hz", open.name, open.rate));
        let settings = &self.settings;
        let mut framer = Framer::new(open.rate, settings.sample_rate, settings.frame_len())
            .map_err(|error| StageError::give_up(format_args!("{}: {error}", open.name)))?;
        let clock = io.clock();
        let (mut heard, mut block, mut xruns) = (clock.now(), Vec::new(), 0);
        loop {
            let now = clock.now();
            clock.sleep_until(now + POLL).await;
            if io.is_orphaned() || io.view().closing {
                return Ok(());
            }
            while let Some(next) = open.blocks.try_pop() {
                heard = now;
                if std::mem::replace(&mut xruns, next.xruns) != next.xruns {
                    framer.restart_clock();
                }
                block.resize(next.frames, 0.0);
                open.samples.pop_slice(&mut block);
                let (at, said) = next.at;
                let lost = framer.take(next.position, (clock.at(at), said), &block);
                if !lost.is_zero() {
                    io.emit(Done::Lost { ms: lost.as_millis() as u64 }).await;
                }
            }
            while let Some(audio) = framer.next_frame() {
                io.emit(Done::Audio(audio)).await;
            }
            open.check(heard, now)?;
        }
    }
}

impl Open {
    fn check(&self, heard: Time, now: Time) -> Result<(), StageError> {
        self.health.check(&self.name, now.since(heard))?;
        if now.since(heard) < SILENT {
            return Ok(());
        }
        // A stream that is stopped says so.
        self.stream.pause().ok();
        Err(StageError::restart(format_args!("the sound device {} captures nothing", self.name)))
    }
}

type Built = (cpal::Stream, HeapCons<f32>, HeapCons<Block>, Arc<Health>);

fn build<T>(device: &cpal::Device, config: &StreamConfig) -> Result<Built, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let (samples, filled) = HeapRb::new(config.sample_rate as usize * RING).split();
    let (blocks, captured) = HeapRb::new(BLOCKS).split();
    let health = Arc::new(Health::default());
    let mut capture = Capture {
        samples,
        blocks,
        health: health.clone(),
        channels: usize::from(config.channels).max(1),
        rate: config.sample_rate,
        opened: Instant::now(),
        position: 0,
    };
    let reports = health.clone();
    let stream = device.build_input_stream::<T, _, _>(
        *config,
        move |data, info| capture.take(data, info),
        move |error| reports.report(&error),
        None,
    )?;
    Ok((stream, filled, captured, health))
}
