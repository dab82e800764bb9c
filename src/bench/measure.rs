//! What the sound says of each turn, and whether the ledger agrees.
//!
//! The truth is what was played in place of the microphone, to the sample; what was heard of the
//! machine is its side of the recorded timeline. The ledger only says where the time went.

use antiphon_actors::Time;
use antiphon_actors::ledger::{EndReason, Record, Steps, Tile};
use serde::Serialize;

use super::hold::Held;
use super::player::Said;
use super::script::{Conversation, Kind, Part, Turn, Voice};
use super::sounding::{Heard, Sounding, seconds};
use super::words::{self, Memory, Reply};

/// A silence within a turn that is at least so long, in seconds, is a pause.
const PAUSE: f64 = 0.2;
/// Silence up to this is part of a reply that the ledger does not know, in seconds: longer than a
/// voice pauses between sentences.
const PAUSED: f64 = 0.45;
/// The ledger and the sound mean the same reply when they are no further apart, in seconds.
const SAME: f64 = 0.03;

/// A pause within a turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pause {
    /// How long it is, in ms.
    pub ms: f64,
    /// Whether a reply began to be heard in it, or before the turn's end without a later pause.
    pub cut_off: bool,
}

/// What the ledger says of the reply that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ledger {
    /// Its dead air, in ms.
    pub dead_air_ms: Option<f64>,
    /// From the true end of the turn to the decision that it ended, in ms.
    pub end_delay_ms: Option<f64>,
    /// Of the dead air, what stages took after the decision: recogniser, language model, chunker
    /// and voice, in ms.
    pub work_ms: Option<f64>,
    /// What of the dead air no part explains, in ms.
    pub unexplained_ms: Option<f64>,
}

/// A turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurnFigure {
    /// Its conversation.
    pub conversation: usize,
    /// Its line in it.
    pub line: usize,
    /// How it was put.
    pub kind: Kind,
    /// Who spoke.
    pub voice: Voice,
    /// How far the noise was below the voice, in dB.
    pub noise_db: Option<f64>,
    /// What was said.
    pub words: String,
    /// The first voiced sample, in seconds of the pipeline's clock.
    pub start_s: f64,
    /// The end of the last voiced sample.
    pub end_s: f64,
    /// Its pauses.
    pub pauses: Vec<Pause>,
    /// Whether a reply began to be heard before its end, or was made of a part of it.
    pub cut_off: bool,
    /// From its last voiced sample to the first audible one of the reply, in ms.
    pub dead_air_ms: Option<f64>,
    /// Why there is none.
    pub missing: Option<&'static str>,
    /// What the ledger says of it.
    pub ledger: Option<Ledger>,
}

impl TurnFigure {
    /// Whether a person was recorded.
    pub fn is_human(&self) -> bool {
        self.voice == Voice::Human
    }
}

/// Something that was said over a reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverFigure {
    /// Its conversation.
    pub conversation: usize,
    /// What was said.
    pub words: String,
    /// Who spoke.
    pub voice: Voice,
    /// How far the noise was below the voice, in dB.
    pub noise_db: Option<f64>,
    /// Whether the reply was to stop.
    pub is_to_stop: bool,
    /// Whether it was stopped.
    pub was_stopped: bool,
    /// From the first voiced sample to the last audible one of the reply, in ms, if it was stopped.
    pub stop_ms: Option<f64>,
    /// From the first voiced sample to its last, in ms.
    pub said_ms: f64,
}

/// All figures of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Its turns.
    pub turns: Vec<TurnFigure>,
    /// What was said over replies while they were heard.
    pub over: Vec<OverFigure>,
    /// Audible samples that belong to no reply that the ledger knows to be sounding then.
    pub stale_samples: u64,
    /// What was heard of each reply and what the memory holds of it.
    pub replies: Vec<Reply>,
    /// What that comes to.
    pub memory: Memory,
    /// What the ledger has.
    pub records: Vec<Record>,
    /// How long the machine stood still at most, in ms: no delay is known better.
    pub stood_still_ms: f64,
}

impl Measured {
    /// Adds another conversation.
    pub fn add(&mut self, other: Self) {
        self.turns.extend(other.turns);
        self.over.extend(other.over);
        self.stale_samples += other.stale_samples;
        self.replies.extend(other.replies);
        self.records.extend(other.records);
        self.stood_still_ms = self.stood_still_ms.max(other.stood_still_ms);
    }
}

/// Measures a conversation of which there is no ledger, or not to be used: `pause` is how long a
/// voice is silent within a reply at most, in seconds.
pub fn measure_sound(conversation: &Conversation, held: Held, pause: f64) -> Measured {
    measure_with(conversation, Held { records: Vec::new(), ..held }, pause)
}

/// Measures a conversation.
pub fn measure(conversation: &Conversation, held: Held) -> Measured {
    measure_with(conversation, held, PAUSED)
}

fn measure_with(conversation: &Conversation, held: Held, pause: f64) -> Measured {
    let replies = replies(&held.agent, &held.records, pause);
    let mut measured = Measured::default();
    for (place, said) in held.said.iter().enumerate() {
        let Some(turn) = conversation.turns.get(said.line) else { continue };
        let over = turn.over.as_ref().filter(|_| said.is_over);
        if let Some(over) = over {
            measured.over.extend(speak_over(said, &replies, &held.records).map(|stop| {
                let (was_stopped, stop_ms) = stop;
                OverFigure {
                    conversation: conversation.number,
                    words: over.words.clone(),
                    voice: conversation.voice.clone(),
                    noise_db: conversation.noise_db,
                    is_to_stop: over.stops,
                    was_stopped,
                    stop_ms,
                    said_ms: (said.end() - said.start()) * 1e3,
                }
            }));
        }
        if over.is_none_or(|over| over.stops) {
            let until = held.said.get(place + 1).map_or(f64::INFINITY, Said::start);
            let mut sounds = figures(said, until, &replies);
            let ledger = sounds.onset.and_then(|onset| ledger(onset, said.end(), &held.records));
            if ledger.and_then(|it| it.end_delay_ms).is_some_and(|delay| delay < 0.0) {
                sounds.was_early();
            }
            measured.turns.push(TurnFigure {
                conversation: conversation.number,
                line: said.line,
                kind: if said.is_over { Kind::BargeIn } else { turn.kind },
                voice: conversation.voice.clone(),
                noise_db: conversation.noise_db,
                words: over.map_or_else(|| said_words(turn), |over| over.words.clone()),
                start_s: said.start(),
                end_s: said.end(),
                pauses: sounds.pauses,
                cut_off: sounds.cut_off,
                dead_air_ms: sounds.onset.map(|onset| (onset - said.end()) * 1e3),
                missing: sounds.missing,
                ledger,
            });
        }
    }
    measured.replies = words::replies(&held.agent, held.voiced, &held.records);
    measured.stale_samples = stale(held.agent.sounds(), &held.records);
    measured.records = held.records;
    measured.stood_still_ms = held.latest.as_secs_f64() * 1e3;
    measured
}

/// The words of a turn, as far as they are known.
fn said_words(turn: &Turn) -> String {
    let part = |part: &Part| match part {
        Part::Words(text) => text.clone(),
        Part::Recording(path) => {
            let name = path.file_stem().unwrap_or_default();
            format!("<{}>", name.to_string_lossy())
        }
        Part::Pause(ms) => format!("({ms:.0} ms)"),
    };
    turn.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// What the sound says of a turn.
#[derive(Clone, Debug, PartialEq)]
struct Sounds {
    pauses: Vec<Pause>,
    cut_off: bool,
    /// When the reply began to be heard.
    onset: Option<f64>,
    missing: Option<&'static str>,
}

impl Sounds {
    /// The reply came after the end of the turn, and was to a part of it: it was only slow.
    fn was_early(&mut self) {
        self.onset = None;
        self.cut_off = true;
        self.missing = Some("the end was decided before it came");
        if let Some(last) = self.pauses.last_mut() {
            last.cut_off = true;
        }
    }
}

/// Looks for the reply to what was said, until `until`.
fn figures(said: &Said, until: f64, replies: &[Heard]) -> Sounds {
    let (start, end) = (said.start(), said.end());
    let gaps = said.speech.windows(2).filter_map(|pair| match pair {
        [(_, from), (to, _)] if to - from >= PAUSE => Some((*from, *to)),
        _ => None,
    });
    let gaps: Vec<(f64, f64)> = gaps.collect();
    let early: Vec<f64> =
        replies.iter().map(|it| it.from).filter(|from| (start..end).contains(from)).collect();
    let pauses = gaps.iter().enumerate().map(|(place, (from, to))| {
        let next = gaps.get(place + 1).map_or(end, |(from, _)| *from);
        let cut_off = early.iter().any(|onset| (*from..next).contains(onset));
        Pause { ms: (to - from) * 1e3, cut_off }
    });
    let onset = replies.iter().map(|it| it.from).find(|from| (end..until).contains(from));
    let over = replies.iter().any(|it| it.from < end && it.to > end);
    let missing = match (onset, over) {
        (Some(_), _) => None,
        (None, true) => Some("a reply was heard at the end of the turn"),
        (None, false) => Some("nothing was answered"),
    };
    Sounds { pauses: pauses.collect(), cut_off: !early.is_empty(), onset, missing }
}

/// The record whose reply began to be heard then.
fn record_at(onset: f64, records: &[Record]) -> Option<&Record> {
    let near = |audible: Time| (seconds(audible) - onset).abs() <= SAME;
    records.iter().find(|record| {
        record.attempts.iter().any(|attempt| attempt.steps.audible.is_some_and(near))
    })
}

fn ledger(onset: f64, end: f64, records: &[Record]) -> Option<Ledger> {
    let record = record_at(onset, records)?;
    let tile = |tile: Tile| record.tiles.get(&tile).copied().flatten();
    let sum = |tiles: &[Tile]| tiles.iter().map(|it| tile(*it)).sum::<Option<f64>>();
    let work = [Tile::Stt, Tile::LlmFirstToken, Tile::FirstChunk, Tile::TtsFirstAudio];
    let decided = record.anchors.decided.map(|decided| (seconds(decided) - end) * 1e3);
    let whole = record.dead_air_ms.zip(sum(&Tile::ALL));
    Some(Ledger {
        dead_air_ms: record.dead_air_ms,
        end_delay_ms: decided,
        work_ms: sum(&work),
        unexplained_ms: whole.map(|(whole, parts)| (whole - parts).abs()),
    })
}

/// What became of the reply over which something was said: whether it was stopped, and after how
/// many ms; nothing if none was heard then.
fn speak_over(said: &Said, replies: &[Heard], records: &[Record]) -> Option<(bool, Option<f64>)> {
    let onset = said.start();
    let reply = replies.iter().find(|it| it.from < onset && onset < it.to)?;
    let record = record_at(reply.from, records);
    let was_stopped = record.is_some_and(|it| it.end_reason == EndReason::Interrupted);
    Some((was_stopped, was_stopped.then_some((reply.to - onset) * 1e3)))
}

/// From when until when the ledger knows each reply to have sounded, with half a millisecond for
/// the rounding of both.
fn known(records: &[Record]) -> Vec<(f64, f64)> {
    let attempts = records.iter().flat_map(|record| &record.attempts);
    let span = |steps: &Steps| {
        let from = steps.first_sample.or(steps.audible)?;
        Some((seconds(from) - 5e-4, seconds(steps.last_sample?) + 5e-4))
    };
    attempts.filter_map(|attempt| span(&attempt.steps)).collect()
}

/// The sounds of each reply: all between the first and the last sample that the ledger has of it,
/// with the pauses of its voice and those that it makes while somebody speaks over it. What the
/// ledger does not know is a reply where it comes after a silence longer than `pause` seconds.
fn replies(agent: &Sounding, records: &[Record], pause: f64) -> Vec<Heard> {
    let known = known(records);
    let place =
        |sound: &Heard| known.iter().position(|(from, to)| *from <= sound.from && sound.from < *to);
    let mut replies: Vec<(Option<usize>, Heard)> = Vec::new();
    for sound in agent.sounds().iter().flat_map(|sound| parts(*sound, &known)) {
        let place = place(&sound);
        match replies.last_mut() {
            Some((last, reply))
                if *last == place && (place.is_some() || sound.from - reply.to <= pause) =>
            {
                reply.to = sound.to;
                reply.samples += sound.samples;
            }
            _ => replies.push((place, sound)),
        }
    }
    replies.into_iter().map(|(_, reply)| reply).collect()
}

/// A sound, cut where the ledger has a reply end.
fn parts(sound: Heard, known: &[(f64, f64)]) -> Vec<Heard> {
    let within = |end: &f64| sound.from < *end && *end < sound.to;
    let mut ends: Vec<f64> = known.iter().map(|(_, end)| *end).filter(within).collect();
    ends.sort_by(f64::total_cmp);
    let froms = std::iter::once(sound.from).chain(ends.iter().copied());
    let length = sound.to - sound.from;
    let part = |(from, to): (f64, f64)| {
        let samples = (sound.samples as f64 * (to - from) / length).round() as u64;
        Heard { from, to, samples }
    };
    froms.zip(ends.iter().copied().chain([sound.to])).map(part).collect()
}

/// Audible samples outside of what the ledger knows to have sounded.
fn stale(sounds: &[Heard], records: &[Record]) -> u64 {
    let known = known(records);
    let outside = |sound: &Heard| {
        let within: f64 = known
            .iter()
            .map(|(from, to)| (sound.to.min(*to) - sound.from.max(*from)).max(0.0))
            .sum();
        let share = 1.0 - (within / (sound.to - sound.from).max(f64::MIN_POSITIVE)).min(1.0);
        (sound.samples as f64 * share).round() as u64
    };
    sounds.iter().map(outside).sum()
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
