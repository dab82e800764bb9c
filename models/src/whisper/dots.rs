//! Products of weight rows with few vectors, where reading the weights is the cost.
//!
//! With AVX-512 several rows are read at once, so that a vector's elements are loaded once for all
//! of them and more than one stream of memory is under way. A row by a vector is summed in the same
//! order however many rows and vectors go together.

use super::kernels;
#[cfg(target_arch = "x86_64")]
use crate::ops::lanes::{Level, level};

/// `out[r * N + n] = weights[r] · x[n]` for f32 rows of `length` elements.
pub(super) fn f32_rows<const N: usize>(weights: &[f32], length: usize, x: &[f32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if level() == Level::V4 {
        return avx512::rows::<f32, N>(weights, length, x, out);
    }
    kernels::dots_f32::<N>(weights, length, x, out);
}

/// [`f32_rows`] for rows of f16 bits.
pub(super) fn f16_rows<const N: usize>(weights: &[u16], length: usize, x: &[f32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if level() == Level::V4 {
        return avx512::rows::<u16, N>(weights, length, x, out);
    }
    kernels::dots_f16::<N>(weights, length, x, out);
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    const LANES: usize = 16;

    /// An element type of the weights.
    pub(super) trait Element: Copy {
        /// Sixteen elements as f32.
        ///
        /// # Safety
        /// AVX-512 must be there and `from` valid for 16 elements.
        unsafe fn load(from: *const Self) -> __m512;

        /// As `load` for the elements that `mask` names, zeros for the others.
        ///
        /// # Safety
        /// AVX-512 must be there and `from` valid for the elements named.
        unsafe fn load_some(from: *const Self, mask: __mmask16) -> __m512;
    }

    impl Element for f32 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        unsafe fn load(from: *const f32) -> __m512 {
            // SAFETY: the caller's promise.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        unsafe fn load_some(from: *const f32, mask: __mmask16) -> __m512 {
            // SAFETY: the caller's promise.
            unsafe { _mm512_maskz_loadu_ps(mask, from) }
        }
    }

    impl Element for u16 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        unsafe fn load(from: *const u16) -> __m512 {
            // SAFETY: the caller's promise.
            _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(from.cast()) })
        }

        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        unsafe fn load_some(from: *const u16, mask: __mmask16) -> __m512 {
            // SAFETY: the caller's promise.
            _mm512_cvtph_ps(unsafe { _mm256_maskz_loadu_epi16(mask, from.cast()) })
        }
    }

    /// All rows of `weights` by `N` vectors; the processor must have AVX-512.
    pub(super) fn rows<T: Element, const N: usize>(
        weights: &[T],
        length: usize,
        x: &[f32],
        out: &mut [f32],
    ) {
        let count = out.len() / N;
        assert!(weights.len() >= count * length && x.len() >= N * length, "too few elements");
        // With four vectors, two rows already take 16 of the 32 registers for their sums.
        let together = if N > 2 { 2 } else { 4 };
        let mut row = 0;
        while row < count {
            let at = weights[row * length..].as_ptr();
            let to = &mut out[row * N..];
            // SAFETY: `available` was asked by the callers, and the lengths were checked.
            unsafe {
                if count - row < together {
                    tile::<T, N, 1>(at, length, x.as_ptr(), to);
                    row += 1;
                } else if N > 2 {
                    tile::<T, N, 2>(at, length, x.as_ptr(), to);
                    row += 2;
                } else {
                    tile::<T, N, 4>(at, length, x.as_ptr(), to);
                    row += 4;
                }
            }
        }
    }

    /// `R` rows by `N` vectors.
    ///
    /// # Safety
    /// AVX-512 must be there, `weights` valid for R and `x` for N times `length` elements.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    unsafe fn tile<T: Element, const N: usize, const R: usize>(
        weights: *const T,
        length: usize,
        x: *const f32,
        out: &mut [f32],
    ) {
        // Two sums each, so that one multiply-add need not wait for the one before.
        let mut even = [[_mm512_setzero_ps(); N]; R];
        let mut odd = [[_mm512_setzero_ps(); N]; R];
        let mut at = 0;
        // SAFETY: `at` and what is read after it stay below `length` in every row and vector; a
        // prefetch beyond the end is ignored.
        unsafe {
            while at + 2 * LANES <= length {
                let mut x0 = [_mm512_setzero_ps(); N];
                let mut x1 = [_mm512_setzero_ps(); N];
                for n in 0..N {
                    x0[n] = _mm512_loadu_ps(x.add(n * length + at));
                    x1[n] = _mm512_loadu_ps(x.add(n * length + at + LANES));
                }
                for r in 0..R {
                    let row = weights.add(r * length + at);
                    _mm_prefetch::<_MM_HINT_T0>(row.wrapping_add(R * length).cast());
                    let (w0, w1) = (T::load(row), T::load(row.add(LANES)));
                    for n in 0..N {
                        even[r][n] = _mm512_fmadd_ps(w0, x0[n], even[r][n]);
                        odd[r][n] = _mm512_fmadd_ps(w1, x1[n], odd[r][n]);
                    }
                }
                at += 2 * LANES;
            }
            while at < length {
                let mask = if length - at < LANES { (1u16 << (length - at)) - 1 } else { !0 };
                for (r, sums) in even.iter_mut().enumerate() {
                    let w = T::load_some(weights.add(r * length + at), mask);
                    for (n, sum) in sums.iter_mut().enumerate() {
                        let x = _mm512_maskz_loadu_ps(mask, x.add(n * length + at));
                        *sum = _mm512_fmadd_ps(w, x, *sum);
                    }
                }
                at += LANES;
            }
        }
        for r in 0..R {
            for n in 0..N {
                out[r * N + n] = _mm512_reduce_add_ps(_mm512_add_ps(even[r][n], odd[r][n]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whisper::testing::noise;

    #[test]
    fn any_number_of_rows_and_vectors_gives_the_same_products() {
        for length in [7, 16, 40, 64, 100, 512] {
            for rows in [1, 2, 3, 5, 8] {
                let halves: Vec<u16> = noise(rows * length, 1)
                    .iter()
                    .map(|&v| half::f16::from_f32(v).to_bits())
                    .collect();
                let wide: Vec<f32> =
                    halves.iter().map(|&h| half::f16::from_bits(h).to_f32()).collect();
                let x = noise(4 * length, 2);
                let (mut four, mut two) = (vec![0f32; rows * 4], vec![0f32; rows * 2]);
                let mut from_half = four.clone();
                f32_rows::<4>(&wide, length, &x, &mut four);
                f16_rows::<4>(&halves, length, &x, &mut from_half);
                f16_rows::<2>(&halves, length, &x, &mut two);
                assert_eq!(four, from_half);
                for r in 0..rows {
                    for n in 0..4 {
                        let row = &wide[r * length..(r + 1) * length];
                        let x = &x[n * length..(n + 1) * length];
                        let mut one = [0f32];
                        f32_rows::<1>(row, length, x, &mut one);
                        assert_eq!(one[0], four[r * 4 + n], "{rows} rows of {length}");
                        if n < 2 {
                            assert_eq!(one[0], two[r * 2 + n], "{rows} rows of {length}");
                        }
                        let exact: f64 =
                            row.iter().zip(x).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                        assert!((f64::from(one[0]) - exact).abs() < 1e-4);
                    }
                }
            }
        }
    }
}
