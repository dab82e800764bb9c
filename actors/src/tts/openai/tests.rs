use antiphon_config::Secret;

use super::*;
use crate::cancel::Wanted;
use crate::frame::TurnId;
use crate::http::server::{
    PATIENCE, Rig, Server, Step, answer, end, error, json as json_answer, nobody, piece, streamed,
};

fn settings(base_url: String) -> TtsOpenai {
    TtsOpenai {
        base_url,
        model: "larynx".into(),
        voice: "polly".into(),
        sample_rate: 24_000,
        connect_timeout: PATIENCE,
        first_audio_timeout: PATIENCE,
        idle_timeout: PATIENCE,
        retries: 2,
        backoff: Duration::from_millis(1),
        ..TtsOpenai::default()
    }
}

/// A job that stays wanted while the second value lives.
fn job(turn: u64) -> (Job, Wanted) {
    let wanted = Wanted::new();
    let cancel = wanted.cancel();
    (Job { turn: TurnId(turn), index: 3, speech: "Very well.".into(), end: true, cancel }, wanted)
}

/// A second of sound, and its bytes.
fn second() -> (Vec<f32>, Vec<u8>) {
    let samples: Vec<i16> = (0..24_000).map(|i| (i * 7 % 20_000 - 10_000) as i16).collect();
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    (samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect(), bytes)
}

fn good() -> Vec<Step> {
    answer("200 OK", &[("content-type", "audio/pcm")], second().1)
}

type TestRig = Rig<Job, Done>;

async fn rig(settings: &TtsOpenai) -> TestRig {
    Rig::start(worker(settings).unwrap()).await
}

/// The sound of a chunk, the lengths of its pieces, and its rate; or what went wrong.
type Spoken = Result<(Vec<f32>, Vec<usize>, u32), String>;

async fn spoken(rig: &mut TestRig, of: u64) -> Spoken {
    let (mut all, mut lengths, mut last_rate) = (Vec::new(), Vec::new(), 0);
    loop {
        match rig.done().await {
            Done::Sound { turn, index, samples, rate, at: _ } => {
                assert_eq!((turn, index), (TurnId(of), 3));
                lengths.push(samples.len());
                all.extend(samples);
                last_rate = rate;
            }
            Done::End { turn, index, at: _ } => {
                assert_eq!((turn, index), (TurnId(of), 3));
                return Ok((all, lengths, last_rate));
            }
            Done::Failed { turn, message } => {
                assert_eq!(turn, TurnId(of));
                return Err(message);
            }
            Done::Words { words, .. } => panic!("{words:?}"),
            Done::Note(note) => panic!("{note}"),
        }
    }
}

async fn ask(settings: &TtsOpenai) -> Spoken {
    let mut rig = rig(settings).await;
    let (job, _wanted) = job(0);
    rig.give(job).await;
    spoken(&mut rig, 0).await
}

#[tokio::test]
async fn sound_comes_and_the_request_is_complete() {
    let server = Server::start([good()]).await;
    let api_key = Some(Secret::new("sk-larynx"));
    let settings = TtsOpenai { api_key, speed: 1.25, ..settings(server.base_url()) };
    let (samples, _, rate) = ask(&settings).await.unwrap();
    assert!(samples == second().0);
    assert_eq!(rate, 24_000);
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.path, "/v1/audio/speech");
    assert_eq!(request.headers["authorization"], "Bearer sk-larynx");
    let expected = json!({
        "model": "larynx",
        "voice": "polly",
        "input": "Very well.",
        "response_format": "pcm",
        "speed": 1.25,
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn bytes_may_be_cut_anywhere_and_small_pieces_are_joined() {
    for size in [1, 333, 4_097] {
        let (samples, bytes) = second();
        let (samples, bytes) = (&samples[..4_800], &bytes[..9_600]);
        let pieces = bytes.chunks(size).map(piece);
        let steps = [streamed("audio/pcm")].into_iter().chain(pieces).chain([end()]);
        let server = Server::start([steps.collect()]).await;
        let (heard, lengths, _) = ask(&settings(server.base_url())).await.unwrap();
        assert!(heard == samples, "by {size}");
        // The first and the last may be shorter.
        let (_, joined) = lengths[1..].split_last().unwrap_or((&0, &[]));
        assert!(joined.iter().all(|length| *length >= 480), "{lengths:?} by {size}");
    }
}

#[tokio::test]
async fn the_first_sound_does_not_wait_for_the_rest() {
    let (samples, bytes) = second();
    let (one, two) = bytes.split_at(2_000);
    let steps = vec![streamed("audio/pcm"), piece(one), Step::Wait, piece(two), end()];
    let server = Server::start([steps]).await;
    let mut rig = rig(&settings(server.base_url())).await;
    let (job, _wanted) = job(0);
    rig.give(job).await;
    let Done::Sound { samples: mut heard, .. } = rig.done().await else { panic!() };
    assert!(!heard.is_empty());
    server.go();
    heard.extend(spoken(&mut rig, 0).await.unwrap().0);
    assert!(heard == samples);
}

#[tokio::test]
async fn a_wav_file_is_played_at_its_own_rate() {
    let (samples, bytes) = second();
    let header = |size: u32| {
        let format = [1, 1, 0x5622, 0, 0xac44, 0, 2, 16].map(u16::to_le_bytes).concat();
        [b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0", &*format, b"data", &size.to_le_bytes()].concat()
    };
    let whole = [header(bytes.len() as u32), bytes.clone()].concat();
    let open = [header(u32::MAX), bytes].concat();
    for file in [whole, open] {
        let server =
            Server::start([answer("200 OK", &[("content-type", "audio/wav")], file)]).await;
        let (heard, _, rate) = ask(&settings(server.base_url())).await.unwrap();
        assert!(heard == samples);
        assert_eq!(rate, 22_050);
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let cases = [
        ("500", error("500 Internal Server Error", "oops")),
        ("429", answer("429 Too Many Requests", &[("retry-after", "0")], "")),
        ("closed", vec![Step::Close]),
        ("broken before the sound", vec![streamed("audio/pcm"), Step::Close]),
    ];
    for (name, steps) in cases {
        let server = Server::start([steps, good()]).await;
        assert!(ask(&settings(server.base_url())).await.unwrap().0 == second().0, "{name}");
        assert_eq!(server.requests().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_slow_first_sound_is_given_up_and_asked_for_again() {
    let mute = vec![Step::UntilHungUp];
    let stalled = vec![streamed("audio/pcm"), piece([0]), Step::UntilHungUp];
    let server = Server::start([mute, stalled, good()]).await;
    let settings = TtsOpenai {
        first_audio_timeout: Duration::from_millis(500),
        // A busy machine may be late with the good one.
        retries: 10,
        ..settings(server.base_url())
    };
    assert!(ask(&settings).await.unwrap().0 == second().0);
    for _ in 0..2 {
        server.hung_up().await;
    }
}

#[tokio::test]
async fn what_cannot_pass_fails_at_once() {
    let sound = |content_type: &str, bytes: &[u8]| {
        answer("200 OK", &[("content-type", content_type)], bytes)
    };
    let cases = [
        (error("400 Bad Request", "voice?"), "answered 400 Bad Request: voice?"),
        (error("404 Not Found", ""), "does the server have the model `larynx`?"),
        (json_answer("{\"error\":\"no GPU\"}"), "sent `application/json` (no GPU); 16-bit PCM is"),
        (sound("text/html; charset=x", b"<html>"), "sent `text/html` (an HTML page); 16-bit PCM"),
        (sound("audio/mpeg", b"\xff\xfb\x90\0 and so on"), "sent MP3 or AAC; 16-bit PCM is"),
        (sound("audio/pcm", b"ID3\x04 and so on and on"), "sent MP3; 16-bit PCM is expected"),
        (sound("audio/pcm", b""), "sent no sound"),
    ];
    for (steps, expected) in cases {
        let server = Server::start([steps]).await;
        let message = ask(&settings(server.base_url())).await.unwrap_err();
        assert!(message.starts_with(&format!("`{}/audio/speech`", server.base_url())), "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_fault_after_the_first_sound_costs_the_attempt() {
    for (last, expected) in
        [(Step::Close, "broke off"), (Step::UntilHungUp, "fell silent for 50 ms in mid-speech")]
    {
        let begun = [streamed("audio/pcm"), piece(&second().1[..2_000]), Step::Wait, last];
        let server = Server::start([begun.to_vec()]).await;
        let settings =
            TtsOpenai { idle_timeout: Duration::from_millis(50), ..settings(server.base_url()) };
        let mut rig = rig(&settings).await;
        let (job, _wanted) = job(0);
        rig.give(job).await;
        assert!(matches!(rig.done().await, Done::Sound { .. }));
        server.go();
        let message = spoken(&mut rig, 0).await.unwrap_err();
        // A busy machine may be late with the fault.
        let silent = message.contains("fell silent");
        assert!(message.contains(expected) || silent, "{message}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn unwanted_sound_is_cut_off_at_once() {
    let before = vec![Step::UntilHungUp];
    let within = vec![streamed("audio/pcm"), piece(&second().1[..2_000]), Step::UntilHungUp];
    for (steps, pieces) in [(before, 0), (within, 1)] {
        for by_turn in [true, false] {
            let server = Server::start([steps.clone(), good()]).await;
            let mut rig = rig(&settings(server.base_url())).await;
            let (first, wanted) = job(0);
            rig.give(first).await;
            server.asked().await;
            for _ in 0..pieces {
                rig.done().await;
            }
            if by_turn {
                rig.next_turn();
            } else {
                drop(wanted);
            }
            server.hung_up().await;
            let (second_job, _wanted) = job(1);
            // A last piece of the old sound may have been on its way.
            while !rig.is_silent() {}
            rig.give(second_job).await;
            assert!(spoken(&mut rig, 1).await.unwrap().0 == second().0);
        }
    }
}

#[tokio::test]
async fn nobody_there_is_told_and_no_key_is() {
    let api_key = Some(Secret::new("sk-larynx"));
    let settings = TtsOpenai { api_key, ..settings(nobody().await) };
    let message = ask(&settings).await.unwrap_err();
    assert!(message.starts_with("cannot connect to `http://127.0.0.1:"), "{message}");
    assert!(message.ends_with("(3 attempts)") && !message.contains("sk-larynx"), "{message}");
}
