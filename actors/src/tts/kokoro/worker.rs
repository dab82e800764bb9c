//! Speaks chunks piece by piece.

use antiphon_config::TtsKokoro;
use antiphon_models::voice::{Phonemiser, Speaker};

use super::joint::{Piece, fit};
use super::pace::Pace;
use super::{Load, Loaded};
use crate::error::StageError;
use crate::model;
use crate::tts::core::{Done, Job};
use crate::worker::WorkerIo;

/// What is said, unheard, to warm up and to find out how fast the voice is: short, then long.
const PROBES: [&str; 3] = [
    "One two three four.",
    "One two three four.",
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun all day.",
];

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
    fn warm_up(&mut self, io: &WorkerIo<Job, Done>) -> Result<(), antiphon_models::Error> {
        let mut runs = Vec::with_capacity(PROBES.len());
        for text in PROBES {
            let (phonemes, _) = self.phonemiser.phonemise(text).cut(self.speaker.limit());
            let begun = io.clock().now();
            let spoken = self.speaker.speak(&phonemes.text)?;
            let took = io.clock().now().since(begun).as_secs_f64();
            runs.push((phonemes.len(), took, self.seconds(spoken.samples.len())));
        }
        if let [_, short, long] = runs[..] {
            self.pace.measure(short, long);
        }
        Ok(())
    }

    fn seconds(&self, samples: usize) -> f64 {
        samples as f64 / f64::from(self.speaker.rate().max(1))
    }

    /// Speaks a chunk; false when it is not wanted any more.
    fn say(&mut self, job: &Job, io: &WorkerIo<Job, Done>) -> Result<bool, antiphon_models::Error> {
        let (turn, index) = (job.turn, job.index);
        let rate = self.speaker.rate();
        let mut rest = self.phonemiser.phonemise(&job.speech);
        let mut before = 0;
        while !rest.is_empty() {
            if job.cancel.is_cancelled() {
                return Ok(false);
            }
            let begun = io.clock().now();
            let most = self.pace.most(turn, begun).min(self.speaker.limit());
            let (phonemes, after) = rest.cut(most);
            let spoken = self.speaker.speak(&phonemes.text)?;
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
