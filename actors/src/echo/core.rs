//! Echo cancellation as a state machine.

use std::time::Duration;

use super::canceller::{BLOCK, Canceller, DELAY};
use super::far::{Arrival, FarLine};
use super::guard::Erle;
use super::{Mode, RATE};
use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::frame::{Audio, Frame, Payload};
use crate::time::{Time, samples_to_duration};

/// Frames whose times are this far off follow each other.
const JITTER: Duration = Duration::from_millis(2);
/// Most that the microphone's sound waits for that of the loudspeaker, in samples: 50 ms.
const MOST_WAIT: usize = 50 * RATE as usize / 1000;
/// Sound of the loudspeaker after which the wait becomes shorter if all of it came soon enough for
/// that, in samples: 5 s.
const EASY: u64 = 5 * RATE as u64;
/// A gap up to this long is frames that were lost on the way.
const GAP: Duration = Duration::from_millis(500);

/// How far echo was lowered, in dB: the energy that the microphone heard of it over that which the
/// canceller left, while only echo was heard (echo return loss enhancement).
pub const ERLE_DB: &str = "erle_db";
/// How much echo that is measured from, in seconds.
pub const ECHO_SECONDS: &str = "echo_seconds";

/// What the stage learns beside the sound of the microphone.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// The loudspeaker played this; its time is when it sounded, or will.
    Played(Audio),
}

/// Cancels echo.
pub struct EchoCore {
    mode: Mode,
    far: FarLine,
    /// How long the microphone's sound waits for that of the loudspeaker, in samples, as it was told
    /// of too late. Echo must not seem to come before its cause, so neither is moved.
    wait: usize,
    ease: Ease,
    stream: Option<Stream>,
}

/// How soon the loudspeaker's sound comes.
#[derive(Default)]
struct Ease {
    /// Samples that came since the wait was last changed.
    seen: u64,
    /// How far ahead of being read the latest of them was, in samples.
    least: Option<u64>,
}

/// The input since it began or jumped.
struct Stream {
    canceller: Canceller,
    /// A sample and the time that it was captured.
    anchor: (u64, Time),
    /// Samples that wait for a whole block.
    waiting: Vec<f32>,
    /// Samples that went into the canceller.
    taken: u64,
    /// Samples that were sent on.
    sent: u64,
}

impl EchoCore {
    /// A stage that has heard nothing.
    pub fn new(mode: Mode) -> Self {
        Self { mode, far: FarLine::new(), wait: 0, ease: Ease::default(), stream: None }
    }

    fn cancel(&mut self, audio: &Audio, early_ms: i64) -> Result<Option<Audio>, StageError> {
        if !self.stream.as_mut().is_some_and(|stream| stream.goes_on(audio.at)) {
            self.stream = None;
        }
        let stream = self.stream.get_or_insert_with(|| Stream::new(audio.at));
        stream.push(audio);
        let early = early_ms * i64::from(RATE) / 1000;
        let mut left = Vec::new();
        while let Some(mic) = stream.next_block(self.wait) {
            // Blocks are laid by their times, whose rounding must not move them.
            let at = stream.time_of(stream.taken).to_samples(RATE);
            let mut far = [0.0; BLOCK];
            self.far.read(i64::try_from(at).unwrap_or(i64::MAX / 2) + early, &mut far);
            left.extend(stream.canceller.step(&far, &mic)?);
            stream.taken += BLOCK as u64;
        }
        Ok(stream.send(&left))
    }

    /// Lets the microphone's sound wait longer if the loudspeaker's came too late, and shorter if it
    /// came soon enough for long.
    fn settle(&mut self, Arrival { samples, late, ahead }: Arrival) {
        if late > 0 {
            let late = usize::try_from(late).unwrap_or(usize::MAX).div_ceil(BLOCK);
            self.wait = late.saturating_mul(BLOCK).saturating_add(self.wait).min(MOST_WAIT);
            self.ease = Ease::default();
            return;
        }
        self.ease.seen += samples;
        self.ease.least = self.ease.least.into_iter().chain(ahead).min();
        if self.ease.seen >= EASY {
            // A block more than is needed is kept.
            let easy = self.ease.least.is_some_and(|least| least >= 2 * BLOCK as u64);
            self.wait = self.wait.saturating_sub(if easy { BLOCK } else { 0 });
            self.ease = Ease::default();
        }
    }

    /// How much echo was taken out so far.
    pub(super) fn erle(&self) -> Erle {
        self.stream.as_ref().map(|stream| stream.canceller.erle()).unwrap_or_default()
    }
}

impl Stream {
    fn new(at: Time) -> Self {
        let canceller = Canceller::new();
        Self { canceller, anchor: (0, at), waiting: Vec::new(), taken: 0, sent: 0 }
    }

    /// The sample after the last one that came.
    fn end(&self) -> u64 {
        self.taken + self.waiting.len() as u64
    }

    /// When a sample was captured.
    fn time_of(&self, sample: u64) -> Time {
        let (number, at) = self.anchor;
        if sample >= number {
            at.plus_samples(sample - number, RATE)
        } else {
            at - samples_to_duration(number - sample, RATE)
        }
    }

    /// Whether a frame from `at` on follows what came; a gap is filled.
    fn goes_on(&mut self, at: Time) -> bool {
        let due = self.time_of(self.end());
        let (late, early) = (at.since(due), due.since(at));
        if early > JITTER || late > GAP {
            return false;
        }
        if late > JITTER {
            let lost = Time::from_start(late).to_samples(RATE);
            let lost = usize::try_from(lost).unwrap_or_default();
            self.waiting.resize(self.waiting.len() + lost, 0.0);
        }
        true
    }

    fn push(&mut self, audio: &Audio) {
        self.anchor = (self.end(), audio.at);
        // The canceller would keep a NaN for good.
        let sane = |&x: &f32| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 };
        self.waiting.extend(audio.samples.iter().map(sane));
    }

    /// The next block, if as much as `wait` came after it.
    fn next_block(&mut self, wait: usize) -> Option<[f32; BLOCK]> {
        let block = self.waiting.first_chunk::<BLOCK>().copied();
        let block = block.filter(|_| self.waiting.len() >= BLOCK + wait)?;
        self.waiting.drain(..BLOCK);
        Some(block)
    }

    /// What the canceller gave, at the time that it was captured.
    fn send(&mut self, left: &[f32]) -> Option<Audio> {
        let given = self.taken - left.len() as u64;
        // The first samples are from before there was any input.
        let skip = (DELAY as u64).saturating_sub(given).min(left.len() as u64);
        let samples = left.get(usize::try_from(skip).unwrap_or(usize::MAX)..)?;
        if samples.is_empty() {
            return None;
        }
        let at = self.time_of(self.sent);
        self.sent += samples.len() as u64;
        Some(Audio { samples: samples.into(), rate: RATE, at })
    }
}

impl StageCore for EchoCore {
    type Job = Never;
    type Done = Done;

    fn on_frame(
        &mut self,
        frame: Frame,
        _now: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        let Payload::Audio(audio) = frame.payload else {
            let port = frame.payload.port();
            return Err(StageError::skip(format_args!("`echo` takes audio, not `{port:?}`")));
        };
        let Mode::Cancel { early } = self.mode else {
            out.send_free(Payload::Audio(audio));
            return Ok(());
        };
        if audio.rate != RATE {
            return Err(StageError::skip(format_args!(
                "`echo` takes audio at {RATE} Hz, not {} Hz",
                audio.rate
            )));
        }
        if let Some(audio) = self.cancel(&audio, early.0)? {
            out.send_free(Payload::Audio(audio));
        }
        Ok(())
    }

    fn on_done(&mut self, done: Done, _now: Time, _out: &mut Out<Never>) -> Result<(), StageError> {
        let Done::Played(audio) = done;
        let arrival = self
            .far
            .take(&audio)
            .map_err(|error| StageError::skip(format_args!("the loudspeaker's sound: {error}")))?;
        if self.stream.is_some() {
            self.settle(arrival);
        }
        Ok(())
    }

    fn figures(&self, tell: &mut dyn FnMut(&'static str, f64)) {
        let erle = self.erle();
        if let Some(db) = erle.db() {
            tell(ERLE_DB, db);
            tell(ECHO_SECONDS, erle.seconds());
        }
        let ms = |samples: u64| samples as f64 * 1e3 / f64::from(RATE);
        if self.far.late() > 0 {
            tell("late_ms", ms(self.far.late()));
            tell("wait_ms", ms(self.wait as u64));
        }
    }
}
