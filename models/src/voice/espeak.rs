//! Words that no lexicon has, pronounced by a separate `espeak-ng` process.
//!
//! The program is started, never linked: its licence is its own.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::phonemise::Language;

/// An `espeak-ng` program that was found.
#[derive(Debug)]
pub struct Espeak {
    program: PathBuf,
    /// Words that were asked for before, with what was said.
    known: Mutex<HashMap<(String, Language), Option<String>>>,
}

impl Espeak {
    /// The program at a path, or of that name in one of the folders of `search`, which is what
    /// `PATH` holds; none when there is no such file.
    pub fn find(program: &Path, search: Option<OsString>) -> Option<Self> {
        let here = program.components().count() > 1;
        let places = match here {
            true => vec![program.to_path_buf()],
            false => {
                let file = format!("{}{}", program.display(), std::env::consts::EXE_SUFFIX);
                let search = search.unwrap_or_default();
                std::env::split_paths(&search).map(|folder| folder.join(&file)).collect()
            }
        };
        let program = places.into_iter().find(|it| it.is_file())?;
        Some(Self { program, known: Mutex::default() })
    }

    /// Where the program is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The sounds of a word of Latin letters; none when the program does not say any.
    pub(super) fn sounds(&self, word: &str, language: Language) -> Option<String> {
        let word: String = word.chars().filter(char::is_ascii_alphabetic).collect();
        if word.is_empty() {
            return None;
        }
        let key = (word, language);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return found.clone();
        }
        let found = self.ask(&key.0, language);
        known().insert(key, found.clone());
        found
    }

    fn ask(&self, word: &str, language: Language) -> Option<String> {
        let voice = match language {
            Language::EnUs => "en-us",
            Language::EnGb => "en-gb",
        };
        let said = Command::new(&self.program)
            .args(["-q", "--ipa", "-v", voice, word])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let ipa = String::from_utf8(said.stdout).ok()?;
        let sounds = from_ipa(ipa.trim(), language);
        (said.status.success() && !sounds.is_empty()).then_some(sounds)
    }
}

/// What both languages write alike; longer groups before what they contain.
const COMMON: &[(&str, &str)] = &[
    ("\u{0361}", ""),
    ("\u{200d}", ""),
    ("ʔn\u{0329}", "ʔn"),
    ("n\u{0329}", "ᵊn"),
    ("l\u{0329}", "ᵊl"),
    ("eɪ", "A"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("ɔɪ", "Y"),
    ("dʒ", "ʤ"),
    ("tʃ", "ʧ"),
    ("ɡ", "ɡ"),
    ("g", "ɡ"),
    ("x", "k"),
    ("ɬ", "l"),
    ("r", "ɹ"),
    ("ɾ", "T"),
    ("ʔ", "t"),
];

const AMERICAN: &[(&str, &str)] = &[
    ("oʊ", "O"),
    ("ɜːɹ", "ɜɹ"),
    ("ɜː", "ɜɹ"),
    ("ɚ", "əɹ"),
    ("ɐ", "ə"),
    ("ɒ", "ɑ"),
    ("a", "æ"),
    ("e", "A"),
    ("o", "O"),
    ("ː", ""),
];

const BRITISH: &[(&str, &str)] = &[
    ("əʊ", "Q"),
    ("oʊ", "Q"),
    ("eə", "ɛː"),
    ("ɐ", "ə"),
    ("æ", "a"),
    ("ᵻ", "ɪ"),
    ("e", "ɛ"),
    ("o", "ɒ"),
];

/// Writes the program's IPA with the symbols of misaki.
fn from_ipa(ipa: &str, language: Language) -> String {
    let own = match language {
        Language::EnUs => AMERICAN,
        Language::EnGb => BRITISH,
    };
    let mut sounds = ipa.split_whitespace().collect::<Vec<_>>().join(" ");
    for (theirs, ours) in COMMON.iter().chain(own) {
        sounds = sounds.replace(theirs, ours);
    }
    match sounds.strip_suffix("əl") {
        Some(stem) => format!("{stem}ᵊl"),
        None => sounds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipa_is_written_with_the_symbols_of_misaki() {
        let check = |language, ipa, expected: &str| assert_eq!(from_ipa(ipa, language), expected);
        check(Language::EnUs, "həlˈoʊ", "həlˈO");
        check(Language::EnUs, "wˈɜːld", "wˈɜɹld");
        check(Language::EnUs, "dʒˈeɪn", "ʤˈAn");
        check(Language::EnUs, "bˈɑːɾəl", "bˈɑTᵊl");
        check(Language::EnGb, "həlˈəʊ", "həlˈQ");
        check(Language::EnGb, "kˈæt", "kˈat");
        check(Language::EnGb, "tʃˈeə", "ʧˈɛː");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert!(Espeak::find(Path::new("espeak-ng"), None).is_none());
        assert!(Espeak::find(Path::new("./no/such/program"), None).is_none());
    }
}
