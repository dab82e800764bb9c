//! Times of day.

use super::cursor::Cursor;
use super::words::cardinal;
use super::{Context, Said};

#[derive(Debug, Clone, Copy)]
struct Time {
    hour: u64,
    minute: Option<u64>,
    second: Option<u64>,
    /// `A M` or `P M`.
    half: Option<&'static str>,
    /// It ended with the full stop of `p.m.`.
    stop: bool,
}

/// Reads a time, or a range of two.
pub(super) fn time(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(|c| (c.is_alphanumeric() && c != 'T') || matches!(c, '.' | ':')) {
        return None;
    }
    let mut cursor = Cursor::new(cx.rest);
    let first = read(&mut cursor)?;
    let mut range = cursor;
    range.blank();
    let mut last = None;
    if range.eat_dash() {
        range.blank();
        last = read(&mut range).filter(|time| time.minute.is_some() || time.half.is_some());
    }
    let first_is_time = first.minute.is_some() || first.half.is_some();
    let (words, stop) = match last {
        Some(last) if first_is_time || first.hour < 25 => {
            cursor = range;
            (format!("{} to {}", first.say(), last.say()), last.stop)
        }
        _ if first_is_time => (first.say(), first.stop),
        _ => return None,
    };
    let words =
        if stop && super::ends_sentence(cursor.rest()) { format!("{words}.") } else { words };
    Some(Said { length: cursor.at(), words })
}

/// Reads a time; a number without minutes or half of the day is one only in a range.
fn read(cursor: &mut Cursor<'_>) -> Option<Time> {
    let mut look = *cursor;
    let hour = look.digits(1, 2)?.parse().ok().filter(|hour| *hour <= 24)?;
    let mut time = Time { hour, minute: None, second: None, half: None, stop: false };
    let mut part = look;
    if part.eat(':') {
        time.minute = sixty(part.digits(2, 2)?);
        time.minute?;
        look = part;
        if part.eat(':')
            && let Some(digits) = part.digits(2, 2)
        {
            time.second = sixty(digits);
            time.second?;
            look = part;
        }
        if look.peek() == Some(':') {
            return None;
        }
    }
    half(&mut look, &mut time);
    // The Z of a time in UTC.
    let mut zone = look;
    if time.minute.is_some() && zone.eat('Z') && zone.word_ends() {
        look = zone;
    }
    if !look.word_ends() {
        return None;
    }
    *cursor = look;
    Some(time)
}

fn sixty(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|n| *n < 60)
}

fn half(cursor: &mut Cursor<'_>, time: &mut Time) {
    let mut look = *cursor;
    look.blank();
    let Some(letter) = look.eat_any(&['a', 'p', 'A', 'P']) else { return };
    let dotted = look.eat('.');
    if look.eat_any(&['m', 'M']).is_none() {
        return;
    }
    time.stop = dotted && look.eat('.');
    if !look.word_ends() || !(1..=12).contains(&time.hour) {
        time.stop = false;
        return;
    }
    time.half = Some(if letter.eq_ignore_ascii_case(&'a') { "A M" } else { "P M" });
    *cursor = look;
}

impl Time {
    fn say(&self) -> String {
        let mut words = match (self.hour, self.minute, self.half) {
            (0 | 24, Some(0), None) if self.second.is_none() => "midnight".to_owned(),
            (hour, Some(0), None) if hour <= 12 => format!("{} o'clock", cardinal(hour, false)),
            (hour, Some(0), None) => format!("{} hundred", cardinal(hour, false)),
            (hour, None | Some(0), _) => cardinal(hour, false),
            (hour, Some(minute @ 1..=9), _) => {
                format!("{} oh {}", cardinal(hour, false), cardinal(minute, false))
            }
            (hour, Some(minute), _) => {
                format!("{} {}", cardinal(hour, false), cardinal(minute, false))
            }
        };
        if let Some(second) = self.second.filter(|second| *second > 0) {
            let plural = if second == 1 { "" } else { "s" };
            words = format!("{words} and {} second{plural}", cardinal(second, false));
        }
        if let Some(half) = self.half {
            words = format!("{words} {half}");
        }
        words
    }
}
