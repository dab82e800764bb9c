//! What the ledger is told of attempts.

use super::*;

#[test]
fn what_was_done_in_vain_is_counted() {
    let turns = records(
        settings(100, true),
        "100 start 40
         300 partial I
         1000 stop 900
         1010 step 1 SttStart
         1050 final 1 I would like
         1060 step 1 LlmStart
         1090 step 1 FirstToken
         1200 start 1150
         1205 usage 1 5
         2000 stop 1900
         2010 step 2 SttStart
         2030 final 2 I would like tea.
         2040 step 2 LlmStart
         2070 step 2 FirstToken
         2080 step 2 FirstChunk
         2110 usage 2 7
         2110 step 2 LlmEnd
         2110 step 2 TtsStart
         2150 step 2 FirstVoice
         2180 step 2 TtsEnd
         2401 step 2 HandedOver
         2405 step 2 FirstSample
         2410 audible 2
         3000 heard 2 Sure.",
    );
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    // 40 ms for the words, and the language model until it was stopped.
    assert_eq!(attempts(turn), ["1 Eager Resumed 5 180", "2 Eager Kept 7 160"]);
    assert_eq!((turn.misses, turn.wasted_tokens, turn.wasted_ms), (1, 5, 180.0));
    assert_eq!(turn.speculation, Speculation::Hit);
    assert_eq!(turn.first_partial_ms, Some(260.0));
    assert_eq!(turn.user_bot_latency_ms, Some(501.0));
    let speech = turn.speech.iter().map(|it| (it.start, it.stop.expect("a stop")));
    let ms = Time::from_millis;
    assert_eq!(speech.collect::<Vec<_>>(), [(ms(40), ms(900)), (ms(1150), ms(1900))]);
    assert_eq!(
        turn.line(),
        "dead air 510 ms = endpoint 500 + stt 0 + llm 0 + chunk 0 + tts 0 + silence 5 + playout 5 \
         · speculation hit"
    );
}

#[test]
fn an_answer_made_again_keeps_its_words() {
    let turns = records(
        settings(0, true),
        "100 start 40
         1000 stop 900
         1500 final 1 Hello there.
         1600 step 1 FirstToken
         1700 down llm
         1800 up llm
         1900 step 2 FirstToken
         1910 step 2 FirstChunk
         1920 step 2 FirstVoice
         1930 step 2 HandedOver
         1930 step 2 FirstSample
         1930 audible 2
         2500 heard 2 Hi.",
    );
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    let causes: Vec<_> = turn.attempts.iter().map(|it| (it.cause, it.outcome)).collect();
    assert_eq!(causes, [(Cause::Decided, Outcome::Failed), (Cause::Again, Outcome::Kept)]);
    assert_eq!(
        turn.line(),
        "dead air 1030 ms = endpoint 500 + stt 100 + llm 400 + chunk 10 + tts 10 + silence 0 + \
         playout 10"
    );
}
