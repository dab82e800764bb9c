//! One reply on its way to the device: which sample belongs to which words, and what sounded.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use antiphon_models::audio::LiveResampler;

use super::cut::{Sound, heard_until};
use crate::error::StageError;
use crate::fact::{HeardWord, Played};
use crate::frame::{Audio, TurnId, Voice, WordTime};
use crate::time::{Time, samples_to_duration};

/// Samples from here on are audible: -50 dBFS, which is above the noise that voices leave in their
/// pauses and under the softest speech sound.
const AUDIBLE: f32 = 0.003_162_3;
/// Silence between two runs from here on is a gap, and not the rounding of a time.
const GAP: Duration = Duration::from_millis(1);

/// A chunk of the answer, and the samples of the sink that speak it.
#[derive(Debug)]
struct Part {
    index: u32,
    text: Arc<str>,
    from: u64,
    until: u64,
    ended: bool,
    /// Samples a second of the voice, and when it says that words sound.
    rate: u32,
    words: Vec<WordTime>,
    sound: Sound,
}

impl Part {
    /// The words that were heard before the sample `played` of the reply, of `rate` a second.
    fn heard(&self, played: u64, rate: u32) -> &str {
        if self.words.is_empty() {
            return self.sound.words(&self.text, played, self.ended, rate);
        }
        let played = u128::from(played.saturating_sub(self.from));
        let over = |word: &&WordTime| {
            u128::from(word.samples.end) * u128::from(rate) <= played * u128::from(self.rate)
        };
        let end = self.words.iter().take_while(over).map(|word| word.text.end).max();
        heard_until(&self.text, end.unwrap_or(0))
    }

    /// Each word, with the marks behind it, and the samples of the reply, of `rate` a second, that
    /// speak it.
    fn words(&self, rate: u32) -> impl Iterator<Item = (&str, Range<u64>)> {
        let sample = move |at: u64| {
            let at = u128::from(at) * u128::from(rate) / u128::from(self.rate.max(1));
            self.from + u64::try_from(at).unwrap_or(u64::MAX)
        };
        // A word whose text is still to come began here.
        let mut begun = None;
        self.words.iter().enumerate().filter_map(move |(index, word)| {
            let start = begun.take().unwrap_or(word.samples.start);
            if word.text.is_empty() {
                begun = Some(start);
                return None;
            }
            let next = self.words[index + 1..].iter().find(|next| !next.text.is_empty());
            let until = next.map_or(self.text.len(), |next| next.text.start);
            let text = self.text.get(word.text.start..until)?.trim();
            Some((text, sample(start)..sample(word.samples.end)))
        })
    }
}

/// A reply.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) turn: TurnId,
    /// Whether its samples go to the sink.
    pub(super) playing: bool,
    /// Whether it was told that the sink has some of them.
    pub(super) handed_over: bool,
    /// Samples a second of the sink.
    rate: u32,
    /// The converter and the rate that it converts from.
    resampler: Option<(u32, LiveResampler)>,
    /// Samples made before the converter took its first, and samples it took since.
    base: u64,
    taken: u64,
    parts: Vec<Part>,
    /// Samples made that the sink does not have yet.
    unsent: Vec<f32>,
    /// Samples that the sink has and that have not sounded.
    sent: VecDeque<f32>,
    made: u64,
    played: u64,
    ended: bool,
    /// The first audible sample.
    audible: Option<u64>,
    /// When the last run of samples ended.
    last: Option<Time>,
    /// The first sample of each run without a gap, and when it sounded.
    runs: Vec<(u64, Time)>,
    /// It was paused, so that the next gap is meant.
    paused: bool,
    gaps: u32,
    gap_length: Duration,
}

/// What a run of samples was.
#[derive(Debug)]
pub(super) struct Sounded {
    pub(super) audio: Audio,
    /// When the first audible sample sounded, if it was in this run.
    pub(super) audible: Option<Time>,
}

impl Reply {
    pub(super) fn new(turn: TurnId, rate: u32) -> Self {
        Self {
            turn,
            playing: false,
            handed_over: false,
            rate,
            resampler: None,
            base: 0,
            taken: 0,
            parts: Vec::new(),
            unsent: Vec::new(),
            sent: VecDeque::new(),
            made: 0,
            played: 0,
            ended: false,
            audible: None,
            last: None,
            runs: Vec::new(),
            paused: false,
            gaps: 0,
            gap_length: Duration::ZERO,
        }
    }

    /// Takes the next piece of the reply; none follows one that was its end.
    pub(super) fn take(&mut self, voice: &Voice) -> Result<(), StageError> {
        if self.ended {
            return Ok(());
        }
        let from = self.unsent.len();
        self.convert_from(voice.rate)?;
        let start = self.boundary();
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&voice.samples, &mut self.unsent);
            self.taken += voice.samples.len() as u64;
            if voice.end {
                resampler.finish(&mut self.unsent);
            }
        }
        let until = self.boundary();
        match self.parts.last_mut() {
            Some(part) if part.index == voice.chunk.0 => {
                part.until = until;
                part.ended |= voice.chunk_end || voice.end;
                part.words.extend(voice.words.iter().cloned());
            }
            last => {
                if let Some(part) = last {
                    part.ended = true;
                }
                self.parts.push(Part {
                    index: voice.chunk.0,
                    text: voice.chunk.1.clone(),
                    from: start,
                    until,
                    ended: voice.chunk_end || voice.end,
                    rate: voice.rate,
                    words: voice.words.to_vec(),
                    sound: Sound::default(),
                });
            }
        }
        self.ended = voice.end;
        self.count(from);
        Ok(())
    }

    /// Has samples converted from `rate` from here on.
    fn convert_from(&mut self, rate: u32) -> Result<(), StageError> {
        if self.resampler.as_ref().is_some_and(|(from, _)| *from == rate) {
            return Ok(());
        }
        let made = LiveResampler::new(rate, self.rate)
            .map_err(|error| StageError::skip(format_args!("a piece of the reply: {error}")))?;
        if let Some((_, resampler)) = &mut self.resampler {
            let from = self.unsent.len();
            resampler.finish(&mut self.unsent);
            self.count(from);
        }
        (self.base, self.taken) = (self.made, 0);
        self.resampler = Some((rate, made));
        Ok(())
    }

    /// Counts the samples in `unsent` from `from` on.
    fn count(&mut self, from: usize) {
        let new = self.unsent.get(from..).unwrap_or_default();
        for (index, _) in new.iter().enumerate().filter(|(_, sample)| sample.abs() > AUDIBLE) {
            let index = self.made + index as u64;
            self.audible.get_or_insert(index);
            if let Some(part) = self.parts.iter_mut().rfind(|part| part.from <= index) {
                part.sound.hear(index, self.rate);
            }
        }
        self.made += new.len() as u64;
    }

    /// The sample of the sink that the next sample of the voice begins with.
    fn boundary(&self) -> u64 {
        let from = self.resampler.as_ref().map_or(1, |(from, _)| u64::from(*from));
        self.base + (self.taken * u64::from(self.rate)).div_ceil(from)
    }

    /// How much is made and has not sounded.
    pub(super) fn ahead(&self) -> Duration {
        samples_to_duration(self.made - self.played, self.rate)
    }

    /// Whether the chunk that came last goes on.
    pub(super) fn is_in_chunk(&self) -> bool {
        self.parts.last().is_some_and(|part| !part.ended)
    }

    /// How much of it there was.
    pub(super) fn account(&self) -> Played {
        Played {
            made: samples_to_duration(self.made, self.rate),
            sounded: samples_to_duration(self.played, self.rate),
            gaps: self.gaps.into(),
            gap_length: self.gap_length,
            words: self.words(),
        }
    }

    /// The words that sounded to their end.
    fn words(&self) -> Vec<HeardWord> {
        let words = self.parts.iter().flat_map(|part| part.words(self.rate));
        let sounded = words.take_while(|(_, samples)| samples.end <= self.played);
        let word = |(text, samples): (&str, Range<u64>)| {
            // The sample after the last of a run sounds behind it, not where the next one begins.
            let last = self.time_of(samples.end.saturating_sub(1))?;
            let (start, end) = (self.time_of(samples.start)?, last.plus_samples(1, self.rate));
            Some(HeardWord { text: text.to_string(), start, end })
        };
        sounded.filter_map(word).collect()
    }

    /// When a sample of the reply sounded.
    fn time_of(&self, sample: u64) -> Option<Time> {
        let (first, at) = self.runs.iter().rfind(|(first, _)| *first <= sample)?;
        Some(at.plus_samples(sample - first, self.rate))
    }

    /// Whether there is enough to begin with.
    pub(super) fn has_lead(&self, lead: Duration) -> bool {
        self.ended || samples_to_duration(self.made, self.rate) >= lead
    }

    /// What the sink should have and has not.
    pub(super) fn send(&mut self) -> Option<Arc<[f32]>> {
        if self.unsent.is_empty() {
            return None;
        }
        self.sent.extend(&self.unsent);
        Some(std::mem::take(&mut self.unsent).into())
    }

    /// Takes back what the sink had and did not play.
    pub(super) fn rewind(&mut self) {
        self.paused = self.last.is_some();
        let rest: Vec<f32> = self.sent.drain(..).chain(self.unsent.drain(..)).collect();
        self.unsent = rest;
    }

    /// The next `samples` sounded without a gap, the first of them at `at`.
    pub(super) fn sounded(&mut self, samples: u64, at: Time) -> Sounded {
        let count = usize::try_from(samples).unwrap_or(usize::MAX).min(self.sent.len());
        let samples: Arc<[f32]> = self.sent.drain(..count).collect();
        let first = self.played;
        self.played += count as u64;
        let audible = self
            .audible
            .filter(|index| (first..self.played).contains(index))
            .map(|index| at.plus_samples(index - first, self.rate));
        let paused = count > 0 && std::mem::take(&mut self.paused);
        if let Some(last) = self.last
            && at.since(last) >= GAP
            && !paused
        {
            self.gaps += 1;
            self.gap_length += at.since(last);
        }
        if count > 0 && self.last != Some(at) {
            self.runs.push((first, at));
        }
        let audio = Audio { samples, rate: self.rate, at };
        self.last = Some(audio.end());
        Sounded { audio, audible }
    }

    /// Whether the sink has some of it that has not sounded.
    pub(super) fn is_sounding(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Whether all of it sounded.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.played == self.made
    }

    /// When the last sample that sounded ended.
    pub(super) fn last(&self) -> Option<Time> {
        self.last
    }

    /// How often, and for how long, there was silence as samples came too late.
    pub(super) fn gaps(&self) -> (u32, Duration) {
        (self.gaps, self.gap_length)
    }

    /// The words that were heard.
    pub(super) fn heard(&self) -> String {
        if self.is_over() {
            return self.parts.iter().map(|part| &*part.text).collect();
        }
        if self.audible.is_none_or(|audible| audible >= self.played) {
            return String::new();
        }
        let mut text = String::new();
        for part in &self.parts {
            if part.ended && part.until <= self.played {
                text.push_str(&part.text);
                continue;
            }
            text.push_str(part.heard(self.played, self.rate));
            break;
        }
        text.truncate(text.trim_end().len());
        text
    }
}
