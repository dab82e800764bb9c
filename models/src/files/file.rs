//! One file of a model: bytes inside the program, or a path on disk.

use std::{
    io::Read,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::Mmap;

use crate::{Error, Result};

/// One file of a model.
#[derive(Clone, Debug)]
pub enum File {
    /// Inside the program.
    Bytes {
        /// The embedded model and file, such as `rehearsal-stt-en/config.json`, for messages.
        label: PathBuf,
        /// The contents.
        bytes: &'static [u8],
    },
    /// On disk.
    Path(PathBuf),
}

impl File {
    /// Returns the path for messages: the true one, or `model/file` for an embedded file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Bytes { label, .. } => label,
            Self::Path(path) => path,
        }
    }

    /// Returns the length in bytes.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be reached.
    pub fn size(&self) -> Result<u64> {
        match self {
            Self::Bytes { bytes, .. } => Ok(bytes.len() as u64),
            Self::Path(path) => {
                std::fs::metadata(path).map(|data| data.len()).map_err(|e| Error::io(path, e))
            }
        }
    }

    /// Opens the file without copying it: embedded bytes as they are, a file on disk mapped into
    /// memory.
    ///
    /// A mapped file must not be truncated while it is in use, as the operating system then kills
    /// the process; the hub's cache never changes a file in place.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened or mapped.
    pub fn open(&self) -> Result<Bytes> {
        match self {
            Self::Bytes { bytes, .. } => Ok(Bytes(Inner::Static(bytes))),
            Self::Path(path) => {
                let file = open_regular(path)?;
                // SAFETY: the map is read-only and private to this process; that nobody truncates
                // the file meanwhile is stated above as the caller's part, as no file system lets
                // us enforce it.
                let map = unsafe { Mmap::map(&file) }.map_err(|e| Error::io(path, e))?;
                Ok(Bytes(Inner::Map(Arc::new(map))))
            }
        }
    }

    /// Reads the whole file as UTF-8 text of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::File`] when it is longer or not UTF-8.
    pub fn read_to_string(&self, limit: u64) -> Result<String> {
        let bytes = self.read(limit)?;
        String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            Error::file(self.path(), "the text", format!("no UTF-8 at byte {at}"), "UTF-8")
        })
    }

    /// Reads the whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read, [`Error::File`] when it is longer.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let too_long = || {
            Error::file(
                self.path(),
                "the length",
                format!("more than {limit} bytes"),
                format!("at most {limit} bytes"),
            )
        };
        match self {
            Self::Bytes { bytes, .. } if bytes.len() as u64 > limit => Err(too_long()),
            Self::Bytes { bytes, .. } => Ok(bytes.to_vec()),
            Self::Path(path) => {
                let mut bytes = Vec::new();
                open_regular(path)?
                    .take(limit.saturating_add(1))
                    .read_to_end(&mut bytes)
                    .map_err(|e| Error::io(path, e))?;
                if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
            }
        }
    }
}

/// Opens a file, refusing folders, pipes and devices, on which a read could wait or never end.
fn open_regular(path: &Path) -> Result<std::fs::File> {
    let kind = std::fs::metadata(path).map_err(|e| Error::io(path, e))?;
    if !kind.is_file() {
        let found = if kind.is_dir() { "a folder" } else { "a device or pipe" };
        return Err(Error::file(path, "the path", found, "a regular file"));
    }
    std::fs::File::open(path).map_err(|e| Error::io(path, e))
}

/// The contents of a file, shared and immutable; cloning is cheap.
#[derive(Clone)]
pub struct Bytes(Inner);

#[derive(Clone)]
enum Inner {
    Static(&'static [u8]),
    Map(Arc<Mmap>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Inner::Static(bytes) => bytes,
            Inner::Map(map) => map,
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_kinds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::write(&path, "{}").unwrap();
        let file = File::Path(path.clone());
        assert_eq!(file.read_to_string(2).unwrap(), "{}");
        assert_eq!(&*file.open().unwrap(), b"{}");
        let message = file.read_to_string(1).unwrap_err().to_string();
        assert!(message.contains("a.json") && message.contains("at most 1 bytes"), "{message}");

        std::fs::write(&path, [b'a', 0xff]).unwrap();
        let message = file.read_to_string(9).unwrap_err().to_string();
        assert!(message.contains("no UTF-8 at byte 1"), "{message}");

        let message = File::Path(folder.path().into()).open().unwrap_err().to_string();
        assert!(message.contains("found a folder, expected a regular file"), "{message}");
        let message = File::Path(folder.path().join("b")).open().unwrap_err().to_string();
        assert!(message.contains('b'), "{message}");

        std::fs::write(&path, "").unwrap();
        assert_eq!(&*file.open().unwrap(), b"");
    }

    #[test]
    fn embedded_bytes() {
        let file = File::Bytes { label: "m/a".into(), bytes: b"abc" };
        assert_eq!(file.size().unwrap(), 3);
        assert_eq!(&*file.open().unwrap(), b"abc");
        assert!(file.read(2).unwrap_err().to_string().contains("m/a"));
    }
}
