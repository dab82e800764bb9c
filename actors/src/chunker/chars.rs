//! Classes of characters.

/// Whether a character of this script stands for a syllable or a word, and words have no blanks
/// between them: Han, Kana, Hangul and their full-width signs.
pub(super) const fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}')
}

/// How long a character is in speech, in letters of an alphabet.
pub(super) const fn weight(c: char) -> usize {
    if is_wide(c) { 3 } else { 1 }
}

/// Pictographs, and the arrows and signs that are drawn as such.
pub(super) const fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{2300}'..='\u{23FF}' | '\u{2190}'..='\u{21FF}' | '\u{25A0}'..='\u{25FF}'
        | '\u{2900}'..='\u{297F}' | '\u{FE0E}' | '\u{FE0F}' | '\u{20E3}'
        | '\u{E0000}'..='\u{E007F}' | '\u{203C}' | '\u{2049}' | '\u{2139}' | '\u{24C2}'
        | '\u{2122}' | '\u{00A9}' | '\u{00AE}' | '\u{3030}' | '\u{303D}' | '\u{3297}'
        | '\u{3299}')
}

/// Letters of the Latin script, accented ones included.
pub(super) const fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}
