//! `antiphon models` as a user runs it.

#![allow(clippy::unwrap_in_result, clippy::unwrap_used, reason = "a test may panic")]

#[allow(dead_code, reason = "the hub's own tests use the rest")]
#[path = "../models/tests/files_hub/server.rs"]
mod server;

use std::{fs, path::Path, process::Command};

/// What a run printed and its exit code.
struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_antiphon"));
    for name in ["HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN"] {
        command.env_remove(name);
    }
    command.env("HF_HOME", home).envs(variables.iter().copied());
    let output = command.arg("models").args(arguments).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn gguf() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/tests/fixtures/qwen3/q8_0.gguf"))
        .unwrap()
}

#[test]
fn embedded_models_are_listed_found_and_whole() {
    let home = tempfile::tempdir().unwrap();
    let list = run(home.path(), &[], &["list"]);
    assert_eq!((list.code, list.err.as_str()), (0, ""));
    for line in list.out.lines() {
        let name = line.split_whitespace().next().unwrap();
        assert!(name.starts_with("rehearsal-"), "{line}");
        let place = run(home.path(), &[], &["where", name]);
        assert_eq!((place.code, place.out.as_str()), (0, "embedded\n"));
        let verify = run(home.path(), &[], &["verify", name]);
        assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
        assert!(verify.out.lines().all(|line| line.starts_with("ok ")), "{}", verify.out);
    }
}

#[test]
fn a_hub_model_is_pulled_found_and_checked() {
    let server = server::Server::start(&[("m.gguf", gguf())]);
    let home = tempfile::tempdir().unwrap();
    let endpoint = server.endpoint();
    let online = [("HF_ENDPOINT", endpoint.as_str()), ("HF_TOKEN", "hf_secret")];
    let offline = [("HF_HUB_OFFLINE", "1")];

    let absent = run(home.path(), &offline, &["where", "hf:o/n"]);
    assert_eq!((absent.code, absent.out.as_str()), (1, ""));
    assert!(absent.err.contains("`antiphon models pull hf:o/n` downloads it"), "{}", absent.err);

    let pull = run(home.path(), &online, &["pull", "hf:o/n"]);
    assert_eq!(pull.code, 0, "{}", pull.err);
    assert!(pull.err.contains("m.gguf (119.47 KiB)"), "{}", pull.err);
    assert!(!pull.err.contains("hf_secret"));
    let path = Path::new(pull.out.trim_end());
    assert_eq!(fs::read(path).unwrap(), gguf());
    assert!(path.starts_with(home.path().join("hub/models--o--n/snapshots")));

    let place = run(home.path(), &offline, &["where", "hf:o/n"]);
    assert_eq!((place.code, place.out.as_str()), (0, pull.out.as_str()));
    let list = run(home.path(), &offline, &["list"]);
    assert!(list.out.contains("hf:o/n/m.gguf  "), "{}", list.out);
    let verify = run(home.path(), &offline, &["verify", "hf:o/n"]);
    assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
    assert!(verify.out.starts_with("ok     m.gguf: sha256, "), "{}", verify.out);
    assert!(verify.out.ends_with("ok     the network loads\n"), "{}", verify.out);

    let mut damaged = gguf();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(path, damaged).unwrap();
    let verify = run(home.path(), &offline, &["verify", "hf:o/n"]);
    assert_eq!(verify.code, 1);
    assert!(verify.out.starts_with("fault  m.gguf: "), "{}", verify.out);
    assert!(verify.err.contains("1 of 1 files at fault"), "{}", verify.err);
}

#[test]
fn a_network_that_hears_the_ends_of_turns_is_checked() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/tests/fixtures");
    let verify =
        |path: &Path| run(path, &[("HF_HUB_OFFLINE", "1")], &["verify", path.to_str().unwrap()]);
    for (name, weights) in [("f32", 1), ("f16-sharded", 3)] {
        let verify = verify(&fixtures.join("smart_turn").join(name));
        assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
        assert_eq!(verify.out.matches(".safetensors: ").count(), weights, "{}", verify.out);
        assert!(verify.out.ends_with("ok     the network loads\n"), "{}", verify.out);
    }
    for name in ["torchscript", "dynamo", "qdq", "integer"] {
        let verify = verify(&fixtures.join("smart_turn").join(format!("{name}.onnx")));
        assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
        assert!(verify.out.starts_with(&format!("ok     {name}.onnx: ")), "{}", verify.out);
        assert!(verify.out.ends_with(" tensors\nok     the network loads\n"), "{}", verify.out);
    }
    // A tensor is missing, and a Whisper model that lacks its words is still one.
    let copy = tempfile::tempdir().unwrap();
    for (from, of, fault) in [
        ("smart_turn/f32", "model.safetensors", "classifier.6"),
        ("whisper/en80-f16", "tokenizer.json", "`tokenizer.json` is missing"),
    ] {
        for file in ["config.json", "model.safetensors", "preprocessor_config.json"] {
            // What is not there is not copied.
            fs::copy(fixtures.join(from).join(file), copy.path().join(file)).ok();
        }
        if of == "model.safetensors" {
            let bytes = fs::read(copy.path().join(of)).unwrap();
            let place = bytes.windows(12).position(|it| it == b"classifier.6").unwrap();
            let mut bytes = bytes;
            bytes[place..place + 12].copy_from_slice(b"classifier.9");
            fs::write(copy.path().join(of), bytes).unwrap();
        }
        let verify = verify(copy.path());
        assert_eq!(verify.code, 1, "{}{}", verify.out, verify.err);
        assert!(verify.err.contains(fault), "{}", verify.err);
    }
}

#[test]
fn an_onnx_file_of_the_hub_is_pulled_by_its_name() {
    let fixture = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/tests/fixtures/smart_turn");
        fs::read(folder.join(name)).unwrap()
    };
    let files = [("n-cpu.onnx", fixture("qdq.onnx")), ("n-gpu.onnx", fixture("torchscript.onnx"))];
    let server = server::Server::start(&files);
    let home = tempfile::tempdir().unwrap();
    let endpoint = server.endpoint();
    let online = [("HF_ENDPOINT", endpoint.as_str())];
    let offline = [("HF_HUB_OFFLINE", "1")];

    let several = run(home.path(), &online, &["pull", "hf:o/n"]);
    assert_eq!(several.code, 1, "{}", several.out);
    let named = "it has several ONNX files; name one of them: `n-cpu.onnx`, `n-gpu.onnx`";
    assert!(several.err.contains(named), "{}", several.err);

    fs::write(
        home.path().join("p.toml"),
        include_str!("../pipelines/voice.toml")
            .replace("[turn]", "[turn]\nend_of_turn_model = \"hf:o/n/n-cpu.onnx\""),
    )
    .unwrap();
    let pipeline = home.path().join("p.toml");
    let pull = run(home.path(), &online, &["pull", "--pipeline", pipeline.to_str().unwrap()]);
    assert_eq!(pull.code, 0, "{}", pull.err);
    let path = Path::new(pull.out.lines().next().unwrap());
    assert_eq!(fs::read(path).unwrap(), files[0].1);

    let verify = run(home.path(), &offline, &["verify", "hf:o/n/n-cpu.onnx"]);
    assert_eq!(verify.code, 0, "{}{}", verify.out, verify.err);
    assert!(verify.out.starts_with("ok     n-cpu.onnx: sha256, "), "{}", verify.out);
    let list = run(home.path(), &offline, &["list"]);
    let row = list.out.lines().find(|line| line.starts_with("hf:o/n/n-cpu.onnx ")).unwrap();
    assert!(row.ends_with("  ends of turns (smart-turn)"), "{row}");
    assert_eq!(list.out.matches("hf:o/n").count(), 1, "{}", list.out);
}

#[test]
fn faults_of_the_user_are_explained() {
    let home = tempfile::tempdir().unwrap();
    for (name, code, expected) in [
        ("rehearsal-none", 2, "no model of that name"),
        ("hf:alone", 2, "`hf:owner/name[@revision][/file]` is expected"),
        ("./none.gguf", 1, "no file or folder"),
    ] {
        let verify = run(home.path(), &[], &["verify", name]);
        assert_eq!((verify.code, verify.out.as_str()), (code, ""), "{name}");
        assert!(verify.err.contains(expected), "{name}: {}", verify.err);
    }
    let cut = home.path().join("cut.gguf");
    fs::write(&cut, &gguf()[..60_000]).unwrap();
    let verify = run(home.path(), &[], &["verify", cut.to_str().unwrap()]);
    assert_eq!(verify.code, 1);
    assert!(verify.out.contains("tensor `"), "{}", verify.out);
}
