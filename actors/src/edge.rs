//! Bounded edges between stages.
//!
//! A frame waits in a ring that belongs to the edge, not in a mailbox: the ring keeps its bound
//! and its policy while either end is started again.
//! A place in the ring is the credit that a sender needs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, watch};

use crate::distribution::Distribution;
use crate::frame::{Frame, PortType, TurnId};
use crate::shell::Call;
use crate::stats::{EdgeSnapshot, StageStats};
use crate::time::{Clock, Time};
use crate::turn::TurnView;

/// What happens to a frame for which there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The sender waits, until there is a place or the frame is stale.
    Wait,
    /// The oldest frame is dropped.
    DropOldest,
    /// All frames waiting are dropped, whether or not there is a place.
    Latest,
}

/// Why a frame was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// The ring was full.
    Full,
    /// A newer frame took its place, as [`Overflow::Latest`] has it.
    Superseded,
    /// The frame's attempt is over.
    Stale,
    /// The receiver was started again.
    Restart,
    /// The pipeline is closing.
    Closed,
}

/// What waits on an edge, and what became of the rest; what every frame touches comes first.
#[derive(Default)]
#[repr(C)]
struct Ring {
    frames: VecDeque<Frame>,
    offered: u64,
    handled: u64,
    /// Whether the receiver has been called and has not looked yet.
    called: bool,
    closed: bool,
    /// Whether it is kept how long frames wait.
    measured: bool,
    dropped: Drops,
}

/// How long frames wait.
struct Waits {
    clock: Clock,
    /// Since when each of the frames that wait does.
    since: VecDeque<Time>,
    /// How long those waited that were handled.
    lengths: Distribution,
}

/// Frames dropped, by reason.
#[derive(Default)]
struct Drops {
    full: u64,
    superseded: u64,
    stale: u64,
    // What a ring holds at a restart or the end is little.
    restart: u32,
    closed: u32,
}

/// One edge. What a frame touches lies in its first two cache lines.
#[repr(C, align(64))]
pub struct Edge {
    ring: Mutex<Ring>,
    /// The stage that is called when frames wait, the same for all its lives.
    receiver: OnceLock<Arc<StageStats>>,
    capacity: usize,
    accepts: PortType,
    overflow: Overflow,
    space: Notify,
    from: String,
    to: String,
    /// Locked after the ring, and only where that says so.
    waits: Mutex<Option<Waits>>,
}

impl Edge {
    /// An empty edge for frames of one type.
    pub fn new(
        from: impl Into<String>,
        to: impl Into<String>,
        accepts: PortType,
        capacity: usize,
        overflow: Overflow,
    ) -> Arc<Self> {
        Arc::new(Self {
            from: from.into(),
            to: to.into(),
            accepts,
            capacity: capacity.max(1),
            overflow,
            // Mostly one frame waits: its place is made beside the edge, not when it comes.
            ring: Mutex::new(Ring { frames: VecDeque::with_capacity(1), ..Ring::default() }),
            space: Notify::new(),
            receiver: OnceLock::new(),
            waits: Mutex::default(),
        })
    }

    /// The id of the sender.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The id of the receiver.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The type of its frames; a sender's other frames do not take this edge.
    pub fn accepts(&self) -> PortType {
        self.accepts
    }

    /// Has the stage called when frames wait. An edge keeps its first receiver, whose counts and
    /// calls outlive its restarts.
    pub(crate) fn set_receiver(&self, receiver: &Arc<StageStats>) {
        self.receiver.get_or_init(|| receiver.clone());
        let waiting = {
            let mut ring = self.ring();
            ring.called = !ring.frames.is_empty();
            ring.called
        };
        if waiting {
            self.call();
        }
    }

    /// Sends a frame. Waits for a place only under [`Overflow::Wait`], and then no longer than the
    /// frame is worth sending.
    pub async fn push(&self, frame: Frame, turns: &mut watch::Receiver<TurnView>) {
        if let Err(frame) = self.offer(frame) {
            self.wait(frame, turns).await;
        }
    }

    /// Sends a frame, or gives it back if its sender has to [`wait`](Self::wait).
    pub(crate) fn offer(&self, frame: Frame) -> Result<(), Frame> {
        let mut ring = self.ring();
        ring.offered += 1;
        self.put(ring, frame)
    }

    /// Waits for a place for a frame that was offered.
    pub(crate) async fn wait(&self, mut frame: Frame, turns: &mut watch::Receiver<TurnView>) {
        loop {
            let space = self.space.notified();
            match self.put(self.ring(), frame) {
                Ok(()) => return,
                Err(back) => frame = back,
            }
            let stale = |view: &TurnView| frame.is_stale(view.turn);
            tokio::select! {
                () = space => {}
                changed = turns.wait_for(stale) => {
                    // No board any more: the pipeline is gone.
                    let reason = if changed.is_ok() { DropReason::Stale } else { DropReason::Closed };
                    drop(changed);
                    self.count(&mut self.ring(), reason, 1);
                    return;
                }
            }
        }
    }

    /// Puts the frame into the ring if the policy lets it; gives it back if there is need to wait.
    fn put(&self, mut ring: MutexGuard<'_, Ring>, frame: Frame) -> Result<(), Frame> {
        if ring.closed {
            self.count(&mut ring, DropReason::Closed, 1);
            return Ok(());
        }
        match self.overflow {
            Overflow::Wait if ring.frames.len() >= self.capacity => return Err(frame),
            Overflow::Wait => {}
            Overflow::DropOldest if ring.frames.len() >= self.capacity => {
                self.take_oldest(&mut ring, None);
                self.count(&mut ring, DropReason::Full, 1);
            }
            Overflow::DropOldest => {}
            Overflow::Latest => {
                let old = self.empty(&mut ring);
                self.count(&mut ring, DropReason::Superseded, old);
            }
        }
        if ring.measured {
            self.with_waits(|waits| waits.since.push_back(waits.clock.now()));
        }
        ring.frames.push_back(frame);
        let call = !std::mem::replace(&mut ring.called, true);
        drop(ring);
        if call {
            self.call();
        }
        Ok(())
    }

    /// Takes the oldest frame that is not stale under `view`.
    pub fn pop(&self, view: &TurnView) -> Option<Frame> {
        self.take(view.turn).map(|(frame, _)| frame)
    }

    /// Takes the oldest frame that is not stale in the attempt `turn`, and says whether more wait. If
    /// none do, the next one calls the receiver.
    pub(crate) fn take(&self, turn: TurnId) -> Option<(Frame, bool)> {
        let mut ring = self.ring();
        let mut found = None;
        while let Some(frame) = self.take_oldest(&mut ring, Some(turn)) {
            if self.overflow == Overflow::Wait {
                self.space.notify_one();
            }
            if frame.is_stale(turn) {
                self.count(&mut ring, DropReason::Stale, 1);
                continue;
            }
            ring.handled += 1;
            found = Some(frame);
            break;
        }
        let more = !ring.frames.is_empty();
        ring.called = more;
        if !more {
            // Starts at the first place again, which the cache still holds.
            ring.frames.clear();
        }
        found.map(|frame| (frame, more))
    }

    /// Whether no frame waits. An edge that is empty wakes its receiver at the next frame.
    pub fn is_empty(&self) -> bool {
        self.ring().frames.is_empty()
    }

    /// Drops all that waits.
    pub fn clear(&self, reason: DropReason) {
        let mut ring = self.ring();
        let waiting = self.empty(&mut ring);
        self.count(&mut ring, reason, waiting);
        ring.called = false;
        drop(ring);
        self.space.notify_one();
    }

    /// Drops all that waits and all that will come.
    pub fn close(&self) {
        self.ring().closed = true;
        self.clear(DropReason::Closed);
    }

    /// Takes the oldest frame out; how long it waited counts if it is not stale in `turn`.
    fn take_oldest(&self, ring: &mut Ring, turn: Option<TurnId>) -> Option<Frame> {
        let frame = ring.frames.pop_front()?;
        if ring.measured {
            let counts = turn.is_some_and(|turn| !frame.is_stale(turn));
            self.with_waits(|waits| {
                if let Some(since) = waits.since.pop_front().filter(|_| counts) {
                    waits.lengths.add(waits.clock.now().since(since));
                }
            });
        }
        Some(frame)
    }

    /// Takes all frames out; how many there were.
    fn empty(&self, ring: &mut Ring) -> usize {
        if ring.measured {
            self.with_waits(|waits| waits.since.clear());
        }
        let waiting = ring.frames.len();
        ring.frames.clear();
        waiting
    }

    /// Keeps from now on how long frames wait from their place in the ring until they are handled.
    pub fn measure(&self, clock: Clock) {
        let mut ring = self.ring();
        if !std::mem::replace(&mut ring.measured, true) {
            let since = ring.frames.iter().map(|_| clock.now()).collect();
            let waits = Waits { clock, since, lengths: Distribution::default() };
            *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = Some(waits);
        }
    }

    /// How long frames waited, if that is kept.
    pub fn waits(&self) -> Option<Distribution> {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.as_ref().map(|waits| waits.lengths.clone())
    }

    fn with_waits(&self, change: impl FnOnce(&mut Waits)) {
        if let Some(waits) = &mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner) {
            change(waits);
        }
    }

    /// The counts now.
    pub fn snapshot(&self) -> EdgeSnapshot {
        let ring = self.ring();
        EdgeSnapshot {
            from: self.from.clone(),
            depth: ring.frames.len(),
            capacity: self.capacity,
            offered: ring.offered,
            handled: ring.handled,
            dropped_full: ring.dropped.full,
            dropped_superseded: ring.dropped.superseded,
            dropped_stale: ring.dropped.stale,
            dropped_restart: ring.dropped.restart.into(),
            dropped_closed: ring.dropped.closed.into(),
        }
    }

    fn count(&self, ring: &mut Ring, reason: DropReason, frames: usize) {
        let few = u32::try_from(frames).unwrap_or(u32::MAX);
        let (frames, dropped) = (frames as u64, &mut ring.dropped);
        match reason {
            DropReason::Full => dropped.full += frames,
            DropReason::Superseded => dropped.superseded += frames,
            DropReason::Stale => dropped.stale += frames,
            DropReason::Restart => dropped.restart = dropped.restart.saturating_add(few),
            DropReason::Closed => dropped.closed = dropped.closed.saturating_add(few),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self) {
        if let Some(receiver) = self.receiver.get() {
            receiver.calls().call(Call::Frames);
        }
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edge({} → {})", self.from, self.to)
    }
}

#[cfg(test)]
mod tests;
