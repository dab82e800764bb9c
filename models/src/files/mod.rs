//! Model names, the files behind them, and checked readers for those files.
//!
//! ```no_run
//! use antiphon_models::files::{self, ModelName, Want};
//!
//! let name: ModelName = "hf:openai/whisper-base.en".parse()?;
//! let files = files::resolve(&name, Want::Whisper, &())?;
//! let config = files.require("config.json")?.read_to_string(1 << 20)?;
//! # Ok::<(), antiphon_models::Error>(())
//! ```
//!
//! Invariant: [`resolve`] goes to the network only for a hub model that is not wholly in the
//! shared Hugging Face cache; [`pull`] is what asks the hub for a newer one. Nothing here prints:
//! a caller who wants progress passes a [`Progress`].

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

mod embedded;
mod file;
pub mod gguf;
pub mod hub;
mod local;
mod name;
pub mod onnx;
pub mod safetensors;
mod select;
mod shared;
mod tokenizer;
pub mod torch;
mod verify;

pub use embedded::{EmbeddedFile, EmbeddedModel, embedded, find as find_embedded};
pub use file::{Bytes, File};
pub use hub::HubSettings;
pub use name::{DEFAULT_REVISION, HubName, ModelName};
pub use shared::load_shared;
pub(crate) use tokenizer::tokenizer;
pub use verify::{Check, verify};

use crate::{Error, Result};

/// What a model does, which decides the files that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Speech recognition in the Whisper format.
    Whisper,
    /// Language in the Qwen3 format.
    Qwen3,
    /// Speech from phonemes in the Kokoro format.
    Kokoro,
    /// Speech from phonemes by a voice of [`crate::harmonic`].
    Harmonic,
    /// Ends of turns by their sound, in smart-turn's format.
    SmartTurn,
}

/// Which files to resolve a name to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// A Whisper folder: `config.json`, `tokenizer.json`, `model.safetensors` or its shards, and
    /// `generation_config.json` and `preprocessor_config.json` where the model has them.
    Whisper,
    /// One Qwen3 GGUF file, or a folder of `config.json`, `tokenizer.json` and safetensors.
    Qwen3,
    /// A network in the format of smart-turn: one ONNX file, or a folder of `config.json`,
    /// `model.safetensors` or its shards, and `preprocessor_config.json` where the model has it.
    SmartTurn,
    /// A Kokoro folder: `config.json` and `kokoro-….pth`, or safetensors, with the voices of a folder on
    /// this machine or the first voice of the hub's.
    Kokoro,
    /// One voice of a Kokoro model on the hub, named as a file.
    KokoroVoice,
    /// A voice of [`crate::harmonic`]: `config.json`, `model.safetensors` or its shards.
    Harmonic,
    /// Whichever of speech recognition, language and speech the name turns out to be.
    Any,
}

/// Hears how a download goes; every method has an empty default, and `()` ignores everything.
pub trait Progress: Sync {
    /// A file of `total` bytes begins, of which `resumed` bytes were already there.
    fn started(&self, _file: &str, _total: Option<u64>, _resumed: u64) {}
    /// `bytes` more of the current file were written.
    fn advanced(&self, _bytes: u64) {}
    /// The current file starts again from nothing, as what was there turned out wrong.
    fn restarted(&self) {}
    /// The current file is complete and checked.
    fn finished(&self, _file: &str) {}
    /// Something worth a line to the user, such as which of several files was chosen.
    fn note(&self, _text: &str) {}
}

impl Progress for () {}

/// A resolved model: where each of its files can be read.
#[derive(Clone, Debug)]
pub struct ModelFiles {
    label: String,
    files: BTreeMap<String, File>,
}

impl ModelFiles {
    pub(crate) fn new(label: impl Into<String>, files: BTreeMap<String, File>) -> Self {
        Self { label: label.into(), files }
    }

    pub(crate) fn from_embedded(model: &'static EmbeddedModel) -> Self {
        let files = model.files.iter().map(|file| {
            let label = PathBuf::from(model.name).join(file.name);
            (file.name.to_string(), File::Bytes { label, bytes: file.bytes })
        });
        Self::new(model.name, files.collect())
    }

    /// Returns the model's name as the user wrote it, for messages.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the file of that name, such as `config.json`.
    pub fn get(&self, file: &str) -> Option<&File> {
        self.files.get(file)
    }

    /// Returns the file of that name.
    ///
    /// # Errors
    /// [`Error::Name`] that lists what the model has instead.
    pub fn require(&self, file: &str) -> Result<&File> {
        self.get(file).ok_or_else(|| Error::Name {
            name: self.label.clone(),
            reason: format!("`{file}` is missing; found: {}", select::listing(self.files.keys())),
        })
    }

    /// Lists the files by name.
    pub fn list(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// Returns the model's GGUF file, if it is a GGUF model.
    pub fn gguf(&self) -> Option<&File> {
        self.files.iter().find(|(name, _)| select::is_gguf(name)).map(|(_, file)| file)
    }

    /// Returns the model's ONNX file, if it is an ONNX model.
    pub fn onnx(&self) -> Option<&File> {
        self.files.iter().find(|(name, _)| select::is_onnx(name)).map(|(_, file)| file)
    }

    /// Returns the safetensors files: `model.safetensors`, or the shards that
    /// `model.safetensors.index.json` names.
    ///
    /// # Errors
    /// [`Error::Name`] when there are none, [`Error::File`] for an index that is malformed or names
    /// a shard that is absent.
    pub fn safetensors(&self) -> Result<Vec<&File>> {
        if let Some(file) = self.get(select::WEIGHTS) {
            return Ok(vec![file]);
        }
        let Some(index) = self.get(select::INDEX) else {
            return self.require(select::WEIGHTS).map(|file| vec![file]);
        };
        select::shards(index)?
            .iter()
            .map(|shard| {
                self.get(shard).ok_or_else(|| {
                    Error::file(
                        index.path(),
                        "`weight_map`",
                        format!("`{shard}`, which is missing"),
                        "a file beside the index",
                    )
                })
            })
            .collect()
    }

    /// Returns the size of all files together, in bytes.
    ///
    /// # Errors
    /// [`Error::Io`] when one cannot be reached.
    pub fn size(&self) -> Result<u64> {
        self.files.values().map(File::size).sum()
    }

    /// Returns where the model is on disk, the GGUF or ONNX file or the folder; `None` for an
    /// embedded one.
    pub fn place(&self) -> Option<&Path> {
        let single = self.gguf().or_else(|| self.onnx());
        match single.or_else(|| self.files.values().next())? {
            File::Bytes { .. } => None,
            File::Path(path) if single.is_some() => Some(path),
            File::Path(path) => path.parent(),
        }
    }

    /// Returns a text that is equal for two resolutions exactly when they read the same bytes: the
    /// embedded name, or each file's true path, length and time of change.
    pub fn identity(&self) -> String {
        let mut identity = String::new();
        for (name, file) in &self.files {
            match file {
                File::Bytes { label, .. } => {
                    identity.push_str(&format!("embedded:{}\n", label.display()));
                }
                File::Path(path) => {
                    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                    let (length, changed) = std::fs::metadata(&real)
                        .map(|data| (data.len(), data.modified().ok()))
                        .unwrap_or_default();
                    let changed = changed
                        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
                        .unwrap_or_default();
                    identity.push_str(&format!(
                        "{name}={}#{length}@{}\n",
                        real.display(),
                        changed.as_nanos()
                    ));
                }
            }
        }
        identity
    }
}

/// Finds the files of a model, downloading from the hub what the shared cache lacks. Settings come
/// from the environment ([`HubSettings::from_env`]).
///
/// # Errors
/// [`Error::Name`] for a model that is not there or lacks files, [`Error::Hub`] for a download that
/// failed.
pub fn resolve(name: &ModelName, want: Want, progress: &dyn Progress) -> Result<ModelFiles> {
    resolve_with(name, want, &HubSettings::from_env(), progress)
}

/// Does [`resolve`] with the given hub settings.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    name: &ModelName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles> {
    match name {
        ModelName::Embedded(model) => match (want, model.kind) {
            (Want::Any, _)
            | (Want::Whisper, Kind::Whisper)
            | (Want::Qwen3, Kind::Qwen3)
            | (Want::Harmonic, Kind::Harmonic) => Ok(ModelFiles::from_embedded(model)),
            (Want::SmartTurn, _) => Err(Error::Name {
                name: model.name.into(),
                reason: format!(
                    "it is no end-of-turn model; expected {}",
                    select::SMART_TURN_MODEL
                ),
            }),
            (Want::Kokoro | Want::KokoroVoice, _) => Err(Error::Name {
                name: model.name.into(),
                reason: format!("it is no speech model; expected {}", select::KOKORO_MODEL),
            }),
            (Want::Whisper, _) => Err(wrong_kind(model, Kind::Whisper, "speech recognition model")),
            (Want::Qwen3, _) => Err(wrong_kind(model, Kind::Qwen3, "language model")),
            (Want::Harmonic, _) => Err(wrong_kind(model, Kind::Harmonic, "voice")),
        },
        ModelName::Hub(hub) => hub::resolve(hub, want, settings, progress),
        ModelName::Path(path) => local::resolve(path, want),
    }
}

/// Finds the files of a model on this machine, without the network.
///
/// # Errors
/// As [`resolve`]; [`Error::Hub`] for a hub model that is not in the shared cache.
pub fn locate(name: &ModelName, want: Want, settings: &HubSettings) -> Result<ModelFiles> {
    match name {
        ModelName::Hub(hub) => hub::locate(hub, want, settings),
        ModelName::Embedded(_) | ModelName::Path(_) => resolve_with(name, want, settings, &()),
    }
}

/// A model that needs no download.
#[derive(Clone, Debug)]
pub struct Available {
    /// Its name.
    pub name: ModelName,
    /// What it does.
    pub kind: Kind,
    /// The size of its files together, in bytes.
    pub size: u64,
}

/// Lists the embedded models and those in the shared Hugging Face cache that are of a known kind.
/// What is in the cache but damaged or incomplete is left out.
///
/// # Errors
/// [`Error::Io`] when the cache cannot be read.
pub fn available(settings: &HubSettings) -> Result<Vec<Available>> {
    let mut models: Vec<_> = embedded()
        .iter()
        .map(|model| Available {
            name: ModelName::Embedded(model),
            kind: model.kind,
            size: model.size(),
        })
        .collect();
    for cached in hub::cached(settings)? {
        let mut names = vec![cached.name.clone()];
        names.extend(
            cached
                .files
                .iter()
                .filter(|(file, _)| select::is_gguf(file) || select::is_onnx(file))
                .map(|(file, _)| HubName { file: Some(file.clone()), ..cached.name.clone() }),
        );
        // With GGUF files present, the bare repository is only a way to say one of them; a repository
        // may hold ONNX files beside a model.
        let is_file = |name: &HubName| name.file.as_deref().is_some_and(select::is_gguf);
        if names.iter().any(is_file) {
            names.remove(0);
        }
        for name in names.into_iter().map(ModelName::Hub) {
            let Ok(files) = locate(&name, Want::Any, settings) else { continue };
            // An ONNX file stands under its own name.
            let is_repository = matches!(&name, ModelName::Hub(hub) if hub.file.is_none());
            if is_repository && files.onnx().is_some() {
                continue;
            }
            let (Ok(kind), Ok(size)) = (files.kind(), files.size()) else { continue };
            models.push(Available { name, kind, size });
        }
    }
    Ok(models)
}

/// Asks the hub for the newest files of a hub model and downloads those that the shared cache
/// lacks; for other names this is [`resolve_with`].
///
/// # Errors
/// As [`resolve`]; unlike it, a hub that cannot be reached is an error even when the model is
/// cached.
pub fn pull(
    name: &ModelName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles> {
    match name {
        ModelName::Hub(hub) => hub::pull(hub, want, settings, progress),
        ModelName::Embedded(_) | ModelName::Path(_) => resolve_with(name, want, settings, progress),
    }
}

fn wrong_kind(model: &EmbeddedModel, kind: Kind, wanted: &str) -> Error {
    let fitting: Vec<_> = embedded()
        .iter()
        .filter(|other| other.kind == kind)
        .map(|other| format!("`{}`", other.name))
        .collect();
    Error::Name {
        name: model.name.into(),
        reason: format!(
            "it is no {wanted}; expected {}",
            if fitting.is_empty() { "another".into() } else { fitting.join(", ") }
        ),
    }
}
