//! The authority by tables of what it is told and what it does.

mod account;
mod barge;
mod closing;
mod ending;
mod lost;
mod lull;

use std::collections::BTreeSet;

use super::*;
use antiphon_actors::Effect;
use antiphon_actors::fact::{Step, Usage};
use antiphon_actors::ledger::{Attempt, Cause, Outcome, Record, Speculation};

const SPEAKING: [&str; 4] = ["llm", "chunker", "tts", "speaker"];

pub(super) fn settings(eager: u64, replies: bool) -> TurnSettings {
    let hearing = BTreeSet::from(["stt".to_string()]);
    let mut answering: BTreeSet<String> = hearing.clone();
    answering.extend(SPEAKING.map(String::from));
    TurnSettings {
        eager_silence: Duration::from_millis(eager),
        end_silence: Duration::from_millis(500),
        adaptive: None,
        listener: None,
        barge_in_min_speech: Duration::from_millis(200),
        barge_in_certain: Duration::ZERO,
        backchannel_max: Duration::ZERO,
        backchannel_silence: Duration::ZERO,
        limit: Duration::from_secs(60),
        apology: "Sorry.".into(),
        replies,
        read_ahead: false,
        answering,
        hearing,
        detecting: ["vad".to_string()].into(),
    }
}

/// Runs a script of `time fact` lines and gives what the authority did, one line an effect.
fn run(settings: TurnSettings, script: &str) -> String {
    let mut authority = TurnAuthority::new(settings);
    let (mut log, mut out) = (Vec::new(), Out::default());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (time, rest) = line.split_once(' ').expect("a time and a fact");
        let now = Time::from_millis(time.parse().expect("milliseconds"));
        while let Some(due) = authority.deadline().filter(|due| *due <= now) {
            authority.on_deadline(due, &mut out).unwrap();
            describe(due, &mut out, &mut log);
            assert_ne!(authority.deadline(), Some(due), "stuck at {due}");
        }
        if let Some(fact) = fact(rest, now) {
            authority.on_done(fact, now, &mut out).unwrap();
            describe(now, &mut out, &mut log);
        }
    }
    log.join("\n")
}

fn fact(text: &str, now: Time) -> Option<Fact> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let turn_and_text = || {
        let (turn, text) = rest.split_once(' ').unwrap_or((rest, ""));
        (TurnId(turn.parse().expect("a turn number")), text.to_string())
    };
    let sure = |probability| Some(Finished { probability, trust: 1.0 });
    let time = || Time::from_millis(rest.parse().expect("milliseconds"));
    let stop_and_odds = || {
        let (stop, log_odds) = rest.split_once(' ').expect("a stop and log-odds");
        let stop = Time::from_millis(stop.parse().expect("milliseconds"));
        (stop, log_odds.parse().expect("log-odds"))
    };
    Some(match verb {
        "wait" => return None,
        "start" => Fact::SpeechStart { at: time() },
        "stop" => Fact::SpeechStop { at: time() },
        "lull" => Fact::SpeechLull { at: time(), until: now },
        "resume" => Fact::SpeechResume { at: time() },
        "odds" => {
            let (stop, log_odds) = stop_and_odds();
            Fact::EndOfTurn { stop, log_odds }
        }
        "partial" => {
            // What stays is before the bar.
            let stable = rest.find('|').unwrap_or_default();
            Fact::Partial {
                text: rest.replace('|', ""),
                stable,
                finished: None,
                until: now,
                at: now,
            }
        }
        "final" => {
            let (turn, text) = turn_and_text();
            Fact::Final { turn, text, finished: None, at: now }
        }
        "done" | "open" => {
            let finished = sure(if verb == "done" { 0.99 } else { 0.01 });
            Fact::Partial { text: rest.into(), stable: 0, finished, until: now, at: now }
        }
        "final_done" | "final_open" => {
            let (turn, text) = turn_and_text();
            let finished = sure(if verb == "final_done" { 0.99 } else { 0.01 });
            Fact::Final { turn, text, finished, at: now }
        }
        "usage" => {
            let (turn, written) = turn_and_text();
            let written = written.parse().expect("tokens");
            Fact::Usage { turn, usage: Usage { written, ..Usage::default() } }
        }
        "step" => {
            let (turn, name) = turn_and_text();
            Fact::Step { turn, step: step(&name), at: now }
        }
        "audible" => Fact::Audible { turn: turn_and_text().0, at: now },
        "heard" => {
            let (turn, text) = turn_and_text();
            Fact::Heard { turn, text, complete: true, at: now }
        }
        "cut" => {
            let (turn, text) = turn_and_text();
            Fact::Heard { turn, text, complete: false, at: now }
        }
        "lost" => Fact::Lost { turn: turn_and_text().0, message: "lost".into() },
        "down" => Fact::StageDown { stage: rest.into(), message: "down".into() },
        "up" => Fact::StageUp { stage: rest.into() },
        "ended" => Fact::InputEnded,
        "close" => Fact::Close,
        other => panic!("no fact is called {other}"),
    })
}

fn step(name: &str) -> Step {
    let steps = [
        Step::SttStart,
        Step::LlmStart,
        Step::FirstToken,
        Step::LlmEnd,
        Step::FirstChunk,
        Step::TtsStart,
        Step::FirstVoice,
        Step::TtsEnd,
        Step::HandedOver,
        Step::FirstSample,
    ];
    steps.into_iter().find(|step| format!("{step:?}") == name).expect("a step")
}

fn describe(now: Time, out: &mut Out<Never>, log: &mut Vec<String>) {
    let ms = now.since_start().as_millis();
    for effect in out.take() {
        let what = match effect {
            Effect::Turn(view) => {
                format!(
                    "{} {:?}{}",
                    view.turn,
                    view.phase,
                    if view.closing { ", closing" } else { "" }
                )
            }
            Effect::Send(Frame { turn, payload: Payload::Prompt(prompt) }) => {
                let said: Vec<_> = prompt.messages.iter().map(|m| m.content.as_str()).collect();
                let what = if prompt.draft { "draft" } else { "prompt" };
                format!("{} {what} {}", turn.unwrap(), said.join(" | ").trim_end())
            }
            Effect::Send(Frame { turn, payload: Payload::Chunk(chunk) }) => {
                format!("{} say {}", turn.unwrap(), chunk.speech)
            }
            Effect::Send(Frame { turn: None, payload: Payload::Record(record) }) => {
                let air = record.dead_air_ms.map(|ms| format!("{ms:.0} ms"));
                let air = air.or(record.dead_air_reason.clone()).unwrap();
                let (user, agent) = (&record.user_text, &record.agent_text);
                format!("record {} {:?} [{user}] [{agent}] {air}", record.turn, record.end_reason)
            }
            other @ (Effect::Send(_)
            | Effect::Fact(_)
            | Effect::Job(_)
            | Effect::Tape(..)
            | Effect::Note(_)) => format!("{other:?}"),
        };
        log.push(format!("{ms} {what}"));
    }
}

#[track_caller]
fn check(settings: TurnSettings, script: &str, expected: &str) {
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    assert_eq!(run(settings, script), expected.join("\n"));
}

/// The records of a script.
fn records(settings: TurnSettings, script: &str) -> Vec<Record> {
    let mut authority = TurnAuthority::new(settings);
    let (mut records, mut out) = (Vec::new(), Out::default());
    let mut keep = |out: &mut Effects| {
        for effect in out.take() {
            if let Effect::Send(Frame { payload: Payload::Record(record), .. }) = effect {
                records.push((*record).clone());
            }
        }
    };
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (time, rest) = line.split_once(' ').expect("a time and a fact");
        let now = Time::from_millis(time.parse().expect("milliseconds"));
        while let Some(due) = authority.deadline().filter(|due| *due <= now) {
            authority.on_deadline(due, &mut out).unwrap();
            keep(&mut out);
        }
        if let Some(fact) = fact(rest, now) {
            authority.on_done(fact, now, &mut out).unwrap();
            keep(&mut out);
        }
    }
    records
}

/// What became of each attempt: its number, cause, outcome, tokens and milliseconds of work.
fn attempts(record: &Record) -> Vec<String> {
    let describe = |it: &Attempt| {
        format!("{} {:?} {:?} {} {}", it.turn, it.cause, it.outcome, it.written_tokens, it.work_ms)
    };
    record.attempts.iter().map(describe).collect()
}

#[test]
fn a_question_is_answered_and_remembered() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1500 final 1 Hello there.
         1600 audible 1
         2500 heard 1 Hi, how are you?
         3000 start 2950
         4000 stop 3900
         4500 final 2 Fine.
         4700 audible 2
         5000 heard 2 Good.
         6000 wait",
        "100 1 Hearing
         1400 1 Replying
         1500 1 prompt Hello there.
         2500 record 1 Finished [Hello there.] [Hi, how are you?] 700 ms
         2500 1 Listening
         3000 2 Hearing
         4400 2 Replying
         4500 2 prompt Hello there. | Hi, how are you? | Fine.
         5000 record 2 Finished [Fine.] [Good.] 800 ms
         5000 2 Listening",
    );
}

#[test]
fn an_eager_attempt_is_kept_or_thrown_away() {
    check(
        settings(100, true),
        "100 start 40
         1000 stop 900
         1050 final 1 I would like
         1200 start 1150
         2000 stop 1900
         2030 final 2 I would like tea.
         2600 audible 2
         3000 heard 2 Sure.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt I would like
         1200 2 Hearing
         2000 2 Speculating
         2030 2 prompt I would like tea.
         2400 2 Replying
         3000 record 1 Finished [I would like tea.] [Sure.] 700 ms
         3000 2 Listening",
    );
}

#[test]
fn what_is_certain_is_read_while_the_person_speaks() {
    check(
        TurnSettings { read_ahead: true, ..settings(100, true) },
        "100 start 40
         400 partial What
         700 partial What| is
         1000 partial What is| the time
         1100 partial What is| the time
         1200 stop 1100
         1300 final 1 What is the time?
         1350 start 1320
         1650 partial What is the time| in
         2000 stop 1900
         2100 final 2 What is the time in Rome?
         2600 audible 2
         2900 start 2800
         3100 wait
         3150 partial No,| not
         3300 cut 2 It is
         3400 partial No, not| there
         3500 wait",
        "100 1 Hearing
         700 1 draft What
         1000 1 draft What is
         1200 1 Speculating
         1300 1 prompt What is the time?
         1350 2 Hearing
         1650 2 draft What is the time
         2000 2 Speculating
         2100 2 prompt What is the time in Rome?
         2400 2 Replying
         3000 3 Hearing
         3300 record 1 Interrupted [What is the time in Rome?] [It is] 700 ms
         3300 3 draft What is the time in Rome? | It is | No,
         3400 3 draft What is the time in Rome? | It is | No, not",
    );
}

#[test]
fn going_on_before_anything_was_heard_is_the_same_turn() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 I want
         1500 start 1480
         2000 stop 1900
         2450 final 2 I want tea.
         2600 audible 2
         3000 heard 2 Sure.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt I want
         1500 2 Hearing
         2400 2 Replying
         2450 2 prompt I want tea.
         3000 record 1 Finished [I want tea.] [Sure.] 700 ms
         3000 2 Listening",
    );
}
