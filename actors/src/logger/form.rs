//! What a line says.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use serde::Serialize;
use serde_json::Value;

use crate::error::StageError;
use crate::frame::{EndReason, Message, Record, Role};
use crate::time::Time;

/// What the pipeline's clock shows in the world.
pub(super) struct WallClock {
    zero: Timestamp,
}

impl WallClock {
    /// The pipeline's clock shows `now`.
    pub(super) fn new(now: Time) -> Self {
        Self::anchored(Timestamp::now(), now)
    }

    /// The pipeline's clock shows `now` at `timestamp`.
    pub(super) fn anchored(timestamp: Timestamp, now: Time) -> Self {
        Self { zero: shifted(timestamp, now.since_start(), -1) }
    }

    /// A moment in seconds of the pipeline's clock, by RFC 3339 to the millisecond.
    fn rfc3339(&self, seconds: f64) -> String {
        let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let time = shifted(self.zero, since, 1);
        time.round(Unit::Millisecond).unwrap_or(time).to_string()
    }
}

fn shifted(timestamp: Timestamp, by: Duration, sign: i32) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or_default();
    timestamp.checked_add(by * sign).unwrap_or(timestamp)
}

/// Which lines are written.
#[derive(Debug)]
pub(super) enum Form {
    /// Conversations, and the model of each stage.
    Chat(BTreeMap<String, String>),
    /// Turns as measured.
    Turn,
}

#[derive(Serialize)]
struct Chat<'a> {
    messages: Vec<Message>,
    turn: u64,
    started_at: String,
    dead_air_ms: Option<f64>,
    dead_air_reason: Option<&'a str>,
    interrupted: bool,
    end_reason: EndReason,
    models: &'a BTreeMap<String, String>,
}

impl Form {
    /// The line for a turn, without its end; none if the turn is not worth one.
    ///
    /// # Errors
    /// When the record cannot be written as JSON.
    pub(super) fn line(
        &self,
        record: &Record,
        clock: &WallClock,
    ) -> Result<Option<String>, StageError> {
        let started_at = clock.rfc3339(record.started_at);
        let line = match self {
            Self::Chat(models) => {
                let messages = messages(record);
                if messages.is_empty() {
                    return Ok(None);
                }
                serde_json::to_string(&Chat {
                    messages,
                    turn: record.turn,
                    started_at,
                    dead_air_ms: record.dead_air_ms,
                    dead_air_reason: record.dead_air_reason.as_deref(),
                    interrupted: record.interrupted,
                    end_reason: record.end_reason,
                    models,
                })
            }
            Self::Turn => serde_json::to_value(record).and_then(|mut value| {
                if let Value::Object(fields) = &mut value {
                    let clock = fields.insert("started_at".into(), started_at.into());
                    fields.insert("clock_started_at".into(), clock.unwrap_or_default());
                }
                serde_json::to_string(&value)
            }),
        };
        line.map(Some).map_err(|error| {
            StageError::skip(format_args!(
                "turn {} cannot be written as JSON: {error}",
                record.turn
            ))
        })
    }
}

/// What was said, of those who said something.
fn messages(record: &Record) -> Vec<Message> {
    [(Role::User, &record.user_text), (Role::Assistant, &record.agent_text)]
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(role, text)| Message { role, content: text.trim().to_string() })
        .collect()
}
