//! American sounds as they are in southern Britain.

/// Vowels that begin a syllable, so that an `ɹ` before them is heard.
fn is_vowel(c: char) -> bool {
    "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵊᵻ".contains(c)
}

/// Rewrites a word: no `ɹ` but before a vowel, long vowels marked, rounded `ɒ`, `Q` for `O`.
pub(super) fn from_american(sounds: &str) -> String {
    let chars: Vec<char> = sounds.chars().collect();
    let mut out = String::with_capacity(sounds.len() + 4);
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1).copied();
        let then = chars[(at + 2).min(chars.len())..].iter().find(|c| !"ˈˌ".contains(**c));
        let silent = next == Some('ɹ') && !then.is_some_and(|c| is_vowel(*c));
        let (sound, length) = match (chars[at], silent) {
            ('ɑ' | 'ɔ' | 'ɜ', true) => (long(chars[at]), 2),
            ('ɛ', true) => ("ɛː", 2),
            ('ɪ', true) => ("ɪə", 2),
            ('ʊ', true) => ("ɔː", 2),
            ('ə', true) => ("ə", 2),
            ('O', _) => ("Q", 1),
            ('æ', _) => ("a", 1),
            ('ɑ', _) if next == Some('ɹ') => ("ɑː", 1),
            ('ɑ', _) => ("ɒ", 1),
            ('ɔ' | 'ɜ' | 'u', _) => (long(chars[at]), 1),
            ('i', _) if next.is_some_and(|c| !is_vowel(c)) => ("iː", 1),
            ('i', _) if at > 0 && chars[at - 1] == 'ˈ' => ("iː", 1),
            (other, _) => {
                out.push(other);
                at += 1;
                continue;
            }
        };
        out += sound;
        at += length;
    }
    out
}

fn long(vowel: char) -> &'static str {
    match vowel {
        'ɑ' => "ɑː",
        'ɔ' => "ɔː",
        'ɜ' => "ɜː",
        'u' => "uː",
        _ => "",
    }
}
