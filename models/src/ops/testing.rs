//! What the tests of several kernels need.

use std::process::Command;

use super::lanes::Level;

/// Names the best instruction set that a test's process may use.
const MOST: &str = "ANTIPHON_TEST_INSTRUCTIONS";
const LEVELS: &[(&str, Level)] = &[
    ("base", Level::Base),
    #[cfg(target_arch = "x86_64")]
    ("avx2", Level::V3),
    #[cfg(target_arch = "x86_64")]
    ("avx512", Level::V4),
];

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

/// The best instruction set that this process may use, if it was started to use a slower one.
pub(crate) fn most() -> Option<Level> {
    let name = std::env::var(MOST).ok()?;
    let level = LEVELS.iter().find(|(known, _)| *known == name);
    Some(level.unwrap_or_else(|| panic!("no instruction set `{name}`")).1)
}

/// What the named tests of this program print in a process with these variables, one after the other;
/// choices that hold for a whole process can only be made there.
#[track_caller]
pub(crate) fn again(tests: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(tests).args(["--nocapture", "--test-threads=1"]);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{variables:?}: {said}{complaint}");
    said
}

/// The tests that compare kernels, and networks made of them, with expected values.
const TESTS: [&str; 6] = [
    "ops::",
    "whisper::dots::",
    "whisper::kernels::",
    "kokoro::tests::every_module_of_the_published_shape",
    "whisper::tensors::tests::attention_over_the_audio",
    "voice::harmonic::",
];

/// A machine chooses the best set that it has, so that the others would never run on it.
#[test]
fn slower_instruction_sets_give_what_is_expected_too() {
    if most().is_some() {
        return;
    }
    for (name, level) in LEVELS.iter().filter(|(_, level)| *level < super::lanes::level()) {
        let said = again(&TESTS, &[(MOST, name)]);
        let count = said.matches("... ok").count();
        println!("{level:?}: {count} tests");
        assert!(count > TESTS.len(), "{said}");
    }
}
