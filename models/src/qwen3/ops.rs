//! Element-wise arithmetic of the network on plain slices.
//!
//! Each function is written as loops that the compiler vectorises, compiled for AVX-512, AVX2 and
//! the baseline, and chosen at run time.

use half::f16;

/// Lanes of the partial sums that let the compiler vectorise a reduction.
const LANES: usize = 16;

/// Compiles a function for several instruction sets and picks the widest the processor has.
macro_rules! dispatch {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)? $body:block) => {
        $(#[$doc])*
        pub(crate) fn $name($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma,f16c")]
                fn avx512($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                fn avx2($($arg: $ty),*) $(-> $ret)? {
                    body($($arg),*)
                }
                if has_avx512() {
                    // SAFETY: the processor has these instructions.
                    return unsafe { avx512($($arg),*) };
                }
                if has_avx2() {
                    // SAFETY: the processor has these instructions.
                    return unsafe { avx2($($arg),*) };
                }
            }
            body($($arg),*)
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && has_avx2()
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

/// e to the power of `x`, to 2 units in the last place, 0 below -87 (method of Cephes `expf`).
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that the remainder keeps its digits.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let clamped = x.clamp(-87.0, 88.0);
    let n = (clamped * LOG2_E).round_ties_even();
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, clamped));
    let mut p = 1.987_569_1e-4f32;
    p = p.mul_add(r, 1.398_2e-3);
    p = p.mul_add(r, 8.333_452e-3);
    p = p.mul_add(r, 4.166_579_6e-2);
    p = p.mul_add(r, 1.666_666_5e-1);
    p = p.mul_add(r, 0.5);
    let y = p.mul_add(r * r, r) + 1.0;
    // `n` is within ±128: nothing wraps, and without checks the loop stays one of vectors. NaN
    // becomes 0 here and stays NaN in `y`.
    let power = f32::from_bits((n as i32).wrapping_add(127).wrapping_shl(23) as u32);
    if x < -87.0 { 0.0 } else { y * power }
}

#[inline(always)]
fn sum_by(x: &[f32], y: &[f32], f: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (xs, x_rest) = x.as_chunks::<LANES>();
    let (ys, y_rest) = y.as_chunks::<LANES>();
    for (a, b) in xs.iter().zip(ys) {
        for lane in 0..LANES {
            lanes[lane] = f(lanes[lane], a[lane], b[lane]);
        }
    }
    let rest = x_rest.iter().zip(y_rest).fold(0.0, |sum, (&a, &b)| f(sum, a, b));
    lanes.iter().sum::<f32>() + rest
}

dispatch! {
    /// The sum of products of two vectors of equal length.
    fn dot(x: &[f32], y: &[f32]) -> f32 {
        sum_by(x, y, |sum, a, b| a.mul_add(b, sum))
    }
}

dispatch! {
    /// The products of each of `queries`, `[heads, dim]`, with each of `keys`, `[positions, dim]`:
    /// `scores[head * stride + position]`.
    fn scores(queries: &[f32], keys: &[f32], dim: usize, scores: &mut [f32], stride: usize) {
        for (position, key) in keys.chunks_exact(dim).enumerate() {
            for (head, query) in queries.chunks_exact(dim).enumerate() {
                scores[head * stride + position] =
                    sum_by(query, key, |sum, a, b| a.mul_add(b, sum));
            }
        }
    }
}

dispatch! {
    /// Adds to each of `out`, `[heads, dim]`, the `values`, `[positions, dim]`, times their weights
    /// `weights[head * stride + position]`.
    fn mix(out: &mut [f32], values: &[f32], dim: usize, weights: &[f32], stride: usize) {
        // Lanes that stay in registers over all positions.
        const WIDTH: usize = 64;
        for (head, out) in out.chunks_exact_mut(dim).enumerate() {
            for (part, out) in out.chunks_mut(WIDTH).enumerate() {
                let mut sums = [0f32; WIDTH];
                for (position, value) in values.chunks_exact(dim).enumerate() {
                    let weight = weights[head * stride + position];
                    let value = &value[part * WIDTH..][..out.len()];
                    if let Ok(value) = <&[f32; WIDTH]>::try_from(value) {
                        for lane in 0..WIDTH {
                            sums[lane] = value[lane].mul_add(weight, sums[lane]);
                        }
                    } else {
                        for (sum, &value) in sums.iter_mut().zip(value) {
                            *sum = value.mul_add(weight, *sum);
                        }
                    }
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out += sum;
                }
            }
        }
    }
}

dispatch! {
    /// `y += x`.
    fn add(y: &mut [f32], x: &[f32]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }
}

dispatch! {
    /// `y *= scale`.
    fn scale(y: &mut [f32], scale: f32) {
        for y in y.iter_mut() {
            *y *= scale;
        }
    }
}

dispatch! {
    /// `out = x / rms(x) * weight` (RMS norm, Zhang and Sennrich 2019).
    fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
        let mean = sum_by(x, x, |sum, a, _| a.mul_add(a, sum)) / x.len() as f32;
        let factor = 1.0 / (mean + eps).sqrt();
        for ((out, &x), &w) in out.iter_mut().zip(x).zip(weight) {
            *out = x * factor * w;
        }
    }
}

dispatch! {
    /// One head: RMS norm, then rotary positions on the halves of the vector (GPT-NeoX order),
    /// in place; `cos` and `sin` have half the head's width.
    fn norm_rope(x: &mut [f32], weight: &[f32], eps: f32, cos: &[f32], sin: &[f32]) {
        let mean = sum_by(x, x, |sum, a, _| a.mul_add(a, sum)) / x.len() as f32;
        let factor = 1.0 / (mean + eps).sqrt();
        let (low, high) = x.split_at_mut(cos.len());
        let (w_low, w_high) = weight.split_at(cos.len());
        for (i, (low, high)) in low.iter_mut().zip(high.iter_mut()).enumerate() {
            let a = *low * factor * w_low[i];
            let b = *high * factor * w_high[i];
            *low = a * cos[i] - b * sin[i];
            *high = b * cos[i] + a * sin[i];
        }
    }
}

dispatch! {
    /// `gate = gate * sigmoid(gate) * up` (SwiGLU, Shazeer 2020).
    fn swiglu(gate: &mut [f32], up: &[f32]) {
        for (gate, &up) in gate.iter_mut().zip(up) {
            *gate = *gate / (1.0 + exp(-*gate)) * up;
        }
    }
}

dispatch! {
    /// The largest element, negative infinity of none.
    fn max(x: &[f32]) -> f32 {
        let mut lanes = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = x.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
            }
        }
        lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, &b| a.max(b))
    }
}

dispatch! {
    /// `x = exp(scale * (x - shift))`; returns the sum.
    fn exp_sum(x: &mut [f32], scale: f32, shift: f32) -> f32 {
        let mut lanes = [0f32; LANES];
        let (chunks, rest) = x.as_chunks_mut::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                chunk[lane] = exp((chunk[lane] - shift) * scale);
                lanes[lane] += chunk[lane];
            }
        }
        let mut sum = lanes.iter().sum::<f32>();
        for x in rest {
            *x = exp((*x - shift) * scale);
            sum += *x;
        }
        sum
    }
}

/// Rounds to half precision.
pub(crate) fn to_f16(from: &[f32], to: &mut [f16]) {
    half::slice::HalfFloatSliceExt::convert_from_f32_slice(to, from);
}

/// Widens to single precision.
pub(crate) fn from_f16(from: &[f16], to: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if has_avx512() {
        // SAFETY: the processor has these instructions.
        return unsafe { from_f16_avx512(from, to) };
    }
    half::slice::HalfFloatSliceExt::convert_to_f32_slice(from, to);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma,f16c")]
fn from_f16_avx512(from: &[f16], to: &mut [f32]) {
    use std::arch::x86_64::*;
    let (halves, half_rest) = from.as_chunks::<LANES>();
    let (floats, float_rest) = to.as_chunks_mut::<LANES>();
    for (half, float) in halves.iter().zip(floats) {
        // SAFETY: sixteen elements of each, and f16 has the layout of its bits.
        unsafe {
            let wide = _mm512_cvtph_ps(_mm256_loadu_si256(half.as_ptr().cast()));
            _mm512_storeu_ps(float.as_mut_ptr(), wide);
        }
    }
    for (half, float) in half_rest.iter().zip(float_rest) {
        *float = half.to_f32();
    }
}
