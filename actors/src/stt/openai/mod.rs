//! `stt.openai`: writes down speech with a server that has `/v1/audio/transcriptions`.
//!
//! The audio goes as one WAV file when the words of a turn are wanted; there are no partials. A
//! request that fails is made again, where that may help. The connection is closed as soon as the
//! words are not wanted any more.

#[cfg(test)]
mod tests;
mod wav;

use antiphon_config::SttOpenai;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tokio::time::Instant;

use super::core::{Core, Done, Job, Sound};
use crate::error::StageError;
use crate::http::{Again, Client, Collect, Fault, Retries, Watch};
use crate::shell::{Blueprint, Make};
use crate::worker::{Worker, WorkerIo, task};

const PATH: &[&str] = &["audio", "transcriptions"];
/// The longest answer that is taken, in bytes.
const LONGEST: usize = 1 << 20;

/// A stage of this kind.
pub fn blueprint(settings: SttOpenai) -> impl Blueprint {
    Make(move || Ok((Core::new(None), Some(worker(&settings)?))))
}

/// Connects to nothing before it runs. Gives up when `base_url` is not the address of a server.
fn worker(settings: &SttOpenai) -> Result<Worker<Job, Done>, StageError> {
    let transcriber = Transcriber::new(settings)?;
    Ok(task(async move |mut io: WorkerIo<Job, Done>| {
        let Transcriber { client, settings } = &transcriber;
        client.warm_up();
        io.ready(format!("`{}` of {}", settings.model, client.shown(&[])));
        while let Some(job) = io.next().await {
            match job {
                Job::Partial { .. } => io.emit(Done::Partial(None)).await,
                Job::Final { turn, sound, cancel } => {
                    let mut watch = Watch::new(&io, turn, cancel);
                    let words = transcriber.words(&sound, &mut watch).await;
                    drop(watch);
                    let at = io.clock().now();
                    match words {
                        Ok(text) => io.emit(Done::Final { turn, text, finished: None, at }).await,
                        Err(Fault::Stale) => {}
                        Err(Fault::Failed { message, again: _ }) => {
                            io.emit(Done::Failed { turn, message }).await;
                        }
                    }
                }
            }
        }
        Ok(())
    }))
}

/// A server and how it is asked.
struct Transcriber {
    client: Client,
    settings: SttOpenai,
}

impl Transcriber {
    fn new(settings: &SttOpenai) -> Result<Self, StageError> {
        let SttOpenai { base_url, api_key, model, connect_timeout, .. } = settings;
        let client = Client::new(base_url, api_key.as_ref(), model, *connect_timeout)?;
        Ok(Self { client, settings: settings.clone() })
    }

    async fn words(&self, sound: &Sound, watch: &mut Watch<'_>) -> Result<String, Fault> {
        let wav = wav::encode(&sound.samples(), sound.rate());
        let mut retries = Retries::new(self.settings.retries, self.settings.backoff);
        loop {
            match self.attempt(&wav, watch).await {
                Ok(text) => return Ok(text),
                Err(fault) => retries.after(fault, watch).await?,
            }
        }
    }

    async fn attempt(&self, wav: &[u8], watch: &mut Watch<'_>) -> Result<String, Fault> {
        let end = Instant::now() + self.settings.timeout;
        let fill = |post: RequestBuilder| post.multipart(self.form(wav));
        let mut body = self.client.post(PATH, fill, end, watch).await?;
        let fault = |what: &str, again| Fault::failed(format!("`{}` {what}", body.url()), again);
        let (late, long) = (
            fault("did not finish its answer in time", Again::Backoff),
            fault("sent too long an answer", Again::Never),
        );
        let text = match body.collect(LONGEST, end, watch).await {
            Ok(text) => text,
            Err(Collect::Fault(fault)) => return Err(fault),
            Err(Collect::Late(_)) => return Err(late),
            Err(Collect::TooLong(_)) => return Err(long),
        };
        words(&text, &body.content_type()).ok_or_else(|| {
            let sent = body.hidden().message(&text);
            let message = format!(
                "`{}` answered without words: `{sent}`; JSON with `text` is expected",
                body.url()
            );
            Fault::failed(message, Again::Never)
        })
    }

    fn form(&self, wav: &[u8]) -> Form {
        let mut file = Part::bytes(wav.to_vec()).file_name("speech.wav");
        if let Ok(mime) = "audio/wav".parse() {
            file = file.headers([(reqwest::header::CONTENT_TYPE, mime)].into_iter().collect());
        }
        let form = Form::new()
            .part("file", file)
            .text("model", self.settings.model.clone())
            .text("response_format", "json");
        match &self.settings.language {
            Some(language) => form.text("language", language.clone()),
            None => form,
        }
    }
}

/// The words of an answer, if it is one.
fn words(body: &str, content_type: &str) -> Option<String> {
    let text = match serde_json::from_str::<Value>(body) {
        Ok(value) => value.get("text")?.as_str()?.to_string(),
        Err(_) if content_type == "text/plain" => body.to_string(),
        Err(_) => return None,
    };
    let text = text.trim();
    Some(if is_remark(text) { String::new() } else { text.to_string() })
}

/// Whether the text is a note on what is no speech, such as `[BLANK_AUDIO]` or `(music)`.
fn is_remark(text: &str) -> bool {
    [('[', ']'), ('(', ')')].into_iter().any(|(open, close)| {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        inner.is_some_and(|inner| !inner.contains([open, close]))
    })
}
