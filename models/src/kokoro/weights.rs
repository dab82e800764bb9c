//! The tensors of a checkpoint by their published names, whichever file format holds them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::{Device, Tensor};
use safetensors::Dtype;

use super::layers::{
    AdaIn, AdaLayerNorm, Conv1d, ConvTranspose1d, Doubling, LayerNorm, Linear, Snake, Steps,
};
use super::recurrent::{BiLstm, Lstm};
use crate::files::safetensors::{Safetensors, TensorInfo};
use crate::files::torch::{TorchFile, TorchTensor};
use crate::files::{Bytes, File};
use crate::ops::conv::Method;
use crate::{Error, Result};

enum Entry {
    Safetensors(TensorInfo),
    Torch(TorchTensor),
}

impl Entry {
    fn shape(&self) -> &[usize] {
        match self {
            Self::Safetensors(tensor) => &tensor.shape,
            Self::Torch(tensor) => &tensor.shape,
        }
    }

    /// The elements as f32, or the name of a type that is none of a weight.
    fn values(&self, bytes: &[u8]) -> Result<Vec<f32>, String> {
        match self {
            Self::Torch(tensor) => {
                tensor.values(bytes).ok_or_else(|| format!("elements {:?}", tensor.element))
            }
            Self::Safetensors(tensor) => {
                let data = &bytes[tensor.range.clone()];
                let pairs = || data.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
                // The format's other types are no weights of ours.
                #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign list that may grow")]
                match tensor.dtype {
                    Dtype::F32 => Ok(bytemuck::pod_collect_to_vec(data)),
                    Dtype::F16 => Ok(pairs().map(|h| half::f16::from_bits(h).to_f32()).collect()),
                    Dtype::BF16 => Ok(pairs().map(|h| half::bf16::from_bits(h).to_f32()).collect()),
                    other => Err(format!("elements {other:?}")),
                }
            }
        }
    }
}

/// A checkpoint's tensors.
pub(super) struct Weights {
    path: PathBuf,
    bytes: Bytes,
    entries: BTreeMap<String, Entry>,
    device: Device,
}

impl Weights {
    /// Reads the headers of a file of `torch.save`, or of safetensors where its name ends so.
    pub(super) fn open(file: &File, device: &Device) -> Result<Self> {
        let bytes = file.open()?;
        let path = file.path().to_path_buf();
        let mut entries = BTreeMap::new();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            for (name, tensor) in Safetensors::read(&path, &bytes)?.tensors() {
                entries.insert(plain(name), Entry::Safetensors(tensor.clone()));
            }
        } else {
            for (name, tensor) in TorchFile::read(&path, &bytes)?.tensors() {
                entries.insert(plain(name), Entry::Torch(tensor.clone()));
            }
        }
        Ok(Self { path, bytes, entries, device: device.clone() })
    }

    fn fault(&self, name: &str, found: String, expected: String) -> Error {
        Error::file(&self.path, format!("tensor `{name}`"), found, expected)
    }

    /// The dimensions of a tensor that has `rank` of them.
    pub(super) fn shape(&self, name: &str, rank: usize) -> Result<&[usize]> {
        let expected = || format!("a tensor of {rank} dimensions");
        match self.entries.get(name).map(Entry::shape) {
            None => Err(self.fault(name, "nothing".into(), expected())),
            Some(shape) if shape.len() == rank => Ok(shape),
            Some(shape) => Err(self.fault(name, format!("shape {shape:?}"), expected())),
        }
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let Some(entry) = self.entries.get(name) else {
            return Err(self.fault(name, "nothing".into(), format!("a tensor of shape {shape:?}")));
        };
        if entry.shape() != shape {
            let found = format!("shape {:?}", entry.shape());
            return Err(self.fault(name, found, format!("shape {shape:?}")));
        }
        entry
            .values(&self.bytes)
            .map_err(|found| self.fault(name, found, "F32, F16 or BF16 elements".into()))
    }

    /// A tensor as it is.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        Ok(Tensor::from_vec(self.values(name, shape)?, shape, &self.device)?)
    }

    /// A vector, or one number everywhere where the checkpoint leaves it out.
    fn vector_or(&self, name: &str, length: usize, default: f32) -> Result<Tensor> {
        if self.entries.contains_key(name) {
            return self.tensor(name, &[length]);
        }
        Ok(Tensor::full(default, length, &self.device)?)
    }

    /// The name under which the weight of `layer` has its own shape.
    fn direction(&self, layer: &str) -> String {
        let names = ["weight_v", "parametrizations.weight.original1", "weight"];
        let mut names = names.map(|name| format!("{layer}.{name}")).into_iter();
        let found = names.find(|name| self.entries.contains_key(name));
        found.unwrap_or_else(|| format!("{layer}.weight_v"))
    }

    /// The dimensions of the weight of a convolution.
    pub(super) fn kernel(&self, layer: &str) -> Result<&[usize]> {
        self.shape(&self.direction(layer), 3)
    }

    /// The weight of a convolution: whole, or as a length and a direction for each of its first
    /// dimension, which weight normalisation leaves behind.
    fn normed(&self, layer: &str, shape: [usize; 3]) -> Result<Tensor> {
        let name = self.direction(layer);
        let mut values = self.values(&name, &shape)?;
        let lengths = match name.strip_prefix(layer) {
            Some(".weight_v") => "weight_g",
            Some(".parametrizations.weight.original1") => "parametrizations.weight.original0",
            _ => "",
        };
        if !lengths.is_empty() {
            let lengths = self.values(&format!("{layer}.{lengths}"), &[shape[0], 1, 1])?;
            for (direction, length) in values.chunks_exact_mut(shape[1] * shape[2]).zip(lengths) {
                let squares: f64 = direction.iter().map(|&x| f64::from(x).powi(2)).sum();
                let factor = length / squares.sqrt() as f32;
                direction.iter_mut().for_each(|x| *x *= factor);
            }
        }
        Ok(Tensor::from_vec(values, &shape, &self.device)?)
    }

    pub(super) fn linear(&self, layer: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        let weight = self.tensor(&format!("{layer}.weight"), &[outputs, inputs])?;
        Linear::new(&weight, self.tensor(&format!("{layer}.bias"), &[outputs])?)
    }

    /// `shape` is `[outputs, inputs, kernel]`.
    pub(super) fn conv(&self, layer: &str, shape: [usize; 3], steps: Steps) -> Result<Conv1d> {
        let bias = self.tensor(&format!("{layer}.bias"), &shape[..1])?;
        Conv1d::new(&self.normed(layer, shape)?, Some(bias), steps, Method::Direct)
    }

    /// [`Self::conv`] with half the products and twice the rounding, for many moments of few channels.
    pub(super) fn fast_conv(&self, layer: &str, shape: [usize; 3], steps: Steps) -> Result<Conv1d> {
        let bias = self.tensor(&format!("{layer}.bias"), &shape[..1])?;
        Conv1d::new(&self.normed(layer, shape)?, Some(bias), steps, Method::Toom)
    }

    /// A convolution of one moment each, without a bias.
    pub(super) fn pointwise(&self, layer: &str, outputs: usize, inputs: usize) -> Result<Conv1d> {
        let weight = self.normed(layer, [outputs, inputs, 1])?;
        Conv1d::new(&weight, None, Steps::same(1, 1), Method::Direct)
    }

    /// `shape` is `[inputs, outputs, kernel]`.
    pub(super) fn conv_transpose(
        &self,
        layer: &str,
        shape: [usize; 3],
        stride: usize,
    ) -> Result<ConvTranspose1d> {
        let bias = self.tensor(&format!("{layer}.bias"), &shape[1..2])?;
        ConvTranspose1d::new(&self.normed(layer, shape)?, &bias, stride)
    }

    pub(super) fn doubling(&self, layer: &str, channels: usize) -> Result<Doubling> {
        let bias = self.tensor(&format!("{layer}.bias"), &[channels])?;
        Doubling::new(&self.normed(layer, [channels, 1, 3])?, &bias)
    }

    pub(super) fn snake(&self, name: &str, channels: usize) -> Result<Snake> {
        Snake::new(&self.tensor(name, &[1, channels, 1])?.flatten_all()?)
    }

    pub(super) fn ada_in(&self, layer: &str, channels: usize, style: usize) -> Result<AdaIn> {
        let fc = self.linear(&format!("{layer}.fc"), 2 * channels, style)?;
        // Published checkpoints were trained without the norm's own weights.
        let weight = self.vector_or(&format!("{layer}.norm.weight"), channels, 1.0)?;
        let bias = self.vector_or(&format!("{layer}.norm.bias"), channels, 0.0)?;
        AdaIn::new(fc, &weight, &bias)
    }

    pub(super) fn ada_layer_norm(
        &self,
        layer: &str,
        features: usize,
        style: usize,
    ) -> Result<AdaLayerNorm> {
        Ok(AdaLayerNorm::new(self.linear(&format!("{layer}.fc"), 2 * features, style)?))
    }

    /// `names` are those of the weight and the bias.
    pub(super) fn layer_norm(
        &self,
        layer: &str,
        names: [&str; 2],
        features: usize,
        epsilon: f32,
    ) -> Result<LayerNorm> {
        let [weight, bias] = names.map(|name| self.tensor(&format!("{layer}.{name}"), &[features]));
        Ok(LayerNorm::new(weight?, bias?, epsilon))
    }

    pub(super) fn bi_lstm(&self, layer: &str, inputs: usize, hidden: usize) -> Result<BiLstm> {
        let lstm = |suffix: &str| -> Result<Lstm> {
            let name = |part: &str| format!("{layer}.{part}_l0{suffix}");
            let input = self.tensor(&name("weight_ih"), &[4 * hidden, inputs])?;
            let recurrent = self.tensor(&name("weight_hh"), &[4 * hidden, hidden])?;
            let bias = (self.tensor(&name("bias_ih"), &[4 * hidden])?
                + self.tensor(&name("bias_hh"), &[4 * hidden])?)?;
            Ok(Lstm { input, recurrent, bias })
        };
        BiLstm::new([lstm("")?, lstm("_reverse")?])
    }
}

/// A tensor's name without the `module.` that training on several devices leaves before it.
fn plain(name: &str) -> String {
    let name = name.strip_prefix("module.").unwrap_or(name);
    match name.split_once('.') {
        Some((part, rest)) => format!("{part}.{}", rest.strip_prefix("module.").unwrap_or(rest)),
        None => name.to_string(),
    }
}
