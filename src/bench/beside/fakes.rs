//! A recogniser, a language model and a voice of stated cost, as stages of the engine.

use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::cancel::Cancel;
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{Clock, StageError, Time, llm, stt, tts};
use antiphon_config::{Port, Settings, Stage};

use super::costs::Costs;
use crate::bench::RATE;
use crate::bench::player::Player;
use crate::bench::sounding::seconds;
use crate::bench::voice::Word;

/// What is said, and what it costs to hear it.
#[derive(Clone)]
pub struct Cast {
    /// The costs.
    pub costs: Arc<Costs>,
    /// Who knows when something was said.
    pub player: Player,
    /// The words of each line.
    pub words: Arc<[Vec<Word>]>,
}

impl Cast {
    /// What was said between two moments, by the middle of each word, in small letters and without
    /// marks, as most recognisers write that know no sentences.
    fn words(&self, since: Time, until: Time) -> String {
        let (since, until) = (seconds(since), seconds(until));
        let mut words = Vec::new();
        for said in self.player.said() {
            let line = self.words.get(said.line).map(Vec::as_slice).unwrap_or_default();
            let within = |word: &&Word| (since..until).contains(&(said.start() + word.at));
            words.extend(line.iter().filter(within).map(|word| word.text.to_lowercase()));
        }
        words.join(" ")
    }

    /// The stage in place of a network, a program or a server; none for other stages.
    pub fn blueprint(&self, stage: &Stage) -> Option<Arc<dyn Blueprint>> {
        let (cast, output) = (self.clone(), stage.output);
        if output == Some(Port::Transcript) {
            let whisper =
                if let Settings::SttWhisper(it) = &stage.settings { Some(it) } else { None };
            let every = whisper.map(|settings| settings.partial);
            return Some(Arc::new(Make(move || {
                let cast = cast.clone();
                let hear = worker::task(move |io| Recogniser::new(cast).run(io));
                Ok((stt::core::Core::new(every), Some(hear)))
            })));
        }
        if output == Some(Port::Tokens) {
            return Some(Arc::new(Make(move || {
                let cast = cast.clone();
                Ok((llm::core::Core::new(""), Some(worker::task(move |io| answer(io, cast)))))
            })));
        }
        (output == Some(Port::Voice)).then(|| -> Arc<dyn Blueprint> {
            Arc::new(Make(move || {
                let cast = cast.clone();
                Ok((tts::core::Core::new(RATE), Some(worker::task(move |io| speak(io, cast)))))
            }))
        })
    }
}

/// Whether a job was done by that moment, or given up before.
async fn spend(clock: Clock, until: Time, cancel: &Cancel) -> bool {
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        () = clock.sleep_until(until) => true,
    }
}

/// Hears each second once, or all of them anew.
struct Recogniser {
    cast: Cast,
    utterance: u64,
    /// How much of it was heard.
    heard: Duration,
}

impl Recogniser {
    fn new(cast: Cast) -> Self {
        Self { cast, utterance: 0, heard: Duration::ZERO }
    }

    async fn run(
        mut self,
        mut io: WorkerIo<stt::core::Job, stt::core::Done>,
    ) -> Result<(), StageError> {
        io.ready("");
        let clock = io.clock();
        while let Some(job) = io.next().await {
            match job {
                stt::core::Job::Partial { sound, cancel } => {
                    let words = self.hear(&sound, &cancel, clock).await;
                    let partial = words.filter(|text| !text.is_empty()).map(|text| {
                        let (utterance, until, at) = (sound.utterance, sound.until(), clock.now());
                        stt::core::Partial { utterance, text, stable: 0, finished: None, until, at }
                    });
                    io.emit(stt::core::Done::Partial(partial)).await;
                }
                stt::core::Job::Final { turn, sound, cancel } => {
                    if let Some(text) = self.hear(&sound, &cancel, clock).await {
                        io.emit(stt::core::Done::Final {
                            turn,
                            text,
                            finished: None,
                            at: clock.now(),
                        })
                        .await;
                    }
                }
            }
        }
        Ok(())
    }

    /// The words; none if they are not wanted any more.
    async fn hear(
        &mut self,
        sound: &stt::core::Sound,
        cancel: &Cancel,
        clock: Clock,
    ) -> Option<String> {
        let costs = &self.cast.costs;
        if costs.stt_anew || self.utterance != sound.utterance {
            (self.utterance, self.heard) = (sound.utterance, Duration::ZERO);
        }
        let samples: usize = sound.pieces.iter().map(|piece| piece.samples.len()).sum();
        let whole = Duration::from_secs_f64(samples as f64 / f64::from(sound.rate().max(1)));
        let cost = costs.stt(whole.saturating_sub(self.heard));
        let began = clock.now();
        if !spend(clock, began + cost, cancel).await {
            // What was heard until then was heard.
            let share = clock.now().since(began).as_secs_f64() / cost.as_secs_f64().max(1e-9);
            self.heard += whole.saturating_sub(self.heard).mul_f64(share.min(1.0));
            return None;
        }
        self.heard = whole;
        let from = sound.pieces.first().map_or(Time::ZERO, |piece| piece.at);
        Some(self.cast.words(from, sound.until()))
    }
}

async fn answer(
    mut io: WorkerIo<llm::core::Job, llm::core::Done>,
    cast: Cast,
) -> Result<(), StageError> {
    io.ready("");
    let clock = io.clock();
    while let Some(llm::core::Job { turn, cancel, .. }) = io.next().await {
        let mut at = clock.now();
        for (place, word) in cast.costs.answer.split_inclusive(' ').enumerate() {
            at = at + cast.costs.token(place);
            if !spend(clock, at, &cancel).await {
                break;
            }
            io.emit(llm::core::Done::Piece { turn, text: word.into(), at: clock.now() }).await;
        }
        io.emit(llm::core::Done::End { turn, at: clock.now() }).await;
    }
    Ok(())
}

async fn speak(
    mut io: WorkerIo<tts::core::Job, tts::core::Done>,
    cast: Cast,
) -> Result<(), StageError> {
    io.ready("");
    let clock = io.clock();
    while let Some(tts::core::Job { turn, index, speech, cancel, .. }) = io.next().await {
        let costs = &cast.costs;
        let (mut at, mut ready) = (clock.now(), Vec::new());
        let words = speech.split_whitespace().count();
        for place in 0..words {
            at = at + costs.word(place);
            if !spend(clock, at, &cancel).await {
                break;
            }
            ready.extend(costs.sound(RATE));
            if !costs.tts_whole || place + 1 == words {
                let samples = std::mem::take(&mut ready);
                let at = clock.now();
                io.emit(tts::core::Done::Sound { turn, index, samples, rate: RATE, at }).await;
            }
        }
        io.emit(tts::core::Done::End { turn, index, at: clock.now() }).await;
    }
    Ok(())
}
