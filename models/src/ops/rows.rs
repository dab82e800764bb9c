//! What is done to rows `[time, channels]` element by element, and statistics of their channels.

use super::lanes::{Isa, multiversion};
use super::pool::{self, SharedMut};

/// Rows that one thread takes at a time where a row is cheap.
pub(crate) const BLOCK: usize = 128;

/// What is done to the inputs of a layer while they are read.
#[derive(Clone, Copy)]
pub(crate) enum Activation<'a> {
    /// Nothing.
    None,
    /// `max(x, slope · x)`.
    Leaky(f32),
    /// [`Self::Leaky`] after a factor and a term for each channel.
    AffineLeaky(Affine<'a>, f32),
    /// `v + sin²(alpha · v) / alpha` for `v` after a factor and a term for each channel (Ziyin, Hartwig
    /// and Ueda 2020, <https://arxiv.org/abs/2006.08195>).
    AffineSnake(Affine<'a>, &'a Alpha),
}

/// `x · scale + shift`, channel by channel.
#[derive(Clone, Copy)]
pub(crate) struct Affine<'a> {
    pub(crate) scale: &'a [f32],
    pub(crate) shift: &'a [f32],
}

/// The frequencies of snakes, and their reciprocals.
pub(crate) struct Alpha {
    alpha: Vec<f32>,
    inverse: Vec<f32>,
}

impl Alpha {
    pub(crate) fn new(alpha: Vec<f32>) -> Self {
        let inverse = alpha.iter().map(|alpha| 1.0 / alpha).collect();
        Self { alpha, inverse }
    }
}

impl Activation<'_> {
    /// Applies this to rows of `channels`, which go to rows `stride` apart.
    pub(crate) fn apply(self, x: &[f32], channels: usize, out: &mut [f32], stride: usize) {
        match self {
            Self::None => copy(x, channels, out, stride),
            Self::Leaky(slope) => leaky(x, channels, slope, out, stride),
            Self::AffineLeaky(Affine { scale, shift }, slope) => {
                affine_leaky(x, &scale[..channels], &shift[..channels], slope, out, stride);
            }
            Self::AffineSnake(Affine { scale, shift }, Alpha { alpha, inverse }) => {
                let (alpha, inverse) = (&alpha[..channels], &inverse[..channels]);
                snake(x, &scale[..channels], &shift[..channels], alpha, inverse, out, stride);
            }
        }
    }
}

fn copy(x: &[f32], channels: usize, out: &mut [f32], stride: usize) {
    for (x, out) in x.chunks_exact(channels).zip(out.chunks_mut(stride)) {
        out[..channels].copy_from_slice(x);
    }
}

multiversion! {
    fn leaky<I>(x: &[f32], channels: usize, slope: f32, out: &mut [f32], stride: usize) {
        for (x, out) in x.chunks_exact(channels).zip(out.chunks_mut(stride)) {
            for (x, out) in x.iter().zip(out) {
                *out = if *x > 0.0 { *x } else { *x * slope };
            }
        }
    }
}

multiversion! {
    fn affine_leaky<I>(
        x: &[f32],
        scale: &[f32],
        shift: &[f32],
        slope: f32,
        out: &mut [f32],
        stride: usize,
    ) {
        let channels = scale.len();
        for (x, out) in x.chunks_exact(channels).zip(out.chunks_mut(stride)) {
            let (shift, out) = (&shift[..channels], &mut out[..channels]);
            for i in 0..channels {
                let v = I::fma(x[i], scale[i], shift[i]);
                out[i] = if v > 0.0 { v } else { v * slope };
            }
        }
    }
}

multiversion! {
    fn snake<I>(
        x: &[f32],
        scale: &[f32],
        shift: &[f32],
        alpha: &[f32],
        inverse: &[f32],
        out: &mut [f32],
        stride: usize,
    ) {
        let channels = scale.len();
        for (x, out) in x.chunks_exact(channels).zip(out.chunks_mut(stride)) {
            let (shift, out) = (&shift[..channels], &mut out[..channels]);
            let (alpha, inverse) = (&alpha[..channels], &inverse[..channels]);
            for i in 0..channels {
                let v = I::fma(x[i], scale[i], shift[i]);
                // The sign of the sine, which half turns change, is lost in its square.
                let (sine, _) = sine::<I>(alpha[i] * v);
                out[i] = I::fma(sine * sine, inverse[i], v);
            }
        }
    }
}

multiversion! {
    #[cfg(test)]
    /// Sines in place, within 1e-6 for angles up to 8000.
    pub(crate) fn sines<I>(values: &mut [f32]) {
        for value in values {
            let (sine, turns) = sine::<I>(*value);
            // An odd number of half turns changes the sign.
            let sign = ((turns as i32) as u32) << 31;
            *value = f32::from_bits(sine.to_bits() ^ sign);
        }
    }
}

/// The sine of `x - n π`, in ±π/2, and the integer `n`.
///
/// π is taken away in three parts, the first two short enough for exact products while `n` is below
/// 2^11; the polynomial, fitted for the least greatest error, is off by at most 4e-9.
#[inline(always)]
pub(crate) fn sine<I: Isa>(x: f32) -> (f32, f32) {
    let n = (x * std::f32::consts::FRAC_1_PI).round_ties_even();
    let r = I::fma(n, -3.140_625, x);
    let r = I::fma(n, -9.675_026e-4, r);
    let r = I::fma(n, -1.509_958e-7, r);
    let u = r * r;
    let mut p = 2.590_328_2e-6;
    for c in [-1.980_081_9e-4, 8.332_899e-3, -0.166_666_48, 1.0] {
        p = I::fma(p, u, c);
    }
    (r * p, n)
}

multiversion! {
    /// Twice the rows of `x`, each channel by itself, for the taps `[before, here, after]`: row `t` gives `x[t] · here + bias`, and then
    /// `x[t] · before + x[t + 1] · after + bias`, where nothing follows the last row.
    pub(crate) fn double<I>(x: &[f32], taps: [&[f32]; 3], bias: &[f32], out: &mut [f32]) {
        let [before, here, after] = taps;
        let width = bias.len();
        let none = vec![0.0; width];
        let next = x.chunks_exact(width).skip(1).chain(std::iter::once(&none[..]));
        for ((x, next), out) in x.chunks_exact(width).zip(next).zip(out.chunks_exact_mut(2 * width)) {
            let (even, odd) = out.split_at_mut(width);
            for i in 0..width {
                even[i] = I::fma(x[i], here[i], bias[i]);
                odd[i] = I::fma(x[i], before[i], I::fma(next[i], after[i], bias[i]));
            }
        }
    }
}

/// What is done to the sums of a layer before they are its output.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tail<'a> {
    /// Rows to be added.
    pub(crate) residual: Option<&'a [f32]>,
    /// Whether what the output holds is added.
    pub(crate) accumulate: bool,
    /// Multiplies everything, `None` for one.
    pub(crate) factor: Option<f32>,
}

impl Tail<'_> {
    /// Makes a row of `sums` what the output shall hold from element `at` on: `out`, a row's part.
    pub(super) fn finish(&self, sums: &mut [f32], bias: &[f32], at: usize, out: &mut [f32]) {
        let residual = self.residual.map(|residual| &residual[at..at + bias.len()]);
        let factor = self.factor.unwrap_or(1.0);
        match (residual, self.accumulate) {
            (None, false) => finish::<0>(sums, bias, bias, factor, out),
            (Some(residual), false) => finish::<1>(sums, bias, residual, factor, out),
            (None, true) => finish::<2>(sums, bias, bias, factor, out),
            (Some(residual), true) => finish::<3>(sums, bias, residual, factor, out),
        }
    }
}

multiversion! {
    /// `out = sums = (sums + bias + residual + out) · factor`; bit 0 of `MODE` adds `residual`, bit 1
    /// what `out` holds.
    fn finish<I, const MODE: usize>(
        sums: &mut [f32],
        bias: &[f32],
        residual: &[f32],
        factor: f32,
        out: &mut [f32],
    ) {
        let width = bias.len();
        let (sums, residual, out) = (&mut sums[..width], &residual[..width], &mut out[..width]);
        for i in 0..width {
            let mut value = sums[i] + bias[i];
            if MODE & 1 != 0 {
                value += residual[i];
            }
            if MODE & 2 != 0 {
                value += out[i];
            }
            value *= factor;
            sums[i] = value;
            out[i] = value;
        }
    }
}

/// Mean and variance of each channel over all rows.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f32>,
    /// Divided by the number of rows.
    pub(crate) variance: Vec<f32>,
}

impl Moments {
    /// The moments of `x[rows, channels]`.
    pub(crate) fn of(x: &[f32], channels: usize) -> Self {
        let mut parts = Parts::new(x.len() / channels, BLOCK, channels);
        let shared = parts.shared();
        pool::run(x.len().div_ceil(BLOCK * channels), |block| {
            let first = block * BLOCK * channels;
            let rows = &x[first..x.len().min(first + BLOCK * channels)];
            // SAFETY: each block has its own part.
            unsafe { Parts::measure((&shared, channels), block, (rows, channels), 0..channels) };
        });
        parts.merge()
    }
}

/// Moments of blocks of rows, to be merged in order.
pub(super) struct Parts {
    rows: usize,
    block: usize,
    channels: usize,
    /// For each block the means, then the sums of squared distances from them.
    values: Vec<f32>,
}

impl Parts {
    pub(super) fn new(rows: usize, block: usize, channels: usize) -> Self {
        let values = vec![0.0; rows.div_ceil(block) * 2 * channels];
        Self { rows, block, channels, values }
    }

    pub(super) fn shared(&mut self) -> SharedMut<f32> {
        SharedMut::new(&mut self.values)
    }

    /// Measures some channels of one block, whose rows are `stride` apart and begin with the first of
    /// those channels.
    ///
    /// # Safety
    ///
    /// No other call may measure these channels of this block at the same time.
    pub(super) unsafe fn measure(
        (shared, channels): (&SharedMut<f32>, usize),
        block: usize,
        (rows, stride): (&[f32], usize),
        range: std::ops::Range<usize>,
    ) {
        let at = 2 * block * channels + range.start;
        // SAFETY: the parts of a block's channels are apart, and in use here alone.
        let (means, squares) =
            unsafe { (shared.slice(at, range.len()), shared.slice(at + channels, range.len())) };
        measure_rows(rows, stride, means, squares);
    }

    /// The moments of all rows (Chan, Golub and LeVeque 1979).
    pub(super) fn merge(self) -> Moments {
        let Self { rows, block, channels, values } = self;
        let mut mean = vec![0f64; channels];
        let mut squares = vec![0f64; channels];
        let mut before = 0;
        for part in values.chunks_exact(2 * channels) {
            let count = block.min(rows - before);
            let weight = count as f64 / (before + count) as f64;
            let (part_mean, part_squares) = part.split_at(channels);
            for i in 0..channels {
                let delta = f64::from(part_mean[i]) - mean[i];
                mean[i] += delta * weight;
                squares[i] += f64::from(part_squares[i]) + delta * delta * before as f64 * weight;
            }
            before += count;
        }
        let count = rows.max(1) as f64;
        Moments {
            mean: mean.into_iter().map(|mean| mean as f32).collect(),
            variance: squares.into_iter().map(|sum| (sum / count) as f32).collect(),
        }
    }
}

multiversion! {
    /// Means of the columns of rows `stride` apart, and sums of squared distances from them.
    fn measure_rows<I>(rows: &[f32], stride: usize, means: &mut [f32], squares: &mut [f32]) {
        let width = means.len();
        means.fill(0.0);
        for row in rows.chunks(stride) {
            for (mean, x) in means.iter_mut().zip(&row[..width]) {
                *mean += x;
            }
        }
        let scale = 1.0 / rows.len().div_ceil(stride).max(1) as f32;
        for mean in means.iter_mut() {
            *mean *= scale;
        }
        squares.fill(0.0);
        for row in rows.chunks(stride) {
            for ((square, x), mean) in squares.iter_mut().zip(&row[..width]).zip(&*means) {
                let distance = x - mean;
                *square = I::fma(distance, distance, *square);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::noise;

    #[test]
    fn sines_match_double_precision() {
        let mut values: Vec<f32> = noise(20_000, 1).iter().map(|x| x * 10.0).collect();
        values.extend(noise(20_000, 2).iter().map(|x| x * 5_000.0));
        let mut found = values.clone();
        sines(&mut found);
        for (found, value) in found.iter().zip(values) {
            let off = (f64::from(*found) - f64::from(value).sin()).abs();
            // Half an ulp of the product of angle and 1/π may choose the further half turn.
            assert!(off < 1e-6, "{value}: {off}");
        }
    }

    #[test]
    fn moments_do_not_suffer_from_a_great_mean() {
        for (rows, channels) in [(1, 3), (BLOCK, 16), (5 * BLOCK + 7, 21)] {
            let x: Vec<f32> = noise(rows * channels, 3).iter().map(|x| x + 1000.0).collect();
            let moments = Moments::of(&x, channels);
            for channel in 0..channels {
                let column = || x[channel..].iter().step_by(channels).map(|&x| f64::from(x));
                let mean = column().sum::<f64>() / rows as f64;
                let variance = column().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64;
                assert!((f64::from(moments.mean[channel]) - mean).abs() < 1e-3);
                let off = (f64::from(moments.variance[channel]) - variance).abs();
                assert!(off <= 1e-4 * variance + 1e-7, "{rows} {variance} {off}");
            }
        }
    }

    #[test]
    fn doubling_matches_candle() {
        let (rows, channels) = (9, 5);
        let device = candle_core::Device::Cpu;
        let (x, weight) = (noise(rows * channels, 4), noise(3 * channels, 5));
        let bias = vec![0.0; channels];
        let tap =
            |tap: usize| -> Vec<f32> { weight.iter().skip(tap).step_by(3).copied().collect() };
        let mut out = vec![f32::NAN; 2 * x.len()];
        double(&x, [&tap(2), &tap(1), &tap(0)], &bias, &mut out);
        let map = candle_core::Tensor::from_slice(&x, (1, rows, channels), &device).unwrap();
        let map = map.transpose(1, 2).unwrap().contiguous().unwrap();
        for channel in 0..channels {
            let map = map.narrow(1, channel, 1).unwrap().contiguous().unwrap();
            let taps = &weight[3 * channel..3 * channel + 3];
            let taps = candle_core::Tensor::from_slice(taps, (1, 1, 3), &device).unwrap();
            let want = map.conv_transpose1d(&taps, 1, 1, 2, 1, 1).unwrap();
            let want = want.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let found = out[channel..].iter().step_by(channels);
            assert_eq!(want.len(), 2 * rows);
            for (found, want) in found.zip(want) {
                assert!((found - want).abs() < 1e-6);
            }
        }
    }
}
