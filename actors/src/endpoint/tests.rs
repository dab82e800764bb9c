//! The core by tables, and a network in a real stage.

use std::path::PathBuf;
use std::time::Duration;

use antiphon_models::whisper::SmartTurn;

use super::core::{Core, Done, Job, RATE};
use crate::core::{Effect, Out, StageCore};
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, PortType, Utterance};
use crate::testing::Rig;
use crate::time::Time;
use crate::turn::{Phase, TurnView};

/// Sound of which each sample is the time of its 10 ms, in seconds.
fn sound(from_ms: u64, until_ms: u64) -> Audio {
    let samples = (from_ms / 10..until_ms / 10)
        .flat_map(|at| std::iter::repeat_n(at as f32 / 100.0, RATE as usize / 100))
        .collect();
    Audio { samples, rate: RATE, at: Time::from_millis(from_ms) }
}

fn frame(utterance: Utterance) -> Frame {
    Frame::free(Payload::Utterance(utterance))
}

/// Runs `TIME what` lines: `start MS`, `audio MS..MS`, `stop MS`, `PHASE BEGAN`, `odds STOP`,
/// `failed`. Says what is asked with which spans of sound (`_` is silence), what is told, and how many
/// of the jobs without an answer were dropped.
fn run(script: &str) -> String {
    let mut core = Core::new(Duration::from_millis(200));
    let (mut log, mut jobs) = (Vec::new(), Vec::new());
    for line in script.lines().map(str::trim) {
        let words: Vec<_> = line.split(' ').collect();
        let number = |text: &str| text.parse::<u64>().expect("a number");
        let time = |at: usize| Time::from_millis(number(words[at]));
        let (now, mut out) = (time(0), Out::default());
        while let Some(due) = core.deadline().filter(|due| *due <= now) {
            core.on_deadline(due, &mut out).unwrap();
            describe(due, &mut out, &mut log, &mut jobs);
        }
        let result = match words[1] {
            "start" => core.on_frame(frame(Utterance::Start { at: time(2) }), now, &mut out),
            "stop" => core.on_frame(frame(Utterance::Stop { at: time(2) }), now, &mut out),
            "audio" => {
                let (from, until) = words[2].split_once("..").expect("a range");
                let audio = sound(number(from), number(until));
                core.on_frame(frame(Utterance::Audio(audio)), now, &mut out)
            }
            "odds" => core.on_done(Done::LogOdds { stop: time(2), log_odds: 1.5 }, now, &mut out),
            "failed" => core.on_done(Done::Failed("why".into()), now, &mut out),
            phase => {
                let phase = match phase {
                    "listening" => Phase::Listening,
                    "hearing" => Phase::Hearing,
                    "replying" => Phase::Replying,
                    other => panic!("{other}"),
                };
                let view = TurnView { phase, began: time(2), ..TurnView::default() };
                core.on_turn(&view, now, &mut out)
            }
        };
        describe(now, &mut out, &mut log, &mut jobs);
        if let Err(error) = result {
            log.push(format!("{} {error}", words[0]));
        }
    }
    let dropped = jobs.iter().filter(|job: &&Job| job.cancel.is_cancelled()).count();
    log.push(format!("{dropped} of {} dropped", jobs.len()));
    log.join("\n")
}

fn describe(now: Time, out: &mut Out<Job>, log: &mut Vec<String>, jobs: &mut Vec<Job>) {
    let ms = |time: Time| time.since_start().as_millis();
    for effect in out.take() {
        let what = if let Effect::Job(job) = effect {
            let what = format!("ask of {}: {}", ms(job.stop), spans(&job.samples));
            jobs.push(job);
            what
        } else if let Effect::Fact(Fact::EndOfTurn { stop, log_odds }) = effect {
            jobs.retain(|job| job.stop != stop);
            format!("{log_odds} at {}", ms(stop))
        } else {
            panic!("{effect:?}")
        };
        log.push(format!("{} {what}", ms(now)));
    }
}

/// `100..300 _200 500..600` for samples as [`sound`] makes them.
fn spans(samples: &[f32]) -> String {
    let mut spans: Vec<(u64, u64, bool)> = Vec::new();
    for tens in samples.chunks(RATE as usize / 100) {
        assert!(tens.iter().all(|x| *x == tens[0]), "a cut within 10 ms");
        let (at, silent) = ((tens[0] * 100.0).round() as u64 * 10, tens[0] == 0.0);
        match spans.last_mut() {
            Some((_, until, true)) if silent => *until += 10,
            Some((_, until, false)) if !silent && *until == at => *until += 10,
            Some(_) | None if silent => spans.push((0, 10, true)),
            Some(_) | None => spans.push((at, at + 10, false)),
        }
    }
    let text = |&(from, until, silent): &(u64, u64, bool)| {
        if silent { format!("_{until}") } else { format!("{from}..{until}") }
    };
    spans.iter().map(text).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let expected: Vec<_> = expected.lines().map(str::trim).collect();
    assert_eq!(run(script), expected.join("\n"));
}

#[test]
fn each_silence_is_asked_about_once_it_is_long_enough() {
    check(
        "1000 start 900
         1010 hearing 900
         1020 audio 600..1000
         1500 audio 1000..1500
         1580 stop 1420
         1700 odds 1420
         1900 start 1800
         1910 audio 1500..1900
         2400 audio 1900..2400
         2500 stop 2300
         2600 odds 2300",
        "1620 ask of 1420: 600..1500 _120
         1700 1.5 at 1420
         2500 ask of 2300: 600..2400 _100
         2600 1.5 at 2300
         0 of 0 dropped",
    );
}

#[test]
fn what_is_said_again_makes_the_silence_void() {
    check(
        "1000 start 900
         1010 hearing 900
         1500 audio 900..1500
         1580 stop 1420
         1600 start 1590
         1700 audio 1500..1700
         1780 stop 1620
         1850 start 1840
         1900 odds 1620
         2000 failed",
        "1820 ask of 1620: 900..1700 _120
         2000 why
         1 of 1 dropped",
    );
}

#[test]
fn a_turn_is_heard_from_its_start_on_and_at_most_8_s_of_it() {
    check(
        "1000 start 900
         1010 hearing 900
         2000 audio 600..2000
         2100 stop 1900
         4000 replying 900
         5000 start 4900
         5100 audio 4600..5100
         5200 stop 5000
         5300 listening 900
         6000 start 5950
         6010 hearing 4900
         16000 audio 5700..16000
         16100 stop 15900",
        "2100 ask of 1900: 600..2000 _100
         5200 ask of 5000: _200 4600..5100 _100
         16100 ask of 15900: 8000..16000 _100
         2 of 3 dropped",
    );
}

#[test]
fn an_input_that_begins_anew_is_other_sound_and_another_rate_costs_the_frame() {
    let mut core = Core::new(Duration::ZERO);
    let mut out = Out::default();
    let audio = Audio { rate: 8_000, ..sound(0, 100) };
    let result = core.on_frame(frame(Utterance::Audio(audio)), Time::ZERO, &mut out);
    assert_eq!(result.unwrap_err().to_string(), "audio at 8000 Hz, not 16000 Hz");
    check(
        "9000 hearing 100
         9000 audio 8000..9000
         9001 start 100
         9010 audio 100..400
         9900 stop 390",
        "9900 ask of 390: 100..400 _190
         0 of 1 dropped",
    );
}

/// A random network of the published form, as the tests of the models have it.
fn random() -> PathBuf {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models");
    models.join("tests/fixtures/smart_turn/f32")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_network_is_asked_what_it_says_of_that_sound() {
    let mut rig = Rig::new(Some(PortType::Utterance), None).await.unwrap();
    let stage = super::blueprint(random().display().to_string(), Duration::ZERO);
    let what = rig.start(&stage).await.unwrap().expect("ready");
    assert!(what.ends_with("f32, 0.2 MB"), "{what}");
    let audio = sound(100, 900);
    for utterance in [
        Utterance::Start { at: audio.at },
        Utterance::Audio(audio.clone()),
        Utterance::Stop { at: Time::from_millis(800) },
    ] {
        rig.push(frame(utterance)).await;
    }
    let mut facts = Vec::new();
    while facts.is_empty() {
        tokio::task::yield_now().await;
        facts = rig.facts.take();
        assert_eq!(rig.faults.take(), [""; 0]);
    }
    let network = SmartTurn::load_path(random()).unwrap();
    let log_odds = network.log_odds(&audio.samples).unwrap();
    let stop = Time::from_millis(800);
    assert_eq!(facts, [Fact::EndOfTurn { stop, log_odds }]);
}

#[tokio::test]
async fn what_is_no_such_network_is_refused_by_name() {
    let mut rig = Rig::new(Some(PortType::Utterance), None).await.unwrap();
    let stage = super::blueprint("rehearsal-stt-en".into(), Duration::ZERO);
    assert_eq!(rig.start(&stage).await.unwrap(), None);
    let faults = loop {
        match rig.faults.take().pop() {
            Some(fault) => break fault,
            None => tokio::task::yield_now().await,
        }
    };
    let expected = "model `rehearsal-stt-en`: it is no end-of-turn model";
    assert!(faults.contains(expected), "{faults}");
}
