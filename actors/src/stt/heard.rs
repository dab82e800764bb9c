//! What is being said, or was said last.

use std::collections::VecDeque;
use std::time::Duration;

use super::core::Sound;
use crate::frame::Audio;
use crate::time::{Time, samples_to_duration};

/// The most audio of one utterance that is kept: no one speaks that long, but a television may.
pub(super) const LONGEST: Duration = Duration::from_secs(600);
/// How much goes at once when there is more.
const CUT: Duration = Duration::from_secs(60);

/// Audio with marks.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) number: u64,
    /// Pieces that are kept, and how many went before them.
    pub(super) pieces: VecDeque<Audio>,
    pub(super) gone: usize,
    /// Where speech began, as a count of pieces, and when.
    pub(super) starts: Vec<(usize, Time)>,
    /// How long the pieces are.
    pub(super) length: Duration,
    /// Speech has begun and not stopped, nor fallen quiet.
    pub(super) speaking: bool,
    /// It was said over a reply, and has not become a turn.
    pub(super) over: bool,
}

impl Heard {
    pub(super) fn push(&mut self, audio: Audio) -> bool {
        self.length += length(&audio);
        self.pieces.push_back(audio);
        let cut = self.length > LONGEST;
        if cut {
            while self.length > LONGEST - CUT && self.pop() {}
        }
        cut
    }

    fn pop(&mut self) -> bool {
        let Some(audio) = self.pieces.pop_front() else { return false };
        self.length = self.length.saturating_sub(length(&audio));
        self.gone += 1;
        true
    }

    /// Drops what came before the last start that is not after `began`; whether that was anything.
    pub(super) fn begin_at(&mut self, began: Time) -> bool {
        let Some(last) = self.starts.iter().rposition(|(_, at)| *at <= began) else { return false };
        self.starts.drain(..last);
        let before = self.gone;
        while self.gone < self.starts[0].0 && self.pop() {}
        self.gone > before
    }

    pub(super) fn sound(&self) -> Sound {
        Sound { utterance: self.number, pieces: self.pieces.iter().cloned().collect() }
    }

    pub(super) fn began(&self) -> Option<Time> {
        self.starts.first().map(|(_, at)| *at)
    }

    /// Goes on with what was taken for something else; whether the beginning went for it.
    pub(super) fn append(&mut self, more: Self) -> bool {
        let base = self.gone + self.pieces.len();
        let starts =
            more.starts.iter().map(|(index, at)| (base + index.saturating_sub(more.gone), *at));
        self.starts.extend(starts);
        self.speaking = more.speaking;
        let mut cut = false;
        for piece in more.pieces {
            cut |= self.push(piece);
        }
        cut
    }
}

fn length(audio: &Audio) -> Duration {
    samples_to_duration(audio.samples.len() as u64, audio.rate)
}
