//! Speech over the reply.

use super::*;

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
fn who_goes_on_before_a_word_of_the_reply_was_heard_is_answered_to_all_of_it() {
    check(
        TurnSettings { read_ahead: true, ..settings(0, true) },
        "100 start 40
         1000 stop 900
         1450 final 1 I can't sleep at night,
         1600 audible 1
         1700 start 1650
         1900 cut 1
         2000 partial what| should
         2900 stop 2800
         3350 final 2 what should I do?
         3500 audible 2
         5000 heard 2 Read a book.
         5100 start 5050
         6000 stop 5900
         6450 final 3 Thanks.
         6500 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt I can't sleep at night,
         1850 2 Hearing
         1900 record 1 Interrupted [I can't sleep at night,] [] 700 ms
         1900 2 draft I can't sleep at night,
         2000 2 draft I can't sleep at night, what
         3300 2 Replying
         3350 2 prompt I can't sleep at night, what should I do?
         5000 record 2 Finished [what should I do?] [Read a book.] 700 ms
         5000 2 Listening
         5100 3 Hearing
         5100 3 draft I can't sleep at night, what should I do? | Read a book. |
         6400 3 Replying
         6450 3 prompt I can't sleep at night, what should I do? | Read a book. | Thanks.",
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
fn who_begins_to_speak_over_the_last_words_of_a_reply_has_the_next_turn() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Tell me a story.
         1600 audible 1
         3000 start 2950
         3100 heard 1 Once upon a time.
         4000 stop 3900
         4450 final 2 Tell me more.
         4700 audible 2
         5000 heard 2 Fine.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Tell me a story.
         3100 record 1 Finished [Tell me a story.] [Once upon a time.] 700 ms
         3100 1 Listening
         3100 2 Hearing
         4400 2 Replying
         4450 2 prompt Tell me a story. | Once upon a time. | Tell me more.
         5000 record 2 Finished [Tell me more.] [Fine.] 800 ms
         5000 2 Listening",
    );
}

#[test]
fn the_next_question_waits_for_the_words_that_were_heard() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Tell me a story.
         1600 audible 1
         3000 start 2950
         3300 stop 3200
         3750 final 2 Stop it.
         3800 cut 1 Once upon
         4700 audible 2
         5000 heard 2 Fine.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Tell me a story.
         3150 2 Hearing
         3700 2 Replying
         3800 record 1 Interrupted [Tell me a story.] [Once upon] 700 ms
         3800 2 prompt Tell me a story. | Once upon | Stop it.
         5000 record 2 Finished [Stop it.] [Fine.] 1500 ms
         5000 2 Listening",
    );
}

#[test]
fn a_machine_that_stood_still_forgets_nothing_that_was_heard() {
    let mut authority = TurnAuthority::new(settings(0, true));
    let mut out = Out::default();
    let mut tell = |authority: &mut TurnAuthority, ms: u64, what: &str| {
        let now = Time::from_millis(ms);
        match fact(what, now) {
            Some(fact) => authority.on_done(fact, now, &mut out).unwrap(),
            // Only now is it noticed that moments have passed.
            None => authority.on_deadline(now, &mut out).unwrap(),
        }
        let mut log = Vec::new();
        describe(now, &mut out, &mut log);
        log.into_iter().filter(|line| line.contains("record")).collect::<Vec<_>>()
    };
    for (ms, what) in [
        (100, "start 40"),
        (1000, "stop 900"),
        (1400, "wait"),
        (1450, "final 1 Tell me a story."),
        (1600, "audible 1"),
        (3000, "start 2950"),
        (3150, "wait"),
        (9000, "wait"),
    ] {
        assert_eq!(tell(&mut authority, ms, what), [] as [&str; 0], "{ms} {what}");
    }
    let record = "9010 record 1 Interrupted [Tell me a story.] [Once upon] 700 ms";
    assert_eq!(tell(&mut authority, 9010, "cut 1 Once upon"), [record]);
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
