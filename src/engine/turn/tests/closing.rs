//! What closes a turn, and the pipeline.

use super::*;

#[test]
fn no_turn_hangs_open() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         70000 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         61400 record 1 TimedOut [Hello.] [] nothing was heard of the reply
         61400 2 Listening",
    );
    check(
        settings(0, true),
        "100 start 40
         130000 wait",
        "100 1 Hearing
         60100 1 Replying
         120100 record 1 TimedOut [] [] the end of the speech was not seen
         120100 2 Listening",
    );
}

#[test]
fn noise_closes_quietly() {
    check(
        settings(0, true),
        "100 start 40
         300 stop 250
         900 final 1 ...",
        "100 1 Hearing
         750 1 Replying
         900 record 1 NoWords [...] [] no words were recognised
         900 2 Listening",
    );
}

#[test]
fn without_replies_the_words_close_the_turn_even_when_the_next_has_begun() {
    check(
        settings(0, false),
        "100 start 40
         1000 stop 900
         1450 start 1420
         1500 final 1 One.
         2000 stop 1900
         2500 final 2 Two.
         2600 wait",
        "100 1 Hearing
         1400 1 Replying
         1500 record 1 Finished [One.] [] the pipeline does not reply
         1500 1 Listening
         1500 2 Hearing
         2400 2 Replying
         2500 record 2 Finished [Two.] [] the pipeline does not reply
         2500 2 Listening",
    );
}

#[test]
fn the_pipeline_closes_when_its_input_was_answered_or_it_is_told_to() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 ended
         1600 audible 1
         2500 heard 1 Hi.",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         2500 record 1 Finished [Hello.] [Hi.] 700 ms
         2500 1 Listening
         2500 1 Listening, closing",
    );
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 close",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         1500 record 1 Stopped [Hello.] [] nothing was heard of the reply
         1500 2 Listening
         1500 2 Listening, closing",
    );
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1600 audible 1
         2000 close
         2010 cut 1 Hi
         2020 start 2000",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         2000 2 Listening
         2010 record 1 Stopped [Hello.] [Hi] 700 ms
         2010 2 Listening, closing",
    );
}
