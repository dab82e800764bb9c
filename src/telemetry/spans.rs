//! The record of a turn as a tree of spans.
//!
//! ```text
//! turn
//! ├ user_speech              one for each stretch of speech
//! ├ attempt                  one for each attempt to answer
//! │  ├ stt_work
//! │  ├ llm_work
//! │  └ tts_work
//! ├ dead_air                 its children follow each other without gap or overlap
//! │  ├ endpoint_wait
//! │  ├ stt
//! │  ├ llm
//! │  ├ chunker
//! │  ├ tts
//! │  ├ leading_silence
//! │  └ playout
//! ├ agent_speech
//! └ interrupt
//! ```
//!
//! Names of attributes are those of OpenTelemetry's conventions for generative AI where it has
//! one, and else those that viewers of pipecat's traces know (`metrics.ttfb`, `turn.number`).

use antiphon_actors::Time;
use antiphon_actors::ledger::{Attempt, Cause, EndReason, Outcome, Record, Tile};
use antiphon_config::Pipeline;
use opentelemetry::{KeyValue, Value};

use super::metrics::{end_reason, speculation};
use crate::build::{self, Model};

/// A span before it is given to a tracer.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// The place of its parent in the list; none for the turn.
    pub parent: Option<usize>,
    /// When it began.
    pub start: Time,
    /// When it ended.
    pub end: Time,
    /// What is known of it.
    pub attributes: Vec<KeyValue>,
    /// What happened in it.
    pub events: Vec<Event>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Something that happened at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: &'static str,
    /// When.
    pub at: Time,
    /// What is known of it.
    pub attributes: Vec<KeyValue>,
}

/// What all spans of a run have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// Names the run.
    pub session: String,
    /// Names the conversation.
    pub conversation: String,
    /// Whether spans hold what was said.
    pub content: bool,
    /// The recogniser.
    pub stt: Model,
    /// The language model.
    pub llm: Model,
    /// The voice.
    pub tts: Model,
}

impl Identity {
    /// That of a run of a pipeline.
    pub fn new(pipeline: &Pipeline, session: String, conversation: String) -> Self {
        let mut identity =
            Self { session, conversation, content: pipeline.telemetry.content, ..Self::default() };
        for stage in &pipeline.stages {
            let place = if stage.kind.is_stt() {
                &mut identity.stt
            } else if stage.kind.is_llm() {
                &mut identity.llm
            } else {
                &mut identity.tts
            };
            if let Some(model) = build::model(&stage.settings) {
                *place = model;
            }
        }
        identity
    }

    fn ids(&self) -> Vec<KeyValue> {
        vec![
            KeyValue::new("conversation.id", self.conversation.clone()),
            KeyValue::new("session.id", self.session.clone()),
        ]
    }

    /// What stands on every span of a model.
    fn model(&self, model: &Model) -> Vec<KeyValue> {
        let mut attributes = self.ids();
        attributes.push(KeyValue::new("gen_ai.provider.name", model.provider));
        attributes.push(KeyValue::new("gen_ai.request.model", model.name.clone()));
        attributes
    }
}

/// The spans of a turn, parents before their children, the turn first.
pub fn spans(record: &Record, identity: &Identity) -> Vec<Span> {
    let mut tree = Tree { identity, record, spans: Vec::new() };
    tree.turn();
    tree.user_speech();
    record.attempts.iter().for_each(|attempt| tree.attempt(attempt));
    tree.dead_air();
    tree.agent_speech();
    tree.interrupt();
    // A turn is as long as what belongs to it.
    let end = tree.spans.iter().map(|span| span.end).max();
    if let (Some(turn), Some(end)) = (tree.spans.first_mut(), end) {
        turn.end = end;
    }
    tree.spans
}

struct Tree<'a> {
    identity: &'a Identity,
    record: &'a Record,
    spans: Vec<Span>,
}

fn moment(seconds: f64) -> Time {
    Time::from_start(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

fn put(attributes: &mut Vec<KeyValue>, key: &'static str, value: Option<impl Into<Value>>) {
    attributes.extend(value.map(|value| KeyValue::new(key, value)));
}

fn seconds_between(from: Option<Time>, to: Option<Time>) -> Option<f64> {
    let (from, to) = from.zip(to)?;
    Some(to.since(from).as_secs_f64())
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Tree<'_> {
    fn span(&mut self, name: &str, parent: usize, start: Time, end: Time) -> &mut Span {
        let place = self.spans.len();
        self.spans.push(Span {
            name: name.into(),
            parent: Some(parent),
            start,
            end: end.max(start),
            attributes: Vec::new(),
            events: Vec::new(),
            error: None,
        });
        &mut self.spans[place]
    }

    fn turn(&mut self) {
        let record = self.record;
        let mut attributes = self.identity.ids();
        let seconds = |ms: Option<f64>| ms.map(|ms| ms / 1e3);
        attributes.extend([
            KeyValue::new("turn.number", count(record.turn)),
            KeyValue::new("turn.was_interrupted", record.interrupted),
            KeyValue::new("turn.end_reason", end_reason(record.end_reason)),
            KeyValue::new("turn.speculation", speculation(record.speculation)),
            KeyValue::new("turn.misses", count(record.misses)),
            KeyValue::new("turn.wasted_tokens", count(record.wasted_tokens)),
            KeyValue::new("turn.read_ahead_tokens", count(record.read_ahead_tokens)),
        ]);
        let rule = record.end_of_turn.map(|end| end.source.name());
        put(&mut attributes, "turn.end_of_turn", rule);
        put(&mut attributes, "turn.dead_air_seconds", seconds(record.dead_air_ms));
        put(&mut attributes, "turn.dead_air_reason", record.dead_air_reason.clone());
        let latency = seconds(record.user_bot_latency_ms);
        put(&mut attributes, "turn.user_bot_latency_seconds", latency);
        put(&mut attributes, "turn.first_partial_seconds", seconds(record.first_partial_ms));
        if self.identity.content {
            put(&mut attributes, "input", Some(record.user_text.clone()));
            put(&mut attributes, "output", Some(record.agent_text.clone()));
        }
        let error = match record.end_reason {
            EndReason::Failed => Some("no answer could be given".to_string()),
            EndReason::TimedOut => Some("the turn was open for longer than its limit".to_string()),
            EndReason::Finished
            | EndReason::Interrupted
            | EndReason::NoWords
            | EndReason::Stopped => None,
        };
        let start = record.anchors.speech_start.unwrap_or_else(|| moment(record.started_at));
        let end = moment(record.ended_at);
        self.spans.push(Span {
            name: "turn".into(),
            parent: None,
            start,
            end,
            attributes,
            events: Vec::new(),
            error,
        });
    }

    fn user_speech(&mut self) {
        let first_partial = self.record.anchors.first_partial;
        for (place, speech) in self.record.speech.iter().enumerate() {
            let stop = speech.stop.or(self.record.anchors.speech_stop);
            let stop = stop.unwrap_or_else(|| moment(self.record.ended_at));
            let span = self.span("user_speech", 0, speech.start, stop);
            if let Some(at) = first_partial.filter(|_| place == 0) {
                span.events.push(Event { name: "first_partial", at, attributes: Vec::new() });
            }
        }
    }

    /// The work for an attempt, which may lie before the end of the turn was decided.
    fn attempt(&mut self, attempt: &Attempt) {
        let end = attempt.ended.unwrap_or_else(|| moment(self.record.ended_at));
        let place = self.spans.len();
        let mut attributes = vec![
            KeyValue::new("attempt.number", count(attempt.turn.0)),
            KeyValue::new("attempt.cause", cause(attempt.cause)),
            KeyValue::new("attempt.outcome", outcome(attempt.outcome)),
            KeyValue::new("attempt.work_seconds", attempt.work_ms / 1e3),
            KeyValue::new("attempt.written_tokens", count(attempt.written_tokens)),
        ];
        if self.identity.content {
            put(&mut attributes, "transcript", attempt.text.clone());
        }
        self.span("attempt", 0, attempt.begun, end).attributes = attributes;
        let steps = &attempt.steps;
        let work = [
            ("stt_work", steps.stt_start, steps.words),
            ("llm_work", steps.llm_start.or(steps.prompted), steps.llm_end),
            ("tts_work", steps.tts_start.or(steps.first_chunk), steps.tts_end),
        ];
        for (name, from, to) in work {
            if let Some(from) = from {
                self.span(name, place, from, to.unwrap_or(end).min(end));
            }
        }
    }

    fn dead_air(&mut self) {
        let anchors = &self.record.anchors;
        let (Some(ms), Some(stop)) = (self.record.dead_air_ms, anchors.speech_stop) else { return };
        let Some(audible) = anchors.steps.audible else { return };
        let place = self.spans.len();
        let span = self.span("dead_air", 0, stop, audible);
        span.attributes.push(KeyValue::new("dead_air.seconds", ms / 1e3));
        let Some(tiles) = anchors.account().spans(stop) else {
            let reason = self.record.tiles_reason.clone();
            put(&mut self.spans[place].attributes, "dead_air.tiles_reason", reason);
            return;
        };
        for (tile, start, end) in tiles {
            let attributes = self.tile(tile);
            self.span(tile_span(tile), place, start, end).attributes = attributes;
        }
    }

    fn tile(&self, tile: Tile) -> Vec<KeyValue> {
        let (record, identity) = (self.record, self.identity);
        let (anchors, steps) = (&record.anchors, &record.anchors.steps);
        let answer = record.answer();
        let mut attributes = match tile {
            Tile::EndpointWait => self.endpoint(),
            Tile::Stt => {
                let mut attributes = identity.model(&identity.stt);
                attributes.push(KeyValue::new("is_final", true));
                let ttfb = seconds_between(steps.stt_start, steps.words);
                put(&mut attributes, "metrics.ttfb", ttfb);
                let audio = seconds_between(anchors.speech_start, anchors.speech_stop);
                put(&mut attributes, "metrics.audio_seconds", audio);
                if identity.content {
                    put(&mut attributes, "transcript", Some(record.user_text.clone()));
                }
                attributes
            }
            Tile::LlmFirstToken => {
                let mut attributes = identity.model(&identity.llm);
                attributes.push(KeyValue::new("gen_ai.operation.name", "chat"));
                let from = steps.llm_start.or(steps.prompted);
                let ttfb = seconds_between(from, steps.first_token);
                put(&mut attributes, "metrics.ttfb", ttfb);
                put(&mut attributes, "gen_ai.response.time_to_first_chunk", ttfb);
                let tokens = |get: fn(&Attempt) -> Option<u64>| answer.and_then(get).map(count);
                let read = tokens(|it| Some(it.read_tokens? + it.reused_tokens.unwrap_or(0)));
                put(&mut attributes, "gen_ai.usage.input_tokens", read);
                let reused = tokens(|it| it.reused_tokens);
                put(&mut attributes, "gen_ai.usage.cache_read.input_tokens", reused);
                put(&mut attributes, "llm.prefill_tokens", tokens(|it| it.read_tokens));
                let written = tokens(|it| Some(it.written_tokens));
                put(&mut attributes, "gen_ai.usage.output_tokens", written);
                attributes
            }
            Tile::FirstChunk => identity.ids(),
            Tile::TtsFirstAudio => {
                let mut attributes = identity.model(&identity.tts);
                attributes.push(KeyValue::new("gen_ai.output.type", "speech"));
                let from = steps.tts_start.or(steps.first_chunk);
                put(&mut attributes, "metrics.ttfb", seconds_between(from, steps.first_voice));
                let characters = record.agent_text.chars().count() as u64;
                put(&mut attributes, "metrics.character_count", Some(count(characters)));
                if identity.content {
                    put(&mut attributes, "text", Some(record.agent_text.clone()));
                }
                attributes
            }
            Tile::LeadingSilence | Tile::Playout => identity.ids(),
        };
        if record.hidden_tiles.contains(&tile) {
            attributes.push(KeyValue::new("tile.hidden", true));
        }
        attributes
    }

    fn endpoint(&self) -> Vec<KeyValue> {
        let anchors = &self.record.anchors;
        let mut attributes = self.identity.ids();
        let silence = seconds_between(anchors.speech_stop, anchors.decided);
        put(&mut attributes, "endpoint.silence_seconds", silence);
        let detected = seconds_between(anchors.speech_stop, anchors.stop_detected);
        put(&mut attributes, "endpoint.detection_seconds", detected);
        if let Some(end) = self.record.end_of_turn {
            attributes.push(KeyValue::new("endpoint.source", end.source.name()));
            put(&mut attributes, "endpoint.asked_seconds", end.silence_ms.map(|ms| ms / 1e3));
            put(&mut attributes, "endpoint.log_odds", end.log_odds.map(f64::from));
            put(&mut attributes, "endpoint.patience", end.patience);
            put(&mut attributes, "endpoint.words", end.words);
        }
        attributes
    }

    fn agent_speech(&mut self) {
        let steps = &self.record.anchors.steps;
        let Some((first, last)) = steps.first_sample.or(steps.audible).zip(steps.last_sample)
        else {
            return;
        };
        let played = last.since(first).as_secs_f64();
        let mut attributes = vec![KeyValue::new("played_seconds", played)];
        if self.identity.content {
            put(&mut attributes, "text", Some(self.record.agent_text.clone()));
        }
        self.span("agent_speech", 0, first, last).attributes = attributes;
    }

    fn interrupt(&mut self) {
        let anchors = &self.record.anchors;
        let Some((from, to)) = anchors.barge_in.zip(anchors.steps.last_sample) else { return };
        let stop = self.record.barge_in_stop_ms.map(|ms| ms / 1e3);
        let span = self.span("interrupt", 0, from, to);
        put(&mut span.attributes, "interrupt.stop_seconds", stop);
    }
}

/// The name of the span of a part of dead air.
fn tile_span(tile: Tile) -> &'static str {
    match tile {
        Tile::EndpointWait => "endpoint_wait",
        Tile::Stt => "stt",
        Tile::LlmFirstToken => "llm",
        Tile::FirstChunk => "chunker",
        Tile::TtsFirstAudio => "tts",
        Tile::LeadingSilence => "leading_silence",
        Tile::Playout => "playout",
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Eager => "eager",
        Cause::Decided => "decided",
        Cause::Again => "again",
        Cause::Apology => "apology",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "open",
        Outcome::Kept => "kept",
        Outcome::Resumed => "resumed",
        Outcome::Failed => "failed",
        Outcome::Unused => "unused",
    }
}
