//! From a file to a pipeline.

use std::path::Path;

use crate::{Env, Faults, Pipeline};

/// One `--set path=value`.
#[derive(Clone, PartialEq, Eq)]
pub struct Override {
    text: String,
}

/// Reads, expands and checks a pipeline file.
///
/// # Errors
/// Everything that is wrong with it, by place.
pub fn load(_path: &Path, _overrides: &[Override], _env: &dyn Env) -> Result<Pipeline, Faults> {
    Err(Faults::new(Vec::new()))
}

/// Checks a pipeline file that has been read.
///
/// # Errors
/// Everything that is wrong with it, by place.
pub fn parse(
    _name: &str,
    _text: &str,
    _overrides: &[Override],
    _env: &dyn Env,
) -> Result<Pipeline, Faults> {
    Err(Faults::new(Vec::new()))
}
