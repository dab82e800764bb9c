//! The generator by kernels of main memory: norms and snakes are applied while a convolution reads
//! its input, residuals and the next norm's moments while it writes, and the rows of a step stay in
//! the same few buffers.

use candle_core::Tensor;

use super::Watch;
use super::layers::{AdaIn, with_values};
use crate::Result;
use crate::ops::conv::Conv1d;
use crate::ops::rows::{Activation, Alpha, Moments, Tail};

/// A view of the generator's kernels.
pub(super) struct Generator<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) last: &'a Conv1d,
    pub(super) slope: f32,
    pub(super) last_slope: f32,
}

/// One step that raises the rate.
pub(super) struct Step<'a> {
    pub(super) up: &'a Conv1d,
    /// Rows to be taken off either end of what `up` gives.
    pub(super) crop: usize,
    pub(super) source: &'a Conv1d,
    pub(super) source_block: SnakeBlock<'a>,
    pub(super) blocks: Vec<SnakeBlock<'a>>,
}

pub(super) struct SnakeBlock<'a>(pub(super) [Round<'a>; 3]);

pub(super) struct Round<'a> {
    pub(super) norms: [&'a AdaIn; 2],
    pub(super) snakes: [&'a Alpha; 2],
    pub(super) convs: [&'a Conv1d; 2],
}

/// Rows and the moments of their channels.
#[derive(Clone, Copy)]
struct Measured<'a> {
    rows: &'a [f32],
    moments: &'a Moments,
}

/// What blocks keep between their convolutions, and who hears of each.
struct Room<'w> {
    inner: Vec<f32>,
    rows: Vec<f32>,
    watch: Watch<'w>,
}

impl Generator<'_> {
    /// `rows` `[time, channels]` and the source's spectra to what the inverse transform takes.
    pub(super) fn spectra(
        &self,
        rows: &Tensor,
        excitation: &Tensor,
        style: &Tensor,
        watch: Watch<'_>,
    ) -> Result<Tensor> {
        let frames = excitation.dim(0)?;
        let width = self.last.shape().outputs;
        let device = rows.device();
        let mut rows = rows.flatten_all()?.to_vec1::<f32>()?;
        with_values(excitation, |excitation| -> Result<()> {
            let mut room = Room { inner: Vec::new(), rows: Vec::new(), watch };
            for (n, step) in self.steps.iter().enumerate() {
                let is_last = n + 1 == self.steps.len();
                let before = std::mem::take(&mut rows);
                rows = step.raise(before, self.slope, excitation, is_last, style, &mut room)?;
            }
            Ok(())
        })?
        .transpose()?;
        let mut out = vec![0.0; frames * width];
        self.last.forward(&rows, Activation::Leaky(self.last_slope), Tail::default(), &mut out);
        Ok(Tensor::from_vec(out, (frames, width), device)?)
    }
}

impl Step<'_> {
    /// Rows of the next rate; the last step mirrors a row before the first, to as many as the spectra
    /// have.
    fn raise(
        &self,
        rows: Vec<f32>,
        slope: f32,
        excitation: &[f32],
        is_last: bool,
        style: &Tensor,
        room: &mut Room<'_>,
    ) -> Result<Vec<f32>> {
        let channels = self.source.shape().outputs;
        let shape = self.up.shape();
        let (time, stride) = (rows.len() / shape.inputs, shape.outputs / channels);
        let before = usize::from(is_last);
        let mut raised = vec![0.0; before * channels + shape.rows(time) * shape.outputs];
        let all = &mut raised[before * channels..];
        self.up.forward(&rows, Activation::Leaky(slope), Tail::default(), all);
        let first = self.crop * channels;
        if is_last {
            raised.copy_within(first + 2 * channels..first + 3 * channels, first);
        }
        let raised = &mut raised[first..first + (before + stride * time) * channels];

        let mut source = vec![0.0; raised.len()];
        let tail = Tail::default();
        let moments = self.source.forward_measured(excitation, Activation::None, tail, &mut source);
        let source = Measured { rows: &source, moments: &moments };
        let add = Tail { accumulate: true, ..tail };
        let moments = self.source_block.forward(source, style, room, add, raised)?;

        let raised = Measured { rows: raised, moments: &moments };
        let mut sum = vec![0.0; raised.rows.len()];
        for (n, block) in self.blocks.iter().enumerate() {
            let is_last = n + 1 == self.blocks.len();
            let factor = is_last.then(|| 1.0 / self.blocks.len() as f32);
            let tail = Tail { accumulate: n > 0, factor, ..tail };
            block.forward(raised, style, room, tail, &mut sum)?;
        }
        Ok(sum)
    }
}

impl SnakeBlock<'_> {
    /// `x` after three rounds, to `out` by `tail`, and the moments of `out`.
    fn forward<'a>(
        &self,
        x: Measured<'a>,
        style: &Tensor,
        room: &'a mut Room<'_>,
        tail: Tail<'_>,
        out: &mut [f32],
    ) -> Result<Moments> {
        let Room { inner, rows, watch } = room;
        inner.resize(x.rows.len(), 0.0);
        rows.resize(x.rows.len(), 0.0);
        let none = Tail::default();
        let [first, second, third] = &self.0;
        let moments = first.half(0, watch, x, style, none, inner)?;
        let measured = Measured { rows: inner, moments: &moments };
        let residual = Tail { residual: Some(x.rows), ..none };
        let moments = first.half(1, watch, measured, style, residual, rows)?;

        let moments =
            second.half(0, watch, Measured { rows, moments: &moments }, style, none, inner)?;
        let measured = Measured { rows: inner, moments: &moments };
        let moments =
            second.half(1, watch, measured, style, Tail { accumulate: true, ..none }, rows)?;

        let moments =
            third.half(0, watch, Measured { rows, moments: &moments }, style, none, inner)?;
        let measured = Measured { rows: inner, moments: &moments };
        third.half(1, watch, measured, style, Tail { residual: Some(rows), ..tail }, out)
    }
}

impl Round<'_> {
    /// One of the two convolutions after its norm and its snake.
    fn half(
        &self,
        half: usize,
        watch: Watch<'_>,
        x: Measured<'_>,
        style: &Tensor,
        tail: Tail<'_>,
        out: &mut [f32],
    ) -> Result<Moments> {
        let change = self.norms[half].change(x.moments, style)?;
        let bent = Activation::AffineSnake(change.affine(), self.snakes[half]);
        let moments = self.convs[half].forward_measured(x.rows, bent, tail, out);
        super::done(watch, "generator")?;
        Ok(moments)
    }
}
