//! Whether a sentence or a clause ends at a character.
//!
//! Every answer rests on text that is there: where the deciding character is still to come, the
//! answer is [`Found::Wait`], and each look ahead is bounded.

use super::abbreviations::{
    AFTER_TIMES, BEFORE_NAMES, BEFORE_NUMBERS, CONJUNCTIONS, HALVES, MAY_BE_LAST, NEVER_LAST,
    STARTERS,
};
use super::chars::{is_emoji, is_wide};

/// A character and what is known around it.
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) c: char,
    pub(super) before: Option<char>,
    /// Where the line begins, when that is in the text.
    pub(super) line: Option<usize>,
    /// The number that the next item of a list would have.
    pub(super) next_item: Option<u32>,
    /// No more text follows.
    pub(super) at_end: bool,
}

/// What a character is to the cutting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// No end.
    Nothing,
    /// More text is needed to tell.
    Wait,
    /// The number of an item of a list, which goes with the item.
    ListNumber(u32),
    /// A sentence ends before this position.
    Sentence(usize),
    /// A clause ends before this position.
    Clause(usize),
}

/// What follows a position, blanks skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Wait,
    /// The end of the line or the text.
    End,
    Char(char, usize),
}

/// Blanks, closing quotes and repeated marks are followed no further than this.
const MAX_LOOK: usize = 16;

/// Tells what a character of the text is to the cutting.
pub(super) fn find(place: &Place<'_>) -> Found {
    match place.c {
        '.' | '?' | '!' | '…' => terminator(place),
        '。' | '！' | '？' | '｡' | '．' | '।' | '॥' | '؟' | '۔' | '።' | '։' => {
            match closers(place, place.at + place.c.len_utf8()) {
                Closers::Wait => Found::Wait,
                Closers::Endless => Found::Nothing,
                Closers::Until { end, .. } => Found::Sentence(end),
            }
        }
        ',' | ';' | ':' | '—' | '–' | '-' | '，' | '；' | '：' | '、' | '،' | '؛' => {
            clause(place)
        }
        ')' => list_number(place).map_or(Found::Nothing, Found::ListNumber),
        _ => Found::Nothing,
    }
}

/// Whether a conjunction follows the blank at `at`; `None` where more text is needed.
pub(super) fn conjunction(text: &str, at: usize, at_end: bool) -> Option<bool> {
    let rest = text[at..].trim_start_matches(' ');
    let end = rest.find(|c: char| !c.is_alphabetic());
    match end {
        Some(end) => Some(rest[end..].starts_with(' ') && CONJUNCTIONS.contains(&&rest[..end])),
        None if at_end => Some(false),
        None if text.len() - at - rest.len() > MAX_LOOK => Some(false),
        None if CONJUNCTIONS.iter().any(|word| word.starts_with(rest)) => None,
        None => Some(false),
    }
}

enum Closers {
    Wait,
    /// More marks than any text has.
    Endless,
    Until {
        end: usize,
        quoted: bool,
    },
}

/// Follows closing quotes, brackets, marks of emphasis, pictographs and footnote numbers.
fn closers(place: &Place<'_>, start: usize) -> Closers {
    let mut end = start;
    let mut quoted = false;
    let mut seen = 0;
    let mut chars = place.text[start..].chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' | '”' | '’' | '»' | '›' | ')' | ']' | '}' | '」' | '』' | '）' | '】'
            | '〉' | '》' => quoted = true,
            '*' | '_' | '~' => {}
            '[' => {
                let note = place.text[end + 1..].bytes().take(4).take_while(u8::is_ascii_digit);
                let digits = note.count();
                match place.text[end + 1 + digits..].chars().next() {
                    None if !place.at_end => return Closers::Wait,
                    Some(']') if digits > 0 => {
                        end += digits;
                        for _ in 0..digits {
                            chars.next();
                        }
                    }
                    _ => return Closers::Until { end, quoted },
                }
            }
            c if is_emoji(c) || c == '\u{200D}' => {}
            _ => return Closers::Until { end, quoted },
        }
        end += c.len_utf8();
        seen += 1;
        if seen > MAX_LOOK {
            return Closers::Endless;
        }
    }
    if place.at_end { Closers::Until { end, quoted } } else { Closers::Wait }
}

fn next(place: &Place<'_>, start: usize) -> Next {
    for (count, (at, c)) in place.text[start..].char_indices().enumerate() {
        if c == '\n' || count > MAX_LOOK {
            return Next::End;
        }
        if !c.is_whitespace() {
            return Next::Char(c, start + at);
        }
    }
    if place.at_end { Next::End } else { Next::Wait }
}

/// A full stop, a question or exclamation mark, or a row of them.
fn terminator(place: &Place<'_>) -> Found {
    if matches!(place.before, Some('.' | '?' | '!' | '…')) {
        return Found::Nothing;
    }
    let rest = &place.text[place.at..];
    let run = rest.find(|c| !matches!(c, '.' | '?' | '!' | '…')).unwrap_or(rest.len());
    if run > MAX_LOOK * 2 {
        return Found::Nothing;
    }
    if run == rest.len() && !place.at_end {
        return Found::Wait;
    }
    let marks = &rest[..run];
    let (end, quoted) = match closers(place, place.at + run) {
        Closers::Wait => return Found::Wait,
        Closers::Endless => return Found::Nothing,
        Closers::Until { end, quoted } => (end, quoted),
    };
    let after = place.text[end..].chars().next();
    let number = place.before.is_some_and(char::is_numeric);
    let ends = after.is_none_or(|c| c.is_whitespace() || (is_wide(c) && !number));
    if !ends {
        return Found::Nothing;
    }
    let strong = marks.contains(['?', '!']);
    if strong && !quoted {
        return Found::Sentence(end);
    }
    if marks == "." && !quoted {
        return full_stop(place, end);
    }
    // An ellipsis, or speech in quotes, after which the sentence may go on.
    match next(place, end) {
        Next::Wait => Found::Wait,
        Next::Char(c, _) if c.is_lowercase() => Found::Clause(end),
        Next::Char(..) | Next::End => Found::Sentence(end),
    }
}

/// A single full stop: the end of a sentence, or of an abbreviation or a list number.
fn full_stop(place: &Place<'_>, end: usize) -> Found {
    if let Some(number) = list_number(place) {
        return Found::ListNumber(number);
    }
    let next = next(place, end);
    let word = word_before(place.text, place.at);
    let lower = word.to_lowercase();
    let lower = lower.as_str();
    let known = |words: &[&str]| words.contains(&lower);
    let next_char = match next {
        Next::Char(c, _) => Some(c),
        Next::End | Next::Wait => None,
    };
    let goes_on = if known(NEVER_LAST) {
        // The end of a line ends everything.
        next == Next::Wait || next_char.is_some()
    } else if known(BEFORE_NUMBERS) {
        next_char.is_some_and(char::is_numeric)
    } else if known(MAY_BE_LAST) {
        next_char.is_some_and(|c| c.is_lowercase() || c.is_numeric() || c == ',')
    } else if known(HALVES) {
        return after_time(place, next, end);
    } else if known(BEFORE_NAMES) || initial(word) || dotted(word) {
        return match next {
            Next::Wait => Found::Wait,
            Next::End => Found::Sentence(end),
            Next::Char(c, at) if c.is_alphabetic() => starter(place, at, end),
            Next::Char(..) => Found::Nothing,
        };
    } else {
        return Found::Sentence(end);
    };
    match next {
        Next::Wait => Found::Wait,
        Next::Char(..) | Next::End if goes_on => Found::Nothing,
        Next::Char(..) | Next::End => Found::Sentence(end),
    }
}

/// The word at `at`; `Err` where more text is needed, empty when it is longer than any that counts.
fn word_at<'a>(place: &Place<'a>, at: usize) -> Result<&'a str, Found> {
    let rest = &place.text[at..];
    let length = rest.find(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’'));
    match length.or(place.at_end.then_some(rest.len())) {
        Some(length) if length <= MAX_LOOK => Ok(&rest[..length]),
        None if rest.len() <= MAX_LOOK => Err(Found::Wait),
        Some(_) | None => Ok(""),
    }
}

/// Whether the word at `at` begins a new sentence.
fn starter(place: &Place<'_>, at: usize, end: usize) -> Found {
    match word_at(place, at) {
        Ok(word) if starts_sentence(word) => Found::Sentence(end),
        Ok(_) => Found::Nothing,
        Err(wait) => wait,
    }
}

/// Whether the sentence ends with a time of day.
fn after_time(place: &Place<'_>, next: Next, end: usize) -> Found {
    match next {
        Next::Wait => Found::Wait,
        Next::Char(c, at) if c.is_uppercase() => match word_at(place, at) {
            Ok(word) if AFTER_TIMES.contains(&word.to_lowercase().as_str()) => Found::Nothing,
            Ok(_) => Found::Sentence(end),
            Err(wait) => wait,
        },
        Next::Char(c, _) if c.is_alphanumeric() || c == ',' => Found::Nothing,
        Next::Char(..) | Next::End => Found::Sentence(end),
    }
}

/// Whether a word, as written, begins sentences and no names.
pub(super) fn starts_sentence(word: &str) -> bool {
    let lower = word.replace('’', "'").to_lowercase();
    word.starts_with(char::is_uppercase) && STARTERS.contains(&lower.as_str())
}

/// The word that ends at `at`, full stops inside it included.
fn word_before(text: &str, at: usize) -> &str {
    let before = &text[..at];
    let begin = before.rfind(|c: char| !c.is_alphanumeric() && c != '.');
    let begin = begin.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    before[begin..].trim_start_matches('.')
}

/// A single capital, as in a name; `I` is a word.
fn initial(word: &str) -> bool {
    let mut chars = word.chars();
    let first = chars.next().is_some_and(|c| c.is_uppercase() && !is_wide(c));
    first && chars.next().is_none() && word != "I"
}

/// Letters with full stops between them, as in `U.S` or `Ph.D`.
fn dotted(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic)
        })
}

/// The number of a list item that ends at the place.
fn list_number(place: &Place<'_>) -> Option<u32> {
    let before = &place.text[..place.at];
    let stop = before.rfind(|c: char| !c.is_ascii_digit());
    let begin = stop.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let digits = &before[begin..];
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    let number = digits.parse().ok()?;
    let lead = before[..begin].trim_end();
    let line = place.line.is_some_and(|line| {
        before
            .get(line..begin)
            .is_some_and(|text| text.chars().all(|c| matches!(c, ' ' | '\t' | '>' | '*')))
    });
    let opens = begin < before.len() && before[..begin].ends_with(' ') && number == 1;
    let listed = place.next_item == Some(number) && stop.is_some();
    (line || listed || (opens && lead.ends_with(':'))).then_some(number)
}

/// A comma or another mark between clauses.
fn clause(place: &Place<'_>) -> Found {
    let wide = matches!(place.c, '，' | '；' | '：' | '、');
    let dash = matches!(place.c, '—' | '–' | '-');
    let blank_before = place.before.is_some_and(char::is_whitespace);
    if dash && place.c != '—' && !blank_before {
        return Found::Nothing;
    }
    let start = place.at + place.c.len_utf8();
    let (end, quoted) = match closers(place, start) {
        Closers::Wait => return Found::Wait,
        Closers::Endless => return Found::Nothing,
        Closers::Until { end, quoted } => (end, quoted),
    };
    let after = place.text[end..].chars().next();
    if wide {
        return Found::Clause(end);
    }
    let digit = place.before.is_some_and(char::is_numeric);
    if place.c == '—' && !quoted {
        let between = digit && after.is_some_and(char::is_numeric);
        return if between { Found::Nothing } else { Found::Clause(end) };
    }
    if !after.is_none_or(char::is_whitespace) {
        return Found::Nothing;
    }
    if place.c == ',' && digit {
        // A year after a date, or a list of numbers.
        return match next(place, end) {
            Next::Wait => Found::Wait,
            Next::Char(c, _) if c.is_numeric() => Found::Nothing,
            Next::Char(..) | Next::End => Found::Clause(end),
        };
    }
    Found::Clause(end)
}
