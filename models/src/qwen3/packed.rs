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

mod activations;
mod kernels;

use std::arch::x86_64::{__mmask16, _mm512_mask_storeu_ps};

use candle_core::quantized::GgmlDType;

use memmap2::MmapMut;

use self::activations::Activations;
use self::kernels::{Part, q4k, q6k, q8};
use crate::ops::pool::{self, SharedMut};
use crate::{Error, Result};

/// Weight rows of a tile: 32-bit lanes of a register.
const TILE: usize = 16;
/// Inputs per block of a K-quant.
const SUPER: usize = 256;
/// Inputs per block of Q8_0.
const BLOCK: usize = 32;
/// Activation rows multiplied by a tile at once, as many as registers allow.
const GROUP: usize = 8;

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

#[cfg(test)]
mod tests {
    use candle_core::quantized::QTensor;
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::qwen3::testing::noise;

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
