use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Device, Dtype, StageSettings, millis};
use crate::Secret;

/// Speaks with the voice that the machine has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TtsSystem {
    /// The program that speaks.
    pub program: TtsProgram,
    /// The voice, as the program names it; its own choice without it.
    #[schemars(length(min = 1))]
    pub voice: Option<String>,
    /// Speed, in words a minute.
    #[schemars(range(min = 80, max = 450))]
    pub rate_wpm: u32,
    /// Pitch, from 0 (low) to 99 (high).
    #[schemars(range(min = 0, max = 99))]
    pub pitch: u32,
}

/// A program that speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TtsProgram {
    /// The first of these that the machine has.
    Auto,
    /// `say` of macOS.
    Say,
    /// eSpeak NG.
    EspeakNg,
    /// Flite.
    Flite,
    /// The speech interface of Windows.
    Sapi,
}

impl Default for TtsSystem {
    fn default() -> Self {
        Self {
            program: TtsProgram::Auto,
            voice: None,
            // Conversational English, and what espeak-ng and `say` do by themselves.
            rate_wpm: 175,
            // The middle.
            pitch: 50,
        }
    }
}

impl StageSettings for TtsSystem {}

/// Speaks with a network inside this process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TtsKokoro {
    /// The model: `rehearsal-…`, `kokoro-82m`, `hf:owner/name[@revision]`, or the path of a folder.
    #[schemars(length(min = 1), extend("x-text" = "model"))]
    pub model: String,
    /// The speaker among those of the model, or a mixture such as `af_heart:0.7+bf_emma:0.3`; the
    /// model's own choice without it.
    #[schemars(length(min = 1))]
    pub voice: Option<String>,
    /// Speed, relative to the speaker's own.
    #[schemars(range(min = 0.5, max = 2.0))]
    pub speed: f64,
    /// How English is pronounced.
    pub language: TtsLanguage,
    /// Longest time from a text to its first sound that the first piece is cut for, in ms; 0 speaks
    /// every text in one piece.
    #[serde(rename = "first_audio_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 10_000))]
    pub first_audio: Duration,
    /// A program to ask about words that are in no lexicon, such as `espeak-ng`; the voice's own
    /// rules without it, or where it is missing.
    #[schemars(length(min = 1))]
    pub espeak: Option<String>,
    /// Threads of the network; as many as the others use without it.
    #[schemars(range(min = 1, max = 256))]
    pub threads: Option<u32>,
    /// Where the network runs: `auto` takes the first graphics device that the program is built for
    /// and the machine has, else `cpu`; or `cuda`, `cuda:1`, `metal`.
    pub device: Device,
    /// What it computes in; `auto` takes what suits the network and the device.
    pub dtype: Dtype,
}

/// How English is pronounced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TtsLanguage {
    /// As the name of the speaker says: British with a `b` before.
    Auto,
    /// As in the United States.
    EnUs,
    /// As in Great Britain.
    EnGb,
}

impl Default for TtsKokoro {
    fn default() -> Self {
        Self {
            model: "kokoro-82m".into(),
            voice: None,
            speed: 1.0,
            language: TtsLanguage::Auto,
            // No longer than people hesitate themselves.
            first_audio: Duration::from_millis(300),
            espeak: None,
            threads: None,
            // What is fastest here.
            device: Device::Auto,
            dtype: Dtype::Auto,
        }
    }
}

impl StageSettings for TtsKokoro {}

/// Speaks with a server that has `/v1/audio/speech`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TtsOpenai {
    /// The server up to and with `/v1`.
    #[schemars(extend("x-text" = "uri"))]
    pub base_url: String,
    /// The model, as the server names it.
    #[schemars(length(min = 1))]
    pub model: String,
    /// The voice, as the server names it.
    #[schemars(length(min = 1))]
    pub voice: String,
    /// The key sent as a bearer token; only as `${NAME}`.
    pub api_key: Option<Secret>,
    /// Samples a second of the PCM that the server sends, in Hz.
    #[schemars(range(min = 8_000, max = 192_000))]
    pub sample_rate: u32,
    /// Speed, relative to the voice's own.
    #[schemars(range(min = 0.25, max = 4.0))]
    pub speed: f64,
    /// Longest wait for the connection, in ms.
    #[serde(rename = "connect_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 100, max = 60_000))]
    pub connect_timeout: Duration,
    /// Longest wait for the first sound, in ms.
    #[serde(rename = "first_audio_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub first_audio_timeout: Duration,
    /// Longest wait between two pieces of sound, in ms.
    #[serde(rename = "idle_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub idle_timeout: Duration,
    /// How often a request that failed before its first sound is made again.
    #[schemars(range(min = 0, max = 10))]
    pub retries: u32,
    /// Wait before the first retry, in ms; it doubles each time.
    #[serde(rename = "backoff_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 10, max = 10_000))]
    pub backoff: Duration,
}

impl Default for TtsOpenai {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: String::new(),
            voice: String::new(),
            api_key: None,
            // What the interface specifies for `response_format = pcm`.
            sample_rate: 24_000,
            speed: 1.0,
            connect_timeout: super::CONNECT_TIMEOUT,
            // A local server may first load its voice.
            first_audio_timeout: Duration::from_secs(15),
            idle_timeout: super::IDLE_TIMEOUT,
            retries: super::RETRIES,
            backoff: super::BACKOFF,
        }
    }
}

impl StageSettings for TtsOpenai {
    const REQUIRED: &'static [&'static str] = &["base_url", "model", "voice"];
}
