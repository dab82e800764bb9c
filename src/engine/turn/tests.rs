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
            let finished = Some(if verb == "done" { 0.99 } else { 0.01 });
            Fact::Partial { text: rest.into(), stable: 0, finished, until: now, at: now }
        }
        "final_done" | "final_open" => {
            let (turn, text) = turn_and_text();
            let finished = Some(if verb == "final_done" { 0.99 } else { 0.01 });
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

fn adaptive(eager: u64) -> TurnSettings {
    let ms = Duration::from_millis;
    let bounds = endpoint::Bounds { min: ms(200), open: ms(500), max: ms(1_500) };
    TurnSettings { adaptive: Some(bounds), ..settings(eager, true) }
}

#[test]
fn complete_words_end_the_turn_early_and_incomplete_ones_late() {
    check(
        adaptive(100),
        "100 start 40
         1000 stop 900
         1050 final 1 What time is it?
         2000 heard 1 Noon.
         3000 start 2950
         4000 stop 3900
         4050 final 2 I would like to, um
         5000 start 4950
         6000 stop 5900
         6400 final 3 I would like to, um, know the time.
         7000 heard 3 Noon.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt What time is it?
         1100 1 Replying
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt What time is it? | Noon. | I would like to, um
         5000 3 Hearing
         6000 3 Speculating
         6400 3 prompt What time is it? | Noon. | I would like to, um, know the time.
         6400 3 Replying
         7000 record 2 Finished [I would like to, um, know the time.] [Noon.] nothing was heard of the reply
         7000 3 Listening",
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
fn a_recogniser_says_whether_the_words_are_finished() {
    check(
        adaptive(100),
        "100 start 40
         1000 stop 900
         1050 final_done 1 We saw the garden
         2000 heard 1 Yes.
         3000 start 2950
         4000 stop 3900
         4050 final_open 2 We saw the garden.
         4700 wait
         5000 start 4950
         5800 stop 5700
         5810 done And the house
         6400 final 3 We saw the garden and the house
         7000 heard 3 Yes.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt We saw the garden
         1100 1 Replying
         2000 record 1 Finished [We saw the garden] [Yes.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt We saw the garden | Yes. | We saw the garden.
         5000 3 Hearing
         5800 3 Speculating
         5900 3 Replying
         6400 3 prompt We saw the garden | Yes. | We saw the garden and the house
         7000 record 2 Finished [We saw the garden and the house] [Yes.] nothing was heard of the reply
         7000 3 Listening",
    );
}

#[test]
fn words_so_far_count_only_where_they_reach_the_silence() {
    check(
        adaptive(0),
        "100 start 40
         800 partial What time is it?
         1000 stop 900
         1390 wait
         1500 final 1 What time is it?
         2000 heard 1 Noon.
         3000 start 2950
         3960 partial What time is it?
         4000 stop 3900
         4200 final 2 What time is it?
         5000 heard 2 Noon.",
        "100 1 Hearing
         1400 1 Replying
         1500 1 prompt What time is it?
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4100 2 Replying
         4200 2 prompt What time is it? | Noon. | What time is it?
         5000 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5000 2 Listening",
    );
}

fn listened() -> TurnSettings {
    let listener = Listener { stage: "listener".into(), wait: Duration::from_millis(400) };
    TurnSettings { listener: Some(listener), ..adaptive(100) }
}

#[test]
fn a_network_that_hears_the_end_decides_in_place_of_words() {
    check(
        listened(),
        "100 start 40
         1000 stop 900
         1050 final 1 I would like to, um
         1080 odds 900 5
         2000 heard 1 What?
         3000 start 2950
         4000 stop 3900
         4050 final 2 What time is it?
         4250 odds 3900 -1
         4700 wait
         5000 heard 2 Noon.
         6000 start 5950
         7000 stop 6900
         7050 final 3 Thank you.
         7250 odds 6900 2
         8000 heard 3 Welcome.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt I would like to, um
         1100 1 Replying
         2000 record 1 Finished [I would like to, um] [What?] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt I would like to, um | What? | What time is it?
         4800 2 Replying
         5000 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5000 2 Listening
         6000 3 Hearing
         7000 3 Speculating
         7050 3 prompt I would like to, um | What? | What time is it? | Noon. | Thank you.
         7250 3 Replying
         8000 record 3 Finished [Thank you.] [Welcome.] nothing was heard of the reply
         8000 3 Listening",
    );
}

#[test]
fn words_decide_where_the_network_says_nothing_in_time() {
    check(
        listened(),
        "100 start 40
         1000 stop 900
         1050 final 1 What time is it?
         1290 odds 800 5
         1400 odds 900 -5
         2000 heard 1 Noon.
         2500 down listener
         3000 start 2950
         4000 stop 3900
         4050 final 2 What time is it?
         5000 heard 2 Noon.
         5500 up listener
         6000 start 5950
         7000 stop 6900
         7050 final 3 What time is it?
         8000 heard 3 Noon.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt What time is it?
         1300 1 Replying
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt What time is it? | Noon. | What time is it?
         4100 2 Replying
         5000 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5000 2 Listening
         6000 3 Hearing
         7000 3 Speculating
         7050 3 prompt What time is it? | Noon. | What time is it? | Noon. | What time is it?
         7300 3 Replying
         8000 record 3 Finished [What time is it?] [Noon.] nothing was heard of the reply
         8000 3 Listening",
    );
}

#[test]
fn speech_over_the_reply_stops_it_and_only_what_was_heard_is_remembered() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Tell me a story.
         1600 audible 1
         3000 start 2950
         3160 cut 2 never
         3200 cut 1 Once upon
         4000 stop 3900
         4450 final 2 Stop it.
         4700 audible 2
         5000 heard 2 Fine.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Tell me a story.
         3150 2 Hearing
         3200 record 1 Interrupted [Tell me a story.] [Once upon] 700 ms
         4400 2 Replying
         4450 2 prompt Tell me a story. | Once upon | Stop it.
         5000 record 2 Finished [Stop it.] [Fine.] 800 ms
         5000 2 Listening",
    );
}

#[test]
fn a_short_sound_over_the_reply_does_not_stop_it() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Tell me a story.
         1600 audible 1
         3000 start 2950
         3100 stop 3050
         5000 heard 1 Once upon a time.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Tell me a story.
         5000 record 1 Finished [Tell me a story.] [Once upon a time.] 700 ms
         5000 1 Listening",
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

#[test]
fn a_record_says_which_rule_ended_the_turn() {
    let check = |settings: TurnSettings, script: &str, expected: &str| {
        let records = records(settings, script);
        let [record] = &records[..] else { panic!("{records:#?}") };
        let rule = record.end_of_turn.map_or("nothing".to_string(), |rule| {
            let silence = rule.silence_ms.map_or("-".to_string(), |ms| ms.to_string());
            // The weights may change; which way they point here may not.
            let odds = rule.log_odds.map_or(0.0, f32::signum);
            format!("{} {silence} {odds}", rule.source.name())
        });
        let decided = record.anchors.decided.map(|at| at.since_start().as_millis());
        let decided = decided.map_or("never".to_string(), |ms| ms.to_string());
        assert_eq!(format!("{decided}: {rule}"), expected, "{script}");
    };
    let said = |words: &str| {
        format!(
            "100 start 40
             1000 stop 900
             1050 final 1 {words}
             9000 heard 1 Noon."
        )
    };
    check(settings(100, true), &said("What time is it?"), "1400: silence 500 0");
    let complete = &said("What time is it?");
    check(adaptive(100), complete, "1100: adaptive 200 1");
    let open = &said("I would like to, um");
    check(adaptive(100), open, "2400: adaptive 1500 -1");
    let unseen = "100 start 40
                  60100 final 1 What time is it?
                  60200 heard 1 Noon.";
    check(settings(0, true), unseen, "60100: limit - 0");
    let none = "100 start 40
                1000 stop 900
                1390 close";
    check(settings(0, true), none, "never: nothing");
    // The guess at 1,400 ms was wrong: the rule of the second decision is kept.
    let twice = "100 start 40
                 1000 stop 900
                 1450 start 1440
                 2000 stop 1900
                 2500 final 2 What time is it?
                 9000 heard 2 Noon.";
    check(settings(0, true), twice, "2400: silence 500 0");
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

/// Checks from when until when what is said over a reply has it paused, and whether it ends it.
#[track_caller]
fn check_over(settings: TurnSettings, over: &str, held: &[(u64, u64)], interrupted: bool) {
    let script = format!(
        "100 start 40
         1000 stop 900
         1500 final 1 Hello there.
         1600 audible 1
         {over}
         5900 heard 1 Hi, how are you?
         5900 cut 1 Hi, how
         9000 wait"
    );
    assert_eq!(records(settings.clone(), &script)[0].interrupted, interrupted, "{over}");
    assert_eq!(pauses(settings, &script), held, "{over}");
}

#[test]
fn a_reply_is_paused_and_goes_on_after_a_word_of_assent() {
    let check = |over: &str, held: &[(u64, u64)], interrupted: bool| {
        let pausing =
            TurnSettings { barge_in_certain: Duration::from_millis(800), ..settings(0, true) };
        check_over(pausing, over, held, interrupted);
    };
    // Paused 200 ms after its first sound, resumed when all of its words are known.
    check("2000 start 1950\n2350 partial Yeah.\n2400 stop 2340", &[(2150, 2400)], false);
    check("2000 start 1950\n2400 stop 2340\n2500 partial Mm-hm.", &[(2150, 2500)], false);
    // No word at all, and what is no speech.
    check("2000 start 1950\n2400 stop 2340\n3000 wait", &[(2150, 2900)], false);
    check("2000 start 1950\n2130 stop 2060", &[], false);
    // Other words, before and after the stop.
    check("2000 start 1950\n2300 partial Stop", &[(2150, 2300)], true);
    check("2000 start 1950\n2100 partial Stop", &[], true);
    check("2000 start 1950\n2400 stop 2340\n2500 partial No.", &[(2150, 2500)], true);
    check("2000 start 1950\n2300 partial Yeah\n2600 partial Yeah, but", &[(2150, 2600)], true);
    // Nobody agrees for so long; who speaks again means it.
    check("2000 start 1950\n2300 partial Okay okay\n2900 wait", &[(2150, 2750)], true);
    check(
        "2000 start 1950\n2300 partial Yeah\n2400 stop 2390\n2600 start 2550\n2800 wait",
        &[(2150, 2750)],
        true,
    );
}

#[test]
fn a_short_sound_lets_the_reply_go_on_whatever_it_is_taken_for() {
    let check = |over: &str, held: &[(u64, u64)], interrupted: bool| {
        let lenient = TurnSettings {
            barge_in_certain: Duration::from_millis(800),
            backchannel_max: Duration::from_millis(500),
            backchannel_silence: Duration::from_millis(300),
            ..settings(0, true)
        };
        check_over(lenient, over, held, interrupted);
    };
    // 390 ms that are taken for other words: the reply goes on 300 ms after them, no sooner, and
    // not before the words are known.
    check("2000 start 1950\n2400 stop 2340\n2500 partial A horse", &[(2150, 2640)], false);
    check("2000 start 1950\n2400 stop 2340\n2700 partial Write.", &[(2150, 2700)], false);
    check("2000 start 1950\n2400 stop 2340\n3000 wait", &[(2150, 2900)], false);
    // What the beginning is taken for counts for nothing.
    check(
        "2000 start 1950\n2300 partial Why?\n2400 stop 2340\n2500 partial Right.",
        &[(2150, 2500)],
        false,
    );
    // The words of assent are not waited for.
    check("2000 start 1950\n2400 stop 2340\n2450 partial Mm-hm.", &[(2150, 2450)], false);
    // Words that ask to speak, and many of them.
    check("2000 start 1950\n2400 stop 2340\n2500 partial Stop.", &[(2150, 2500)], true);
    check("2000 start 1950\n2400 stop 2340\n2500 partial Tell me more.", &[(2150, 2500)], true);
    // Somebody speaks on within 300 ms.
    check(
        "2000 start 1950\n2400 stop 2340\n2500 partial A horse\n2600 start 2550\n2800 wait",
        &[(2150, 2750)],
        true,
    );
    // 510 ms are not short, neither at their end nor while they last.
    check("2000 start 1950\n2500 stop 2460\n2600 partial A horse", &[(2150, 2600)], true);
    check("2000 start 1950\n2440 partial A\n2460 partial A horse", &[(2150, 2460)], true);
    check("2000 start 1950\n2500 stop 2460\n2600 partial Yeah.", &[(2150, 2600)], false);
}

/// From when until when a script has the reply paused, in ms.
fn pauses(settings: TurnSettings, script: &str) -> Vec<(u64, u64)> {
    let mut authority = TurnAuthority::new(settings);
    let (mut pauses, mut since, mut out) = (Vec::new(), None, Out::default());
    let mut look = |now: Time, out: &mut Out<Never>| {
        for effect in out.take() {
            let Effect::Turn(view) = effect else { continue };
            let ms = now.since_start().as_millis() as u64;
            match (since, view.held) {
                (None, true) => since = Some(ms),
                (Some(from), false) => {
                    // What is decided at once is no pause.
                    pauses.extend((from < ms).then_some((from, ms)));
                    since = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    };
    for line in script.lines().map(str::trim) {
        let (time, rest) = line.split_once(' ').expect("a time and a fact");
        let now = Time::from_millis(time.parse().expect("milliseconds"));
        while let Some(due) = authority.deadline().filter(|due| *due <= now) {
            authority.on_deadline(due, &mut out).unwrap();
            look(due, &mut out);
        }
        if let Some(fact) = fact(rest, now) {
            authority.on_done(fact, now, &mut out).unwrap();
            look(now, &mut out);
        }
    }
    pauses
}

#[test]
fn an_interruption_is_timed_from_the_first_sound_to_the_last() {
    let turns = records(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1500 final 1 Hello there.
         1600 step 1 HandedOver
         1600 step 1 FirstSample
         1600 audible 1
         2000 start 1950
         2100 partial Stop
         2180 cut 1 Hi, how
         3000 stop 2900
         3500 final 2 Stop.
         3600 audible 2
         3900 heard 2 Yes.",
    );
    let [first, second] = &turns[..] else { panic!("{turns:?}") };
    // The last sample sounded at 2180, after the interruption was certain at 2150.
    assert_eq!((first.barge_in_stop_ms, second.barge_in_stop_ms), (Some(230.0), None));
    assert_eq!(first.anchors.barge_in, second.anchors.speech_start);
    assert_eq!((first.first_partial_ms, second.first_partial_ms), (None, Some(150.0)));
    assert_eq!(first.dead_air_ms, Some(700.0));
    assert_eq!(first.tiles_reason.as_deref(), Some("the first token is missing"));
    assert_eq!(attempts(first), ["1 Decided Kept 0 780"]);
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
