//! Faults: what is wrong, where, and what would have been accepted.

use std::fmt::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::source::{Excerpt, Place, Sources};

/// What is wrong with a pipeline; the codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The file cannot be read.
    Unreadable,
    /// Not TOML.
    Syntax,
    /// A key or table is there twice.
    DuplicateKey,
    /// A key that does not exist.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// A value of another type than expected.
    WrongType,
    /// A number or a length out of range.
    OutOfRange,
    /// A text that is none of those accepted.
    BadText,
    /// Keys that are each right but not together.
    Conflict,
    /// A kind of stage that does not exist.
    UnknownKind,
    /// A stage id that cannot be one.
    BadId,
    /// A pipeline without stages.
    NoStages,
    /// An input that is no stage.
    UnknownInput,
    /// A stage that needs inputs has none.
    MissingInputs,
    /// A stage that takes no inputs has some.
    UnwantedInputs,
    /// One input twice.
    DuplicateInput,
    /// A stage gets what it does not take.
    PortMismatch,
    /// Stages that wait for each other.
    Cycle,
    /// A stage that nothing reaches.
    Unreachable,
    /// A stage whose output nobody takes.
    Unused,
    /// A device or a file that two stages claim.
    ClaimedTwice,
    /// More stages of a role than one turn authority can serve.
    OneAuthority,
    /// A setting that this program cannot do.
    Unsupported,
    /// A variable that is not set.
    UnsetVariable,
    /// A `${` that is no reference.
    BadReference,
    /// A secret written in the file.
    LiteralSecret,
    /// A `--set` that cannot be applied.
    BadOverride,
}

impl Code {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Unreadable,
            Self::Syntax,
            Self::DuplicateKey,
            Self::UnknownKey,
            Self::MissingKey,
            Self::WrongType,
            Self::OutOfRange,
            Self::BadText,
            Self::Conflict,
            Self::UnknownKind,
            Self::BadId,
            Self::NoStages,
            Self::UnknownInput,
            Self::MissingInputs,
            Self::UnwantedInputs,
            Self::DuplicateInput,
            Self::PortMismatch,
            Self::Cycle,
            Self::Unreachable,
            Self::Unused,
            Self::ClaimedTwice,
            Self::OneAuthority,
            Self::Unsupported,
            Self::UnsetVariable,
            Self::BadReference,
            Self::LiteralSecret,
            Self::BadOverride,
        ]
        .into_iter()
    }

    /// The code as printed, such as `C104`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "C001",
            Self::Syntax => "C002",
            Self::DuplicateKey => "C003",
            Self::UnknownKey => "C101",
            Self::MissingKey => "C102",
            Self::WrongType => "C103",
            Self::OutOfRange => "C104",
            Self::BadText => "C105",
            Self::Conflict => "C106",
            Self::UnknownKind => "C201",
            Self::BadId => "C202",
            Self::NoStages => "C203",
            Self::UnknownInput => "C301",
            Self::MissingInputs => "C302",
            Self::UnwantedInputs => "C303",
            Self::DuplicateInput => "C304",
            Self::PortMismatch => "C305",
            Self::Cycle => "C306",
            Self::Unreachable => "C307",
            Self::Unused => "C308",
            Self::ClaimedTwice => "C401",
            Self::OneAuthority => "C402",
            Self::Unsupported => "C403",
            Self::UnsetVariable => "C501",
            Self::BadReference => "C502",
            Self::LiteralSecret => "C503",
            Self::BadOverride => "C601",
        }
    }

    /// Whether a pipeline with it can run.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self == Self::Unused { Severity::Warning } else { Severity::Error }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Whether a pipeline can run in spite of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but somebody probably meant something else.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One fault: what is wrong, where, and what would have been accepted.
///
/// It displays as `file:line:column: error[code]: message` with the source line below, and never
/// holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnostic {
    /// The file as it was named; `--set` for the command line.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Whether the pipeline can run in spite of it.
    pub severity: Severity,
    /// Its stable code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What would have been accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do about it, such as the nearest name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(skip)]
    pub(crate) excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// A fault of a file as a whole.
    pub(crate) fn bare(file: &Path, code: Code, message: impl Into<String>) -> Self {
        Self {
            file: file.display().to_string(),
            line: 1,
            column: 1,
            severity: code.severity(),
            code,
            message: message.into(),
            expected: None,
            help: None,
            excerpt: None,
        }
    }

    pub(crate) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// A fault at its place as a reader sees it.
    pub(crate) fn place(fault: Fault, sources: &Sources<'_>) -> Self {
        let Fault { at, code, message, expected, help } = fault;
        Self { expected, help, ..Self::at(sources.place(&at), code, message) }
    }

    /// A fault at its place, if that is known.
    pub(crate) fn at(place: Option<Place>, code: Code, message: String) -> Self {
        let diagnostic = Self::bare(Path::new(""), code, message);
        match place {
            Some(Place { file, line, column, excerpt }) => {
                Self { file, line, column, excerpt: Some(excerpt), ..diagnostic }
            }
            None => diagnostic,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, severity, code, message, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}[{code}]: {message}")?;
        let gutter = line.to_string().len();
        let expected = self.expected.as_ref().map(|expected| format!("expected {expected}"));
        match (&self.excerpt, expected) {
            (Some(excerpt), expected) => {
                write!(f, "\n{line} | {}", excerpt.text)?;
                write!(f, "\n{:gutter$} | {}", "", excerpt.carets)?;
                if let Some(expected) = expected {
                    write!(f, " {expected}")?;
                }
            }
            (None, Some(expected)) => write!(f, "\n{:gutter$} = {expected}", "")?,
            (None, None) => {}
        }
        if let Some(help) = &self.help {
            write!(f, "\n{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a pipeline, by place; warnings included.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults(Vec<Diagnostic>);

impl Faults {
    /// Several faults, in this order.
    #[must_use]
    pub fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics)
    }

    /// The diagnostics, by place.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0
    }

    /// The diagnostics as a JSON array.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json(&self.0)
    }
}

/// Diagnostics as a JSON array.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    serde_json::json!(diagnostics)
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
                f.write_char('\n')?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// What is wrong at a place that is still a range of bytes.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: std::ops::Range<usize>,
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) expected: Option<String>,
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(at: std::ops::Range<usize>, code: Code, message: impl Into<String>) -> Self {
        Self { at, code, message: message.into(), expected: None, help: None }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which of `known` is nearest to `name`, if one is near.
    pub(crate) fn nearest<'a>(
        mut self,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        if let Some(nearest) = nearest(name, known) {
            self.help = Some(format!("did you mean `{nearest}`?"));
        }
        self
    }
}

/// The nearest of `known` to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the name may be wrong, or it is cut short or spelled out.
    let limit = (name.chars().count() / 3).max(1);
    let name = name.to_lowercase();
    let begins = |long: &str, short: &str| short.len() >= 3 && long.starts_with(short);
    known
        .into_iter()
        .map(|known| match strsim::damerau_levenshtein(&name, known) {
            far if far > limit && (begins(known, &name) || begins(&name, known)) => (limit, known),
            distance => (distance, known),
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Names in backticks with commas, after `lead` when there are several; long lists are cut.
pub(crate) fn list(lead: &str, names: &[&str]) -> String {
    const MOST: usize = 16;
    let quoted: Vec<_> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 | 1 => quoted.concat(),
        more if more > MOST => format!("{lead} {}, …", quoted.join(", ")),
        _ => format!("{lead} {}", quoted.join(", ")),
    }
}
