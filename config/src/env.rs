//! The environment, and text from it in pipeline files.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// Where `${NAME}` is looked up.
pub trait Env {
    /// The value of a variable; `None` when it is not set or not UTF-8.
    fn var(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl Env for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// Text with its references replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expanded {
    pub(crate) text: String,
    /// Whether nothing in it was written down: it is one reference, without a default of its own.
    pub(crate) bare: bool,
}

/// A reference that has no value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadReference<'a> {
    /// The reference as it stands in the text.
    pub(crate) text: &'a str,
    pub(crate) why: Why<'a>,
}

/// Why a reference has no value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Why<'a> {
    /// The variable is not set.
    Unset(&'a str),
    /// No `}` ends it.
    Open,
    /// What stands between the braces is no name.
    Name,
}

/// Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for `${`. `None` when there is nothing
/// to replace.
pub(crate) fn expand<'a>(
    text: &'a str,
    env: &dyn Env,
) -> Result<Option<Expanded>, BadReference<'a>> {
    if !text.contains("${") {
        return Ok(None);
    }
    let mut expanded = Expanded { text: String::new(), bare: false };
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if let Some(before) = rest[..at].strip_suffix('$') {
            expanded.text += before;
            expanded.text += "${";
            rest = &rest[at + 2..];
            continue;
        }
        expanded.text += &rest[..at];
        let Some(length) = rest[at..].find('}') else {
            return Err(BadReference { text: &rest[at..], why: Why::Open });
        };
        let reference = &rest[at..=at + length];
        let (value, written) = resolve(reference, env)?;
        expanded.text += &value;
        expanded.bare = reference == text && !written;
        rest = &rest[at + length + 1..];
    }
    expanded.text += rest;
    Ok(Some(expanded))
}

/// The value of one reference, and whether a default is written in it.
fn resolve<'a>(reference: &'a str, env: &dyn Env) -> Result<(String, bool), BadReference<'a>> {
    let inner = &reference[2..reference.len() - 1];
    let (name, default) =
        inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
    let starts = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    if !starts || !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
        return Err(BadReference { text: reference, why: Why::Name });
    }
    match (env.var(name), default) {
        (Some(value), None) => Ok((value, false)),
        (Some(value), Some(default)) if !value.is_empty() => Ok((value, !default.is_empty())),
        (_, Some(default)) => Ok((default.into(), !default.is_empty())),
        (None, None) => Err(BadReference { text: reference, why: Why::Unset(name) }),
    }
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret from text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent to the server it is for and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "password", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-)?\}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> BTreeMap<String, String> {
        [("A", "1"), ("EMPTY", ""), ("LOOP", "${A}")]
            .map(|(name, value)| (name.into(), value.into()))
            .into()
    }

    #[test]
    fn references_are_replaced() {
        #[track_caller]
        fn check(text: &str, expected: &str, bare: bool) {
            let expanded = expand(text, &env()).expect("values").expect("a reference");
            assert_eq!(expanded, Expanded { text: expected.into(), bare });
        }
        check("${A}", "1", true);
        check("x${A}y${A}", "x1y1", false);
        check("${B:-two}", "two", false);
        check("${B:-}", "", true);
        check("${A:-two}", "1", false);
        check("${EMPTY}", "", true);
        check("${EMPTY:-two}", "two", false);
        check("${LOOP}", "${A}", true);
        check("$${A}", "${A}", false);
        check("$$${A}", "$${A}", false);
        check("é${A}ü", "é1ü", false);
        assert_eq!(expand("$A {A} $", &env()), Ok(None));
    }

    #[test]
    fn a_reference_without_a_value_is_named() {
        #[track_caller]
        fn check(text: &str, reference: &str, why: Why<'_>) {
            assert_eq!(expand(text, &env()), Err(BadReference { text: reference, why }));
        }
        check("x ${B} y", "${B}", Why::Unset("B"));
        check("x ${B", "${B", Why::Open);
        check("${}", "${}", Why::Name);
        check("${1A}", "${1A}", Why::Name);
        check("${A B}", "${A B}", Why::Name);
        check("${A-b}", "${A-b}", Why::Name);
    }

    #[test]
    fn a_secret_shows_in_no_output() {
        let secret = Secret::new("sk-1");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(serde_json::json!(secret), "…");
        assert_eq!(secret.expose(), "sk-1");
    }
}
