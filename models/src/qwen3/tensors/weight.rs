//! Weight matrices on a device.

use candle_core::quantized::QMatMul;
use candle_core::{D, DType, Device, Module, Tensor};

use super::Target;
use crate::Result;
use crate::qwen3::matrix::{block_tensor, plain, supported};
use crate::qwen3::weights::Raw;

/// A weight matrix, `[rows, cols]`: maps `cols` inputs to `rows` outputs.
pub(super) enum Weight {
    /// Plain numbers, in the type that is computed in.
    Plain(Tensor),
    /// Blocks that the device multiplies as they are.
    Blocks(QMatMul),
}

impl Weight {
    /// Brings `raw`, which must have the shape `[rows, cols]`, to the device.
    pub(super) fn load(raw: Raw, rows: usize, cols: usize, target: &Target) -> Result<Self> {
        let raw = supported(raw.shaped(&[rows, cols])?)?;
        let weight = if let Some(dtype) = plain(raw.dtype) {
            let tensor = Tensor::from_raw_buffer(raw.data(), dtype, &[rows, cols], &Device::Cpu)?;
            // Where it is half the size before it travels, it travels so.
            let tensor = if target.dtype.size_in_bytes() < dtype.size_in_bytes() {
                tensor.to_dtype(target.dtype)?.to_device(&target.device)?
            } else {
                tensor.to_device(&target.device)?.to_dtype(target.dtype)?
            };
            Self::Plain(tensor)
        } else {
            let blocks = block_tensor(raw.dtype, raw.data(), (rows, cols), &target.device)?;
            Self::Blocks(QMatMul::from_qtensor(blocks)?)
        };
        raw.release();
        Ok(weight)
    }

    /// The products of `x`, `[count, cols]`, with the matrix: `[count, rows]`, both in single
    /// precision.
    pub(super) fn product(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(weight) => {
                let x = x.to_dtype(weight.dtype())?;
                Ok(x.matmul(&weight.t()?)?.to_dtype(DType::F32)?)
            }
            Self::Blocks(weight) => Ok(weight.forward(x)?),
        }
    }

    /// The same for inputs that may be larger than half precision can hold.
    pub(super) fn product_of_any(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(weight) if weight.dtype() == DType::F16 => {
                let scale = x.abs()?.max_keepdim(D::Minus1)?.maximum(1.0)?;
                let product = self.product(&x.broadcast_div(&scale)?)?;
                Ok(product.broadcast_mul(&scale)?)
            }
            Self::Plain(_) | Self::Blocks(_) => self.product(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_beyond_half_precision_are_multiplied_all_the_same() {
        let tensor = |values: &[f32], shape: (usize, usize)| {
            Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
        };
        let weight = tensor(&[0.5, 0.25, -1.0, 2.0], (2, 2)).to_dtype(DType::F16).unwrap();
        let weight = Weight::Plain(weight);
        let x = tensor(&[1e6, 2e6, 3.0, 0.5], (2, 2));
        let product = weight.product_of_any(&x).unwrap().to_vec2::<f32>().unwrap();
        let wanted = [[1e6, 3e6], [1.625, -2.0]];
        for (got, want) in product.iter().flatten().zip(wanted.iter().flatten()) {
            assert!((got - want).abs() <= 2e-3 * want.abs(), "{got} for {want}");
        }
        let plain = weight.product(&x).unwrap().to_vec2::<f32>().unwrap();
        assert!(!plain[0][0].is_finite());
    }
}
