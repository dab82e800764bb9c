//! Takes a model's thoughts out of its text.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes what stands between `<think>` and `</think>` out of text that comes in pieces.
///
/// What may be the beginning of a tag is held back. Blanks before the first word, and after a
/// thought, are dropped.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    inside: bool,
    /// A word was said since the beginning or the last thought.
    said: bool,
    held: String,
}

impl Thoughts {
    /// Takes a piece and appends what is to be said now.
    pub(super) fn push(&mut self, piece: &str, out: &mut String) {
        self.held.push_str(piece);
        while let Some((at, tag)) = self.first_tag() {
            let rest = self.held.split_off(at + tag.len());
            let before = std::mem::replace(&mut self.held, rest);
            self.say(&before[..at], out);
            self.inside = tag == OPEN;
            self.said = false;
        }
        let keep = self.tags().iter().map(|tag| begun(&self.held, tag)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - keep);
        let before = std::mem::replace(&mut self.held, rest);
        self.say(&before, out);
    }

    /// The text ended: appends what was held back.
    pub(super) fn finish(&mut self, out: &mut String) {
        let held = std::mem::take(&mut self.held);
        self.say(&held, out);
    }

    /// Whether the model thinks.
    pub(super) fn is_inside(&self) -> bool {
        self.inside
    }

    /// The tags that count here. A model whose prompt opened the thought only closes it.
    fn tags(&self) -> &'static [&'static str] {
        if self.inside { &[CLOSE] } else { &[OPEN, CLOSE] }
    }

    fn first_tag(&self) -> Option<(usize, &'static str)> {
        self.tags().iter().filter_map(|tag| Some((self.held.find(tag)?, *tag))).min()
    }

    fn say(&mut self, text: &str, out: &mut String) {
        let text = if self.said { text } else { text.trim_start() };
        if !self.inside && !text.is_empty() {
            self.said = true;
            out.push_str(text);
        }
    }
}

/// How many bytes at the end of `text` begin `tag`.
fn begun(text: &str, tag: &str) -> usize {
    (1..tag.len()).rev().find(|&length| text.ends_with(&tag[..length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str, size: usize) -> String {
        let (mut thoughts, mut out) = (Thoughts::default(), String::new());
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(size.max(1)) {
            thoughts.push(&piece.iter().collect::<String>(), &mut out);
        }
        thoughts.finish(&mut out);
        out
    }

    #[test]
    fn thoughts_are_not_said() {
        let cases = [
            ("", ""),
            ("Yes.", "Yes."),
            ("\n\n Yes. ", "Yes. "),
            ("<think>\nhm <b>\n</think>\n\nYes.", "Yes."),
            ("<think></think>Yes.", "Yes."),
            ("Yes. <think>a</think> And <think>b</think>no", "Yes. And no"),
            ("<think>without end", ""),
            ("\n</think>\nYes.", "Yes."),
            ("a < b <thin", "a < b <thin"),
            ("<<think>a</think>b", "<b"),
            ("<think>a<think>b</think>c", "c"),
        ];
        for (text, expected) in cases {
            for size in [1, 2, 3, 5, 1_000] {
                assert_eq!(said(text, size), expected, "{text:?} by {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn cutting_does_not_matter(
            text in "(<think>|</think>|[<>/think \né]){0,30}",
            size in 1usize..10,
        ) {
            prop_assert_eq!(said(&text, size), said(&text, usize::MAX));
        }
    }
}
