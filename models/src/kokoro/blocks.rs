//! The two residual blocks that the style shapes.

use candle_core::Tensor;

use super::layers::{AdaIn, Conv1d, Doubling, Snake, Steps};
use super::weights::Weights;
use crate::Result;

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

    /// `[inputs, time]` to `[outputs, time]`, or twice the time.
    pub(super) fn forward(&self, map: &Tensor, style: &Tensor) -> Result<Tensor> {
        let mut inner = self.norms[0].leaky(map, style, SLOPE)?;
        let mut short = map.clone();
        if let Some(doubling) = &self.doubling {
            inner = doubling.forward(&inner)?;
            let (channels, time) = map.dims2()?;
            short = Tensor::stack(&[map, map], 2)?.reshape((channels, 2 * time))?;
        }
        if let Some(shortcut) = &self.shortcut {
            short = shortcut.forward(&short)?;
        }
        let inner = self.convs[0].forward(&inner)?;
        let inner = self.norms[1].leaky(&inner, style, SLOPE)?;
        let sum = self.convs[1].forward_add(&inner, &short)?;
        Ok((sum * std::f64::consts::FRAC_1_SQRT_2)?)
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
                weights.conv(&part(layer), [channels, channels, kernel], steps)
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

    /// `[channels, time]` to the same.
    pub(super) fn forward(&self, map: &Tensor, style: &Tensor) -> Result<Tensor> {
        let mut map = map.clone();
        for Round { norms, snakes, convs } in &self.rounds {
            let inner = norms[0].snake(&map, style, &snakes[0])?;
            let inner = convs[0].forward(&inner)?;
            let inner = norms[1].snake(&inner, style, &snakes[1])?;
            map = convs[1].forward_add(&inner, &map)?;
        }
        Ok(map)
    }
}
