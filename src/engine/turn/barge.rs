//! What is said over a reply: it pauses the reply soon, and ends it if it says more than that
//! somebody listens, or goes on. Otherwise the reply goes on where it stopped.

use std::time::Duration;

use antiphon_actors::Time;

use super::open::Open;
use super::{Effects, TurnAuthority};

/// Words that say that somebody listens.
const ASSENT: [&str; 26] = [
    "ah", "aha", "alright", "hm", "hmm", "huh", "mhm", "mm", "mm-hm", "mm-hmm", "mmhm", "mmm",
    "oh", "ok", "okay", "really", "right", "sure", "uh", "uh-huh", "um", "wow", "yeah", "yep",
    "yes", "yup",
];
/// How long the words of what was said over a reply are waited for.
const WORDS: Duration = Duration::from_millis(500);

impl TurnAuthority {
    /// When something must be decided about what is said over the reply.
    pub(super) fn barge_in_due(&self, open: &Open) -> Option<Time> {
        let at = open.barge_in?;
        Some(match open.over_stop {
            Some((_, known)) => known + WORDS,
            None if self.view.held => at + self.settings.barge_in_certain,
            None => at + self.settings.barge_in_min_speech,
        })
    }

    /// That moment came, and the person has spoken since `at`.
    pub(super) fn pass_barge_in(&mut self, at: Time, now: Time, out: &mut Effects) {
        let pauses = self.settings.barge_in_certain > self.settings.barge_in_min_speech;
        let stopped = self.open.as_ref().is_some_and(|open| open.over_stop.is_some());
        if stopped {
            // It was no word.
            self.go_on(out);
        } else if self.view.held || !pauses {
            self.interrupt(at, now, out);
        } else {
            self.view.held = true;
            out.turn(self.view);
            self.judge(now, out);
        }
    }

    /// Ends or resumes a reply that is paused, if what was said over it is known.
    pub(super) fn judge(&mut self, now: Time, out: &mut Effects) {
        let Some(open) = self.open.as_ref().filter(|_| self.view.held) else { return };
        let Some(at) = open.barge_in else { return };
        let Some(words) = open.heard.words(at) else { return };
        if !only_agrees(words) {
            self.interrupt(at, now, out);
        } else if open.over_stop.is_some_and(|(stop, _)| open.heard.words(stop).is_some()) {
            self.go_on(out);
        }
    }

    /// The reply goes on where it was paused.
    fn go_on(&mut self, out: &mut Effects) {
        self.open_mut(|open| {
            open.barge_in = None;
            open.over_stop = None;
            open.next_partial.take_if(|_| open.next_start.is_none());
        });
        self.view.held = false;
        out.turn(self.view);
    }
}

/// Whether words say no more than that somebody listens.
fn only_agrees(text: &str) -> bool {
    let mut words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty());
    words.all(|word| ASSENT.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_assent_are_known() {
        let check = |text: &str, agrees: bool| assert_eq!(only_agrees(text), agrees, "{text:?}");
        check("Yeah.", true);
        check(" Mm-hm, okay… ", true);
        check("Oh, really?", true);
        check("", true);
        check("…", true);
        check("Yeah, but when?", false);
        check("No.", false);
        check("Stop", false);
    }
}
