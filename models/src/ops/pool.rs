//! Threads that share the loops of one forward pass.
//!
//! A pass has hundreds of parallel loops of tens of microseconds, so waiting threads spin for a
//! while before they sleep, and a loop never waits for a thread that has not woken up: on a busy
//! machine the caller does the whole loop itself.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::Thread;

/// Turns of a waiting loop before a worker sleeps: some fifty microseconds, longer than the serial
/// work between two loops, and short enough not to keep a busy machine from other work.
const SPINS: usize = 4_000;

/// One parallel loop.
struct Loop<'a> {
    body: &'a (dyn Fn(usize) + Sync),
    next: AtomicUsize,
    count: usize,
    failed: AtomicBool,
}

impl Loop<'_> {
    fn work(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.count {
                return;
            }
            (self.body)(index);
        }
    }
}

struct Shared {
    /// Address of the current [`Loop`], zero when there is none.
    current: AtomicUsize,
    /// Counts loops, so that a worker knows a new one.
    epoch: AtomicUsize,
    /// Workers that may be using `current`.
    active: AtomicUsize,
    asleep: AtomicUsize,
}

struct Pool {
    shared: &'static Shared,
    workers: Vec<Thread>,
    /// Held by the thread whose loop is running.
    turn: Mutex<()>,
}

/// Runs `body(0)` … `body(count - 1)` on all threads of the process's pool and returns when all
/// are done. The number of threads is that of candle's quantised products: `CANDLE_NUM_THREADS`,
/// else `RAYON_NUM_THREADS`, else the physical cores.
pub(crate) fn run(count: usize, body: impl Fn(usize) + Sync) {
    let pool = pool();
    if count <= 1 || pool.workers.is_empty() {
        (0..count).for_each(body);
        return;
    }
    let turn = pool.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let task =
        Loop { body: &body, next: AtomicUsize::new(0), count, failed: AtomicBool::new(false) };
    let shared = pool.shared;
    // Closing must happen even when `body` panics here: workers hold the address of `task`.
    let close = Close(shared);
    shared.current.store((&raw const task).cast::<()>().expose_provenance(), Ordering::SeqCst);
    shared.epoch.fetch_add(1, Ordering::SeqCst);
    if shared.asleep.load(Ordering::SeqCst) > 0 {
        pool.workers.iter().for_each(Thread::unpark);
    }
    task.work();
    drop(close);
    drop(turn);
    assert!(!task.failed.load(Ordering::Relaxed), "a worker thread panicked in a parallel loop");
}

/// Threads of the pool, the caller's included.
#[cfg(target_arch = "x86_64")]
pub(crate) fn threads() -> usize {
    pool().workers.len() + 1
}

/// Runs `body` on each piece of `data` of `len` elements (the last may be shorter) in parallel.
pub(crate) fn chunks_mut<T: Send>(
    data: &mut [T],
    len: usize,
    body: impl Fn(usize, &mut [T]) + Sync,
) {
    let total = data.len();
    let base = SharedMut::new(data);
    run(total.div_ceil(len.max(1)), |index| {
        let start = index * len;
        // SAFETY: pieces of different indices do not overlap, and each index runs once.
        let piece = unsafe { base.slice(start, len.min(total - start)) };
        body(index, piece);
    });
}

/// A mutable slice of which threads write different parts.
pub(crate) struct SharedMut<T> {
    data: *mut T,
    len: usize,
}

// SAFETY: only `slice` gives access, and its contract keeps the parts apart.
unsafe impl<T: Send> Sync for SharedMut<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for SharedMut<T> {}

impl<T> SharedMut<T> {
    pub(crate) fn new(data: &mut [T]) -> Self {
        Self { data: data.as_mut_ptr(), len: data.len() }
    }

    /// The part of `len` elements from `start`.
    ///
    /// # Safety
    ///
    /// The original slice must outlive the use, and no other part in use may overlap this one.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        assert!(start.checked_add(len).is_some_and(|end| end <= self.len), "part out of range");
        // SAFETY: within the slice, and alone by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(start), len) }
    }
}

/// Ends a loop: no worker may start it any more, and those that did have finished.
struct Close(&'static Shared);

impl Drop for Close {
    fn drop(&mut self) {
        self.0.current.store(0, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let mut turns = 0usize;
        while self.0.active.load(Ordering::SeqCst) != 0 {
            turns += 1;
            if turns < SPINS {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| {
        let shared: &'static Shared = Box::leak(Box::new(Shared {
            current: AtomicUsize::new(0),
            epoch: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
            asleep: AtomicUsize::new(0),
        }));
        let wanted = std::env::var("CANDLE_NUM_THREADS").ok().and_then(|text| text.parse().ok());
        let count: usize = wanted.unwrap_or_else(candle_core::utils::get_num_threads).max(1) - 1;
        let spawn = |index| {
            let builder = std::thread::Builder::new().name(format!("network-{index}"));
            // A machine that cannot start a thread still computes, with fewer.
            builder.spawn(move || worker(shared)).ok().map(|handle| handle.thread().clone())
        };
        Pool { shared, workers: (1..=count).filter_map(spawn).collect(), turn: Mutex::new(()) }
    })
}

fn worker(shared: &'static Shared) {
    let mut seen = 0;
    loop {
        let epoch = wait(shared, seen);
        seen = epoch;
        shared.active.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let address = shared.current.load(Ordering::SeqCst);
        if address != 0 {
            // SAFETY: `active` was raised before `current` was read, and `Close` clears `current`
            // and then waits for `active` to fall to zero before the loop is gone, all sequentially
            // consistent: a non-zero address read here is of a loop that still exists.
            let task = unsafe { &*std::ptr::with_exposed_provenance::<Loop<'_>>(address) };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| task.work()));
            if result.is_err() {
                task.failed.store(true, Ordering::Relaxed);
            }
        }
        shared.active.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns the number of a loop newer than `seen`.
fn wait(shared: &Shared, seen: usize) -> usize {
    for _ in 0..SPINS {
        let epoch = shared.epoch.load(Ordering::Acquire);
        if epoch != seen {
            return epoch;
        }
        std::hint::spin_loop();
    }
    shared.asleep.fetch_add(1, Ordering::SeqCst);
    let epoch = loop {
        let epoch = shared.epoch.load(Ordering::SeqCst);
        if epoch != seen {
            break epoch;
        }
        std::thread::park();
    };
    shared.asleep.fetch_sub(1, Ordering::SeqCst);
    epoch
}
