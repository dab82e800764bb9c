//! One step of a core, and what it does to the world.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::{Running, no_progress};
use crate::core::{Effect, Out, StageCore};
use crate::error::{Severity, StageError};
use crate::fact::Fact;
use crate::frame::Frame;
use crate::time::Time;

/// What a step wants that was not carried out yet, oldest first.
pub(super) struct Rest<J> {
    wait: Wait<J>,
    effects: std::vec::IntoIter<Effect<J>>,
    /// What came of the step.
    result: Result<(), StageError>,
}

/// An effect that may have to wait.
enum Wait<J> {
    /// A frame that the edge at this place has no room for, and those after it have not seen.
    Room(usize, Frame),
    /// A job for the worker.
    Job(J),
}

impl<C: StageCore> Running<C> {
    /// Calls the core and carries out what it wants.
    pub(super) async fn step(
        &mut self,
        call: impl FnOnce(&mut C, Time, &mut Out<C::Job>) -> Result<(), StageError>,
    ) -> Result<(), StageError> {
        match self.try_step(call)? {
            Some(rest) => self.finish(rest).await,
            None => Ok(()),
        }
    }

    /// Calls the core and carries out what it wants; the rest, where that has to wait.
    pub(super) fn try_step(
        &mut self,
        call: impl FnOnce(&mut C, Time, &mut Out<C::Job>) -> Result<(), StageError>,
    ) -> Result<Option<Rest<C::Job>>, StageError> {
        let mut out = Out::with_room(std::mem::take(&mut self.room));
        // The share of a core that a stage takes is real time, even where the clock is not.
        let began = Instant::now();
        let now = self.clock.now_at(began);
        self.stats.enter(now);
        let result = call(&mut self.core, now, &mut out);
        self.stats.leave();
        self.stats.add_busy(began.elapsed());
        if self.stats.restarts() != self.life {
            // The step took so long that another life of the stage goes on in its place.
            return Err(StageError::restart("a step ended after the stage was started again"));
        }
        self.stats.count_step();
        let stats = &self.stats;
        self.core.figures(&mut |name, value| stats.set_figure(name, value));
        let (first, mut more) = out.split();
        let mut effects = more.drain(..);
        let wait = first
            .and_then(|effect| self.try_effect(effect))
            .or_else(|| effects.by_ref().find_map(|effect| self.try_effect(effect)));
        if let Some(wait) = wait {
            let effects = effects.collect::<Vec<_>>().into_iter();
            return Ok(Some(Rest { wait, effects, result }));
        }
        drop(effects);
        self.room = more;
        self.end_step(result).map(|()| None)
    }

    /// Carries out what is left of a step.
    pub(super) async fn finish(&mut self, rest: Rest<C::Job>) -> Result<(), StageError> {
        let Rest { wait, effects, result } = rest;
        self.wait(wait).await?;
        for effect in effects {
            if let Some(wait) = self.try_effect(effect) {
                self.wait(wait).await?;
            }
        }
        self.end_step(result)
    }

    /// Has a fault cost what it says, once the effects before it are done.
    fn end_step(&mut self, result: Result<(), StageError>) -> Result<(), StageError> {
        match result {
            Err(error) if error.severity == Severity::Skip => {
                self.stats.skipped.fetch_add(1, Relaxed);
                tracing::warn!(stage = %self.context.id, "{error}");
                let (turn, message) = (self.view.turn, error.message);
                (self.context.facts)(Fact::Lost { turn, message });
                Ok(())
            }
            result => result,
        }
    }

    /// Carries out an effect, or says what it has to wait for.
    fn try_effect(&mut self, effect: Effect<C::Job>) -> Option<Wait<C::Job>> {
        match effect {
            Effect::Send(frame) => return self.send(frame),
            Effect::Job(job) => return Some(Wait::Job(job)),
            Effect::Fact(fact) => (self.context.facts)(fact),
            Effect::Turn(view) => {
                self.view = view;
                self.board.set(view);
            }
            Effect::Tape(side, audio) => {
                if let Some(tape) = &self.context.tape {
                    tape(side, audio);
                }
            }
            Effect::Note(text) => tracing::warn!(stage = %self.context.id, "{text}"),
        }
        None
    }

    /// Waits as long as the effect is worth it.
    async fn wait(&mut self, wait: Wait<C::Job>) -> Result<(), StageError> {
        match wait {
            Wait::Room(place, frame) => self.wait_for_room(place, frame).await,
            Wait::Job(job) => self.give(job).await?,
        }
        Ok(())
    }

    /// Gives the worker a job.
    async fn give(&mut self, job: C::Job) -> Result<(), StageError> {
        let jobs = self
            .jobs
            .as_ref()
            .ok_or_else(|| StageError::give_up("a job was given to a stage without a worker"))?;
        if self.progress.open.fetch_add(1, Relaxed) == 0 {
            self.progress.touch(self.clock.now());
        }
        let limit = self.context.progress_limit;
        match tokio::time::timeout(limit, jobs.send(job)).await {
            // The end of the worker comes as a message of its own.
            Ok(_) => Ok(()),
            Err(_) => Err(no_progress(limit)),
        }
    }

    fn send(&self, frame: Frame) -> Option<Wait<C::Job>> {
        if frame.is_stale(self.board.turn()) {
            self.stats.stale.fetch_add(1, Relaxed);
            return None;
        }
        self.offer(0, frame)
    }

    /// Offers a frame to all edges from `place` on that take its type.
    fn offer(&self, place: usize, frame: Frame) -> Option<Wait<C::Job>> {
        let port = frame.payload.port();
        let mut at = self.outputs.accepting(port, place)?;
        while let Some(next) = self.outputs.accepting(port, at + 1) {
            if let Err(frame) = self.outputs.get(at)?.offer(frame.clone()) {
                return Some(Wait::Room(at, frame));
            }
            at = next;
        }
        self.outputs.get(at)?.offer(frame).err().map(|frame| Wait::Room(at, frame))
    }

    /// Waits until the edge at `place` has taken a frame or it is stale, then offers it to the rest.
    async fn wait_for_room(&mut self, mut place: usize, mut frame: Frame) {
        loop {
            let others = self.outputs.accepting(frame.payload.port(), place + 1).is_some();
            let copy = others.then(|| frame.clone());
            if let Some(edge) = self.outputs.get(place) {
                edge.wait(frame, &mut self.turns).await;
            }
            let Some(copy) = copy else { return };
            match self.offer(place + 1, copy) {
                Some(Wait::Room(at, back)) => (place, frame) = (at, back),
                Some(Wait::Job(_)) | None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::core::{Never, Out, StageCore};
    use crate::edge::{Edge, Overflow};
    use crate::error::StageError;
    use crate::frame::{Frame, Payload, PortType, Token};
    use crate::shell::Make;
    use crate::testing::Rig;
    use crate::time::Time;
    use crate::turn::TurnView;

    /// Sends each token twice.
    struct Twice;

    impl StageCore for Twice {
        type Job = Never;
        type Done = Never;

        fn on_frame(
            &mut self,
            frame: Frame,
            _: Time,
            out: &mut Out<Never>,
        ) -> Result<(), StageError> {
            out.send_free(frame.payload.clone());
            out.send_free(frame.payload);
            Ok(())
        }

        fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
            match done {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_edge_gets_all_in_order_whichever_has_no_room() {
        let rooms = [[1, 9, 9], [9, 1, 9], [9, 9, 1], [1, 1, 1], [2, 1, 3], [1, 2, 1]];
        for room in rooms {
            let mut rig = Rig::new(Some(PortType::Token), None).await.unwrap();
            let edge = |room| Edge::new("a", "b", PortType::Token, room, Overflow::Wait);
            let edges = room.map(edge);
            let other = Edge::new("a", "b", PortType::Audio, 1, Overflow::Wait);
            let [first, second, third] = edges.clone();
            rig.send_along(vec![first, other.clone(), second, third]);
            rig.start(&Make(|| Ok((Twice, None)))).await.unwrap();
            for text in ["a", "b", "c"] {
                let token = Token { text: text.into(), end: false };
                rig.push(Frame::free(Payload::Token(token))).await;
            }
            let mut texts = [const { String::new() }; 3];
            for _ in 0..6 {
                rig.clock.sleep_until(rig.clock.now() + Duration::from_millis(5)).await;
                for (edge, text) in edges.iter().zip(&mut texts) {
                    let Some(Frame { payload: Payload::Token(token), .. }) =
                        edge.pop(&TurnView::default())
                    else {
                        panic!("{room:?}: nothing waits after {text}");
                    };
                    text.push_str(&token.text);
                }
            }
            assert_eq!(texts, ["aabbcc"; 3], "{room:?}");
            for edge in edges {
                let counts = edge.snapshot();
                assert_eq!((counts.offered, counts.handled, counts.dropped()), (6, 6, 0));
            }
            assert_eq!(other.snapshot().offered, 0);
            rig.stop().await;
        }
    }
}
