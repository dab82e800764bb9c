//! The language model over phonemes: [ALBERT](https://arxiv.org/abs/1909.11942), one layer run several
//! times.

use candle_core::{D, DType, IndexOp, Tensor};
use candle_nn::ops;

use super::Watch;
use super::config::Config;
use super::layers::{LayerNorm, Linear};
use super::weights::Weights;
use crate::Result;

/// The format's default, which published configurations keep.
const EPSILON: f32 = 1e-12;

pub(super) struct Albert {
    /// `[tokens, embedding]`.
    words: Tensor,
    /// `[positions, embedding]`, the embedding of the only segment added.
    positions: Tensor,
    norm: LayerNorm,
    widen: Linear,
    layer: Layer,
    layers: usize,
    /// To the width of the rest of the network.
    out: Linear,
}

struct Layer {
    heads: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    dense: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
}

impl Albert {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let sizes = &config.albert;
        let (width, embedding) = (sizes.hidden, sizes.embedding);
        let table = |name: &str, rows: usize| {
            weights.tensor(&format!("bert.embeddings.{name}.weight"), &[rows, embedding])
        };
        let norm = |name: &str, size| {
            weights.layer_norm(&format!("bert.{name}"), ["weight", "bias"], size, EPSILON)
        };
        const LAYER: &str = "encoder.albert_layer_groups.0.albert_layers.0";
        let linear = |name: &str, outputs, inputs| {
            weights.linear(&format!("bert.{LAYER}.{name}"), outputs, inputs)
        };
        let segment = table("token_type_embeddings", 2)?.narrow(0, 0, 1)?;
        let positions = table("position_embeddings", sizes.positions)?.broadcast_add(&segment)?;
        Ok(Self {
            words: table("word_embeddings", config.tokens)?,
            positions,
            norm: norm("embeddings.LayerNorm", embedding)?,
            widen: weights.linear("bert.encoder.embedding_hidden_mapping_in", width, embedding)?,
            layer: Layer {
                heads: sizes.heads,
                query: linear("attention.query", width, width)?,
                key: linear("attention.key", width, width)?,
                value: linear("attention.value", width, width)?,
                dense: linear("attention.dense", width, width)?,
                attention_norm: norm(&format!("{LAYER}.attention.LayerNorm"), width)?,
                inner: linear("ffn", sizes.inner, width)?,
                outer: linear("ffn_output", width, sizes.inner)?,
                norm: norm(&format!("{LAYER}.full_layer_layer_norm"), width)?,
            },
            layers: sizes.layers,
            out: weights.linear("bert_encoder", config.hidden, width)?,
        })
    }

    /// States `[time, width]` of the token ids `[time]`, each below the number of tokens.
    pub(super) fn states(&self, ids: &Tensor, watch: Watch<'_>) -> Result<Tensor> {
        let words = self.words.index_select(ids, 0)?;
        let rows = (words + self.positions.i(..ids.dim(0)?)?)?;
        let mut rows = self.widen.forward(&self.norm.forward(&rows)?)?;
        for _ in 0..self.layers {
            rows = self.layer.forward(&rows)?;
            super::done(watch, "albert")?;
        }
        Ok(rows)
    }

    /// [`states`](Self::states) in the width of the rest of the network, `[time, hidden]`.
    pub(super) fn forward(&self, ids: &Tensor, watch: Watch<'_>) -> Result<Tensor> {
        self.out.forward(&self.states(ids, watch)?)
    }
}

impl Layer {
    fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let attended = self.dense.forward(&self.attend(rows)?)?;
        let rows = self.attention_norm.forward(&(attended + rows)?)?;
        // Of the two forms, candle's `gelu` is the one by a hyperbolic tangent.
        let inner = self.inner.forward(&rows)?.gelu()?;
        self.norm.forward(&(self.outer.forward(&inner)? + rows)?)
    }

    fn attend(&self, rows: &Tensor) -> Result<Tensor> {
        let (time, width) = rows.dims2()?;
        let size = width / self.heads;
        let heads = |linear: &Linear| -> Result<Tensor> {
            let split = linear.forward(rows)?.reshape((time, self.heads, size))?;
            Ok(split.transpose(0, 1)?.contiguous()?)
        };
        let (query, key, value) = (heads(&self.query)?, heads(&self.key)?, heads(&self.value)?);
        let scores = (query.matmul(&key.t()?)? / (size as f64).sqrt())?;
        let likely = ops::softmax(&scores.to_dtype(DType::F32)?, D::Minus1)?;
        let mixed = likely.to_dtype(value.dtype())?.matmul(&value)?;
        Ok(mixed.transpose(0, 1)?.reshape((time, width))?)
    }
}
