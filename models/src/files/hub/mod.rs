//! Models on the Hugging Face hub, in the cache that its Python library shares.

use std::path::PathBuf;

use super::{HubName, ModelFiles, Progress, Want};
use crate::{Error, Result};

/// Where the hub and its cache are.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// The hub's address, without a final slash.
    pub endpoint: String,
    /// The cache folder, which holds `models--owner--name` folders.
    pub cache: PathBuf,
    /// Whether the network must not be used.
    pub offline: bool,
}

impl HubSettings {
    /// Reads the settings from the environment.
    pub fn from_env() -> Self {
        Self { endpoint: "https://huggingface.co".into(), cache: PathBuf::new(), offline: false }
    }
}

pub(super) fn resolve(
    hub: &HubName,
    _want: Want,
    _settings: &HubSettings,
    _progress: &dyn Progress,
) -> Result<ModelFiles> {
    Err(Error::Hub { name: hub.to_string(), reason: "the hub is not supported yet".into() })
}

pub(super) fn pull(
    hub: &HubName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles> {
    resolve(hub, want, settings, progress)
}
