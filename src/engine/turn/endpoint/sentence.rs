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
    commas: Vec<usize>,
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
    fn proper(&self) -> &[String] {
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

    /// `What I want to know`.
    fn asks_before_end(&self) -> bool {
        self.words.iter().any(|word| ASKING.contains(&word.as_str()))
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

    /// Whether it has the form of a question, and whether an asking word begins it. So has `if I
    /// win, what do I get`.
    pub(super) fn question(&self) -> (bool, bool) {
        let whole = Self::asks(self.proper());
        let clause = self.commas.last().map_or(&[][..], |&comma| &self.words[comma + 1..]);
        // Two words after a comma may be anything: `the red one, is it`.
        let clause = if whole.0 || clause.len() < 3 { whole } else { Self::asks(clause) };
        if !clause.0 && self.turns_to_question() { (true, true) } else { clause }
    }

    /// `Tell me how many legs`, `do you know which way`: an indirect question without its verb.
    pub(super) fn wants_verb(&self) -> bool {
        let from = self.words.len() - self.proper().len();
        let asks = |at: &usize| {
            let next = self.words.get(at + 1).map_or("", String::as_str);
            match self.words[*at].as_str() {
                "how" => matches!(next, "many" | "much"),
                "what" => {
                    matches!(next, "color" | "colour" | "day" | "kind" | "sort" | "time" | "year")
                }
                "which" | "whose" => !next.is_empty(),
                _ => false,
            }
        };
        let asking = (from + 1..self.words.len()).rfind(asks);
        let verb = |word: &String| AUXILIARIES.contains(&word.as_str()) || is_verb(word);
        asking.is_some_and(|at| !self.words[at + 2..].iter().any(verb))
    }

    /// `I can't sleep what should I do`: an asking word with a verb turned before its subject, at
    /// which a recogniser without marks shows no new sentence. Not so in `tell me what the time is`.
    fn turns_to_question(&self) -> bool {
        let is = |list: &[&str], word: &String| list.contains(&word.as_str());
        let turned = |from: usize| {
            // `Which colour do I get`.
            let verb = self.words[from + 1..].iter().take(3).position(|it| is(AUXILIARIES, it));
            let Some(verb) = verb.map(|place| from + 1 + place) else { return false };
            let between = &self.words[from + 1..verb];
            let subject = self.words.get(verb + 1);
            subject.is_some_and(|it| {
                is(SUBJECTS, it)
                    || is(DETERMINERS, it)
                    || matches!(it.as_str(), "you" | "it" | "that" | "this")
            }) && !between
                .iter()
                .any(|it| is(SUBJECTS, it) || is(DETERMINERS, it) || it == "you" || it == "it")
        };
        (1..self.words.len()).any(|at| is(ASKING, &self.words[at]) && turned(at))
    }

    fn asks(proper: &[String]) -> (bool, bool) {
        let Some(first) = proper.first().map(String::as_str) else { return (false, false) };
        let second = proper.get(1).map(String::as_str);
        let inverted = |word: &str| AUXILIARIES.contains(&word);
        // `When I came home` asks nothing.
        let opens = OPENERS.contains(&first) && !second.is_some_and(inverted);
        let wh = ASKING.contains(&first) && !opens;
        (wh || inverted(first) && proper.len() > 1, wh)
    }

    /// `What the time is`, `how much it was`, `which one does she have`: what follows the verb
    /// elsewhere was asked for before it.
    fn is_stranded(&self) -> bool {
        let last = self.words.len() - 1;
        let verb = self.words[last].as_str();
        let Some(asking) = self.words[..last].iter().rposition(|it| ASKING.contains(&it.as_str()))
        else {
            return false;
        };
        let has = |list: &[&str]| {
            self.words[asking + 1..last].iter().any(|word| list.contains(&word.as_str()))
        };
        let thing = matches!(self.words[asking].as_str(), "what" | "which" | "who" | "how");
        let be = matches!(verb, "is" | "are" | "was" | "were");
        let have = matches!(verb, "have" | "has" | "had" | "do" | "does" | "did");
        // Without a subject of its own the verb has only begun: `which animal is`.
        let subject = has(DETERMINERS) || has(SUBJECTS) || has(&["it", "you", "that", "this"]);
        subject && (be && !has(AUXILIARIES) || have && thing)
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

    /// `Where is she`.
    pub(super) fn is_turned(&self) -> bool {
        let before = self.words.len().checked_sub(2).map_or("", |at| self.words[at].as_str());
        self.proper().len() == 3 && matches!(before, "am" | "is" | "are" | "was" | "were")
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

fn is_verb(word: &str) -> bool {
    let stems = ["", "s", "es", "ed", "d", "ing"].map(|end| word.strip_suffix(end));
    stems.into_iter().flatten().any(|stem| VERBS.contains(&stem))
        || word.strip_suffix("ing").is_some_and(|stem| VERBS.contains(&format!("{stem}e").as_str()))
}
