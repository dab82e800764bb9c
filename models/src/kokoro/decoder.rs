//! From tokens spread over time, with melody and loudness, to what the generator makes sound of.

use candle_core::Tensor;

use super::Watch;
use super::blocks::StyledBlock;
use super::config::Config;
use super::layers::{Conv1d, Steps};
use super::prosody::Curves;
use super::weights::Weights;
use crate::Result;

/// Blocks after the first; the last doubles the moments.
const BLOCKS: usize = 4;

pub(super) struct Decoder {
    pitch: Conv1d,
    loudness: Conv1d,
    encode: StyledBlock,
    /// Fewer channels of the text, which every block hears again.
    again: Conv1d,
    blocks: Vec<StyledBlock>,
}

impl Decoder {
    pub(super) fn load(weights: &Weights, config: &Config) -> Result<Self> {
        let (width, style) = (config.hidden, config.style);
        let out = config.generator.channels;
        // The configuration names neither width.
        let inner = weights.kernel("decoder.encode.conv1")?[0];
        let few = weights.kernel("decoder.asr_res.0")?[0];
        let halving = Steps { stride: 2, padding: 1, dilation: 1 };
        let block = |n: usize| {
            let is_last = n + 1 == BLOCKS;
            let channels = [inner + 2 + few, if is_last { out } else { inner }];
            StyledBlock::load(weights, &format!("decoder.decode.{n}"), channels, style, is_last)
        };
        Ok(Self {
            pitch: weights.exact_conv("decoder.F0_conv", [1, 1, 3], halving)?,
            loudness: weights.exact_conv("decoder.N_conv", [1, 1, 3], halving)?,
            encode: StyledBlock::load(weights, "decoder.encode", [width + 2, inner], style, false)?,
            again: weights.conv("decoder.asr_res.0", [few, width, 1], Steps::same(1, 1))?,
            blocks: (0..BLOCKS).map(block).collect::<Result<_>>()?,
        })
    }

    /// `text` `[units, hidden]` to `[2·units, channels]`.
    pub(super) fn forward(
        &self,
        text: &Tensor,
        curves: &Curves,
        style: &Tensor,
        watch: Watch<'_>,
    ) -> Result<Tensor> {
        let halved = |conv: &Conv1d, curve: &Tensor| -> Result<Tensor> {
            Ok(conv.forward(&curve.unsqueeze(1)?)?.to_dtype(text.dtype())?)
        };
        let pitch = halved(&self.pitch, &curves.pitch)?;
        let loudness = halved(&self.loudness, &curves.loudness)?;
        let again = self.again.forward(text)?;
        let mut rows = self.encode.forward(&Tensor::cat(&[text, &pitch, &loudness], 1)?, style)?;
        for block in &self.blocks {
            super::done(watch, "decoder")?;
            rows = block.forward(&Tensor::cat(&[&rows, &again, &pitch, &loudness], 1)?, style)?;
        }
        super::done(watch, "decoder")?;
        Ok(rows)
    }
}
