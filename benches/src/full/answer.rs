//! A language model that reads prompts and writes answers of given lengths, and says a script:
//! random weights have nothing to say.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use antiphon_actors::fact::Usage;
use antiphon_actors::frame::Role;
use antiphon_actors::llm::core::{Core, Done, Job};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{StageError, TurnId};
use antiphon_config::LlmQwen3;
use antiphon_models::Error;
use antiphon_models::qwen3::{KvCache, Qwen3};

/// Tokens of the template around each message.
const AROUND: usize = 5;
/// Tokens read between two looks whether they are still wanted.
const STEP: usize = 32;

/// The stage; `answers` are given in turn.
pub fn blueprint(settings: LlmQwen3, answers: Arc<[String]>) -> Arc<dyn Blueprint> {
    Arc::new(Make(move || {
        let (settings, answers) = (settings.clone(), answers.clone());
        let core = Core::new(settings.system.as_str());
        let core = if settings.read_ahead { core.reading_ahead() } else { core };
        Ok((core, Some(worker::thread("llm", move |io| run(&settings, &answers, io)))))
    }))
}

fn run(
    settings: &LlmQwen3,
    answers: &[String],
    mut io: WorkerIo<Job, Done>,
) -> Result<(), StageError> {
    let fault = |error: Error| StageError::restart(error.to_string());
    let network = Qwen3::load_gguf(Path::new(&settings.model)).map_err(fault)?;
    network.warm_up().map_err(fault)?;
    let limit = settings.context_limit.map_or(network.config().context, |limit| limit as usize);
    let mut author = Author { cache: KvCache::new(&network, limit), network, answers };
    author.read(&tokens_of(&settings.system), &|| false).map_err(fault)?;
    io.ready(settings.model.clone());
    while let Some(job) = io.next_blocking() {
        let turn = job.turn;
        let result = if job.draft { author.draft(&job) } else { author.answer(&job, &io) };
        match result {
            Ok(tokens) if job.draft => io.emit_blocking(Done::Read { turn, tokens }),
            Err(Error::Cancelled) if job.draft => {
                io.emit_blocking(Done::Read { turn, tokens: 0 });
            }
            Ok(_) => io.emit_blocking(Done::End { turn, at: io.clock().now() }),
            Err(Error::Cancelled) => {}
            Err(error) => return Err(fault(error)),
        }
    }
    Ok(())
}

struct Author<'a> {
    network: Arc<Qwen3>,
    cache: KvCache,
    answers: &'a [String],
}

impl Author<'_> {
    /// Reads what is new of a prompt; how many tokens that were.
    fn read(&mut self, prompt: &[u32], cancelled: &dyn Fn() -> bool) -> Result<u64, Error> {
        let known = self.cache.shared_prefix(prompt);
        self.cache.truncate(known);
        self.network.read(&prompt[known..], &mut self.cache, STEP, cancelled)?;
        Ok((prompt.len() - known) as u64)
    }

    fn draft(&mut self, job: &Job) -> Result<u64, Error> {
        self.read(&prompt(job, false), &|| job.cancel.is_cancelled())
    }

    fn answer(&mut self, job: &Job, io: &WorkerIo<Job, Done>) -> Result<u64, Error> {
        let turn: TurnId = job.turn;
        let cancelled = || job.cancel.is_cancelled() || io.is_stale(turn);
        let asked = job.messages.iter().filter(|message| message.role == Role::User).count();
        let answer = &self.answers[asked.saturating_sub(1) % self.answers.len()];
        let prompt = prompt(job, true);
        let reused = self.cache.shared_prefix(&prompt[..prompt.len() - 1]) as u64;
        let read = self.read(&prompt[..prompt.len() - 1], &cancelled)?;
        let mut last = prompt[prompt.len() - 1];
        let mut written = 0;
        for word in answer.split_inclusive(' ') {
            for token in tokens_of(word) {
                if cancelled() {
                    return Err(Error::Cancelled);
                }
                // What follows is given, but chosen from as it would be.
                let logits = self.network.forward(&[last], &mut self.cache)?;
                std::hint::black_box(logits.iter().copied().fold(f32::MIN, f32::max));
                (last, written) = (token, written + 1);
            }
            let (text, at) = (word.to_owned(), io.clock().now());
            io.emit_blocking(Done::Piece { turn, text, at });
        }
        let usage = Usage { read: Some(read + 1), reused: Some(reused), written };
        io.emit_blocking(Done::Usage { turn, usage });
        Ok(written)
    }
}

/// The tokens of a conversation, with the beginning of an answer if one is to be written.
fn prompt(job: &Job, answer: bool) -> Vec<u32> {
    let mut tokens = tokens_of(&job.system);
    for message in &*job.messages {
        tokens.extend((0..AROUND as u32).map(|at| 1_000 + at));
        tokens.extend(tokens_of(&message.content));
    }
    if answer {
        tokens.extend((0..AROUND as u32).map(|at| 2_000 + at));
    }
    tokens
}

/// One token for most words and two for a third of them, the same for the same word.
pub fn tokens_of(text: &str) -> Vec<u32> {
    let token = |word: &str, part: u8| {
        let mut hasher = DefaultHasher::new();
        (word, part).hash(&mut hasher);
        (hasher.finish() % 150_000) as u32
    };
    let words = text.split_whitespace();
    words
        .flat_map(|word| (0..=u8::from(token(word, 9) % 3 == 0)).map(move |part| token(word, part)))
        .collect()
}
