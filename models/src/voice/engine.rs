//! The lexicons and the tagger, loaded once for each language when first asked for, and what is
//! said for words that they do not have.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use misaki_rs::fallback::FallbackError;
use misaki_rs::{Fallback, G2P};

use super::espeak::Espeak;
use super::letters;
use super::phonemise::Language;

/// A language with its lexicons.
pub(super) struct Engine {
    pub(super) g2p: Arc<G2P>,
    guess: Guess,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("guess", &self.guess).finish_non_exhaustive()
    }
}

/// What was loaded stays: a stage that is started again has it at once.
static LOADED: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

impl Engine {
    /// The engine of a language, loaded if this is the first call.
    pub(super) fn of(language: Language, espeak: Option<Espeak>) -> Arc<Self> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let program = espeak.as_ref().map(Espeak::program);
        let same = |engine: &&Arc<Self>| {
            engine.guess.language == language
                && engine.guess.espeak.as_deref().map(Espeak::program) == program
        };
        if let Some(engine) = loaded.iter().find(same) {
            return engine.clone();
        }
        let espeak = espeak.map(Arc::new);
        let g2p = Arc::new_cyclic(|lexicon: &Weak<G2P>| {
            let guess = Guess { lexicon: lexicon.clone(), language, espeak: espeak.clone() };
            let code = match language {
                Language::EnUs => misaki_rs::Language::EnglishUS,
                Language::EnGb => misaki_rs::Language::EnglishGB,
            };
            G2P::with_fallback(code, Some(Box::new(guess)))
        });
        let guess = Guess { lexicon: Arc::downgrade(&g2p), language, espeak };
        let engine = Arc::new(Self { g2p, guess });
        loaded.push(engine.clone());
        engine
    }

    /// The sounds of a token that has none yet.
    pub(super) fn guess(&self, token: &str) -> String {
        self.guess.token(token)
    }
}

/// Pronounces what the lexicon does not have.
struct Guess {
    lexicon: Weak<G2P>,
    language: Language,
    espeak: Option<Arc<Espeak>>,
}

impl std::fmt::Debug for Guess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("Guess");
        out.field("language", &self.language).field("espeak", &self.espeak).finish_non_exhaustive()
    }
}

impl Fallback for Guess {
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        Ok(self.token(word))
    }
}

/// Beginnings that join any word, with their sounds.
const PREFIXES: [(&str, &str); 8] = [
    ("un", "ʌn"),
    ("re", "ɹi"),
    ("co", "kO"),
    ("de", "di"),
    ("non", "nɑn"),
    ("pre", "pɹi"),
    ("mis", "mɪs"),
    ("multi", "mˌʌlti"),
];

/// Endings that join any word, with their sounds.
const SUFFIXES: [(&str, &str); 12] = [
    ("ness", "nəs"),
    ("less", "ləs"),
    ("ful", "fᵊl"),
    ("ment", "mənt"),
    ("ship", "ʃɪp"),
    ("able", "əbᵊl"),
    ("wise", "wˌIz"),
    ("ish", "ɪʃ"),
    ("ers", "əɹz"),
    ("er", "əɹ"),
    ("ly", "li"),
    ("y", "i"),
];

impl Guess {
    /// The sounds of a token: its letters as a word, its digits one by one.
    fn token(&self, token: &str) -> String {
        let kind = |c: char| (c.is_ascii_digit(), c.is_ascii_alphabetic() || c == '\'');
        let chars: Vec<char> = token.chars().collect();
        let mut parts: Vec<String> = Vec::new();
        for run in chars.chunk_by(|a, b| kind(*a) == kind(*b)) {
            let run: String = run.iter().collect();
            let digits = run.chars().filter_map(|c| c.to_digit(10));
            parts.extend(digits.map(|it| letters::digit(it, self.language)));
            if run.contains(|c: char| c.is_ascii_alphabetic()) {
                parts.push(self.with_possessive(run.trim_matches('\'')));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    fn with_possessive(&self, word: &str) -> String {
        let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("'S"));
        let Some(stem) = stem else { return self.word(word) };
        let sounds = self.word(stem);
        let ending = match sounds.chars().last() {
            Some('s' | 'z' | 'ʃ' | 'ʒ' | 'ʧ' | 'ʤ') => "ɪz",
            Some('p' | 't' | 'k' | 'f' | 'θ') => "s",
            Some(_) | None => "z",
        };
        sounds + ending
    }

    fn word(&self, word: &str) -> String {
        let spelled = word.len() < 4 && word.chars().all(|c| c.is_ascii_uppercase());
        if spelled {
            return letters::sounds(word, self.language);
        }
        let lower = word.to_ascii_lowercase();
        let known = self.known(&lower);
        let known = known.or_else(|| self.espeak.as_ref()?.sounds(&lower, self.language));
        known
            .or_else(|| self.compound(&lower))
            .or_else(|| self.derived(&lower))
            .unwrap_or_else(|| letters::sounds(word, self.language))
    }

    /// What the lexicon has; the letters of `word` are ASCII.
    fn known(&self, word: &str) -> Option<String> {
        let g2p = self.lexicon.upgrade()?;
        if word.len() < 2 || !g2p.lexicon.in_gold(word) {
            return None;
        }
        g2p.lexicon.get_word(word, "NN", None, None).map(|(sounds, _)| sounds)
    }

    /// Two words of the lexicon in one, as evenly as can be.
    fn compound(&self, word: &str) -> Option<String> {
        const LEAST: usize = 3;
        let middle = word.len() / 2;
        let mut cuts: Vec<usize> = (LEAST..(word.len() + 1).saturating_sub(LEAST)).collect();
        cuts.sort_by_key(|cut| cut.abs_diff(middle));
        cuts.into_iter().find_map(|cut| {
            let (first, second) = (self.known(word.get(..cut)?)?, self.known(word.get(cut..)?)?);
            let voiced = |part: &str| part.contains('ˈ');
            (voiced(&first) && voiced(&second)).then(|| first + &second.replace('ˈ', "ˌ"))
        })
    }

    /// A word of the lexicon with a beginning or an ending.
    fn derived(&self, word: &str) -> Option<String> {
        const STEM: usize = 4;
        let with_prefix = PREFIXES.iter().find_map(|(prefix, sounds)| {
            let stem = word.strip_prefix(prefix).filter(|stem| stem.len() >= STEM)?;
            Some(letters::localised(sounds, self.language) + &self.known(stem)?)
        });
        with_prefix.or_else(|| {
            SUFFIXES.iter().find_map(|(suffix, sounds)| {
                let stem = word.strip_suffix(suffix).filter(|stem| stem.len() >= STEM)?;
                let vowel = suffix.starts_with(['a', 'e', 'i', 'y']);
                let silent = || vowel.then(|| self.known(&format!("{stem}e"))).flatten();
                let stem = self.known(stem).or_else(silent)?;
                Some(stem + &letters::localised(sounds, self.language))
            })
        })
    }
}
