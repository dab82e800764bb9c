//! The network on a device, by candle's operations.
//!
//! Weights, activations and the caches of a decode are of the device's element type; scores of
//! attention become probabilities in f32, and so do logits. Only features, tokens, logits and the
//! attention that word times need cross over to main memory.

mod decoder;
mod encoder;
mod layers;
#[cfg(test)]
mod tests;

use candle_core::{DType, Tensor};

use super::config::Config;
use super::network::{Decoding, Network, Wanted};
use super::weights::Tensors;
use crate::Result;
use decoder::Decoder;
use encoder::Encoder;
pub(super) use layers::Target;

/// An encoder and a decoder on a device.
pub(super) struct TensorNetwork {
    encoder: Encoder,
    decoder: Decoder,
    target: Target,
    width: usize,
}

impl TensorNetwork {
    /// `alignment_heads` are in the order of their layers.
    pub(super) fn load(
        tensors: &Tensors,
        prefix: &str,
        config: &Config,
        alignment_heads: &[(usize, usize)],
        target: Target,
    ) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::load(tensors, prefix, config, &target)?,
            decoder: Decoder::load(tensors, prefix, config, alignment_heads, &target)?,
            target,
            width: config.width,
        })
    }
}

impl Network for TensorNetwork {
    fn encode(&self, features: &[f32]) -> Result<Vec<f32>> {
        let states = self.encoder.forward(features, &self.target)?;
        Ok(states.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
    }

    fn start(&self, states: &[f32]) -> Result<Box<dyn Decoding + '_>> {
        let shape = (states.len() / self.width, self.width);
        let states = Tensor::from_slice(states, shape, &self.target.device)?;
        Ok(Box::new(self.decoder.start(&states.to_dtype(self.target.dtype)?)?))
    }

    fn listen(&self, features: &[f32], wanted: Wanted<'_>) -> Result<Box<dyn Decoding + '_>> {
        wanted()?;
        Ok(Box::new(self.decoder.start(&self.encoder.forward(features, &self.target)?)?))
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }
}
