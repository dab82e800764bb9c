use std::path::Path;

use super::*;
use crate::core::Side;
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, PortType, TurnId};
use crate::testing::Rig;
use crate::time::Time;
use crate::turn::{Phase, TurnView};

fn wav(path: &Path, rate: u32, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
}

fn audio(frames: Vec<Frame>) -> Vec<Audio> {
    let audio = frames.into_iter().map(|frame| match (frame.turn, frame.payload) {
        (None, Payload::Audio(audio)) => audio,
        other => panic!("{other:?}"),
    });
    audio.collect()
}

/// The capture time of each sample that is not silent, in samples.
fn loud(audio: &[Audio]) -> Vec<(u64, f32)> {
    let samples = audio.iter().flat_map(|audio| {
        let start = audio.at.to_samples(audio.rate);
        (start..).zip(audio.samples.iter().copied())
    });
    samples.filter(|(_, sample)| *sample != 0.0).collect()
}

#[tokio::test(start_paused = true)]
async fn files_are_captured_in_real_time_to_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("a.wav"), folder.path().join("b.wav")];
    // 50.0625 ms: no whole number of frames.
    let first: Vec<f32> = (1..=801).map(|n| n as f32 / 1000.0).collect();
    wav(&paths[0], 16_000, &first);
    wav(&paths[1], 16_000, &[0.25; 160]);
    let pause = Duration::from_millis(300);
    let stage = blueprint(Mic::default(), Source::Files(paths.to_vec(), pause));
    let mut rig = Rig::new(None, Some(PortType::Audio)).await.unwrap();
    tokio::time::advance(Duration::from_millis(33)).await;
    let what = rig.start(&stage).await.unwrap();
    assert_eq!(what.as_deref(), Some("2 files in place of a microphone"));
    // Nothing before its last sample is captured.
    rig.run_until(Time::from_millis(57)).await;
    assert_eq!(rig.sent(), []);
    rig.run_until(Time::from_millis(60)).await;
    let mut got = audio(rig.sent());
    assert_eq!((got.len(), got[0].at, got[0].samples.len()), (1, Time::from_millis(40), 320));

    let view = |ms: u64, phase| TurnView {
        turn: TurnId(1),
        phase,
        since: Time::from_millis(ms),
        ..TurnView::default()
    };
    rig.board.set(view(60, Phase::Hearing));
    rig.run_until(Time::from_millis(3000)).await;
    rig.board.set(view(3000, Phase::Listening));
    rig.run_until(Time::from_millis(4310)).await;
    assert_eq!(rig.facts.take(), []);
    rig.run_until(Time::from_millis(4400)).await;
    assert_eq!(rig.facts.take(), [Fact::InputEnded]);
    rig.run_until(Time::from_millis(6000)).await;
    assert_eq!(rig.facts.take(), []);

    got.extend(audio(rig.sent()));
    for pair in got.windows(2) {
        assert_eq!(pair[0].end(), pair[1].at);
    }
    assert_eq!(got.last().unwrap().at, Time::from_millis(5980), "silence goes on");
    let expected: Vec<(u64, f32)> =
        (640..).zip(first).chain((3300 * 16..).zip([0.25; 160])).collect();
    assert_eq!(loud(&got), expected);
    let taped: Vec<Audio> = rig
        .tape
        .take()
        .into_iter()
        .map(|(side, audio)| {
            assert_eq!(side, Side::User);
            audio
        })
        .collect();
    assert_eq!(taped, got);
    // It goes with the pipeline.
    rig.board.set(TurnView { closing: true, ..view(6000, Phase::Listening) });
    rig.run_until(Time::from_millis(7000)).await;
    assert!(rig.sent().len() <= 1);
    assert_eq!(rig.faults.take(), [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_file_plays_on_while_the_stage_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let samples: Vec<f32> = (1..=16_000).map(|n| n as f32 / 16_000.0).collect();
    wav(&path, 16_000, &samples);
    let stage = blueprint(Mic::default(), Source::Files(vec![path], Duration::ZERO));
    let mut rig = Rig::new(None, Some(PortType::Audio)).await.unwrap();
    rig.start(&stage).await.unwrap();
    rig.run_until(Time::from_millis(200)).await;
    let before = loud(&audio(rig.sent()));
    assert_eq!(before.len(), 3200);
    rig.stop().await;
    rig.run_until(Time::from_millis(500)).await;
    rig.start(&stage).await.unwrap();
    rig.run_until(Time::from_millis(1500)).await;
    let after = loud(&audio(rig.sent()));
    assert_eq!(after.first(), Some(&(520 * 16, (520.0 * 16.0 + 1.0) / 16_000.0)));
    assert_eq!(after.last(), Some(&(15_999, 1.0)));
}

#[tokio::test(start_paused = true)]
async fn any_rate_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    wav(&path, 44_100, &vec![0.5; 44_100]);
    let settings = Mic { sample_rate: 24_000, frame: Duration::from_millis(10), ..Mic::default() };
    let stage = blueprint(settings, Source::Files(vec![path], Duration::ZERO));
    let mut rig = Rig::new(None, Some(PortType::Audio)).await.unwrap();
    rig.start(&stage).await.unwrap();
    rig.run_until(Time::from_millis(1200)).await;
    let got = audio(rig.sent());
    assert_eq!((got[50].rate, got[50].samples.len()), (24_000, 240));
    assert!(got[50].samples.iter().all(|sample| (sample - 0.5).abs() < 0.01));
    assert!(loud(&got).last().unwrap().0 < 24_000);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_played_is_named() {
    let source = Source::Files(vec!["no/such.wav".into()], Duration::ZERO);
    let stage = blueprint(Mic::default(), source);
    let mut rig = Rig::new(None, Some(PortType::Audio)).await.unwrap();
    assert_eq!(rig.start(&stage).await.unwrap(), None);
    rig.run_until(Time::from_millis(10)).await;
    let faults = rig.faults.take();
    assert!(faults.len() == 1 && faults[0].contains("`no/such.wav`"), "{faults:?}");
}
