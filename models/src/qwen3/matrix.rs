//! Weight matrices and their product with activations, whatever their element type.

use std::cell::RefCell;

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use half::{bf16, f16};

use super::ops;
use super::weights::Raw;
use crate::Result;
use crate::ops::pool;

/// Weight rows that one task of a float product takes.
const FLOAT_ROWS: usize = 64;
/// Bytes of the alignment that block types need.
const BLOCK_ALIGN: usize = 8;

/// A weight matrix, `[rows, cols]`: maps `cols` inputs to `rows` outputs.
pub(crate) struct Matrix {
    raw: Raw,
    rows: usize,
    cols: usize,
    kind: Kind,
}

enum Kind {
    /// F32, F16 or BF16 used as they lie in the file.
    Float,
    /// A block type that candle multiplies.
    Candle(QMatMul),
    /// A block type rearranged for this processor.
    #[cfg(target_arch = "x86_64")]
    Packed(super::packed::Packed),
}

impl Matrix {
    /// Prepares `raw`, which must have the shape `[rows, cols]`.
    pub(crate) fn new(raw: Raw, rows: usize, cols: usize) -> Result<Self> {
        let raw = supported(raw.shaped(&[rows, cols])?)?;
        let kind = match raw.dtype {
            dtype if plain(dtype).is_some() => Kind::Float,
            #[cfg(target_arch = "x86_64")]
            dtype if super::packed::supports(dtype, cols) => {
                Kind::Packed(super::packed::Packed::new(dtype, rows, cols, raw.data())?)
            }
            _ => Kind::Candle(QMatMul::from_qtensor(block_tensor(
                raw.dtype,
                raw.data(),
                (rows, cols),
                &Device::Cpu,
            )?)?),
        };
        if !matches!(kind, Kind::Float) {
            raw.release();
        }
        Ok(Self { raw, rows, cols, kind })
    }

    /// Whether products are exact in single precision.
    pub(crate) fn is_f32(&self) -> bool {
        self.raw.dtype == GgmlDType::F32
    }

    /// Writes row `index` as f32 to `out`, for embeddings.
    pub(crate) fn row(&self, index: usize, out: &mut [f32]) -> Result<()> {
        row(&self.raw, self.rows, index, out)
    }
}

/// Writes row `index` of a matrix of `rows` as f32 to `out`.
pub(crate) fn row(raw: &Raw, rows: usize, index: usize, out: &mut [f32]) -> Result<()> {
    let bytes = raw.data().len() / rows;
    let data = &raw.data()[index * bytes..(index + 1) * bytes];
    if plain(raw.dtype).is_some() {
        widen(raw.dtype, data, out);
    } else {
        let row = block_tensor(raw.dtype, data, (1, out.len()), &Device::Cpu)?;
        out.copy_from_slice(&row.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(())
}

/// The type of elements that are plain numbers rather than blocks.
pub(crate) fn plain(dtype: GgmlDType) -> Option<DType> {
    let all = [
        (GgmlDType::F32, DType::F32),
        (GgmlDType::F16, DType::F16),
        (GgmlDType::BF16, DType::BF16),
    ];
    all.into_iter().find(|(known, _)| *known == dtype).map(|(_, plain)| plain)
}

/// The tensor, unless its type is one that weights cannot have.
pub(crate) fn supported(raw: Raw) -> Result<Raw> {
    // Types of intermediate results, which candle cannot multiply by.
    if matches!(raw.dtype, GgmlDType::Q8_1 | GgmlDType::Q8K) {
        return Err(raw.fault(format!("type {:?}", raw.dtype), SUPPORTED));
    }
    Ok(raw)
}

/// Types that the network's matrices may have, for messages.
const SUPPORTED: &str =
    "F32, F16, BF16, Q8_0, Q6_K, Q4_K (fast), Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K or Q5_K";

/// Writes the products of `x`, `[count, cols]`, with several matrices of the same `cols`, each to
/// its own output, `[count, rows]`.
pub(crate) fn multiply(x: &[f32], count: usize, jobs: &mut [(&Matrix, &mut [f32])]) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        let mut packed = Vec::with_capacity(jobs.len());
        for (matrix, out) in jobs.iter_mut() {
            if let Kind::Packed(weights) = &matrix.kind {
                packed.push((weights, &mut **out));
            }
        }
        super::packed::multiply(x, count, &mut packed);
    }
    for (matrix, out) in jobs {
        match &matrix.kind {
            Kind::Float => multiply_float(x, count, matrix, out),
            Kind::Candle(weights) => {
                let x = Tensor::from_slice(x, (count, matrix.cols), &Device::Cpu)?;
                let y = weights.forward(&x)?.flatten_all()?.to_vec1::<f32>()?;
                out.copy_from_slice(&y);
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Packed(_) => {}
        }
    }
    Ok(())
}

thread_local! {
    /// Weight rows widened to f32.
    static WIDE: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

fn multiply_float(x: &[f32], count: usize, matrix: &Matrix, out: &mut [f32]) {
    let (rows, cols) = (matrix.rows, matrix.cols);
    let data = matrix.raw.data();
    let row_bytes = data.len() / rows;
    let dtype = matrix.raw.dtype;
    let shared = pool::SharedMut::new(out);
    pool::run(rows.div_ceil(FLOAT_ROWS), |task| {
        let first = task * FLOAT_ROWS;
        let len = FLOAT_ROWS.min(rows - first);
        let data = &data[first * row_bytes..(first + len) * row_bytes];
        WIDE.with_borrow_mut(|wide| {
            let aligned = as_f32(dtype, data);
            let weights = aligned.unwrap_or_else(|| {
                wide.resize(len * cols, 0.0);
                widen(dtype, data, wide);
                wide
            });
            if count == 1 {
                // SAFETY: tasks write different rows, and `out` outlives the loop.
                let out = unsafe { shared.slice(first, len) };
                for (out, row) in out.iter_mut().zip(weights.chunks_exact(cols)) {
                    *out = ops::dot(row, x);
                }
                return;
            }
            // SAFETY: the first element of each output row's part; gemm below writes `len` elements
            // at each of `count` steps of `rows`, which no other task touches.
            let to = unsafe { shared.slice(first, (count - 1) * rows + len) }.as_mut_ptr();
            // SAFETY: `x` is [count, cols], `weights` [len, cols], and `to` as said above.
            unsafe {
                gemm_f32(
                    (count, len, cols),
                    (to, rows),
                    (x.as_ptr(), cols, 1),
                    (weights.as_ptr(), 1, cols),
                );
            }
        });
    });
}

/// `to = left · right` on one thread: `left` is `[m, k]`, `right` `[k, n]`, each given with its row
/// and column stride; `to` is `[m, n]` with its row stride.
///
/// # Safety
///
/// The pointers must be valid for these extents, and `to` not aliased by the others.
pub(crate) unsafe fn gemm_f32(
    (m, n, k): (usize, usize, usize),
    to: (*mut f32, usize),
    left: (*const f32, usize, usize),
    right: (*const f32, usize, usize),
) {
    // SAFETY: the caller's promise.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            to.0,
            1,
            to.1 as isize,
            false,
            left.0,
            left.2 as isize,
            left.1 as isize,
            right.0,
            right.2 as isize,
            right.1 as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// The data itself when it already is f32 in this machine's order and alignment.
fn as_f32(dtype: GgmlDType, data: &[u8]) -> Option<&[f32]> {
    if dtype != GgmlDType::F32 || cfg!(target_endian = "big") {
        return None;
    }
    // SAFETY: every bit pattern is an f32; `align_to` keeps alignment and bounds.
    let (head, floats, tail) = unsafe { data.align_to::<f32>() };
    (head.is_empty() && tail.is_empty()).then_some(floats)
}

fn widen(dtype: GgmlDType, data: &[u8], out: &mut [f32]) {
    if dtype == GgmlDType::F32 {
        for (out, &bytes) in out.iter_mut().zip(data.as_chunks::<4>().0) {
            *out = f32::from_le_bytes(bytes);
        }
    } else if dtype == GgmlDType::BF16 {
        for (out, &bytes) in out.iter_mut().zip(data.as_chunks::<2>().0) {
            *out = bf16::from_le_bytes(bytes).to_f32();
        }
    } else {
        let mut halves = [f16::ZERO; 256];
        for (out, data) in out.chunks_mut(256).zip(data.chunks(512)) {
            for (half, &bytes) in halves.iter_mut().zip(data.as_chunks::<2>().0) {
                *half = f16::from_le_bytes(bytes);
            }
            ops::from_f16(&halves[..out.len()], out);
        }
    }
}

/// A candle tensor of a block type; candle wants aligned data.
pub(crate) fn block_tensor(
    dtype: GgmlDType,
    data: &[u8],
    shape: (usize, usize),
    device: &Device,
) -> Result<QTensor> {
    let storage = if (data.as_ptr() as usize).is_multiple_of(BLOCK_ALIGN) {
        QStorage::from_data(data.into(), device, dtype)?
    } else {
        let mut words = vec![0u64; data.len().div_ceil(8)];
        // SAFETY: any bytes make u64 values, and the length in bytes is within the allocation.
        let copy =
            unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), data.len()) };
        copy.copy_from_slice(data);
        QStorage::from_data((&*copy).into(), device, dtype)?
    };
    Ok(QTensor::new(storage, shape)?)
}
