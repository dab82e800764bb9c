//! Hands finished turns over, on a thread of its own.

use std::sync::Arc;

use antiphon_actors::ledger::Record;
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{Frame, Out, Payload, StageCore, StageError, Time};

use super::Telemetry;

/// What the worker says: nothing.
#[derive(Debug)]
enum Silence {}

struct Hand;

impl StageCore for Hand {
    type Job = Arc<Record>;
    type Done = Silence;

    fn on_frame(
        &mut self,
        frame: Frame,
        _now: Time,
        out: &mut Out<Arc<Record>>,
    ) -> Result<(), StageError> {
        if let Payload::Record(record) = frame.payload {
            out.job(record);
        }
        Ok(())
    }

    fn on_done(
        &mut self,
        done: Silence,
        _now: Time,
        _out: &mut Out<Arc<Record>>,
    ) -> Result<(), StageError> {
        match done {}
    }
}

/// How to make the stage.
pub(super) fn blueprint(telemetry: Arc<Telemetry>) -> Arc<dyn Blueprint> {
    Arc::new(Make(move || {
        let telemetry = telemetry.clone();
        let work = move |mut io: WorkerIo<Arc<Record>, Silence>| {
            io.ready("traces");
            while let Some(record) = io.next_blocking() {
                telemetry.tell(&record);
            }
            Ok(())
        };
        Ok((Hand, Some(worker::thread("telemetry", work))))
    }))
}
