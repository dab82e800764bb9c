use super::*;

fn chunk(text: &str, length: f64) -> Chunk {
    Chunk { text: text.into(), speech: text.into(), length, first: Some(0.1), ..Chunk::default() }
}

/// Each word takes 200 ms, and 100 ms pass before the next one.
fn even(speech: &str) -> Vec<Span> {
    (0..words(speech).count()).map(|n| (n as f64 * 0.3, n as f64 * 0.3 + 0.2)).collect()
}

/// What the edges of words are known to, in seconds.
const EDGE: f64 = 0.03;

#[test]
fn memory_is_compared_with_what_was_heard() {
    /// Of "Well, yes." and "It is so, I think." 1 s and 1.6 s long, so many seconds are heard and
    /// that is remembered: words too many and too few.
    #[track_caller]
    fn check(played: f64, remembered: &str, expected: (usize, usize)) {
        let chunks = vec![chunk("Well, yes. ", 1.0), chunk("It is so, I think.", 1.6)];
        let reply = Reply { chunks, played, remembered: remembered.into() };
        let found = Memory::of(&[reply], EDGE, |chunk| Some(even(&chunk.speech)));
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
fn words_at_the_cut_are_counted() {
    let open = |played: f64| {
        let chunks = vec![chunk("One two three.", 1.2)];
        let reply = Reply { chunks, played, remembered: String::new() };
        Memory::of(&[reply], EDGE, |chunk| Some(even(&chunk.speech))).open
    };
    assert_eq!([0.2, 0.28, 0.35, 0.39, 0.42, 1.2].map(open), [0, 1, 0, 1, 1, 0]);
}

#[test]
fn a_voice_that_does_not_say_where_its_words_are_is_not_judged() {
    let reply =
        |played| Reply { chunks: vec![chunk("One two.", 1.0)], played, remembered: "One".into() };
    let found = Memory::of(&[reply(0.5), reply(1.0)], EDGE, |_| None);
    let expected = Memory { replies: 2, cut: 1, forgotten: 1, unknown: 1, edge_ms: 30, ..found };
    assert_eq!((found, found.not_heard, found.open), (expected, 0, 0));
}

#[test]
fn what_is_written_lies_where_it_is_spoken() {
    let found = written("It is 30 m high.", "It is thirty metres high.", &even("a b c d e"));
    assert_eq!(found, even("a b c d e"));
    let spoken = "In eighteen eighty-nine, it was 7 feet.";
    let found = written("In 1889, it was 7 feet.", spoken, &even(spoken));
    let even = even(spoken);
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
