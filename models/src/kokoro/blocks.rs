//! The two residual blocks that the style shapes.

use candle_core::Tensor;

use super::layers::{AdaIn, Conv1d, Doubling, Snake, Steps, with_values};
use super::packed;
use super::weights::Weights;
use crate::Result;
use crate::ops::conv;
use crate::ops::rows::{Activation, Moments, Tail};

const SLOPE: f64 = 0.2;

/// Two convolutions beside a short cut; of the predictor and the decoder.
pub(super) struct StyledBlock {
    norms: [AdaIn; 2],
    convs: [Conv1d; 2],
    /// Twice the moments between the first norm and the first convolution.
    doubling: Option<Doubling>,
    /// Where the number of channels changes.
    shortcut: Option<Conv1d>,
}

impl StyledBlock {
    /// `channels` are those that come in and go out.
    pub(super) fn load(
        weights: &Weights,
        name: &str,
        channels: [usize; 2],
        style: usize,
        doubles: bool,
    ) -> Result<Self> {
        let [inputs, outputs] = channels;
        let part = |part: &str| format!("{name}.{part}");
        let conv = |layer: &str, inputs| {
            weights.conv(&part(layer), [outputs, inputs, 3], Steps::same(3, 1))
        };
        let doubling = doubles.then(|| weights.doubling(&part("pool"), inputs)).transpose()?;
        let shortcut = (inputs != outputs)
            .then(|| weights.pointwise(&part("conv1x1"), outputs, inputs))
            .transpose()?;
        Ok(Self {
            norms: [
                weights.ada_in(&part("norm1"), inputs, style)?,
                weights.ada_in(&part("norm2"), outputs, style)?,
            ],
            convs: [conv("conv1", inputs)?, conv("conv2", outputs)?],
            doubling,
            shortcut,
        })
    }

    /// `[time, inputs]` to `[time, outputs]`, or twice the time.
    pub(super) fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let mut short = rows.clone();
        if self.doubling.is_some() {
            let (time, channels) = rows.dims2()?;
            short = Tensor::stack(&[rows, rows], 1)?.reshape((2 * time, channels))?;
        }
        if let Some(shortcut) = &self.shortcut {
            short = shortcut.forward(&short)?;
        }
        if let [Some(first), Some(second)] = self.convs.each_ref().map(Conv1d::packed) {
            return self.packed([first, second], rows, &short, style);
        }
        let mut inner = self.norms[0].leaky(rows, style, SLOPE)?;
        if let Some(doubling) = &self.doubling {
            inner = doubling.forward(&inner)?;
        }
        let inner = self.convs[0].forward(&inner)?;
        let inner = self.norms[1].leaky(&inner, style, SLOPE)?;
        let sum = (self.convs[1].forward(&inner)? + short)?;
        Ok((sum * std::f64::consts::FRAC_1_SQRT_2)?)
    }

    /// [`Self::forward`] by kernels of main memory, given what goes past them.
    fn packed(
        &self,
        [first, second]: [&conv::Conv1d; 2],
        rows: &Tensor,
        short: &Tensor,
        style: &Tensor,
    ) -> Result<Tensor> {
        let slope = SLOPE as f32;
        let (time, inputs) = rows.dims2()?;
        let outputs = second.shape().outputs;
        let moments = with_values(rows, |rows| Moments::of(rows, inputs))?;
        let Some(moments) = moments else { return Ok(short.clone()) };
        let change = self.norms[0].change(&moments, style)?;
        let bent = Activation::AffineLeaky(change.affine(), slope);
        let time = if self.doubling.is_some() { 2 * time } else { time };
        let mut inner = vec![0.0; time * outputs];
        let moments = with_values(rows, |rows| {
            let Some(doubling) = &self.doubling else {
                return Ok(first.forward_measured(rows, bent, Tail::default(), &mut inner));
            };
            let mut plain = vec![0.0; rows.len()];
            bent.apply(rows, inputs, &mut plain, inputs);
            let doubled = doubling.packed(&plain)?;
            let none = Activation::None;
            Ok::<_, crate::Error>(first.forward_measured(
                &doubled,
                none,
                Tail::default(),
                &mut inner,
            ))
        })?;
        let Some(moments) = moments.transpose()? else { return Ok(short.clone()) };
        let change = self.norms[1].change(&moments, style)?;
        let bent = Activation::AffineLeaky(change.affine(), slope);
        let mut out = vec![0.0; inner.len()];
        with_values(short, |short| {
            let factor = Some(std::f32::consts::FRAC_1_SQRT_2);
            let tail = Tail { residual: Some(short), factor, ..Tail::default() };
            second.forward(&inner, bent, tail, &mut out);
        })?;
        Ok(Tensor::from_vec(out, (time, outputs), rows.device())?)
    }
}

/// Three rounds of two convolutions, each added to what came in; of the generator.
pub(super) struct SnakeBlock {
    rounds: [Round; 3],
}

struct Round {
    norms: [AdaIn; 2],
    snakes: [Snake; 2],
    convs: [Conv1d; 2],
}

impl Round {
    fn packed(&self) -> Option<packed::Round<'_>> {
        let [first, second] = self.convs.each_ref().map(Conv1d::packed);
        Some(packed::Round {
            norms: self.norms.each_ref(),
            snakes: self.snakes.each_ref().map(Snake::packed),
            convs: [first?, second?],
        })
    }
}

impl SnakeBlock {
    pub(super) fn load(
        weights: &Weights,
        name: &str,
        channels: usize,
        kernel: usize,
        dilations: [usize; 3],
        style: usize,
    ) -> Result<Self> {
        let round = |n: usize| -> Result<Round> {
            let part = |part: &str| format!("{name}.{part}.{n}");
            let conv = |layer: &str, dilation| {
                let steps = Steps::same(kernel, dilation);
                weights.fast_conv(&part(layer), [channels, channels, kernel], steps)
            };
            Ok(Round {
                norms: [
                    weights.ada_in(&part("adain1"), channels, style)?,
                    weights.ada_in(&part("adain2"), channels, style)?,
                ],
                snakes: [
                    weights.snake(&part("alpha1"), channels)?,
                    weights.snake(&part("alpha2"), channels)?,
                ],
                convs: [conv("convs1", dilations[n])?, conv("convs2", 1)?],
            })
        };
        Ok(Self { rounds: [round(0)?, round(1)?, round(2)?] })
    }

    /// The kernels, where they are those of main memory.
    pub(super) fn packed(&self) -> Option<packed::SnakeBlock<'_>> {
        let [first, second, third] = self.rounds.each_ref().map(Round::packed);
        Some(packed::SnakeBlock([first?, second?, third?]))
    }

    /// `[time, channels]` to the same, by candle.
    pub(super) fn forward(&self, rows: &Tensor, style: &Tensor) -> Result<Tensor> {
        let mut rows = rows.clone();
        for Round { norms, snakes, convs } in &self.rounds {
            let inner = norms[0].snake(&rows, style, &snakes[0])?;
            let inner = convs[0].forward(&inner)?;
            let inner = norms[1].snake(&inner, style, &snakes[1])?;
            rows = (convs[1].forward(&inner)? + rows)?;
        }
        Ok(rows)
    }
}
