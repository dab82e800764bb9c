use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::file::LineFile;
use super::form::{Form, WallClock};
use crate::error::Severity;
use crate::frame::{EndReason, Frame, Payload, PortType, Record};
use crate::ledger::{Anchors, Course, Entry};
use crate::testing::Rig;
use crate::time::Time;

fn record() -> Record {
    let at = |ms: u64| Some(Time::from_millis(ms));
    let mut anchors = Anchors { speech_start: at(61_250), ..Anchors::default() };
    anchors.speech_stop = at(62_000);
    anchors.steps.audible = Some(Time::from_start(Duration::from_micros(62_284_500)));
    let (speech, attempts, end_of_turn) = (Vec::new(), Vec::new(), None);
    let course = Course { turn: 3, speech, attempts, anchors, end_of_turn };
    let (user_text, agent_text) = (" What time is it? ".into(), "It is noon.".into());
    course.record(EndReason::Finished, user_text, agent_text, None, Time::from_millis(64_000))
}

fn clock() -> WallClock {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    WallClock::anchored(now, Time::from_start(Duration::from_secs(5)))
}

fn chat() -> Form {
    Form::Chat(BTreeMap::from([("llm".to_string(), "rehearsal-en".to_string())]))
}

fn value(form: &Form, record: &Record) -> Option<Value> {
    let line = form.line(record, &clock()).unwrap()?;
    assert!(!line.contains('\n'));
    Some(serde_json::from_str(&line).unwrap())
}

#[test]
fn a_chat_is_a_line_that_networks_are_trained_on() {
    let expected = json!({
        "messages": [
            {"role": "user", "content": "What time is it?"},
            {"role": "assistant", "content": "It is noon."},
        ],
        "turn": 3,
        "started_at": "2026-01-02T03:05:01.25Z",
        "dead_air_ms": 284.5,
        "dead_air_reason": null,
        "interrupted": false,
        "end_reason": "finished",
        "models": {"llm": "rehearsal-en"},
    });
    assert_eq!(value(&chat(), &record()), Some(expected));
    let line = chat().line(&record(), &clock()).unwrap().unwrap();
    assert!(line.starts_with(r#"{"messages":[{"role":"user","content":"What"#), "{line}");
}

#[test]
fn turns_without_words_are_not_chats() {
    let silent = Record { user_text: " ".into(), agent_text: String::new(), ..record() };
    assert_eq!(value(&chat(), &silent), None);
    assert!(value(&Form::Turn, &silent).is_some());
    let unanswered = Record { agent_text: String::new(), ..record() };
    let messages = value(&chat(), &unanswered).unwrap()["messages"].clone();
    assert_eq!(messages, json!([{"role": "user", "content": "What time is it?"}]));
}

#[test]
fn a_turn_is_the_record_with_its_wall_clock_time() {
    let value = value(&Form::Turn, &record()).unwrap();
    let mut expected = serde_json::to_value(record()).unwrap();
    expected["started_at"] = json!("2026-01-02T03:05:01.25Z");
    expected["clock_started_at"] = json!(61.25);
    assert_eq!(value, expected);
    let Entry { record: read, began } = value.to_string().parse().unwrap();
    assert_eq!(began.as_deref(), Some("2026-01-02T03:05:01.25Z"));
    assert_eq!(read, record());
}

#[test]
fn lines_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    for line in ["{\"a\":1}", "{\"b\":2}"] {
        let (mut file, note) = LineFile::open(&path).unwrap();
        assert_eq!(note, None);
        file.append(line).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":1}\n{\"b\":2}\n");
}

#[test]
fn a_torn_last_line_is_moved_aside() {
    let check = |before: &str, after: &str, torn: Option<&str>, said: bool| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        fs::write(&path, before).unwrap();
        let (mut file, note) = LineFile::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), after);
        let aside = fs::read_to_string(folder.path().join("log.jsonl.torn")).ok();
        assert_eq!(aside.as_deref(), torn, "of {} bytes", before.len());
        assert_eq!(note.is_some(), said, "{note:?}");
        assert!(note.is_none_or(|note| note.contains("log.jsonl")));
        file.append("{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{after}{{}}\n"));
    };
    check("", "", None, false);
    check("{\"a\":1}\n", "{\"a\":1}\n", None, false);
    check("{\"a\":1}\n{\"b\":", "{\"a\":1}\n", Some("{\"b\":\n"), true);
    check("{\"b\":", "", Some("{\"b\":\n"), true);
    // Only the end of the line is missing.
    check("{\"a\":1}", "{\"a\":1}\n", None, true);
    let long = format!("{{\"a\":\"{}", "x".repeat(200_000));
    check(&format!("{{}}\n{long}"), "{}\n", Some(&format!("{long}\n")), true);
}

#[test]
fn errors_name_the_file_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("no/such/log.jsonl"), folder.path().to_path_buf()] {
        let error = LineFile::open(&path).unwrap_err();
        assert_eq!(error.severity, Severity::GiveUp, "{error}");
        assert!(error.to_string().contains(&format!("`{}`", path.display())), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_a_restart() {
    let (mut file, note) = LineFile::open("/dev/full".as_ref()).unwrap();
    assert_eq!(note, None);
    let error = file.append("{}").unwrap_err();
    assert_eq!(error.severity, Severity::Restart);
    assert!(error.to_string().starts_with("cannot write to `/dev/full`"), "{error}");
}

#[tokio::test]
async fn the_stage_writes_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("turns.jsonl");
    let mut rig = Rig::new(Some(PortType::Record), None).await.unwrap();
    let ready = rig.start(&super::turns_blueprint(&path)).await.unwrap();
    assert_eq!(ready, Some(format!("`{}`", path.display())));
    for turn in 1..=3 {
        let record = Record { turn, ..record() };
        rig.push(Frame::free(Payload::Record(record.into()))).await;
    }
    // The writer is a thread that no clock of a test can wait for.
    let lines = loop {
        let text = fs::read_to_string(&path).unwrap();
        if text.lines().count() == 3 {
            break text;
        }
        tokio::task::yield_now().await;
    };
    let turns =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["turn"].clone());
    assert_eq!(turns.collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(rig.faults.take(), [] as [String; 0]);
}

#[tokio::test]
async fn the_stage_fails_by_the_name_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no/such.jsonl");
    let mut rig = Rig::new(Some(PortType::Record), None).await.unwrap();
    let settings = antiphon_config::Logger { path };
    let ready = rig.start(&super::blueprint(settings, BTreeMap::new())).await.unwrap();
    assert_eq!(ready, None);
    let faults = loop {
        let faults = rig.faults.take();
        if !faults.is_empty() {
            break faults;
        }
        tokio::task::yield_now().await;
    };
    assert!(faults[0].contains("no/such.jsonl`"), "{faults:?}");
}
