//! Numbers and what stands with them: units, ranges, fractions, percents, years.

use super::cursor::Cursor;
use super::fraction::{self, sign_fraction};
use super::words::{self, Number};
use super::{Context, Said, Style, money, units, year};

/// What a letter after a number tells apart.
const ROOMS: [&str; 16] = [
    "room",
    "apartment",
    "apt",
    "unit",
    "gate",
    "seat",
    "section",
    "platform",
    "suite",
    "flat",
    "building",
    "floor",
    "row",
    "exhibit",
    "table",
    "appendix",
];

/// Reads a number with all that belongs to it.
pub(super) fn quantity(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(char::is_alphabetic) {
        return after_letter(cx);
    }
    let mut cursor = Cursor::new(cx.rest);
    let sign = sign(cx, &mut cursor);
    if let Some(fraction) = sign_fraction(&mut cursor) {
        let tail = tail(cx, &mut cursor, true).unwrap_or_default();
        return said(&cursor, sign, format!("{fraction}{tail}"));
    }
    let start = cursor;
    let number = Number::read(&mut cursor)?;
    let and = cx.style == Style::British;
    let dotted_before = cx.before == Some('.') && number.whole.is_empty();
    if dotted_before {
        return None;
    }
    if number.fraction.is_none()
        && let Some(words) = version(start, &mut cursor)
    {
        return said(&cursor, sign, words);
    }
    if year::is_code(cx, &number) {
        return said(&cursor, sign, words::digits(&number.whole));
    }
    if let Some(words) = fraction::read(&mut cursor, &number, and) {
        let tail = tail(cx, &mut cursor, !words.contains(" and ")).unwrap_or_default();
        return said(&cursor, sign, format!("{words}{tail}"));
    }
    let special = special(&mut cursor, &number, and)
        .or_else(|| ending(cx, &mut cursor, &number, and))
        .or_else(|| dimensions(&mut cursor, &number, and));
    if let Some(words) = special {
        return said(&cursor, sign, words);
    }
    let upper = range(&mut cursor, &number);
    if let Some(words) = money::after(cx, &mut cursor, &number, upper.as_ref()) {
        return said(&cursor, sign, words);
    }
    let words = match &upper {
        Some(upper) if year::is_range(cx, &number, upper) => {
            let last = upper.value().unwrap_or_default();
            format!("{} to {}", words::year(number.value()?), words::year(last))
        }
        Some(upper) => format!("{} to {}", number.say(and), upper.say(and)),
        None => number.say(and),
    };
    let single = upper.is_none() && number.is_one();
    if let Some(tail) = tail(cx, &mut cursor, single) {
        return said(&cursor, sign, format!("{words}{tail}"));
    }
    if upper.is_none()
        && let Some(year) = year::read(cx, &number, cursor.rest())
    {
        return said(&cursor, sign, year);
    }
    said(&cursor, sign, words)
}

fn said(cursor: &Cursor<'_>, sign: &str, words: String) -> Option<Said> {
    Some(Said { length: cursor.at(), words: format!("{sign}{words}") })
}

/// Digits that go on from a letter, as in `MP3`, `Qwen2.5` and `RTX4090`.
fn after_letter(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    if !cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let start = cursor;
    let number = Number::read(&mut cursor)?;
    if let Some(words) = version(start, &mut cursor) {
        return said(&cursor, "", words);
    }
    let words = match number.value() {
        Some(_) if number.whole.len() > 2 => words::digits(&number.whole),
        _ => number.say(false),
    };
    said(&cursor, "", words)
}

fn sign(cx: &Context<'_>, cursor: &mut Cursor<'_>) -> &'static str {
    let free =
        cx.before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, ')' | ']' | '%' | '°'));
    let mut look = *cursor;
    let name = match look.eat_any(&['-', '−', '+', '±']) {
        Some('+') => "plus ",
        Some('±') => "plus or minus ",
        Some(_) => "minus ",
        None => return "",
    };
    let number = look.rest();
    let number = number.strip_prefix('.').unwrap_or(number);
    if !free || !number.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    *cursor = look;
    name
}

/// Three or more groups of digits with full stops between them.
fn version<'a>(start: Cursor<'a>, cursor: &mut Cursor<'a>) -> Option<String> {
    let mut look = start;
    let mut groups = vec![look.digits(1, 9)?];
    loop {
        let mut more = look;
        if !more.eat('.') {
            break;
        }
        let Some(group) = more.digits(1, 9) else { break };
        groups.push(group);
        look = more;
    }
    if groups.len() < 3 {
        return None;
    }
    let word = if groups.len() == 4 { " dot " } else { " point " };
    let mut port = String::new();
    let mut look_port = look;
    if groups.len() == 4
        && look_port.eat(':')
        && let Some(digits) = look_port.digits(1, 5)
    {
        port = format!(" port {}", words::digits(digits));
        look = look_port;
    }
    *cursor = look;
    let say = |group: &&str| match group.parse() {
        Ok(n) if group.len() == 1 || !group.starts_with('0') => words::cardinal(n, false),
        _ => words::digits(group),
    };
    Some(groups.iter().map(say).collect::<Vec<_>>().join(word) + &port)
}

/// Numbers that have names of their own.
fn special(cursor: &mut Cursor<'_>, number: &Number, and: bool) -> Option<String> {
    // 5'10" is a height.
    let mut look = *cursor;
    if look.eat_any(&['\'', '’', '′']).is_some()
        && let Some(inches) = look.digits(1, 2)
        && look.eat_any(&['"', '”', '″']).is_some()
    {
        *cursor = look;
        let inches: u64 = inches.parse().ok()?;
        let feet = if number.is_one() { "foot" } else { "feet" };
        let unit = if inches == 1 { "inch" } else { "inches" };
        return Some(format!("{} {feet} {} {unit}", number.say(and), words::cardinal(inches, and)));
    }
    // 16:9 is a ratio.
    let mut look = *cursor;
    if number.fraction.is_none()
        && look.eat(':')
        && let Some(second) = look.digits(1, 3)
        && look.word_ends()
        && look.peek() != Some(':')
    {
        *cursor = look;
        return Some(format!(
            "{} to {}",
            number.say(and),
            words::cardinal(second.parse().ok()?, and)
        ));
    }
    None
}

/// Letters that go on from the digits: `1st`, `1990s`, `10x`, `5M`, `4K`.
fn ending(cx: &Context<'_>, cursor: &mut Cursor<'_>, number: &Number, and: bool) -> Option<String> {
    let mut look = *cursor;
    let letters = look.letters();
    if letters.is_empty() || !look.word_ends() {
        return None;
    }
    // `room 4B` is no sum, `2x + 3` no repetition.
    let name = ROOMS.contains(&cx.previous.to_lowercase().as_str());
    if letters == "x"
        && look.rest().trim_start().starts_with(['+', '-', '−', '=', '*', '/', '^', '²', '³'])
    {
        return None;
    }
    let words = match (letters, number.value()) {
        _ if name => return None,
        ("st" | "nd" | "rd" | "th" | "ST" | "ND" | "RD" | "TH", Some(value)) => {
            words::ordinal(value, and)
        }
        ("s", Some(value)) if number.whole.len() == 4 && value % 10 == 0 => words::decade(value),
        ("s", Some(value @ 20..=90)) if number.whole.len() == 2 && value % 10 == 0 => {
            words::decade(value)
        }
        ("x", _) => format!("{} times", number.say(and)),
        ("K", Some(2 | 4 | 8)) => format!("{} K", number.say(and)),
        ("k" | "K", _) if number.whole.len() <= 3 => format!("{} thousand", number.say(and)),
        ("M", _) => format!("{} million", number.say(and)),
        ("B" | "bn", _) => format!("{} billion", number.say(and)),
        ("T" | "tn", _) => format!("{} trillion", number.say(and)),
        _ => return None,
    };
    *cursor = look;
    Some(words)
}

/// `1920x1080`, `3 × 4`.
fn dimensions(cursor: &mut Cursor<'_>, number: &Number, and: bool) -> Option<String> {
    let mut look = *cursor;
    let mut words = number.say(and);
    let mut found = false;
    loop {
        let mut next = look;
        if next.eat_any(&['x', '×']).is_none() {
            break;
        }
        let Some(number) = Number::read(&mut next) else { break };
        words = format!("{words} by {}", number.say(and));
        look = next;
        found = true;
    }
    if !found || !look.word_ends() {
        return None;
    }
    *cursor = look;
    Some(words)
}

/// The upper end of a range: `5-10`, `1939–45`.
fn range(cursor: &mut Cursor<'_>, lower: &Number) -> Option<Number> {
    let mut look = *cursor;
    let dash = look.peek()?;
    if !look.eat_dash() {
        return None;
    }
    let mut upper = Number::read(&mut look)?;
    let mut third = look;
    if upper.whole.is_empty() || (third.eat_dash() && third.digits(1, 9).is_some()) {
        return None;
    }
    if lower.whole.len() == 4 && upper.whole.len() == 2 && upper.fraction.is_none() {
        upper.whole = format!("{}{}", &lower.whole[..2], upper.whole);
    }
    let rises = match (lower.value(), upper.value()) {
        (Some(lower), Some(upper)) => lower < upper,
        _ => true,
    };
    if dash == '-' && !rises && lower.whole.len() > 2 {
        return None;
    }
    *cursor = look;
    Some(upper)
}

/// Percent, a unit, or a plus after a number.
fn tail(cx: &Context<'_>, cursor: &mut Cursor<'_>, single: bool) -> Option<String> {
    let mut look = *cursor;
    look.blank();
    if look.eat('%') {
        *cursor = look;
        return Some(" percent".to_owned());
    }
    if look.eat('‰') {
        *cursor = look;
        return Some(" per thousand".to_owned());
    }
    let mut look = *cursor;
    if let Some((one, many)) = units::unit(&mut look) {
        *cursor = look;
        let name = if single || cx.attributive(look.rest()) { one } else { many };
        return Some(format!(" {name}"));
    }
    let mut look = *cursor;
    if look.eat('+') && !look.peek().is_some_and(|c| c.is_alphanumeric() || c == '+') {
        *cursor = look;
        return Some(" plus".to_owned());
    }
    None
}
