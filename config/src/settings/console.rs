use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::StageSettings;

/// Shows the conversation while it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Whether words are shown before they are certain.
    pub partials: bool,
}

impl Default for Console {
    fn default() -> Self {
        // Whoever speaks sees at once that they are heard.
        Self { partials: true }
    }
}

impl StageSettings for Console {}
