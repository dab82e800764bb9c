//! Whole checkpoints with damaged files: loading and running them gives an error or numbers, never
//! a panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use antiphon_models::{
    Result,
    files::{self, gguf::Gguf},
    qwen3::{KvCache, Qwen3},
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Loads a model by its path and runs a few tokens.
fn run(path: &Path) -> Result<usize> {
    let name = path.to_str().unwrap().parse()?;
    let model = Qwen3::load(&files::resolve(&name, files::Want::Qwen3, &())?)?;
    let mut cache = KvCache::new(&model, 8);
    Ok(model.forward(&[1, 2, 3], &mut cache)?.len())
}

/// Writes each damaged form of a file over it and loads; returns how many forms loaded.
fn survive(model: &Path, file: &Path, forms: impl Iterator<Item = Vec<u8>>) -> usize {
    let mut loaded = 0;
    for (number, form) in forms.enumerate() {
        // Under a new name, as a file that is mapped may not change.
        let next = file.with_extension("next");
        fs::write(&next, &form).unwrap();
        fs::rename(&next, file).unwrap();
        match catch_unwind(AssertUnwindSafe(|| run(model))) {
            Ok(Ok(_)) => loaded += 1,
            Ok(Err(error)) => assert!(!error.to_string().is_empty()),
            Err(_) => panic!("a panic with form {number} of `{}`", file.display()),
        }
    }
    loaded
}

/// Damages the first `header` bytes here and there, and cuts the file short.
fn forms(bytes: &[u8], header: usize) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..24).map(|part| bytes[..bytes.len() * part / 24].to_vec());
    let changed = (0..header).step_by(11).flat_map(|at| {
        [0, 0xff, b'9', bytes[at] ^ 1].map(|value| {
            let mut form = bytes.to_vec();
            form[at] = value;
            form
        })
    });
    cut.chain(changed)
}

#[test]
fn a_damaged_gguf() {
    let bytes = fs::read(fixture("qwen3/q8_0.gguf")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    fs::write(&path, &bytes).unwrap();
    assert!(run(&path).is_ok(), "the fixture itself loads");
    let gguf = Gguf::read("m", &bytes).unwrap();
    let header = gguf.content().tensor_data_offset as usize;
    let loaded = survive(&path, &path, forms(&bytes, header));
    assert!(loaded > 0, "some bytes do not matter");
}

#[test]
fn damaged_safetensors() {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture("qwen3/single")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    run(folder.path()).unwrap();
    for (name, header) in [("config.json", usize::MAX), ("model.safetensors", 2_000)] {
        let file = folder.path().join(name);
        let bytes = fs::read(&file).unwrap();
        survive(folder.path(), &file, forms(&bytes, header.min(bytes.len())));
        fs::write(&file, &bytes).unwrap();
    }
    run(folder.path()).unwrap();
}
