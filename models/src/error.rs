//! What can go wrong with a model file, a network or a generation, in words a user can act on.

use std::path::{Path, PathBuf};

use crate::device::Place;

/// The crate's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a model, its files or its input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's own word.
        source: std::io::Error,
    },

    /// A file is truncated, corrupt, or of an architecture or element type that is not supported.
    #[error("`{}`: {item}: found {found}, expected {expected}", path.display())]
    File {
        /// The file, or the embedded model's name.
        path: PathBuf,
        /// The tensor, metadata key or part of the file that is at fault, in backticks.
        item: String,
        /// What the file holds there.
        found: String,
        /// What would have been accepted.
        expected: String,
    },

    /// A model name is not understood, or names a model that does not exist.
    #[error("model `{name}`: {reason}")]
    Name {
        /// What was asked for.
        name: String,
        /// What is wrong with it and what would have been accepted.
        reason: String,
    },

    /// A model could not be fetched from the hub.
    #[error("cannot fetch `{name}`: {reason}")]
    Hub {
        /// What was asked for.
        name: String,
        /// What happened and what can be done about it.
        reason: String,
    },

    /// A caller's setting or input is outside what the model accepts.
    #[error("{0}")]
    Input(String),

    /// A device that this program is built for does not answer.
    #[error("device `{device}`: {reason}")]
    Device {
        /// What was asked for.
        device: Place,
        /// The driver's own word.
        reason: String,
    },

    /// The caller's cancel flag was raised.
    #[error("cancelled")]
    Cancelled,

    /// A tensor operation failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl Error {
    /// Builds an [`Error::Io`] for `path`.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { path: path.as_ref().to_path_buf(), source }
    }

    /// Builds an [`Error::File`] for `path`.
    pub fn file(
        path: impl AsRef<Path>,
        item: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::File {
            path: path.as_ref().to_path_buf(),
            item: item.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}
