//! Questions by their form, also where no mark shows them.

use super::lexicon::*;
use super::sentence::{Sentence, is_verb};

impl Sentence {
    /// Whether it has the form of a question, and whether an asking word begins it. So has `if I
    /// win, what do I get`.
    pub(super) fn question(&self) -> (bool, bool) {
        let whole = Self::asks(self.proper());
        let clause = self.commas.last().map_or(&[][..], |&comma| &self.words[comma + 1..]);
        // Two words after a comma may be anything: `the red one, is it`.
        let clause = if whole.0 || clause.len() < 3 { whole } else { Self::asks(clause) };
        if !clause.0 && self.turns_to_question() { (true, true) } else { clause }
    }

    pub(super) fn asks(proper: &[String]) -> (bool, bool) {
        let Some(first) = proper.first().map(String::as_str) else { return (false, false) };
        let second = proper.get(1).map(String::as_str);
        let inverted = |word: &str| AUXILIARIES.contains(&word);
        // `When I came home` asks nothing.
        let opens = OPENERS.contains(&first) && !second.is_some_and(inverted);
        let wh = ASKING.contains(&first) && !opens;
        (wh || inverted(first) && proper.len() > 1, wh)
    }

    /// `I can't sleep what should I do`: an asking word with a verb turned before its subject, at
    /// which a recogniser without marks shows no new sentence. Not so in `tell me what the time is`.
    pub(super) fn turns_to_question(&self) -> bool {
        let begins_subject = |word: &String| {
            let word = word.as_str();
            SUBJECTS.contains(&word)
                || DETERMINERS.contains(&word)
                || matches!(word, "you" | "it" | "that" | "this")
        };
        let turned = |from: usize| {
            let rest = &self.words[from + 1..];
            // `Which colour do I get`.
            let verb = rest.iter().take(3).position(|word| AUXILIARIES.contains(&word.as_str()));
            verb.is_some_and(|verb| {
                rest.get(verb + 1).is_some_and(begins_subject)
                    && !rest[..verb].iter().any(begins_subject)
            })
        };
        let asks = |at: &usize| ASKING.contains(&self.words[*at].as_str());
        (1..self.words.len()).filter(asks).any(turned)
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

    /// `What I want to know`.
    pub(super) fn asks_before_end(&self) -> bool {
        self.words.iter().any(|word| ASKING.contains(&word.as_str()))
    }

    /// `What the time is`, `how much it was`, `which one does she have`: what follows the verb
    /// elsewhere was asked for before it.
    pub(super) fn is_stranded(&self) -> bool {
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

    /// `Where is she`.
    pub(super) fn is_turned(&self) -> bool {
        let before = self.words.len().checked_sub(2).map_or("", |at| self.words[at].as_str());
        self.proper().len() == 3 && matches!(before, "am" | "is" | "are" | "was" | "were")
    }
}
