//! The network.

use antiphon_models::files::Want;
use antiphon_models::whisper::SmartTurn;

use super::core::{Done, Job};
use crate::error::StageError;
use crate::model;
use crate::worker::WorkerIo;

/// Loads the network and judges silences until the stage is gone.
pub(super) fn run(name: &str, mut io: WorkerIo<Job, Done>) -> Result<(), StageError> {
    let files = model::resolve(name, Want::SmartTurn)?;
    let fault = |error| model::fault(name, error);
    let network = SmartTurn::load(&files).map_err(fault)?;
    network.warm_up().map_err(fault)?;
    io.ready(model::report(&files));
    while let Some(Job { stop, samples, cancel }) = io.next_blocking() {
        if cancel.is_cancelled() {
            continue;
        }
        let done = match network.log_odds(&samples) {
            Ok(log_odds) if log_odds.is_finite() => Done::LogOdds { stop, log_odds },
            Ok(other) => Done::Failed(model::name(name, format!("its answer is {other}"))),
            Err(error) => Done::Failed(model::name(name, error)),
        };
        io.emit_blocking(done);
    }
    Ok(())
}
