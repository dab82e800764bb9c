//! The logger as a state machine.

use std::sync::Arc;

use crate::core::{Out, StageCore};
use crate::error::StageError;
use crate::frame::{Frame, Payload, Record};
use crate::time::Time;

/// Something the user should know of.
#[derive(Debug)]
pub struct Notice(pub String);

/// Hands records to the writer.
#[derive(Debug)]
pub struct LoggerCore;

impl StageCore for LoggerCore {
    type Job = Arc<Record>;
    type Done = Notice;

    fn on_frame(
        &mut self,
        frame: Frame,
        _now: Time,
        out: &mut Out<Arc<Record>>,
    ) -> Result<(), StageError> {
        let Payload::Record(record) = frame.payload else {
            let port = frame.payload.port();
            return Err(StageError::skip(format_args!("`logger` takes records, not `{port:?}`")));
        };
        out.job(record);
        Ok(())
    }

    fn on_done(
        &mut self,
        Notice(note): Notice,
        _now: Time,
        out: &mut Out<Arc<Record>>,
    ) -> Result<(), StageError> {
        out.note(note);
        Ok(())
    }
}
