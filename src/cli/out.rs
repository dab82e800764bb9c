//! What goes where: results to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::{Context, Result};

/// The reader of standard output left early (`antiphon … | head -1`), which is success.
#[derive(Debug, thiserror::Error)]
#[error("the reader of standard output left")]
pub(crate) struct Closed;

/// Writes a result and a line end to standard output.
///
/// # Errors
/// [`Closed`] when nobody reads any more; otherwise what the operating system says.
pub(crate) fn line(text: impl Display) -> Result<()> {
    write(format_args!("{text}\n"))
}

/// Writes a piece of a result, to be seen at once, to standard output.
///
/// # Errors
/// As [`line()`].
pub(crate) fn piece(text: impl Display) -> Result<()> {
    write(format_args!("{text}"))
}

fn write(text: std::fmt::Arguments<'_>) -> Result<()> {
    let mut stdout = stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        result => result.context("cannot write to standard output"),
    }
}

/// Writes a line that is not a result to standard error.
pub(crate) fn note(text: impl Display) {
    // Whoever closed standard error does not want to hear of it.
    writeln!(stderr().lock(), "{text}").ok();
}

/// Warns on standard error.
pub(crate) fn warn(text: impl Display) {
    note(format_args!("warning: {text}"));
}

/// Writes an error and its causes to standard error as one line.
pub(crate) fn error(error: &anyhow::Error) {
    note(format_args!("error: {}", describe(error)));
}

/// Joins an error and its causes with colons, leaving out a cause that the message before it
/// already quotes.
fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let io = std::io::Error::other("disk on fire");
        let quoting = antiphon_models::Error::io("a.wav", io);
        let error = anyhow::Error::from(quoting).context("cannot transcribe");
        assert_eq!(describe(&error), "cannot transcribe: cannot read `a.wav`: disk on fire");
    }
}
