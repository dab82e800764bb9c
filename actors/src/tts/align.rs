//! Which words as written the spoken ones are.

use std::ops::Range;

/// The words of a text beside those that are spoken for it: `42%` is two spoken words.
#[derive(Debug)]
pub(super) struct Alignment {
    /// For each spoken word its bytes of the speech, and the bytes of the text that are said once
    /// it is over.
    words: Vec<(Range<usize>, Range<usize>)>,
}

/// The most words of which the likeness is looked at; beyond, they are taken to go on evenly.
const MOST: usize = 400;

impl Alignment {
    /// Lays the words of `speech` beside those of `text`: equal ones in the same order first, and
    /// evenly between them.
    pub(super) fn new(text: &str, speech: &str) -> Self {
        let (written, spoken) = (words(text), words(speech));
        let key = |text: &str, word: &Range<usize>| -> String {
            let chars = text[word.clone()].chars().filter(|c| c.is_alphanumeric());
            chars.flat_map(char::to_lowercase).collect()
        };
        let a: Vec<String> = written.iter().map(|word| key(text, word)).collect();
        let b: Vec<String> = spoken.iter().map(|word| key(speech, word)).collect();
        let mut pairs = if a.len().max(b.len()) > MOST { Vec::new() } else { equal(&a, &b) };
        pairs.push((a.len(), b.len()));
        let mut words = Vec::with_capacity(spoken.len());
        let (mut from_a, mut from_b) = (0, 0);
        for (to_a, to_b) in pairs {
            let (m, n) = (to_a - from_a, to_b - from_b);
            for at in 0..n {
                let (first, after) = (from_a + at * m / n, from_a + (at + 1) * m / n);
                words.push((spoken[from_b + at].clone(), stretch(&written, first, after)));
            }
            if let (Some(w), Some(s)) = (written.get(to_a), spoken.get(to_b)) {
                words.push((s.clone(), w.clone()));
            }
            (from_a, from_b) = (to_a + 1, to_b + 1);
        }
        Self { words }
    }

    /// The bytes of the text that were said when these of the speech were; empty for a part of
    /// a word, none for no word at all.
    pub(super) fn written(&self, speech: &Range<usize>) -> Option<Range<usize>> {
        let touched = |(spoken, _): &&(Range<usize>, Range<usize>)| {
            spoken.start < speech.end && speech.start < spoken.end
        };
        let (_, first) = self.words.iter().find(touched)?;
        let (spoken, last) = self.words.iter().rfind(touched)?;
        // Half of a hyphenated word is not the word.
        let whole = spoken.end <= speech.end;
        Some(first.start..if whole { last.end } else { first.start })
    }
}

/// The words `first..after`; before the first when there are none.
fn stretch(words: &[Range<usize>], first: usize, after: usize) -> Range<usize> {
    let start = words.get(first).map(|word| word.start);
    let start = start.or_else(|| words.last().map(|word| word.end)).unwrap_or(0);
    let end =
        if after > first { words.get(after - 1).map_or(start, |word| word.end) } else { start };
    start..end
}

/// The words of a text without the marks around them.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split(char::is_whitespace) {
        let start = part.char_indices().find(|(_, c)| c.is_alphanumeric());
        let end = part.char_indices().rfind(|(_, c)| c.is_alphanumeric());
        if let (Some((start, _)), Some((end, c))) = (start, end) {
            found.push(at + start..at + end + c.len_utf8());
        }
        at += part.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// The longest run of pairs of equal words in the same order.
fn equal(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    let columns = b.len() + 1;
    let mut best = vec![0_u16; (a.len() + 1) * columns];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * columns + j] = if a[i] == b[j] {
                best[(i + 1) * columns + j + 1] + 1
            } else {
                best[(i + 1) * columns + j].max(best[i * columns + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * columns + j] >= best[i * columns + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each spoken word what of the text is said after it.
    #[track_caller]
    fn check(text: &str, speech: &str, expected: &[&str]) {
        let alignment = Alignment::new(text, speech);
        let found: Vec<&str> = words(speech)
            .iter()
            .map(|word| alignment.written(word).map_or("?", |range| &text[range]))
            .collect();
        assert_eq!(found, expected, "{text:?} as {speech:?}");
    }

    #[test]
    fn spoken_words_lie_beside_written_ones() {
        check("Well, yes.", "Well, yes.", &["Well", "yes"]);
        check("**Well**, 42% do.", "Well, forty-two percent do.", &["Well", "", "42", "do"]);
        check("On 3/4 we go", "On March fourth we go", &["On", "", "3/4", "we", "go"]);
        check("R2 D2 and me", "R two D two and me", &["", "R2", "", "D2", "and", "me"]);
        check("a b c d", "x y", &["a b", "c d"]);
        check("I ❤️ it", "I it", &["I", "it"]);
        check("", "code", &[""]);
        check("word", "", &[]);
    }

    #[test]
    fn a_part_of_a_spoken_word_is_not_the_written_one() {
        let alignment = Alignment::new("well-known fact", "well-known fact");
        assert_eq!(alignment.written(&(0..4)), Some(0..0));
        assert_eq!(alignment.written(&(5..10)), Some(0..10));
        assert_eq!(alignment.written(&(11..15)), Some(11..15));
        assert_eq!(alignment.written(&(10..11)), None);
    }
}
