//! The core by tables, and the network in a real stage.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets anything else fails or passes it over"
)]

use std::time::Duration;

use super::core::{Core, Done, Job, Partial};
use crate::core::{Effect, Out, StageCore};
use crate::fact::Step;
use crate::frame::{Audio, Frame, Payload, TurnId, Utterance};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// 100 samples at 1 kHz that all have the value of the time, in seconds.
fn piece(at_ms: u64) -> Audio {
    let at = Time::from_millis(at_ms);
    Audio { samples: [at_ms as f32 / 1000.0; 100].into(), rate: 1000, at }
}

/// What happens, in words: `start 100`, `audio 0..300` (in pieces of 100 ms), `stop 900`, `lull`, `resume`,
/// `hearing|speculating|replying|held|listening TURN BEGAN`, `at MS` (a deadline), `partial TEXT`,
/// `final TURN TEXT`, `failed TURN`.
fn step(core: &mut Core, line: &str, out: &mut Out<Job>) -> Result<(), crate::StageError> {
    let words: Vec<_> = line.split(' ').collect();
    let number = |at: usize| words[at].parse::<u64>().expect("a number");
    let time = |at: usize| Time::from_millis(number(at));
    let now = Time::from_millis(5_000);
    let mut hear = |utterance| core.on_frame(Frame::free(Payload::Utterance(utterance)), now, out);
    match words[0] {
        "start" => hear(Utterance::Start { at: time(1) }),
        "stop" => hear(Utterance::Stop { at: time(1) }),
        "lull" => hear(Utterance::Lull),
        "resume" => hear(Utterance::Resume),
        "audio" => {
            let (from, to) = words[1].split_once("..").expect("a range");
            let number = |text: &str| text.parse().expect("a number");
            (number(from)..number(to))
                .step_by(100)
                .try_for_each(|at| hear(Utterance::Audio(piece(at))))
        }
        "at" => {
            let at = time(1);
            assert!(core.deadline().is_some_and(|deadline| deadline <= at), "{line}");
            core.on_deadline(at, out)
        }
        "partial" => {
            let (utterance, text) = (number(1), words[2].to_string());
            let until = now;
            core.on_done(
                Done::Partial(Some(Partial {
                    utterance,
                    text,
                    stable: 0,
                    finished: None,
                    until,
                    at: now,
                })),
                now,
                out,
            )
        }
        "nothing" => core.on_done(Done::Partial(None), now, out),
        "final" => {
            let text = words[2].to_string();
            let turn = TurnId(number(1));
            core.on_done(Done::Final { turn, text, finished: None, at: now }, now, out)
        }
        "failed" => {
            let message = "why".into();
            core.on_done(Done::Failed { turn: TurnId(number(1)), message }, now, out)
        }
        phase => {
            let phase = match phase {
                "listening" => Phase::Listening,
                "hearing" => Phase::Hearing,
                "speculating" => Phase::Speculating,
                "replying" | "held" => Phase::Replying,
                other => panic!("{other}"),
            };
            let (turn, began, held) = (TurnId(number(1)), time(2), words[0] == "held");
            let view = TurnView { turn, phase, began, held, ..TurnView::default() };
            core.on_turn(&view, now, out)
        }
    }
}

/// Effects in words: a job with the span of its audio in milliseconds. Starts and ends of the work
/// are left out.
fn describe(effect: Effect<Job>) -> Option<String> {
    let span = |sound: &super::core::Sound| match sound.pieces.first() {
        Some(first) => {
            let ms = |time: Time| time.since_start().as_millis();
            format!("{}..{}", ms(first.at), ms(sound.until()))
        }
        None => "nothing".into(),
    };
    Some(match effect {
        Effect::Job(Job::Partial { sound, .. }) => {
            format!("partial? {} {}", sound.utterance, span(&sound))
        }
        Effect::Job(Job::Final { turn, sound, .. }) => format!("final? {turn} {}", span(&sound)),
        Effect::Send(Frame { turn, payload: Payload::Transcript(it) }) => {
            let of = turn.map_or("free".into(), |turn| turn.to_string());
            format!("{of}: {:?}{}", it.text, if it.is_final { " final" } else { "" })
        }
        Effect::Fact(fact) => match fact {
            crate::Fact::Final { turn, text, .. } => format!("final! {turn} {text:?}"),
            crate::Fact::Step { step: Step::SttStart, .. } => return None,
            crate::Fact::Partial { text, .. } => format!("partial! {text:?}"),
            other => panic!("{other:?}"),
        },
        Effect::Note(text) => format!("note: {text}"),
        other => panic!("{other:?}"),
    })
}

fn check(partial_ms: u64, script: &[(&str, &[&str])]) {
    let mut core = Core::new(Some(Duration::from_millis(partial_ms)));
    let mut out = Out::default();
    for (at, (line, expected)) in script.iter().enumerate() {
        let result = step(&mut core, line, &mut out);
        let mut found: Vec<_> = out.take().into_iter().filter_map(describe).collect();
        found.extend(result.err().map(|error| format!("{:?}: {error}", error.severity)));
        assert_eq!(found, *expected, "line {at}: {line}");
    }
}

#[test]
fn a_turn_is_transcribed_once_it_is_over() {
    check(
        0,
        &[
            ("start 100", &[]),
            ("hearing 1 100", &[]),
            ("audio 0..900", &[]),
            ("stop 800", &[]),
            ("speculating 1 100", &["final? 1 0..900"]),
            ("replying 1 100", &[]),
            ("final 1 hello", &["1: \"hello\" final", "final! 1 \"hello\""]),
            ("final 1 hello", &[]),
            // The next one forgets it.
            ("listening 1 100", &[]),
            ("start 2000", &[]),
            ("hearing 2 2000", &[]),
            ("audio 1900..2300", &[]),
            ("stop 2200", &[]),
            ("replying 2 2000", &["final? 2 1900..2300"]),
        ],
    );
}

#[test]
fn the_person_goes_on() {
    check(
        0,
        &[
            ("start 100", &[]),
            ("hearing 1 100", &[]),
            ("audio 0..500", &[]),
            ("stop 400", &[]),
            ("speculating 1 100", &["final? 1 0..500"]),
            ("start 700", &[]),
            ("hearing 2 100", &[]),
            ("final 1 early", &[]),
            ("audio 600..900", &[]),
            ("stop 800", &[]),
            ("replying 2 100", &["final? 2 0..900"]),
            ("final 2 all", &["2: \"all\" final", "final! 2 \"all\""]),
        ],
    );
}

#[test]
fn who_goes_on_as_the_reply_begins_is_not_heard_anew() {
    check(
        300,
        &[
            ("start 100", &[]),
            ("hearing 1 100", &[]),
            ("audio 0..300", &["partial? 1 0..300"]),
            ("nothing", &[]),
            ("stop 250", &[]),
            ("replying 1 100", &["final? 1 0..300"]),
            ("final 1 one", &["1: \"one\" final", "final! 1 \"one\""]),
            ("start 500", &[]),
            ("audio 400..500", &[]),
            // Nothing was heard of the reply: it is the same utterance.
            ("hearing 2 100", &[]),
            ("audio 500..800", &["partial? 1 0..800"]),
        ],
    );
}

#[test]
fn words_are_wanted_in_a_lull() {
    check(
        0,
        &[
            ("start 100", &[]),
            ("hearing 1 100", &[]),
            ("audio 0..500", &[]),
            ("lull", &[]),
            ("speculating 1 100", &["final? 1 0..500"]),
            ("audio 500..600", &[]),
            ("resume", &[]),
            ("hearing 2 100", &[]),
            ("final 1 early", &[]),
            ("audio 600..900", &[]),
            // The state comes before the mark.
            ("speculating 2 100", &[]),
            ("lull", &["final? 2 0..900"]),
            ("audio 900..1000", &[]),
            ("stop 800", &[]),
            ("replying 2 100", &[]),
            ("final 2 all", &["2: \"all\" final", "final! 2 \"all\""]),
        ],
    );
}

#[test]
fn a_turn_begins_where_the_authority_says() {
    // The state may be ahead of the marks or behind them.
    check(
        0,
        &[
            ("start 100", &[]),
            ("audio 0..300", &[]),
            ("stop 200", &[]),
            ("start 700", &[]),
            ("audio 600..900", &[]),
            ("stop 800", &[]),
            ("replying 3 700", &["final? 3 600..900"]),
        ],
    );
    check(
        0,
        &[
            ("hearing 1 100", &[]),
            ("start 100", &[]),
            ("audio 0..300", &[]),
            ("stop 200", &[]),
            ("hearing 3 700", &[]),
            ("start 700", &[]),
            ("audio 600..900", &[]),
            ("stop 800", &[]),
            ("replying 3 700", &["final? 3 600..900"]),
        ],
    );
    check(
        0,
        &[
            ("hearing 1 100", &[]),
            ("start 100", &[]),
            ("audio 0..300", &[]),
            ("stop 200", &[]),
            ("start 700", &[]),
            ("audio 600..900", &[]),
            ("hearing 2 700", &[]),
            ("stop 800", &[]),
            ("replying 2 700", &["final? 2 600..900"]),
        ],
    );
}

#[test]
fn speech_over_a_reply_is_a_turn_only_if_the_authority_makes_it_one() {
    let first: &[(&str, &[&str])] = &[
        ("start 100", &[]),
        ("hearing 1 100", &[]),
        ("audio 0..300", &[]),
        ("stop 200", &[]),
        ("replying 1 100", &["final? 1 0..300"]),
        ("final 1 one", &["1: \"one\" final", "final! 1 \"one\""]),
        ("start 700", &[]),
        ("audio 600..800", &[]),
    ];
    // A cough: the attempt is made again from the same words.
    check(0, &[first, &[("replying 2 100", &["final? 2 0..300"])]].concat());
    check(
        0,
        &[
            first,
            &[
                ("stop 750", &[]),
                ("start 900", &[]),
                ("audio 900..1000", &[]),
                ("replying 2 100", &["final? 2 0..300"]),
            ],
        ]
        .concat(),
    );
    check(
        0,
        &[
            first,
            &[
                ("hearing 2 700", &[]),
                ("audio 800..900", &[]),
                ("stop 850", &[]),
                ("replying 2 700", &["final? 2 600..900"]),
            ],
        ]
        .concat(),
    );
    // All that is said while the reply is paused is of one turn.
    let second: &[(&str, &[&str])] =
        &[("stop 750", &[]), ("start 900", &[]), ("audio 900..1000", &[])];
    let held: &[(&str, &[&str])] = &[("held 1 100", &[])];
    let of = |began| -> Vec<(&str, &[&str])> {
        match began {
            700 => vec![
                ("hearing 2 700", &[]),
                ("stop 950", &[]),
                ("replying 2 700", &["final? 2 600..1000"]),
            ],
            _ => vec![
                ("hearing 2 900", &[]),
                ("stop 950", &[]),
                ("replying 2 900", &["final? 2 900..1000"]),
            ],
        }
    };
    check(0, &[first, held, second, &of(700)].concat());
    // What comes after it went on is another.
    let on: &[(&str, &[&str])] = &[("replying 1 100", &[])];
    check(0, &[first, held, &second[..1], on, &second[1..], &of(900)].concat());
}

#[test]
fn the_last_audio_is_waited_for_but_not_for_ever() {
    let first: &[(&str, &[&str])] =
        &[("start 100", &[]), ("hearing 1 100", &[]), ("audio 0..300", &[])];
    check(
        0,
        &[
            first,
            &[
                ("speculating 1 100", &[]),
                ("replying 1 100", &[]),
                ("audio 300..400", &[]),
                ("stop 350", &["final? 1 0..400"]),
            ],
        ]
        .concat(),
    );
    check(0, &[first, &[("replying 1 100", &[]), ("at 5100", &["final? 1 0..300"])]].concat());
    check(
        0,
        &[
            first,
            &[
                ("speculating 1 100", &[]),
                ("hearing 2 100", &[]),
                ("stop 350", &[]),
                ("replying 2 100", &["final? 2 0..300"]),
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_stage_that_was_started_again_makes_do() {
    check(0, &[("replying 4 100", &["4: \"\" final", "final! 4 \"\""]), ("replying 4 100", &[])]);
    check(
        0,
        &[
            ("hearing 4 100", &[]),
            ("audio 600..800", &[]),
            ("stop 700", &[]),
            ("replying 4 100", &["final? 4 600..800"]),
            ("failed 4", &["Skip: why"]),
            ("failed 4", &[]),
            ("replying 5 100", &["final? 5 600..800"]),
        ],
    );
}

#[test]
fn there_is_one_partial_at_a_time_and_none_after_the_end() {
    check(
        300,
        &[
            ("start 100", &[]),
            ("hearing 1 100", &[]),
            ("audio 0..200", &[]),
            ("audio 200..300", &["partial? 1 0..300"]),
            ("audio 300..1000", &[]),
            ("partial 1 hi", &["partial! \"hi\"", "free: \"hi\"", "partial? 1 0..1000"]),
            ("nothing", &[]),
            ("audio 1000..1300", &["partial? 1 0..1300"]),
            ("stop 1200", &[]),
            ("speculating 1 100", &["final? 1 0..1300"]),
            ("partial 1 late", &[]),
            ("final 1 done", &["1: \"done\" final", "final! 1 \"done\""]),
            // The person goes on.
            ("hearing 2 100", &[]),
            ("start 1500", &[]),
            ("audio 1400..1700", &["partial? 1 0..1700"]),
            // Another turn: the number of the audio changes with its beginning.
            ("hearing 3 1500", &[]),
            ("partial 1 other", &[]),
            ("audio 1700..2000", &["partial? 2 1400..2000"]),
        ],
    );
}

#[test]
fn what_is_not_wanted_any_more_is_abandoned() {
    let mut core = Core::new(Some(Duration::from_millis(100)));
    let mut out = Out::default();
    let mut run = |core: &mut Core, line: &str| {
        step(core, line, &mut out).unwrap();
        let jobs: Vec<_> = out
            .take()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Job(Job::Partial { cancel, .. } | Job::Final { cancel, .. }) => {
                    Some(cancel)
                }
                _ => None,
            })
            .collect();
        jobs.into_iter().next()
    };
    run(&mut core, "start 0");
    run(&mut core, "hearing 1 0");
    let partial = run(&mut core, "audio 0..100").unwrap();
    run(&mut core, "stop 100");
    assert!(!partial.is_cancelled());
    let last = run(&mut core, "speculating 1 0").unwrap();
    assert!(partial.is_cancelled(), "the end does not wait for it");
    assert!(!last.is_cancelled());
    run(&mut core, "hearing 2 0");
    assert!(last.is_cancelled());
    let last = run(&mut core, "replying 2 0").unwrap();
    drop(core);
    assert!(last.is_cancelled());
}

#[test]
fn speech_without_end_keeps_its_end() {
    let mut core = Core::new(None);
    let mut out = Out::default();
    let mut hear = |core: &mut Core, seconds: u64| {
        let (samples, at) = (vec![0.0; 1000].into(), Time::from_millis(seconds * 1000));
        let audio = Audio { samples, rate: 1000, at };
        let frame = Frame::free(Payload::Utterance(Utterance::Audio(audio)));
        core.on_frame(frame, Time::ZERO, &mut out).unwrap();
        out.take().into_iter().filter_map(describe).collect::<Vec<_>>()
    };
    let notes: Vec<_> = (0..2000).flat_map(|second| hear(&mut core, second)).collect();
    assert_eq!(notes, ["note: speech without end: only its last 10 min count"]);
    let mut out = Out::default();
    step(&mut core, "hearing 1 0", &mut out).unwrap();
    step(&mut core, "stop 0", &mut out).unwrap();
    step(&mut core, "replying 1 0", &mut out).unwrap();
    let Some(Effect::Job(Job::Final { sound, .. })) = out.take().pop() else { panic!("no job") };
    assert_eq!(sound.until(), Time::from_millis(2_000_000));
    assert!((540..=600).contains(&sound.pieces.len()), "{}", sound.pieces.len());
}

mod whisper {
    use std::path::Path;

    use antiphon_config::SttWhisper;
    use antiphon_models::audio;
    use antiphon_models::device::Compute;
    use antiphon_models::files::{self, Want};
    use antiphon_models::whisper::{Options, Whisper};

    use super::*;
    use crate::Fact;
    use crate::frame::PortType;
    use crate::testing::Rig;

    const RATE: u32 = 16_000;

    /// Speech of the checkout's shared folder, and what says it is not there.
    fn speech(name: &str) -> Option<Vec<f32>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/audio").join(name);
        if !path.is_file() {
            eprintln!("1 test skipped: no `{}`", path.display());
            return None;
        }
        Some(audio::load(&path).unwrap())
    }

    fn frames(samples: &[f32]) -> Vec<Frame> {
        let audio = samples.chunks(320).enumerate().map(|(index, samples)| {
            let at = Time::ZERO.plus_samples(index as u64 * 320, RATE);
            Utterance::Audio(Audio { samples: samples.into(), rate: RATE, at })
        });
        let end = Time::ZERO.plus_samples(samples.len() as u64, RATE);
        let marks = (Utterance::Start { at: Time::ZERO }, Utterance::Stop { at: end });
        [marks.0]
            .into_iter()
            .chain(audio)
            .chain([marks.1])
            .map(|it| Frame::free(Payload::Utterance(it)))
            .collect()
    }

    async fn until(rig: &Rig, seen: &mut Vec<Fact>, done: impl Fn(&Fact) -> bool) {
        while !seen.iter().any(&done) {
            tokio::task::yield_now().await;
            seen.extend(rig.facts.take());
            assert_eq!(rig.faults.take(), [""; 0]);
        }
    }

    fn view(turn: u64, phase: Phase) -> TurnView {
        TurnView { turn: TurnId(turn), phase, ..TurnView::default() }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn the_words_of_a_turn_are_those_of_its_audio() {
        let Some(samples) = speech("harvard-a1.wav") else { return };
        let settings = SttWhisper::default();
        let mut rig =
            Rig::new(Some(PortType::Utterance), Some(PortType::Transcript)).await.unwrap();
        let stage = crate::stt::whisper::blueprint(settings.clone());
        let what = rig.start(&stage).await.unwrap().expect("ready");
        assert!(what.starts_with("rehearsal-stt-en, "), "{what}");

        rig.board.set(view(1, Phase::Hearing));
        let frames = frames(&samples);
        let mut seen = Vec::new();
        let (last, first) = frames.split_last().unwrap();
        for frame in first {
            rig.push(frame.clone()).await;
        }
        until(&rig, &mut seen, |fact| matches!(fact, Fact::Partial { .. })).await;
        rig.push(last.clone()).await;
        rig.board.set(view(1, Phase::Speculating));
        let is_final = |fact: &Fact| matches!(fact, Fact::Final { turn: TurnId(1), .. });
        until(&rig, &mut seen, is_final).await;
        // The attempt is made again: the same words.
        rig.board.set(view(2, Phase::Replying));
        let again = |fact: &Fact| matches!(fact, Fact::Final { turn: TurnId(2), .. });
        until(&rig, &mut seen, again).await;

        let name = settings.model.parse().unwrap();
        let files = files::resolve(&name, Want::Whisper, &()).unwrap();
        let whisper = Whisper::load(&files, &Compute::default()).unwrap();
        let options = Options { language: Some("en".into()), ..Options::default() };
        let expected = whisper.transcribe(&samples, &options).unwrap().text;
        assert!(!expected.is_empty());
        let finals: Vec<_> = seen
            .iter()
            .filter_map(|fact| match fact {
                Fact::Final { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(finals, [expected.as_str(); 2]);
        for frame in rig.sent() {
            let Payload::Transcript(it) = frame.payload else { panic!("{frame:?}") };
            assert!(it.text.is_char_boundary(it.stable), "{it:?}");
            assert_eq!(frame.turn.is_some(), it.is_final);
        }
    }

    #[tokio::test]
    async fn audio_at_another_rate_costs_the_attempt_alone() {
        let stage = crate::stt::whisper::blueprint(SttWhisper::default());
        let mut rig =
            Rig::new(Some(PortType::Utterance), Some(PortType::Transcript)).await.unwrap();
        rig.start(&stage).await.unwrap().expect("ready");
        rig.board.set(view(1, Phase::Hearing));
        let audio = Audio { samples: [0.1; 800].into(), rate: 8_000, at: Time::ZERO };
        rig.push(Frame::free(Payload::Utterance(Utterance::Audio(audio)))).await;
        rig.push(Frame::free(Payload::Utterance(Utterance::Stop { at: Time::ZERO }))).await;
        // The stage has one thread with the test, so it has heard all that by now.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        rig.board.set(view(1, Phase::Replying));
        let mut seen = Vec::new();
        until(&rig, &mut seen, |fact| matches!(fact, Fact::Lost { .. })).await;
        let Some(Fact::Lost { message, .. }) = seen.pop() else { panic!("{seen:?}") };
        assert!(message.contains("`rehearsal-stt-en`") && message.contains("8000 Hz"), "{message}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_model_that_is_not_there_is_named() {
        for (model, language, expected) in [
            ("rehearsal-nope", "en", "rehearsal-nope"),
            ("/no/such/folder", "en", "/no/such/folder"),
            ("rehearsal-llm-en", "en", "rehearsal-llm-en"),
            ("rehearsal-stt-en", "xx", "xx"),
        ] {
            let settings = SttWhisper {
                model: model.into(),
                language: language.into(),
                ..SttWhisper::default()
            };
            let mut rig = Rig::new(Some(PortType::Utterance), None).await.unwrap();
            assert_eq!(rig.start(&crate::stt::whisper::blueprint(settings)).await.unwrap(), None);
            let fault = loop {
                match rig.faults.take().pop() {
                    Some(fault) => break fault,
                    None => tokio::task::yield_now().await,
                }
            };
            assert!(fault.contains(expected), "{fault}");
        }
    }
}
