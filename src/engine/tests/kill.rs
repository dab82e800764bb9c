//! Each stage is killed in mid-turn in each way, and the conversation lives on.

use antiphon_actors::Time;
use antiphon_actors::frame::EndReason;

use super::play::{Outcome, play, play_on};
use super::scenario::Scenario;

/// Three turns, far enough apart for whatever is started again.
const CONVERSATION: &str = "
    pipeline voice.toml
    cost stt 100 partial 30 llm 60 piece 20 tts 50 word 200
    set turn.end_of_turn=silence
    set turn.end_silence_ms=500
    set turn.eager_silence_ms=0
    set stages.mic.progress_limit_ms=2000
    set stages.stt.progress_limit_ms=2000
    set stages.llm.progress_limit_ms=2000
    set stages.tts.progress_limit_ms=2000
    says 1000-2000 Question one.
    says 13000-13600 Question two.
    says 18000-18600 Question three.";

/// Moments of the first turn, in ms: in mid-speech, before its end is noticed, in the silence after
/// it, while the words, the answer and its sound are made, and while it is heard.
const MOMENTS: [u64; 6] = [1600, 2040, 2510, 2610, 2760, 3000];

async fn conversation(fail: &str) -> Outcome {
    play(Scenario::parse(&format!("{CONVERSATION}\nfail {fail}"))).await
}

/// What is wrong with a conversation in which that happened once, if anything.
fn fault(fail: &str, outcome: &Outcome, last: &str, check: Result<(), String>) -> Option<String> {
    let stage = fail.split([' ', '.']).next().unwrap_or_default();
    let restarts = outcome.stages.iter().find(|it| it.stage == stage).map(|it| it.restarts);
    let turns: Vec<_> = outcome
        .records
        .iter()
        .map(|it| (it.user_text.as_str(), it.agent_text.as_str(), it.end_reason))
        .collect();
    let told = |(_, said, end): &(&str, &str, EndReason)| {
        matches!(end, EndReason::Finished | EndReason::Failed) && !said.is_empty()
    };
    let answer = format!("You said: {last}");
    let last = (last, answer.as_str(), EndReason::Finished);
    let what = if let Some(fault) = &outcome.fault {
        format!("the pipeline ended: {fault}")
    } else if outcome.strikes != 1 {
        format!("it happened {} times", outcome.strikes)
    } else if restarts != Some(1) {
        format!("{stage} was started again {restarts:?} times")
    } else if turns.len() < 2 || !turns.iter().all(told) || turns.last() != Some(&last) {
        format!("the turns were {turns:?}")
    } else if let Err(fault) = check {
        fault
    } else {
        return None;
    };
    Some(format!("{fail}: {what}"))
}

async fn check(places: &[&str], ways: &[&str]) {
    let mut faults = Vec::new();
    for (place, way) in places.iter().flat_map(|place| ways.iter().map(move |way| (place, way))) {
        for at in MOMENTS {
            let fail = format!("{place} {way} at {at}");
            let outcome = conversation(&fail).await;
            faults.extend(fault(&fail, &outcome, "Question three.", outcome.check()));
        }
    }
    assert!(faults.is_empty(), "{} cases:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_core_may_die_in_mid_turn() {
    let places = [
        "mic", "echo", "gate", "vad", "stt", "llm", "chunker", "tts", "speaker", "console",
        "logger",
    ];
    check(&places, &["panic", "error"]).await;
}

#[tokio::test(start_paused = true)]
async fn every_worker_may_die_or_stall_in_mid_turn() {
    let places = ["mic", "stt", "llm", "tts", "speaker", "console", "logger"];
    let places = places.map(|place| format!("{place}.worker"));
    check(&places.each_ref().map(String::as_str), &["panic", "error", "stall"]).await;
}

/// Words are certain, and read, while the person still speaks: a word takes 200 ms to read.
const READ_AHEAD: &str = "
    pipeline voice.toml
    cost stt 100 partial 30 read 200 llm 60 piece 20 tts 50 word 200
    set turn.end_of_turn=silence
    set turn.end_silence_ms=500
    set turn.eager_silence_ms=0
    set stages.stt.settings.partial_ms=300
    set stages.llm.progress_limit_ms=4000
    says 1000-1500 Question
    says 1540-2000 one
    says 2040-2500 is
    says 2540-3000 this.
    says 13000-13600 Question two.
    says 18000-18600 Question three.";

#[tokio::test(start_paused = true)]
async fn a_language_model_may_die_while_it_reads_ahead() {
    let (mut faults, mut read) = (Vec::new(), 0);
    let places = [("llm", &["panic", "error"][..]), ("llm.worker", &["panic", "error", "stall"])];
    for (place, ways) in places {
        for way in ways {
            // From the first words that are certain until the last of them are read.
            for at in (1700..=3100).step_by(100) {
                let fail = format!("{place} {way} at {at}");
                let scenario = Scenario::parse(&format!("{READ_AHEAD}\nfail {fail}"));
                let outcome = play(scenario).await;
                faults.extend(fault(&fail, &outcome, "Question three.", outcome.check()));
                let struck = |(_, place, what): &&(Time, String, String)| {
                    place.starts_with("llm") && what.starts_with("fails")
                };
                let (died, ..) = outcome.log.iter().find(struck).expect("it failed");
                let asked = outcome.log.iter().find(|(_, _, what)| what.starts_with("asked"));
                read += u32::from(asked.is_some_and(|(asked, ..)| died < asked));
            }
        }
    }
    assert!(faults.is_empty(), "{} cases:\n{}", faults.len(), faults.join("\n"));
    assert!(read >= 40, "a draft was in flight {read} times only");
}

/// A core that hangs stops a paused clock, so this conversation is held in real time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_core_that_hangs_is_replaced() {
    let conversation = "
        pipeline voice.toml
        cost stt 50 llm 20 piece 10 tts 20 word 100
        says 400-1200 Question one.
        says 6000-6640 Question two.";
    let hold = |place: &'static str, at: u64| async move {
        let limit = format!("set stages.{place}.progress_limit_ms=1000");
        let fail = format!("{place} stall at {at}");
        let scenario = Scenario::parse(&format!("{conversation}\n{limit}\nfail {fail}"));
        let (end, hang) = std::sync::mpsc::channel();
        let outcome = play_on(scenario, Some(hang)).await;
        drop(end);
        fault(&fail, &outcome, "Question two.", outcome.balance())
    };
    let faults = tokio::join!(hold("gate", 900), hold("vad", 900), hold("chunker", 1500));
    assert_eq!(faults, (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_fails_twice_is_given_up_aloud() {
    for place in ["llm", "llm.worker", "tts", "tts.worker"] {
        let outcome = conversation(&format!("{place} error at 2510 times 2")).await;
        let first = &outcome.records[0];
        let said = ("Sorry, something went wrong. Please say that again.", EndReason::Failed);
        assert_eq!((first.agent_text.as_str(), first.end_reason), said, "{place}");
        outcome.check().unwrap_or_else(|fault| panic!("{place}: {fault}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stage_over_its_budget_ends_the_pipeline_with_the_first_fault() {
    let outcome = conversation("mic.worker error at 1500 times 9").await;
    let said = "stage `mic` failed 4 times within 60 s; first: sabotaged; last: sabotaged";
    assert_eq!(outcome.fault.as_deref(), Some(said));
    outcome.check().expect("all is accounted for");
}

#[tokio::test(start_paused = true)]
async fn the_same_conversation_gives_the_same_record() {
    let (one, two) =
        (conversation("tts error at 2700").await, conversation("tts error at 2700").await);
    assert_eq!(one.records, two.records);
    assert_eq!((one.heard, one.log), (two.heard, two.log));
}
