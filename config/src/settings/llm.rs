use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Device, Dtype, StageSettings, millis};
use crate::Secret;

/// What the model is told about itself: replies are heard, not read.
const SYSTEM: &str = "You are a friendly voice assistant. Answer in one to three short spoken \
                      sentences, without lists, markup or emoji.";

/// Replies with a Qwen3 network inside this process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LlmQwen3 {
    /// The model: `rehearsal-…`, `hf:owner/name[@revision][/file]`, or a path.
    #[schemars(length(min = 1), extend("x-text" = "model"))]
    pub model: String,
    /// What the model is told before the conversation; may be empty.
    pub system: String,
    /// Spread of the choice among likely tokens; 0 always takes the likeliest.
    #[schemars(range(min = 0.0, max = 5.0))]
    pub temperature: f64,
    /// Only this many of the likeliest tokens stand for choice.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub top_k: Option<u32>,
    /// Only the likeliest tokens that together reach this probability stand for choice.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f64>,
    /// Only tokens at least this likely, relative to the likeliest, stand for choice.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_p: Option<f64>,
    /// Weakens tokens that were already said; 1 does nothing.
    #[schemars(range(min = 0.5, max = 2.0))]
    pub repetition_penalty: Option<f64>,
    /// Start of the random choice; the same seed gives the same replies.
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_u64))]
    pub seed: Option<u64>,
    /// Longest reply, in tokens.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_tokens: u32,
    /// Longest conversation the model sees, in tokens; what the model was made for without it.
    #[schemars(range(min = 64, max = 10_000_000))]
    pub context_limit: Option<u32>,
    /// Whether the user's words are read while they still speak, as soon as they will not change.
    pub read_ahead: bool,
    /// Where the network runs: `auto` takes the first graphics device that the program is built for
    /// and the machine has, else `cpu`; or `cuda`, `cuda:1`, `metal`.
    pub device: Device,
    /// What it computes in; `auto` takes what suits the network and the device.
    pub dtype: Dtype,
}

impl Default for LlmQwen3 {
    fn default() -> Self {
        Self {
            // Inside the program, so that a conversation starts without a download.
            model: "rehearsal-llm-en".into(),
            system: SYSTEM.into(),
            // The same question gets the same answer, so that runs can be compared.
            temperature: 0.0,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: None,
            seed: None,
            // About a minute of speech: no spoken reply should be longer.
            max_tokens: 200,
            context_limit: None,
            // Costs the same work sooner, and what has changed is read again.
            read_ahead: true,
            // What is fastest here.
            device: Device::Auto,
            dtype: Dtype::Auto,
        }
    }
}

impl StageSettings for LlmQwen3 {}

/// Replies with a server that streams `/v1/chat/completions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LlmOpenai {
    /// The server up to and with `/v1`.
    #[schemars(extend("x-text" = "uri"))]
    pub base_url: String,
    /// The model, as the server names it.
    #[schemars(length(min = 1))]
    pub model: String,
    /// The key sent as a bearer token; only as `${NAME}`.
    pub api_key: Option<Secret>,
    /// What the model is told before the conversation; may be empty.
    pub system: String,
    /// Spread of the choice among likely tokens; the server decides without it.
    #[schemars(range(min = 0.0, max = 5.0))]
    pub temperature: Option<f64>,
    /// Longest reply, in tokens; the server decides without it.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_tokens: Option<u32>,
    /// Longest wait for the connection, in ms.
    #[serde(rename = "connect_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 100, max = 60_000))]
    pub connect_timeout: Duration,
    /// Longest wait for the first token, in ms.
    #[serde(rename = "first_token_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub first_token_timeout: Duration,
    /// Longest wait between two tokens, in ms.
    #[serde(rename = "idle_timeout_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub idle_timeout: Duration,
    /// How often a request that failed before its first token is made again.
    #[schemars(range(min = 0, max = 10))]
    pub retries: u32,
    /// Wait before the first retry, in ms; it doubles each time.
    #[serde(rename = "backoff_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 10, max = 10_000))]
    pub backoff: Duration,
}

impl Default for LlmOpenai {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: String::new(),
            api_key: None,
            system: SYSTEM.into(),
            temperature: None,
            max_tokens: None,
            connect_timeout: super::CONNECT_TIMEOUT,
            // A local server may first load its model.
            first_token_timeout: Duration::from_secs(15),
            idle_timeout: super::IDLE_TIMEOUT,
            retries: super::RETRIES,
            backoff: super::BACKOFF,
        }
    }
}

impl StageSettings for LlmOpenai {
    const REQUIRED: &'static [&'static str] = &["base_url", "model"];
}
