//! Which words of a text were heard when its sound was cut off.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Silence within a chunk that is longer, in milliseconds, is a pause between its clauses: the
/// silence of a stop consonant is half as long.
const PAUSE_MS: u64 = 100;
/// What a digit takes, in letters: "7" is short, "1889" is "eighteen eighty-nine".
const DIGIT: u64 = 7;
/// Milliseconds that a letter takes where nothing is known yet: 175 words a minute.
const LETTER_MS: u64 = 60;

/// Where the sound of a chunk lies, in samples.
#[derive(Debug, Default)]
pub(super) struct Sound {
    /// From the first audible sample up to the one after the last, if there are any.
    span: Option<(u64, u64)>,
    /// The pauses in it.
    pauses: Vec<(u64, u64)>,
}

impl Sound {
    /// The next audible sample.
    pub(super) fn hear(&mut self, sample: u64, rate: u32) {
        let Some((_, end)) = &mut self.span else {
            self.span = Some((sample, sample + 1));
            return;
        };
        if sample.saturating_sub(*end) * 1000 >= PAUSE_MS * u64::from(rate) {
            self.pauses.push((*end, sample));
        }
        *end = sample + 1;
    }

    /// The words of `text` that were heard before the sample `played`; `whole` says that all of the
    /// text has sound. A word was heard once half of it has sounded.
    ///
    /// Speech goes through the letters of a clause evenly, and the clauses lie between the pauses,
    /// if there are as many of them as the marks ask for.
    pub(super) fn words<'a>(&self, text: &'a str, played: u64, whole: bool, rate: u32) -> &'a str {
        let Some((first, _)) = self.span.filter(|(first, _)| *first < played) else { return "" };
        let spoken = text.trim_end();
        let clauses = self.clauses(spoken, first, whole, rate);
        let (mut begin, mut end) = (None, 0);
        for (start, word) in spoken.unicode_word_indices() {
            let (from, until) = (*begin.get_or_insert(start), start + word.len());
            if !ends_word(&spoken[until..]) {
                continue;
            }
            if clauses.iter().all(|clause| !clause.has_said(spoken, from..until, played)) {
                break;
            }
            (begin, end) = (None, until);
        }
        if end == 0 { "" } else { with_stop(text, end) }
    }

    /// The clauses of a text and when they sound.
    fn clauses(&self, text: &str, first: u64, whole: bool, rate: u32) -> Vec<Clause> {
        let bytes = clauses(text);
        let is_told = match whole {
            true => self.pauses.len() + 1 == bytes.len(),
            false => self.pauses.len() < bytes.len(),
        };
        if !is_told {
            let bytes = 0..text.len();
            return vec![Clause {
                from: first,
                until: self.end(text, &bytes, first, whole, rate),
                bytes,
            }];
        }
        let froms = std::iter::once(first).chain(self.pauses.iter().map(|(_, to)| *to));
        let untils = self.pauses.iter().map(|(from, _)| Some(*from)).chain([None]);
        let clause = |((bytes, from), until): ((Range<usize>, u64), Option<u64>)| {
            let end = || self.end(text, &bytes, from, whole, rate);
            Clause { from, until: until.unwrap_or_else(end), bytes }
        };
        bytes.into_iter().zip(froms).zip(untils).map(clause).collect()
    }

    /// When the last clause ends that has sound: if more of it may come, not before its letters take
    /// their time.
    fn end(&self, text: &str, bytes: &Range<usize>, from: u64, whole: bool, rate: u32) -> u64 {
        let end = self.span.map_or(from, |(_, end)| end);
        let usual = letters(&text[bytes.clone()]) * LETTER_MS * u64::from(rate) / 1000;
        if whole { end } else { end.max(from + usual) }
    }
}

/// A clause, and from and until when it sounds.
#[derive(Debug)]
struct Clause {
    bytes: Range<usize>,
    from: u64,
    until: u64,
}

impl Clause {
    /// Whether half of a word, which is this one's, has sounded.
    fn has_said(&self, text: &str, word: Range<usize>, played: u64) -> bool {
        if !self.bytes.contains(&word.start) {
            return false;
        }
        let spoken = text[self.bytes.clone()].trim_end_matches(|c: char| !c.is_alphanumeric());
        let before = letters(&text[self.bytes.start..word.start]);
        let twice = 2 * before + letters(&text[word]);
        let length = self.until.saturating_sub(self.from);
        twice * length <= played.saturating_sub(self.from) * 2 * letters(spoken)
    }
}

/// How many letters a text takes to say.
fn letters(text: &str) -> u64 {
    text.chars().map(|c| if c.is_ascii_digit() { DIGIT } else { 1 }).sum()
}

/// Where the clauses of a text lie: each ends after a mark that a voice pauses at.
fn clauses(text: &str) -> Vec<Range<usize>> {
    let (mut clauses, mut start, mut marked) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let part = &text[start..at];
        if c.is_whitespace() && (marked || at == text.len()) && part.contains(char::is_alphanumeric)
        {
            clauses.push(at - part.trim_start().len()..at);
            start = at;
        }
        marked = match c {
            ',' | ';' | ':' | '.' | '!' | '?' | '—' | '–' => true,
            '"' | '”' | ')' | '\'' | '’' => marked,
            _ => false,
        };
    }
    clauses
}

/// The words of `text` up to the byte `end`, where a word ends, with the stop after it; nothing
/// for 0.
pub(super) fn heard_until(text: &str, end: usize) -> &str {
    match text.get(..end) {
        Some("") | None => "",
        Some(_) => with_stop(text.trim_end(), end.min(text.trim_end().len())),
    }
}

/// The text up to `end`, and the marks right after that.
fn with_stop(text: &str, end: usize) -> &str {
    let stop = text[end..].find(|c: char| c.is_alphanumeric() || c.is_whitespace());
    &text[..stop.map_or(text.len(), |stop| end + stop)]
}

/// Whether what people call a word ends before `rest`: not in `e-mail` before the hyphen, but
/// between the words of a language that is written without spaces.
fn ends_word(rest: &str) -> bool {
    let mut marks = rest.chars().skip_while(|c| !c.is_alphanumeric() && !c.is_whitespace());
    match (rest.chars().next(), marks.next()) {
        (None, _) | (_, None) => true,
        (Some(first), _) if first.is_alphanumeric() => true,
        (_, Some(next)) => next.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1000;

    /// Sound of so many samples from 0 on, with these pauses in it.
    fn sound(total: u64, pauses: &[(u64, u64)]) -> Sound {
        let mut sound = Sound::default();
        let silent = |at: u64| pauses.iter().any(|(from, to)| (*from..*to).contains(&at));
        (0..total).filter(|at| !silent(*at)).for_each(|at| sound.hear(at, RATE));
        sound
    }

    #[test]
    fn whole_words_are_heard() {
        let check = |text: &str, played: u64, total: u64, heard: &str| {
            let found = sound(total, &[]).words(text, played, true, RATE);
            assert_eq!(found, heard, "{played}/{total} of {text:?}");
        };
        // A word is heard once half of it is.
        check("one two three", 0, 130, "");
        check("one two three", 14, 130, "");
        check("one two three", 15, 130, "one");
        check("one two three", 54, 130, "one");
        check("one two three", 55, 130, "one two");
        check("one two three", 104, 130, "one two");
        check("one two three", 105, 130, "one two three");
        check("Well, yes. ", 40, 90, "Well,");
        check("Well, yes. ", 75, 90, "Well, yes.");
        check("  Well, yes", 50, 90, "  Well,");
        check("an e-mail came", 40, 140, "an");
        check("an e-mail came", 60, 140, "an e-mail");
        check("“Quoted words”", 45, 130, "“Quoted");
        check("今天很好", 2, 4, "今天");
        check("…", 1, 2, "");
        check("", 0, 10, "");
        // Digits take as long as the words for them: 2 of 26 letters, then 14.
        check("in 1889 he", 2, 34, "in");
        check("in 1889 he", 16, 34, "in");
        check("in 1889 he", 17, 34, "in 1889");
        assert_eq!(Sound::default().words("nothing", 10, true, RATE), "");
    }

    #[test]
    fn clauses_lie_between_pauses() {
        let text = "Yes, the tower is high. So it is.";
        #[track_caller]
        fn check(text: &str, pauses: &[(u64, u64)], played: u64, heard: &str) {
            assert_eq!(sound(2000, pauses).words(text, played, true, RATE), heard);
        }
        let pauses = [(900, 1050), (1400, 1550)];
        check(text, &pauses, 449, "");
        check(text, &pauses, 450, "Yes,");
        check(text, &pauses, 1049, "Yes,");
        // 18 letters in 350 ms.
        check(text, &pauses, 1100, "Yes, the");
        check(text, &pauses, 1390, "Yes, the tower is high.");
        check(text, &pauses, 1549, "Yes, the tower is high.");
        check(text, &pauses, 1610, "Yes, the tower is high. So");
        // Too few pauses, or too many, tell nothing; a short silence is none.
        check(text, &pauses[..1], 500, "Yes, the");
        check(text, &[(900, 980), (1400, 1550)], 500, "Yes, the");
        check("Yes the tower.", &pauses, 1000, "Yes the");
    }

    #[test]
    fn a_chunk_that_is_not_all_there_has_more_to_come() {
        let text = "Yes, the tower is high.";
        let heard = |sound: &Sound, played| sound.words(text, played, false, RATE).to_string();
        // Nothing tells how long it will be: 60 ms a letter.
        assert_eq!(heard(&sound(300, &[]), 300), "Yes,");
        assert_eq!(heard(&sound(600, &[(300, 450)]), 600), "Yes, the");
        assert_eq!(heard(&sound(600, &[(300, 450)]), 546), "Yes, the");
        assert_eq!(heard(&sound(600, &[(300, 450)]), 545), "Yes,");
        // It is slower than that.
        assert_eq!(heard(&sound(3000, &[(300, 450)]), 670), "Yes,");
    }

    #[test]
    fn words_are_heard_up_to_a_place() {
        let check = |text: &str, end: usize, heard: &str| assert_eq!(heard_until(text, end), heard);
        check("Well, yes. ", 0, "");
        check("Well, yes. ", 4, "Well,");
        check("Well, yes. ", 9, "Well, yes.");
        check(" “Quoted words”", 10, " “Quoted");
        check("it costs 42% more", 11, "it costs 42%");
        check("short", 50, "");
        check("e\u{301}", 2, "");
    }
}
