//! `tts.openai`: speaks with a server that has `/v1/audio/speech`.
//!
//! The sound goes on as it comes. A request that fails before its first sound is made again, where
//! that may help; later ones cost the attempt. The connection is closed as soon as the sound is
//! not wanted any more.

mod pcm;
#[cfg(test)]
mod tests;

use std::time::Duration;

use antiphon_config::TtsOpenai;
use serde_json::json;
use tokio::time::Instant;

use self::pcm::Decoder;
use super::core::{Core, Done, Job};
use crate::error::StageError;
use crate::http::{Again, Body, Client, Collect, Fault, Retries, Watch};
use crate::shell::{Blueprint, Make};
use crate::worker::{Worker, WorkerIo, task};

const PATH: &[&str] = &["audio", "speech"];
/// The shortest piece that goes on before the end: the less of a piece there is, the more it costs.
const PIECE: Duration = Duration::from_millis(20);
/// The most that is read of an answer that is no sound, in bytes.
const WORDS: usize = 64 << 10;

/// A stage of this kind.
pub fn blueprint(settings: TtsOpenai) -> impl Blueprint {
    Make(move || Ok((Core::new(settings.sample_rate), Some(worker(&settings)?))))
}

/// Connects to nothing before it runs. Gives up when `base_url` is not the address of a server.
fn worker(settings: &TtsOpenai) -> Result<Worker<Job, Done>, StageError> {
    let voice = Voice::new(settings)?;
    Ok(task(async move |mut io: WorkerIo<Job, Done>| {
        let Voice { client, settings } = &voice;
        client.warm_up();
        let TtsOpenai { model, voice: name, .. } = settings;
        io.ready(format!("`{name}` of `{model}` of {}", client.shown(&[])));
        while let Some(job) = io.next().await {
            let mut watch = Watch::new(&io, job.turn, job.cancel.clone());
            let result = voice.speak(&job, &io, &mut watch).await;
            drop(watch);
            if let Err(Fault::Failed { message, again: _ }) = result {
                io.emit(Done::Failed { turn: job.turn, message }).await;
            }
        }
        Ok(())
    }))
}

/// A server and how it is asked.
struct Voice {
    client: Client,
    settings: TtsOpenai,
}

impl Voice {
    fn new(settings: &TtsOpenai) -> Result<Self, StageError> {
        let TtsOpenai { base_url, api_key, model, connect_timeout, .. } = settings;
        let client = Client::new(base_url, api_key.as_ref(), model, *connect_timeout)?;
        Ok(Self { client, settings: settings.clone() })
    }

    async fn speak(
        &self,
        job: &Job,
        io: &WorkerIo<Job, Done>,
        watch: &mut Watch<'_>,
    ) -> Result<(), Fault> {
        let (turn, index) = (job.turn, job.index);
        let mut sound = self.ask(&job.speech, watch).await?;
        while let Some((samples, rate)) = sound.next(watch).await? {
            watch
                .hand_over(io.emit(Done::Sound {
                    turn,
                    index,
                    samples,
                    rate,
                    at: io.clock().now(),
                }))
                .await?;
        }
        watch.hand_over(io.emit(Done::End { turn, index, at: io.clock().now() })).await
    }

    /// Asks until there is sound.
    async fn ask(&self, speech: &str, watch: &mut Watch<'_>) -> Result<Sound, Fault> {
        let mut retries = Retries::new(self.settings.retries, self.settings.backoff);
        loop {
            match self.attempt(speech, watch).await {
                Ok(sound) => return Ok(sound),
                Err(fault) => retries.after(fault, watch).await?,
            }
        }
    }

    async fn attempt(&self, speech: &str, watch: &mut Watch<'_>) -> Result<Sound, Fault> {
        let TtsOpenai { model, voice, sample_rate, speed, idle_timeout, .. } = &self.settings;
        let limit = self.settings.first_audio_timeout;
        let end = Instant::now() + limit;
        let request = json!({
            "model": model,
            "voice": voice,
            "input": speech,
            "response_format": "pcm",
            "speed": speed,
        });
        let body = self.client.post(PATH, |post| post.json(&request), end, watch).await?;
        let content_type = body.content_type();
        let decoder = Decoder::new(*sample_rate, &content_type);
        let mut sound = Sound {
            body,
            decoder,
            samples: Vec::new(),
            begun: false,
            over: false,
            idle: *idle_timeout,
        };
        if matches!(&*content_type, "application/json" | "text/html" | "text/plain") {
            return Err(sound.wordy(&content_type, end, watch).await);
        }
        sound.fill(1, end, limit, watch).await?;
        if sound.samples.is_empty() {
            return Err(sound.failed("sent no sound"));
        }
        sound.begun = true;
        Ok(sound)
    }
}

/// Sound as it comes.
struct Sound {
    body: Body,
    decoder: Decoder,
    /// Samples that came and were not taken yet.
    samples: Vec<f32>,
    begun: bool,
    over: bool,
    idle: Duration,
}

impl Sound {
    /// The next samples and how many of them make a second; none after the last.
    async fn next(&mut self, watch: &mut Watch<'_>) -> Result<Option<(Vec<f32>, u32)>, Fault> {
        let rate = self.decoder.rate();
        let least = (f64::from(rate) * PIECE.as_secs_f64()) as usize;
        self.fill(least, Instant::now() + self.idle, self.idle, watch).await?;
        let samples = std::mem::take(&mut self.samples);
        Ok((!samples.is_empty()).then_some((samples, rate)))
    }

    /// Reads until there are `least` samples or the end, by `end`, which was `limit` away.
    async fn fill(
        &mut self,
        least: usize,
        end: Instant,
        limit: Duration,
        watch: &mut Watch<'_>,
    ) -> Result<(), Fault> {
        while self.samples.len() < least && !self.over {
            let (limit, begun) = (limit.as_millis(), self.begun);
            let late = |url: &str| match begun {
                true => Fault::failed(
                    format!("`{url}` fell silent for {limit} ms in mid-speech"),
                    Again::Never,
                ),
                false => {
                    let message = format!("`{url}` sent no sound within {limit} ms");
                    Fault::failed(message, Again::Backoff)
                }
            };
            let result = match self.body.next(end, watch, late).await? {
                Some(bytes) => self.decoder.push(&bytes, &mut self.samples),
                None => {
                    self.over = true;
                    self.decoder.finish(&mut self.samples)
                }
            };
            result.map_err(|other| self.unfit(&other))?;
        }
        Ok(())
    }

    /// The fault of a good answer that is words.
    async fn wordy(&mut self, content_type: &str, end: Instant, watch: &mut Watch<'_>) -> Fault {
        match self.body.collect(WORDS, end, watch).await {
            Ok(text) | Err(Collect::Late(text) | Collect::TooLong(text)) => {
                let words = self.body.hidden().message(&text);
                self.unfit(&format!("`{content_type}` ({words})"))
            }
            Err(Collect::Fault(fault)) => fault,
        }
    }

    fn unfit(&self, what: &str) -> Fault {
        self.failed(&format!(
            "sent {what}; 16-bit PCM is expected for `response_format` `pcm`, or a WAV file with \
             16-bit integers or 32-bit floats"
        ))
    }

    fn failed(&self, what: &str) -> Fault {
        Fault::failed(format!("`{}` {what}", self.body.url()), Again::Never)
    }
}
