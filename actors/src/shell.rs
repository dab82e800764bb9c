//! The one actor that runs any stage.
//!
//! The shell is called for frames, turns, results and deadlines, calls the core, and carries out its
//! effects in order. It does so in a task of its own, which lives and fails as one message of the
//! actor, for a mailbox costs more than a frame. It drops stale frames at receipt and before send,
//! waits for credit only as long as the frame is worth it, watches that the worker gets on, and turns
//! every fault into what its severity says.

mod inbox;
mod start;

use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::task::coop::consume_budget;

use crate::core::{Effect, Out, StageCore};
use crate::error::{Severity, StageError};
use crate::fact::Fact;
use crate::frame::Frame;
use crate::stats::StageState;
use crate::time::Time;
use crate::turn::TurnView;
use crate::worker::{JOBS, Progress, Ready, Worker, WorkerIo};

use inbox::{Call, Inbox, Message};
use start::Own;

pub use inbox::Calls;
pub use start::{Blueprint, Facts, Make, Spawned, StageContext, Tape, spawn_fed};

/// Frames handled before messages get their turn.
const FRAMES_AT_ONCE: usize = 32;

/// The one message to a shell: everything else comes by its edges, its inbox and its [`Calls`],
/// until these say that it is to leave.
#[derive(Debug)]
pub struct Begin;

/// The actor. Its name stays empty: ids belong to the pipeline, not to the process.
pub struct Shell<C>(PhantomData<fn() -> C>);

/// What a [`Shell`] starts with.
pub struct Arguments<C: StageCore> {
    core: C,
    worker: Option<Worker<C::Job, C::Done>>,
    context: StageContext,
    inbox: Arc<Inbox<C::Done>>,
    ready: oneshot::Sender<Ready>,
}

/// What a [`Shell`] keeps.
pub struct Running<C: StageCore> {
    core: C,
    context: StageContext,
    inbox: Arc<Inbox<C::Done>>,
    view: TurnView,
    /// The version of the board that was looked at last.
    seen: Option<u64>,
    turns: watch::Receiver<TurnView>,
    out: Out<C::Job>,
    jobs: Option<mpsc::Sender<C::Job>>,
    progress: Arc<Progress>,
    timer: Option<(Time, AbortHandle)>,
    worker: Option<AbortHandle>,
    next_input: usize,
    /// Which life of the stage this is.
    life: u32,
}

impl<C: StageCore> Drop for Running<C> {
    fn drop(&mut self) {
        for handle in self.timer.iter().map(|(_, handle)| handle).chain(&self.worker) {
            handle.abort();
        }
        self.inbox.close();
        self.context.stats.ended_life();
    }
}

impl<C: StageCore> Actor for Shell<C> {
    type Msg = Begin;
    type State = Option<Running<C>>;
    type Arguments = Arguments<C>;

    async fn pre_start(
        &self,
        me: ActorRef<Begin>,
        arguments: Arguments<C>,
    ) -> Result<Option<Running<C>>, ActorProcessingErr> {
        let Arguments { core, worker, context, inbox, ready } = arguments;
        let progress = Arc::new(Progress::default());
        context.stats.watch(&progress);
        context.stats.began_life();
        let mut running = Running {
            core,
            inbox,
            view: TurnView::default(),
            seen: None,
            turns: context.board.watch(),
            out: Out::default(),
            jobs: None,
            progress,
            timer: None,
            worker: None,
            next_input: 0,
            life: context.stats.restarts(),
            context,
        };
        match worker {
            Some(worker) => running.start_worker(worker, ready),
            None => {
                ready.send(Ready::default()).ok();
            }
        }
        let calls = &running.context.calls;
        for edge in &running.context.inputs {
            let calls = calls.clone();
            // A waker outlives the actor that it wakes.
            edge.set_waker(move || calls.call(Call::Frames));
        }
        let listener = calls.clone();
        running.context.board.listen(running.context.key, move || listener.call(Call::Turn));
        // A stage that is started again in mid-turn must learn of the turn.
        calls.call(Call::Turn);
        me.cast(Begin)?;
        Ok(Some(running))
    }

    async fn handle(
        &self,
        _me: ActorRef<Begin>,
        _begin: Begin,
        running: &mut Option<Running<C>>,
    ) -> Result<(), ActorProcessingErr> {
        let Some(running) = running.take() else { return Ok(()) };
        let mut own = Own(tokio::spawn(running.run()));
        match (&mut own.0).await {
            Ok(result) => result.map_err(Into::into),
            // Without a panic it was cancelled: the runtime ends.
            Err(error) => error.try_into_panic().map_or(Ok(()), |panic| resume_unwind(panic)),
        }
    }
}

impl<C: StageCore> Running<C> {
    fn start_worker(&mut self, worker: Worker<C::Job, C::Done>, ready: oneshot::Sender<Ready>) {
        let (jobs, receiver) = mpsc::channel(JOBS);
        let inbox = self.inbox.clone();
        let done = Arc::new(move |done, credit| inbox.put(Message::Done(done, Some(credit))));
        let (turns, clock) = (self.context.board.watch(), self.context.clock);
        self.progress.touch(clock.now());
        let io = WorkerIo::new(receiver, done, turns, clock, self.progress.clone(), ready);
        let running = tokio::spawn(worker(io));
        self.worker = Some(running.abort_handle());
        self.jobs = Some(jobs);
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            let result = match running.await {
                Ok(result) => result,
                Err(error) if error.is_cancelled() => return,
                Err(error) => {
                    Err(StageError::restart(crate::worker::describe_panic(&*error.into_panic())))
                }
            };
            inbox.put(Message::WorkerEnded(result));
        });
    }

    /// Does what the stage is called for, until it is to leave.
    async fn run(mut self) -> Result<(), StageError> {
        loop {
            let called = poll_fn(|context| self.context.calls.poll(context)).await;
            if called.has(Call::Leave) {
                return Ok(());
            }
            if called.has(Call::Turn) {
                self.look_at_turn().await?;
            }
            if called.has(Call::Tick) {
                self.tick().await?;
            }
            if called.has(Call::Inbox) {
                self.take_message().await?;
            }
            self.take_frames().await?;
            self.arm();
            // A stage that always has something to do must let others run.
            consume_budget().await;
        }
    }

    async fn tick(&mut self) -> Result<(), StageError> {
        self.timer = None;
        self.check_progress()?;
        let now = self.context.clock.now();
        if self.core.deadline().is_some_and(|deadline| deadline <= now) {
            self.step(|core, now, out| core.on_deadline(now, out)).await?;
        }
        Ok(())
    }

    async fn take_message(&mut self) -> Result<(), StageError> {
        let (message, more) = self.inbox.take();
        if more {
            self.context.calls.call(Call::Inbox);
        }
        match message {
            Some(Message::Done(done, credit)) => {
                // The state first: a result is judged by the turn that is, not the one that was.
                self.look_at_turn().await?;
                self.step(|core, now, out| core.on_done(done, now, out)).await?;
                drop(credit);
            }
            Some(Message::WorkerEnded(result)) => {
                result?;
                if !self.context.board.get().closing {
                    return Err(StageError::restart("the worker ended"));
                }
            }
            None => {}
        }
        Ok(())
    }

    async fn look_at_turn(&mut self) -> Result<(), StageError> {
        let version = Some(self.context.board.version());
        if self.seen == version {
            return Ok(());
        }
        self.seen = version;
        let view = self.context.board.get();
        if view != self.view {
            self.view = view;
            self.step(|core, now, out| core.on_turn(&view, now, out)).await?;
        }
        Ok(())
    }

    /// Handles frames from all edges in turn, as many as the core wants.
    async fn take_frames(&mut self) -> Result<(), StageError> {
        for _ in 0..FRAMES_AT_ONCE {
            if !self.core.wants_frames() {
                return Ok(());
            }
            let Some(frame) = self.next_frame() else { return Ok(()) };
            self.look_at_turn().await?;
            self.step(|core, now, out| core.on_frame(frame, now, out)).await?;
        }
        if self.context.inputs.iter().any(|edge| !edge.is_empty()) {
            self.context.calls.call(Call::Frames);
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Option<Frame> {
        let turn = self.context.board.turn();
        let count = self.context.inputs.len();
        for offset in 0..count {
            let index = (self.next_input + offset) % count;
            if let Some(frame) = self.context.inputs[index].take(turn) {
                self.next_input = (index + 1) % count;
                return Some(frame);
            }
        }
        None
    }

    /// Calls the core and carries out what it wants.
    async fn step(
        &mut self,
        call: impl FnOnce(&mut C, Time, &mut Out<C::Job>) -> Result<(), StageError>,
    ) -> Result<(), StageError> {
        // The share of a core that a stage takes is real time, even where the clock is not.
        let began = Instant::now();
        let now = self.context.clock.now_at(began);
        self.context.stats.enter(now);
        let result = call(&mut self.core, now, &mut self.out);
        self.context.stats.leave();
        self.context.stats.add_busy(began.elapsed());
        if self.context.stats.restarts() != self.life {
            // The step took so long that another life of the stage goes on in its place.
            return Err(StageError::restart("a step ended after the stage was started again"));
        }
        self.context.stats.count_step();
        let stats = &self.context.stats;
        self.core.figures(&mut |name, value| stats.set_figure(name, value));
        let mut effects = self.out.take();
        for effect in effects.drain(..) {
            self.carry_out(effect).await?;
        }
        self.out.reuse(effects);
        match result {
            Err(error) if error.severity == Severity::Skip => {
                self.context.stats.skipped.fetch_add(1, Relaxed);
                tracing::warn!(stage = %self.context.id, "{error}");
                let (turn, message) = (self.view.turn, error.message);
                (self.context.facts)(Fact::Lost { turn, message });
                Ok(())
            }
            result => result,
        }
    }

    async fn carry_out(&mut self, effect: Effect<C::Job>) -> Result<(), StageError> {
        match effect {
            Effect::Send(frame) => self.send(frame).await,
            Effect::Fact(fact) => (self.context.facts)(fact),
            Effect::Turn(view) => {
                self.view = view;
                self.context.board.set(view);
            }
            Effect::Tape(side, audio) => {
                if let Some(tape) = &self.context.tape {
                    tape(side, audio);
                }
            }
            Effect::Note(text) => tracing::warn!(stage = %self.context.id, "{text}"),
            Effect::Job(job) => {
                let jobs = self.jobs.as_ref().ok_or_else(|| {
                    StageError::give_up("a job was given to a stage without a worker")
                })?;
                if self.progress.open.fetch_add(1, Relaxed) == 0 {
                    self.progress.touch(self.context.clock.now());
                }
                let limit = self.context.progress_limit;
                match tokio::time::timeout(limit, jobs.send(job)).await {
                    // The end of the worker comes as a message of its own.
                    Ok(_) => {}
                    Err(_) => return Err(no_progress(limit)),
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, frame: Frame) {
        let port = frame.payload.port();
        if frame.is_stale(self.context.board.turn()) {
            self.context.stats.stale.fetch_add(1, Relaxed);
            return;
        }
        let mut edges = self.context.outputs.iter().filter(|edge| edge.accepts() == port);
        let Some(mut edge) = edges.next() else { return };
        for next in edges {
            edge.push(frame.clone(), &mut self.turns).await;
            edge = next;
        }
        edge.push(frame, &mut self.turns).await;
    }

    /// Sets the timer to the core's deadline or the worker's, whichever is first.
    fn arm(&mut self) {
        let limit =
            self.must_progress().then(|| self.progress.last() + self.context.progress_limit);
        let Some(at) = self.core.deadline().into_iter().chain(limit).min() else { return };
        if let Some((armed, handle)) = &self.timer {
            // A timer that comes early looks and is set again.
            if *armed <= at {
                return;
            }
            handle.abort();
        }
        let (calls, clock) = (self.context.calls.clone(), self.context.clock);
        let timer = tokio::spawn(async move {
            clock.sleep_until(at).await;
            calls.call(Call::Tick);
        });
        self.timer = Some((at, timer.abort_handle()));
    }

    /// Whether the worker should show signs of life: it has work, or is a source of frames.
    fn must_progress(&self) -> bool {
        let is_source = self.context.inputs.is_empty() && self.jobs.is_some();
        (is_source && self.is_ready()) || self.progress.open.load(Relaxed) > 0
    }

    fn is_ready(&self) -> bool {
        self.context.stats.state() == StageState::Ready && !self.context.board.get().closing
    }

    fn check_progress(&self) -> Result<(), StageError> {
        let limit = self.context.progress_limit;
        let silent = self.context.clock.now().since(self.progress.last());
        if self.must_progress() && silent >= limit {
            return Err(no_progress(limit));
        }
        Ok(())
    }
}

fn no_progress(limit: Duration) -> StageError {
    StageError::restart(format_args!("no progress for {} ms", limit.as_millis()))
}
