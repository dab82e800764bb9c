//! Layers that read an utterance from both ends.

use candle_core::{DType, Tensor};
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

/// Both directions by candle, in the same operations: a step on a device costs what those cost to begin,
/// however small they are.
pub(super) struct Plain {
    /// `[2·4·hidden, inputs]`.
    input: Tensor,
    /// `[2, 4·hidden, hidden]`.
    recurrent: Tensor,
    /// `[2·4·hidden]`.
    bias: Tensor,
}

impl Plain {
    /// Forward, then backward.
    fn new(directions: [Lstm; 2]) -> Result<Self> {
        let [ahead, back] = &directions;
        Ok(Self {
            input: Tensor::cat(&[&ahead.input, &back.input], 0)?,
            recurrent: Tensor::stack(&[&ahead.recurrent, &back.recurrent], 0)?,
            bias: Tensor::cat(&[&ahead.bias, &back.bias], 0)?,
        })
    }

    /// `[time, inputs]` in f32 to `[time, 2·hidden]`.
    fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let (time, hidden) = (rows.dim(0)?, self.recurrent.dim(2)?);
        let last_first: Vec<u32> = (0..time as u32).rev().collect();
        let last_first = Tensor::new(last_first, rows.device())?;
        let gates = rows.matmul(&self.input.t()?)?.broadcast_add(&self.bias)?;
        let ahead = gates.narrow(1, 0, 4 * hidden)?;
        let back = gates.narrow(1, 4 * hidden, 4 * hidden)?.contiguous()?;
        let back = back.index_select(&last_first, 0)?;
        // `[time, 2, 1, 4·hidden]`, each direction in the order in which it reads.
        let gates = Tensor::stack(&[ahead, back], 1)?.unsqueeze(2)?;
        let recurrent = self.recurrent.transpose(1, 2)?;
        let mut state = Tensor::zeros((2, 1, hidden), DType::F32, rows.device())?;
        let mut cell = state.clone();
        let mut states = Vec::with_capacity(time);
        for step in 0..time {
            let gate = (gates.get(step)? + state.matmul(&recurrent)?)?;
            let open = nn::sigmoid(&gate)?;
            let part = |of: &Tensor, n: usize| of.narrow(2, n * hidden, hidden);
            let new = (part(&open, 0)? * part(&gate, 2)?.tanh()?)?;
            cell = ((part(&open, 1)? * cell)? + new)?;
            state = (part(&open, 3)? * cell.tanh()?)?;
            states.push(state.clone());
        }
        let states = Tensor::cat(&states, 1)?;
        let back = states.get(1)?.index_select(&last_first, 0)?;
        Ok(Tensor::cat(&[states.get(0)?, back], 1)?)
    }
}

/// An LSTM that reads the utterance from both ends.
pub(super) enum BiLstm {
    Packed(Box<lstm::BiLstm>),
    Plain(Plain),
}

impl BiLstm {
    /// Forward, then backward; for `kernels` in main memory.
    pub(super) fn new(directions: [Lstm; 2], kernels: bool) -> Result<Self> {
        if !kernels {
            return Ok(Self::Plain(Plain::new(directions)?));
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
        Ok(Self::Packed(Box::new(lstm::BiLstm::new(inputs, hidden, packed))))
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
            Self::Plain(plain) => {
                Ok(plain.forward(&rows.to_dtype(DType::F32)?)?.to_dtype(rows.dtype())?)
            }
        }
    }
}
