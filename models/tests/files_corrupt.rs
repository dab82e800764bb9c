//! Damaged model files: an error or a valid reading, never a panic, never a huge allocation.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "files_corrupt/mutate.rs"]
mod mutate;

use std::{fs, path::Path, sync::Arc};

use antiphon_models::{
    audio::WavReader,
    device::Compute,
    files::{ModelName, gguf::Gguf, safetensors::Safetensors, torch::TorchFile},
    qwen3,
    text::{ChatTemplate, Message, Tokenizer},
    whisper::{Parts, Whisper},
};

#[global_allocator]
static WATCH: mutate::Watch = mutate::Watch;

/// What a reader may allocate at once for files of a few kilobytes.
const LIMIT: usize = 1 << 20;

/// Damages each of the small valid files that the fuzz target of that name starts from, and checks
/// that some forms are refused.
fn survive(target: &str, read: impl Fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let sample = fs::read(&path).unwrap();
        let (accepted, total) = mutate::survive(&sample, LIMIT, &read);
        assert!(accepted < total, "{}: {accepted} of {total} accepted", path.display());
        seeds += 1;
    }
    assert!(seeds > 0);
}

#[test]
fn safetensors() {
    survive("safetensors", |bytes| {
        let Ok(header) = Safetensors::read("m", bytes) else { return false };
        for tensor in header.tensors().values() {
            assert!(bytes.get(tensor.range.clone()).is_some(), "a range outside the file");
        }
        // What this reader takes, the format's own library takes too.
        let theirs = safetensors::SafeTensors::deserialize(bytes);
        assert!(theirs.is_ok(), "{theirs:?}");
        true
    });
}

#[test]
fn torch() {
    survive("torch", |bytes| {
        let Ok(file) = TorchFile::read("m", bytes) else { return false };
        for tensor in file.tensors().values() {
            let count: usize = tensor.shape.iter().product();
            assert!(tensor.values(bytes).is_none_or(|values| values.len() == count));
        }
        true
    });
}

#[test]
fn gguf() {
    survive("gguf", |bytes| {
        let Ok(gguf) = Gguf::read("m", bytes) else { return false };
        let mut names = gguf.content().tensor_infos.keys();
        assert!(names.all(|name| gguf.tensor(bytes, name).is_ok()));
        qwen3::Config::from_gguf(&gguf).ok();
        Tokenizer::from_gguf("m", gguf.content()).ok();
        true
    });
}

#[test]
fn configurations() {
    survive("config", |bytes| {
        let qwen3 = qwen3::Config::from_json(Path::new("m"), bytes).is_ok();
        let parts = Parts {
            name: "m".into(),
            config: Arc::new(bytes.to_vec()),
            generation_config: None,
            preprocessor_config: None,
            tokenizer: Arc::new(Vec::new()),
            weights: Vec::new(),
        };
        let error = Whisper::load_parts(&parts, &Compute::default()).err().unwrap().to_string();
        let whisper = !error.contains("config.json");
        qwen3 || whisper
    });
}

#[test]
fn names() {
    survive("name", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let Ok(name) = text.parse::<ModelName>() else {
            // Whether this build carries the model is not the question here.
            return text == "rehearsal-stt-en";
        };
        // Showing a name and parsing it again is the same name.
        assert_eq!(name.to_string().parse::<ModelName>().unwrap(), name);
        true
    });
}

#[test]
fn sounds() {
    survive("wav", |bytes| {
        let Ok(mut wav) = WavReader::new(bytes, "m") else { return false };
        let (mut samples, mut frames) = (Vec::new(), 0);
        loop {
            samples.clear();
            match wav.read_mono(16, &mut samples) {
                Ok(0) => break,
                Ok(count) => frames += count,
                Err(_) => return false,
            }
            assert!(samples.iter().all(|sample| sample.is_finite()));
            assert!(frames <= bytes.len(), "more frames than bytes");
        }
        true
    });
}

#[test]
fn tokenisers() {
    survive("tokenizer", |bytes| {
        let Ok(tokenizer) = Tokenizer::from_json("m", bytes, &[0]) else { return false };
        if let Ok(ids) = tokenizer.encode("hello <|im_start|>\u{1f600}") {
            tokenizer.decode(&ids);
        }
        true
    });
}

#[test]
fn templates() {
    survive("template", |bytes| {
        let source = String::from_utf8_lossy(bytes);
        let Ok(template) = ChatTemplate::new(&source, None, None) else { return false };
        template.render(&[Message::user("hello")], true, false).is_ok()
    });
    // Found by fuzzing.
    assert!(ChatTemplate::new("{%}", None, None).is_err());
}
