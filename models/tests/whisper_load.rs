//! Damaged, foreign and incomplete Whisper checkpoints: an error that names file, part, found and
//! expected, never a panic.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

use std::path::{Path, PathBuf};

use antiphon_models::whisper::Whisper;
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixture(name: &str) -> PathBuf {
    let root = std::env::var_os("ANTIPHON_FIXTURES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"),
        PathBuf::from,
    );
    root.join("whisper").join(name)
}

/// A copy of a fixture that a test may damage.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(name: &str) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(fixture(name)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        Self(copy)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn json(&self, file: &str, key: &str, value: Value) -> &Self {
        let path = self.path(file);
        let mut content: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if value.is_null() {
            content.as_object_mut().unwrap().remove(key);
        } else {
            content[key] = value;
        }
        std::fs::write(path, content.to_string()).unwrap();
        self
    }

    /// Rewrites the header of the weights.
    fn header(&self, file: &str, edit: impl FnOnce(&mut Value)) -> &Self {
        let path = self.path(file);
        let bytes = std::fs::read(&path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        edit(&mut header);
        let mut text = header.to_string();
        while !text.len().is_multiple_of(8) {
            text.push(' ');
        }
        let mut out = (text.len() as u64).to_le_bytes().to_vec();
        out.extend(text.as_bytes());
        out.extend(&bytes[8 + length..]);
        std::fs::write(path, out).unwrap();
        self
    }

    /// Checks that the error has all of `parts`.
    #[track_caller]
    fn refused(&self, parts: &[&str]) {
        let message = message(self.0.path());
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    }
}

#[track_caller]
fn message(path: &Path) -> String {
    match Whisper::load_dir(path) {
        Ok(_) => panic!("the checkpoint was accepted"),
        Err(error) => error.to_string(),
    }
}

const WEIGHTS: &str = "model.safetensors";

#[test]
fn missing_files() {
    assert!(message(Path::new("/nowhere/at/all")).contains("/nowhere/at/all"));
    for file in ["config.json", "tokenizer.json", WEIGHTS] {
        let copy = Copy::of("multi80");
        std::fs::remove_file(copy.path(file)).unwrap();
        copy.refused(&[file]);
    }
}

#[test]
fn configurations() {
    let config = |key: &str, value: Value, parts: &[&str]| {
        Copy::of("multi80")
            .json("config.json", key, value)
            .refused(&[&["config.json", key], parts].concat());
    };
    config("model_type", json!("bert"), &["found `\"bert\"`", "whisper"]);
    config("model_type", Value::Null, &["found nothing"]);
    config("activation_function", json!("relu"), &["found `\"relu\"`"]);
    config("d_model", Value::Null, &["found nothing", "a whole number from 2"]);
    config("d_model", json!(1u64 << 60), &["a whole number from 2 to"]);
    config("encoder_attention_heads", json!(7), &["a divisor of 40"]);
    config("encoder_layers", json!(-1), &["found `-1`"]);
    config("vocab_size", json!("many"), &["found `\"many\"`"]);
    let generation = |key: &str, value: Value, parts: &[&str]| {
        let copy = Copy::of("multi80");
        copy.json("generation_config.json", key, value)
            .refused(&[&["generation_config.json", key], parts].concat());
    };
    generation("suppress_tokens", json!([1_000_000]), &["a list of token ids below"]);
    generation("alignment_heads", json!([[9, 0]]), &["a layer below 2"]);
    generation("lang_to_id", json!({"<|en|>": 4096}), &["an object of names and token ids"]);
    generation("eos_token_id", json!(1.5), &["a token id below"]);
    generation("max_window_seconds", json!(60), &["seconds from 1"]);
    generation("final_mark_tells", json!("yes"), &["`true` or `false`"]);
    Copy::of("multi80").json("preprocessor_config.json", "feature_size", json!(64)).refused(&[
        "preprocessor_config.json",
        "`feature_size`",
        "found `64`",
        "expected 80",
    ]);
    for file in
        ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json"]
    {
        let copy = Copy::of("multi80");
        let text = std::fs::read(copy.path(file)).unwrap();
        std::fs::write(copy.path(file), &text[..text.len() / 2]).unwrap();
        copy.refused(&[file]);
    }
    let copy = Copy::of("multi80");
    std::fs::write(copy.path("config.json"), "[1]").unwrap();
    copy.refused(&["config.json", "a JSON object"]);
}

#[test]
fn weights() {
    let name = "model.encoder.layers.1.fc1.weight";
    Copy::of("multi80")
        .header(WEIGHTS, |h| {
            let tensor = h.as_object_mut().unwrap().remove(name).unwrap();
            h["model.other"] = tensor;
        })
        .refused(&[WEIGHTS, &format!("tensor `{name}`"), "found nothing", "shape [100, 40]"]);
    Copy::of("multi80").header(WEIGHTS, |h| h[name]["shape"] = json!([40, 100])).refused(&[
        WEIGHTS,
        name,
        "shape [40, 100]",
        "expected shape [100, 40]",
    ]);
    Copy::of("multi80").header(WEIGHTS, |h| h[name]["dtype"] = json!("I32")).refused(&[
        WEIGHTS,
        name,
        "element type I32",
        "F32, F16 or BF16",
    ]);
    Copy::of("multi80")
        .header(WEIGHTS, |h| h[name]["data_offsets"] = json!([0, u64::MAX]))
        .refused(&[WEIGHTS, name, "is the file whole?"]);
    let copy = Copy::of("multi80");
    let bytes = std::fs::read(copy.path(WEIGHTS)).unwrap();
    for cut in [0, 4, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(copy.path(WEIGHTS), &bytes[..cut]).unwrap();
        copy.refused(&[WEIGHTS]);
    }
    std::fs::write(
        copy.path(WEIGHTS),
        [u64::MAX.to_le_bytes().to_vec(), bytes[8..].to_vec()].concat(),
    )
    .unwrap();
    copy.refused(&[WEIGHTS]);
}

#[test]
fn shards() {
    const INDEX: &str = "model.safetensors.index.json";
    let shard = "model-00002-of-00002.safetensors";
    let copy = Copy::of("multi128-sharded");
    std::fs::remove_file(copy.path(shard)).unwrap();
    copy.refused(&[shard]);
    Copy::of("multi128-sharded")
        .json(INDEX, "weight_map", Value::Null)
        .refused(&[INDEX, "weight_map"]);
    Copy::of("multi128-sharded")
        .json(INDEX, "weight_map", json!({"a": "../outside.safetensors"}))
        .refused(&[INDEX]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any damage is an error or a model; nothing panics, nothing is allocated for what is not there.
    #[test]
    fn random_damage(
        file in prop::sample::select(vec!["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", WEIGHTS]),
        damage in prop::collection::vec((0usize..6000, any::<u8>()), 1..6),
    ) {
        let copy = Copy::of("multi80");
        let mut bytes = std::fs::read(copy.path(file)).unwrap();
        for (at, value) in damage {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        std::fs::write(copy.path(file), bytes).unwrap();
        if let Ok(model) = Whisper::load_dir(copy.0.path()) {
            // A damaged number may survive; using the model must not panic either.
            drop(model.warm_up());
        }
    }
}
