//! A recurrent layer that reads a sequence from both ends.

use super::conv::{Conv1d, Method, Shape};
use super::lanes::{Isa, exp, multiversion};
use super::pool::{self, SharedMut};
use super::rows::{Activation, Tail};
use super::tiles::{Aligned, Panels};

/// The weights of one direction, as `torch.nn.LSTM` holds them; gates in the order input, forget,
/// cell, output.
pub(crate) struct Direction<'a> {
    /// `[4 · hidden, inputs]`.
    pub(crate) input: &'a [f32],
    /// `[4 · hidden, hidden]`.
    pub(crate) recurrent: &'a [f32],
    /// `[4 · hidden]`, the sum of both biases.
    pub(crate) bias: &'a [f32],
}

/// A long short-term memory for each direction.
pub(crate) struct BiLstm {
    hidden: usize,
    /// The gates' inputs of both directions, side by side.
    input: Conv1d,
    recurrent: [Panels; 2],
}

impl BiLstm {
    /// Packs the forward and the backward direction.
    pub(crate) fn new(inputs: usize, hidden: usize, directions: [Direction<'_>; 2]) -> Self {
        let gates = 4 * hidden;
        let weight = directions.each_ref().map(|direction| direction.input).concat();
        let bias = directions.each_ref().map(|direction| direction.bias).concat();
        let shape = Shape::linear(inputs, 2 * gates);
        let recurrent = directions.map(|Direction { recurrent, .. }| {
            assert_eq!(recurrent.len(), gates * hidden, "recurrent weights of another shape");
            Panels::new(1, hidden, gates, |_, row, column| recurrent[column * hidden + row])
        });
        Self { hidden, input: Conv1d::new(shape, &weight, Some(&bias), Method::Direct), recurrent }
    }

    /// Features of a row of the output: those of both directions.
    pub(crate) fn width(&self) -> usize {
        2 * self.hidden
    }

    /// `x[time, inputs]` to the states `[time, 2 · hidden]`, the forward direction's first; each
    /// direction on a thread of its own.
    pub(crate) fn forward(&self, x: &[f32], out: &mut [f32]) {
        let (width, gates) = (self.width(), 4 * self.hidden);
        let time = out.len() / width;
        let mut inputs = vec![0.0; time * 2 * gates];
        self.input.forward(x, Activation::None, Tail::default(), &mut inputs);
        let out = SharedMut::new(out);
        pool::run(2, |direction| {
            let mut state = vec![0.0; self.hidden];
            let mut cell = vec![0.0; self.hidden];
            let mut sums = Aligned::default();
            for step in 0..time {
                let at = if direction == 0 { step } else { time - 1 - step };
                self.recurrent[direction].row(&state, &mut sums);
                let inputs = &inputs[(2 * at + direction) * gates..][..gates];
                advance(inputs, &sums[..gates], &mut cell, &mut state);
                // SAFETY: the directions write different columns.
                let out = unsafe { out.slice(at * width + direction * self.hidden, self.hidden) };
                out.copy_from_slice(&state);
            }
        });
    }
}

multiversion! {
    /// One step, given what inputs and the last state add to the gates.
    fn advance<I>(inputs: &[f32], recurrent: &[f32], cell: &mut [f32], state: &mut [f32]) {
        let hidden = cell.len();
        let (inputs, recurrent) = (&inputs[..4 * hidden], &recurrent[..4 * hidden]);
        let gate = |n: usize| (&inputs[n * hidden..][..hidden], &recurrent[n * hidden..][..hidden]);
        let (enter, keep, change, show) = (gate(0), gate(1), gate(2), gate(3));
        let state = &mut state[..hidden];
        for i in 0..hidden {
            let entering = sigmoid::<I>(enter.0[i] + enter.1[i]);
            let kept = sigmoid::<I>(keep.0[i] + keep.1[i]);
            let changed = tanh::<I>(change.0[i] + change.1[i]);
            cell[i] = I::fma(kept, cell[i], entering * changed);
            state[i] = sigmoid::<I>(show.0[i] + show.1[i]) * tanh::<I>(cell[i]);
        }
    }
}

#[inline(always)]
fn sigmoid<I: Isa>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<I>(-x))
}

/// Within 2e-7.
#[inline(always)]
fn tanh<I: Isa>(x: f32) -> f32 {
    I::fma(2.0, sigmoid::<I>(2.0 * x), -1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{noise, relative};

    /// One direction by its definition, in double precision.
    fn plain(x: &[f64], direction: &Direction<'_>, hidden: usize, reversed: bool) -> Vec<f64> {
        let inputs = direction.input.len() / (4 * hidden);
        let time = x.len() / inputs;
        let (mut state, mut cell) = (vec![0.0; hidden], vec![0.0; hidden]);
        let mut out = vec![0.0; time * hidden];
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let dot = |weights: &[f32], x: &[f64]| -> f64 {
            weights.iter().zip(x).map(|(&w, x)| f64::from(w) * x).sum()
        };
        for step in 0..time {
            let at = if reversed { time - 1 - step } else { step };
            let row = &x[at * inputs..(at + 1) * inputs];
            let gate = |gate: usize| {
                dot(&direction.input[gate * inputs..(gate + 1) * inputs], row)
                    + dot(&direction.recurrent[gate * hidden..(gate + 1) * hidden], &state)
                    + f64::from(direction.bias[gate])
            };
            let gates: Vec<f64> = (0..4 * hidden).map(gate).collect();
            for i in 0..hidden {
                cell[i] = sigmoid(gates[hidden + i]) * cell[i]
                    + sigmoid(gates[i]) * gates[2 * hidden + i].tanh();
                state[i] = sigmoid(gates[3 * hidden + i]) * f64::tanh(cell[i]);
            }
            out[at * hidden..(at + 1) * hidden].copy_from_slice(&state);
        }
        out
    }

    #[test]
    fn both_directions_match_the_definition() {
        for (inputs, hidden, time) in [(3, 1, 1), (20, 7, 33), (16, 32, 5), (70, 50, 90)] {
            let weights = |seed: u32| {
                let scaled = |len, seed| -> Vec<f32> {
                    noise(len, seed).iter().map(|x| x * 2.0 / (hidden as f32).sqrt()).collect()
                };
                let input = scaled(4 * hidden * inputs, seed);
                (input, scaled(4 * hidden * hidden, seed + 1), noise(4 * hidden, seed + 2))
            };
            let sets = [weights(1), weights(5)];
            let directions = || {
                sets.each_ref().map(|(input, recurrent, bias)| Direction { input, recurrent, bias })
            };
            let x = noise(time * inputs, 9);
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            let lstm = BiLstm::new(inputs, hidden, directions());
            let mut out = vec![f32::NAN; time * lstm.width()];
            lstm.forward(&x, &mut out);
            for (n, direction) in directions().iter().enumerate() {
                let want = plain(&wide, direction, hidden, n == 1);
                let rows = out.chunks_exact(2 * hidden);
                let found: Vec<f32> =
                    rows.flat_map(|row| row[n * hidden..][..hidden].iter().copied()).collect();
                assert!(relative(&found, &want) < 1e-5, "{inputs} {hidden} {time} {n}");
            }
        }
    }
}
