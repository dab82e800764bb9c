//! The network, and the audio that it has heard.

use std::sync::Arc;

use antiphon_config::SttWhisper;
use antiphon_models::Error;
use antiphon_models::files::Want;
use antiphon_models::whisper::{self, Options, Partial as Heard, SAMPLE_RATE, State, Whisper};

use crate::cancel::Cancel;
use crate::compute;
use crate::error::StageError;
use crate::fact::Finished;
use crate::model;
use crate::stt::core::{Done, Job, Partial, Sound};
use crate::time::Clock;
use crate::worker::WorkerIo;

/// Loads the network and transcribes until the stage is gone.
pub(super) fn run(settings: &SttWhisper, mut io: WorkerIo<Job, Done>) -> Result<(), StageError> {
    let name = &settings.model;
    let files = model::resolve(name, Want::Whisper)?;
    let fault = |error: Error| model::fault(name, error);
    let compute = compute::choose(settings.device, settings.dtype, &Whisper::DTYPES)?;
    let whisper = Whisper::load(&files, &compute).map_err(fault)?;
    whisper.warm_up().map_err(fault)?;
    let mut ear = Ear::new(whisper, options(settings)).map_err(fault)?;
    io.ready(model::report_on(&files, &compute));
    while let Some(job) = io.next_blocking() {
        match job {
            Job::Partial { sound, cancel } => match ear.partial(&sound, &cancel, io.clock()) {
                Ok(partial) => io.emit_blocking(Done::Partial(partial)),
                Err(error) => {
                    ear.forget();
                    io.emit_blocking(Done::Note(model::name(name, error)));
                    io.emit_blocking(Done::Partial(None));
                }
            },
            Job::Final { turn, sound, cancel } => match ear.words(&sound, &cancel) {
                Ok((text, finished)) => {
                    let at = io.clock().now();
                    io.emit_blocking(Done::Final { turn, text, finished, at });
                }
                Err(Error::Cancelled) => {}
                Err(error) => {
                    ear.forget();
                    io.emit_blocking(Done::Failed { turn, message: model::name(name, error) });
                }
            },
        }
    }
    Ok(())
}

/// The settings as the network takes them.
pub(super) fn options(settings: &SttWhisper) -> Options {
    let language = Some(settings.language.clone()).filter(|language| language != "auto");
    // Partials are made when they are asked for; the interval only says that there are some.
    let partial = Some(settings.partial.as_secs_f32()).filter(|seconds| *seconds > 0.0);
    Options {
        language,
        short_context: settings.short_context,
        beam_size: settings.beam_size.map(|size| size as usize),
        partial_interval_s: partial.map(|seconds| seconds.max(0.05)),
        ..Options::default()
    }
}

/// One stream of audio as the network hears it.
struct Ear {
    state: State,
    /// What the state has heard: pieces of that utterance.
    utterance: u64,
    pieces: usize,
}

impl Ear {
    fn new(whisper: Arc<Whisper>, options: Options) -> Result<Self, Error> {
        Ok(Self { state: State::new(whisper, options)?, utterance: 0, pieces: 0 })
    }

    fn forget(&mut self) {
        self.utterance = 0;
    }

    /// The samples that the state has not heard.
    fn news(&mut self, sound: &Sound) -> Result<Vec<f32>, Error> {
        if self.utterance != sound.utterance || self.pieces > sound.pieces.len() {
            self.state.reset()?;
            (self.utterance, self.pieces) = (sound.utterance, 0);
        }
        let pieces = &sound.pieces[self.pieces..];
        if let Some(piece) = pieces.iter().find(|piece| piece.rate as usize != SAMPLE_RATE) {
            let rate = piece.rate;
            return Err(Error::Input(format!("audio of {rate} Hz, expected {SAMPLE_RATE} Hz")));
        }
        Ok(pieces.iter().flat_map(|piece| piece.samples.iter().copied()).collect())
    }

    /// The words so far; none if they are not wanted any more.
    fn partial(
        &mut self,
        sound: &Sound,
        cancel: &Cancel,
        clock: Clock,
    ) -> Result<Option<Partial>, Error> {
        let news = self.news(sound)?;
        // A step that is abandoned half-way must leave no trace.
        let mut next = self.state.clone();
        next.set_cancel(Some(cancel.flag()));
        next.next_partial_in(Some(news.len()));
        let heard = match next.accept(&news) {
            Ok(heard) => heard,
            Err(Error::Cancelled) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.state = next;
        self.pieces = sound.pieces.len();
        Ok(heard.map(|heard| {
            let (text, stable) = text(&heard);
            let (utterance, until, at) = (sound.utterance, sound.until(), clock.now());
            Partial { utterance, text, stable, finished: finished(heard.finished), until, at }
        }))
    }

    /// The words of all of it, and whether they are finished. The state stays where it
    /// was, for the person may go on.
    fn words(
        &mut self,
        sound: &Sound,
        cancel: &Cancel,
    ) -> Result<(String, Option<Finished>), Error> {
        let news = self.news(sound)?;
        let mut last = self.state.clone();
        last.set_cancel(Some(cancel.flag()));
        last.next_partial_in(None);
        last.accept(&news)?;
        let heard = last.finish()?;
        Ok((heard.text, finished(heard.finished)))
    }
}

fn finished(said: Option<whisper::Finished>) -> Option<Finished> {
    said.map(|whisper::Finished { probability, trust }| Finished { probability, trust })
}

/// The trimmed text, and how many bytes of it are stable.
fn text(heard: &Heard) -> (String, usize) {
    let stable: String = heard.stable.iter().map(|word| word.text.as_str()).collect();
    let text = heard.text();
    let stable = stable.trim().len().min(text.len());
    (text, stable)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn settings_reach_the_network() {
        let plain = options(&SttWhisper::default());
        assert_eq!((plain.language.as_deref(), plain.beam_size), (Some("en"), None));
        let settings = SttWhisper {
            language: "auto".into(),
            partial: Duration::ZERO,
            short_context: false,
            beam_size: Some(3),
            ..SttWhisper::default()
        };
        let chosen = options(&settings);
        assert_eq!((chosen.language, chosen.beam_size), (None, Some(3)));
        assert_eq!((chosen.partial_interval_s, chosen.short_context), (None, false));
    }
}
