use std::sync::Arc;

use antiphon_config::Secret;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cancel::Wanted;
use crate::error::Severity;
use crate::frame::{Message, Role};
use crate::http::Hidden;
use crate::http::server::{
    PATIENCE, Rig, Server, Step, answer, end, error, json as json_answer, nobody, piece, streamed,
};

fn settings(base_url: String) -> LlmOpenai {
    LlmOpenai {
        base_url,
        model: "parrot".into(),
        connect_timeout: PATIENCE,
        first_token_timeout: PATIENCE,
        idle_timeout: PATIENCE,
        retries: 2,
        backoff: Duration::from_millis(1),
        ..LlmOpenai::default()
    }
}

/// A job that stays wanted while the second value lives.
fn job(turn: u64) -> (Job, Wanted) {
    let wanted = Wanted::new();
    let message = |role, content: &str| Message { role, content: content.into() };
    let messages = Arc::from([
        message(Role::User, "Hi."),
        message(Role::Assistant, "Hello."),
        message(Role::User, "How are you?"),
    ]);
    let cancel = wanted.cancel();
    let (turn, system) = (TurnId(turn), "Be brief.".into());
    (Job { turn, system, messages, cancel, draft: false }, wanted)
}

fn data(text: &str) -> String {
    format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }))
}

fn stop(reason: &str) -> String {
    let choice = json!({ "index": 0, "delta": {}, "finish_reason": reason });
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

/// A good stream with the text in two pieces.
fn good() -> Vec<Step> {
    let head = streamed("text/event-stream; charset=utf-8");
    let role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    let usage = "data: {\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\ndata: [DONE]\n\n";
    let (one, two) = (data("Very well, "), data("thank you."));
    vec![head, piece(role), piece(one), piece(two), piece(stop("stop")), piece(usage), end()]
}

type TestRig = Rig<Job, Done>;

async fn rig(settings: &LlmOpenai) -> TestRig {
    Rig::start(worker(settings).unwrap()).await
}

/// All text of an answer, or what went wrong.
async fn answered(rig: &mut TestRig, turn: u64) -> Result<String, (String, String)> {
    let turn = TurnId(turn);
    let mut text = String::new();
    loop {
        match rig.done().await {
            Done::Piece { turn: of, text: more, at: _ } => {
                assert_eq!(of, turn);
                text += &more;
            }
            Done::End { turn: of, at: _ } => {
                assert_eq!(of, turn);
                return Ok(text);
            }
            Done::Failed { turn: of, message } => {
                assert_eq!(of, turn);
                return Err((text, message));
            }
            other @ (Done::Note(_) | Done::Usage { .. } | Done::Read { .. }) => panic!("{other:?}"),
        }
    }
}

async fn ask(settings: &LlmOpenai) -> Result<String, (String, String)> {
    let mut rig = rig(settings).await;
    let (job, _wanted) = job(0);
    rig.give(job).await;
    answered(&mut rig, 0).await
}

#[tokio::test]
async fn an_answer_comes_and_the_request_is_complete() {
    let server = Server::start([good()]).await;
    let settings = LlmOpenai {
        api_key: Some(Secret::new(" sk-parrot\n")),
        temperature: Some(0.5),
        max_tokens: Some(100),
        ..settings(server.base_url())
    };
    let mut rig = rig(&settings).await;
    assert_eq!(rig.ready, format!("`parrot` of {}", server.base_url()));
    let (job, _wanted) = job(0);
    rig.give(job).await;
    assert_eq!(answered(&mut rig, 0).await.unwrap(), "Very well, thank you.");
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.headers["authorization"], "Bearer sk-parrot");
    let expected = json!({
        "model": "parrot",
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Hi." },
            { "role": "assistant", "content": "Hello." },
            { "role": "user", "content": "How are you?" },
        ],
        "stream": true,
        "temperature": 0.5,
        "max_tokens": 100,
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start([good()]).await;
    let mut rig = rig(&settings(server.base_url())).await;
    for turn in 0..5 {
        let (job, _wanted) = job(turn);
        rig.give(job).await;
        assert_eq!(answered(&mut rig, turn).await.unwrap(), "Very well, thank you.");
        rig.next_turn();
    }
    // One of them may be the warm-up's. The turn may also move before the rest of an answer is
    // read, which costs the connection.
    assert_eq!(server.requests().len(), 5);
    assert!(server.connections() <= 6, "{}", server.connections());
}

#[tokio::test]
async fn the_rest_of_an_answer_is_read_for_the_next_one() {
    let server = Server::start([good()]).await;
    let mut rig = rig(&settings(server.base_url())).await;
    for _ in 0..5 {
        let (job, _wanted) = job(0);
        rig.give(job).await;
        assert_eq!(answered(&mut rig, 0).await.unwrap(), "Very well, thank you.");
    }
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[tokio::test]
async fn unusual_answers_are_understood() {
    let done = "data: [DONE]\n\n";
    let sse = |text: &[&str]| {
        let head = streamed("text/event-stream");
        [head].into_iter().chain(text.iter().map(piece)).chain([end()]).collect::<Vec<_>>()
    };
    let until_closed =
        b"HTTP/1.1 200 OK\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Yes.\"}}]}";
    let cases = [
        ("no end but the stream's", sse(&[&data("Yes.")])),
        ("only [DONE]", sse(&[&data("Yes."), done])),
        ("text after the end", sse(&[&data("Yes."), done, &data("No.")])),
        ("cut short", sse(&[&data("Yes."), &stop("length")])),
        ("thoughts", sse(&[&data("<think>\nhm"), &data("</thi"), &data("nk>\n\nYes."), done])),
        (
            "thoughts apart",
            sse(&[
                "data: {\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"hm\"}}]}\n\n",
                &data("Yes."),
                done,
            ]),
        ),
        (
            "signs of life",
            sse(&[
                ": ping\r\n\r\n",
                "event: ping\ndata: x\n\n",
                "data: {}\n\n",
                &data("Yes."),
                done,
            ]),
        ),
        (
            "content in parts",
            sse(&[
                "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Yes.\"}]}}]}\n\n",
            ]),
        ),
        ("until the connection closes", vec![Step::Send(until_closed.to_vec()), Step::Close]),
        (
            "in one piece",
            json_answer(
                "{\n\"choices\": [{\"message\": {\"content\": \"Yes.\"}, \"finish_reason\": \"stop\"}]\n}",
            ),
        ),
    ];
    for (name, steps) in cases {
        let server = Server::start([steps]).await;
        assert_eq!(ask(&settings(server.base_url())).await.as_deref(), Ok("Yes."), "{name}");
        assert_eq!(server.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let head = streamed("text/event-stream");
    let cases = [
        ("500", error("500 Internal Server Error", "oops")),
        ("503", answer("503 Service Unavailable", &[], "<html>")),
        ("408", error("408 Request Timeout", "slow")),
        ("409", error("409 Conflict", "lock")),
        ("429", answer("429 Too Many Requests", &[("retry-after", "0")], "")),
        ("429 with a pause", answer("429 Too Many Requests", &[("retry-after-ms", "5")], "")),
        ("closed before the answer", vec![Step::Close]),
        ("broken before the text", vec![head.clone(), piece(": ping\n\n"), Step::Close]),
    ];
    for (name, steps) in cases {
        let server = Server::start([steps.clone(), steps, good()]).await;
        let result = ask(&settings(server.base_url())).await;
        assert_eq!(result.as_deref(), Ok("Very well, thank you."), "{name}");
        assert_eq!(server.requests().len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_slow_first_word_is_given_up_and_asked_for_again() {
    let silent = vec![streamed("text/event-stream"), piece(": ping\n\n"), Step::UntilHungUp];
    let mute = vec![Step::UntilHungUp];
    let server = Server::start([silent, mute, good()]).await;
    let settings = LlmOpenai {
        first_token_timeout: Duration::from_millis(500),
        // A busy machine may be late with the good one.
        retries: 10,
        ..settings(server.base_url())
    };
    assert_eq!(ask(&settings).await.as_deref(), Ok("Very well, thank you."));
    assert!(server.requests().len() >= 3);
    for _ in 0..2 {
        server.hung_up().await;
    }
}

#[tokio::test]
async fn what_cannot_pass_fails_at_once() {
    let sse = |text: &str| vec![streamed("text/event-stream"), piece(text), end()];
    let far = [("retry-after", "3600")];
    let cases = [
        (error("400 Bad Request", "too long"), "answered 400 Bad Request: too long"),
        (
            error("401 Unauthorized", "who?"),
            "who?; no `api_key` was sent: set the variable that it names",
        ),
        (error("404 Not Found", "model?"), "model?; does the server have the model `parrot`?"),
        (answer("429 Too Many Requests", &far, "{}"), "it asks for a pause of 3600 s"),
        (
            answer("302 Found", &[("location", "http://u:pw@elsewhere/v1?k=1")], ""),
            "answered 302 Found; it has moved to `http://elsewhere/v1`, and `base_url` should say so",
        ),
        (answer("200 OK", &[("content-type", "text/html")], "<html>"), "answered with a page"),
        (sse("data: {\"error\":{\"code\":500,\"message\":\"no GPU\"}}\n\n"), "failed: no GPU"),
        (sse("error: {\"message\":\"no GPU\"}\n\n"), "failed: no GPU"),
        (sse("event: error\ndata: {\"error\":\"no GPU\"}\n\n"), "failed: no GPU"),
        (sse("data: what?\n\n"), "failed: `what?` is no piece of a completion"),
        (sse(""), "failed: the answer holds no text"),
        (sse(&stop("content_filter")), "the answer holds no text (`content_filter`)"),
        (
            sse(&(data("<think>hm") + &stop("length"))),
            "the answer holds no text, only thoughts (`length`)",
        ),
        (json_answer("{\"error\":\"no GPU\"}"), "failed: no GPU"),
    ];
    for (steps, expected) in cases {
        let server = Server::start([steps]).await;
        let (text, message) = ask(&settings(server.base_url())).await.unwrap_err();
        assert_eq!(text, "");
        let url = format!("`{}/chat/completions` ", server.base_url());
        assert!(
            message.starts_with(&url) && message.ends_with(expected) || message.contains("a page"),
            "{message}\ninstead of\n{expected}"
        );
        assert!(message.contains(expected), "{message}");
        assert_eq!(server.requests().len(), 1, "{message}");
    }
}

#[tokio::test]
async fn a_base_url_without_its_version_is_told() {
    let server = Server::start([error("404 Not Found", "")]).await;
    let base_url = server.base_url().replace("/v1", "/");
    let (_, message) = ask(&settings(base_url)).await.unwrap_err();
    assert!(message.ends_with("`base_url` should end with `/v1`"), "{message}");
    assert_eq!(server.requests()[0].path, "/chat/completions");
}

#[tokio::test]
async fn nobody_there_is_told() {
    let base_url = nobody().await;
    let (_, message) = ask(&settings(base_url.clone())).await.unwrap_err();
    let expected = format!("cannot connect to `{base_url}/chat/completions`: Connection refused");
    assert!(message.starts_with(&expected), "{message}");
    assert!(message.ends_with("does the server run there? (3 attempts)"), "{message}");
}

#[tokio::test]
async fn a_fault_after_the_first_word_costs_the_attempt() {
    let begun = || vec![streamed("text/event-stream"), piece(data("Very "))];
    let cases = [
        (piece("data: {\"error\":{\"message\":\"no GPU\"}}\n\n"), "failed: no GPU"),
        (Step::Close, "broke off"),
        (Step::UntilHungUp, "fell silent for 50 ms in mid-answer"),
    ];
    for (last, expected) in cases {
        let server = Server::start([[begun(), vec![Step::Wait, last]].concat()]).await;
        let settings =
            LlmOpenai { idle_timeout: Duration::from_millis(50), ..settings(server.base_url()) };
        let mut rig = rig(&settings).await;
        let (job, _wanted) = job(0);
        rig.give(job).await;
        let first = rig.done().await;
        let Done::Piece { turn: TurnId(0), text, .. } = first else { panic!("{first:?}") };
        assert_eq!(text, "Very ");
        server.go();
        let (text, message) = answered(&mut rig, 0).await.unwrap_err();
        assert_eq!(text, "");
        // A busy machine may be late with the fault.
        let silent = message.contains("fell silent");
        assert!(message.contains(expected) || silent, "{message}");
        assert_eq!(server.requests().len(), 1);
    }
}

/// How a job comes to be unwanted.
#[derive(Clone, Copy, Debug)]
enum Way {
    Turn,
    Cancel,
}

#[tokio::test]
async fn an_unwanted_answer_is_cut_off_at_once() {
    let before = vec![Step::UntilHungUp];
    let between = vec![streamed("text/event-stream"), Step::UntilHungUp];
    let within = vec![streamed("text/event-stream"), piece(data("Very ")), Step::UntilHungUp];
    for (steps, words) in [(before, 0), (between, 0), (within, 1)] {
        for way in [Way::Turn, Way::Cancel] {
            let server = Server::start([steps.clone(), good()]).await;
            let mut rig = rig(&settings(server.base_url())).await;
            let (first, wanted) = job(0);
            rig.give(first).await;
            server.asked().await;
            for _ in 0..words {
                rig.done().await;
            }
            match way {
                Way::Turn => rig.next_turn(),
                Way::Cancel => drop(wanted),
            }
            server.hung_up().await;
            assert!(rig.is_silent());
            let (second, _wanted) = job(1);
            rig.give(second).await;
            assert_eq!(answered(&mut rig, 1).await.as_deref(), Ok("Very well, thank you."));
        }
    }
}

#[tokio::test]
async fn a_pause_between_attempts_ends_with_the_turn() {
    let server = Server::start([error("500 Internal Server Error", ""), good()]).await;
    let settings = LlmOpenai { backoff: PATIENCE * 10, ..settings(server.base_url()) };
    let mut rig = rig(&settings).await;
    let (first, _wanted) = job(0);
    rig.give(first).await;
    server.asked().await;
    rig.next_turn();
    let (second, _wanted) = job(1);
    rig.give(second).await;
    assert_eq!(answered(&mut rig, 1).await.as_deref(), Ok("Very well, thank you."));
}

#[tokio::test]
async fn the_newer_name_of_the_limit_is_learnt() {
    let refusal = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    let server = Server::start([error("400 Bad Request", refusal), good()]).await;
    let settings = LlmOpenai { max_tokens: Some(9), retries: 0, ..settings(server.base_url()) };
    let mut rig = rig(&settings).await;
    for _ in 0..2 {
        let (job, _wanted) = job(0);
        rig.give(job).await;
        assert_eq!(answered(&mut rig, 0).await.as_deref(), Ok("Very well, thank you."));
    }
    let named: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.json()["max_completion_tokens"].clone())
        .collect();
    assert_eq!(named, [Value::Null, json!(9), json!(9)]);
}

#[tokio::test]
async fn secrets_are_never_shown() {
    let echo = "`sk-parrot` for polly:cracker? token=beak";
    let mid = format!("data: {}\n\n", json!({ "error": { "message": echo } }));
    let answers = [
        error("401 Unauthorized", echo),
        error("400 Bad Request", echo),
        answer("400 Bad Request", &[], echo),
        vec![streamed("text/event-stream"), piece(&mid), end()],
        vec![streamed("text/event-stream"), piece(format!("data: {echo}\n\n")), end()],
        vec![
            streamed("text/event-stream"),
            piece(format!("event: error\ndata: {echo}\n\n")),
            end(),
        ],
        vec![streamed("text/event-stream"), piece(stop(echo)), end()],
    ];
    for steps in answers {
        for key in [Some("sk-parrot"), None] {
            let server = Server::start([steps.clone()]).await;
            let base_url = server.base_url().replace("://", "://polly:cracker@") + "?token=beak";
            let api_key = key.map(Secret::new);
            let settings = LlmOpenai { api_key, ..settings(base_url) };
            let mut rig = rig(&settings).await;
            let (job, _wanted) = job(0);
            rig.give(job).await;
            let (_, message) = answered(&mut rig, 0).await.unwrap_err();
            let client = Chat::new(&settings).unwrap().client;
            let shown = format!("{message} {} {client:?} {settings:?}", rig.ready);
            let shown = shown.replace(&settings.base_url, "");
            assert!(!shown.contains("cracker") && !shown.contains("beak"), "{shown}");
            assert!(key.is_none() || !shown.contains("sk-parrot"), "{shown}");
            let request = &server.requests()[0];
            let authorization = match key {
                Some(_) => "Bearer sk-parrot",
                None => "Basic cG9sbHk6Y3JhY2tlcg==",
            };
            assert_eq!(request.headers["authorization"], authorization);
            assert_eq!(request.path, "/v1/chat/completions?token=beak");
        }
    }
}

#[test]
fn a_malformed_address_is_given_up() {
    for (base_url, expected) in [
        ("", "`base_url` is empty;"),
        ("localhost:11434/v1", "`base_url` does not begin with `http://` or `https://`;"),
        ("http://", "`base_url` is not the address of a server (empty host);"),
        ("//user:pw@host/v1", "`base_url` is not the address of a server ("),
    ] {
        let error = worker(&settings(base_url.into())).err().unwrap();
        assert_eq!(error.severity, Severity::GiveUp);
        assert!(error.message.starts_with(expected), "{error}");
        assert!(!error.message.contains("pw"), "{error}");
    }
}

#[test]
fn a_secure_address_needs_the_certificates_of_the_system() {
    // A machine without any says so, and nothing panics for want of a provider.
    let error = worker(&settings("https://localhost/v1".into())).err();
    let expected = "cannot prepare connections to a server: ";
    assert!(error.is_none_or(|error| error.message.starts_with(expected)));
}

fn read(pieces: &[&[u8]]) -> Result<String, String> {
    let (mut reply, mut text, hidden) = (Reply::default(), String::new(), Hidden::default());
    for piece in pieces {
        reply.push(piece, &hidden, &mut text)?;
    }
    reply.finish(&hidden, &mut text)?;
    Ok(text)
}

proptest! {
    #[test]
    fn the_same_stream_is_the_same_answer_however_cut(
        words in proptest::collection::vec("[a-zé→🦜 \"\\\\\n<>/]{1,8}|<think>|</think>", 1..12),
        returns in any::<bool>(),
        done in any::<bool>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut stream: String = words.iter().map(|word| data(word)).collect();
        if done {
            stream += &(stop("stop") + ": ping\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n");
        }
        if returns {
            stream = stream.replace('\n', "\r\n");
        }
        let bytes = stream.as_bytes();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(&pieces), read(&[bytes]));
        let all = words.concat();
        if !all.contains("think>") && !all.trim().is_empty() {
            prop_assert_eq!(read(&pieces), Ok(all.trim_start().to_string()));
        }
    }
}
