//! Toom-Cook filtering, as Winograd's minimal filters for convolutions (Lavin and Gray 2015,
//! <https://arxiv.org/abs/1509.09308>): four outputs of four taps from seven products in place of
//! sixteen.
//!
//! A longer kernel is a sum of groups of four taps. Group `g` of tile `t` reads the inputs that the
//! first group of tile `t + g` reads, so that each tile of inputs is transformed once.
//!
//! In f32 the error is about twice that of the plain sum.

use super::vector::{self, Kernel, Vector};

/// Outputs of a tile, and taps of a group.
pub(super) const STEP: usize = 4;
/// Inputs of a tile, and products for each of its channels.
pub(super) const POINTS: usize = 2 * STEP - 1;

/// Where the polynomials are evaluated, besides at infinity.
const AT: [f64; POINTS - 1] = [0.0, 1.0, -1.0, 0.5, -0.5, 2.0];

/// Row `p`: the coefficients, lowest first, of the product of `x - a` over all other points.
const INPUT: [[f32; POINTS]; POINTS] = [
    [-0.5, 0.25, 2.5, -1.25, -2.0, 1.0, 0.0],
    [0.0, 0.5, 0.25, -2.25, -1.0, 1.0, 0.0],
    [0.0, -0.5, 0.75, 1.75, -3.0, 1.0, 0.0],
    [0.0, 1.0, 1.5, -2.0, -1.5, 1.0, 0.0],
    [0.0, -1.0, 2.5, 0.0, -2.5, 1.0, 0.0],
    [0.0, 0.25, 0.0, -1.25, 0.0, 1.0, 0.0],
    [0.0, -0.5, 0.25, 2.5, -1.25, -2.0, 1.0],
];

/// Row `i`: the powers `i` of the points; infinity has the highest power only.
const OUTPUT: [[f32; POINTS]; STEP] = [
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
    [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 0.0],
    [0.0, 1.0, 1.0, 0.25, 0.25, 4.0, 0.0],
    [0.0, 1.0, -1.0, 0.125, -0.125, 8.0, 1.0],
];

/// The value at `point` of a group of taps.
pub(super) fn kernel_at(point: usize, taps: [f32; STEP]) -> f32 {
    let Some(&at) = AT.get(point) else {
        return taps[STEP - 1];
    };
    let value = taps.iter().rev().fold(0.0, |sum, &tap| sum * at + f64::from(tap));
    let others = AT.iter().enumerate().filter(|&(other, _)| other != point);
    let scale: f64 = others.map(|(_, other)| at - other).product();
    (value / scale) as f32
}

/// `tiles` tiles of inputs at all points.
///
/// Inputs are rows `stride` floats apart, a multiple of 16. The rows of tile `t` are `dilation` apart
/// and begin at row `STEP · dilation · (t / dilation) + t % dilation`. Tile `t` at point `p` goes to
/// `out[(p · tiles + t) · stride]`.
pub(super) fn input(x: &[f32], stride: usize, dilation: usize, tiles: usize, out: &mut [f32]) {
    let rows = input_rows(dilation, tiles);
    assert!(stride.is_multiple_of(16) && tiles.is_multiple_of(dilation), "tiles in parts");
    assert!(rows * stride <= x.len(), "inputs outside their buffer");
    assert!(POINTS * tiles * stride <= out.len(), "values outside their buffer");
    let kernel = Input { x: x.as_ptr(), stride, dilation, tiles, out: out.as_mut_ptr() };
    // SAFETY: `input_rows` counts the rows that tiles read, and all values have room.
    unsafe { vector::run(kernel) }
}

/// Rows of input that `tiles` tiles, whole multiples of `dilation`, read.
pub(super) fn input_rows(dilation: usize, tiles: usize) -> usize {
    STEP * tiles + (POINTS - STEP) * dilation
}

struct Input {
    x: *const f32,
    stride: usize,
    dilation: usize,
    tiles: usize,
    out: *mut f32,
}

impl Kernel for Input {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { stride, dilation, tiles, .. } = self;
        for tile in 0..tiles {
            let first = STEP * dilation * (tile / dilation) + tile % dilation;
            for column in (0..stride).step_by(V::LANES) {
                // SAFETY: rows and columns are within the buffers by the caller's promise.
                unsafe {
                    let x = self.x.add(first * stride + column);
                    let mut row = [V::splat(0.0); POINTS];
                    for (i, row) in row.iter_mut().enumerate() {
                        *row = V::load(x.add(i * dilation * stride));
                    }
                    let values = transform(&INPUT, &row);
                    for (point, value) in values.into_iter().enumerate() {
                        value.store(self.out.add((point * tiles + tile) * stride + column));
                    }
                }
            }
        }
    }
}

/// The outputs of `tiles` tiles from their sums at all points, `sums[(p · tiles + t) · stride]`.
///
/// Output rows are `stride` apart; those of tile `t` are where its inputs are.
pub(super) fn output(sums: &[f32], stride: usize, dilation: usize, tiles: usize, out: &mut [f32]) {
    assert!(stride.is_multiple_of(16) && tiles.is_multiple_of(dilation), "tiles in parts");
    assert!(POINTS * tiles * stride <= sums.len(), "sums outside their buffer");
    assert!(STEP * tiles * stride <= out.len(), "outputs outside their buffer");
    let kernel = Output { sums: sums.as_ptr(), stride, dilation, tiles, out: out.as_mut_ptr() };
    // SAFETY: the rows of whole multiples of `dilation` tiles are `STEP · tiles`.
    unsafe { vector::run(kernel) }
}

struct Output {
    sums: *const f32,
    stride: usize,
    dilation: usize,
    tiles: usize,
    out: *mut f32,
}

impl Kernel for Output {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { stride, dilation, tiles, .. } = self;
        for tile in 0..tiles {
            let first = STEP * dilation * (tile / dilation) + tile % dilation;
            for column in (0..stride).step_by(V::LANES) {
                // SAFETY: rows and columns are within the buffers by the caller's promise.
                unsafe {
                    let mut sums = [V::splat(0.0); POINTS];
                    for (point, sum) in sums.iter_mut().enumerate() {
                        *sum = V::load(self.sums.add((point * tiles + tile) * stride + column));
                    }
                    let out = self.out.add(first * stride + column);
                    for (i, value) in transform(&OUTPUT, &sums).into_iter().enumerate() {
                        value.store(out.add(i * dilation * stride));
                    }
                }
            }
        }
    }
}

/// `matrix · x`; the matrices are constants, and what is zero or one costs nothing.
///
/// # Safety
///
/// The processor must have the instructions of `V`.
#[inline(always)]
unsafe fn transform<V: Vector, const OUT: usize>(
    matrix: &[[f32; POINTS]; OUT],
    x: &[V; POINTS],
) -> [V; OUT] {
    // SAFETY: by the caller's promise, here and below.
    let mut out = [unsafe { V::splat(0.0) }; OUT];
    for (out, factors) in out.iter_mut().zip(matrix) {
        let mut empty = true;
        for (&factor, &x) in factors.iter().zip(x) {
            if factor == 0.0 {
                continue;
            }
            // SAFETY: as above.
            *out = unsafe {
                match (empty, factor == 1.0) {
                    (true, true) => x,
                    (true, false) => x.mul(V::splat(factor)),
                    (false, true) => x.add(*out),
                    (false, false) => x.fma(V::splat(factor), *out),
                }
            };
            empty = false;
        }
    }
    out
}
