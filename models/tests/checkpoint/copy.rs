//! Copies of checkpoints, to be damaged.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is wrong with a checkpoint, if anything is.
pub type Fault = fn(&Path) -> Option<String>;

/// A copy of a checkpoint's folder that a test may change.
pub struct Copy(tempfile::TempDir, Fault);

impl Copy {
    pub fn of(folder: &Path, fault: Fault) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        Self(copy, fault)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub fn without(self, file: &str) -> Self {
        fs::remove_file(self.path(file)).unwrap();
        self
    }

    /// Changes a key of a JSON file, or takes it out.
    pub fn json(self, file: &str, key: &str, value: Value) -> Self {
        let path = self.path(file);
        let mut content: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if value.is_null() {
            content.as_object_mut().unwrap().remove(key);
        } else {
            content[key] = value;
        }
        fs::write(path, content.to_string()).unwrap();
        self
    }

    /// Rewrites the header of a safetensors file.
    pub fn header(self, file: &str, edit: impl FnOnce(&mut Value)) -> Self {
        let path = self.path(file);
        let bytes = fs::read(&path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        edit(&mut header);
        let mut text = header.to_string();
        while !text.len().is_multiple_of(8) {
            text.push(' ');
        }
        let mut out = (text.len() as u64).to_le_bytes().to_vec();
        out.extend(text.as_bytes());
        out.extend(&bytes[8 + length..]);
        fs::write(path, out).unwrap();
        self
    }

    /// Checks that the error has all of `parts`.
    #[track_caller]
    pub fn refused(&self, parts: &[&str]) {
        refused(self.folder(), self.1, parts);
    }
}

/// Checks that what is there is no checkpoint, for a reason with all of `parts`.
#[track_caller]
pub fn refused(path: &Path, fault: Fault, parts: &[&str]) {
    let message = fault(path).expect("the checkpoint was accepted");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}
