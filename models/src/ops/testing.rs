//! What the tests of several kernels need.

/// Numbers in ±1 that look random, the same each time.
pub(crate) fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut random = crate::random::SplitMix64::new(u64::from(seed));
    (0..len).map(|_| (random.unit() * 2.0 - 1.0) as f32).collect()
}

/// The greatest difference, relative to the greatest value wanted.
pub(crate) fn relative(found: &[f32], want: &[f64]) -> f64 {
    assert_eq!(found.len(), want.len());
    let most = want.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let off = |(&found, want): (&f32, &f64)| {
        let off = (f64::from(found) - want).abs();
        if off.is_nan() { f64::INFINITY } else { off }
    };
    found.iter().zip(want).map(off).fold(0.0, f64::max) / most.max(1e-30)
}
