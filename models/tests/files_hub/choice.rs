//! Which files of which commit a name brings, and where they go.

use std::{fs, path::Path};

use antiphon_models::files::{Want, hub};

use super::server::{COMMIT, Faults, git_sha1, sha256};
use super::world::{World, bytes, whisper};

const OTHER_COMMIT: &str = "89abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_model_arrives_in_the_shared_layout_and_needs_no_network_again() {
    let mut world = World::new(&whisper());
    let files = world.resolve("hf:o/n", Want::Whisper).unwrap();
    for (name, bytes) in whisper() {
        match files.get(name) {
            Some(file) => assert_eq!(file.read(1 << 20).unwrap(), bytes, "{name}"),
            None => assert_eq!(name, "README.md"),
        }
    }
    assert_eq!(files.label(), "hf:o/n");

    let repository = world.repository();
    assert_eq!(fs::read_to_string(repository.join("refs/main")).unwrap(), COMMIT);
    let snapshot = repository.join("snapshots").join(COMMIT);
    for (name, etag) in [
        ("model.safetensors", sha256(&bytes(300_000))),
        ("tokenizer.json", sha256(&bytes(5_000))),
        ("config.json", git_sha1(b"{}")),
    ] {
        let target = fs::read_link(snapshot.join(name)).unwrap();
        assert_eq!(target, Path::new("../../blobs").join(&etag), "{name}");
        assert!(hub::check(&snapshot.join(name)).unwrap().is_some(), "{name}");
    }
    assert_eq!(world.blobs().len(), 4, "{:?}", world.blobs());
    assert!(repository.join(".no_exist").join(COMMIT).join("generation_config.json").is_file());
    let heard = world.heard.take();
    for line in [
        "started model.safetensors Some(300000) 0",
        "finished model.safetensors",
        "started config.json Some(2) 0",
    ] {
        assert!(heard.contains(line), "{heard}");
    }

    world.server.requests();
    let again = world.resolve("hf:o/n", Want::Whisper).unwrap();
    assert_eq!(again.identity(), files.identity());
    assert!(world.server.requests().is_empty(), "the cache needs no network");
    assert_eq!(world.heard.take(), "");

    world.unplug();
    world.resolve(&format!("hf:o/n@{COMMIT}"), Want::Whisper).unwrap();
    world.settings.offline = true;
    world.resolve("hf:o/n", Want::Whisper).unwrap();

    let cached = hub::cached(&world.settings).unwrap();
    assert_eq!(cached.len(), 1);
    assert_eq!(cached[0].name.to_string(), "hf:o/n");
    assert_eq!(cached[0].files.len(), 4);
}

#[test]
fn a_renamed_repository_and_named_revisions() {
    let world = World::new(&whisper());
    world.server.set_faults(Faults { renamed: Some(("/o/n/", "/new/n/")), ..Faults::default() });
    world.resolve("hf:o/n@refs/pr/3", Want::Whisper).unwrap();
    let requests = world.server.requests();
    assert!(requests.iter().any(|r| r.path == "/api/models/o/n/revision/refs%2Fpr%2F3"));
    assert!(requests.iter().any(|r| r.path.starts_with("/new/n/resolve/")));
    assert!(world.repository().join("refs/refs/pr/3").is_file());
    let cached = hub::cached(&world.settings).unwrap();
    assert_eq!(cached[0].name.to_string(), "hf:o/n@refs/pr/3");

    let commit = format!("hf:o/n@{COMMIT}");
    world.resolve(&commit, Want::Whisper).unwrap();
    assert!(world.server.requests().is_empty(), "the commit is in the cache already");
}

#[test]
fn one_gguf_file_of_several() {
    let several: Vec<(&str, Vec<u8>)> =
        vec![("m-Q4_K_M.gguf", bytes(2000)), ("m-Q8_0.gguf", bytes(3000)), ("x.gguf", vec![1])];
    let mut world = World::new(&several);
    // The cache holds but one, yet the hub would prefer another.
    world.resolve("hf:o/n/m-Q8_0.gguf", Want::Qwen3).unwrap();
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert!(files.get("m-Q4_K_M.gguf").is_some());
    let heard = world.heard.take();
    assert!(heard.contains("note `m-Q4_K_M.gguf` is taken of 3 GGUF files"), "{heard}");
    world.server.requests();
    world.resolve("hf:o/n", Want::Qwen3).unwrap();
    world.resolve("hf:o/n/m-Q8_0.gguf", Want::Any).unwrap();
    assert!(world.server.requests().is_empty());

    let message = world.message("hf:o/n/m-Q9.gguf", Want::Qwen3);
    assert!(message.contains("has no file `m-Q9.gguf`; it has `m-Q4_K_M.gguf`"), "{message}");
    let message = world.message("hf:o/n/m-Q8_0.gguf", Want::Whisper);
    assert!(message.contains("without a file"), "{message}");

    let other = World::new(&several[1..]);
    let message = other.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("name one of them: `m-Q8_0.gguf`, `x.gguf`"), "{message}");

    // With a choice that only the hub could confirm, a hub that is away is not in the way.
    world.unplug();
    fs::remove_file(world.repository().join("snapshots").join(COMMIT).join("m-Q4_K_M.gguf"))
        .unwrap();
    world.heard.take();
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert!(files.get("m-Q8_0.gguf").is_some());
    assert!(world.heard.take().contains("what the cache holds is used"));
}

#[test]
fn a_new_commit_comes_with_pull_only() {
    let world = World::new(&whisper());
    let old = world.resolve("hf:o/n", Want::Whisper).unwrap();
    let mut changed = whisper();
    changed[2].1 = bytes(300_001);
    world.server.set_files(&changed);
    world.server.set_commit(OTHER_COMMIT);
    let same = world.resolve("hf:o/n", Want::Whisper).unwrap();
    assert_eq!(same.identity(), old.identity());
    let new = world.pull("hf:o/n", Want::Whisper).unwrap();
    assert_ne!(new.identity(), old.identity());
    assert_eq!(world.resolve("hf:o/n", Want::Whisper).unwrap().identity(), new.identity());
    assert_eq!(world.server.ranges().len(), 3, "the unchanged tokeniser is not sent again");
    assert_eq!(old.get("model.safetensors").unwrap().size().unwrap(), 300_000, "kept for users");
}
