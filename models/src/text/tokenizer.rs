//! Text to token ids and back, byte-level BPE, read from a GGUF file or a `tokenizer.json`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use candle_core::quantized::gguf_file::Content;
use tokenizers::DecoderWrapper;

use super::gguf;
use crate::{Error, Result};

/// Names that mark the end of an answer in checkpoints whose files do not say which token does.
const END_NAMES: [&str; 3] = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>"];

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// Bytes of text.
    Text,
    /// Structure, such as the end of a turn: no text, and never read out of a user's words.
    Control,
    /// A row of the table that no text leads to: padding.
    Unused,
}

/// Part of a prompt: between two control tokens, or one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Ordinary text.
    Text(&'a str),
    /// A control token.
    Control(u32),
}

/// A byte-level BPE tokeniser with the special tokens of its checkpoint.
///
/// Agrees with Hugging Face `tokenizers` on the same file (`add_special_tokens=False`).
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    bytes: Vec<Vec<u8>>,
    kinds: Vec<TokenKind>,
    names: HashMap<String, u32>,
    control: AhoCorasick,
    control_ids: Vec<u32>,
    ends: Vec<u32>,
    bos: Option<u32>,
    eos: Option<u32>,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("len", &self.len())
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Reads the tokeniser of a GGUF file from its metadata (keys `tokenizer.ggml.*`).
    ///
    /// # Errors
    ///
    /// [`Error::File`] naming `path` and the key that is missing, of the wrong type or not
    /// supported: the model must be `gpt2` (byte-level BPE) and its splitting `qwen2` or `gpt-2`.
    pub fn from_gguf(path: impl AsRef<Path>, content: &Content) -> Result<Self> {
        let path = path.as_ref();
        let parts = gguf::read(path, &content.metadata)?;
        let unused = |id: usize| parts.unused.contains(&id);
        let eos = parts.ends.first().copied();
        Self::new(path, parts.inner, &unused, parts.ends, parts.bos, eos)
    }

    /// Reads a Hugging Face `tokenizer.json`; `path` serves the messages.
    ///
    /// `ends` are the ids that end an answer, as `generation_config.json` or `config.json` lists
    /// them (`eos_token_id`); the first stands for `eos_token` in chat templates.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the file is not a tokeniser, is not byte-level, or has no id in `ends`.
    pub fn from_json(path: impl AsRef<Path>, bytes: &[u8], ends: &[u32]) -> Result<Self> {
        let path = path.as_ref();
        let inner = crate::files::tokenizer(path, bytes)?;
        if !matches!(inner.get_decoder(), Some(DecoderWrapper::ByteLevel(_))) {
            let found = match inner.get_decoder() {
                Some(decoder) => serde_json::to_value(decoder)
                    .ok()
                    .and_then(|v| v["type"].as_str().map(|kind| format!("`{kind}`")))
                    .unwrap_or_else(|| "another".into()),
                None => "none".into(),
            };
            return Err(Error::file(path, "`decoder`", found, "`ByteLevel`"));
        }
        let len = inner.get_vocab_size(true);
        if let Some(end) = ends.iter().find(|end| **end as usize >= len) {
            let found = format!("{end}");
            return Err(Error::file(path, "`eos_token_id`", found, format!("less than {len}")));
        }
        Self::new(path, inner, &|_| false, ends.to_vec(), None, ends.first().copied())
    }

    fn new(
        path: &Path,
        mut inner: tokenizers::Tokenizer,
        unused: &dyn Fn(usize) -> bool,
        mut ends: Vec<u32>,
        bos: Option<u32>,
        eos: Option<u32>,
    ) -> Result<Self> {
        inner.set_encode_special_tokens(true);
        let names = inner.get_vocab(true);
        let len = names.values().map(|id| *id as usize + 1).max().unwrap_or(0);
        if len > names.len().saturating_mul(2) + 1024 {
            let found = format!("id {} in a table of {} tokens", len - 1, names.len());
            return Err(Error::file(path, "the vocabulary", found, "ids without large gaps"));
        }
        let added = inner.get_added_tokens_decoder();
        let mut bytes = vec![Vec::new(); len];
        let mut kinds = vec![TokenKind::Unused; len];
        let alphabet = byte_alphabet();
        let mut control: Vec<(String, u32)> = Vec::new();
        for (at, id) in (0..len).zip(0u32..) {
            let Some(name) = inner.id_to_token(id) else { continue };
            let known = added.get(&id);
            if known.is_some_and(|token| token.special) {
                kinds[at] = TokenKind::Control;
                control.push((name, id));
            } else if !unused(at) {
                kinds[at] = TokenKind::Text;
                // A character outside the alphabet can be in no text's tokens; it decodes as
                // itself, which is what the reference does.
                let mapped: Option<Vec<u8>> =
                    name.chars().map(|c| alphabet.get(&c).copied()).collect();
                bytes[at] =
                    mapped.filter(|_| known.is_none()).unwrap_or_else(|| name.as_bytes().to_vec());
            }
        }
        for name in END_NAMES {
            ends.extend(names.get(name).filter(|id| kinds[**id as usize] == TokenKind::Control));
        }
        let mut seen = HashSet::new();
        ends.retain(|id| seen.insert(*id));
        if ends.is_empty() {
            let expected = format!("`eos_token_id`, or a token named {}", END_NAMES.join(" or "));
            return Err(Error::file(path, "the end of an answer", "none", expected));
        }
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(control.iter().map(|(name, _)| name))
            .map_err(|e| Error::file(path, "the special tokens", e.to_string(), "fewer"))?;
        let control_ids = control.iter().map(|(_, id)| *id).collect();
        Ok(Self { inner, bytes, kinds, names, control: matcher, control_ids, ends, bos, eos })
    }

    /// The number of ids, the largest id plus one. A network may have more rows than that (padding).
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no token at all.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Encodes `text`, reading special tokens written in it as such.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the tokeniser fails on the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        for part in self.parts(text) {
            match part {
                Part::Text(text) => ids.extend(self.encode_plain(text)?),
                Part::Control(id) => ids.push(id),
            }
        }
        Ok(ids)
    }

    /// Encodes `text` as plain words: a control token spelled in it stays text.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the tokeniser fails on the text.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .map_err(|e| Error::Input(format!("the text cannot be split into tokens: {e}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of `ids`, control tokens left out; bytes that are not UTF-8 become `U+FFFD`.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.token_bytes(*id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The bytes a token stands for: part of a character perhaps, nothing for a control token.
    pub fn token_bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// The id of a token by its name in the file.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The name of a token in the file.
    pub fn name(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The ids that end an answer.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// Whether `id` is structure rather than text.
    pub fn is_control(&self, id: u32) -> bool {
        self.kinds.get(id as usize) == Some(&TokenKind::Control)
    }

    /// Whether `id` may be generated: neither padding nor outside the table.
    pub fn is_used(&self, id: u32) -> bool {
        self.kinds.get(id as usize).is_some_and(|kind| *kind != TokenKind::Unused)
    }

    /// The names of the beginning-of-text and end-of-text tokens, for chat templates.
    pub fn bos_eos(&self) -> (Option<String>, Option<String>) {
        let name = |id: Option<u32>| id.and_then(|id| self.name(id));
        (name(self.bos), name(self.eos))
    }

    /// Cuts `text` at its control tokens.
    pub(crate) fn parts<'a>(&self, text: &'a str) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let mut from = 0;
        for found in self.control.find_iter(text) {
            if from < found.start() {
                parts.push(Part::Text(&text[from..found.start()]));
            }
            parts.push(Part::Control(self.control_ids[found.pattern().as_usize()]));
            from = found.end();
        }
        if from < text.len() {
            parts.push(Part::Text(&text[from..]));
        }
        parts
    }

    /// Where control tokens are spelled in `text`, as byte ranges.
    pub(crate) fn control_spans(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        self.control.find_iter(text).map(|found| found.range()).collect()
    }
}

/// GPT-2's printable stand-ins for the 256 bytes: printable Latin-1 stands for itself, the other
/// bytes, in order, for the characters from `U+0100`.
fn byte_alphabet() -> HashMap<char, u8> {
    let mut next = 0x100;
    (0..=255u8)
        .filter_map(|byte| {
            let printable = matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
            let code = if printable {
                u32::from(byte)
            } else {
                next += 1;
                next - 1
            };
            char::from_u32(code).map(|c| (c, byte))
        })
        .collect()
}
