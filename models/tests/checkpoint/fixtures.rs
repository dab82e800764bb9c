//! Where the golden checkpoints are.

use std::path::PathBuf;

/// The folder of fixtures: the committed one, or that which `ANTIPHON_FIXTURES` names.
pub fn fixtures() -> PathBuf {
    let committed = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::env::var_os("ANTIPHON_FIXTURES").map_or_else(committed, PathBuf::from)
}
