//! `--set path=value`: one value in place of what the file says.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::diagnostic::{Code, Fault};

/// One `--set path=value`. The value is TOML, or else text: `--set turn.end_silence_ms=300`,
/// `--set stages.tts.settings.program=flite`.
#[derive(Clone, PartialEq, Eq)]
pub struct Override {
    text: String,
}

impl Override {
    /// An override as on the command line; what is wrong with it is found when it is applied.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl FromStr for Override {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Override {
    /// Shows the path alone: somebody may try to set a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Override({}=…)", self.text.split('=').next().unwrap_or(""))
    }
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;

/// A path of keys and the value for it, placed from `base` on.
pub(crate) struct Assignment<'a> {
    path: Vec<Key<'a>>,
    value: Spanned<DeValue<'a>>,
}

const FORM: &str = "`PATH=VALUE`, such as `turn.end_silence_ms=300`";

/// Reads an override.
pub(crate) fn read(text: &str, base: usize) -> Result<Assignment<'_>, Fault> {
    let whole = base..base + text.len();
    let bad = |message| Fault::new(whole.clone(), Code::BadOverride, message).expected(FORM);
    let equals = path_end(text).ok_or_else(|| bad("no `=` after the path"))?;
    let path = read_path(&text[..equals]).ok_or_else(|| bad("the path is no list of keys"))?;
    let written = &text[equals + 1..];
    let lead = written.len() - written.trim_start().len();
    let one_line = !written.contains(['\n', '\r']);
    let value = match DeValue::parse(written.trim()).ok().filter(|_| one_line) {
        Some(value) => shift(value, base + equals + 1 + lead),
        None => Spanned::new(base + equals + 1..whole.end, DeValue::String(written.into())),
    };
    let path = path.into_iter().map(|key| shift_key(key, base)).collect();
    Ok(Assignment { path, value })
}

/// Where the `=` after the path is; quoted keys may hold one themselves.
fn path_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, character)| match (quote, character) {
        (None, '=') => Some(at),
        (None, '"' | '\'') => {
            quote = Some(character);
            None
        }
        (Some(open), close) if open == close => {
            quote = None;
            None
        }
        (None | Some(_), _) => None,
    })
}

/// The keys of a path such as `stages.stt.settings.model`, by reading `path = 0`.
fn read_path(path: &str) -> Option<Vec<Key<'static>>> {
    // Deeper than any key of a pipeline file; the parser would recurse.
    if path.contains(['\n', '\r', '#']) || path.matches('.').count() > 16 {
        return None;
    }
    let document = format!("{path}=0");
    let mut table = DeTable::parse(&document).ok()?.into_inner();
    table.make_owned();
    let mut keys = Vec::new();
    loop {
        let key = table.keys().next()?.clone();
        let value = table.remove(key.get_ref().as_ref())?.into_inner();
        keys.push(Spanned::new(key.span(), key.into_inner().into_owned().into()));
        match value {
            DeValue::Table(inner) => table = inner,
            DeValue::Integer(_) => return Some(keys),
            DeValue::String(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => return None,
        }
    }
}

/// Applies an override; the keys on its way that the file lacks are made.
pub(crate) fn apply<'a>(assignment: Assignment<'a>, file: &mut DeTable<'a>) -> Result<(), Fault> {
    let Assignment { mut path, value } = assignment;
    if let [first, stage, ..] = path.as_slice()
        && first.get_ref() == "stages"
    {
        known_stage(stage, file)?;
    }
    let Some(last) = path.pop() else { return Ok(()) };
    let mut table = file;
    for key in path {
        let name = key.get_ref().clone();
        let at = key.span();
        if !table.contains_key(name.as_ref()) {
            let empty = Spanned::new(at.clone(), DeValue::Table(DeTable::new()));
            table.insert(key, empty);
        }
        table = match table.get_mut(name.as_ref()).map(Spanned::get_mut) {
            Some(DeValue::Table(inner)) => inner,
            Some(_) | None => {
                let message = format!("`{name}` holds a value, no keys");
                return Err(Fault::new(at, Code::BadOverride, message));
            }
        };
    }
    // The old key stands for the place in the file; the new one for that in the override.
    table.remove(last.get_ref().as_ref());
    table.insert(last, value);
    Ok(())
}

/// An override that misnames a stage would make a new one.
fn known_stage(stage: &Key<'_>, file: &DeTable<'_>) -> Result<(), Fault> {
    let stages = file.get("stages").and_then(|stages| stages.get_ref().as_table());
    let known = || stages.into_iter().flat_map(DeTable::keys).map(|key| key.get_ref().as_ref());
    let name = stage.get_ref();
    if known().any(|known| known == name) {
        return Ok(());
    }
    let message = format!("no stage `{name}` in the pipeline");
    Err(Fault::new(stage.span(), Code::BadOverride, message)
        .expected("a stage of the pipeline")
        .nearest(name, known()))
}

fn move_by(range: Range<usize>, base: usize) -> Range<usize> {
    range.start + base..range.end + base
}

fn shift_key(key: Key<'_>, base: usize) -> Key<'_> {
    Spanned::new(move_by(key.span(), base), key.into_inner())
}

/// Moves a value, and all in it, to where its text starts.
fn shift(value: Spanned<DeValue<'_>>, base: usize) -> Spanned<DeValue<'_>> {
    let at = move_by(value.span(), base);
    let value = match value.into_inner() {
        DeValue::Array(values) => {
            let mut moved = DeArray::new();
            for value in values {
                moved.push(shift(value, base));
            }
            DeValue::Array(moved)
        }
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| (shift_key(key, base), shift(value, base)))
                .collect(),
        ),
        other @ (DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)) => other,
    };
    Spanned::new(at, value)
}
