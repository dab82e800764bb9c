//! What wakes a stage, and the results that wait for it.
//!
//! A stage is called by setting a bit and waking its task, which takes no message, no allocation and
//! no lock; however often it is called before it looks, it looks once.

use std::collections::VecDeque;
use std::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::OwnedSemaphorePermit;

use crate::error::StageError;
use crate::stats::StageStats;

/// Why a stage is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Call {
    /// Frames wait on an edge.
    Frames = 1,
    /// The conversation moved.
    Turn = 2,
    /// Something waits in the inbox.
    Inbox = 4,
    /// A deadline passed.
    Tick = 8,
    /// The pipeline ends: the stage takes nothing more.
    Leave = 16,
}

/// Calls that a stage has not looked at yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Called(u8);

impl Called {
    pub(crate) fn has(self, call: Call) -> bool {
        self.0 & call as u8 != 0
    }

    /// Whether it is called for nothing but frames.
    pub(super) fn is_frames(self) -> bool {
        self.0 == Call::Frames as u8
    }
}

/// The way to call a stage, the same for all its lives.
#[derive(Debug, Default)]
pub struct Calls {
    bits: AtomicU8,
    /// The task of the stage's last life.
    task: Mutex<Option<Waker>>,
}

impl Calls {
    pub(crate) fn call(&self, call: Call) {
        // Whoever sets the first bit wakes; the stage looks at all of them.
        if self.bits.fetch_or(call as u8, AcqRel) == 0
            && let Some(task) = &*self.task()
        {
            task.wake_by_ref();
        }
    }

    /// Has the stage end after what it is doing.
    pub fn leave(&self) {
        self.call(Call::Leave);
    }

    /// Takes the calls, or has the task woken at the next one. `known` is the waker that the same task
    /// gave before: it stays the same for as long as the task lives.
    pub(super) fn poll(
        &self,
        context: &mut Context<'_>,
        known: &mut Option<Waker>,
    ) -> Poll<Called> {
        if !known.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *self.task() = Some(context.waker().clone());
            *known = Some(context.waker().clone());
        }
        // Whoever sets a bit after this look finds the waker.
        if self.bits.load(Acquire) == 0 {
            return Poll::Pending;
        }
        Poll::Ready(self.take())
    }

    pub(crate) fn take(&self) -> Called {
        Called(self.bits.swap(0, AcqRel))
    }

    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes to a stage other than frames.
#[derive(Debug)]
pub(super) enum Message<D> {
    /// A result of the worker, or, for the turn authority, a fact.
    Done(D, Option<OwnedSemaphorePermit>),
    /// The worker ended.
    WorkerEnded(Result<(), StageError>),
}

#[derive(Debug)]
struct Waiting<D> {
    messages: VecDeque<Message<D>>,
    closed: bool,
}

/// Messages for one life of a stage. Results of a worker hold a credit while they wait here.
#[derive(Debug)]
pub(super) struct Inbox<D> {
    stats: Arc<StageStats>,
    waiting: Mutex<Waiting<D>>,
}

impl<D> Inbox<D> {
    pub(super) fn new(stats: Arc<StageStats>) -> Self {
        Self { stats, waiting: Mutex::new(Waiting { messages: VecDeque::new(), closed: false }) }
    }

    /// Adds a message; one for a stage that is gone is dropped.
    pub(super) fn put(&self, message: Message<D>) {
        let mut waiting = self.waiting();
        if waiting.closed {
            return;
        }
        waiting.messages.push_back(message);
        drop(waiting);
        self.stats.calls().call(Call::Inbox);
    }

    /// The oldest message, and whether more wait.
    pub(super) fn take(&self) -> (Option<Message<D>>, bool) {
        let mut waiting = self.waiting();
        let message = waiting.messages.pop_front();
        (message, !waiting.messages.is_empty())
    }

    /// Drops all that waits and all that will come.
    pub(super) fn close(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        let messages = std::mem::take(&mut waiting.messages);
        drop(waiting);
        drop(messages);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<D>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn calls_between_two_looks_are_one_wake() {
        let calls = Arc::new(Calls::default());
        let caller = calls.clone();
        let stage = tokio::spawn(async move {
            let (mut looks, mut known) = (Vec::new(), None);
            loop {
                let called = poll_fn(|context| calls.poll(context, &mut known)).await;
                looks.push((called.has(Call::Frames), called.has(Call::Turn)));
                if called.has(Call::Leave) {
                    return looks;
                }
            }
        });
        tokio::task::yield_now().await;
        for _ in 0..3 {
            caller.call(Call::Frames);
        }
        caller.call(Call::Turn);
        tokio::task::yield_now().await;
        caller.call(Call::Turn);
        caller.leave();
        assert_eq!(stage.await.unwrap(), [(true, true), (false, true)]);
    }

    #[test]
    fn a_stage_that_is_gone_keeps_nothing() {
        let inbox = Inbox::new(Arc::default());
        inbox.put(Message::Done(1, None));
        inbox.put(Message::Done(2, None));
        assert!(matches!(inbox.take(), (Some(Message::Done(1, None)), true)));
        inbox.close();
        inbox.put(Message::Done(3, None));
        assert!(matches!(inbox.take(), (None, false)));
    }
}
