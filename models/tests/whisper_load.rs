//! Damaged, foreign and incomplete Whisper checkpoints: an error that names file, part, found and
//! expected, never a panic.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "checkpoint/copy.rs"]
mod copy;
#[path = "checkpoint/fixtures.rs"]
mod fixtures;

use std::path::Path;

use antiphon_models::whisper::Whisper;
use copy::{Copy, refused};
use fixtures::fixtures;
use proptest::prelude::*;
use serde_json::{Value, json};

fn fault(path: &Path) -> Option<String> {
    Whisper::load_dir(path).err().map(|error| error.to_string())
}

fn copy(name: &str) -> Copy {
    Copy::of(&fixtures().join("whisper").join(name), fault)
}

const WEIGHTS: &str = "model.safetensors";

#[test]
fn missing_files() {
    refused(Path::new("/nowhere/at/all"), fault, &["/nowhere/at/all"]);
    for file in ["config.json", "tokenizer.json", WEIGHTS] {
        copy("multi80").without(file).refused(&[file]);
    }
}

#[test]
fn configurations() {
    let config = |key: &str, value: Value, parts: &[&str]| {
        copy("multi80")
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
        let copy = copy("multi80");
        copy.json("generation_config.json", key, value)
            .refused(&[&["generation_config.json", key], parts].concat());
    };
    generation("suppress_tokens", json!([1_000_000]), &["a list of token ids below"]);
    generation("alignment_heads", json!([[9, 0]]), &["a layer below 2"]);
    generation("lang_to_id", json!({"<|en|>": 4096}), &["an object of names and token ids"]);
    generation("eos_token_id", json!(1.5), &["a token id below"]);
    generation("max_window_seconds", json!(60), &["seconds from 1"]);
    generation("final_mark_tells", json!("yes"), &["`true` or `false`"]);
    generation("final_mark_trust", json!(-0.5), &["two log-probabilities"]);
    generation("final_mark_trust", json!([-0.2, -0.5]), &["the lower one first"]);
    generation("num_beams", json!(0), &["a number from 1 to 16"]);
    generation("num_beams", json!("4"), &["a number from 1 to 16"]);
    copy("multi80").json("preprocessor_config.json", "feature_size", json!(64)).refused(&[
        "preprocessor_config.json",
        "`feature_size`",
        "found `64`",
        "expected 80",
    ]);
    for file in
        ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json"]
    {
        let copy = copy("multi80");
        let text = std::fs::read(copy.path(file)).unwrap();
        std::fs::write(copy.path(file), &text[..text.len() / 2]).unwrap();
        copy.refused(&[file]);
    }
    let copy = copy("multi80");
    std::fs::write(copy.path("config.json"), "[1]").unwrap();
    copy.refused(&["config.json", "a JSON object"]);
}

#[test]
fn weights() {
    let name = "model.encoder.layers.1.fc1.weight";
    copy("multi80")
        .header(WEIGHTS, |h| {
            let tensor = h.as_object_mut().unwrap().remove(name).unwrap();
            h["model.other"] = tensor;
        })
        .refused(&[WEIGHTS, &format!("tensor `{name}`"), "found nothing", "shape [100, 40]"]);
    copy("multi80").header(WEIGHTS, |h| h[name]["shape"] = json!([40, 100])).refused(&[
        WEIGHTS,
        name,
        "shape [40, 100]",
        "expected shape [100, 40]",
    ]);
    copy("multi80").header(WEIGHTS, |h| h[name]["dtype"] = json!("I32")).refused(&[
        WEIGHTS,
        name,
        "element type I32",
        "F32, F16 or BF16",
    ]);
    copy("multi80").header(WEIGHTS, |h| h[name]["data_offsets"] = json!([0, u64::MAX])).refused(&[
        WEIGHTS,
        name,
        "is the file whole?",
    ]);
    let copy = copy("multi80");
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
    copy("multi128-sharded").without(shard).refused(&[shard]);
    copy("multi128-sharded").json(INDEX, "weight_map", Value::Null).refused(&[INDEX, "weight_map"]);
    copy("multi128-sharded")
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
        let copy = copy("multi80");
        let mut bytes = std::fs::read(copy.path(file)).unwrap();
        for (at, value) in damage {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        std::fs::write(copy.path(file), bytes).unwrap();
        if let Ok(model) = Whisper::load_dir(copy.folder()) {
            // A damaged number may survive; using the model must not panic either.
            drop(model.warm_up());
        }
    }
}
