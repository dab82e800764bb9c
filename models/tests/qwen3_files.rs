//! Damaged and foreign Qwen3 files: always an error that says what is wrong, never a panic.

#![allow(clippy::unwrap_used, clippy::unwrap_in_result)]

#[path = "checkpoint/fixtures.rs"]
mod fixtures;

use std::path::Path;

use antiphon_models::Error;
use antiphon_models::qwen3::Qwen3;
use fixtures::fixtures;

fn gguf(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join("qwen3").join(name)).unwrap()
}

/// What loading these bytes says.
fn load(bytes: &[u8]) -> Result<(), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gguf");
    std::fs::write(&path, bytes).unwrap();
    Qwen3::load_gguf(&path).map(|_| ())
}

fn complaint(bytes: &[u8]) -> String {
    let error = load(bytes).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    let words = error.to_string();
    assert!(words.contains("broken.gguf") || words.contains("config.json"), "{words}");
    words
}

fn find(bytes: &[u8], what: &str) -> usize {
    bytes.windows(what.len()).position(|window| window == what.as_bytes()).unwrap()
}

/// Overwrites bytes at `at`.
fn patch(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

#[test]
fn truncated_files_say_what_is_missing() {
    let whole = gguf("q8_0.gguf");
    let header = find(&whole, "blk.1.ffn_up.weight") + 60;
    let cuts = (0..header).step_by(7).chain((header..whole.len()).step_by(4099));
    for cut in cuts.chain([whole.len() - 1]) {
        complaint(&whole[..cut]);
    }
    assert!(complaint(&whole[..whole.len() - 40]).contains("truncated"));
    assert!(load(&whole).is_ok());
}

#[test]
fn foreign_files_are_named() {
    assert!(complaint(b"").contains("expected `GGUF`"));
    assert!(complaint(b"PK\x03\x04 a zip file, not a model").contains("expected `GGUF`"));
    let whole = gguf("q8_0.gguf");
    assert!(complaint(&patch(&whole, 4, &[9])).contains("version 9"));
    let at = find(&whole, "general.architecture") + 20 + 4 + 8;
    assert_eq!(&whole[at..at + 5], b"qwen3");
    let words = complaint(&patch(&whole, at, b"gemma"));
    assert!(words.contains("`general.architecture`: found `gemma`, expected `qwen3`"), "{words}");
}

#[test]
fn headers_that_lie_about_lengths_allocate_nothing() {
    let whole = gguf("q8_0.gguf");
    let huge = u64::MAX.to_le_bytes();
    assert!(complaint(&patch(&whole, 8, &huge)).contains("tensor count"));
    assert!(complaint(&patch(&whole, 16, &huge)).contains("metadata count"));
    assert!(complaint(&patch(&whole, 24, &huge)).contains("metadata key 0"));
    let many = (1u64 << 40).to_le_bytes();
    assert!(complaint(&patch(&whole, 24, &many)).contains("metadata key 0"));
    let name = find(&whole, "blk.0.attn_q.weight");
    assert!(complaint(&patch(&whole, name - 8, &many)).contains("tensor description"));
    // Rank, then the two dimensions, then the type, then the offset.
    let rank = name + "blk.0.attn_q.weight".len();
    assert!(complaint(&patch(&whole, rank, &[200])).contains("200 dimensions"));
    assert!(complaint(&patch(&whole, rank + 4, &huge)).contains("blk.0.attn_q.weight"));
    assert!(complaint(&patch(&whole, rank + 12, &many)).contains("blk.0.attn_q.weight"));
    assert!(complaint(&patch(&whole, rank + 24, &huge)).contains("blk.0.attn_q.weight"));
    // Sizes of the network.
    for key in ["qwen3.block_count", "qwen3.attention.head_count_kv", "qwen3.context_length"] {
        let value = find(&whole, key) + key.len() + 4;
        for lie in [0, u32::MAX, 1 << 23] {
            let lie: u32 = lie;
            let outcome = load(&patch(&whole, value, &lie.to_le_bytes()));
            // A context of eight million positions is odd, not wrong: memory grows with use.
            let fine = key == "qwen3.context_length" && lie == 1 << 23;
            assert_eq!(outcome.is_ok(), fine, "{key} = {lie}: {outcome:?}");
        }
    }
}

#[test]
fn wrong_types_and_shapes_are_named() {
    let whole = gguf("q8_0.gguf");
    let name = "blk.1.ffn_down.weight";
    let info = find(&whole, name) + name.len();
    // The dimensions swapped.
    let mut swapped = whole.clone();
    swapped[info + 4..info + 20].rotate_left(8);
    let words = complaint(&swapped);
    assert!(words.contains(name) && words.contains("expected shape [64, 96]"), "{words}");
    // A type candle does not know, and one that is no weight type.
    let words = complaint(&patch(&whole, info + 20, &[23, 0, 0, 0]));
    assert!(words.contains("type number 23") && words.contains("Q6_K"), "{words}");
    let words = complaint(&patch(&whole, info + 20, &[12, 0, 0, 0]));
    assert!(words.contains("multiple of 256"), "{words}");
    let words = complaint(&patch(&whole, info + 20, &[9, 0, 0, 0]));
    assert!(words.contains(name), "{words}");
    // A missing tensor.
    let words = complaint(&patch(&whole, find(&whole, name), b"BLK"));
    assert!(words.contains(name) && words.contains("no such tensor"), "{words}");
    // A key of another type, and one that is missing.
    let key = "qwen3.embedding_length";
    let at = find(&whole, key);
    let words = complaint(&patch(&whole, at + key.len(), &[6, 0, 0, 0]));
    assert!(words.contains(key) && words.contains("an integer"), "{words}");
    assert!(complaint(&patch(&whole, at, b"QWEN")).contains("found nothing"));
}

#[test]
fn files_with_random_damage_never_panic() {
    let mut state = 1u64;
    let mut next = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % limit
    };
    for name in ["q8_0.gguf", "q4_k_m.gguf", "f16.gguf"] {
        let whole = gguf(name);
        let header = find(&whole, "output_norm.weight") + 64;
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..1 + next(4) {
                let at = next(header.min(bytes.len()));
                bytes[at] = next(256) as u8;
            }
            match load(&bytes) {
                Ok(()) | Err(Error::File { .. }) => {}
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
    }
}

/// A copy of a safetensors checkpoint with one file changed.
fn damaged(name: &str, file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixtures().join("qwen3").join(name)).unwrap() {
        let entry = entry.unwrap();
        let mut bytes = std::fs::read(entry.path()).unwrap();
        if entry.file_name() == file {
            bytes = change(bytes);
        }
        std::fs::write(folder.path().join(entry.file_name()), bytes).unwrap();
    }
    Qwen3::load_safetensors(folder.path()).unwrap_err().to_string()
}

#[test]
fn damaged_safetensors_checkpoints_are_named() {
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes()
    };
    let weights = "model.safetensors";
    for cut in [0, 4, 9, 300, 4000] {
        let words = damaged("single", weights, |bytes| bytes[..cut].to_vec());
        assert!(words.contains("model.safetensors"), "{cut}: {words}");
    }
    let words = damaged("single", weights, |bytes| patch(&bytes, 0, &u64::MAX.to_le_bytes()));
    assert!(words.contains("the header"), "{words}");
    let words = damaged("single", weights, |bytes| {
        let at = find(&bytes, "model.layers.1.mlp.up_proj");
        patch(&bytes, at, b"MODEL")
    });
    assert!(words.contains("model.layers.1.mlp.up_proj.weight"), "{words}");
    let words = damaged("single", weights, |bytes| {
        let at = find(&bytes, "\"F32\"");
        patch(&bytes, at, b"\"I32\"")
    });
    assert!(words.contains("type I32") && words.contains("BF16"), "{words}");
    let config = "config.json";
    let words = damaged("single", config, |_| b"{}".to_vec());
    assert!(words.contains("config.json") && words.contains("model_type"), "{words}");
    for (from, to, want) in [
        ("\"qwen3\"", "\"llama\"", "found `llama`, expected `qwen3`"),
        ("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"", "found `yarn`"),
        ("\"hidden_size\": 64", "\"hidden_size\": 65", "shape"),
        ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "a divisor"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 9999999", "model.layers.2"),
        ("\"vocab_size\": 200", "\"vocab_size\": 18446744073709551615", "vocabulary size"),
        ("\"use_sliding_window\": false", "\"use_sliding_window\": true", "sliding"),
        ("\"attention_bias\": false", "\"attention_bias\": true", "attention_bias"),
    ] {
        let words = damaged("single", config, replace(from, to));
        assert!(words.contains(want), "{to}: {words}");
    }
    let index = "model.safetensors.index.json";
    let words = damaged("sharded", index, replace("model-00001", "../model-00001"));
    assert!(words.contains("beside the index"), "{words}");
    let words = damaged("sharded", index, |_| b"[".to_vec());
    assert!(words.contains("weight_map"), "{words}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Qwen3::load_gguf(Path::new("nowhere.gguf")).unwrap_err();
    assert!(matches!(&error, Error::Io { .. }) && error.to_string().contains("nowhere.gguf"));
    let error = Qwen3::load_safetensors(Path::new("nowhere")).unwrap_err();
    assert!(error.to_string().contains("config.json"), "{error}");
}

#[test]
fn embedded_bytes_of_any_alignment_load() {
    for name in ["q8_0.gguf", "q4_k_m.gguf", "f32.gguf", "f16.gguf"] {
        let mut shifted = vec![0];
        shifted.extend(gguf(name));
        let bytes: &'static [u8] = Box::leak(shifted.into_boxed_slice());
        let odd = Qwen3::load_gguf_bytes(name, &bytes[1..]).unwrap();
        let even = Qwen3::load_gguf(&fixtures().join("qwen3").join(name)).unwrap();
        let logits = |model: &Qwen3| {
            let mut cache = antiphon_models::qwen3::KvCache::new(model, 99);
            model.forward(&[1, 2, 3, 4], &mut cache).unwrap()
        };
        assert_eq!(logits(&odd), logits(&even), "{name}");
        assert!(odd.gguf().is_some());
    }
}
