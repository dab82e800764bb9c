//! Chunks in, jobs out; sound in, voice out. Shared by all voices.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::align::Alignment;
use super::trim::Trim;
use crate::cancel::{Cancel, Wanted};
use crate::core::{Out, StageCore};
use crate::error::StageError;
use crate::fact::{Fact, Step};
use crate::frame::{Chunk, Frame, Payload, TurnId, Voice, WordTime};
use crate::time::Time;
use crate::turn::TurnView;

/// Chunks that may wait; with more, frames stay on their edge.
const WAITING: usize = 2;
/// Frames of voice in a second: each is 100 ms at most.
const FRAMES_A_SECOND: usize = 10;

/// A chunk to speak.
#[derive(Clone, Debug)]
pub struct Job {
    /// The attempt.
    pub turn: TurnId,
    /// The chunk's number within the answer.
    pub index: u32,
    /// What to say; never empty.
    pub speech: String,
    /// Whether the answer ends with it.
    pub end: bool,
    /// Raised when the sound is not wanted any more.
    pub cancel: Cancel,
}

/// What comes of a chunk, in order: sound, then an end or a failure. An abandoned job need not say
/// anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// More sound.
    Sound {
        /// The attempt.
        turn: TurnId,
        /// The chunk's number.
        index: u32,
        /// Mono in -1 to 1, any number of them.
        samples: Vec<f32>,
        /// Samples a second.
        rate: u32,
        /// When it was there.
        at: Time,
    },
    /// When words of the chunk sound, before or with the sound itself.
    Words {
        /// The attempt.
        turn: TurnId,
        /// The chunk's number.
        index: u32,
        /// In order, each part of the chunk's speech at most once.
        words: Vec<SpokenWord>,
    },
    /// The chunk was spoken.
    End {
        /// The attempt.
        turn: TurnId,
        /// The chunk's number.
        index: u32,
        /// When it was.
        at: Time,
    },
    /// There will be no sound, or not the rest of it.
    Failed {
        /// The attempt.
        turn: TurnId,
        /// What went wrong, naming the program or the server.
        message: String,
    },
    /// Something the user should know that costs nothing.
    Note(String),
}

/// When a word sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenWord {
    /// Its bytes in [`Job::speech`].
    pub speech: Range<usize>,
    /// Its samples, counted from the first that the chunk's sound had.
    pub samples: Range<u64>,
}

/// The logic of a voice's stage.
#[derive(Debug)]
pub struct Core {
    waiting: VecDeque<(TurnId, Chunk)>,
    speaking: Option<Speaking>,
    /// The last attempt of which something was heard, and the last one that was lost.
    voiced: Option<TurnId>,
    lost: Option<TurnId>,
    rate: u32,
}

#[derive(Debug)]
struct Speaking {
    turn: TurnId,
    index: u32,
    text: Arc<str>,
    /// Which words as written the spoken ones are.
    alignment: Alignment,
    /// Words that no frame has carried yet.
    words: Vec<SpokenWord>,
    end: bool,
    trim: Trim,
    /// Abandons the job when it goes.
    _wanted: Wanted,
}

impl Core {
    /// A core for a voice of `rate` samples a second; empty frames carry that rate until there was
    /// sound.
    pub fn new(rate: u32) -> Self {
        Self { waiting: VecDeque::new(), speaking: None, voiced: None, lost: None, rate }
    }

    /// Speaks what waits, one chunk at a time.
    fn next(&mut self, now: Time, out: &mut Out<Job>) {
        while self.speaking.is_none() {
            let Some((turn, chunk)) = self.waiting.pop_front() else { return };
            let Chunk { index, text, speech, end } = chunk;
            let text: Arc<str> = text.into();
            let (trim, wanted) = (Trim::default(), Wanted::new());
            let cancel = wanted.cancel();
            let alignment = Alignment::new(&text, &speech);
            let words = Vec::new();
            let speaking =
                Speaking { turn, index, text, alignment, words, end, trim, _wanted: wanted };
            if speech.trim().is_empty() {
                speaking.finish(self.rate, out);
            } else {
                out.fact(Fact::Step { turn, step: Step::TtsStart, at: now });
                out.job(Job { turn, index, speech, end, cancel });
                self.speaking = Some(speaking);
            }
        }
    }
}

impl Speaking {
    fn voice(&self, samples: &[f32], rate: u32) -> Voice {
        let chunk = (self.index, self.text.clone());
        let (words, chunk_end, end) = ([].into(), false, false);
        Voice { samples: samples.into(), rate, chunk, words, chunk_end, end }
    }

    /// The words whose times the next frame tells.
    fn take_words(&mut self) -> Arc<[WordTime]> {
        // What is cut before the first sound is not counted.
        let cut = self.trim.samples_cut();
        let words = std::mem::take(&mut self.words);
        let told = words.into_iter().filter_map(|word| {
            let text = self.alignment.written(&word.speech)?;
            let samples =
                word.samples.start.saturating_sub(cut)..word.samples.end.saturating_sub(cut);
            Some(WordTime { text, samples })
        });
        told.collect()
    }

    fn send(&mut self, samples: &[f32], rate: u32, out: &mut Out<Job>) {
        let most = (rate as usize / FRAMES_A_SECOND).max(1);
        for piece in samples.chunks(most) {
            let words = self.take_words();
            out.send(self.turn, Payload::Voice(Voice { words, ..self.voice(piece, rate) }));
        }
    }

    fn finish(mut self, rate: u32, out: &mut Out<Job>) {
        let rest = self.trim.finish(self.end, rate);
        self.send(&rest, rate, out);
        let words = self.take_words();
        let last = Voice { words, chunk_end: true, end: self.end, ..self.voice(&[], rate) };
        out.send(self.turn, Payload::Voice(last));
    }
}

impl StageCore for Core {
    type Job = Job;
    type Done = Done;

    fn job_name(_: &Job) -> &'static str {
        "chunk"
    }

    fn on_frame(&mut self, frame: Frame, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        let Payload::Chunk(chunk) = frame.payload else { return Ok(()) };
        let Some(turn) = frame.turn else {
            return Err(StageError::skip("a chunk without a turn cannot be spoken"));
        };
        if self.lost == Some(turn) {
            // Speech with a hole in it is not to be heard, but an answer may begin anew.
            if chunk.index != 0 {
                return Ok(());
            }
            self.lost = None;
        }
        self.waiting.push_back((turn, chunk));
        self.next(now, out);
        Ok(())
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        now: Time,
        out: &mut Out<Job>,
    ) -> Result<(), StageError> {
        self.waiting.retain(|(turn, _)| *turn >= view.turn);
        self.speaking.take_if(|it| it.turn < view.turn);
        self.next(now, out);
        Ok(())
    }

    fn on_done(&mut self, done: Done, now: Time, out: &mut Out<Job>) -> Result<(), StageError> {
        match done {
            Done::Sound { turn, index, samples, rate, at } => {
                let Some(it) = self.speaking.as_mut() else { return Ok(()) };
                if it.turn != turn || it.index != index {
                    return Ok(());
                }
                self.rate = rate;
                let samples = it.trim.push(&samples, rate);
                if !samples.is_empty() && self.voiced != Some(turn) {
                    self.voiced = Some(turn);
                    out.fact(Fact::Trimmed { turn, silence: it.trim.cut_before(rate) });
                    out.fact(Fact::Step { turn, step: Step::FirstVoice, at });
                }
                it.send(&samples, rate, out);
            }
            Done::Words { turn, index, words } => {
                if let Some(it) = self.speaking.as_mut()
                    && it.turn == turn
                    && it.index == index
                {
                    it.words.extend(words);
                }
            }
            Done::End { turn, index, at } => {
                if let Some(it) = self.speaking.take_if(|it| it.turn == turn && it.index == index) {
                    out.fact(Fact::Step { turn, step: Step::TtsEnd, at });
                    it.finish(self.rate, out);
                    self.next(now, out);
                }
            }
            Done::Failed { turn, message } => {
                if self.speaking.take_if(|it| it.turn == turn).is_some() {
                    self.waiting.retain(|(other, _)| *other != turn);
                    self.lost = Some(turn);
                    self.next(now, out);
                    return Err(StageError::skip(message));
                }
            }
            Done::Note(text) => out.note(text),
        }
        Ok(())
    }

    fn wants_frames(&self) -> bool {
        self.waiting.len() <= WAITING
    }
}
