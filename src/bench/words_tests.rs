use super::*;

fn chunk(text: &str, length: f64) -> Chunk {
    Chunk { text: text.into(), speech: text.into(), length, first: Some(0.1) }
}

/// Each word takes 200 ms, and 100 ms pass before the next one.
fn even(speech: &str) -> Option<Vec<Span>> {
    Some((0..words(speech).count()).map(|n| (n as f64 * 0.3, n as f64 * 0.3 + 0.2)).collect())
}

#[test]
fn memory_is_compared_with_what_was_heard() {
    /// Of "Well, yes." and "It is so, I think." 1 s and 1.6 s long, so many seconds are heard and
    /// that is remembered: words too many and too few.
    #[track_caller]
    fn check(played: f64, remembered: &str, expected: (usize, usize)) {
        let chunks = vec![chunk("Well, yes. ", 1.0), chunk("It is so, I think.", 1.6)];
        let reply = Reply { chunks, played, remembered: remembered.into() };
        let found = Memory::of(&[reply], even);
        assert_eq!((found.not_heard, found.forgotten), expected, "{found:?}");
        assert_eq!((found.replies, found.cut, found.unknown), (1, usize::from(played < 2.5), 0));
    }
    let all = "Well, yes. It is so, I think.";
    check(2.6, all, (0, 0));
    check(2.6, "Well, yes. It is so,", (0, 2));
    check(0.2, "", (0, 0));
    check(0.5, "", (0, 1));
    // In the midst of a word it may be remembered or not.
    check(0.2, "Well,", (0, 0));
    check(0.2, "Well, yes.", (1, 0));
    check(0.36, "Well,", (0, 0));
    check(0.36, all, (6, 0));
    check(1.05, "Well, yes.", (0, 0));
    check(1.5, "Well, yes. It", (0, 0));
    check(1.5, "Well, yes. It is", (0, 0));
    check(1.5, "Well, yes.", (0, 1));
    check(1.5, "Well, yes. It is so,", (1, 0));
}

#[test]
fn a_voice_that_does_not_say_where_its_words_are_is_not_judged() {
    let reply =
        |played| Reply { chunks: vec![chunk("One two.", 1.0)], played, remembered: "One".into() };
    let found = Memory::of(&[reply(0.5), reply(1.0)], |_| None);
    assert_eq!(found, Memory { replies: 2, cut: 1, not_heard: 0, forgotten: 1, unknown: 1 });
}

#[test]
fn what_is_written_lies_where_it_is_spoken() {
    let found =
        written("It is 30 m high.", "It is thirty metres high.", &even("a b c d e").unwrap());
    assert_eq!(found, even("a b c d e").unwrap());
    let spoken = "In eighteen eighty-nine, it was 7 feet.";
    let found = written("In 1889, it was 7 feet.", spoken, &even(spoken).unwrap());
    let even = even(spoken).unwrap();
    assert_eq!(found, [even[0], (even[1].0, even[2].1), even[3], even[4], even[5], even[6]]);
}

#[test]
fn every_attempt_that_sounded_is_looked_at() {
    let record = serde_json::json!({
        "turn": 1, "user_text": "", "agent_text": "Yes.", "dead_air_ms": null,
        "dead_air_reason": null, "interrupted": false, "end_reason": "finished",
        "started_at": 0.0, "speech_ended_at": null, "reply_started_at": null, "ended_at": 0.0,
        "attempts": [
            {"attempt": 1, "cause": "decided", "outcome": "resumed", "begun_ms": 0.0,
                "first_sample_ms": 100.0, "last_sample_ms": 300.0},
            {"attempt": 2, "cause": "eager", "outcome": "resumed", "begun_ms": 400.0},
            {"attempt": 3, "cause": "eager", "outcome": "kept", "begun_ms": 400.0,
                "first_sample_ms": 1000.0, "last_sample_ms": 1900.0},
        ],
    });
    let agent = Sounding::of([(0.1, 0.3), (1.0, 1.2), (1.5, 1.9)], 16_000);
    let voiced = (1..=3).map(|turn| (TurnId(turn), [(0, chunk("Yes.", 1.0))].into()));
    let record = serde_json::from_value(record).unwrap();
    let found = replies(&agent, voiced.collect(), &[record]);
    let found: Vec<_> =
        found.iter().map(|it| ((it.played * 1e3).round() as u64, it.remembered.as_str())).collect();
    assert_eq!(found, [(200, ""), (600, "Yes.")]);
}

#[test]
#[allow(clippy::print_stderr, reason = "a test that skips says so")]
fn espeak_says_where_its_words_are() {
    let folder = tempfile::tempdir().unwrap();
    let settings = TtsSystem::default();
    let text = "Well, I would say that it depends.";
    let Some(found) = spans(&settings, folder.path(), text) else {
        eprintln!("skipped 1 test: no espeak-ng");
        return;
    };
    assert_eq!(found.len(), 7, "{found:?}");
    // Words begin one after the other and hardly run into each other; after a comma there is a pause.
    for pair in found.windows(2) {
        assert!(pair[0].0 < pair[1].0 && pair[0].1 - pair[1].0 < 0.1, "{found:?}");
    }
    assert!(found[1].0 - found[0].1 > 0.1, "{found:?}");
    let (samples, rate) = say(&settings, folder.path(), text).unwrap();
    let end = samples.iter().rposition(|it| it.abs() > AUDIBLE).unwrap();
    let start = samples.iter().position(|it| it.abs() > AUDIBLE).unwrap();
    let length = (end - start) as f64 / f64::from(rate);
    assert!((found[6].1 - length).abs() < 0.001 && found[0].0.abs() < 0.001, "{found:?}");
}
