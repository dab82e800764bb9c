//! Whether words are complete, by rules for English. In other languages only marks and length
//! tell something, since no word is known.

use super::lexicon::*;
use super::sentence::{Mark, Sentence, is_contraction, is_number};

/// The rules: what they look for, in the order of [`features`].
pub const NAMES: [&str; 32] = [
    "full_stop",
    "question_mark",
    "comma_or_dots",
    "filler",
    "stalling",
    "determiner",
    "preposition",
    "stranded_preposition",
    "particle",
    "conjunction",
    "auxiliary",
    "elliptic_auxiliary",
    "contraction",
    "subject",
    "transitive",
    "degree",
    "asking_word",
    "identifier_short",
    "identifier_long",
    "digits",
    "number",
    "spelling",
    "name",
    "subordinate",
    "answer",
    "one_word",
    "two_words",
    "question",
    "verbless",
    "open_list",
    "closer",
    "long",
];

/// How many of them, from the first, look at the mark.
pub const MARKS: usize = 3;

/// The digits of a short identifier, such as a door's code.
const SHORT: usize = 4;
/// The digits after which few identifiers go on.
const LONG: usize = 10;
/// Words of a sentence that is long; each before it makes an end likelier.
const LONG_SENTENCE: usize = 8;

/// Each rule as 0 or 1 for the last sentence, in the order of [`NAMES`], and how long it is
/// between both; none if there is no word.
pub fn features(text: &str) -> Option<[f32; NAMES.len()]> {
    look(&Sentence::last_of(text))
}

/// The same for the last two sentences as one; none if there are not two. A pause in mid-sentence
/// may have been heard as the end of one.
pub fn joined(text: &str) -> Option<[f32; NAMES.len()]> {
    look(&Sentence::last_two_of(text)?)
}

fn look(sentence: &Sentence) -> Option<[f32; NAMES.len()]> {
    let last = sentence.words.last()?.as_str();
    let is = |list: &[&str]| list.contains(&last);
    let (asks, wh) = sentence.question();
    let number = is_number(last);
    let (run, identifier) = sentence.digits();
    let answer = sentence.is_answer();
    let count = sentence.words.len();
    let alone = count == 1 && !sentence.preceded;
    let auxiliary = is(AUXILIARIES) && !alone;
    let elliptic = auxiliary && sentence.is_elliptic();
    let hanging = is(PREPOSITIONS) && !alone;
    let stranded = hanging && wh;
    let opened = sentence.is_subordinate();
    // `I think so`, `what is that`, `I can't wait then`.
    let stands = sentence.is_thought() || last == "that" && wh || sentence.ends_in_adverb();
    let conjunction = is(CONJUNCTIONS) && !answer && !stands;
    let ends_open = is(FILLERS) || is(DETERMINERS) || conjunction || hanging && !stranded;
    let verb = sentence.has_verb();
    let rules = [
        sentence.mark == Mark::Stop,
        sentence.mark == Mark::Question,
        sentence.mark == Mark::GoesOn,
        is(FILLERS),
        sentence.stalls(),
        is(DETERMINERS) && !answer,
        hanging && !stranded,
        stranded,
        is(PARTICLES) && !answer,
        conjunction,
        auxiliary && !elliptic,
        elliptic,
        is_contraction(last),
        (is(SUBJECTS) || last == "i") && !(wh && sentence.is_turned()),
        is(TRANSITIVE) && !wh || sentence.would_like(),
        is(DEGREES) && !answer && !stands,
        is(ASKING) && !alone || sentence.wants_verb(),
        // After one number of a sum as sure as after a few digits more come.
        identifier && run > 0 && run < SHORT || sentence.is_begun_sum(),
        identifier && (SHORT..LONG).contains(&run),
        !identifier && run > 1,
        number && run <= 1 && !alone && !asks,
        sentence.is_spelled(),
        sentence.ends_in_name(),
        opened,
        answer,
        alone && !answer,
        count == 2 && !sentence.preceded && !answer,
        asks && !ends_open && count > 2,
        !verb && !answer && !asks && !alone,
        sentence.is_open_list() && !is(FILLERS),
        is(CLOSERS) && !answer,
    ];
    let mut all = [count.min(LONG_SENTENCE) as f32 / LONG_SENTENCE as f32; NAMES.len()];
    for (feature, rule) in all.iter_mut().zip(rules) {
        *feature = f32::from(u8::from(rule));
    }
    Some(all)
}

/// Whether they come from a recogniser that writes no marks, and so tell nothing by having none: all
/// in small letters or all in capitals, where those that write marks begin sentences with a capital.
pub fn is_bare(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| c.is_alphabetic());
    let Some(first) = letters.next() else { return false };
    let small = first.is_lowercase();
    // `I` may begin a sentence.
    let capitals =
        first.is_uppercase() && letters.clone().count() > 0 && letters.all(char::is_uppercase);
    // Hyphens and apostrophes belong to words.
    let marked = text.contains(['.', ',', ';', ':', '?', '!', '\u{2026}']);
    (small || capitals) && !marked
}

/// Whether such words are a question, by their mark or their form.
pub fn is_question(features: &[f32; NAMES.len()]) -> bool {
    let marks = ["question_mark", "question"];
    NAMES.iter().zip(features).any(|(name, feature)| marks.contains(name) && *feature > 0.0)
}
