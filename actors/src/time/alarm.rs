//! Waiting for a moment of the real clock to a fraction of a millisecond.
//!
//! tokio's timers tick in milliseconds and round up, so they come 1 to 2 ms late. Here one thread of
//! the process sleeps by the operating system until the earliest of all moments waited for.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// A moment, and a number that no other wait has.
type Key = (Instant, u64);

/// All that wait, by the moment they wait for.
#[derive(Default)]
struct Waits {
    wakers: BTreeMap<Key, Waker>,
    next: u64,
    /// Until when the thread sleeps; none while it is awake or sleeps until it is called.
    asleep_until: Option<Instant>,
}

/// The thread's side and the sleepers' side of the waits.
#[derive(Default)]
pub(super) struct Alarm {
    waits: Mutex<Waits>,
    earlier: Condvar,
}

impl Alarm {
    /// The one of this process; none where its thread cannot be started.
    pub(super) fn get() -> Option<&'static Self> {
        static ALARM: OnceLock<Option<&'static Alarm>> = OnceLock::new();
        *ALARM.get_or_init(|| {
            let alarm: &Self = Box::leak(Box::default());
            let thread = std::thread::Builder::new().name("alarm".into());
            thread.spawn(|| alarm.run()).is_ok().then_some(alarm)
        })
    }

    /// Waits until `at`.
    pub(super) fn sleep_until(&'static self, at: Instant) -> Sleep {
        Sleep { alarm: self, at, key: None }
    }

    fn run(&self) {
        let mut due = Vec::new();
        let mut waits = self.waits();
        loop {
            let now = Instant::now();
            waits.asleep_until = None;
            while let Some(first) = waits.wakers.first_entry() {
                if first.key().0 > now {
                    waits.asleep_until = Some(first.key().0);
                    break;
                }
                due.push(first.remove());
            }
            if !due.is_empty() {
                drop(waits);
                due.drain(..).for_each(Waker::wake);
                waits = self.waits();
                continue;
            }
            waits = match waits.asleep_until {
                None => self.earlier.wait(waits).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let length = at.saturating_duration_since(now);
                    let woken = self.earlier.wait_timeout(waits, length);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait; whoever drops it waits no more.
pub(super) struct Sleep {
    alarm: &'static Alarm,
    at: Instant,
    key: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            return Poll::Ready(());
        }
        let mut waits = self.alarm.waits();
        let key = self.key.unwrap_or((self.at, waits.next));
        waits.next += u64::from(self.key.is_none());
        waits.wakers.insert(key, context.waker().clone());
        // The thread need not be woken for what comes after the moment that it sleeps until.
        let is_first = waits.wakers.first_key_value().is_some_and(|(first, _)| *first == key);
        let call = is_first && waits.asleep_until.is_none_or(|until| key.0 < until);
        drop(waits);
        if call {
            self.alarm.earlier.notify_one();
        }
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.alarm.waits().wakers.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Calls(AtomicUsize);

    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn a_wait_that_is_dropped_leaves_nothing() {
        let alarm: &Alarm = Box::leak(Box::default());
        let calls = Arc::new(Calls::default());
        let waker = Waker::from(calls.clone());
        let mut context = Context::from_waker(&waker);
        let far = Instant::now() + Duration::from_secs(3600);
        let mut sleeps: Vec<_> = (0..3).map(|_| Box::pin(alarm.sleep_until(far))).collect();
        for sleep in &mut sleeps {
            assert!(sleep.as_mut().poll(&mut context).is_pending());
            assert!(sleep.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(alarm.waits().wakers.len(), 3);
        sleeps.pop();
        assert_eq!(alarm.waits().wakers.len(), 2);
        sleeps.clear();
        assert!(alarm.waits().wakers.is_empty());
        assert_eq!(calls.0.load(Relaxed), 0);
    }

    #[tokio::test]
    async fn waits_end_in_order_and_none_before_its_moment() {
        let alarm = Alarm::get().expect("a thread can be started");
        let start = Instant::now();
        let ended = Arc::new(Mutex::new(Vec::new()));
        let waits = [3, 1, 2, 0, 1].map(|ms| {
            let (at, ended) = (start + Duration::from_millis(10 * ms), ended.clone());
            tokio::spawn(async move {
                alarm.sleep_until(at).await;
                assert!(Instant::now() >= at);
                ended.lock().unwrap().push(ms);
            })
        });
        for wait in waits {
            wait.await.unwrap();
        }
        assert_eq!(*ended.lock().unwrap(), [0, 1, 1, 2, 3]);
    }
}
