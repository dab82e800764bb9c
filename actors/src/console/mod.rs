//! `console`: shows the conversation while it happens.
//!
//! # Consumes
//! [`Payload::Transcript`] and [`Payload::Record`].
//!
//! # Emits
//! Nothing; it writes to the screen.
//!
//! # Keeps
//! The words of the turn that are not certain yet, and whether a line on the screen is unfinished.
//!
//! # Drops
//! Partial transcripts where they are not wanted, and turns in which nobody said a word.
//!
//! # On restart
//! Begins a new line; words that were not certain are lost.
//!
//! [`Payload::Transcript`]: crate::frame::Payload::Transcript
//! [`Payload::Record`]: crate::frame::Payload::Record

pub mod core;
mod screen;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;

use antiphon_config::Console;

use self::core::{ConsoleCore, Show};
use self::screen::Screen;
use crate::core::Never;
use crate::error::StageError;
use crate::shell::{Blueprint, Make};
use crate::worker::{self, WorkerIo};

/// How the conversation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleMode {
    /// Words appear where they stand until they are certain.
    Terminal,
    /// Finished lines only, without control codes.
    Plain,
    /// A JSON object for every event.
    Json,
}

/// Where the conversation is written.
pub type ConsoleWriter = Box<dyn Write + Send>;

/// How to make the stage. `writer` is asked for as often as the stage is started.
pub fn blueprint(
    settings: Console,
    writer: impl Fn() -> ConsoleWriter + Send + Sync + 'static,
    mode: ConsoleMode,
) -> impl Blueprint {
    let writer = Arc::new(writer);
    Make(move || {
        let writer = writer.clone();
        let worker = worker::thread("console", move |io| show_all(io, writer(), mode));
        Ok((ConsoleCore::new(settings.partials), Some(worker)))
    })
}

fn show_all(
    mut io: WorkerIo<Show, Never>,
    mut writer: ConsoleWriter,
    mode: ConsoleMode,
) -> Result<(), StageError> {
    let mut screen = Screen::new(mode);
    io.ready("");
    while let Some(show) = io.next_blocking() {
        let text = screen.show(&show, width());
        write(&mut writer, &text)?;
    }
    // Whoever writes next begins on a line of its own.
    write(&mut writer, screen.end())
}

fn write(writer: &mut ConsoleWriter, text: &str) -> Result<(), StageError> {
    if text.is_empty() {
        return Ok(());
    }
    let written = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    written.map_err(|error: io::Error| {
        StageError::give_up(format_args!("cannot write the conversation: {error}"))
    })
}

/// Columns of the terminal.
fn width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}
