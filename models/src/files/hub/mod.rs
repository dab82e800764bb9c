//! Models on the Hugging Face hub, in the cache that its Python library shares.
//!
//! Our own client, as the published one neither resumes nor checks a plain download; it speaks the
//! hub's documented HTTP interface and keeps the cache's layout, so that either library finds what
//! the other has fetched. Storage by chunks (Xet) is reached through the hub's plain HTTP bridge.

use std::{collections::BTreeMap, path::Path};

mod address;
mod cache;
mod checksum;
mod client;
mod download;
mod settings;

pub use cache::CachedModel;
pub use settings::{HubSettings, Token};

use self::{
    cache::Repository,
    checksum::Checksum,
    client::{Client, Fault},
};
use super::{
    File, HubName, ModelFiles, Progress, Want,
    select::{self, INDEX, WEIGHTS},
};
use crate::{Error, Result};

/// Lists the models in the cache, in name order; a cache that is not there is empty.
///
/// # Errors
/// [`Error::Io`] when the cache cannot be read.
pub fn cached(settings: &HubSettings) -> Result<Vec<CachedModel>> {
    cache::list(&settings.cache)
}

/// Compares a cached file with the checksum that the hub gave it.
///
/// Returns the kind of checksum, or `None` for a file that has none: one outside the cache, or one
/// that a mirror sent without.
///
/// # Errors
/// [`Error::File`] when the bytes differ, [`Error::Io`] when they cannot be read.
pub fn check(path: &Path) -> Result<Option<&'static str>> {
    let Some(etag) = cache::etag(path) else { return Ok(None) };
    let Some(checksum) = Checksum::from_etag(&etag) else { return Ok(None) };
    match checksum.mismatch(path)? {
        None => Ok(Some(checksum.name())),
        Some(found) => Err(Error::file(
            path,
            format!("the {}", checksum.name()),
            format!("`{found}`"),
            format!("`{etag}`, as the hub said"),
        )),
    }
}

/// A model in the cache.
struct Found {
    files: ModelFiles,
    note: Option<String>,
    /// Whether the hub would surely have chosen the same files of the same commit.
    certain: bool,
}

pub(super) fn resolve(
    hub: &HubName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles> {
    let found = find(hub, want, settings);
    if let Some(found) = &found
        && (found.certain || settings.offline)
    {
        found.note.iter().for_each(|note| progress.note(note));
        return Ok(found.files.clone());
    }
    if settings.offline {
        return Err(error(
            hub,
            format!(
                "`HF_HUB_OFFLINE` is set and the cache `{}` does not hold it; unset that, or run \
                 `antiphon models pull {hub}` where there is a network and copy the cache",
                settings.cache.display()
            ),
        ));
    }
    match (fetch(hub, want, settings, progress), found) {
        (Ok(files), _) => Ok(files),
        (Err(Fault::Unreachable(reason)), Some(found)) => {
            progress.note(&format!("{reason}; what the cache holds is used"));
            found.note.iter().for_each(|note| progress.note(note));
            Ok(found.files)
        }
        (Err(fault), _) => Err(describe(hub, settings, fault)),
    }
}

pub(super) fn locate(hub: &HubName, want: Want, settings: &HubSettings) -> Result<ModelFiles> {
    find(hub, want, settings).map(|found| found.files).ok_or_else(|| {
        error(
            hub,
            format!(
                "the cache `{}` does not hold it; `antiphon models pull {hub}` downloads it",
                settings.cache.display()
            ),
        )
    })
}

pub(super) fn pull(
    hub: &HubName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles> {
    if settings.offline {
        return Err(error(hub, "`HF_HUB_OFFLINE` is set; unset it to download"));
    }
    fetch(hub, want, settings, progress).map_err(|fault| describe(hub, settings, fault))
}

/// Asks the hub what the name means and downloads what the cache lacks.
fn fetch(
    hub: &HubName,
    want: Want,
    settings: &HubSettings,
    progress: &dyn Progress,
) -> Result<ModelFiles, Fault> {
    let client = Client::new(settings, hub)?;
    let listing = client.listing(hub.revision())?;
    let names = match &hub.file {
        Some(file) if !listing.files.contains(file) => {
            return Err(Fault::Final(format!(
                "revision `{}` has no file `{file}`; it has {}",
                hub.revision(),
                select::listing(listing.files.iter())
            )));
        }
        Some(file) => vec![single(want, file).map_err(Fault::Final)?],
        None => {
            let selection = select::select(want, &listing.files).map_err(Fault::Final)?;
            selection.note.iter().for_each(|note| progress.note(note));
            selection.files
        }
    };
    let repository = Repository::new(&settings.cache, hub);
    for name in &names {
        download::fetch(&client, settings, &repository, &listing.commit, name, progress)?;
    }
    if names.iter().any(|name| name == WEIGHTS || name == INDEX) {
        for name in select::optional(want) {
            if !listing.files.contains(name) {
                repository.set_absent(&listing.commit, name)?;
            }
        }
    }
    // Last, so that a revision never stands for a commit of which files are still to come.
    repository.set_commit(hub.revision(), &listing.commit)?;
    Ok(files(hub, &repository, &listing.commit, names))
}

/// Looks the model up in the cache.
fn find(hub: &HubName, want: Want, settings: &HubSettings) -> Option<Found> {
    let repository = Repository::new(&settings.cache, hub);
    let commit = repository.commit(hub.revision())?;
    let present = repository.files(&commit);
    if let Some(file) = &hub.file {
        let file = single(want, file).ok().filter(|file| present.contains(file))?;
        let files = files(hub, &repository, &commit, vec![file]);
        return Some(Found { files, note: None, certain: true });
    }
    let selection = select::select(want, &present).ok()?;
    let names = &selection.files;
    let has_shards = || {
        let index = File::Path(repository.snapshot(&commit).join(INDEX));
        select::shards(&index).is_ok_and(|shards| shards.iter().all(|s| names.contains(s)))
    };
    let is_kokoro = names.iter().any(|name| select::is_kokoro(name));
    let certain = if is_kokoro {
        names.iter().any(|name| select::is_voice(name))
    } else if names.iter().any(|name| name == WEIGHTS || name == INDEX) {
        if names.iter().any(|name| name == INDEX) && !has_shards() {
            return None;
        }
        select::optional(want)
            .iter()
            .all(|name| present.contains(*name) || repository.is_absent(&commit, name))
    } else {
        // Another GGUF or ONNX file of the repository, not in the cache, might be the one to prefer.
        names.iter().any(|name| name.to_ascii_uppercase().contains(select::PREFERRED))
    };
    let files = files(hub, &repository, &commit, selection.files);
    Some(Found { files, note: selection.note, certain })
}

/// Checks that one named file makes a model.
fn single(want: Want, file: &str) -> Result<String, String> {
    if select::is_gguf(file) && want.takes_gguf() && !select::is_split_gguf(file) {
        return Ok(file.to_string());
    }
    if select::is_onnx(file) && want.takes_onnx() {
        return Ok(file.to_string());
    }
    if select::is_voice(file) && matches!(want, Want::KokoroVoice | Want::Any) {
        return Ok(file.to_string());
    }
    Err(match want {
        Want::Whisper => format!(
            "`{file}` is one file; a repository with a Whisper model is expected, without a file"
        ),
        Want::SmartTurn => {
            format!("`{file}` is one file; expected {}", select::SMART_TURN_MODEL)
        }
        Want::Kokoro => format!("`{file}` is one file; expected {}", select::KOKORO_MODEL),
        Want::KokoroVoice => {
            format!("`{file}` is no voice; `voices/….pt` is expected")
        }
        Want::Harmonic => format!("`{file}` is one file; expected {}", select::HARMONIC_MODEL),
        Want::Qwen3 | Want::Any => format!(
            "`{file}` is not a whole GGUF file; a `.gguf` file is expected, or a repository \
             without a file"
        ),
    })
}

fn files(hub: &HubName, repository: &Repository, commit: &str, names: Vec<String>) -> ModelFiles {
    let snapshot = repository.snapshot(commit);
    let files: BTreeMap<_, _> =
        names.into_iter().map(|name| (name.clone(), File::Path(snapshot.join(name)))).collect();
    ModelFiles::new(hub.to_string(), files)
}

fn describe(hub: &HubName, settings: &HubSettings, fault: Fault) -> Error {
    match fault {
        // What fails on this machine while downloading is the cache, mostly for want of rights.
        Fault::Error(Error::Io { path, source }) => error(
            hub,
            format!(
                "cannot use `{}` in the cache: {source}; `HF_HOME` may name a folder elsewhere",
                path.display()
            ),
        ),
        Fault::Error(error) => error,
        Fault::Final(reason) => error(hub, reason),
        Fault::Unreachable(reason) => error(
            hub,
            format!(
                "{reason}; the cache `{}` does not hold the whole model; check the network and \
                 `HF_ENDPOINT`, or use a model on this machine: {}",
                settings.cache.display(),
                super::name::forms()
            ),
        ),
    }
}

fn error(hub: &HubName, reason: impl Into<String>) -> Error {
    Error::Hub { name: hub.to_string(), reason: reason.into() }
}
