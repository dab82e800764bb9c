//! Workers: where model steps, devices, files and network calls run.
//!
//! A worker takes jobs, emits results, and looks at the turn number between its steps. Its end is
//! the stage's end: an error or a panic restarts the stage.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::distribution::Distribution;
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

/// How long jobs took, by their name; those of all lives of a stage.
#[derive(Debug, Default)]
pub(crate) struct JobTimes(Mutex<BTreeMap<&'static str, Distribution>>);

impl JobTimes {
    fn add(&self, name: &'static str, took: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.entry(name).or_default().add(took);
    }

    pub(crate) fn get(&self) -> BTreeMap<&'static str, Distribution> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a worker gets on, as the shell sees it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Jobs given to the worker and not finished.
    pub(crate) open: AtomicUsize,
    /// Nanoseconds of the pipeline's clock at the last sign of life.
    last: AtomicU64,
    /// Time that the worker spent at jobs.
    pub(crate) work: Work,
    /// Where the time of each job is kept.
    pub(crate) times: Arc<JobTimes>,
}

/// The time spent at jobs, in real time even where the pipeline's clock is not; jobs that are not
/// finished count as far as they are.
#[derive(Debug)]
pub(crate) struct Work {
    origin: Instant,
    /// Nanoseconds of jobs that are over.
    past: AtomicU64,
    /// When the job in hand was begun, in nanoseconds after the origin, and one; zero without.
    since: AtomicU64,
}

impl Default for Work {
    fn default() -> Self {
        Self { origin: Instant::now(), past: AtomicU64::new(0), since: AtomicU64::new(0) }
    }
}

impl Work {
    fn begin(&self) {
        self.begin_at(self.origin.elapsed());
    }

    /// Stops counting; whether there was a job.
    pub(crate) fn pause(&self) -> bool {
        self.pause_at(self.origin.elapsed())
    }

    pub(crate) fn time(&self) -> Duration {
        self.time_at(self.origin.elapsed())
    }

    fn begin_at(&self, now: Duration) {
        self.since.store(nanos(now).saturating_add(1), Relaxed);
    }

    fn pause_at(&self, now: Duration) -> bool {
        let since = self.since.swap(0, Relaxed);
        self.past.fetch_add(in_hand(since, now), Relaxed);
        since > 0
    }

    fn time_at(&self, now: Duration) -> Duration {
        let in_hand = in_hand(self.since.load(Relaxed), now);
        Duration::from_nanos(self.past.load(Relaxed).saturating_add(in_hand))
    }
}

fn in_hand(since: u64, now: Duration) -> u64 {
    since.checked_sub(1).map_or(0, |since| nanos(now).saturating_sub(since))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Progress {
    /// Nothing was done yet; the time of jobs is to be kept there.
    pub(crate) fn new(times: Arc<JobTimes>) -> Self {
        Self { times, ..Self::default() }
    }

    pub(crate) fn touch(&self, now: Time) {
        self.last.store(nanos(now.since_start()), Relaxed);
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
    /// What a job is called.
    name: fn(&J) -> &'static str,
    /// The job in hand, and the time spent at jobs before it.
    working: Option<(&'static str, Duration)>,
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
        name: fn(&J) -> &'static str,
        ready: oneshot::Sender<Ready>,
    ) -> Self {
        Self {
            jobs,
            done,
            credits: Arc::new(Semaphore::new(RESULTS)),
            turns,
            clock,
            progress,
            name,
            working: None,
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
        self.began(job.as_ref());
        job
    }

    /// [`next`](Self::next) for a thread.
    pub fn next_blocking(&mut self) -> Option<J> {
        self.finished();
        let job = self.jobs.blocking_recv();
        self.began(job.as_ref());
        job
    }

    /// A job that is already waiting.
    pub fn try_next(&mut self) -> Option<J> {
        self.finished();
        let job = self.jobs.try_recv().ok();
        self.began(job.as_ref());
        job
    }

    fn finished(&mut self) {
        if let Some((name, before)) = self.working.take() {
            self.progress.work.pause();
            let took = self.progress.work.time().saturating_sub(before);
            self.progress.times.add(name, took);
            self.progress.open.fetch_sub(1, Relaxed);
        }
        self.progress.touch(self.clock.now());
    }

    fn began(&mut self, job: Option<&J>) {
        self.working = job.map(|job| ((self.name)(job), self.progress.work.time()));
        if job.is_some() {
            self.progress.work.begin();
        }
        self.progress.touch(self.clock.now());
    }

    /// Gives the stage a result, waiting while many are on their way. To wait is to get on: the
    /// stage may have to wait itself, for as long as a reply is played.
    pub async fn emit(&self, done: D) {
        let worked = self.progress.work.pause();
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
        if worked {
            self.progress.work.begin();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_counts_jobs_and_what_is_done_of_the_one_in_hand() {
        let work = Work::default();
        let at = Duration::from_millis;
        let check = |now: u64, expected: u64| assert_eq!(work.time_at(at(now)), at(expected));
        check(5, 0);
        assert!(!work.pause_at(at(6)), "there is no job");
        work.begin_at(at(0));
        check(10, 10);
        assert!(work.pause_at(at(20)));
        check(100, 20);
        work.begin_at(at(100));
        work.begin_at(at(100));
        check(103, 23);
        assert!(work.pause_at(at(105)));
        assert!(!work.pause_at(at(110)));
        check(200, 25);
    }
    #[tokio::test]
    async fn a_worker_is_at_work_from_one_job_to_the_next_request() {
        let (jobs, receiver) = mpsc::channel(1);
        let (ready, _started) = oneshot::channel();
        let progress = Arc::new(Progress::default());
        let board = crate::turn::TurnBoard::new();
        let done = Arc::new(|(), _| {});
        let (turns, clock) = (board.watch(), Clock::start());
        let mut io =
            WorkerIo::new(receiver, done, turns, clock, progress.clone(), |()| "test", ready);
        let works = || progress.work.since.load(Relaxed) > 0;
        io.emit(()).await;
        assert!(!works(), "a result without a job");
        progress.open.fetch_add(1, Relaxed);
        jobs.send(()).await.expect("the worker listens");
        assert_eq!(io.next().await, Some(()));
        assert!(works(), "the job is in hand");
        io.emit(()).await;
        assert!(works(), "a result is not the end of the job");
        drop(jobs);
        assert_eq!(io.next().await, None);
        assert!(!works(), "there is no job any more");
        let times = progress.times.get();
        let counts: Vec<_> = times.iter().map(|(name, times)| (*name, times.count())).collect();
        assert_eq!(counts, [("test", 1)]);
    }
}
