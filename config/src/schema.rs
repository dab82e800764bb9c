//! The JSON schema of pipeline files, from the types that read them.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::Kind;
use crate::raw::{RawFile, RawStage};
use crate::settings::KINDS;

/// What a stage may be called.
pub(crate) const ID_PATTERN: &str = "^[a-z][a-z0-9_-]{0,39}$";

/// The schema of every table of a pipeline file.
pub(crate) struct Schemas {
    pub(crate) file: Value,
    pub(crate) stage: Value,
    kinds: Vec<Value>,
}

impl Schemas {
    /// The schema of a kind's settings.
    pub(crate) fn settings(&self, kind: Kind) -> &Value {
        &self.kinds[kind as usize]
    }
}

/// The schemas, made once.
pub(crate) static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .for_deserialize()
        .into_generator();
    let mut stage = table::<RawStage>(&mut generator);
    require(&mut stage, "kind");
    set(
        &mut stage,
        "/properties/settings",
        json!({
            "type": "object",
            "description": "What its kind can be told.",
        }),
    );
    Schemas {
        file: table::<RawFile>(&mut generator),
        stage,
        kinds: KINDS.iter().map(|row| tidy((row.schema)(&mut generator))).collect(),
    }
});

/// The JSON schema (draft 7) of pipeline files, for editors.
#[must_use]
pub fn schema() -> Value {
    let mut stage = SCHEMAS.stage.clone();
    set(&mut stage, "/properties/kind/enum", KINDS.iter().map(|row| row.name).collect());
    set(&mut stage, "/allOf", KINDS.iter().map(|row| by_kind(row.kind)).collect());
    let mut file = SCHEMAS.file.clone();
    require(&mut file, "stages");
    set(&mut file, "/$schema", "http://json-schema.org/draft-07/schema#".into());
    set(&mut file, "/title", "Antiphon pipeline".into());
    set(
        &mut file,
        "/properties/stages",
        json!({
            "type": "object",
            "description": "The stages by their names.",
            "minProperties": 1,
            "propertyNames": { "pattern": ID_PATTERN, "not": { "const": "turn" } },
            "additionalProperties": stage,
        }),
    );
    file
}

/// Says what `settings` may hold when a stage is of this kind.
fn by_kind(kind: Kind) -> Value {
    let settings = SCHEMAS.settings(kind);
    let mut then = json!({ "properties": { "settings": settings } });
    if settings.get("required").is_some() {
        set(&mut then, "/required", json!(["settings"]));
    }
    json!({
        "if": { "properties": { "kind": { "const": kind.name() } }, "required": ["kind"] },
        "then": then,
    })
}

fn table<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    tidy(T::json_schema(generator))
}

fn require(schema: &mut Value, key: &str) {
    set(schema, "/required", json!([key]));
    if let Some(Value::Object(property)) = schema.pointer_mut(&format!("/properties/{key}")) {
        property.remove("default");
    }
}

/// Sets what the last name of a path stands for; the tables before it are there.
fn set(schema: &mut Value, path: &str, value: Value) {
    let Some((parent, name)) = path.rsplit_once('/') else { return };
    if let Some(Value::Object(parent)) = schema.pointer_mut(parent) {
        parent.insert(name.into(), value);
    }
}

/// Makes descriptions single lines, and drops what only a Rust type says.
fn tidy(schema: Schema) -> Value {
    let mut schema = schema.to_value();
    tidy_value(&mut schema);
    schema
}

fn tidy_value(schema: &mut Value) {
    match schema {
        Value::Object(schema) => tidy_object(schema),
        Value::Array(schemas) => schemas.iter_mut().for_each(tidy_value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn tidy_object(schema: &mut Map<String, Value>) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    let rust = ["uint32", "uint64", "uint", "double"];
    if schema.get("format").and_then(Value::as_str).is_some_and(|it| rust.contains(&it)) {
        schema.remove("format");
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    for (key, value) in schema.iter_mut() {
        if key != "default" {
            tidy_value(value);
        }
    }
}
