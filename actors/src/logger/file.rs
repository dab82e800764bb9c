//! A file of lines that survives a crash.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::StageError;

/// A file that whole lines are appended to. A line is written by one call and is on the disk when
/// [`append`](Self::append) returns.
#[derive(Debug)]
pub(super) struct LineFile {
    file: File,
    path: PathBuf,
    /// Whether it is a file on a disk, not a pipe or a terminal.
    regular: bool,
}

impl LineFile {
    /// Opens or creates the file. A last line that a crash cut off is moved to `<file>.torn`; what
    /// was done is said.
    ///
    /// # Errors
    /// When the file cannot be opened or repaired.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<String>), StageError> {
        let fail = |error| failure("open", path, &error);
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(path);
        // A pipe cannot be opened for both.
        let file = opened.or_else(|_| OpenOptions::new().append(true).create(true).open(path));
        let file = file.map_err(fail)?;
        let regular = file.metadata().map_err(fail)?.is_file();
        let mut lines = Self { file, path: path.to_path_buf(), regular };
        let note = if regular { lines.repair()? } else { None };
        Ok((lines, note))
    }

    /// Appends a line; its end is added.
    ///
    /// # Errors
    /// When the line cannot be written whole; nothing of it is left then.
    pub(super) fn append(&mut self, line: &str) -> Result<(), StageError> {
        let bytes = [line.as_bytes(), b"\n"].concat();
        self.write(&bytes).map_err(|error| failure("write to", &self.path, &error))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.regular {
            self.file.write_all(bytes)?;
            return self.file.flush();
        }
        let before = self.file.metadata()?.len();
        let written = loop {
            match self.file.write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if written < bytes.len() {
            self.file.set_len(before)?;
            return Err(ErrorKind::StorageFull.into());
        }
        self.file.sync_data()
    }

    fn repair(&mut self) -> Result<Option<String>, StageError> {
        let fail = |error| failure("repair", &self.path, &error);
        let Some((at, torn)) = last_line(&mut self.file).map_err(fail)? else { return Ok(None) };
        let name = self.path.display();
        if serde_json::from_slice::<serde::de::IgnoredAny>(&torn).is_ok() {
            self.file.write_all(b"\n").and_then(|()| self.file.sync_data()).map_err(fail)?;
            return Ok(Some(format!("the last line of `{name}` had no end; it was added")));
        }
        let aside = beside(&self.path);
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&aside)
            .map_err(|error| failure("open", &aside, &error))?;
        // Safe elsewhere before it is cut off here.
        file.write_all(&[&torn[..], b"\n"].concat())
            .and_then(|()| file.sync_data())
            .map_err(|error| failure("write to", &aside, &error))?;
        self.file.set_len(at).and_then(|()| self.file.sync_data()).map_err(fail)?;
        Ok(Some(format!(
            "the last line of `{name}` was cut off by a crash; its {} bytes were moved to `{}`",
            torn.len(),
            aside.display()
        )))
    }
}

/// The last line and where it begins, if it has no end.
fn last_line(file: &mut File) -> io::Result<Option<(u64, Vec<u8>)>> {
    const STEP: u64 = 64 * 1024;
    let mut from = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    loop {
        let to = from;
        from = to.saturating_sub(STEP);
        let mut piece = vec![0; usize::try_from(to - from).unwrap_or_default()];
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut piece)?;
        let end = piece.iter().rposition(|&byte| byte == b'\n');
        let begins = end.map_or(0, |end| end + 1);
        tail.splice(..0, piece.drain(begins..));
        if end.is_some() || from == 0 {
            let at = from + begins as u64;
            return Ok((!tail.is_empty()).then_some((at, tail)));
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".torn");
    name.into()
}

fn failure(verb: &str, path: &Path, error: &io::Error) -> StageError {
    let message = format!("cannot {verb} `{}`: {error}", path.display());
    let hopeless = matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidInput
            | ErrorKind::BrokenPipe
    );
    if hopeless {
        let wanted = "a file that may be written to, in a folder that exists";
        StageError::give_up(format_args!("{message}; wanted {wanted}"))
    } else {
        // A disk that is full may not be full for long.
        StageError::restart(message)
    }
}
