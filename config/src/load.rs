//! From a file to a pipeline.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use crate::diagnostic::{Code, Diagnostic, Fault, Faults, Severity, list, nearest};
use crate::document::{SECRETS, from_toml, hide_secrets, toml_of};
use crate::overrides::{self, Override};
use crate::raw::RawFile;
use crate::shape::Shaper;
use crate::source::Sources;
use crate::{Env, Pipeline, check, parts};

/// The pipelines inside the program, so that they are found from any folder.
const SHIPPED: &[(&str, &str)] = &[
    ("voice.toml", include_str!("../../pipelines/voice.toml")),
    ("voice-full.toml", include_str!("../../pipelines/voice-full.toml")),
    ("voice-openai.toml", include_str!("../../pipelines/voice-openai.toml")),
    ("transcribe.toml", include_str!("../../pipelines/transcribe.toml")),
];

/// Largest pipeline file, in bytes: far more than any has, far less than a device would give.
const SIZE_LIMIT: u64 = 1 << 20;

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
    let mut diagnostic = Diagnostic::bare(path, Code::Unreadable, "no such file").expecting(
        format!("a pipeline file or one inside the program: {}", list("", &shipped).trim_start()),
    );
    // Without the endings, which would make all names alike.
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let stems = shipped.iter().map(|name| name.trim_end_matches(".toml"));
    diagnostic.help = nearest(&name, stems).map(|near| format!("did you mean `{near}.toml`?"));
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
    let parts = parts::take_apart(&mut document, &mut shaper);
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
        telemetry: raw.telemetry,
        stages,
        warnings: placed(faults, &sources).into_diagnostics(),
    })
}

/// Faults as a reader sees them, by place.
fn placed(mut faults: Vec<Fault>, sources: &Sources<'_>) -> Faults {
    faults.sort_by_key(|fault| (fault.at.start, fault.code));
    Faults::new(faults.into_iter().map(|fault| Diagnostic::place(fault, sources)).collect())
}
