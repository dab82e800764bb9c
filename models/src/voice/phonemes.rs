//! Phonemes with the words they stand for, and how they are cut to fit a network.

use std::ops::Range;

/// What a text sounds like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phonemes {
    /// One character for each symbol, the words with single blanks between; empty when nothing is
    /// to be said.
    pub text: String,
    /// The words in order.
    pub words: Vec<Word>,
}

/// One word of a text, and its part of the phonemes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Bytes of the text that was given.
    pub source: Range<usize>,
    /// Characters (not bytes) of [`Phonemes::text`].
    pub phonemes: Range<usize>,
}

impl Phonemes {
    /// The number of symbols.
    pub fn len(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether nothing is to be said.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Pieces of at most `most` symbols (at least one), cut where it is heard least: after a
    /// sentence, at the mark of a clause, between words, and only when a single word is too long
    /// within it.
    pub fn split(&self, most: usize) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut rest = self.clone();
        while rest.len() > most.max(1) {
            let (piece, after) = rest.cut(most);
            pieces.push(piece);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(rest);
        }
        pieces
    }

    /// The first piece of at most `most` symbols (at least one), and what comes after it. The
    /// second is empty when all fits.
    pub fn cut(&self, most: usize) -> (Self, Self) {
        let chars: Vec<char> = self.text.chars().collect();
        if chars.len() <= most.max(1) {
            return (self.clone(), Self::default());
        }
        let place = place(&chars, most.max(1));
        let next = (place..chars.len()).find(|at| chars[*at] != ' ').unwrap_or(chars.len());
        let end = (0..place).rfind(|at| chars[*at] != ' ').map_or(0, |at| at + 1);
        (self.part(&chars, 0..end), self.part(&chars, next..chars.len()))
    }

    /// Some of the symbols with the words that lie in them.
    fn part(&self, chars: &[char], range: Range<usize>) -> Self {
        let text = chars[range.clone()].iter().collect();
        let inside = |word: &Word| {
            let (start, end) = (word.phonemes.start, word.phonemes.end);
            let (start, end) = (start.max(range.start), end.min(range.end));
            let phonemes = start.saturating_sub(range.start)..end.saturating_sub(range.start);
            (start < end).then(|| Word { source: word.source.clone(), phonemes })
        };
        Self { text, words: self.words.iter().filter_map(inside).collect() }
    }
}

/// How good a place to cut is: the end of a sentence, of a clause, of a word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Word,
    Clause,
    Sentence,
}

/// Where to cut the first piece off: the last place of the best kind, if the piece is not much
/// shorter for it than it could be.
fn place(chars: &[char], most: usize) -> usize {
    let ranked = |at: usize| {
        if chars[at] != ' ' {
            return None;
        }
        let before = chars[..at].iter().rfind(|c| !matches!(c, '"' | '”' | ')'));
        Some(match before {
            Some('.' | '!' | '?' | '…') => Rank::Sentence,
            Some(',' | ';' | ':' | '—') => Rank::Clause,
            Some(_) | None => Rank::Word,
        })
    };
    let least = |rank| match rank {
        Rank::Sentence => most / 4,
        Rank::Clause => most / 3,
        Rank::Word => 1,
    };
    let places = (1..=most.min(chars.len() - 1)).filter_map(|at| Some((ranked(at)?, at)));
    places.filter(|(rank, at)| *at >= least(*rank)).max().map_or(most, |(_, at)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One word for each run of symbols between blanks, its source being its number.
    fn phonemes(text: &str) -> Phonemes {
        let chars: Vec<char> = text.chars().collect();
        let mut words = Vec::new();
        let mut at = 0;
        for run in chars.split(|c| *c == ' ') {
            if !run.is_empty() {
                let number = words.len();
                words.push(Word { source: number..number + 1, phonemes: at..at + run.len() });
            }
            at += run.len() + 1;
        }
        Phonemes { text: text.to_owned(), words }
    }

    #[track_caller]
    fn check(text: &str, most: usize, expected: &[&str]) {
        let pieces: Vec<_> = phonemes(text).split(most).into_iter().map(|it| it.text).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn pieces_end_where_it_is_heard_least() {
        check("", 10, &[]);
        check("wˈʌn", 10, &["wˈʌn"]);
        check("aa bb. cc dd", 9, &["aa bb.", "cc dd"]);
        check("aa bb, cc dd ee", 12, &["aa bb,", "cc dd ee"]);
        check("aa. bb, cc dd ee", 12, &["aa.", "bb, cc dd ee"]);
        check("a. bbbbb, cc dd ee ff gg", 20, &["a. bbbbb,", "cc dd ee ff gg"]);
        check("aa bb cc", 6, &["aa bb", "cc"]);
        check("aaaaaaaa", 3, &["aaa", "aaa", "aa"]);
        check("aa bb.” cc dd", 9, &["aa bb.”", "cc dd"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_piece_is_too_long(
            text in "([abˈ]{1,9}[.,!?—]{0,2} ){0,60}[a-z]{0,700}",
            most in 1_usize..600,
        ) {
            let whole = phonemes(text.trim());
            let pieces = whole.split(most);
            let symbols = |text: &str| -> String { text.split(' ').collect() };
            let joined: String = pieces.iter().map(|piece| symbols(&piece.text)).collect();
            prop_assert_eq!(joined, symbols(&whole.text));
            let mut spoken: Vec<(usize, String)> = Vec::new();
            for piece in &pieces {
                prop_assert!(!piece.is_empty() && piece.len() <= most);
                prop_assert_eq!(piece.text.trim(), &piece.text);
                let chars: Vec<char> = piece.text.chars().collect();
                for word in &piece.words {
                    let part: String = chars[word.phonemes.clone()].iter().collect();
                    match spoken.last_mut() {
                        Some((source, said)) if *source == word.source.start => *said += &part,
                        _ => spoken.push((word.source.start, part)),
                    }
                }
            }
            let chars: Vec<char> = whole.text.chars().collect();
            let expected: Vec<(usize, String)> = whole
                .words
                .iter()
                .map(|word| (word.source.start, chars[word.phonemes.clone()].iter().collect()))
                .collect();
            prop_assert_eq!(spoken, expected);
        }
    }
}
