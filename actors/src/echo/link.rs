//! The way of the loudspeaker's sound to the stage.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::Mode;
use super::core::Done;
use crate::core::{Never, Side};
use crate::error::StageError;
use crate::frame::Audio;
use crate::shell::Tape;
use crate::worker::WorkerIo;

/// Pieces that may wait for the stage: more than a second of callbacks.
const PIECES: usize = 256;

/// Hands what is played to the stage that cancels it, whichever life of the stage listens.
#[derive(Clone, Debug, Default)]
pub struct FarEnd(Arc<Mutex<Option<mpsc::Sender<Audio>>>>);

impl FarEnd {
    /// Where the speaker puts what sounded, beside `tape` if there is one. It never waits.
    pub fn tape(&self, tape: Option<Tape>) -> Tape {
        let link = self.0.clone();
        Arc::new(move |side, audio| {
            if side == Side::Agent
                && let Some(stage) = &*link.lock().unwrap_or_else(PoisonError::into_inner)
            {
                // A stage that is so far behind cancels nothing anyway.
                stage.try_send(audio.clone()).ok();
            }
            if let Some(tape) = &tape {
                tape(side, audio);
            }
        })
    }

    pub(super) async fn run(
        self,
        mut io: WorkerIo<Never, Done>,
        mode: Mode,
    ) -> Result<(), StageError> {
        let (send, mut played) = mpsc::channel(PIECES);
        io.ready(match mode {
            Mode::Pass => "passes sound on: microphone or loudspeaker are no devices",
            Mode::Cancel { .. } => "WebRTC AEC3, 8 ms",
        });
        if mode != Mode::Pass {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(send);
        }
        loop {
            tokio::select! {
                job = io.next() => match job {
                    Some(never) => match never {},
                    None => return Ok(()),
                },
                Some(audio) = played.recv() => io.emit(Done::Played(audio)).await,
            }
        }
    }
}
