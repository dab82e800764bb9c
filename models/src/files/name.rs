//! How a model is named: `rehearsal-…`, `hf:owner/name[@revision][/file]`, or a path.

use std::{fmt, path::PathBuf, str::FromStr};

use super::embedded::{self, EmbeddedModel};
use crate::{Error, Result};

/// The branch that a hub name means when it gives no revision.
pub const DEFAULT_REVISION: &str = "main";

/// Hub models with a name of their own, which stands for `hf:owner/name`.
const ALIASES: [(&str, &str, &str); 1] = [("kokoro-82m", "hexgrad", "Kokoro-82M")];

/// A model as the user names it. Parsing looks at the text only, never at the disk or the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelName {
    /// A model inside this program, such as `rehearsal-stt-en`.
    Embedded(&'static EmbeddedModel),
    /// A model on the Hugging Face hub.
    Hub(HubName),
    /// A file or folder on this machine.
    Path(PathBuf),
}

/// A hub model: `hf:owner/name[@revision][/file]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubName {
    /// The user or organisation.
    pub owner: String,
    /// The repository's name within `owner`.
    pub name: String,
    /// A branch, a tag, a commit, or a `refs/pr/N`; `None` means [`DEFAULT_REVISION`].
    pub revision: Option<String>,
    /// One file of the repository, with `/` between folders; `None` means what the model needs.
    pub file: Option<String>,
}

impl HubName {
    /// Returns `owner/name`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Returns the revision asked for, [`DEFAULT_REVISION`] when none was.
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(DEFAULT_REVISION)
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hf:{}/{}", self.owner, self.name)?;
        if let Some(revision) = &self.revision {
            write!(f, "@{revision}")?;
        }
        if let Some(file) = &self.file {
            write!(f, "/{file}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(model) => f.write_str(model.name),
            Self::Hub(hub) => hub.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for ModelName {
    type Err = Error;

    /// Parses a model name.
    ///
    /// # Errors
    /// [`Error::Name`] for an empty name, a `rehearsal-` name that is not in this program (the
    /// message lists those that are), and a malformed `hf:` name. `kokoro-82m`, also with a file behind
    /// it, is short for the hub's model. Anything else is a path, whether or not it exists.
    fn from_str(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Err(error(text, format!("a model name is expected: {}", forms())));
        }
        if let Some(rest) = text.strip_prefix("hf:") {
            return parse_hub(text, rest).map(Self::Hub);
        }
        if let Some(model) = embedded::find(text) {
            return Ok(Self::Embedded(model));
        }
        if let Some(hub) = alias(text) {
            return Ok(Self::Hub(hub));
        }
        if text.starts_with("rehearsal-") && !text.contains(['/', '\\']) {
            return Err(error(text, unknown_embedded(text)));
        }
        if text.contains('\0') {
            return Err(error(text, "a path without a NUL character is expected"));
        }
        Ok(Self::Path(PathBuf::from(text)))
    }
}

/// Returns the hub model that `text` names without `hf:`, such as `kokoro-82m` or
/// `kokoro-82m/voices/af_heart.pt`.
fn alias(text: &str) -> Option<HubName> {
    let (alias, file) = match text.split_once('/') {
        Some((alias, file)) if is_path(file) => (alias, Some(file.to_string())),
        Some(_) => return None,
        None => (text, None),
    };
    let (_, owner, name) = ALIASES.into_iter().find(|(known, ..)| *known == alias)?;
    Some(HubName { owner: owner.into(), name: name.into(), revision: None, file })
}

/// Says which forms a model name can have, for error messages.
pub(crate) fn forms() -> String {
    let mut names: Vec<_> = embedded::embedded().iter().map(|model| model.name).collect();
    if names.is_empty() {
        names.push("rehearsal-…");
    }
    names.extend(ALIASES.map(|(alias, ..)| alias));
    format!(
        "`{}`, `hf:owner/name[@revision][/file]`, or the path of a file or folder",
        names.join("`, `")
    )
}

fn unknown_embedded(text: &str) -> String {
    let known: Vec<_> = embedded::embedded().iter().map(|model| model.name).collect();
    if known.is_empty() {
        return "no model of that name; this build carries no embedded models".into();
    }
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, name)| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    format!(
        "no model of that name is embedded{nearest}; known: `{}`; a path that starts so is \
         written `./{text}`",
        known.join("`, `")
    )
}

fn parse_hub(text: &str, rest: &str) -> Result<HubName> {
    let shape = "`hf:owner/name[@revision][/file]` is expected, as in `hf:openai/whisper-base.en`";
    let (owner, rest) = rest.split_once('/').ok_or_else(|| error(text, shape))?;
    let end = rest.find(['@', '/']).unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    for (what, part) in [("owner", owner), ("name", name)] {
        if !is_repository_part(part) {
            return Err(error(
                text,
                format!(
                    "`{part}` is not a hub {what} (letters, digits, `-`, `_` and `.`, not at an \
                     end, at most 96); {shape}"
                ),
            ));
        }
    }
    let mut revision = None;
    if let Some(after) = rest.strip_prefix('@') {
        let end = revision_end(after);
        let (found, tail) = after.split_at(end);
        if !is_path(found) || found.contains(['%', '?', '#', ' ', '~', '^', ':', '@']) {
            return Err(error(
                text,
                format!(
                    "`{found}` is not a revision; a branch, tag or commit is expected after `@`"
                ),
            ));
        }
        revision = Some(found.to_string());
        rest = tail;
    }
    let file = match rest.strip_prefix('/') {
        None => None,
        Some(file) if is_path(file) => Some(file.to_string()),
        Some(file) => {
            return Err(error(text, format!("`{file}` is not a file of a repository; {shape}")));
        }
    };
    Ok(HubName { owner: owner.into(), name: name.into(), revision, file })
}

/// Returns where the revision at the start of `text` ends. Pull requests and conversions are the
/// hub's only revisions with slashes that need no quoting: `refs/pr/1`, `refs/convert/parquet`.
fn revision_end(text: &str) -> usize {
    let slashes = if text.starts_with("refs/") { 2 } else { 0 };
    text.match_indices('/').nth(slashes).map_or(text.len(), |(at, _)| at)
}

fn is_repository_part(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    text.len() <= 96
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !text.contains("..")
        && !text.contains("--")
}

/// Whether `text` is a relative path that stays inside its folder, in the hub's `/` notation.
pub(crate) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 1024
        && !text.contains(['\\', '\0'])
        && !text.chars().any(char::is_control)
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
        // A drive letter would make the joined path absolute on Windows.
        && !text.contains(':')
}

fn error(name: &str, reason: impl Into<String>) -> Error {
    Error::Name { name: name.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(text: &str) -> (String, String, Option<String>, Option<String>) {
        match text.parse::<ModelName>().unwrap() {
            ModelName::Hub(hub) => {
                assert_eq!(hub.to_string(), text, "display gives back what was parsed");
                (hub.owner, hub.name, hub.revision, hub.file)
            }
            other @ (ModelName::Embedded(_) | ModelName::Path(_)) => {
                panic!("{text} parsed as {other:?}")
            }
        }
    }

    #[test]
    fn hub_names() {
        let some = |text: &str| Some(text.to_string());
        assert_eq!(
            hub("hf:openai/whisper-base.en"),
            ("openai".into(), "whisper-base.en".into(), None, None)
        );
        assert_eq!(
            hub("hf:Qwen/Qwen3-0.6B-GGUF@main/Qwen3-0.6B-Q8_0.gguf"),
            ("Qwen".into(), "Qwen3-0.6B-GGUF".into(), some("main"), some("Qwen3-0.6B-Q8_0.gguf"))
        );
        assert_eq!(hub("hf:a/b@refs/pr/7/sub/c.gguf").2, some("refs/pr/7"));
        assert_eq!(hub("hf:a/b@refs/pr/7/sub/c.gguf").3, some("sub/c.gguf"));
        assert_eq!(hub("hf:a/b/sub/c.gguf").3, some("sub/c.gguf"));
    }

    #[test]
    fn an_alias_is_a_hub_name() {
        let shown = |text: &str| text.parse::<ModelName>().unwrap().to_string();
        assert_eq!(shown("kokoro-82m"), "hf:hexgrad/Kokoro-82M");
        assert_eq!(
            shown("kokoro-82m/voices/bf_emma.pt"),
            "hf:hexgrad/Kokoro-82M/voices/bf_emma.pt"
        );
        for path in ["kokoro-82m/../x", "kokoro-82m/", "./kokoro-82m", "kokoro-82"] {
            assert_eq!(shown(path), path);
        }
    }

    #[test]
    fn malformed_names_say_what_is_expected() {
        for text in [
            "hf:",
            "hf:a",
            "hf:/b",
            "hf:a/",
            "hf:a/b@",
            "hf:a/b@/f",
            "hf:a/b/",
            "hf:a/../b",
            "hf:a/b/../c",
            "hf:a/b//c",
            "hf:-a/b",
            "hf:a/b@x y",
            "hf:a/b@../x",
            "hf:a b/c",
            "hf:a/b/c\\d",
            "hf:a/b/c:d",
            "hf:a--b/c",
            "",
            "  ",
            "a\0b",
        ] {
            let message = text.parse::<ModelName>().unwrap_err().to_string();
            assert!(message.contains("expected"), "{text:?}: {message}");
            assert!(message.starts_with(&format!("model `{text}`")), "{message}");
        }
    }

    #[test]
    fn unknown_embedded_names_list_the_known() {
        let message = "rehearsal-sst-en".parse::<ModelName>().unwrap_err().to_string();
        for model in embedded::embedded() {
            assert!(message.contains(model.name), "{message}");
        }
        if embedded::find("rehearsal-stt-en").is_some() {
            assert!(message.contains("did you mean `rehearsal-stt-en`?"), "{message}");
        }
    }

    #[test]
    fn other_names_are_paths() {
        for text in ["whisper-base.en", "./rehearsal-x", "/a/b.gguf", "a/b", "HF:a/b"] {
            assert_eq!(text.parse::<ModelName>().unwrap(), ModelName::Path(text.into()));
        }
        for model in embedded::embedded() {
            assert_eq!(model.name.parse::<ModelName>().unwrap(), ModelName::Embedded(model));
        }
    }
}
