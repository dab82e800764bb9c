//! A running pipeline: stages started behind a barrier, supervised, and ended in order.

pub mod memory;
pub mod publish;
mod supervise;
pub mod turn;

use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::distribution::Distribution;
use antiphon_actors::edge::Edge;
use antiphon_actors::shell::{self, Blueprint, Facts, StageContext, Tape};
use antiphon_actors::stats::{StageSnapshot, StageState, StageStats};
use antiphon_actors::{Clock, Fact, TurnBoard, TurnView};
use ractor::{Actor, ActorCell, ActorRef};
use tokio::sync::watch;

use publish::Live;
pub use supervise::Started;
use supervise::{Arguments, Ask, Report, Slot, Supervisor};
use turn::TurnAuthority;

use crate::plan::{Plan, TURN};

/// How long frames on their way to the log and the console are waited for at the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
/// How long the turn authority may take to close the open turn.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// How long an actor may take to stop before it is killed.
const STOP_LIMIT: Duration = Duration::from_millis(500);
/// How often the drain looks.
const DRAIN_STEP: Duration = Duration::from_millis(5);

/// Why a pipeline did not start or did not go on.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

/// Called with each stage that becomes ready.
pub type OnStarted = Arc<dyn Fn(&Started) + Send + Sync>;

/// Called with a way to read the counts.
pub type OnPlanned = Arc<dyn Fn(Snapshots) + Send + Sync>;

/// What a pipeline runs with.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Called before the first stage starts.
    pub on_planned: Option<OnPlanned>,
    /// The recorded timeline, if one is kept.
    pub tape: Option<Tape>,
    /// Called for each stage that becomes ready at the start.
    pub on_started: Option<OnStarted>,
}

/// A pipeline that runs.
pub struct Engine {
    supervisor: ActorRef<Ask>,
    authority: ActorCell,
    report: watch::Receiver<Report>,
    board: Arc<TurnBoard>,
    facts: Facts,
    contexts: Vec<StageContext>,
    clock: Clock,
}

impl Engine {
    /// Starts all stages, sources last, and waits until each is loaded and warmed up.
    ///
    /// `blueprints` are in the order of the plan's stages.
    ///
    /// # Errors
    /// The first fault that cannot be mended, naming the stage; all that was started is ended.
    pub async fn start(
        plan: Plan,
        blueprints: Vec<Arc<dyn Blueprint>>,
        clock: Clock,
        surroundings: Surroundings,
    ) -> Result<Self, Fault> {
        let board = TurnBoard::new();
        let sources: Vec<usize> = places(&plan, true);
        let others: Vec<usize> = places(&plan, false);
        let cell = Arc::new(std::sync::OnceLock::<Box<dyn Fn(Fact) + Send + Sync>>::new());
        let late = cell.clone();
        let facts: Facts = Arc::new(move |fact| {
            if let Some(feed) = late.get() {
                feed(fact);
            }
        });
        let context = |key: usize, id: Arc<str>, inputs, outputs, progress_limit| StageContext {
            id,
            key,
            inputs,
            outputs,
            board: board.clone(),
            facts: facts.clone(),
            tape: surroundings.tape.clone(),
            clock,
            stats: Arc::new(StageStats::default()),
            progress_limit,
        };
        let Plan { stages, turn_outputs, turn } = plan;
        let own = context(stages.len(), TURN.into(), Vec::new(), turn_outputs, turn.limit);
        let mut slots = Vec::new();
        for (key, (stage, blueprint)) in stages.into_iter().zip(blueprints).enumerate() {
            let restart = stage.restart;
            let limit = stage.progress_limit;
            let context = context(key, stage.id, stage.inputs, stage.outputs, limit);
            slots.push(Slot::new(blueprint, context, restart));
        }
        let mut contexts: Vec<_> = slots.iter().map(|slot| slot.context.clone()).collect();
        contexts.push(own.clone());
        if let Some(on_planned) = &surroundings.on_planned {
            on_planned(Snapshots { contexts: contexts.clone() });
        }
        let (sender, report) = watch::channel(Report::default());
        let arguments = Arguments { slots, report: sender, facts: facts.clone() };
        let (supervisor, _) = Actor::spawn(None, Supervisor, arguments)
            .await
            .map_err(|error| Fault(format!("cannot start the supervisor: {error}")))?;
        let authority = TurnAuthority::new(turn);
        own.stats.set_state(StageState::Ready);
        let (authority, feed) = shell::spawn_fed(authority, own, supervisor.get_cell())
            .await
            .map_err(|error| Fault(error.to_string()))?;
        // Set once, before any stage runs.
        cell.set(Box::new(feed)).ok();
        let mut engine = Self { supervisor, authority, report, board, facts, contexts, clock };
        // Whoever speaks first must be heard: sources start when all others listen.
        for places in [others, sources] {
            if let Err(fault) = engine.start_and_wait(places, &surroundings).await {
                engine.end().await;
                return Err(fault);
            }
        }
        Ok(engine)
    }

    async fn start_and_wait(
        &mut self,
        places: Vec<usize>,
        surroundings: &Surroundings,
    ) -> Result<(), Fault> {
        let mut told = self.report.borrow().started.len();
        let target = told + places.len();
        // Sinks first: a sender never finds its receiver missing.
        drop(self.supervisor.cast(Ask::Start(places.into_iter().rev().collect())));
        loop {
            let report = self.report.borrow_and_update().clone();
            if let Some(on_started) = &surroundings.on_started {
                report.started[told..].iter().for_each(|started| on_started(started));
            }
            told = report.started.len();
            if let Some(fatal) = report.fatal {
                return Err(Fault(fatal));
            }
            if told >= target {
                return Ok(());
            }
            if self.report.changed().await.is_err() {
                return Err(Fault("the supervisor ended".into()));
            }
        }
    }

    /// Waits until the pipeline ends by itself: all input was answered, or a fault ended it.
    ///
    /// # Errors
    /// The first fault that could not be mended.
    pub async fn finished(&self) -> Result<(), Fault> {
        let (mut report, mut turns) = (self.report.clone(), self.board.watch());
        let fatal = async {
            let report = report.wait_for(|report| report.fatal.is_some()).await;
            report.ok().and_then(|report| report.fatal.clone())
        };
        tokio::select! {
            fatal = fatal => {
                Err(Fault(fatal.unwrap_or_else(|| "the supervisor ended".into())))
            }
            _ = turns.wait_for(|view| view.closing) => Ok(()),
        }
    }

    /// Closes the open turn, lets records reach the log and the console, and ends all stages, in
    /// bounded time.
    pub async fn close(self) {
        (self.facts)(Fact::Close);
        let mut turns = self.board.watch();
        // An authority that is gone closes nothing any more.
        drop(tokio::time::timeout(CLOSE_LIMIT, turns.wait_for(|view| view.closing)).await);
        let until = self.clock.now() + DRAIN_LIMIT;
        while self.clock.now() < until && !self.is_drained() {
            self.clock.sleep_until(self.clock.now() + DRAIN_STEP).await;
        }
        self.end().await;
    }

    /// Whether no record waits on an edge or at the worker of a stage that takes records.
    fn is_drained(&self) -> bool {
        let records = |edge: &Arc<Edge>| edge.accepts() == antiphon_actors::PortType::Record;
        let mut takers = self.contexts.iter().filter(|context| context.inputs.iter().any(records));
        takers.all(|it| it.inputs.iter().all(|edge| edge.is_empty()) && it.stats.open_jobs() == 0)
    }

    async fn end(&self) {
        drop(self.supervisor.call(Ask::Closing, Some(STOP_LIMIT)).await);
        let children = self.supervisor.get_cell().get_children();
        for context in &self.contexts {
            context.inputs.iter().for_each(|edge| edge.close());
            context.stats.calls().leave();
        }
        for child in children {
            if child.stop_and_wait(None, Some(STOP_LIMIT)).await.is_err() {
                child.kill();
            }
        }
        for context in &self.contexts {
            context.stats.set_state(StageState::Ended);
        }
        drop(self.supervisor.stop_and_wait(None, Some(STOP_LIMIT)).await);
    }

    /// The counts of all stages, and of the turn authority last.
    pub fn snapshot(&self) -> Vec<StageSnapshot> {
        self.snapshots().take()
    }

    /// A way to read the counts from elsewhere.
    pub fn snapshots(&self) -> Snapshots {
        Snapshots { contexts: self.contexts.clone() }
    }

    /// The state of the conversation.
    pub fn view(&self) -> TurnView {
        self.board.get()
    }

    /// Tells the turn authority something, as a stage would.
    pub fn tell(&self, fact: Fact) {
        (self.facts)(fact);
    }

    /// Whether the turn authority still runs.
    pub fn is_alive(&self) -> bool {
        self.authority.get_status() == ractor::ActorStatus::Running
    }
}

/// What takes time in a stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Length {
    /// Frames wait on the edge from that stage.
    Wait(String),
    /// Steps of the core.
    Step,
    /// Jobs of the worker, by their name.
    Job(&'static str),
}

/// How long something took at a stage, over all its restarts.
#[derive(Clone, Debug)]
pub struct Lengths {
    /// The stage.
    pub stage: String,
    /// What took it.
    pub what: Length,
    /// How long.
    pub taken: Distribution,
}

/// Reads the counts of a running pipeline.
#[derive(Clone)]
pub struct Snapshots {
    contexts: Vec<StageContext>,
}

impl Snapshots {
    /// The counts of all stages, and of the turn authority last.
    pub fn take(&self) -> Vec<StageSnapshot> {
        let one = |context: &StageContext| {
            let queues = context.inputs.iter().map(|edge| edge.snapshot()).collect();
            context.stats.snapshot(&context.id, queues)
        };
        self.contexts.iter().map(one).collect()
    }

    /// Keeps from now on how long frames wait and how long steps take, for [`lengths`].
    ///
    /// [`lengths`]: Self::lengths
    pub fn measure(&self) {
        for context in &self.contexts {
            context.stats.measure();
            context.inputs.iter().for_each(|edge| edge.measure(context.clock));
        }
    }

    /// How long frames waited and how long steps took, as far as that is kept.
    pub fn lengths(&self) -> Vec<Lengths> {
        let of = |context: &StageContext, what: Length, taken: Option<Distribution>| {
            taken.map(|taken| Lengths { stage: context.id.to_string(), what, taken })
        };
        let one = |context: &StageContext| {
            let edges = context.inputs.iter();
            let wait = |edge: &Arc<Edge>| Length::Wait(edge.from().to_string());
            let mut all: Vec<_> =
                edges.filter_map(|edge| of(context, wait(edge), edge.waits())).collect();
            all.extend(of(context, Length::Step, context.stats.steps()));
            let jobs = context.stats.jobs().into_iter();
            all.extend(jobs.filter_map(|(job, taken)| of(context, Length::Job(job), Some(taken))));
            all
        };
        self.contexts.iter().flat_map(one).collect()
    }

    /// All counts and the state of the conversation, as they are published.
    pub fn live(&self, pipeline: &str) -> Live {
        // The turn authority is always there.
        let (view, now) = self
            .contexts
            .first()
            .map_or_else(Default::default, |context| (context.board.get(), context.clock.now()));
        Live {
            pid: std::process::id(),
            pipeline: pipeline.to_string(),
            seconds: now.since_start().as_secs_f64(),
            turn: view.count,
            attempt: view.turn.0,
            phase: view.phase,
            phase_seconds: now.since(view.since).as_secs_f64(),
            closing: view.closing,
            stages: self.take(),
        }
    }
}

fn places(plan: &Plan, sources: bool) -> Vec<usize> {
    (0..plan.stages.len()).filter(|place| plan.stages[*place].is_source() == sources).collect()
}

#[cfg(test)]
mod tests;
