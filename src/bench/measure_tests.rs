use antiphon_actors::frame::Audio;

use crate::bench::words::Voiced;

use super::*;

fn said(speech: &[(f64, f64)]) -> Said {
    Said { line: 0, is_over: false, speech: speech.into() }
}

fn heard(times: &[(f64, f64)]) -> Vec<Heard> {
    times.iter().map(|(from, to)| Heard { from: *from, to: *to, samples: 100 }).collect()
}

#[test]
fn timelines() {
    /// What is said, what is heard, when the next thing is said; pauses in ms and whether the
    /// turn was cut off in them, dead air in ms or why there is none, whether it was cut off.
    #[track_caller]
    fn check(
        speech: &[(f64, f64)],
        replies: &[(f64, f64)],
        until: f64,
        pauses: &[(u64, bool)],
        dead_air: Result<u64, &str>,
        cut_off: bool,
    ) {
        let said = said(speech);
        let sounds = figures(&said, until, &heard(replies));
        let ms = |ms: f64| ms.round() as u64;
        let found: Vec<_> = sounds.pauses.iter().map(|it| (ms(it.ms), it.cut_off)).collect();
        assert_eq!(found, pauses);
        let found = sounds.onset.map(|onset| ms((onset - said.end()) * 1e3));
        assert_eq!(found.ok_or(sounds.missing.unwrap_or_default()), dead_air);
        assert_eq!(sounds.cut_off, cut_off);
    }
    let whole = [(1.0, 2.0)];
    let paused = [(1.0, 2.0), (2.7, 3.0)];
    check(&whole, &[(2.4, 4.0)], 9.0, &[], Ok(400), false);
    check(&whole, &[], 9.0, &[], Err("nothing was answered"), false);
    // The reply to the next thing is not the reply to this one.
    check(&whole, &[(6.0, 7.0)], 5.0, &[], Err("nothing was answered"), false);
    check(&paused, &[(3.5, 5.0)], 9.0, &[(700, false)], Ok(500), false);
    check(&paused, &[(2.5, 2.9), (3.6, 5.0)], 9.0, &[(700, true)], Ok(600), true);
    // The reply begins over the words after the pause: that is cut off as well.
    check(&paused, &[(2.8, 2.9), (3.6, 5.0)], 9.0, &[(700, true)], Ok(600), true);
    let over = Err("a reply was heard at the end of the turn");
    check(&paused, &[(2.5, 5.0)], 9.0, &[(700, true)], over, true);
    // A reply that was heard before the turn began did not cut it off.
    check(&paused, &[(0.0, 1.3), (3.1, 4.0)], 9.0, &[(700, false)], Ok(100), false);
    // Two pauses, the second cut off; a gap between words is no pause.
    let two = [(1.0, 2.0), (2.15, 2.5), (3.0, 3.5), (4.0, 4.5)];
    check(&two, &[(3.8, 4.1), (5.0, 6.0)], 9.0, &[(500, false), (500, true)], Ok(500), true);
}

/// A record whose reply was audible from and to those ms.
fn record(audible: u64, last: u64, end_reason: &str) -> Record {
    let value = serde_json::json!({
        "turn": 1, "user_text": "", "agent_text": "", "dead_air_ms": 500.0,
        "dead_air_reason": null, "interrupted": end_reason == "interrupted",
        "end_reason": end_reason, "started_at": 0.0, "speech_ended_at": null,
        "reply_started_at": null, "ended_at": 0.0,
        "tiles": {"endpoint_wait": 400.0, "stt": 30.0, "llm_first_token": 20.0,
            "first_chunk": 1.0, "tts_first_audio": 9.0, "leading_silence": 30.0, "playout": 10.0},
        "anchors": {"decided_ms": audible as f64 - 100.0},
        "attempts": [{"attempt": 1, "cause": "decided", "outcome": "kept", "begun_ms": 0.0,
            "first_sample_ms": audible as f64, "audible_ms": audible as f64,
            "last_sample_ms": last as f64}],
    });
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_ledger_is_asked_of_the_reply_that_was_heard() {
    let records = [record(1000, 2000, "finished"), record(5000, 6000, "finished")];
    let found = ledger(5.01, 4.5, &records).unwrap();
    assert_eq!((found.dead_air_ms, found.work_ms), (Some(500.0), Some(60.0)));
    assert!((found.end_delay_ms.unwrap() - 400.0).abs() < 1e-6, "{found:?}");
    assert!(found.unexplained_ms.unwrap() < 1e-6, "{found:?}");
    assert_eq!(ledger(5.1, 4.5, &records), None);
}

#[test]
fn a_reply_that_is_spoken_over_stops_or_goes_on() {
    #[track_caller]
    fn check(onset: f64, reply: (f64, f64), end: &str, expected: Option<(bool, Option<u64>)>) {
        let record = record((reply.0 * 1e3) as u64, (reply.1 * 1e3) as u64, end);
        let found = speak_over(&said(&[(onset, onset + 1.0)]), &heard(&[reply]), &[record]);
        let ms = |ms: f64| ms.round() as u64;
        assert_eq!(found.map(|(stopped, after)| (stopped, after.map(ms))), expected);
    }
    check(3.0, (2.0, 3.25), "interrupted", Some((true, Some(250))));
    check(3.0, (2.0, 5.0), "finished", Some((false, None)));
    // Nothing was heard when it was said.
    check(3.0, (1.0, 2.9), "finished", None);
}

#[test]
fn a_reply_is_what_the_ledger_knows_of_it() {
    /// Sounds in ms, and replies in ms as they are told apart with these records.
    #[track_caller]
    fn check(sounds: &[(u64, u64)], records: &[Record], expected: &[(u64, u64)]) {
        let mut agent = Sounding::default();
        for (from, to) in sounds {
            let samples = vec![0.5; (to - from) as usize].into();
            agent.take(&Audio { samples, rate: 1000, at: Time::from_millis(*from) });
        }
        let ms = |seconds: f64| (seconds * 1e3).round() as u64;
        let found = replies(&agent, records, PAUSED);
        let found: Vec<_> = found.iter().map(|it| (ms(it.from), ms(it.to))).collect();
        assert_eq!(found, expected);
    }
    let first = || record(1000, 2000, "interrupted");
    let next = |audible| record(audible, audible + 500, "finished");
    // The next reply comes sooner than a voice pauses, or at once.
    check(&[(1000, 2000), (2300, 2800)], &[first(), next(2300)], &[(1000, 2000), (2300, 2800)]);
    check(&[(1000, 2010), (2010, 2510)], &[first(), next(2010)], &[(1000, 2001), (2001, 2510)]);
    // A reply that was paused for longer than a voice is.
    check(&[(1000, 1200), (1900, 2000)], &[first()], &[(1000, 2000)]);
    // Without a record, silence tells them apart.
    check(&[(1000, 1200), (1600, 2000), (2500, 2600)], &[], &[(1000, 2000), (2500, 2600)]);
}

#[test]
fn the_next_reply_does_not_make_a_stop_late() {
    let records = [record(2000, 3200, "interrupted"), record(3500, 4000, "finished")];
    let mut agent = Sounding::default();
    for (from, to) in [(2000, 3200), (3500, 4000)] {
        let samples = vec![0.5; to - from].into();
        agent.take(&Audio { samples, rate: 1000, at: Time::from_millis(from as u64) });
    }
    let replies = replies(&agent, &records, PAUSED);
    let found = speak_over(&said(&[(3.0, 3.1)]), &replies, &records).unwrap();
    assert_eq!((found.0, found.1.map(f64::round)), (true, Some(200.0)));
}

#[test]
fn what_sounds_outside_of_every_reply_is_stale() {
    let records = [record(1000, 2000, "interrupted"), record(3000, 4000, "finished")];
    assert_eq!(stale(&heard(&[(1.0, 1.5), (1.6, 2.0), (3.0, 4.0)]), &records), 0);
    // A quarter of it after the reply was cut off; all of it between two replies.
    assert_eq!(stale(&heard(&[(1.6, 2.1337)]), &records), 25);
    assert_eq!(stale(&heard(&[(2.5, 2.6)]), &records), 100);
}

#[test]
fn a_slow_reply_to_a_part_of_a_turn_has_no_dead_air() {
    /// A turn from 1 s to 2 s and from 2.7 s to 3 s whose reply is heard at 3.05 s, decided so many
    /// ms before: whether it was cut off, and its dead air in ms.
    #[track_caller]
    fn check(decided_before: f64, expected: (bool, Option<u64>)) {
        let turn = Turn {
            kind: Kind::Paused,
            parts: vec![Part::Words("Well,".into()), Part::Pause(700.0), Part::Words("no.".into())],
            over: None,
        };
        let (number, voice) = (0, Voice::Flite("rms"));
        let conversation = Conversation { number, voice, noise_db: None, turns: vec![turn] };
        let mut agent = Sounding::default();
        let samples = vec![0.5; 500].into();
        agent.take(&Audio { samples, rate: 1000, at: Time::from_millis(3050) });
        let mut record = record(3050, 3550, "finished");
        let decided = std::time::Duration::from_secs_f64((3050.0 - decided_before) / 1e3);
        record.anchors.decided = Some(Time::from_start(decided));
        let said = vec![said(&[(1.0, 2.0), (2.7, 3.0)])];
        let latest = std::time::Duration::from_millis(3);
        let measured = measure(
            &conversation,
            Held { said, agent, records: vec![record], latest, voiced: Voiced::default() },
        );
        let turn = &measured.turns[0];
        let dead_air = turn.dead_air_ms.map(|ms| ms.round() as u64);
        assert_eq!((turn.cut_off, dead_air), expected, "{turn:?}");
        assert_eq!((turn.pauses.len(), turn.pauses[0].cut_off), (1, turn.cut_off));
        assert_eq!(turn.words, "Well, (700 ms) no.");
        assert_eq!((measured.stale_samples, measured.stood_still_ms), (0, 3.0));
    }
    check(20.0, (false, Some(50)));
    check(200.0, (true, None));
}
