//! Models named by the path of a file or folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    File, ModelFiles, Want,
    select::{self, is_gguf, is_onnx, is_split_gguf},
};
use crate::{Error, Result};

/// Finds the files of a model at `path`: a GGUF or ONNX file, or a folder.
pub(super) fn resolve(path: &Path, want: Want) -> Result<ModelFiles> {
    let data = std::fs::metadata(path).map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            error(path, not_found(path))
        } else {
            Error::io(path, e)
        }
    })?;
    if data.is_dir() { folder(path, want) } else { single(path, want) }
}

fn single(path: &Path, want: Want) -> Result<ModelFiles> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let found = |name| {
        let files = BTreeMap::from([(name, File::Path(path.to_path_buf()))]);
        Ok(ModelFiles::new(path.display().to_string(), files))
    };
    if is_onnx(&name) && want.takes_onnx() {
        return found(name);
    }
    let folder = match want {
        Want::SmartTurn => Some(select::SMART_TURN_MODEL),
        Want::Kokoro | Want::KokoroVoice => Some(select::KOKORO_MODEL),
        Want::Harmonic => Some(select::HARMONIC_MODEL),
        Want::Whisper | Want::Qwen3 | Want::Any => None,
    };
    if let Some(expected) = folder {
        return Err(error(path, format!("it is one file; expected {expected}")));
    }
    if !is_gguf(&name) {
        return Err(error(
            path,
            format!(
                "it is not a GGUF file; expected {}the folder that holds `config.json`, \
                 `tokenizer.json` and `model.safetensors`",
                if want == Want::Whisper { "" } else { "a `.gguf` file, or " }
            ),
        ));
    }
    if want == Want::Whisper {
        return Err(error(path, "it is a GGUF file; a folder with a Whisper model is expected"));
    }
    if is_split_gguf(&name) {
        return Err(error(path, "it is one part of a split GGUF; a single file is expected"));
    }
    found(name)
}

fn folder(path: &Path, want: Want) -> Result<ModelFiles> {
    let names = list(path)?;
    let selection = select::select(want, &names).map_err(|reason| error(path, reason))?;
    let mut chosen = selection.files;
    let voices = path.join("voices");
    let is_kokoro = want == Want::Kokoro || chosen.iter().any(|name| select::is_kokoro(name));
    if is_kokoro && voices.is_dir() {
        let names = list(&voices)?.into_iter().map(|name| format!("voices/{name}"));
        chosen.extend(names.filter(|name| select::is_voice(name)));
    }
    let files = chosen.into_iter().map(|name| (name.clone(), File::Path(path.join(name))));
    Ok(ModelFiles::new(path.display().to_string(), files.collect()))
}

/// Lists the files directly in a folder, links followed.
pub(super) fn list(path: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(path).map_err(|e| Error::io(path, e))? {
        let entry = entry.map_err(|e| Error::io(path, e))?;
        if entry.path().is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.insert(name);
        }
    }
    Ok(names)
}

fn not_found(path: &Path) -> String {
    let tried = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let text = path.to_string_lossy();
    let hint = match text.split('/').collect::<Vec<_>>()[..] {
        [owner, name, ..] if !owner.is_empty() && !name.is_empty() && !owner.starts_with('.') => {
            format!("; for the hub's model write `hf:{text}`")
        }
        _ => String::new(),
    };
    format!("no file or folder `{}`{hint}; a model is {}", tried.display(), super::name::forms())
}

fn error(path: &Path, reason: impl Into<String>) -> Error {
    Error::Name { name: path.display().to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::select::{INDEX, WEIGHTS};

    fn message(path: &Path, want: Want) -> String {
        resolve(path, want).unwrap_err().to_string()
    }

    #[test]
    fn absent_paths_say_what_was_tried() {
        let found = message(Path::new("openai/whisper-base.en"), Want::Whisper);
        assert!(found.contains("write `hf:openai/whisper-base.en`"), "{found}");
        let tried = std::env::current_dir().unwrap().join("openai");
        assert!(found.contains(&tried.display().to_string()), "{found}");
        assert!(!message(Path::new("/no/such"), Want::Any).contains("write `hf:"));
    }

    #[test]
    fn folders_and_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["config.json", "tokenizer.json", INDEX] {
            std::fs::write(at(name), r#"{"weight_map":{"a":"model-00001-of-00001.safetensors"}}"#)
                .unwrap();
        }
        let files = resolve(folder.path(), Want::Whisper).unwrap();
        let found = files.safetensors().unwrap_err().to_string();
        assert!(found.contains("`model-00001-of-00001.safetensors`, which is missing"), "{found}");

        std::fs::write(at("model-00001-of-00001.safetensors"), "x").unwrap();
        let files = resolve(folder.path(), Want::Whisper).unwrap();
        assert_eq!(files.safetensors().unwrap()[0].path(), at("model-00001-of-00001.safetensors"));
        assert_eq!(files.label(), folder.path().display().to_string());
        let found = files.require("preprocessor_config.json").unwrap_err().to_string();
        assert!(found.contains("`preprocessor_config.json` is missing"), "{found}");

        std::fs::write(at(WEIGHTS), "x").unwrap();
        let files = resolve(folder.path(), Want::Any).unwrap();
        assert_eq!(files.safetensors().unwrap().len(), 1);
        assert!(files.gguf().is_none());

        let found = message(&at(WEIGHTS), Want::Whisper);
        assert!(found.contains("expected the folder that holds"), "{found}");

        std::fs::write(at("m.gguf"), "x").unwrap();
        let files = resolve(&at("m.gguf"), Want::Qwen3).unwrap();
        assert_eq!(files.gguf().unwrap().path(), at("m.gguf"));
        assert!(message(&at("m.gguf"), Want::Whisper).contains("it is a GGUF file"));
    }

    #[test]
    fn identity_follows_the_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.gguf");
        std::fs::write(&path, "one").unwrap();
        let identity = || resolve(&path, Want::Qwen3).unwrap().identity();
        let first = identity();
        assert_eq!(first, identity());
        std::fs::write(&path, "three").unwrap();
        assert_ne!(first, identity());
    }
}
