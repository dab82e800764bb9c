//! Block-quantised matrices rearranged for the 8-bit dot products of AVX-512 VNNI.
//!
//! Values keep their few bits; only their order changes. Sixteen weight rows make a tile, and one
//! 512-bit register holds four consecutive inputs of each row, so that one `vpdpbusd` with a
//! broadcast of four activations advances sixteen outputs at once. A tile is read once from
//! start to end per block of activations, in order, with about as many bytes as in the file:
//!
//! - Q4_K, per 256 inputs: 16 scales and 16 minimum scales (f16), then 8 × 16 scales (u8), then
//!   4 × 16 × 2 minima (u8), then 32 × 64 bytes of two values each: 4.6 bits a weight.
//! - Q6_K, per 256 inputs: 16 scales (f16) and padding, then 16 × 16 scales (i8), then for each 16
//!   inputs 128 bytes of low nibbles and 64 bytes of high pairs: 6.6 bits a weight.
//! - Q8_0: 8 × 64 bytes per 32 inputs, offset by 128 to be unsigned; after all of them the scales,
//!   16 (f16) per 32 inputs: 8.5 bits a weight.
//!
//! Activations are rounded to 8 bits with one scale per 256 inputs for K-quants and per 32 for
//! Q8_0, as in llama.cpp. All sums within a scale are exact in 32-bit integers, so a product does
//! not depend on how many rows of activations are multiplied at once.

use std::arch::x86_64::*;

use candle_core::quantized::GgmlDType;

use memmap2::MmapMut;

use super::pool::{self, SharedMut};
use crate::{Error, Result};

/// Weight rows of a tile: 32-bit lanes of a register.
const TILE: usize = 16;
/// Inputs per block of a K-quant.
const SUPER: usize = 256;
/// Inputs per block of Q8_0.
const BLOCK: usize = 32;
/// Activation rows multiplied by a tile at once, as many as registers allow.
const GROUP: usize = 8;

/// How far ahead a lone row of activations asks memory for weights.
const AHEAD: usize = 4096;

const Q4K_BYTES: usize = 32 + 32 + 128 + 128 + 2048;
const Q6K_BYTES: usize = 64 + 256 + 3072;
const Q8_BYTES: usize = 512;

/// How a matrix is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Q4K,
    Q6K,
    Q8,
}

impl Layout {
    fn of(dtype: GgmlDType) -> Option<Self> {
        if dtype == GgmlDType::Q4K {
            Some(Self::Q4K)
        } else if dtype == GgmlDType::Q6K {
            Some(Self::Q6K)
        } else if dtype == GgmlDType::Q8_0 {
            Some(Self::Q8)
        } else {
            None
        }
    }

    /// Inputs that share an activation scale.
    fn block(self) -> usize {
        match self {
            Self::Q4K | Self::Q6K => SUPER,
            Self::Q8 => BLOCK,
        }
    }

    /// Bytes of a tile with `cols` inputs.
    fn tile_bytes(self, cols: usize) -> usize {
        match self {
            Self::Q4K => cols / SUPER * Q4K_BYTES,
            Self::Q6K => cols / SUPER * Q6K_BYTES,
            Self::Q8 => cols / BLOCK * (Q8_BYTES + TILE * 2),
        }
    }
}

/// Whether this processor multiplies matrices of that type and width in packed form.
pub(crate) fn supports(dtype: GgmlDType, cols: usize) -> bool {
    super::ops::has_avx512()
        && is_x86_feature_detected!("avx512vnni")
        && Layout::of(dtype).is_some_and(|layout| cols > 0 && cols.is_multiple_of(layout.block()))
}

/// Zeroed memory aligned to pages, in huge ones where the system has them: a matrix is read from
/// end to end, and looking up small pages would take as long as the reading.
struct Lines {
    map: Option<MmapMut>,
}

impl Lines {
    fn zeroed(bytes: usize) -> Result<Self> {
        if bytes == 0 {
            return Ok(Self { map: None });
        }
        let map = MmapMut::map_anon(bytes).map_err(|error| Error::io("memory", error))?;
        #[cfg(target_os = "linux")]
        if bytes >= 1 << 21 {
            // Only speed is at stake.
            drop(map.advise(memmap2::Advice::HugePage));
        }
        Ok(Self { map: Some(map) })
    }

    fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.map.as_deref_mut().unwrap_or_default()
    }
}

/// A rearranged matrix.
pub(crate) struct Packed {
    layout: Layout,
    rows: usize,
    cols: usize,
    tiles: Lines,
}

impl Packed {
    /// Rearranges `data`, `rows` rows of `cols` values in ggml's blocks of type `dtype`, for which
    /// [`supports`] holds. Rows beyond the last full tile are filled with zeros.
    pub(crate) fn new(dtype: GgmlDType, rows: usize, cols: usize, data: &[u8]) -> Result<Self> {
        let layout = Layout::of(dtype).unwrap_or(Layout::Q8);
        let tile_bytes = layout.tile_bytes(cols);
        let row_bytes = data.len() / rows.max(1);
        let mut tiles = Lines::zeroed(rows.div_ceil(TILE) * tile_bytes)?;
        let len = rows.div_ceil(TILE) * tile_bytes;
        // Several tiles a task: the loop's overhead is small beside a page of memory.
        pool::chunks_mut(&mut tiles.bytes_mut()[..len], tile_bytes * 4, |task, tiles| {
            for (index, tile) in tiles.chunks_exact_mut(tile_bytes).enumerate() {
                let first = (task * 4 + index) * TILE;
                for lane in 0..TILE.min(rows - first) {
                    let row = &data[(first + lane) * row_bytes..][..row_bytes];
                    match layout {
                        Layout::Q4K => pack_q4k(row, lane, tile),
                        Layout::Q6K => pack_q6k(row, lane, tile),
                        Layout::Q8 => pack_q8(row, lane, tile, cols),
                    }
                }
            }
        });
        Ok(Self { layout, rows, cols, tiles })
    }
}

/// Where input `k` of row `lane` lies among values stored four inputs of each row at a time.
fn place(k: usize, lane: usize) -> usize {
    k / 4 * 64 + lane * 4 + k % 4
}

fn pack_q4k(row: &[u8], lane: usize, tile: &mut [u8]) {
    for (block, to) in row.chunks_exact(144).zip(tile.chunks_exact_mut(Q4K_BYTES)) {
        to[lane * 2..lane * 2 + 2].copy_from_slice(&block[0..2]);
        to[32 + lane * 2..34 + lane * 2].copy_from_slice(&block[2..4]);
        let s = &block[4..16];
        for sub in 0..8 {
            let (scale, min) = if sub < 4 {
                (s[sub] & 63, s[sub + 4] & 63)
            } else {
                (s[sub + 4] & 15 | s[sub - 4] >> 6 << 4, s[sub + 4] >> 4 | s[sub] >> 6 << 4)
            };
            to[64 + sub * TILE + lane] = scale;
            to[192 + sub / 2 * 32 + lane * 2 + sub % 2] = min;
            // In the file, 32 bytes hold two sub-blocks; here, a byte holds inputs k and k + 16 of
            // one sub-block.
            let shift = sub % 2 * 4;
            let from = &block[16 + sub / 2 * 32..][..32];
            for k in 0..16 {
                let low = from[k] >> shift & 15;
                let high = from[k + 16] >> shift & 15;
                to[320 + sub * 256 + place(k, lane)] = low | high << 4;
            }
        }
    }
}

fn pack_q6k(row: &[u8], lane: usize, tile: &mut [u8]) {
    for (block, to) in row.chunks_exact(210).zip(tile.chunks_exact_mut(Q6K_BYTES)) {
        to[lane * 2..lane * 2 + 2].copy_from_slice(&block[208..210]);
        for sub in 0..16 {
            to[64 + sub * TILE + lane] = block[192 + sub];
            let to = &mut to[320 + sub * 192..][..192];
            for k in 0..16 {
                let at = sub * 16 + k;
                let (half, quarter, l) = (at / 128, at % 128 / 32, at % 32);
                let low = block[half * 64 + quarter % 2 * 32 + l] >> (quarter / 2 * 4) & 15;
                let high = block[128 + half * 32 + l] >> (quarter * 2) & 3;
                // Groups of four inputs: 0 and 2 in low nibbles, 1 and 3 in high ones.
                let group = k / 4;
                to[group / 2 * 64 + lane * 4 + k % 4] |= low << (group % 2 * 4);
                to[128 + lane * 4 + k % 4] |= high << (group * 2);
            }
        }
    }
}

fn pack_q8(row: &[u8], lane: usize, tile: &mut [u8], cols: usize) {
    let (values, scales) = tile.split_at_mut(cols / BLOCK * Q8_BYTES);
    for (index, block) in row.chunks_exact(34).enumerate() {
        let at = index * TILE * 2 + lane * 2;
        scales[at..at + 2].copy_from_slice(&block[..2]);
        let to = &mut values[index * Q8_BYTES..][..Q8_BYTES];
        for (k, value) in block[2..].iter().enumerate() {
            to[place(k, lane)] = value ^ 0x80;
        }
    }
}

/// Activations rounded to 8 bits, in groups of up to [`GROUP`] rows.
struct Activations {
    cols: usize,
    block: usize,
    count: usize,
    /// Per group and four inputs: four bytes of each row.
    values: Vec<u8>,
    /// Per group and block: the scale of each row.
    scales: Vec<f32>,
    /// Per group and 16 inputs (K-quants) or 32 (Q8_0): each row's sum of values times -32 or
    /// -128, which undoes the offset of unsigned weights.
    offsets: Vec<i32>,
    /// Per group and 64 inputs: each row's two sums of 32 values as 16-bit halves (K-quants).
    pairs: Vec<i32>,
}

impl Activations {
    fn new(x: &[f32], count: usize, block: usize) -> Self {
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

/// Writes the products of `x`, `[count, cols]`, with several matrices of the same `cols`.
pub(crate) fn multiply(x: &[f32], count: usize, jobs: &mut [(&Packed, &mut [f32])]) {
    for block in [SUPER, BLOCK] {
        let mut parts = Vec::new();
        let mut tiles = 0;
        for (weights, out) in jobs.iter_mut().filter(|(weights, _)| weights.layout.block() == block)
        {
            let count = weights.rows.div_ceil(TILE);
            parts.push((tiles, *weights, SharedMut::new(out)));
            tiles += count;
        }
        if tiles == 0 {
            continue;
        }
        let activations = Activations::new(x, count, block);
        // Enough tasks to even out threads, few enough that taking one costs nothing.
        let step = tiles.div_ceil(pool::threads() * 16).max(1);
        pool::run(tiles.div_ceil(step), |task| {
            for tile in task * step..tiles.min((task + 1) * step) {
                let part = parts.partition_point(|(first, ..)| *first <= tile) - 1;
                let (first, weights, out) = &parts[part];
                // SAFETY: a packed matrix exists only where the processor has the instructions.
                unsafe { multiply_tile(weights, tile - first, &activations, out) };
            }
        });
    }
}

/// All activations times one tile.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn multiply_tile(weights: &Packed, tile: usize, x: &Activations, out: &SharedMut<f32>) {
    let bytes = weights.layout.tile_bytes(weights.cols);
    let data = &weights.tiles.bytes()[tile * bytes..(tile + 1) * bytes];
    for first in (0..x.count).step_by(GROUP) {
        let rows = GROUP.min(x.count - first);
        macro_rules! with_rows {
            ($($n:literal)*) => {
                match rows {
                    $($n => kernel::<$n>(weights, tile, data, x, first, out),)*
                    _ => {}
                }
            };
        }
        with_rows!(1 2 3 4 5 6 7 8);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn kernel<const M: usize>(
    weights: &Packed,
    tile: usize,
    data: &[u8],
    x: &Activations,
    first: usize,
    out: &SharedMut<f32>,
) {
    let cols = weights.cols;
    assert!(cols == x.cols && first + M <= x.count, "activations do not fit the matrix");
    let part = Part::<M> {
        values: x.values[first * cols..(first + M) * cols].as_ptr().cast(),
        scales: &x.scales[first * cols / x.block..(first + M) * cols / x.block],
        offsets: &x.offsets,
        pairs: &x.pairs,
        first,
        cols,
    };
    // SAFETY: `data` is a tile of this layout with `cols` inputs, and `part` as many of M rows.
    let sums = unsafe {
        match weights.layout {
            Layout::Q4K => q4k(data, &part),
            Layout::Q6K => q6k(data, &part),
            Layout::Q8 => q8(data, &part),
        }
    };
    let column = tile * TILE;
    let len = TILE.min(weights.rows - column);
    let mask = ((1u32 << len) - 1) as __mmask16;
    for (row, sum) in sums.into_iter().enumerate() {
        // SAFETY: each tile writes its own columns, and the mask stays within the row.
        unsafe {
            let to = out.slice((first + row) * weights.rows + column, len);
            _mm512_mask_storeu_ps(to.as_mut_ptr(), mask, sum);
        }
    }
}

/// M rows of activations: four bytes of each row for each four inputs, and what goes with them.
struct Part<'a, const M: usize> {
    values: *const i32,
    scales: &'a [f32],
    offsets: &'a [i32],
    pairs: &'a [i32],
    first: usize,
    cols: usize,
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
unsafe fn q4k<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
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
unsafe fn q6k<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
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
unsafe fn q8<const M: usize>(data: &[u8], part: &Part<'_, M>) -> [__m512; M] {
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

#[cfg(test)]
mod tests {
    use candle_core::quantized::QTensor;
    use candle_core::{Device, Tensor};

    use super::*;

    /// Numbers that look random, the same each time.
    fn noise(len: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        (0..len).map(|_| next() + next() + next()).collect()
    }

    #[test]
    fn products_equal_those_of_dequantised_weights() {
        for dtype in [GgmlDType::Q4K, GgmlDType::Q6K, GgmlDType::Q8_0] {
            for (rows, cols) in [(16, 256), (40, 512), (33, 1024), (7, 768), (130, 256)] {
                if !supports(dtype, cols) {
                    return;
                }
                let w =
                    Tensor::from_vec(noise(rows * cols, 1), (rows, cols), &Device::Cpu).unwrap();
                let quantised = QTensor::quantize(&w, dtype).unwrap();
                let real = quantised.dequantize(&Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
                let packed = Packed::new(dtype, rows, cols, &quantised.data().unwrap()).unwrap();
                let mut single = Vec::new();
                for count in [1, 2, 7, 8, 9, 31] {
                    let x = noise(count * cols, 2);
                    let mut out = vec![f32::NAN; count * rows];
                    multiply(&x, count, &mut [(&packed, &mut out)]);
                    let (mut off, mut all) = (0.0, 0.0);
                    for (x, out) in x.chunks_exact(cols).zip(out.chunks_exact(rows)) {
                        for (w, out) in real.iter().zip(out) {
                            let want: f64 = w.iter().zip(x).map(|(a, b)| f64::from(a * b)).sum();
                            off += (want - f64::from(*out)).powi(2);
                            all += want.powi(2);
                        }
                    }
                    let off = (off / all).sqrt();
                    assert!(off < 0.01, "{dtype:?} {rows}x{cols}, {count} rows: off by {off}");
                    // The first row is the same however many follow it.
                    if single.is_empty() {
                        single = out[..rows].to_vec();
                    }
                    assert_eq!(single, out[..rows], "{dtype:?} {rows}x{cols}, {count} rows");
                }
            }
        }
    }
}
