//! How long each token lasts, and the melody and loudness over all of them.

use candle_core::{D, DType, Tensor};
use candle_nn::ops;

use super::blocks::StyledBlock;
use super::config::Config;
use super::layers::{AdaLayerNorm, Conv1d, Linear, Steps};
use super::recurrent::BiLstm;
use super::weights::Weights;
use crate::Result;

/// Gives each token's state the style and its neighbours.
pub(super) struct DurationEncoder(Vec<(BiLstm, AdaLayerNorm)>);

impl DurationEncoder {
    fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (width, style) = (config.hidden, config.style);
        let layer = |n: usize| -> Result<(BiLstm, AdaLayerNorm)> {
            let name = |n: usize| format!("predictor.text_encoder.lstms.{n}");
            Ok((
                weights.bi_lstm(&name(2 * n), width + style, width / 2)?,
                weights.ada_layer_norm(&name(2 * n + 1), width, style)?,
            ))
        };
        (0..config.layers).map(layer).collect::<Result<_>>().map(Self)
    }

    /// `[time, hidden]` to `[time, hidden + style]`, the style itself last.
    pub(super) fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let spread = style.to_dtype(rows.dtype())?.unsqueeze(0)?;
        let spread = spread.broadcast_as((rows.dim(0)?, style.dim(0)?))?;
        let with_style =
            |rows: &Tensor| -> Result<Tensor> { Ok(Tensor::cat(&[rows, &spread], D::Minus1)?) };
        let mut rows = with_style(rows)?;
        for (lstm, norm) in &self.0 {
            rows = with_style(&norm.forward(&lstm.forward(&rows)?, style)?)?;
        }
        Ok(rows)
    }
}

/// The melody and loudness of a whole utterance, in f32, two values for each unit of duration.
pub(super) struct Curves {
    /// The fundamental frequency in Hz, `[2·units]`; at most 10 where nothing is voiced.
    pub(super) pitch: Tensor,
    /// `[2·units]`.
    pub(super) loudness: Tensor,
}

pub(super) struct Prosody {
    pub(super) encoder: DurationEncoder,
    lstm: BiLstm,
    duration: Linear,
    shared: BiLstm,
    pitch: Curve,
    loudness: Curve,
}

/// One value for each moment, twice as many moments as come in.
struct Curve {
    blocks: [StyledBlock; 3],
    out: Conv1d,
}

impl Curve {
    fn load(weights: &Weights, name: &str, config: &Config) -> Result<Self> {
        let (width, half, style) = (config.hidden, config.hidden / 2, config.style);
        let block = |n: usize, channels, doubles| {
            StyledBlock::load(weights, &format!("predictor.{name}.{n}"), channels, style, doubles)
        };
        Ok(Self {
            blocks: [
                block(0, [width, width], false)?,
                block(1, [width, half], true)?,
                block(2, [half, half], false)?,
            ],
            out: weights.exact_conv(
                &format!("predictor.{name}_proj"),
                [1, half, 1],
                Steps::same(1, 1),
            )?,
        })
    }

    fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let mut rows = rows.clone();
        for block in &self.blocks {
            rows = block.forward(&rows, style)?;
        }
        Ok(self.out.forward(&rows)?.squeeze(1)?)
    }
}

impl Prosody {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (width, style) = (config.hidden, config.style);
        let lstm =
            |name: &str| weights.bi_lstm(&format!("predictor.{name}"), width + style, width / 2);
        Ok(Self {
            encoder: DurationEncoder::load(weights, config)?,
            lstm: lstm("lstm")?,
            duration: weights.linear(
                "predictor.duration_proj.linear_layer",
                config.longest,
                width,
            )?,
            shared: lstm("shared")?,
            pitch: Curve::load(weights, "F0", config)?,
            loudness: Curve::load(weights, "N", config)?,
        })
    }

    /// Units of each token before rounding and at normal speed, of what the encoder gave.
    pub(super) fn lengths(&self, encoded: &Tensor) -> Result<Vec<f32>> {
        let rows = self.duration.forward(&self.lstm.forward(encoded)?)?;
        let likely = ops::sigmoid(&rows.to_dtype(DType::F32)?)?;
        Ok(likely.sum(1)?.to_vec1()?)
    }

    /// The curves over what the encoder gave, each row repeated by its duration: `[units, width]`.
    pub(super) fn curves(&self, spread: &Tensor, style: &Tensor) -> Result<Curves> {
        let rows = self.shared.forward(spread)?;
        Ok(Curves {
            pitch: self.pitch.forward(&rows, style)?,
            loudness: self.loudness.forward(&rows, style)?,
        })
    }
}
