//! One live stream: partial words while it grows, the transcript when it ends.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::align::Placed;
use super::decode::{Draft, Request};
use super::options::{Finished, Options, Transcript, Word};
use super::transcribe::{Progress, check_samples, is_silent, quietest};
use super::{SAMPLE_RATE, Whisper};
use crate::Result;

/// What is heard so far in a live stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// Words that no later partial changes, from the start of the stream.
    pub stable: Vec<Word>,
    /// The words after them as they seem now.
    pub unstable: Vec<Word>,
    /// As [`Transcript::finished`], of the last word so far.
    pub finished: Option<Finished>,
    /// Seconds of audio that the words come from.
    pub audio_s: f32,
}

impl Partial {
    /// The text of all words, trimmed.
    pub fn text(&self) -> String {
        let text: String =
            self.stable.iter().chain(&self.unstable).map(|w| w.text.as_str()).collect();
        text.trim().to_string()
    }
}

/// One live stream of 16 kHz mono samples.
///
/// Partial results are taken at fixed counts of samples, whatever the chunks that the samples come
/// in, and the transcript is that of [`Whisper::transcribe`] on the whole audio: the same audio cut
/// into any chunks gives the same partials and the same transcript. A word is stable when two
/// results in a row agree on it and on all before it (LocalAgreement-2) and it does not touch the
/// end of the audio; later partials are decoded behind the stable words, so they never change.
/// The transcript is free to correct them.
///
/// A clone is a second stream with the same past: one may try what the other should not remember.
///
/// Invariant: memory is bounded by two windows of audio and the words so far.
#[derive(Clone)]
pub struct State {
    whisper: Arc<Whisper>,
    options: Options,
    progress: Progress,
    /// Samples from `start` on.
    samples: Vec<f32>,
    start: usize,
    next_partial: usize,
    live: Live,
}

/// The partial side of a stream.
#[derive(Clone, Default)]
struct Live {
    /// Where the audio that partials look at starts.
    from: usize,
    /// Stable words before `from`, and their last tokens.
    behind: Vec<Word>,
    behind_tokens: Vec<u32>,
    /// The last result from `from` on.
    words: Vec<Placed>,
    tokens: Vec<u32>,
    /// How many of `words` are stable.
    stable: usize,
    finished: Option<Finished>,
    language: Option<(String, Option<u32>)>,
    audio_s: f32,
}

/// Seconds before the end of the audio in which a last word is not yet believed.
const UNSURE_S: f32 = 0.6;
/// Seconds of audio that partials look at before they leave finished words behind.
const PARTIAL_WINDOW_S: usize = 12;

impl State {
    /// Starts a stream.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an option out of range or a language that the model does not know.
    pub fn new(whisper: Arc<Whisper>, options: Options) -> Result<Self> {
        options.check()?;
        let progress = whisper.begin(&options)?;
        let live = Live { language: progress.language.clone(), ..Live::default() };
        let mut state = Self {
            whisper,
            options,
            progress,
            samples: Vec::new(),
            start: 0,
            next_partial: 0,
            live,
        };
        state.next_partial = state.interval();
        Ok(state)
    }

    /// Takes more samples. Returns the newest partial if at least one was due in them.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for a sample that is not finite, [`crate::Error::Cancelled`] once the
    /// caller's flag is up; the stream should then be [`reset`](Self::reset).
    pub fn accept(&mut self, mut samples: &[f32]) -> Result<Option<Partial>> {
        check_samples(samples)?;
        let mut news = false;
        let window = self.whisper.window_samples();
        while !samples.is_empty() {
            let end = self.start + self.samples.len();
            // A window is done once one sample more than it has come: then it is not the last.
            let full = self.progress.seek + window + 1;
            let take = samples.len().min(self.next_partial.min(full) - end);
            self.samples.extend_from_slice(&samples[..take]);
            samples = &samples[take..];
            let end = end + take;
            if end == self.next_partial {
                self.next_partial += self.interval();
                self.hear(end)?;
                news = true;
            }
            if end == full {
                self.step(true)?;
            }
        }
        Ok(news.then(|| self.partial()))
    }

    /// Makes the next partial after that many more samples, or none before this is called again,
    /// in place of where it was due: for a caller who paces partials by what they cost.
    pub fn next_partial_in(&mut self, samples: Option<usize>) {
        let end = self.start + self.samples.len();
        self.next_partial = samples.map_or(usize::MAX / 2, |samples| end + samples.max(1));
    }

    /// Looks at another flag than that of the options from now on.
    pub fn set_cancel(&mut self, cancel: Option<Arc<AtomicBool>>) {
        self.options.cancel = cancel;
    }

    /// Writes no more tokens than that for one window from now on, in place of what the options say:
    /// for a caller who measures what a number of tokens costs.
    pub fn set_max_tokens(&mut self, tokens: usize) {
        self.options.max_tokens = tokens.max(1);
    }

    /// The newest partial.
    pub fn partial(&self) -> Partial {
        let live = &self.live;
        let words = |w: &[Placed]| w.iter().map(|w| w.word.clone()).collect::<Vec<_>>();
        let mut stable = live.behind.clone();
        stable.extend(words(&live.words[..live.stable]));
        let unstable = words(&live.words[live.stable..]);
        Partial { stable, unstable, finished: live.finished, audio_s: live.audio_s }
    }

    /// Ends the stream and gives its transcript; the state is then ready for another stream.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn finish(&mut self) -> Result<Transcript> {
        let end = self.start + self.samples.len();
        let long = end > self.whisper.window_samples();
        while self.progress.seek < end {
            self.step(long)?;
        }
        let progress = std::mem::replace(&mut self.progress, self.whisper.begin(&self.options)?);
        self.reset()?;
        Ok(progress.finish(end))
    }

    /// Forgets the stream.
    ///
    /// # Errors
    /// None in practice: the options were accepted before.
    pub fn reset(&mut self) -> Result<()> {
        self.progress = self.whisper.begin(&self.options)?;
        self.live = Live { language: self.progress.language.clone(), ..Live::default() };
        self.samples.clear();
        self.start = 0;
        self.next_partial = self.interval();
        Ok(())
    }

    /// Samples between partials.
    fn interval(&self) -> usize {
        match self.options.partial_interval_s {
            Some(seconds) => (seconds * SAMPLE_RATE as f32) as usize,
            None => usize::MAX / 2,
        }
    }

    /// Does the next window for the transcript.
    fn step(&mut self, long: bool) -> Result<()> {
        // While nothing was left behind, the last partial is a good guess at the whole text.
        let fresh = self.progress.seek == 0 && self.live.from == 0 && !long;
        let draft = Draft { tokens: if fresh { &self.live.tokens } else { &[] }, forced: 0 };
        let rest = &self.samples[self.progress.seek - self.start..];
        self.whisper.window(&mut self.progress, rest, long, draft, &self.options)?;
        self.forget();
        Ok(())
    }

    /// Drops the samples that neither side needs any more.
    fn forget(&mut self) {
        let keep = match self.options.partial_interval_s {
            Some(_) => self.progress.seek.min(self.live.from),
            None => self.progress.seek,
        };
        self.samples.drain(..keep - self.start);
        self.start = keep;
    }

    /// Takes a partial of the audio up to `end`.
    fn hear(&mut self, end: usize) -> Result<()> {
        let longest = self.whisper.window_samples().min(PARTIAL_WINDOW_S * SAMPLE_RATE);
        if end - self.live.from > longest {
            self.leave_behind(end, longest);
        }
        let whisper = &self.whisper;
        let live = &mut self.live;
        let audio = &self.samples[live.from - self.start..end - self.start];
        if is_silent(audio) {
            live.audio_s = end as f32 / SAMPLE_RATE as f32;
            return Ok(());
        }
        let mut decoding = whisper.listen(audio, &self.options)?;
        // A language heard in one word may be wrong, so it is asked again until words are stable.
        let mut language = live.language.clone();
        let id = whisper.settle_language(&mut language, &mut *decoding)?;
        let prompt = whisper.tokens.prompt(
            whisper.recent(&live.behind_tokens),
            id,
            self.options.task,
            false,
        )?;
        let forced = live.words[..live.stable].last().map_or(0, |w| w.token_end);
        let draft = Draft { tokens: &live.tokens, forced };
        let request =
            Request { prompt: &prompt, timestamps: false, temperature: 0.0, draft, stream: 0 };
        let decoded = whisper.decode(&mut *decoding, &request, &self.options)?;
        let offset_s = live.from as f32 / SAMPLE_RATE as f32;
        let code = language.as_ref().map(|(code, _)| code.as_str());
        let mut words = whisper.words(&decoded, &*decoding, code, audio.len(), offset_s)?;
        live.audio_s = end as f32 / SAMPLE_RATE as f32;
        if !keep_stable(&live.words[..live.stable], &mut words) {
            return Ok(());
        }
        let agreed =
            live.words.iter().zip(&words).take_while(|(a, b)| a.word.text == b.word.text).count();
        let sure = words
            .iter()
            .enumerate()
            .take_while(|(i, w)| i + 1 < words.len() || w.word.end_s < live.audio_s - UNSURE_S);
        let stable = agreed.min(sure.count()).max(live.stable);
        live.stable = stable;
        if live.stable > 0 || !live.behind.is_empty() {
            live.language.clone_from(&language);
        }
        if !words.is_empty() {
            live.finished = whisper.finished(&decoded);
        }
        live.words = words;
        live.tokens = decoded.tokens;
        Ok(())
    }

    /// Moves the start of what partials look at past finished words: the stable ones that ended a
    /// while ago, or, if there are none, all that was said before the quietest place.
    fn leave_behind(&mut self, end: usize, longest: usize) {
        let live = &mut self.live;
        let old = (end as f32 / SAMPLE_RATE as f32) - 2.0;
        let mut count = live.words[..live.stable].iter().take_while(|w| w.word.end_s < old).count();
        let mut from = match live.words.get(count.wrapping_sub(1)) {
            Some(last) => (last.word.end_s * SAMPLE_RATE as f32) as usize,
            None => live.from,
        };
        if end - from > longest {
            let audio = &self.samples[live.from - self.start..end - self.start];
            from = live.from + quietest(audio, audio.len() / 2, audio.len());
            let from_s = from as f32 / SAMPLE_RATE as f32;
            count =
                live.words.iter().take_while(|w| w.word.end_s <= from_s).count().max(live.stable);
        }
        let tokens = live.words[..count].last().map_or(0, |w| w.token_end);
        live.behind_tokens
            .extend(live.tokens.drain(..tokens).filter(|&t| self.whisper.tokens.is_text(t)));
        live.behind.extend(live.words.drain(..count).map(|w| w.word));
        for word in &mut live.words {
            word.token_end -= tokens;
        }
        live.stable -= count.min(live.stable);
        live.from = from.max(live.from);
        self.forget();
    }
}

/// Puts the stable words, as they were, in place of the words decoded from the same tokens; false
/// if the decoded words do not reach that far. Letters added to the last stable word become a word
/// of their own. Tokens are compared, not words, as another language may split words elsewhere.
fn keep_stable(stable: &[Placed], words: &mut Vec<Placed>) -> bool {
    let Some(last) = stable.last() else { return true };
    if words.last().is_none_or(|w| w.token_end < last.token_end) {
        return false;
    }
    let text = |words: &[Placed]| words.iter().map(|w| w.word.text.as_str()).collect::<String>();
    let covered = words.iter().take_while(|w| w.token_end <= last.token_end).count();
    let whole = covered > 0 && words[covered - 1].token_end == last.token_end;
    let mut rest = words.split_off(covered);
    if !whole && !rest.is_empty() {
        words.push(rest.remove(0));
        let added = text(words).strip_prefix(&text(stable)).unwrap_or_default().to_string();
        if let Some(mut part) = words.pop().filter(|_| !added.is_empty()) {
            part.word = Word { text: added, start_s: last.word.end_s, ..part.word };
            rest.insert(0, part);
        }
    }
    *words = stable.iter().cloned().chain(rest).collect();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[(&str, usize)]) -> Vec<Placed> {
        let word =
            |text: &str| Word { text: text.into(), start_s: 0.0, end_s: 1.0, probability: 1.0 };
        list.iter().map(|&(text, token_end)| Placed { word: word(text), token_end }).collect()
    }

    #[test]
    fn letters_after_a_stable_word_do_not_change_it() {
        let stable = words(&[(" I", 1), (" play", 2)]);
        let mut new = words(&[(" I", 1), (" playing", 3), (" cards", 4)]);
        assert!(keep_stable(&stable, &mut new));
        let found: Vec<_> = new.iter().map(|w| (w.word.text.as_str(), w.token_end)).collect();
        assert_eq!(found, [(" I", 1), (" play", 2), ("ing", 3), (" cards", 4)]);
        assert!(!keep_stable(&stable, &mut words(&[(" I", 1)])));
        // Bytes that make no character may be grouped anew.
        let mut regrouped = words(&[(" I\u{fffd}", 1), (" ply", 2)]);
        assert!(keep_stable(&stable, &mut regrouped));
        assert!(regrouped.iter().zip(&stable).all(|(a, b)| a.word == b.word));
    }
}
