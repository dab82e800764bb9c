//! The core by tables, and the network in a real stage.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets anything else fails or passes it over"
)]

use super::core::{Core, Done, Job};
use crate::core::{Effect, Out, StageCore};
use crate::fact::{Fact, Step, Usage};
use crate::frame::{Frame, Message, Payload, Prompt, Role, Token, TurnId};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

fn prompt(turn: u64, words: &str) -> Frame {
    let messages = [Message { role: Role::User, content: words.into() }].into();
    Frame::of(TurnId(turn), Payload::Prompt(Prompt { messages, draft: false }))
}

fn draft(turn: u64, words: &str) -> Frame {
    let messages = [Message { role: Role::User, content: words.into() }].into();
    Frame::of(TurnId(turn), Payload::Prompt(Prompt { messages, draft: true }))
}

fn view(turn: u64) -> TurnView {
    TurnView { turn: TurnId(turn), phase: Phase::Replying, ..TurnView::default() }
}

/// What happens, in words: `prompt TURN`, `piece TURN TEXT`, `end TURN`, `failed TURN`, `turn TURN`.
fn check(script: &[(&str, &[&str])]) {
    let mut core = Core::new("be brief");
    let mut out = Out::default();
    let now = Time::from_millis(7);
    for (at, (line, expected)) in script.iter().enumerate() {
        let words: Vec<_> = line.split(' ').collect();
        let number: u64 = words[1].parse().unwrap();
        let turn = TurnId(number);
        let text = words.get(2).map(ToString::to_string).unwrap_or_default();
        let result = match words[0] {
            "prompt" => core.on_frame(prompt(number, "hi"), now, &mut out),
            "piece" => core.on_done(Done::Piece { turn, text, at: now }, now, &mut out),
            "end" => core.on_done(Done::End { turn, at: now }, now, &mut out),
            "usage" => {
                let usage = Usage { read: Some(2), reused: Some(5), written: 9 };
                core.on_done(Done::Usage { turn, usage }, now, &mut out)
            }
            "failed" => core.on_done(Done::Failed { turn, message: "why".into() }, now, &mut out),
            "turn" => core.on_turn(&view(number), now, &mut out),
            other => panic!("{other}"),
        };
        let mut found: Vec<_> = out.take().into_iter().filter_map(describe).collect();
        found.extend(result.err().map(|error| format!("{:?}: {error}", error.severity)));
        assert_eq!(found, *expected, "line {at}: {line}");
    }
}

/// Effects in words; starts and ends of the work are left out.
fn describe(effect: Effect<Job>) -> Option<String> {
    Some(match effect {
        Effect::Job(job) => {
            format!("job {} {:?} {}", job.turn, job.system, job.messages[0].content)
        }
        Effect::Send(Frame { turn: Some(turn), payload: Payload::Token(Token { text, end }) }) => {
            format!("{turn}: {text:?}{}", if end { " end" } else { "" })
        }
        Effect::Fact(Fact::Step { turn, step: Step::FirstToken, at }) => {
            format!("first of {turn} at {at}")
        }
        Effect::Fact(Fact::Usage { turn, usage }) => format!("{turn} wrote {}", usage.written),
        Effect::Fact(Fact::Step { step: Step::LlmStart | Step::LlmEnd, .. }) => return None,
        other => panic!("{other:?}"),
    })
}

#[test]
fn an_answer_comes_in_pieces() {
    check(&[
        ("prompt 3", &["job 3 \"be brief\" hi"]),
        ("piece 3 ", &[]),
        ("piece 3 Yes", &["first of 3 at 0.007 s", "3: \"Yes\""]),
        ("piece 3 .", &["3: \".\""]),
        ("end 3", &["3 wrote 2", "3: \"\" end"]),
        ("end 3", &[]),
        ("prompt 3", &[]),
        ("prompt 4", &["job 4 \"be brief\" hi"]),
        ("end 4", &["4 wrote 0", "4: \"\" end"]),
    ]);
}

#[test]
fn what_is_over_goes_nowhere() {
    check(&[
        ("prompt 3", &["job 3 \"be brief\" hi"]),
        ("turn 3", &[]),
        ("piece 3 Yes", &["first of 3 at 0.007 s", "3: \"Yes\""]),
        ("turn 4", &["3 wrote 1"]),
        ("piece 3 more", &[]),
        ("failed 3", &[]),
        ("end 3", &[]),
        ("prompt 4", &["job 4 \"be brief\" hi"]),
        ("failed 4", &["4 wrote 0", "Skip: why"]),
        ("piece 4 more", &[]),
        ("prompt 5", &["job 5 \"be brief\" hi"]),
        ("piece 5 Yes", &["first of 5 at 0.007 s", "5: \"Yes\""]),
        // An exact count takes the place of the pieces, also when it comes late.
        ("usage 5", &["5 wrote 9"]),
        ("end 5", &["5: \"\" end"]),
        ("usage 4", &["4 wrote 9"]),
    ]);
}

#[test]
fn an_answer_that_is_not_wanted_is_abandoned() {
    let mut core = Core::new("");
    let mut out = Out::default();
    let mut ask = |core: &mut Core, turn| {
        core.on_frame(prompt(turn, "hi"), Time::ZERO, &mut out).unwrap();
        match out.take().pop() {
            Some(Effect::Job(job)) => job.cancel,
            other => panic!("{other:?}"),
        }
    };
    let first = ask(&mut core, 1);
    core.on_turn(&view(1), Time::ZERO, &mut Out::default()).unwrap();
    assert!(!first.is_cancelled());
    let second = ask(&mut core, 2);
    assert!(first.is_cancelled() && !second.is_cancelled());
    core.on_turn(&view(3), Time::ZERO, &mut Out::default()).unwrap();
    assert!(second.is_cancelled());
}

/// What is given to the worker: the words, and whether it is still to work at them at the end.
fn jobs(core: Core, script: &[(Option<u64>, &str)]) -> Vec<(String, bool)> {
    let (mut core, mut out) = (core, Out::default());
    let mut jobs = Vec::new();
    for (turn, words) in script {
        match *turn {
            None => {
                let done = Done::Read { turn: TurnId(1), tokens: 2 };
                core.on_done(done, Time::ZERO, &mut out).unwrap();
            }
            Some(0) => core.on_frame(draft(1, words), Time::ZERO, &mut out).unwrap(),
            Some(turn) => core.on_frame(prompt(turn, words), Time::ZERO, &mut out).unwrap(),
        }
        for effect in out.take() {
            match effect {
                Effect::Job(job) => jobs.push(job),
                Effect::Fact(Fact::ReadAhead { tokens: 2, .. } | Fact::Step { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let words = |job: &Job| {
        format!("{} {}", if job.draft { "reads" } else { "answers" }, job.messages[0].content)
    };
    jobs.iter().map(|job| (words(job), !job.cancel.is_cancelled())).collect()
}

#[test]
fn one_draft_is_read_at_a_time_and_only_what_leads_to_the_prompt() {
    const DRAFT: Option<u64> = Some(0);
    const READ: Option<u64> = None;
    let check = |script: &[(Option<u64>, &str)], expected: &[(&str, bool)]| {
        let found = jobs(Core::new("").reading_ahead(), script);
        let found: Vec<_> = found.iter().map(|(words, wanted)| (words.as_str(), *wanted)).collect();
        assert_eq!(found, expected, "{script:?}");
    };
    // The newest of those that wait.
    check(
        &[(DRAFT, "a"), (DRAFT, "a b"), (DRAFT, "a b c"), (READ, ""), (READ, "")],
        &[("reads a", false), ("reads a b c", false)],
    );
    // The prompt goes on where reading is: it waits for the rest of that, and for no more.
    check(
        &[(DRAFT, "a"), (DRAFT, "a b"), (Some(1), "a b c"), (READ, "")],
        &[("reads a", false), ("answers a b c", true)],
    );
    check(&[(DRAFT, "a b"), (Some(1), "a b c")], &[("reads a b", true), ("answers a b c", true)]);
    // Words that were corrected are not read to their end.
    check(&[(DRAFT, "a b"), (Some(1), "a c")], &[("reads a b", false), ("answers a c", true)]);
    check(&[(DRAFT, "a b"), (DRAFT, "a c")], &[("reads a b", false)]);
    check(
        &[(DRAFT, "a b"), (DRAFT, "a c"), (READ, "")],
        &[("reads a b", false), ("reads a c", true)],
    );
    // An answer is not disturbed.
    check(&[(Some(1), "a"), (DRAFT, "a b")], &[("answers a", true)]);
    assert_eq!(jobs(Core::new(""), &[(DRAFT, "a"), (Some(1), "a")]).len(), 1, "asked not to");
}

mod qwen3 {
    use antiphon_config::LlmQwen3;
    use antiphon_models::device::Compute;
    use antiphon_models::files::{self, Want};
    use antiphon_models::text::{GenerateOptions, Llm, Session, SessionOptions};

    use super::*;
    use crate::frame::PortType;
    use crate::testing::Rig;

    async fn rig(settings: &LlmQwen3) -> Rig {
        let mut rig = Rig::new(Some(PortType::Prompt), Some(PortType::Token)).await.unwrap();
        let stage = crate::llm::qwen3::blueprint(settings.clone());
        let what = rig.start(&stage).await.unwrap().expect("ready");
        assert!(what.starts_with("rehearsal-llm-en, "), "{what}");
        rig
    }

    /// Waits for the end of the answer to `turn`; the text, and the turns of all that came.
    async fn answer(rig: &Rig, turn: u64) -> String {
        let mut text = String::new();
        loop {
            for frame in rig.sent() {
                let Payload::Token(token) = frame.payload else { panic!("{frame:?}") };
                if frame.turn == Some(TurnId(turn)) {
                    text.push_str(&token.text);
                    if token.end {
                        return text;
                    }
                }
            }
            assert_eq!(rig.faults.take(), [""; 0]);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn answers_are_those_of_the_model_also_after_one_was_cut_off() {
        let settings = LlmQwen3::default();
        let rig = rig(&settings).await;
        rig.board.set(view(1));
        rig.push(prompt(1, "Tell me about the sea.")).await;
        // Over before it has ended.
        let begun = |fact: &Fact| matches!(fact, Fact::Step { step: Step::FirstToken, .. });
        while !rig.facts.take().iter().any(begun) {
            tokio::task::yield_now().await;
        }
        rig.board.set(view(2));
        rig.push(prompt(2, "What is the capital of France?")).await;
        let said = answer(&rig, 2).await;

        let name = settings.model.parse().unwrap();
        let files = files::resolve(&name, Want::Qwen3, &()).unwrap();
        let llm = Llm::load(&files, &Compute::default()).unwrap();
        let mut session = Session::new(llm, &SessionOptions::default()).unwrap();
        let messages = [
            antiphon_models::text::Message::system(&settings.system),
            antiphon_models::text::Message::user("What is the capital of France?"),
        ];
        let options =
            GenerateOptions { max_tokens: settings.max_tokens as usize, ..Default::default() };
        let expected = session
            .generate(&messages, &options, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
        assert_eq!(said, expected.text);
        assert!(!said.is_empty());
    }

    /// Waits until a draft is read; how many tokens of it were new.
    async fn read(rig: &Rig) -> u64 {
        loop {
            let facts = rig.facts.take();
            let read = facts.iter().find_map(|fact| match fact {
                Fact::ReadAhead { tokens, .. } => Some(*tokens),
                _ => None,
            });
            match read {
                Some(tokens) => return tokens,
                None => tokio::task::yield_now().await,
            }
        }
    }

    /// The answer to `words` after drafts were read, tokens of it that had been read before and that
    /// had not, and tokens read for the drafts.
    async fn read_and_asked(
        settings: &LlmQwen3,
        drafts: &[&str],
        words: &str,
    ) -> (String, [u64; 3]) {
        let rig = rig(settings).await;
        let mut ahead = 0;
        for words in drafts {
            rig.push(draft(1, words)).await;
            if settings.read_ahead {
                ahead += read(&rig).await;
            }
        }
        rig.board.set(view(1));
        rig.push(prompt(1, words)).await;
        let said = answer(&rig, 1).await;
        let usage = rig.facts.take().into_iter().find_map(|fact| match fact {
            Fact::Usage { usage, .. } => Some(usage),
            _ => None,
        });
        let Usage { read, reused, .. } = usage.expect("counted");
        (said, [reused.expect("counted"), read.expect("counted"), ahead])
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn words_that_were_read_ahead_are_not_read_again_and_change_no_answer() {
        let on = LlmQwen3 { max_tokens: 24, ..LlmQwen3::default() };
        let off = LlmQwen3 { read_ahead: false, ..on.clone() };
        let drafts = ["What is", "What is the capital of"];
        for words in ["What is the capital of France?", "What is the capitol of Italy?"] {
            let (plain, [known, read, none]) = read_and_asked(&off, &drafts, words).await;
            let (said, [reused, left, ahead]) = read_and_asked(&on, &drafts, words).await;
            assert_eq!(said, plain, "{words}");
            assert_eq!((none, reused + left), (0, known + read), "{words}");
            if words.starts_with(drafts[1]) {
                assert_eq!(reused, known + ahead, "{words}: what was read is not read again");
            } else {
                assert!(known < reused && reused < known + ahead, "{words}: up to the correction");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn settings_that_no_model_can_follow_are_named() {
        let plain = LlmQwen3::default();
        for (settings, expected) in [
            (LlmQwen3 { model: "rehearsal-nope".into(), ..plain.clone() }, "rehearsal-nope"),
            (LlmQwen3 { model: "rehearsal-stt-en".into(), ..plain.clone() }, "rehearsal-stt-en"),
            (LlmQwen3 { top_p: Some(0.0), ..plain.clone() }, "`top_p` is 0"),
            (LlmQwen3 { context_limit: Some(3), ..plain.clone() }, "`context_limit` is 3"),
        ] {
            let mut rig = Rig::new(Some(PortType::Prompt), None).await.unwrap();
            assert_eq!(rig.start(&crate::llm::qwen3::blueprint(settings)).await.unwrap(), None);
            let fault = loop {
                match rig.faults.take().pop() {
                    Some(fault) => break fault,
                    None => tokio::task::yield_now().await,
                }
            };
            assert!(fault.contains(expected), "{fault}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_conversation_that_outgrows_the_model_is_answered() {
        let settings = LlmQwen3 { context_limit: Some(96), max_tokens: 16, ..LlmQwen3::default() };
        let rig = rig(&settings).await;
        let words = "This is a rather long sentence, which is said again and again. ".repeat(20);
        let message = |role| Message { role, content: words.clone() };
        let messages = [Role::User, Role::Assistant, Role::User].map(message);
        rig.board.set(view(1));
        let prompt = Payload::Prompt(Prompt { messages: messages.into(), draft: false });
        rig.push(Frame::of(TurnId(1), prompt)).await;
        answer(&rig, 1).await;
    }
}
