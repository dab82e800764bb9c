//! The audio of a turn, and when its words are wanted. Shared by all recognisers.

use std::time::Duration;

use super::heard::{Heard, LONGEST};
use crate::cancel::{Cancel, Wanted};
use crate::core::{Out, StageCore};
use crate::error::StageError;
use crate::fact::{Fact, Finished, Step};
use crate::frame::{Audio, Frame, Payload, Transcript, TurnId, Utterance};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// How long the words of a turn wait for the mark that speech has stopped, or may have. The turn
/// authority hears of it on another way than the last audio takes.
const STOP_WAIT: Duration = Duration::from_millis(100);

/// The audio of an utterance so far.
#[derive(Clone, Debug)]
pub struct Sound {
    /// Jobs with the same number carry the beginning of the same audio.
    pub utterance: u64,
    /// The audio, without gaps between the pieces.
    pub pieces: Vec<Audio>,
}

impl Sound {
    /// All samples in one row.
    pub fn samples(&self) -> Vec<f32> {
        self.pieces.iter().flat_map(|piece| piece.samples.iter().copied()).collect()
    }

    /// Samples a second; 16 kHz when there is no audio.
    pub fn rate(&self) -> u32 {
        self.pieces.first().map_or(16_000, |piece| piece.rate)
    }

    /// When the sample after the last one is captured.
    pub fn until(&self) -> Time {
        self.pieces.last().map_or(Time::ZERO, Audio::end)
    }
}

/// What is asked of a recogniser.
#[derive(Clone, Debug)]
pub enum Job {
    /// The words so far. There is never more than one of these at a time.
    Partial {
        /// The audio.
        sound: Sound,
        /// Raised when the words of the turn are wanted instead.
        cancel: Cancel,
    },
    /// The words of a turn.
    Final {
        /// The attempt.
        turn: TurnId,
        /// The audio; never empty.
        sound: Sound,
        /// Raised when the attempt is over.
        cancel: Cancel,
    },
}

/// What a recogniser answers: one of these for each job, unless the job was abandoned: then it
/// need not say anything to a final.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// The words so far, or none if the partial was abandoned or could not be made.
    Partial(Option<Partial>),
    /// The words of a turn.
    Final {
        /// The attempt.
        turn: TurnId,
        /// The words, empty if there were none.
        text: String,
        /// Whether they are a finished sentence, where the recogniser says.
        finished: Option<Finished>,
        /// When they were there.
        at: Time,
    },
    /// There will be no words.
    Failed {
        /// The attempt.
        turn: TurnId,
        /// What went wrong, naming the model or the server.
        message: String,
    },
    /// Something the user should know that costs nothing.
    Note(String),
}

/// The words so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// The utterance.
    pub utterance: u64,
    /// All words.
    pub text: String,
    /// How many bytes of `text`, from its start, no later partial changes.
    pub stable: usize,
    /// Whether they are a finished sentence, where the recogniser says.
    pub finished: Option<Finished>,
    /// Capture time of the end of the audio.
    pub until: Time,
    /// When the words were there.
    pub at: Time,
}

/// The logic of a recogniser's stage.
#[derive(Debug)]
pub struct Core {
    /// Audio between partials; none if there are to be no partials.
    partial: Option<Duration>,
    view: TurnView,
    /// What is being said.
    now: Heard,
    /// What was said in the turn that is being replied to, once something was said over the reply.
    replied: Option<Heard>,
    /// Utterances begun.
    count: u64,
    /// The newest attempt that was asked for.
    asked: Option<TurnId>,
    /// Until when that attempt waits for the mark of the stop.
    waits: Option<Time>,
    /// The job for it, and its audio's end.
    open: Option<(TurnId, Time, Wanted)>,
    /// Whether a partial is being made, and whether it is still wanted.
    busy: bool,
    wanted: Option<Wanted>,
    /// Where the next partial is due, in the audio of `now`.
    due: Duration,
    told_long: bool,
}

impl Core {
    /// A core that asks for the words so far after each `partial` of new audio; never if that is
    /// none or zero.
    pub fn new(partial: Option<Duration>) -> Self {
        let partial = partial.filter(|it| !it.is_zero());
        Self {
            partial,
            view: TurnView::default(),
            now: Heard::default(),
            replied: None,
            count: 0,
            asked: None,
            waits: None,
            open: None,
            busy: false,
            wanted: None,
            due: partial.unwrap_or_default(),
            told_long: false,
        }
    }

    fn on_utterance(&mut self, utterance: Utterance, now: Time, out: &mut Out<Job>) {
        match utterance {
            Utterance::Start { at } => self.on_start(at),
            Utterance::Audio(audio) => {
                if self.now.starts.is_empty() {
                    // The start was lost with the stage that heard it.
                    self.on_start(audio.at);
                }
                if self.now.push(audio) {
                    // The beginning is not what it was, so it is other audio.
                    self.renumber();
                    if !std::mem::replace(&mut self.told_long, true) {
                        let minutes = LONGEST.as_secs() / 60;
                        out.note(format!("speech without end: only its last {minutes} min count"));
                    }
                }
                self.ask_partial(out);
            }
            Utterance::Resume => self.now.speaking = true,
            Utterance::Lull => {
                self.now.speaking = false;
                if self.waits.is_some() {
                    self.ask_final(now, out);
                }
            }
            Utterance::Stop { .. } => {
                self.now.speaking = false;
                if self.view.held && self.now.over {
                    // The reply waits to hear what was said over it.
                    self.due = self.now.length;
                    self.ask_partial(out);
                }
                if self.waits.is_some() {
                    self.ask_final(now, out);
                }
            }
        }
    }

    fn on_start(&mut self, at: Time) {
        let goes_on = match self.view.phase {
            Phase::Listening => false,
            Phase::Hearing | Phase::Speculating => at > self.view.began,
            // What is said while the reply is paused may become a turn from its first sound on.
            Phase::Replying => self.view.held && self.now.over,
        };
        if !goes_on {
            let old = std::mem::take(&mut self.now);
            self.now.over = self.view.phase == Phase::Replying && at > self.view.began;
            if !self.now.over {
                self.replied = None;
            } else if !old.over {
                // The attempt may have to be made again, from the same words.
                self.replied = Some(old);
            }
            self.renumber();
        }
        self.now.starts.push((self.now.gone + self.now.pieces.len(), at));
        self.now.speaking = true;
    }

    /// From here on the audio of `now` is another.
    fn renumber(&mut self) {
        self.count += 1;
        self.now.number = self.count;
        self.due = self.now.length + self.partial.unwrap_or_default();
    }

    fn ask_partial(&mut self, out: &mut Out<Job>) {
        let Some(every) = self.partial else { return };
        if self.busy || !self.wants_partials() || self.now.length < self.due {
            return;
        }
        self.due = self.now.length + every;
        let wanted = Wanted::new();
        out.job(Job::Partial { sound: self.now.sound(), cancel: wanted.cancel() });
        self.busy = true;
        self.wanted = Some(wanted);
    }

    /// Partials of a turn come before its last words, not after them.
    fn wants_partials(&self) -> bool {
        self.open.is_none() && (self.now.over || !self.view.wants_answer())
    }

    /// Asks for the words of the attempt that the conversation is at.
    fn ask_final(&mut self, now: Time, out: &mut Out<Job>) {
        let turn = self.view.turn;
        // What was only said over the reply is no part of the turn.
        let heard = self.replied.as_ref().or_else(|| Some(&self.now).filter(|now| !now.over));
        if heard.is_some_and(|heard| heard.speaking) {
            let until = *self.waits.get_or_insert(now + STOP_WAIT);
            if now < until {
                return;
            }
        }
        self.waits = None;
        let sound = heard.map_or(Sound { utterance: 0, pieces: Vec::new() }, Heard::sound);
        if sound.pieces.iter().all(|piece| piece.samples.is_empty()) {
            tell(turn, String::new(), None, now, now, out);
            return;
        }
        self.wanted = None;
        let wanted = Wanted::new();
        let (until, cancel) = (sound.until(), wanted.cancel());
        out.fact(Fact::Step { turn, step: Step::SttStart, at: now });
        out.job(Job::Final { turn, sound, cancel });
        self.open = Some((turn, until, wanted));
    }
}

/// Says the words of a turn, which were there at `at`.
fn tell(
    turn: TurnId,
    text: String,
    finished: Option<Finished>,
    until: Time,
    at: Time,
    out: &mut Out<Job>,
) {
    let stable = text.len();
    let transcript = Transcript { text: text.clone(), stable, is_final: true, until };
    out.send(turn, Payload::Transcript(transcript));
    out.fact(Fact::Final { turn, text, finished, at });
}

impl StageCore for Core {
    type Job = Job;
    type Done = Done;

    fn job_name(job: &Job) -> &'static str {
        match job {
            Job::Partial { .. } => "partial",
            Job::Final { .. } => "final",
        }
    }

    fn on_frame(&mut self, frame: Frame, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        if let Payload::Utterance(utterance) = frame.payload {
            self.on_utterance(utterance, now, out);
        }
        Ok(())
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        now: Time,
        out: &mut Out<Job>,
    ) -> Result<(), StageError> {
        self.view = *view;
        self.open.take_if(|(turn, ..)| *turn < view.turn);
        if self.now.began().is_some_and(|began| began <= view.began) {
            // The turn is that of what is being said now.
            self.replied = None;
            self.now.over = false;
            if self.now.begin_at(view.began) {
                self.renumber();
            }
        } else if matches!(view.phase, Phase::Hearing | Phase::Speculating)
            && let Some(replied) = self.replied.take()
        {
            // Nothing was heard of the reply yet: what was said over it belongs to the same turn.
            let more = std::mem::replace(&mut self.now, replied);
            if self.now.append(more) {
                self.renumber();
            } else {
                // What a recogniser has heard of it still holds.
                self.due = self.now.length + self.partial.unwrap_or_default();
            }
        }
        if !view.wants_answer() {
            self.waits = None;
        } else if self.asked != Some(view.turn) || self.waits.is_some() {
            self.asked = Some(view.turn);
            self.ask_final(now, out);
        }
        Ok(())
    }

    fn on_done(&mut self, done: Done, _: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        match done {
            Done::Partial(partial) => {
                self.busy = false;
                let current =
                    |it: &Partial| it.utterance == self.now.number && self.wants_partials();
                if let Some(partial) = partial.filter(current) {
                    let Partial { text, stable, finished, until, at, utterance: _ } = partial;
                    out.fact(Fact::Partial { text: text.clone(), stable, finished, until, at });
                    let transcript = Transcript { text, stable, is_final: false, until };
                    out.send_free(Payload::Transcript(transcript));
                }
                self.ask_partial(out);
            }
            Done::Final { turn, text, finished, at } => {
                let ours = self.open.take_if(|(open, ..)| *open == turn);
                if let Some((turn, until, _)) = ours {
                    tell(turn, text, finished, until, at, out);
                }
            }
            Done::Failed { turn, message } => {
                if self.open.take_if(|(open, ..)| *open == turn).is_some() {
                    return Err(StageError::skip(message));
                }
            }
            Done::Note(text) => out.note(text),
        }
        Ok(())
    }

    fn deadline(&self) -> Option<Time> {
        self.waits
    }

    fn on_deadline(&mut self, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        if self.waits.is_some_and(|until| until <= now) {
            self.ask_final(now, out);
        }
        Ok(())
    }
}
