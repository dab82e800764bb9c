use std::time::Duration;

use proptest::prelude::*;

use super::core::GateCore;
use crate::core::{Effect, Out, StageCore};
use crate::frame::{Audio, Frame, Payload};
use crate::sound::{self, RATE};
use crate::time::Time;
use antiphon_config::Gate;

/// Runs `samples` through in frames of the sizes given, over and over; gives samples and notes.
pub(crate) fn run(settings: Gate, samples: &[f32], sizes: &[usize]) -> (Vec<f32>, Vec<String>) {
    let (mut core, mut out) = (GateCore::new(settings), Out::default());
    let mut from = 0;
    for &size in sizes.iter().cycle() {
        if from == samples.len() {
            break;
        }
        let to = (from + size).min(samples.len());
        let at = Time::ZERO.plus_samples(from as u64, RATE);
        let audio = Audio { samples: samples[from..to].into(), rate: RATE, at };
        core.on_frame(Frame::free(Payload::Audio(audio)), at, &mut out).unwrap();
        from = to;
    }
    let (mut levelled, mut notes) = (Vec::new(), Vec::new());
    for effect in out.take() {
        match effect {
            Effect::Send(Frame { turn: None, payload: Payload::Audio(audio) }) => {
                assert_eq!(audio.at, Time::ZERO.plus_samples(levelled.len() as u64, RATE));
                levelled.extend(audio.samples.iter());
            }
            Effect::Note(note) => notes.push(note),
            other @ (Effect::Send(_)
            | Effect::Fact(_)
            | Effect::Job(_)
            | Effect::Turn(_)
            | Effect::Tape(..)) => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(levelled.len(), samples.len());
    (levelled, notes)
}

/// Sound that comes and goes like syllables, 200 ms each, over a little noise.
fn syllables(seconds: f32, level: f32) -> Vec<f32> {
    let count = (seconds / 0.3).ceil() as usize;
    let one = [sound::tone(0.2, 220.0, level), sound::silence(0.1)].concat();
    sound::over_noise(one.repeat(count), -75.0)
}

fn tail(samples: &[f32], seconds: f32) -> &[f32] {
    &samples[samples.len() - sound::samples(seconds)..]
}

/// The level of the loud parts.
fn loud_level(samples: &[f32]) -> f32 {
    let mut levels: Vec<f32> = samples.chunks(160).map(sound::dbfs).collect();
    levels.sort_by(f32::total_cmp);
    levels[levels.len() * 3 / 4]
}

#[test]
fn speech_comes_to_the_target_level() {
    for (level, expected) in
        [(-40.0, -20.0), (-30.0, -20.0), (-20.0, -20.0), (-8.0, -20.0), (-48.0, -24.0)]
    {
        let (levelled, notes) = run(Gate::default(), &syllables(6.0, level), &[320]);
        let got = loud_level(tail(&levelled, 2.0));
        assert!((got - expected).abs() < 2.0, "{level} dBFS became {got}, not {expected}");
        assert_eq!(notes, [] as [&str; 0], "at {level} dBFS");
    }
}

#[test]
fn silence_is_not_pumped_up() {
    let samples = [syllables(5.0, -38.0), sound::noise(20.0, -58.0)].concat();
    let (levelled, _) = run(Gate::default(), &samples, &[320]);
    let after = sound::samples(5.5)..sound::samples(6.5);
    let (early, late) = (sound::dbfs(&levelled[after]), sound::dbfs(tail(&levelled, 1.0)));
    assert!((early - late).abs() < 1.0, "noise went from {early} to {late} dBFS");
    // Noise from the start is not taken for speech.
    let (levelled, _) = run(Gate::default(), &sound::noise(10.0, -50.0), &[320]);
    let late = sound::dbfs(tail(&levelled, 1.0));
    assert!((late + 50.0).abs() < 1.0, "noise at -50 dBFS became {late}");
}

#[test]
fn nothing_clips() {
    let samples = [syllables(5.0, -45.0), sound::tone(2.0, 200.0, -3.0)].concat();
    for agc in [true, false] {
        let loud: Vec<f32> = samples.iter().map(|x| x * 2.0).collect();
        let (levelled, _) = run(Gate { agc, ..Gate::default() }, &loud, &[320]);
        let peak = levelled.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        assert!(peak <= 1.0, "peak {peak} with agc {agc}");
    }
}

#[test]
fn an_offset_is_removed() {
    let samples: Vec<f32> = sound::tone(2.0, 300.0, -20.0).iter().map(|x| x + 0.2).collect();
    for (remove_dc, expected) in [(true, 0.0), (false, 0.2)] {
        let settings = Gate { remove_dc, agc: false, ..Gate::default() };
        let (levelled, _) = run(settings, &samples, &[320]);
        let tail = tail(&levelled, 1.0);
        let mean = tail.iter().sum::<f32>() / tail.len() as f32;
        assert!((mean - expected).abs() < 1e-3, "mean {mean} with remove_dc {remove_dc}");
    }
}

#[test]
fn noise_is_silenced_after_the_hold_and_speech_opens_at_once() {
    let settings = Gate { agc: false, remove_dc: false, ..Gate::default() };
    let quiet = sound::noise(1.0, -72.0);
    let speech = sound::tone(0.5, 220.0, -30.0);
    let samples = [&quiet[..], &speech, &quiet].concat();
    let (levelled, _) = run(settings, &samples, &[320]);
    assert!(levelled[..16_000].iter().all(|&x| x == 0.0), "noise before speech");
    // A sine starts at zero: its first quarter millisecond lies under the threshold.
    assert_eq!(levelled[16_004..24_000], samples[16_004..24_000], "speech is untouched");
    // The level takes 35 ms to fall from -30 to -60 dBFS, and the gate 5 ms to close.
    let (held, closed) = (24_000 + 4_800, 24_000 + 4_800 + 800);
    assert_eq!(levelled[24_000..held], samples[24_000..held], "the hold");
    assert!(levelled[closed..].iter().all(|&x| x == 0.0), "noise after the hold");
}

#[test]
fn a_faint_or_dead_input_is_told_once() {
    let faint = "speech is faint: about -54 dBFS where at least -50 dBFS is wanted; raise the \
                 microphone's input level or move closer to it";
    let dead = "the input has been digital silence for 5 s: is the microphone muted, or is it the \
                wrong one?";
    let check = |name: &str, samples: Vec<f32>, expected: &[&str]| {
        let (_, notes) = run(Gate::default(), &samples, &[320]);
        assert_eq!(notes, expected, "{name}");
    };
    check("faint speech", syllables(30.0, -54.0), &[faint]);
    check("good speech", syllables(10.0, -30.0), &[]);
    check("a quiet room", sound::noise(30.0, -65.0), &[]);
    check("muted", sound::silence(30.0), &[dead]);
    check("not for long enough", sound::silence(4.9), &[]);
    let then_good = [syllables(20.0, -54.0), syllables(5.0, -30.0), syllables(20.0, -54.0)];
    check("faint twice", then_good.concat(), &[faint, faint]);
    let ended = [syllables(3.0, -30.0), sound::silence(50.0)].concat();
    check("a file that ended", ended, &[]);
}

#[test]
fn settings_that_are_off_leave_samples_alone() {
    let settings = Gate {
        agc: false,
        remove_dc: false,
        noise_gate_dbfs: -96.0,
        hold: Duration::from_secs(5),
        ..Gate::default()
    };
    let samples = sound::noise(1.0, -20.0);
    assert_eq!(run(settings, &samples, &[320]).0, samples);
}

#[test]
fn broken_samples_do_no_harm() {
    let mut samples = syllables(1.0, -20.0);
    samples[100] = f32::NAN;
    samples[200] = f32::NEG_INFINITY;
    samples[300] = 1e30;
    let (levelled, _) = run(Gate::default(), &samples, &[320]);
    assert!(levelled.iter().all(|x| x.abs() <= 1.0));
    assert!(sound::dbfs(tail(&levelled, 0.3)) > -40.0, "it recovers");
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        levels in prop::collection::vec(-80.0_f32..-3.0, 1..4),
        sizes in prop::collection::vec(1_usize..2000, 1..6),
    ) {
        let samples: Vec<f32> = levels.iter().flat_map(|&level| syllables(0.6, level)).collect();
        let whole = run(Gate::default(), &samples, &[samples.len()]);
        prop_assert_eq!(run(Gate::default(), &samples, &sizes), whole);
    }
}
