//! Groups of digits that are read one by one: telephone numbers and the like.

use super::cursor::Cursor;
use super::words::digits;
use super::{Context, Said};

/// Reads a telephone number or another row of groups of digits.
pub(super) fn phone(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '-')) {
        return None;
    }
    let mut cursor = Cursor::new(cx.rest);
    let plus = cursor.eat('+');
    let mut groups = Vec::new();
    let area = cursor.eat('(');
    groups.push(cursor.digits(1, 12)?);
    if area && !cursor.eat(')') {
        return None;
    }
    let mut marks = Vec::new();
    // No mark is needed after a bracket.
    let mut closed = false;
    loop {
        let mut look = cursor;
        let mark = look.eat_any(&['-', ' ', '.', '‑', '\u{A0}']);
        let opened = look.eat('(');
        let Some(group) = look.digits(1, 12) else { break };
        let parted = mark.is_some() || opened || closed || (area && groups.len() == 1);
        if !parted || (opened && !look.eat(')')) {
            break;
        }
        marks.push(mark.unwrap_or(' '));
        groups.push(group);
        closed = opened;
        cursor = look;
    }
    if !cursor.word_ends() || matches!(cursor.peek(), Some('%' | '/' | ':')) {
        return None;
    }
    let total: usize = groups.iter().map(|group| group.len()).sum();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hyphens = marks.iter().all(|mark| matches!(mark, '-' | '‑'));
    let one_mark = marks.windows(2).all(|pair| pair[0] == pair[1]);
    let fits = if plus {
        total >= 8
    } else if area {
        matches!(lengths.as_slice(), [3, 3, 4] | [2..=5, 3..=8])
    } else {
        match lengths.as_slice() {
            [3, 4] => hyphens,
            [3, 3, 4] | [1, 3, 3, 4] => one_mark,
            [_, _, _, ..] => hyphens && total >= 5,
            [4..=5, 5..=7] => groups[0].starts_with('0'),
            _ => false,
        }
    };
    if !fits {
        return None;
    }
    let groups: Vec<String> = groups.iter().map(|group| digits(group)).collect();
    let plus = if plus { "plus " } else { "" };
    Some(Said { length: cursor.at(), words: format!("{plus}{}", groups.join(", ")) })
}
