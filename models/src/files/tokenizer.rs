//! A checked reader of `tokenizer.json`.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::Tokenizer;

use crate::{Error, Result};

/// Normalisers whose settings the library reads without a panic; `Precompiled` holds a compiled
/// table that it trusts, and no byte-level tokeniser has one.
const NORMALIZERS: [&str; 13] = [
    "BertNormalizer",
    "ByteLevel",
    "Lowercase",
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "Nmt",
    "Prepend",
    "Replace",
    "Sequence",
    "Strip",
    "StripAccents",
];

/// The parts that the library expects to be well-formed by the time it reads them.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    normalizer: Value,
    #[serde(default, rename = "pre_tokenizer")]
    _pre_tokenizer: Value,
    #[serde(default, rename = "post_processor")]
    _post_processor: Value,
    #[serde(default, rename = "decoder")]
    _decoder: Value,
}

/// Reads a tokeniser; `path` serves the messages. Truncation and padding that the file sets are
/// left out, as a network here takes texts whole.
///
/// The library panics on some malformed files, so the text is parsed once before it gets to see it.
///
/// # Errors
/// [`Error::File`] when the text is not JSON or not a tokeniser.
pub(crate) fn tokenizer(path: &Path, bytes: &[u8]) -> Result<Tokenizer> {
    let fault =
        |found: String| Error::file(path, "the tokeniser", found, "a valid `tokenizer.json`");
    let parts: Parts = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
    check_normalizer(&parts.normalizer).map_err(|found| {
        let expected = format!("one of `{}`", NORMALIZERS.join("`, `"));
        Error::file(path, "`normalizer`", found, expected)
    })?;
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| fault(e.to_string()))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|e| fault(e.to_string()))?;
    Ok(tokenizer)
}

/// Checks the types of a normaliser and of those in it; what was found otherwise. Depth is bounded
/// by the JSON parser's own limit.
fn check_normalizer(normalizer: &Value) -> Result<(), String> {
    if normalizer.is_null() {
        return Ok(());
    }
    let kind = normalizer["type"].as_str().ok_or("no `type`")?;
    if !NORMALIZERS.contains(&kind) {
        return Err(format!("`{}`", kind.chars().take(40).collect::<String>()));
    }
    let parts = normalizer["normalizers"].as_array();
    parts.into_iter().flatten().try_for_each(check_normalizer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_panics_on_is_an_error() {
        let sample = include_str!("../../fuzz/seeds/tokenizer/bytes");
        let read = |text: &str| {
            tokenizer(Path::new("t.json"), text.as_bytes()).map(drop).map_err(|e| e.to_string())
        };
        read(sample).unwrap();
        for (from, to, expected) in [
            (r#""decoder":{"type":"ByteLevel""#, r#""decoder":{"type""#, "t.json`: the tokeniser"),
            (r#""decoder":{"#, r#""decoder":{"a":1e999,"#, "number out of range"),
            (
                r#"{"type":"NFC"}"#,
                r#"{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#,
                "`normalizer`: found `Precompiled`",
            ),
            (r#"{"type":"NFC"}"#, r#"{"precompiled_charsmap":"AAAA"}"#, "found no `type`"),
            (
                r#"{"type":"NFC"}"#,
                r#"{"type":"Sequence","normalizers":[{"type":"Precompiled"}]}"#,
                "`Precompiled`",
            ),
        ] {
            assert!(sample.contains(from), "{from}");
            let message = read(&sample.replace(from, to)).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
        assert!(read("").unwrap_err().contains("EOF"));
    }
}
