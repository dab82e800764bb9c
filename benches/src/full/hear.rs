//! A recogniser that works as the pipeline's own does and writes what was really said: random
//! weights hear nothing.

use std::sync::Arc;

use antiphon::bench::player::Player;
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::stt::core::{Core, Done, Job, Partial, Sound};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{StageError, Time};
use antiphon_config::SttWhisper;
use antiphon_models::Error;
use antiphon_models::device::Compute;
use antiphon_models::files::{Want, resolve};
use antiphon_models::whisper::{Options, State, Whisper};

/// Tokens that a recogniser writes for a word, its marks included.
pub const TOKENS_A_WORD: f64 = 1.3;

/// Who spoke, and what.
#[derive(Clone)]
pub struct Truth {
    player: Player,
    lines: Arc<[String]>,
}

impl Truth {
    /// The words of that sound: of the last line that was begun in it, as far as it was said.
    fn words(&self, sound: &Sound) -> String {
        let until = seconds(sound.until());
        let said = self.player.said();
        let Some(last) = said.iter().rfind(|said| said.start() < until) else {
            return String::new();
        };
        let line = self.lines.get(last.line).map(String::as_str).unwrap_or_default();
        let share = (until - last.start()) / (last.end() - last.start()).max(1e-9);
        if share >= 1.0 {
            return line.to_owned();
        }
        let words: Vec<_> = line.split_whitespace().collect();
        let heard = (words.len() as f64 * share) as usize;
        words[..heard].join(" ")
    }
}

fn seconds(time: Time) -> f64 {
    time.since_start().as_secs_f64()
}

/// The stage; `lines` is what is said.
pub fn blueprint(
    settings: SttWhisper,
    player: &Player,
    lines: Arc<[String]>,
) -> Arc<dyn Blueprint> {
    let truth = Truth { player: player.clone(), lines };
    Arc::new(Make(move || {
        let (settings, truth) = (settings.clone(), truth.clone());
        let core = Core::new(Some(settings.partial));
        Ok((core, Some(worker::thread("stt", move |io| run(&settings, &truth, io)))))
    }))
}

fn run(
    settings: &SttWhisper,
    truth: &Truth,
    mut io: WorkerIo<Job, Done>,
) -> Result<(), StageError> {
    let fault = |error: Error| StageError::restart(error.to_string());
    let name = settings.model.parse().map_err(fault)?;
    let whisper =
        Whisper::load(&resolve(&name, Want::Whisper, &()).map_err(fault)?, &Compute::default());
    let whisper = whisper.map_err(fault)?;
    whisper.warm_up().map_err(fault)?;
    let options = Options {
        language: Some(settings.language.clone()),
        short_context: settings.short_context,
        partial_interval_s: Some(settings.partial.as_secs_f32().max(0.05)),
        // Nonsense is not tried again at another temperature, nor taken for silence.
        temperatures: vec![0.0],
        compression_ratio_threshold: None,
        logprob_threshold: None,
        no_speech_threshold: None,
        ..Options::default()
    };
    let mut state = State::new(whisper, options).map_err(fault)?;
    let (mut utterance, mut pieces) = (0, 0);
    io.ready(settings.model.clone());
    while let Some(job) = io.next_blocking() {
        let (sound, cancel, turn) = match job {
            Job::Partial { sound, cancel } => (sound, cancel, None),
            Job::Final { turn, sound, cancel } => (sound, cancel, Some(turn)),
        };
        if utterance != sound.utterance || pieces > sound.pieces.len() {
            state.reset().map_err(fault)?;
            (utterance, pieces) = (sound.utterance, 0);
        }
        let news: Vec<f32> =
            sound.pieces[pieces..].iter().flat_map(|piece| piece.samples.to_vec()).collect();
        let text = truth.words(&sound);
        let tokens = text.split_whitespace().count() as f64 * TOKENS_A_WORD;
        let mut next = state.clone();
        next.set_cancel(Some(cancel.flag()));
        next.set_max_tokens(tokens.ceil() as usize + 1);
        next.next_partial_in(turn.is_none().then_some(news.len()));
        let heard = next.accept(&news);
        let result = match (heard, turn) {
            (Ok(_), Some(_)) => next.finish().map(drop),
            (Ok(_), None) => {
                (state, pieces) = (next, sound.pieces.len());
                Ok(())
            }
            (Err(error), _) => Err(error),
        };
        let at = io.clock().now();
        match (result, turn) {
            (Ok(()), Some(turn)) => {
                io.emit_blocking(Done::Final { turn, text, finished: None, at });
            }
            (Ok(()), None) => {
                let (utterance, until, stable) = (sound.utterance, sound.until(), 0);
                let partial = Partial { utterance, text, stable, finished: None, until, at };
                io.emit_blocking(Done::Partial(Some(partial)));
            }
            (Err(Error::Cancelled), Some(_)) => {}
            (Err(Error::Cancelled), None) => io.emit_blocking(Done::Partial(None)),
            (Err(error), _) => return Err(fault(error)),
        }
    }
    Ok(())
}
