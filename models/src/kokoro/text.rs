//! What the decoder reads of each token.

use candle_core::Tensor;

use super::config::Config;
use super::layers::{Conv1d, LayerNorm, Steps, leaky_relu};
use super::recurrent::BiLstm;
use super::weights::Weights;
use crate::Result;

const SLOPE: f64 = 0.2;
const EPSILON: f32 = 1e-5;

pub(super) struct TextEncoder {
    /// `[tokens, hidden]`.
    embedding: Tensor,
    convs: Vec<(Conv1d, LayerNorm)>,
    lstm: BiLstm,
}

impl TextEncoder {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (width, kernel) = (config.hidden, config.text_kernel);
        let conv = |n: usize| -> Result<(Conv1d, LayerNorm)> {
            let name = |part: usize| format!("text_encoder.cnn.{n}.{part}");
            let steps = Steps::same(kernel, 1);
            let conv = weights.conv(&name(0), [width, width, kernel], steps)?;
            Ok((conv, weights.layer_norm(&name(1), ["gamma", "beta"], width, EPSILON)?))
        };
        let shape = [config.tokens, width];
        Ok(Self {
            embedding: weights.tensor("text_encoder.embedding.weight", &shape)?,
            convs: (0..config.layers).map(conv).collect::<Result<_>>()?,
            lstm: weights.bi_lstm("text_encoder.lstm", width, width / 2)?,
        })
    }

    /// Token ids `[time]`, each below the number of tokens, to rows `[time, hidden]`.
    pub(super) fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let mut rows = self.embedding.index_select(ids, 0)?;
        for (conv, norm) in &self.convs {
            rows = leaky_relu(&norm.forward(&conv.forward(&rows)?)?, SLOPE)?;
        }
        self.lstm.forward(&rows)
    }
}
