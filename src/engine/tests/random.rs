//! Conversations in which anything is said at any time, with stages of any speed: no reply stays open,
//! and none sounds that the ledger does not know.

use std::fmt::Write;

use antiphon_actors::frame::EndReason;

use super::play::{Outcome, play};
use super::scenario::Scenario;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    /// From `from` to before `to`.
    fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + (self.0 >> 33) % (to - from)
    }
}

/// What is said: questions, what only agrees, what asks to speak, and nothing.
const SAID: [&str; 7] =
    ["Tell me a long story.", "Yeah.", "Stop.", "", "And then?", "Why is it so?", "Mm-hm."];

fn scenario(dice: &mut Dice) -> String {
    let mut text = String::from("pipeline voice.toml\n");
    let costs = [
        ("stt", 20, 900),
        ("partial", 10, 400),
        ("read", 0, 60),
        ("llm", 20, 700),
        ("piece", 5, 120),
        ("tts", 20, 600),
        ("next", 0, 300),
        ("word", 100, 400),
    ];
    for (name, from, to) in costs {
        writeln!(text, "cost {name} {}", dice.between(from, to)).unwrap();
    }
    writeln!(text, "set turn.eager_silence_ms={}", dice.between(0, 2) * 80).unwrap();
    let mut at = 1000;
    for _ in 0..8 {
        let (until, said) = (at + dice.between(40, 1500), SAID[dice.between(0, 7) as usize]);
        writeln!(text, "says {at}-{until} {said}").unwrap();
        // Over the reply, into it before it is heard, or after it.
        at = until + dice.between(60, 4000);
    }
    text + "answer Tell me a long story. => Once upon a time there was a king, and he had a son.\n"
}

/// What is wrong with it, if anything.
fn fault(outcome: &Outcome) -> Option<String> {
    if let Some(fault) = &outcome.fault {
        return Some(format!("the pipeline ended: {fault}"));
    }
    if let Err(fault) = outcome.check() {
        return Some(fault);
    }
    for record in &outcome.records {
        let closes = match record.end_reason {
            EndReason::Finished | EndReason::Interrupted | EndReason::NoWords => true,
            EndReason::Failed | EndReason::TimedOut | EndReason::Stopped => false,
        };
        // The longest answer takes 13 words of 400 ms, or of 300 and a voice that waits for each.
        let open = record.ended_at - record.speech_ended_at.unwrap_or(record.ended_at);
        if !closes || open > 15.0 {
            return Some(format!("turn {} was open for {open} s: {record:?}", record.turn));
        }
    }
    let attempts = || outcome.records.iter().flat_map(|record| &record.attempts);
    for (from, until, attempt) in &outcome.heard {
        let steps = attempts().find(|it| it.turn.0 == *attempt).map(|it| it.steps);
        let known = steps.and_then(|it| it.first_sample.zip(it.last_sample));
        if known.is_none_or(|(first, last)| *from < first || last < *until) {
            return Some(format!("{attempt} sounded from {from} until {until}: {steps:?}"));
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn no_reply_stays_open_and_none_sounds_unknown() {
    let (mut faults, mut cut, mut heard) = (Vec::new(), 0, 0);
    for seed in 0..150 {
        let text = scenario(&mut Dice(seed));
        let outcome = play(Scenario::parse(&text)).await;
        faults.extend(fault(&outcome).map(|fault| format!("seed {seed}: {fault}\n{text}")));
        cut += outcome.records.iter().filter(|it| it.interrupted).count();
        heard += outcome.heard.len();
    }
    assert!(faults.is_empty(), "{} conversations, such as {}", faults.len(), faults[0]);
    assert!(cut > 50 && heard > 300, "{cut} replies cut off, {heard} sounds heard");
}
