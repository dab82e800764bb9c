//! The authority by tables of what it is told and what it does.

mod barge;
mod ending;

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
                format!("{} {what} {}", turn.unwrap(), said.join(" | "))
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

#[test]
fn an_answer_lost_with_a_stage_is_made_again_once_and_then_given_up_aloud() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 down llm
         1700 up llm
         1800 down tts
         1900 up tts
         2300 audible 3
         2500 heard 3 Sorry.
         2600 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         1700 2 Replying
         1700 2 prompt Hello.
         1900 3 Replying
         1900 3 say Sorry.
         2500 record 1 Failed [Hello.] [Sorry.] the answer failed
         2500 4 Listening",
    );
}

#[test]
fn words_lost_with_the_recogniser_are_asked_for_again() {
    check(
        settings(0, true),
        "100 start 40
         500 down stt
         700 up stt
         1000 stop 900
         1450 final 1 half of it
         1500 heard 2 Sorry.
         2000 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 2 Replying
         1450 2 say Sorry.
         1500 record 1 Failed [half of it] [Sorry.] the answer failed
         1500 3 Listening",
    );
}

#[test]
fn an_end_of_speech_lost_with_the_voice_detection_is_not_waited_for() {
    check(
        settings(0, true),
        "100 start 40
         900 down vad
         1000 up vad
         1600 final 1 Hello.
         1700 audible 1
         2500 heard 1 Hi.",
        "100 1 Hearing
         1500 1 Replying
         1600 1 prompt Hello.
         2500 record 1 Finished [Hello.] [Hi.] the end of the speech was not seen
         2500 1 Listening",
    );
    // The person still speaks.
    check(
        settings(0, true),
        "100 start 40
         900 down vad
         1000 up vad
         1100 start 1040
         2000 stop 1900
         2500 final 1 Hello there.
         2600 audible 1
         3500 heard 1 Hi.",
        "100 1 Hearing
         2400 1 Replying
         2500 1 prompt Hello there.
         3500 record 1 Finished [Hello there.] [Hi.] 700 ms
         3500 1 Listening",
    );
}

#[test]
fn no_turn_hangs_open() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         70000 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         61400 record 1 TimedOut [Hello.] [] nothing was heard of the reply
         61400 2 Listening",
    );
    check(
        settings(0, true),
        "100 start 40
         130000 wait",
        "100 1 Hearing
         60100 1 Replying
         120100 record 1 TimedOut [] [] the end of the speech was not seen
         120100 2 Listening",
    );
}

#[test]
fn noise_closes_quietly() {
    check(
        settings(0, true),
        "100 start 40
         300 stop 250
         900 final 1 ...",
        "100 1 Hearing
         750 1 Replying
         900 record 1 NoWords [...] [] no words were recognised
         900 2 Listening",
    );
}

#[test]
fn without_replies_the_words_close_the_turn_even_when_the_next_has_begun() {
    check(
        settings(0, false),
        "100 start 40
         1000 stop 900
         1450 start 1420
         1500 final 1 One.
         2000 stop 1900
         2500 final 2 Two.
         2600 wait",
        "100 1 Hearing
         1400 1 Replying
         1500 record 1 Finished [One.] [] the pipeline does not reply
         1500 1 Listening
         1500 2 Hearing
         2400 2 Replying
         2500 record 2 Finished [Two.] [] the pipeline does not reply
         2500 2 Listening",
    );
}

#[test]
fn the_pipeline_closes_when_its_input_was_answered_or_it_is_told_to() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 ended
         1600 audible 1
         2500 heard 1 Hi.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         2500 record 1 Finished [Hello.] [Hi.] 700 ms
         2500 1 Listening
         2500 1 Listening, closing",
    );
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 close",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         1500 record 1 Stopped [Hello.] [] nothing was heard of the reply
         1500 2 Listening
         1500 2 Listening, closing",
    );
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1600 audible 1
         2000 close
         2010 cut 1 Hi
         2020 start 2000",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         2000 2 Listening
         2010 record 1 Stopped [Hello.] [Hi] 700 ms
         2010 2 Listening, closing",
    );
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
fn what_was_done_in_vain_is_counted() {
    let turns = records(
        settings(100, true),
        "100 start 40
         300 partial I
         1000 stop 900
         1010 step 1 SttStart
         1050 final 1 I would like
         1060 step 1 LlmStart
         1090 step 1 FirstToken
         1200 start 1150
         1205 usage 1 5
         2000 stop 1900
         2010 step 2 SttStart
         2030 final 2 I would like tea.
         2040 step 2 LlmStart
         2070 step 2 FirstToken
         2080 step 2 FirstChunk
         2110 usage 2 7
         2110 step 2 LlmEnd
         2110 step 2 TtsStart
         2150 step 2 FirstVoice
         2180 step 2 TtsEnd
         2401 step 2 HandedOver
         2405 step 2 FirstSample
         2410 audible 2
         3000 heard 2 Sure.",
    );
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    // 40 ms for the words, and the language model until it was stopped.
    assert_eq!(attempts(turn), ["1 Eager Resumed 5 180", "2 Eager Kept 7 160"]);
    assert_eq!((turn.misses, turn.wasted_tokens, turn.wasted_ms), (1, 5, 180.0));
    assert_eq!(turn.speculation, Speculation::Hit);
    assert_eq!(turn.first_partial_ms, Some(260.0));
    assert_eq!(turn.user_bot_latency_ms, Some(501.0));
    let speech = turn.speech.iter().map(|it| (it.start, it.stop.expect("a stop")));
    let ms = Time::from_millis;
    assert_eq!(speech.collect::<Vec<_>>(), [(ms(40), ms(900)), (ms(1150), ms(1900))]);
    assert_eq!(
        turn.line(),
        "dead air 510 ms = endpoint 500 + stt 0 + llm 0 + chunk 0 + tts 0 + silence 5 + playout 5 \
         · speculation hit"
    );
}

#[test]
fn an_answer_made_again_keeps_its_words() {
    let turns = records(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1500 final 1 Hello there.
         1600 step 1 FirstToken
         1700 down llm
         1800 up llm
         1900 step 2 FirstToken
         1910 step 2 FirstChunk
         1920 step 2 FirstVoice
         1930 step 2 HandedOver
         1930 step 2 FirstSample
         1930 audible 2
         2500 heard 2 Hi.",
    );
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    let causes: Vec<_> = turn.attempts.iter().map(|it| (it.cause, it.outcome)).collect();
    assert_eq!(causes, [(Cause::Decided, Outcome::Failed), (Cause::Again, Outcome::Kept)]);
    assert_eq!(
        turn.line(),
        "dead air 1030 ms = endpoint 500 + stt 100 + llm 400 + chunk 10 + tts 10 + silence 0 + \
         playout 10"
    );
}
