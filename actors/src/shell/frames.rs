//! How a stage handles frames: at once where nothing has to wait, which is nearly always.

use std::task::{Context, Poll, ready};

use super::inbox::{Call, Called};
use super::step::Rest;
use super::{FRAMES_AT_ONCE, Running};
use crate::core::StageCore;
use crate::error::StageError;
use crate::frame::Frame;

/// Why a stage does not go on handling frames.
pub(super) enum Stop<J> {
    /// There are none, or the core wants none, or others must run.
    Done,
    /// The conversation moved before this frame.
    Turn(Frame),
    /// A step must wait.
    Wait(Rest<J>),
}

/// What a stage is to do when it cannot go on at once.
pub(super) enum Due<J> {
    Called(Called),
    /// To go on with frames, of which so many may be handled.
    Frames(usize, Stop<J>),
}

impl<C: StageCore> Running<C> {
    /// Handles frames for as long as that needs no waiting. A future writes down all that it may
    /// still need when it waits; this writes nothing down, so it touches the least memory.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Due<C::Job>, StageError>> {
        let called = ready!(self.stats.calls().poll(context, &mut self.known));
        if !called.is_frames() {
            return Poll::Ready(Ok(Due::Called(called)));
        }
        let mut left = FRAMES_AT_ONCE;
        match self.take_frames(&mut left)? {
            Stop::Done => {
                self.arm();
                self.stats.calls().poll(context, &mut self.known).map(Due::Called).map(Ok)
            }
            stop @ (Stop::Turn(_) | Stop::Wait(_)) => Poll::Ready(Ok(Due::Frames(left, stop))),
        }
    }

    /// Handles frames, waiting for what `stop` says.
    pub(super) async fn go_on(
        &mut self,
        mut left: usize,
        mut stop: Stop<C::Job>,
    ) -> Result<(), StageError> {
        loop {
            match stop {
                Stop::Done => return Ok(()),
                Stop::Turn(frame) => {
                    self.look_at_turn().await?;
                    self.step(|core, now, out| core.on_frame(frame, now, out)).await?;
                }
                Stop::Wait(rest) => self.finish(rest).await?,
            }
            stop = self.take_frames(&mut left)?;
        }
    }

    /// Handles up to `left` frames from all edges in turn, as many as the core wants.
    pub(super) fn take_frames(&mut self, left: &mut usize) -> Result<Stop<C::Job>, StageError> {
        while *left > 0 {
            if !self.core.wants_frames() {
                return Ok(Stop::Done);
            }
            let Some((frame, more)) = self.next_frame() else { return Ok(Stop::Done) };
            *left -= 1;
            if self.seen != Some(self.board.version()) {
                return Ok(Stop::Turn(frame));
            }
            if let Some(rest) = self.try_step(|core, now, out| core.on_frame(frame, now, out))? {
                return Ok(Stop::Wait(rest));
            }
            if !more {
                return Ok(Stop::Done);
            }
        }
        if self.inputs.iter().any(|edge| !edge.is_empty()) {
            self.stats.calls().call(Call::Frames);
        }
        Ok(Stop::Done)
    }

    /// The next frame, and whether there may be more.
    fn next_frame(&mut self) -> Option<(Frame, bool)> {
        let turn = self.board.turn();
        let count = self.inputs.len();
        if count == 1 {
            return self.inputs.get(0)?.take(turn);
        }
        for offset in 0..count {
            let index = (self.next_input + offset) % count;
            if let Some((frame, _)) = self.inputs.get(index)?.take(turn) {
                self.next_input = (index + 1) % count;
                return Some((frame, true));
            }
        }
        None
    }
}
