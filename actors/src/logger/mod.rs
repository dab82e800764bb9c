//! `logger`: writes a line for every finished turn.
//!
//! # Consumes
//! [`Payload::Record`].
//!
//! # Emits
//! Nothing but notes: that a torn last line was found and moved aside.
//!
//! # Keeps
//! The open file.
//!
//! # Drops
//! Turns in which nobody said a word, from the log of conversations.
//!
//! # On restart
//! Opens the file again; records that were on their way are lost.
//!
//! [`Payload::Record`]: crate::frame::Payload::Record

pub mod core;
mod file;
mod form;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use antiphon_config::Logger;

use self::core::{LoggerCore, Notice};
use self::file::LineFile;
use self::form::{Form, WallClock};
use crate::error::StageError;
use crate::frame::Record;
use crate::shell::{Blueprint, Make};
use crate::worker::{self, WorkerIo};

/// How to make the stage: a log of conversations, each line with `messages` as networks are
/// trained on them. `models` says which stage runs which model.
pub fn blueprint(settings: Logger, models: BTreeMap<String, String>) -> impl Blueprint {
    writer(settings.path, Form::Chat(models))
}

/// How to make a stage that writes every turn as it was measured, one [`Record`] a line.
pub fn turns_blueprint(path: impl Into<PathBuf>) -> impl Blueprint {
    writer(path.into(), Form::Turn)
}

fn writer(path: PathBuf, form: Form) -> impl Blueprint {
    let (path, form) = (Arc::new(path), Arc::new(form));
    Make(move || {
        let (path, form) = (path.clone(), form.clone());
        let worker = worker::thread("logger", move |io| write_all(io, &path, &form));
        Ok((LoggerCore, Some(worker)))
    })
}

fn write_all(
    mut io: WorkerIo<Arc<Record>, Notice>,
    path: &std::path::Path,
    form: &Form,
) -> Result<(), StageError> {
    let (mut file, repaired) = LineFile::open(path)?;
    if let Some(note) = repaired {
        io.emit_blocking(Notice(note));
    }
    let clock = WallClock::new(io.clock().now());
    io.ready(format!("`{}`", path.display()));
    while let Some(record) = io.next_blocking() {
        if let Some(line) = form.line(&record, &clock)? {
            file.append(&line)?;
        }
    }
    Ok(())
}
