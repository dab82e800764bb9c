//! The cache: disks, damage, and others who use it.

use std::{fs, process::Command};

use antiphon_models::files::{
    self, Want,
    hub::{self, HubSettings},
};
use tempfile::TempDir;

use super::server::{COMMIT, Faults, sha256};
use super::world::{World, bytes, whisper};

#[test]
fn a_changed_blob_is_noticed() {
    let world = World::new(&whisper());
    let files = world.resolve("hf:o/n", Want::Whisper).unwrap();
    let path = files.get("model.safetensors").unwrap().path();
    assert_eq!(hub::check(path).unwrap(), Some("sha256"));
    let mut damaged = bytes(300_000);
    damaged[7] ^= 1;
    fs::write(path, damaged).unwrap();
    let message = hub::check(path).unwrap_err().to_string();
    assert!(message.contains("model.safetensors") && message.contains("sha256"), "{message}");
    assert_eq!(hub::check(&world.folder.path().join("none")).unwrap(), None);
}

/// Mounts a file system of the given size, which needs a privileged user, and unmounts it.
struct SmallDisk(TempDir);

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmount = Command::new("umount").arg(self.0.path()).output();
        assert!(unmount.is_ok_and(|output| output.status.success()), "cannot unmount");
    }
}

impl SmallDisk {
    fn mount(kilobytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={kilobytes}k");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

#[test]
fn a_full_disk_leaves_no_half_file() {
    let Some(disk) = SmallDisk::mount(200) else {
        println!("skipped: a small file system cannot be mounted here");
        return;
    };
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.cache = disk.0.path().join("hub");
    let message = world.message("hf:o/n", Want::Qwen3);
    for part in ["is full", "`m.gguf` takes 300000 bytes", "set `HF_HOME`"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(world.blobs().is_empty(), "{:?}", world.blobs());
    assert!(!world.repository().join("refs/main").exists());
    // The room is free again.
    fs::write(disk.0.path().join("other"), bytes(150_000)).unwrap();
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let mut world = World::new(&whisper());
    let file = world.folder.path().join("file");
    fs::write(&file, "").unwrap();
    world.settings.cache = file.join("hub");
    let message = world.message("hf:o/n", Want::Whisper);
    for part in ["cannot fetch `hf:o/n`: cannot use `", "in the cache", "`HF_HOME` may name"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn threads_fetch_a_file_once() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| world.resolve("hf:o/n", Want::Qwen3).unwrap());
        }
    });
    assert_eq!(world.server.ranges(), [None]);
}

/// The part of [`two_processes_share_a_cache`] that the other processes run.
#[test]
fn child_process() {
    let (Ok(endpoint), Ok(cache)) =
        (std::env::var("ANTIPHON_TEST_ENDPOINT"), std::env::var("ANTIPHON_TEST_CACHE"))
    else {
        return;
    };
    let mut settings = HubSettings::new(cache);
    settings.endpoint = endpoint;
    let name = "hf:o/n".parse().unwrap();
    let files = files::resolve_with(&name, Want::Qwen3, &settings, &()).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
}

#[test]
fn two_processes_share_a_cache() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    // The first one's download stands still until the second one has come as far.
    world.server.set_faults(Faults { wait_for_heads: Some(2), ..Faults::default() });
    let spawn = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["shared_cache::child_process", "--exact"])
            .env("ANTIPHON_TEST_ENDPOINT", world.server.endpoint())
            .env("ANTIPHON_TEST_CACHE", &world.settings.cache)
            .spawn()
            .unwrap()
    };
    let mut children = [spawn(), spawn()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(world.server.ranges(), [None], "the bytes are sent once");
    assert_eq!(world.blobs(), [sha256(&bytes(300_000))]);
    let snapshot = world.repository().join("snapshots").join(COMMIT);
    assert!(hub::check(&snapshot.join("m.gguf")).unwrap().is_some());
}

/// Runs when `ANTIPHON_PYTHON` names an interpreter that has `huggingface_hub`.
#[test]
fn the_python_library_shares_the_cache() {
    let Ok(python) = std::env::var("ANTIPHON_PYTHON") else {
        println!("skipped: `ANTIPHON_PYTHON` is not set");
        return;
    };
    let run = |world: &World, offline: &str| {
        let script = "from huggingface_hub import hf_hub_download as get, try_to_load_from_cache as load\n\
                      print(get('o/n', 'model.safetensors'))\nprint(get('o/n', 'config.json'))\n\
                      print(load('o/n', 'generation_config.json'))";
        let output = Command::new(&python)
            .args(["-c", script])
            .env("HF_ENDPOINT", &world.settings.endpoint)
            .env("HF_HUB_CACHE", &world.settings.cache)
            .env("HF_HUB_OFFLINE", offline)
            .env("HF_HUB_DISABLE_XET", "1")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Ours first: Python finds it without a network, and the markers of what is absent.
    let mut ours = World::new(&whisper());
    let files = ours.resolve("hf:o/n", Want::Whisper).unwrap();
    let (server, offline) = (ours.settings.endpoint.clone(), run(&ours, "1"));
    ours.settings.endpoint = server;
    let expected = files.get("model.safetensors").unwrap().path().display().to_string();
    assert!(offline.starts_with(&expected), "{offline}");
    assert!(offline.contains("object object"), "{offline}");

    // Python first: we find its files, and fetch only what it has not.
    let theirs = World::new(&whisper());
    fs::create_dir_all(&theirs.settings.cache).unwrap();
    run_download(&python, &theirs);
    theirs.server.requests();
    theirs.resolve("hf:o/n", Want::Whisper).unwrap();
    let paths: Vec<_> = theirs.server.requests().into_iter().map(|r| r.path).collect();
    assert!(paths.iter().any(|path| path.contains("tokenizer.json")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("model.safetensors")), "{paths:?}");
}

fn run_download(python: &str, world: &World) {
    let output = Command::new(python)
        .args([
            "-c",
            "from huggingface_hub import hf_hub_download as get\nget('o/n', 'model.safetensors', \
             revision='main')",
        ])
        .env("HF_ENDPOINT", &world.settings.endpoint)
        .env("HF_HUB_CACHE", &world.settings.cache)
        .env("HF_HUB_DISABLE_XET", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
