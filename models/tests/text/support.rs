//! The fixture tokeniser inside small GGUF files: networks with random weights, and networks whose
//! every token has one successor, so that what they say can be written down.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use antiphon_models::qwen3::Qwen3;
use antiphon_models::text::{ChatTemplate, Llm, Tokenizer};
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

pub fn fixture(name: &str) -> Vec<u8> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let root = std::env::var_os("ANTIPHON_FIXTURES").map_or(own, PathBuf::from);
    let path = root.join("text").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn tokenizer() -> Tokenizer {
    Tokenizer::from_json("tokenizer.json", &fixture("tokenizer.json"), &[]).unwrap()
}

/// The metadata that llama.cpp's converter writes for the fixture tokeniser.
pub fn tokenizer_metadata() -> HashMap<String, Value> {
    let json: serde_json::Value = serde_json::from_slice(&fixture("tokenizer.json")).unwrap();
    let mut tokens: Vec<(u64, String, i32)> = json["model"]["vocab"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, id)| (id.as_u64().unwrap(), name.clone(), 1))
        .collect();
    for added in json["added_tokens"].as_array().unwrap() {
        let kind = if added["special"].as_bool().unwrap() { 3 } else { 4 };
        let name = added["content"].as_str().unwrap().to_owned();
        tokens.push((added["id"].as_u64().unwrap(), name, kind));
    }
    tokens.sort_unstable();
    assert!(tokens.iter().zip(0..).all(|((id, ..), at)| *id == at));
    let strings = |list: Vec<String>| Value::Array(list.into_iter().map(Value::String).collect());
    let merges = json["model"]["merges"].as_array().unwrap().iter().map(|pair| {
        let part = |at: usize| pair[at].as_str().unwrap();
        format!("{} {}", part(0), part(1))
    });
    let id = |name: &str| tokens.iter().find(|(_, n, _)| n == name).unwrap().0 as u32;
    HashMap::from([
        ("tokenizer.ggml.model".into(), Value::String("gpt2".into())),
        ("tokenizer.ggml.pre".into(), Value::String("qwen2".into())),
        ("tokenizer.ggml.merges".into(), strings(merges.collect())),
        ("tokenizer.ggml.eos_token_id".into(), Value::U32(id("<|im_end|>"))),
        ("tokenizer.ggml.bos_token_id".into(), Value::U32(id("<|endoftext|>"))),
        (
            "tokenizer.ggml.token_type".into(),
            Value::Array(tokens.iter().map(|(_, _, kind)| Value::I32(*kind)).collect()),
        ),
        (
            "tokenizer.ggml.tokens".into(),
            strings(tokens.into_iter().map(|(_, name, _)| name).collect()),
        ),
    ])
}

/// Sizes of a test network.
pub struct Sizes {
    pub vocab: usize,
    pub hidden: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub ffn: usize,
    pub layers: usize,
    pub context: usize,
}

/// Writes a GGUF file with the fixture tokeniser; `fill` gives each tensor its values.
fn gguf(
    sizes: &Sizes,
    tied: bool,
    fill: &mut dyn FnMut(&str, usize, usize) -> Vec<f32>,
) -> Vec<u8> {
    let mut metadata = tokenizer_metadata();
    let mut put = |key: &str, value: usize| {
        metadata.insert(format!("qwen3.{key}"), Value::U32(value as u32));
    };
    put("attention.head_count", sizes.heads);
    put("attention.head_count_kv", sizes.kv_heads);
    put("attention.key_length", sizes.head_dim);
    put("attention.value_length", sizes.head_dim);
    put("block_count", sizes.layers);
    put("embedding_length", sizes.hidden);
    put("feed_forward_length", sizes.ffn);
    put("context_length", sizes.context);
    metadata.insert("qwen3.attention.layer_norm_rms_epsilon".into(), Value::F32(1e-6));
    metadata.insert("qwen3.rope.freq_base".into(), Value::F32(1e6));
    metadata.insert("general.architecture".into(), Value::String("qwen3".into()));

    let tensors: Vec<(String, QTensor)> = tensors(sizes, tied, fill)
        .into_iter()
        .map(|(name, tensor)| (name, QTensor::quantize(&tensor, GgmlDType::F32).unwrap()))
        .collect();
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let mut out = Cursor::new(Vec::new());
    gguf_file::write(&mut out, &metadata, &tensors).unwrap();
    out.into_inner()
}

/// The weights of a network by their names in GGUF files.
fn tensors(
    sizes: &Sizes,
    tied: bool,
    fill: &mut dyn FnMut(&str, usize, usize) -> Vec<f32>,
) -> Vec<(String, Tensor)> {
    let mut tensors: Vec<(String, Tensor)> = Vec::new();
    let mut add = |name: String, rows: usize, columns: usize| {
        let values = fill(&name, rows, columns);
        let shape = if rows == 0 { vec![columns] } else { vec![rows, columns] };
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        tensors.push((name, tensor));
    };
    let Sizes { vocab, hidden, heads, kv_heads, head_dim, ffn, layers, .. } = *sizes;
    add("token_embd.weight".into(), vocab, hidden);
    add("output_norm.weight".into(), 0, hidden);
    if !tied {
        add("output.weight".into(), vocab, hidden);
    }
    for layer in 0..layers {
        for (name, rows, columns) in [
            ("attn_norm", 0, hidden),
            ("attn_q", heads * head_dim, hidden),
            ("attn_k", kv_heads * head_dim, hidden),
            ("attn_v", kv_heads * head_dim, hidden),
            ("attn_output", hidden, heads * head_dim),
            ("attn_q_norm", 0, head_dim),
            ("attn_k_norm", 0, head_dim),
            ("ffn_norm", 0, hidden),
            ("ffn_gate", ffn, hidden),
            ("ffn_up", ffn, hidden),
            ("ffn_down", hidden, ffn),
        ] {
            add(format!("blk.{layer}.{name}.weight"), rows, columns);
        }
    }
    tensors
}

fn load(bytes: Vec<u8>, template: Option<&str>) -> Arc<Llm> {
    // Tests end with the process, which takes the bytes back.
    let network = Qwen3::load_gguf_bytes("test.gguf", bytes.leak()).unwrap();
    let content = network.gguf().unwrap();
    let tokenizer = Tokenizer::from_gguf("test.gguf", content).unwrap();
    let template = match template {
        Some(source) => ChatTemplate::new(source, None, None).unwrap(),
        None => ChatTemplate::chatml(),
    };
    Arc::new(Llm::new("test", network.clone(), tokenizer, template).unwrap())
}

/// Small numbers that look random; the same for the same seed.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }
}

const RANDOM: Sizes = Sizes {
    vocab: 512,
    hidden: 64,
    heads: 4,
    kv_heads: 2,
    head_dim: 16,
    ffn: 96,
    layers: 2,
    context: 1024,
};

fn random_weights(seed: u64) -> impl FnMut(&str, usize, usize) -> Vec<f32> {
    let mut noise = Noise(seed);
    move |name, rows, columns| {
        let scale = if name.starts_with("token_embd") { 1.0 } else { 0.3 };
        (0..rows.max(1) * columns)
            .map(|_| if rows == 0 { 1.0 } else { scale * noise.next() })
            .collect()
    }
}

/// A network with random weights, ChatML, and a context of 1,024 tokens.
pub fn random(seed: u64) -> Arc<Llm> {
    load(gguf(&RANDOM, true, &mut random_weights(seed)), None)
}

/// Writes the network of [`random`] as Hugging Face does.
pub fn random_folder(seed: u64, dir: &Path) {
    let names = [
        ("token_embd", "embed_tokens"),
        ("output_norm", "norm"),
        ("blk.", "layers."),
        ("attn_norm", "input_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("attn_q.", "self_attn.q_proj."),
        ("attn_k.", "self_attn.k_proj."),
        ("attn_v.", "self_attn.v_proj."),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];
    let tensors: HashMap<String, Tensor> = tensors(&RANDOM, true, &mut random_weights(seed))
        .into_iter()
        .map(|(name, tensor)| {
            let name = names.iter().fold(name, |name, (own, theirs)| name.replace(own, theirs));
            (format!("model.{name}"), tensor)
        })
        .collect();
    candle_core::safetensors::save(&tensors, dir.join("model.safetensors")).unwrap();
    let config = serde_json::json!({
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": RANDOM.vocab,
        "hidden_size": RANDOM.hidden,
        "num_attention_heads": RANDOM.heads,
        "num_key_value_heads": RANDOM.kv_heads,
        "head_dim": RANDOM.head_dim,
        "intermediate_size": RANDOM.ffn,
        "num_hidden_layers": RANDOM.layers,
        "max_position_embeddings": RANDOM.context,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "tie_word_embeddings": true,
        "hidden_act": "silu",
        "eos_token_id": 509
    });
    std::fs::write(dir.join("config.json"), config.to_string()).unwrap();
    std::fs::write(dir.join("tokenizer.json"), fixture("tokenizer.json")).unwrap();
}

/// A network that, wherever its prompt ends, says `script` and ends its turn. No token may come
/// twice, as each decides the next one alone.
pub fn scripted(script: &[&str], template: Option<&str>, last: &str) -> Arc<Llm> {
    let tokenizer = tokenizer();
    let one = |text: &str| *tokenizer.encode(text).unwrap().last().unwrap();
    let mut path = vec![one(last)];
    path.extend(script.iter().flat_map(|text| tokenizer.encode(text).unwrap()));
    path.push(one("<|im_end|>"));
    let mut seen = std::collections::HashSet::new();
    assert!(path.iter().all(|id| seen.insert(*id)), "a token comes twice in {script:?}");
    let sizes = Sizes {
        vocab: 512,
        hidden: 512,
        heads: 1,
        kv_heads: 1,
        head_dim: 16,
        ffn: 16,
        layers: 1,
        context: 512,
    };
    let bytes = gguf(&sizes, false, &mut |name, rows, columns| {
        let mut values = vec![if rows == 0 { 1.0 } else { 0.0 }; rows.max(1) * columns];
        if name == "token_embd.weight" {
            (0..rows).for_each(|id| values[id * columns + id] = 1.0);
        } else if name == "output.weight" {
            for pair in path.windows(2) {
                values[pair[1] as usize * columns + pair[0] as usize] = 1.0;
            }
        }
        values
    });
    load(bytes, template)
}
