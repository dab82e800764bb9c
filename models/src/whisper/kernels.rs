//! The inner loops: dot products over f32 or f16 rows, normalisation, GELU and softmax.
//!
//! Each loop is written once over lanes of 16 and compiled for AVX-512, AVX2 and the baseline; the
//! processor chooses at run time. A dot product of one row by one vector is summed in the same
//! order whatever the number of vectors in a call, so a batch gives bit for bit what single calls give.

#![allow(clippy::needless_range_loop, reason = "lanes of several arrays go by one index")]

use crate::ops::lanes::{Isa, LANES, Lanes, exp, lanes, multiversion, sum_lanes};

/// One weight row by `N` vectors of the same length, each vector `stride` after the one before.
#[inline(always)]
fn dot_row<I: Isa, const N: usize>(
    wide: impl Fn(usize) -> Lanes,
    tail: impl Fn(usize) -> f32,
    length: usize,
    x: &[f32],
    stride: usize,
) -> [f32; N] {
    let mut acc = [[0f32; LANES]; N];
    let mut acc_odd = [[0f32; LANES]; N];
    let pairs = length / (2 * LANES) * (2 * LANES);
    let mut at = 0;
    while at < pairs {
        let (w0, w1) = (wide(at), wide(at + LANES));
        for n in 0..N {
            let (x0, x1) = (lanes(x, n * stride + at), lanes(x, n * stride + at + LANES));
            for i in 0..LANES {
                acc[n][i] = I::fma(w0[i], x0[i], acc[n][i]);
                acc_odd[n][i] = I::fma(w1[i], x1[i], acc_odd[n][i]);
            }
        }
        at += 2 * LANES;
    }
    if length - at >= LANES {
        let w0 = wide(at);
        for n in 0..N {
            let x0 = lanes(x, n * stride + at);
            for i in 0..LANES {
                acc[n][i] = I::fma(w0[i], x0[i], acc[n][i]);
            }
        }
        at += LANES;
    }
    let mut out = [0f32; N];
    for n in 0..N {
        for i in 0..LANES {
            acc[n][i] += acc_odd[n][i];
        }
        let mut sum = sum_lanes(acc[n]);
        for i in at..length {
            sum += tail(i) * x[n * stride + i];
        }
        out[n] = sum;
    }
    out
}

multiversion! {
    /// `out[r * N + n] = weights[r] · x[n]` for the f32 rows `weights` of `length` elements.
    pub(super) fn dots_f32<I, const N: usize>(weights: &[f32], length: usize, x: &[f32], out: &mut [f32]) {
        for (row, out) in weights.chunks_exact(length).zip(out.chunks_exact_mut(N)) {
            let y = dot_row::<I, N>(|at| *lanes(row, at), |at| row[at], length, x, length);
            out.copy_from_slice(&y);
        }
    }
}

multiversion! {
    /// [`dots_f32`] for rows of f16 bits.
    pub(super) fn dots_f16<I, const N: usize>(weights: &[u16], length: usize, x: &[f32], out: &mut [f32]) {
        for (row, out) in weights.chunks_exact(length).zip(out.chunks_exact_mut(N)) {
            let y = dot_row::<I, N>(
                |at| I::widen(row[at..at + LANES].try_into().expect("a slice of 16 is an array of 16")),
                |at| half::f16::from_bits(row[at]).to_f32(),
                length,
                x,
                length,
            );
            out.copy_from_slice(&y);
        }
    }
}

multiversion! {
    /// One attention head for one query: `out = softmax(q · keys) values`, rows `stride` apart.
    ///
    /// `keys` and `values` start at the head's first element of position 0; `probabilities` has one
    /// element per position and holds the softmax afterwards.
    pub(super) fn attend<I>(
        query: &[f32],
        keys: &[f32],
        values: &[f32],
        stride: usize,
        probabilities: &mut [f32],
        out: &mut [f32],
    ) {
        let size = query.len();
        for (position, score) in probabilities.iter_mut().enumerate() {
            let key = &keys[position * stride..position * stride + size];
            let [dot] = dot_row::<I, 1>(|at| *lanes(key, at), |at| key[at], size, query, 0);
            *score = dot;
        }
        softmax_lanes::<I>(probabilities);
        out.fill(0.0);
        for (position, &p) in probabilities.iter().enumerate() {
            let value = &values[position * stride..position * stride + size];
            for (o, v) in out.iter_mut().zip(value) {
                *o = I::fma(p, *v, *o);
            }
        }
    }
}

#[inline(always)]
fn softmax_lanes<I: Isa>(row: &mut [f32]) {
    let mut top = [f32::NEG_INFINITY; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in chunks.by_ref() {
        for i in 0..LANES {
            top[i] = if chunk[i] > top[i] { chunk[i] } else { top[i] };
        }
    }
    let max = chunks.remainder().iter().chain(&top).copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0f32; LANES];
    let mut chunks = row.chunks_exact_mut(LANES);
    for chunk in chunks.by_ref() {
        for i in 0..LANES {
            chunk[i] = exp::<I>(chunk[i] - max);
            sums[i] += chunk[i];
        }
    }
    let mut sum = sum_lanes(sums);
    for x in chunks.into_remainder() {
        *x = exp::<I>(*x - max);
        sum += *x;
    }
    let scale = 1.0 / sum;
    for x in row.iter_mut() {
        *x *= scale;
    }
}

multiversion! {
    /// Softmax of each row of `row_length` in place.
    pub(super) fn softmax_rows<I>(rows: &mut [f32], row_length: usize) {
        for row in rows.chunks_exact_mut(row_length) {
            softmax_lanes::<I>(row);
        }
    }
}

multiversion! {
    /// ln Σ e^x over a row; -∞ elements count for nothing.
    pub(super) fn log_sum_exp<I>(row: &[f32]) -> f32 {
        let mut top = [f32::NEG_INFINITY; LANES];
        let mut chunks = row.chunks_exact(LANES);
        for chunk in chunks.by_ref() {
            for i in 0..LANES {
                top[i] = if chunk[i] > top[i] { chunk[i] } else { top[i] };
            }
        }
        let rest = chunks.remainder();
        let max = rest.iter().chain(&top).copied().fold(f32::NEG_INFINITY, f32::max);
        if max == f32::NEG_INFINITY {
            return max;
        }
        let mut sums = [0f32; LANES];
        for chunk in row.chunks_exact(LANES) {
            for i in 0..LANES {
                sums[i] += exp::<I>(chunk[i] - max);
            }
        }
        let sum = sum_lanes(sums) + rest.iter().map(|x| exp::<I>(x - max)).sum::<f32>();
        max + sum.ln()
    }
}

multiversion! {
    /// `out = (x - mean) / sqrt(var + 1e-5) * weight + bias` for each row of `weight.len()`.
    pub(crate) fn layer_norm<I>(x: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
        let size = weight.len();
        for (x, out) in x.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
            let mut sums = [0f32; LANES];
            let mut chunks = x.chunks_exact(LANES);
            for chunk in chunks.by_ref() {
                for i in 0..LANES {
                    sums[i] += chunk[i];
                }
            }
            let total = sum_lanes(sums) + chunks.remainder().iter().sum::<f32>();
            let mean = total / size as f32;
            let mut squares = [0f32; LANES];
            let mut chunks = x.chunks_exact(LANES);
            for chunk in chunks.by_ref() {
                for i in 0..LANES {
                    let d = chunk[i] - mean;
                    squares[i] = I::fma(d, d, squares[i]);
                }
            }
            let rest: f32 = chunks.remainder().iter().map(|x| (x - mean) * (x - mean)).sum();
            let variance = (sum_lanes(squares) + rest) / size as f32;
            let scale = 1.0 / (variance + 1e-5).sqrt();
            for i in 0..size {
                out[i] = I::fma((x[i] - mean) * scale, weight[i], bias[i]);
            }
        }
    }
}

multiversion! {
    /// Adds `bias` to each row of `bias.len()`.
    pub(super) fn add_bias<I>(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, b) in row.iter_mut().zip(bias) {
                *x += b;
            }
        }
    }
}

multiversion! {
    /// `out += x`, element by element.
    pub(super) fn add<I>(out: &mut [f32], x: &[f32]) {
        for (o, x) in out.iter_mut().zip(x) {
            *o += x;
        }
    }
}

multiversion! {
    /// Adds `bias` to each row, then the exact GELU, `x/2 (1 + erf(x / √2))`, in place.
    pub(super) fn bias_gelu<I>(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, b) in row.iter_mut().zip(bias) {
                let v = *x + b;
                *x = 0.5 * v * (1.0 + erf::<I>(v * std::f32::consts::FRAC_1_SQRT_2));
            }
        }
    }
}

/// erf as an odd rational function on [-4, 4], the one Eigen and XLA use; error below 4e-7.
#[inline(always)]
fn erf<I: Isa>(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let mut p = -2.726_142_3e-10;
    for c in [
        2.770_681_4e-8,
        -2.101_024_1e-6,
        -5.692_506_5e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ] {
        p = I::fma(p, s, c);
    }
    let mut q = -1.456_607_2e-5;
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_3e-3, -1.426_474e-2] {
        q = I::fma(q, s, c);
    }
    x * p / q
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whisper::testing::noise;

    #[test]
    fn batch_is_bitwise_equal_to_singles_in_both_storages() {
        for length in [7, 16, 40, 64, 100, 512] {
            let halves: Vec<u16> =
                noise(3 * length, 1).iter().map(|&v| half::f16::from_f32(v).to_bits()).collect();
            let wide: Vec<f32> = halves.iter().map(|&h| half::f16::from_bits(h).to_f32()).collect();
            let x = noise(4 * length, 2);
            let (mut four, mut f16) = ([0f32; 12], [0f32; 12]);
            dots_f32::<4>(&wide, length, &x, &mut four);
            dots_f16::<4>(&halves, length, &x, &mut f16);
            assert_eq!(four, f16);
            for n in 0..4 {
                let mut one = [0f32; 3];
                dots_f32::<1>(&wide, length, &x[n * length..(n + 1) * length], &mut one);
                for r in 0..3 {
                    let exact: f64 = (0..length)
                        .map(|i| f64::from(wide[r * length + i]) * f64::from(x[n * length + i]))
                        .sum();
                    assert_eq!(one[r], four[r * 4 + n]);
                    assert!((f64::from(one[r]) - exact).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn gelu_softmax_and_norm_match_double_precision() {
        // erf by its Taylor series, in double precision.
        let erf64 = |x: f64| {
            let (mut term, mut sum) = (x, x);
            for n in 1..200 {
                term *= -x * x / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            sum * 2.0 / std::f64::consts::PI.sqrt()
        };
        for i in -300..=300 {
            let x = i as f32 / 100.0;
            let mut y = [x; 20];
            bias_gelu(&mut y, &[0.25; 20]);
            let v = f64::from(x) + 0.25;
            let want = 0.5 * v * (1.0 + erf64(v / std::f64::consts::SQRT_2));
            assert!((f64::from(y[17]) - want).abs() < 2e-6, "{x}: {} {want}", y[17]);
        }
        let row = noise(37, 3).iter().map(|v| v * 30.0).collect::<Vec<_>>();
        let mut soft = row.clone();
        softmax_rows(&mut soft, 37);
        let max = row.iter().copied().fold(f32::MIN, f32::max);
        let total: f64 = row.iter().map(|v| f64::from(v - max).exp()).sum();
        for (s, v) in soft.iter().zip(&row) {
            assert!((f64::from(*s) - f64::from(v - max).exp() / total).abs() < 1e-6);
        }
        let mut normed = vec![0.0; 37];
        layer_norm(&row, &[2.0; 37], &[1.0; 37], &mut normed);
        let mean = normed.iter().sum::<f32>() / 37.0;
        assert!((mean - 1.0).abs() < 1e-5);
    }
}
