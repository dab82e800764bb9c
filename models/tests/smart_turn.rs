//! smart-turn against torch and transformers, on tiny random checkpoints in the true format; and
//! damaged, foreign and incomplete ones.
//!
//! `models/reference/regenerate.sh` draws the fixtures; `ANTIPHON_FIXTURES` names another folder of
//! them than the committed one.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "checkpoint/copy.rs"]
mod copy;
#[path = "checkpoint/fixtures.rs"]
mod fixtures;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::whisper::SmartTurn;
use copy::{Copy, refused};
use fixtures::fixtures;
use proptest::prelude::*;
use safetensors::SafeTensors;
use serde_json::{Value, json};

/// Checkpoint, and the samples of its window.
const CHECKPOINTS: [(&str, usize); 2] = [("f32", 128_000), ("f16-sharded", 48_000)];
const SIGNALS: usize = 5;
const WEIGHTS: &str = "model.safetensors";

fn fixture(name: &str) -> PathBuf {
    fixtures().join("smart_turn").join(name)
}

fn fault(path: &Path) -> Option<String> {
    SmartTurn::load_dir(path).err().map(|error| error.to_string())
}

fn copy() -> Copy {
    Copy::of(&fixture("f32"), fault)
}

fn load(name: &str) -> Arc<SmartTurn> {
    SmartTurn::load_dir(fixture(name)).unwrap()
}

/// What the reference computed.
struct Golden(Vec<u8>);

impl Golden {
    fn of(name: &str) -> Self {
        Self(std::fs::read(fixture(&format!("{name}.golden.safetensors"))).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn f32s(&self, name: &str) -> Vec<f32> {
        self.bytes(name).chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    fn places(&self, name: &str) -> Vec<usize> {
        let place = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap()) as usize;
        self.bytes(name).chunks(8).map(place).collect()
    }

    /// The signal that the reference heard, by the formula of the Whisper fixtures' `make.py`.
    fn signal(&self, number: usize) -> Vec<f32> {
        use std::f64::consts::PI;
        let wave = self.bytes(&format!("signal_{number}"));
        let p: Vec<f64> =
            wave.chunks(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
        let [start, end, seconds, noise, seed] = p[..] else { panic!("five numbers") };
        let mut state = seed as u32;
        (0..(seconds * 16_000.0) as usize)
            .map(|i| {
                let t = i as f64 / 16_000.0;
                let sweep = start * t + (end - start) / (2.0 * seconds) * t * t;
                let chirp = (2.0 * PI * sweep).sin() * (PI * t / seconds).sin();
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let random = f64::from(state >> 8) / f64::from(1 << 23) - 1.0;
                (0.5 * chirp + noise * random) as f32
            })
            .collect()
    }
}

/// The rows of `values` at `places`.
fn rows(values: &[f32], width: usize, places: &[usize]) -> Vec<f32> {
    places.iter().flat_map(|&at| &values[at * width..][..width]).copied().collect()
}

/// The largest difference, and the largest magnitude of the reference.
fn compare(found: &[f32], wanted: &[f32]) -> (f32, f32) {
    assert_eq!(found.len(), wanted.len());
    let most = |values: &mut dyn Iterator<Item = f32>| values.fold(0f32, |m, v| m.max(v.abs()));
    let worst = most(&mut found.iter().zip(wanted).map(|(a, b)| a - b));
    (worst, most(&mut wanted.iter().copied()))
}

#[test]
fn everything_equals_the_reference() {
    for (name, window) in CHECKPOINTS {
        let (model, golden) = (load(name), Golden::of(name));
        assert_eq!(model.window(), window);
        let (frames, positions) = (golden.places("frames"), golden.places("positions"));
        for number in 0..SIGNALS {
            let samples = golden.signal(number);
            let wanted = golden.f32s(&format!("mel_{number}"));
            let features = model.log_mel(&samples);
            let found = rows(&features, wanted.len() / frames.len(), &frames);
            let (mel, _) = compare(&found, &wanted);

            let wanted = golden.f32s(&format!("encoder_{number}"));
            let states = model.encode(&features).unwrap();
            let found = rows(&states, wanted.len() / positions.len(), &positions);
            let (encoder, scale) = compare(&found, &wanted);

            let wanted = golden.f32s(&format!("log_odds_{number}"))[0];
            let log_odds = model.log_odds(&samples).unwrap();
            let relative = (log_odds - wanted).abs() / wanted.abs();
            println!(
                "{name} {number}: differ: mel {mel:.1e}, encoder {:.1e} of {scale:.1}, log-odds \
                 {relative:.1e} of {wanted:.3}",
                encoder / scale
            );
            assert!(mel <= 1e-4, "{name} {number}: mel {mel}");
            assert!(encoder <= 1e-3 * scale, "{name} {number}: encoder {encoder} of {scale}");
            assert!(relative <= 1e-3, "{name} {number}: {log_odds}, expected {wanted}");
            let probability = model.probability(&samples).unwrap();
            assert!((probability - 1.0 / (1.0 + (-wanted).exp())).abs() <= 1e-3);
        }
    }
}

#[test]
fn only_the_last_window_counts_and_silence_stands_before_less() {
    let model = load("f16-sharded");
    let samples = Golden::of("f16-sharded").signal(2);
    let last = &samples[samples.len() - model.window()..];
    assert_eq!(model.log_odds(&samples).unwrap(), model.log_odds(last).unwrap());
    let mut padded = vec![0.0; model.window() - 10_000];
    padded.extend_from_slice(&samples[..10_000]);
    assert_eq!(model.log_odds(&padded).unwrap(), model.log_odds(&samples[..10_000]).unwrap());
    assert!(model.log_odds(&[]).unwrap().is_finite());
    let message = model.log_odds(&[0.0, f32::INFINITY]).unwrap_err().to_string();
    assert!(message.contains("sample 1 is inf"), "{message}");
}

#[test]
fn what_the_process_holds_is_shared() {
    assert!(Arc::ptr_eq(&load("f32"), &load("f32")));
}

#[test]
fn what_is_no_such_checkpoint_is_refused() {
    const TAKEN: &str = "folder of `config.json` and `model.safetensors`";
    refused(Path::new("/nowhere/at/all"), fault, &["/nowhere/at/all"]);
    copy().without("config.json").refused(&["`config.json` is missing", TAKEN]);
    copy().without(WEIGHTS).refused(&["`model.safetensors` is missing", TAKEN]);
    let onnx = tempfile::tempdir().unwrap();
    let file = onnx.path().join("smart-turn-v3.2-cpu.onnx");
    std::fs::write(&file, "x").unwrap();
    refused(onnx.path(), fault, &["found `smart-turn-v3.2-cpu.onnx`", TAKEN]);
    refused(&file, fault, &["it is one file", TAKEN]);
    let name: ModelName = "rehearsal-stt-en".parse().unwrap();
    let message = files::resolve(&name, Want::SmartTurn, &()).unwrap_err().to_string();
    assert!(message.contains("it is no end-of-turn model") && message.contains(TAKEN), "{message}");

    let config = |key, value, parts: &[&str]| {
        copy().json("config.json", key, value).refused(&[&["config.json", key], parts].concat());
    };
    config("model_type", json!("wav2vec2"), &["found `\"wav2vec2\"`", "whisper"]);
    config("d_model", json!(-1), &["found `-1`", "a whole number"]);
    config("encoder_attention_heads", json!(5), &["a divisor of 16"]);
    // What is absent is that of whisper-tiny.
    copy().json("config.json", "d_model", Value::Null).refused(&["[256, 16]", "[256, 384]"]);
    copy().json("preprocessor_config.json", "feature_size", json!(64)).refused(&[
        "preprocessor_config.json",
        "`feature_size`",
        "expected 80",
    ]);
    copy().json("config.json", "max_source_positions", json!(1500)).refused(&[
        WEIGHTS,
        "tensor `encoder.embed_positions.weight`",
        "[400, 16]",
        "[1500, 16]",
    ]);
    for tensor in ["pool_attention.0.weight", "classifier.1.bias", "encoder.layers.1.fc2.bias"] {
        let rename = |header: &mut Value| {
            let entry = header.as_object_mut().unwrap().remove(tensor).unwrap();
            header["another"] = entry;
        };
        copy().header(WEIGHTS, rename).refused(&[
            WEIGHTS,
            &format!("tensor `{tensor}`"),
            "found nothing",
        ]);
    }
    let whole = std::fs::read(fixture("f32").join(WEIGHTS)).unwrap();
    for length in [0, 100, whole.len() / 2] {
        let copy = copy();
        std::fs::write(copy.path(WEIGHTS), &whole[..length]).unwrap();
        copy.refused(&[WEIGHTS]);
    }
}

#[test]
fn sizes_that_config_json_does_not_say_are_those_of_whisper_tiny() {
    let copy = copy()
        .json("config.json", "max_source_positions", Value::Null)
        .json("config.json", "num_mel_bins", Value::Null)
        .json("config.json", "decoder_layers", Value::Null)
        .without("preprocessor_config.json");
    assert_eq!(SmartTurn::load_dir(copy.folder()).unwrap().window(), 128_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any damage is an error or a model; nothing panics, nothing is allocated for what is not there.
    #[test]
    fn random_damage(
        file in prop::sample::select(vec!["config.json", "preprocessor_config.json", WEIGHTS]),
        damage in prop::collection::vec((0usize..6000, any::<u8>()), 1..6),
    ) {
        let copy = copy();
        let mut bytes = std::fs::read(copy.path(file)).unwrap();
        for (at, value) in damage {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        std::fs::write(copy.path(file), bytes).unwrap();
        if let Ok(model) = SmartTurn::load_dir(copy.folder()) {
            // A damaged number may survive; using the model must not panic either.
            drop(model.log_odds(&[0.5; 1000]));
        }
    }
}
