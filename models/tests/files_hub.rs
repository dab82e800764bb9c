//! Downloads against a local server that speaks the hub's protocol.

#![allow(clippy::unwrap_in_result, clippy::unwrap_used, reason = "a test may panic")]

#[path = "files_hub/server.rs"]
mod server;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::Duration,
};

use antiphon_models::{
    Result,
    files::{
        self, ModelFiles, ModelName, Progress, Want,
        hub::{self, HubSettings, Token},
    },
};
use server::{COMMIT, Faults, Server, git_sha1, sha256};
use tempfile::TempDir;

const OTHER_COMMIT: &str = "89abcdef0123456789abcdef0123456789abcdef";

/// Bytes that no two positions of a file share by chance.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

fn whisper() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("README.md", b"card".to_vec()),
        ("config.json", b"{}".to_vec()),
        ("model.safetensors", bytes(300_000)),
        ("preprocessor_config.json", b"{\"a\": 1}".to_vec()),
        ("tokenizer.json", bytes(5_000)),
    ]
}

/// Writes down what a download reports.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join("\n")
    }
}

impl Progress for Recorder {
    fn started(&self, file: &str, total: Option<u64>, resumed: u64) {
        self.push(format!("started {file} {total:?} {resumed}"));
    }

    fn advanced(&self, bytes: u64) {
        assert!(bytes > 0);
    }

    fn restarted(&self) {
        self.push("restarted".into());
    }

    fn finished(&self, file: &str) {
        self.push(format!("finished {file}"));
    }

    fn note(&self, text: &str) {
        self.push(format!("note {text}"));
    }
}

struct World {
    server: Server,
    folder: TempDir,
    settings: HubSettings,
    heard: Recorder,
}

impl World {
    fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let server = Server::start(files);
        let folder = tempfile::tempdir().unwrap();
        let mut settings = HubSettings::new(folder.path().join("hub"));
        settings.endpoint = server.endpoint();
        settings.pause = Duration::ZERO;
        Self { server, folder, settings, heard: Recorder::default() }
    }

    fn resolve(&self, name: &str, want: Want) -> Result<ModelFiles> {
        files::resolve_with(&name.parse::<ModelName>()?, want, &self.settings, &self.heard)
    }

    fn pull(&self, name: &str, want: Want) -> Result<ModelFiles> {
        files::pull(&name.parse::<ModelName>()?, want, &self.settings, &self.heard)
    }

    fn message(&self, name: &str, want: Want) -> String {
        self.resolve(name, want).unwrap_err().to_string()
    }

    fn repository(&self) -> PathBuf {
        self.settings.cache.join("models--o--n")
    }

    /// Lists the blobs and unfinished blobs.
    fn blobs(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.repository().join("blobs")) else { return vec![] };
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Takes the server away: nothing listens at the address any more.
    fn unplug(&mut self) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.settings.endpoint = format!("http://127.0.0.1:{port}");
    }
}

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
fn a_cut_connection_is_resumed_within_the_call() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    world.server.set_faults(Faults { cut: Some((100_000, 2)), ..Faults::default() });
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    let ranges = world.server.ranges();
    assert_eq!(
        ranges,
        [None, Some("bytes=100000-".to_string()), Some("bytes=200000-".to_string())]
    );
    assert_eq!(world.blobs(), [sha256(&bytes(300_000))]);
}

#[test]
fn an_interrupted_download_is_resumed_by_the_next_call() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 0;
    world.server.set_faults(Faults { cut: Some((100_000, 1)), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("100000 of 300000 bytes of `m.gguf` are kept"), "{message}");
    assert_eq!(world.blobs(), [format!("{}.incomplete", sha256(&bytes(300_000)))]);
    assert!(!world.repository().join("refs/main").exists(), "the revision is not there yet");
    assert!(!world.repository().join("snapshots").join(COMMIT).join("m.gguf").exists());
    assert!(hub::cached(&world.settings).unwrap().is_empty());
    world.server.ranges();
    world.heard.take();

    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    assert_eq!(world.server.ranges(), [Some("bytes=100000-".to_string())]);
    assert!(world.heard.take().contains("started m.gguf Some(300000) 100000"));
    assert_eq!(world.blobs(), [sha256(&bytes(300_000))]);
}

#[test]
fn a_silent_connection_is_resumed() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.timeout = Duration::from_secs(2);
    world.server.set_faults(Faults { silent: Some((100_000, 1)), ..Faults::default() });
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    let ranges = world.server.ranges();
    assert_eq!(ranges[..2], [None, Some("bytes=100000-".to_string())]);
}

#[test]
fn a_connection_that_brings_nothing_is_given_up() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 2;
    world.server.set_faults(Faults { cut: Some((0, 100)), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("0 of 300000 bytes"), "{message}");
    assert_eq!(world.server.ranges().len(), 3);
}

#[test]
fn a_server_that_ignores_ranges_sends_the_whole_file_again() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    let faults = Faults { cut: Some((100_000, 1)), ignore_range: true, ..Faults::default() };
    world.server.set_faults(faults);
    let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
    assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
    assert!(world.heard.take().contains("restarted"));
}

#[test]
fn a_damaged_rest_is_fetched_from_the_start_once() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    let blobs = world.repository().join("blobs");
    fs::create_dir_all(&blobs).unwrap();
    let partial = blobs.join(format!("{}.incomplete", sha256(&bytes(300_000))));
    for rest in [vec![0; 1000], vec![0; 300_000], vec![0; 300_001]] {
        fs::write(&partial, rest).unwrap();
        let files = world.resolve("hf:o/n", Want::Qwen3).unwrap();
        assert_eq!(files.gguf().unwrap().read(1 << 20).unwrap(), bytes(300_000));
        fs::remove_dir_all(world.repository().join("snapshots")).unwrap();
        fs::remove_file(blobs.join(sha256(&bytes(300_000)))).unwrap();
    }
}

#[test]
fn a_wrong_checksum_is_an_error_and_leaves_nothing() {
    let world = World::new(&[("m.gguf", bytes(300_000))]);
    world.server.set_faults(Faults { damage: Some(299_999), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    let wanted = sha256(&bytes(300_000));
    assert!(message.contains("`m.gguf` arrived with sha256 `"), "{message}");
    assert!(message.contains(&format!("instead of `{wanted}`")), "{message}");
    assert!(world.blobs().is_empty(), "{:?}", world.blobs());
    assert!(!world.repository().join("refs/main").exists());

    world.server.set_faults(Faults::default());
    world.resolve("hf:o/n", Want::Qwen3).unwrap();
}

#[test]
fn a_wrong_length_is_an_error() {
    let mut world = World::new(&[("m.gguf", bytes(300_000))]);
    world.settings.retries = 0;
    world.server.set_faults(Faults { announce: Some(200_000), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("longer than the 200000 bytes"), "{message}");
    assert!(world.blobs().is_empty());
    world.server.set_faults(Faults { announce: Some(400_000), ..Faults::default() });
    let message = world.message("hf:o/n", Want::Qwen3);
    assert!(message.contains("300000 of 400000 bytes"), "{message}");
}

#[test]
fn without_a_network_the_message_says_what_to_do() {
    let mut world = World::new(&whisper());
    world.unplug();
    let message = world.message("hf:o/n", Want::Whisper);
    for part in ["cannot fetch `hf:o/n`", "cannot be reached", "check the network", "hub`"] {
        assert!(message.contains(part), "{message}");
    }
    world.settings.offline = true;
    let message = world.message("hf:o/n", Want::Whisper);
    for part in ["`HF_HUB_OFFLINE` is set", "antiphon models pull hf:o/n"] {
        assert!(message.contains(part), "{message}");
    }
    let message = world.pull("hf:o/n", Want::Whisper).unwrap_err().to_string();
    assert!(message.contains("unset it to download"), "{message}");
    assert!(world.server.requests().is_empty());

    world.settings.offline = false;
    world.settings.endpoint = "huggingface.co".into();
    let message = world.message("hf:o/n", Want::Whisper);
    assert!(message.contains("an address that starts with `https://`"), "{message}");
}

#[test]
fn refusals_say_what_to_do() {
    let mut world = World::new(&whisper());
    for (status, code, parts) in [
        (401, "GatedRepo", vec!["accept the terms at", "set `HF_TOKEN`", "no token is set"]),
        (403, "GatedRepo", vec!["accept the terms at", "settings/tokens"]),
        (401, "RepoNotFound", vec!["no such repository, or a private one", "no token is set"]),
        (401, "", vec!["no such repository, or a private one"]),
        (404, "RepoNotFound", vec!["no such repository", "check the name"]),
        (404, "RevisionNotFound", vec!["no revision `main`"]),
        (403, "", vec!["access is refused"]),
        (429, "", vec!["limits the rate", "try again later"]),
        (500, "", vec!["out of order", "try again later"]),
        (503, "", vec!["out of order"]),
        (418, "", vec!["answers 418"]),
    ] {
        let refuse = Some(("/api/models/o/n/", status, code));
        world.server.set_faults(Faults { refuse, ..Faults::default() });
        let message = world.message("hf:o/n", Want::Whisper);
        for part in parts.iter().chain(&["cannot fetch `hf:o/n`"]) {
            assert!(message.contains(part), "{status} {code}: {message}");
        }
    }

    // The listing may be open where the files are not.
    world.settings.token = Token::new("hf_secret");
    let refuse = Some(("/resolve/", 403, "GatedRepo"));
    world.server.set_faults(Faults { refuse, ..Faults::default() });
    let message = world.message("hf:o/n", Want::Whisper);
    assert!(message.contains("the token in use does not give access"), "{message}");
    assert!(!message.contains("hf_secret"), "{message}");
}

#[test]
fn the_token_goes_to_the_hub_alone() {
    let mut world = World::new(&whisper());
    world.settings.token = Token::new("hf_secret");
    world.resolve("hf:o/n", Want::Whisper).unwrap();
    let requests = world.server.requests();
    assert!(requests.iter().any(|r| r.path.starts_with("/storage/")));
    for request in requests {
        let token = request.headers.get("authorization").map(String::as_str);
        let is_storage = request.path.starts_with("/storage/");
        assert_eq!(token, (!is_storage).then_some("Bearer hf_secret"), "{}", request.path);
    }
    assert!(!format!("{:?}", world.settings).contains("hf_secret"));
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

#[test]
fn hostile_answers_are_refused() {
    let world = World::new(&whisper());
    let listing = |sha: &str, file: &str| {
        Some(serde_json::json!({ "sha": sha, "siblings": [{ "rfilename": file }] }).to_string())
    };
    for (faults, part) in [
        (Faults { etag: Some("../../../evil"), ..Faults::default() }, "no usable entity tag"),
        (Faults { listing: listing("../x", "a"), ..Faults::default() }, "for a commit"),
        (Faults { listing: listing(COMMIT, "../x"), ..Faults::default() }, "found nothing"),
        (Faults { listing: Some("<html>".into()), ..Faults::default() }, "no listing"),
        (Faults { listing: Some("[".repeat(1 << 20)), ..Faults::default() }, "no listing"),
        (Faults { renamed: Some(("/o/n/", "/o/n/")), ..Faults::default() }, "circle"),
    ] {
        world.server.set_faults(faults.clone());
        let message = world.message("hf:o/n", Want::Whisper);
        assert!(message.contains(part), "{faults:?}: {message}");
        assert!(world.blobs().is_empty());
    }
    let outside = world.folder.path().parent().unwrap().join("evil");
    assert!(!outside.exists());
}

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

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmount = Command::new("umount").arg(self.0.path()).output();
        assert!(unmount.is_ok_and(|output| output.status.success()), "cannot unmount");
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
            .args(["child_process", "--exact"])
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
