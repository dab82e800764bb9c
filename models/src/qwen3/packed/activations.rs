//! Activations rounded to 8 bits and laid out for the kernels.

use std::arch::x86_64::*;

use super::{BLOCK, GROUP, SUPER};
use crate::ops::pool::{self, SharedMut};

/// Activations rounded to 8 bits, in groups of up to [`GROUP`] rows.
pub(super) struct Activations {
    pub(super) cols: usize,
    pub(super) block: usize,
    pub(super) count: usize,
    /// Per group and four inputs: four bytes of each row.
    pub(super) values: Vec<u8>,
    /// Per group and block: the scale of each row.
    pub(super) scales: Vec<f32>,
    /// Per group and 16 inputs (K-quants) or 32 (Q8_0): each row's sum of values times -32 or
    /// -128, which undoes the offset of unsigned weights.
    pub(super) offsets: Vec<i32>,
    /// Per group and 64 inputs: each row's two sums of 32 values as 16-bit halves (K-quants).
    pub(super) pairs: Vec<i32>,
}

impl Activations {
    /// Rounds `x`, `[count, cols]`, with one scale per `block` inputs.
    pub(super) fn new(x: &[f32], count: usize, block: usize) -> Self {
        let cols = x.len() / count;
        let sub = if block == SUPER { 16 } else { BLOCK };
        let mut this = Self {
            cols,
            block,
            count,
            values: vec![0; count * cols],
            scales: vec![0.0; count * cols / block],
            offsets: vec![0; count * cols / sub],
            pairs: vec![0; if block == SUPER { count * cols / 64 } else { 0 }],
        };
        let values = SharedMut::new(&mut this.values);
        let scales = SharedMut::new(&mut this.scales);
        let offsets = SharedMut::new(&mut this.offsets);
        let pairs = SharedMut::new(&mut this.pairs);
        pool::run(count.div_ceil(GROUP), |group| {
            let first = group * GROUP;
            let rows = GROUP.min(count - first);
            // SAFETY: groups are disjoint, and the vectors outlive the loop.
            let (values, scales, offsets, pairs) = unsafe {
                (
                    values.slice(first * cols, rows * cols),
                    scales.slice(first * cols / block, rows * cols / block),
                    offsets.slice(first * cols / sub, rows * cols / sub),
                    if block == SUPER {
                        pairs.slice(first * cols / 64, rows * cols / 64)
                    } else {
                        pairs.slice(0, 0)
                    },
                )
            };
            for row in 0..rows {
                let x = &x[(first + row) * cols..][..cols];
                let to = Quantised { rows, row, values, scales, offsets, pairs };
                // SAFETY: packed matrices exist only where the processor has AVX-512.
                unsafe {
                    if block == SUPER { quantise::<SUPER>(x, to) } else { quantise::<BLOCK>(x, to) }
                }
            }
        });
        this
    }
}

/// One row's part of a group.
struct Quantised<'a> {
    rows: usize,
    row: usize,
    values: &'a mut [u8],
    scales: &'a mut [f32],
    offsets: &'a mut [i32],
    pairs: &'a mut [i32],
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
fn quantise<const N: usize>(x: &[f32], to: Quantised<'_>) {
    let Quantised { rows, row, values, scales, offsets, pairs } = to;
    let (words, _) = values.as_chunks_mut::<4>();
    for (index, block) in x.as_chunks::<N>().0.iter().enumerate() {
        // Sixteen inputs at a time; loops of a constant length, unrolled into registers.
        let parts = block.as_chunks::<16>().0;
        // SAFETY: sixteen floats.
        let load = |part: &[f32; 16]| unsafe { _mm512_loadu_ps(part.as_ptr()) };
        let mut largest = _mm512_setzero_ps();
        for part in parts {
            largest = _mm512_max_ps(_mm512_abs_ps(load(part)), largest);
        }
        let largest = _mm512_reduce_max_ps(largest);
        let inverse = _mm512_set1_ps(if largest > 0.0 { 127.0 / largest } else { 0.0 });
        scales[index * rows + row] = largest / 127.0;
        let mut sums = [0i32; 16];
        for (sub, part) in parts.iter().enumerate() {
            let scaled = _mm512_mul_ps(load(part), inverse);
            let rounded = _mm512_cvtps_epi32(scaled);
            sums[sub] = _mm512_reduce_add_epi32(rounded);
            let mut bytes = [0u8; 16];
            // SAFETY: sixteen bytes.
            unsafe {
                _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm512_cvtsepi32_epi8(rounded));
            }
            for (word, value) in bytes.as_chunks::<4>().0.iter().enumerate() {
                words[(index * (N / 4) + sub * 4 + word) * rows + row] = *value;
            }
        }
        if N == SUPER {
            for (sub, sum) in sums.iter().enumerate() {
                offsets[(index * 16 + sub) * rows + row] = sum.wrapping_mul(-32);
            }
            for (pair, sums) in sums.as_chunks::<4>().0.iter().enumerate() {
                let low = sums[0].wrapping_add(sums[1]);
                let high = sums[2].wrapping_add(sums[3]);
                pairs[(index * 4 + pair) * rows + row] = low & 0xffff | high << 16;
            }
        } else {
            offsets[index * rows + row] = sums[0].wrapping_add(sums[1]).wrapping_mul(-128);
        }
    }
}
