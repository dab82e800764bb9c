//! What a caller chooses, and what it gets back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::config::BEAMS;
use crate::{Error, Result};

/// Whether to write the language spoken or English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// Text in the language spoken.
    #[default]
    Transcribe,
    /// English text, from multilingual models only.
    Translate,
}

/// When the model is asked to write timestamp tokens. Words have times either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timestamps {
    /// For audio longer than one window, from models trained to write them.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: long audio is cut at its quietest places.
    Never,
}

/// How to transcribe. The defaults are the reference implementation's.
#[derive(Clone, Debug)]
pub struct Options {
    /// Code (`en`) or English name (`French`) of the language; `None` detects it.
    pub language: Option<String>,
    /// Transcribe or translate.
    pub task: Task,
    /// Temperatures to try in turn while a result looks wrong; the first is usually 0, greedy.
    pub temperatures: Vec<f32>,
    /// Transcripts tried side by side at temperature 0, from 1, greedy alone, to 16; `None` is what
    /// `num_beams` in the model's `generation_config.json` says, 1 without it.
    pub beam_size: Option<usize>,
    /// Beams are only tried where the greedy transcript's mean log-probability per token is below
    /// this; `None` tries them always.
    pub beam_logprob_threshold: Option<f32>,
    /// Text that zlib shrinks more than this is repetition, and the next temperature is tried.
    pub compression_ratio_threshold: Option<f32>,
    /// A mean log-probability per token below this makes the next temperature be tried.
    pub logprob_threshold: Option<f32>,
    /// A window with a no-speech probability above this, and a mean log-probability below
    /// `logprob_threshold`, is silence.
    pub no_speech_threshold: Option<f32>,
    /// When to ask for timestamp tokens.
    pub timestamps: Timestamps,
    /// Whether the encoder sees only the audio there is, and `short_context_margin_s` after it,
    /// instead of a window filled up with silence.
    ///
    /// The cost of encoding then follows the length of the speech. The published models were
    /// trained on full windows only: some of them repeat themselves or lose words at the end when
    /// shown less. Turn it off where that matters more than speed.
    pub short_context: bool,
    /// Seconds of silence added after the audio in a short context.
    pub short_context_margin_s: f32,
    /// Most tokens written for one window; at most half the model's positions.
    pub max_tokens: usize,
    /// Text that the model is told came before: names, spelling, style.
    pub initial_prompt: Option<String>,
    /// Whether a window is prompted with the text of the windows before it.
    pub condition_on_previous: bool,
    /// Seed of sampling at temperatures above 0.
    pub seed: u64,
    /// Raised by the caller to stop; looked at before each step of the decoder.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Seconds of new audio between two partial results of a stream; `None` for no partials.
    pub partial_interval_s: Option<f32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            language: None,
            task: Task::Transcribe,
            temperatures: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
            beam_size: None,
            // Above it beams come by the same words.
            beam_logprob_threshold: Some(-0.1),
            compression_ratio_threshold: Some(2.4),
            logprob_threshold: Some(-1.0),
            no_speech_threshold: Some(0.6),
            timestamps: Timestamps::Auto,
            short_context: true,
            // Enough for the last word to be followed by silence, as in training.
            short_context_margin_s: 1.0,
            max_tokens: 224,
            initial_prompt: None,
            condition_on_previous: true,
            seed: 0,
            cancel: None,
            // Words come at two to four a second; more often costs more than it tells.
            partial_interval_s: Some(0.4),
        }
    }
}

impl Options {
    /// Refuses values that no decode can use.
    pub(super) fn check(&self) -> Result<()> {
        let fault = |what: &str| Err(Error::Input(what.to_string()));
        if self.temperatures.is_empty()
            || !self.temperatures.iter().all(|t| (0.0..=10.0).contains(t))
        {
            return fault(
                "`temperatures` is empty or has one outside 0 to 10, expected at least one in that range",
            );
        }
        if let Some(size) = self.beam_size.filter(|size| !BEAMS.contains(size)) {
            return fault(&format!("`beam_size` is {size}, expected 1 to {}", BEAMS.end()));
        }
        if self.max_tokens == 0 {
            return fault("`max_tokens` is 0, expected at least 1");
        }
        if !(0.0..=30.0).contains(&self.short_context_margin_s) {
            return fault("`short_context_margin_s` is outside 0 to 30 seconds");
        }
        if self.partial_interval_s.is_some_and(|s| !(0.05..=30.0).contains(&s)) {
            return fault("`partial_interval_s` is outside 0.05 to 30 seconds");
        }
        Ok(())
    }

    /// Fails once the caller's flag is up.
    pub(super) fn check_cancel(&self) -> Result<()> {
        match &self.cancel {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

/// A word and when it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The word with its punctuation and the space before it, if any.
    pub text: String,
    /// Seconds from the start of the audio to the start of the word.
    pub start_s: f32,
    /// Seconds from the start of the audio to the end of the word.
    pub end_s: f32,
    /// Mean probability of its tokens.
    pub probability: f32,
}

/// A stretch of speech.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Seconds from the start of the audio.
    pub start_s: f32,
    /// Seconds from the start of the audio.
    pub end_s: f32,
    /// What was said, with the space before it, if any.
    pub text: String,
    /// Its words; their texts joined are `text`.
    pub words: Vec<Word>,
    /// The tokens of the text.
    pub tokens: Vec<u32>,
    /// Mean log-probability of the tokens of the window that it comes from, the end token included.
    pub avg_logprob: f32,
    /// Probability that its window holds no speech; 0 where the model does not say.
    pub no_speech_prob: f32,
    /// The temperature that its window was accepted at.
    pub temperature: f32,
    /// How many times smaller zlib makes the text of its window.
    pub compression_ratio: f32,
}

/// Whether a sentence ends with the last word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished {
    /// Probability of the marks that end one, after that word.
    pub probability: f32,
    /// How far the words are to be believed, from 0 to 1: where the mean log-probability of a token
    /// lies between the two bounds of `final_mark_trust` in `generation_config.json`. Models that
    /// hear a kind of speech which they were not taught are as sure of their marks as ever.
    pub trust: f32,
}

/// What was said in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The whole text, trimmed.
    pub text: String,
    /// Its stretches in order.
    pub segments: Vec<Segment>,
    /// Code of the language, detected or chosen; `None` from a model that cannot name one.
    pub language: Option<String>,
    /// Whether a sentence ends with the last word; `None` without words, and from a model that ends
    /// whatever silence follows with a mark: `final_mark_tells` in its `generation_config.json` says
    /// that it does not.
    pub finished: Option<Finished>,
    /// Seconds of audio.
    pub duration_s: f32,
}

impl Transcript {
    /// All words in order.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.segments.iter().flat_map(|s| &s.words)
    }
}
