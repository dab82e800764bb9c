//! The tensors of a checkpoint by their published names, whichever file format holds them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use safetensors::Dtype;

use super::layers::{
    AdaIn, AdaLayerNorm, Conv1d, ConvTranspose1d, Doubling, LayerNorm, Linear, Snake, Steps,
};
use super::recurrent::{BiLstm, Lstm};
use crate::device::Compute;
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
    /// Whether the layers are kernels of main memory.
    kernels: bool,
    device: Device,
    dtype: DType,
}

impl Weights {
    /// Reads the headers of a file of `torch.save`, or of safetensors where its name ends so.
    pub(super) fn open(file: &File, compute: &Compute) -> Result<Self> {
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
        let kernels = compute.device().is_none();
        let device = compute.device().cloned().unwrap_or(Device::Cpu);
        Ok(Self { path, bytes, entries, kernels, device, dtype: compute.dtype() })
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

    /// The values of a tensor, in main memory.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
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

    /// Values as a tensor of the network's device and `dtype`.
    fn place(&self, values: Vec<f32>, shape: &[usize], dtype: DType) -> Result<Tensor> {
        // The element type is changed before the transfer, which is then no longer than it need be.
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?;
        Ok(tensor.to_dtype(dtype)?.to_device(&self.device)?)
    }

    /// A tensor of the network's element type.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.place(self.values(name, shape)?, shape, self.dtype)
    }

    /// A tensor in f32, whatever the network computes in.
    fn exact(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.place(self.values(name, shape)?, shape, DType::F32)
    }

    /// A vector in f32, or one number everywhere where the checkpoint leaves it out.
    fn vector_or(&self, name: &str, length: usize, default: f32) -> Result<Tensor> {
        if self.entries.contains_key(name) {
            return self.exact(name, &[length]);
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
    fn normed(&self, layer: &str, shape: [usize; 3], dtype: DType) -> Result<Tensor> {
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
        self.place(values, &shape, dtype)
    }

    pub(super) fn linear(&self, layer: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        let weight = self.tensor(&format!("{layer}.weight"), &[outputs, inputs])?;
        let bias = self.tensor(&format!("{layer}.bias"), &[outputs])?;
        Linear::new(&weight, bias, self.method(Method::Direct))
    }

    /// The way of a kernel of main memory; none where candle computes.
    fn method(&self, method: Method) -> Option<Method> {
        self.kernels.then_some(method)
    }

    fn conv_of(
        &self,
        layer: &str,
        shape: [usize; 3],
        steps: Steps,
        method: Method,
        dtype: DType,
    ) -> Result<Conv1d> {
        let bias = self.values(&format!("{layer}.bias"), &shape[..1])?;
        let bias = self.place(bias, &shape[..1], dtype)?;
        let weight = self.normed(layer, shape, dtype)?;
        Conv1d::new(&weight, Some(bias), steps, self.method(method))
    }

    /// `shape` is `[outputs, inputs, kernel]`.
    pub(super) fn conv(&self, layer: &str, shape: [usize; 3], steps: Steps) -> Result<Conv1d> {
        self.conv_of(layer, shape, steps, Method::Direct, self.dtype)
    }

    /// [`Self::conv`] in f32, whatever the network computes in: for what is hertz.
    pub(super) fn exact_conv(
        &self,
        layer: &str,
        shape: [usize; 3],
        steps: Steps,
    ) -> Result<Conv1d> {
        self.conv_of(layer, shape, steps, Method::Direct, DType::F32)
    }

    /// [`Self::fast_conv`] in f32, whatever the network computes in: for what is logarithms and
    /// angles.
    pub(super) fn exact_fast_conv(
        &self,
        layer: &str,
        shape: [usize; 3],
        steps: Steps,
    ) -> Result<Conv1d> {
        self.conv_of(layer, shape, steps, Method::Toom, DType::F32)
    }

    /// [`Self::conv`] with half the products and twice the rounding, for many moments of few channels.
    pub(super) fn fast_conv(&self, layer: &str, shape: [usize; 3], steps: Steps) -> Result<Conv1d> {
        self.conv_of(layer, shape, steps, Method::Toom, self.dtype)
    }

    /// A convolution of one moment each, without a bias.
    pub(super) fn pointwise(&self, layer: &str, outputs: usize, inputs: usize) -> Result<Conv1d> {
        let weight = self.normed(layer, [outputs, inputs, 1], self.dtype)?;
        Conv1d::new(&weight, None, Steps::same(1, 1), self.method(Method::Direct))
    }

    /// `shape` is `[inputs, outputs, kernel]`.
    pub(super) fn conv_transpose(
        &self,
        layer: &str,
        shape: [usize; 3],
        stride: usize,
    ) -> Result<ConvTranspose1d> {
        let bias = self.tensor(&format!("{layer}.bias"), &shape[1..2])?;
        let weight = self.normed(layer, shape, self.dtype)?;
        ConvTranspose1d::new(&weight, &bias, stride, self.kernels)
    }

    pub(super) fn doubling(&self, layer: &str, channels: usize) -> Result<Doubling> {
        let bias = self.tensor(&format!("{layer}.bias"), &[channels])?;
        Doubling::new(&self.normed(layer, [channels, 1, 3], self.dtype)?, &bias)
    }

    pub(super) fn snake(&self, name: &str, channels: usize) -> Result<Snake> {
        Snake::new(&self.exact(name, &[1, channels, 1])?.flatten_all()?)
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
            let input = self.exact(&name("weight_ih"), &[4 * hidden, inputs])?;
            let recurrent = self.exact(&name("weight_hh"), &[4 * hidden, hidden])?;
            let bias = (self.exact(&name("bias_ih"), &[4 * hidden])?
                + self.exact(&name("bias_hh"), &[4 * hidden])?)?;
            Ok(Lstm { input, recurrent, bias })
        };
        BiLstm::new([lstm("")?, lstm("_reverse")?], self.kernels)
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
