//! A document taken apart: what is at fault, and each stage's kind and settings.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::diagnostic::{Code, Fault, list};
use crate::document::from_toml;
use crate::schema::SCHEMAS;
use crate::settings::{CrossFault, KINDS};
use crate::shape::{Named, Shaper};
use crate::words::shorten;
use crate::{Kind, Settings, Turn};

/// What is known of a stage beside its raw form.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) id: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) settings: Option<Settings>,
    /// Where each setting is written.
    pub(crate) written: Vec<(String, Range<usize>)>,
    /// Whether something is wrong with its inputs that has been reported.
    pub(crate) inputs_at_fault: bool,
}

/// Checks the whole document against the schema, takes what is at fault out, and the settings.
pub(crate) fn take_apart<'a>(document: &mut DeTable<'a>, shaper: &mut Shaper<'_, 'a>) -> Vec<Part> {
    let stages = document.remove_entry("stages");
    let top = Named { path: "", at: 0..0, other: None };
    shaper.table(&SCHEMAS.file, &top, document);
    let clean = shaper.faults.iter().all(|fault| fault.code == Code::BadOverride);
    if clean && let Some(DeValue::Table(turn)) = document.get("turn").map(Spanned::get_ref) {
        let at = Places::of(turn, 0..0);
        let faults = read_turn(turn).map(|turn| turn.cross_check()).unwrap_or_default();
        shaper.faults.extend(faults.into_iter().map(|fault| at.fault(fault)));
    }
    let none = |at| {
        Fault::new(at, Code::NoStages, "the pipeline has no stages").expected("`[stages.NAME]`")
    };
    let Some((key, mut stages)) = stages else {
        shaper.faults.push(none(0..0));
        return Vec::new();
    };
    let mut parts = Vec::new();
    match stages.get_mut() {
        DeValue::Table(table) => {
            if table.is_empty() {
                shaper.faults.push(none(key.span()));
            }
            for (id, stage) in table.iter_mut() {
                parts.push(stage_part(id, stage, shaper));
            }
            document.insert(key, stages);
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => {
            let fault = Fault::new(stages.span(), Code::WrongType, "`stages` is no table");
            shaper.faults.push(fault.expected("`[stages.NAME]`"));
        }
    }
    parts
}

fn read_turn(table: &DeTable<'_>) -> Result<Turn, toml::de::Error> {
    let value = Spanned::new(0..0, DeValue::Table(table.clone()));
    Turn::deserialize(ValueDeserializer::from(value))
}

fn stage_part<'a>(
    id: &Spanned<Cow<'a, str>>,
    stage: &mut Spanned<DeValue<'a>>,
    shaper: &mut Shaper<'_, 'a>,
) -> Part {
    let name = id.get_ref();
    let mut part = Part {
        id: name.to_string(),
        kind: None,
        settings: None,
        written: Vec::new(),
        inputs_at_fault: true,
    };
    let DeValue::Table(table) = stage.get_mut() else {
        let message = format!("`stages.{}` is no table", shorten(name));
        let fault = Fault::new(stage.span(), Code::WrongType, message);
        shaper.faults.push(fault.expected("a table with `kind`"));
        // Others may still listen to it.
        *stage.get_mut() = DeValue::Table(DeTable::new());
        return part;
    };
    let settings = table.remove_entry("settings");
    let guess =
        table.get("kind").and_then(|kind| kind.get_ref().as_str()).and_then(Kind::from_name);
    let path = format!("stages.{}", shorten(name));
    let other = guess.map(|kind| (SCHEMAS.settings(kind), format!("[{path}.settings]")));
    let inputs = table.get("inputs").map(Spanned::span);
    let before = shaper.faults.len();
    shaper.table(&SCHEMAS.stage, &Named { path: &path, at: id.span(), other }, table);
    part.inputs_at_fault =
        inputs.is_some_and(|at| shaper.faults[before..].iter().any(|it| at.contains(&it.at.start)));
    let Some(kind) = table.get("kind") else { return part };
    let kind_at = kind.span();
    part.kind = known_kind(kind, shaper);
    if let Some(kind) = part.kind {
        if let Some((_, settings)) = &settings
            && let DeValue::Table(table) = settings.get_ref()
        {
            part.written = Places::of(table, kind_at.clone()).keys;
        }
        part.settings = read_settings(kind, kind_at, &path, settings, shaper);
    }
    part
}

fn known_kind(kind: &Spanned<DeValue<'_>>, shaper: &mut Shaper<'_, '_>) -> Option<Kind> {
    let text = kind.get_ref().as_str()?;
    let known = Kind::from_name(text);
    if known.is_none() {
        let names: Vec<_> = KINDS.iter().map(|row| row.name).collect();
        let message = format!("unknown kind {}", shorten(shaper.sources.slice(&kind.span())));
        let fault =
            Fault::new(kind.span(), Code::UnknownKind, message).expected(list("one of", &names));
        shaper.faults.push(match family(text, &names) {
            Some(family) => fault.help(format!("did you mean {family}?")),
            None => fault.nearest(text, names),
        });
    }
    known
}

/// The kinds that a name such as `stt` is short for.
fn family(text: &str, names: &[&str]) -> Option<String> {
    let members: Vec<_> = names
        .iter()
        .filter(|name| name.split_once('.').is_some_and(|(family, _)| family == text))
        .map(|name| format!("`{name}`"))
        .collect();
    (!members.is_empty()).then(|| members.join(" or "))
}

fn read_settings<'a>(
    kind: Kind,
    kind_at: Range<usize>,
    path: &str,
    settings: Option<(Spanned<Cow<'a, str>>, Spanned<DeValue<'a>>)>,
    shaper: &mut Shaper<'_, 'a>,
) -> Option<Settings> {
    let schema = SCHEMAS.settings(kind);
    let path = format!("{path}.settings");
    let (at, value) = match settings {
        Some((key, value)) => (key.span(), value),
        None => (kind_at.clone(), Spanned::new(kind_at, DeValue::Table(DeTable::new()))),
    };
    let span = value.span();
    let DeValue::Table(mut table) = value.into_inner() else {
        let fault = Fault::new(span, Code::WrongType, format!("`{path}` is no table"));
        shaper.faults.push(fault.expected(format!("`[{path}]`")));
        return None;
    };
    let before = shaper.faults.len();
    let stage_path = path.trim_end_matches(".settings");
    let other = Some((&SCHEMAS.stage, format!("[{stage_path}]")));
    shaper.table(schema, &Named { path: &path, at: at.clone(), other }, &mut table);
    let places = Places::of(&table, at);
    if shaper.faults.len() > before {
        return None;
    }
    let value = Spanned::new(span, DeValue::Table(table));
    match (kind.row().parse)(ValueDeserializer::from(value)) {
        Ok((settings, cross)) => {
            let clean = cross.is_empty();
            shaper.faults.extend(cross.into_iter().map(|fault| places.fault(fault)));
            clean.then_some(settings)
        }
        Err(error) => {
            shaper.faults.push(from_toml(&error, Code::WrongType));
            None
        }
    }
}

/// Where the values of a table stand.
struct Places {
    keys: Vec<(String, Range<usize>)>,
    table: Range<usize>,
}

impl Places {
    fn of(table: &DeTable<'_>, at: Range<usize>) -> Self {
        let keys = table.iter().map(|(key, value)| (key.get_ref().to_string(), value.span()));
        Self { keys: keys.collect(), table: at }
    }

    /// Marks the first of the fault's keys that is written down.
    fn fault(&self, fault: CrossFault) -> Fault {
        let written = |key: &&str| self.keys.iter().find(|(written, _)| written == *key);
        let at = fault.keys.iter().find_map(written).map_or(&self.table, |(_, at)| at);
        Fault::new(at.clone(), Code::Conflict, fault.message).expected(fault.expected)
    }
}
