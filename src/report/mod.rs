//! What `turns.jsonl` says of whole runs: distributions, the worst turns and why, a page to look at.
//!
//! - [`stats`]: percentiles and causes; pure.
//! - [`text`]: tables for a terminal.
//! - [`html`]: one self-contained page.
//! - [`captions`]: the conversation as captions.
//! - [`curve`]: delay against false cut-offs, for that page.

pub mod captions;
pub mod curve;
pub mod html;
pub mod stats;
mod svg;
#[cfg(test)]
mod tests;
pub mod text;

use std::fs;
use std::path::Path;

use antiphon_actors::ledger::{Entry, NoEntry, Record};

/// The turns of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The file, for people.
    pub name: String,
    /// Its turns, in order.
    pub turns: Vec<Record>,
}

/// Why a file is no account of a run.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not a turn.
    #[error("{path}:{line}: {source}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// Why.
        source: NoEntry,
    },
    /// There is nothing in it.
    #[error("`{path}` holds no turns; `antiphon --pipeline voice.toml --turns {path}` writes some")]
    Empty {
        /// The file.
        path: String,
    },
}

impl Run {
    /// Reads a file that `--turns` wrote.
    ///
    /// # Errors
    /// When it cannot be read, holds something else, or nothing.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|source| ReadError::Io { path: name.clone(), source })?;
        Self::parse(&name, &text)
    }

    /// Reads the text of such a file; `name` is what errors call it.
    ///
    /// # Errors
    /// When a line is not a turn, or there is none.
    pub fn parse(name: &str, text: &str) -> Result<Self, ReadError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let turns = lines
            .map(|(place, line)| {
                let entry: Result<Entry, NoEntry> = line.parse();
                entry.map(|entry| entry.record).map_err(|source| ReadError::Line {
                    path: name.into(),
                    line: place + 1,
                    source,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if turns.is_empty() {
            return Err(ReadError::Empty { path: name.into() });
        }
        Ok(Self { name: name.into(), turns })
    }
}
