//! Words that are not said as they are written: acronyms, abbreviations, Roman numerals.

use super::cursor::Cursor;
use super::words;
use super::{Context, Said, ends_sentence};

/// What follows an abbreviation decides whether it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Only before a name, that is a capital.
    Name,
    /// Only before a number.
    Number,
}

/// Abbreviations with a full stop after them.
const ABBREVIATIONS: &[(&str, &str, When)] = &[
    ("Mr", "Mister", When::Always),
    ("Mrs", "Missus", When::Always),
    ("Ms", "Miss", When::Always),
    ("Dr", "Doctor", When::Always),
    ("Prof", "Professor", When::Always),
    ("Gen", "General", When::Name),
    ("Sen", "Senator", When::Name),
    ("Gov", "Governor", When::Name),
    ("Capt", "Captain", When::Name),
    ("Col", "Colonel", When::Name),
    ("Lt", "Lieutenant", When::Name),
    ("Sgt", "Sergeant", When::Name),
    ("Rev", "Reverend", When::Name),
    ("Mt", "Mount", When::Name),
    ("Jr", "Junior", When::Always),
    ("Sr", "Senior", When::Always),
    ("Inc", "Incorporated", When::Always),
    ("Ltd", "Limited", When::Always),
    ("Corp", "Corporation", When::Always),
    ("Co", "Company", When::Always),
    ("Dept", "Department", When::Always),
    ("dept", "department", When::Always),
    ("Ave", "Avenue", When::Always),
    ("Blvd", "Boulevard", When::Always),
    ("Rd", "Road", When::Always),
    ("vs", "versus", When::Always),
    ("etc", "et cetera", When::Always),
    ("approx", "approximately", When::Always),
    ("Approx", "Approximately", When::Always),
    ("incl", "including", When::Always),
    ("est", "established", When::Number),
    ("No", "number", When::Number),
    ("no", "number", When::Number),
    ("Nos", "numbers", When::Number),
    ("nos", "numbers", When::Number),
    ("Fig", "figure", When::Number),
    ("fig", "figure", When::Number),
    ("Vol", "volume", When::Number),
    ("vol", "volume", When::Number),
    ("Ch", "chapter", When::Number),
    ("ch", "chapter", When::Number),
    ("Sec", "section", When::Number),
    ("sec", "section", When::Number),
    ("p", "page", When::Number),
    ("pp", "pages", When::Number),
    ("Eq", "equation", When::Number),
    ("min", "minimum", When::Number),
    ("max", "maximum", When::Number),
    ("ca", "about", When::Number),
    ("cf", "compare", When::Always),
    ("al", "al", When::Always),
];

/// Letters with full stops between them that stand for words.
const DOTTED: &[(&str, &str)] = &[
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("a.k.a", "also known as"),
    ("b.c", "B C"),
    ("ph.d", "P H D"),
    ("w.r.t", "with respect to"),
];

/// Capitals that are said as a word, though short or without vowels.
const SAID: &[&str] = &[
    "RAM",
    "ROM",
    "GIF",
    "PIN",
    "SIM",
    "LAN",
    "WAN",
    "CAD",
    "ZIP",
    "SAP",
    "ACE",
    "BIT",
    "NATO",
    "NASA",
    "JPEG",
    "LED ZEPPELIN",
    "OK",
    "SARS",
    "ASAP",
    "HIV",
    "IKEA",
];

/// Capitals of four letters and more that are spelt though they have vowels.
const SPELT: &[&str] = &[
    "ABBA", "ACLU", "ADHD", "AARP", "EEOC", "ESPN", "HIIT", "IEEE", "IETF", "IIRC", "AFAIK",
    "IMAP", "IMDB", "ISBN", "ISSN", "NCAA", "OECD", "UCLA", "UEFI", "USAF", "USDA", "USPS", "USSR",
    "USAID", "UUID", "CIDR", "OAUTH", "AIDC", "EULA", "HDMI", "DHCP", "HTTP", "HTTPS", "HTML",
    "CSS", "MIDI",
];

/// Words that are written in capitals for their weight.
const EMPHASIS: &[&str] = &[
    "A", "ACT", "ADD", "AGE", "ALL", "AM", "AN", "AND", "ANY", "ARE", "AS", "ASK", "AT", "BAD",
    "BE", "BIG", "BUT", "BUY", "BY", "CAN", "CUT", "DAY", "DID", "DO", "DON", "EAT", "END", "FAR",
    "FEW", "FOR", "FUN", "GET", "GO", "GOD", "GOT", "HAD", "HAS", "HE", "HER", "HEY", "HI", "HIM",
    "HIS", "HOT", "HOW", "I", "IF", "IN", "IS", "IT", "ITS", "JOB", "KEY", "LET", "LOT", "LOW",
    "MAN", "MAY", "ME", "MEN", "MY", "NEW", "NO", "NOR", "NOT", "NOW", "OF", "OFF", "OH", "OLD",
    "ON", "ONE", "OR", "OUR", "OUT", "OWN", "PUT", "RED", "RUN", "SAY", "SEE", "SET", "SHE", "SO",
    "SUM", "TEN", "THE", "TIP", "TO", "TOO", "TOP", "TRY", "TWO", "UP", "USE", "WAS", "WAY", "WE",
    "WHO", "WHY", "WIN", "WON", "WOW", "YES", "YET", "YOU", "TIE", "TEA", "SIX", "SIT", "SAW",
    "SAD", "RAN", "ODD", "NOD", "MIX", "MET", "MAD", "LIE", "LEG", "LAW", "JOY", "ICE", "HIT",
    "HA", "GUN", "GAS", "FLY", "FIX", "FAT", "EYE", "EAR", "DRY", "DOG", "CUP", "CRY", "CAT",
    "CAR", "BUS", "BOY", "BOX", "BED", "BAR", "BAG", "ART", "ARM", "AIR", "AGO", "WAR",
];

/// Names of mixed capitals.
const MIXED: &[(&str, &str)] = &[
    ("iOS", "I O S"),
    ("macOS", "mac O S"),
    ("iPadOS", "iPad O S"),
    ("watchOS", "watch O S"),
    ("PhD", "P H D"),
    ("IoT", "I O T"),
    ("SaaS", "sass"),
    ("LaTeX", "lah tek"),
    ("MHz", "megahertz"),
    ("GHz", "gigahertz"),
    ("kWh", "kilowatt hours"),
    ("vs", "versus"),
    ("wifi", "wi-fi"),
];

/// Rulers whose numerals are ordinals.
const RULERS: &[&str] = &[
    "Alexander",
    "Alfonso",
    "Benedict",
    "Carl",
    "Catherine",
    "Charles",
    "Christian",
    "Clement",
    "Edward",
    "Elizabeth",
    "Ferdinand",
    "Francis",
    "Frederick",
    "George",
    "Gregory",
    "Gustav",
    "Harald",
    "Henry",
    "Innocent",
    "Ivan",
    "James",
    "John",
    "Joseph",
    "Juan",
    "King",
    "Leo",
    "Leopold",
    "Louis",
    "Ludwig",
    "Margaret",
    "Mary",
    "Napoleon",
    "Nicholas",
    "Olaf",
    "Otto",
    "Paul",
    "Peter",
    "Philip",
    "Pius",
    "Pope",
    "Ptolemy",
    "Queen",
    "Ramesses",
    "Richard",
    "Robert",
    "Sixtus",
    "Stephen",
    "Urban",
    "Wilhelm",
    "William",
];

/// Things that are numbered.
const NUMBERED: &[&str] = &[
    "Act", "Appendix", "Article", "Book", "Bowl", "Chapter", "Class", "Division", "Episode",
    "Factor", "Fantasy", "Figure", "Level", "Mark", "Part", "Phase", "Rocky", "Round", "Scene",
    "Section", "Stage", "Table", "Title", "Type", "Unit", "Version", "Volume", "War",
];

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
