//! Speaks chunks piece by piece.

use antiphon_config::TtsKokoro;
use antiphon_models::Error;
use antiphon_models::voice::{Phonemiser, Speaker};

use super::joint::{Piece, fit};
use super::pace::Pace;
use super::{Load, Loaded};
use crate::error::StageError;
use crate::model;
use crate::tts::core::{Done, Job};
use crate::worker::WorkerIo;

/// What is said, unheard, to warm up, and then twice to find out how fast the voice is.
const PROBES: [&str; 2] = [
    "One two three four.",
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun all day.",
];
/// How often each of them is said.
const ROUNDS: usize = 3;

/// Loads the voice and speaks until the stage is gone.
pub(super) fn run(
    settings: &TtsKokoro,
    load: &Load,
    mut io: WorkerIo<Job, Done>,
) -> Result<(), StageError> {
    let Loaded { speaker, phonemiser, what } = load(settings)?;
    let mut mouth = Mouth { speaker, phonemiser, pace: Pace::new(settings.first_audio) };
    let warm = mouth.warm_up(&io);
    warm.map_err(|error| model::fault(&settings.model, error))?;
    let factor = mouth.pace.real_time_factor();
    io.ready(format!("{what}, {factor:.2} s of work a second of speech"));
    while let Some(job) = io.next_blocking() {
        let (turn, index) = (job.turn, job.index);
        match mouth.say(&job, &io) {
            Ok(true) => io.emit_blocking(Done::End { turn, index, at: io.clock().now() }),
            Ok(false) => {}
            Err(error) => {
                let message = model::name(&settings.model, error);
                io.emit_blocking(Done::Failed { turn, message });
            }
        }
    }
    Ok(())
}

/// A voice and its pace.
struct Mouth {
    speaker: Box<dyn Speaker>,
    phonemiser: Phonemiser,
    pace: Pace,
}

impl Mouth {
    /// Speaks until pages are mapped and threads run, and measures the speed.
    fn warm_up(&mut self, io: &WorkerIo<Job, Done>) -> Result<(), Error> {
        let mut runs = [(0, f64::INFINITY, 0.0); PROBES.len()];
        for round in 0..ROUNDS {
            for (text, run) in PROBES.iter().zip(&mut runs) {
                let (phonemes, _) = self.phonemiser.phonemise(text).cut(self.speaker.limit());
                let begun = io.clock().now();
                let spoken = self.speaker.speak(&phonemes.text, &|| !io.is_orphaned())?;
                let took = io.clock().now().since(begun).as_secs_f64();
                // The first round maps pages and wakes threads; of the others the one counts that
                // was disturbed less.
                if round > 0 {
                    *run = (phonemes.len(), run.1.min(took), self.seconds(spoken.samples.len()));
                }
            }
        }
        let [short, long] = runs;
        self.pace.measure(short, long);
        Ok(())
    }

    fn seconds(&self, samples: usize) -> f64 {
        samples as f64 / f64::from(self.speaker.rate().max(1))
    }

    /// Speaks a chunk; false when it is not wanted any more.
    fn say(&mut self, job: &Job, io: &WorkerIo<Job, Done>) -> Result<bool, Error> {
        let (turn, index) = (job.turn, job.index);
        let rate = self.speaker.rate();
        let mut rest = self.phonemiser.phonemise(&job.speech);
        let mut before = 0;
        while !rest.is_empty() {
            let begun = io.clock().now();
            let more = !job.end;
            let (phonemes, after) = self.pace.cut(turn, begun, &rest, more, self.speaker.limit());
            let wanted = || {
                io.touch();
                !job.cancel.is_cancelled()
            };
            let spoken = match self.speaker.speak(&phonemes.text, &wanted) {
                Ok(spoken) => spoken,
                Err(Error::Cancelled) => return Ok(false),
                Err(error) => return Err(error),
            };
            let ends = (before == 0, after.is_empty());
            let Piece { samples, words } = fit(&phonemes, spoken, rate, before, ends);
            let at = io.clock().now();
            let seconds = self.seconds(samples.len());
            self.pace.made(turn, phonemes.len(), begun, at, seconds);
            before += samples.len() as u64;
            io.emit_blocking(Done::Words { turn, index, words });
            io.emit_blocking(Done::Sound { turn, index, samples, rate, at });
            rest = after;
        }
        Ok(true)
    }
}
