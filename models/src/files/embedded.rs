//! The models inside this program: the folders of `models/weights`, put in by the build script.

use std::fmt;

use super::Kind;

/// A model inside this program.
pub struct EmbeddedModel {
    /// Its name, `rehearsal-…`.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// One line for a listing.
    pub description: &'static str,
    /// Its files, by name, in name order.
    pub files: &'static [EmbeddedFile],
}

/// A file of an embedded model.
pub struct EmbeddedFile {
    /// The file's name in the checkpoint, such as `config.json`.
    pub name: &'static str,
    /// Its contents, aligned to 64 bytes so that tensors can be viewed in place.
    pub bytes: &'static [u8],
}

/// Gives included bytes the alignment of the widest vector register.
#[repr(C, align(64))]
#[allow(dead_code, reason = "a build without weights embeds nothing")]
struct Aligned<T: ?Sized>(T);

#[allow(unused_macros, reason = "a build without weights embeds nothing")]
macro_rules! embed {
    ($name:literal, $path:expr) => {{
        static BYTES: &Aligned<[u8]> = &Aligned(*include_bytes!($path));
        EmbeddedFile { name: $name, bytes: &BYTES.0 }
    }};
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Lists the embedded models in name order.
pub fn embedded() -> &'static [EmbeddedModel] {
    MODELS
}

/// Finds an embedded model by its exact name.
pub fn find(name: &str) -> Option<&'static EmbeddedModel> {
    MODELS.iter().find(|model| model.name == name)
}

impl EmbeddedModel {
    /// Returns the size of all files together, in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }
}

impl PartialEq for EmbeddedModel {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for EmbeddedModel {}

impl fmt::Debug for EmbeddedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedModel").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_aligned_and_named_once() {
        for model in embedded() {
            assert!(model.name.starts_with("rehearsal-"), "{}", model.name);
            assert!(!model.files.is_empty(), "{} has no files", model.name);
            assert!(!model.description.is_empty(), "{} has no description", model.name);
            for file in model.files {
                assert_eq!(file.bytes.as_ptr() as usize % 64, 0, "{}", file.name);
                assert!(!file.bytes.is_empty(), "{}", file.name);
            }
            assert!(model.files.windows(2).all(|pair| pair[0].name < pair[1].name));
        }
        assert!(embedded().windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
