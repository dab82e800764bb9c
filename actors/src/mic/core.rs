//! What becomes of captured sound.

use crate::core::{Never, Out, Side, StageCore};
use crate::error::StageError;
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload};
use crate::time::Time;

/// What the worker captured.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// The next frame.
    Audio(Audio),
    /// Sound was captured and could not be kept; silence takes its place.
    Lost {
        /// How much, in ms.
        ms: u64,
    },
    /// No more input will come.
    Ended,
}

/// Hands captured sound on.
#[derive(Debug)]
pub struct MicCore;

impl StageCore for MicCore {
    type Job = Never;
    type Done = Done;

    fn on_frame(
        &mut self,
        _frame: Frame,
        _now: Time,
        _out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        Ok(())
    }

    fn on_done(&mut self, done: Done, _now: Time, out: &mut Out<Never>) -> Result<(), StageError> {
        match done {
            Done::Audio(audio) => {
                out.tape(Side::User, audio.clone());
                out.send_free(Payload::Audio(audio));
            }
            Done::Lost { ms } => {
                out.note(format!("{ms} ms from the microphone were lost: the machine is too busy"));
            }
            Done::Ended => out.fact(Fact::InputEnded),
        }
        Ok(())
    }
}
