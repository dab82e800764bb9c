//! The heavy layers, each a small struct around its weights.
//!
//! One layout: rows `[time, channels]` of one utterance, contiguous. On the processor the layers are
//! the kernels of [`crate::ops`], in f32, with weights packed at load; on a device they are candle's,
//! each in the element type of its weights. There the moments of normalisations, snakes and whatever a
//! recurrent layer remembers are f32 in any case.

use candle_core::{DType, Storage, Tensor};
use candle_nn::ops as nn;

use crate::Result;
use crate::ops::conv::{self, Method, Shape};
use crate::ops::rows::{Activation, Affine, Alpha, Moments, Tail, double};

/// What AdaIN and the normalisation of channels add to a variance, as the reference does.
const EPSILON: f64 = 1e-5;

/// What `f` makes of the values of a tensor; `None` where they are not in main memory.
pub(super) fn with_values<T>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> T) -> Result<Option<T>> {
    if !tensor.device().is_cpu() {
        return Ok(None);
    }
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else { return Ok(None) };
    let values = storage.as_slice::<f32>()?;
    Ok(layout.contiguous_offsets().map(|(start, end)| f(&values[start..end])))
}

/// The values of a vector.
fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.to_vec1()?)
}

/// A map from features to features: `y = x · Wᵀ + b`.
pub(super) struct Linear(Conv1d);

impl Linear {
    /// `weight` is `[outputs, inputs]`, as checkpoints hold it, and `bias` `[outputs]`; as
    /// [`Conv1d::new`].
    pub(super) fn new(weight: &Tensor, bias: Tensor, method: Option<Method>) -> Result<Self> {
        Ok(Self(Conv1d::new(&weight.unsqueeze(2)?, Some(bias), Steps::same(1, 1), method)?))
    }

    /// `[time, inputs]` to `[time, outputs]`.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        self.0.forward(rows)
    }

    /// `[inputs]` to `[outputs]`.
    pub(super) fn vector(&self, features: &Tensor) -> Result<Tensor> {
        Ok(self.forward(&features.unsqueeze(0)?)?.squeeze(0)?)
    }
}

/// How a convolution walks over time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) stride: usize,
    /// Zeros before and after the rows.
    pub(super) padding: usize,
    pub(super) dilation: usize,
}

impl Steps {
    /// One step at a time, as many outputs as inputs; `kernel` is odd.
    pub(super) fn same(kernel: usize, dilation: usize) -> Self {
        Self { stride: 1, padding: (kernel * dilation - dilation) / 2, dilation }
    }
}

/// A convolution over time of every channel with every channel.
pub(super) struct Conv1d(Convolution);

enum Convolution {
    Packed(conv::Conv1d),
    Plain {
        /// `[outputs, inputs, kernel]`.
        weight: Tensor,
        /// `[outputs]`.
        bias: Option<Tensor>,
        steps: Steps,
    },
}

impl Conv1d {
    /// `weight` is `[outputs, inputs, kernel]`, `bias` `[outputs]`, in f32 and in main memory for a
    /// kernel's `method`; candle computes without one.
    pub(super) fn new(
        weight: &Tensor,
        bias: Option<Tensor>,
        steps: Steps,
        method: Option<Method>,
    ) -> Result<Self> {
        let Some(method) = method else {
            // What candle multiplies by is the storage as it lies.
            let weight = weight.contiguous()?;
            return Ok(Self(Convolution::Plain { weight, bias, steps }));
        };
        let (outputs, inputs, kernel) = weight.dims3()?;
        let Steps { stride, padding, dilation } = steps;
        let shape = Shape { inputs, outputs, kernel, stride, padding, dilation };
        let bias = bias.as_ref().map(values).transpose()?;
        let weight = weight.flatten_all()?.to_vec1::<f32>()?;
        let packed = conv::Conv1d::new(shape, &weight, bias.as_deref(), method);
        Ok(Self(Convolution::Packed(packed)))
    }

    /// The kernel, where it is one of main memory.
    pub(super) fn packed(&self) -> Option<&conv::Conv1d> {
        match &self.0 {
            Convolution::Packed(packed) => Some(packed),
            Convolution::Plain { .. } => None,
        }
    }

    /// `[time, inputs]` to `[time', outputs]`, with
    /// `time' = (time + 2·padding − dilation·(kernel − 1) − 1) / stride + 1`.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        match &self.0 {
            Convolution::Packed(packed) => {
                let Shape { outputs, .. } = packed.shape();
                let time = packed.shape().rows(rows.dim(0)?);
                let mut out = vec![0.0; time * outputs];
                with_values(rows, |x| {
                    packed.forward(x, Activation::None, Tail::default(), &mut out);
                })?;
                Ok(Tensor::from_vec(out, (time, outputs), rows.device())?)
            }
            Convolution::Plain { weight, bias, steps: Steps { stride, padding, dilation } } => {
                let map = rows.to_dtype(weight.dtype())?.t()?.unsqueeze(0)?.contiguous()?;
                let out = map.conv1d(weight, *padding, *stride, *dilation, 1)?;
                let out = out.squeeze(0)?.t()?.contiguous()?;
                Ok(match bias {
                    Some(bias) => out.broadcast_add(bias)?,
                    None => out,
                })
            }
        }
    }
}

/// A transposed convolution that makes `stride` moments of each.
pub(super) struct ConvTranspose1d {
    kind: Transposed,
    stride: usize,
    /// Moments taken off either end.
    padding: usize,
}

enum Transposed {
    Packed(conv::Conv1d),
    Plain {
        /// `[inputs, outputs, kernel]`.
        weight: Tensor,
        /// `[outputs]`.
        bias: Tensor,
    },
}

impl ConvTranspose1d {
    /// `weight` is `[inputs, outputs, kernel]`, `bias` `[outputs]`; the kernel is as long as the
    /// stride or longer by an even number, which the padding takes off. For `kernels` both are in f32
    /// and in main memory.
    pub(super) fn new(
        weight: &Tensor,
        bias: &Tensor,
        stride: usize,
        kernels: bool,
    ) -> Result<Self> {
        let shape = weight.dims3()?;
        let kind = if kernels {
            let weight = weight.flatten_all()?.to_vec1::<f32>()?;
            Transposed::Packed(conv::Conv1d::transposed(shape, stride, &weight, &values(bias)?))
        } else {
            Transposed::Plain { weight: weight.contiguous()?, bias: bias.clone() }
        };
        Ok(Self { kind, stride, padding: shape.2.saturating_sub(stride) / 2 })
    }

    /// The kernel, where it is one of main memory, and the rows to be taken off either end of what it
    /// gives.
    pub(super) fn packed(&self) -> Option<(&conv::Conv1d, usize)> {
        match &self.kind {
            Transposed::Packed(packed) => Some((packed, self.padding)),
            Transposed::Plain { .. } => None,
        }
    }

    /// `[time, inputs]` to `[stride·time, outputs]` by candle; where [`Self::packed`] gives nothing.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let time = rows.dim(0)? * self.stride;
        match &self.kind {
            Transposed::Packed(packed) => {
                let outputs = packed.shape().outputs;
                let steps = packed.shape().rows(rows.dim(0)?);
                let mut out = vec![0.0; steps * outputs];
                with_values(rows, |x| {
                    packed.forward(x, Activation::None, Tail::default(), &mut out);
                })?;
                let out = Tensor::from_vec(
                    out,
                    (steps * self.stride, outputs / self.stride),
                    rows.device(),
                )?;
                Ok(out.narrow(0, self.padding, time)?)
            }
            Transposed::Plain { weight, bias } => {
                let map = rows.to_dtype(weight.dtype())?.t()?.unsqueeze(0)?.contiguous()?;
                // Candle's padded form takes a path without matrix products.
                let out = map.conv_transpose1d(weight, 0, 0, self.stride, 1, 1)?.squeeze(0)?;
                let out = out.narrow(1, self.padding, time)?.t()?.contiguous()?;
                Ok(out.broadcast_add(bias)?)
            }
        }
    }
}

/// Twice the moments, by a transposed convolution of each channel by itself: kernel 3, stride 2.
pub(super) struct Doubling {
    /// `[channels]` each: what a moment gives to the one after it, to itself, and to the one before.
    taps: [Tensor; 3],
    /// `[channels]`.
    bias: Tensor,
}

impl Doubling {
    /// `weight` is `[channels, 1, 3]`, `bias` `[channels]`.
    pub(super) fn new(weight: &Tensor, bias: &Tensor) -> Result<Self> {
        let tap = |at| -> Result<Tensor> { Ok(weight.narrow(2, at, 1)?.flatten_all()?) };
        Ok(Self { taps: [tap(2)?, tap(1)?, tap(0)?], bias: bias.clone() })
    }

    /// `[time, channels]` to `[2·time, channels]`.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let (time, channels) = rows.dims2()?;
        let [previous, here, next] = &self.taps;
        let shifted = rows.pad_with_zeros(0, 0, 1)?.narrow(0, 1, time)?;
        let even = rows.broadcast_mul(here)?;
        let odd = (rows.broadcast_mul(previous)? + shifted.broadcast_mul(next)?)?;
        let both = Tensor::stack(&[even, odd], 1)?.reshape((2 * time, channels))?;
        Ok(both.broadcast_add(&self.bias)?)
    }

    /// [`Self::forward`] for rows in main memory.
    pub(super) fn packed(&self, rows: &[f32]) -> Result<Vec<f32>> {
        let [previous, here, next] = &self.taps;
        let taps = [values(previous)?, values(here)?, values(next)?];
        let mut out = vec![0.0; 2 * rows.len()];
        double(rows, taps.each_ref().map(Vec::as_slice), &values(&self.bias)?, &mut out);
        Ok(out)
    }
}

/// A periodic bend of each channel: `x + sin²(α·x)/α`.
pub(super) struct Snake {
    /// `[channels]`.
    alpha: Tensor,
    packed: Alpha,
}

impl Snake {
    /// `alpha` is `[channels]`, in f32.
    pub(super) fn new(alpha: &Tensor) -> Result<Self> {
        Ok(Self { alpha: alpha.clone(), packed: Alpha::new(values(alpha)?) })
    }

    /// What the kernels take.
    pub(super) fn packed(&self) -> &Alpha {
        &self.packed
    }

    /// In f32.
    fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let wave = rows.broadcast_mul(&self.alpha)?.sin()?.sqr()?;
        Ok((rows + wave.broadcast_div(&self.alpha)?)?)
    }
}

/// Adaptive instance normalisation: each channel of the whole utterance to a mean and a variance that
/// the style asks for.
pub(super) struct AdaIn {
    /// Style to scales less one, then shifts.
    style: Linear,
    /// `[channels]` each.
    weight: Tensor,
    bias: Tensor,
}

/// What a normalisation does to each channel: `x · scale + shift`.
pub(super) struct Change {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Change {
    /// As the kernels take it.
    pub(super) fn affine(&self) -> Affine<'_> {
        Affine { scale: &self.scale, shift: &self.shift }
    }
}

impl AdaIn {
    /// `style` maps the style to `2·channels` features; `weight` and `bias`, `[channels]`, belong to
    /// the normalisation itself, in f32.
    pub(super) fn new(style: Linear, weight: &Tensor, bias: &Tensor) -> Result<Self> {
        Ok(Self { style, weight: weight.clone(), bias: bias.clone() })
    }

    /// The scale and the shift of normalised channels.
    fn wanted(&self, style: &Tensor) -> Result<(Tensor, Tensor)> {
        let channels = self.weight.dim(0)?;
        let change = self.style.vector(style)?.to_dtype(DType::F32)?;
        let scale = (change.narrow(0, 0, channels)? + 1.0)?;
        let shift = ((&self.bias * &scale)? + change.narrow(0, channels, channels)?)?;
        Ok(((&self.weight * scale)?, shift))
    }

    /// What is to be done to channels that have these moments, for the style `[style]`.
    pub(super) fn change(&self, moments: &Moments, style: &Tensor) -> Result<Change> {
        let (scale, shift) = self.wanted(style)?;
        let (mut scale, mut shift) = (values(&scale)?, values(&shift)?);
        let of = moments.mean.iter().zip(&moments.variance);
        for ((scale, shift), (mean, variance)) in scale.iter_mut().zip(&mut shift).zip(of) {
            *scale /= (variance + EPSILON as f32).sqrt();
            *shift -= mean * *scale;
        }
        Ok(Change { scale, shift })
    }

    /// In f32.
    fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let (scale, shift) = self.wanted(style)?;
        let rows = rows.to_dtype(DType::F32)?;
        let centred = rows.broadcast_sub(&rows.mean_keepdim(0)?)?;
        let deviation = (centred.sqr()?.mean(0)? + EPSILON)?.sqrt()?;
        Ok(centred.broadcast_mul(&(scale / deviation)?)?.broadcast_add(&shift)?)
    }

    /// Normalises rows `[time, channels]` for the style `[style]`, then bends them.
    pub(super) fn snake(&self, rows: &Tensor, style: &Tensor, snake: &Snake) -> Result<Tensor> {
        Ok(snake.forward(&self.forward(rows, style)?)?.to_dtype(rows.dtype())?)
    }

    /// Normalises rows `[time, channels]` for the style `[style]`, then scales what is negative.
    pub(super) fn leaky(&self, rows: &Tensor, style: &Tensor, slope: f64) -> Result<Tensor> {
        Ok(leaky_relu(&self.forward(rows, style)?, slope)?.to_dtype(rows.dtype())?)
    }
}

/// `x` where it is positive, else `slope·x`; a slope of 0 to 1.
pub(super) fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    Ok(nn::leaky_relu(x, slope)?)
}

/// Normalisation of the features of each moment, with weights of its own.
pub(super) struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl LayerNorm {
    /// `weight` and `bias` are `[features]`.
    pub(super) fn new(weight: Tensor, bias: Tensor, epsilon: f32) -> Self {
        Self { weight, bias, epsilon }
    }

    /// `[time, features]` to the same.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(nn::layer_norm(rows, &self.weight, &self.bias, self.epsilon)?)
    }
}

/// Normalisation of the features of each moment to a mean and a variance that the style asks for.
pub(super) struct AdaLayerNorm {
    /// Style to scales less one, then shifts.
    style: Linear,
}

impl AdaLayerNorm {
    /// `style` maps the style to `2·features` features.
    pub(super) fn new(style: Linear) -> Self {
        Self { style }
    }

    /// `[time, features]` to the same, for the style `[style]`.
    pub(super) fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let features = rows.dim(1)?;
        let change = self.style.vector(style)?;
        let scale = (change.narrow(0, 0, features)? + 1.0)?;
        let shift = change.narrow(0, features, features)?;
        Ok(nn::layer_norm(rows, &scale.contiguous()?, &shift.contiguous()?, EPSILON as f32)?)
    }
}
