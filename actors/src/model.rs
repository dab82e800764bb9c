//! Finding a model by its name, for the stages that run one inside the process.

use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelFiles, ModelName, Want};

use crate::error::StageError;

/// The files of a model, downloaded if the machine lacks them.
///
/// # Errors
/// A fault that names the model: trying again does not help.
pub(crate) fn resolve(model: &str, want: Want) -> Result<ModelFiles, StageError> {
    let name: ModelName = model.parse().map_err(|error| fault(model, error))?;
    files::resolve(&name, want, &()).map_err(|error| fault(model, error))
}

/// The fault of a model that cannot be used.
pub(crate) fn fault(model: &str, error: impl std::fmt::Display) -> StageError {
    StageError::give_up(name(model, error))
}

/// An error's words with the model's name in them.
pub(crate) fn name(model: &str, error: impl std::fmt::Display) -> String {
    let text = error.to_string();
    if text.contains(model) { text } else { format!("model `{model}`: {text}") }
}

/// What was loaded where, for the start-up report.
pub(crate) fn report_on(files: &ModelFiles, compute: &Compute) -> String {
    let what = report(files);
    if compute.device().is_some() { format!("{what}, on {compute}") } else { what }
}

/// What was loaded, for the start-up report.
pub(crate) fn report(files: &ModelFiles) -> String {
    match files.size() {
        Ok(size) => format!("{}, {:.1} MB", files.label(), size as f64 / 1e6),
        Err(_) => files.label().to_string(),
    }
}
