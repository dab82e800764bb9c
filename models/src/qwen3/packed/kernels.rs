//! Rows of activations times a tile of weights, with AVX-512 VNNI.

// Rows index several arrays at once; a loop over one of them would hide that.
#![allow(clippy::needless_range_loop)]

use std::arch::x86_64::*;

use super::{BLOCK, Q4K_BYTES, Q6K_BYTES, Q8_BYTES, SUPER};

/// How far ahead a lone row of activations asks memory for weights.
const AHEAD: usize = 4096;

/// M rows of activations: four bytes of each row for each four inputs, and what goes with them.
pub(super) struct Part<'a, const M: usize> {
    pub(super) values: *const i32,
    pub(super) scales: &'a [f32],
    pub(super) offsets: &'a [i32],
    pub(super) pairs: &'a [i32],
    pub(super) first: usize,
    pub(super) cols: usize,
}

/// Sixteen f16 as f32.
///
/// # Safety
///
/// `from` is valid for 32 bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn halves(from: *const u8) -> __m512 {
    // SAFETY: the caller's promise.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(from.cast()) })
}

/// # Safety
///
/// `data` is a Q4_K tile of `part.cols` inputs; `part` holds M rows of as many.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(super) unsafe fn q4k<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
    let nibble = _mm512_set1_epi8(15);
    let mut total = [_mm512_setzero_ps(); M];
    let pairs = &part.pairs[part.first * part.cols / 64..(part.first + M) * part.cols / 64];
    for block in 0..part.cols / SUPER {
        // SAFETY: within the block's bytes and the rows' values, by the layouts.
        unsafe {
            let base = data.as_ptr().add(block * Q4K_BYTES);
            let mut x = part.values.add(block * 64 * M);
            let mut sums = [_mm512_setzero_si512(); M];
            for sub in 0..8 {
                let mut dots = [_mm512_setzero_si512(); M];
                let from = base.add(320 + sub * 256);
                for group in 0..4 {
                    let w = _mm512_load_si512(from.add(group * 64).cast());
                    if M == 1 {
                        _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(group * 64 + AHEAD).cast());
                    }
                    let low = _mm512_and_si512(w, nibble);
                    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(w), nibble);
                    for row in 0..M {
                        let a = _mm512_set1_epi32(x.add(group * M + row).read_unaligned());
                        let b = _mm512_set1_epi32(x.add((group + 4) * M + row).read_unaligned());
                        dots[row] = _mm512_dpbusd_epi32(dots[row], low, a);
                        dots[row] = _mm512_dpbusd_epi32(dots[row], high, b);
                    }
                }
                x = x.add(8 * M);
                let scale = _mm512_cvtepu8_epi32(_mm_load_si128(base.add(64 + sub * 16).cast()));
                for row in 0..M {
                    sums[row] = _mm512_add_epi32(sums[row], _mm512_mullo_epi32(dots[row], scale));
                }
            }
            let mut mins = [_mm512_setzero_si512(); M];
            for pair in 0..4 {
                let from = _mm256_load_si256(base.add(192 + pair * 32).cast());
                let min = _mm512_cvtepu8_epi16(from);
                for row in 0..M {
                    let sum = _mm512_set1_epi32(pairs[(block * 4 + pair) * M + row]);
                    mins[row] = _mm512_dpwssd_epi32(mins[row], min, sum);
                }
            }
            let (d, dmin) = (halves(base), halves(base.add(32)));
            for row in 0..M {
                let scale = _mm512_set1_ps(part.scales[block * M + row]);
                let value = _mm512_mul_ps(d, _mm512_cvtepi32_ps(sums[row]));
                let value = _mm512_fnmadd_ps(dmin, _mm512_cvtepi32_ps(mins[row]), value);
                total[row] = _mm512_fmadd_ps(value, scale, total[row]);
            }
        }
    }
    total
}

/// # Safety
///
/// `data` is a Q6_K tile of `part.cols` inputs; `part` holds M rows of as many.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(super) unsafe fn q6k<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
    let nibble = _mm512_set1_epi8(15);
    let high = _mm512_set1_epi8(48);
    let mut total = [_mm512_setzero_ps(); M];
    let offsets = &part.offsets[part.first * part.cols / 16..(part.first + M) * part.cols / 16];
    for block in 0..part.cols / SUPER {
        // SAFETY: within the block's bytes and the rows' values, by the layouts.
        unsafe {
            let base = data.as_ptr().add(block * Q6K_BYTES);
            let mut x = part.values.add(block * 64 * M);
            let mut sums = [_mm512_setzero_si512(); M];
            for sub in 0..16 {
                let from = base.add(320 + sub * 192);
                let a = _mm512_load_si512(from.cast());
                let b = _mm512_load_si512(from.add(64).cast());
                let h = _mm512_load_si512(from.add(128).cast());
                if M == 1 {
                    for line in 0..3 {
                        _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(line * 64 + AHEAD).cast());
                    }
                }
                // 0xea: (first and second) or third.
                let join = |low, bits| {
                    let bits = _mm512_and_si512(bits, high);
                    _mm512_ternarylogic_epi32::<0xea>(low, nibble, bits)
                };
                let w = [
                    join(a, _mm512_slli_epi16::<4>(h)),
                    join(_mm512_srli_epi16::<4>(a), _mm512_slli_epi16::<2>(h)),
                    join(b, h),
                    join(_mm512_srli_epi16::<4>(b), _mm512_srli_epi16::<2>(h)),
                ];
                let scale = _mm512_cvtepi8_epi32(_mm_load_si128(base.add(64 + sub * 16).cast()));
                for row in 0..M {
                    let mut dot = _mm512_set1_epi32(offsets[(block * 16 + sub) * M + row]);
                    for (group, &w) in w.iter().enumerate() {
                        let v = _mm512_set1_epi32(x.add(group * M + row).read_unaligned());
                        dot = _mm512_dpbusd_epi32(dot, w, v);
                    }
                    sums[row] = _mm512_add_epi32(sums[row], _mm512_mullo_epi32(dot, scale));
                }
                x = x.add(4 * M);
            }
            let d = halves(base);
            for row in 0..M {
                let scale = _mm512_mul_ps(d, _mm512_set1_ps(part.scales[block * M + row]));
                total[row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[row]), scale, total[row]);
            }
        }
    }
    total
}

/// # Safety
///
/// `data` is a Q8_0 tile of `part.cols` inputs; `part` holds M rows of as many.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
pub(super) unsafe fn q8<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
    let mut total = [_mm512_setzero_ps(); M];
    let blocks = part.cols / BLOCK;
    let offsets = &part.offsets[part.first * blocks..(part.first + M) * blocks];
    for block in 0..blocks {
        // SAFETY: within the tile's bytes and the rows' values, by the layouts.
        unsafe {
            // A tile's bytes may be half a line, so the next tile's lines are not aligned.
            let base = data.as_ptr().add(block * Q8_BYTES);
            let x = part.values.add(block * 8 * M);
            let mut dots = [_mm512_setzero_si512(); M];
            for row in 0..M {
                dots[row] = _mm512_set1_epi32(offsets[block * M + row]);
            }
            for group in 0..8 {
                let w = _mm512_loadu_si512(base.add(group * 64).cast());
                for row in 0..M {
                    let v = _mm512_set1_epi32(x.add(group * M + row).read_unaligned());
                    dots[row] = _mm512_dpbusd_epi32(dots[row], w, v);
                }
            }
            let d = halves(data.as_ptr().add(blocks * Q8_BYTES + block * 32));
            for row in 0..M {
                let scale = _mm512_mul_ps(d, _mm512_set1_ps(part.scales[block * M + row]));
                total[row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[row]), scale, total[row]);
            }
        }
    }
    total
}
