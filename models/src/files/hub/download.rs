//! One file from the hub into the cache: resumed, checked, and put in place in one step.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use super::{
    super::Progress,
    HubSettings,
    cache::{Repository, create_parent},
    checksum::Checksum,
    client::{Client, Fault, Metadata, pause},
};
use crate::Error;

/// Downloads a file of a commit unless the cache has it, and links it into the commit's snapshot.
pub(super) fn fetch(
    client: &Client<'_>,
    settings: &HubSettings,
    repository: &Repository,
    commit: &str,
    file: &str,
    progress: &dyn Progress,
) -> Result<(), Fault> {
    if repository.snapshot(commit).join(file).is_file() {
        return Ok(());
    }
    let metadata = client.metadata(commit, file)?;
    let etag = &metadata.etag;
    let blob = repository.blob(etag);
    let lock = repository.lock(etag, progress)?;
    // Another process, or the same file under another name or commit, may have brought it.
    let has_blob =
        fs::metadata(&blob).is_ok_and(|data| metadata.size.is_none_or(|size| data.len() == size));
    if !has_blob {
        let partial = repository.partial(etag);
        create_parent(&partial)?;
        let transfer = Transfer { client, settings, commit, file, metadata: &metadata, progress };
        transfer.run(&partial)?;
        fs::rename(&partial, &blob).map_err(|e| Error::io(&blob, e))?;
    }
    repository.link(commit, file, etag)?;
    drop(lock);
    progress.finished(file);
    Ok(())
}

struct Transfer<'a> {
    client: &'a Client<'a>,
    settings: &'a HubSettings,
    commit: &'a str,
    file: &'a str,
    metadata: &'a Metadata,
    progress: &'a dyn Progress,
}

impl Transfer<'_> {
    /// Brings the whole file to `path`, taking up what is there, and checks it.
    fn run(&self, path: &Path) -> Result<(), Fault> {
        let mut output = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(|e| self.disk_fault(path, e))?;
        let mut resumed = output.metadata().map_err(|e| Error::io(path, e))?.len();
        if self.metadata.size.is_some_and(|size| resumed > size) {
            output.set_len(0).map_err(|e| Error::io(path, e))?;
            resumed = 0;
        }
        self.progress.started(self.file, self.metadata.size, resumed);
        loop {
            self.fill(&mut output, path)?;
            let Some(found) = self.wrong_checksum(path)? else { break };
            if resumed == 0 {
                fs::remove_file(path).ok();
                return Err(Fault::Final(format!(
                    "`{}` arrived with {found}; it was thrown away; try again, and if that does \
                     not help, the copy at `{}` is damaged",
                    self.file, self.settings.endpoint
                )));
            }
            // What an earlier run left may have been damaged: once more, from nothing.
            resumed = 0;
            output.set_len(0).map_err(|e| Error::io(path, e))?;
            self.progress.restarted();
        }
        // The cache trusts a blob by its name, so its bytes must be on the disk before that.
        output.sync_all().map_err(|e| self.disk_fault(path, e))
    }

    /// Appends to the file until it is complete, resuming when the connection breaks.
    fn fill(&self, output: &mut File, path: &Path) -> Result<(), Fault> {
        let mut patience = self.settings.retries;
        loop {
            let before = output.metadata().map_err(|e| Error::io(path, e))?.len();
            if self.metadata.size == Some(before) {
                return Ok(());
            }
            let fault = match self.append(output, path, before) {
                Ok(()) => return Ok(()),
                Err(Fault::Unreachable(reason)) => reason,
                Err(other) => return Err(other),
            };
            let after = output.metadata().map_err(|e| Error::io(path, e))?.len();
            if patience == 0 {
                let size = self.metadata.size.map_or("?".into(), |size| size.to_string());
                return Err(Fault::Unreachable(format!(
                    "{fault}; {after} of {size} bytes of `{}` are kept, and the next try goes on \
                     from there",
                    self.file
                )));
            }
            patience = if after > before { self.settings.retries } else { patience - 1 };
            pause(self.settings.pause);
        }
    }

    /// Makes one request for what is missing after `start`.
    fn append(&self, output: &mut File, path: &Path, start: u64) -> Result<(), Fault> {
        let Some(mut download) = self.client.download(self.commit, self.file, start)? else {
            // Nothing beyond `start`: without a known size, that is the end.
            return match self.metadata.size {
                None => Ok(()),
                Some(_) => self.discard(output, path).and(Err(broken("nothing more to send"))),
            };
        };
        let mut position = download.start;
        if position != start {
            self.discard(output, path)?;
        }
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match download.body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(broken(&e.to_string())),
            };
            position += count as u64;
            if let Some(size) = self.metadata.size
                && position > size
            {
                fs::remove_file(path).ok();
                return Err(Fault::Final(format!(
                    "`{}` is longer than the {size} bytes that the hub announced",
                    self.file
                )));
            }
            output.write_all(&buffer[..count]).map_err(|e| self.disk_fault(path, e))?;
            self.progress.advanced(count as u64);
        }
        match self.metadata.size {
            Some(size) if position < size => Err(broken(&format!("end after {position} bytes"))),
            _ => Ok(()),
        }
    }

    /// Empties the file, as the hub sends it from the start.
    fn discard(&self, output: &File, path: &Path) -> Result<(), Fault> {
        output.set_len(0).map_err(|e| Error::io(path, e))?;
        self.progress.restarted();
        Ok(())
    }

    /// Returns what is wrong with the complete file's checksum, if anything.
    fn wrong_checksum(&self, path: &Path) -> Result<Option<String>, Fault> {
        let Some(checksum) = Checksum::from_etag(&self.metadata.etag) else { return Ok(None) };
        let found = checksum.mismatch(path)?;
        Ok(found.map(|found| {
            format!("{} `{found}` instead of `{}`", checksum.name(), self.metadata.etag)
        }))
    }

    /// Describes a failed write. On a full disk nothing half is left, as it would keep the disk full.
    fn disk_fault(&self, path: &Path, error: io::Error) -> Fault {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        if !full.contains(&error.kind()) {
            return Fault::Final(format!("cannot write `{}`: {error}", path.display()));
        }
        fs::remove_file(path).ok();
        let need = self.metadata.size.map_or("more".into(), |size| format!("{size} bytes"));
        Fault::Final(format!(
            "the disk of `{}` is full ({error}): `{}` takes {need}; what had arrived of it was \
             removed; make room there, or set `HF_HOME` to a folder on another disk",
            self.settings.cache.display(),
            self.file
        ))
    }
}

fn broken(how: &str) -> Fault {
    Fault::Unreachable(format!("the connection broke ({how})"))
}
