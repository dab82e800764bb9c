use antiphon_actors::TurnId;
use antiphon_actors::ledger::{
    Anchors, Attempt, Cause, Course, EndOfTurn, EndReason, EndSource, Outcome, Record, Speech,
    Steps,
};

use super::spans::{Identity, Span, spans};
use super::*;
use crate::build::Model;

fn at(ms: u64) -> Option<Time> {
    Some(Time::from_millis(ms))
}

/// Steps of an attempt begun at `begun`, of which the reply is heard at 2,000 ms.
fn steps(begun: u64) -> Steps {
    Steps {
        stt_start: at(begun),
        words: at(begun + 20),
        prompted: at(begun + 20),
        llm_start: at(begun + 21),
        first_token: at(begun + 50),
        llm_end: at(begun + 120),
        first_chunk: at(begun + 60),
        tts_start: at(begun + 61),
        first_voice: at(begun + 90),
        tts_end: at(begun + 200),
        handed_over: at(1_980),
        first_sample: at(1_985),
        audible: at(2_000),
        last_sample: at(3_500),
    }
}

fn attempt(turn: u64, cause: Cause, begun: u64) -> Attempt {
    let mut attempt = Attempt::new(TurnId(turn), cause, Time::from_millis(begun));
    attempt.text = Some("What time is it?".into());
    attempt.read_tokens = Some(9);
    attempt.reused_tokens = Some(40);
    attempt.written_tokens = 12;
    attempt
}

/// A turn of which the first attempt was thrown away, and whose reply was cut off.
fn record() -> Record {
    let mut miss = attempt(1, Cause::Eager, 900);
    miss.steps = Steps { stt_start: at(900), words: at(930), ..Steps::default() };
    miss.end(Outcome::Resumed, Time::from_millis(1_000));
    let mut answer = attempt(2, Cause::Decided, 1_800);
    answer.steps = steps(1_800);
    answer.end(Outcome::Kept, Time::from_millis(3_600));
    let speech = [(100, 820), (980, 1_500)]
        .map(|(start, stop)| Speech { start: Time::from_millis(start), stop: at(stop) });
    let course = Course {
        turn: 3,
        speech: speech.into(),
        attempts: vec![miss, answer],
        anchors: Anchors {
            speech_start: at(100),
            first_partial: at(400),
            speech_stop: at(1_500),
            stop_detected: at(1_700),
            decided: at(1_800),
            steps: steps(1_800),
            barge_in: at(3_400),
        },
        end_of_turn: Some(EndOfTurn {
            silence_ms: Some(250.0),
            log_odds: Some(0.5),
            ..EndOfTurn::of(EndSource::Adaptive)
        }),
    };
    let (said, heard) = ("What time is it?".into(), "It is late".into());
    course.record(EndReason::Interrupted, said, heard, None, Time::from_millis(3_600))
}

fn identity(content: bool) -> Identity {
    let model = |name: &str| Model { name: name.into(), provider: "antiphon" };
    Identity {
        session: "s".into(),
        conversation: "c".into(),
        content,
        stt: model("ear"),
        llm: model("mind"),
        tts: model("mouth"),
    }
}

fn drawn(spans: &[Span]) -> String {
    fn depth(spans: &[Span], span: &Span) -> usize {
        span.parent.map_or(0, |parent| 1 + depth(spans, &spans[parent]))
    }
    spans
        .iter()
        .map(|span| {
            let (start, end) = (span.start.since_start(), span.end.since_start());
            let indent = "  ".repeat(depth(spans, span));
            format!("{indent}{} {} to {}\n", span.name, start.as_millis(), end.as_millis())
        })
        .collect()
}

#[test]
fn a_turn_is_the_documented_tree() {
    assert_eq!(
        drawn(&spans(&record(), &identity(true))),
        "\
turn 100 to 3600
  user_speech 100 to 820
  user_speech 980 to 1500
  attempt 900 to 1000
    stt_work 900 to 930
  attempt 1800 to 3600
    stt_work 1800 to 1820
    llm_work 1821 to 1920
    tts_work 1861 to 2000
  dead_air 1500 to 2000
    endpoint_wait 1500 to 1800
    stt 1800 to 1820
    llm 1820 to 1850
    chunker 1850 to 1860
    tts 1860 to 1890
    leading_silence 1890 to 1905
    playout 1905 to 2000
  agent_speech 1985 to 3500
  interrupt 3400 to 3500
"
    );
}

#[test]
fn spans_carry_the_figures_of_the_ledger() {
    let record = record();
    let spans = spans(&record, &identity(true));
    #[track_caller]
    fn check(spans: &[Span], name: &str, key: &str, expected: impl Into<opentelemetry::Value>) {
        let span = spans.iter().find(|span| span.name == name).expect("a span");
        let found = span.attributes.iter().find(|it| it.key.as_str() == key);
        assert_eq!(found.map(|it| &it.value), Some(&expected.into()), "{key} of {name}");
    }
    check(&spans, "turn", "turn.number", 3);
    check(&spans, "turn", "turn.dead_air_seconds", record.dead_air_ms.expect("a figure") / 1e3);
    check(&spans, "turn", "turn.was_interrupted", true);
    check(&spans, "turn", "turn.speculation", "miss");
    check(&spans, "turn", "session.id", "s");
    check(&spans, "endpoint_wait", "endpoint.silence_seconds", 0.3);
    check(&spans, "endpoint_wait", "endpoint.source", "adaptive");
    check(&spans, "endpoint_wait", "endpoint.asked_seconds", 0.25);
    check(&spans, "endpoint_wait", "endpoint.log_odds", 0.5);
    check(&spans, "turn", "turn.end_of_turn", "adaptive");
    check(&spans, "stt", "gen_ai.request.model", "ear");
    check(&spans, "llm", "gen_ai.operation.name", "chat");
    check(&spans, "llm", "gen_ai.usage.input_tokens", 49);
    check(&spans, "llm", "llm.prefill_tokens", 9);
    check(&spans, "llm", "gen_ai.usage.output_tokens", 12);
    check(&spans, "llm", "gen_ai.response.time_to_first_chunk", 0.029);
    check(&spans, "tts", "gen_ai.output.type", "speech");
    check(&spans, "tts", "metrics.character_count", 10);
    check(&spans, "interrupt", "interrupt.stop_seconds", 0.1);
}

#[test]
fn what_was_said_is_left_out_on_request() {
    let said = |content| {
        let spans = spans(&record(), &identity(content));
        let values = spans.iter().flat_map(|span| span.attributes.iter());
        values
            .filter(|it| ["What time is it?", "It is late"].contains(&&*it.value.as_str()))
            .count()
    };
    assert_eq!(said(true), 7);
    assert_eq!(said(false), 0);
}

#[test]
fn a_turn_without_dead_air_has_no_such_span() {
    let mut record = record();
    record.dead_air_ms = None;
    record.dead_air_reason = Some("nothing was heard".into());
    let spans = spans(&record, &identity(true));
    assert!(spans.iter().all(|span| span.name != "dead_air" && span.name != "playout"));
    let reason = spans[0].attributes.iter().find(|it| it.key.as_str() == "turn.dead_air_reason");
    assert_eq!(reason.map(|it| it.value.to_string()).as_deref(), Some("nothing was heard"));
}

#[test]
fn a_file_gets_the_turn_as_otlp_in_json() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("traces.jsonl");
    let settings = antiphon_config::Telemetry {
        otlp: Some(false),
        file: Some(path.clone()),
        ..antiphon_config::Telemetry::default()
    };
    let tell: Tell = Arc::new(|message| panic!("told {message}"));
    let providers = export::providers(&settings, &tell).expect("a file").expect("telemetry");
    let zero = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let telemetry = Telemetry::over(providers, identity(false), WallClock(zero));
    telemetry.tell(&record());
    telemetry.finish();

    let text = std::fs::read_to_string(path).expect("the file");
    let line: serde_json::Value = serde_json::from_str(text.trim_end()).expect("one JSON line");
    let resource = &line["resourceSpans"][0];
    let spans = resource["scopeSpans"][0]["spans"].as_array().expect("spans");
    let find = |name: &str| spans.iter().find(|span| span["name"] == name).expect("a span");
    assert_eq!(spans.len(), 19);
    let (turn, dead_air, stt) = (find("turn"), find("dead_air"), find("stt"));
    assert_eq!(turn.get("parentSpanId").map_or("", |it| it.as_str().unwrap_or("?")), "");
    assert_eq!(dead_air["parentSpanId"], turn["spanId"]);
    assert_eq!(stt["parentSpanId"], dead_air["spanId"]);
    assert_eq!(stt["traceId"], turn["traceId"]);
    assert_eq!(dead_air["startTimeUnixNano"], "1001500000000");
    assert_eq!(dead_air["endTimeUnixNano"], "1002000000000");
    let name = resource["resource"]["attributes"].as_array().expect("attributes");
    let name = name.iter().find(|it| it["key"] == "service.name").expect("a service");
    assert_eq!(name["value"]["stringValue"], "antiphon");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let settings = antiphon_config::Telemetry {
        otlp: Some(false),
        file: Some("/no/such/folder/traces.jsonl".into()),
        ..antiphon_config::Telemetry::default()
    };
    let tell: Tell = Arc::new(|_| {});
    let error = export::providers(&settings, &tell).expect_err("no folder");
    let text = error.to_string();
    assert!(text.starts_with("cannot write traces to `/no/such/folder/traces.jsonl`: "), "{text}");
}
