//! Which silence ends a turn.

use super::*;

fn adaptive(eager: u64) -> TurnSettings {
    let ms = Duration::from_millis;
    let bounds =
        endpoint::Bounds { min: ms(200), open: ms(500), unclear: Duration::ZERO, max: ms(1_500) };
    TurnSettings { adaptive: Some(bounds), ..settings(eager, true) }
}

#[test]
fn complete_words_end_the_turn_early_and_incomplete_ones_late() {
    check(
        adaptive(100),
        "100 start 40
         1000 stop 900
         1050 final 1 What time is it?
         2000 heard 1 Noon.
         3000 start 2950
         4000 stop 3900
         4050 final 2 I would like to, um
         5000 start 4950
         6000 stop 5900
         6400 final 3 I would like to, um, know the time.
         7000 heard 3 Noon.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt What time is it?
         1100 1 Replying
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt What time is it? | Noon. | I would like to, um
         5000 3 Hearing
         6000 3 Speculating
         6400 3 prompt What time is it? | Noon. | I would like to, um, know the time.
         6400 3 Replying
         7000 record 2 Finished [I would like to, um, know the time.] [Noon.] nothing was heard of the reply
         7000 3 Listening",
    );
}

#[test]
fn a_recogniser_says_whether_the_words_are_finished() {
    check(
        adaptive(100),
        "100 start 40
         1000 stop 900
         1050 final_done 1 We saw the garden
         2000 heard 1 Yes.
         3000 start 2950
         4000 stop 3900
         4050 final_open 2 We saw the garden.
         4700 wait
         5000 start 4950
         5800 stop 5700
         5810 done And the house
         6400 final 3 We saw the garden and the house
         7000 heard 3 Yes.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt We saw the garden
         1100 1 Replying
         2000 record 1 Finished [We saw the garden] [Yes.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt We saw the garden | Yes. | We saw the garden.
         5000 3 Hearing
         5800 3 Speculating
         5900 3 Replying
         6400 3 prompt We saw the garden | Yes. | We saw the garden and the house
         7000 record 2 Finished [We saw the garden and the house] [Yes.] nothing was heard of the reply
         7000 3 Listening",
    );
}

#[test]
fn words_so_far_count_only_where_they_reach_the_silence() {
    check(
        adaptive(0),
        "100 start 40
         800 partial What time is it?
         1000 stop 900
         1390 wait
         1500 final 1 What time is it?
         2000 heard 1 Noon.
         3000 start 2950
         3960 partial What time is it?
         4000 stop 3900
         4200 final 2 What time is it?
         5000 heard 2 Noon.",
        "100 1 Hearing
         1400 1 Replying
         1500 1 prompt What time is it?
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4100 2 Replying
         4200 2 prompt What time is it? | Noon. | What time is it?
         5000 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5000 2 Listening",
    );
}

fn listened() -> TurnSettings {
    let listener = Listener { stage: "listener".into(), wait: Duration::from_millis(400) };
    TurnSettings { listener: Some(listener), ..adaptive(100) }
}

#[test]
fn a_network_that_hears_the_end_decides_beside_words() {
    check(
        listened(),
        "100 start 40
         1000 stop 900
         1020 odds 900 5
         1150 final 1 I would like to, um
         2000 heard 1 What?
         3000 start 2950
         4000 stop 3900
         4050 final 2 What time is it?
         4250 odds 3900 -15
         5300 wait
         5500 heard 2 Noon.
         6000 start 5950
         7000 stop 6900
         7050 final 3 Thank you.
         7250 odds 6900 2
         8000 heard 3 Welcome.",
        "100 1 Hearing
         1000 1 Speculating
         1100 1 Replying
         1150 1 prompt I would like to, um
         2000 record 1 Finished [I would like to, um] [What?] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt I would like to, um | What? | What time is it?
         5400 2 Replying
         5500 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5500 2 Listening
         6000 3 Hearing
         7000 3 Speculating
         7050 3 prompt I would like to, um | What? | What time is it? | Noon. | Thank you.
         7250 3 Replying
         8000 record 3 Finished [Thank you.] [Welcome.] nothing was heard of the reply
         8000 3 Listening",
    );
}

#[test]
fn words_decide_where_the_network_says_nothing_in_time() {
    check(
        listened(),
        "100 start 40
         1000 stop 900
         1050 final 1 What time is it?
         1290 odds 800 5
         1400 odds 900 -5
         2000 heard 1 Noon.
         2500 down listener
         3000 start 2950
         4000 stop 3900
         4050 final 2 What time is it?
         5000 heard 2 Noon.
         5500 up listener
         6000 start 5950
         7000 stop 6900
         7050 final 3 What time is it?
         8000 heard 3 Noon.",
        "100 1 Hearing
         1000 1 Speculating
         1050 1 prompt What time is it?
         1300 1 Replying
         2000 record 1 Finished [What time is it?] [Noon.] nothing was heard of the reply
         2000 1 Listening
         3000 2 Hearing
         4000 2 Speculating
         4050 2 prompt What time is it? | Noon. | What time is it?
         4100 2 Replying
         5000 record 2 Finished [What time is it?] [Noon.] nothing was heard of the reply
         5000 2 Listening
         6000 3 Hearing
         7000 3 Speculating
         7050 3 prompt What time is it? | Noon. | What time is it? | Noon. | What time is it?
         7300 3 Replying
         8000 record 3 Finished [What time is it?] [Noon.] nothing was heard of the reply
         8000 3 Listening",
    );
}

#[test]
fn a_record_says_which_rule_ended_the_turn() {
    let check = |settings: TurnSettings, script: &str, expected: &str| {
        let records = records(settings, script);
        let [record] = &records[..] else { panic!("{records:#?}") };
        let rule = record.end_of_turn.map_or("nothing".to_string(), |rule| {
            let silence = rule.silence_ms.map_or("-".to_string(), |ms| ms.to_string());
            // The weights may change; which way they point here may not.
            let odds = rule.log_odds.map_or(0.0, f32::signum);
            format!("{} {silence} {odds}", rule.source.name())
        });
        let decided = record.anchors.decided.map(|at| at.since_start().as_millis());
        let decided = decided.map_or("never".to_string(), |ms| ms.to_string());
        assert_eq!(format!("{decided}: {rule}"), expected, "{script}");
    };
    let said = |words: &str| {
        format!(
            "100 start 40
             1000 stop 900
             1050 final 1 {words}
             9000 heard 1 Noon."
        )
    };
    check(settings(100, true), &said("What time is it?"), "1400: silence 500 0");
    let complete = &said("What time is it?");
    check(adaptive(100), complete, "1100: adaptive 200 1");
    let open = &said("I would like to, um");
    check(adaptive(100), open, "2400: adaptive 1500 -1");
    let unseen = "100 start 40
                  60100 final 1 What time is it?
                  60200 heard 1 Noon.";
    check(settings(0, true), unseen, "60100: limit - 0");
    let none = "100 start 40
                1000 stop 900
                1390 close";
    check(settings(0, true), none, "never: nothing");
    // The guess at 1,400 ms was wrong: the rule of the second decision is kept.
    let twice = "100 start 40
                 1000 stop 900
                 1450 start 1440
                 2000 stop 1900
                 2500 final 2 What time is it?
                 9000 heard 2 Noon.";
    check(settings(0, true), twice, "2400: silence 500 0");
}
