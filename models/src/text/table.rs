//! Several answers of one model, a pass of the network for all of them.
//!
//! A session that begins to answer while no other does makes the passes itself, on its caller's
//! thread, so that one alone pays nothing. One that begins meanwhile hands over what its answer is
//! made of, and gets its pieces from there; when the first is done, one of the others goes on in its
//! place. A pass gives each answer one token, so none gets ahead, and whoever begins waits for one
//! pass at most. Prompts are read by each session itself.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Answer, Llm};
use crate::qwen3::KvCache;
use crate::{Error, Result};

/// Guests hear of their pieces no more often than this: waking a thread costs as much as a token of
/// a small network.
const PIECES: Duration = Duration::from_millis(1);

/// Where the sessions of a model meet.
#[derive(Debug, Default)]
pub(super) struct Table(Mutex<Seats>);

#[derive(Debug, Default)]
struct Seats {
    /// A session makes passes.
    led: bool,
    /// Who joins the next one.
    arrived: VecDeque<Guest>,
}

/// An answer in the making and the conversation that it goes on with.
#[derive(Debug)]
struct Plate {
    cache: KvCache,
    answer: Answer,
}

/// A session whose answer another one makes.
#[derive(Debug)]
struct Guest {
    plate: Box<Plate>,
    line: Line,
    /// Its caller wants no more.
    left: Arc<AtomicBool>,
}

/// The way to a guest's caller.
#[derive(Debug)]
struct Line {
    to: Sender<News>,
    /// Pieces that it was not told yet, and when it was told something last.
    said: String,
    told: Instant,
}

impl Line {
    /// Hands over the pieces that the caller has not heard of; false when its thread is gone.
    fn tell(&mut self) -> bool {
        if self.said.is_empty() {
            return true;
        }
        self.told = Instant::now();
        self.to.send(News::Piece(std::mem::take(&mut self.said))).is_ok()
    }
}

/// What a guest is told.
#[derive(Debug)]
enum News {
    Piece(String),
    /// Its answer is finished, or failed.
    Done(Box<Plate>, Result<()>),
    /// It goes on in place of the one that made the passes, for these others too.
    Lead(Box<Plate>, Head),
}

/// What a caller does with the pieces of its answer.
pub(super) type OnPiece<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

impl Table {
    /// Makes an answer whose prompt was read, beside those that are being made.
    ///
    /// # Errors
    /// As [`super::Session::generate`]; the cache can be used on in every case.
    pub(super) fn answer(
        self: &Arc<Self>,
        llm: &Llm,
        cache: &mut KvCache,
        mut answer: Answer,
        on_piece: OnPiece<'_>,
    ) -> Result<Answer> {
        if answer.is_finished() {
            return Ok(answer);
        }
        match self.join(cache, answer) {
            Ok(own) => {
                answer = own;
                let head =
                    Head { table: Some(self.clone()), guests: VecDeque::new(), passing: false };
                head.lead(llm, cache, &mut answer, on_piece)?;
                Ok(answer)
            }
            Err((news, left)) => wait(llm, cache, (&news, &left), on_piece),
        }
    }

    /// Gives the answer back when nobody makes passes; else it is handed over with the cache.
    fn join(
        &self,
        cache: &mut KvCache,
        answer: Answer,
    ) -> std::result::Result<Answer, (Receiver<News>, Arc<AtomicBool>)> {
        let mut seats = self.seats();
        if !seats.led {
            seats.led = true;
            return Ok(answer);
        }
        let (to, news) = channel();
        let left = Arc::new(AtomicBool::new(false));
        let empty = cache.emptied();
        let plate = Box::new(Plate { cache: std::mem::replace(cache, empty), answer });
        seats.arrived.push_back(Guest {
            plate,
            line: Line { to, said: String::new(), told: Instant::now() },
            left: left.clone(),
        });
        Err((news, left))
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // Nothing is done under the lock that could leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes what another session makes of the answer, or goes on in its place.
fn wait(
    llm: &Llm,
    cache: &mut KvCache,
    (news, left): (&Receiver<News>, &AtomicBool),
    on_piece: OnPiece<'_>,
) -> Result<Answer> {
    loop {
        match news.recv() {
            Ok(News::Piece(piece)) => {
                if !left.load(Ordering::Relaxed) && on_piece(&piece).is_break() {
                    left.store(true, Ordering::Relaxed);
                }
            }
            Ok(News::Done(plate, outcome)) => {
                let Plate { cache: own, mut answer } = *plate;
                *cache = own;
                if left.load(Ordering::Relaxed) {
                    answer.leave();
                }
                return outcome.map(|()| answer);
            }
            Ok(News::Lead(plate, head)) => {
                let Plate { cache: own, mut answer } = *plate;
                *cache = own;
                if left.load(Ordering::Relaxed) {
                    answer.leave();
                }
                head.lead(llm, cache, &mut answer, on_piece)?;
                return Ok(answer);
            }
            // What was handed over is gone; the conversation will be read anew.
            Err(_) => {
                return Err(Error::Input("the session that made the passes failed".into()));
            }
        }
    }
}

/// The place of the session that makes passes; giving it up, by whatever way, another takes it.
#[derive(Debug)]
struct Head {
    /// None once another has the place.
    table: Option<Arc<Table>>,
    guests: VecDeque<Guest>,
    /// A pass is half made.
    passing: bool,
}

impl Head {
    /// Makes passes until the own answer is finished.
    fn lead(
        mut self,
        llm: &Llm,
        cache: &mut KvCache,
        answer: &mut Answer,
        on_piece: OnPiece<'_>,
    ) -> Result<()> {
        while !answer.is_finished() {
            if let Some(table) = &self.table {
                self.guests.append(&mut table.seats().arrived);
            }
            self.passing = true;
            let outcome = pass(llm, (cache, answer, on_piece), &mut self.guests);
            self.passing = false;
            outcome?;
        }
        Ok(())
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        let Some(table) = self.table.take() else { return };
        if self.passing {
            // By a panic: whoever was in that pass hears that it failed.
            self.guests.clear();
        }
        let mut seats = table.seats();
        self.guests.append(&mut seats.arrived);
        while let Some(mut next) = self.guests.pop_front() {
            next.line.tell();
            let guests = std::mem::take(&mut self.guests);
            let head = Self { table: Some(table.clone()), guests, passing: false };
            match next.line.to.send(News::Lead(next.plate, head)) {
                Ok(()) => return,
                // Its thread is gone.
                Err(SendError(News::Lead(_, mut head))) => {
                    head.table = None;
                    self.guests = std::mem::take(&mut head.guests);
                }
                Err(SendError(News::Piece(_) | News::Done(..))) => {}
            }
        }
        seats.led = false;
    }
}

/// Makes a token of each answer and sends home who is done.
fn pass(
    llm: &Llm,
    (cache, answer, on_piece): (&mut KvCache, &mut Answer, OnPiece<'_>),
    guests: &mut VecDeque<Guest>,
) -> Result<()> {
    let mut outcome = Ok(());
    let (mut tokens, mut caches, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    match choose(llm, cache, answer, on_piece) {
        Ok(Some(id)) => {
            tokens.push(id);
            caches.push(&mut *cache);
            answers.push(&mut *answer);
        }
        Ok(None) => {}
        Err(error) => outcome = Err(error),
    }
    let mut failed = Vec::new();
    for (at, guest) in guests.iter_mut().enumerate() {
        let Guest { plate, line, left } = guest;
        let Plate { cache, answer } = &mut **plate;
        if left.load(Ordering::Relaxed) {
            answer.leave();
        }
        let chosen = choose(llm, cache, answer, &mut |piece| {
            line.said.push_str(piece);
            ControlFlow::Continue(())
        });
        match chosen {
            Ok(Some(id)) => {
                tokens.push(id);
                caches.push(cache);
                answers.push(answer);
            }
            Ok(None) => {}
            Err(error) => failed.push((at, error)),
        }
        if line.told.elapsed() >= PIECES && !line.tell() {
            left.store(true, Ordering::Relaxed);
        }
    }
    match llm.network().forward_batch(&tokens, &mut caches) {
        Ok(logits) => {
            answers.into_iter().zip(logits).for_each(|(answer, logits)| answer.stepped(logits));
        }
        Err(error) => {
            let message = error.to_string();
            failed = (0..guests.len()).map(|at| (at, Error::Input(message.clone()))).collect();
            outcome = outcome.and(Err(error));
        }
    }
    send_home(guests, failed);
    outcome
}

fn choose(
    llm: &Llm,
    cache: &KvCache,
    answer: &mut Answer,
    on_piece: OnPiece<'_>,
) -> Result<Option<u32>> {
    let room = cache.max_tokens() - cache.len();
    answer.choose(llm, cache.tokens(), room, on_piece)
}

/// Tells the guests whose answers are finished, and those at the places that failed.
fn send_home(guests: &mut VecDeque<Guest>, failed: Vec<(usize, Error)>) {
    let mut failed = failed.into_iter().peekable();
    let mut stay = VecDeque::with_capacity(guests.len());
    for (at, mut guest) in std::mem::take(guests).into_iter().enumerate() {
        let error = failed.next_if(|(place, _)| *place == at).map(|(_, error)| error);
        if error.is_none() && !guest.plate.answer.is_finished() {
            stay.push_back(guest);
            continue;
        }
        guest.line.tell();
        // A caller that is gone needs no answer.
        guest.line.to.send(News::Done(guest.plate, error.map_or(Ok(()), Err))).ok();
    }
    *guests = stay;
}
