//! The tokeniser read from GGUF metadata.

use std::collections::HashMap;

use antiphon_models::text::Tokenizer;
use candle_core::quantized::gguf_file::{Content, Value, VersionedMagic};

use super::reference::golden;
use super::support::{tokenizer, tokenizer_metadata};

fn read(metadata: HashMap<String, Value>) -> antiphon_models::Result<Tokenizer> {
    let content = Content {
        magic: VersionedMagic::GgufV3,
        metadata,
        tensor_infos: HashMap::new(),
        tensor_data_offset: 0,
    };
    Tokenizer::from_gguf("model.gguf", &content)
}

#[test]
fn equals_the_tokenizer_json() {
    let from_gguf = read(tokenizer_metadata()).unwrap();
    let from_json = tokenizer();
    assert_eq!(from_gguf.len(), from_json.len());
    assert_eq!(from_gguf.ends()[0], from_json.ends()[0]);
    for case in golden()["texts"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let ids = from_json.encode(text).unwrap();
        assert_eq!(from_gguf.encode(text).unwrap(), ids, "{text:?}");
        assert_eq!(from_gguf.decode(&ids), from_json.decode(&ids), "{text:?}");
    }
}

#[test]
fn faults_name_the_key() {
    let text = |text: &str| Some(Value::String(text.into()));
    let cases: [(&str, Option<Value>, &str); 12] = [
        ("tokenizer.ggml.model", None, "nothing"),
        ("tokenizer.ggml.model", text("llama"), "`llama`"),
        ("tokenizer.ggml.model", Some(Value::U32(1)), "the number"),
        ("tokenizer.ggml.pre", text("chatglm-bpe"), "`chatglm-bpe`"),
        ("tokenizer.ggml.tokens", None, "nothing"),
        ("tokenizer.ggml.tokens", text("a"), "a string"),
        ("tokenizer.ggml.tokens", Some(Value::Array(vec![Value::Bool(true)])), "true"),
        ("tokenizer.ggml.token_type", Some(Value::Array(vec![Value::I32(1)])), "1 types"),
        ("tokenizer.ggml.merges", None, "nothing"),
        ("tokenizer.ggml.merges", Some(Value::Array(vec![Value::String("ab".into())])), "`ab`"),
        ("tokenizer.ggml.merges", Some(Value::Array(vec![Value::String("日 本".into())])), "`日`"),
        ("tokenizer.ggml.eos_token_id", Some(Value::U32(512)), "512"),
    ];
    for (key, value, found) in cases {
        let mut metadata = tokenizer_metadata();
        match value {
            Some(value) => metadata.insert(key.into(), value),
            None => metadata.remove(key),
        };
        let error = read(metadata).unwrap_err().to_string();
        for part in ["model.gguf", key, found] {
            assert!(error.contains(part), "{error}: expected {part}");
        }
    }
}

#[test]
fn the_same_token_twice_is_refused() {
    let mut metadata = tokenizer_metadata();
    if let Some(Value::Array(tokens)) = metadata.get_mut("tokenizer.ggml.tokens") {
        tokens[7] = tokens[8].clone();
    }
    let error = read(metadata).unwrap_err().to_string();
    assert!(error.contains("distinct"), "{error}");
}

#[test]
fn padding_is_never_read_nor_chosen() {
    let mut metadata = tokenizer_metadata();
    if let Some(Value::Array(tokens)) = metadata.get_mut("tokenizer.ggml.tokens") {
        tokens.push(Value::String("[PAD512]".into()));
    }
    if let Some(Value::Array(types)) = metadata.get_mut("tokenizer.ggml.token_type") {
        types.push(Value::I32(5));
    }
    let tokenizer = read(metadata).unwrap();
    assert_eq!(tokenizer.len(), 513);
    assert!(!tokenizer.is_used(512));
    assert!(tokenizer.is_used(511));
    assert!(!tokenizer.is_used(513));
    assert!(!tokenizer.encode("[PAD512]").unwrap().contains(&512));
}
