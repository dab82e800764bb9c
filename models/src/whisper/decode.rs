//! One window: tokens from the decoder, greedy or sampled, and what speaks for or against them.

use std::io::Write;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::network::Decoding;
use super::options::Options;
use super::rules::{Rules, TimestampRules, argmax};
use super::tokens::Tokens;
use super::{Whisper, kernels};
use crate::Result;

/// The tokens of one window and their scores.
pub(super) struct Decoded {
    /// Without the end token.
    pub(super) tokens: Vec<u32>,
    /// Log-probability of each token.
    pub(super) logprobs: Vec<f32>,
    /// Tokens of the prompt, so that the cache's rows can be told apart.
    pub(super) prompt_length: usize,
    pub(super) avg_logprob: f32,
    pub(super) no_speech_prob: f32,
    /// Probability of a mark that ends a sentence, where the last word ends.
    pub(super) finished: f32,
    pub(super) compression_ratio: f32,
    pub(super) temperature: f32,
}

/// Tokens offered to a greedy decode. The decoder reads them all in one pass; those it would have
/// written itself are kept, so the result is the one it gives without a draft, sooner.
#[derive(Clone, Copy, Default)]
pub(super) struct Draft<'a> {
    pub(super) tokens: &'a [u32],
    /// How many of them are taken unseen.
    pub(super) forced: usize,
}

/// What a decode of one window needs beside the audio.
pub(super) struct Request<'a> {
    pub(super) prompt: &'a [u32],
    pub(super) timestamps: bool,
    pub(super) temperature: f32,
    pub(super) draft: Draft<'a>,
    /// Distinguishes the windows and attempts that sample with one seed.
    pub(super) stream: u64,
}

impl Whisper {
    /// Decodes the window whose audio `decoding` was started with.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] once the caller's flag is up.
    pub(super) fn decode(
        &self,
        decoding: &mut dyn Decoding,
        request: &Request<'_>,
        options: &Options,
    ) -> Result<Decoded> {
        let tokens = &self.tokens;
        let (rules, prompt) = (self.rules(request.timestamps), request.prompt);
        let limit = self.limit(prompt, options);
        let offered = if request.temperature == 0.0 { request.draft.tokens } else { &[] };
        let draft = &offered[..offered.len().min(limit.saturating_sub(1))];
        let mut picker = Picker::new(options.seed, request.stream, request.temperature);
        let mut written = Written::default();

        decoding.truncate(0);
        options.check_cancel()?;
        let input = [prompt, draft].concat();
        let start = prompt.iter().rposition(|&t| t == tokens.start).unwrap_or(prompt.len() - 1);
        // The row of the start token tells speech from none; those from the prompt's last predict text.
        let offset = usize::from(start + 1 < prompt.len());
        let mut rows = vec![start; offset];
        rows.extend(prompt.len() - 1..input.len());
        let mut logits = decoding.logits(&input, &rows)?;
        let vocabulary = logits.len() / rows.len();
        let no_speech_prob = tokens.no_speech().map_or(0.0, |id| {
            (logits[id as usize] - kernels::log_sum_exp(&logits[..vocabulary])).exp()
        });
        let mut done = limit == 0;
        for (i, logits) in logits.chunks_exact_mut(vocabulary).skip(offset).enumerate() {
            if done {
                break;
            }
            rules.apply(logits, &written.tokens);
            let forced = (i < request.draft.forced).then(|| offered.get(i).copied()).flatten();
            let next = forced.unwrap_or_else(|| picker.pick(logits));
            done = written.push(next, logits, tokens, limit);
            if draft.get(i) != Some(&next) {
                decoding.truncate(prompt.len() + i);
                break;
            }
        }
        while !done {
            options.check_cancel()?;
            let last = [written.tokens.last().copied().unwrap_or(tokens.end)];
            let mut logits = decoding.logits(&last, &[0])?;
            rules.apply(&mut logits, &written.tokens);
            let next = picker.pick(&logits);
            done = written.push(next, &logits, tokens, limit);
        }
        let text = tokens.decode(&written.tokens);
        Ok(Decoded {
            avg_logprob: written.sum / (written.tokens.len() + 1) as f32,
            compression_ratio: compression_ratio(&text),
            tokens: written.tokens,
            logprobs: written.logprobs,
            prompt_length: prompt.len(),
            no_speech_prob,
            finished: written.finished,
            temperature: request.temperature,
        })
    }

    /// Which tokens may come next in a decode with or without timestamps.
    pub(super) fn rules(&self, timestamps: bool) -> Rules<'_> {
        let tokens = &self.tokens;
        let timestamps =
            tokens.timestamp_begin.filter(|_| timestamps).map(|begin| TimestampRules {
                begin: begin as usize,
                end_token: tokens.end as usize,
                no_timestamps: tokens.no_timestamps,
                max_initial: self.generation.max_initial_timestamp,
            });
        Rules { suppress: &tokens.suppress, begin_suppress: &tokens.begin_suppress, timestamps }
    }

    /// Most tokens written behind a prompt.
    pub(super) fn limit(&self, prompt: &[u32], options: &Options) -> usize {
        let room = self.network.capacity().saturating_sub(prompt.len());
        options.max_tokens.min(self.network.capacity() / 2).min(room)
    }

    /// The likeliest language of the window whose audio `decoding` was started with.
    pub(super) fn detect_language(
        &self,
        decoding: &mut dyn Decoding,
    ) -> Result<Option<(String, u32)>> {
        decoding.truncate(0);
        let logits = decoding.logits(&[self.tokens.start], &[0])?;
        let best = self.tokens.languages.iter().max_by(|a, b| {
            logits[a.1 as usize].total_cmp(&logits[b.1 as usize]).then(b.1.cmp(&a.1))
        });
        Ok(best.cloned())
    }
}

/// The tokens written so far.
#[derive(Default)]
struct Written {
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
    /// Sum of log-probabilities, the end token's included.
    sum: f32,
    /// Probability of a mark that ends a sentence, where the last word ended.
    finished: f32,
}

impl Written {
    /// Takes a token and says whether it is the last.
    fn push(&mut self, token: u32, logits: &[f32], known: &Tokens, limit: usize) -> bool {
        let total = kernels::log_sum_exp(logits);
        let logprob = logits[token as usize] - total;
        self.sum += logprob.max(-100.0);
        // What comes after the first mark behind a word says nothing of the word any more.
        if known.is_close(token) && !self.tokens.last().is_some_and(|&last| known.is_close(last)) {
            self.finished =
                known.ends().iter().map(|&id| (logits[id as usize] - total).exp()).sum();
        }
        if token == known.end {
            return true;
        }
        self.tokens.push(token);
        self.logprobs.push(logprob);
        self.tokens.len() >= limit
    }
}

/// Chooses tokens: the likeliest at temperature 0, else at random by their probabilities.
struct Picker {
    temperature: f32,
    random: StdRng,
}

impl Picker {
    fn new(seed: u64, stream: u64, temperature: f32) -> Self {
        let mix = seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { temperature, random: StdRng::seed_from_u64(mix) }
    }

    fn pick(&mut self, logits: &[f32]) -> u32 {
        let best = argmax(logits);
        if self.temperature <= 0.0 {
            return best as u32;
        }
        let weight = |l: f32| ((l - logits[best]) / self.temperature).exp();
        let total: f32 = logits.iter().map(|&l| weight(l)).sum();
        let mut left = self.random.random::<f32>() * total;
        for (i, &l) in logits.iter().enumerate() {
            left -= weight(l);
            if left < 0.0 {
                return i as u32;
            }
        }
        best as u32
    }
}

/// How many times smaller zlib makes the text; repetition shrinks most.
fn compression_ratio(text: &str) -> f32 {
    if text.is_empty() {
        return 1.0;
    }
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to a vector does not fail.
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    packed.map_or(1.0, |packed| text.len() as f32 / packed.len() as f32)
}
