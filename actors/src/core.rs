//! The stage contract: a state machine that gets frames and time, and gives back effects.

use crate::error::StageError;
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, TurnId};
use crate::time::Time;
use crate::turn::TurnView;

/// The logic of a stage. It has no clock, does no IO and never waits: what takes long is a job for
/// the stage's worker ([`crate::worker`]), whose results come back through [`on_done`].
///
/// A fault ([`StageError`]) costs what its severity says; what was put into `out` before it is
/// done all the same.
///
/// [`on_done`]: StageCore::on_done
pub trait StageCore: Send + 'static {
    /// What is asked of the worker; [`Never`] without one.
    type Job: Send + 'static;
    /// What the worker answers; [`Never`] without one.
    type Done: Send + 'static;

    /// Takes a frame. Stale frames never get here.
    ///
    /// # Errors
    /// What went wrong, and whether the frame, the stage or the pipeline is lost with it.
    fn on_frame(
        &mut self,
        frame: Frame,
        now: Time,
        out: &mut Out<Self::Job>,
    ) -> Result<(), StageError>;

    /// The conversation moved on. Views between the last one and this one may have been skipped.
    ///
    /// # Errors
    /// As [`on_frame`](Self::on_frame).
    fn on_turn(
        &mut self,
        _view: &TurnView,
        _now: Time,
        _out: &mut Out<Self::Job>,
    ) -> Result<(), StageError> {
        Ok(())
    }

    /// Takes a result of the worker.
    ///
    /// # Errors
    /// As [`on_frame`](Self::on_frame).
    fn on_done(
        &mut self,
        done: Self::Done,
        now: Time,
        out: &mut Out<Self::Job>,
    ) -> Result<(), StageError>;

    /// What a job is called where it is told how long jobs take, the same for all of a sort.
    fn job_name(_job: &Self::Job) -> &'static str {
        "job"
    }

    /// When [`on_deadline`](Self::on_deadline) should next be called.
    fn deadline(&self) -> Option<Time> {
        None
    }

    /// The deadline has passed.
    ///
    /// # Errors
    /// As [`on_frame`](Self::on_frame).
    fn on_deadline(&mut self, _now: Time, _out: &mut Out<Self::Job>) -> Result<(), StageError> {
        Ok(())
    }

    /// Whether the stage takes frames now; if not they wait on its edges.
    fn wants_frames(&self) -> bool {
        true
    }

    /// Tells figures of this kind of stage, by name, for those who watch the pipeline.
    fn figures(&self, _tell: &mut dyn FnMut(&'static str, f64)) {}
}

/// A job or result that cannot exist.
#[derive(Clone, Copy, Debug)]
pub enum Never {}

/// Which half of the recorded timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left: what the person said.
    User,
    /// Right: what the machine said.
    Agent,
}

/// What a stage does to the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<J> {
    /// Sends a frame to all who listen for its type.
    Send(Frame),
    /// Tells the turn authority.
    Fact(Fact),
    /// Asks the worker.
    Job(J),
    /// Writes the state of the conversation; the turn authority's alone.
    Turn(TurnView),
    /// Puts samples onto the recorded timeline, if one is kept; `at` is when they sounded.
    Tape(Side, Audio),
    /// Tells the user something that needs no action of the engine.
    Note(String),
}

/// Collects effects in order.
#[derive(Debug)]
pub struct Out<J> {
    /// Most steps have one effect, for which no memory is asked.
    first: Option<Effect<J>>,
    /// Effects after the first.
    more: Vec<Effect<J>>,
}

impl<J> Default for Out<J> {
    fn default() -> Self {
        Self::with_room(Vec::new())
    }
}

impl<J> Out<J> {
    /// Collects into the room of effects that were carried out.
    pub(crate) fn with_room(room: Vec<Effect<J>>) -> Self {
        Self { first: None, more: room }
    }

    fn push(&mut self, effect: Effect<J>) {
        match self.first {
            None => self.first = Some(effect),
            Some(_) => self.more.push(effect),
        }
    }

    /// Sends what no cancellation makes stale.
    pub fn send_free(&mut self, payload: Payload) {
        self.push(Effect::Send(Frame::free(payload)));
    }

    /// Sends what belongs to an attempt.
    pub fn send(&mut self, turn: TurnId, payload: Payload) {
        self.push(Effect::Send(Frame::of(turn, payload)));
    }

    /// Tells the turn authority.
    pub fn fact(&mut self, fact: Fact) {
        self.push(Effect::Fact(fact));
    }

    /// Asks the worker.
    pub fn job(&mut self, job: J) {
        self.push(Effect::Job(job));
    }

    /// Writes the state of the conversation.
    pub fn turn(&mut self, view: TurnView) {
        self.push(Effect::Turn(view));
    }

    /// Puts samples onto the recorded timeline.
    pub fn tape(&mut self, side: Side, audio: Audio) {
        self.push(Effect::Tape(side, audio));
    }

    /// Tells the user something.
    pub fn note(&mut self, text: impl Into<String>) {
        self.push(Effect::Note(text.into()));
    }

    /// Takes the effects out, oldest first.
    pub fn take(&mut self) -> Vec<Effect<J>> {
        let (first, more) = self.split();
        first.into_iter().chain(more).collect()
    }

    /// Takes out the first effect, and those after it.
    pub(crate) fn split(&mut self) -> (Option<Effect<J>>, Vec<Effect<J>>) {
        (self.first.take(), std::mem::take(&mut self.more))
    }
}
