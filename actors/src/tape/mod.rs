//! Records a conversation as a stereo WAV file on the pipeline's timeline: the person on the left,
//! the machine on the right.
//!
//! Sample `n` of the file is the moment `n / rate` of the pipeline's clock. Where nobody recorded
//! anything there is silence. The file can be read at any time, up to a few seconds before the
//! last sample that was recorded.

mod timeline;
pub(crate) mod track;
mod wav;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use self::timeline::Timeline;
use self::track::Track;
use crate::core::Side;
use crate::frame::Audio;
use crate::shell::Tape;

/// Why a conversation was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file cannot be made or written on.
    #[error("cannot write the recording `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The writer's thread panicked, or samples came at a rate that cannot be converted.
    #[error("cannot write the recording `{}`: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
}

enum Message {
    Audio(Side, Audio),
    Finish,
}

/// A recording that is being made; it is finished when dropped, too.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    messages: Sender<Message>,
    writer: Option<JoinHandle<Result<(), TapeError>>>,
}

impl Recorder {
    /// Begins a recording at `rate` samples a second in a new file, or over an old one.
    ///
    /// # Errors
    /// [`TapeError`] when the file or the thread that writes it cannot be made.
    pub fn create(path: impl AsRef<Path>, rate: u32) -> Result<Self, TapeError> {
        let path = path.as_ref().to_owned();
        let fail = |source| TapeError::Io { path: path.clone(), source };
        let wav = wav::WavWriter::create(&path, rate).map_err(fail)?;
        let (messages, inbox) = channel();
        let name = path.clone();
        let writer = std::thread::Builder::new()
            .name("tape".into())
            .spawn(move || write(&name, wav, rate, &inbox))
            .map_err(fail)?;
        Ok(Self { path, messages, writer: Some(writer) })
    }

    /// Where stages put what sounded. It never waits; what comes after the end is dropped.
    pub fn handle(&self) -> Tape {
        let messages = self.messages.clone();
        // A recording that is finished takes nothing more.
        Arc::new(move |side, audio| drop(messages.send(Message::Audio(side, audio))))
    }

    /// Writes the rest and ends the file.
    ///
    /// # Errors
    /// [`TapeError`] with the first thing that went wrong since the beginning.
    pub fn finish(mut self) -> Result<(), TapeError> {
        self.close()
    }

    fn close(&mut self) -> Result<(), TapeError> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        // A writer that is gone says why below.
        self.messages.send(Message::Finish).ok();
        writer.join().unwrap_or_else(|panic| {
            let reason = crate::worker::describe_panic(&*panic);
            Err(TapeError::Broken { path: self.path.clone(), reason })
        })
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!("{error}");
        }
    }
}

fn write(
    path: &Path,
    wav: wav::WavWriter,
    rate: u32,
    inbox: &Receiver<Message>,
) -> Result<(), TapeError> {
    let io = |source| TapeError::Io { path: path.to_owned(), source };
    let broken = |error: antiphon_models::Error| TapeError::Broken {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut timeline = Timeline::new(wav, rate);
    let (mut user, mut agent) = (Track::new(rate), Track::new(rate));
    while let Ok(Message::Audio(side, audio)) = inbox.recv() {
        let (track, channel) = match side {
            Side::User => (&mut user, 0),
            Side::Agent => (&mut agent, 1),
        };
        for (start, samples) in track.take(&audio).map_err(broken)? {
            timeline.put(channel, start, &samples).map_err(io)?;
        }
    }
    for (track, channel) in [(&mut user, 0), (&mut agent, 1)] {
        if let Some((start, samples)) = track.finish() {
            timeline.put(channel, start, &samples).map_err(io)?;
        }
    }
    timeline.finish().map_err(io)
}

#[cfg(test)]
mod tests;
