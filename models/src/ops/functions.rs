//! Elementary functions for loops over many numbers: polynomials that the compiler makes vectors of.

use std::f32::consts::{FRAC_PI_2, LN_2, PI, SQRT_2};

use crate::ops::lanes::Isa;
use crate::ops::rows::sine;

/// Of the arctangent's odd powers up to 1, fitted for the least greatest error, 4e-8.
const ARCTANGENT: [f32; 8] = [
    0.999_999_34,
    -0.333_298_6,
    0.199_465_66,
    -0.139_086_3,
    0.096_421_96,
    -0.055_912_3,
    0.021_862_93,
    -0.004_054_562_7,
];

/// The angle of the point `(x, y)`, within 4e-7; π where `x` is negative and `y` a zero of either sign.
#[inline(always)]
pub(crate) fn atan2<I: Isa>(y: f32, x: f32) -> f32 {
    let (along, across) = (x.abs(), y.abs());
    let slope = along.min(across) / along.max(across).max(f32::MIN_POSITIVE);
    let square = slope * slope;
    let mut p = 0.0;
    for c in ARCTANGENT.into_iter().rev() {
        p = I::fma(p, square, c);
    }
    let angle = p * slope;
    let angle = if across > along { FRAC_PI_2 - angle } else { angle };
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y < 0.0 { -angle } else { angle }
}

/// The natural logarithm, within 1e-6 of its size or of 1, of what is positive and not subnormal.
#[inline(always)]
pub(crate) fn ln<I: Isa>(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    let part = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let (part, exponent) =
        if part > SQRT_2 { (part * 0.5, exponent + 1) } else { (part, exponent) };
    // Twice the inverse hyperbolic tangent.
    let s = (part - 1.0) / (part + 1.0);
    let square = s * s;
    let mut p = 2.0 / 9.0;
    for c in [2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0] {
        p = I::fma(p, square, c);
    }
    I::fma(exponent as f32, LN_2, p * s)
}

/// The sine, within 1e-6 for angles up to 8000.
#[inline(always)]
pub(crate) fn sin<I: Isa>(x: f32) -> f32 {
    let (sine, turns) = sine::<I>(x);
    // An odd number of half turns changes the sign.
    f32::from_bits(sine.to_bits() ^ (((turns as i32) as u32) << 31))
}

/// The cosine, within 1e-6 for angles up to a turn.
#[inline(always)]
pub(crate) fn cos<I: Isa>(x: f32) -> f32 {
    sin::<I>(x + FRAC_PI_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::lanes::multiversion;

    multiversion! {
        fn all<I>(x: f32, y: f32) -> [f32; 4] {
            [atan2::<I>(y, x), ln::<I>(x.abs()), sin::<I>(x), cos::<I>(x.clamp(-6.0, 6.0))]
        }
    }

    #[test]
    fn they_match_double_precision() {
        for step in 0..40_000 {
            let t = f64::from(step) * 0.001;
            let (x, y) = ((t * 1.7).cos() * (t - 10.0).exp2(), (t * 2.3).sin() * (t * 0.3).exp2());
            let (x, y) = (x as f32, y as f32);
            let [angle, log, ..] = all(x, y);
            let (wide_x, wide_y) = (f64::from(x), f64::from(y));
            assert!((f64::from(angle) - wide_y.atan2(wide_x)).abs() < 4e-7, "{y} {x}");
            let wide = wide_x.abs().ln();
            assert!((f64::from(log) - wide).abs() < 1e-6 * wide.abs().max(1.0), "{x}");
            let x = (t * 3.0) as f32;
            let [_, _, sine, cosine] = all(x, y);
            assert!((f64::from(sine) - f64::from(x).sin()).abs() < 1e-6, "{x}");
            let x = f64::from(x.clamp(-6.0, 6.0));
            assert!((f64::from(cosine) - x.cos()).abs() < 1e-6, "{x}");
        }
        assert_eq!([all(-1.0, 0.0)[0], all(-1.0, -0.0)[0]], [PI, PI]);
        assert_eq!([all(0.0, 0.0)[0], all(1.0, 0.0)[0]], [0.0, 0.0]);
    }
}
