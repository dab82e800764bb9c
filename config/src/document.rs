//! From text to a TOML document, with every syntax fault.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Fault, nearest};
use crate::source::Sources;
use crate::words::shorten;

/// What stands in the name of a key whose value may be a secret, misspelled or not.
pub(crate) const SECRETS: &[&str] = &["key", "secret", "password"];

pub(crate) fn toml_of(text: &str) -> (Spanned<DeTable<'_>>, Vec<Fault>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = Vec::new();
    let mut repeated_table: Option<Range<usize>> = None;
    for error in &errors {
        let mut fault = from_toml(error, Code::Syntax);
        if error.message() == "duplicate key" {
            // The keys of a table that is there twice are so, too.
            if repeated_table.as_ref().is_some_and(|table| table.contains(&fault.at.start)) {
                continue;
            }
            repeated_table = table_of(text, fault.at.start);
            fault = duplicate(text, fault.at);
        } else if error.message().starts_with("string values must be quoted") {
            // What is written may be a secret, so only the excerpt shows it.
            let empty = text.get(fault.at.clone()).unwrap_or_default().trim().is_empty();
            fault.message = if empty { "a value is missing" } else { "this is no value" }.into();
            fault.expected =
                Some("text in quotes, a number, `true`, `false`, a list or a table".into());
        }
        faults.push(fault);
    }
    (document, faults)
}

/// The table whose header stands on the line of a place, if one does: from there to the next.
fn table_of(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let header = text[start..].trim_start().starts_with('[');
    let end = text[at..].find("\n[").map_or(text.len(), |end| at + end);
    header.then_some(start..end)
}

fn duplicate(text: &str, at: Range<usize>) -> Fault {
    let key = shorten(text.get(at.clone()).unwrap_or_default());
    let fault = Fault::new(at.clone(), Code::DuplicateKey, format!("`{key}` is there twice"))
        .expected("it once");
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let Some(table) = table_of(text, at.start) else { return fault };
    let header = text[table.start..].lines().next().unwrap_or_default().trim_end();
    let first = text.find(&format!("{header}\n")).or_else(|| text.find(&format!("{header}\r")));
    match first.filter(|first| *first < table.start) {
        Some(first) => {
            fault.help(format!("the first `{}` is in line {}", shorten(header), line_of(first)))
        }
        None => fault,
    }
}

pub(crate) fn from_toml(error: &toml::de::Error, code: Code) -> Fault {
    let at = error.span().unwrap_or(0..0);
    match error.message().split_once(", expected ") {
        Some((message, expected)) => Fault::new(at, code, message).expected(expected),
        None => Fault::new(at, code, error.message()),
    }
}

/// Keeps everything that is written under the name of a secret out of all messages.
pub(crate) fn hide_secrets(table: &DeTable<'_>, sources: &mut Sources<'_>) {
    for (key, value) in table.iter() {
        match value.get_ref() {
            DeValue::Table(table) => hide_secrets(table, sources),
            DeValue::Array(values) => {
                for value in values {
                    if let DeValue::Table(table) = value.get_ref() {
                        hide_secrets(table, sources);
                    }
                }
            }
            DeValue::String(text) => {
                let secret =
                    SECRETS.iter().any(|word| key.get_ref().to_ascii_lowercase().contains(word))
                        || nearest(key.get_ref(), ["api_key"]).is_some();
                // A reference shows a name; a default in it may be the secret itself.
                let bare = text.starts_with("${")
                    && text.find('}') == Some(text.len() - 1)
                    && (!text.contains(":-") || text.ends_with(":-}"));
                if secret && !bare {
                    sources.hide(value.span());
                }
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
}
