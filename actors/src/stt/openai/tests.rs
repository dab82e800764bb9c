use std::time::Duration;

use antiphon_config::Secret;

use super::*;
use crate::cancel::Wanted;
use crate::frame::{Audio, TurnId};
use crate::http::server::{
    PATIENCE, Request, Rig, Server, Step, answer, end, error, json, nobody, piece, streamed,
};
use crate::time::Time;

fn settings(base_url: String) -> SttOpenai {
    SttOpenai {
        base_url,
        model: "ear".into(),
        connect_timeout: PATIENCE,
        timeout: PATIENCE,
        retries: 2,
        backoff: Duration::from_millis(1),
        ..SttOpenai::default()
    }
}

fn sound() -> Sound {
    let piece = |from: usize| Audio {
        samples: (from..from + 4_000).map(|i| (i as f32 / 20.0).sin() / 2.0).collect(),
        rate: 16_000,
        at: Time::ZERO.plus_samples(from as u64, 16_000),
    };
    Sound { utterance: 1, pieces: vec![piece(0), piece(4_000)] }
}

/// A job that stays wanted while the second value lives.
fn job(turn: u64) -> (Job, Wanted) {
    let wanted = Wanted::new();
    (Job::Final { turn: TurnId(turn), sound: sound(), cancel: wanted.cancel() }, wanted)
}

async fn ask(settings: &SttOpenai) -> Result<String, String> {
    let mut rig = Rig::start(worker(settings).unwrap()).await;
    let (job, _wanted) = job(0);
    rig.give(job).await;
    match rig.done().await {
        Done::Final { turn, text, finished: None, at: _ } => {
            assert_eq!(turn, TurnId(0));
            Ok(text)
        }
        Done::Failed { turn, message } => {
            assert_eq!(turn, TurnId(0));
            Err(message)
        }
        done @ (Done::Final { .. } | Done::Partial(_) | Done::Note(_)) => panic!("{done:?}"),
    }
}

/// The parts of a form by their names: headers and content.
fn parts(request: &Request) -> Vec<(String, String, Vec<u8>)> {
    let content_type = &request.headers["content-type"];
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let mark = format!("--{boundary}").into_bytes();
    let at: Vec<_> =
        (0..request.body.len()).filter(|&at| request.body[at..].starts_with(&mark)).collect();
    at.windows(2)
        .map(|pair| {
            let part = &request.body[pair[0] + mark.len() + 2..pair[1] - 2];
            let end = part.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            let headers = String::from_utf8(part[..end].to_vec()).unwrap();
            let name = headers.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
            (name.to_string(), headers.to_ascii_lowercase(), part[end + 4..].to_vec())
        })
        .collect()
}

#[tokio::test]
async fn words_come_and_the_request_is_complete() {
    let server = Server::start([json("{\"text\": \" How are you? \\n\", \"usage\": {}}")]).await;
    let settings = SttOpenai {
        api_key: Some(Secret::new("sk-ear")),
        language: Some("en".into()),
        ..settings(server.base_url())
    };
    assert_eq!(ask(&settings).await.as_deref(), Ok("How are you?"));
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.path, "/v1/audio/transcriptions");
    assert_eq!(request.headers["authorization"], "Bearer sk-ear");
    let parts = parts(&request);
    let names: Vec<_> = parts.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["file", "model", "response_format", "language"]);
    assert!(parts[0].1.contains("filename=\"speech.wav\""), "{}", parts[0].1);
    assert!(parts[0].1.contains("content-type: audio/wav"), "{}", parts[0].1);
    assert_eq!(parts[0].2, wav::encode(&sound().samples(), 16_000));
    let rest: Vec<_> = parts[1..].iter().map(|(.., content)| content.as_slice()).collect();
    assert_eq!(rest, [b"ear".as_slice(), b"json", b"en"]);
}

#[tokio::test]
async fn a_partial_is_answered_without_the_server() {
    let server = Server::start([json("{}")]).await;
    let mut rig = Rig::start(worker(&settings(server.base_url())).unwrap()).await;
    let wanted = Wanted::new();
    rig.give(Job::Partial { sound: sound(), cancel: wanted.cancel() }).await;
    assert_eq!(rig.done().await, Done::Partial(None));
    assert!(server.requests().is_empty());
}

#[test]
fn words_are_found() {
    let cases = [
        (r#"{"text":" Hi. "}"#, "application/json", Some("Hi.")),
        (r#"{"text":""}"#, "application/json", Some("")),
        (r#"{"text":"[BLANK_AUDIO]"}"#, "application/json", Some("")),
        (r#"{"text":" (soft music)\n"}"#, "application/json", Some("")),
        (r#"{"text":"(a) or (b)"}"#, "application/json", Some("(a) or (b)")),
        ("Hi.\n", "text/plain", Some("Hi.")),
        ("Hi.\n", "text/html", None),
        (r#"{"text":null}"#, "application/json", None),
        (r#"{"error":"no"}"#, "text/plain", None),
        ("", "application/json", None),
    ];
    for (body, content_type, expected) in cases {
        assert_eq!(words(body, content_type).as_deref(), expected, "{body:?}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let head = streamed("application/json");
    let cases = [
        ("500", error("500 Internal Server Error", "oops")),
        ("429", answer("429 Too Many Requests", &[("retry-after", "0")], "")),
        ("closed", vec![Step::Close]),
        ("broken off", vec![head, piece("{\"text\": "), Step::Close]),
    ];
    for (name, steps) in cases {
        let server = Server::start([steps, json("{\"text\":\"Hi.\"}")]).await;
        assert_eq!(ask(&settings(server.base_url())).await.as_deref(), Ok("Hi."), "{name}");
        assert_eq!(server.requests().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_asked_for_again() {
    let mute = vec![Step::UntilHungUp];
    let stalled = vec![streamed("application/json"), piece("{\"te"), Step::UntilHungUp];
    let server = Server::start([mute, stalled, json("{\"text\":\"Hi.\"}")]).await;
    let settings = SttOpenai {
        timeout: Duration::from_millis(500),
        // A busy machine may be late with the good one.
        retries: 10,
        ..settings(server.base_url())
    };
    assert_eq!(ask(&settings).await.as_deref(), Ok("Hi."));
    for _ in 0..2 {
        server.hung_up().await;
    }
}

#[tokio::test]
async fn what_cannot_pass_fails_at_once() {
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(LONGEST));
    let cases = [
        (error("400 Bad Request", "no speech"), "400 Bad Request: no speech"),
        (error("404 Not Found", "model?"), "model?; does the server have the model `ear`?"),
        (
            json("{\"error\":\"busy\"}"),
            "answered without words: `busy`; JSON with `text` is expected",
        ),
        (vec![streamed(""), piece(long), end()], "sent too long an answer"),
    ];
    for (steps, expected) in cases {
        let server = Server::start([steps]).await;
        let message = ask(&settings(server.base_url())).await.unwrap_err();
        assert!(message.starts_with(&format!("`{}/audio/", server.base_url())), "{message}");
        assert!(message.ends_with(expected), "{message}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn nobody_there_is_told_and_no_key_is() {
    let api_key = Some(Secret::new("sk-ear"));
    let settings = SttOpenai { api_key, ..settings(nobody().await) };
    let message = ask(&settings).await.unwrap_err();
    assert!(message.starts_with("cannot connect to `http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("(3 attempts)") && !message.contains("sk-ear"), "{message}");
}

#[tokio::test]
async fn unwanted_words_are_cut_off_at_once() {
    for by_turn in [true, false] {
        let answers = [vec![Step::UntilHungUp], json("{\"text\":\"Hi.\"}")];
        let server = Server::start(answers).await;
        let mut rig = Rig::start(worker(&settings(server.base_url())).unwrap()).await;
        let (first, wanted) = job(0);
        rig.give(first).await;
        server.asked().await;
        if by_turn {
            rig.next_turn();
        } else {
            drop(wanted);
        }
        server.hung_up().await;
        assert!(rig.is_silent());
        let (second, _wanted) = job(1);
        rig.give(second).await;
        let done = rig.done().await;
        let Done::Final { turn: TurnId(1), text, .. } = done else { panic!("{done:?}") };
        assert_eq!(text, "Hi.");
    }
}
