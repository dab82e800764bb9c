//! Hands finished turns over, on a thread of its own.

use std::sync::Arc;

use antiphon_actors::ledger::Record;
use antiphon_actors::logger::core::{LoggerCore, Notice};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};

use super::Telemetry;

/// How to make the stage: the logger's, whose worker tells of turns in place of writing them.
pub(super) fn blueprint(telemetry: Arc<Telemetry>) -> Arc<dyn Blueprint> {
    Arc::new(Make(move || {
        let telemetry = telemetry.clone();
        let work = move |mut io: WorkerIo<Arc<Record>, Notice>| {
            io.ready("traces");
            while let Some(record) = io.next_blocking() {
                telemetry.tell(&record);
            }
            Ok(())
        };
        Ok((LoggerCore, Some(worker::thread("telemetry", work))))
    }))
}
