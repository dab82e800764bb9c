//! The one actor that runs any stage.
//!
//! The shell is called for frames, turns, results and deadlines, calls the core, and carries out its
//! effects in order. It does so in a task of its own, which lives and fails as one message of the
//! actor, for a mailbox costs more than a frame. It drops stale frames at receipt and before send,
//! waits for credit only as long as the frame is worth it, watches that the worker gets on, and turns
//! every fault into what its severity says.

mod edges;
mod frames;
mod inbox;
mod start;
mod step;

use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Waker;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::task::coop::consume_budget;

use crate::core::{Effect, StageCore};
use crate::error::StageError;
use crate::stats::{StageState, StageStats};
use crate::time::{Clock, Time};
use crate::turn::{TurnBoard, TurnView};
use crate::worker::{JOBS, Progress, Ready, Worker, WorkerIo};

use edges::Edges;
use frames::Due;
use inbox::{Inbox, Message};
use start::Own;

pub(crate) use inbox::Call;
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

/// What a [`Shell`] keeps; what every frame touches comes first, so that it lies together.
#[repr(C, align(64))]
pub struct Running<C: StageCore> {
    stats: Arc<StageStats>,
    board: Arc<TurnBoard>,
    clock: Clock,
    inputs: Edges,
    outputs: Edges,
    /// The version of the board that was looked at last.
    seen: Option<u64>,
    /// Which life of the stage this is.
    life: u32,
    /// What the calls know this task by.
    known: Option<Waker>,
    jobs: Option<mpsc::Sender<C::Job>>,
    timer: Option<(Time, AbortHandle)>,
    core: C,
    /// Room for effects after the first.
    room: Vec<Effect<C::Job>>,
    next_input: usize,
    view: TurnView,
    turns: watch::Receiver<TurnView>,
    inbox: Arc<Inbox<C::Done>>,
    progress: Arc<Progress>,
    worker: Option<AbortHandle>,
    context: StageContext,
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
    type State = Option<Box<Running<C>>>;
    type Arguments = Arguments<C>;

    async fn pre_start(
        &self,
        me: ActorRef<Begin>,
        arguments: Arguments<C>,
    ) -> Result<Option<Box<Running<C>>>, ActorProcessingErr> {
        let Arguments { core, worker, context, inbox, ready } = arguments;
        let progress = Arc::new(Progress::new(context.stats.job_times().clone()));
        context.stats.watch(&progress);
        context.stats.began_life();
        let mut running = Box::new(Running {
            stats: context.stats.clone(),
            board: context.board.clone(),
            clock: context.clock,
            inputs: Edges::new(&context.inputs),
            outputs: Edges::new(&context.outputs),
            seen: None,
            life: context.stats.restarts(),
            known: None,
            jobs: None,
            timer: None,
            core,
            room: Vec::new(),
            next_input: 0,
            view: TurnView::default(),
            turns: context.board.watch(),
            inbox,
            progress,
            worker: None,
            context,
        });
        match worker {
            Some(worker) => running.start_worker(worker, ready),
            None => {
                ready.send(Ready::default()).ok();
            }
        }
        // Edges and the board outlive the actor that they call.
        running.inputs.iter().for_each(|edge| edge.set_receiver(&running.stats));
        let listener = running.stats.clone();
        running.board.listen(running.context.key, move || listener.calls().call(Call::Turn));
        // A stage that is started again in mid-turn must learn of the turn.
        running.stats.calls().call(Call::Turn);
        me.cast(Begin)?;
        Ok(Some(running))
    }

    async fn handle(
        &self,
        _me: ActorRef<Begin>,
        _begin: Begin,
        running: &mut Option<Box<Running<C>>>,
    ) -> Result<(), ActorProcessingErr> {
        let Some(running) = running.take() else { return Ok(()) };
        let mut running = *running;
        // Captured and then only borrowed, it lies beside the task's own head.
        let mut own = Own(tokio::spawn(async move { running.run().await }));
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
        let io =
            WorkerIo::new(receiver, done, turns, clock, self.progress.clone(), C::job_name, ready);
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
    async fn run(&mut self) -> Result<(), StageError> {
        loop {
            match poll_fn(|context| self.poll(context)).await? {
                Due::Called(called) => {
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
                    let mut left = FRAMES_AT_ONCE;
                    let stop = self.take_frames(&mut left)?;
                    self.go_on(left, stop).await?;
                }
                Due::Frames(left, stop) => self.go_on(left, stop).await?,
            }
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
            self.stats.calls().call(Call::Inbox);
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
        let version = Some(self.board.version());
        if self.seen == version {
            return Ok(());
        }
        self.seen = version;
        let view = self.board.get();
        if view != self.view {
            self.view = view;
            self.step(|core, now, out| core.on_turn(&view, now, out)).await?;
        }
        Ok(())
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
        let (stats, clock) = (self.stats.clone(), self.clock);
        let timer = tokio::spawn(async move {
            clock.sleep_until(at).await;
            stats.calls().call(Call::Tick);
        });
        self.timer = Some((at, timer.abort_handle()));
    }

    /// Whether the worker should show signs of life: it has work, or is a source of frames.
    fn must_progress(&self) -> bool {
        // Without a worker there are no jobs.
        if self.jobs.is_none() {
            return false;
        }
        let is_source = self.context.inputs.is_empty();
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
