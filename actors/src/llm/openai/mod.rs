//! `llm.openai`: answers with a server that streams `/v1/chat/completions`.
//!
//! A request that fails before the first piece of text is made again, where that may help; later
//! ones cost the attempt. The connection is closed as soon as the answer is not wanted any more.
//! Thoughts, marked with `<think>` or sent apart, are not passed on.

mod reply;
mod thoughts;

#[cfg(test)]
mod tests;

use std::time::Duration;

use antiphon_config::LlmOpenai;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::reply::Reply;
use super::core::{Core, Done, Job};
use crate::error::StageError;
use crate::frame::TurnId;
use crate::http::{Again, Body, Client, Collect, Fault, Retries, Watch};
use crate::shell::{Blueprint, Make};
use crate::worker::{Worker, WorkerIo, task};

const PATH: &[&str] = &["chat", "completions"];
/// The longest answer that comes in one piece, in bytes.
const WHOLE: usize = 4 << 20;
/// How long the rest of an answer that is over is read, to keep the connection.
const REST: Duration = Duration::from_millis(500);

/// A stage of this kind.
pub fn blueprint(settings: LlmOpenai) -> impl Blueprint {
    Make(move || Ok((Core::new(&*settings.system), Some(worker(&settings)?))))
}

/// Connects to nothing before it runs. Gives up when `base_url` is not the address of a server.
fn worker(settings: &LlmOpenai) -> Result<Worker<Job, Done>, StageError> {
    let mut chat = Chat::new(settings)?;
    Ok(task(async move |mut io: WorkerIo<Job, Done>| {
        chat.client.warm_up();
        io.ready(format!("`{}` of {}", chat.settings.model, chat.client.shown(&[])));
        while let Some(job) = io.next().await {
            let mut watch = Watch::new(&io, job.turn, job.cancel.clone());
            let result = chat.answer(&job, &io, &mut watch).await;
            drop(watch);
            if let Err(Fault::Failed { message, again: _ }) = result {
                io.emit(Done::Failed { turn: job.turn, message }).await;
            }
        }
        Ok(())
    }))
}

/// A server and how it is asked.
struct Chat {
    client: Client,
    settings: LlmOpenai,
    /// The server knows the longest reply as `max_completion_tokens` only.
    renamed_limit: bool,
}

impl Chat {
    fn new(settings: &LlmOpenai) -> Result<Self, StageError> {
        let LlmOpenai { base_url, api_key, model, connect_timeout, .. } = settings;
        let client = Client::new(base_url, api_key.as_ref(), model, *connect_timeout)?;
        Ok(Self { client, settings: settings.clone(), renamed_limit: false })
    }

    async fn answer(
        &mut self,
        job: &Job,
        io: &WorkerIo<Job, Done>,
        watch: &mut Watch<'_>,
    ) -> Result<(), Fault> {
        let turn: TurnId = job.turn;
        let mut answer = self.ask(job, watch).await?;
        while let Some(text) = answer.next(watch).await? {
            watch.hand_over(io.emit(Done::Piece { turn, text, at: io.clock().now() })).await?;
        }
        watch.hand_over(io.emit(Done::End { turn, at: io.clock().now() })).await?;
        answer.read_rest(watch).await;
        Ok(())
    }

    /// Asks until there is a first piece of text.
    async fn ask(&mut self, job: &Job, watch: &mut Watch<'_>) -> Result<Answer, Fault> {
        let mut retries = Retries::new(self.settings.retries, self.settings.backoff);
        loop {
            match self.attempt(job, watch).await {
                Ok(answer) => return Ok(answer),
                Err(fault) if self.renames_limit(&fault) => self.renamed_limit = true,
                Err(fault) => retries.after(fault, watch).await?,
            }
        }
    }

    async fn attempt(&self, job: &Job, watch: &mut Watch<'_>) -> Result<Answer, Fault> {
        let limit = self.settings.first_token_timeout;
        let end = Instant::now() + limit;
        let request = self.request(job);
        let body = self.client.post(PATH, |post| post.json(&request), end, watch).await?;
        let idle = self.settings.idle_timeout;
        let mut answer =
            Answer { body, reply: Reply::default(), text: String::new(), over: false, idle };
        match answer.body.content_type().as_str() {
            "application/json" => answer.fill_whole(end, watch).await?,
            "text/html" => {
                let message = format!(
                    "`{}` answered with a page; is `base_url` the address up to and with `/v1`?",
                    answer.body.url()
                );
                return Err(Fault::failed(message, Again::Never));
            }
            _ => answer.fill(end, limit, watch).await?,
        }
        Ok(answer)
    }

    fn request(&self, job: &Job) -> Value {
        let system =
            (!job.system.is_empty()).then(|| json!({ "role": "system", "content": &*job.system }));
        let messages = job.messages.iter().map(|message| json!(message));
        let messages: Vec<Value> = system.into_iter().chain(messages).collect();
        let mut request =
            json!({ "model": self.settings.model, "messages": messages, "stream": true });
        if let Some(temperature) = self.settings.temperature {
            request["temperature"] = json!(temperature);
        }
        if let Some(most) = self.settings.max_tokens {
            let name = if self.renamed_limit { "max_completion_tokens" } else { "max_tokens" };
            request[name] = json!(most);
        }
        request
    }

    /// Whether the server says that it wants the limit under its newer name.
    fn renames_limit(&self, fault: &Fault) -> bool {
        let Fault::Failed { message, .. } = fault else { return false };
        !self.renamed_limit
            && self.settings.max_tokens.is_some()
            && message.contains(" 400 ")
            && message.contains("max_completion_tokens")
    }
}

/// An answer as it comes.
struct Answer {
    body: Body,
    reply: Reply,
    /// Text that came and was not taken yet.
    text: String,
    over: bool,
    idle: Duration,
}

impl Answer {
    /// The next piece of text; none after the last.
    async fn next(&mut self, watch: &mut Watch<'_>) -> Result<Option<String>, Fault> {
        self.fill(Instant::now() + self.idle, self.idle, watch).await?;
        Ok((!self.text.is_empty()).then(|| std::mem::take(&mut self.text)))
    }

    /// Reads until there is text or the end, by `end`, which was `limit` away.
    async fn fill(
        &mut self,
        end: Instant,
        limit: Duration,
        watch: &mut Watch<'_>,
    ) -> Result<(), Fault> {
        while self.text.is_empty() && !self.over {
            let late = |url: &str| late(url, limit, &self.reply);
            let bytes = self.body.next(end, watch, late).await?;
            let hidden = self.body.hidden();
            let mut result = match &bytes {
                Some(bytes) => self.reply.push(bytes, hidden, &mut self.text),
                None => Ok(()),
            };
            if result.is_ok() && (bytes.is_none() || self.reply.is_over()) {
                self.over = true;
                result = self.reply.finish(hidden, &mut self.text);
            }
            result.map_err(|words| self.failed(&words))?;
        }
        Ok(())
    }

    /// Reads an answer of a server that does not stream.
    async fn fill_whole(&mut self, end: Instant, watch: &mut Watch<'_>) -> Result<(), Fault> {
        let text = match self.body.collect(WHOLE, end, watch).await {
            Ok(text) => text,
            Err(Collect::Fault(fault)) => return Err(fault),
            Err(Collect::Late(_)) => return Err(self.failed("its answer took too long")),
            Err(Collect::TooLong(_)) => return Err(self.failed("its answer is too long")),
        };
        self.over = true;
        let result = self.reply.whole(&text, self.body.hidden(), &mut self.text);
        result.map_err(|words| self.failed(&words))
    }

    /// Reads what comes after the end, so that the connection can be used again.
    async fn read_rest(&mut self, watch: &mut Watch<'_>) {
        let end = Instant::now() + REST;
        let late = |_: &str| Fault::Stale;
        while let Ok(Some(_)) = self.body.next(end, watch, late).await {}
    }

    fn failed(&self, words: &str) -> Fault {
        Fault::failed(format!("`{}` failed: {words}", self.body.url()), Again::Never)
    }
}

fn late(url: &str, limit: Duration, reply: &Reply) -> Fault {
    let limit = limit.as_millis();
    if reply.has_said() {
        let message = format!("`{url}` fell silent for {limit} ms in mid-answer");
        return Fault::failed(message, Again::Never);
    }
    if reply.is_thinking() {
        let message = format!("`{url}` sent only thoughts for {limit} ms");
        return Fault::failed(message, Again::Never);
    }
    Fault::failed(format!("`{url}` sent no text within {limit} ms"), Again::Backoff)
}
