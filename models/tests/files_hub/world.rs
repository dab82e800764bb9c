//! A hub to ask and a folder to download to.

use std::{fs, path::PathBuf, sync::Mutex, time::Duration};

use antiphon_models::{
    Result,
    files::{self, ModelFiles, ModelName, Progress, Want, hub::HubSettings},
};
use tempfile::TempDir;

use super::server::Server;

/// Bytes that no two positions of a file share by chance.
pub fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

pub fn whisper() -> Vec<(&'static str, Vec<u8>)> {
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
pub struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    pub fn take(&self) -> String {
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

/// A hub and a machine that has an empty cache.
pub struct World {
    pub server: Server,
    pub folder: TempDir,
    pub settings: HubSettings,
    pub heard: Recorder,
}

impl World {
    pub fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let server = Server::start(files);
        let folder = tempfile::tempdir().unwrap();
        let mut settings = HubSettings::new(folder.path().join("hub"));
        settings.endpoint = server.endpoint();
        settings.pause = Duration::ZERO;
        Self { server, folder, settings, heard: Recorder::default() }
    }

    pub fn resolve(&self, name: &str, want: Want) -> Result<ModelFiles> {
        files::resolve_with(&name.parse::<ModelName>()?, want, &self.settings, &self.heard)
    }

    pub fn pull(&self, name: &str, want: Want) -> Result<ModelFiles> {
        files::pull(&name.parse::<ModelName>()?, want, &self.settings, &self.heard)
    }

    pub fn message(&self, name: &str, want: Want) -> String {
        self.resolve(name, want).unwrap_err().to_string()
    }

    pub fn repository(&self) -> PathBuf {
        self.settings.cache.join("models--o--n")
    }

    /// Lists the blobs and unfinished blobs.
    pub fn blobs(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.repository().join("blobs")) else { return vec![] };
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Takes the server away: nothing listens at the address any more.
    pub fn unplug(&mut self) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.settings.endpoint = format!("http://127.0.0.1:{port}");
    }
}
