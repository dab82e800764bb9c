//! Whether the conversation remembers of each reply the words that were heard.
//!
//! What was heard is known from the recorded sound and from where each word lies in it, which
//! [`super::truth`] tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use antiphon_actors::core::{Never, Out, StageCore};
use antiphon_actors::frame::{EndReason, Frame, Record, TurnId};
use antiphon_actors::ledger::Attempt;
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::{Payload, PortType, StageError, Time};

use super::sounding::{AUDIBLE, Sounding, seconds};

/// A reply of which no more is missing was heard to its end, in seconds: the silence after it.
const TAIL: f64 = 0.05;

/// A chunk of a reply, as it was spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// The words as written.
    pub text: String,
    /// The words as the voice was given them.
    pub speech: String,
    /// How long its sound is, in seconds.
    pub length: f64,
    /// Where its first audible sample lies in it, in seconds.
    pub first: Option<f64>,
    /// Its sound, mono.
    pub samples: Vec<f32>,
    /// Samples a second of it.
    pub rate: u32,
}

/// Chunks of each attempt to answer, by their number.
pub type Voiced = BTreeMap<TurnId, BTreeMap<u32, Chunk>>;

/// Overhears what a voice is given and what it makes of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Overheard(Arc<Mutex<Voiced>>);

impl Overheard {
    /// What it is to get.
    pub(super) const TYPES: [PortType; 2] = [PortType::Chunk, PortType::Voice];

    pub(super) fn blueprint(&self) -> impl Blueprint + use<> {
        let overheard = self.clone();
        Make(move || Ok((overheard.clone(), None)))
    }

    pub(super) fn take(&self) -> Voiced {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StageCore for Overheard {
    type Job = Never;
    type Done = Never;

    fn on_frame(&mut self, frame: Frame, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        let Some(turn) = frame.turn else { return Ok(()) };
        let mut voiced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = voiced.entry(turn).or_default();
        if let Payload::Chunk(chunk) = &frame.payload {
            let known = chunks.entry(chunk.index).or_default();
            (known.text, known.speech) = (chunk.text.clone(), chunk.speech.clone());
        }
        if let Payload::Voice(voice) = &frame.payload {
            let known = chunks.entry(voice.chunk.0).or_default();
            known.text = voice.chunk.1.to_string();
            let second = f64::from(voice.rate.max(1));
            let first = voice.samples.iter().position(|sample| sample.abs() > AUDIBLE);
            let first = first.map(|first| known.length + first as f64 / second);
            known.first = known.first.or(first);
            known.samples.extend_from_slice(&voice.samples);
            known.rate = voice.rate;
            known.length += voice.samples.len() as f64 / second;
        }
        Ok(())
    }

    fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        match done {}
    }
}

/// An attempt to answer of which something was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What it is made of.
    pub chunks: Vec<Chunk>,
    /// How much of it was heard, from its beginning, in seconds.
    pub played: f64,
    /// What the conversation remembers of it.
    pub remembered: String,
}

/// All attempts of which something was heard; what is said of one that failed is not to be
/// remembered.
pub(super) fn replies(agent: &Sounding, mut voiced: Voiced, records: &[Record]) -> Vec<Reply> {
    let mut replies = Vec::new();
    for record in records.iter().filter(|record| record.end_reason != EndReason::Failed) {
        let last = record.attempts.last().map(|attempt| attempt.turn);
        for attempt in &record.attempts {
            let played = span(attempt).map_or(0.0, |(from, to)| agent.played(from, to));
            let chunks = voiced.remove(&attempt.turn).unwrap_or_default();
            if played > 0.0 {
                let is_last = last == Some(attempt.turn);
                let remembered = if is_last { record.agent_text.clone() } else { String::new() };
                replies.push(Reply { chunks: chunks.into_values().collect(), played, remembered });
            }
        }
    }
    replies
}

/// From and to when an attempt sounded, in seconds.
fn span(attempt: &Attempt) -> Option<(f64, f64)> {
    let from = attempt.steps.first_sample.or(attempt.steps.audible)?;
    Some((seconds(from), seconds(attempt.steps.last_sample?)))
}

/// How the memory of replies compares with what was heard of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Replies of which something was heard.
    pub replies: usize,
    /// Those that were not heard to their end.
    pub cut: usize,
    /// Words that are remembered though they had not begun.
    pub not_heard: usize,
    /// Words that are not remembered though they had ended.
    pub forgotten: usize,
    /// Replies that were cut off, and of which it is not known where their words are.
    pub unknown: usize,
    /// Words that begin or end so near to where their reply was cut off that they may be remembered
    /// or not.
    pub open: usize,
    /// How near that is, in milliseconds.
    pub edge_ms: u32,
}

/// From and to when a word sounds, in seconds from the first audible sample of its chunk.
pub type Span = (f64, f64);

impl Memory {
    /// Compares. `spans` says where the words of a chunk lie, if that is known, within `edge`
    /// seconds.
    pub fn of(replies: &[Reply], edge: f64, spans: impl Fn(&Chunk) -> Option<Vec<Span>>) -> Self {
        let edge_ms = (edge * 1e3).round() as u32;
        let mut memory = Self { replies: replies.len(), edge_ms, ..Self::default() };
        for reply in replies {
            let length: f64 = reply.chunks.iter().map(|chunk| chunk.length).sum();
            let is_cut = reply.played < length - TAIL;
            memory.cut += usize::from(is_cut);
            let Some(Count { begun, ended, open }) = reply.heard(is_cut, edge, &spans) else {
                memory.unknown += 1;
                continue;
            };
            memory.open += open;
            let remembered = words(&reply.remembered).count();
            memory.not_heard += remembered.saturating_sub(begun);
            memory.forgotten += ended.saturating_sub(remembered);
        }
        memory
    }
}

/// How many words of a reply had begun when it ended, how many had ended, and of how many an edge is
/// too near to tell.
#[derive(Default)]
struct Count {
    begun: usize,
    ended: usize,
    open: usize,
}

impl Reply {
    fn heard(
        &self,
        is_cut: bool,
        edge: f64,
        spans: &impl Fn(&Chunk) -> Option<Vec<Span>>,
    ) -> Option<Count> {
        let (mut counted, mut start) = (Count::default(), 0.0);
        for chunk in &self.chunks {
            let count = words(&chunk.text).count();
            let end = start + chunk.length;
            if !is_cut || end <= self.played {
                (counted.begun, counted.ended) = (counted.begun + count, counted.ended + count);
            } else if start < self.played && count > 0 {
                // Since the first sound of this chunk.
                let played = self.played - start - chunk.first.unwrap_or(chunk.length);
                for (from, to) in written(&chunk.text, &chunk.speech, &spans(chunk)?) {
                    counted.begun += usize::from(from - edge <= played);
                    counted.ended += usize::from(to + edge <= played);
                    let near = |at: f64| (at - played).abs() <= edge;
                    counted.open += usize::from(near(from) || near(to));
                }
            }
            start = end;
        }
        Some(counted)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric))
}

/// Where the words lie that were written, by where those lie that were spoken: numbers and signs are
/// other words then.
fn written(text: &str, speech: &str, spans: &[Span]) -> Vec<Span> {
    let bare = |word: &str| word.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let (text, speech): (Vec<_>, Vec<_>) =
        (words(text).map(bare).collect(), words(speech).map(bare).collect());
    if text.len() == speech.len() {
        return spans.to_vec();
    }
    let (mut found, mut one, mut other) = (Vec::new(), 0, 0);
    while one < text.len() {
        // The next word that is the same in both; what lies before it is taken as one.
        let same = (one..text.len()).find_map(|place| {
            let later = speech.get(other..)?.iter().position(|word| *word == text[place])?;
            Some((place, other + later))
        });
        let (next, spoken) = same.unwrap_or((text.len(), speech.len()));
        let from = spans.get(other).or(spans.last()).map_or(0.0, |span| span.0);
        let to = spans.get(..spoken).and_then(<[_]>::last).map_or(from, |span| span.1);
        found.extend((one..next).map(|_| (from, to.max(from))));
        found.extend(spans.get(spoken).filter(|_| same.is_some()));
        (one, other) = (next + 1, spoken + 1);
    }
    found
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
