//! Layers that read an utterance from both ends.

use candle_core::{D, DType, Tensor};
use candle_nn::ops as nn;

use super::layers::with_values;
use crate::Result;
use crate::ops::lstm;

/// The weights of one direction of an LSTM, in f32; gates in the order input, forget, cell, output.
pub(super) struct Lstm {
    /// `[4·hidden, inputs]`.
    pub(super) input: Tensor,
    /// `[4·hidden, hidden]`.
    pub(super) recurrent: Tensor,
    /// `[4·hidden]`, the sum of the two that checkpoints hold.
    pub(super) bias: Tensor,
}

impl Lstm {
    /// The hidden states `[time, hidden]` of `[time, inputs]`, from the last moment to the first when
    /// `reversed`, but always listed from the first to the last.
    fn forward(&self, rows: &Tensor, reversed: bool) -> Result<Tensor> {
        let gates = rows.matmul(&self.input.t()?)?.broadcast_add(&self.bias)?;
        let recurrent = self.recurrent.t()?;
        let (time, hidden) = (gates.dim(0)?, recurrent.dim(0)?);
        let mut state = Tensor::zeros((1, hidden), DType::F32, rows.device())?;
        let mut cell = state.clone();
        let mut states = Vec::with_capacity(time);
        for step in 0..time {
            let at = if reversed { time - 1 - step } else { step };
            let gate = (gates.narrow(0, at, 1)? + state.matmul(&recurrent)?)?;
            let part = |n: usize| gate.narrow(1, n * hidden, hidden);
            let kept = (nn::sigmoid(&part(1)?)? * cell)?;
            cell = (kept + (nn::sigmoid(&part(0)?)? * part(2)?.tanh()?)?)?;
            state = (nn::sigmoid(&part(3)?)? * cell.tanh()?)?;
            states.push(state.clone());
        }
        if reversed {
            states.reverse();
        }
        Ok(Tensor::cat(&states, 0)?)
    }
}

/// An LSTM that reads the utterance from both ends.
pub(super) enum BiLstm {
    Packed(lstm::BiLstm),
    Plain([Lstm; 2]),
}

impl BiLstm {
    /// Forward, then backward; for `kernels` in main memory.
    pub(super) fn new(directions: [Lstm; 2], kernels: bool) -> Result<Self> {
        if !kernels {
            return Ok(Self::Plain(directions));
        }
        let flat = |tensor: &Tensor| tensor.flatten_all()?.to_vec1::<f32>();
        let [ahead, back] = directions.each_ref().map(|Lstm { input, recurrent, bias }| {
            Ok::<_, candle_core::Error>([flat(input)?, flat(recurrent)?, flat(bias)?])
        });
        let sets = [ahead?, back?];
        let (inputs, hidden) = (directions[0].input.dim(1)?, directions[0].recurrent.dim(1)?);
        let packed = sets.each_ref().map(|set| {
            let [input, recurrent, bias] = set;
            lstm::Direction { input, recurrent, bias }
        });
        Ok(Self::Packed(lstm::BiLstm::new(inputs, hidden, packed)))
    }

    /// `[time, inputs]` to `[time, 2·hidden]`, the forward direction's states first.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        match self {
            Self::Packed(lstm) => {
                let time = rows.dim(0)?;
                let mut out = vec![0.0; time * lstm.width()];
                with_values(rows, |x| lstm.forward(x, &mut out))?;
                Ok(Tensor::from_vec(out, (time, lstm.width()), rows.device())?)
            }
            Self::Plain([ahead, back]) => {
                let exact = rows.to_dtype(DType::F32)?;
                let both = [ahead.forward(&exact, false)?, back.forward(&exact, true)?];
                Ok(Tensor::cat(&both, D::Minus1)?.to_dtype(rows.dtype())?)
            }
        }
    }
}
