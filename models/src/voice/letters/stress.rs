//! Where the weight of a word lies.

/// Endings after which the syllable before them is stressed.
const PULLING: [&str; 16] = [
    "tion", "sion", "cian", "cial", "tial", "cious", "tious", "ic", "ics", "ical", "ity", "ian",
    "ia", "ious", "logy", "graphy",
];

fn is_vowel(c: char) -> bool {
    "AIOWYiuæɑɔəɛɜɪʊʌᵊ".contains(c)
}

/// Vowels that are never stressed.
fn is_weak(c: char) -> bool {
    matches!(c, 'ə' | 'ᵊ')
}

/// Marks the stressed vowel, and makes the short vowels beside it weak.
pub(super) fn mark(sounds: &str, letters: &[char]) -> String {
    let chars: Vec<char> = sounds.chars().collect();
    let vowels: Vec<usize> = (0..chars.len()).filter(|at| is_vowel(chars[*at])).collect();
    let Some(stressed) = choose(&chars, &vowels, letters) else { return sounds.to_owned() };
    let mut out = String::with_capacity(sounds.len() + 4);
    for (at, c) in chars.iter().copied().enumerate() {
        let place = vowels.iter().position(|vowel| *vowel == at);
        match place {
            Some(place) if place == stressed => out.push('ˈ'),
            // A word of many syllables has a second, weaker beat.
            Some(place) if place + 2 == stressed && !is_weak(c) => out.push('ˌ'),
            Some(place) if place.abs_diff(stressed) == 1 => {
                let open = chars.get(at + 1).is_none_or(|c| *c != 'ɹ');
                out.push(if open { weakened(c) } else { c });
                continue;
            }
            Some(_) | None => {}
        }
        out.push(c);
    }
    out
}

fn weakened(vowel: char) -> char {
    match vowel {
        'æ' | 'ɑ' | 'ʌ' => 'ə',
        other => other,
    }
}

/// The number of the stressed vowel among the vowels.
fn choose(chars: &[char], vowels: &[usize], letters: &[char]) -> Option<usize> {
    let strong = |place: usize| vowels.get(place).is_some_and(|at| !is_weak(chars[*at]));
    let count = vowels.len();
    if count == 0 {
        return None;
    }
    let word: String = letters.iter().collect();
    let pulled = PULLING.iter().find(|ending| word.ends_with(*ending)).map(|ending| {
        let beats = match *ending {
            "ity" | "ical" | "logy" | "graphy" | "ia" | "ian" | "ious" => 2,
            _ => 1,
        };
        count.saturating_sub(beats + 1)
    });
    let foreign = letters.last().is_some_and(|c| matches!(c, 'a' | 'i' | 'o' | 'u'));
    let wanted = match (pulled, count) {
        (Some(place), _) => place,
        (None, 1 | 2) => 0,
        (None, _) if foreign => count - 2,
        (None, _) => count - 3,
    };
    (wanted..count).chain((0..wanted).rev()).find(|place| strong(*place)).or(Some(wanted))
}
