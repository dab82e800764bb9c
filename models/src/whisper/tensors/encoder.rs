//! The audio encoder: two convolutions and a stack of pre-norm transformer layers.

use candle_core::Tensor;

use super::super::config::Config;
use super::super::network::check_frames;
use super::super::weights::Tensors;
use super::layers::{Attention, Mlp, Norm, Target};
use crate::Result;

/// Frames under a filter.
const KERNEL: usize = 3;

/// A convolution over time, and a GELU.
struct Conv {
    /// `[outputs, inputs, KERNEL]`.
    weight: Tensor,
    /// `[outputs, 1]`.
    bias: Tensor,
    stride: usize,
}

impl Conv {
    fn load(
        tensors: &Tensors,
        name: &str,
        [outputs, inputs]: [usize; 2],
        stride: usize,
        target: &Target,
    ) -> Result<Self> {
        let shape = [outputs, inputs, KERNEL];
        let bias = target.tensor(tensors, &format!("{name}.bias"), &shape[..1])?;
        let weight = target.tensor(tensors, &format!("{name}.weight"), &shape)?;
        Ok(Self { weight, bias: bias.unsqueeze(1)?, stride })
    }

    /// `[1, inputs, frames]` to `[1, outputs, frames / stride]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let out = x.conv1d(&self.weight, KERNEL / 2, self.stride, 1, 1)?;
        Ok(out.broadcast_add(&self.bias)?.gelu_erf()?)
    }
}

struct Layer {
    attention: Attention,
    mlp: Mlp,
}

pub(super) struct Encoder {
    mels: usize,
    convs: [Conv; 2],
    /// `[positions, width]`.
    positions: Tensor,
    layers: Vec<Layer>,
    norm: Norm,
}

impl Encoder {
    pub(super) fn load(
        tensors: &Tensors,
        prefix: &str,
        config: &Config,
        target: &Target,
    ) -> Result<Self> {
        let d = config.width;
        let name = |part: &str| format!("{prefix}encoder.{part}");
        let layer = |index: usize| -> Result<Layer> {
            let name = name(&format!("layers.{index}"));
            let sizes = [d, config.encoder_heads];
            Ok(Layer {
                attention: Attention::load(tensors, &name, "self_attn", sizes, target)?,
                mlp: Mlp::load(tensors, &name, [d, config.encoder_hidden], target)?,
            })
        };
        let positions = [config.audio_positions, d];
        Ok(Self {
            mels: config.mels,
            convs: [
                Conv::load(tensors, &name("conv1"), [d, config.mels], 1, target)?,
                Conv::load(tensors, &name("conv2"), [d, d], 2, target)?,
            ],
            positions: target.tensor(tensors, &name("embed_positions.weight"), &positions)?,
            layers: (0..config.encoder_layers).map(layer).collect::<Result<_>>()?,
            norm: Norm::load(tensors, &name("layer_norm"), d, target)?,
        })
    }

    /// Encodes `[frames, mels]` features into `[frames / 2, width]` states.
    ///
    /// # Errors
    /// As [`check_frames`]; [`crate::Error::Tensor`] from the device.
    pub(super) fn forward(&self, features: &[f32], target: &Target) -> Result<Tensor> {
        let frames = check_frames(features, self.mels, self.positions.dim(0)?)?;
        let x = Tensor::from_slice(features, (1, frames, self.mels), &target.device)?;
        let x = x.to_dtype(target.dtype)?.transpose(1, 2)?.contiguous()?;
        let [first, second] = &self.convs;
        let x = second.forward(&first.forward(&x)?)?.squeeze(0)?.t()?.contiguous()?;
        let mut x = (x + self.positions.narrow(0, 0, frames / 2)?)?;
        for Layer { attention, mlp } in &self.layers {
            let normed = attention.normed(&x)?;
            let [keys, values] = attention.keys_values(&normed)?;
            let [_, change] =
                attention.attend(&attention.queries(&normed)?, [&keys, &values], None)?;
            x = (x + change)?;
            x = (&x + mlp.forward(&x)?)?;
        }
        self.norm.forward(&x)
    }
}
