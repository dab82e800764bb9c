use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fact::{Step, Usage};
use crate::frame::TurnId;

fn at(ms: u64) -> Option<Time> {
    Some(Time::from_millis(ms))
}

/// Anchors in the order `stop decided words token chunk voice given first audible`; `-` is none.
fn anchors(text: &str) -> Anchors {
    let mut moments = text.split_whitespace().map(|word| word.parse().ok().and_then(at));
    let mut next = || moments.next().expect("nine moments");
    let mut anchors = Anchors { speech_stop: next(), decided: next(), ..Anchors::default() };
    let steps = &mut anchors.steps;
    for place in [
        &mut steps.words,
        &mut steps.first_token,
        &mut steps.first_chunk,
        &mut steps.first_voice,
        &mut steps.handed_over,
        &mut steps.first_sample,
        &mut steps.audible,
    ] {
        *place = next();
    }
    anchors
}

fn ms(length: Option<Duration>) -> String {
    length.map_or("-".into(), |length| length.as_millis().to_string())
}

/// `AIR: TILES`, then hidden tiles, then the reason.
fn words(account: &Account) -> String {
    let air = match &account.dead_air {
        Ok(length) => ms(Some(*length)),
        Err(reason) => reason.clone(),
    };
    let tiles = account.tiles.map(ms).join(" ");
    let hidden: Vec<_> = account.hidden.iter().map(|tile| tile.short()).collect();
    let reason = account.tiles_reason.as_deref().unwrap_or_default();
    format!("{air}: {tiles} [{}] {reason}", hidden.join(" ")).trim_end().to_string()
}

#[test]
fn tiles_lie_side_by_side() {
    let check = |text: &str, expected: &str| {
        assert_eq!(words(&anchors(text).account()), expected, "{text}");
    };
    // stop decided words token chunk voice given first audible
    check("100 310 310 341 353 375 376 378 384", "284: 210 0 31 12 22 6 3 []");
    check("100 600 650 700 710 800 800 800 820", "720: 500 50 50 10 90 20 0 []");
    // All of it, or the first half, was made in advance.
    check("100 600 150 200 210 300 601 603 623", "523: 500 0 0 0 0 20 3 [stt llm chunk tts]");
    check("100 600 150 590 610 700 701 703 723", "623: 500 0 0 10 90 20 3 [stt llm]");
    // Decided before the person's last sound.
    check("100 90 150 160 170 180 181 182 192", "92: 0 50 10 10 10 10 2 [endpoint]");
    // The device says that the first sample sounded a little before it was given.
    check("100 300 310 320 330 340 340 338 358", "258: 200 10 10 10 10 18 0 []");
    // What is missing costs itself and what follows.
    check(
        "100 310 - 341 353 375 376 378 384",
        "284: 210 - - 12 22 6 3 [] the final words is missing",
    );
    check("100 - 310 341 353 375 376 378 384", "284: - - 31 12 22 6 3 [] the decision is missing");
    check(
        "100 310 310 341 353 - 376 378 384",
        "284: 210 0 31 12 - - - [] the voice's first sample is missing",
    );
    check(
        "100 310 310 341 353 375 376 - 384",
        "284: 210 0 31 12 22 - - [] the first sample is missing",
    );
    let none = "- - - - - - -";
    for (text, reason) in [
        ("- 310 310 341 353 375 376 378 384", "the end of the speech is missing"),
        ("100 310 310 341 353 375 376 378 -", "the first audible sample is missing"),
        (
            "400 310 310 341 353 375 376 378 384",
            "the first audible sample came before the end of the speech",
        ),
    ] {
        check(text, &format!("{reason}: {none} [] there is no dead air"));
    }
    for (text, reason) in [
        ("100 310 350 341 353 375 376 378 384", "the first token came before the final words"),
        (
            "100 380 310 341 353 375 376 378 384",
            "the hand-over to playback came before the decision",
        ),
        ("100 385 310 341 353 375 - 378 384", "the first audible sample came before the decision"),
        (
            "100 310 310 341 353 375 376 385 384",
            "the first audible sample came before the first sample",
        ),
    ] {
        check(text, &format!("284: {none} [] {reason}"));
    }
}

#[test]
fn spans_are_where_the_tiles_are() {
    let account = anchors("100 310 310 341 353 375 376 378 384").account();
    let spans = account.spans(Time::from_millis(100)).unwrap();
    let ends: Vec<_> = spans.iter().map(|(_, _, end)| end.since_start().as_millis()).collect();
    assert_eq!(ends, [310, 310, 341, 353, 375, 381, 384]);
    assert!(spans.windows(2).all(|pair| pair[0].2 == pair[1].1));
    assert_eq!(spans.map(|(tile, ..)| tile), Tile::ALL);
    assert_eq!(anchors("100 - 3 4 5 6 7 8 900").account().spans(Time::ZERO), None);
}

fn moment() -> impl Strategy<Value = Option<Time>> {
    let nanos = 0..2_000_000_000_u64;
    prop_oneof![
        9 => nanos.prop_map(|nanos| Some(Time::from_start(Duration::from_nanos(nanos)))),
        1 => Just(None),
    ]
}

fn any_anchors() -> impl Strategy<Value = Anchors> {
    let moments = prop::collection::vec(moment(), 17);
    (moments, any::<bool>()).prop_map(|(mut moments, in_order)| {
        if in_order {
            moments.sort();
        }
        let mut anchors = Anchors {
            speech_start: moments[0],
            first_partial: moments[1],
            speech_stop: moments[2],
            stop_detected: moments[3],
            decided: moments[4],
            barge_in: moments[5],
            ..Anchors::default()
        };
        let steps = [
            Step::SttStart,
            Step::LlmStart,
            Step::FirstToken,
            Step::FirstChunk,
            Step::TtsStart,
            Step::FirstVoice,
            Step::HandedOver,
            Step::FirstSample,
        ];
        for (step, at) in steps.into_iter().zip(&moments[6..14]) {
            if let Some(at) = *at {
                anchors.steps.take(step, at);
            }
        }
        anchors.steps.words = moments[14];
        anchors.steps.audible = moments[15];
        anchors.steps.last_sample = moments[16];
        anchors
    })
}

proptest! {
    #[test]
    fn tiles_sum_to_the_dead_air_or_there_is_a_reason(anchors in any_anchors()) {
        let account = anchors.account();
        let sum: Duration = account.tiles.iter().flatten().sum();
        match (&account.dead_air, &account.tiles_reason) {
            (Ok(air), None) => {
                prop_assert!(account.tiles.iter().all(Option::is_some));
                prop_assert_eq!(sum, *air);
            }
            // What is known is part of the whole.
            (Ok(air), Some(_)) => prop_assert!(
                sum <= *air && account.tiles.iter().any(Option::is_none)
            ),
            (Err(_), reason) => {
                prop_assert!(reason.is_some() && account.tiles == [None; 7]);
            }
        }
        for tile in &account.hidden {
            let index = Tile::ALL.iter().position(|known| known == tile).unwrap();
            prop_assert_eq!(account.tiles[index], Some(Duration::ZERO));
        }
        // The same once it is written.
        let record = course(anchors).record(EndReason::Finished, "a".into(), "b".into(), None, Time::ZERO);
        prop_assert_eq!(record.dead_air_ms.is_some(), record.dead_air_reason.is_none());
        if let (Some(air), None) = (record.dead_air_ms, &record.tiles_reason) {
            let sum: f64 = record.tiles.values().map(|ms| ms.unwrap()).sum();
            prop_assert!((sum - air).abs() < 1e-6, "{} of {}", sum, air);
            let rounded = record.rounded_tiles().unwrap();
            let sum: u64 = rounded.iter().map(|(_, ms)| ms).sum();
            prop_assert_eq!(sum, air.round() as u64);
            for (tile, ms) in rounded {
                prop_assert!((ms as f64 - record.tiles[&tile].unwrap()).abs() <= 1.0);
            }
        }
        for (key, ms) in [
            ("user_bot_latency_ms", record.user_bot_latency_ms),
            ("barge_in_stop_ms", record.barge_in_stop_ms),
            ("first_partial_ms", record.first_partial_ms),
        ] {
            prop_assert_eq!(ms.is_some(), !record.reasons.contains_key(key), "{}", key);
            prop_assert!(ms.is_none_or(|ms| ms >= 0.0));
        }
        let line = serde_json::to_string(&record).unwrap();
        let read: Record = serde_json::from_str(&line).unwrap();
        prop_assert_eq!((read.anchors, &read.speech), (record.anchors, &record.speech));
        prop_assert_eq!((read.attempts, read.hidden_tiles), (record.attempts, record.hidden_tiles));
    }

    #[test]
    fn anchors_in_order_are_tiled(mut nanos in prop::collection::vec(0..2_000_000_000_u64, 9)) {
        nanos.sort_unstable();
        let time = |at: usize| Some(Time::from_start(Duration::from_nanos(nanos[at])));
        let mut anchors = Anchors { speech_stop: time(0), decided: time(1), ..Anchors::default() };
        anchors.steps = Steps {
            words: time(2),
            first_token: time(3),
            first_chunk: time(4),
            first_voice: time(5),
            handed_over: time(6),
            first_sample: time(7),
            audible: time(8),
            ..Steps::default()
        };
        let account = anchors.account();
        prop_assert_eq!((&account.tiles_reason, &account.hidden), (&None, &Vec::new()));
        prop_assert_eq!(account.tiles.iter().flatten().sum::<Duration>(), account.dead_air.unwrap());
        // Whatever was done before the decision took no time after it.
        for early in 2..6 {
            let mut anchors = anchors;
            anchors.decided = time(early);
            let account = anchors.account();
            prop_assert_eq!(account.tiles_reason, None);
            let sum: Duration = account.tiles.iter().flatten().sum();
            prop_assert_eq!(sum, account.dead_air.unwrap());
            prop_assert!(account.tiles[1..early - 1].iter().all(|it| *it == Some(Duration::ZERO)));
        }
    }
}

fn course(anchors: Anchors) -> Course {
    let start = anchors.speech_start.unwrap_or_default();
    let speech = vec![Speech { start, stop: anchors.speech_stop }];
    let mut miss = Attempt::new(TurnId(1), Cause::Eager, Time::from_millis(110));
    miss.steps.take(Step::SttStart, Time::from_millis(111));
    miss.hear("I would", Time::from_millis(121));
    miss.steps.take(Step::LlmStart, Time::from_millis(122));
    miss.take_usage(&Usage { read: Some(12), reused: None, written: 5 });
    miss.end(Outcome::Resumed, Time::from_millis(152));
    let mut hit = Attempt::new(TurnId(2), Cause::Eager, Time::from_millis(310));
    hit.steps = anchors.steps;
    hit.end(Outcome::Kept, Time::from_millis(900));
    let mut attempts = vec![miss, hit];
    attempts.iter_mut().for_each(Attempt::settle);
    let end_of_turn = Some(EndOfTurn::silence(Duration::from_millis(210)));
    Course { turn: 1, speech, attempts, anchors, end_of_turn }
}

#[test]
fn what_was_thrown_away_is_counted() {
    let anchors = anchors("300 500 - - - - - - -");
    let record =
        course(anchors).record(EndReason::Stopped, String::new(), String::new(), None, Time::ZERO);
    assert_eq!(record.speculation, Speculation::Hit);
    // 10 ms of the recogniser, 30 ms of the language model.
    assert_eq!((record.misses, record.wasted_tokens, record.wasted_ms), (1, 5, 40.0));
    let outcomes = |causes: &[(Cause, Outcome)]| {
        let attempts: Vec<_> = causes
            .iter()
            .map(|(cause, outcome)| {
                let mut attempt = Attempt::new(TurnId(1), *cause, Time::ZERO);
                attempt.end(*outcome, Time::ZERO);
                attempt
            })
            .collect();
        Speculation::of(&attempts)
    };
    let (eager, decided) = (Cause::Eager, Cause::Decided);
    assert_eq!(outcomes(&[]), Speculation::None);
    assert_eq!(outcomes(&[(decided, Outcome::Kept)]), Speculation::None);
    assert_eq!(
        outcomes(&[(decided, Outcome::Resumed), (decided, Outcome::Kept)]),
        Speculation::None
    );
    assert_eq!(outcomes(&[(eager, Outcome::Kept)]), Speculation::Hit);
    assert_eq!(outcomes(&[(eager, Outcome::Resumed), (eager, Outcome::Kept)]), Speculation::Hit);
    assert_eq!(outcomes(&[(eager, Outcome::Resumed), (decided, Outcome::Kept)]), Speculation::Miss);
    assert_eq!(
        outcomes(&[(eager, Outcome::Failed), (Cause::Again, Outcome::Kept)]),
        Speculation::Miss
    );
    assert_eq!(outcomes(&[(eager, Outcome::Unused)]), Speculation::Miss);
}

#[test]
fn the_line_says_the_same() {
    let check = |text: &str, because: Option<&str>, expected: &str| {
        let (user, agent) = ("a".into(), "b".into());
        let mut record =
            course(anchors(text)).record(EndReason::Finished, user, agent, because, Time::ZERO);
        if !expected.contains('·') {
            record.speculation = Speculation::None;
        }
        assert_eq!(record.line(), expected);
    };
    check(
        "100 310 310 341 353 375 376 378 384",
        None,
        "dead air 284 ms = endpoint 210 + stt 0 + llm 31 + chunk 12 + tts 22 + silence 6 + \
         playout 3 · speculation hit",
    );
    check(
        "100 310 310 341 - 375 376 378 384",
        None,
        "dead air 284 ms (its parts are not known: the first chunk is missing)",
    );
    let text = "100 310 310 341 353 375 376 378 384";
    check(text, Some("the answer failed"), "dead air not measured: the answer failed");
}

/// All keys, `.` between those of an object in an object and `[]` for a list.
fn keys(value: &Value, before: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = format!("{before}{key}");
                found.push(key.clone());
                keys(value, &format!("{key}."), found);
            }
        }
        Value::Array(values) => {
            let before = format!("{}[].", before.trim_end_matches('.'));
            values.iter().take(1).for_each(|value| keys(value, &before, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_key_is_described() {
    let mut anchors = anchors("100 310 310 341 353 375 376 378 384");
    anchors.speech_start = at(20);
    let mut course = course(anchors);
    course.attempts[0].heard =
        vec![Word { text: "b".into(), start: Time::ZERO, end: Time::from_millis(1) }];
    let record = course.record(EndReason::Finished, "a".into(), "b".into(), None, Time::ZERO);
    let mut value = serde_json::to_value(record).unwrap();
    // Added by the file.
    value["clock_started_at"] = json!(0.02);
    value["reasons"] = json!({});
    let mut written = Vec::new();
    keys(&value, "", &mut written);
    let page = include_str!("README.md");
    let mut described: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(key, _)| key.to_string())
        .collect();
    written.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, written);
    assert!(page.contains(&format!("`version` {VERSION}")), "the page is of another version");
}

#[test]
fn the_rule_that_ended_a_turn_is_said_in_words() {
    let check = |end: EndOfTurn, expected: &str| {
        assert_eq!(end.to_string(), expected);
        let text = serde_json::to_string(&end).unwrap();
        assert_eq!(serde_json::from_str::<EndOfTurn>(&text).unwrap(), end);
    };
    let adaptive = EndOfTurn {
        silence_ms: Some(1_400.4),
        log_odds: Some(-2.25),
        patience: Some(1.2),
        words: Some(false),
        ..EndOfTurn::of(EndSource::Adaptive)
    };
    check(EndOfTurn::silence(Duration::from_millis(500)), "silence asked for 500 ms");
    check(EndOfTurn::limit(), "limit");
    check(adaptive, "adaptive asked for 1400 ms at log-odds -2.25, patience 1.20, words not known");
    let plain = EndOfTurn { patience: Some(1.0), words: Some(true), ..adaptive };
    check(plain, "adaptive asked for 1400 ms at log-odds -2.25");
}

#[test]
fn lines_from_before_the_version_are_read() {
    let line = json!({
        "turn": 1, "user_text": "Hi.", "agent_text": "Hello.", "dead_air_ms": 535.5,
        "dead_air_reason": null, "interrupted": false, "end_reason": "finished",
        "started_at": 1.0, "speech_ended_at": 1.5, "reply_started_at": 2.0355, "ended_at": 3.0,
        "something_new": [1],
    });
    let Entry { record, began } = line.to_string().parse().unwrap();
    assert_eq!(began, None);
    assert_eq!((record.version, record.dead_air_ms), (0, Some(535.5)));
    assert_eq!((record.tiles.len(), record.anchors), (0, Anchors::default()));
    let fault = |line: &str| line.parse::<Entry>().unwrap_err().to_string();
    assert_eq!(fault("{\"version\": 7}"), "version 7 of `turns.jsonl`, expected 1 at most");
    assert!(fault("{\"version\": 1}").starts_with("not a turn of `turns.jsonl`: missing field"));
}
