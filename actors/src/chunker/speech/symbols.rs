//! Signs that are said, and those that are not.

use super::cursor::Cursor;
use super::{Context, Said, units};
use crate::chunker::chars::is_emoji;

/// Faces made of marks.
const FACES: [&str; 16] = [
    ":-)", ":)", ":-(", ":(", ";-)", ";)", ":-D", ":D", ":-P", ":P", ":p", "<3", "^^", ":-/", ":3",
    "xD",
];

/// Reads a sign; `None` for characters that are kept.
pub(super) fn symbol(cx: &Context<'_>) -> Option<Said> {
    let c = cx.rest.chars().next()?;
    let after = cx.rest[c.len_utf8()..].chars().next();
    face(cx).or_else(|| rate(cx)).or_else(|| power(cx)).or_else(|| run(cx)).or_else(|| {
        let words = single(cx, c, after)?;
        Some(Said { length: c.len_utf8(), words: words.to_owned() })
    })
}

fn face(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(|c| !c.is_whitespace()) {
        return None;
    }
    let face = FACES.iter().find(|face| cx.rest.starts_with(**face))?;
    let after = cx.rest[face.len()..].chars().next();
    let ends = after.is_none_or(|c| c.is_whitespace() || matches!(c, '.' | '!' | '?' | ','));
    ends.then(|| Said { length: face.len(), words: String::new() })
}

/// `water/day`
fn rate(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let words = units::per(&mut cursor).filter(|_| cursor.at() > 3)?;
    cx.before.is_some_and(char::is_alphabetic).then(|| Said { length: cursor.at(), words })
}

/// Raised numbers that have names of their own.
fn power(cx: &Context<'_>) -> Option<Said> {
    let words = [("^2", " squared "), ("^3", " cubed ")];
    let (_, words) = words.iter().find(|(sign, _)| cx.rest.starts_with(sign))?;
    let more = cx.rest[2..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (!more).then(|| Said { length: 2, words: (*words).to_owned() })
}

/// Signs of several characters.
fn run(cx: &Context<'_>) -> Option<Said> {
    const RUNS: [(&str, &str); 14] = [
        ("->", " to "),
        ("=>", " to "),
        ("<-", " from "),
        ("==", " equals "),
        ("!=", " does not equal "),
        ("<=", " less than or equal to "),
        (">=", " greater than or equal to "),
        ("&&", " and "),
        ("||", " or "),
        ("++", " plus plus "),
        ("--", ", "),
        ("//", " "),
        ("...", "..."),
        ("…", "..."),
    ];
    let (sign, words) = RUNS.iter().find(|(sign, _)| cx.rest.starts_with(sign))?;
    let c = sign.chars().next()?;
    let length = if matches!(c, '.' | '…') {
        cx.rest.find(|c| !matches!(c, '.' | '…')).unwrap_or(cx.rest.len())
    } else if matches!(*sign, "--" | "==" | "//") {
        cx.rest.find(|other| other != c).unwrap_or(cx.rest.len())
    } else {
        sign.len()
    };
    // `-->` is an arrow.
    if *sign == "--" && cx.rest[length..].starts_with('>') {
        return Some(Said { length: length + 1, words: " to ".to_owned() });
    }
    Some(Said { length, words: (*words).to_owned() })
}

fn single(cx: &Context<'_>, c: char, after: Option<char>) -> Option<&'static str> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let between = blank(cx.before) && blank(after) && cx.before.is_some() && after.is_some();
    Some(match c {
        '&' => " and ",
        '=' => " equals ",
        '+' if between || word(after) || word(cx.before) => " plus ",
        '×' => " times ",
        '÷' => " divided by ",
        '≈' => " is approximately ",
        '≠' => " does not equal ",
        '≤' => " less than or equal to ",
        '≥' => " greater than or equal to ",
        '±' => " plus or minus ",
        '√' => " the square root of ",
        '∞' => " infinity ",
        '°' => " degrees ",
        '²' => " squared ",
        '⁴' => " to the power of four ",
        '⁵' => " to the power of five ",
        '⁶' => " to the power of six ",
        '⁷' => " to the power of seven ",
        '⁸' => " to the power of eight ",
        '⁹' => " to the power of nine ",
        '³' => " cubed ",
        'π' if !word(cx.before) && !word(after) => " pi ",
        '§' => " section ",
        '¶' => " paragraph ",
        '%' => " percent ",
        '→' | '⇒' | '➜' | '➔' | '⟶' => " to ",
        '←' | '⇐' => " from ",
        '<' if between || digit(after) => " less than ",
        '>' if between || digit(after) => " greater than ",
        '~' if digit(after) => " about ",
        '^' if digit(after) => " to the power of ",
        '#' if digit(after) => " number ",
        '#' if cx.before.is_some_and(|c| matches!(c, 'C' | 'F' | 'J')) && !word(after) => " sharp ",
        '#' if word(after) && !word(cx.before) => " hashtag ",
        '@' if word(after) || between => " at ",
        '$' if between => " dollar ",
        '€' => " euros ",
        '£' => " pounds ",
        '/' => slash(cx, after),
        '-' | '–' | '‑' | '‐' | '—' => dash(cx, c, after)?,
        '(' | ')' => parenthesis(cx, c, after),
        '“' | '”' | '„' | '‟' | '«' | '»' => "\"",
        '’' | '‘' | '‛' | '′' => "'",
        '|' | '•' | '·' if !word(cx.before) || !word(after) => ", ",
        '*' | '_' | '#' | '`' | '~' | '^' | '{' | '}' | '[' | ']' | '<' | '>' | '\\' | '+'
        | '$' | '|' | '•' | '@' | '®' | '©' | '™' => " ",
        c if is_emoji(c) => " ",
        '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => "",
        c if c.is_control() && !c.is_whitespace() => " ",
        _ => return None,
    })
}

fn slash(cx: &Context<'_>, after: Option<char>) -> &'static str {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let capital = |c: Option<char>| c.is_some_and(char::is_uppercase);
    if capital(cx.before) && capital(after) {
        // TCP/IP, A/B
        " "
    } else if letter(cx.before) && letter(after) {
        " slash "
    } else if cx.before.is_none_or(char::is_whitespace) && after.is_none_or(char::is_whitespace) {
        ", "
    } else {
        " "
    }
}

/// A hyphen stays inside words; with blanks around it is a pause, between numbers a minus.
fn dash(cx: &Context<'_>, c: char, after: Option<char>) -> Option<&'static str> {
    let digit_after = after.is_some_and(|c| c.is_ascii_digit());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let blank_before = cx.before.is_none_or(char::is_whitespace);
    let blank_after = after.is_none_or(char::is_whitespace);
    if c == '—' {
        return Some(", ");
    }
    if blank_before && blank_after {
        let sum = c == '-'
            && cx.number_before
            && cx.rest[1..].trim_start().starts_with(|c: char| c.is_ascii_digit());
        return Some(if sum { " minus " } else { ", " });
    }
    let capitals =
        cx.before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_uppercase);
    let digit_before = cx.before.is_some_and(|c| c.is_ascii_digit());
    if capitals || ((letter(cx.before) || digit_before) && digit_after && c != '–') {
        return Some(" ");
    }
    if matches!(c, '‑' | '‐') && letter(cx.before) && letter(after) {
        return Some("-");
    }
    if c == '–' {
        return Some(if blank_before || blank_after { ", " } else { " to " });
    }
    if blank_before || cx.before.is_some_and(|c| !c.is_alphanumeric()) {
        return Some(" ");
    }
    None
}

/// What stands in brackets is set off by commas.
fn parenthesis(cx: &Context<'_>, c: char, after: Option<char>) -> &'static str {
    let call = c == '(' && after == Some(')');
    let closed = c == ')' && cx.before == Some('(');
    let last = c == ')' && cx.rest[1..].trim_start().is_empty();
    if call || closed || last || (c == '(' && cx.before.is_some_and(char::is_alphanumeric)) {
        " "
    } else {
        ", "
    }
}
