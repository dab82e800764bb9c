//! A source of 20 ms frames that keeps to its times, and what is learnt at the other end.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use antiphon_actors::frame::Audio;
use antiphon_actors::{Clock, Time};

use crate::process::{self, Usage};

/// Samples a second.
pub const RATE: u32 = 16_000;
/// Time from one frame of a session to its next.
pub const PERIOD: Duration = Duration::from_millis(20);
/// Samples of a frame.
const SAMPLES: usize = 320;
/// The shortest that the source sleeps, as long as pipecat's event loop does: it sends what has become
/// due meanwhile together, for a sleep costs more than a frame.
const GRAIN: Duration = Duration::from_millis(1);
/// What is sent before anything counts.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long stragglers are waited for.
const STRAGGLERS: Duration = Duration::from_millis(500);
/// What a lost frame counts as, in ms.
const LOST: f64 = 10_000.0;

/// Sends a frame into a session.
pub type Entry = Box<dyn Fn(Audio) + Send>;
/// Takes a frame out of a session, at a moment.
pub type Exit = Arc<dyn Fn(Audio, Time) + Send + Sync>;

/// A frame that arrived: milliseconds after it was due, and after it was sent.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    late: f32,
    transit: f32,
}

/// Lists of arrivals, one for each of so many threads.
const LISTS: usize = 16;

/// What one thread saw arrive, apart from what others write.
#[derive(Default)]
#[repr(align(128))]
struct List(Mutex<Vec<Arrival>>);

/// What arrived at the ends of all sessions: one list a thread, as pipecat's process keeps one, so
/// that writing it down costs no session memory of its own.
#[derive(Clone, Default)]
pub struct Arrivals {
    lists: Arc<[List; LISTS]>,
    /// From when on frames count; none does before that is known.
    from: Arc<OnceLock<Time>>,
}

impl Arrivals {
    /// Has frames count that are due at `from` or later.
    pub fn count_from(&self, from: Time) {
        self.from.get_or_init(|| from);
    }

    /// The end of any session.
    pub fn exit(&self) -> impl Fn(Audio, Time) + Send + Sync + 'static {
        thread_local!(static LIST: usize = {
            static NEXT: AtomicUsize = AtomicUsize::new(0);
            NEXT.fetch_add(1, Relaxed) % LISTS
        });
        let all = self.clone();
        move |audio, now| {
            if all.from.get().is_some_and(|from| audio.at >= *from) {
                let late = now.millis_since(audio.at) as f32;
                // The source writes into its first sample how late it was itself.
                let transit = late - audio.samples[0];
                let list = &all.lists[LIST.with(|list| *list)].0;
                let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
                list.push(Arrival { late, transit });
            }
        }
    }

    fn take(&self) -> Vec<Arrival> {
        let take = |List(list): &List| {
            std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.lists.iter().flat_map(take).collect()
    }
}

/// A frame that is due at `at` and sent now.
pub fn frame(at: Time, now: Time) -> Audio {
    let late = now.millis_since(at) as f32;
    let samples = std::iter::once(late).chain(std::iter::repeat_n(0.0, SAMPLES - 1));
    Audio { samples: samples.collect(), rate: RATE, at }
}

/// A source that is about to begin.
pub struct Source {
    clock: Clock,
    start: Time,
    seconds: u32,
}

impl Source {
    /// A source that will send for `seconds`, once it is warm.
    pub fn new(clock: Clock, seconds: u32) -> Self {
        Self { clock, start: clock.now() + Duration::from_millis(50), seconds }
    }

    /// From when on frames count.
    pub fn counts_from(&self) -> Time {
        self.start + WARM_UP
    }

    /// Sends to all sessions in turn, so that in 20 ms each gets one frame; what that took of the
    /// machine, from the end of the warm-up on, and its memory then.
    fn run(&self, entries: &[Entry]) -> anyhow::Result<(Usage, u64)> {
        let step = PERIOD / u32::try_from(entries.len())?;
        let period = u32::try_from(PERIOD.as_millis())?;
        let warm = u32::try_from(WARM_UP.as_millis())? / period;
        let mut before = (Usage::now()?, 0);
        for round in 0..warm + self.seconds * 1_000 / period {
            if round == warm {
                before = (Usage::now()?, process::resident()?);
            }
            let mut due = self.start + PERIOD * round;
            for entry in entries {
                let early = due.since(self.clock.now());
                if !early.is_zero() {
                    std::thread::sleep(early.max(GRAIN));
                }
                entry(frame(due, self.clock.now()));
                due = due + step;
            }
        }
        Ok((Usage::now()?.since(before.0), before.1))
    }

    /// Sends each frame when the one before has arrived; the figures.
    pub fn one_by_one(
        &self,
        entry: &Entry,
        arrived: &std::sync::mpsc::Receiver<()>,
        arrivals: &Arrivals,
    ) -> anyhow::Result<Load> {
        let (end, before) = (self.counts_from() + Duration::from_secs(1), Usage::now()?);
        while self.clock.now() < end {
            let now = self.clock.now();
            entry(frame(now, now));
            arrived.recv_timeout(STRAGGLERS)?;
        }
        let usage = Usage::now()?.since(before);
        Ok(Load::of(&arrivals.take(), 0, usage, process::resident()?))
    }

    /// Sends to all sessions; the figures.
    pub fn measure(&self, entries: &[Entry], arrivals: &Arrivals) -> anyhow::Result<Load> {
        let (usage, resident) = self.run(entries)?;
        std::thread::sleep(STRAGGLERS);
        let all = arrivals.take();
        let expected = entries.len() * self.seconds as usize * 50;
        let lost = expected.saturating_sub(all.len());
        Ok(Load::of(&all, lost, usage, resident))
    }
}

/// The figures of a load.
pub struct Load {
    /// Milliseconds after a frame was due.
    pub late: Spread,
    /// Milliseconds after a frame was sent.
    pub transit: Spread,
    /// Frames that never came.
    pub lost: usize,
    /// Share of one core.
    pub core_percent: f64,
    /// Bytes resident when the warm-up was over.
    pub resident: u64,
}

impl Load {
    fn of(all: &[Arrival], lost: usize, usage: Usage, resident: u64) -> Self {
        let of = |value: fn(&Arrival) -> f32| {
            let values = all.iter().map(|arrival| f64::from(value(arrival)));
            Spread::of(values.chain(std::iter::repeat_n(LOST, lost)).collect())
        };
        Self {
            late: of(|arrival| arrival.late),
            transit: of(|arrival| arrival.transit),
            lost,
            core_percent: usage.core_percent(),
            resident,
        }
    }
}

/// Median and the 99th of a hundred.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The median.
    pub p50: f64,
    /// What one of a hundred exceeds.
    pub p99: f64,
}

impl Spread {
    /// Of values in any order; zero without values.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |percent: usize| {
            let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
            values.get(place).copied().unwrap_or_default()
        };
        Self { p50: at(50), p99: at(99) }
    }
}
