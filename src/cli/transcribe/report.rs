//! The objects that `--json` prints, one a line.

use std::time::Duration;

use antiphon_models::whisper::{Partial, Segment, Transcript, Word};
use anyhow::Result;
use serde::Serialize;

use crate::cli::out;

/// What is heard so far.
#[derive(Debug, Serialize)]
pub(super) struct Heard<'a> {
    r#type: &'static str,
    file: &'a str,
    /// Words that will not change in later partials.
    stable: String,
    /// Words that may change.
    unstable: String,
    audio_seconds: f64,
}

impl<'a> Heard<'a> {
    pub(super) fn new(file: &'a str, partial: &Partial) -> Self {
        Self {
            r#type: "partial",
            file,
            stable: text(&partial.stable),
            unstable: text(&partial.unstable),
            audio_seconds: rounded(partial.audio_s),
        }
    }
}

/// What was said in a file.
#[derive(Debug, Serialize)]
pub(super) struct Final<'a> {
    r#type: &'static str,
    file: &'a str,
    text: &'a str,
    segments: Vec<Stretch<'a>>,
    words: Vec<Timed<'a>>,
    language: Option<&'a str>,
    audio_seconds: f64,
    /// Time from the first sample read to the text, the model being loaded.
    seconds: f64,
    /// Seconds of work a second of audio; `null` for an empty file.
    rtf: Option<f64>,
    model: &'a str,
}

impl<'a> Final<'a> {
    pub(super) fn new(
        file: &'a str,
        model: &'a str,
        transcript: &'a Transcript,
        took: Duration,
    ) -> Self {
        let audio = f64::from(transcript.duration_s);
        let seconds = took.as_secs_f64();
        Self {
            r#type: "final",
            file,
            text: &transcript.text,
            segments: transcript.segments.iter().map(Stretch::new).collect(),
            words: transcript.words().map(Timed::new).collect(),
            language: transcript.language.as_deref(),
            audio_seconds: rounded(transcript.duration_s),
            seconds,
            rtf: (audio > 0.0).then(|| seconds / audio),
            model,
        }
    }
}

#[derive(Debug, Serialize)]
struct Stretch<'a> {
    text: &'a str,
    start_seconds: f64,
    end_seconds: f64,
    avg_logprob: f64,
    no_speech_prob: f64,
    compression_ratio: f64,
    temperature: f64,
}

impl<'a> Stretch<'a> {
    fn new(segment: &'a Segment) -> Self {
        Self {
            text: segment.text.trim(),
            start_seconds: rounded(segment.start_s),
            end_seconds: rounded(segment.end_s),
            avg_logprob: rounded(segment.avg_logprob),
            no_speech_prob: rounded(segment.no_speech_prob),
            compression_ratio: rounded(segment.compression_ratio),
            temperature: rounded(segment.temperature),
        }
    }
}

#[derive(Debug, Serialize)]
struct Timed<'a> {
    text: &'a str,
    start_seconds: f64,
    end_seconds: f64,
    probability: f64,
}

impl<'a> Timed<'a> {
    fn new(word: &'a Word) -> Self {
        Self {
            text: word.text.trim(),
            start_seconds: rounded(word.start_s),
            end_seconds: rounded(word.end_s),
            probability: rounded(word.probability),
        }
    }
}

/// Joins words to their text, trimmed.
pub(super) fn text(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<String>().trim().to_owned()
}

/// Four decimals: an `f32` has little more to say and would print its binary tail.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 10_000.0).round() / 10_000.0
}

/// Prints an object on one line.
pub(super) fn json(object: &impl Serialize) -> Result<()> {
    out::line(serde_json::to_string(object)?)
}
