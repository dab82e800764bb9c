//! Lanes of 16 and the instruction sets that loops over them are compiled for.

use std::sync::OnceLock;

/// Elements that the loops take at a time.
pub(crate) const LANES: usize = 16;
pub(crate) type Lanes = [f32; LANES];

/// The instruction sets that the loops are compiled for, the slowest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Base,
    #[cfg(target_arch = "x86_64")]
    V3,
    #[cfg(target_arch = "x86_64")]
    V4,
}

/// The best instruction set of this machine.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        #[cfg(test)]
        if let Some(most) = super::testing::most() {
            return found().min(most);
        }
        found()
    })
}

fn found() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let v3 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        let v4 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw");
        if v3 && v4 {
            return Level::V4;
        }
        if v3 {
            return Level::V3;
        }
    }
    Level::Base
}

/// What differs between instruction sets inside a loop.
pub(crate) trait Isa {
    fn fma(a: f32, b: f32, c: f32) -> f32;
    fn widen(half: &[u16; LANES]) -> Lanes;
}

pub(crate) struct Base;
impl Isa for Base {
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
    #[inline(always)]
    fn widen(half: &[u16; LANES]) -> Lanes {
        half.map(|h| half::f16::from_bits(h).to_f32())
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Isa, LANES, Lanes};
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_cvtph_ps, _mm256_loadu_si256, _mm256_storeu_ps,
        _mm512_cvtph_ps, _mm512_storeu_ps,
    };

    /// AVX2, or AVX-512 where `WIDE`.
    pub struct X86<const WIDE: bool>;

    impl<const WIDE: bool> Isa for X86<WIDE> {
        #[inline(always)]
        fn fma(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
        #[inline(always)]
        fn widen(half: &[u16; LANES]) -> Lanes {
            let mut out = [0.0; LANES];
            // SAFETY: only called from bodies that run after `level` saw f16c, or avx512f where
            // `WIDE`; both arrays hold 16 elements and the loads and stores are unaligned ones.
            unsafe {
                if WIDE {
                    let bits = _mm256_loadu_si256(half.as_ptr().cast::<__m256i>());
                    _mm512_storeu_ps(out.as_mut_ptr(), _mm512_cvtph_ps(bits));
                } else {
                    for part in 0..2 {
                        let bits = _mm_loadu_si128(half.as_ptr().add(part * 8).cast::<__m128i>());
                        _mm256_storeu_ps(out.as_mut_ptr().add(part * 8), _mm256_cvtph_ps(bits));
                    }
                }
            }
            out
        }
    }
}
#[cfg(target_arch = "x86_64")]
pub(crate) type V3 = x86::X86<false>;
#[cfg(target_arch = "x86_64")]
pub(crate) type V4 = x86::X86<true>;

/// Defines a function whose body is compiled once per instruction set; `I` names the set inside.
macro_rules! multiversion {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$isa:ident $(, const $c:ident: usize)?>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name$(<const $c: usize>)?($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body<$isa: $crate::ops::lanes::Isa $(, const $c: usize)?>($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,f16c")]
                fn v4$(<const $c: usize>)?($($arg: $ty),*) $(-> $ret)? {
                    body::<$crate::ops::lanes::V4 $(, $c)?>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                fn v3$(<const $c: usize>)?($($arg: $ty),*) $(-> $ret)? {
                    body::<$crate::ops::lanes::V3 $(, $c)?>($($arg),*)
                }
                match $crate::ops::lanes::level() {
                    // SAFETY: `level` saw every feature that the function is compiled with.
                    $crate::ops::lanes::Level::V4 => return unsafe { v4$(::<$c>)?($($arg),*) },
                    // SAFETY: as above.
                    $crate::ops::lanes::Level::V3 => return unsafe { v3$(::<$c>)?($($arg),*) },
                    $crate::ops::lanes::Level::Base => {}
                }
            }
            body::<$crate::ops::lanes::Base $(, $c)?>($($arg),*)
        }
    };
}
pub(crate) use multiversion;

/// e^x by range reduction and a degree-6 polynomial, about one ulp; arguments below -87 count as -87,
/// those above 88 as 88.
#[inline(always)]
pub(crate) fn exp<I: Isa>(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    let r = I::fma(n, -0.693_359_4, x);
    let r = I::fma(n, 2.121_944_4e-4, r);
    let mut p = 1.0 / 720.0;
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = I::fma(p, r, c);
    }
    p * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// The sum of all lanes, by halves.
#[inline(always)]
pub(crate) fn sum_lanes(mut acc: Lanes) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            acc[i] += acc[i + width];
        }
        width /= 2;
    }
    acc[0]
}

/// The lanes of `values` from `at`.
#[inline(always)]
pub(crate) fn lanes(values: &[f32], at: usize) -> &Lanes {
    // The callers step by LANES below a multiple of LANES that fits the slice.
    values[at..at + LANES].try_into().expect("a slice of 16 is an array of 16")
}
