//! From a conversation to the tokens that the network reads, within its context.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::tokenizer::Part;
use super::{Llm, Message, Role, Tokenizer};
use crate::Result;

/// Keeps control tokens that a person spells out from being read as such. A noncharacter: no text
/// has it for any meaning of its own (Unicode 16, section 23.7).
const GUARD: char = '\u{fdd0}';
/// Marks where a message that is not finished yet ends.
const CUT: char = '\u{fdd1}';
/// Own answers remembered token by token.
const MAX_ANSWERS: usize = 64;

/// What the network reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) tokens: Vec<u32>,
    /// Turns left out, oldest first, as they did not fit.
    pub(crate) dropped_turns: usize,
    /// Characters left out of messages that are longer than the context.
    pub(crate) dropped_chars: usize,
    /// The text after the last control token: what an answer's own tokens come behind.
    pub(crate) tail: String,
}

/// Turns conversations into prompts, one conversation after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prompter {
    /// Where the part that still fits begins, with a hash of what is before: a start that stays
    /// for several turns keeps the cache of keys and values useful.
    start: Option<(usize, u64)>,
    /// Answers as they were generated: text from the last control token on, and its tokens. The
    /// network may have chosen other tokens than the tokeniser would for the same text.
    answers: VecDeque<(String, Vec<u32>)>,
}

impl Prompter {
    /// Remembers the tokens of an answer that was generated behind `tail`.
    pub(crate) fn remember(&mut self, tokenizer: &Tokenizer, tail: &str, text: &str, ids: &[u32]) {
        if ids.is_empty() || tokenizer.decode(ids) != text {
            return;
        }
        let Ok(mut tokens) = tokenizer.encode_plain(tail) else { return };
        tokens.extend_from_slice(ids);
        self.answers.truncate(MAX_ANSWERS - 1);
        self.answers.push_front((format!("{tail}{text}"), tokens));
    }

    /// The prompt for an answer to `messages`, of at most `budget` tokens.
    pub(crate) fn answer(
        &mut self,
        llm: &Llm,
        messages: &[Message],
        thinking: bool,
        budget: usize,
    ) -> Result<Prompt> {
        let messages = clean(llm.tokenizer(), messages);
        self.fit(llm, &messages, budget, &|messages| {
            llm.template().render(messages, true, thinking)
        })
    }

    /// The beginning of any prompt in which a person's next message begins with `partial`.
    pub(crate) fn listening(
        &mut self,
        llm: &Llm,
        messages: &[Message],
        partial: &str,
        budget: usize,
    ) -> Result<Prompt> {
        let partial = Message::user(partial.trim_end());
        let mut messages = clean(llm.tokenizer(), &[messages, &[partial]].concat());
        if let Some(last) = messages.last_mut() {
            last.content.push(CUT);
        }
        self.fit(llm, &messages, budget, &|messages| {
            let mut text = llm.template().render(messages, false, false)?;
            text.truncate(text.find(CUT).unwrap_or(0));
            Ok(text)
        })
    }

    fn fit(
        &mut self,
        llm: &Llm,
        messages: &[Message],
        budget: usize,
        render: &dyn Fn(&[Message]) -> Result<String>,
    ) -> Result<Prompt> {
        let encode = |messages: &[Message]| self.encode(llm.tokenizer(), &render(messages)?);
        let system = messages.iter().take_while(|m| m.role == Role::System).count();
        let (system, turns) = messages.split_at(system);
        let starts: Vec<usize> =
            (0..turns.len()).filter(|at| *at == 0 || turns[*at].role == Role::User).collect();
        let from = |start: usize| [system, turns.get(start..).unwrap_or_default()].concat();

        let kept =
            self.start.filter(|(at, hash)| starts.contains(at) && hash_of(&turns[..*at]) == *hash);
        let mut start = kept.map_or(0, |(at, _)| at);
        let mut prompt = encode(&from(start))?;
        if prompt.tokens.len() > budget {
            // Room for several turns is made at once, as the cache is lost each time.
            let goal = budget - budget / 4;
            let later = &starts[starts.partition_point(|at| *at <= start)..];
            let (mut low, mut high) = (0, later.len());
            while low < high {
                let middle = low.midpoint(high);
                if encode(&from(later[middle]))?.tokens.len() <= goal {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            if let Some(at) = later.get(low).or(later.last()) {
                start = *at;
                prompt = encode(&from(start))?;
            }
        }
        if prompt.tokens.len() > budget {
            prompt = shorten(from(start), budget, &encode, llm.tokenizer())?;
        }
        prompt.dropped_turns = starts.iter().filter(|at| **at < start).count();
        self.start = (start > 0).then(|| (start, hash_of(&turns[..start])));
        Ok(prompt)
    }

    /// The tokens of a rendered conversation, own answers as they were generated.
    fn encode(&self, tokenizer: &Tokenizer, text: &str) -> Result<Prompt> {
        let mut prompt = Prompt::default();
        for part in tokenizer.parts(text) {
            match part {
                Part::Control(id) => {
                    prompt.tokens.push(id);
                    prompt.tail.clear();
                }
                Part::Text(text) => {
                    prompt.tail = text.replace(GUARD, "");
                    match self.answers.iter().find(|(answer, _)| *answer == prompt.tail) {
                        Some((_, ids)) => prompt.tokens.extend_from_slice(ids),
                        None => prompt.tokens.extend(tokenizer.encode_plain(&prompt.tail)?),
                    }
                }
            }
        }
        Ok(prompt)
    }
}

/// Makes a conversation fit of which not even the last turn does: keeps the end of its longest
/// message; if the instructions alone are too long, half of the room is for their beginning.
fn shorten(
    mut messages: Vec<Message>,
    budget: usize,
    encode: &dyn Fn(&[Message]) -> Result<Prompt>,
    tokenizer: &Tokenizer,
) -> Result<Prompt> {
    let before = chars(&messages);
    let mut prompt = None;
    if let Some(at) = longest(&messages, |role| role != Role::System) {
        prompt = cut(&mut messages, at, budget, true, encode)?;
        if prompt.is_none() {
            let mut bare = messages.clone();
            for message in bare.iter_mut().filter(|m| m.role == Role::System) {
                message.content.clear();
            }
            if cut(&mut bare, at, budget / 2, true, encode)?.is_none() {
                bare[at].content.clear();
            }
            messages[at].content = std::mem::take(&mut bare[at].content);
        }
    }
    if prompt.is_none()
        && let Some(at) = longest(&messages, |role| role == Role::System)
    {
        prompt = cut(&mut messages, at, budget, false, encode)?;
    }
    if let Some(mut prompt) = prompt {
        prompt.dropped_chars = before - chars(&messages);
        return Ok(prompt);
    }
    // The template alone is longer than the context.
    let mut prompt = encode(&messages)?;
    let from = prompt.tokens.len().saturating_sub(budget);
    let lost: Vec<u32> = prompt.tokens.drain(..from).collect();
    prompt.dropped_chars = before - chars(&messages) + tokenizer.decode(&lost).chars().count();
    Ok(prompt)
}

/// Shortens message `at` as little as makes the prompt fit, from its beginning or its end; `None`
/// and no change when nothing of it fits.
fn cut(
    messages: &mut [Message],
    at: usize,
    budget: usize,
    keep_end: bool,
    encode: &dyn Fn(&[Message]) -> Result<Prompt>,
) -> Result<Option<Prompt>> {
    let original = messages[at].content.clone();
    let whole: Vec<char> = original.chars().collect();
    let part = |keep: usize| -> String {
        let range = if keep_end { whole.len() - keep..whole.len() } else { 0..keep };
        whole[range].iter().collect()
    };
    let mut best = None;
    let (mut low, mut high) = (1, whole.len());
    while low <= high {
        let keep = low.midpoint(high);
        messages[at].content = part(keep);
        let prompt = encode(messages)?;
        if prompt.tokens.len() <= budget {
            best = Some((keep, prompt));
            low = keep + 1;
        } else {
            high = keep - 1;
        }
    }
    messages[at].content = best.as_ref().map_or(original, |(keep, _)| part(*keep));
    Ok(best.map(|(_, prompt)| prompt))
}

fn longest(messages: &[Message], wanted: impl Fn(Role) -> bool) -> Option<usize> {
    let wanted = messages.iter().enumerate().filter(|(_, m)| wanted(m.role));
    wanted.max_by_key(|(_, m)| m.content.len()).map(|(at, _)| at)
}

fn chars(messages: &[Message]) -> usize {
    messages.iter().map(|m| m.content.chars().count()).sum()
}

fn hash_of(messages: &[Message]) -> u64 {
    let mut hasher = DefaultHasher::new();
    messages.hash(&mut hasher);
    hasher.finish()
}

/// Breaks up control tokens that are spelled in the words of a conversation, so that they are read
/// as words.
fn clean(tokenizer: &Tokenizer, messages: &[Message]) -> Vec<Message> {
    let clean = |message: &Message| {
        let mut content = message.content.replace([GUARD, CUT], "");
        loop {
            // Breaking one up may leave another that overlapped it.
            let spans = tokenizer.control_spans(&content);
            if spans.is_empty() {
                return Message { role: message.role, content };
            }
            for span in spans.into_iter().rev() {
                let first = content[span.clone()].chars().next().map_or(0, char::len_utf8);
                content.insert(span.start + first, GUARD);
            }
        }
    };
    messages.iter().map(clean).collect()
}
