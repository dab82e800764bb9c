//! English spelling, as contexts and sounds.

/// How a group of letters sounds where its neighbours are as described.
///
/// In a context, `$` is the edge of the word, `V` a vowel letter (`y` among them), `C` a consonant
/// letter, `F` one of `e i y`; on the left `#` is a vowel letter anywhere before; on the right `E`
/// is an `e` that ends the word, alone or before `s`, `d`, `r`, `rs`, `ly`, `less`, `ful` or
/// `ment`. Everything else is itself.
pub(super) struct Rule {
    pub(super) left: &'static str,
    pub(super) letters: &'static str,
    pub(super) right: &'static str,
    /// American; `-` is silent.
    pub(super) sounds: &'static str,
}

const fn rule(
    left: &'static str,
    letters: &'static str,
    right: &'static str,
    sounds: &'static str,
) -> Rule {
    Rule { left, letters, right, sounds }
}

/// The rules of each letter, the first that fits counts. The last of each letter always fits.
pub(super) fn of(letter: char) -> &'static [Rule] {
    match letter {
        'a' => A,
        'b' => B,
        'c' => C,
        'd' => D,
        'e' => E,
        'f' => F,
        'g' => G,
        'h' => H,
        'i' => I,
        'j' => J,
        'k' => K,
        'l' => L,
        'm' => M,
        'n' => N,
        'o' => O,
        'p' => P,
        'q' => Q,
        'r' => R,
        's' => S,
        't' => T,
        'u' => U,
        'v' => V,
        'w' => W,
        'x' => X,
        'y' => Y,
        'z' => Z,
        _ => &[],
    }
}

const A: &[Rule] = &[
    rule("", "aa", "", "ɑ"),
    rule("", "ae", "", "i"),
    rule("", "augh", "", "ɔ"),
    rule("", "au", "", "ɔ"),
    rule("", "aw", "", "ɔ"),
    rule("", "air", "", "ɛɹ"),
    rule("", "ai", "", "A"),
    rule("", "ay", "", "A"),
    rule("", "are", "$", "ɛɹ"),
    rule("", "arr", "V", "æɹ"),
    rule("#C", "ar", "$", "əɹ"),
    rule("w", "ar", "", "ɔɹ"),
    rule("", "ar", "V", "ɛɹ"),
    rule("", "ar", "", "ɑɹ"),
    rule("", "all", "", "ɔl"),
    rule("", "alk", "", "ɔk"),
    rule("#", "able", "$", "əbᵊl"),
    rule("#", "ably", "$", "əbli"),
    rule("#", "al", "$", "ᵊl"),
    rule("#", "ally", "$", "əli"),
    rule("#", "age", "$", "ɪʤ"),
    rule("", "ange", "", "Anʤ"),
    rule("", "aste", "$", "Ast"),
    rule("", "ation", "", "Aʃən"),
    rule("", "a", "CE", "A"),
    rule("", "a", "CiV", "A"),
    rule("#", "a", "n$", "ə"),
    rule("#", "a", "$", "ə"),
    rule("$", "a", "$", "A"),
    rule("w", "a", "C", "ɑ"),
    rule("qu", "a", "C", "ɑ"),
    rule("$C", "a", "CV", "A"),
    rule("$", "a", "C", "æ"),
    rule("", "a", "", "æ"),
];

const B: &[Rule] = &[
    rule("m", "b", "$", "-"),
    rule("", "bt", "$", "t"),
    rule("", "bb", "", "b"),
    rule("", "b", "", "b"),
];

const C: &[Rule] = &[
    rule("", "cch", "", "k"),
    rule("$", "ch", "C", "k"),
    rule("te", "ch", "", "k"),
    rule("", "chr", "", "kɹ"),
    rule("", "ch", "", "ʧ"),
    rule("", "ck", "", "k"),
    rule("", "cious", "", "ʃəs"),
    rule("", "cian", "", "ʃən"),
    rule("", "cial", "", "ʃᵊl"),
    rule("", "cc", "F", "ks"),
    rule("", "cc", "", "k"),
    rule("s", "c", "F", "-"),
    rule("", "c", "F", "s"),
    rule("", "c", "", "k"),
];

const D: &[Rule] = &[
    rule("", "dge", "", "ʤ"),
    rule("", "dg", "F", "ʤ"),
    rule("", "dd", "", "d"),
    rule("", "d", "", "d"),
];

const E: &[Rule] = &[
    rule("", "eau", "", "O"),
    rule("", "eigh", "", "A"),
    rule("c", "ei", "", "i"),
    rule("", "ein", "", "In"),
    rule("", "ei", "", "i"),
    rule("", "eer", "", "ɪɹ"),
    rule("", "ee", "", "i"),
    rule("", "ear", "C", "ɜɹ"),
    rule("", "ear", "", "ɪɹ"),
    rule("", "ea", "d$", "ɛ"),
    rule("", "ea", "", "i"),
    rule("", "ewe", "$", "ju"),
    rule("r", "ew", "", "u"),
    rule("l", "ew", "", "u"),
    rule("", "ew", "", "ju"),
    rule("", "eur", "", "ɜɹ"),
    rule("", "eu", "", "ju"),
    rule("#", "ey", "$", "i"),
    rule("", "ey", "", "A"),
    rule("", "ere", "$", "ɪɹ"),
    rule("#", "er", "$", "əɹ"),
    rule("", "err", "V", "ɛɹ"),
    rule("", "er", "V", "ɛɹ"),
    rule("#", "er", "C", "əɹ"),
    rule("", "er", "", "ɜɹ"),
    rule("#", "ed", "$", "d"),
    rule("#", "ent", "$", "ənt"),
    rule("#", "ence", "$", "əns"),
    rule("#", "ency", "$", "ənsi"),
    rule("#", "en", "$", "ən"),
    rule("#", "el", "$", "ᵊl"),
    rule("#", "ess", "$", "əs"),
    rule("#s", "es", "$", "ɪz"),
    rule("#ch", "es", "$", "ɪz"),
    rule("#sh", "es", "$", "ɪz"),
    rule("#x", "es", "$", "ɪz"),
    rule("#z", "es", "$", "ɪz"),
    rule("#c", "es", "$", "ɪz"),
    rule("#g", "es", "$", "ɪz"),
    rule("#", "e", "s$", "-"),
    rule("#", "e", "$", "-"),
    rule("#", "e", "ly$", "-"),
    rule("#", "e", "ment$", "-"),
    rule("#", "e", "ful$", "-"),
    rule("#", "e", "less$", "-"),
    rule("", "e", "$", "i"),
    rule("", "e", "CE", "i"),
    rule("", "e", "o", "i"),
    rule("", "e", "a", "i"),
    rule("$C", "e", "CV", "i"),
    rule("", "e", "", "ɛ"),
];

const F: &[Rule] = &[rule("", "ff", "", "f"), rule("", "f", "", "f")];

const G: &[Rule] = &[
    rule("$", "gn", "", "n"),
    rule("", "gn", "$", "n"),
    rule("$", "gh", "", "ɡ"),
    rule("", "gh", "", "-"),
    rule("", "gg", "", "ɡ"),
    rule("", "gue", "$", "ɡ"),
    rule("", "gu", "F", "ɡ"),
    rule("$", "g", "i", "ɡ"),
    rule("$", "g", "e", "ʤ"),
    rule("", "g", "e", "ʤ"),
    rule("", "g", "y", "ʤ"),
    rule("", "g", "iV", "ʤ"),
    rule("", "g", "", "ɡ"),
];

const H: &[Rule] = &[rule("", "h", "$", "-"), rule("V", "h", "C", "-"), rule("", "h", "", "h")];

const I: &[Rule] = &[
    rule("", "igh", "", "I"),
    rule("", "ign", "$", "In"),
    rule("", "ind", "$", "Ind"),
    rule("", "ild", "$", "Ild"),
    rule("", "ique", "$", "ik"),
    rule("", "ization", "", "əzAʃən"),
    rule("", "ize", "$", "Iz"),
    rule("", "ise", "$", "Iz"),
    rule("#", "ible", "$", "əbᵊl"),
    rule("#", "ive", "$", "ɪv"),
    rule("#", "ine", "$", "in"),
    rule("#", "ite", "$", "It"),
    rule("", "ing", "$", "ɪŋ"),
    rule("", "ire", "", "Iəɹ"),
    rule("", "irr", "V", "ɪɹ"),
    rule("", "ir", "V", "ɪɹ"),
    rule("", "ir", "", "ɜɹ"),
    rule("#", "ied", "$", "id"),
    rule("#", "ies", "$", "iz"),
    rule("", "ies", "$", "Iz"),
    rule("#", "ier", "$", "iəɹ"),
    rule("#", "ie", "$", "i"),
    rule("", "ie", "$", "I"),
    rule("", "ie", "", "i"),
    rule("#", "ious", "$", "iəs"),
    rule("", "io", "", "iO"),
    rule("#", "ia", "$", "iə"),
    rule("", "ia", "", "iæ"),
    rule("", "iu", "", "iə"),
    rule("", "i", "CE", "I"),
    rule("$", "i", "CV", "I"),
    rule("#", "i", "$", "i"),
    rule("", "i", "$", "I"),
    rule("", "i", "V", "i"),
    rule("", "i", "", "ɪ"),
];

const J: &[Rule] = &[rule("", "jj", "", "ʤ"), rule("", "j", "", "ʤ")];

const K: &[Rule] = &[
    rule("$", "kn", "", "n"),
    rule("", "kh", "", "k"),
    rule("", "kk", "", "k"),
    rule("", "k", "", "k"),
];

const L: &[Rule] = &[
    rule("C", "le", "$", "ᵊl"),
    rule("C", "les", "$", "ᵊlz"),
    rule("C", "led", "$", "ᵊld"),
    rule("", "ll", "", "l"),
    rule("", "l", "", "l"),
];

const M: &[Rule] = &[
    rule("", "mm", "", "m"),
    rule("", "mn", "$", "m"),
    rule("$", "mc", "", "mək"),
    rule("", "m", "", "m"),
];

const N: &[Rule] = &[
    rule("", "nn", "", "n"),
    rule("", "ng", "$", "ŋ"),
    rule("", "ngs", "$", "ŋz"),
    rule("", "ng", "C", "ŋɡ"),
    rule("", "n", "ga", "ŋ"),
    rule("", "n", "go", "ŋ"),
    rule("", "n", "gu", "ŋ"),
    rule("", "n", "k", "ŋ"),
    rule("", "n", "x", "ŋ"),
    rule("", "n", "", "n"),
];

const O: &[Rule] = &[
    rule("", "ought", "", "ɔt"),
    rule("", "ough", "$", "O"),
    rule("", "ough", "", "ʌf"),
    rule("", "ook", "", "ʊk"),
    rule("", "oor", "", "ɔɹ"),
    rule("", "oo", "", "u"),
    rule("", "ould", "", "ʊd"),
    rule("", "our", "", "ɔɹ"),
    rule("#", "ous", "$", "əs"),
    rule("", "oup", "", "up"),
    rule("", "ou", "", "W"),
    rule("", "ower", "", "Wəɹ"),
    rule("", "own", "$", "Wn"),
    rule("", "ow", "$", "O"),
    rule("", "ow", "V", "O"),
    rule("", "ow", "", "W"),
    rule("", "oy", "", "Y"),
    rule("", "oi", "", "Y"),
    rule("", "oar", "", "ɔɹ"),
    rule("", "oa", "", "O"),
    rule("", "oe", "$", "O"),
    rule("", "oe", "", "O"),
    rule("", "ore", "", "ɔɹ"),
    rule("w", "or", "C", "ɜɹ"),
    rule("#C", "or", "$", "əɹ"),
    rule("", "orr", "", "ɔɹ"),
    rule("", "or", "", "ɔɹ"),
    rule("", "old", "", "Old"),
    rule("", "oll", "$", "Ol"),
    rule("", "ology", "$", "ɑləʤi"),
    rule("#C", "on", "$", "ən"),
    rule("#C", "om", "$", "əm"),
    rule("", "on", "$", "ɑn"),
    rule("", "o", "CE", "O"),
    rule("", "o", "CiV", "O"),
    rule("", "o", "$", "O"),
    rule("", "o", "V", "O"),
    rule("", "o", "s$", "O"),
    rule("", "oss", "", "ɔs"),
    rule("", "og", "$", "ɔɡ"),
    rule("$C", "o", "CV", "O"),
    rule("", "o", "", "ɑ"),
];

const P: &[Rule] = &[
    rule("", "pph", "", "f"),
    rule("", "ph", "", "f"),
    rule("$", "ps", "", "s"),
    rule("$", "pn", "", "n"),
    rule("$", "pt", "", "t"),
    rule("", "pp", "", "p"),
    rule("", "p", "", "p"),
];

const Q: &[Rule] = &[rule("", "que", "$", "k"), rule("", "qu", "", "kw"), rule("", "q", "", "k")];

const R: &[Rule] = &[
    rule("", "rrh", "", "ɹ"),
    rule("", "rh", "", "ɹ"),
    rule("", "rr", "", "ɹ"),
    rule("", "r", "", "ɹ"),
];

const S: &[Rule] = &[
    rule("", "sch", "", "sk"),
    rule("", "sh", "", "ʃ"),
    rule("V", "sion", "", "ʒən"),
    rule("", "ssion", "", "ʃən"),
    rule("", "sion", "", "ʃən"),
    rule("V", "sure", "", "ʒəɹ"),
    rule("", "sm", "$", "zəm"),
    rule("", "ss", "", "s"),
    rule("u", "s", "$", "s"),
    rule("i", "s", "$", "s"),
    rule("a", "s", "$", "s"),
    rule("V", "s", "$", "z"),
    rule("b", "s", "$", "z"),
    rule("d", "s", "$", "z"),
    rule("g", "s", "$", "z"),
    rule("l", "s", "$", "z"),
    rule("m", "s", "$", "z"),
    rule("n", "s", "$", "z"),
    rule("r", "s", "$", "z"),
    rule("v", "s", "$", "z"),
    rule("w", "s", "$", "z"),
    rule("V", "s", "e$", "z"),
    rule("V", "s", "i", "z"),
    rule("", "s", "", "s"),
];

const T: &[Rule] = &[
    rule("", "tch", "", "ʧ"),
    rule("", "th", "", "θ"),
    rule("s", "tion", "", "ʧən"),
    rule("", "tion", "", "ʃən"),
    rule("", "tial", "", "ʃᵊl"),
    rule("", "tious", "", "ʃəs"),
    rule("", "ture", "$", "ʧəɹ"),
    rule("", "tures", "$", "ʧəɹz"),
    rule("s", "t", "le$", "-"),
    rule("", "tt", "", "t"),
    rule("", "tz", "", "ts"),
    rule("", "t", "", "t"),
];

const U: &[Rule] = &[
    rule("", "ue", "$", "u"),
    rule("", "ui", "C", "u"),
    rule("", "uy", "$", "I"),
    rule("", "ure", "$", "jʊɹ"),
    rule("", "urr", "V", "ɜɹ"),
    rule("", "ur", "V", "jʊɹ"),
    rule("", "ur", "", "ɜɹ"),
    rule("#", "um", "$", "əm"),
    rule("#", "us", "$", "əs"),
    rule("#", "ul", "$", "ᵊl"),
    rule("t", "u", "CE", "u"),
    rule("d", "u", "CE", "u"),
    rule("l", "u", "CE", "u"),
    rule("r", "u", "CE", "u"),
    rule("", "u", "CE", "ju"),
    rule("$", "uni", "", "junɪ"),
    rule("", "u", "$", "u"),
    rule("", "u", "V", "u"),
    rule("l", "u", "CV", "u"),
    rule("r", "u", "CV", "u"),
    rule("$C", "u", "CV", "u"),
    rule("C", "u", "CV", "jə"),
    rule("", "u", "", "ʌ"),
];

const V: &[Rule] = &[rule("", "vv", "", "v"), rule("", "v", "", "v")];

const W: &[Rule] = &[
    rule("$", "wr", "", "ɹ"),
    rule("", "who", "", "hu"),
    rule("", "wh", "", "w"),
    rule("", "w", "$", "-"),
    rule("", "w", "", "w"),
];

const X: &[Rule] = &[rule("$", "x", "", "z"), rule("$e", "x", "V", "ɡz"), rule("", "x", "", "ks")];

const Y: &[Rule] = &[
    rule("$", "y", "V", "j"),
    rule("", "yr", "C", "ɜɹ"),
    rule("V", "y", "V", "j"),
    rule("#", "y", "$", "i"),
    rule("", "y", "$", "I"),
    rule("", "y", "CE", "I"),
    rule("$C", "y", "CV", "I"),
    rule("$", "y", "C", "ɪ"),
    rule("", "y", "", "ɪ"),
];

const Z: &[Rule] = &[rule("t", "z", "", "s"), rule("", "zz", "", "z"), rule("", "z", "", "z")];
