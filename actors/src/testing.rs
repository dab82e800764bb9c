//! Runs a stage by itself, as the engine would.

pub mod room;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ractor::{Actor, ActorCell, ActorProcessingErr, ActorRef, SupervisionEvent};

use crate::core::Side;
use crate::edge::{Edge, Overflow};
use crate::fact::Fact;
use crate::frame::{Audio, Frame, PortType};
use crate::shell::{Blueprint, StageContext, Tape};
use crate::stats::StageStats;
use crate::time::{Clock, Time};
use crate::turn::{TurnBoard, TurnView};

/// Values that come from elsewhere.
#[derive(Debug)]
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Log<T> {
    /// Adds a value.
    pub fn push(&self, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }

    /// Takes all values out, oldest first.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A stage with edges to and from the test.
pub struct Rig {
    /// Starts with the rig.
    pub clock: Clock,
    /// The test is the turn authority.
    pub board: Arc<TurnBoard>,
    /// What the stage told.
    pub facts: Log<Fact>,
    /// What it recorded.
    pub tape: Log<(Side, Audio)>,
    /// How lives of it ended.
    pub faults: Log<String>,
    context: StageContext,
    supervisor: ActorCell,
    stage: Option<ActorCell>,
}

impl std::fmt::Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rig({:?})", self.board)
    }
}

impl Rig {
    /// Surroundings for a stage with those ports, if it has any; the edges drop nothing.
    ///
    /// # Errors
    /// When the supervisor cannot be started.
    pub async fn new(
        input: Option<PortType>,
        output: Option<PortType>,
    ) -> Result<Self, ractor::SpawnErr> {
        Self::with(Clock::start(), TurnBoard::new(), input, output).await
    }

    /// Surroundings for another stage of the same conversation.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn beside(
        &self,
        input: Option<PortType>,
        output: Option<PortType>,
    ) -> Result<Self, ractor::SpawnErr> {
        let mut rig = Self::with(self.clock, self.board.clone(), input, output).await?;
        rig.context.key = self.context.key + 1;
        Ok(rig)
    }

    async fn with(
        clock: Clock,
        board: Arc<TurnBoard>,
        input: Option<PortType>,
        output: Option<PortType>,
    ) -> Result<Self, ractor::SpawnErr> {
        let (facts, tape, faults) = (Log::default(), Log::default(), Log::default());
        let edge = |port: PortType| Edge::new("a", "b", port, 100_000, Overflow::Wait);
        let (told, recorded): (Log<Fact>, Log<_>) = (facts.clone(), tape.clone());
        let context = StageContext {
            id: "stage".into(),
            key: 1,
            inputs: input.map(edge).into_iter().collect(),
            outputs: output.map(edge).into_iter().collect(),
            board: board.clone(),
            facts: Arc::new(move |fact| told.push(fact)),
            tape: Some(Arc::new(move |side, audio| recorded.push((side, audio)))),
            clock,
            stats: Arc::new(StageStats::default()),
            progress_limit: Duration::from_secs(10),
        };
        let (supervisor, _) = Witness::spawn(None, Witness, faults.clone()).await?;
        let supervisor = supervisor.get_cell();
        Ok(Self { clock, board, facts, tape, faults, context, supervisor, stage: None })
    }

    /// Has the stage send along these edges instead.
    #[cfg(test)]
    pub(crate) fn send_along(&mut self, outputs: Vec<Arc<Edge>>) {
        self.context.outputs = outputs;
    }

    /// Has the stage record there instead of on `tape`.
    pub fn record_on(&mut self, tape: Tape) {
        self.context.tape = Some(tape);
    }

    /// The stage's own figures.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        self.context.stats.snapshot(&self.context.id, Vec::new()).figures
    }

    /// Starts the stage, and waits until it is ready or has failed; what it said it loaded.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(
        &mut self,
        blueprint: &impl Blueprint,
    ) -> Result<Option<String>, crate::StageError> {
        let spawned = blueprint.spawn(self.context.clone(), self.supervisor.clone()).await?;
        self.stage = Some(spawned.cell);
        Ok(spawned.ready.await.ok().map(|ready| ready.what))
    }

    /// Stops the stage.
    pub async fn stop(&mut self) {
        if let Some(stage) = self.stage.take() {
            // A stage that failed is gone already.
            stage.kill_and_wait(None).await.ok();
        }
    }

    /// Gives the stage a frame.
    pub async fn push(&self, frame: Frame) {
        let mut turns = self.board.watch();
        for edge in &self.context.inputs {
            edge.push(frame.clone(), &mut turns).await;
        }
    }

    /// The frames that the stage sent.
    pub fn sent(&self) -> Vec<Frame> {
        let view = TurnView::default();
        self.context
            .outputs
            .iter()
            .flat_map(|edge| std::iter::from_fn(|| edge.pop(&view)))
            .collect()
    }

    /// Waits until all that happens up to `time` has happened.
    pub async fn run_until(&self, time: Time) {
        // Timers come up to a millisecond late, and what they set off takes no time.
        self.clock.sleep_until(time + Duration::from_millis(2)).await;
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for cell in self.stage.iter().chain([&self.supervisor]) {
            cell.kill();
        }
    }
}

/// A supervisor that restarts nothing.
struct Witness;

impl Actor for Witness {
    type Msg = ();
    type State = Log<String>;
    type Arguments = Log<String>;

    async fn pre_start(
        &self,
        _me: ActorRef<()>,
        log: Log<String>,
    ) -> Result<Log<String>, ActorProcessingErr> {
        Ok(log)
    }

    async fn handle_supervisor_evt(
        &self,
        _me: ActorRef<()>,
        event: SupervisionEvent,
        log: &mut Log<String>,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(_, error) = event {
            log.push(error.to_string());
        }
        Ok(())
    }
}
