//! The turn authority: the only writer of the turn number.
//!
//! It hears facts and sees deadlines pass, moves the conversation through its phases, asks the
//! language model, keeps what was said, and closes every turn with a record. It is a stage core
//! like any other, so it can be driven by a table.

mod ahead;
mod barge;
mod ending;
pub mod endpoint;
mod fail;
mod history;
mod lull;
mod measure;
mod open;
mod settings;

use std::time::Duration;

use antiphon_actors::core::Never;
use antiphon_actors::frame::Prompt;
use antiphon_actors::ledger::{EndOfTurn, EndReason};
use antiphon_actors::{
    Fact, Finished, Frame, Out, Payload, Phase, StageCore, StageError, Time, TurnId, TurnView,
};

use ending::Told;
use endpoint::Endpoint;
use history::History;
use open::Open;
pub use settings::{Listener, TurnSettings};

/// How long the words heard of an interrupted reply are waited for before it is closed without.
const HEARD_LIMIT: Duration = Duration::from_secs(1);

/// A turn whose reply was cut off, and whose heard words are on their way.
#[derive(Debug)]
struct Cut {
    turn: TurnId,
    open: Open,
    end: EndReason,
    /// When the person interrupted it.
    onset: Option<Time>,
    deadline: Time,
}

/// The authority.
#[derive(Debug)]
pub struct TurnAuthority {
    settings: TurnSettings,
    /// Decides when a turn ends, where that is not one silence.
    endpoint: Option<Endpoint>,
    told: Told,
    /// How often in a row the words of a turn took the recogniser long.
    heard_slowly: u32,
    view: TurnView,
    count: u64,
    history: History,
    open: Option<Open>,
    cut: Option<Cut>,
    input_ended: bool,
    /// The pipeline closes once the last record is out.
    stopping: bool,
}

type Effects = Out<Never>;

impl TurnAuthority {
    /// An authority over an empty conversation.
    pub fn new(settings: TurnSettings) -> Self {
        Self {
            endpoint: settings.adaptive.map(Endpoint::new),
            told: Told::default(),
            heard_slowly: 0,
            settings,
            view: TurnView::default(),
            count: 0,
            history: History::default(),
            open: None,
            cut: None,
            input_ended: false,
            stopping: false,
        }
    }

    fn enter(&mut self, phase: Phase, now: Time, out: &mut Effects) {
        self.view.held = false;
        self.view.phase = phase;
        self.view.since = now;
        if self.view.wants_answer() {
            let turn = self.view.turn;
            self.open_mut(|open| open.attempt(turn, now));
        }
        out.turn(self.view);
    }

    fn move_turn(&mut self) {
        self.view.turn = self.view.turn.next();
    }

    fn speech_start(&mut self, at: Time, now: Time, out: &mut Effects) {
        self.learn_pause(at);
        match self.view.phase {
            Phase::Listening => self.begin(at, None, now, out),
            Phase::Hearing => self.open_mut(|open| open.resume(at, now)),
            Phase::Speculating => {
                self.open_mut(|open| open.resume(at, now));
                self.move_turn();
                self.enter(Phase::Hearing, now, out);
            }
            Phase::Replying if !self.settings.replies => {
                self.open_mut(|open| open.next_start = Some(at));
            }
            Phase::Replying => {
                if self.open.as_ref().is_some_and(|open| open.is_audible() || open.failed) {
                    self.open_mut(|open| open.speak_over(at));
                } else {
                    // Nothing was heard of the answer: the person simply goes on.
                    self.open_mut(|open| open.resume(at, now));
                    self.move_turn();
                    self.enter(Phase::Hearing, now, out);
                }
            }
        }
    }

    fn begin(&mut self, at: Time, partial: Option<Time>, now: Time, out: &mut Effects) {
        self.count += 1;
        self.move_turn();
        self.open = Some(Open::new(self.count, self.view.turn, at, partial));
        self.view.count = self.count;
        self.view.began = at;
        self.enter(Phase::Hearing, now, out);
        self.read_ahead(out);
    }

    fn speech_stop(&mut self, at: Time, now: Time, out: &mut Effects) {
        match self.view.phase {
            Phase::Listening => {}
            Phase::Hearing | Phase::Speculating => {
                self.open_mut(|open| open.stop(at, now));
                self.end_lull(at, now, out);
            }
            Phase::Replying if self.view.held => {
                self.open_mut(|open| open.over_stop = Some((at, now)));
                self.judge(now, out);
            }
            Phase::Replying => self.open_mut(|open| {
                open.barge_in = None;
                open.next_partial.take_if(|_| open.next_start.is_none());
                open.next_stop = open.next_start.is_some().then_some(at);
            }),
        }
    }

    /// The words of an attempt, and whether they are finished.
    fn final_words(
        &mut self,
        turn: TurnId,
        (text, finished): (String, Option<Finished>),
        now: Time,
        out: &mut Effects,
    ) {
        let telling = self.open.as_ref().is_some_and(|open| open.failed);
        if turn != self.view.turn || !self.view.wants_answer() || telling {
            return;
        }
        self.open_mut(|open| (open.text, open.finished) = (Some(text), finished));
        self.ask(now, out);
        self.end_if_due(now, out);
    }

    /// Sends the prompt if its words are known and it was not sent for this attempt.
    fn ask(&mut self, now: Time, out: &mut Effects) {
        let committed = self.view.phase == Phase::Replying;
        let turn = self.view.turn;
        let may = self.open.as_ref().is_some_and(|open| committed || self.answers_in_lull(open));
        let Some(open) = self.open.as_mut().filter(|_| may) else { return };
        let Some(text) = open.text.clone() else { return };
        if open.words_lost {
            if committed {
                self.fail(now, out);
            }
        } else if !text.chars().any(char::is_alphanumeric) {
            if committed {
                self.close(EndReason::NoWords, String::new(), now, out);
            }
        } else if !self.settings.replies {
            if committed {
                self.close(EndReason::Finished, String::new(), now, out);
            }
        } else if open.asked != Some(turn) && self.cut.is_none() {
            // What was heard of a reply that was cut off comes before the question.
            open.asked = Some(turn);
            open.prompted(turn, now);
            let messages = self.history.and(text);
            out.send(turn, Payload::Prompt(Prompt { messages, draft: false }));
        }
    }

    /// The person is done, by that rule.
    fn commit(&mut self, rule: EndOfTurn, now: Time, out: &mut Effects) {
        self.open_mut(|open| {
            open.committed = Some(now);
            open.ended_by = Some(rule);
        });
        self.enter(Phase::Replying, now, out);
        self.ask(now, out);
    }

    fn heard(&mut self, turn: TurnId, text: String, complete: bool, now: Time, out: &mut Effects) {
        if self.cut.as_ref().is_some_and(|cut| cut.turn == turn) {
            self.close_cut(text, now, out);
        } else if turn == self.view.turn && complete && self.view.phase == Phase::Replying {
            let failed = self.open.as_ref().is_some_and(|open| open.failed);
            let reason = if failed { EndReason::Failed } else { EndReason::Finished };
            self.close(reason, text, now, out);
        }
    }

    /// The person speaks over the reply: it stops, and their words open the next turn.
    fn interrupt(&mut self, at: Time, now: Time, out: &mut Effects) {
        let partial = self.open.as_ref().and_then(|open| open.next_partial);
        let stop = self.open.as_ref().and_then(|open| open.over_stop);
        self.cut_off(EndReason::Interrupted, Some(at), now, out);
        self.begin(at, partial, now, out);
        if let Some((stop, known)) = stop {
            self.open_mut(|open| open.stop(stop, known));
        }
    }

    /// Takes the reply back; the turn is closed when the words heard of it are known.
    fn cut_off(&mut self, end: EndReason, onset: Option<Time>, now: Time, out: &mut Effects) {
        if let Some(open) = self.open.take() {
            self.close_cut(String::new(), now, out);
            let (turn, deadline) = (self.view.turn, now + HEARD_LIMIT);
            self.cut = Some(Cut { turn, open, end, onset, deadline });
        }
    }

    fn close_cut(&mut self, heard: String, now: Time, out: &mut Effects) {
        if let Some(cut) = self.cut.take() {
            self.record(cut.open, cut.end, heard, cut.onset, now, out);
            self.read_ahead(out);
            if self.view.wants_answer() {
                self.ask(now, out);
            }
        }
    }

    fn close(&mut self, reason: EndReason, heard: String, now: Time, out: &mut Effects) {
        let Some(open) = self.open.take() else { return };
        // Whoever began to speak over the end of a reply is not done with it.
        let next_start = open.next_start.or(open.barge_in);
        let next_stop = open.next_stop.or(open.over_stop.map(|(stop, _)| stop));
        let next_partial = open.next_partial;
        // An attempt that was not heard to its end may still have frames on their way.
        if reason != EndReason::Finished {
            self.move_turn();
        }
        self.record(open, reason, heard, None, now, out);
        self.enter(Phase::Listening, now, out);
        if let Some(at) = next_start.filter(|_| !self.stopping) {
            self.begin(at, next_partial, now, out);
            if let Some(stop) = next_stop {
                self.open_mut(|open| open.stop(stop, now));
            }
        }
    }

    fn open_mut(&mut self, change: impl FnOnce(&mut Open)) {
        if let Some(open) = &mut self.open {
            change(open);
        }
    }

    fn stop(&mut self, now: Time, out: &mut Effects) {
        self.stopping = true;
        if self.open.as_ref().is_some_and(Open::is_audible) {
            self.cut_off(EndReason::Stopped, None, now, out);
            self.move_turn();
            self.enter(Phase::Listening, now, out);
        } else if self.open.is_some() {
            self.close(EndReason::Stopped, String::new(), now, out);
        }
    }

    /// Closes the pipeline when nothing is left to record.
    fn close_if_done(&mut self, now: Time, out: &mut Effects) {
        let idle = self.open.is_none() && self.cut.is_none();
        if (self.input_ended || self.stopping) && idle && !self.view.closing {
            self.view.closing = true;
            self.enter(self.view.phase, now, out);
        }
    }
}

impl StageCore for TurnAuthority {
    type Job = Never;
    type Done = Fact;

    fn on_frame(&mut self, _: Frame, _: Time, _: &mut Effects) -> Result<(), StageError> {
        Ok(())
    }

    fn on_done(&mut self, fact: Fact, now: Time, out: &mut Effects) -> Result<(), StageError> {
        if self.view.closing {
            return Ok(());
        }
        match fact {
            Fact::SpeechStart { .. } if self.stopping => {}
            Fact::SpeechStart { at } => self.speech_start(at, now, out),
            Fact::SpeechLull { at, until } => self.speech_lull(at, until),
            Fact::SpeechResume { .. } => self.speech_resume(now, out),
            Fact::SpeechStop { at } => self.speech_stop(at, now, out),
            Fact::Prosody { prosody } => self.prosody(prosody),
            Fact::EndOfTurn { stop, log_odds } => self.end_of_turn(stop, log_odds, now, out),
            Fact::Partial { text, stable, finished, until, at } => {
                self.partial(at);
                let certain = text.get(..stable).unwrap_or_default().trim().to_string();
                self.words_so_far(text, finished, until);
                self.judge(now, out);
                self.certain_words(certain, out);
            }
            Fact::ReadAhead { turn, tokens } => self.was_read_ahead(turn, tokens),
            Fact::Final { turn, text, finished, at } => {
                let text = text.trim().to_string();
                self.hear_pace(turn, at);
                self.measure(turn, |it| it.hear(&text, at));
                self.final_words(turn, (text, finished), now, out);
            }
            Fact::Step { turn, step, at } => self.measure(turn, |it| it.steps.take(step, at)),
            Fact::Audible { turn, at } => self.measure(turn, |it| it.sound(at)),
            Fact::Played { turn, played } => self.measure(turn, |it| it.take_played(&played)),
            Fact::Trimmed { turn, silence } => self.measure(turn, |it| it.trim(silence)),
            Fact::Usage { turn, usage } => self.measure(turn, |it| it.take_usage(&usage)),
            Fact::Heard { turn, text, complete, at } => {
                self.measure(turn, |it| it.fall_silent(at));
                self.heard(turn, text, complete, now, out);
            }
            Fact::Lost { turn, message: _ } if turn == self.view.turn => {
                if self.view.wants_answer() {
                    self.again(now, out);
                }
            }
            Fact::Lost { .. } => {}
            Fact::StageDown { stage, message: _ } => self.stage_down(&stage),
            Fact::StageUp { stage } => self.stage_up(&stage, now, out),
            Fact::InputEnded => self.input_ended = true,
            Fact::Close => self.stop(now, out),
        }
        self.close_if_done(now, out);
        Ok(())
    }

    fn deadline(&self) -> Option<Time> {
        let cut = self.cut.as_ref().map(|cut| cut.deadline);
        let open = self.open.as_ref().map(|open| {
            let barge_in = self.barge_in_due(open);
            let silence = self.silence_deadline(open);
            silence.into_iter().chain(barge_in).min().unwrap_or_else(|| self.backstop(open))
        });
        cut.into_iter().chain(open).min()
    }

    fn on_deadline(&mut self, now: Time, out: &mut Effects) -> Result<(), StageError> {
        self.miss_heard(now, out);
        if let Some(open) = &self.open {
            let due = self.barge_in_due(open).is_some_and(|due| due <= now);
            let barge_in = open.barge_in.filter(|_| due);
            let silent = self.silence_deadline(open).is_some_and(|deadline| deadline <= now);
            if let Some(at) = barge_in {
                self.pass_barge_in(at, now, out);
            } else if let (true, Some(end)) = (silent, open.quiet_since()) {
                self.pass_silence(end, now, out);
            } else if self.backstop(open) <= now {
                self.time_out(now, out);
            }
        }
        self.close_if_done(now, out);
        Ok(())
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
