//! Fractions.

use super::cursor::Cursor;
use super::words::{self, Number};

const FRACTIONS: [(char, u64, u64); 15] = [
    ('½', 1, 2),
    ('⅓', 1, 3),
    ('⅔', 2, 3),
    ('¼', 1, 4),
    ('¾', 3, 4),
    ('⅕', 1, 5),
    ('⅖', 2, 5),
    ('⅗', 3, 5),
    ('⅘', 4, 5),
    ('⅙', 1, 6),
    ('⅚', 5, 6),
    ('⅛', 1, 8),
    ('⅜', 3, 8),
    ('⅝', 5, 8),
    ('⅞', 7, 8),
];

/// Reads a fraction that is one sign.
pub(super) fn sign_fraction(cursor: &mut Cursor<'_>) -> Option<String> {
    let c = cursor.peek()?;
    let (_, above, below) = FRACTIONS.iter().find(|(sign, ..)| *sign == c)?;
    cursor.eat(c);
    words::fraction(*above, *below)
}

/// `1/2`, `2 1/2`, `2½`.
pub(super) fn read(cursor: &mut Cursor<'_>, number: &Number, and: bool) -> Option<String> {
    let whole = number.value()?;
    let mut look = *cursor;
    let spaced = look.blank();
    if let Some(part) = sign_fraction(&mut look) {
        *cursor = look;
        return Some(format!("{} and {}", number.say(and), article(&part)));
    }
    if spaced {
        let above: u64 = look.digits(1, 2)?.parse().ok()?;
        if !look.eat('/') {
            return None;
        }
        let below: u64 = look.digits(1, 2)?.parse().ok()?;
        if above >= below || !look.word_ends() || look.peek() == Some('/') {
            return None;
        }
        let part = words::fraction(above, below)?;
        *cursor = look;
        return Some(format!("{} and {}", number.say(and), article(&part)));
    }
    if !look.eat('/') {
        return None;
    }
    let below: u64 = look.digits(1, 4)?.parse().ok()?;
    if !look.word_ends() || look.peek() == Some('/') {
        return None;
    }
    *cursor = look;
    match (whole, below) {
        (9, 11) => return Some("nine eleven".to_owned()),
        (50, 50) => return Some("fifty fifty".to_owned()),
        (24, 7) => return Some("twenty-four seven".to_owned()),
        _ => {}
    }
    let part = words::fraction(whole, below).filter(|_| 0 < whole && whole < below && below <= 20);
    let out_of = whole == below || (1 < whole && whole < below && matches!(below, 10 | 100));
    Some(match part {
        Some(part) if !out_of => part,
        _ if out_of => format!("{} out of {}", number.say(and), words::cardinal(below, and)),
        _ => format!("{} over {}", number.say(and), words::cardinal(below, and)),
    })
}

/// After a whole number people say `a half`, not `one half`.
fn article(part: &str) -> String {
    match part.strip_prefix("one ") {
        Some(part) if part.starts_with("eigh") => format!("an {part}"),
        Some(part) => format!("a {part}"),
        None => part.to_owned(),
    }
}
