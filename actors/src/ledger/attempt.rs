//! Attempts to answer, and what became of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ms;
use crate::fact::{HeardWord, Played, Step, Usage};
use crate::frame::TurnId;
use crate::time::Time;

/// When the steps of one attempt were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    /// The recogniser took the audio of the turn.
    #[serde(rename = "stt_start_ms", with = "ms")]
    pub stt_start: Option<Time>,
    /// The final words were there.
    #[serde(rename = "words_ms", with = "ms")]
    pub words: Option<Time>,
    /// The prompt was sent.
    #[serde(rename = "prompted_ms", with = "ms")]
    pub prompted: Option<Time>,
    /// The language model took the prompt.
    #[serde(rename = "llm_start_ms", with = "ms")]
    pub llm_start: Option<Time>,
    /// The language model had its first piece.
    #[serde(rename = "first_token_ms", with = "ms")]
    pub first_token: Option<Time>,
    /// The language model was done.
    #[serde(rename = "llm_end_ms", with = "ms")]
    pub llm_end: Option<Time>,
    /// The first chunk with something to say was cut.
    #[serde(rename = "first_chunk_ms", with = "ms")]
    pub first_chunk: Option<Time>,
    /// The voice took the first chunk.
    #[serde(rename = "tts_start_ms", with = "ms")]
    pub tts_start: Option<Time>,
    /// The voice gave its first sample.
    #[serde(rename = "first_voice_ms", with = "ms")]
    pub first_voice: Option<Time>,
    /// The voice was done with the last chunk that it was given so far.
    #[serde(rename = "tts_end_ms", with = "ms")]
    pub tts_end: Option<Time>,
    /// The first samples were handed over to playback.
    #[serde(rename = "handed_over_ms", with = "ms")]
    pub handed_over: Option<Time>,
    /// The first sample sounded, by the device.
    #[serde(rename = "first_sample_ms", with = "ms")]
    pub first_sample: Option<Time>,
    /// The first audible sample sounded, by the device.
    #[serde(rename = "audible_ms", with = "ms")]
    pub audible: Option<Time>,
    /// The last sample that was heard ended, by the device.
    #[serde(rename = "last_sample_ms", with = "ms")]
    pub last_sample: Option<Time>,
}

impl Steps {
    /// Takes a step. Firsts keep the first time, ends the last one.
    pub fn take(&mut self, step: Step, at: Time) {
        let (place, last) = match step {
            Step::SttStart => (&mut self.stt_start, false),
            Step::LlmStart => (&mut self.llm_start, false),
            Step::FirstToken => (&mut self.first_token, false),
            Step::LlmEnd => (&mut self.llm_end, true),
            Step::FirstChunk => (&mut self.first_chunk, false),
            Step::TtsStart => (&mut self.tts_start, false),
            Step::FirstVoice => (&mut self.first_voice, false),
            Step::TtsEnd => (&mut self.tts_end, true),
            Step::HandedOver => (&mut self.handed_over, false),
            Step::FirstSample => (&mut self.first_sample, false),
        };
        if last || place.is_none() {
            *place = Some(at);
        }
    }

    /// How long recogniser, language model and voice worked, each until its end or until `end`;
    /// where the start of the work is not known, since it was given.
    pub fn work(&self, begun: Time, end: Time) -> Duration {
        let spent = |start: Option<Time>, until: Option<Time>| {
            start.map_or(Duration::ZERO, |start| until.unwrap_or(end).min(end).since(start))
        };
        spent(self.stt_start.or(Some(begun)), self.words)
            + spent(self.llm_start.or(self.prompted), self.llm_end)
            + spent(self.tts_start.or(self.first_chunk), self.tts_end)
    }
}

/// Why an attempt was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The person was silent for a moment: it was a guess that they are done.
    Eager,
    /// It was decided that they are done.
    Decided,
    /// The attempt before it was lost.
    Again,
    /// The person is told that the answer failed.
    Apology,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is under way.
    Open,
    /// It became the turn's answer.
    Kept,
    /// The person went on speaking.
    Resumed,
    /// A stage failed, or what it made was lost.
    Failed,
    /// The turn ended without an answer.
    Unused,
}

/// Whether answering in advance paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speculation {
    /// The answer was begun before it was decided that the person is done.
    Hit,
    /// An answer was begun in advance, and another one had to be made.
    Miss,
    /// No answer was begun in advance.
    #[default]
    None,
}

/// A word of a reply as it was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written, with the marks behind it.
    pub text: String,
    /// Device time of its first sample.
    #[serde(rename = "start_ms", with = "ms::known")]
    pub start: Time,
    /// Device time of the sample after its last.
    #[serde(rename = "end_ms", with = "ms::known")]
    pub end: Time,
}

/// One attempt to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number: grows through the conversation, with gaps.
    #[serde(rename = "attempt")]
    pub turn: TurnId,
    /// Why it was begun.
    pub cause: Cause,
    /// What became of it.
    pub outcome: Outcome,
    /// When it was begun.
    #[serde(rename = "begun_ms", with = "ms::known")]
    pub begun: Time,
    /// When it was thrown away, or its turn closed.
    #[serde(rename = "ended_ms", with = "ms", default)]
    pub ended: Option<Time>,
    /// The words that it answers, once known.
    #[serde(default)]
    pub text: Option<String>,
    /// Tokens that the language model read and had not read before, where it says so.
    #[serde(default)]
    pub read_tokens: Option<u64>,
    /// Tokens of the prompt that it had read before, where it says so.
    #[serde(default)]
    pub reused_tokens: Option<u64>,
    /// Tokens that it wrote; pieces of text where it counts no tokens.
    #[serde(default)]
    pub written_tokens: u64,
    /// Time that recogniser, language model and voice worked for it, in milliseconds.
    #[serde(default)]
    pub work_ms: f64,
    /// Silence before the voice's first sound that was cut away, in milliseconds.
    #[serde(default)]
    pub trimmed_ms: f64,
    /// How much of its voice was made, in milliseconds, once it was played.
    #[serde(default)]
    pub made_ms: Option<f64>,
    /// How much of that sounded, in milliseconds.
    #[serde(default)]
    pub sounded_ms: Option<f64>,
    /// How often there was silence in it as the voice was too slow.
    #[serde(default)]
    pub gaps: u64,
    /// How long they were in all, in milliseconds.
    #[serde(default)]
    pub gaps_ms: f64,
    /// Its words as they were heard, where the voice says when they sound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Word>,
    /// When its steps were reached.
    #[serde(flatten)]
    pub steps: Steps,
}

impl Attempt {
    /// An attempt that begins.
    pub fn new(turn: TurnId, cause: Cause, begun: Time) -> Self {
        Self {
            turn,
            cause,
            outcome: Outcome::Open,
            begun,
            ended: None,
            text: None,
            read_tokens: None,
            reused_tokens: None,
            written_tokens: 0,
            work_ms: 0.0,
            trimmed_ms: 0.0,
            made_ms: None,
            sounded_ms: None,
            gaps: 0,
            gaps_ms: 0.0,
            heard: Vec::new(),
            steps: Steps::default(),
        }
    }

    /// Whether it is under way.
    pub fn is_open(&self) -> bool {
        self.outcome == Outcome::Open
    }

    /// Ends it, if it was under way.
    pub fn end(&mut self, outcome: Outcome, now: Time) {
        if self.is_open() {
            self.outcome = outcome;
            self.ended = Some(now);
        }
    }

    /// Takes what the language model says that it did.
    pub fn take_usage(&mut self, usage: &Usage) {
        self.read_tokens = usage.read;
        self.reused_tokens = usage.reused;
        self.written_tokens = usage.written;
    }

    /// Silence was cut before the voice's first sound.
    pub fn trim(&mut self, silence: Duration) {
        self.trimmed_ms = ms::of(silence);
    }

    /// Takes what the speaker says that it played.
    pub fn take_played(&mut self, played: &Played) {
        self.made_ms = Some(ms::of(played.made));
        self.sounded_ms = Some(ms::of(played.sounded));
        self.gaps = played.gaps;
        self.gaps_ms = ms::of(played.gap_length);
        let word = |HeardWord { text, start, end }: &HeardWord| Word {
            text: text.clone(),
            start: *start,
            end: *end,
        };
        self.heard = played.words.iter().map(word).collect();
    }

    /// The words that it answers were there.
    pub fn hear(&mut self, text: &str, at: Time) {
        self.text = Some(text.to_string());
        self.steps.words.get_or_insert(at);
    }

    /// Its first audible sample sounded.
    pub fn sound(&mut self, at: Time) {
        self.steps.audible.get_or_insert(at);
    }

    /// The last sample that was heard of it ended.
    pub fn fall_silent(&mut self, at: Time) {
        if self.steps.audible.is_some() {
            self.steps.last_sample = Some(at);
        }
    }

    /// Counts the work, now that no more will come of it.
    pub fn settle(&mut self) {
        let end = self.ended.unwrap_or(self.begun);
        self.work_ms = match self.cause {
            Cause::Apology => 0.0,
            Cause::Eager | Cause::Decided | Cause::Again => {
                ms::of(self.steps.work(self.begun, end))
            }
        };
    }

    /// Whether its work was in vain.
    pub fn is_waste(&self) -> bool {
        match self.outcome {
            Outcome::Open | Outcome::Kept => false,
            Outcome::Resumed | Outcome::Failed | Outcome::Unused => self.cause != Cause::Apology,
        }
    }
}

impl Speculation {
    /// What the attempts of a turn say, in order.
    pub fn of(attempts: &[Attempt]) -> Self {
        let eager = |attempt: &Attempt| attempt.cause == Cause::Eager;
        match attempts.last() {
            Some(last) if eager(last) && last.outcome == Outcome::Kept => Self::Hit,
            _ if attempts.iter().any(eager) => Self::Miss,
            _ => Self::None,
        }
    }
}
