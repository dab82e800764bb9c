//! What a fake recogniser, language model and voice cost.

use std::time::Duration;

use serde::Serialize;

/// Stated costs. A word of the answer is one token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// What each request to the recogniser takes, in ms.
    pub stt_ms: f64,
    /// What each second of audio takes it beside that, in seconds.
    pub stt_per_second: f64,
    /// Whether it hears all of the audio anew at each request, or only what is new.
    pub stt_anew: bool,
    /// The first token of the language model, in ms.
    pub llm_first_ms: f64,
    /// Each further token, in ms.
    pub llm_token_ms: f64,
    /// What each text takes the voice before its first sound, in ms.
    pub tts_first_ms: f64,
    /// What each word takes it beside that, in ms.
    pub tts_word_ms: f64,
    /// Whether it gives no sound of a text before all of it.
    pub tts_whole: bool,
    /// How long a spoken word is, in ms.
    pub word_ms: f64,
    /// What the language model answers.
    pub answer: String,
}

/// The question that was put to the replaced system, in seconds.
pub const QUESTION_S: f64 = 4.16;

impl Costs {
    /// Those of the system that is replaced, for each second of audio and each token: 2.60 s of
    /// speech-to-text for a question of 4.16 s, 0.38 s of the language model and 3.11 s of
    /// text-to-speech for an answer of 5.69 s. None of its models gave anything before all of it.
    pub fn replaced() -> Self {
        let answer = "Sure, the capital of France is Paris, and about two million people live \
                      there. Anything else?";
        let words = answer.split_whitespace().count() as f64;
        Self {
            stt_ms: 0.0,
            stt_per_second: 2.60 / QUESTION_S,
            stt_anew: true,
            llm_first_ms: 380.0 / words,
            llm_token_ms: 380.0 / words,
            tts_first_ms: 0.0,
            tts_word_ms: 3110.0 / words,
            tts_whole: true,
            word_ms: 5690.0 / words,
            answer: answer.into(),
        }
    }

    /// Those of small models on a machine near by, for a comparison of what is around them.
    pub fn small() -> Self {
        Self {
            stt_ms: 60.0,
            stt_per_second: 0.0,
            stt_anew: false,
            llm_first_ms: 100.0,
            llm_token_ms: 20.0,
            tts_first_ms: 80.0,
            tts_word_ms: 30.0,
            tts_whole: false,
            word_ms: 300.0,
            answer: "Sure, that sounds good to me. Shall we go on?".into(),
        }
    }

    /// What a request to the recogniser takes for so much audio.
    pub fn stt(&self, audio: Duration) -> Duration {
        ms(self.stt_ms) + audio.mul_f64(self.stt_per_second.max(0.0))
    }

    /// What a token takes.
    pub fn token(&self, place: usize) -> Duration {
        ms(if place == 0 { self.llm_first_ms } else { self.llm_token_ms })
    }

    /// What a word takes the voice.
    pub fn word(&self, place: usize) -> Duration {
        ms(if place == 0 { self.tts_first_ms } else { 0.0 } + self.tts_word_ms)
    }

    /// The sound of a word at `rate` samples a second.
    pub fn sound(&self, rate: u32) -> Vec<f32> {
        vec![0.1; (ms(self.word_ms).as_secs_f64() * f64::from(rate)).round() as usize]
    }
}

fn ms(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.max(0.0) / 1e3)
}
