//! What is said over a reply: it pauses the reply soon, and ends it if it says more than that
//! somebody listens, or goes on. Otherwise the reply goes on where it stopped.

use std::time::Duration;

use antiphon_actors::Time;

use super::open::Open;
use super::{Effects, TurnAuthority};

/// Words that say that somebody listens.
const ASSENT: [&str; 29] = [
    "ah", "aha", "alright", "hm", "hmm", "huh", "m-hm", "mhm", "mhmm", "mm", "mm-hm", "mm-hmm",
    "mmhm", "mmhmm", "mmm", "oh", "ok", "okay", "really", "right", "sure", "uh", "uh-huh", "um",
    "wow", "yeah", "yep", "yes", "yup",
];
/// Words that ask to speak, however short they are.
const FLOOR: [&str; 26] = [
    "actually", "but", "cancel", "enough", "excuse", "hang", "hello", "hey", "hold", "how",
    "listen", "never", "no", "nope", "pardon", "pause", "please", "quiet", "sorry", "stop", "wait",
    "what", "when", "where", "who", "why",
];
/// So many words are no backchannel, however short they are.
const MANY_WORDS: usize = 3;
/// How long the words of what was said over a reply are waited for.
const WORDS: Duration = Duration::from_millis(500);
/// A moment that is noticed so late passed while the machine stood still: what came meanwhile is
/// heard first.
const STOOD_STILL: Duration = Duration::from_millis(100);

impl TurnAuthority {
    /// When something must be decided about what is said over the reply.
    pub(super) fn barge_in_due(&self, open: &Open) -> Option<Time> {
        let at = open.barge_in?;
        Some(match open.over_stop {
            Some((stop, _)) if self.is_short(at, stop) && open.heard.words(stop).is_some() => {
                stop + self.settings.backchannel_silence
            }
            Some((_, known)) => known + WORDS,
            None if self.view.held => at + self.settings.barge_in_certain,
            None => at + self.settings.barge_in_min_speech,
        })
    }

    /// Whether a sound is too short to say more than that somebody listens.
    fn is_short(&self, from: Time, until: Time) -> bool {
        let longest = self.settings.backchannel_max;
        !longest.is_zero() && until <= from + longest
    }

    /// That moment came, and the person has spoken since `at`.
    pub(super) fn pass_barge_in(&mut self, at: Time, now: Time, out: &mut Effects) {
        let pauses = self.settings.barge_in_certain > self.settings.barge_in_min_speech;
        let stopped = self.open.as_ref().is_some_and(|open| open.over_stop.is_some());
        if stopped {
            // It was no word, or too short a one.
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
        // The words of the first part of a sound are often not those of all of it.
        let enough = match open.over_stop {
            Some((stop, _)) => stop,
            None => at + self.settings.backchannel_max,
        };
        let Some(words) = open.heard.words(enough) else { return };
        let stop = open.over_stop.map(|(stop, _)| stop);
        let is_short = stop.is_some_and(|stop| self.is_short(at, stop));
        let ends = if is_short { asks_to_speak(words) } else { !only_agrees(words) };
        let waited = stop.is_some_and(|stop| stop + self.settings.backchannel_silence <= now);
        if ends {
            self.interrupt(at, now, out);
        } else if waited || (stop.is_some() && only_agrees(words)) {
            self.go_on(out);
        }
    }

    /// The words heard of an interrupted reply should have been known by now.
    pub(super) fn miss_heard(&mut self, now: Time, out: &mut Effects) {
        let Some(cut) = self.cut.as_mut().filter(|cut| cut.deadline <= now) else { return };
        if now.since(cut.deadline) >= STOOD_STILL {
            cut.deadline = now + STOOD_STILL;
        } else {
            self.close_cut(String::new(), now, out);
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

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
}

/// Whether words say no more than that somebody listens.
fn only_agrees(text: &str) -> bool {
    words(text).all(|word| ASSENT.contains(&word.as_str()))
}

/// Whether words of a short sound are meant to be heard.
fn asks_to_speak(text: &str) -> bool {
    let others = words(text).filter(|word| !ASSENT.contains(&word.as_str())).count();
    others >= MANY_WORDS || words(text).any(|word| FLOOR.contains(&word.as_str()))
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

    #[test]
    fn words_that_ask_to_speak_are_known() {
        let check = |text: &str, asks: bool| assert_eq!(asks_to_speak(text), asks, "{text:?}");
        check("Stop!", true);
        check("Yeah, but", true);
        check("What?", true);
        check("Tell me more.", true);
        // What recognisers write for "mm-hm", "yeah", "uh-huh" and "right".
        check("May", false);
        check("You are.", false);
        check("A horse", false);
        check("Write.", false);
        check("Yeah, yeah, yeah, okay.", false);
        check("", false);
    }
}
