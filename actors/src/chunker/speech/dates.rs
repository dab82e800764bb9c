//! Dates.

use super::cursor::Cursor;
use super::words;
use super::{Context, Said, Style};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [(&str, &str); 10] = [
    ("Mon", "Monday"),
    ("Tues", "Tuesday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thurs", "Thursday"),
    ("Thur", "Thursday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];

/// Reads a date.
pub(super) fn date(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '/' | '-')) {
        return None;
    }
    if cx.rest.starts_with(|c: char| c.is_ascii_digit()) {
        year_first(cx).or_else(|| separated(cx)).or_else(|| day_first(cx))
    } else {
        weekday(cx).or_else(|| month_first(cx))
    }
}

fn number(digits: &str, most: u64) -> Option<u64> {
    digits.parse().ok().filter(|n| (1..=most).contains(n))
}

fn full(style: Style, year: Option<u64>, month: u64, day: u64) -> String {
    let name = MONTHS[(month as usize).clamp(1, 12) - 1];
    let day = words::ordinal(day, false);
    let date = match style {
        Style::American => format!("{name} {day}"),
        Style::British => format!("the {day} of {name}"),
    };
    match (year, style) {
        (Some(year), Style::American) => format!("{date}, {}", words::year(year)),
        (Some(year), Style::British) => format!("{date} {}", words::year(year)),
        (None, _) => date,
    }
}

/// `2026-11-21`, perhaps with a time after a `T`.
fn year_first(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let year = number(cursor.digits(4, 4)?, 2999)?;
    let mark = cursor.eat_any(&['-', '/', '‑'])?;
    let month = number(cursor.digits(1, 2)?, 12)?;
    if !cursor.eat(mark) {
        return None;
    }
    let day = number(cursor.digits(1, 2)?, 31)?;
    let mut words = full(cx.style, Some(year), month, day);
    let mut time = cursor;
    if time.eat('T') && time.digits(2, 2).is_some() && time.peek() == Some(':') {
        cursor.eat('T');
        words.push_str(" at");
    } else if !cursor.word_ends() {
        return None;
    }
    Some(Said { length: cursor.at(), words })
}

/// `21/11/2026`, `11/21/26` or `21.11.2026`.
fn separated(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let first = number(cursor.digits(1, 2)?, 31)?;
    let mark = cursor.eat_any(&['/', '.', '-'])?;
    let second = number(cursor.digits(1, 2)?, 31)?;
    if !cursor.eat(mark) {
        return None;
    }
    let digits = cursor.digits(2, 4)?;
    let year = match (digits.len(), mark) {
        (4, _) => number(digits, 2999)?,
        (2, '/') => match digits.parse::<u64>().ok()? {
            recent @ ..70 => 2000 + recent,
            earlier => 1900 + earlier,
        },
        _ => return None,
    };
    let more = cursor.peek() == Some(mark) && mark != '.';
    if !cursor.word_ends() || more {
        return None;
    }
    let month_first = match (first > 12, second > 12) {
        (true, true) => return None,
        (true, false) => false,
        (false, true) => true,
        (false, false) => cx.style == Style::American && mark == '/',
    };
    let (month, day) = if month_first { (first, second) } else { (second, first) };
    Some(Said { length: cursor.at(), words: full(cx.style, Some(year), month, day) })
}

/// The name of a month or what it is shortened to, with its full stop.
fn month(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut look = *cursor;
    let word = look.letters();
    if !word.starts_with(|c: char| c.is_ascii_uppercase()) || word.len() < 3 {
        return None;
    }
    let shortened = word.len() == 3 || word == "Sept";
    let fits = |name: &str| name == word || (shortened && name.starts_with(word));
    let index = MONTHS.iter().position(|name| fits(name))?;
    if shortened && word != "May" {
        look.eat('.');
    }
    *cursor = look;
    Some(index as u64 + 1)
}

/// A year after a date, with the comma or blank before it.
fn year_after(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut look = *cursor;
    look.eat(',');
    if !look.blank() {
        return None;
    }
    let year = look.digits(4, 4)?;
    let mut point = look;
    let decimal = point.eat_any(&['.', ',', ':']).is_some() && point.digits(1, 9).is_some();
    if !look.word_ends() || decimal {
        return None;
    }
    let year = number(year, 2999).filter(|year| *year >= 1000)?;
    *cursor = look;
    Some(year)
}

/// A day with or without the ending of an ordinal.
fn day(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut look = *cursor;
    let day = number(look.digits(1, 2)?, 31)?;
    for ending in ["st", "nd", "rd", "th"] {
        if look.eat_str(ending) {
            break;
        }
    }
    let mut point = look;
    let decimal = point.eat_any(&['.', ',', ':', '/']).is_some() && point.digits(1, 9).is_some();
    if !look.word_ends() || decimal || matches!(look.peek(), Some('%' | '°')) {
        return None;
    }
    *cursor = look;
    Some(day)
}

/// `Nov 21`, `November 21st, 2026`, `July 4-6` or `Nov 2026`.
fn month_first(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let month = month(&mut cursor)?;
    let name = MONTHS[month as usize - 1];
    let mut year_only = cursor;
    if let Some(year) = year_after(&mut year_only) {
        return Some(Said {
            length: year_only.at(),
            words: format!("{name} {}", words::year(year)),
        });
    }
    if !cursor.blank() {
        return None;
    }
    let first = day(&mut cursor)?;
    let mut words = format!("{name} {}", words::ordinal(first, false));
    let mut range = cursor;
    if range.eat_dash()
        && let Some(last) = day(&mut range)
    {
        words = format!("{words} to {}", words::ordinal(last, false));
        cursor = range;
    }
    if let Some(year) = year_after(&mut cursor) {
        words = format!("{words}, {}", words::year(year));
    }
    Some(Said { length: cursor.at(), words })
}

/// `21 Nov 2026` or `the 21st of November`.
fn day_first(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let first = day(&mut cursor)?;
    let mut last = None;
    let mut range = cursor;
    if range.eat_dash()
        && let Some(day) = day(&mut range)
    {
        last = Some(day);
        cursor = range;
    }
    if !cursor.blank() {
        return None;
    }
    if cursor.eat_str("of") && !cursor.blank() {
        return None;
    }
    let name = MONTHS[month(&mut cursor)? as usize - 1];
    if !cursor.word_ends() {
        return None;
    }
    let article = if cx.previous.eq_ignore_ascii_case("the") { "" } else { "the " };
    let mut words = format!("{article}{}", words::ordinal(first, false));
    if let Some(last) = last {
        words = format!("{words} to the {}", words::ordinal(last, false));
    }
    words = format!("{words} of {name}");
    if let Some(year) = year_after(&mut cursor) {
        words = format!("{words} {}", words::year(year));
    }
    Some(Said { length: cursor.at(), words })
}

/// A shortened weekday before a date.
fn weekday(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let word = cursor.letters();
    let (_, name) = WEEKDAYS.iter().find(|(short, _)| *short == word)?;
    let mut range = cursor;
    if range.eat_dash() {
        let last = range.letters();
        let (_, last) = WEEKDAYS.iter().find(|(short, _)| *short == last && range.word_ends())?;
        return Some(Said { length: range.at(), words: format!("{name} to {last}") });
    }
    cursor.eat('.');
    let length = cursor.at();
    cursor.eat(',');
    if !cursor.blank() {
        return None;
    }
    let rest = Context { rest: cursor.rest(), ..*cx };
    if rest.rest.starts_with(|c: char| c.is_ascii_digit()) {
        day_first(&rest)?
    } else {
        month_first(&rest)?
    };
    Some(Said { length, words: (*name).to_owned() })
}
