//! What is begun before it is sure that the person has stopped.

use super::*;

fn adaptive(eager: u64) -> TurnSettings {
    let ms = Duration::from_millis;
    let bounds =
        endpoint::Bounds { min: ms(160), open: ms(1_400), unclear: Duration::ZERO, max: ms(1_900) };
    TurnSettings { adaptive: Some(bounds), ..settings(eager, true) }
}

#[test]
fn an_answer_is_begun_in_a_lull_and_heard_only_after_the_stop() {
    check(
        adaptive(80),
        "100 start 40
         960 lull 900
         1000 final_done 1 What time is it?
         1040 stop 904
         1070 audible 1
         2000 heard 1 Noon.",
        "100 1 Hearing
         980 1 Speculating
         1000 1 prompt What time is it?
         1064 1 Replying
         2000 record 1 Finished [What time is it?] [Noon.] 166 ms
         2000 1 Listening",
    );
}

#[test]
fn a_lull_alone_ends_no_turn() {
    check(
        adaptive(80),
        "100 start 40
         960 lull 900
         1000 final_done 1 What time is it?
         9000 wait",
        "100 1 Hearing
         980 1 Speculating
         1000 1 prompt What time is it?",
    );
}

#[test]
fn speech_that_goes_on_voids_what_was_begun_in_a_lull() {
    check(
        adaptive(80),
        "100 start 40
         960 lull 900
         1000 final_done 1 What time is it?
         1020 resume 1010
         1100 lull 1050
         1120 resume 1110
         1560 lull 1500
         1600 final_done 2 What time is it in Rome?
         1640 stop 1500
         1670 audible 2
         2000 heard 2 Noon.",
        "100 1 Hearing
         980 1 Speculating
         1000 1 prompt What time is it?
         1020 2 Hearing
         1580 2 Speculating
         1600 2 prompt What time is it in Rome?
         1660 2 Replying
         2000 record 1 Finished [What time is it in Rome?] [Noon.] 170 ms
         2000 2 Listening",
    );
}

#[test]
fn words_that_end_no_turn_soon_are_answered_when_the_stop_is_sure() {
    check(
        adaptive(80),
        "100 start 40
         960 lull 900
         1000 final_open 1 I would like
         1040 stop 900
         1300 start 1250
         1960 lull 1900
         2000 final_open 2 I would like to
         2020 resume 2010
         2500 wait",
        "100 1 Hearing
         980 1 Speculating
         1040 1 prompt I would like
         1300 2 Hearing
         1980 2 Speculating
         2020 3 Hearing",
    );
}

#[test]
fn a_stop_behind_the_sound_of_a_lull_has_the_words_heard_again() {
    check(
        adaptive(80),
        "100 start 40
         960 lull 900
         1000 final_done 1 Is it a cat?
         1040 stop 970
         1060 final_done 2 Is it a cat?
         2000 heard 2 Yes.",
        "100 1 Hearing
         980 1 Speculating
         1000 1 prompt Is it a cat?
         1040 2 Hearing
         1050 2 Speculating
         1060 2 prompt Is it a cat?
         1131 2 Replying
         2000 record 1 Finished [Is it a cat?] [Yes.] nothing was heard of the reply
         2000 2 Listening",
    );
}

#[test]
fn what_a_lull_cost_is_in_the_ledger_and_is_no_pause() {
    let all = records(
        settings(80, true),
        "100 start 40
         960 lull 900
         1000 final 1 What time
         1020 resume 1010
         1560 lull 1500
         1600 final 2 What time is it?
         1640 stop 1500
         2050 audible 2
         2500 heard 2 Noon.",
    );
    // The words of the second took 20 ms too; its prompt was out from the stop until the end.
    assert_eq!(attempts(&all[0]), ["1 Eager Resumed 0 20", "2 Eager Kept 0 880"]);
    assert_eq!((all[0].speculation, all[0].misses), (Speculation::Hit, 1));
    assert_eq!(all[0].speech.len(), 1);
}

#[test]
fn a_pipeline_that_makes_no_answer_in_advance_makes_none_in_a_lull() {
    check(
        adaptive(0),
        "100 start 40
         960 lull 900
         1040 stop 900
         2300 wait",
        "100 1 Hearing
         2300 1 Replying",
    );
}

#[test]
fn a_slow_recogniser_is_not_asked_in_lulls() {
    check(
        adaptive(80),
        "100 start 40
         560 lull 500
         690 resume 680
         960 lull 900
         1090 resume 1080
         1560 lull 1500
         1600 final_done 3 Not asked for.
         1640 stop 1500
         1670 final_done 3 What time is it?
         1770 audible 3
         2000 heard 3 Noon.
         2960 start 2900
         3560 lull 3500
         3600 final_done 4 And now?
         3610 wait",
        "100 1 Hearing
         580 1 Speculating
         690 2 Hearing
         980 2 Speculating
         1090 3 Hearing
         1580 3 Speculating
         1670 3 prompt What time is it?
         1670 3 Replying
         2000 record 1 Finished [What time is it?] [Noon.] 270 ms
         2000 3 Listening
         2960 4 Hearing
         3580 4 Speculating
         3600 4 prompt What time is it? | Noon. | And now?",
    );
}
