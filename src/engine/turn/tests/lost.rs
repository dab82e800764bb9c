//! What a stage that fails takes with it.

use super::*;

#[test]
fn an_answer_lost_with_a_stage_is_made_again_once_and_then_given_up_aloud() {
    check(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1450 final 1 Hello.
         1500 down llm
         1700 up llm
         1800 down tts
         1900 up tts
         2300 audible 3
         2500 heard 3 Sorry.
         2600 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 1 prompt Hello.
         1700 2 Replying
         1700 2 prompt Hello.
         1900 3 Replying
         1900 3 say Sorry.
         2500 record 1 Failed [Hello.] [Sorry.] the answer failed
         2500 4 Listening",
    );
}

#[test]
fn words_lost_with_the_recogniser_are_asked_for_again() {
    check(
        settings(0, true),
        "100 start 40
         500 down stt
         700 up stt
         1000 stop 900
         1450 final 1 half of it
         1500 heard 2 Sorry.
         2000 wait",
        "100 1 Hearing
         1400 1 Replying
         1450 2 Replying
         1450 2 say Sorry.
         1500 record 1 Failed [half of it] [Sorry.] the answer failed
         1500 3 Listening",
    );
}

#[test]
fn an_end_of_speech_lost_with_the_voice_detection_is_not_waited_for() {
    check(
        settings(0, true),
        "100 start 40
         900 down vad
         1000 up vad
         1600 final 1 Hello.
         1700 audible 1
         2500 heard 1 Hi.",
        "100 1 Hearing
         1500 1 Replying
         1600 1 prompt Hello.
         2500 record 1 Finished [Hello.] [Hi.] the end of the speech was not seen
         2500 1 Listening",
    );
    // The person still speaks.
    check(
        settings(0, true),
        "100 start 40
         900 down vad
         1000 up vad
         1100 start 1040
         2000 stop 1900
         2500 final 1 Hello there.
         2600 audible 1
         3500 heard 1 Hi.",
        "100 1 Hearing
         2400 1 Replying
         2500 1 prompt Hello there.
         3500 record 1 Finished [Hello there.] [Hi.] 700 ms
         3500 1 Listening",
    );
}
