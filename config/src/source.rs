//! Source texts: places of bytes to lines and columns, and the line shown with a fault.

use std::ops::Range;

/// A source line as shown, with carets under the place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    pub(crate) carets: String,
}

/// A place as a reader counts it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    pub(crate) excerpt: Excerpt,
}

/// Texts laid one after the other, so that one range of bytes says both which text and where.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    texts: Vec<Text<'a>>,
    /// Places whose text is never shown.
    secrets: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Text<'a> {
    name: &'a str,
    text: &'a str,
    base: usize,
}

impl<'a> Sources<'a> {
    /// Adds a text and returns where its bytes start.
    pub(crate) fn add(&mut self, name: &'a str, text: &'a str) -> usize {
        // The place after the last byte belongs to a text, too.
        let base = self.texts.last().map_or(0, |last| last.base + last.text.len() + 1);
        self.texts.push(Text { name, text, base });
        base
    }

    /// What is written at a place; nothing where the place is in no text.
    pub(crate) fn slice(&self, at: &Range<usize>) -> &'a str {
        let Some(text) = self.text(at.start) else { return "" };
        let range = at.start - text.base..at.end.saturating_sub(text.base);
        text.text.get(range).unwrap_or("")
    }

    /// Whether a place is in the first text, the pipeline file.
    pub(crate) fn in_file(&self, at: &Range<usize>) -> bool {
        self.texts.first().is_some_and(|file| at.start <= file.text.len())
    }

    /// Never shows what is written at a place.
    pub(crate) fn hide(&mut self, at: Range<usize>) {
        self.secrets.push(at);
    }

    /// Hides what follows `word` on any line, such as `… word … = …`, for texts that are no TOML.
    pub(crate) fn hide_after(&mut self, word: &str) {
        for text in &self.texts {
            let lower = text.text.to_ascii_lowercase();
            for (found, _) in lower.match_indices(word) {
                let end = found + word.len();
                let rest = lower[end..].lines().next().unwrap_or("");
                let value = rest.find(['=', ':']).map_or(0, |sign| sign + 1);
                self.secrets.push(text.base + end + value..text.base + end + rest.len());
            }
        }
    }

    fn text(&self, at: usize) -> Option<&Text<'a>> {
        let after = self.texts.partition_point(|text| text.base <= at);
        self.texts.get(after.checked_sub(1)?)
    }

    /// A place as a reader counts it.
    pub(crate) fn place(&self, at: &Range<usize>) -> Option<Place> {
        let text = self.text(at.start)?;
        let mut start = (at.start - text.base).min(text.text.len());
        while !text.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.text[line_start..].lines().next().unwrap_or("");
        let end = (at.end - text.base).max(start + 1);
        Some(Place {
            file: text.name.into(),
            line: before.matches('\n').count() + 1,
            column: text.text[line_start..start].chars().count() + 1,
            excerpt: self.excerpt(
                line,
                text.base + line_start,
                start - line_start..end - line_start,
            ),
        })
    }

    /// Shows a line that starts at byte `base`, with carets under `marked`.
    fn excerpt(&self, line: &str, base: usize, marked: Range<usize>) -> Excerpt {
        let mut shown = Vec::new();
        for (at, character) in line.char_indices() {
            let marked = marked.contains(&at);
            let hidden = self.secrets.iter().any(|secret| secret.contains(&(base + at)));
            match character {
                _ if hidden => {
                    if shown.last().is_none_or(|last: &Shown| !last.hidden) {
                        shown.push(Shown { character: '…', marked, hidden });
                    }
                }
                '\t' => shown.extend([Shown { character: ' ', marked, hidden }; 4]),
                // A terminal must not act on what a file holds.
                _ if character.is_control() => {
                    shown.push(Shown { character: char::REPLACEMENT_CHARACTER, marked, hidden });
                }
                _ => shown.push(Shown { character, marked, hidden }),
            }
        }
        let first = shown.iter().position(|it| it.marked).unwrap_or(shown.len());
        draw(&shown, first)
    }
}

#[derive(Debug, Clone, Copy)]
struct Shown {
    character: char,
    marked: bool,
    hidden: bool,
}

/// Most characters of a line that are shown.
const LINE_LIMIT: usize = 120;

fn draw(shown: &[Shown], first_marked: usize) -> Excerpt {
    let mut from = 0;
    let mut to = shown.len();
    if shown.len() > LINE_LIMIT {
        from = first_marked.saturating_sub(LINE_LIMIT / 3).min(shown.len() - LINE_LIMIT);
        to = from + LINE_LIMIT;
    }
    let mut excerpt = Excerpt { text: String::new(), carets: String::new() };
    if from > 0 {
        excerpt.text.push('…');
        excerpt.carets.push(' ');
    }
    for (index, it) in shown.iter().enumerate().take(to).skip(from) {
        excerpt.text.push(it.character);
        let under = if it.marked { "^" } else { " " };
        // Nothing stands under what follows the last caret.
        if it.marked || index < first_marked {
            excerpt.carets.push_str(&under.repeat(width(it.character)));
        }
    }
    if to < shown.len() {
        excerpt.text.push('…');
    }
    if !excerpt.carets.ends_with('^') {
        excerpt.carets.push('^');
    }
    while excerpt.text.ends_with(' ') {
        excerpt.text.pop();
    }
    excerpt
}

/// Columns of a terminal that a character takes, closely enough to put a caret under it.
fn width(character: char) -> usize {
    match u32::from(character) {
        // Combining marks, joiners and variation selectors.
        0x0300..=0x036F | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F => 0,
        // Hangul, CJK, full-width forms, emoji.
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks where `mark` is found in `text`, and how that is drawn.
    #[track_caller]
    fn check(text: &str, mark: &str, line: usize, column: usize, drawn: &str) {
        let mut sources = Sources::default();
        sources.add("first", "not this one");
        let base = sources.add("a.toml", text);
        let start = base + text.find(mark).expect("the mark");
        let place = sources.place(&(start..start + mark.len())).expect("a place");
        assert_eq!((place.file.as_str(), place.line, place.column), ("a.toml", line, column));
        assert_eq!(format!("{}\n{}", place.excerpt.text, place.excerpt.carets), drawn);
    }

    #[test]
    fn carets_stand_under_what_is_meant() {
        check("a = 1\nbb = 22\n", "22", 2, 6, "bb = 22\n     ^^");
        check("a = 1\r\nbb = 22\r\n", "22", 2, 6, "bb = 22\n     ^^");
        check("é = \"ü\" # x", "# x", 1, 9, "é = \"ü\" # x\n        ^^^");
        check("k = \"日本\" # x", "# x", 1, 10, "k = \"日本\" # x\n           ^^^");
        check("e\u{301} = 1", "1", 1, 6, "e\u{301} = 1\n    ^");
        check("\tk = 1", "k", 1, 2, "    k = 1\n    ^");
        check("k = \u{1b}[31m1", "1", 1, 8, "k = \u{fffd}[31m1\n       ^");
        check("k = \"\"\"\nmore\"\"\"", "\"\"\"\nmore", 1, 5, "k = \"\"\"\n    ^^^");
    }

    #[test]
    fn the_end_of_a_text_is_a_place() {
        let mut sources = Sources::default();
        sources.add("a", "k =");
        sources.add("b", "other");
        let place = sources.place(&(3..3)).expect("a place");
        assert_eq!((place.file.as_str(), place.line, place.column), ("a", 1, 4));
        assert_eq!(place.excerpt.carets, "   ^");
    }

    #[test]
    fn a_long_line_is_shown_around_the_mark() {
        let mut sources = Sources::default();
        let text = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        sources.add("a", &text);
        let excerpt = sources.place(&(1000..1001)).expect("a place").excerpt;
        assert_eq!(excerpt.text, format!("…{}X{}…", "a".repeat(40), "b".repeat(79)));
        assert_eq!(excerpt.carets, format!("{}^", " ".repeat(41)));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let mut sources = Sources::default();
        sources.add("a", "api_key = \"sk-1\", x = 2");
        sources.hide(10..16);
        let excerpt = sources.place(&(18..19)).expect("a place").excerpt;
        assert_eq!(excerpt.text, "api_key = …, x = 2");
        assert_eq!(excerpt.carets, "             ^");
    }
}
