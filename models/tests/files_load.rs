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
    device::Compute,
    files::{self, gguf::Gguf},
    qwen3::{KvCache, Qwen3},
    whisper::{Options, Whisper},
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Copies a fixture's folder, which the test may then change.
fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

/// Loads a Whisper folder and transcribes a moment of sound.
fn hear(path: &Path) -> Result<usize> {
    let whisper = Whisper::load_dir(path)?;
    let options = Options { max_tokens: 8, temperatures: vec![0.], ..Options::default() };
    Ok(whisper.transcribe(&[0.1; 1600], &options)?.segments.len())
}

/// Loads a Qwen3 model by its path and runs a few tokens.
fn run(path: &Path) -> Result<usize> {
    let name = path.to_str().unwrap().parse()?;
    let model = Qwen3::load(&files::resolve(&name, files::Want::Qwen3, &())?, &Compute::default())?;
    let mut cache = KvCache::new(&model, 8);
    Ok(model.forward(&[1, 2, 3], &mut cache)?.len())
}

/// Writes each damaged form of a file over it and loads; returns how many forms loaded.
fn survive(
    run: fn(&Path) -> Result<usize>,
    model: &Path,
    file: &Path,
    forms: impl Iterator<Item = Vec<u8>>,
) -> usize {
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
    let loaded = survive(run, &path, &path, forms(&bytes, header));
    assert!(loaded > 0, "some bytes do not matter");
}

#[test]
fn damaged_safetensors() {
    let folder = copy("qwen3/single");
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    run(folder.path()).unwrap();
    for (name, header) in [("config.json", usize::MAX), ("model.safetensors", 2_000)] {
        let file = folder.path().join(name);
        let bytes = fs::read(&file).unwrap();
        survive(run, folder.path(), &file, forms(&bytes, header.min(bytes.len())));
        fs::write(&file, &bytes).unwrap();
    }
    run(folder.path()).unwrap();
}

#[test]
fn a_damaged_whisper() {
    let folder = copy("whisper/multi80");
    hear(folder.path()).unwrap();
    for (name, header) in [
        ("config.json", 3_000),
        ("generation_config.json", 3_000),
        ("preprocessor_config.json", 1_000),
        ("tokenizer.json", 2_000),
        ("model.safetensors", 2_000),
    ] {
        let file = folder.path().join(name);
        let bytes = fs::read(&file).unwrap();
        survive(hear, folder.path(), &file, forms(&bytes, header.min(bytes.len())));
        fs::write(&file, &bytes).unwrap();
    }
    hear(folder.path()).unwrap();
}

#[test]
fn a_damaged_index_of_shards() {
    for (name, run) in
        [("qwen3/sharded", run as fn(&Path) -> _), ("whisper/multi128-sharded", hear)]
    {
        let folder = copy(name);
        let tokenizer = folder.path().join("tokenizer.json");
        if !tokenizer.exists() {
            fs::write(tokenizer, "{}").unwrap();
        }
        run(folder.path()).unwrap();
        let file = folder.path().join("model.safetensors.index.json");
        let bytes = fs::read(&file).unwrap();
        survive(run, folder.path(), &file, forms(&bytes, 1_000.min(bytes.len())));
        fs::write(&file, &bytes).unwrap();
        let shard = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let shard = shard.filter(|path| path.to_string_lossy().contains("-of-")).min().unwrap();
        fs::remove_file(&shard).unwrap();
        let message = run(folder.path()).unwrap_err().to_string();
        let name = shard.file_name().unwrap().to_string_lossy();
        assert!(message.contains(&*name) && message.contains("missing"), "{message}");
    }
}

/// Replaces a text of the same length and returns what loading then says.
fn with(folder: &Path, file: &str, from: &str, to: &str) -> String {
    let path = folder.join(file);
    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(from.len()).position(|part| part == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("`{from}` is not in `{file}`"));
    let mut changed = bytes[..at].to_vec();
    changed.extend(to.bytes());
    changed.extend(&bytes[at + from.len()..]);
    fs::write(&path, changed).unwrap();
    let model = if file.ends_with(".gguf") { &path } else { folder };
    let message = run(model).unwrap_err().to_string();
    fs::write(&path, bytes).unwrap();
    message
}

#[test]
fn wrong_architectures_and_types_are_named() {
    let folder = copy("qwen3/single");
    fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    for (file, from, to, parts) in [
        ("config.json", "\"qwen3\"", "\"llama\"", ["config.json", "`model_type`", "found `llama`"]),
        ("model.safetensors", "\"F32\"", "\"I32\"", ["model.safetensors", "tensor `", "I32"]),
        ("model.safetensors", "\"F32\"", "\"F64\"", ["model.safetensors", "tensor `", "bytes"]),
        ("model.safetensors", "q_proj", "x_proj", ["tensor `", "q_proj", "no such tensor"]),
    ] {
        let message = with(folder.path(), file, from, to);
        for part in parts {
            assert!(message.contains(part), "{from} to {to}: {message}");
        }
    }
    fs::remove_file(folder.path().join("config.json")).unwrap();
    fs::copy(fixture("qwen3/f32.gguf"), folder.path().join("m.gguf")).unwrap();
    for (from, to, parts) in [
        ("qwen3", "llama", ["m.gguf", "general.architecture", "llama"]),
        ("GGUF", "GGML", ["m.gguf", "found", "expected"]),
        ("blk.0.attn_q.weight", "blk.0.attn_x.weight", ["m.gguf", "blk.0.attn_q.weight", "tensor"]),
    ] {
        let message = with(folder.path(), "m.gguf", from, to);
        for part in parts {
            assert!(message.contains(part), "{from} to {to}: {message}");
        }
    }
}
