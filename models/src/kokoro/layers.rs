//! The heavy layers, each a small struct around its weights.
//!
//! Two layouts, both f32, row-major and of one utterance: maps `[channels, time]` for what convolves,
//! rows `[time, features]` for what looks at one moment or recurs. Every forward pass takes and gives
//! contiguous tensors.

use candle_core::{D, Tensor};
use candle_nn::ops;

use crate::Result;

/// What AdaIN and the normalisation of channels add to a variance, as the reference does.
const EPSILON: f64 = 1e-5;

/// A map from features to features: `y = x · Wᵀ + b`.
pub(super) struct Linear {
    /// `[inputs, outputs]`.
    weight: Tensor,
    /// `[outputs]`.
    bias: Tensor,
}

impl Linear {
    /// `weight` is `[outputs, inputs]`, as checkpoints hold it, and `bias` `[outputs]`.
    pub(super) fn new(weight: &Tensor, bias: Tensor) -> Result<Self> {
        Ok(Self { weight: weight.t()?.contiguous()?, bias })
    }

    /// `[time, inputs]` to `[time, outputs]`.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        Ok(rows.matmul(&self.weight)?.broadcast_add(&self.bias)?)
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
    /// Zeros before and after the map.
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
pub(super) struct Conv1d {
    /// `[outputs, inputs, kernel]`.
    weight: Tensor,
    /// `[outputs, 1]`.
    bias: Option<Tensor>,
    steps: Steps,
}

impl Conv1d {
    /// `weight` is `[outputs, inputs, kernel]`, `bias` `[outputs]`.
    pub(super) fn new(weight: &Tensor, bias: Option<Tensor>, steps: Steps) -> Result<Self> {
        // What candle multiplies by is the storage as it lies.
        let weight = weight.contiguous()?;
        let bias = bias.map(|bias| bias.unsqueeze(1)).transpose()?;
        Ok(Self { weight, bias, steps })
    }

    /// `[inputs, time]` to `[outputs, time']`, with
    /// `time' = (time + 2·padding − dilation·(kernel − 1) − 1) / stride + 1`.
    pub(super) fn forward(&self, map: &Tensor) -> Result<Tensor> {
        let Steps { stride, padding, dilation } = self.steps;
        let out = map.unsqueeze(0)?.conv1d(&self.weight, padding, stride, dilation, 1)?;
        let out = out.squeeze(0)?;
        Ok(match &self.bias {
            Some(bias) => out.broadcast_add(bias)?,
            None => out,
        })
    }

    /// [`forward`](Self::forward) plus `rest` of the same shape as the result.
    pub(super) fn forward_add(&self, map: &Tensor, rest: &Tensor) -> Result<Tensor> {
        Ok((self.forward(map)? + rest)?)
    }
}

/// A transposed convolution that makes `stride` moments of each.
pub(super) struct ConvTranspose1d {
    /// `[inputs, outputs, kernel]`.
    weight: Tensor,
    /// `[outputs, 1]`.
    bias: Tensor,
    stride: usize,
    /// Moments taken off either end.
    padding: usize,
}

impl ConvTranspose1d {
    /// `weight` is `[inputs, outputs, kernel]`, `bias` `[outputs]`; the kernel is as long as the
    /// stride or longer by an even number, which the padding takes off.
    pub(super) fn new(weight: &Tensor, bias: &Tensor, stride: usize) -> Result<Self> {
        let padding = (weight.dim(2)?.saturating_sub(stride)) / 2;
        Ok(Self { weight: weight.contiguous()?, bias: bias.unsqueeze(1)?, stride, padding })
    }

    /// `[inputs, time]` to `[outputs, stride·time]`.
    pub(super) fn forward(&self, map: &Tensor) -> Result<Tensor> {
        let time = map.dim(1)? * self.stride;
        // Candle's padded form takes a path without matrix products.
        let out = map.unsqueeze(0)?.conv_transpose1d(&self.weight, 0, 0, self.stride, 1, 1)?;
        let out = out.squeeze(0)?.narrow(1, self.padding, time)?;
        Ok(out.broadcast_add(&self.bias)?)
    }
}

/// Twice the moments, by a transposed convolution of each channel by itself: kernel 3, stride 2.
pub(super) struct Doubling {
    /// `[channels, 1]` each, by the place in the kernel.
    taps: [Tensor; 3],
    /// `[channels, 1]`.
    bias: Tensor,
}

impl Doubling {
    /// `weight` is `[channels, 1, 3]`, `bias` `[channels]`.
    pub(super) fn new(weight: &Tensor, bias: &Tensor) -> Result<Self> {
        let tap = |at| -> Result<Tensor> { Ok(weight.narrow(2, at, 1)?.squeeze(2)?.contiguous()?) };
        Ok(Self { taps: [tap(0)?, tap(1)?, tap(2)?], bias: bias.unsqueeze(1)? })
    }

    /// `[channels, time]` to `[channels, 2·time]`.
    pub(super) fn forward(&self, map: &Tensor) -> Result<Tensor> {
        let (channels, time) = map.dims2()?;
        let [next, here, previous] = &self.taps;
        let shifted = map.pad_with_zeros(1, 0, 1)?.narrow(1, 1, time)?;
        let even = map.broadcast_mul(here)?;
        let odd = (map.broadcast_mul(previous)? + shifted.broadcast_mul(next)?)?;
        let both = Tensor::stack(&[even, odd], 2)?.reshape((channels, 2 * time))?;
        Ok(both.broadcast_add(&self.bias)?)
    }
}

/// A periodic bend of each channel: `x + sin²(α·x)/α`.
pub(super) struct Snake {
    /// `[channels, 1]`.
    alpha: Tensor,
    /// `1/α`.
    inverse: Tensor,
}

impl Snake {
    /// `alpha` is `[channels]`.
    pub(super) fn new(alpha: &Tensor) -> Result<Self> {
        let alpha = alpha.unsqueeze(1)?;
        Ok(Self { inverse: alpha.recip()?, alpha })
    }

    fn forward(&self, map: &Tensor) -> Result<Tensor> {
        let wave = map.broadcast_mul(&self.alpha)?.sin()?.sqr()?;
        Ok((map + wave.broadcast_mul(&self.inverse)?)?)
    }
}

/// Adaptive instance normalisation: each channel of the whole utterance to a mean and a variance that
/// the style asks for.
pub(super) struct AdaIn {
    /// Style to scales less one, then shifts.
    style: Linear,
    /// `[channels, 1]` each.
    weight: Tensor,
    bias: Tensor,
}

impl AdaIn {
    /// `style` maps the style to `2·channels` features; `weight` and `bias`, `[channels]`, belong to
    /// the normalisation itself.
    pub(super) fn new(style: Linear, weight: &Tensor, bias: &Tensor) -> Result<Self> {
        Ok(Self { style, weight: weight.unsqueeze(1)?, bias: bias.unsqueeze(1)? })
    }

    fn forward(&self, map: &Tensor, style: &Tensor) -> Result<Tensor> {
        let channels = map.dim(0)?;
        let change = self.style.vector(style)?.unsqueeze(1)?;
        let scale = (change.narrow(0, 0, channels)? + 1.0)?;
        let shift = change.narrow(0, channels, channels)?;
        let centred = map.broadcast_sub(&map.mean_keepdim(1)?)?;
        let deviation = (centred.sqr()?.mean_keepdim(1)? + EPSILON)?.sqrt()?;
        let factor = ((&self.weight * &scale)? / deviation)?;
        let offset = ((&self.bias * &scale)? + shift)?;
        Ok(centred.broadcast_mul(&factor)?.broadcast_add(&offset)?)
    }

    /// Normalises a map `[channels, time]` for the style `[style]`, then bends it.
    pub(super) fn snake(&self, map: &Tensor, style: &Tensor, snake: &Snake) -> Result<Tensor> {
        snake.forward(&self.forward(map, style)?)
    }

    /// Normalises a map `[channels, time]` for the style `[style]`, then scales what is negative.
    pub(super) fn leaky(&self, map: &Tensor, style: &Tensor, slope: f64) -> Result<Tensor> {
        leaky_relu(&self.forward(map, style)?, slope)
    }
}

/// `x` where it is positive, else `slope·x`; a slope of 0 to 1.
pub(super) fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    Ok(ops::leaky_relu(x, slope)?)
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
        Ok(ops::layer_norm(rows, &self.weight, &self.bias, self.epsilon)?)
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
        Ok(ops::layer_norm(rows, &scale.contiguous()?, &shift.contiguous()?, EPSILON as f32)?)
    }
}

/// One direction of an LSTM; gates in the order input, forget, cell, output.
pub(super) struct Lstm {
    input: Linear,
    /// `[hidden, 4·hidden]`.
    recurrent: Tensor,
}

impl Lstm {
    /// `input` is `[4·hidden, inputs]`, `recurrent` `[4·hidden, hidden]`; `bias`, `[4·hidden]`, is the
    /// sum of the two that checkpoints hold.
    pub(super) fn new(input: &Tensor, recurrent: &Tensor, bias: Tensor) -> Result<Self> {
        Ok(Self { input: Linear::new(input, bias)?, recurrent: recurrent.t()?.contiguous()? })
    }

    /// The hidden states `[time, hidden]` of `[time, inputs]`, from the last moment to the first when
    /// `reversed`, but always listed from the first to the last.
    fn forward(&self, rows: &Tensor, reversed: bool) -> Result<Tensor> {
        let gates = self.input.forward(rows)?;
        let (time, hidden) = (gates.dim(0)?, self.recurrent.dim(0)?);
        let mut state = Tensor::zeros((1, hidden), rows.dtype(), rows.device())?;
        let mut cell = state.clone();
        let mut states = Vec::with_capacity(time);
        for step in 0..time {
            let at = if reversed { time - 1 - step } else { step };
            let gate = (gates.narrow(0, at, 1)? + state.matmul(&self.recurrent)?)?;
            let part = |n: usize| gate.narrow(1, n * hidden, hidden);
            let kept = (ops::sigmoid(&part(1)?)? * cell)?;
            cell = (kept + (ops::sigmoid(&part(0)?)? * part(2)?.tanh()?)?)?;
            state = (ops::sigmoid(&part(3)?)? * cell.tanh()?)?;
            states.push(state.clone());
        }
        if reversed {
            states.reverse();
        }
        Ok(Tensor::cat(&states, 0)?)
    }
}

/// An LSTM that reads the utterance from both ends.
pub(super) struct BiLstm {
    forward: Lstm,
    backward: Lstm,
}

impl BiLstm {
    /// The two directions.
    pub(super) fn new(forward: Lstm, backward: Lstm) -> Self {
        Self { forward, backward }
    }

    /// `[time, inputs]` to `[time, 2·hidden]`, the forward direction's states first.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let ahead = self.forward.forward(rows, false)?;
        let back = self.backward.forward(rows, true)?;
        Ok(Tensor::cat(&[ahead, back], D::Minus1)?)
    }
}
