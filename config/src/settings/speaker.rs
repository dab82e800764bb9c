use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{StageSettings, millis};

/// Plays the reply on a loudspeaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Speaker {
    /// The output device by its name, or `default`.
    #[schemars(length(min = 1))]
    pub device: String,
    /// Sound kept ready for the device, in ms.
    #[serde(rename = "buffer_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 10, max = 500))]
    pub buffer: Duration,
    /// Sound collected before the first sample plays, in ms.
    #[serde(rename = "lead_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 1_000))]
    pub lead: Duration,
}

impl Default for Speaker {
    fn default() -> Self {
        Self {
            device: "default".into(),
            // Two frames: enough for a late thread, little beside the time to answer.
            buffer: Duration::from_millis(40),
            // Voices run faster than real time; waiting would only be dead air.
            lead: Duration::ZERO,
        }
    }
}

impl StageSettings for Speaker {}
