//! Convolutions over time, transposed ones and linear layers among them.

use std::cell::RefCell;
use std::ops::Range;

use super::pool::{self, SharedMut};
use super::rows::{Activation, Moments, Parts, Tail};
use super::tiles::{Aligned, Panels, Shifted, WIDTH};
use super::toom;

/// Floats of staged inputs that stay in the second cache beside the sums.
const STAGED: usize = 1 << 17;
/// Most output rows of a block.
const ROWS: usize = 192;
/// Units of work that a layer is cut into where its length allows no more blocks.
const UNITS: usize = 8;
/// Floats between the ends of staged rows and the next ones, so that rows whose length is a power of
/// two do not fall on the same few lines of the first cache.
const GAP: usize = 16;

/// The shape of a convolution, as `torch.nn.Conv1d` names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) dilation: usize,
}

impl Shape {
    /// A linear layer.
    pub(crate) fn linear(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, kernel: 1, stride: 1, padding: 0, dilation: 1 }
    }

    #[cfg(test)]
    /// A convolution of stride 1 that keeps the length of its input.
    pub(crate) fn same(inputs: usize, outputs: usize, kernel: usize, dilation: usize) -> Self {
        Self { inputs, outputs, kernel, stride: 1, padding: dilation * (kernel - 1) / 2, dilation }
    }

    /// Rows that `rows` rows of input give.
    pub(crate) fn rows(&self, rows: usize) -> usize {
        let reach = self.dilation * (self.kernel - 1) + 1;
        let padded = rows + 2 * self.padding;
        if padded < reach { 0 } else { (padded - reach) / self.stride + 1 }
    }
}

/// How the sums are formed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    /// One product for each tap.
    Direct,
    /// By the polynomials of [`toom`]: half the products for kernels of 3, 7 and 11, weights twice as
    /// large, an error about twice that of the plain sum. For stride 1.
    Toom,
}

enum Weights {
    Direct(Panels),
    Toom { groups: usize, points: Vec<Panels> },
}

/// A convolution with packed weights.
pub(crate) struct Conv1d {
    shape: Shape,
    bias: Vec<f32>,
    weights: Weights,
}

thread_local! {
    /// Staged inputs, their values at the points of [`toom`], sums of those, and sums.
    static SCRATCH: RefCell<[Aligned; 4]> = RefCell::default();
}

impl Conv1d {
    /// Packs `weight[outputs, inputs, kernel]`; no `bias` is a bias of zero.
    pub(crate) fn new(shape: Shape, weight: &[f32], bias: Option<&[f32]>, method: Method) -> Self {
        let Shape { inputs, outputs, kernel, stride, .. } = shape;
        assert_eq!(weight.len(), outputs * inputs * kernel, "weights of another shape");
        let at = |tap: usize, row: usize, column: usize| {
            if tap < kernel { weight[(column * inputs + row) * kernel + tap] } else { 0.0 }
        };
        let weights = match method {
            Method::Toom if stride == 1 => {
                let groups = kernel.div_ceil(toom::STEP);
                let point = |point| {
                    Panels::new(groups, inputs, outputs, |group, row, column| {
                        let taps = std::array::from_fn(|i| at(group * toom::STEP + i, row, column));
                        toom::kernel_at(point, taps)
                    })
                };
                Weights::Toom { groups, points: (0..toom::POINTS).map(point).collect() }
            }
            Method::Toom | Method::Direct => {
                Weights::Direct(Panels::new(kernel, inputs, outputs, at))
            }
        };
        let bias = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec);
        assert_eq!(bias.len(), outputs, "a bias of another length");
        Self { shape, bias, weights }
    }

    /// The transpose of a convolution of `stride`, with `weight[inputs, outputs, kernel]`.
    ///
    /// Row `t` of its output holds `stride` rows of the transposed convolution's: those that input row
    /// `t` is the last to reach. They are all of them, so that a `padding` is taken away by leaving out
    /// the first and last rows of `outputs` channels.
    pub(crate) fn transposed(
        (inputs, outputs, kernel): (usize, usize, usize),
        stride: usize,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        assert_eq!(weight.len(), outputs * inputs * kernel, "weights of another shape");
        assert_eq!(bias.len(), outputs, "a bias of another length");
        let taps = kernel.div_ceil(stride);
        let panels = Panels::new(taps, inputs, stride * outputs, |tap, row, column| {
            let (phase, column) = (column / outputs, column % outputs);
            let at = phase + stride * (taps - 1 - tap);
            if at < kernel { weight[(row * outputs + column) * kernel + at] } else { 0.0 }
        });
        let shape = Shape {
            inputs,
            outputs: stride * outputs,
            kernel: taps,
            stride: 1,
            padding: taps - 1,
            dilation: 1,
        };
        Self { shape, bias: bias.repeat(stride), weights: Weights::Direct(panels) }
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Writes all rows of the output, given those of the input.
    pub(crate) fn forward(
        &self,
        x: &[f32],
        activation: Activation<'_>,
        tail: Tail<'_>,
        out: &mut [f32],
    ) {
        self.run(x, activation, tail, out, None);
    }

    /// [`Self::forward`], and the moments of the output.
    pub(crate) fn forward_measured(
        &self,
        x: &[f32],
        activation: Activation<'_>,
        tail: Tail<'_>,
        out: &mut [f32],
    ) -> Moments {
        let rows = out.len() / self.shape.outputs;
        let mut parts = Parts::new(rows, self.block_rows(rows), self.shape.outputs);
        let shared = parts.shared();
        self.run(x, activation, tail, out, Some(&shared));
        parts.merge()
    }

    /// Output rows of a block: whole tiles, and whole rows of register tiles where there are many.
    fn block_rows(&self, rows: usize) -> usize {
        let Shape { inputs, outputs, stride, dilation, .. } = self.shape;
        let width = padded(inputs).max(padded(outputs));
        match self.weights {
            Weights::Direct(_) => {
                let most = STAGED / (width * stride);
                (most / 12 * 12).clamp(12, ROWS).min(rows.max(1))
            }
            Weights::Toom { .. } => {
                // Values at all points take 7/4 of the staged floats, and so do their sums.
                let group = if dilation % 3 == 0 { 4 * dilation } else { 12 * dilation };
                let tiles = (STAGED * 2 / 3 / (toom::STEP * width)).max(group) / group * group;
                toom::STEP * tiles
            }
        }
    }

    fn run(
        &self,
        x: &[f32],
        activation: Activation<'_>,
        tail: Tail<'_>,
        out: &mut [f32],
        parts: Option<&SharedMut<f32>>,
    ) {
        let Shape { inputs, outputs, .. } = self.shape;
        let rows = self.shape.rows(x.len() / inputs);
        assert!(x.len().is_multiple_of(inputs), "rows of another width");
        assert_eq!(out.len(), rows * outputs, "an output of another shape");
        if let Some(residual) = tail.residual {
            assert_eq!(residual.len(), out.len(), "a residual of another shape");
        }
        let block = self.block_rows(rows);
        let blocks = rows.div_ceil(block);
        let panels = outputs.div_ceil(WIDTH);
        let groups = match self.weights {
            Weights::Direct(_) => UNITS.div_ceil(blocks.max(1)).min(panels),
            Weights::Toom { .. } => 1,
        };
        let layer = Layer { conv: self, x, activation, tail, parts, out: SharedMut::new(out) };
        pool::run(blocks * groups, |unit| {
            let (at, group) = (unit / groups, unit % groups);
            let some = panels * group / groups..panels * (group + 1) / groups;
            let rows = at * block..rows.min((at + 1) * block);
            SCRATCH.with_borrow_mut(|scratch| match &self.weights {
                Weights::Direct(weights) => layer.direct(weights, at, rows, some, scratch),
                Weights::Toom { groups, points } => {
                    layer.toom(*groups, points, at, rows, scratch);
                }
            });
        });
    }
}

/// Floats of a row, filled to whole vectors.
fn padded(channels: usize) -> usize {
    channels.next_multiple_of(16)
}

/// One call of a layer.
struct Layer<'a> {
    conv: &'a Conv1d,
    x: &'a [f32],
    activation: Activation<'a>,
    tail: Tail<'a>,
    parts: Option<&'a SharedMut<f32>>,
    out: SharedMut<f32>,
}

impl Layer<'_> {
    /// Some rows of the output by some panels of its channels.
    fn direct(
        &self,
        weights: &Panels,
        block: usize,
        rows: Range<usize>,
        panels: Range<usize>,
        [staged, _, _, sums]: &mut [Aligned; 4],
    ) {
        let Shape { inputs, kernel, stride, dilation, .. } = self.conv.shape;
        let width = padded(inputs) + GAP;
        let count = (rows.len() - 1) * stride + (kernel - 1) * dilation + 1;
        self.stage(rows.start * stride, count, width, staged);
        let columns = panels.len() * WIDTH;
        sums.reserve(rows.len() * columns);
        let x = Shifted { values: staged, stride: stride * width, step: dilation * width };
        weights.product(x, rows.len(), panels.clone(), sums, columns);
        let last = self.conv.shape.outputs.min(panels.end * WIDTH);
        self.finish(block, rows, panels.start * WIDTH..last, (sums, columns));
    }

    /// Some rows of the output, from whole tiles.
    fn toom(
        &self,
        groups: usize,
        points: &[Panels],
        block: usize,
        rows: Range<usize>,
        [staged, values, products, sums]: &mut [Aligned; 4],
    ) {
        let Shape { inputs, outputs, dilation, .. } = self.conv.shape;
        let width = padded(inputs) + GAP;
        let tiles = rows.len().div_ceil(toom::STEP * dilation) * dilation;
        let all = tiles + (groups - 1) * dilation;
        self.stage(rows.start, toom::input_rows(dilation, all), width, staged);
        values.reserve(toom::POINTS * all * width);
        toom::input(staged, width, dilation, all, values);
        let columns = outputs.next_multiple_of(WIDTH);
        products.reserve(toom::POINTS * tiles * columns);
        for (point, panels) in points.iter().enumerate() {
            let values = &values[point * all * width..(point + 1) * all * width];
            let x = Shifted { values, stride: width, step: dilation * width };
            let out = &mut products[point * tiles * columns..(point + 1) * tiles * columns];
            panels.product(x, tiles, 0..panels.count(), out, columns);
        }
        sums.reserve(toom::STEP * tiles * columns);
        toom::output(products, columns, dilation, tiles, sums);
        self.finish(block, rows, 0..outputs, (sums, columns));
    }

    /// Copies `count` rows of the input through the activation, the first of which is row `first` of
    /// the padded input; rows outside the input are zero.
    fn stage(&self, first: usize, count: usize, width: usize, staged: &mut Aligned) {
        let Shape { inputs, padding, .. } = self.conv.shape;
        staged.reserve(count * width);
        let staged = &mut staged[..count * width];
        let length = self.x.len() / inputs;
        let before = padding.saturating_sub(first).min(count);
        let from = (first + before - padding).min(length);
        let to = (first + count).saturating_sub(padding).clamp(from, length);
        let after = before + to - from;
        staged[..before * width].fill(0.0);
        staged[after * width..].fill(0.0);
        let inside = &mut staged[before * width..after * width];
        for row in inside.chunks_exact_mut(width) {
            row[inputs..].fill(0.0);
        }
        self.activation.apply(&self.x[from * inputs..to * inputs], inputs, inside, width);
    }

    /// Writes some channels of some rows of the output.
    fn finish(
        &self,
        block: usize,
        rows: Range<usize>,
        channels: Range<usize>,
        (sums, width): (&mut [f32], usize),
    ) {
        let outputs = self.conv.shape.outputs;
        let bias = &self.conv.bias[channels.clone()];
        let sums = &mut sums[..rows.len() * width];
        for (row, sums) in rows.zip(sums.chunks_exact_mut(width)) {
            let at = row * outputs + channels.start;
            // SAFETY: each row's channels are written by one unit of work.
            let out = unsafe { self.out.slice(at, channels.len()) };
            self.tail.finish(sums, bias, at, out);
        }
        if let Some(parts) = self.parts {
            // SAFETY: as above.
            unsafe { Parts::measure((parts, outputs), block, (sums, width), channels) };
        }
    }
}

#[cfg(test)]
mod tests;
