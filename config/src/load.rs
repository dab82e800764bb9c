//! From a file to a pipeline.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::check;
use crate::diagnostic::{Code, Diagnostic, Fault, Faults, Severity, nearest};
use crate::overrides::{self, Override};
use crate::raw::RawFile;
use crate::schema::SCHEMAS;
use crate::settings::{CrossFault, KINDS};
use crate::shape::{Named, Shaper, shorten};
use crate::source::Sources;
use crate::{Env, Kind, Pipeline, Settings};

/// The pipelines inside the program, so that they are found from any folder.
const SHIPPED: &[(&str, &str)] = &[
    ("voice.toml", include_str!("../../pipelines/voice.toml")),
    ("voice-openai.toml", include_str!("../../pipelines/voice-openai.toml")),
    ("transcribe.toml", include_str!("../../pipelines/transcribe.toml")),
];

/// Largest pipeline file, in bytes: far more than any has, far less than a device would give.
const SIZE_LIMIT: u64 = 1 << 20;

/// The keys that hold secrets.
const SECRETS: &[&str] = &["api_key"];

/// Reads and checks a pipeline file. A bare name such as `voice.toml` or `voice` is also looked
/// up in the folder `pipelines`, and then among the pipelines inside the program.
///
/// # Errors
/// Everything that is wrong with it, by place.
pub fn load(path: &Path, overrides: &[Override], env: &dyn Env) -> Result<Pipeline, Faults> {
    let bare = path.file_name().filter(|name| *name == path.as_os_str()).map(PathBuf::from);
    let mut places = vec![path.to_path_buf()];
    if let Some(name) = &bare {
        let file =
            if name.extension().is_some() { name.clone() } else { name.with_extension("toml") };
        places.push(Path::new("pipelines").join(&file));
        if let Some((name, text)) = SHIPPED.iter().find(|(shipped, _)| Path::new(shipped) == file)
            && !places.iter().any(|place| place.exists())
        {
            return parse_in(Path::new(""), &format!("pipelines/{name}"), text, overrides, env);
        }
    }
    let place = places.iter().find(|place| place.exists()).unwrap_or(&places[0]);
    let name = place.display().to_string();
    match read(place) {
        Ok(text) => parse(&name, &text, overrides, env),
        Err(diagnostic) => Err(Faults::new(vec![*diagnostic])),
    }
}

fn read(path: &Path) -> Result<String, Box<Diagnostic>> {
    let mut bytes = Vec::new();
    let opened =
        File::open(path).and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes));
    if let Err(error) = opened {
        return Err(Box::new(unreadable(path, &error)));
    }
    if bytes.len() as u64 > SIZE_LIMIT {
        let diagnostic = Diagnostic::bare(path, Code::Unreadable, "the file is larger than 1 MiB");
        return Err(Box::new(diagnostic.expecting("a pipeline file")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let valid = String::from_utf8_lossy(valid);
        let line = valid.rsplit('\n').next().unwrap_or("");
        let mut diagnostic = Diagnostic::bare(path, Code::Unreadable, "the file is no text");
        diagnostic.line = valid.matches('\n').count() + 1;
        diagnostic.column = line.chars().count() + 1;
        Box::new(diagnostic.expecting("UTF-8"))
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    if error.kind() != ErrorKind::NotFound {
        return Diagnostic::bare(path, Code::Unreadable, format!("cannot be read: {error}"));
    }
    let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
    let mut diagnostic =
        Diagnostic::bare(path, Code::Unreadable, "no such file").expecting(format!(
            "a pipeline file or one inside the program: {}",
            crate::diagnostic::list("", &shipped).trim_start()
        ));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    diagnostic.help = nearest(&name, shipped).map(|near| format!("did you mean `{near}`?"));
    diagnostic
}

/// Checks the text of a pipeline file; `name` is its path as messages say it, and the folder that
/// it lies in is that of its paths.
///
/// # Errors
/// Everything that is wrong with it, by place.
pub fn parse(
    name: &str,
    text: &str,
    overrides: &[Override],
    env: &dyn Env,
) -> Result<Pipeline, Faults> {
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    parse_in(folder, name, text, overrides, env)
}

fn parse_in(
    folder: &Path,
    name: &str,
    text: &str,
    overrides: &[Override],
    env: &dyn Env,
) -> Result<Pipeline, Faults> {
    let mut sources = Sources::default();
    sources.add(name, text);
    let (document, mut faults) = toml_of(text);
    let mut document = document.into_inner();
    let whole = faults.iter().all(|fault| fault.code == Code::DuplicateKey);
    if !whole {
        hide_secrets(&document, &mut sources);
        SECRETS.iter().for_each(|key| sources.hide_after(key));
        return Err(placed(faults, &sources));
    }
    for assignment in overrides {
        let base = sources.add("--set", assignment.text());
        let applied = overrides::read(assignment.text(), base)
            .and_then(|assignment| overrides::apply(assignment, &mut document));
        faults.extend(applied.err());
    }
    hide_secrets(&document, &mut sources);
    if faults.iter().any(|fault| fault.code == Code::BadOverride) {
        SECRETS.iter().for_each(|key| sources.hide_after(key));
    }

    let mut shaper = Shaper { sources: &sources, env, folder, faults };
    let parts = take_apart(&mut document, &mut shaper);
    let mut faults = shaper.faults;
    let value = Spanned::new(0..text.len(), DeValue::Table(document));
    let raw = match RawFile::deserialize(ValueDeserializer::from(value)) {
        Ok(raw) => raw,
        // The schema found nothing, so this says what it does not know.
        Err(error) => {
            faults.push(from_toml(&error, Code::WrongType));
            return Err(placed(faults, &sources));
        }
    };
    let nodes = check::nodes(raw.stages, parts);
    let stages = check::stages(&nodes, &sources, &mut faults);
    let severe = |fault: &Fault| fault.code.severity() == Severity::Error;
    if faults.iter().any(severe) {
        return Err(placed(faults, &sources));
    }
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let mut turn = raw.turn;
    turn.reply = stages.iter().any(|stage| stage.kind.is_llm());
    Ok(Pipeline {
        name: raw.name.unwrap_or_else(|| stem.into_owned()),
        folder: folder.into(),
        turn,
        stages,
        warnings: placed(faults, &sources).into_diagnostics(),
    })
}

fn toml_of(text: &str) -> (Spanned<DeTable<'_>>, Vec<Fault>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let faults = errors.iter().map(|error| {
        let mut fault = from_toml(error, Code::Syntax);
        if error.message() == "duplicate key" {
            let key = text.get(fault.at.clone()).unwrap_or_default();
            fault.code = Code::DuplicateKey;
            fault.message = format!("`{}` is there twice", shorten(key));
            fault.expected = Some("one".into());
        }
        fault
    });
    (document, faults.collect())
}

fn from_toml(error: &toml::de::Error, code: Code) -> Fault {
    let at = error.span().unwrap_or(0..0);
    match error.message().split_once(", expected ") {
        Some((message, expected)) => Fault::new(at, code, message).expected(expected),
        None => Fault::new(at, code, error.message()),
    }
}

/// Keeps everything that is written under the name of a secret out of all messages.
fn hide_secrets(table: &DeTable<'_>, sources: &mut Sources<'_>) {
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
                let secret = nearest(key.get_ref(), SECRETS.iter().copied()).is_some();
                let reference = text.starts_with("${") && text.find('}') == Some(text.len() - 1);
                if secret && !(reference && !text.contains(":-")) {
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

/// What is known of a stage beside its raw form.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) id: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) settings: Option<Settings>,
    /// Whether something is wrong with its inputs that has been reported.
    pub(crate) inputs_at_fault: bool,
}

/// Checks the whole document against the schema, takes what is at fault out, and the settings.
fn take_apart<'a>(document: &mut DeTable<'a>, shaper: &mut Shaper<'_, 'a>) -> Vec<Part> {
    let stages = document.remove_entry("stages");
    let top = Named { path: "", at: 0..0, other: None };
    shaper.table(&SCHEMAS.file, &top, document);
    if let Some(DeValue::Table(turn)) = document.get("turn").map(Spanned::get_ref) {
        let at = Places::of(turn, 0..0);
        if let Ok(turn) = read_turn(turn) {
            shaper.faults.extend(turn.cross_check().into_iter().map(|fault| at.fault(fault)));
        }
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

fn read_turn(table: &DeTable<'_>) -> Result<crate::Turn, toml::de::Error> {
    let value = Spanned::new(0..0, DeValue::Table(table.clone()));
    crate::Turn::deserialize(ValueDeserializer::from(value))
}

fn stage_part<'a>(
    id: &Spanned<std::borrow::Cow<'a, str>>,
    stage: &mut Spanned<DeValue<'a>>,
    shaper: &mut Shaper<'_, 'a>,
) -> Part {
    let name = id.get_ref();
    let mut part = Part { id: name.to_string(), kind: None, settings: None, inputs_at_fault: true };
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
        let fault = Fault::new(kind.span(), Code::UnknownKind, message)
            .expected(crate::diagnostic::list("one of", &names));
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
    settings: Option<(Spanned<std::borrow::Cow<'a, str>>, Spanned<DeValue<'a>>)>,
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

/// Faults as a reader sees them, by place.
fn placed(mut faults: Vec<Fault>, sources: &Sources<'_>) -> Faults {
    faults.sort_by_key(|fault| (fault.at.start, fault.code));
    Faults::new(faults.into_iter().map(|fault| Diagnostic::place(fault, sources)).collect())
}
