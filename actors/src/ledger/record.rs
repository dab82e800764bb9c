//! What is written for each turn.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Account, Attempt, EndOfTurn, Figure, Outcome, Speculation, Steps, Tile, ms};
use crate::time::Time;

/// The version of [`Record`]'s keys. It grows when one changes its meaning or goes; new ones may
/// come without.
pub const VERSION: u32 = 1;

/// A time in which the person spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// Capture time of the first voiced sample.
    #[serde(rename = "start_ms", with = "ms::known")]
    pub start: Time,
    /// Capture time of the last voiced sample, if they stopped.
    #[serde(rename = "stop_ms", with = "ms")]
    pub stop: Option<Time>,
}

/// The moments that a turn is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Anchors {
    /// Capture time of the person's first voiced sample.
    #[serde(rename = "speech_start_ms", with = "ms")]
    pub speech_start: Option<Time>,
    /// The first words so far were there.
    #[serde(rename = "first_partial_ms", with = "ms")]
    pub first_partial: Option<Time>,
    /// Capture time of the person's last voiced sample.
    #[serde(rename = "speech_stop_ms", with = "ms")]
    pub speech_stop: Option<Time>,
    /// The detector said that they stopped.
    #[serde(rename = "stop_detected_ms", with = "ms")]
    pub stop_detected: Option<Time>,
    /// It was decided that they are done.
    #[serde(rename = "decided_ms", with = "ms")]
    pub decided: Option<Time>,
    /// The steps of the attempt that became the answer.
    #[serde(flatten)]
    pub steps: Steps,
    /// Capture time of the first voiced sample that interrupted the reply.
    #[serde(rename = "barge_in_ms", with = "ms")]
    pub barge_in: Option<Time>,
}

/// The figures of a turn, as [`Record`] has them.
#[derive(Default)]
struct Figures {
    dead_air_ms: Option<f64>,
    dead_air_reason: Option<String>,
    tiles: BTreeMap<Tile, Option<f64>>,
    tiles_reason: Option<String>,
    hidden_tiles: Vec<Tile>,
    user_bot_latency_ms: Option<f64>,
    barge_in_stop_ms: Option<f64>,
    first_partial_ms: Option<f64>,
    reasons: BTreeMap<String, String>,
}

impl Figures {
    /// The figures that the anchors give, or `because` in place of those of the reply.
    fn new(anchors: &Anchors, because: Option<&str>) -> Self {
        let account = anchors.account();
        let mut figures = Self::default();
        let either = |figure: Figure| match because {
            Some(reason) => Err(reason.to_string()),
            None => figure,
        };
        figures.dead_air(&account, because);
        let mut put = |key: &str, figure: Figure| match figure {
            Ok(length) => Some(ms::of(length)),
            Err(reason) => {
                figures.reasons.insert(key.into(), reason);
                None
            }
        };
        let user_bot_latency_ms = put("user_bot_latency_ms", either(account.user_bot_latency));
        let barge_in_stop_ms = put("barge_in_stop_ms", anchors.barge_in_stop());
        let first_partial_ms = put("first_partial_ms", anchors.time_to_first_partial());
        Self { user_bot_latency_ms, barge_in_stop_ms, first_partial_ms, ..figures }
    }

    fn dead_air(&mut self, account: &Account, because: Option<&str>) {
        let dead_air = match (because, &account.dead_air) {
            (Some(reason), _) => Err(reason.to_string()),
            (None, dead_air) => dead_air.clone(),
        };
        let there = dead_air.is_ok();
        self.tiles = Tile::ALL
            .into_iter()
            .zip(account.tiles)
            .map(|(tile, length)| (tile, length.filter(|_| there).map(ms::of)))
            .collect();
        if there {
            self.tiles_reason = account.tiles_reason.clone();
            self.hidden_tiles = account.hidden.clone();
        } else {
            self.tiles_reason = Some("there is no dead air".into());
        }
        self.dead_air_ms = dead_air.as_ref().ok().copied().map(ms::of);
        self.dead_air_reason = dead_air.err();
    }
}

impl Anchors {
    fn barge_in_stop(&self) -> Figure {
        if self.barge_in.is_none() {
            return Err("the reply was not interrupted".into());
        }
        let (from, to) = (self.barge_in, self.steps.last_sample);
        match (from, to) {
            // The last sample was on its way out before the person began.
            (Some(from), Some(to)) if to < from => Ok(Duration::ZERO),
            _ => super::between(
                ("the start of the interruption", from),
                ("the last sample heard", to),
            ),
        }
    }

    fn time_to_first_partial(&self) -> Figure {
        let from = ("the start of the speech", self.speech_start);
        super::between(from, ("the first partial transcript", self.first_partial))
    }
}

/// A finished turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`]; 0 in files that are older than the key.
    #[serde(default)]
    pub version: u32,
    /// Counted from 1 within the conversation.
    pub turn: u64,
    /// What the person said.
    pub user_text: String,
    /// What the machine said, as far as it was heard.
    pub agent_text: String,
    /// Milliseconds from the person's last voiced sample to the reply's first audible sample.
    pub dead_air_ms: Option<f64>,
    /// Why there is no dead air.
    pub dead_air_reason: Option<String>,
    /// The parts of the dead air, in milliseconds.
    #[serde(default)]
    pub tiles: BTreeMap<Tile, Option<f64>>,
    /// Why there are parts missing.
    #[serde(default)]
    pub tiles_reason: Option<String>,
    /// The parts that were over before they could begin, as the answer was made in advance.
    #[serde(default)]
    pub hidden_tiles: Vec<Tile>,
    /// Whether answering in advance paid.
    #[serde(default)]
    pub speculation: Speculation,
    /// Attempts that were thrown away.
    #[serde(default)]
    pub misses: u64,
    /// Tokens that were written for them.
    #[serde(default)]
    pub wasted_tokens: u64,
    /// Time that stages worked for them, in milliseconds.
    #[serde(default)]
    pub wasted_ms: f64,
    /// Tokens that the language model read while the person still spoke.
    #[serde(default)]
    pub read_ahead_tokens: u64,
    /// Milliseconds from the person's last voiced sample to the hand-over of the reply's first
    /// samples to playback.
    #[serde(default)]
    pub user_bot_latency_ms: Option<f64>,
    /// Milliseconds from the first voiced sample that interrupted the reply to the last sample
    /// heard of it.
    #[serde(default)]
    pub barge_in_stop_ms: Option<f64>,
    /// Milliseconds from the person's first voiced sample to the first words so far.
    #[serde(default)]
    pub first_partial_ms: Option<f64>,
    /// Why one of the three figures before is missing, by its key.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// Whether the person spoke over the reply.
    pub interrupted: bool,
    /// How the turn ended.
    pub end_reason: EndReason,
    /// Which rule decided that the person is done; none if nothing did.
    #[serde(default)]
    pub end_of_turn: Option<EndOfTurn>,
    /// When the person's first sound was captured, in seconds of the pipeline's clock.
    pub started_at: f64,
    /// When the person's last sound was captured, in seconds of the pipeline's clock.
    pub speech_ended_at: Option<f64>,
    /// When the reply's first audible sample was played, in seconds of the pipeline's clock.
    pub reply_started_at: Option<f64>,
    /// When the turn was closed, in seconds of the pipeline's clock.
    pub ended_at: f64,
    /// When the person spoke.
    #[serde(default)]
    pub speech: Vec<Speech>,
    /// All attempts to answer, in order.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// The moments, in milliseconds of the pipeline's clock.
    #[serde(default)]
    pub anchors: Anchors,
}

/// What happened in a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Counted from 1 within the conversation.
    pub turn: u64,
    /// When the person spoke.
    pub speech: Vec<Speech>,
    /// All attempts to answer, in order and over.
    pub attempts: Vec<Attempt>,
    /// The moments.
    pub anchors: Anchors,
    /// Which rule decided that the person is done.
    pub end_of_turn: Option<EndOfTurn>,
}

impl Course {
    /// The record of the turn, closed at `now`; `because` says why the reply is not measured.
    pub fn record(
        self,
        end_reason: EndReason,
        user_text: String,
        agent_text: String,
        because: Option<&str>,
        now: Time,
    ) -> Record {
        let Self { turn, speech, attempts, anchors, end_of_turn } = self;
        let seconds = |time: Time| time.since_start().as_secs_f64();
        let figures = Figures::new(&anchors, because);
        let waste = || attempts.iter().filter(|attempt| attempt.is_waste());
        Record {
            version: VERSION,
            turn,
            user_text,
            agent_text,
            dead_air_ms: figures.dead_air_ms,
            dead_air_reason: figures.dead_air_reason,
            tiles: figures.tiles,
            tiles_reason: figures.tiles_reason,
            hidden_tiles: figures.hidden_tiles,
            speculation: Speculation::of(&attempts),
            misses: waste().count() as u64,
            wasted_tokens: waste().map(|attempt| attempt.written_tokens).sum(),
            wasted_ms: waste().fold(0.0, |sum, attempt| sum + attempt.work_ms),
            read_ahead_tokens: 0,
            user_bot_latency_ms: figures.user_bot_latency_ms,
            barge_in_stop_ms: figures.barge_in_stop_ms,
            first_partial_ms: figures.first_partial_ms,
            reasons: figures.reasons,
            interrupted: end_reason == EndReason::Interrupted,
            end_reason,
            end_of_turn,
            started_at: seconds(anchors.speech_start.unwrap_or(now)),
            speech_ended_at: anchors.speech_stop.map(seconds),
            reply_started_at: anchors.steps.audible.map(seconds),
            ended_at: seconds(now),
            speech,
            attempts,
            anchors,
        }
    }
}

impl Record {
    /// The attempt that became the answer, if there was one.
    pub fn answer(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.outcome == Outcome::Kept)
    }
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The reply was heard to its end; in a pipeline that does not reply: the words were written.
    Finished,
    /// The person spoke over the reply.
    Interrupted,
    /// No words were recognised.
    NoWords,
    /// A stage failed twice; the person was told so.
    Failed,
    /// The turn was open for longer than the limit.
    TimedOut,
    /// The pipeline was stopped.
    Stopped,
}
