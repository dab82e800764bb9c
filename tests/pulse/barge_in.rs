//! Speech over the reply, and the reply's own echo.

use std::time::Duration;

use antiphon::bench::truth::Truth;
use antiphon::bench::words::{Chunk, Memory, Reply};
use antiphon_actors::testing;
use serde_json::Value;

use super::{AUDIBLE, MICROPHONE, PROGRAM, RATE, Room, TOLERANCE, USER};
use super::{Sound, in_time, until};
use crate::conversation::{anchor, seconds};

const QUESTIONS: [&str; 2] = ["How do I make tea?", "What is the day that comes after Monday?"];
/// What of a reply sounds before somebody speaks over it, in seconds.
const BEFORE: f64 = 1.5;
/// How long the interruption lasts at least, in seconds: nothing new is said meanwhile.
const MEANWHILE: f64 = 1.2;
/// A reply that is stopped lacks as much of the whole one at least, in seconds.
const LACKS: f64 = 1.0;
/// How far the program may be off with when somebody begins to speak over its echo, in seconds.
const ONSET: f64 = 0.150;
/// How loud the echo is at least where the program speaks, of full scale: well above speech that a
/// microphone hears.
const ECHO: f32 = 0.01;

/// The echo of a room, 20 ms away, 6 dB below the direct sound, gone within 250 ms. It is counted in
/// samples of another rate there.
fn echo() -> Vec<f32> {
    let times = RATE / 16_000;
    let [delay, reverb] = [20, 250].map(|ms| Duration::from_millis(ms) * times);
    let room = testing::room::Room::new(delay, -6.0, reverb);
    room.echo(&[1.0], 0, RATE as usize * 3 / 10)
}

/// A reply to the first question.
struct Heard {
    turns: Vec<Value>,
    air: Sound,
    /// Its first and last audible moment, in seconds of the recording.
    reply: (f64, f64),
    /// When somebody begins to speak over it.
    over: Option<f64>,
    underruns: usize,
}

impl Heard {
    /// Asks; and speaks over the reply if `is_over`.
    fn of(room: &Room, is_over: bool) -> Result<Self, String> {
        let log = room.log().len();
        let mut program = room.start();
        let recorder = room.record();
        room.ask("q0.wav");
        if is_over {
            let mut frames = 0;
            until("a reply", || {
                let air = room.air_from(frames);
                let sounds = air.edges(PROGRAM, AUDIBLE, 0.0, f64::INFINITY);
                frames += sounds.map_or(air.channels[PROGRAM].len(), |it| at(it.0));
                sounds.is_some()
            });
            let until_then = frames + at(BEFORE);
            until("more of it", || !room.air_from(until_then).channels[PROGRAM].is_empty());
            room.ask("q1.wav");
        }
        program.answers(1);
        // What comes after the end of the turn belongs to another one, if anything does.
        let frames = room.air_from(0).channels[PROGRAM].len() + at(1.0);
        until("a second more", || !room.air_from(frames).channels[PROGRAM].is_empty());
        let turns = program.stop();
        drop(recorder);
        let air = room.air();
        let underruns = room.log()[log..].matches(super::UNDERRUN).count();
        let asked = air.edges(USER, AUDIBLE, 0.0, f64::INFINITY).ok_or("nothing was asked")?;
        let first = air.edges(PROGRAM, AUDIBLE, 0.0, f64::INFINITY).ok_or("no reply")?;
        let over = air.edges(USER, AUDIBLE, first.0, f64::INFINITY).map(|it| it.0);
        if is_over != over.is_some() {
            return Err(format!("asked {asked:?}, replied {first:?}, interrupted {over:?}"));
        }
        let end = over.map_or(f64::INFINITY, |over| over + MEANWHILE);
        let reply = air.edges(PROGRAM, AUDIBLE, 0.0, end).ok_or("no reply")?;
        Ok(Self { turns, air, reply, over, underruns })
    }

    fn length(&self) -> f64 {
        self.reply.1 - self.reply.0
    }

    /// The reply at 16 kHz.
    fn samples(&self) -> Vec<f32> {
        let (from, to) = (at(self.reply.0), at(self.reply.1) + 1);
        let step = (RATE / 16_000) as usize;
        let samples = &self.air.channels[PROGRAM][from..to];
        samples.chunks_exact(step).map(|few| few.iter().sum::<f32>() / step as f32).collect()
    }
}

/// Frames of so many seconds.
fn at(seconds: f64) -> usize {
    (seconds * f64::from(RATE)) as usize
}

/// Speaks over a reply; with the whole one beside it.
fn interrupted(room: &Room) -> Result<(), String> {
    let whole = Heard::of(room, false)?;
    let cut = Heard::of(room, true)?;
    check(&whole, &cut).map_err(|error| {
        let underruns = whole.underruns + cut.underruns;
        assert!(underruns > 0, "{error}: {:?}", cut.turns);
        format!("{error}, with {underruns} underruns")
    })
}

fn check(whole: &Heard, cut: &Heard) -> Result<(), String> {
    let [turn] = &whole.turns[..] else { return Err(format!("{} turns", whole.turns.len())) };
    let text = turn["agent_text"].as_str().unwrap_or_default();
    let stopped = &cut.turns[0];
    if turn["interrupted"] != false || stopped["interrupted"] != true {
        return Err(format!("interrupted: {}, {}", turn["interrupted"], stopped["interrupted"]));
    }
    let remembered = stopped["agent_text"].as_str().unwrap_or_default();
    let over = cut.over.unwrap_or_default();
    let told = seconds(stopped, "barge_in_stop_ms");
    println!(
        "{remembered:?} of {text:?}; {:.1} s of {:.1} s; stopped {:.0} ms after the onset, {told:.0} ms \
         by the ledger",
        cut.length(),
        whole.length(),
        (cut.reply.1 - over) * 1e3
    );
    let onset = anchor(stopped, "barge_in_ms") - anchor(stopped, "audible_ms");
    println!(
        "onset {:.0} ms into the reply, {onset:.0} ms by the ledger",
        (over - cut.reply.0) * 1e3
    );
    if (onset / 1e3 - (over - cut.reply.0)).abs() > ONSET {
        return Err("the interruption was not heard from its beginning on".into());
    }
    if cut.length() > whole.length() - LACKS {
        return Err("the reply went on".into());
    }
    // The voice may be silent between two clauses where it is cut off, but says nothing later.
    let sounded = anchor(stopped, "last_sample_ms") - anchor(stopped, "audible_ms");
    let late = cut.length() - sounded / 1e3;
    if !(-0.300..=TOLERANCE).contains(&late) {
        return Err(format!("it sounded {late} s longer than the ledger says"));
    }
    remembers(whole, text, cut, remembered)
}

/// Compares what is remembered of a reply with the words that were heard of it, by where those lie in
/// the whole one.
fn remembers(whole: &Heard, text: &str, cut: &Heard, remembered: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let Some(truth) = Truth::learned() else { return Err("no rehearsal models".into()) };
    let chunk = Chunk {
        text: text.into(),
        speech: text.into(),
        length: whole.length(),
        first: Some(0.0),
        samples: whole.samples(),
        rate: 16_000,
    };
    let reply = Reply { chunks: vec![chunk], played: cut.length(), remembered: remembered.into() };
    let memory = Memory::of(&[reply], truth.edge(), |chunk| truth.spans(folder.path(), chunk));
    if memory.unknown > 0 {
        println!("no `flite` that says which words were heard");
    }
    match (memory.not_heard, memory.forgotten) {
        (0, 0) => Ok(()),
        wrong => Err(format!("{wrong:?} words not heard or forgotten: {memory:?}")),
    }
}

#[test]
fn an_interruption_stops_the_reply() {
    let Some(room) = Room::new(&QUESTIONS) else { return };
    in_time(|| interrupted(&room));
}

#[test]
fn only_a_user_interrupts_a_reply_that_comes_back() {
    let Some(room) = Room::with(&QUESTIONS, Some(&echo())) else { return };
    in_time(|| {
        let whole = Heard::of(&room, false)?;
        let (from, to) = (at(whole.reply.0), at(whole.reply.1));
        let level = |channel: usize| {
            let samples = &whole.air.channels[channel][from..to];
            (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt()
        };
        println!("echo of {:.3}, said with {:.3}", level(MICROPHONE), level(PROGRAM));
        assert!(level(MICROPHONE) > ECHO, "no echo");
        interrupted(&room)
    });
}
