//! Real devices: a loudspeaker whose sound comes back through a microphone.

use std::time::Duration;

use antiphon_config::{Mic, Speaker};

use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, PortType, TurnId, Voice};
use crate::mic::Source;
use crate::speaker::SinkKind;
use crate::testing::Rig;
use crate::turn::{Phase, TurnView};

/// Names the device that both are opened on, such as `pulse` where the default sink of PulseAudio
/// is a null sink and the default source its monitor.
const LOOPBACK: &str = "ANTIPHON_LOOPBACK";
const RATE: u32 = 16_000;

/// A second of clicks of 5 ms, one each 100 ms after 50 ms.
fn clicks() -> Vec<f32> {
    (0..RATE).map(|n| if (800..880).contains(&(n % 1600)) { 0.5 } else { 0.0 }).collect()
}

/// When samples became loud after silence, in ms.
fn onsets(audio: &[Audio]) -> Vec<f64> {
    let (mut onsets, mut quiet) = (Vec::new(), 0);
    for audio in audio {
        for (n, sample) in audio.samples.iter().enumerate() {
            if sample.abs() < 0.1 {
                quiet += 1;
                continue;
            }
            if quiet > audio.rate / 100 {
                let at = audio.at.plus_samples(n as u64, audio.rate);
                onsets.push(at.since_start().as_secs_f64() * 1e3);
            }
            quiet = 0;
        }
    }
    onsets
}

#[tokio::test]
async fn what_is_played_is_captured_when_it_is_said_to_sound() {
    let Ok(device) = std::env::var(LOOPBACK) else {
        eprintln!("1 test of sound devices skipped: `{LOOPBACK}` names no loopback device");
        return;
    };
    let mut out = Rig::new(Some(PortType::Voice), None).await.unwrap();
    let mut input = out.beside(None, Some(PortType::Audio)).await.unwrap();
    let mic = Mic { device: device.clone(), ..Mic::default() };
    let mic = crate::mic::blueprint(mic, Source::Device);
    let speaker =
        crate::speaker::blueprint(Speaker { device, ..Speaker::default() }, SinkKind::Device);
    let opened = (input.start(&mic).await.unwrap(), out.start(&speaker).await.unwrap());
    assert!(
        opened.0.is_some() && opened.1.is_some(),
        "{:?} {:?}",
        input.faults.take(),
        out.faults.take()
    );
    eprintln!("{opened:?}");
    let turn = |turn, phase| TurnView { turn: TurnId(turn), phase, ..TurnView::default() };
    out.board.set(turn(1, Phase::Replying));
    out.run_until(out.clock.now() + Duration::from_secs(2)).await;
    for index in 0..5 {
        let voice = Voice {
            samples: clicks().into(),
            rate: RATE,
            chunk: (index, "Click. ".into()),
            chunk_end: true,
            end: index == 4,
        };
        out.push(Frame::of(TurnId(1), Payload::Voice(voice))).await;
    }
    let played_for = |seconds| out.clock.now() + Duration::from_secs(seconds);
    out.run_until(played_for(3)).await;
    // Cut off in the fourth second.
    out.board.set(turn(2, Phase::Hearing));
    out.run_until(played_for(2)).await;

    let facts = out.facts.take();
    let taped: Vec<Audio> = out.tape.take().into_iter().map(|(_, audio)| audio).collect();
    let captured: Vec<Audio> = input
        .sent()
        .into_iter()
        .filter_map(|frame| {
            let Payload::Audio(audio) = frame.payload else { return None };
            Some(audio)
        })
        .collect();
    for pair in captured.windows(2) {
        assert_eq!(pair[0].end(), pair[1].at);
    }
    let (said, found) = (onsets(&taped), onsets(&captured));
    let apart: Vec<f64> = said.iter().zip(&found).map(|(a, b)| b - a).collect();
    assert_eq!((out.faults.take(), input.faults.take()), (vec![], vec![]));
    eprintln!("{facts:?}\nclicks came back after {apart:.1?} ms");
    let audible = facts.iter().find(|fact| matches!(fact, Fact::Audible { .. }));
    let Some(Fact::Audible { at, .. }) = audible else { panic!("{facts:?}") };
    assert!((at.since_start().as_secs_f64() * 1e3 - said[0]).abs() < 1.0);
    assert!(said.len().abs_diff(found.len()) <= 1, "{} and {} clicks", said.len(), found.len());
    assert!(apart.iter().all(|apart| apart.abs() < 30.0));
    let Some(Fact::Heard { complete: false, text, .. }) = facts.last() else { panic!("{facts:?}") };
    assert!(text.starts_with("Click. Click."), "{text}");
}

#[test]
fn an_error_ends_a_stream_that_stops_or_says_so() {
    let check = |kind: cpal::ErrorKind, silent_ms: u64, ends: bool| {
        let health = super::Health::default();
        health.report(&kind.into());
        let result = health.check("`x`", Duration::from_millis(silent_ms));
        assert_eq!(result.is_err(), ends, "{kind:?} after {silent_ms} ms: {result:?}");
    };
    check(cpal::ErrorKind::DeviceNotAvailable, 0, true);
    check(cpal::ErrorKind::BackendError, 10, false);
    check(cpal::ErrorKind::BackendError, 400, true);
    check(cpal::ErrorKind::Xrun, 4000, false);
    check(cpal::ErrorKind::DeviceChanged, 4000, false);
}
