//! Text in, phonemes out.

use std::ops::Range;
use std::sync::Arc;

use super::engine::Engine;
use super::espeak::Espeak;
use super::letters::LONGEST;
use super::phonemes::{Phonemes, Word};

/// The English that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// As in the United States.
    EnUs,
    /// As in Great Britain.
    EnGb,
}

/// Turns text into the phonemes that Kokoro was trained on.
///
/// Words are looked up in the lexicons of misaki by their part of speech; words that are not there
/// are taken apart, given to an `espeak-ng` process where one was named, or read by the rules of
/// English spelling. Letters of other scripts, pictographs, marks and control characters are
/// silent. Digits and sums of money are read, but what people write in more ways than one (dates,
/// times, units, addresses) had better be words already.
///
/// The lexicons are part of the program and are read when the first phonemiser of a language is
/// made, which takes a tenth of a second and 100 MB; every further one shares them.
#[derive(Debug, Clone)]
pub struct Phonemiser {
    engine: Arc<Engine>,
}

impl Phonemiser {
    /// A phonemiser that goes by lexicons and rules alone.
    pub fn new(language: Language) -> Self {
        Self { engine: Engine::of(language, None) }
    }

    /// A phonemiser that asks a program for words that are in no lexicon.
    pub fn with_espeak(language: Language, espeak: Espeak) -> Self {
        Self { engine: Engine::of(language, Some(espeak)) }
    }

    /// The phonemes of a text.
    pub fn phonemise(&self, text: &str) -> Phonemes {
        let plain = Plain::of(text);
        let mut out = Writer::default();
        let mut reader = Reader::new(&plain);
        for (token, sounds, blank) in self.tokens(&plain) {
            out.token(&sounds, reader.read(&token));
            if blank {
                out.blank();
            }
        }
        out.finish()
    }

    /// Tokens with their sounds, and whether a blank follows.
    fn tokens(&self, plain: &Plain) -> Vec<(String, String, bool)> {
        if !plain.text.contains(|c: char| c.is_ascii_alphanumeric() || "%&+@".contains(c)) {
            return Vec::new();
        }
        let Ok((_, tokens)) = self.engine.g2p.g2p(&plain.text) else {
            let words = plain.text.split_inclusive(' ').map(str::trim_end);
            return words.map(|it| (it.to_owned(), self.engine.guess(it), true)).collect();
        };
        let unknown = self.engine.g2p.unk.as_str();
        let sounded = |token: misaki_rs::MToken| {
            let known = token.phonemes.map(|it| it.replace(unknown, ""));
            let marks = !token.text.contains(|c: char| c.is_ascii_alphanumeric());
            let known = known.filter(|it| marks || it.contains(is_sound) || it.is_empty());
            let sounds = known.unwrap_or_else(|| self.engine.guess(&token.text));
            (token.text, sounds, !token.whitespace.is_empty())
        };
        tokens.into_iter().map(sounded).collect()
    }
}

/// Symbols of sounds, in either language.
const SOUNDS: &str = "AIOQTWYabdfhijklmnpstuvwzæðŋɐɑɒɔəɛɜɡɪɹɾʃʊʌʒʔʤʧθᵊᵻ";
/// Symbols that change the sound beside them.
const MARKS: &str = "ˈˌː";
/// Punctuation that is heard in the melody.
const PAUSES: &str = ";:,.!?—…";
/// Punctuation that is kept beside words.
const BRACKETS: &str = "\"“”()";

fn is_sound(c: char) -> bool {
    SOUNDS.contains(c)
}

/// Puts tokens together.
#[derive(Debug, Default)]
struct Writer {
    out: Phonemes,
    length: usize,
    last: Option<char>,
    /// The last token was a word and nothing came after it.
    in_word: bool,
}

impl Writer {
    /// Adds a token that stands for these bytes of the text.
    fn token(&mut self, sounds: &str, source: Range<usize>) {
        let start = self.length;
        let mut voiced = false;
        for c in sounds.chars() {
            match c {
                ' ' => self.gap(),
                c if is_sound(c) => {
                    voiced = true;
                    self.push(c);
                }
                c if MARKS.contains(c) || BRACKETS.contains(c) => self.push(c),
                c if PAUSES.contains(c) && (voiced || !self.out.words.is_empty()) => self.pause(c),
                _ => {}
            }
        }
        if !voiced {
            self.in_word &= self.length == start;
            return;
        }
        let end = self.length - usize::from(self.last == Some(' '));
        match self.out.words.last_mut() {
            // What cannot be found in the text belongs to what was said before it.
            Some(word) if self.in_word || source.is_empty() => {
                word.source.end = word.source.end.max(source.end);
                word.phonemes.end = end;
            }
            Some(_) | None => self.out.words.push(Word { source, phonemes: start..end }),
        }
        self.in_word = true;
    }

    fn push(&mut self, c: char) {
        self.out.text.push(c);
        self.length += 1;
        self.last = Some(c);
    }

    /// A pause stands beside the word before it, and there is one only.
    fn pause(&mut self, c: char) {
        match self.out.text.trim_end().chars().last() {
            Some('.' | '…') if c == '.' => {
                self.pop(' ');
                self.pop('.');
                self.pop('…');
                self.push('…');
            }
            Some(last) if PAUSES.contains(last) => {}
            Some(_) | None => {
                if c != '—' {
                    self.pop(' ');
                }
                self.push(c);
            }
        }
    }

    /// Takes a character off the end if it is there.
    fn pop(&mut self, c: char) {
        if self.out.text.ends_with(c) {
            self.out.text.pop();
            self.length -= 1;
            self.last = self.out.text.chars().last();
        }
    }

    /// A blank within a word or after it.
    fn gap(&mut self) {
        if self.last.is_some_and(|last| last != ' ') {
            self.push(' ');
        }
    }

    /// The blank after a word.
    fn blank(&mut self) {
        self.gap();
        self.in_word = false;
    }

    fn finish(mut self) -> Phonemes {
        if self.out.words.is_empty() {
            return Phonemes::default();
        }
        let kept = self.out.text.trim_end().len();
        self.out.text.truncate(kept);
        self.out
    }
}

/// A text of nothing but Latin letters, digits and the marks that the library knows.
#[derive(Debug, Default)]
struct Plain {
    text: String,
    /// For each byte of `text` the bytes of the original that it stands for.
    source: Vec<Range<usize>>,
    /// Letters since the last that was none.
    letters: usize,
}

impl Plain {
    fn of(text: &str) -> Self {
        let mut out = Self::default();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let plain = |at: usize| chars.get(at).map_or(' ', |(_, c)| fold(*c).1);
        for (at, (start, c)) in chars.iter().copied().enumerate() {
            let range = start..start + c.len_utf8();
            let before = if at == 0 { ' ' } else { plain(at - 1) };
            let after = plain(at + 1);
            let (first, c) = fold(c);
            if let Some(first) = first {
                out.push(first, range.clone());
            }
            match c {
                SILENT => out.extend(range),
                c if c.is_ascii_alphanumeric() => out.push(c, range),
                '%' | '&' | '+' | '@' | '“' | '”' | '"' | '(' | ')' => out.push(c, range),
                '\'' if before.is_ascii_alphanumeric() || after.is_ascii_alphanumeric() => {
                    out.push(c, range);
                }
                '$' | '£' | '€' if after.is_ascii_digit() => out.push(c, range),
                '-' if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric() => {
                    out.push(c, range);
                }
                '-' if before.is_whitespace() && after.is_ascii_digit() => out.push(c, range),
                '-' if before.is_whitespace() && after.is_whitespace() => out.mark('—', range),
                c if PAUSES.contains(c) => out.mark(c, range),
                _ => out.push(' ', range),
            }
        }
        out
    }

    fn push(&mut self, c: char, range: Range<usize>) {
        if c == ' ' && (self.text.is_empty() || self.text.ends_with(' ')) {
            return;
        }
        self.letters = if c.is_ascii_alphabetic() { self.letters + 1 } else { 0 };
        if self.letters > LONGEST {
            self.letters = 1;
            self.push(' ', range.clone());
        }
        self.text.push(c);
        self.source.resize(self.text.len(), range);
    }

    /// A mark; of several in a row only the strongest stays, but for three full stops.
    fn mark(&mut self, c: char, range: Range<usize>) {
        const DOTS: &str = "...";
        let strength = |c: char| match c {
            '?' | '!' => 3,
            '.' => 2,
            _ => 1,
        };
        if c == '…' {
            return DOTS.chars().for_each(|c| self.mark(c, range.clone()));
        }
        let trimmed = self.text.trim_end();
        let kept = match trimmed.chars().last() {
            None => return,
            Some('.') if c == '.' && trimmed.ends_with(DOTS) => return,
            Some('.') if c == '.' => trimmed.len(),
            Some(last) if !PAUSES.contains(last) => self.text.len(),
            Some(last) if strength(c) > strength(last) => trimmed.trim_end_matches(last).len(),
            Some(_) => return,
        };
        self.text.truncate(kept);
        self.source.truncate(kept);
        self.push(c, range);
    }

    /// Has what is silent belong to the letter before it.
    fn extend(&mut self, range: Range<usize>) {
        if let Some(last) = self.source.last_mut().filter(|last| last.end == range.start) {
            last.end = range.end;
        }
    }
}

/// Finds the tokens of a plain text again, in order.
#[derive(Debug)]
struct Reader<'a> {
    plain: &'a Plain,
    /// The next byte of the plain text.
    at: usize,
    /// Where the last token ended in the original.
    end: usize,
}

impl<'a> Reader<'a> {
    fn new(plain: &'a Plain) -> Self {
        Self { plain, at: 0, end: 0 }
    }

    /// The bytes of the original that a token stands for; none when it is not there.
    fn read(&mut self, token: &str) -> Range<usize> {
        // The library drops a mark now and then; a letter is never that far away.
        const FAR: usize = 8;
        let mut found: Option<Range<usize>> = None;
        for c in token.chars() {
            let rest = &self.plain.text[self.at..];
            let Some((skipped, _)) = rest.char_indices().take(FAR).find(|(_, it)| *it == c) else {
                continue;
            };
            let at = self.at + skipped;
            let source = &self.plain.source[at];
            let start = found.map_or(source.start, |found| found.start);
            found = Some(start..source.end);
            self.at = at + c.len_utf8();
        }
        let found = found.unwrap_or(self.end..self.end);
        let found = found.start.max(self.end)..found.end.max(self.end);
        self.end = found.end;
        found
    }
}

/// Stands for characters that leave no trace, not even the end of a word.
const SILENT: char = '\0';

/// A character as an ASCII letter, a digit or a mark; for the few letters that become two, both.
/// What has no likeness is a blank.
fn fold(c: char) -> (Option<char>, char) {
    let one = match c {
        '\u{FF01}'..='\u{FF5E}' => {
            let ascii = u32::from(c) - 0xFF01 + 0x21;
            return fold(char::from_u32(ascii).unwrap_or(' '));
        }
        '\0' => ' ',
        ' '..='~' => c,
        '‘' | '’' | 'ʼ' | '′' => '\'',
        '“' | '”' | '£' | '€' | '…' | '—' => c,
        '„' | '«' | '»' | '″' => '"',
        '–' | '―' => '—',
        '‐' | '‑' | '−' => '-',
        '。' => '.',
        '、' => ',',
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => SILENT,
        '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}' => SILENT,
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => 'A',
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => 'a',
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => 'C',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'Ď' | 'Đ' | 'Ð' => 'D',
        'ď' | 'đ' | 'ð' => 'd',
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => 'E',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => 'G',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'Ĥ' | 'Ħ' => 'H',
        'ĥ' | 'ħ' => 'h',
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => 'I',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'Ĵ' => 'J',
        'ĵ' => 'j',
        'Ķ' => 'K',
        'ķ' => 'k',
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => 'L',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => 'N',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => 'O',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'º' => 'o',
        'Ŕ' | 'Ŗ' | 'Ř' => 'R',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => 'S',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => 'T',
        'ţ' | 'ť' | 'ŧ' | 'ț' => 't',
        'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => 'U',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'Ŵ' => 'W',
        'ŵ' => 'w',
        'Ý' | 'Ÿ' | 'Ŷ' => 'Y',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'Ź' | 'Ż' | 'Ž' => 'Z',
        'ź' | 'ż' | 'ž' => 'z',
        'ß' => return (Some('s'), 's'),
        'Æ' | 'æ' => return (Some('a'), 'e'),
        'Œ' | 'œ' => return (Some('o'), 'e'),
        'Þ' | 'þ' => return (Some('t'), 'h'),
        _ => ' ',
    };
    (None, one)
}

#[cfg(test)]
mod tests;
