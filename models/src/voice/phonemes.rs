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
        self.part_at(&chars, place(&chars, most.max(1)))
    }

    /// Where it may be cut without harm to a word: after how many symbols, and how little that is
    /// heard; in order, the end last. None when nothing is to be said.
    pub fn joints(&self) -> Vec<(usize, Joint)> {
        let chars: Vec<char> = self.text.chars().collect();
        let inside = (1..chars.len()).filter_map(|at| Some((at, ranked(&chars, at)?)));
        inside.chain((!chars.is_empty()).then_some((chars.len(), Joint::End))).collect()
    }

    /// What comes before a joint, and what comes after it.
    pub fn cut_at(&self, joint: usize) -> (Self, Self) {
        let chars: Vec<char> = self.text.chars().collect();
        self.part_at(&chars, joint.min(chars.len()))
    }

    fn part_at(&self, chars: &[char], place: usize) -> (Self, Self) {
        let next = (place..chars.len()).find(|at| chars[*at] != ' ').unwrap_or(chars.len());
        let end = (0..place).rfind(|at| chars[*at] != ' ').map_or(0, |at| at + 1);
        (self.part(chars, 0..end), self.part(chars, next..chars.len()))
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

/// How good a place to cut is, from where it is heard most to where it is heard least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Joint {
    /// After a word without stress, which leans on the one after it: *the*, *of*, *to*.
    Weak,
    /// After another word.
    Word,
    /// After the mark of a clause.
    Clause,
    /// After a sentence.
    Sentence,
    /// After all of it.
    End,
}

impl Joint {
    /// The fewest symbols of a piece that ends there, if another place within `most` symbols would
    /// do as well: for a better joint a piece may be shorter than it could be, but not much.
    pub fn least(self, most: usize) -> usize {
        match self {
            Self::End => 0,
            Self::Sentence => most / 4,
            Self::Clause => most / 3,
            Self::Word => most * 2 / 3,
            Self::Weak => 1,
        }
    }
}

/// What a cut at this symbol would be, if it is the blank between two words.
fn ranked(chars: &[char], at: usize) -> Option<Joint> {
    if chars[at] != ' ' {
        return None;
    }
    let before = chars[..at].iter().rfind(|c| !matches!(c, '"' | '”' | ')'));
    let stressed = chars[..at].rsplit(|c| *c == ' ').next().is_some_and(|it| it.contains(&'ˈ'));
    Some(match before {
        Some('.' | '!' | '?' | '…') => Joint::Sentence,
        Some(',' | ';' | ':' | '—') => Joint::Clause,
        Some(_) | None if stressed => Joint::Word,
        Some(_) | None => Joint::Weak,
    })
}

/// Where to cut the first piece off: the last place of the best kind, if the piece is not much
/// shorter for it than it could be.
fn place(chars: &[char], most: usize) -> usize {
    let places = (1..=most.min(chars.len() - 1)).filter_map(|at| Some((ranked(chars, at)?, at)));
    places.filter(|(joint, at)| *at >= joint.least(most)).max().map_or(most, |(_, at)| at)
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

    #[test]
    fn joints_tell_how_little_they_are_heard() {
        let joints = phonemes("ðə kˈæt,” ɪz ˈIt. Ol").joints();
        let expected = [
            (2, Joint::Weak),
            (9, Joint::Clause),
            (12, Joint::Weak),
            (17, Joint::Sentence),
            (20, Joint::End),
        ];
        assert_eq!(joints, expected);
        let both = phonemes("ˈA bˈi ə").joints();
        assert_eq!(both, [(2, Joint::Word), (6, Joint::Word), (8, Joint::End)]);
        assert_eq!(phonemes("").joints(), []);
        let (first, rest) = phonemes("ˈA bˈi ə").cut_at(6);
        assert_eq!((first.text.as_str(), rest.text.as_str()), ("ˈA bˈi", "ə"));
        assert_eq!((first.words.len(), rest.words.len()), (2, 1));
        assert!(phonemes("ˈA").cut_at(9).1.is_empty());
        // The word with the stress, if that is not much shorter.
        check("bˈi bˈi ə cˈi", 9, &["bˈi bˈi", "ə cˈi"]);
        check("bˈi ə ə ə cˈi", 9, &["bˈi ə ə ə", "cˈi"]);
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
