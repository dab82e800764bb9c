use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CrossFault, StageSettings, millis};

/// Records from a microphone, as mono frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mic {
    /// The input device by its name, or `default`.
    #[schemars(length(min = 1))]
    pub device: String,
    /// Samples a second that leave the stage, in Hz; the rate of the device is converted to it.
    #[schemars(range(min = 8_000, max = 192_000))]
    pub sample_rate: u32,
    /// Length of a frame, in ms.
    #[serde(rename = "frame_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 10, max = 60))]
    pub frame: Duration,
}

impl Default for Mic {
    fn default() -> Self {
        Self {
            device: "default".into(),
            // What speech recognition and voice detection take.
            sample_rate: 16_000,
            // The usual frame of voice transport: short beside the 200 ms between turns, long
            // beside the cost of handing it on.
            frame: Duration::from_millis(20),
        }
    }
}

impl Mic {
    /// Samples in one frame.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        // At most 192 kHz times 60 ms.
        (self.frame.as_millis() as u64 * u64::from(self.sample_rate) / 1000) as usize
    }
}

impl StageSettings for Mic {
    fn cross_check(&self) -> Vec<CrossFault> {
        if (self.frame.as_millis() as u64 * u64::from(self.sample_rate)).is_multiple_of(1000) {
            return Vec::new();
        }
        vec![CrossFault::new(
            &["frame_ms", "sample_rate"],
            format!(
                "a frame of {} ms is no whole number of samples at {} Hz",
                self.frame.as_millis(),
                self.sample_rate
            ),
            "a length such as 10 or 20 ms that divides into whole samples",
        )]
    }
}
