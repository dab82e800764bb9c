//! The supervisor: starts stages, starts them again when they fail, and keeps the first fault.
//!
//! Invariant: a stage that is started again finds the same edges, and nothing in them: what was
//! queued is lost, counted, and made again by the turn authority.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::edge::DropReason;
use antiphon_actors::error::Severity;
use antiphon_actors::shell::{Blueprint, Facts, StageContext};
use antiphon_actors::stats::StageState;
use antiphon_actors::{Fact, StageError, Time};
use antiphon_config::Restart;
use ractor::{
    Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent,
};
use tokio::sync::watch;

use super::memory::{self, Growth, Loading};

/// How often it is looked whether a core hangs; more often if a limit on progress is shorter.
const LOOK: Duration = Duration::from_secs(1);
/// The longest wait before a stage is started again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// A stage as the supervisor has it.
pub(super) struct Slot {
    pub(super) blueprint: Arc<dyn Blueprint>,
    pub(super) context: StageContext,
    pub(super) restart: Restart,
    cell: Option<ActorCell>,
    /// When it was started again, within the time that counts.
    restarts: VecDeque<Time>,
    first_fault: Option<String>,
    down: bool,
    /// Its last start.
    loading: Option<Loading>,
}

impl Slot {
    pub(super) fn new(
        blueprint: Arc<dyn Blueprint>,
        context: StageContext,
        restart: Restart,
    ) -> Self {
        Self {
            blueprint,
            context,
            restart,
            cell: None,
            restarts: VecDeque::new(),
            first_fault: None,
            down: false,
            loading: None,
        }
    }
}

/// What became of a stage as it started.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its id in the pipeline file.
    pub stage: Arc<str>,
    /// What was loaded or opened.
    pub what: String,
    /// How long that took.
    pub took: Duration,
    /// What it added to the memory of the process, if it took its time and the system says so.
    pub memory: Option<Growth>,
}

/// What the supervisor lets the engine know.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// Stages that became ready for the first time, in that order.
    pub(super) started: Vec<Started>,
    /// The fault that ends the pipeline.
    pub(super) fatal: Option<String>,
}

/// What the supervisor is asked.
pub(super) enum Ask {
    /// Start the stages at these places.
    Start(Vec<usize>),
    /// Start one again.
    Again(usize),
    /// A stage is loaded and warmed up, since then; the resident bytes of the process then.
    Ready(usize, String, Time, Option<u64>),
    /// Look whether a core hangs.
    Look,
    /// From now on ends are no faults; answered once that is so, since the end of a stage is heard
    /// of before a message that was sent earlier.
    Closing(RpcReplyPort<()>),
}

/// The actor.
pub(super) struct Supervisor;

/// What it starts with.
pub(super) struct Arguments {
    pub(super) slots: Vec<Slot>,
    pub(super) report: watch::Sender<Report>,
    /// Where facts go, once the authority runs.
    pub(super) facts: Facts,
}

/// What it keeps.
pub(super) struct State {
    me: ActorRef<Ask>,
    slots: Vec<Slot>,
    report: watch::Sender<Report>,
    facts: Facts,
    closing: bool,
    /// Actors of stages that hang in a step, which were killed and whose end is no fault.
    hanging: Vec<ActorId>,
}

impl Actor for Supervisor {
    type Msg = Ask;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        me: ActorRef<Ask>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments { slots, report, facts } = arguments;
        watch_steps(&me, &slots);
        Ok(State { me, slots, report, facts, closing: false, hanging: Vec::new() })
    }

    async fn handle(
        &self,
        _me: ActorRef<Ask>,
        ask: Ask,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match ask {
            Ask::Start(places) => {
                for place in places {
                    state.start(place).await;
                }
            }
            Ask::Again(place) => state.start(place).await,
            Ask::Ready(place, what, at, resident) => state.ready(place, what, at, resident),
            Ask::Look => state.look(),
            Ask::Closing(reply) => {
                state.closing = true;
                // Whoever asked may have stopped waiting.
                drop(reply.send(()));
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _me: ActorRef<Ask>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(cell, error) => state.ended(&cell, &fault(&*error)),
            SupervisionEvent::ActorTerminated(cell, _, _) => {
                state.ended(&cell, &StageError::restart("the stage ended"));
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

/// Has the supervisor look at the stages for as long as it lives. What it looks for holds a thread
/// of the runtime, not this task.
fn watch_steps(me: &ActorRef<Ask>, slots: &[Slot]) {
    let Some(clock) = slots.first().map(|slot| slot.context.clock) else { return };
    let limits = slots.iter().map(|slot| slot.context.progress_limit / 2);
    let every = limits.chain([LOOK]).min().unwrap_or(LOOK);
    let me = me.clone();
    tokio::spawn(async move {
        while me.cast(Ask::Look).is_ok() {
            clock.sleep_until(clock.now() + every).await;
        }
    });
}

/// What went wrong, as the stage said it or as the panic did.
fn fault(error: &(dyn std::error::Error + Send + Sync + 'static)) -> StageError {
    match error.downcast_ref::<StageError>() {
        Some(error) => error.clone(),
        None => StageError::restart(error),
    }
}

impl State {
    async fn start(&mut self, place: usize) {
        if self.closing {
            return;
        }
        let slot = &mut self.slots[place];
        let clock = slot.context.clock;
        slot.loading = Some(Loading::begin(clock.now()));
        match slot.blueprint.spawn(slot.context.clone(), self.me.get_cell()).await {
            Ok(spawned) => {
                slot.cell = Some(spawned.cell);
                let me = self.me.clone();
                tokio::spawn(async move {
                    // A stage that fails before it is ready is heard of as a failure.
                    if let Ok(ready) = spawned.ready.await {
                        let (now, resident) = (clock.now(), memory::resident());
                        drop(me.cast(Ask::Ready(place, ready.what, now, resident)));
                    }
                });
            }
            Err(error) => self.failed(place, &error),
        }
    }

    fn ready(&mut self, place: usize, what: String, at: Time, resident: Option<u64>) {
        let slot = &mut self.slots[place];
        slot.context.stats.set_state(StageState::Ready);
        if std::mem::take(&mut slot.down) {
            (self.facts)(Fact::StageUp { stage: slot.context.id.to_string() });
            tracing::info!(stage = %slot.context.id, "started again");
        }
        let stage = slot.context.id.clone();
        let loading = slot.loading.get_or_insert_with(|| Loading::begin(at));
        loading.ended = Some(at);
        let took = at.since(loading.began);
        let loads: Vec<_> =
            self.slots.iter().map(|slot| (slot.context.id.clone(), slot.loading)).collect();
        let memory = memory::growth(&loads, place, resident);
        self.report.send_modify(|report| {
            if report.started.iter().all(|started| started.stage != stage) {
                report.started.push(Started { stage, what, took, memory });
            }
        });
    }

    fn ended(&mut self, cell: &ActorCell, error: &StageError) {
        if self.closing {
            return;
        }
        if self.hanging.contains(&cell.get_id()) {
            self.hanging.retain(|id| *id != cell.get_id());
            return;
        }
        let of = |slot: &Slot| slot.cell.as_ref().is_some_and(|own| own.get_id() == cell.get_id());
        match self.slots.iter().position(of) {
            Some(place) => self.failed(place, error),
            // Only the turn authority is nobody's slot.
            None => self.give_up(format!("the turn authority failed: {error}")),
        }
    }

    /// Gives up lives of stages whose core is in one step for longer than it may take: nothing can
    /// end that but the core itself.
    fn look(&mut self) {
        if self.closing {
            return;
        }
        for place in 0..self.slots.len() {
            let slot = &mut self.slots[place];
            let limit = slot.context.progress_limit;
            let since = slot.context.stats.in_step_since();
            let hangs = since.is_some_and(|since| slot.context.clock.now().since(since) >= limit);
            let Some(cell) = slot.cell.take_if(|_| hangs) else { continue };
            cell.kill();
            slot.context.stats.leave();
            let error = StageError {
                // Each life that hangs holds a thread: there is one to spare.
                severity: if self.given_up_lives() > 1 {
                    Severity::GiveUp
                } else {
                    Severity::Restart
                },
                message: format!("no progress for {} ms in one step", limit.as_millis()),
            };
            self.hanging.push(cell.get_id());
            self.failed(place, &error);
        }
    }

    /// Lives that go on though the supervisor has let go of them.
    fn given_up_lives(&self) -> u32 {
        let of =
            |slot: &Slot| slot.context.stats.lives().saturating_sub(u32::from(slot.cell.is_some()));
        self.slots.iter().map(of).sum()
    }

    fn failed(&mut self, place: usize, error: &StageError) {
        let slot = &mut self.slots[place];
        let (id, now) = (slot.context.id.clone(), slot.context.clock.now());
        slot.cell = None;
        slot.down = true;
        slot.first_fault.get_or_insert_with(|| error.message.clone());
        slot.context.stats.set_state(StageState::Restarting);
        for edge in &slot.context.inputs {
            edge.clear(DropReason::Restart);
        }
        let policy = slot.restart;
        slot.restarts.retain(|at| now.since(*at) < policy.within);
        let again = u32::try_from(slot.restarts.len()).unwrap_or(u32::MAX);
        if error.severity == Severity::GiveUp {
            self.give_up(format!("stage `{id}`: {error}"));
            return;
        }
        if again >= policy.max {
            let first = slot.first_fault.clone().unwrap_or_default();
            let within = policy.within.as_secs_f64();
            self.give_up(format!(
                "stage `{id}` failed {} times within {within} s; first: {first}; last: {error}",
                again + 1
            ));
            return;
        }
        slot.restarts.push_back(now);
        slot.context.stats.restarted(&error.message);
        let message = error.message.clone();
        tracing::warn!(stage = %id, "{message}; starting it again");
        (self.facts)(Fact::StageDown { stage: id.to_string(), message });
        let wait = policy.backoff.saturating_mul(1 << again.min(16)).min(LONGEST_BACKOFF);
        let (me, clock) = (self.me.clone(), slot.context.clock);
        tokio::spawn(async move {
            clock.sleep_until(clock.now() + wait).await;
            drop(me.cast(Ask::Again(place)));
        });
    }

    /// Ends the pipeline; the first fault is the one that is told.
    fn give_up(&mut self, message: String) {
        self.report.send_modify(|report| {
            report.fatal.get_or_insert(message);
        });
    }
}
