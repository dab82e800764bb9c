//! A microphone.
use super::core::Done;
use crate::core::Never;
use crate::error::StageError;
use crate::worker::WorkerIo;
use antiphon_config::Mic;
use std::sync::Arc;

pub(super) struct Device {
    settings: Mic,
}

impl Device {
    pub(super) fn new(settings: Mic) -> Self {
        Self { settings }
    }
    pub(super) async fn run(self: Arc<Self>, _io: WorkerIo<Never, Done>) -> Result<(), StageError> {
        std::future::ready(()).await;
        let device = &self.settings.device;
        Err(StageError::give_up(format_args!("the device `{device}` cannot be opened yet")))
    }
}
