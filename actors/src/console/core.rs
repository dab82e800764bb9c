//! The console as a state machine.

use std::sync::Arc;

use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::frame::{Frame, Payload, Record, Transcript, TurnId};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// What is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// Words as they are recognised, of that attempt; the last ones of an attempt may still be
    /// taken back when the person goes on.
    Words(Option<TurnId>, Transcript),
    /// What the person said, now that they are done.
    Said(String),
    /// A finished turn, and whether the person's words were shown.
    Turn(Arc<Record>, bool),
}

/// Tells words that are certain from those that are not.
///
/// The last words of an attempt are certain once the turn authority has decided that the turn is
/// over, or once they are in a record.
#[derive(Debug)]
pub struct ConsoleCore {
    partials: bool,
    view: TurnView,
    /// The last words of an attempt.
    last: Option<(TurnId, String)>,
    /// What was shown as said and has not been in a record.
    said: Option<String>,
}

impl ConsoleCore {
    /// A core that has shown nothing; with `partials` it shows words before they are certain.
    pub fn new(partials: bool) -> Self {
        Self { partials, view: TurnView::default(), last: None, said: None }
    }

    /// Shows what has become certain.
    fn settle(&mut self, out: &mut Out<Show>) {
        let over = self.view.phase == Phase::Replying;
        let Some((_, text)) = self.last.take_if(|(turn, _)| over && *turn == self.view.turn) else {
            return;
        };
        // An attempt that is made again ends with the same words.
        if text.trim().is_empty() || self.said.as_ref() == Some(&text) {
            return;
        }
        self.said = Some(text.clone());
        out.job(Show::Said(text));
    }
}

impl StageCore for ConsoleCore {
    type Job = Show;
    type Done = Never;

    fn on_frame(
        &mut self,
        frame: Frame,
        _now: Time,
        out: &mut Out<Show>,
    ) -> Result<(), StageError> {
        match frame.payload {
            Payload::Transcript(transcript) => {
                if let (true, Some(turn)) = (transcript.is_final, frame.turn) {
                    self.last = Some((turn, transcript.text.clone()));
                }
                if self.partials || transcript.is_final {
                    out.job(Show::Words(frame.turn, transcript));
                }
                self.settle(out);
            }
            Payload::Record(record) => {
                let said = self.said.take().is_some_and(|said| said == record.user_text);
                out.job(Show::Turn(record, said));
            }
            other @ (Payload::Audio(_)
            | Payload::Utterance(_)
            | Payload::Prompt(_)
            | Payload::Token(_)
            | Payload::Chunk(_)
            | Payload::Voice(_)) => {
                let port = other.port();
                return Err(StageError::skip(format_args!(
                    "`console` takes transcripts and records, not `{port:?}`"
                )));
            }
        }
        Ok(())
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        _now: Time,
        out: &mut Out<Show>,
    ) -> Result<(), StageError> {
        self.view = *view;
        self.settle(out);
        Ok(())
    }

    fn on_done(&mut self, done: Never, _now: Time, _out: &mut Out<Show>) -> Result<(), StageError> {
        match done {}
    }
}
