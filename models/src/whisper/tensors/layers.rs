//! What encoder and decoder are built of.

use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops;

use super::super::weights::Tensors;
use crate::Result;

/// What a normalisation adds to a variance.
const EPSILON: f32 = 1e-5;

/// A device, and the element type of what lies there.
#[derive(Clone)]
pub(in super::super) struct Target {
    pub(in super::super) device: Device,
    pub(in super::super) dtype: DType,
}

impl Target {
    /// A tensor of a checkpoint.
    pub(super) fn tensor(&self, from: &Tensors, name: &str, shape: &[usize]) -> Result<Tensor> {
        // The element type is changed before the transfer, which is then no longer than it need be.
        let tensor = Tensor::from_vec(from.values(name, shape)?, shape, &Device::Cpu)?;
        Ok(tensor.to_dtype(self.dtype)?.to_device(&self.device)?)
    }
}

/// A map from features to features: `y = x · Wᵀ + b`.
pub(super) struct Linear {
    /// `[outputs, inputs]`.
    weight: Tensor,
    /// `[outputs]`.
    bias: Option<Tensor>,
}

impl Linear {
    /// The layer `name` of `shape` `[outputs, inputs]`.
    pub(super) fn load(
        tensors: &Tensors,
        name: &str,
        shape: [usize; 2],
        bias: bool,
        target: &Target,
    ) -> Result<Self> {
        let bias = bias.then(|| target.tensor(tensors, &format!("{name}.bias"), &shape[..1]));
        let weight = target.tensor(tensors, &format!("{name}.weight"), &shape)?;
        Ok(Self { weight, bias: bias.transpose()? })
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let product = x.matmul(&self.weight.t()?)?;
        Ok(match &self.bias {
            Some(bias) => product.broadcast_add(bias)?,
            None => product,
        })
    }
}

/// A normalisation of the features of each row.
pub(super) struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    pub(super) fn load(
        tensors: &Tensors,
        name: &str,
        width: usize,
        target: &Target,
    ) -> Result<Self> {
        let part = |part: &str| target.tensor(tensors, &format!("{name}.{part}"), &[width]);
        Ok(Self { weight: part("weight")?, bias: part("bias")? })
    }

    /// `[rows, width]` to the same; the moments are summed in f32 whatever the element type.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(ops::layer_norm(x, &self.weight, &self.bias, EPSILON)?)
    }
}

/// Two maps with a GELU between them.
pub(super) struct Mlp {
    norm: Norm,
    up: Linear,
    down: Linear,
}

impl Mlp {
    /// The part of the layer `name` after its attentions.
    pub(super) fn load(
        tensors: &Tensors,
        name: &str,
        [width, hidden]: [usize; 2],
        target: &Target,
    ) -> Result<Self> {
        let linear = |part: &str, shape| {
            Linear::load(tensors, &format!("{name}.{part}"), shape, true, target)
        };
        Ok(Self {
            norm: Norm::load(tensors, &format!("{name}.final_layer_norm"), width, target)?,
            up: linear("fc1", [hidden, width])?,
            down: linear("fc2", [width, hidden])?,
        })
    }

    /// What is to be added to `x` `[rows, width]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        // Of the two forms, `gelu_erf` is the one that Whisper was trained with.
        self.down.forward(&self.up.forward(&self.norm.forward(x)?)?.gelu_erf()?)
    }
}

/// The maps of an attention and the normalisation before it.
pub(super) struct Attention {
    heads: usize,
    norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

impl Attention {
    /// The attention `part` of the layer `name`.
    pub(super) fn load(
        tensors: &Tensors,
        name: &str,
        part: &str,
        [width, heads]: [usize; 2],
        target: &Target,
    ) -> Result<Self> {
        let linear = |map: &str, bias| {
            Linear::load(tensors, &format!("{name}.{part}.{map}"), [width, width], bias, target)
        };
        Ok(Self {
            heads,
            norm: Norm::load(tensors, &format!("{name}.{part}_layer_norm"), width, target)?,
            query: linear("q_proj", true)?,
            key: linear("k_proj", false)?,
            value: linear("v_proj", true)?,
            output: linear("out_proj", true)?,
        })
    }

    pub(super) fn normed(&self, x: &Tensor) -> Result<Tensor> {
        self.norm.forward(x)
    }

    /// Scaled queries of normalised rows, `[heads, rows, size]`.
    pub(super) fn queries(&self, normed: &Tensor) -> Result<Tensor> {
        let size = normed.dim(D::Minus1)? / self.heads;
        split(&(self.query.forward(normed)? * (1.0 / (size as f64).sqrt()))?, self.heads)
    }

    /// Keys and values of rows, `[heads, rows, size]` each.
    pub(super) fn keys_values(&self, rows: &Tensor) -> Result<[Tensor; 2]> {
        let split = |linear: &Linear| split(&linear.forward(rows)?, self.heads);
        Ok([split(&self.key)?, split(&self.value)?])
    }

    /// Probabilities `[heads, queries, keys]` in f32, with `mask` `[queries, keys]` added to their
    /// scores, and what is to be added to the rows, `[queries, width]`.
    pub(super) fn attend(
        &self,
        query: &Tensor,
        [keys, values]: [&Tensor; 2],
        mask: Option<&Tensor>,
    ) -> Result<[Tensor; 2]> {
        let mut scores = query.matmul(&keys.t()?)?.to_dtype(DType::F32)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let probabilities = ops::softmax_last_dim(&scores)?;
        let mixed = probabilities.to_dtype(values.dtype())?.matmul(values)?;
        let (heads, rows, size) = mixed.dims3()?;
        let mixed = mixed.transpose(0, 1)?.reshape((rows, heads * size))?;
        Ok([probabilities, self.output.forward(&mixed)?])
    }
}

/// `[rows, heads · size]` to `[heads, rows, size]`.
fn split(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    Ok(x.reshape((rows, heads, width / heads))?.transpose(0, 1)?.contiguous()?)
}
