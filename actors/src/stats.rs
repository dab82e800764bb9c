//! Counts that anyone may read while a stage works.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::distribution::Distribution;
use crate::shell::Calls;
use crate::time::Time;
use crate::worker::{JobTimes, Progress};

/// What a stage is doing as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum StageState {
    /// Loading and warming up.
    Starting,
    /// At work.
    Ready,
    /// Failed, and being started again.
    Restarting,
    /// Ended.
    Ended,
}

/// The counts of one stage, over all its restarts, beside the way to call it: every frame touches
/// both, so they share a cache line.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct StageStats {
    calls: Calls,
    /// Frames, results and deadlines handled.
    pub(crate) handled: AtomicU64,
    busy_nanos: AtomicU64,
    /// When the step that the core is in began, in nanoseconds of the pipeline's clock, and one;
    /// zero between steps.
    step: AtomicU64,
    /// Times the stage was started again.
    pub(crate) restarts: AtomicU32,
    state: AtomicU8,
    /// Whether it is kept how long steps take.
    measured: AtomicBool,
    /// Lives that have not ended.
    lives: AtomicU32,
    /// Faults that cost a frame.
    pub(crate) skipped: AtomicU64,
    /// Frames not sent as their attempt was over.
    pub(crate) stale: AtomicU64,
    fault: Mutex<Option<String>>,
    figures: Mutex<BTreeMap<&'static str, f64>>,
    progress: Mutex<Arc<Progress>>,
    /// How long steps took.
    steps: Mutex<Distribution>,
    /// How long jobs of the worker took.
    jobs: Arc<JobTimes>,
}

impl Default for StageStats {
    fn default() -> Self {
        Self {
            calls: Calls::default(),
            handled: AtomicU64::new(0),
            busy_nanos: AtomicU64::new(0),
            step: AtomicU64::new(0),
            restarts: AtomicU32::new(0),
            state: AtomicU8::new(StageState::Starting as u8),
            measured: AtomicBool::new(false),
            lives: AtomicU32::new(0),
            skipped: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            fault: Mutex::default(),
            figures: Mutex::default(),
            progress: Mutex::default(),
            steps: Mutex::default(),
            jobs: Arc::default(),
        }
    }
}

impl StageStats {
    /// The way to call the stage.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Says what the stage is doing.
    pub fn set_state(&self, state: StageState) {
        self.state.store(state as u8, Relaxed);
    }

    /// What the stage is doing.
    pub fn state(&self) -> StageState {
        match self.state.load(Relaxed) {
            0 => StageState::Starting,
            1 => StageState::Ready,
            2 => StageState::Restarting,
            _ => StageState::Ended,
        }
    }

    /// Counts a restart and keeps why.
    pub fn restarted(&self, fault: &str) {
        self.restarts.fetch_add(1, Relaxed);
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.to_string());
    }

    /// How often the stage was started again.
    pub(crate) fn restarts(&self) -> u32 {
        self.restarts.load(Relaxed)
    }

    /// The core begins a step.
    pub(crate) fn enter(&self, now: Time) {
        let nanos = u64::try_from(now.since_start().as_nanos()).unwrap_or(u64::MAX);
        self.step.store(nanos.saturating_add(1), Relaxed);
    }

    /// The core ended its step, or its step is the concern of nobody any more.
    pub fn leave(&self) {
        self.step.store(0, Relaxed);
    }

    /// Since when the core has been in one step, if it is in any.
    pub fn in_step_since(&self) -> Option<Time> {
        let nanos = self.step.load(Relaxed).checked_sub(1)?;
        Some(Time::from_start(Duration::from_nanos(nanos)))
    }

    /// Keeps a figure of the stage's own.
    pub(crate) fn set_figure(&self, name: &'static str, value: f64) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
    }

    fn figures(&self) -> BTreeMap<String, f64> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.iter().map(|(name, value)| ((*name).to_string(), *value)).collect()
    }

    /// Looks at the worker of the stage's new life.
    pub(crate) fn watch(&self, progress: &Arc<Progress>) {
        let mut current = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, progress.clone());
        self.add_time(old.work.time());
    }

    /// Jobs that the worker was given and has not finished.
    pub fn open_jobs(&self) -> usize {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).open.load(Relaxed)
    }

    /// Counts one step of the core.
    pub(crate) fn count_step(&self) {
        // One life of the stage counts at a time, so no step is lost between reading and writing.
        self.handled.store(self.handled.load(Relaxed) + 1, Relaxed);
    }

    /// A life of the stage begins.
    pub(crate) fn began_life(&self) {
        self.lives.fetch_add(1, Relaxed);
    }

    /// A life of the stage has ended, and holds no thread any more.
    pub(crate) fn ended_life(&self) {
        self.lives.fetch_sub(1, Relaxed);
    }

    /// Lives of the stage that have not ended: one that was given up may still be in its last step.
    pub fn lives(&self) -> u32 {
        self.lives.load(Relaxed)
    }

    /// Keeps from now on how long each step of the core takes.
    pub fn measure(&self) {
        self.measured.store(true, Relaxed);
    }

    /// How long steps of the core took, if that is kept.
    pub fn steps(&self) -> Option<Distribution> {
        let steps = || self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.measured.load(Relaxed).then(steps)
    }

    /// Where the worker's jobs are to be counted.
    pub(crate) fn job_times(&self) -> &Arc<JobTimes> {
        &self.jobs
    }

    /// How long jobs of the worker took, by their name, waiting for the stage left out.
    pub fn jobs(&self) -> BTreeMap<&'static str, Distribution> {
        self.jobs.get()
    }

    /// Counts the time that a step of the core took.
    pub(crate) fn add_busy(&self, busy: Duration) {
        self.add_time(busy);
        if self.measured.load(Relaxed) {
            self.steps.lock().unwrap_or_else(PoisonError::into_inner).add(busy);
        }
    }

    fn add_time(&self, busy: Duration) {
        self.busy_nanos.fetch_add(u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Time spent in the core, and by the worker at jobs.
    fn busy(&self) -> Duration {
        let current = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_nanos(self.busy_nanos.load(Relaxed)) + current.work.time()
    }

    /// The counts now.
    pub fn snapshot(&self, stage: &str, queues: Vec<EdgeSnapshot>) -> StageSnapshot {
        StageSnapshot {
            stage: stage.to_string(),
            state: self.state(),
            handled: self.handled.load(Relaxed),
            skipped: self.skipped.load(Relaxed),
            stale_unsent: self.stale.load(Relaxed),
            busy_seconds: self.busy().as_secs_f64(),
            restarts: self.restarts.load(Relaxed),
            last_fault: self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            figures: self.figures(),
            queues,
        }
    }
}

/// The counts of a stage at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSnapshot {
    /// Its id in the pipeline file.
    pub stage: String,
    /// What it is doing.
    pub state: StageState,
    /// Frames, results and deadlines handled.
    pub handled: u64,
    /// Faults that cost a frame.
    pub skipped: u64,
    /// Frames not sent as their attempt was over.
    pub stale_unsent: u64,
    /// Time spent in the stage's core, and by its worker at jobs, since the start; what the worker
    /// asked a server or another program for and waits for counts too, waiting for the next stage
    /// does not.
    pub busy_seconds: f64,
    /// Times it was started again.
    pub restarts: u32,
    /// Why it was last started again.
    pub last_fault: Option<String>,
    /// Figures of its own, by name, such as `erle_db` of `echo`.
    #[serde(default)]
    pub figures: BTreeMap<String, f64>,
    /// The edges into it.
    pub queues: Vec<EdgeSnapshot>,
}

/// The counts of an edge at one moment: `offered` = `handled` + all drops + `depth`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeSnapshot {
    /// Where it comes from.
    pub from: String,
    /// Frames waiting.
    pub depth: usize,
    /// The most that can wait.
    pub capacity: usize,
    /// Frames sent into it.
    pub offered: u64,
    /// Frames taken out by the stage's core.
    pub handled: u64,
    /// Dropped as the queue was full, by policy.
    pub dropped_full: u64,
    /// Dropped as a newer frame took their place, by policy.
    #[serde(default)]
    pub dropped_superseded: u64,
    /// Dropped as their attempt was over.
    pub dropped_stale: u64,
    /// Dropped as the stage was started again.
    pub dropped_restart: u64,
    /// Dropped as the pipeline was closing.
    pub dropped_closed: u64,
}

impl EdgeSnapshot {
    /// All drops.
    pub fn dropped(&self) -> u64 {
        let meant = self.dropped_superseded + self.dropped_stale + self.dropped_closed;
        self.dropped_full + self.dropped_restart + meant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_frame_touches_lies_in_one_cache_line() {
        assert!(std::mem::offset_of!(StageStats, lives) <= 64);
    }
}
