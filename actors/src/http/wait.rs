//! Waits that have a limit and end when the turn moves, and the pauses between attempts.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::fault::{Again, Fault};
use crate::cancel::Cancel;
use crate::frame::TurnId;
use crate::turn::TurnView;
use crate::worker::WorkerIo;

/// How often a wait tells the shell that it has not hung: more often than any limit on progress.
const SIGN_OF_LIFE: Duration = Duration::from_millis(250);

/// Why a wait gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nobody wants the answer any more: the turn moved, or the stage gave the job up.
    Stale,
    /// The limit passed.
    TimedOut,
}

impl Stop {
    /// The fault, with words for the case that the limit passed; that is worth another attempt.
    pub(crate) fn fault(self, timed_out: impl FnOnce() -> String) -> Fault {
        match self {
            Self::Stale => Fault::Stale,
            Self::TimedOut => Fault::failed(timed_out(), Again::Backoff),
        }
    }
}

/// Waits for the work of one job. A wait under a limit counts as progress of the worker.
pub(crate) struct Watch<'a> {
    turns: watch::Receiver<TurnView>,
    turn: TurnId,
    cancel: Cancel,
    alive: Box<dyn Fn() + Send + Sync + 'a>,
}

impl<'a> Watch<'a> {
    /// Waits on behalf of a job for that attempt.
    pub(crate) fn new<J: Send, D>(io: &'a WorkerIo<J, D>, turn: TurnId, cancel: Cancel) -> Self {
        Self { turns: io.turns(), turn, cancel, alive: Box::new(|| io.touch()) }
    }

    /// A watch without a worker.
    #[cfg(test)]
    pub(crate) fn on(board: &crate::turn::TurnBoard) -> Watch<'static> {
        let (turns, turn) = (board.watch(), board.get().turn);
        Watch { turns, turn, cancel: Cancel::default(), alive: Box::new(|| {}) }
    }

    /// The result of `work`, if it comes by `end` and while the job is wanted.
    pub(crate) async fn until<T>(
        &mut self,
        end: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, Stop> {
        let mut end = pin!(sleep_until(end));
        let work = pin!(work);
        tokio::select! {
            biased;
            result = self.wanted(work) => result.ok_or(Stop::Stale),
            () = &mut end => Err(Stop::TimedOut),
        }
    }

    /// Hands a result to the stage. That has no limit but the turn's: the stages behind it may
    /// have enough to do for now.
    pub(crate) async fn hand_over(&mut self, work: impl Future<Output = ()>) -> Result<(), Fault> {
        self.wanted(pin!(work)).await.ok_or(Fault::Stale)
    }

    /// The result of `work`; none when nobody wants it any more.
    async fn wanted<T>(&mut self, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let turn = self.turn;
        let turns = &mut self.turns;
        // A board that is gone moves no turn, but nobody wants the answer either.
        let mut moved = pin!(async { drop(turns.wait_for(|view| view.turn > turn).await) });
        let mut cancelled = pin!(self.cancel.cancelled());
        loop {
            tokio::select! {
                biased;
                () = &mut moved => return None,
                () = &mut cancelled => return None,
                result = &mut work => return Some(result),
                () = sleep(SIGN_OF_LIFE) => (self.alive)(),
            }
        }
    }

    /// [`until`](Self::until) with a limit from now.
    pub(crate) async fn within<T>(
        &mut self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Stop> {
        self.until(Instant::now() + limit, work).await
    }
}

/// How often, and after what pauses, a request is made again.
#[derive(Debug)]
pub(crate) struct Retries {
    made: u32,
    most: u32,
    backoff: Duration,
}

impl Retries {
    /// At most `most` retries; the pause before the first is `backoff`, and doubles each time.
    pub(crate) fn new(most: u32, backoff: Duration) -> Self {
        Self { made: 0, most, backoff }
    }

    /// Pauses before the next attempt.
    ///
    /// # Errors
    /// The fault itself, when another attempt cannot help or was the last; [`Fault::Stale`] when
    /// the turn moves.
    pub(crate) async fn after(&mut self, fault: Fault, watch: &mut Watch<'_>) -> Result<(), Fault> {
        let Fault::Failed { message, again } = fault else { return Err(fault) };
        let pause = match again {
            Again::Never => return Err(Fault::Failed { message, again }),
            Again::Backoff => self.backoff,
            Again::After(wait) => wait.max(self.backoff),
        };
        if self.made == self.most {
            let message = match self.made {
                0 => message,
                made => format!("{message} ({} attempts)", made + 1),
            };
            return Err(Fault::Failed { message, again: Again::Never });
        }
        self.made += 1;
        self.backoff = self.backoff.saturating_mul(2);
        tracing::debug!("{message}; again in {} ms", pause.as_millis());
        match watch.within(pause, std::future::pending::<()>()).await {
            Err(Stop::Stale) => Err(Fault::Stale),
            Ok(()) | Err(Stop::TimedOut) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::turn::TurnBoard;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_and_end() {
        let board = TurnBoard::new();
        let mut watch = Watch::on(&board);
        let mut retries = Retries::new(3, Duration::from_millis(100));
        let began = Instant::now();
        let mut pauses = Vec::new();
        let last = loop {
            let again = match pauses.len() {
                1 => Again::After(Duration::from_secs(3)),
                _ => Again::Backoff,
            };
            match retries.after(Fault::failed("it broke", again), &mut watch).await {
                Ok(()) => pauses.push(began.elapsed().as_millis()),
                Err(fault) => break fault,
            }
        };
        assert_eq!(pauses, [100, 3_100, 3_500]);
        assert_eq!(last, Fault::failed("it broke (4 attempts)", Again::Never));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_help_is_not_tried_again() {
        let board = TurnBoard::new();
        let mut retries = Retries::new(3, Duration::from_millis(100));
        for fault in [Fault::Stale, Fault::failed("it broke", Again::Never)] {
            let result = retries.after(fault.clone(), &mut Watch::on(&board)).await;
            assert_eq!(result, Err(fault));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_at_its_limit_or_with_the_turn() {
        let board = TurnBoard::new();
        let mut watch = Watch::on(&board);
        let limit = Duration::from_secs(60);
        assert_eq!(watch.within(limit, async { 7 }).await, Ok(7));
        assert_eq!(watch.within(limit, pending::<()>()).await, Err(Stop::TimedOut));
        let moving = async {
            sleep(Duration::from_secs(1)).await;
            board.set(TurnView { turn: TurnId(1), ..TurnView::default() });
            pending::<()>().await;
        };
        assert_eq!(watch.within(limit, moving).await, Err(Stop::Stale));
        let mut retries = Retries::new(3, Duration::from_millis(100));
        let fault = Fault::failed("it broke", Again::Backoff);
        assert_eq!(retries.after(fault, &mut watch).await, Err(Fault::Stale));
    }
}
