//! Random networks for the tests of several modules.

use std::io::{Seek, Write};
use std::sync::Arc;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::Qwen3;

pub(crate) const HIDDEN: usize = 256;
pub(crate) const LAYERS: usize = 2;
pub(crate) const VOCAB: usize = 256;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD_DIM: usize = 64;

/// Random numbers, the same each time.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Within ±1.
    fn uniform(&mut self) -> f32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// About normal, of variance 1.
    fn normal(&mut self) -> f32 {
        self.uniform() + self.uniform() + self.uniform()
    }

    pub(crate) fn tokens(&mut self, len: usize) -> Vec<u32> {
        (0..len).map(|_| ((self.uniform() + 1.0) / 2.0 * VOCAB as f32) as u32).collect()
    }
}

/// Numbers of variance 1, the same each time.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut noise = Noise::new(seed);
    (0..len).map(|_| noise.normal()).collect()
}

/// The matrix type of each tensor: as in files named after the type, where Q4_K stands for Q4_K_M.
fn dtype_of(name: &str, dtype: GgmlDType) -> GgmlDType {
    let finer = ["token_embd", "blk.0.attn_v", "blk.0.ffn_down"];
    if dtype == GgmlDType::Q4K && finer.iter().any(|part| name.starts_with(part)) {
        return GgmlDType::Q6K;
    }
    dtype
}

/// Draws the weights of a network, each matrix of type `dtype` with values that this type can hold.
///
/// Every part matters: no near-zero weights, sharp attention.
fn draw(dtype: GgmlDType, seed: u64) -> Vec<(String, QTensor)> {
    let mut noise = Noise::new(seed);
    let (q_rows, kv_rows) = (HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM);
    let mut tensors = Vec::new();
    let mut matrix = |name: String, rows: usize, cols: usize, scale: f32| {
        let values: Vec<f32> = (0..rows * cols).map(|_| scale * noise.normal()).collect();
        let values = Tensor::from_vec(values, (rows, cols), &Device::Cpu).unwrap();
        let tensor = QTensor::quantize(&values, dtype_of(&name, dtype)).unwrap();
        tensors.push((name, tensor));
    };
    let even = (HIDDEN as f32).sqrt().recip();
    matrix("token_embd.weight".into(), VOCAB, HIDDEN, 1.0);
    for layer in 0..LAYERS {
        for (part, rows) in [
            ("attn_q", q_rows),
            ("attn_k", kv_rows),
            ("attn_v", kv_rows),
            ("attn_output", HIDDEN),
            ("ffn_gate", HIDDEN),
            ("ffn_up", HIDDEN),
            ("ffn_down", HIDDEN),
        ] {
            matrix(format!("blk.{layer}.{part}.weight"), rows, HIDDEN, even);
        }
    }
    let mut vector = |name: String, len: usize, middle: f32| {
        let values: Vec<f32> = (0..len).map(|_| middle + noise.uniform() / 2.0).collect();
        let values = Tensor::from_vec(values, len, &Device::Cpu).unwrap();
        tensors.push((name, QTensor::quantize(&values, GgmlDType::F32).unwrap()));
    };
    vector("output_norm.weight".into(), HIDDEN, 1.0);
    for layer in 0..LAYERS {
        let parts = [
            ("attn_norm", HIDDEN, 1.0),
            ("ffn_norm", HIDDEN, 1.0),
            ("attn_q_norm", HEAD_DIM, 1.5),
            ("attn_k_norm", HEAD_DIM, 1.5),
        ];
        for (part, len, middle) in parts {
            vector(format!("blk.{layer}.{part}.weight"), len, middle);
        }
    }
    tensors
}

fn load(tensors: &[(String, QTensor)]) -> Arc<Qwen3> {
    let size = |value: usize| Value::U32(u32::try_from(value).unwrap());
    let metadata = [
        ("general.architecture", Value::String("qwen3".into())),
        ("qwen3.block_count", size(LAYERS)),
        ("qwen3.context_length", size(4096)),
        ("qwen3.embedding_length", size(HIDDEN)),
        ("qwen3.feed_forward_length", size(HIDDEN)),
        ("qwen3.attention.head_count", size(HEADS)),
        ("qwen3.attention.head_count_kv", size(KV_HEADS)),
        ("qwen3.attention.key_length", size(HEAD_DIM)),
        ("qwen3.attention.value_length", size(HEAD_DIM)),
        ("qwen3.rope.freq_base", Value::F32(1e6)),
        ("qwen3.attention.layer_norm_rms_epsilon", Value::F32(1e-6)),
    ];
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let mut bytes = std::io::Cursor::new(Vec::new());
    gguf_file::write(&mut bytes, &metadata, &tensors).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes.get_ref()).unwrap();
    file.rewind().unwrap();
    Qwen3::load_gguf(file.path()).unwrap()
}

/// A random network with matrices of type `dtype`.
pub(crate) fn network(dtype: GgmlDType, seed: u64) -> Arc<Qwen3> {
    load(&draw(dtype, seed))
}

/// The same network with the same weights, held in single precision.
pub(crate) fn dequantised(dtype: GgmlDType, seed: u64) -> Arc<Qwen3> {
    let mut tensors = draw(dtype, seed);
    for (_, tensor) in &mut tensors {
        let values = tensor.dequantize(&Device::Cpu).unwrap();
        *tensor = QTensor::quantize(&values, GgmlDType::F32).unwrap();
    }
    load(&tensors)
}
