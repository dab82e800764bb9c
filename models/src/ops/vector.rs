//! One vector of the processor, for loops whose registers matter.

use super::lanes::{Level, level};

/// Four, eight or sixteen floats, and what the processor does with them in one instruction.
///
/// # Safety
///
/// Every method may only run where the processor has the instructions, which [`run`] sees to;
/// loads and stores need valid addresses of `LANES` floats, of any alignment.
pub(super) trait Vector: Copy {
    const LANES: usize;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// `self · x + y`, rounded once where the processor can.
    unsafe fn fma(self, x: Self, y: Self) -> Self;
}

/// A loop over vectors.
pub(super) trait Kernel {
    /// # Safety
    ///
    /// What the kernel asks of its buffers, and the instructions of `V`. Implementations are
    /// `#[inline(always)]`, so that they are compiled for those instructions.
    unsafe fn run<V: Vector>(self);
}

/// Runs the kernel with the widest vectors that the processor has.
///
/// # Safety
///
/// What the kernel asks of its buffers.
pub(super) unsafe fn run<K: Kernel>(kernel: K) {
    // SAFETY: `level` saw the instructions; the rest is the caller's promise.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::V4 => x86::run_v4(kernel),
            #[cfg(target_arch = "x86_64")]
            Level::V3 => x86::run_v3(kernel),
            Level::Base => kernel.run::<Four>(),
        }
    }
}

/// Four floats that the compiler turns into what the baseline has.
#[derive(Clone, Copy)]
pub(super) struct Four([f32; 4]);

impl Four {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let (a, b) = (self.0, other.0);
        Self([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

impl Vector for Four {
    const LANES: usize = 4;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: valid by the trait's contract.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: valid by the trait's contract.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fma(self, x: Self, y: Self) -> Self {
        self.zip(x, |a, b| a * b).zip(y, |a, b| a + b)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_mul_ps,
        _mm256_set1_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps,
    };

    use super::{Kernel, Vector};

    #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c")]
    pub(super) unsafe fn run_v4<K: Kernel>(kernel: K) {
        // SAFETY: this function has the instructions; the rest is the caller's promise.
        unsafe { kernel.run::<__m512>() }
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn run_v3<K: Kernel>(kernel: K) {
        // SAFETY: as above.
        unsafe { kernel.run::<__m256>() }
    }

    macro_rules! vector {
        ($ty:ty, $lanes:literal, $load:ident, $store:ident, $splat:ident, $add:ident, $mul:ident, $fma:ident) => {
            impl Vector for $ty {
                const LANES: usize = $lanes;
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the trait's contract, here and below.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: as above.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn splat(value: f32) -> Self {
                    // SAFETY: as above.
                    unsafe { $splat(value) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn mul(self, other: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $mul(self, other) }
                }
                #[inline(always)]
                unsafe fn fma(self, x: Self, y: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $fma(self, x, y) }
                }
            }
        };
    }

    vector!(
        __m512,
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_set1_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        _mm512_fmadd_ps
    );
    vector!(
        __m256,
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        _mm256_fmadd_ps
    );
}
