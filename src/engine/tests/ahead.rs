//! Words are read while the person speaks, so that few are left when they are done.

use antiphon_actors::ledger::{Record, Tile};

use super::play::{Outcome, play};
use super::scenario::Scenario;

/// Reading a word takes 40 ms, the first word of an answer 30 ms more.
const CONVERSATION: &str = "
    pipeline voice.toml
    cost stt 100 partial 30 read 40 llm 30 piece 20 tts 50 word 200
    set turn.end_of_turn=silence
    set turn.end_silence_ms=200
    set stages.stt.settings.partial_ms=500
    set turn.eager_silence_ms=0
    says 1000-1600 What is
    says 1640-2200 the capital city
    says 2240-2800 of France?
    answer What is the capital city of France? => The capital of France is Paris.
    says 9000-9600 And
    says 9640-10200 of Italy?
    answer And of Italy? => Rome.";

const OFF: &str = "set stages.llm.settings.read_ahead=false";

async fn conversation(text: &str, more: &str) -> Outcome {
    let outcome = play(Scenario::parse(&format!("{text}\n{more}"))).await;
    outcome.check().unwrap();
    outcome
}

/// Words read ahead, read once asked, known by then, and the milliseconds until the first token.
fn reading(record: &Record) -> (u64, u64, u64, f64) {
    let answer = record.answer().expect("an answer");
    let llm = record.tiles[&Tile::LlmFirstToken].expect("a tile");
    let read = answer.read_tokens.zip(answer.reused_tokens).expect("counted");
    (record.read_ahead_tokens, read.0, read.1, llm)
}

fn said(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.records.iter().map(|it| (it.user_text.as_str(), it.agent_text.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn only_words_not_read_yet_are_read_when_the_turn_ends() {
    let (ahead, plain) =
        (conversation(CONVERSATION, "").await, conversation(CONVERSATION, OFF).await);
    assert_eq!(said(&ahead), said(&plain));
    assert_eq!(said(&ahead).len(), 2);

    // Seven words; then three of the person and the six of the first answer, which this model forgets.
    let read: Vec<_> = plain.records.iter().map(reading).collect();
    assert_eq!(read, [(0, 7, 0, 7.0 * 40.0 + 30.0), (0, 9, 7, 9.0 * 40.0 + 30.0)]);
    // The last words are heard once only, so they are not certain before the end.
    let read: Vec<_> = ahead.records.iter().map(reading).collect();
    assert_eq!(read, [(5, 2, 5, 2.0 * 40.0 + 30.0), (7, 2, 14, 2.0 * 40.0 + 30.0)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_ahead_delays_no_answer() {
    // Reading is so slow that the words are still being read when the turn ends.
    let slow = CONVERSATION.replace("read 40", "read 400");
    let (ahead, plain) = (conversation(&slow, "").await, conversation(&slow, OFF).await);
    assert_eq!(said(&ahead), said(&plain));
    for (ahead, plain) in ahead.records.iter().zip(&plain.records) {
        let (_, read, known, first) = reading(ahead);
        let (_, all, before, later) = reading(plain);
        assert_eq!(read + known, all + before);
        assert!(first <= later, "{first} ms instead of {later} ms");
    }
}
