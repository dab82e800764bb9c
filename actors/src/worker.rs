//! Workers: where model steps, devices, files and network calls run.
//!
//! A worker takes jobs, emits results, and looks at the turn number between its steps. Its end is
//! the stage's end: an error or a panic restarts the stage.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::error::StageError;
use crate::frame::TurnId;
use crate::time::{Clock, Time};
use crate::turn::TurnView;

/// Jobs that may wait for a worker.
pub(crate) const JOBS: usize = 64;
/// Results that may wait for the stage.
const RESULTS: usize = 64;
/// How often a worker that waits for its stage says so; well below any limit on progress.
const STILL_WAITING: Duration = Duration::from_millis(250);

/// What a worker reports once it is loaded and warmed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// What was loaded or opened, for the start-up report: a model's name, a device's name and rate.
    pub what: String,
}

/// A worker before it runs.
pub type Worker<J, D> = Box<
    dyn FnOnce(WorkerIo<J, D>) -> Pin<Box<dyn Future<Output = Result<(), StageError>> + Send>>
        + Send,
>;

/// A worker that is a task: for network calls and timers.
pub fn task<J, D, F, R>(run: F) -> Worker<J, D>
where
    F: FnOnce(WorkerIo<J, D>) -> R + Send + 'static,
    R: Future<Output = Result<(), StageError>> + Send + 'static,
{
    Box::new(|io| Box::pin(run(io)))
}

/// A worker that is a thread of its own: for networks, files and devices.
pub fn thread<J, D, F>(name: &'static str, run: F) -> Worker<J, D>
where
    J: Send + 'static,
    D: Send + 'static,
    F: FnOnce(WorkerIo<J, D>) -> Result<(), StageError> + Send + 'static,
{
    Box::new(move |io| {
        Box::pin(async move {
            let (send, ended) = oneshot::channel();
            let body = move || {
                let result = catch_unwind(AssertUnwindSafe(|| run(io)))
                    .unwrap_or_else(|panic| Err(StageError::restart(describe_panic(&*panic))));
                // Nobody waits for the end of a worker whose stage is gone.
                send.send(result).ok();
            };
            std::thread::Builder::new().name(name.to_string()).spawn(body).map_err(|error| {
                StageError::restart(format_args!("cannot start the thread `{name}`: {error}"))
            })?;
            ended.await.unwrap_or_else(|_| Err(StageError::restart("the worker thread vanished")))
        })
    })
}

/// The words of a panic.
pub fn describe_panic(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.as_deref().unwrap_or("no message"))
}

/// Whether a worker gets on, as the shell sees it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Jobs given to the worker and not finished.
    pub(crate) open: AtomicUsize,
    /// Nanoseconds of the pipeline's clock at the last sign of life.
    last: AtomicU64,
}

impl Progress {
    pub(crate) fn touch(&self, now: Time) {
        self.last.store(u64::try_from(now.since_start().as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn last(&self) -> Time {
        Time::from_start(Duration::from_nanos(self.last.load(Relaxed)))
    }
}

/// A worker's side of its stage.
pub struct WorkerIo<J, D> {
    jobs: mpsc::Receiver<J>,
    done: Arc<dyn Fn(D, OwnedSemaphorePermit) + Send + Sync>,
    credits: Arc<Semaphore>,
    turns: watch::Receiver<TurnView>,
    clock: Clock,
    progress: Arc<Progress>,
    working: bool,
    ready: Option<oneshot::Sender<Ready>>,
    runtime: Handle,
}

impl<J, D> WorkerIo<J, D> {
    pub(crate) fn new(
        jobs: mpsc::Receiver<J>,
        done: Arc<dyn Fn(D, OwnedSemaphorePermit) + Send + Sync>,
        turns: watch::Receiver<TurnView>,
        clock: Clock,
        progress: Arc<Progress>,
        ready: oneshot::Sender<Ready>,
    ) -> Self {
        Self {
            jobs,
            done,
            credits: Arc::new(Semaphore::new(RESULTS)),
            turns,
            clock,
            progress,
            working: false,
            ready: Some(ready),
            runtime: Handle::current(),
        }
    }

    /// Says that the worker is loaded and warmed up; jobs may come before that.
    pub fn ready(&mut self, what: impl Into<String>) {
        self.progress.touch(self.clock.now());
        if let Some(ready) = self.ready.take() {
            // Whoever started the stage may be gone.
            ready.send(Ready { what: what.into() }).ok();
        }
    }

    /// The next job; none when the stage is gone. Asking says that the last job is finished.
    pub async fn next(&mut self) -> Option<J> {
        self.finished();
        let job = self.jobs.recv().await;
        self.began(job.is_some());
        job
    }

    /// [`next`](Self::next) for a thread.
    pub fn next_blocking(&mut self) -> Option<J> {
        self.finished();
        let job = self.jobs.blocking_recv();
        self.began(job.is_some());
        job
    }

    /// A job that is already waiting.
    pub fn try_next(&mut self) -> Option<J> {
        self.finished();
        let job = self.jobs.try_recv().ok();
        self.began(job.is_some());
        job
    }

    fn finished(&mut self) {
        if std::mem::take(&mut self.working) {
            self.progress.open.fetch_sub(1, Relaxed);
        }
        self.progress.touch(self.clock.now());
    }

    fn began(&mut self, some: bool) {
        self.working = some;
        self.progress.touch(self.clock.now());
    }

    /// Gives the stage a result, waiting while many are on their way. To wait is to get on: the
    /// stage may have to wait itself, for as long as a reply is played.
    pub async fn emit(&self, done: D) {
        let credit = self.credits.clone().acquire_owned();
        tokio::pin!(credit);
        let credit = loop {
            match tokio::time::timeout(STILL_WAITING, &mut credit).await {
                Ok(credit) => break credit,
                Err(_) => self.progress.touch(self.clock.now()),
            }
        };
        if let Ok(credit) = credit {
            (self.done)(done, credit);
        }
        self.progress.touch(self.clock.now());
    }

    /// [`emit`](Self::emit) for a thread.
    pub fn emit_blocking(&self, done: D) {
        self.runtime.block_on(self.emit(done));
    }

    /// Says that a long job gets on.
    pub fn touch(&self) {
        self.progress.touch(self.clock.now());
    }

    /// The state of the conversation.
    pub fn view(&self) -> TurnView {
        *self.turns.borrow()
    }

    /// Whether work for that attempt is in vain: the turn number moved, or the stage is gone.
    pub fn is_stale(&self, turn: TurnId) -> bool {
        self.turns.borrow().turn > turn || self.is_orphaned()
    }

    /// Something to wait on until the conversation moves.
    pub fn turns(&self) -> watch::Receiver<TurnView> {
        self.turns.clone()
    }

    /// Whether the stage is gone.
    pub fn is_orphaned(&self) -> bool {
        self.jobs.is_closed()
    }

    /// The pipeline's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }
}
