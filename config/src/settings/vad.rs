use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CrossFault, StageSettings, millis};

/// Finds speech in sound at 16 kHz and marks where it starts and stops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vad {
    /// Probability of speech from which sound is speech.
    #[schemars(range(min = 0.01, max = 0.99))]
    pub start_threshold: f64,
    /// Probability of speech under which speech has stopped.
    #[schemars(range(min = 0.01, max = 0.99))]
    pub stop_threshold: f64,
    /// Length that sound must reach to be speech, in ms.
    #[serde(rename = "min_speech_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 1_000))]
    pub min_speech: Duration,
    /// How long speech must have stopped before its stop is reported, in ms; the report names the
    /// time of the stop itself.
    #[serde(rename = "hangover_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 2_000))]
    pub hangover: Duration,
    /// Sound from before the start that is passed on with it, in ms.
    #[serde(rename = "pre_roll_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 2_000))]
    pub pre_roll: Duration,
}

impl Default for Vad {
    fn default() -> Self {
        Self {
            // As likely as not.
            start_threshold: 0.5,
            // Lower than the start, so that a soft syllable does not end the speech.
            stop_threshold: 0.35,
            // Longer than a click, shorter than the shortest word.
            min_speech: Duration::from_millis(60),
            // Longer than the closure of a plosive.
            hangover: Duration::from_millis(40),
            // Voice detection comes late for soft first sounds such as /f/ and /h/.
            pre_roll: Duration::from_millis(300),
        }
    }
}

impl StageSettings for Vad {
    fn cross_check(&self) -> Vec<CrossFault> {
        if self.stop_threshold <= self.start_threshold {
            return Vec::new();
        }
        vec![CrossFault::new(
            &["stop_threshold", "start_threshold"],
            format!(
                "`stop_threshold` ({}) is above `start_threshold` ({})",
                self.stop_threshold, self.start_threshold
            ),
            format!("at most {}", self.start_threshold),
        )]
    }
}
