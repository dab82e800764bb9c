//! One answer: what is asked of it, how it comes about token by token, and what came of it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::prompt::Prompt;
use super::speech::Speech;
use super::{Constraint, Detokenizer, Llm, Sampler, Sampling};
use crate::{Error, Result};

/// Says whether work that has begun should stop; asked before each token.
#[derive(Clone, Default)]
pub struct Cancel(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Cancel {
    /// Never.
    pub fn never() -> Self {
        Self::default()
    }

    /// When `cancelled` says so.
    pub fn when(cancelled: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(cancelled)))
    }

    /// Whether to stop now.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|cancelled| cancelled())
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Cancel::when(…)" } else { "Cancel::never()" })
    }
}

/// How to answer.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    /// How freely tokens are chosen.
    pub sampling: Sampling,
    /// The longest answer, in tokens.
    pub max_tokens: usize,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Lets a network think before it answers, where its template knows how. Thoughts are never
    /// part of the answer.
    pub thinking: bool,
    /// A JSON schema that the answer must match.
    pub json_schema: Option<Value>,
    /// Stops the answer early.
    pub cancel: Cancel,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            sampling: Sampling::greedy(),
            // Two minutes of speech, far more than a spoken answer should have.
            max_tokens: 512,
            stop: Vec::new(),
            thinking: false,
            json_schema: None,
            cancel: Cancel::never(),
        }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The network ended its turn, or the JSON value was complete.
    Stop,
    /// A stop string came up.
    StopString,
    /// The limit of tokens, or the end of the context, was reached.
    Length,
    /// The caller no longer wanted it.
    Cancelled,
}

/// Where the time of an answer went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Reading the prompt.
    pub prefill: Duration,
    /// From the beginning to the first token.
    pub first_token: Duration,
    /// From the first token to the end.
    pub decode: Duration,
}

/// A finished answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was said.
    pub text: String,
    /// What was thought, if anything.
    pub thoughts: String,
    /// The tokens chosen, thoughts included, without the one that ended the turn.
    pub tokens: Vec<u32>,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens of the prompt that the network had to read.
    pub prefill_tokens: usize,
    /// Tokens of the prompt that it had read before.
    pub reused_tokens: usize,
    /// Turns of the conversation left out, oldest first, as they did not fit into the context.
    pub dropped_turns: usize,
    /// Characters left out of messages longer than the context.
    pub dropped_chars: usize,
    /// Where the time went.
    pub timings: Timings,
}

/// An answer in the making.
#[derive(Debug)]
pub(crate) struct Answer {
    logits: Vec<f32>,
    sampler: Sampler,
    constraint: Option<Constraint>,
    detokenizer: Detokenizer,
    speech: Speech,
    max_tokens: usize,
    cancel: Cancel,
    pub(crate) tail: String,
    started: Instant,
    pub(crate) reply: Reply,
    pub(crate) finish: Option<Finish>,
}

impl Answer {
    pub(crate) fn new(llm: &Llm, options: &GenerateOptions) -> Result<Self> {
        if let Some(at) = options.stop.iter().position(String::is_empty) {
            return Err(Error::Input(format!("`stop[{at}]` is empty, expected some text")));
        }
        if options.max_tokens == 0 {
            return Err(Error::Input("`max_tokens` is 0, expected 1 or more".into()));
        }
        if options.thinking && options.json_schema.is_some() {
            let message = "`thinking` and `json_schema` exclude each other: thoughts are not JSON";
            return Err(Error::Input(message.into()));
        }
        let constraint = match &options.json_schema {
            Some(schema) => Some(llm.grammars()?.json(schema)?),
            None => None,
        };
        Ok(Self {
            logits: Vec::new(),
            sampler: Sampler::new(options.sampling.clone())?,
            speech: Speech::new(&options.stop, constraint.is_none()),
            constraint,
            detokenizer: Detokenizer::new(),
            max_tokens: options.max_tokens,
            cancel: options.cancel.clone(),
            tail: String::new(),
            started: Instant::now(),
            reply: Reply {
                text: String::new(),
                thoughts: String::new(),
                tokens: Vec::new(),
                finish: Finish::Cancelled,
                prefill_tokens: 0,
                reused_tokens: 0,
                dropped_turns: 0,
                dropped_chars: 0,
                timings: Timings::default(),
            },
            finish: None,
        })
    }

    /// Whether nothing more will come.
    pub(crate) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Its caller wants no more of it.
    pub(crate) fn leave(&mut self) {
        self.finish = Some(Finish::Cancelled);
    }

    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Takes over what is known once the prompt is made.
    pub(crate) fn prompted(&mut self, prompt: &Prompt, reused: usize) {
        self.reply.reused_tokens = reused;
        self.reply.dropped_turns = prompt.dropped_turns;
        self.reply.dropped_chars = prompt.dropped_chars;
        self.tail.clone_from(&prompt.tail);
        if self.constraint.is_none() && prompt.tail.trim_end().ends_with("<think>") {
            self.speech.open();
        }
    }

    /// Takes the logits after the prompt, of which `read` tokens were new.
    pub(crate) fn prefilled(&mut self, logits: Vec<f32>, read: usize) {
        self.logits = logits;
        self.reply.prefill_tokens = read;
        self.reply.timings.prefill = self.started.elapsed();
    }

    /// Takes the logits after the token that [`Answer::choose`] gave.
    pub(crate) fn stepped(&mut self, logits: Vec<f32>) {
        self.logits = logits;
    }

    /// Chooses the next token and says what it adds; `None` when the answer is finished.
    pub(crate) fn choose(
        &mut self,
        llm: &Llm,
        context: &[u32],
        room: usize,
        on_piece: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Option<u32>> {
        if self.is_finished() {
            return Ok(None);
        }
        if self.cancel.is_cancelled() {
            self.finish = Some(Finish::Cancelled);
            return Ok(None);
        }
        let tokenizer = llm.tokenizer();
        llm.mask_unused(&mut self.logits);
        if let Some(constraint) = &mut self.constraint {
            constraint.mask(&mut self.logits)?;
        }
        let id = self.sampler.sample(&mut self.logits, context)?;
        if self.reply.tokens.is_empty() {
            self.reply.timings.first_token = self.started.elapsed();
        }
        let mut out = String::new();
        let mut finish = None;
        if tokenizer.ends().contains(&id) {
            finish = Some(Finish::Stop);
            let mut rest = String::new();
            self.detokenizer.finish(&mut rest);
            self.speech.push(&rest, &mut out);
        } else {
            self.reply.tokens.push(id);
            if let Some(constraint) = &mut self.constraint {
                constraint.accept(id)?;
                if constraint.is_complete() {
                    finish = Some(Finish::Stop);
                }
            }
            let mut piece = String::new();
            self.detokenizer.push(tokenizer, id, &mut piece);
            if self.speech.push(&piece, &mut out) {
                finish = Some(Finish::StopString);
            } else if finish.is_none() && (self.reply.tokens.len() >= self.max_tokens || room == 0)
            {
                finish = Some(Finish::Length);
            }
        }
        if finish.is_some() {
            self.speech.finish(&mut out);
        }
        if !out.is_empty() {
            self.reply.text.push_str(&out);
            if on_piece(&out).is_break() && finish.is_none() {
                finish = Some(Finish::Cancelled);
            }
        }
        self.finish = finish;
        Ok(finish.is_none().then_some(id))
    }

    /// What came of it; an answer that is not finished counts as cancelled.
    pub(crate) fn into_reply(mut self) -> Reply {
        self.reply.finish = self.finish.unwrap_or(Finish::Cancelled);
        self.reply.thoughts = self.speech.thoughts().to_owned();
        let timings = &mut self.reply.timings;
        timings.decode = self.started.elapsed().saturating_sub(timings.first_token);
        self.reply
    }
}
