use std::time::Duration;

use super::*;
use crate::core::Side;
use crate::fact::{Fact, Step};
use crate::frame::{Frame, Payload, PortType, TurnId, Voice};
use crate::testing::Rig;
use crate::time::Time;
use crate::turn::{Phase, TurnView};

const RATE: u32 = 16_000;

/// What only the ledger needs.
fn is_measure(fact: &Fact) -> bool {
    matches!(fact, Fact::Step { .. } | Fact::Played { .. })
}

async fn rig() -> Rig {
    let mut rig = Rig::new(Some(PortType::Voice), None).await.unwrap();
    let stage = blueprint(Speaker::default(), SinkKind::Virtual { rate: RATE });
    assert!(rig.start(&stage).await.unwrap().is_some());
    rig
}

fn turn(rig: &Rig, turn: u64, phase: Phase) {
    rig.board.set(TurnView {
        turn: TurnId(turn),
        phase,
        since: rig.clock.now(),
        ..TurnView::default()
    });
}

fn voice(samples: &[f32], chunk: (u32, &str), end: bool) -> Payload {
    let chunk = (chunk.0, chunk.1.into());
    Payload::Voice(Voice {
        samples: samples.into(),
        rate: RATE,
        chunk,
        words: [].into(),
        chunk_end: true,
        end,
    })
}

/// The recorded samples that are not silent, by their time in samples.
fn taped(rig: &Rig) -> Vec<(u64, f32)> {
    let samples = rig.tape.take().into_iter().flat_map(|(side, audio)| {
        assert_eq!(side, Side::Agent);
        let samples: Vec<f32> = audio.samples.to_vec();
        (audio.at.to_samples(RATE)..).zip(samples)
    });
    samples.collect()
}

#[tokio::test(start_paused = true)]
async fn a_reply_sounds_in_real_time_to_the_sample() {
    let rig = rig().await;
    rig.run_until(Time::from_millis(98)).await;
    turn(&rig, 1, Phase::Speculating);
    let mut samples = vec![0.0; 801];
    samples.extend([0.5; 15_200]);
    rig.push(Frame::of(TurnId(1), voice(&samples, (0, "Hello there."), true))).await;
    rig.run_until(Time::from_millis(298)).await;
    assert_eq!(rig.facts.take(), []);
    turn(&rig, 1, Phase::Replying);
    rig.run_until(Time::from_millis(3000)).await;
    let at = |samples: u64| Time::from_millis(300).plus_samples(samples, RATE);
    let heard = Fact::Heard {
        turn: TurnId(1),
        text: "Hello there.".into(),
        complete: true,
        at: at(16_001),
    };
    let (steps, facts): (Vec<_>, Vec<_>) = rig.facts.take().into_iter().partition(is_measure);
    assert_eq!(facts, [Fact::Audible { turn: TurnId(1), at: at(801) }, heard]);
    let first = Fact::Step { turn: TurnId(1), step: Step::FirstSample, at: at(0) };
    assert!(matches!(steps[0], Fact::Step { step: Step::HandedOver, .. }), "{steps:?}");
    assert_eq!(steps[1], first);
    assert_eq!(taped(&rig), (4800..).zip(samples).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_cancelled_attempt_sounds_after_the_flush() {
    let rig = rig().await;
    rig.run_until(Time::from_millis(98)).await;
    turn(&rig, 1, Phase::Replying);
    for index in 0..20 {
        let text = format!("Number {index}. ");
        rig.push(Frame::of(TurnId(1), voice(&[0.5; 1600], (index, &text), index == 19))).await;
    }
    // Two chunks and a half.
    rig.run_until(Time::from_millis(348)).await;
    turn(&rig, 2, Phase::Hearing);
    rig.run_until(Time::from_millis(1000)).await;
    let mut facts = rig.facts.take();
    facts.retain(|fact| !is_measure(fact));
    assert_eq!(facts[0], Fact::Audible { turn: TurnId(1), at: Time::from_millis(100) });
    let heard = Fact::Heard {
        turn: TurnId(1),
        text: "Number 0. Number 1. Number".into(),
        complete: false,
        at: Time::from_millis(350),
    };
    assert_eq!(facts[1..], [heard]);
    let taped = taped(&rig);
    assert_eq!(taped.first().map(|(at, _)| *at), Some(1600));
    assert_eq!(taped.last().map(|(at, _)| *at), Some(350 * 16 - 1));
    assert_eq!(taped.len(), 250 * 16);
}

#[tokio::test(start_paused = true)]
async fn a_voice_that_is_too_slow_leaves_a_gap_where_it_was() {
    let rig = rig().await;
    turn(&rig, 1, Phase::Replying);
    rig.run_until(Time::from_millis(98)).await;
    rig.push(Frame::of(TurnId(1), voice(&[0.5; 160], (0, "One "), false))).await;
    rig.run_until(Time::from_millis(198)).await;
    rig.push(Frame::of(TurnId(1), voice(&[0.5; 160], (1, "two."), true))).await;
    rig.run_until(Time::from_millis(400)).await;
    let expected: Vec<_> = (1600..1760).chain(3200..3360).map(|at| (at, 0.5)).collect();
    assert_eq!(taped(&rig), expected);
    assert_eq!(rig.faults.take(), [] as [&str; 0]);
    rig.run_until(Time::ZERO + Duration::from_secs(100)).await;
}
