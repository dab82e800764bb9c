//! Writes a text as it is said: no marks, and words for all that is not made of words.

mod cursor;
mod dates;
mod fraction;
mod letters;
mod lexicon;
mod markdown;
mod money;
mod number;
mod phone;
mod replace;
mod symbols;
mod times;
mod units;
mod web;
mod words;
mod year;

pub use replace::Replacements;

use super::boundary::starts_sentence;
use super::chars::{is_emoji, is_latin};
use replace::is_private;

/// Whose words numbers, dates and signs are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English; `3/4/2026` is in March.
    #[default]
    AmericanEnglish,
    /// English; `3/4/2026` is in April.
    BritishEnglish,
    /// Any other: only marks and pictographs are taken out, the voice reads the rest.
    Other,
}

impl Language {
    /// The language of a tag such as `en-GB`, `en` or `fr`.
    pub fn from_tag(tag: &str) -> Self {
        let mut parts = tag.split(['-', '_']);
        let english = parts
            .next()
            .is_some_and(|part| ["en", "eng"].iter().any(|tag| part.eq_ignore_ascii_case(tag)));
        let british = parts.any(|part| {
            ["gb", "uk", "ie", "au", "nz", "za", "in"]
                .iter()
                .any(|place| part.eq_ignore_ascii_case(place))
        });
        match (english, british) {
            (true, false) => Self::AmericanEnglish,
            (true, true) => Self::BritishEnglish,
            (false, _) => Self::Other,
        }
    }
}

/// How text is written for speech.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechOptions {
    /// What the user wants words to be said as.
    pub replacements: Replacements,
    /// Whose words are used.
    pub language: Language,
    /// What is said for a block of code, or code in a line that is not made of words.
    pub code: String,
}

impl Default for SpeechOptions {
    fn default() -> Self {
        Self {
            replacements: Replacements::default(),
            language: Language::default(),
            code: "code".to_owned(),
        }
    }
}

/// The way dates and numbers are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    American,
    British,
}

/// What a recogniser sees of the text.
#[derive(Debug, Clone, Copy)]
struct Context<'a> {
    /// The text from the place on.
    rest: &'a str,
    /// The character before the place.
    before: Option<char>,
    /// The last word before the place, if only blanks are between.
    previous: &'a str,
    /// A number was read before the place, with only blanks between.
    number_before: bool,
    /// The text is written in capitals throughout.
    shouting: bool,
    style: Style,
}

/// What a recogniser read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// Bytes of the text.
    length: usize,
    words: String,
}

impl Context<'_> {
    /// Whether a quantity before `rest` tells the kind of a noun, as in `a 5 km run`.
    fn attributive(&self, rest: &str) -> bool {
        let article = matches!(self.previous, "a" | "an" | "A" | "An");
        let mut chars = rest.chars();
        article && chars.next() == Some(' ') && chars.next().is_some_and(char::is_lowercase)
    }
}

/// Whether a sentence ends before `rest`, for a full stop that an abbreviation took.
fn ends_sentence(rest: &str) -> bool {
    let after = rest.trim_start_matches(['"', '\'', ')', '”', '’']).trim_start();
    let word = after.split(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’')).next();
    after.is_empty() || (after.len() < rest.len() && word.is_some_and(starts_sentence))
}

/// Writes a text as it is said; empty when nothing is to be said.
///
/// Text in scripts other than Latin passes through, without marks and pictographs.
pub fn speakable(text: &str, options: &SpeechOptions) -> String {
    let hidden = options.replacements.hide(text);
    let plain = markdown::plain(&hidden, &options.code);
    let style = match options.language {
        Language::AmericanEnglish => Some(Style::American),
        Language::BritishEnglish => Some(Style::British),
        Language::Other => None,
    };
    let said = match style.filter(|_| mostly_latin(&plain)) {
        Some(style) => say(&plain, style),
        None => plain,
    };
    tidy(&bare(&options.replacements.show(&said)))
}

/// Whether at least half of the letters are Latin, or there are none but a Greek sign or two.
fn mostly_latin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic() && !is_private(*c));
    let (latin, other): (Vec<char>, Vec<char>) = letters.partition(|c| is_latin(*c));
    let signs = other.len() <= 2 && other.iter().all(|c| matches!(c, 'α'..='ω' | 'Α'..='Ω'));
    signs || latin.len() >= other.len()
}

/// Takes out the marks and pictographs that are left.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut emoji = false;
    for c in text.chars() {
        // A joiner belongs to the pictograph before it; elsewhere it shapes letters.
        let joins = c == '\u{200D}' && emoji;
        let mark =
            matches!(c, '*' | '_' | '#' | '`' | '~') || (c.is_control() && !c.is_whitespace());
        emoji = is_emoji(c) || joins;
        if !emoji && !mark {
            out.push(c);
        } else if !joins {
            out.push(' ');
        }
    }
    out
}

/// Puts words in the place of all that is not made of words.
fn say(text: &str, style: Style) -> String {
    let capitals = text.chars().filter(|c| c.is_uppercase()).count();
    let shouting = capitals >= 12 && !text.chars().any(char::is_lowercase);
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    let mut before = None;
    let mut previous = "";
    let mut number_before = false;
    let mut words_before = false;
    while let Some(c) = text[at..].chars().next() {
        let cx = Context { rest: &text[at..], before, previous, number_before, shouting, style };
        let length = match recognise(&cx, c) {
            Some(said) => {
                append(&mut out, &said.words, true);
                words_before = true;
                said.length
            }
            None => {
                let length = plain_run(cx.rest, c);
                append(&mut out, &cx.rest[..length].replace('’', "'"), words_before);
                words_before = false;
                length
            }
        };
        let source = &text[at..at + length];
        before = source.chars().next_back();
        if !source.chars().all(char::is_whitespace) {
            // An abbreviation is a word without its full stop.
            let source = if source.len() > 1 { source.trim_end_matches('.') } else { source };
            let letters = source.rfind(|c: char| !c.is_alphabetic() && c != '\'');
            let word = letters.map_or(source, |found| {
                &source[found + source[found..].chars().next().map_or(1, char::len_utf8)..]
            });
            previous = word;
            // The letter of `2x` belongs to the number.
            let factor =
                number_before && source.len() == 1 && cx.before.is_some_and(char::is_alphanumeric);
            number_before = factor || source.contains(|c: char| c.is_ascii_digit());
        }
        at += length;
    }
    out
}

/// Letters up to the end of the word, or one other character.
fn plain_run(rest: &str, c: char) -> usize {
    if !c.is_alphabetic() && !c.is_ascii_digit() {
        return c.len_utf8();
    }
    let digits = c.is_ascii_digit();
    let fits = |c: char| {
        if digits {
            c.is_ascii_digit()
        } else {
            c.is_alphabetic() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36F}')
        }
    };
    rest.find(|c| !fits(c)).unwrap_or(rest.len()).max(c.len_utf8())
}

fn append(out: &mut String, words: &str, apart: bool) {
    if apart && out.ends_with(char::is_alphanumeric) && words.starts_with(char::is_alphanumeric) {
        out.push(' ');
    }
    out.push_str(words);
}

fn recognise(cx: &Context<'_>, c: char) -> Option<Said> {
    let other =
        |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && !is_latin(c) && !is_private(c));
    let said = if c.is_ascii_digit()
        || matches!(c, '+' | '-' | '−' | '.' | '(' | '±')
        || !c.is_ascii() && c.is_numeric()
    {
        let digits = cx.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let foreign = other(cx.before)
            || (digits.len() < cx.rest.len()
                && other(digits.chars().next())
                && !digits.starts_with(['µ', 'μ', 'Ω']));
        if foreign {
            return None;
        }
        web::address(cx)
            .or_else(|| money::before(cx))
            .or_else(|| dates::date(cx))
            .or_else(|| times::time(cx))
            .or_else(|| phone::phone(cx))
            .or_else(|| number::quantity(cx))
    } else if c.is_alphabetic() {
        web::address(cx)
            .or_else(|| money::before(cx))
            .or_else(|| dates::date(cx))
            .or_else(|| letters::word(cx))
    } else {
        money::before(cx)
    };
    said.or_else(|| joined(cx, c)).or_else(|| symbols::symbol(cx))
}

/// A full stop after which the blank was left out.
fn joined(cx: &Context<'_>, c: char) -> Option<Said> {
    let mut after = cx.rest[c.len_utf8()..].chars();
    let fits = matches!(c, '.' | '!' | '?' | ',' | ';' | ':')
        && cx.before.is_some_and(|c| c.is_alphanumeric())
        && after.next().is_some_and(char::is_alphabetic);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let list = c == ',' && digit(cx.before) && digit(cx.rest[1..].chars().next());
    (fits || list).then(|| Said { length: 1, words: format!("{c} ") })
}

/// One blank between words, none before marks, and no mark that has nothing to part.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mut rest = word;
        // Marks go to the word before them; of several only the strongest stays.
        while let Some(c) =
            rest.chars().next().filter(|c| matches!(c, ',' | ';' | ':' | '.' | '!' | '?'))
        {
            if rest.starts_with("...") && !out.ends_with('.') {
                break;
            }
            if c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
                break;
            }
            mark(&mut out, c);
            rest = &rest[1..];
        }
        if rest.is_empty() {
            continue;
        }
        // An ellipsis stands at the word before it.
        let joins = rest.starts_with("...") && !out.ends_with([',', '.']);
        if !out.is_empty() && !joins {
            out.push(' ');
        }
        push_word(&mut out, rest);
    }
    if out.chars().any(char::is_alphanumeric) { out } else { String::new() }
}

/// Appends a word, with only the strongest of marks that follow each other.
fn push_word(out: &mut String, word: &str) {
    for c in word.chars() {
        let marks = matches!(c, ',' | ';' | ':') && out.ends_with([',', ';', ':', '!', '?', '.']);
        if !marks || out.ends_with("...") {
            out.push(c);
        }
    }
}

/// Appends a mark to what was said.
fn mark(out: &mut String, c: char) {
    let last = out.chars().next_back();
    match last {
        None => {}
        Some(',' | ';' | ':') => {
            out.pop();
            out.push(c);
        }
        Some('.' | '!' | '?') if matches!(c, ',' | ';' | ':' | '.') => {}
        Some(_) => out.push(c),
    }
}

#[cfg(test)]
#[path = "speech_tests.rs"]
mod tests;
