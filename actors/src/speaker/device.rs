//! A loudspeaker.
use super::core::{Done, Job};
use crate::error::StageError;
use crate::worker::WorkerIo;
use antiphon_config::Speaker;
use std::sync::Arc;

pub(super) struct Device {
    settings: Speaker,
}

impl Device {
    pub(super) fn new(settings: Speaker) -> Self {
        Self { settings }
    }
    pub(super) async fn run(self: Arc<Self>, _io: WorkerIo<Job, Done>) -> Result<(), StageError> {
        std::future::ready(()).await;
        let device = &self.settings.device;
        Err(StageError::give_up(format_args!("the device `{device}` cannot be opened yet")))
    }
}
