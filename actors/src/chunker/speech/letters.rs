//! Words that are not said as they are written: acronyms, abbreviations, Roman numerals.

use super::cursor::Cursor;
use super::lexicon::{ABBREVIATIONS, DOTTED, EMPHASIS, MIXED, NUMBERED, RULERS, SAID, SPELT, When};
use super::words;
use super::{Context, Said, ends_sentence};

/// Reads a word that is said otherwise than it is written; `None` for all others.
pub(super) fn word(cx: &Context<'_>) -> Option<Said> {
    if cx.before.is_some_and(char::is_alphabetic)
        || !cx.rest.starts_with(|c: char| c.is_alphabetic())
    {
        return None;
    }
    with_slash(cx)
        .or_else(|| dotted(cx))
        .or_else(|| abbreviation(cx))
        .or_else(|| roman(cx))
        .or_else(|| mixed(cx))
        .or_else(|| acronym(cx))
}

/// Capital letters with blanks between them.
pub(super) fn spell(letters: &str) -> String {
    let capitals = letters.chars().map(|c| c.to_uppercase().collect::<String>());
    capitals.collect::<Vec<_>>().join(" ")
}

fn with_slash(cx: &Context<'_>) -> Option<Said> {
    const WORDS: [(&str, &str); 8] = [
        ("and/or", "and or"),
        ("w/o", "without"),
        ("w/", "with"),
        ("n/a", "not applicable"),
        ("N/A", "not applicable"),
        ("b/c", "because"),
        ("I/O", "I O"),
        ("c/o", "care of"),
    ];
    let (sign, said) = WORDS.iter().find(|(sign, _)| cx.rest.starts_with(sign))?;
    let mut cursor = Cursor::new(cx.rest);
    cursor.eat_str(sign);
    if cx.before.is_some_and(char::is_alphanumeric) || (*sign != "w/" && !cursor.word_ends()) {
        return None;
    }
    Some(Said { length: sign.len(), words: (*said).to_owned() })
}

/// `e.g.`, `U.S.`, `Ph.D.`
fn dotted(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let mut length = 0;
    let mut stop = false;
    let mut parts = 0;
    let mut letters = String::new();
    loop {
        let part = cursor.word_ahead();
        let short = part.len() == 1 || (part == "Ph" && parts == 0);
        if !short || !part.is_ascii() {
            break;
        }
        cursor.eat_str(part);
        let dot = cursor.eat('.');
        if !dot && !cursor.word_ends() {
            break;
        }
        letters.push_str(part);
        length = cursor.at();
        parts += 1;
        stop = dot;
        if !dot {
            break;
        }
    }
    if parts < 2 {
        return None;
    }
    let source = cx.rest[..length].trim_end_matches('.').to_lowercase();
    let known = DOTTED.iter().find(|(sign, _)| *sign == source);
    let mut words = known.map_or_else(|| spell(&letters), |(_, said)| (*said).to_owned());
    if stop
        && known.is_none_or(|(sign, _)| !matches!(*sign, "e.g" | "i.e"))
        && ends_sentence(&cx.rest[length..])
    {
        words.push('.');
    }
    Some(Said { length, words })
}

fn abbreviation(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let word = cursor.letters();
    if !cursor.eat('.') {
        let title = matches!(word, "Mr" | "Mrs" | "Dr") && cursor.rest().starts_with(' ');
        let (_, said, _) = ABBREVIATIONS.iter().find(|(sign, ..)| title && *sign == word)?;
        return Some(Said { length: cursor.at(), words: (*said).to_owned() });
    }
    let after = cursor.rest().trim_start();
    let capital = after.starts_with(char::is_uppercase);
    if word == "St" {
        let name = capital && !cx.previous.starts_with(char::is_uppercase);
        let mut words = if name { "Saint" } else { "Street" }.to_owned();
        if !name && ends_sentence(cursor.rest()) {
            words.push('.');
        }
        return Some(Said { length: cursor.at(), words });
    }
    let (_, said, when) = ABBREVIATIONS.iter().find(|(sign, ..)| *sign == word)?;
    let fits = match when {
        When::Always => true,
        When::Name => capital,
        When::Number => after.starts_with(|c: char| c.is_ascii_digit()),
    };
    if !fits {
        return None;
    }
    let title = matches!(word, "Mr" | "Mrs" | "Ms" | "Dr" | "Prof") || *when == When::Name;
    let mut words = (*said).to_owned();
    if !title && ends_sentence(cursor.rest()) {
        words.push('.');
    }
    Some(Said { length: cursor.at(), words })
}

fn roman(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let numeral = cursor.letters();
    let ruler = RULERS.contains(&cx.previous);
    if !cursor.word_ends() || !(ruler || NUMBERED.contains(&cx.previous)) {
        return None;
    }
    let value = roman_value(numeral)?;
    // `Henry I think`
    let pronoun =
        numeral == "I" && !cursor.rest().starts_with(" of") && cursor.rest().starts_with(' ');
    if pronoun && (ruler || cursor.rest().trim_start().starts_with(char::is_lowercase)) {
        return None;
    }
    let words = if ruler {
        format!("the {}", words::ordinal(value, false))
    } else {
        words::cardinal(value, false)
    };
    Some(Said { length: cursor.at(), words })
}

/// The value of a Roman numeral up to 89 that is written as it should be.
fn roman_value(numeral: &str) -> Option<u64> {
    const TENS: [&str; 9] = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX"];
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    if numeral.is_empty() || numeral.len() > 8 {
        return None;
    }
    (1..90)
        .find(|n| {
            let (tens, ones) = (TENS[n / 10], ONES[n % 10]);
            numeral.strip_prefix(tens) == Some(ones)
        })
        .map(|n| n as u64)
}

fn mixed(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let word = cursor.letters();
    let (_, said) = MIXED.iter().find(|(sign, _)| *sign == word && cursor.word_ends())?;
    Some(Said { length: word.len(), words: (*said).to_owned() })
}

/// Capitals that are spelt, with the ending of a plural or a genitive.
fn acronym(cx: &Context<'_>) -> Option<Said> {
    let mut cursor = Cursor::new(cx.rest);
    let word = cursor.letters();
    let capitals = word.trim_end_matches('s');
    let plural = if capitals.len() + 1 == word.len() { "'s" } else { "" };
    let count = capitals.len();
    let fits = capitals.bytes().all(|c| c.is_ascii_uppercase()) && word.len() <= count + 1;
    if !fits || !(2..=6).contains(&count) {
        return None;
    }
    let digit = cursor.peek().is_some_and(|c| c.is_ascii_digit())
        || cx.before.is_some_and(|c| c.is_ascii_digit());
    let ampersand = cursor.peek() == Some('&') || cx.before == Some('&');
    let vowel = capitals.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
    let spelt = if SAID.contains(&capitals) {
        false
    } else if SPELT.contains(&capitals) || !vowel {
        !(cx.shouting && count > 3)
    } else {
        count <= 3 && (digit || ampersand || !EMPHASIS.contains(&capitals)) && !cx.shouting
    };
    if !spelt {
        return None;
    }
    let mut words = spell(capitals);
    let mut length = word.len();
    words.push_str(plural);
    let mut end = cursor;
    if plural.is_empty() && end.eat_any(&['\'', '’']).is_some() && end.eat('s') && end.word_ends()
    {
        words.push_str("'s");
        length = end.at();
    }
    Some(Said { length, words })
}
