//! The cache's layout, which is that of the Python library `huggingface_hub`:
//! `models--owner--name/{blobs/<etag>, snapshots/<commit>/<file> → blob, refs/<revision>,
//! .no_exist/<commit>/<file>}` and `.locks/models--owner--name/<etag>.lock`.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::super::{HubName, Progress, name::is_path};
use crate::{Error, Result};

/// One repository's part of the cache.
pub(super) struct Repository {
    folder: PathBuf,
    locks: PathBuf,
}

/// Holds other processes off one blob until it is dropped.
pub(super) struct Lock {
    _file: File,
}

impl Repository {
    pub fn new(cache: &Path, hub: &HubName) -> Self {
        let name = format!("models--{}--{}", hub.owner, hub.name);
        Self { folder: cache.join(&name), locks: cache.join(".locks").join(name) }
    }

    /// Returns the commit that a revision meant when the hub was last asked.
    pub fn commit(&self, revision: &str) -> Option<String> {
        if is_commit(revision) {
            return Some(revision.to_ascii_lowercase());
        }
        let text = fs::read_to_string(self.folder.join("refs").join(revision)).ok()?;
        let commit = text.trim();
        is_commit(commit).then(|| commit.to_string())
    }

    pub fn set_commit(&self, revision: &str, commit: &str) -> Result<()> {
        if is_commit(revision) {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        if fs::read_to_string(&path).is_ok_and(|text| text.trim() == commit) {
            return Ok(());
        }
        replace(&path, |temporary| fs::write(temporary, commit))
    }

    pub fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    pub fn blob(&self, etag: &str) -> PathBuf {
        self.folder.join("blobs").join(etag)
    }

    /// Returns where an unfinished blob grows.
    pub fn partial(&self, etag: &str) -> PathBuf {
        self.folder.join("blobs").join(format!("{etag}.incomplete"))
    }

    /// Lists the files of a snapshot whose blobs exist, as the hub writes them.
    pub fn files(&self, commit: &str) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        collect(&self.snapshot(commit), "", 0, &mut files);
        files
    }

    /// Whether the hub said that a commit has no such file.
    pub fn is_absent(&self, commit: &str, file: &str) -> bool {
        self.folder.join(".no_exist").join(commit).join(file).is_file()
    }

    pub fn set_absent(&self, commit: &str, file: &str) -> Result<()> {
        let path = self.folder.join(".no_exist").join(commit).join(file);
        if path.is_file() {
            return Ok(());
        }
        replace(&path, |temporary| fs::write(temporary, ""))
    }

    /// Points a snapshot's file to a blob.
    pub fn link(&self, commit: &str, file: &str, etag: &str) -> Result<()> {
        let path = self.snapshot(commit).join(file);
        let up = "../".repeat(2 + file.matches('/').count());
        let target = format!("{up}blobs/{etag}");
        if fs::read_link(&path).is_ok_and(|found| found == Path::new(&target)) {
            return Ok(());
        }
        replace(&path, |temporary| {
            #[cfg(unix)]
            return std::os::unix::fs::symlink(&target, temporary);
            // Links need a privilege elsewhere, so the Python library copies too.
            #[cfg(not(unix))]
            return fs::copy(self.blob(etag), temporary).map(drop);
        })
    }

    /// Waits until no other process writes the blob, and keeps others off it.
    pub fn lock(&self, etag: &str, progress: &dyn Progress) -> Result<Lock> {
        let path = self.locks.join(format!("{etag}.lock"));
        let fail = |e| Error::io(&path, e);
        create_parent(&path)?;
        let file = File::options().create(true).append(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.note("waiting for another process that downloads the same file");
                file.lock().map_err(fail)?;
            }
            Err(TryLockError::Error(e)) => return Err(fail(e)),
        }
        Ok(Lock { _file: file })
    }
}

/// A repository in the cache.
#[derive(Clone, Debug)]
pub struct CachedModel {
    /// The repository and, unless it is the default branch, the revision.
    pub name: HubName,
    /// The files, by name.
    pub files: Vec<(String, PathBuf)>,
}

/// Lists the repositories of the cache, one entry for each branch or tag, or for a commit that has
/// none, in name order. What the hub's library would not have written is left out.
pub(super) fn list(cache: &Path) -> Result<Vec<CachedModel>> {
    let mut models = Vec::new();
    for folder in names(cache)? {
        let Some((owner, name)) =
            folder.strip_prefix("models--").and_then(|rest| rest.split_once("--"))
        else {
            continue;
        };
        let mut hub =
            HubName { owner: owner.into(), name: name.into(), revision: None, file: None };
        let repository = Repository::new(cache, &hub);
        let mut refs = BTreeSet::new();
        collect(&repository.folder.join("refs"), "", 0, &mut refs);
        let mut named = BTreeSet::new();
        let mut add = |revision: Option<&str>, commit: &str| {
            let snapshot = repository.snapshot(commit);
            let files = repository.files(commit).into_iter();
            let files: Vec<_> = files.map(|file| (file.clone(), snapshot.join(file))).collect();
            if !files.is_empty() {
                hub.revision = revision.map(str::to_string);
                models.push(CachedModel { name: hub.clone(), files });
            }
        };
        for revision in &refs {
            if let Some(commit) = repository.commit(revision) {
                add(
                    Some(revision.as_str()).filter(|r| *r != super::super::DEFAULT_REVISION),
                    &commit,
                );
                named.insert(commit);
            }
        }
        for commit in names(&repository.folder.join("snapshots"))? {
            if is_commit(&commit) && !named.contains(&commit) {
                add(Some(&commit), &commit);
            }
        }
    }
    Ok(models)
}

/// Returns the entity tag by which the cache names a snapshot file's blob.
pub(super) fn etag(path: &Path) -> Option<String> {
    let target = fs::read_link(path).ok()?;
    let is_blob = target.parent()?.file_name()? == "blobs";
    is_blob.then(|| target.file_name()?.to_str().map(str::to_string))?
}

/// Whether a revision is a full commit.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Makes the folder that a path is in.
pub(super) fn create_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(|e| Error::io(parent, e)),
        None => Ok(()),
    }
}

/// Makes a file or link in one step, so that another process never sees half of it.
fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    create_parent(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(
        ".{name}.{}.{:?}.tmp",
        std::process::id(),
        std::thread::current().id()
    ));
    // One may be left by a process of the same number that was killed here.
    fs::remove_file(&temporary).ok();
    make(&temporary).and_then(|()| fs::rename(&temporary, path)).map_err(|e| {
        fs::remove_file(&temporary).ok();
        Error::io(path, e)
    })
}

/// Lists a folder's entries in order; a folder that is not there has none.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io(folder, e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| Error::io(folder, e))?;
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Adds the files below a folder whose names the hub could have, to a sane depth.
fn collect(folder: &Path, prefix: &str, depth: usize, files: &mut BTreeSet<String>) {
    let Ok(names) = names(folder) else { return };
    for name in names {
        let path = folder.join(&name);
        let full = format!("{prefix}{name}");
        if name.ends_with(".tmp") && name.starts_with('.') {
            continue;
        }
        // Follows links, so that a link whose blob was removed does not count.
        if path.is_file() && is_path(&full) {
            files.insert(full);
        } else if path.is_dir() && depth < 8 {
            collect(&path, &format!("{full}/"), depth + 1, files);
        }
    }
}
