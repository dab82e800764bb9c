//! What goes wrong in a stage, and what becomes of it.

use std::fmt;

/// What the supervisor does about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The stage goes on; what it was working on is lost and counted.
    Skip,
    /// The stage is started again.
    Restart,
    /// The pipeline ends.
    GiveUp,
}

/// A fault in a stage.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct StageError {
    /// What becomes of it.
    pub severity: Severity,
    /// What went wrong, naming the thing, and what would have been accepted.
    pub message: String,
}

impl StageError {
    /// A fault that costs what the stage was working on.
    pub fn skip(message: impl fmt::Display) -> Self {
        Self { severity: Severity::Skip, message: message.to_string() }
    }

    /// A fault that costs the stage.
    pub fn restart(message: impl fmt::Display) -> Self {
        Self { severity: Severity::Restart, message: message.to_string() }
    }

    /// A fault that costs the pipeline, as trying again cannot help.
    pub fn give_up(message: impl fmt::Display) -> Self {
        Self { severity: Severity::GiveUp, message: message.to_string() }
    }
}
