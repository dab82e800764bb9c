use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::StageSettings;

/// Appends a JSON line for every finished turn to a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logger {
    /// The file, relative to the pipeline file that names it; `chats.jsonl` in the working folder
    /// when none is named.
    #[schemars(with = "String", length(min = 1), extend("x-text" = "path"))]
    pub path: PathBuf,
}

impl Default for Logger {
    fn default() -> Self {
        // No file names it, so it belongs where the program was started.
        Self { path: "chats.jsonl".into() }
    }
}

impl StageSettings for Logger {}
