//! Checks of a model's files that need no network and load no model.

use std::{collections::BTreeMap, path::Path};

use safetensors::Dtype;
use serde::Deserialize;

use super::{
    File, Kind, ModelFiles,
    gguf::Gguf,
    hub,
    onnx::Onnx,
    safetensors::Safetensors,
    select::{INDEX, JSON_LIMIT, is_gguf, is_onnx, is_voice},
    torch::TorchFile,
};
use crate::kokoro::{ROWS, Voice};
use crate::whisper::SmartTurn;
use crate::{Error, Result};

/// The outcome for one file of a model.
#[derive(Debug)]
pub struct Check {
    /// The file's name within the model.
    pub file: String,
    /// What was found in order, such as `sha256, 34 tensors`, or the first fault.
    pub outcome: Result<String>,
}

/// Checks every file of a model: the checksum that the hub gave it, the header and the range of
/// each tensor, that no weight is infinite or not a number, and that JSON parses.
pub fn verify(files: &ModelFiles) -> Vec<Check> {
    files
        .list()
        .map(|(name, file)| Check { file: name.into(), outcome: check(files, name, file) })
        .collect()
}

impl ModelFiles {
    /// Whether the weights are those of a network that hears the ends of turns, in smart-turn's format:
    /// its `config.json` may be Whisper's own, and no other network is read from ONNX.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::File`] when the weights cannot be read.
    pub fn hears_ends(&self) -> Result<bool> {
        if self.onnx().is_some() {
            return Ok(true);
        }
        for file in self.safetensors()? {
            let header = Safetensors::read(file.path(), &file.open()?)?;
            if header.tensors().keys().any(|name| name.starts_with("pool_attention.")) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells which network the files are for.
    ///
    /// # Errors
    /// [`Error::File`] when `config.json` or the GGUF header names another, or is malformed.
    pub fn kind(&self) -> Result<Kind> {
        #[derive(Deserialize)]
        struct Config {
            model_type: Option<String>,
            /// Where no type is named, what no other network has.
            istftnet: Option<serde::de::IgnoredAny>,
        }
        if let Some(file) = self.gguf() {
            let gguf = Gguf::read(file.path(), &file.open()?)?;
            let key = "general.architecture";
            let found = gguf.content().metadata.get(key).and_then(|value| value.to_string().ok());
            return match found.map(String::as_str) {
                Some("qwen3") => Ok(Kind::Qwen3),
                found => Err(Error::file(
                    file.path(),
                    format!("`{key}`"),
                    found.map_or("nothing".into(), |found| format!("`{found}`")),
                    "`qwen3`",
                )),
            };
        }
        if let Some(file) = self.onnx() {
            SmartTurn::check(file)?;
            return Ok(Kind::SmartTurn);
        }
        let file = self.require("config.json")?;
        let expected = "`whisper`, `qwen3` or `harmonic`, or `istftnet` beside it";
        let config: Config = serde_json::from_str(&file.read_to_string(JSON_LIMIT)?)
            .map_err(|e| Error::file(file.path(), "`model_type`", e.to_string(), expected))?;
        match (config.model_type.as_deref(), config.istftnet) {
            (Some("whisper"), _) => Ok(Kind::Whisper),
            (Some("qwen3"), _) => Ok(Kind::Qwen3),
            (Some("harmonic"), _) => Ok(Kind::Harmonic),
            (None, Some(_)) => Ok(Kind::Kokoro),
            (found, _) => {
                let found = found.map_or("nothing".into(), |found| format!("`{found}`"));
                Err(Error::file(file.path(), "`model_type`", found, expected))
            }
        }
    }
}

fn check(files: &ModelFiles, name: &str, file: &File) -> Result<String> {
    let mut found = Vec::new();
    if let File::Path(path) = file
        && let Some(checksum) = hub::check(path)?
    {
        found.push(checksum.to_string());
    }
    if is_gguf(name) {
        let bytes = file.open()?;
        let gguf = Gguf::read(file.path(), &bytes)?;
        let content = gguf.content();
        found.push(format!(
            "{} tensors, {} keys",
            content.tensor_infos.len(),
            content.metadata.len()
        ));
    } else if is_onnx(name) {
        let onnx = Onnx::read(file.path(), &file.open()?)?;
        onnx.finite()?;
        found.push(format!("{} tensors", onnx.stored()));
    } else if name.ends_with(".safetensors") {
        let bytes = file.open()?;
        let header = Safetensors::read(file.path(), &bytes)?;
        finite(&header, &bytes)?;
        found.push(format!("{} tensors", header.tensors().len()));
    } else if is_voice(name) {
        Voice::load(file)?;
        found.push(format!("a voice of {ROWS} rows"));
    } else if name.ends_with(".pth") {
        let bytes = file.open()?;
        let torch = TorchFile::read(file.path(), &bytes)?;
        finite_torch(&torch, &bytes)?;
        found.push(format!("{} tensors", torch.tensors().len()));
    } else if name.ends_with(".json") {
        let text = file.read_to_string(JSON_LIMIT)?;
        serde_json::from_str::<serde_json::Value>(&text)
            .map_err(|e| Error::file(file.path(), "the text", e.to_string(), "JSON"))?;
        if name == INDEX {
            found.push(format!("{} tensors in shards", index(files, file)?));
        }
        found.push("JSON".into());
    } else {
        file.read_to_string(JSON_LIMIT)?;
        found.push("text".into());
    }
    Ok(found.join(", "))
}

/// Checks that no weight is infinite or not a number, which also reads every byte once.
fn finite(header: &Safetensors, bytes: &[u8]) -> Result<()> {
    for (name, tensor) in header.tensors() {
        let data = &bytes[tensor.range.clone()];
        // The format's other types are no weights of ours.
        #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign list that may grow")]
        let at = match tensor.dtype {
            Dtype::F32 => data.chunks_exact(4).position(|c| has_ones(c, 0x7f80_0000)),
            Dtype::F16 => data.chunks_exact(2).position(|c| has_ones(c, 0x7c00)),
            Dtype::BF16 => data.chunks_exact(2).position(|c| has_ones(c, 0x7f80)),
            _ => None,
        };
        if let Some(at) = at {
            return Err(not_finite(header.path(), name, at));
        }
    }
    Ok(())
}

/// Does [`finite`] for a file of `torch.save`.
fn finite_torch(file: &TorchFile, bytes: &[u8]) -> Result<()> {
    for (name, tensor) in file.tensors() {
        // Integers are always finite.
        let values = tensor.values(bytes).unwrap_or_default();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(not_finite(file.path(), name, at));
        }
    }
    Ok(())
}

fn not_finite(path: &Path, tensor: &str, at: usize) -> Error {
    Error::file(
        path,
        format!("tensor `{tensor}`"),
        format!("an infinity or no number at element {at}"),
        "finite weights",
    )
}

/// Whether all bits of `mask` are set in a little-endian number. With the bits of the exponent, that
/// is an infinity or not a number.
fn has_ones(number: &[u8], mask: u32) -> bool {
    let number = number.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
    number & mask == mask
}

/// Checks that each tensor is in the shard that the index names; returns how many there are.
fn index(files: &ModelFiles, index: &File) -> Result<usize> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = index.read_to_string(JSON_LIMIT)?;
    let parsed: Index = serde_json::from_str(&text)
        .map_err(|e| Error::file(index.path(), "`weight_map`", e.to_string(), "a map"))?;
    let mut headers = BTreeMap::new();
    for shard in files.safetensors()? {
        let name = shard.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        headers.insert(name, Safetensors::read(shard.path(), &shard.open()?)?);
    }
    for (tensor, shard) in &parsed.weight_map {
        if !headers.get(shard).is_some_and(|header| header.tensors().contains_key(tensor)) {
            return Err(Error::file(
                index.path(),
                format!("tensor `{tensor}`"),
                format!("no such tensor in `{shard}`"),
                "the shard that holds it",
            ));
        }
    }
    Ok(parsed.weight_map.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Want, resolve};

    fn safetensors(name: &str, values: &[f32]) -> Vec<u8> {
        let header = format!(
            r#"{{"{name}":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}}"#,
            values.len(),
            values.len() * 4
        );
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    #[test]
    fn faults_are_found_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        };
        let outcomes = || {
            let name = folder.path().to_str().unwrap().parse().unwrap();
            let files = resolve(&name, Want::Any, &()).unwrap();
            verify(&files)
                .into_iter()
                .map(|check| match check.outcome {
                    Ok(text) => format!("{}: {text}\n", check.file),
                    Err(e) => format!("{}: FAULT {e}\n", check.file),
                })
                .collect::<String>()
        };
        write("config.json", br#"{"model_type": "whisper"}"#);
        write("tokenizer.json", b"{");
        write("model.safetensors", &safetensors("a", &[1.0, -2.0]));
        let text = outcomes();
        assert!(text.contains("config.json: JSON"), "{text}");
        assert!(text.contains("model.safetensors: 1 tensors"), "{text}");
        assert!(text.contains("tokenizer.json: FAULT"), "{text}");

        write("tokenizer.json", b"{}");
        assert!(!outcomes().contains("FAULT"));
        for bad in [f32::NAN, f32::INFINITY] {
            write("model.safetensors", &safetensors("a", &[1.0, bad]));
            let text = outcomes();
            assert!(
                text.contains("tensor `a`: found an infinity or no number at element 1"),
                "{text}"
            );
        }

        std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
        write("model-00001-of-00001.safetensors", &safetensors("a", &[1.0]));
        write(INDEX, br#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#);
        assert!(outcomes().contains("1 tensors in shards, JSON"));
        write(INDEX, br#"{"weight_map": {"b": "model-00001-of-00001.safetensors"}}"#);
        assert!(outcomes().contains("tensor `b`: found no such tensor in"));
    }

    #[test]
    fn the_kind_is_in_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |config: &str| {
            for (name, text) in
                [("config.json", config), ("tokenizer.json", "{}"), ("model.safetensors", "")]
            {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let name = folder.path().to_str().unwrap().parse().unwrap();
            resolve(&name, Want::Any, &()).unwrap().kind().map_err(|e| e.to_string())
        };
        assert_eq!(kind(r#"{"model_type": "whisper"}"#), Ok(Kind::Whisper));
        assert_eq!(kind(r#"{"model_type": "qwen3"}"#), Ok(Kind::Qwen3));
        let message = kind(r#"{"model_type": "llama"}"#).unwrap_err();
        assert!(message.contains("found `llama`, expected `whisper`, `qwen3` or"), "{message}");
        assert_eq!(kind(r#"{"model_type": "harmonic"}"#), Ok(Kind::Harmonic));
        assert!(kind("{}").unwrap_err().contains("`model_type`: found nothing"));
    }

    #[test]
    fn a_kokoro_folder_is_known_and_checked() {
        let name = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/kokoro/published");
        let files = resolve(&name.parse().unwrap(), Want::Any, &()).unwrap();
        assert_eq!(files.kind().unwrap(), Kind::Kokoro);
        let found: Vec<String> = verify(&files)
            .into_iter()
            .map(|check| format!("{}: {}", check.file, check.outcome.unwrap()))
            .collect();
        assert_eq!(found[0], "config.json: JSON");
        assert!(found[1].starts_with("kokoro-v1_0.pth: ") && found[1].ends_with(" tensors"));
        assert_eq!(found[2], "voices/af_one.pt: a voice of 510 rows");
    }

    #[test]
    fn the_embedded_models_are_in_order() {
        for model in crate::files::embedded() {
            let files = ModelFiles::from_embedded(model);
            assert_eq!(files.kind().unwrap(), model.kind, "{}", model.name);
            for check in verify(&files) {
                check.outcome.unwrap_or_else(|e| panic!("{} {}: {e}", model.name, check.file));
            }
        }
    }
}
