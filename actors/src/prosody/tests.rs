use super::*;
use crate::sound;

/// A voice with harmonics whose pitch, in Hz, and loudness go by the time in seconds.
fn voice(seconds: f32, hertz: impl Fn(f32) -> f32, gain: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    let sample = |n: usize| {
        let time = n as f32 / RATE as f32;
        phase += std::f32::consts::TAU * hertz(time) / RATE as f32;
        let harmonics = (1..=5).map(|k| (phase * k as f32).sin() / k as f32).sum::<f32>();
        0.1 * gain(time) * harmonics
    };
    (0..sound::samples(seconds)).map(sample).collect()
}

fn prosody(samples: &[f32]) -> Prosody {
    let mut voice = Voice::default();
    let whole = samples.chunks_exact(HOP);
    let end = (whole.len() * HOP) as u64;
    whole.enumerate().for_each(|(n, chunk)| voice.push(chunk, ((n + 1) * HOP) as u64));
    voice.prosody(0, end)
}

#[track_caller]
fn close(value: Option<f32>, expected: f32, by: f32) {
    let value = value.expect("a value");
    assert!((value - expected).abs() <= by, "{value}, not {expected}");
}

#[test]
fn pitch_is_found_from_deep_to_high_voices_and_in_noise() {
    for hertz in [70.0, 95.0, 120.0, 180.0, 240.0, 330.0] {
        for level in [-90.0, -45.0] {
            let samples = sound::over_noise(voice(0.5, |_| hertz, |_| 1.0), level);
            let mut voice = Voice::default();
            for (n, chunk) in samples.chunks_exact(HOP).enumerate() {
                voice.push(chunk, ((n + 1) * HOP) as u64);
            }
            let found: Vec<f32> = voice.frames.iter().skip(3).filter_map(|it| it.pitch).collect();
            assert!(found.len() > 20, "{hertz} Hz: {} frames", found.len());
            let expected = 12.0 * (hertz / 55.0_f32).log2();
            let wrong = found.iter().filter(|it| (*it - expected).abs() > 0.3).count();
            assert_eq!(wrong, 0, "{hertz} Hz over noise at {level} dBFS: {found:?}");
        }
    }
}

#[test]
fn noise_has_no_pitch() {
    let mut voice = Voice::default();
    for (n, chunk) in sound::noise(1.0, -30.0).chunks_exact(HOP).enumerate() {
        voice.push(chunk, ((n + 1) * HOP) as u64);
    }
    let voiced = voice.frames.iter().filter(|it| it.pitch.is_some()).count();
    assert!(voiced <= 2, "{voiced} of {}", voice.frames.len());
}

#[test]
fn a_fall_a_rise_and_a_level_end_are_told_apart() {
    // Level for 0.7 s, then so many semitones a second.
    let bent = |slope: f32| {
        let hertz = move |t: f32| 150.0 * (slope * (t - 0.7).max(0.0) / 12.0).exp2();
        prosody(&voice(1.1, hertz, |_| 1.0))
    };
    close(bent(-20.0).slope, -20.0, 2.0);
    close(bent(-20.0).register, -6.0, 1.0);
    close(bent(0.0).slope, 0.0, 0.5);
    close(bent(0.0).register, 0.0, 0.2);
    close(bent(15.0).slope, 15.0, 2.0);
    close(bent(15.0).register, 4.5, 1.0);
}

#[test]
fn a_voice_that_fades_is_heard() {
    let faded = prosody(&voice(1.0, |_| 120.0, |t| if t < 0.75 { 1.0 } else { 0.2 }));
    close(faded.fade, -14.0, 3.0);
    close(prosody(&voice(1.0, |_| 120.0, |_| 1.0)).fade, 0.0, 0.5);
}

#[test]
fn a_drawn_out_end_is_heard() {
    // Voiced sounds of 0.1 s and pauses as long, then one three times as long.
    let gain = |t: f32| if t > 0.99 || (t * 5.0).fract() < 0.5 { 1.0 } else { 0.0 };
    close(prosody(&voice(1.3, |_| 120.0, gain)).lengthening, 3.0_f32.ln(), 0.35);
}

#[test]
fn too_little_speech_says_nothing() {
    let short = prosody(&voice(0.1, |_| 120.0, |_| 1.0));
    assert_eq!((short.register, short.fade, short.lengthening), (None, None, None));
    assert_eq!(prosody(&[]), Prosody::default());
}

#[test]
fn speech_after_a_jump_keeps_what_is_usual_but_no_old_samples() {
    let samples = voice(0.6, |_| 200.0, |_| 1.0);
    let mut voice = Voice::default();
    for (n, chunk) in samples.chunks_exact(HOP).enumerate() {
        voice.push(chunk, ((n + 1) * HOP) as u64);
    }
    let low = super::tests::voice(0.3, |_| 100.0, |_| 1.0);
    for (n, chunk) in low.chunks_exact(HOP).enumerate() {
        voice.push(chunk, 100_000 + ((n + 1) * HOP) as u64);
    }
    let prosody = voice.prosody(100_000, 100_000 + low.len() as u64 / HOP as u64 * HOP as u64);
    close(prosody.register, -12.0, 0.5);
    close(prosody.slope, 0.0, 3.0);
}

#[test]
fn sound_that_comes_again_is_heard_anew() {
    let (low, high) = (self::voice(0.5, |_| 100.0, |_| 1.0), self::voice(0.5, |_| 200.0, |_| 1.0));
    let mut voice = Voice::default();
    for samples in [low, high] {
        for (n, chunk) in samples.chunks_exact(HOP).enumerate() {
            voice.push(chunk, 5_000 + ((n + 1) * HOP) as u64);
        }
    }
    let prosody = voice.prosody(5_000, 5_000 + 31 * HOP as u64);
    close(prosody.register, 0.0, 0.5);
    close(prosody.slope, 0.0, 1.0);
}
