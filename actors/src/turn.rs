//! The turn as every stage sees it: one number, one phase, written in one place.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::frame::TurnId;
use crate::time::Time;

/// What the conversation is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nobody speaks.
    #[default]
    Listening,
    /// The person speaks, or paused for less than the end of a turn takes.
    Hearing,
    /// The person may be done: the answer is made, but not heard.
    Speculating,
    /// The person is done: the answer is made and heard.
    Replying,
}

/// The state of the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnView {
    /// The current attempt. Frames of earlier ones are stale.
    pub turn: TurnId,
    /// The turns that were begun, as users count them: [`crate::frame::Record::turn`].
    pub count: u64,
    /// What the conversation is doing.
    pub phase: Phase,
    /// When the person's words of this turn began: the `at` of an [`crate::frame::Utterance::Start`].
    pub began: Time,
    /// When the phase was entered.
    pub since: Time,
    /// Somebody speaks over the reply: it is paused until it is known whether they mean to end it.
    pub held: bool,
    /// The pipeline is closing: nothing new begins.
    pub closing: bool,
}

impl TurnView {
    /// Whether an answer to the words so far is wanted.
    pub fn wants_answer(&self) -> bool {
        match self.phase {
            Phase::Listening | Phase::Hearing => false,
            Phase::Speculating | Phase::Replying => true,
        }
    }
}

type Listener = Box<dyn Fn() + Send + Sync>;

/// Where the state of the conversation stands for all to read.
pub struct TurnBoard {
    view: watch::Sender<TurnView>,
    /// The number in the view, for those who look at it with every frame.
    turn: AtomicU64,
    /// How often the view was written.
    version: AtomicU64,
    listeners: Mutex<Vec<(usize, Listener)>>,
}

impl TurnBoard {
    /// A board that says `Listening`.
    pub fn new() -> Arc<Self> {
        let (view, _) = watch::channel(TurnView::default());
        Arc::new(Self {
            view,
            turn: AtomicU64::new(TurnId::default().0),
            version: AtomicU64::new(0),
            listeners: Mutex::default(),
        })
    }

    /// Writes the state; all waiting for credit wake, all listeners are told.
    ///
    /// The turn authority alone calls this.
    pub fn set(&self, view: TurnView) {
        debug_assert!(view.turn >= self.get().turn, "the turn number went back");
        // The number first: whoever is woken by the view finds it. The version last: whoever sees it
        // finds the view.
        self.turn.store(view.turn.0, Ordering::Release);
        self.view.send_replace(view);
        self.version.fetch_add(1, Ordering::Release);
        for (_, tell) in self.listeners.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            tell();
        }
    }

    /// The state now.
    pub fn get(&self) -> TurnView {
        *self.view.borrow()
    }

    /// The current attempt.
    pub fn turn(&self) -> TurnId {
        TurnId(self.turn.load(Ordering::Acquire))
    }

    /// Moves with every change of the state.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Something to wait on.
    pub fn watch(&self) -> watch::Receiver<TurnView> {
        self.view.subscribe()
    }

    /// Has `tell` called after each change, in place of what was there under that key.
    pub fn listen(&self, key: usize, tell: impl Fn() + Send + Sync + 'static) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|(old, _)| *old != key);
        listeners.push((key, Box::new(tell)));
    }
}

impl std::fmt::Debug for TurnBoard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TurnBoard({:?})", self.get())
    }
}
