//! Pipeline files from the outside: faulty ones, good ones, any text at all.

mod any_text;
mod cases;
mod drawings;
mod files;
mod reference;
mod schema;

/// Whether expected results are written anew instead of compared.
fn update() -> bool {
    std::env::var_os("ANTIPHON_UPDATE").is_some()
}

/// The folder of the repository.
fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file in the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file of the repository")
}

/// The shipped pipelines.
const SHIPPED: [&str; 4] =
    ["voice.toml", "voice-full.toml", "voice-openai.toml", "transcribe.toml"];
