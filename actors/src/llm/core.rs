//! Prompts in, jobs out; pieces in, tokens out. Shared by all language models.

use std::sync::Arc;

use super::ahead::{Ahead, Draft};
use crate::cancel::{Cancel, Wanted};
use crate::core::{Out, StageCore};
use crate::error::StageError;
use crate::fact::{Fact, Step, Usage};
use crate::frame::{Frame, Message, Payload, Token, TurnId};
use crate::time::Time;
use crate::turn::TurnView;

/// A prompt to answer, or the draft of one to read.
#[derive(Clone, Debug)]
pub struct Job {
    /// The attempt.
    pub turn: TurnId,
    /// What the model is told before the conversation; may be empty.
    pub system: Arc<str>,
    /// The conversation, ending with the person's words.
    pub messages: Arc<[Message]>,
    /// Raised when the answer is not wanted any more.
    pub cancel: Cancel,
    /// It is only to be read, for the person's words go on; [`Done::Read`] comes of it also if it is
    /// abandoned. Given to workers of cores that [read ahead](Core::reading_ahead).
    pub draft: bool,
}

/// What comes of a prompt, in order: pieces, then an end or a failure. An abandoned job need not
/// say anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// More of the answer.
    Piece {
        /// The attempt.
        turn: TurnId,
        /// The text.
        text: String,
        /// When it was there.
        at: Time,
    },
    /// The answer is complete.
    End {
        /// The attempt.
        turn: TurnId,
        /// When it was.
        at: Time,
    },
    /// What was read and written, before an end or also for a job that was abandoned; without it
    /// the pieces are counted.
    Usage {
        /// The attempt.
        turn: TurnId,
        /// The tokens.
        usage: Usage,
    },
    /// A draft was read, or abandoned.
    Read {
        /// The attempt that was current.
        turn: TurnId,
        /// Tokens that were not known before.
        tokens: u64,
    },
    /// There will be no answer, or not the rest of it.
    Failed {
        /// The attempt.
        turn: TurnId,
        /// What went wrong, naming the model or the server.
        message: String,
    },
    /// Something the user should know that costs nothing.
    Note(String),
}

/// The logic of a language model's stage.
#[derive(Debug)]
pub struct Core {
    system: Arc<str>,
    open: Option<Open>,
    /// The newest attempt that was prompted.
    last: Option<TurnId>,
    /// What is read in advance; none if nothing is.
    ahead: Option<Ahead>,
}

#[derive(Debug)]
struct Open {
    turn: TurnId,
    begun: bool,
    /// Pieces that came, and whether the worker has said what it counted.
    pieces: u64,
    told: bool,
    /// Abandons the job when it goes.
    _wanted: Wanted,
}

impl Core {
    /// A core that puts `system` before each conversation.
    pub fn new(system: impl Into<Arc<str>>) -> Self {
        Self { system: system.into(), open: None, last: None, ahead: None }
    }

    /// Has its worker read the drafts of prompts.
    #[must_use]
    pub fn reading_ahead(mut self) -> Self {
        self.ahead = Some(Ahead::default());
        self
    }

    /// A draft came. An answer that is being made goes first: the draft of the next prompt is not
    /// the last.
    fn draft(&mut self, draft: Draft, out: &mut Out<Job>) {
        if let Some(ahead) = self.ahead.as_mut().filter(|_| self.open.is_none()) {
            let next = ahead.offer(draft);
            self.read(next, out);
        }
    }

    fn read(&self, next: Option<(Draft, Cancel)>, out: &mut Out<Job>) {
        if let Some((Draft { turn, messages }, cancel)) = next {
            out.job(Job { turn, system: self.system.clone(), messages, cancel, draft: true });
        }
    }

    /// Tells what was done for the open attempt, and abandons it if it is not complete.
    fn give_up(&mut self, out: &mut Out<Job>) {
        if let Some(Open { turn, pieces, told: false, .. }) = self.open.take() {
            let usage = Usage { written: pieces, ..Usage::default() };
            out.fact(Fact::Usage { turn, usage });
        }
    }

    fn is_open(&self, turn: TurnId) -> bool {
        self.open.as_ref().is_some_and(|open| open.turn == turn)
    }
}

impl StageCore for Core {
    type Job = Job;
    type Done = Done;

    fn job_name(job: &Job) -> &'static str {
        if job.draft { "draft" } else { "answer" }
    }

    fn on_frame(&mut self, frame: Frame, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        let Payload::Prompt(prompt) = frame.payload else { return Ok(()) };
        let Some(turn) = frame.turn else {
            return Err(StageError::skip("a prompt without a turn cannot be answered"));
        };
        if prompt.draft {
            self.draft(Draft { turn, messages: prompt.messages }, out);
            return Ok(());
        }
        // A prompt that comes twice is answered once.
        if self.last.is_some_and(|last| last >= turn) {
            return Ok(());
        }
        self.last = Some(turn);
        if let Some(ahead) = &mut self.ahead {
            // The worker takes the prompt once it is done with what leads to it.
            ahead.keep(&prompt.messages);
        }
        let wanted = Wanted::new();
        let cancel = wanted.cancel();
        self.give_up(out);
        self.open = Some(Open { turn, begun: false, pieces: 0, told: false, _wanted: wanted });
        out.fact(Fact::Step { turn, step: Step::LlmStart, at: now });
        let (system, messages) = (self.system.clone(), prompt.messages);
        out.job(Job { turn, system, messages, cancel, draft: false });
        Ok(())
    }

    fn on_turn(&mut self, view: &TurnView, _: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        if self.open.as_ref().is_some_and(|open| open.turn < view.turn) {
            self.give_up(out);
        }
        Ok(())
    }

    fn on_done(&mut self, done: Done, _: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        match done {
            Done::Piece { turn, text, at } => {
                let Some(open) = self.open.as_mut().filter(|open| open.turn == turn) else {
                    return Ok(());
                };
                if text.is_empty() {
                    return Ok(());
                }
                open.pieces += 1;
                if !std::mem::replace(&mut open.begun, true) {
                    out.fact(Fact::Step { turn, step: Step::FirstToken, at });
                }
                out.send(turn, Payload::Token(Token { text, end: false }));
            }
            Done::End { turn, at } => {
                if self.is_open(turn) {
                    out.fact(Fact::Step { turn, step: Step::LlmEnd, at });
                    self.give_up(out);
                    out.send(turn, Payload::Token(Token { text: String::new(), end: true }));
                }
            }
            Done::Usage { turn, usage } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.turn == turn) {
                    open.told = true;
                }
                out.fact(Fact::Usage { turn, usage });
            }
            Done::Read { turn, tokens } => {
                if tokens > 0 {
                    out.fact(Fact::ReadAhead { turn, tokens });
                }
                let next = self.ahead.as_mut().and_then(Ahead::read);
                self.read(next, out);
            }
            Done::Failed { turn, message } => {
                if self.is_open(turn) {
                    self.give_up(out);
                    return Err(StageError::skip(message));
                }
            }
            Done::Note(text) => out.note(text),
        }
        Ok(())
    }
}
