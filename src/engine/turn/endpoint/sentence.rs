//! The last sentence of what was said, and what its form tells.

use super::lexicon::*;

/// How far before its digits an identifier is named, in words.
const NAMED: usize = 6;

/// What stands at the end of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Stop,
    Question,
    GoesOn,
}

/// The last sentence, in small letters, without marks.
pub(super) struct Sentence {
    pub(super) words: Vec<String>,
    /// Places of words with a comma after them, but for those around a hesitation.
    pub(super) commas: Vec<usize>,
    pub(super) mark: Mark,
    /// It is not all that was said.
    pub(super) preceded: bool,
}

impl Sentence {
    pub(super) fn last_of(text: &str) -> Self {
        let start = starts(text).last();
        Self::from(text, start.unwrap_or(0))
    }

    /// The last two as one; none if there are not two.
    pub(super) fn last_two_of(text: &str) -> Option<Self> {
        let starts: Vec<usize> = starts(text).collect();
        let before = starts.len().checked_sub(2).map_or(0, |at| starts[at]);
        (!starts.is_empty()).then(|| Self::from(text, before))
    }

    fn from(text: &str, start: usize) -> Self {
        let mark = mark(text.trim_end());
        let (mut words, mut commas) = (Vec::new(), Vec::new());
        for piece in body(text)[start..].split_whitespace() {
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            if word.is_empty() {
                continue;
            }
            if piece.ends_with([',', ';', ':']) {
                commas.push(words.len());
            }
            words.push(word.replace('\u{2019}', "'"));
        }
        commas.retain(|&comma| !hesitates(&words, comma));
        Self { words, commas, mark, preceded: start > 0 }
    }

    /// The words after preludes such as `well,`, `hm` or `let me see`.
    pub(super) fn proper(&self) -> &[String] {
        let mut rest = &self.words[..];
        loop {
            let begins = |phrase: &&&[&str]| {
                phrase.len() <= rest.len() && phrase.iter().zip(rest).all(|(a, b)| a == b)
            };
            let skip = match rest.first().map(String::as_str) {
                // Nothing but preludes.
                None => return &self.words,
                Some(word) if PRELUDES.contains(&word) || FILLERS.contains(&word) => 1,
                Some(_) => match INTRODUCTIONS.iter().find(begins) {
                    Some(phrase) => phrase.len(),
                    None => return rest,
                },
            };
            rest = &rest[skip..];
        }
    }

    fn ends_with(&self, tail: &[&str]) -> bool {
        let from = self.words.len().checked_sub(tail.len());
        from.is_some_and(|from| self.words[from..].iter().zip(tail).all(|(a, b)| a == b))
    }

    pub(super) fn stalls(&self) -> bool {
        let whole = |tail: &[&str]| tail.len() == self.words.len();
        STALLS.iter().any(|tail| !whole(tail) && self.ends_with(tail))
            || WHOLE_STALLS.iter().any(|tail| whole(tail) && self.ends_with(tail))
            || REQUESTS.iter().any(|tail| self.ends_with(tail)) && !self.asks_before_end()
            || self.breaks_off()
    }

    /// `How many, wait`, `where do, sorry`, but neither `I can't wait` nor `we are sorry`.
    fn breaks_off(&self) -> bool {
        let [.., before, last] = &self.words[..] else { return false };
        let before = before.as_str();
        let open = DETERMINERS.contains(&before)
            || CONJUNCTIONS.contains(&before)
            || ASKING.contains(&before)
            || matches!(before, "many" | "much");
        let verb = matches!(before, "can" | "could" | "did" | "do" | "does" | "will" | "would");
        match last.as_str() {
            "wait" => open,
            "sorry" => open || verb,
            _ => false,
        }
    }

    /// `What is six`: a sum of which there is one number yet.
    pub(super) fn is_begun_sum(&self) -> bool {
        let last = self.words.last().is_some_and(|word| is_number(word));
        let head = self.proper().split_last().map_or(&[][..], |(_, head)| head);
        let heads = [&["what", "is"][..], &["what's"], &["how", "much", "is"]];
        last && heads
            .iter()
            .any(|it| it.len() == head.len() && it.iter().zip(head).all(|(a, b)| a == b))
    }

    pub(super) fn would_like(&self) -> bool {
        let before = self.words.len().checked_sub(2).map(|at| self.words[at].as_str());
        self.ends_with(&["like"]) && before.is_some_and(|it| it == "would" || it.ends_with("'d"))
    }

    /// `Yes, I do`, `so am I`, `I think it is`.
    pub(super) fn is_elliptic(&self) -> bool {
        let begins = |word: &str| self.words.first().is_some_and(|first| first == word);
        let pronoun = self.words.len().checked_sub(2).is_some_and(|at| {
            let before = self.words[at].as_str();
            SUBJECTS.contains(&before) || matches!(before, "it" | "you" | "that" | "there" | "this")
        });
        let (_, wh) = self.question();
        pronoun && (begins("yes") || begins("no") || begins("sure") || wh || self.thinks())
            || self.is_stranded()
    }

    /// `I hope so`.
    pub(super) fn is_thought(&self) -> bool {
        let before = self.words.len().checked_sub(2).map_or("", |at| self.words[at].as_str());
        self.ends_with(&["so"]) && THOUGHTS.contains(&before)
    }

    /// `We can go now then`, but not `and then`.
    pub(super) fn ends_in_adverb(&self) -> bool {
        let [.., before, last] = &self.words[..] else { return false };
        matches!(last.as_str(), "then" | "though")
            && self.words.len() > 2
            && !CONJUNCTIONS.contains(&before.as_str())
    }

    fn thinks(&self) -> bool {
        let thought =
            |word: &String| matches!(word.as_str(), "think" | "hope" | "know" | "believe");
        self.words.iter().take(3).any(thought)
    }

    /// How many digits or numbers end it, and whether they are those of an identifier.
    pub(super) fn digits(&self) -> (usize, bool) {
        let tail = self.words.iter().rev().take_while(|word| is_number(word));
        let words = tail.clone().count();
        // Digits may be written together.
        let written: usize =
            tail.map(|word| word.len().max(1) * usize::from(is_written(word))).sum();
        let before = &self.words[..self.words.len() - words];
        let named = before.iter().rev().take(NAMED);
        let identifier = named.clone().any(|word| IDENTIFIERS.contains(&word.as_str()));
        (words.max(written), identifier)
    }

    /// Letters, one by one.
    pub(super) fn is_spelled(&self) -> bool {
        let letter = |word: &&String| word.len() == 1 && !is_number(word) && word.as_str() != "i";
        self.words.iter().rev().take_while(letter).count() > 1
    }

    /// A first name, after which a second may come.
    pub(super) fn ends_in_name(&self) -> bool {
        let from = |back: usize| self.words.len().checked_sub(back).map(|at| &self.words[at..]);
        let after = |back: usize, head: &[&str]| {
            from(back).is_some_and(|tail| head.iter().zip(tail).all(|(a, b)| a == b))
        };
        after(3, &["name", "is"]) || after(2, &["name's"]) || after(2, &["named"])
    }

    /// Begins like `if I go there`, and the other clause is missing.
    pub(super) fn is_subordinate(&self) -> bool {
        let proper = self.proper();
        let opens = proper.first().is_some_and(|word| OPENERS.contains(&word.as_str()));
        let inverted = proper.get(1).is_some_and(|word| AUXILIARIES.contains(&word.as_str()));
        let from = self.words.len() - proper.len();
        let last = self.words.len() - 1;
        let comma = self.commas.iter().any(|&comma| comma > from && comma + 2 < last);
        let main = comma || self.turns_to_question();
        opens && !inverted && !main && self.verbs() < 2
    }

    pub(super) fn is_answer(&self) -> bool {
        let known = |word: &String| ANSWERS.contains(&word.as_str());
        let number = self.words.len() == 1 && self.words.iter().all(|word| is_number(word));
        self.words.len() <= 4 && self.words.iter().all(known) && self.words.len() != 1
            || number
            || self.words.len() == 1 && SINGLE.contains(&self.words[0].as_str())
    }

    pub(super) fn has_verb(&self) -> bool {
        self.verbs() > 0
    }

    /// How many verbs there are; those with at most one word between them are one: `want to go`.
    fn verbs(&self) -> usize {
        let verb =
            |word: &str| AUXILIARIES.contains(&word) || is_contraction(word) || is_verb(word);
        let places = (0..self.words.len()).filter(|&at| verb(&self.words[at]));
        let (count, _) = places.fold((0, None), |(count, last), at| {
            let joined = last.is_some_and(|last| at - last <= 2);
            (count + usize::from(!joined), Some(at))
        });
        count
    }

    /// Things with commas between them and no `and` before the last.
    pub(super) fn is_open_list(&self) -> bool {
        let last = self.words.len() - 1;
        let Some(&comma) = self.commas.iter().rfind(|&&comma| comma < last) else { return false };
        let tail = &self.words[comma + 1..];
        let joined = tail.iter().any(|word| matches!(word.as_str(), "and" | "or"));
        let answer = |word: &str| ANSWERS.contains(&word) || PRELUDES.contains(&word);
        let closes = tail.iter().any(|word| CLOSERS.contains(&word.as_str()) || word == "too")
            || tail.iter().all(|word| answer(word))
            // `Is it far, Anna`.
            || tail.len() == 1 && Self::asks(self.proper()).0;
        let head = self.words.len() - self.proper().len();
        let said = self.commas.iter().filter(|&&comma| comma >= head).count();
        let verb = |word: &String| is_verb(word) || AUXILIARIES.contains(&word.as_str());
        let short = tail.len() <= 3 && !tail.iter().any(verb);
        said > 0 && short && !joined && !closes && comma >= head + 2
    }
}

/// Without the marks behind the last word.
fn body(text: &str) -> &str {
    text.trim_end_matches(|c: char| !c.is_alphanumeric())
}

/// Where sentences begin, but for the first: a mark with a space after it ends one, dots in a row
/// do not.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let body = body(text);
    let bytes = body.as_bytes();
    let ends = body.char_indices().filter(move |(at, c)| {
        let dots = *c == '.' && *at > 0 && bytes[at - 1] == b'.';
        let spaced = bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace);
        matches!(c, '.' | '?' | '!') && spaced && !dots
    });
    ends.map(|(at, _)| at + 1)
}

/// Whether the comma after that word is one of those in `I need, um, milk`.
fn hesitates(words: &[String], comma: usize) -> bool {
    let filler = |at: usize| {
        words.get(at).is_some_and(|word| FILLERS.contains(&word.as_str()) || word == "well")
    };
    let stalls = |from: usize, stall: &[&str]| {
        let some = words.get(from..from + stall.len());
        some.is_some_and(|some| some.iter().zip(stall).all(|(a, b)| a == b))
    };
    let after = comma + 1;
    let stalling = STALLS.iter().any(|stall| {
        stalls(after, stall) || after.checked_sub(stall.len()).is_some_and(|at| stalls(at, stall))
    });
    filler(comma) || filler(after) || stalling
}

fn mark(text: &str) -> Mark {
    let text = text.trim_end_matches(['"', '\'', ')', '\u{201d}']);
    match text.chars().next_back() {
        Some('.') if text.ends_with("..") => Mark::GoesOn,
        Some('.' | '!') => Mark::Stop,
        Some('?') => Mark::Question,
        Some(',' | ';' | ':' | '-' | '\u{2026}' | '\u{2013}' | '\u{2014}') => Mark::GoesOn,
        Some(_) | None => Mark::None,
    }
}

fn is_written(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_number(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit()) || NUMBERS.contains(&word)
}

pub(super) fn is_contraction(word: &str) -> bool {
    let whole = ["let's", "o'clock"].contains(&word);
    let head = CONTRACTED.iter().find_map(|end| word.strip_suffix(end));
    let stands = |head: &str| {
        SUBJECTS.contains(&head)
            || ASKING.contains(&head)
            || ["it", "that", "there", "you", "here", "this"].contains(&head)
    };
    word == "let's" || !whole && head.is_some_and(stands)
}

pub(super) fn is_verb(word: &str) -> bool {
    let stems = ["", "s", "es", "ed", "d", "ing"].map(|end| word.strip_suffix(end));
    stems.into_iter().flatten().any(|stem| VERBS.contains(&stem))
        || word.strip_suffix("ing").is_some_and(|stem| VERBS.contains(&format!("{stem}e").as_str()))
}
