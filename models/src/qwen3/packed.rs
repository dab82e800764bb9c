//! Stub.
use candle_core::quantized::GgmlDType;
pub(crate) struct Packed;
pub(crate) fn supports(_: GgmlDType, _: usize) -> bool {
    false
}
impl Packed {
    pub(crate) fn new(_: GgmlDType, _: usize, _: usize, _: &[u8]) -> Self {
        Self
    }
}
pub(crate) fn multiply(_x: &[f32], _count: usize, _jobs: &mut [(&Packed, &mut [f32])]) {}
