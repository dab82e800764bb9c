//! Lists `weights/` and writes the Rust table that embeds it; a folder that is absent is left out.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// What belongs to a checkpoint; model cards and logs beside the weights stay out of the program.
const SUFFIXES: [&str; 4] = [".json", ".safetensors", ".gguf", ".jinja"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("weights");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", root.display());

    let mut table = String::from("static MODELS: &[EmbeddedModel] = &[\n");
    for folder in sorted(&root)? {
        let name = name_of(&folder)?;
        if !folder.is_dir() || !name.starts_with("rehearsal-") {
            continue;
        }
        let files = sorted(&folder)?;
        let (kind, description) = if name.starts_with("rehearsal-stt") {
            ("Whisper", "small speech recogniser trained by this project, Whisper format")
        } else if name.starts_with("rehearsal-tts") {
            ("Harmonic", "small voice trained by this project")
        } else {
            ("Qwen3", "small language model trained by this project, Qwen3 format")
        };
        let mut rows = String::new();
        for file in files {
            let file_name = name_of(&file)?;
            if file.is_file() && SUFFIXES.iter().any(|suffix| file_name.ends_with(suffix)) {
                println!("cargo::rerun-if-changed={}", file.display());
                writeln!(rows, "        embed!({file_name:?}, {:?}),", file.display().to_string())?;
            }
        }
        if !rows.is_empty() {
            writeln!(
                table,
                "    EmbeddedModel {{ name: {name:?}, kind: Kind::{kind}, description: \
                 {description:?}, files: &[\n{rows}    ] }},"
            )?;
        }
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> Result<&str, Box<dyn Error>> {
    path.file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| "a name in UTF-8 is expected".into())
}
