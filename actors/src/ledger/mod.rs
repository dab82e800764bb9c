//! The ledger of a turn: where the silence before the reply went.
//!
//! Pure: moments go in, lengths or reasons come out. What is written for each turn is
//! [`Record`]; its keys are described in the README of this folder.
//!
//! # Dead air
//! From the person's last voiced sample to the reply's first audible sample. [`Tile`]s lie between
//! them without gap or overlap, in the order of [`Tile::ALL`]. A tile ends where its anchor lies,
//! unless that is before the end of the tile before it: then it was done while the person was
//! still waited for, it has no length, and it is [hidden](Account::hidden).
//!
//! | tile | ends with |
//! | --- | --- |
//! | `endpoint_wait` | the decision that the person is done |
//! | `stt` | the final words |
//! | `llm_first_token` | the language model's first piece |
//! | `first_chunk` | the first chunk with something to say |
//! | `tts_first_audio` | the voice's first sample |
//! | `leading_silence` | as much later as the reply is silent before its first audible sample |
//! | `playout` | the first audible sample: what lead and device took beyond that silence |
//!
//! Invariant: a figure whose anchor is missing or contradicts another one is not a number; it has
//! a reason.

mod attempt;
mod end;
mod line;
mod ms;
mod read;
mod record;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Time;

pub use attempt::{Attempt, Cause, Outcome, Speculation, Steps, Word};
pub use end::{EndOfTurn, EndSource};
pub use read::{Entry, NoEntry};
pub use record::{Anchors, Course, EndReason, Record, Speech, VERSION};

/// A part of dead air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tile {
    /// Until it is decided that the person is done.
    EndpointWait,
    /// Until their words are known.
    Stt,
    /// Until the language model has written its first piece.
    LlmFirstToken,
    /// Until there is a chunk to speak.
    FirstChunk,
    /// Until the voice has given its first sample.
    TtsFirstAudio,
    /// Silence that the reply begins with.
    LeadingSilence,
    /// Until what was given to the device is heard.
    Playout,
}

impl Tile {
    /// All tiles, as they follow each other.
    pub const ALL: [Self; 7] = [
        Self::EndpointWait,
        Self::Stt,
        Self::LlmFirstToken,
        Self::FirstChunk,
        Self::TtsFirstAudio,
        Self::LeadingSilence,
        Self::Playout,
    ];

    /// The key in `turns.jsonl`, and the name of the span.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EndpointWait => "endpoint_wait",
            Self::Stt => "stt",
            Self::LlmFirstToken => "llm_first_token",
            Self::FirstChunk => "first_chunk",
            Self::TtsFirstAudio => "tts_first_audio",
            Self::LeadingSilence => "leading_silence",
            Self::Playout => "playout",
        }
    }

    /// The word for it where there is little room.
    pub const fn short(self) -> &'static str {
        match self {
            Self::EndpointWait => "endpoint",
            Self::Stt => "stt",
            Self::LlmFirstToken => "llm",
            Self::FirstChunk => "chunk",
            Self::TtsFirstAudio => "tts",
            Self::LeadingSilence => "silence",
            Self::Playout => "playout",
        }
    }
}

/// A figure, or why there is none.
pub type Figure = Result<Duration, String>;

/// What the anchors of a turn come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// From the last voiced sample to the first audible one.
    pub dead_air: Figure,
    /// Lengths in the order of [`Tile::ALL`]. All are there, and their sum is the dead air, unless
    /// there is a reason.
    pub tiles: [Option<Duration>; 7],
    /// Why tiles are missing.
    pub tiles_reason: Option<String>,
    /// Tiles that were over before they could begin.
    pub hidden: Vec<Tile>,
    /// From the last voiced sample to the hand-over of the reply's first samples to playback,
    /// which is what pipecat calls user-bot latency.
    pub user_bot_latency: Figure,
}

impl Account {
    /// Where each tile lies, in the order of [`Tile::ALL`]; none unless all tiles are there.
    pub fn spans(&self, speech_stop: Time) -> Option<[(Tile, Time, Time); 7]> {
        let mut at = speech_stop;
        let mut spans = Tile::ALL.map(|tile| (tile, at, at));
        for (span, length) in spans.iter_mut().zip(self.tiles) {
            let end = at + length?;
            *span = (span.0, at, end);
            at = end;
        }
        Some(spans)
    }
}

/// From one moment to a later one.
pub(crate) fn between(from: (&str, Option<Time>), to: (&str, Option<Time>)) -> Figure {
    match (from.1, to.1) {
        (Some(start), Some(end)) if start <= end => Ok(end.since(start)),
        (Some(_), Some(_)) => Err(format!("{} came before {}", to.0, from.0)),
        (None, _) => Err(format!("{} is missing", from.0)),
        (_, None) => Err(format!("{} is missing", to.0)),
    }
}

impl Anchors {
    /// The ledger.
    pub fn account(&self) -> Account {
        let stop = ("the end of the speech", self.speech_stop);
        let steps = &self.steps;
        let audible = ("the first audible sample", steps.audible);
        let dead_air = between(stop, audible);
        let mut account = Account {
            dead_air: dead_air.clone(),
            tiles: [None; 7],
            tiles_reason: None,
            hidden: Vec::new(),
            user_bot_latency: between(stop, ("the hand-over to playback", steps.handed_over)),
        };
        match (dead_air, self.speech_stop, steps.audible) {
            (Ok(_), Some(stop), Some(audible)) => self.tile(stop, audible, &mut account),
            (Ok(_) | Err(_), _, _) => account.tiles_reason = Some("there is no dead air".into()),
        }
        account
    }

    /// Anchors of one attempt, which cause each other in this order.
    fn chain(&self) -> [(&'static str, Option<Time>); 6] {
        let steps = &self.steps;
        [
            ("the final words", steps.words),
            ("the first token", steps.first_token),
            ("the first chunk", steps.first_chunk),
            ("the voice's first sample", steps.first_voice),
            ("the hand-over to playback", steps.handed_over),
            ("the first audible sample", steps.audible),
        ]
    }

    /// What anchors contradict.
    fn contradiction(&self) -> Option<String> {
        let decided = ("the decision", self.decided);
        let over = ("the hand-over to playback", self.steps.handed_over);
        let first = ("the first sample", self.steps.first_sample);
        let audible = ("the first audible sample", self.steps.audible);
        let mut pairs = vec![(decided, over), (decided, audible), (first, audible)];
        let chain = self.chain();
        let known: Vec<_> = chain.into_iter().filter(|(_, at)| at.is_some()).collect();
        pairs.extend(known.windows(2).map(|pair| (pair[0], pair[1])));
        let wrong = pairs
            .into_iter()
            .find(|((_, from), (_, to))| from.zip(*to).is_some_and(|(from, to)| from > to))?;
        let ((from, _), (to, _)) = wrong;
        Some(format!("{to} came before {from}"))
    }

    fn tile(&self, stop: Time, audible: Time, account: &mut Account) {
        if let Some(reason) = self.contradiction() {
            account.tiles_reason = Some(reason);
            return;
        }
        let steps = &self.steps;
        let ends = [
            ("the decision", self.decided),
            ("the final words", steps.words),
            ("the first token", steps.first_token),
            ("the first chunk", steps.first_chunk),
            ("the voice's first sample", steps.first_voice),
        ];
        // The end of the last tile with an end, and whether the tile before this one is that.
        let (mut at, mut follows) = (stop, true);
        let mut missing = None;
        for (index, (name, end)) in ends.into_iter().enumerate() {
            let Some(end) = end else {
                missing = missing.or(Some(name));
                follows = false;
                continue;
            };
            if follows || end <= at {
                account.tiles[index] = Some(end.since(at));
                if end < at {
                    account.hidden.push(Tile::ALL[index]);
                }
            }
            at = at.max(end);
            follows = true;
        }
        if let (Some(first), true) = (steps.first_sample, follows) {
            let rest = audible.since(at);
            let silence = audible.since(first).min(rest);
            account.tiles[5] = Some(silence);
            account.tiles[6] = Some(rest.saturating_sub(silence));
        }
        if steps.first_sample.is_none() {
            missing = missing.or(Some("the first sample"));
        }
        account.tiles_reason = missing.map(|name| format!("{name} is missing"));
    }
}
