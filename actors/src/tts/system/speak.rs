//! One process of the program: started, given its text, heard to its end.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use antiphon_config::TtsSystem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::program::Program;
use super::wav::WavStream;

/// Bytes read from the program at once: a tenth of a second of sound.
const PIECE: usize = 4_410;
/// How much of what a program complains about is kept.
const COMPLAINT: u64 = 16 << 10;

/// A process that waits for its text. It is killed when this goes.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    name: &'static str,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    complaint: JoinHandle<String>,
    stream: WavStream,
    file: Option<Scratch>,
    /// What the file holds, once the process has written it.
    written: VecDeque<u8>,
}

/// A file that goes with its name.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Self> {
        let name = format!("antiphon-{:016x}.wav", RandomState::new().hash_one(0));
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is a temporary file in the place for them.
        std::fs::remove_file(&self.0).ok();
    }
}

impl Process {
    /// Starts the program.
    ///
    /// # Errors
    /// Why it does not start.
    pub(super) fn start(program: &Program, settings: &TtsSystem) -> Result<Self, String> {
        let name = program.name();
        let file = match program.needs_file() {
            true => {
                Some(Scratch::new().map_err(|e| format!("cannot make a file for `{name}`: {e}"))?)
            }
            false => None,
        };
        let mut child = program
            .command(settings, file.as_ref().map(|file| file.0.as_path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("cannot start `{name}`: {error}"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let complaint = tokio::spawn(complaint(child.stderr.take()));
        let stream = WavStream::default();
        Ok(Self { child, name, stdin, stdout, complaint, stream, file, written: VecDeque::new() })
    }

    /// Gives it its text.
    pub(super) async fn tell(&mut self, text: &str) {
        if let Some(mut stdin) = self.stdin.take() {
            // Who does not listen says why in the end.
            stdin.write_all(text.as_bytes()).await.ok();
        }
    }

    /// More of what it says: samples and their rate in Hz; none at the end.
    ///
    /// # Errors
    /// What the program complained about.
    pub(super) async fn next(&mut self) -> Result<Option<(Vec<f32>, u32)>, String> {
        let name = self.name;
        let mut buffer = vec![0; PIECE];
        loop {
            let bytes = match &mut self.stdout {
                Some(stdout) => {
                    let count =
                        stdout.read(&mut buffer).await.map_err(|e| format!("`{name}`: {e}"))?;
                    if count == 0 {
                        self.stdout = None;
                        self.end().await?;
                        continue;
                    }
                    &buffer[..count]
                }
                None if self.written.is_empty() => return Ok(None),
                None => {
                    let count = self.written.len().min(PIECE);
                    buffer = self.written.drain(..count).collect();
                    buffer.as_slice()
                }
            };
            match self.stream.push(bytes).map_err(|error| format!("`{name}` gave {error}"))? {
                Some((samples, rate)) if !samples.is_empty() => return Ok(Some((samples, rate))),
                Some(_) | None => {}
            }
        }
    }

    /// Waits for its end, and takes what it wrote into the file.
    async fn end(&mut self) -> Result<(), String> {
        let name = self.name;
        let status = self.child.wait().await.map_err(|error| format!("`{name}`: {error}"))?;
        if !status.success() {
            let complaint = (&mut self.complaint).await.unwrap_or_default();
            let why = match complaint.lines().rfind(|line| !line.trim().is_empty()) {
                Some(line) => line.trim().to_string(),
                None => status.to_string(),
            };
            return Err(format!("`{name}` failed: {why}"));
        }
        if let Some(file) = &self.file {
            let path = file.0.clone();
            self.written = match tokio::task::spawn_blocking(move || std::fs::read(path)).await {
                Ok(Ok(bytes)) => bytes.into(),
                Ok(Err(error)) => return Err(format!("cannot read what `{name}` said: {error}")),
                Err(error) => return Err(format!("cannot read what `{name}` said: {error}")),
            };
        }
        Ok(())
    }
}

/// What the program writes to its standard error.
async fn complaint(stderr: Option<ChildStderr>) -> String {
    let mut text = Vec::new();
    if let Some(stderr) = stderr {
        // What cannot be read cannot be quoted.
        stderr.take(COMPLAINT).read_to_end(&mut text).await.ok();
    }
    String::from_utf8_lossy(&text).into_owned()
}
