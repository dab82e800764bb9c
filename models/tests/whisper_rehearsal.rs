//! The embedded speech model on sounds without speech and on human recordings.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

use std::path::PathBuf;
use std::sync::Arc;

use antiphon_models::audio;
use antiphon_models::device::Compute;
use antiphon_models::files::{self, Want};
use antiphon_models::voice::{self, Language, Phonemiser, SpeakerOptions};
use antiphon_models::whisper::{Finished, Options, State, Whisper};
use candle_core::{DType, Device};

/// The model, or nothing in a build without weights.
fn model(compute: &Compute) -> Option<Arc<Whisper>> {
    if files::find_embedded("rehearsal-stt-en").is_none() {
        println!("skipped: this build has no `rehearsal-stt-en`");
        return None;
    }
    let name = "rehearsal-stt-en".parse().unwrap();
    let files = files::resolve(&name, Want::Whisper, &()).unwrap();
    let model = Whisper::load(&files, compute).unwrap();
    model.warm_up().unwrap();
    Some(model)
}

/// The folder of human recordings: `ANTIPHON_AUDIO`, or `shared/audio` beside the repository.
fn recordings() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("ANTIPHON_AUDIO") {
        return Some(folder.into());
    }
    let mut above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.find_map(|folder| Some(folder.join("shared/audio")).filter(|audio| audio.is_dir()))
}

#[test]
fn silence_noise_and_tones_give_no_text() {
    let Some(model) = model(&Compute::default()) else { return };
    let mut state = 1u32;
    let mut noise = |amplitude: f32, samples: usize| -> Vec<f32> {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * amplitude
        };
        (0..samples).map(|_| next()).collect()
    };
    let tone = |hertz: f32, samples: usize| -> Vec<f32> {
        let step = hertz * std::f32::consts::TAU / 16_000.0;
        (0..samples).map(|i| (i as f32 * step).sin() * 0.3).collect()
    };
    for samples in [8_000, 16_000, 48_000, 96_000] {
        let mut sounds = [0.0, 1e-3, 1e-2, 1e-1].map(|a| noise(a, samples)).to_vec();
        sounds.extend([220.0, 1_000.0, 3_000.0].map(|f| tone(f, samples)));
        for (index, sound) in sounds.iter().enumerate() {
            let transcript = model.transcribe(sound, &Options::default()).unwrap();
            assert_eq!(transcript.text, "", "sound {index} of {samples} samples");
            assert_eq!(transcript.finished, None, "sound {index} of {samples} samples");
        }
    }
}

#[test]
fn human_speech_gives_timed_words_and_streams_alike() {
    let Some(model) = model(&Compute::default()) else { return };
    let Some(folder) = recordings() else {
        println!("skipped 3 recordings: no `shared/audio` above the repository");
        return;
    };
    let mut trusts = Vec::new();
    for name in ["harvard-a1", "librivox-0880", "lj001-0002"] {
        let samples = audio::load(folder.join(format!("{name}.wav"))).unwrap();
        let options = Options::default();
        let transcript = model.transcribe(&samples, &options).unwrap();
        println!("{name}: {}", transcript.text);
        let words: String = transcript.words().map(|w| w.text.as_str()).collect();
        assert!(!words.trim().is_empty(), "{name}");
        assert_eq!(words.trim(), transcript.text);
        for word in transcript.words() {
            assert!(word.start_s <= word.end_s && word.end_s <= transcript.duration_s + 1e-3);
        }
        // Greedy text has a mark where marks together are likeliest, or nearly so.
        let Finished { probability, trust } = transcript.finished.unwrap();
        assert!((0.0..=1.0).contains(&probability), "{name}: {probability}");
        let marked = transcript.text.ends_with(['.', '?', '!']);
        assert!(
            if marked { probability > 0.2 } else { probability < 0.7 },
            "{name}: {probability}"
        );
        trusts.push(trust);
        let mut state = State::new(model.clone(), options).unwrap();
        let mut last = None;
        for chunk in samples.chunks(777) {
            last = state.accept(chunk).unwrap().or(last);
        }
        assert!(!last.unwrap().text().is_empty(), "{name}: partials");
        assert_eq!(state.finish().unwrap(), transcript, "{name}");
    }
    // It was taught no voice of a person, and says so.
    let trust = trusts.iter().sum::<f32>() / trusts.len() as f32;
    assert!(trust < 0.8, "{trusts:?}");
}

/// What the embedded voice says, at 16 kHz.
fn said(text: &str) -> Vec<f32> {
    let name = "rehearsal-tts-en".parse().unwrap();
    let (speaker, _) = voice::open(&name, &SpeakerOptions::default(), &()).unwrap();
    let phonemes = Phonemiser::new(Language::EnUs).phonemise(text).text;
    let samples = speaker.speak(&phonemes, &|| true).unwrap().samples;
    let mut resampler = audio::Resampler::new(speaker.rate(), 16_000).unwrap();
    let mut out = Vec::new();
    resampler.push(&samples, &mut out).unwrap();
    resampler.finish(&mut out).unwrap();
    out
}

/// Trained weights, unlike random ones, have large activations: what f16 and bf16 must carry.
#[test]
fn tensors_of_any_type_write_what_the_kernels_write() {
    let Some(kernels) = model(&Compute::default()) else { return };
    if files::find_embedded("rehearsal-tts-en").is_none() {
        println!("skipped: this build has no `rehearsal-tts-en`");
        return;
    }
    let options = Options::default();
    for text in ["What is the capital of France?", "Please turn the lights off in the kitchen."] {
        let samples = said(text);
        let expected = kernels.transcribe(&samples, &options).unwrap();
        println!("{text}: {}", expected.text);
        assert!(!expected.text.is_empty());
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let tensors = model(&Compute::tensors(Device::Cpu, dtype)).unwrap();
            let found = tensors.transcribe(&samples, &options).unwrap();
            assert_eq!(found.text, expected.text, "{dtype:?}");
            // A position of the encoder is 20 ms.
            for (found, expected) in found.words().zip(expected.words()) {
                let apart = (found.start_s - expected.start_s).abs();
                println!("{dtype:?}: `{}` starts {apart:.2} s apart", found.text);
                assert!(apart <= if dtype == DType::F32 { 1e-6 } else { 0.1 }, "{dtype:?}");
            }
        }
    }
}
