use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CrossFault, StageSettings, millis};

/// Levels the sound: automatic gain, a noise gate, removal of a constant offset, and a warning
/// when the microphone is too quiet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// Whether quiet speech is made louder and loud speech quieter.
    pub agc: bool,
    /// Level that speech is brought to, in dBFS (root mean square).
    #[schemars(range(min = -40.0, max = -6.0))]
    pub target_dbfs: f64,
    /// Most that the automatic gain adds, in dB.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub max_gain_db: f64,
    /// Level below which sound counts as noise and is silenced, in dBFS.
    #[schemars(range(min = -96.0, max = -20.0))]
    pub noise_gate_dbfs: f64,
    /// How long the noise gate stays open after the last louder sound, in ms.
    #[serde(rename = "hold_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub hold: Duration,
    /// Whether a constant offset is removed.
    pub remove_dc: bool,
    /// Level below which a signal is called weak, in dBFS.
    #[schemars(range(min = -96.0, max = -20.0))]
    pub weak_dbfs: f64,
    /// How long the signal must be weak before the user is told, in ms.
    #[serde(rename = "weak_after_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 500, max = 600_000))]
    pub weak_after: Duration,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            agc: true,
            // A usual level of recorded speech: it leaves 20 dB for its peaks.
            target_dbfs: -20.0,
            // Brings a far talker up without turning the noise of a quiet room into speech.
            max_gain_db: 24.0,
            // Below the noise of a laptop microphone in a quiet room.
            noise_gate_dbfs: -60.0,
            // Longer than the pauses inside a word.
            hold: Duration::from_millis(300),
            remove_dc: true,
            // 30 dB under speech: a muted or wrong microphone rather than a soft voice.
            weak_dbfs: -50.0,
            // Longer than the silence of somebody who thinks before speaking.
            weak_after: Duration::from_secs(5),
        }
    }
}

impl StageSettings for Gate {
    fn cross_check(&self) -> Vec<CrossFault> {
        if self.noise_gate_dbfs < self.target_dbfs {
            return Vec::new();
        }
        vec![CrossFault::new(
            &["noise_gate_dbfs", "target_dbfs"],
            format!(
                "`noise_gate_dbfs` ({} dBFS) silences speech at `target_dbfs` ({} dBFS)",
                self.noise_gate_dbfs, self.target_dbfs
            ),
            "a level below `target_dbfs`",
        )]
    }
}
