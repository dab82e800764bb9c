use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::StageSettings;

/// Takes the sound of the loudspeaker out of that of the microphone, so that the machine does not
/// hear itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Echo {
    /// When the stage works: with a microphone and a loudspeaker that are devices, always, or
    /// never; otherwise it passes on what it takes.
    pub cancel: EchoCancel,
}

/// When echo is cancelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EchoCancel {
    /// When both microphone and loudspeaker are devices: a file hears no loudspeaker.
    #[default]
    Auto,
    /// With files and without a loudspeaker, too.
    Always,
    /// Never: a headset, or a system that cancels echo itself.
    Never,
}

impl StageSettings for Echo {}
