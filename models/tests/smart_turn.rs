//! smart-turn against torch and transformers, on tiny random checkpoints in the true format, and against
//! onnxruntime on ONNX files; and damaged, foreign and incomplete ones.
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
    SmartTurn::load_path(path).err().map(|error| error.to_string())
}

fn copy() -> Copy {
    Copy::of(&fixture("f32"), fault)
}

fn load(name: &str) -> Arc<SmartTurn> {
    SmartTurn::load_path(fixture(name)).unwrap()
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

/// How exporters and quantisers write a network, and the most by which onnxruntime's own quantising
/// of what flows between layers changes its answer.
const EXPORTS: [(&str, f32); 4] =
    [("torchscript", 0.0), ("dynamo", 0.0), ("qdq", 0.3), ("integer", 0.15)];

#[test]
fn onnx_files_equal_onnxruntime() {
    for (name, quantised) in EXPORTS {
        let model = SmartTurn::load_path(fixture(&format!("{name}.onnx"))).unwrap();
        let golden = Golden::of(name);
        assert_eq!(model.window(), 48_000);
        for number in 0..SIGNALS {
            let log_odds = model.log_odds(&golden.signal(number)).unwrap();
            let wanted = golden.f32s(&format!("weights_{number}"))[0];
            let relative = (log_odds - wanted).abs() / wanted.abs();
            let whole = (log_odds - golden.f32s(&format!("log_odds_{number}"))[0]).abs();
            println!("{name} {number}: differs by {relative:.1e} of {wanted:.3}, whole {whole:.4}");
            assert!(relative <= 1e-3, "{name} {number}: {log_odds}, expected {wanted}");
            assert!(whole <= quantised + 1e-3 * wanted.abs(), "{name} {number}: {whole}");
        }
    }
}

#[test]
fn an_onnx_file_may_lie_alone_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("n.ONNX");
    std::fs::copy(fixture("qdq.onnx"), &file).unwrap();
    let (one, other) = (SmartTurn::load_path(&file), SmartTurn::load_path(folder.path()));
    let of = |model: Arc<SmartTurn>| model.log_odds(&[0.1; 999]).unwrap();
    assert_eq!(of(one.unwrap()), of(other.unwrap()));
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
    const TAKEN: &str = "an `.onnx` file as published, or the folder of `config.json` and";
    refused(Path::new("/nowhere/at/all"), fault, &["/nowhere/at/all"]);
    copy().without("config.json").refused(&["`config.json` is missing", TAKEN]);
    copy().without(WEIGHTS).refused(&["`model.safetensors` is missing", TAKEN]);
    let folder = tempfile::tempdir().unwrap();
    let [file, another] = ["n-v3.2-cpu.onnx", "n-v3.2-gpu.onnx"].map(|it| folder.path().join(it));
    std::fs::write(&file, "x").unwrap();
    refused(&file, fault, &["found no protobuf", "expected an ONNX network"]);
    refused(folder.path(), fault, &["n-v3.2-cpu.onnx`: the file"]);
    std::fs::write(&another, "").unwrap();
    refused(&another, fault, &["found no operations", "expected an ONNX network"]);
    refused(folder.path(), fault, &["name one of them: `n-v3.2-cpu.onnx`, `n-v3.2-gpu.onnx`"]);
    let single = folder.path().join("n.safetensors");
    std::fs::write(&single, "x").unwrap();
    refused(&single, fault, &["it is one file", TAKEN]);
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
fn other_onnx_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.onnx");
    let damaged = |name: &str, from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let (from, to) = (from.as_bytes(), to.as_bytes());
        let mut bytes = std::fs::read(fixture(&format!("{name}.onnx"))).unwrap();
        let places: Vec<usize> =
            (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
        assert!(!places.is_empty(), "no {from:?} in {name}");
        places.iter().for_each(|&at| bytes[at..at + to.len()].copy_from_slice(to));
        std::fs::write(&path, bytes).unwrap();
    };
    const NETWORK: &str = "expected a smart-turn network: two convolutions, positions, ";
    for (name, from, to, parts) in [
        ("torchscript", "\x04Gelu", "\x04Relu", &["`Relu` node", "does not have"][..]),
        (
            "torchscript",
            "\x04Tanh",
            "\x04Sqrt",
            &["found 6 GELUs, 0 tanh and 3 softmaxes", NETWORK],
        ),
        ("torchscript", "\x04none", "\x04tanh", &["`Gelu` node", "expected an exact GELU"]),
        ("integer", "\x03Erf", "\x03Add", &["found 0 GELUs", NETWORK]),
        // The second layer's keys are computed from what is no layer.
        ("dynamo", "linear_7", "linear_2", &["computed again", "each tensor once"]),
        ("qdq", "DequantizeLinear", "DequantizeLinEar", &["`DequantizeLinEar` node"]),
    ] {
        damaged(name, from, to);
        refused(&path, fault, parts);
    }
}

#[test]
fn sizes_that_config_json_does_not_say_are_those_of_whisper_tiny() {
    let copy = copy()
        .json("config.json", "max_source_positions", Value::Null)
        .json("config.json", "num_mel_bins", Value::Null)
        .json("config.json", "decoder_layers", Value::Null)
        .without("preprocessor_config.json");
    assert_eq!(SmartTurn::load_path(copy.folder()).unwrap().window(), 128_000);
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
        if let Ok(model) = SmartTurn::load_path(copy.folder()) {
            // A damaged number may survive; using the model must not panic either.
            drop(model.log_odds(&[0.5; 1000]));
        }
    }

    /// So of ONNX files, whose text of operations is some thousand bytes at either end.
    #[test]
    fn random_damage_to_onnx(
        file in prop::sample::select(vec!["torchscript", "dynamo", "qdq", "integer"]),
        damage in prop::collection::vec((0usize..12_000, any::<bool>(), any::<u8>()), 1..4),
        length in prop::option::of(0usize..100_000),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.onnx");
        let mut bytes = std::fs::read(fixture(&format!("{file}.onnx"))).unwrap();
        for (at, from_end, value) in damage {
            let at = if from_end { bytes.len() - 1 - at } else { at };
            bytes[at] = value;
        }
        bytes.truncate(length.unwrap_or(usize::MAX));
        std::fs::write(&path, bytes).unwrap();
        if let Ok(model) = SmartTurn::load_path(&path) {
            drop(model.log_odds(&[0.5; 1000]));
        }
    }
}
