//! Reading `turns.jsonl` back.

use std::str::FromStr;

use serde_json::Value;

use super::{Record, VERSION};

/// A line of `turns.jsonl`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The turn.
    pub record: Record,
    /// When it began in the world, by RFC 3339.
    pub began: Option<String>,
}

/// Why a line is not a turn.
#[derive(Debug, thiserror::Error)]
pub enum NoEntry {
    /// It is no JSON, or lacks a key.
    #[error("not a turn of `turns.jsonl`: {0}")]
    Form(#[from] serde_json::Error),
    /// It was written by a later program.
    #[error("version {found} of `turns.jsonl`, expected {VERSION} at most")]
    Later {
        /// The version that it has.
        found: u64,
    },
}

impl FromStr for Entry {
    type Err = NoEntry;

    fn from_str(line: &str) -> Result<Self, NoEntry> {
        let mut value: Value = serde_json::from_str(line)?;
        let found = value["version"].as_u64().unwrap_or(0);
        if found > u64::from(VERSION) {
            return Err(NoEntry::Later { found });
        }
        let mut began = None;
        if let Some(fields) = value.as_object_mut()
            && let Some(seconds) = fields.remove("clock_started_at")
            && let Some(Value::String(text)) = fields.insert("started_at".into(), seconds)
        {
            began = Some(text);
        }
        Ok(Self { record: serde_json::from_value(value)?, began })
    }
}
