//! Checks values against a schema, each fault at its place.
//!
//! What is at fault is reported and taken out, so that the rest can still be read and checked.
//! References to the environment are replaced on the way.

use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeString, DeTable, DeValue};

use crate::Device;
use crate::diagnostic::{Code, Fault, list};
use crate::env::{Env, Why, expand};
use crate::source::Sources;
use crate::words::{choices, describe, found, range, shorten, type_is, unit};

/// What checking values needs and leaves behind.
pub(crate) struct Shaper<'c, 'a> {
    pub(crate) sources: &'c Sources<'a>,
    pub(crate) env: &'c dyn Env,
    /// The folder that paths in the file are relative to.
    pub(crate) folder: &'c Path,
    pub(crate) faults: Vec<Fault>,
}

/// A table as its faults name it.
pub(crate) struct Named<'n> {
    /// Its keys from the top, such as `stages.mic.settings`; empty for the file itself.
    pub(crate) path: &'n str,
    /// Where to point when a key is missing.
    pub(crate) at: Range<usize>,
    /// Another table that a wrong key may have been meant for.
    pub(crate) other: Option<(&'n Value, String)>,
}

impl<'a> Shaper<'_, 'a> {
    /// Checks the keys and values of a table, and takes out those at fault.
    pub(crate) fn table(&mut self, schema: &Value, named: &Named<'_>, table: &mut DeTable<'a>) {
        let required = schema["required"].as_array().into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if !table.contains_key(key) {
                self.missing(&schema["properties"][key], named, key);
            }
        }
        let additional = Some(&schema["additionalProperties"]).filter(|it| it.is_object());
        let entries = std::mem::replace(table, DeTable::new()).into_iter();
        let kept = entries.filter_map(|(key, mut value)| {
            let name = key.get_ref().as_ref();
            let Some(schema) = schema["properties"].get(name).or(additional) else {
                self.unknown(schema, named, &key);
                return None;
            };
            self.value(schema, name, named.path, &mut value).then_some((key, value))
        });
        *table = kept.collect();
    }

    fn missing(&mut self, schema: &Value, named: &Named<'_>, key: &str) {
        let message = format!("`{}` has no `{key}`", named.path);
        let fault = Fault::new(named.at.clone(), Code::MissingKey, message);
        self.faults.push(fault.expected(format!("`{key}`: {}", describe(schema, key))));
    }

    fn unknown(&mut self, schema: &Value, named: &Named<'_>, key: &Spanned<DeString<'a>>) {
        let name = key.get_ref();
        let place = match named.path {
            "" => String::new(),
            path => format!(" in `{path}`"),
        };
        let message = format!("unknown key `{}`{place}", shorten(name));
        let mut known: Vec<_> = schema["properties"]
            .as_object()
            .into_iter()
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        // Whether a JSON object keeps its order is not ours to say.
        known.sort_unstable();
        let mut fault = Fault::new(key.span(), Code::UnknownKey, message);
        if !known.is_empty() {
            fault = fault.expected(list("one of", &known));
        }
        fault = match &named.other {
            Some((other, place)) if other["properties"].get(name.as_ref()).is_some() => {
                fault.help(format!("`{name}` belongs in `{place}`"))
            }
            Some(_) | None => fault.nearest(name, known),
        };
        self.faults.push(fault);
    }

    /// Checks a value; `false` when it has to be taken out.
    fn value(
        &mut self,
        schema: &Value,
        key: &str,
        path: &str,
        value: &mut Spanned<DeValue<'a>>,
    ) -> bool {
        let at = value.span();
        let Some(schema) = alternative(schema, value.get_ref()) else {
            self.wrong_type(schema, key, at, value.get_ref());
            return false;
        };
        match value.get_mut() {
            DeValue::String(text) => self.text(schema, key, at, text),
            DeValue::Integer(number) => self.integer(schema, key, at, number),
            DeValue::Float(number) => {
                let number = number.as_str().parse().unwrap_or(f64::NAN);
                self.number(schema, key, at, number)
            }
            DeValue::Array(values) => {
                let mut kept = DeArray::new();
                for mut value in std::mem::replace(values, DeArray::new()) {
                    if self.value(&schema["items"], key, path, &mut value) {
                        kept.push(value);
                    }
                }
                *values = kept;
                true
            }
            DeValue::Table(table) => {
                let path = if path.is_empty() { key.into() } else { format!("{path}.{key}") };
                let before = self.faults.len();
                self.table(schema, &Named { path: &path, at, other: None }, table);
                // Without a key that must be there it cannot be read.
                !self.faults[before..].iter().any(|fault| fault.code == Code::MissingKey)
            }
            DeValue::Boolean(_) | DeValue::Datetime(_) => true,
        }
    }

    fn wrong_type(&mut self, schema: &Value, key: &str, at: Range<usize>, value: &DeValue<'_>) {
        let message = format!("`{}` is {}", shorten(key), found(value));
        let mut fault = Fault::new(at, Code::WrongType, message).expected(describe(schema, key));
        if value.as_str().is_some_and(|text| text.contains("${")) {
            fault = fault.help("`${…}` always gives text; `--set` can give any value");
        }
        self.faults.push(fault);
    }

    fn integer(
        &mut self,
        schema: &Value,
        key: &str,
        at: Range<usize>,
        number: &DeInteger<'_>,
    ) -> bool {
        let value = i128::from_str_radix(number.as_str(), number.radix());
        let above =
            |limit: &Value| limit.as_i64().map(i128::from).or(limit.as_u64().map(i128::from));
        let (low, high) = (&schema["minimum"], &schema["maximum"]);
        let Ok(value) = value else { return self.out_of_range(schema, key, at, number) };
        if type_is(schema, "integer") {
            if above(low).is_some_and(|low| value < low) || above(high).is_some_and(|it| value > it)
            {
                return self.out_of_range(schema, key, at, number);
            }
            return true;
        }
        self.number(schema, key, at, value as f64)
    }

    fn number(&mut self, schema: &Value, key: &str, at: Range<usize>, number: f64) -> bool {
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        // Neither holds for NaN.
        if number >= low && number <= high {
            return true;
        }
        self.out_of_range(schema, key, at, number)
    }

    fn out_of_range(
        &mut self,
        schema: &Value,
        key: &str,
        at: Range<usize>,
        found: impl std::fmt::Display,
    ) -> bool {
        let unit = unit(key);
        let message = format!("`{key}` is {}{unit}", shorten(&found.to_string()));
        let fault = Fault::new(at, Code::OutOfRange, message);
        self.faults.push(fault.expected(range(schema, key).unwrap_or_default()));
        false
    }

    fn text(
        &mut self,
        schema: &Value,
        key: &str,
        at: Range<usize>,
        text: &mut DeString<'a>,
    ) -> bool {
        let expanded = match expand(text, self.env) {
            Ok(expanded) => expanded,
            Err(bad) => {
                let fault = self.bad_reference(&at, bad.text, &bad.why);
                self.faults.push(fault);
                return false;
            }
        };
        let bare = expanded.as_ref().is_some_and(|it| it.bare);
        let from_outside = expanded.is_some();
        if let Some(expanded) = expanded {
            *text = expanded.text.into();
        }
        if text.is_empty() && from_outside && type_is(schema, "null") {
            return false;
        }
        if schema["format"] == "password" {
            return self.secret(key, at, text, bare);
        }
        let place = at.clone();
        let shown = if from_outside { self.sources.slice(&at).into() } else { format!("`{text}`") };
        if let Some(fault) = check_text(schema, key, at, text, &shown) {
            self.faults.push(fault);
            return false;
        }
        let relative = match schema["x-text"].as_str() {
            Some("path") => true,
            // Any other name may be one inside the program or on the hub.
            Some("model") => text.starts_with("./") || text.starts_with("../"),
            Some(_) | None => false,
        };
        if relative && self.sources.in_file(&place) {
            *text = self.folder.join(text.as_ref()).to_string_lossy().into_owned().into();
        }
        true
    }

    fn secret(&mut self, key: &str, at: Range<usize>, text: &str, bare: bool) -> bool {
        // No secret at all: the server wants none.
        if text.is_empty() {
            return false;
        }
        if !bare {
            let message = format!("`{key}` is written in the file");
            self.faults.push(
                Fault::new(at, Code::LiteralSecret, message)
                    .expected("`\"${NAME}\"` alone: secrets come from the environment"),
            );
        }
        bare
    }

    /// The fault of a reference, at the reference itself where it can be found.
    fn bad_reference(&self, at: &Range<usize>, reference: &str, why: &Why<'_>) -> Fault {
        let written = self.sources.slice(at);
        let at = match written.find(reference) {
            Some(found) => at.start + found..at.start + found + reference.len(),
            None => at.clone(),
        };
        match why {
            Why::Unset(name) => Fault::new(at, Code::UnsetVariable, format!("`{name}` is not set"))
                .expected(format!("an environment variable `{name}`"))
                .help(format!("`${{{name}:-default}}` says what to take without it")),
            Why::Open => Fault::new(at, Code::BadReference, "`${` without `}`")
                .expected("`${NAME}` or `${NAME:-default}`")
                .help("`$${` stands for `${` itself"),
            Why::Name => Fault::new(at, Code::BadReference, "no variable has this name")
                .expected("`${NAME}` or `${NAME:-default}`, of letters, digits and `_`")
                .help("`$${` stands for `${` itself"),
        }
    }
}

/// What is wrong with a text, if anything; `shown` is how it may be shown.
fn check_text(
    schema: &Value,
    key: &str,
    at: Range<usize>,
    text: &str,
    shown: &str,
) -> Option<Fault> {
    let length = text.chars().count() as u64;
    let shown = shorten(shown);
    let key = shorten(key);
    if schema["minLength"].as_u64().is_some_and(|least| length < least)
        || schema["maxLength"].as_u64().is_some_and(|most| length > most)
    {
        let message = match length {
            0 => format!("`{key}` is empty"),
            1 => format!("`{key}` is 1 character long"),
            _ => format!("`{key}` is {length} characters long"),
        };
        let fault = Fault::new(at, Code::OutOfRange, message);
        return Some(fault.expected(range(schema, &key).unwrap_or_default()));
    }
    let choices = choices(schema);
    if !choices.is_empty() && !choices.contains(&text) {
        let fault = Fault::new(at, Code::BadText, format!("`{key}` is {shown}"));
        return Some(fault.expected(list("one of", &choices)).nearest(text, choices));
    }
    if schema["x-text"] == "device" && text.parse::<Device>().is_err() {
        let fault = Fault::new(at, Code::BadText, format!("`{key}` is {shown}, no device"));
        return Some(fault.expected(describe(schema, &key)));
    }
    if schema["x-text"] == "uri" && !is_address(text) {
        let fault = Fault::new(at, Code::BadText, format!("`{key}` is {shown}, no address"));
        return Some(fault.expected(describe(schema, &key)));
    }
    None
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.starts_with(['/', ':', '?', '#'])
            && !rest.is_empty()
            && !rest.contains(|it: char| it.is_whitespace() || it.is_control())
    })
}
/// The part of a schema that is for values of this type.
fn alternative<'s>(schema: &'s Value, value: &DeValue<'_>) -> Option<&'s Value> {
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().find_map(|schema| alternative(schema, value));
    }
    let fits = match value {
        DeValue::String(_) => type_is(schema, "string") || !choices(schema).is_empty(),
        DeValue::Integer(_) => type_is(schema, "integer") || type_is(schema, "number"),
        DeValue::Float(_) => type_is(schema, "number"),
        DeValue::Boolean(_) => type_is(schema, "boolean"),
        DeValue::Datetime(_) => false,
        DeValue::Array(_) => type_is(schema, "array"),
        DeValue::Table(_) => type_is(schema, "object"),
    };
    fits.then_some(schema)
}
