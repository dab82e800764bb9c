//! When a reply is held, played, cut off and over.

use std::sync::Arc;
use std::time::Duration;

use super::reply::Reply;
use crate::core::{Out, Side, StageCore};
use crate::error::StageError;
use crate::fact::{Fact, Step};
use crate::frame::{Frame, Payload, TurnId};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// Beyond what has sounded, no further chunk is taken in than this; more waits at the synthesiser.
const AHEAD: Duration = Duration::from_millis(500);
/// Most that is taken in of a chunk that was begun: how long it is tells which of its words were
/// heard when it is cut off.
const CHUNK: Duration = Duration::from_secs(30);

/// A sink that has sound to play and says nothing for so long has failed. A device notices that
/// itself a second earlier, and knows more about it.
const STUCK: Duration = Duration::from_secs(6);

/// What is asked of the sink.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Plays mono samples at the sink's rate after those it has.
    Play(Arc<[f32]>),
    /// Forgets what it has.
    Flush,
}

/// What the sink answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// The sink is open.
    Opened {
        /// Samples a second.
        rate: u32,
    },
    /// The next samples, of those it was given, sounded without a gap.
    Played {
        /// How many.
        samples: u64,
        /// When the first of them left the device.
        at: Time,
    },
    /// It forgot what had not been reported as played.
    Flushed,
    /// The device ran dry though there was sound for it.
    Underrun {
        /// How often since the last report.
        times: u64,
    },
}

/// Plays replies, one after the other.
#[derive(Debug)]
pub struct SpeakerCore {
    lead: Duration,
    /// Samples a second of the sink, once it is open.
    rate: Option<u32>,
    view: TurnView,
    reply: Option<Reply>,
    /// A reply that was cut off, until the sink has forgotten it.
    cut: Option<Reply>,
    /// The sink forgets the rest of a reply that is paused.
    rewinding: bool,
    /// The last attempt whose end was told.
    told: Option<TurnId>,
    /// When the sink was last given something, or last answered.
    sign: Time,
}

impl SpeakerCore {
    /// Plays a reply once `lead` of it is there.
    pub fn new(lead: Duration) -> Self {
        Self {
            lead,
            rate: None,
            view: TurnView::default(),
            reply: None,
            cut: None,
            rewinding: false,
            told: None,
            sign: Time::ZERO,
        }
    }

    /// Whether the sink has something to do.
    fn waits_for_sink(&self) -> bool {
        self.cut.is_some() || self.rewinding || self.reply.as_ref().is_some_and(Reply::is_sounding)
    }

    /// Gives the sink what it should have, and tells the end of a reply that is over.
    fn advance(&mut self, now: Time, out: &mut Out<Job>) {
        let Some(reply) = &mut self.reply else { return };
        if self.view.phase != Phase::Replying || self.cut.is_some() {
            return;
        }
        if self.view.held || self.rewinding {
            return;
        }
        if !reply.playing && !reply.has_lead(self.lead) {
            return;
        }
        reply.playing = true;
        if let Some(samples) = reply.send() {
            self.sign = now;
            if !std::mem::replace(&mut reply.handed_over, true) {
                let (turn, step) = (reply.turn, Step::HandedOver);
                out.fact(Fact::Step { turn, step, at: now });
            }
            out.job(Job::Play(samples));
        }
        if reply.is_over() {
            let reply = self.reply.take();
            self.tell(reply, now, out);
        }
    }

    /// Tells what was heard of a reply that is over or was cut off.
    fn tell(&mut self, reply: Option<Reply>, now: Time, out: &mut Out<Job>) {
        let Some(reply) = reply else { return };
        self.told = Some(reply.turn);
        let (gaps, length) = reply.gaps();
        if gaps > 0 {
            out.note(format!(
                "the reply to attempt {} had {gaps} gaps, {} ms in all: its voice was too slow",
                reply.turn,
                length.as_millis()
            ));
        }
        out.fact(Fact::Played { turn: reply.turn, played: reply.account() });
        out.fact(Fact::Heard {
            turn: reply.turn,
            text: reply.heard(),
            complete: reply.is_over(),
            at: reply.last().unwrap_or(now),
        });
    }

    fn cut_off(&mut self, before: TurnView, now: Time, out: &mut Out<Job>) {
        let was_due = before.phase == Phase::Replying && before.turn < self.view.turn;
        match self.reply.take_if(|reply| reply.turn < self.view.turn) {
            Some(reply) if reply.playing => {
                self.sign = now;
                if !self.rewinding {
                    out.job(Job::Flush);
                }
                self.cut = Some(reply);
            }
            Some(reply) if was_due && reply.turn == before.turn => {
                self.tell(Some(reply), now, out);
            }
            // It was held, and nobody waits for its end.
            Some(_) => {}
            None if was_due && self.told != Some(before.turn) && self.cut.is_none() => {
                self.told = Some(before.turn);
                let (text, turn) = (String::new(), before.turn);
                out.fact(Fact::Heard { turn, text, complete: false, at: now });
            }
            None => {}
        }
    }
}

impl SpeakerCore {
    /// Takes back what the sink has of a reply that is paused.
    fn pause(&mut self, now: Time, out: &mut Out<Job>) {
        let sounds = self.reply.as_ref().is_some_and(Reply::is_sounding);
        if self.view.held && sounds && !self.rewinding && self.cut.is_none() {
            self.sign = now;
            self.rewinding = true;
            out.job(Job::Flush);
        }
    }
}

impl StageCore for SpeakerCore {
    type Job = Job;
    type Done = Done;

    fn job_name(job: &Job) -> &'static str {
        match job {
            Job::Play(_) => "play",
            Job::Flush => "flush",
        }
    }

    fn on_frame(&mut self, frame: Frame, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        let turn = frame.turn.unwrap_or(self.view.turn);
        let (Payload::Voice(voice), Some(rate)) = (frame.payload, self.rate) else { return Ok(()) };
        if turn < self.view.turn || self.told == Some(turn) {
            return Ok(());
        }
        self.reply.get_or_insert_with(|| Reply::new(turn, rate)).take(&voice)?;
        self.advance(now, out);
        Ok(())
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        now: Time,
        out: &mut Out<Job>,
    ) -> Result<(), StageError> {
        let before = std::mem::replace(&mut self.view, *view);
        self.cut_off(before, now, out);
        self.pause(now, out);
        self.advance(now, out);
        Ok(())
    }

    fn on_done(&mut self, done: Done, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        self.sign = now;
        match done {
            Done::Opened { rate } => self.rate = Some(rate),
            Done::Played { samples, at } => {
                let Some(reply) = self.cut.as_mut().or(self.reply.as_mut()) else { return Ok(()) };
                let (turn, is_first) = (reply.turn, reply.last().is_none());
                let sounded = reply.sounded(samples, at);
                if is_first {
                    out.fact(Fact::Step { turn, step: Step::FirstSample, at });
                }
                out.tape(Side::Agent, sounded.audio);
                if let Some(at) = sounded.audible {
                    out.fact(Fact::Audible { turn, at });
                }
                self.advance(now, out);
            }
            Done::Flushed => {
                if std::mem::take(&mut self.rewinding)
                    && let Some(reply) = &mut self.reply
                {
                    reply.rewind();
                }
                let cut = self.cut.take();
                self.tell(cut, now, out);
                self.advance(now, out);
            }
            Done::Underrun { times } => {
                out.note(format!(
                    "the sound device ran dry {times} times: the machine is too busy"
                ));
            }
        }
        Ok(())
    }

    fn deadline(&self) -> Option<Time> {
        self.waits_for_sink().then(|| self.sign + STUCK)
    }

    fn on_deadline(&mut self, now: Time, _: &mut Out<Job>) -> Result<(), StageError> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        Err(StageError::restart(format_args!("nothing was played for {} s", STUCK.as_secs())))
    }

    fn wants_frames(&self) -> bool {
        let takes = |reply: &Reply| {
            let most = if reply.is_in_chunk() { CHUNK } else { AHEAD };
            reply.ahead() < most.max(self.lead)
        };
        self.rate.is_some() && self.reply.as_ref().is_none_or(takes)
    }
}

#[cfg(test)]
mod tests;
