use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Device, Dtype, StageSettings, millis};
use crate::Secret;

/// Writes down speech with a Whisper network inside this process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SttWhisper {
    /// The model: `rehearsal-…`, `hf:owner/name[@revision][/file]`, or a path.
    #[schemars(length(min = 1), extend("x-text" = "model"))]
    pub model: String,
    /// Language spoken, as the two or three letters of ISO 639, or `auto`.
    #[schemars(length(min = 2, max = 4))]
    pub language: String,
    /// Time between partial transcripts while the user speaks, in ms; 0 makes none.
    #[serde(rename = "partial_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 10_000))]
    pub partial: Duration,
    /// Whether the encoder sees only the sound there is rather than 30 s; faster, and as good for
    /// most models.
    pub short_context: bool,
    /// Transcripts tried side by side where the likeliest words, one by one, are not likely as a
    /// whole; 1 tries no other. More hear noisy speech better and take longer. The model says how
    /// many without it (`num_beams` in `generation_config.json`, else 1).
    #[schemars(range(min = 1, max = 16))]
    pub beam_size: Option<u32>,
    /// Where the network runs: `auto` takes the first graphics device that the program is built for
    /// and the machine has, else `cpu`; or `cuda`, `cuda:1`, `metal`.
    pub device: Device,
    /// What it computes in; `auto` takes what suits the network and the device.
    pub dtype: Dtype,
}

impl Default for SttWhisper {
    fn default() -> Self {
        Self {
            // Inside the program, so that a conversation starts without a download.
            model: "rehearsal-stt-en".into(),
            language: "en".into(),
            // About one word: faster partials would say the same.
            partial: Duration::from_millis(300),
            short_context: true,
            beam_size: None,
            // What is fastest here.
            device: Device::Auto,
            dtype: Dtype::Auto,
        }
    }
}

impl StageSettings for SttWhisper {}

/// Writes down speech with a server that has `/v1/audio/transcriptions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SttOpenai {
    /// The server up to and with `/v1`.
    #[schemars(extend("x-text" = "uri"))]
    pub base_url: String,
    /// The model, as the server names it.
    #[schemars(length(min = 1))]
    pub model: String,
    /// The key sent as a bearer token; only as `${NAME}`.
    pub api_key: Option<Secret>,
    /// Language spoken, as the two or three letters of ISO 639; the server guesses without it.
    #[schemars(length(min = 2, max = 3))]
    pub language: Option<String>,
    /// Longest wait for the connection, in ms.
    #[serde(rename = "connect_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 100, max = 60_000))]
    pub connect_timeout: Duration,
    /// Longest wait for the transcript, in ms.
    #[serde(rename = "timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub timeout: Duration,
    /// How often a failed request is made again.
    #[schemars(range(min = 0, max = 10))]
    pub retries: u32,
    /// Wait before the first retry, in ms; it doubles each time.
    #[serde(rename = "backoff_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 10, max = 10_000))]
    pub backoff: Duration,
}

impl Default for SttOpenai {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: "whisper-1".into(),
            api_key: None,
            language: None,
            connect_timeout: super::CONNECT_TIMEOUT,
            // A slow server on a minute of speech; the user has left after that.
            timeout: Duration::from_secs(15),
            retries: super::RETRIES,
            backoff: super::BACKOFF,
        }
    }
}

impl StageSettings for SttOpenai {
    const REQUIRED: &'static [&'static str] = &["base_url"];
}
