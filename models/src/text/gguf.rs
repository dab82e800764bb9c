//! The tokeniser in a GGUF file's metadata (keys `tokenizer.ggml.*`, as llama.cpp's converter writes
//! them).

use std::collections::{HashMap, HashSet};
use std::path::Path;

use candle_core::quantized::gguf_file::Value;
use tokenizers::AddedToken;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use crate::{Error, Result};

/// The pattern that Qwen2 and Qwen3 split text with before merging, as their `tokenizer.json` has
/// it: contractions, words with one leading mark, single digits, marks, line ends, blanks.
const QWEN2_SPLIT: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

/// What the metadata says.
pub(super) struct Parts {
    pub(super) inner: tokenizers::Tokenizer,
    /// Ids of padding.
    pub(super) unused: HashSet<usize>,
    /// Ids that end an answer.
    pub(super) ends: Vec<u32>,
    /// The id that begins a text, if there is one.
    pub(super) bos: Option<u32>,
}

/// Reads the tokeniser; faults name `path` and the key.
pub(super) fn read(path: &Path, metadata: &HashMap<String, Value>) -> Result<Parts> {
    let keys = Keys { path, metadata };
    let model = keys.string("tokenizer.ggml.model")?;
    if model != "gpt2" {
        return Err(keys.fault("tokenizer.ggml.model", &format!("`{model}`"), "`gpt2`"));
    }
    let tokens = keys.strings("tokenizer.ggml.tokens")?;
    let types = keys.types(tokens.len())?;
    let mut inner = keys.bpe(&tokens)?;
    keys.split(&mut inner)?;
    let (mut control, mut defined, mut unused) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, (name, kind)) in tokens.iter().zip(&types).enumerate() {
        match kind {
            2 | 3 => control.push(AddedToken::from(name.clone(), true)),
            4 => defined.push(AddedToken::from(name.clone(), false).normalized(false)),
            5 => {
                unused.insert(at);
            }
            _ => {}
        }
    }
    inner
        .add_special_tokens(control)
        .and_then(|_| inner.add_tokens(defined))
        .map_err(|e| keys.fault("tokenizer.ggml.tokens", &e.to_string(), "distinct tokens"))?;
    let mut ends = Vec::new();
    for key in ["eos_token_id", "eot_token_id", "eom_token_id"] {
        ends.extend(keys.id(&format!("tokenizer.ggml.{key}"), tokens.len())?);
    }
    let bos = keys.id("tokenizer.ggml.bos_token_id", tokens.len())?;
    Ok(Parts { inner, unused, ends, bos })
}

/// The tokeniser's metadata, with errors that name the key.
struct Keys<'a> {
    path: &'a Path,
    metadata: &'a HashMap<String, Value>,
}

impl Keys<'_> {
    fn fault(&self, key: &str, found: &str, expected: &str) -> Error {
        Error::file(self.path, format!("`{key}`"), found, expected)
    }

    fn string(&self, key: &str) -> Result<&str> {
        match self.metadata.get(key) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.fault(key, &kind(other), "a string")),
            None => Err(self.fault(key, "nothing", "a string")),
        }
    }

    fn array(&self, key: &str) -> Result<&[Value]> {
        match self.metadata.get(key) {
            Some(Value::Array(values)) => Ok(values),
            Some(other) => Err(self.fault(key, &kind(other), "an array")),
            None => Err(self.fault(key, "nothing", "an array")),
        }
    }

    fn strings(&self, key: &str) -> Result<Vec<String>> {
        let text = |(at, value): (usize, &Value)| {
            let Value::String(text) = value else {
                return Err(self.fault(&format!("{key}[{at}]"), &kind(value), "a string"));
            };
            Ok(text.clone())
        };
        self.array(key)?.iter().enumerate().map(text).collect()
    }

    /// `tokenizer.ggml.token_type`, one number a token: 1 normal, 2 unknown, 3 control,
    /// 4 user defined, 5 unused, 6 byte.
    fn types(&self, len: usize) -> Result<Vec<u64>> {
        let key = "tokenizer.ggml.token_type";
        let types: Vec<u64> = self
            .array(key)?
            .iter()
            .map(|value| number(value).ok_or_else(|| self.fault(key, &kind(value), "integers")))
            .collect::<Result<_>>()?;
        if types.len() != len {
            let found = format!("{} types", types.len());
            return Err(self.fault(key, &found, &format!("{len}, one for each token")));
        }
        Ok(types)
    }

    fn id(&self, key: &str, len: usize) -> Result<Option<u32>> {
        let Some(value) = self.metadata.get(key) else { return Ok(None) };
        let id = number(value).ok_or_else(|| self.fault(key, &kind(value), "an integer"))?;
        match u32::try_from(id) {
            Ok(id) if (id as usize) < len => Ok(Some(id)),
            Ok(_) | Err(_) => Err(self.fault(key, &id.to_string(), &format!("less than {len}"))),
        }
    }

    fn bpe(&self, tokens: &[String]) -> Result<tokenizers::Tokenizer> {
        let mut vocabulary = Vocab::default();
        for (id, name) in (0u32..).zip(tokens) {
            if let Some(first) = vocabulary.insert(name.clone(), id) {
                let found = format!("`{name}` at {first} and {id}");
                return Err(self.fault("tokenizer.ggml.tokens", &found, "distinct tokens"));
            }
        }
        let key = "tokenizer.ggml.merges";
        let mut merges = Vec::new();
        for merge in self.strings(key)? {
            // The first blank cannot be part of a token: byte-level names have none.
            let (left, right) = merge
                .split_once(' ')
                .ok_or_else(|| self.fault(key, &format!("`{merge}`"), "two tokens and a blank"))?;
            for part in [left, right, &format!("{left}{right}")] {
                if !vocabulary.contains_key(part) {
                    let found = format!("`{merge}` but no token `{part}`");
                    return Err(self.fault(key, &found, "merges of tokens in the vocabulary"));
                }
            }
            merges.push((left.to_owned(), right.to_owned()));
        }
        let bpe = BPE::builder()
            .vocab_and_merges(vocabulary, merges)
            .build()
            .map_err(|e| self.fault(key, &e.to_string(), "merges of tokens in the vocabulary"))?;
        Ok(tokenizers::Tokenizer::new(bpe))
    }

    fn split(&self, inner: &mut tokenizers::Tokenizer) -> Result<()> {
        let key = "tokenizer.ggml.pre";
        let own = |e: tokenizers::Error| self.fault(key, &e.to_string(), "`qwen2` or `gpt-2`");
        inner.with_decoder(Some(ByteLevel::new(false, false, false)));
        let name = if self.metadata.contains_key(key) { self.string(key)? } else { "gpt-2" };
        match name {
            "qwen2" => {
                let pattern = SplitPattern::Regex(QWEN2_SPLIT.into());
                let split =
                    Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(own)?;
                let bytes = ByteLevel::new(false, false, false);
                inner.with_normalizer(Some(NFC)).map_err(own)?;
                inner.with_pre_tokenizer(Some(Sequence::new(vec![split.into(), bytes.into()])));
            }
            "gpt-2" | "gpt2" | "default" => {
                inner.with_pre_tokenizer(Some(ByteLevel::new(false, false, true)));
            }
            other => return Err(self.fault(key, &format!("`{other}`"), "`qwen2` or `gpt-2`")),
        }
        Ok(())
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::U8(v) => Some(u64::from(*v)),
        Value::U16(v) => Some(u64::from(*v)),
        Value::U32(v) => Some(u64::from(*v)),
        Value::U64(v) => Some(*v),
        Value::I8(v) => u64::try_from(*v).ok(),
        Value::I16(v) => u64::try_from(*v).ok(),
        Value::I32(v) => u64::try_from(*v).ok(),
        Value::I64(v) => u64::try_from(*v).ok(),
        Value::F32(_) | Value::F64(_) | Value::Bool(_) | Value::String(_) | Value::Array(_) => None,
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::String(_) => "a string".into(),
        Value::Array(values) => format!("an array of {}", values.len()),
        Value::Bool(value) => format!("`{value}`"),
        Value::F32(value) => format!("the number {value}"),
        Value::F64(value) => format!("the number {value}"),
        Value::U8(_)
        | Value::U16(_)
        | Value::U32(_)
        | Value::U64(_)
        | Value::I8(_)
        | Value::I16(_)
        | Value::I32(_)
        | Value::I64(_) => format!("the number {value:?}"),
    }
}
