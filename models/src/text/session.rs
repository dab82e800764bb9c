//! A conversation being held: what the network has read stays read.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::prompt::{Prompt, Prompter};
use super::{Answer, Cancel, Finish, GenerateOptions, Llm, Message, Reply};
use crate::qwen3::KvCache;
use crate::{Error, Result};

/// The shortest context in tokens: a template's own words and something beside them.
const MIN_CONTEXT: usize = 32;
/// Tokens read ahead at a time: no answer waits for more of them, and more at once would hardly be
/// faster.
const AHEAD: usize = 32;

/// Settings of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// The most tokens of prompt and answer together; the network's own limit if that is less or
    /// none is given. Memory grows with what is used, not with the limit.
    pub context_limit: Option<usize>,
    /// Tokens kept free for the answer: a conversation that leaves less loses its oldest turns. At
    /// most a quarter of the context.
    pub reply_tokens: usize,
}

impl Default for SessionOptions {
    fn default() -> Self {
        // A long spoken answer has about 300 tokens.
        Self { context_limit: None, reply_tokens: 512 }
    }
}

/// What [`Session::prefill`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefilled {
    /// Tokens read now.
    pub tokens: usize,
    /// Tokens that were known before.
    pub reused: usize,
}

/// One stream of conversation with a model: the keys and values of what was read and said.
///
/// Each call gets the whole conversation; the longest beginning that its tokens share with what
/// the network read last is kept, the rest is read. So the caller may add, change or take back
/// messages at will, such as replacing an answer by the part of it that was heard
/// ([`super::keep_heard`]), and pays for what is new only. Answers keep the tokens they were made
/// of.
///
/// A conversation that no longer fits loses its oldest turns after the system messages, and a
/// message that is longer than the context loses its beginning; [`Reply`] says so.
#[derive(Debug)]
pub struct Session {
    llm: Arc<Llm>,
    cache: KvCache,
    prompter: Prompter,
    budget: usize,
}

impl Session {
    /// Starts a session; nothing is computed yet.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the context limit is below 32 tokens.
    pub fn new(llm: Arc<Llm>, options: &SessionOptions) -> Result<Self> {
        let own = llm.context_length();
        let limit = options.context_limit.map_or(own, |limit| limit.min(own));
        if limit < MIN_CONTEXT {
            let message =
                format!("`context_limit` is {limit} tokens, expected at least {MIN_CONTEXT}");
            return Err(Error::Input(message));
        }
        let budget = limit - options.reply_tokens.clamp(1, limit / 4);
        let cache = KvCache::new(llm.network(), limit);
        Ok(Self { llm, cache, prompter: Prompter::default(), budget })
    }

    /// The model.
    pub fn llm(&self) -> &Arc<Llm> {
        &self.llm
    }

    /// The most tokens of prompt and answer together.
    pub fn context_limit(&self) -> usize {
        self.cache.max_tokens()
    }

    /// The tokens whose keys and values are held.
    pub fn tokens(&self) -> &[u32] {
        self.cache.tokens()
    }

    /// Forgets what was read after the first `len` tokens. Never needed for correctness.
    pub fn truncate(&mut self, len: usize) {
        self.cache.truncate(len);
    }

    /// Forgets everything, as a new session.
    pub fn clear(&mut self) {
        self.cache.clear();
        self.prompter = Prompter::default();
    }

    /// Reads ahead: the conversation so far and the beginning of the person's next message, which
    /// may be empty. Meant for words that will not change any more; if they do, nothing is lost
    /// but time.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] when `cancel` said so; what was read until then stays read.
    /// [`Error::Input`] when the chat template refuses the conversation.
    pub fn prefill(
        &mut self,
        messages: &[Message],
        partial: &str,
        cancel: &Cancel,
    ) -> Result<Prefilled> {
        let prompt = self.prompter.listening(&self.llm, messages, partial, self.budget)?;
        let reused = self.cache.shared_prefix(&prompt.tokens);
        let rest = &prompt.tokens[reused..];
        if !rest.is_empty() {
            self.cache.truncate(reused);
            let cancelled = || cancel.is_cancelled();
            self.llm.network().read(rest, &mut self.cache, AHEAD, &cancelled)?;
        }
        Ok(Prefilled { tokens: rest.len(), reused })
    }

    /// Answers `messages`, giving `on_piece` each piece of text as soon as it is certain; a break
    /// cancels the answer. Sessions of one model that answer at the same time, each on a thread of
    /// its own, share the passes of the network, which costs less than one pass each.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for options out of range, a schema that is not supported, a conversation
    /// that the chat template refuses, or logits that are not numbers. Being cancelled is no error
    /// but a [`Finish`]. The session can be used on in every case.
    pub fn generate(
        &mut self,
        messages: &[Message],
        options: &GenerateOptions,
        on_piece: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Reply> {
        let answer = self.begin(messages, options)?;
        let answer = self.llm.table().answer(&self.llm, &mut self.cache, answer, on_piece)?;
        Ok(self.finish(answer))
    }

    /// Reads the prompt of an answer.
    fn begin(&mut self, messages: &[Message], options: &GenerateOptions) -> Result<Answer> {
        let mut answer = Answer::new(&self.llm, options)?;
        let prompt = self.prompter.answer(&self.llm, messages, options.thinking, self.budget)?;
        if prompt.tokens.is_empty() {
            return Err(Error::Input("the chat template makes nothing of the conversation".into()));
        }
        // The last token is read again if need be: its logits are not kept.
        let reused = self.cache.shared_prefix(&prompt.tokens).min(prompt.tokens.len() - 1);
        answer.prompted(&prompt, reused);
        self.read(&prompt, reused, &mut answer)?;
        Ok(answer)
    }

    fn read(&mut self, prompt: &Prompt, reused: usize, answer: &mut Answer) -> Result<()> {
        self.cache.truncate(reused);
        let rest = &prompt.tokens[reused..];
        let cancel = answer.cancel().clone();
        let cancelled = || cancel.is_cancelled();
        match self.llm.network().forward_cancellable(rest, &mut self.cache, &cancelled) {
            Ok(logits) => answer.prefilled(logits, rest.len()),
            Err(Error::Cancelled) => {
                answer.prefilled(Vec::new(), self.cache.len() - reused);
                answer.finish = Some(Finish::Cancelled);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Ends an answer, finished or not, and remembers the tokens it was made of.
    fn finish(&mut self, answer: Answer) -> Reply {
        let tail = answer.tail.clone();
        let reply = answer.into_reply();
        self.prompter.remember(self.llm.tokenizer(), &tail, &reply.text, &reply.tokens);
        reply
    }
}
