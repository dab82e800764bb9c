//! A place in a text that recognisers read on from.

/// Reads a text from left to right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the character if it is the next one.
    pub(super) fn eat(&mut self, c: char) -> bool {
        self.eat_any(&[c]).is_some()
    }

    /// Takes the next character if it is one of these.
    pub(super) fn eat_any(&mut self, any: &[char]) -> Option<char> {
        let c = self.peek().filter(|c| any.contains(c))?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes the text if it is next.
    pub(super) fn eat_str(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes a hyphen or a dash as it stands between the ends of a range.
    pub(super) fn eat_dash(&mut self) -> bool {
        self.eat_any(&['-', '–', '—', '‐', '‑']).is_some()
    }

    /// Takes a run of ASCII digits if its length is in the range.
    pub(super) fn digits(&mut self, min: usize, max: usize) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length < min || length > max {
            return None;
        }
        self.at += length;
        Some(&rest[..length])
    }

    /// Takes a run of letters, which may be empty.
    pub(super) fn letters(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Takes one blank that is no line end.
    pub(super) fn blank(&mut self) -> bool {
        self.eat_any(&[' ', '\u{A0}', '\u{202F}', '\u{2009}']).is_some()
    }

    /// Whether no letter or digit follows.
    pub(super) fn word_ends(&self) -> bool {
        !self.peek().is_some_and(char::is_alphanumeric)
    }

    /// The letters that follow, not taken.
    pub(super) fn word_ahead(&self) -> &'a str {
        let mut ahead = *self;
        ahead.letters()
    }
}
