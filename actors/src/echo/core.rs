//! Echo cancellation as a state machine.

use std::time::Duration;

use super::canceller::{BLOCK, Canceller, DELAY};
use super::far::FarLine;
use super::guard::Erle;
use super::{Mode, RATE};
use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::frame::{Audio, Frame, Payload};
use crate::time::{Time, samples_to_duration};

/// Frames whose times are this far off follow each other.
const JITTER: Duration = Duration::from_millis(2);
/// Most that the loudspeaker is taken to sound later, in samples: 50 ms. Echo takes as long through
/// the buffers of most devices.
const MOST_BEHIND: i64 = 50 * RATE as i64 / 1000;
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
    /// How much later than planned the loudspeaker is taken to sound, in samples, as it was told
    /// of too late.
    behind: i64,
    stream: Option<Stream>,
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
        Self { mode, far: FarLine::new(), behind: 0, stream: None }
    }

    fn cancel(&mut self, audio: &Audio, early_ms: i64) -> Result<Option<Audio>, StageError> {
        if !self.stream.as_mut().is_some_and(|stream| stream.goes_on(audio.at)) {
            self.stream = None;
        }
        let stream = self.stream.get_or_insert_with(|| Stream::new(audio.at));
        stream.push(audio);
        let early = early_ms * i64::from(RATE) / 1000 - self.behind;
        let mut left = Vec::new();
        while let Some(mic) = stream.next_block() {
            // Blocks are laid by their times, whose rounding must not move them.
            let at = stream.time_of(stream.taken).to_samples(RATE);
            let mut far = [0.0; BLOCK];
            self.far.read(i64::try_from(at).unwrap_or(i64::MAX / 2) + early, &mut far);
            left.extend(stream.canceller.step(&far, &mic)?);
            stream.taken += BLOCK as u64;
        }
        Ok(stream.send(&left))
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

    fn next_block(&mut self) -> Option<[f32; BLOCK]> {
        let block = self.waiting.first_chunk::<BLOCK>().copied()?;
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
        let late = self
            .far
            .take(&audio)
            .map_err(|error| StageError::skip(format_args!("the loudspeaker's sound: {error}")))?;
        if late > 0 && self.stream.is_some() {
            // Sound that is always missing costs more than echo that seems to come sooner.
            let blocks = late.div_ceil(BLOCK as u64) as i64;
            self.behind = (self.behind + blocks * BLOCK as i64).min(MOST_BEHIND);
        }
        Ok(())
    }

    fn figures(&self, tell: &mut dyn FnMut(&'static str, f64)) {
        let erle = self.erle();
        if let Some(db) = erle.db() {
            tell(ERLE_DB, db);
            tell(ECHO_SECONDS, erle.seconds());
        }
        if self.far.late() > 0 {
            tell("late_ms", self.far.late() as f64 * 1e3 / f64::from(RATE));
        }
    }
}
