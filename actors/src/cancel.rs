//! A way for a core to have its worker abandon a job.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Shared {
    raised: Arc<AtomicBool>,
    notify: Notify,
}

/// Abandons a job when it is dropped: the core keeps it as long as it wants the result.
#[derive(Debug, Default)]
pub struct Wanted(Arc<Shared>);

impl Wanted {
    /// A job that is wanted.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the job carries to the worker.
    pub fn cancel(&self) -> Cancel {
        Cancel(self.0.clone())
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.raised.store(true, Relaxed);
        self.0.notify.notify_waiters();
    }
}

/// Whether a job was abandoned, for the worker to look at between its steps.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Shared>);

impl Cancel {
    /// Whether nobody wants the result any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Relaxed)
    }

    /// The flag itself, for code that polls one.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.raised.clone()
    }

    /// Waits until nobody wants the result.
    pub async fn cancelled(&self) {
        loop {
            let notified = self.0.notify.notified();
            tokio::pin!(notified);
            // Before the look at the flag, or a raise between the two would be missed.
            notified.as_mut().enable();
            if self.is_cancelled() {
                return;
            }
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dropping_the_wish_cancels() {
        let wanted = Wanted::new();
        let cancel = wanted.cancel();
        assert!(!cancel.is_cancelled());
        let waiter = tokio::spawn({
            let cancel = cancel.clone();
            async move { cancel.cancelled().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(wanted);
        waiter.await.unwrap();
        assert!(cancel.is_cancelled() && cancel.flag().load(Relaxed));
        cancel.cancelled().await;
    }
}
