//! The sound of a turn, and when the network is asked about it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::cancel::{Cancel, Wanted};
use crate::core::{Out, StageCore};
use crate::error::StageError;
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, Utterance};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// Samples a second.
pub const RATE: u32 = 16_000;
/// What networks in this format hear.
const KEPT: u64 = 8 * RATE as u64;
/// Sound before the first voiced sample that belongs to a turn: what voice detection sends with it.
const BEFORE: Duration = Duration::from_millis(500);
/// Smaller gaps are those of rounding.
const GAP: u64 = RATE as u64 / 1000;

/// A silence to be judged.
#[derive(Clone, Debug)]
pub struct Job {
    /// Capture time of the last voiced sample.
    pub stop: Time,
    /// The turn so far, silence at its end included, at [`RATE`].
    pub samples: Vec<f32>,
    /// Raised when the person goes on.
    pub cancel: Cancel,
}

/// What comes of it; nothing if nobody wants it any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// The network's answer.
    LogOdds {
        /// As asked.
        stop: Time,
        /// That the turn is complete.
        log_odds: f32,
    },
    /// There is none, and why, naming the model.
    Failed(String),
}

/// The logic of the stage.
#[derive(Debug)]
pub struct Core {
    silence: Duration,
    view: TurnView,
    sound: Sound,
    /// The first voiced sample of the last utterance.
    start: Time,
    /// The end of speech that will be asked about.
    stop: Option<Time>,
    /// That which was asked about.
    asked: Option<(Time, Wanted)>,
}

impl Core {
    /// A core that asks once the person has been silent for that long.
    pub fn new(silence: Duration) -> Self {
        let view = TurnView::default();
        let (sound, start) = (Sound::default(), Time::ZERO);
        Self { silence, view, sound, start, stop: None, asked: None }
    }

    fn due(&self) -> Option<Time> {
        self.stop.map(|stop| stop + self.silence)
    }

    fn ask_if_due(&mut self, now: Time, out: &mut Out<Job>) {
        let Some(stop) = self.stop.take_if(|stop| *stop + self.silence <= now) else { return };
        let began = match self.view.phase {
            Phase::Hearing | Phase::Speculating => self.view.began,
            // What is said over a reply may open the next turn.
            Phase::Listening | Phase::Replying => self.start,
        };
        let samples = self.sound.between(began, stop + self.silence);
        let wanted = Wanted::new();
        out.job(Job { stop, samples, cancel: wanted.cancel() });
        self.asked = Some((stop, wanted));
    }
}

impl StageCore for Core {
    type Job = Job;
    type Done = Done;

    fn on_frame(&mut self, frame: Frame, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        let Payload::Utterance(utterance) = frame.payload else { return Ok(()) };
        match utterance {
            Utterance::Start { at } => {
                self.start = at;
                self.stop = None;
                self.asked = None;
            }
            Utterance::Audio(audio) if audio.rate != RATE => {
                let rate = audio.rate;
                return Err(StageError::skip(format_args!("audio at {rate} Hz, not {RATE} Hz")));
            }
            Utterance::Audio(audio) => self.sound.push(&audio),
            // The network is asked about ends that are sure.
            Utterance::Lull | Utterance::Resume => {}
            Utterance::Stop { at } => {
                self.stop = Some(at);
                self.ask_if_due(now, out);
            }
        }
        Ok(())
    }

    fn on_turn(&mut self, view: &TurnView, _: Time, _: &mut Out<Job>) -> Result<(), StageError> {
        self.view = *view;
        Ok(())
    }

    fn on_done(&mut self, done: Done, _: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        match done {
            Done::LogOdds { stop, log_odds } => {
                if self.asked.take_if(|(asked, _)| *asked == stop).is_some() {
                    out.fact(Fact::EndOfTurn { stop, log_odds });
                }
                Ok(())
            }
            Done::Failed(message) => Err(StageError::skip(message)),
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.due()
    }

    fn on_deadline(&mut self, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        self.ask_if_due(now, out);
        Ok(())
    }
}

/// The last sound, with zeros where none came.
#[derive(Debug, Default)]
struct Sound {
    samples: VecDeque<f32>,
    /// When the sample after the last one is captured.
    end: Time,
}

impl Sound {
    fn push(&mut self, audio: &Audio) {
        let (end, at) = (self.end.to_samples(RATE), audio.at.to_samples(RATE));
        if at + GAP < end {
            // The input began anew.
            self.samples.clear();
        } else if at > end + GAP && !self.samples.is_empty() {
            let gap = (at - end).min(KEPT);
            self.samples.extend(std::iter::repeat_n(0.0, gap as usize));
        }
        self.samples.extend(audio.samples.iter());
        let spare = self.samples.len().saturating_sub(KEPT as usize);
        self.samples.drain(..spare);
        self.end = audio.end();
    }

    /// The sound from [`BEFORE`] a time on until another one, zeros after its end.
    fn between(&self, from: Time, until: Time) -> Vec<f32> {
        let from = from.to_samples(RATE).saturating_sub(Time::from_start(BEFORE).to_samples(RATE));
        let end = self.end.to_samples(RATE);
        let kept = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX);
        let gone = self.samples.len().saturating_sub(kept);
        let after = until.to_samples(RATE).saturating_sub(end).min(KEPT);
        let zeros = std::iter::repeat_n(0.0, after as usize);
        self.samples.iter().skip(gone).copied().chain(zeros).collect()
    }
}
