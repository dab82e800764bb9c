//! What a schema accepts and what was found, in words.

use serde_json::Value;
use toml::de::DeValue;

use crate::diagnostic::list;
use crate::settings::{DEVICES, KINDS};

/// The texts that a schema accepts, if it lists them.
pub(crate) fn choices(schema: &Value) -> Vec<&str> {
    let listed = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let one_of = schema["oneOf"].as_array().into_iter().flatten();
    listed.chain(one_of.filter_map(|it| it["const"].as_str())).collect()
}

pub(crate) fn type_is(schema: &Value, name: &str) -> bool {
    let listed = schema["type"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
    listed || schema["type"] == name
}

pub(crate) fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What a schema accepts, in words.
pub(crate) fn describe(schema: &Value, key: &str) -> String {
    if key == "kind" {
        return list("one of", &KINDS.iter().map(|row| row.name).collect::<Vec<_>>());
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let any = any.iter().filter(|schema| schema["type"] != "null");
        return any.map(|schema| describe(schema, key)).collect::<Vec<_>>().join(" or ");
    }
    let choices = choices(schema);
    let noun = match () {
        () if !choices.is_empty() => return list("one of", &choices),
        () if schema["x-text"] == "uri" => return "`http://HOST…` or `https://HOST…`".into(),
        () if schema["x-text"] == "device" => return DEVICES.into(),
        () if schema["format"] == "password" => return "`\"${NAME}\"`".into(),
        () if type_is(schema, "string") => "text",
        () if type_is(schema, "integer") => "a whole number",
        () if type_is(schema, "number") => "a number",
        () if type_is(schema, "boolean") => return "`true` or `false`".into(),
        () if type_is(schema, "array") => return "a list".into(),
        () => return "a table".into(),
    };
    match range(schema, key) {
        Some(range) if noun != "text" => format!("{noun}, {range}"),
        Some(_) | None => noun.into(),
    }
}

/// The numbers or lengths that a schema accepts, with their unit.
pub(crate) fn range(schema: &Value, key: &str) -> Option<String> {
    let characters = |count: &Value| match count.as_u64() {
        Some(1) => "1 character".into(),
        _ => format!("{count} characters"),
    };
    match (&schema["minLength"], &schema["maxLength"]) {
        (Value::Null, Value::Null) => {}
        (least, Value::Null) => return Some(format!("at least {}", characters(least))),
        (Value::Null, most) => return Some(format!("at most {}", characters(most))),
        (least, most) => return Some(format!("{least} to {}", characters(most))),
    }
    let (low, high) = (schema["minimum"].as_f64()?, schema["maximum"].as_f64()?);
    Some(format!("{low} to {high}{}", unit(key)))
}

/// The unit that a key's name ends in, with a space before it.
pub(crate) fn unit(key: &str) -> &'static str {
    let units = [
        ("_ms", " ms"),
        ("_dbfs", " dBFS"),
        ("_db", " dB"),
        ("_wpm", " words a minute"),
        ("_chars", " characters"),
        ("_tokens", " tokens"),
        ("sample_rate", " Hz"),
    ];
    units.iter().find(|(end, _)| key.ends_with(end)).map_or("", |(_, unit)| unit)
}

/// Most characters of a text from the file that a message repeats.
const SHOWN: usize = 60;

/// A text as a message can hold it: short, and without what a terminal would act on.
pub(crate) fn shorten(text: &str) -> String {
    let plain = |it: char| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it };
    if text.chars().count() <= SHOWN {
        return text.chars().map(plain).collect();
    }
    text.chars().take(SHOWN - 1).map(plain).chain(['…']).collect()
}
