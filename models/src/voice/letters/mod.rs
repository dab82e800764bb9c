//! How a word sounds that no lexicon has: by the rules of English spelling, or letter by letter.

mod british;
mod rules;
mod stress;

use super::phonemise::Language;
use rules::Rule;

/// Letters of a word at most; what is longer is no word and is read in parts.
pub(super) const LONGEST: usize = 40;

/// The names of the letters, as misaki writes them in both languages but for `O` and `Z`.
const NAMES: [&str; 26] = [
    "ˈA",
    "bˈi",
    "sˈi",
    "dˈi",
    "ˈi",
    "ˈɛf",
    "ʤˈi",
    "ˈAʧ",
    "ˈI",
    "ʤˈA",
    "kˈA",
    "ˈɛl",
    "ˈɛm",
    "ˈɛn",
    "ˈO",
    "pˈi",
    "kjˈu",
    "ˈɑɹ",
    "ˈɛs",
    "tˈi",
    "jˈu",
    "vˈi",
    "dˈʌbᵊlju",
    "ˈɛks",
    "wˈI",
    "zˈi",
];

/// The names of the digits.
const DIGITS: [&str; 10] =
    ["zˈɪɹO", "wˈʌn", "tˈu", "θɹˈi", "fˈɔɹ", "fˈIv", "sˈɪks", "sˈɛvən", "ˈAt", "nˈIn"];

/// The sounds of a word of Latin letters: letters without vowels are spelled out.
///
/// Anything but letters in `word` is passed over; empty when there are none.
pub(super) fn sounds(word: &str, language: Language) -> String {
    let letters: Vec<char> = word.chars().filter(char::is_ascii_alphabetic).collect();
    let lower: Vec<char> = letters.iter().map(char::to_ascii_lowercase).collect();
    let capitals = letters.len() > 1 && letters.iter().all(char::is_ascii_uppercase);
    let consonants = !lower.iter().any(|c| is_vowel(*c));
    if lower.len() < 2 || consonants || (capitals && letters.len() < 4) {
        return spell(&lower, language);
    }
    let parts = lower.chunks(LONGEST).map(|part| say(part, language));
    parts.collect()
}

/// The name of a digit.
pub(super) fn digit(digit: u32, language: Language) -> String {
    let name = DIGITS.get(digit as usize).copied().unwrap_or_default();
    localised(name, language)
}

/// Letters by their names; the last bears the stress.
fn spell(letters: &[char], language: Language) -> String {
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let place = (*letter as usize).wrapping_sub('a' as usize);
        let Some(name) = NAMES.get(place) else { continue };
        let name = match (letter, language) {
            ('z', Language::EnGb) => "zˈɛd",
            _ => name,
        };
        let name = localised(name, language);
        if at + 1 == letters.len() {
            out += &name;
        } else {
            out += &name.replace('ˈ', "ˌ");
        }
    }
    out
}

pub(super) fn localised(american: &str, language: Language) -> String {
    match language {
        Language::EnUs => american.to_owned(),
        Language::EnGb => british::from_american(american),
    }
}

/// A word by the rules.
fn say(letters: &[char], language: Language) -> String {
    let sounds = match looks_foreign(letters) {
        true => foreign(letters),
        false => english(letters),
    };
    localised(&stress::mark(&sounds, letters), language)
}

pub(super) fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

fn english(letters: &[char]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let found = rules::of(letters[at]).iter().find(|rule| fits(rule, letters, at));
        let Some(rule) = found else {
            at += 1;
            continue;
        };
        if rule.sounds != "-" {
            out += rule.sounds;
        }
        at += rule.letters.chars().count();
    }
    out
}

/// Whether a rule fits at a place.
fn fits(rule: &Rule, letters: &[char], at: usize) -> bool {
    let end = at + rule.letters.chars().count();
    letters.get(at..end).is_some_and(|it| it.iter().copied().eq(rule.letters.chars()))
        && fits_left(rule.left, &letters[..at])
        && fits_right(rule.right, &letters[end..])
}

fn fits_left(pattern: &str, before: &[char]) -> bool {
    let mut rest = before;
    for wanted in pattern.chars().rev() {
        match wanted {
            '$' if rest.is_empty() => {}
            '#' if rest.iter().any(|c| is_vowel(*c)) => {}
            '$' | '#' => return false,
            wanted => match rest.split_last() {
                Some((last, others)) if is_kind(wanted, *last) => rest = others,
                Some(_) | None => return false,
            },
        }
    }
    true
}

fn fits_right(pattern: &str, after: &[char]) -> bool {
    const ENDINGS: [&str; 9] = ["", "s", "d", "r", "rs", "ly", "less", "ful", "ment"];
    let mut rest = after;
    for wanted in pattern.chars() {
        match wanted {
            '$' => return rest.is_empty(),
            'E' => {
                let Some(('e', others)) = rest.split_first().map(|(c, it)| (*c, it)) else {
                    return false;
                };
                return ENDINGS.iter().any(|ending| others.iter().copied().eq(ending.chars()));
            }
            wanted => match rest.split_first() {
                Some((first, others)) if is_kind(wanted, *first) => rest = others,
                Some(_) | None => return false,
            },
        }
    }
    true
}

fn is_kind(wanted: char, letter: char) -> bool {
    match wanted {
        'V' => is_vowel(letter),
        'C' => !is_vowel(letter),
        'F' => matches!(letter, 'e' | 'i' | 'y'),
        wanted => wanted == letter,
    }
}

/// Whether a word looks like a name that is said with the vowels of Italian: every consonant group
/// is simple and it ends in `a`, `i`, `o` or `u`.
fn looks_foreign(letters: &[char]) -> bool {
    let vowels = letters.iter().filter(|c| is_vowel(**c)).count();
    let pure = |c: &char| matches!(c, 'a' | 'i' | 'o' | 'u');
    vowels >= 3 && letters.last().is_some_and(pure) && !letters.windows(2).any(unusual)
}

/// Pairs of letters that only English spelling has.
fn unusual(pair: &[char]) -> bool {
    matches!(
        pair,
        ['c', 'k']
            | ['t', 'h']
            | ['w', 'h']
            | ['p', 'h']
            | ['e' | 'o' | 'a' | 'i', 'u' | 'w']
            | ['e', 'e' | 'a']
            | ['o', 'o' | 'a']
            | ['i', 'a']
            | ['y', _]
    )
}

fn foreign(letters: &[char]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied();
        let last = at + 1 == letters.len();
        let (sounds, length) = match (letters[at], next) {
            ('c', Some('h')) => ("ʧ", 2),
            ('s', Some('h')) => ("ʃ", 2),
            ('a', Some('i')) => ("I", 2),
            ('e', Some('i')) => ("A", 2),
            ('a', _) if last => ("ə", 1),
            ('a', _) => ("ɑ", 1),
            ('e', Some(c)) if !is_vowel(c) && letters.get(at + 2).is_some_and(|c| is_vowel(*c)) => {
                ("A", 1)
            }
            ('e', _) => ("ɛ", 1),
            ('i', _) => ("i", 1),
            ('o', _) => ("O", 1),
            ('u', _) => ("u", 1),
            ('z', Some('z')) => ("ts", 2),
            ('g', Some('h')) => ("ɡ", 2),
            ('c', Some('e' | 'i')) => ("s", 1),
            (c, Some(n)) if c == n && !is_vowel(c) => ("", 1),
            _ => {
                let found = rules::of(letters[at]).iter().find(|rule| fits(rule, letters, at));
                found.map_or(("", 1), |rule| (rule.sounds, rule.letters.chars().count()))
            }
        };
        if sounds != "-" {
            out += sounds;
        }
        at += length;
    }
    out
}

#[cfg(test)]
mod tests;
