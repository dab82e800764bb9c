//! Weight matrices, shared or owned, in f32 or f16, and their products.

use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::{dots, kernels};

/// Bytes that outlive every tensor that points into them: a memory map, an embedded file, a buffer.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A slice that is owned or lies in shared [`Bytes`].
pub(super) enum Buffer<T> {
    Owned(Vec<T>),
    Shared { bytes: Bytes, start: usize, end: usize },
}

impl<T: bytemuck::Pod> Buffer<T> {
    /// Points into `bytes` where alignment allows, else copies.
    pub(super) fn shared(bytes: &Bytes, start: usize, end: usize) -> Self {
        let slice = &bytes.as_ref().as_ref()[start..end];
        match bytemuck::try_cast_slice::<u8, T>(slice) {
            Ok(_) => Self::Shared { bytes: bytes.clone(), start, end },
            Err(_) => Self::Owned(bytemuck::pod_collect_to_vec(slice)),
        }
    }
}

impl<T: bytemuck::Pod> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Self::Owned(values) => values,
            // Construction checked length and alignment, and shared bytes never move.
            Self::Shared { bytes, start, end } => {
                bytemuck::cast_slice(&bytes.as_ref().as_ref()[*start..*end])
            }
        }
    }
}

/// The elements of a [`Matrix`]; f16 ones are kept as bits.
pub(super) enum Values {
    F32(Buffer<f32>),
    F16(Buffer<u16>),
}

/// A weight matrix `[rows, columns]`, row-major, as `torch.nn.Linear` stores it.
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Values,
}

/// Multiply-adds below which a product is not worth sharing among threads.
const PARALLEL_WORK: usize = 1 << 17;

impl Matrix {
    /// `out[n, rows] = x[n, columns] · selfᵀ`, each element summed in an order that does not depend
    /// on `n`; made for few vectors, where reading the weights is the cost.
    pub(super) fn apply(&self, x: &[f32], out: &mut Vec<f32>) {
        let n = x.len() / self.columns;
        out.clear();
        out.resize(n * self.rows, 0.0);
        let mut block = Vec::new();
        let mut first = 0;
        while first < n {
            let width = match n - first {
                1 => 1,
                2 | 3 => 2,
                _ => 4,
            };
            let x = &x[first * self.columns..(first + width) * self.columns];
            if width == 1 {
                self.dots::<1>(x, &mut out[first * self.rows..(first + 1) * self.rows]);
            } else {
                block.resize(width * self.rows, 0.0);
                if width == 2 {
                    self.dots::<2>(x, &mut block);
                } else {
                    self.dots::<4>(x, &mut block);
                }
                for (row, values) in block.chunks_exact(width).enumerate() {
                    for (i, &v) in values.iter().enumerate() {
                        out[(first + i) * self.rows + row] = v;
                    }
                }
            }
            first += width;
        }
    }

    /// `out[rows, N]` = every row by each of `N` vectors.
    fn dots<const N: usize>(&self, x: &[f32], out: &mut [f32]) {
        let run = |first: usize, out: &mut [f32]| {
            let range = first * self.columns..(first + out.len() / N) * self.columns;
            match &self.values {
                Values::F32(w) => dots::f32_rows::<N>(&w[range], self.columns, x, out),
                Values::F16(w) => dots::f16_rows::<N>(&w[range], self.columns, x, out),
            }
        };
        let threads = rayon::current_num_threads();
        if threads == 1 || self.rows * self.columns * N < PARALLEL_WORK {
            return run(0, out);
        }
        let chunk = self.rows.div_ceil(threads);
        out.par_chunks_mut(chunk * N).enumerate().for_each(|(i, out)| run(i * chunk, out));
    }

    /// Copies one row as f32.
    pub(super) fn row(&self, row: usize, out: &mut [f32]) {
        let range = row * self.columns..(row + 1) * self.columns;
        match &self.values {
            Values::F32(w) => out.copy_from_slice(&w[range]),
            Values::F16(w) => {
                for (o, &h) in out.iter_mut().zip(&w[range]) {
                    *o = half::f16::from_bits(h).to_f32();
                }
            }
        }
    }
}

/// An f32 matrix with a bias, for products with many rows. It is kept as `[inputs, outputs]`, the
/// transpose of the checkpoint's, which the matrix product reads half again as fast.
pub(super) struct Wide {
    pub(super) inputs: usize,
    pub(super) values: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Wide {
    /// `out = x · values + bias` for `rows` rows of `x` that are `stride` apart.
    pub(super) fn forward(&self, x: &[f32], rows: usize, stride: usize, out: &mut Vec<f32>) {
        self.product(x, rows, stride, out);
        rows_mut(out, self.bias.len(), |rows| kernels::add_bias(rows, &self.bias));
    }

    /// [`Self::forward`] and a GELU.
    pub(super) fn forward_gelu(&self, x: &[f32], rows: usize, stride: usize, out: &mut Vec<f32>) {
        self.product(x, rows, stride, out);
        rows_mut(out, self.bias.len(), |rows| kernels::bias_gelu(rows, &self.bias));
    }

    fn product(&self, x: &[f32], rows: usize, stride: usize, out: &mut Vec<f32>) {
        let outputs = self.bias.len();
        out.resize(rows * outputs, 0.0);
        let parallelism = if rows * self.values.len() < PARALLEL_WORK {
            gemm::Parallelism::None
        } else {
            gemm::Parallelism::Rayon(0)
        };
        let lhs = View::new(x, rows, self.inputs, stride);
        let rhs = View::new(&self.values, self.inputs, outputs, outputs);
        matmul(out, outputs, lhs, rhs, 1.0, parallelism);
    }
}

/// Runs `f` over blocks of whole rows on all threads.
fn rows_mut(values: &mut [f32], width: usize, f: impl Fn(&mut [f32]) + Sync + Send) {
    if values.len() < 1 << 14 {
        return f(values);
    }
    values.par_chunks_mut(16 * width).for_each(f);
}

/// The transpose of `values[rows, columns]`, in tiles that fit the cache.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 16;
    let mut out = vec![0.0; values.len()];
    out.par_chunks_mut(TILE * rows).enumerate().for_each(|(tile, out)| {
        let first = tile * TILE;
        for row in (0..rows).step_by(TILE) {
            for (column, out) in out.chunks_exact_mut(rows).enumerate() {
                for r in row..(row + TILE).min(rows) {
                    out[r] = values[r * columns + first + column];
                }
            }
        }
    });
    out
}

/// A read-only matrix view with a row stride; columns are adjacent.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> View<'a> {
    pub(super) fn new(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(
            rows == 0 || (rows - 1) * stride + columns <= values.len(),
            "view outside its buffer"
        );
        Self { values, rows, columns, stride }
    }
}

/// `out = alpha · lhs · rhs`, `out` rows `out_stride` apart.
pub(super) fn matmul(
    out: &mut [f32],
    out_stride: usize,
    lhs: View<'_>,
    rhs: View<'_>,
    alpha: f32,
    parallelism: gemm::Parallelism,
) {
    assert_eq!(lhs.columns, rhs.rows, "inner dimensions of a product differ");
    assert!(
        lhs.rows > 0 && (lhs.rows - 1) * out_stride + rhs.columns <= out.len(),
        "product outside its buffer"
    );
    // SAFETY: `View::new` and the assertions above keep every element that the strides reach
    // inside its slice, and `out` is borrowed mutably, so it overlaps neither operand.
    unsafe {
        gemm::gemm(
            lhs.rows,
            rhs.columns,
            lhs.columns,
            out.as_mut_ptr(),
            1,
            out_stride as isize,
            false,
            lhs.values.as_ptr(),
            1,
            lhs.stride as isize,
            rhs.values.as_ptr(),
            1,
            rhs.stride as isize,
            0.0,
            alpha,
            false,
            false,
            false,
            parallelism,
        );
    }
}
