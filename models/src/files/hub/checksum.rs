//! Checksums by which the hub names file contents.

use std::{fs::File, io::Read, path::Path};

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// How the hub's entity tag of a file says what its bytes must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksum<'a> {
    /// A large file: the SHA-256 of its bytes.
    Sha256(&'a str),
    /// A file kept in git: the SHA-1 of the git object that holds it.
    Git(&'a str),
}

impl<'a> Checksum<'a> {
    /// Reads an entity tag; `None` for one that is no checksum, which a mirror may send.
    pub fn from_etag(etag: &'a str) -> Option<Self> {
        let is_hex = etag.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match etag.len() {
            64 if is_hex => Some(Self::Sha256(etag)),
            40 if is_hex => Some(Self::Git(etag)),
            _ => None,
        }
    }

    /// Returns `None` when the file's bytes are right, otherwise what their checksum is instead.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read.
    pub fn mismatch(self, path: &Path) -> Result<Option<String>> {
        let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
        let (expected, found) = match self {
            Self::Sha256(expected) => (expected, digest(Sha256::new(), &mut file)),
            Self::Git(expected) => {
                let length = file.metadata().map_err(|e| Error::io(path, e))?.len();
                let header = Sha1::new().chain_update(format!("blob {length}\0"));
                (expected, digest(header, &mut file))
            }
        };
        let found = found.map_err(|e| Error::io(path, e))?;
        Ok((found != expected).then_some(found))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Git(_) => "git sha1",
        }
    }
}

fn digest(mut state: impl Digest, file: &mut File) -> std::io::Result<String> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        state.update(&buffer[..count]);
    }
    Ok(state.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "hello\n").unwrap();
        // `sha256sum` and `git hash-object` of the same bytes.
        let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        let git = "ce013625030ba8dba906f756967f9e9ca394464a";
        for etag in [sha256, git] {
            let checksum = Checksum::from_etag(etag).unwrap();
            assert_eq!(checksum.mismatch(&path).unwrap(), None);
        }
        std::fs::write(&path, "hello").unwrap();
        for etag in [sha256, git] {
            let found = Checksum::from_etag(etag).unwrap().mismatch(&path).unwrap().unwrap();
            assert_eq!(found.len(), etag.len());
            assert_ne!(found, etag);
        }
        assert_eq!(Checksum::from_etag("abc-1"), None);
        assert_eq!(Checksum::from_etag(&git.to_uppercase()), None);
    }
}
