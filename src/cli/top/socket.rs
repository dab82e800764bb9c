//! The sockets of running pipelines, and the lines that come out of them.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use antiphon::engine::publish::{Live, SUFFIX, is_private};
use anyhow::{Context, Result, bail};

/// More than any pipeline has to say at once, in bytes.
const LONGEST: usize = 1 << 20;

/// A connection to a running pipeline.
#[derive(Debug)]
pub(super) struct Feed {
    /// The number of its process.
    pub(super) pid: u32,
    stream: UnixStream,
    unread: Vec<u8>,
}

/// What came out of a connection.
#[derive(Debug)]
pub(super) enum News {
    /// A line, without its end.
    Line(String),
    /// Nothing yet.
    Quiet,
    /// The pipeline has ended.
    Ended,
}

impl Feed {
    fn new(pid: u32, stream: UnixStream) -> Self {
        Self { pid, stream, unread: Vec::new() }
    }

    /// The next line, waiting for it as long as `within`.
    ///
    /// # Errors
    /// When what comes is no line of text, or the system fails.
    pub(super) fn next(&mut self, within: Duration) -> Result<News> {
        let until = Instant::now() + within;
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.unread, rest);
                line.pop();
                let line = String::from_utf8(line);
                return Ok(News::Line(line.with_context(|| self.strange())?));
            }
            if self.unread.len() > LONGEST {
                bail!("{}: no line ends", self.strange());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(News::Quiet);
            }
            self.stream.set_read_timeout(Some(left)).with_context(|| self.unreadable())?;
            let mut piece = [0; 16 << 10];
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(News::Ended),
                Ok(read) => self.unread.extend_from_slice(&piece[..read]),
                // A signal came, and whoever asked wants to look at it.
                Err(error) if is_quiet(error.kind()) => return Ok(News::Quiet),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Ok(News::Ended);
                }
                Err(error) => return Err(error).with_context(|| self.unreadable()),
            }
        }
    }

    /// What a line says.
    ///
    /// # Errors
    /// When it is of another version of the program.
    pub(super) fn parse(&self, line: &str) -> Result<Live> {
        serde_json::from_str(line).with_context(|| {
            format!("{}; is it of another version of the program?", self.strange())
        })
    }

    fn strange(&self) -> String {
        format!("process {} says what `top` does not understand", self.pid)
    }

    fn unreadable(&self) -> String {
        format!("cannot listen to process {}", self.pid)
    }
}

fn is_quiet(kind: ErrorKind) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted].contains(&kind)
}

/// Connects to all pipelines with a socket in `folders`, by the number of their process. Sockets
/// that processes left when they were killed are removed.
///
/// # Errors
/// When a folder of this user cannot be read.
pub(super) fn find(folders: &[PathBuf]) -> Result<Vec<Feed>> {
    let mut feeds = Vec::new();
    for folder in folders.iter().filter(|folder| is_private(folder)) {
        let cannot = || format!("cannot list `{}`", folder.display());
        for entry in std::fs::read_dir(folder).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            if let Some(pid) = pid(&path) {
                feeds.extend(connect(pid, &path));
            }
        }
    }
    feeds.sort_by_key(|feed| feed.pid);
    Ok(feeds)
}

/// The number of the process whose socket has that name.
fn pid(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.parse().ok()
}

fn connect(pid: u32, path: &Path) -> Option<Feed> {
    match UnixStream::connect(path) {
        Ok(stream) => Some(Feed::new(pid, stream)),
        Err(error) => {
            if error.kind() == ErrorKind::ConnectionRefused {
                // Nobody listens on it and nobody ever will; someone else may have removed it.
                std::fs::remove_file(path).ok();
            }
            None
        }
    }
}

#[cfg(test)]
mod tests;
