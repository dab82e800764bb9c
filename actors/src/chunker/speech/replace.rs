//! What the user wants words to be said as.

/// Words and what is said for them.
///
/// An entry stands for whole words. One without capitals is found in any spelling of capitals;
/// one with capitals only as it is written. The longest that fits is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacements {
    /// Longest first.
    entries: Vec<(String, String)>,
}

/// The first of the private characters that stand for what was replaced.
const FIRST: u32 = 0xF_0000;
/// How many of them there are.
const COUNT: usize = 0xFFFE;

impl Replacements {
    /// Takes pairs of what is written and what is said; entries without any letter, digit or
    /// sign are left out.
    pub fn new<W: Into<String>, S: Into<String>>(pairs: impl IntoIterator<Item = (W, S)>) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(written, said)| (written.into().trim().to_owned(), said.into()));
        let mut entries: Vec<_> =
            pairs.filter(|(written, _)| !written.is_empty()).take(COUNT).collect();
        entries.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Self { entries }
    }

    /// Puts a private character in the place of each entry found, and drops those of the text.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let taken = self.find(rest, before);
            let length = match taken {
                Some((index, length)) => {
                    out.extend(char::from_u32(FIRST + index));
                    length
                }
                None => {
                    if !is_private(c) {
                        out.push(c);
                    }
                    c.len_utf8()
                }
            };
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        out
    }

    /// Puts what is said in the place of the private characters.
    pub(super) fn show(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match (c as u32).checked_sub(FIRST).and_then(|index| self.entries.get(index as usize)) {
                Some((_, said)) => {
                    if out.ends_with(char::is_alphanumeric) {
                        out.push(' ');
                    }
                    out.push_str(said);
                }
                None => out.push(c),
            }
        }
        out
    }

    fn find(&self, rest: &str, before: Option<char>) -> Option<(u32, usize)> {
        let joins = |a: Option<char>, b: Option<char>| {
            a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric)
        };
        for (index, (written, _)) in self.entries.iter().enumerate() {
            let Some(length) = matches(rest, written) else { continue };
            let last = rest[..length].chars().next_back();
            if joins(before, rest.chars().next()) || joins(last, rest[length..].chars().next()) {
                continue;
            }
            return Some((u32::try_from(index).ok()?, length));
        }
        None
    }
}

/// Whether a character stands for what was replaced.
pub(super) const fn is_private(c: char) -> bool {
    matches!(c, '\u{F0000}'..='\u{FFFFD}')
}

/// The length of the beginning of `text` that is the entry.
fn matches(text: &str, written: &str) -> Option<usize> {
    if written.chars().any(char::is_uppercase) {
        return text.starts_with(written).then_some(written.len());
    }
    let mut chars = text.chars();
    let mut length = 0;
    for expected in written.chars() {
        let c = chars.next()?;
        if c != expected && !c.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
        length += c.len_utf8();
    }
    Some(length)
}
