//! Where a reply is cut into pieces that are spoken one after the other.
//!
//! The first piece may be a clause, so that the voice starts early; later ones are sentences,
//! lines and list items. Lines of fenced code are pieces of their own, as they are not spoken.
//!
//! Invariant: the cuts are a function of the text alone. A place is decided only when the text
//! that decides it is there, so the same text in any portions is cut in the same places.

use unicode_segmentation::UnicodeSegmentation;

use super::boundary::{self, Found, Place};
use super::chars::{is_wide, weight};
pub use super::piece::{Piece, Rule};

/// How long a piece may be.
///
/// Lengths are in characters of an alphabet; one of a script that writes whole syllables or
/// words with a character (Chinese, Japanese, Korean) counts as three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOptions {
    /// The first piece may end at a comma or another clause mark from this length on.
    pub first_min_chars: usize,
    /// The first piece may end before a conjunction from this length on.
    pub conjunction_min_chars: usize,
    /// A piece without any end is cut at the best place before this length.
    pub max_chars: usize,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self {
            // About 0.8 s of speech: long enough to cover the synthesis of the next piece.
            first_min_chars: 12,
            // A conjunction carries no pause of its own, so it ends only a longer clause.
            conjunction_min_chars: 24,
            // About 15 s of speech, which voices speak without losing their breath.
            max_chars: 220,
        }
    }
}

/// Cuts one reply after the other as their text comes in.
#[derive(Debug, Clone)]
pub struct Splitter {
    options: SplitOptions,
    /// Text that is not yet part of a piece.
    pending: String,
    state: State,
}

/// What earlier pieces of the reply leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// No piece has been cut yet.
    first: bool,
    /// The pending text begins a line.
    line_start: bool,
    /// The line is an item of a list.
    item: bool,
    /// The number that the next item of a numbered list would have.
    next_item: Option<u32>,
    /// Inside a block of code.
    fence: Option<Fence>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fence {
    mark: char,
    length: usize,
}

const START: State =
    State { first: true, line_start: true, item: false, next_item: None, fence: None };

/// Brackets and inline code longer than this are taken for unclosed ones.
const MAX_SPAN: usize = 160;

struct Cut {
    end: usize,
    rule: Rule,
    state: State,
}

impl Splitter {
    /// Begins with no text.
    pub fn new(options: SplitOptions) -> Self {
        Self { options, pending: String::new(), state: START }
    }

    /// Takes a portion of the reply and appends the pieces that are now decided to `out`.
    pub fn push(&mut self, piece: &str, out: &mut Vec<Piece>) {
        self.pending.push_str(piece);
        self.cut(false, out);
    }

    /// Ends the reply: what is left goes out, and the next portion begins a new reply.
    pub fn finish(&mut self, out: &mut Vec<Piece>) {
        self.cut(true, out);
        if !self.pending.is_empty() {
            out.push(Piece { text: std::mem::take(&mut self.pending), rule: Rule::End });
        }
        self.reset();
    }

    /// Forgets the reply.
    pub fn reset(&mut self) {
        self.pending.clear();
        self.state = START;
    }

    /// Text that is not yet part of a piece.
    pub fn pending(&self) -> &str {
        &self.pending
    }

    fn cut(&mut self, at_end: bool, out: &mut Vec<Piece>) {
        while let Some(cut) = self.next(at_end) {
            let rest = self.pending.split_off(cut.end);
            let text = std::mem::replace(&mut self.pending, rest);
            out.push(Piece { text, rule: cut.rule });
            self.state = State { first: false, line_start: false, ..cut.state };
        }
    }

    fn next(&self, at_end: bool) -> Option<Cut> {
        match self.state.fence {
            Some(fence) => self.code_line(fence, at_end),
            None => Walk::new(self, at_end).run(),
        }
    }

    /// Cuts a line of a block of code.
    fn code_line(&self, fence: Fence, at_end: bool) -> Option<Cut> {
        let text = self.pending.as_str();
        let whole = text.starts_with('\n');
        let start = usize::from(whole);
        let limit = text[start..].char_indices().nth(self.max()).map(|(at, _)| start + at);
        let newline = text[start..].find('\n').map(|at| start + at);
        let end = match (newline, limit) {
            (Some(newline), Some(limit)) => newline.min(limit),
            (Some(end), None) | (None, Some(end)) => end,
            (None, None) if at_end && !text.is_empty() => text.len(),
            (None, None) => return None,
        };
        let line = text[start..end].trim();
        let closes = whole
            && Some(end) != limit
            && line.chars().count() >= fence.length
            && line.chars().all(|c| c == fence.mark);
        let fence = if closes { None } else { Some(fence) };
        Some(Cut { end, rule: Rule::Code, state: State { fence, ..self.state } })
    }

    fn max(&self) -> usize {
        self.options.max_chars.max(1)
    }
}

/// One look through the pending text, from left to right.
struct Walk<'a> {
    splitter: &'a Splitter,
    text: &'a str,
    at_end: bool,
    state: State,
    /// Where the line begins, when it begins in the pending text.
    line: Option<usize>,
    /// Something that can be said has been seen.
    content: bool,
    /// What closes the inline code, link text or address that the place is in.
    inside: Option<char>,
    inside_since: usize,
    /// The last places at which a piece that is too long can be cut.
    clause: Option<usize>,
    blank: Option<usize>,
}

impl<'a> Walk<'a> {
    fn new(splitter: &'a Splitter, at_end: bool) -> Self {
        let state = splitter.state;
        let line = state.line_start.then_some(0);
        Self {
            splitter,
            text: &splitter.pending,
            at_end,
            state,
            line,
            content: false,
            inside: None,
            inside_since: 0,
            clause: None,
            blank: None,
        }
    }

    fn run(mut self) -> Option<Cut> {
        let mut length = 0;
        let mut before = None;
        if self.line == Some(0)
            && let Some(decided) = self.line_begins(0)
        {
            return decided;
        }
        for (at, c) in self.text.char_indices() {
            length += weight(c);
            if length > self.splitter.max() && at > 0 {
                return Some(self.too_long(at));
            }
            if c == '\n' {
                if self.content {
                    let rule = if self.state.item { Rule::ListItem } else { Rule::Newline };
                    return self.cut_at(at, rule);
                }
                self.inside = None;
                self.state.item = false;
                self.line = Some(at + 1);
                if let Some(decided) = self.line_begins(at + 1) {
                    return decided;
                }
            } else {
                self.spans(before, c, length);
                if self.inside.is_none()
                    && self.content
                    && let Some(decided) = self.place(at, c, before, length)
                {
                    return decided;
                }
                self.state.item |= !self.content && c.is_whitespace() && self.item_mark(at);
                self.content |= c.is_alphanumeric();
            }
            before = Some(c);
        }
        None
    }

    /// Whether the blank at `at` follows the mark of a list item.
    fn item_mark(&self, at: usize) -> bool {
        self.line.and_then(|line| self.text.get(line..at)).is_some_and(|lead| {
            matches!(lead.trim_start_matches([' ', '>']), "-" | "*" | "+" | "•")
        })
    }

    /// Looks at the beginning of a line for a block of code. `Some(None)` waits.
    fn line_begins(&mut self, start: usize) -> Option<Option<Cut>> {
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let complete = start + line.len() < self.text.len() || self.at_end;
        let body = line.trim_start_matches(' ');
        let mark = body.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let run = body.chars().take_while(|c| *c == mark).count();
        let info = &body[run..];
        if body.chars().count() > MAX_SPAN || info.contains('`') || (run < 3 && !info.is_empty()) {
            return None;
        }
        if !complete {
            return Some(None);
        }
        if run < 3 {
            return None;
        }
        self.state.fence = Some(Fence { mark, length: run });
        Some(self.cut_at(start + line.len(), Rule::CodeOpen))
    }

    /// Follows inline code, link texts and their addresses, which are not cut.
    fn spans(&mut self, before: Option<char>, c: char, length: usize) {
        if self.inside.is_some() && length > self.inside_since + MAX_SPAN {
            self.inside = None;
        }
        let opened = match (self.inside, c) {
            (Some(close), c) if c == close => {
                self.inside = None;
                return;
            }
            (None, '`') => '`',
            (None, '[') => ']',
            (None, '(') if before == Some(']') => ')',
            _ => return,
        };
        self.inside = Some(opened);
        self.inside_since = length;
    }

    /// Decides whether the piece ends at a character. `Some(None)` waits.
    fn place(
        &mut self,
        at: usize,
        c: char,
        before: Option<char>,
        length: usize,
    ) -> Option<Option<Cut>> {
        let place = Place {
            text: self.text,
            at,
            c,
            before,
            line: self.line,
            next_item: self.state.next_item,
            at_end: self.at_end,
        };
        match boundary::find(&place) {
            Found::Nothing => {}
            Found::Wait => return Some(None),
            Found::ListNumber(number) => {
                self.state.next_item = number.checked_add(1);
                self.state.item = true;
            }
            Found::Sentence(end) => return Some(self.cut_at(end, Rule::Sentence)),
            Found::Clause(end) => {
                if self.state.first && self.said(end) >= self.splitter.options.first_min_chars {
                    return Some(self.cut_at(end, Rule::FirstClause));
                }
                self.clause = Some(end);
            }
        }
        if c.is_whitespace() || is_wide(c) {
            self.blank = Some(at);
        }
        let options = &self.splitter.options;
        if self.state.first && c.is_whitespace() && length > options.conjunction_min_chars {
            match boundary::conjunction(self.text, at, self.at_end) {
                Some(true) if self.said(at) >= options.conjunction_min_chars => {
                    return Some(self.cut_at(at, Rule::FirstClause));
                }
                Some(_) => {}
                None => return Some(None),
            }
        }
        None
    }

    /// The length of the piece if it ended at `end`.
    fn said(&self, end: usize) -> usize {
        self.text[..end].trim().chars().map(weight).sum()
    }

    fn too_long(&self, at: usize) -> Cut {
        let clause = self.clause.filter(|end| *end >= at / 2 && *end <= at);
        let end = clause.or(self.blank.filter(|end| *end > 0)).unwrap_or_else(|| {
            // The character at the limit is there, so a boundary before it stays one.
            let next = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            let mut boundaries = self.text[..next].grapheme_indices(true).map(|(at, _)| at).rev();
            boundaries.find(|end| *end > 0 && *end <= at).unwrap_or(at)
        });
        Cut { end, rule: Rule::MaxLength, state: self.state }
    }

    fn cut_at(&self, end: usize, rule: Rule) -> Option<Cut> {
        Some(Cut { end, rule, state: self.state })
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
