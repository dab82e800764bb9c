//! The core by tables, and programs in a real stage.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets anything else fails or passes it over"
)]

use super::core::{Core, Done, Job, SpokenWord};
use crate::core::{Effect, Out, StageCore};
use crate::fact::{Fact, Step};
use crate::frame::{Chunk, Frame, Payload, TurnId};
use crate::time::Time;
use crate::turn::{Phase, TurnView};

fn chunk(turn: u64, index: u32, speech: &str, end: bool) -> Frame {
    let text = format!("<{index}>");
    Frame::of(TurnId(turn), Payload::Chunk(Chunk { index, text, speech: speech.into(), end }))
}

fn view(turn: u64) -> TurnView {
    TurnView { turn: TurnId(turn), phase: Phase::Replying, ..TurnView::default() }
}

/// What happens, in words: `chunk TURN INDEX SPEECH` (`-` for none, `.` at its end ends the
/// answer), `sound TURN INDEX MS` (loud), `hush TURN INDEX MS`, `word TURN INDEX FROM TO MS MS`,
/// `end TURN INDEX`, `failed TURN`, `turn TURN`.
fn check(script: &[(&str, &[&str])]) {
    let mut core = Core::new(1000);
    let mut out = Out::default();
    let now = Time::from_millis(7);
    for (at, (line, expected)) in script.iter().enumerate() {
        let words: Vec<_> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let turn = TurnId(number(1));
        let index = || u32::try_from(number(2)).unwrap();
        let sound = |value: f32| {
            let samples = vec![value; usize::try_from(number(3)).unwrap()];
            Done::Sound { turn, index: index(), samples, rate: 1000, at: now }
        };
        let result = match words[0] {
            "chunk" => {
                let (speech, end) = (words[3].trim_end_matches('.'), words[3].ends_with('.'));
                let speech = if speech == "-" { " " } else { speech };
                core.on_frame(chunk(number(1), index(), speech, end), now, &mut out)
            }
            "sound" => core.on_done(sound(0.5), now, &mut out),
            "hush" => core.on_done(sound(0.0), now, &mut out),
            "word" => {
                let number = |at| usize::try_from(number(at)).unwrap();
                let (speech, samples) = (number(3)..number(4), number(5) as u64..number(6) as u64);
                let words = vec![SpokenWord { speech, samples }];
                core.on_done(Done::Words { turn, index: index(), words }, now, &mut out)
            }
            "end" => core.on_done(Done::End { turn, index: index(), at: now }, now, &mut out),
            "failed" => core.on_done(Done::Failed { turn, message: "why".into() }, now, &mut out),
            "turn" => core.on_turn(&view(number(1)), now, &mut out),
            other => panic!("{other}"),
        };
        let mut found: Vec<_> = out.take().into_iter().filter_map(describe).collect();
        found.extend(result.err().map(|error| format!("{:?}: {error}", error.severity)));
        if !core.wants_frames() {
            found.push("full".into());
        }
        assert_eq!(found, *expected, "line {at}: {line}");
    }
}

/// Effects in words; starts and ends of the work are left out.
fn describe(effect: Effect<Job>) -> Option<String> {
    Some(match effect {
        Effect::Job(job) => format!("say {}/{} {}", job.turn, job.index, job.speech),
        Effect::Send(Frame { turn: Some(turn), payload: Payload::Voice(voice) }) => {
            let (index, text) = voice.chunk;
            assert_eq!(*text, *format!("<{index}>"));
            let words: Vec<String> = voice
                .words
                .iter()
                .map(|word| format!(" [{} {:?}]", &text[word.text.clone()], word.samples))
                .collect();
            format!(
                "{turn}/{index}: {}{}{}{}",
                voice.samples.len(),
                words.concat(),
                if voice.chunk_end { " chunk end" } else { "" },
                if voice.end { " end" } else { "" }
            )
        }
        Effect::Fact(Fact::Step { turn, step: Step::FirstVoice, .. }) => format!("first of {turn}"),
        Effect::Fact(Fact::Trimmed { silence, .. }) if silence.is_zero() => return None,
        Effect::Fact(Fact::Trimmed { turn, silence }) => format!("{turn} cut {silence:?}"),
        Effect::Fact(Fact::Step { step: Step::TtsStart | Step::TtsEnd, .. }) => return None,
        other => panic!("{other:?}"),
    })
}

#[test]
fn chunks_are_spoken_in_order() {
    check(&[
        ("chunk 1 0 One", &["say 1/0 One"]),
        ("hush 1 0 50", &[]),
        ("sound 1 0 150", &["1 cut 45ms", "first of 1", "1/0: 100", "1/0: 55"]),
        ("chunk 1 1 -", &[]),
        ("chunk 1 2 Two.", &[]),
        ("hush 1 0 300", &[]),
        (
            "end 1 0",
            &["1/0: 100", "1/0: 45", "1/0: 0 chunk end", "1/1: 0 chunk end", "say 1/2 Two"],
        ),
        ("sound 1 2 90", &["1/2: 90"]),
        ("hush 1 2 300", &[]),
        ("end 1 2", &["1/2: 20", "1/2: 0 chunk end end"]),
        ("end 1 2", &[]),
        ("turn 2", &[]),
        ("chunk 2 0 -.", &["2/0: 0 chunk end end"]),
    ]);
}

#[test]
fn words_are_told_with_the_sound_after_the_silence_that_was_cut() {
    check(&[
        ("chunk 1 0 one.", &["say 1/0 one"]),
        ("word 1 0 0 3 60 190", &[]),
        ("word 2 0 0 3 1 2", &[]),
        ("hush 1 0 50", &[]),
        ("sound 1 0 150", &["1 cut 45ms", "first of 1", "1/0: 100 [0 15..145]", "1/0: 55"]),
        ("end 1 0", &["1/0: 0 chunk end end"]),
    ]);
}

#[test]
fn chunks_wait_on_their_edge_when_there_are_many() {
    check(&[
        ("chunk 1 0 a", &["say 1/0 a"]),
        ("chunk 1 1 b", &[]),
        ("chunk 1 2 c", &[]),
        ("chunk 1 3 d", &["full"]),
        ("end 1 0", &["1/0: 0 chunk end", "say 1/1 b"]),
    ]);
}

#[test]
fn what_is_over_is_not_heard() {
    check(&[
        ("chunk 1 0 a", &["say 1/0 a"]),
        ("chunk 1 1 b", &[]),
        ("turn 2", &[]),
        ("sound 1 0 90", &[]),
        ("end 1 0", &[]),
        ("chunk 2 0 c", &["say 2/0 c"]),
        ("failed 1", &[]),
        ("failed 2", &["Skip: why"]),
        ("chunk 2 1 d", &[]),
        ("turn 3", &[]),
        ("chunk 3 0 e", &["say 3/0 e"]),
        ("sound 3 0 10", &["first of 3", "3/0: 10"]),
    ]);
    // What is said instead begins anew.
    check(&[
        ("chunk 2 0 c", &["say 2/0 c"]),
        ("failed 2", &["Skip: why"]),
        ("chunk 2 0 sorry.", &["say 2/0 sorry"]),
    ]);
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use antiphon_config::{TtsProgram, TtsSystem};

    use super::*;
    use crate::frame::{PortType, Voice};
    use crate::testing::Rig;
    use crate::tts::system;

    fn has(program: &str) -> bool {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(program).is_file());
        if !found {
            eprintln!("1 test skipped: no `{program}` on this machine");
        }
        found
    }

    fn voice(frame: Frame) -> Voice {
        match frame.payload {
            Payload::Voice(voice) => voice,
            other => panic!("{other:?}"),
        }
    }

    async fn spoken(rig: &Rig) -> Vec<Voice> {
        let mut heard: Vec<Voice> = Vec::new();
        while !heard.last().is_some_and(|voice| voice.end) {
            heard.extend(rig.sent().into_iter().map(voice));
            assert_eq!(rig.faults.take(), [""; 0]);
            tokio::task::yield_now().await;
        }
        heard
    }

    async fn rig(stage: &impl crate::shell::Blueprint) -> (Rig, Option<String>) {
        let mut rig = Rig::new(Some(PortType::Chunk), Some(PortType::Voice)).await.unwrap();
        let what = rig.start(stage).await.unwrap();
        (rig, what)
    }

    async fn fault(rig: &Rig) -> String {
        loop {
            match rig.faults.take().pop() {
                Some(fault) => return fault,
                None => tokio::task::yield_now().await,
            }
        }
    }

    async fn lost(rig: &Rig) -> String {
        loop {
            for fact in rig.facts.take() {
                if let Fact::Lost { message, .. } = fact {
                    return message;
                }
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn programs_speak() {
        for (program, name) in [(TtsProgram::EspeakNg, "espeak-ng"), (TtsProgram::Flite, "flite")] {
            if !has(name) {
                continue;
            }
            let settings =
                |rate_wpm, pitch| TtsSystem { program, rate_wpm, pitch, ..TtsSystem::default() };
            let mut lengths = Vec::new();
            for (rate, pitch) in [(175, 50), (350, 50), (175, 80)] {
                let (rig, what) = rig(&system::blueprint(settings(rate, pitch))).await;
                assert!(what.expect("ready").starts_with(name));
                rig.board.set(view(1));
                // A dash first is no option, brackets are no command, and nothing reaches a shell.
                rig.push(chunk(1, 0, "-h is $(what) I [[say]]; \"quoted\"", false)).await;
                rig.push(chunk(1, 1, "-- and this is the end.", true)).await;
                let heard = spoken(&rig).await;
                let rates: Vec<_> = heard.iter().map(|voice| voice.rate).collect();
                assert!(rates.iter().all(|rate| *rate == rates[0]), "{rates:?}");
                assert!(heard.iter().all(|it| it.samples.len() <= it.rate as usize / 10));
                let chunks: Vec<_> =
                    heard.iter().filter(|it| it.chunk_end).map(|it| it.chunk.0).collect();
                assert_eq!(chunks, [0, 1]);
                let samples: Vec<f32> =
                    heard.iter().flat_map(|it| it.samples.iter().copied()).collect();
                let first = samples.iter().position(|it| it.abs() >= 0.003_163).expect("sound");
                assert!(first <= rates[0] as usize / 50, "{first} samples of silence");
                lengths.push(samples.len() as f32 / rates[0] as f32);
            }
            assert!(lengths[0] > 1.0 && lengths[1] < lengths[0] * 0.8, "{name}: {lengths:?}");
        }
    }

    #[tokio::test]
    async fn a_voice_that_is_not_there_is_named() {
        if !has("espeak-ng") {
            return;
        }
        let settings = TtsSystem {
            program: TtsProgram::EspeakNg,
            voice: Some("nobody".into()),
            ..TtsSystem::default()
        };
        let (rig, what) = rig(&system::blueprint(settings)).await;
        assert_eq!(what, None);
        let fault = fault(&rig).await;
        assert!(fault.contains("`espeak-ng` failed") && fault.contains("voice"), "{fault}");
    }

    /// A folder with a script in place of eSpeak NG. Its first words are a WAV header.
    fn fake(script: &str) -> (tempfile::TempDir, impl crate::shell::Blueprint) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("espeak-ng");
        let header = r"printf 'RIFF\0\0\0\0WAVEfmt \020\0\0\0\001\0\001\0\042\126\0\0\104\254\0\0\002\0\020\0data\0\0\0\0'";
        std::fs::write(&path, format!("#!/bin/sh\n{}", script.replace("HEADER", header))).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let settings = TtsSystem { program: TtsProgram::EspeakNg, ..TtsSystem::default() };
        let stage = system::blueprint_in(settings, Some(folder.path().into()));
        (folder, stage)
    }

    #[tokio::test]
    async fn a_program_that_fails_costs_the_attempt_and_is_quoted() {
        let script = "text=$(cat)\nHEADER; printf '\\100\\100'\n\
                      case $text in *bad*) echo first >&2; echo 'no more air' >&2; exit 3;; esac\n";
        let (_folder, stage) = fake(script);
        let (rig, what) = rig(&stage).await;
        assert!(what.is_some());
        rig.board.set(view(1));
        rig.push(chunk(1, 0, "good", false)).await;
        rig.push(chunk(1, 1, "bad", true)).await;
        assert_eq!(lost(&rig).await, "`espeak-ng` failed: no more air");
        rig.board.set(view(2));
        rig.push(chunk(2, 0, "good", true)).await;
        while !rig.sent().into_iter().any(|it| it.turn == Some(TurnId(2)) && voice(it).end) {
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.faults.take(), [""; 0]);
    }

    #[tokio::test]
    async fn a_process_that_is_not_wanted_is_killed() {
        let script = "text=$(cat)\nHEADER; printf '\\100\\100'\n\
                      case $text in *long*) echo $$ >\"$0.pid\"; exec sleep 600;; esac\n";
        let (folder, stage) = fake(script);
        let (rig, _) = rig(&stage).await;
        rig.board.set(view(1));
        rig.push(chunk(1, 0, "long", true)).await;
        let pid = loop {
            let text = std::fs::read_to_string(folder.path().join("espeak-ng.pid"));
            match text.unwrap_or_default().trim().parse::<u32>() {
                Ok(pid) => break pid,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let runs = || Path::new(&format!("/proc/{pid}")).exists();
        if !Path::new("/proc/self").exists() {
            eprintln!("1 test skipped: no `/proc` on this machine");
            return;
        }
        assert!(runs());
        rig.board.set(view(2));
        while runs() {
            tokio::task::yield_now().await;
        }
        rig.push(chunk(2, 0, "short", true)).await;
        assert!(spoken(&rig).await.iter().all(|it| it.samples.len() <= 1));
    }

    #[tokio::test]
    async fn a_process_that_died_while_it_waited_is_replaced() {
        // Every second one ends at once.
        let script = "if [ -e \"$0.odd\" ]; then rm \"$0.odd\"; exit 1; fi\n: >\"$0.odd\"\n\
                      text=$(cat)\nHEADER; printf '\\100\\100'\n";
        let (_folder, stage) = fake(script);
        let (rig, what) = rig(&stage).await;
        assert!(what.is_some());
        rig.board.set(view(1));
        rig.push(chunk(1, 0, "good", true)).await;
        assert_eq!(spoken(&rig).await.iter().map(|it| it.samples.len()).sum::<usize>(), 1);
    }

    #[tokio::test]
    async fn a_machine_without_a_voice_is_told_how_to_get_one() {
        let folder = tempfile::tempdir().unwrap();
        for (program, expected) in [
            (TtsProgram::Auto, "no `espeak-ng` and no `flite` in `PATH`; run `./setup`"),
            (
                TtsProgram::Flite,
                "no `flite` in `PATH`; run `./setup`, or install the package `flite`",
            ),
            (TtsProgram::Sapi, "no `powershell` in `PATH`; set `program` to `auto`"),
        ] {
            let settings = TtsSystem { program, ..TtsSystem::default() };
            let stage = system::blueprint_in(settings, Some(folder.path().into()));
            let (rig, what) = rig(&stage).await;
            assert_eq!(what, None);
            let fault = fault(&rig).await;
            let expected = if cfg!(target_os = "macos") && program == TtsProgram::Auto {
                "no `say`"
            } else {
                expected
            };
            assert!(fault.contains(expected), "{fault}");
        }
    }
}
