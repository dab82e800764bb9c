//! Which files of a folder or repository make a model.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{File, Want, name::is_path};
use crate::{Error, Result};

pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const INDEX: &str = "model.safetensors.index.json";

/// The name part of the GGUF file that is taken of several: the format with the fastest kernels.
pub(super) const PREFERRED: &str = "Q4_K_M";

/// The largest JSON file of a checkpoint; the widest published tokenisers take about 35 MB.
pub(crate) const JSON_LIMIT: u64 = 256 << 20;

/// What a model of safetensors cannot do without, besides its weights.
const REQUIRED: [&str; 2] = ["config.json", TOKENIZER];
const TOKENIZER: &str = "tokenizer.json";

/// What belongs to a smart-turn model where it exists.
const SMART_TURN: [&str; 1] = ["preprocessor_config.json"];

/// What a smart-turn model is, for messages.
pub(super) const SMART_TURN_MODEL: &str = "a smart-turn network: an `.onnx` file as published, or the \
                                           folder of `config.json` and `model.safetensors` that \
                                           training saves";

/// What belongs to a Whisper model where it exists.
const WHISPER: [&str; 3] =
    ["generation_config.json", "preprocessor_config.json", "tokenizer_config.json"];

/// What belongs to a Qwen3 model where it exists.
const QWEN3: [&str; 3] = ["generation_config.json", "tokenizer_config.json", "chat_template.jinja"];

/// What a Kokoro model is, for messages.
pub(super) const KOKORO_MODEL: &str = "`kokoro-82m`, or the folder of `config.json` and \
                                       `kokoro-v1_0.pth` or `model.safetensors`";

/// What a voice of [`crate::harmonic`] is, for messages.
pub(super) const HARMONIC_MODEL: &str = "a voice's folder of `config.json` and `model.safetensors`";

/// The voice that comes with a Kokoro model from the hub.
const FIRST_VOICE: &str = "voices/af_heart.pt";

impl Want {
    /// Whether such a model may be one GGUF file.
    pub(super) fn takes_gguf(self) -> bool {
        match self {
            Self::Whisper | Self::SmartTurn | Self::Kokoro | Self::KokoroVoice | Self::Harmonic => {
                false
            }
            Self::Qwen3 | Self::Any => true,
        }
    }

    /// Whether such a model may be one ONNX file.
    pub(super) fn takes_onnx(self) -> bool {
        match self {
            Self::SmartTurn | Self::Any => true,
            Self::Whisper | Self::Qwen3 | Self::Kokoro | Self::KokoroVoice | Self::Harmonic => {
                false
            }
        }
    }

    /// Whether such a model has text in it.
    fn has_tokenizer(self) -> bool {
        match self {
            Self::SmartTurn | Self::Kokoro | Self::KokoroVoice | Self::Harmonic => false,
            Self::Whisper | Self::Qwen3 | Self::Any => true,
        }
    }
}

/// Returns what belongs to a model in safetensors where it exists.
pub(super) fn optional(want: Want) -> Vec<&'static str> {
    let mut names = match want {
        Want::Whisper => WHISPER.to_vec(),
        Want::Qwen3 => QWEN3.to_vec(),
        Want::SmartTurn => SMART_TURN.to_vec(),
        Want::Kokoro | Want::KokoroVoice | Want::Harmonic => Vec::new(),
        Want::Any => [WHISPER, QWEN3].concat(),
    };
    names.sort_unstable();
    names.dedup();
    names
}

/// The files of a model, by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selection {
    pub files: Vec<String>,
    /// Why these, when there was a choice.
    pub note: Option<String>,
}

/// Chooses the files of a model among all `names` of a folder or repository.
///
/// A GGUF file is taken before safetensors, an ONNX file after them. Of several GGUF files, the only
/// one with `Q4_K_M` in its name is taken.
///
/// # Errors
/// A text that says what is missing and what was found.
pub(super) fn select(want: Want, names: &BTreeSet<String>) -> Result<Selection, String> {
    let gguf: Vec<&String> = names.iter().filter(|name| is_gguf(name)).collect();
    if want.takes_gguf() && !gguf.is_empty() {
        return select_gguf(&gguf);
    }
    let kokoro = names.iter().find(|name| is_kokoro(name));
    match want {
        Want::Kokoro => return select_kokoro(kokoro, names),
        Want::Any if kokoro.is_some() => return select_kokoro(kokoro, names),
        Want::Whisper
        | Want::Qwen3
        | Want::SmartTurn
        | Want::KokoroVoice
        | Want::Harmonic
        | Want::Any => {}
    }
    let onnx: Vec<&String> = names.iter().filter(|name| is_onnx(name)).collect();
    let saved = names.contains(WEIGHTS) || names.contains(INDEX);
    if want.takes_onnx() && !onnx.is_empty() && !saved {
        return select_onnx(&onnx);
    }
    let mut files: Vec<String> = Vec::new();
    for name in REQUIRED {
        if name == TOKENIZER && !want.has_tokenizer() {
            continue;
        }
        if !names.contains(name) {
            return Err(missing(want, name, names));
        }
        files.push(name.into());
    }
    if names.contains(WEIGHTS) {
        files.push(WEIGHTS.into());
    } else if names.contains(INDEX) {
        files.push(INDEX.into());
        files.extend(names.iter().filter(|name| is_shard(name)).cloned());
    } else {
        return Err(missing(want, WEIGHTS, names));
    }
    for name in optional(want) {
        if names.contains(name) {
            files.push(name.into());
        }
    }
    files.sort();
    Ok(Selection { files, note: None })
}

/// Chooses the files of a Kokoro model, whose weights `found` names if they have their published name.
fn select_kokoro(found: Option<&String>, names: &BTreeSet<String>) -> Result<Selection, String> {
    const CONFIG: &str = "config.json";
    if !names.contains(CONFIG) {
        return Err(missing(Want::Kokoro, CONFIG, names));
    }
    let weights = found.or_else(|| names.get(WEIGHTS));
    let weights = weights.ok_or_else(|| missing(Want::Kokoro, "kokoro-v1_0.pth", names))?;
    let mut files = vec![CONFIG.to_string(), weights.clone()];
    files.extend(names.get(FIRST_VOICE).cloned());
    Ok(Selection { files, note: None })
}

/// Whether a name is that of a Kokoro model's weights, such as `kokoro-v1_0.pth`.
pub(super) fn is_kokoro(name: &str) -> bool {
    name.starts_with("kokoro") && (name.ends_with(".pth") || name.ends_with(".safetensors"))
}

/// Whether a name is that of a voice, such as `voices/af_heart.pt`.
pub(super) fn is_voice(name: &str) -> bool {
    let is_format = |file: &str| [".pt", ".npy", ".bin"].iter().any(|end| file.ends_with(end));
    name.strip_prefix("voices/").is_some_and(|file| !file.contains('/') && is_format(file))
}

fn select_onnx(onnx: &[&String]) -> Result<Selection, String> {
    match onnx {
        [only] => Ok(Selection { files: vec![(*only).clone()], note: None }),
        several => {
            Err(format!("it has several ONNX files; name one of them: {}", listing(several.iter())))
        }
    }
}

fn select_gguf(gguf: &[&String]) -> Result<Selection, String> {
    let (chosen, note) = match gguf {
        [only] => (*only, None),
        several => {
            let mut fitting =
                several.iter().filter(|name| name.to_ascii_uppercase().contains(PREFERRED));
            match (fitting.next(), fitting.next()) {
                (Some(chosen), None) => {
                    (*chosen, Some(format!("`{chosen}` is taken of {} GGUF files", several.len())))
                }
                _ => {
                    return Err(format!(
                        "it has several GGUF files and not exactly one with `{PREFERRED}` in its \
                         name; name one of them: {}",
                        listing(several.iter())
                    ));
                }
            }
        }
    };
    if is_split_gguf(chosen) {
        return Err(format!(
            "`{chosen}` is one part of a split GGUF; a model in a single GGUF file is expected"
        ));
    }
    Ok(Selection { files: vec![chosen.clone()], note })
}

fn missing(want: Want, name: &str, names: &BTreeSet<String>) -> String {
    let expected = match want {
        Want::Whisper => {
            "a Whisper model of `config.json`, `tokenizer.json` and `model.safetensors`"
        }
        Want::Qwen3 => "one GGUF file, or `config.json`, `tokenizer.json` and `model.safetensors`",
        Want::SmartTurn => SMART_TURN_MODEL,
        Want::Harmonic => HARMONIC_MODEL,
        Want::Kokoro | Want::KokoroVoice => KOKORO_MODEL,
        Want::Any => "a GGUF file, or `config.json`, `tokenizer.json` and `model.safetensors`",
    };
    format!("`{name}` is missing; found {}; expected {expected}", listing(names.iter()))
}

/// Names files for a message, at most twenty of them.
pub(super) fn listing<I>(names: I) -> String
where
    I: ExactSizeIterator,
    I::Item: std::fmt::Display,
{
    const SHOWN: usize = 20;
    let count = names.len();
    if count == 0 {
        return "nothing".into();
    }
    let mut text = names.take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if count > SHOWN {
        text.push_str(&format!(" and {} more", count - SHOWN));
    }
    text
}

pub(super) fn is_gguf(name: &str) -> bool {
    name.len() > 5 && name.to_ascii_lowercase().ends_with(".gguf")
}

pub(super) fn is_onnx(name: &str) -> bool {
    name.len() > 5 && name.to_ascii_lowercase().ends_with(".onnx")
}

/// Whether a name ends as `…-00001-of-00003.gguf` does.
pub(super) fn is_split_gguf(name: &str) -> bool {
    is_gguf(name) && is_numbered(&name[..name.len() - ".gguf".len()])
}

/// Whether a name is `model-00001-of-00003.safetensors`.
fn is_shard(name: &str) -> bool {
    name.strip_suffix(".safetensors")
        .is_some_and(|stem| stem.starts_with("model-") && is_numbered(stem))
}

/// Whether `stem` ends as `-00001-of-00003` does.
fn is_numbered(stem: &str) -> bool {
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    stem.rsplit_once("-of-").is_some_and(|(left, count)| {
        digits(count) && left.rsplit_once('-').is_some_and(|(_, number)| digits(number))
    })
}

/// Reads the names of the shards from a `model.safetensors.index.json`, in name order.
///
/// # Errors
/// [`Error::File`] when it is malformed or names something outside its folder.
pub(super) fn shards(index: &File) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: std::collections::BTreeMap<String, String>,
    }
    let text = index.read_to_string(JSON_LIMIT)?;
    let parsed: Index = serde_json::from_str(&text).map_err(|e| {
        Error::file(index.path(), "`weight_map`", e.to_string(), "a map from tensor names to files")
    })?;
    let names: BTreeSet<String> = parsed.weight_map.into_values().collect();
    if names.is_empty() {
        return Err(Error::file(index.path(), "`weight_map`", "no files", "at least one"));
    }
    match names.iter().find(|name| !is_path(name) || name.contains('/')) {
        Some(name) => Err(Error::file(
            index.path(),
            "`weight_map`",
            format!("`{name}`"),
            "the name of a file in the same folder",
        )),
        None => Ok(names.into_iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(want: Want, names: &str, expected: Result<&str, &str>) {
        let names: BTreeSet<String> = names.split_whitespace().map(str::to_string).collect();
        match (select(want, &names), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.files.join(" "), expected),
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            (found, expected) => panic!("{found:?} where {expected:?} was expected"),
        }
    }

    #[test]
    fn whisper_takes_its_set() {
        let repository = ".gitattributes README.md config.json flax_model.msgpack \
                          generation_config.json merges.txt model.safetensors \
                          preprocessor_config.json pytorch_model.bin tokenizer.json vocab.json";
        check(
            Want::Whisper,
            repository,
            Ok("config.json generation_config.json model.safetensors preprocessor_config.json \
                tokenizer.json"),
        );
        check(
            Want::Whisper,
            "config.json tokenizer.json model.safetensors.index.json \
             model-00001-of-00002.safetensors model-00002-of-00002.safetensors other.safetensors",
            Ok("config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors \
                model.safetensors.index.json tokenizer.json"),
        );
        check(
            Want::Whisper,
            "config.json tokenizer.json pytorch_model.bin",
            Err("`model.safetensors` is missing; found `config.json`, `pytorch_model.bin`"),
        );
        check(Want::Whisper, "", Err("`config.json` is missing; found nothing"));
        check(Want::Whisper, "a.gguf", Err("expected a Whisper model"));
    }

    #[test]
    fn qwen3_takes_one_gguf() {
        check(Want::Qwen3, "README.md m-Q8_0.gguf config.json", Ok("m-Q8_0.gguf"));
        check(Want::Qwen3, "m-Q4_K_M.gguf m-Q8_0.gguf", Ok("m-Q4_K_M.gguf"));
        check(Want::Qwen3, "m-q4_k_m.gguf m-Q8_0.gguf", Ok("m-q4_k_m.gguf"));
        check(
            Want::Qwen3,
            "m-Q4_0.gguf m-Q8_0.gguf",
            Err("name one of them: `m-Q4_0.gguf`, `m-Q8_0.gguf`"),
        );
        check(Want::Qwen3, "a-Q4_K_M.gguf b-Q4_K_M.gguf", Err("name one of them"));
        check(Want::Qwen3, "m-00001-of-00002.gguf", Err("one part of a split GGUF"));
        check(
            Want::Qwen3,
            "config.json tokenizer.json model.safetensors chat_template.jinja",
            Ok("chat_template.jinja config.json model.safetensors tokenizer.json"),
        );
        check(Want::Qwen3, "config.json", Err("expected one GGUF file"));
        check(Want::Any, "config.json", Err("`tokenizer.json` is missing"));
    }

    #[test]
    fn kokoro_takes_weights_and_one_voice() {
        let repository = ".gitattributes README.md config.json kokoro-v1_0.pth samples/HEARME.wav \
                          voices/af_bella.pt voices/af_heart.pt voices/bf_emma.pt";
        let chosen = "config.json kokoro-v1_0.pth voices/af_heart.pt";
        check(Want::Kokoro, repository, Ok(chosen));
        check(Want::Any, repository, Ok(chosen));
        check(Want::Kokoro, "config.json model.safetensors", Ok("config.json model.safetensors"));
        check(Want::Any, "config.json kokoro-v1_1-zh.pth", Ok("config.json kokoro-v1_1-zh.pth"));
        check(Want::Kokoro, "config.json", Err("`kokoro-v1_0.pth` is missing"));
        check(Want::Kokoro, "kokoro-v1_0.pth", Err("`config.json` is missing"));
    }

    #[test]
    fn smart_turn_takes_one_onnx_or_a_folder() {
        check(Want::SmartTurn, ".gitattributes README.md n.onnx", Ok("n.onnx"));
        check(Want::Any, "README.md n.onnx", Ok("n.onnx"));
        let several = "README.md n-v3.2-cpu.onnx n-v3.2-gpu.onnx";
        let named = Err("name one of them: `n-v3.2-cpu.onnx`, `n-v3.2-gpu.onnx`");
        check(Want::SmartTurn, several, named);
        check(Want::Any, several, named);
        let folder = "config.json model.safetensors preprocessor_config.json";
        check(Want::SmartTurn, &format!("{folder} n.onnx"), Ok(folder));
        check(Want::Whisper, "n.onnx", Err("expected a Whisper model"));
        check(Want::SmartTurn, "README.md", Err("an `.onnx` file as published"));
    }

    #[test]
    fn an_index_names_files_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(INDEX);
        let index = File::Path(path.clone());
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            shards(&index).map_err(|e| e.to_string())
        };
        assert_eq!(read(r#"{"weight_map":{"b":"y","a":"x","c":"x"}}"#).unwrap(), ["x", "y"]);
        for (text, expected) in [
            ("{}", "missing field `weight_map`"),
            (r#"{"weight_map":{}}"#, "no files"),
            (r#"{"weight_map":{"a":"../x"}}"#, "`../x`"),
            (r#"{"weight_map":{"a":"/etc/passwd"}}"#, "`/etc/passwd`"),
            (r#"{"weight_map":{"a":1}}"#, "invalid type"),
            ("[", "EOF"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(expected) && message.contains(INDEX), "{message}");
        }
    }
}
