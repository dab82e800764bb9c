//! Starting stages: what surrounds them, and how they are made as often as it takes.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorCell};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::inbox::{Inbox, Message};
use super::{Arguments, Shell};
use crate::core::{Side, StageCore};
use crate::edge::Edge;
use crate::error::StageError;
use crate::fact::Fact;
use crate::frame::Audio;
use crate::stats::StageStats;
use crate::time::Clock;
use crate::turn::TurnBoard;
use crate::worker::{Ready, Worker};

/// Where recorded samples go.
pub type Tape = Arc<dyn Fn(Side, Audio) + Send + Sync>;
/// Where facts go.
pub type Facts = Arc<dyn Fn(Fact) + Send + Sync>;

/// The surroundings of a stage. They outlive it: a stage that is started again gets the same.
#[derive(Clone)]
pub struct StageContext {
    /// Its id in the pipeline file.
    pub id: Arc<str>,
    /// Its place in the pipeline, unlike that of any other stage.
    pub key: usize,
    /// The edges into it.
    pub inputs: Vec<Arc<Edge>>,
    /// The edges out of it.
    pub outputs: Vec<Arc<Edge>>,
    /// The state of the conversation.
    pub board: Arc<TurnBoard>,
    /// The turn authority's ear.
    pub facts: Facts,
    /// The recorded timeline, if one is kept.
    pub tape: Option<Tape>,
    /// The pipeline's clock.
    pub clock: Clock,
    /// Its counts, and the way to call it.
    pub stats: Arc<StageStats>,
    /// The longest a job may go on without a sign of life.
    pub progress_limit: Duration,
}

/// A stage before it runs: how to make its core and its worker, as often as it is started.
pub trait Blueprint: Send + Sync {
    /// Starts the stage under `supervisor`.
    ///
    /// # Errors
    /// When the core cannot be made or the actor not be started.
    fn spawn(
        &self,
        context: StageContext,
        supervisor: ActorCell,
    ) -> Pin<Box<dyn Future<Output = Result<Spawned, StageError>> + Send + '_>>;
}

/// A stage that was started.
#[derive(Debug)]
pub struct Spawned {
    /// The actor.
    pub cell: ActorCell,
    /// Comes when the worker is loaded and warmed up; never if it fails before that, which the
    /// supervisor hears of.
    pub ready: oneshot::Receiver<Ready>,
}

/// A [`Blueprint`] from a function that makes the core and, for kinds that have one, the worker.
pub struct Make<F>(pub F);

impl<C, F> Blueprint for Make<F>
where
    C: StageCore,
    F: Fn() -> Result<(C, Option<Worker<C::Job, C::Done>>), StageError> + Send + Sync,
{
    fn spawn(
        &self,
        context: StageContext,
        supervisor: ActorCell,
    ) -> Pin<Box<dyn Future<Output = Result<Spawned, StageError>> + Send + '_>> {
        Box::pin(async move {
            let (core, worker) = (self.0)()?;
            let (ready, is_ready) = oneshot::channel();
            let inbox = Arc::new(Inbox::new(context.stats.clone()));
            let arguments = Arguments { core, worker, context, inbox, ready };
            let (actor, _) = Shell::spawn_linked(None, Shell(PhantomData), arguments, supervisor)
                .await
                .map_err(|error| StageError::restart(format_args!("cannot start: {error}")))?;
            Ok(Spawned { cell: actor.get_cell(), ready: is_ready })
        })
    }
}

/// Starts a core whose results come from outside, and gives the way in: the turn authority, whose
/// results are facts.
///
/// # Errors
/// When the actor cannot be started.
pub async fn spawn_fed<C: StageCore>(
    core: C,
    context: StageContext,
    supervisor: ActorCell,
) -> Result<(ActorCell, impl Fn(C::Done) + Clone + Send + Sync + 'static), StageError> {
    let (ready, _) = oneshot::channel();
    let inbox = Arc::new(Inbox::new(context.stats.clone()));
    let arguments = Arguments { core, worker: None, context, inbox: inbox.clone(), ready };
    let (actor, _) = Shell::spawn_linked(None, Shell(PhantomData), arguments, supervisor)
        .await
        .map_err(|error| StageError::give_up(format_args!("cannot start: {error}")))?;
    let cell = actor.get_cell();
    let feed = move |done| inbox.put(Message::Done(done, None));
    Ok((cell, feed))
}

/// A task that ends with its owner.
pub(super) struct Own(pub(super) JoinHandle<Result<(), StageError>>);

impl Drop for Own {
    fn drop(&mut self) {
        self.0.abort();
    }
}
