//! What of a network's text is said: thoughts are taken out, and nothing of a stop string gets
//! through.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes thoughts and stop strings out of a stream of text pieces.
///
/// Text that may be the beginning of a tag or a stop string is held back until it is decided.
#[derive(Debug, Clone)]
pub(crate) struct Speech {
    thoughts: Option<Thoughts>,
    /// Spoken text that may begin a stop string.
    held: String,
    stops: Vec<String>,
    stopped: bool,
}

#[derive(Debug, Clone, Default)]
struct Thoughts {
    inside: bool,
    /// Blanks are dropped until the first word after a thought.
    after: bool,
    /// Text that may begin a tag.
    held: String,
    text: String,
}

impl Speech {
    /// Begins an answer; without `thoughts`, tags are text like any other.
    pub(crate) fn new(stops: &[String], thoughts: bool) -> Self {
        let thoughts = thoughts.then(Thoughts::default);
        Self { thoughts, held: String::new(), stops: stops.to_vec(), stopped: false }
    }

    /// The prompt has opened a thought already.
    pub(crate) fn open(&mut self) {
        if let Some(thoughts) = &mut self.thoughts {
            thoughts.inside = true;
        }
    }

    /// Takes a piece and appends what can be said now to `out`; true when a stop string is
    /// complete, after which nothing more is said.
    pub(crate) fn push(&mut self, piece: &str, out: &mut String) -> bool {
        if self.stopped {
            return true;
        }
        match &mut self.thoughts {
            Some(thoughts) => thoughts.push(piece, &mut self.held),
            None => self.held.push_str(piece),
        }
        self.release(out)
    }

    /// Ends the answer: says what was held back.
    pub(crate) fn finish(&mut self, out: &mut String) {
        if self.stopped {
            return;
        }
        if let Some(thoughts) = &mut self.thoughts {
            let rest = std::mem::take(&mut thoughts.held);
            if thoughts.inside {
                thoughts.text.push_str(&rest);
            } else {
                thoughts.say(&rest, &mut self.held);
            }
        }
        if !self.release(out) {
            out.push_str(&std::mem::take(&mut self.held));
        }
    }

    /// What was thought.
    pub(crate) fn thoughts(&self) -> &str {
        self.thoughts.as_ref().map_or("", |thoughts| thoughts.text.trim())
    }

    fn release(&mut self, out: &mut String) -> bool {
        // The first to be complete wins, whatever the pieces were.
        let found = self.stops.iter().filter_map(|stop| {
            let at = self.held.find(stop)?;
            Some((at + stop.len(), at))
        });
        if let Some((_, at)) = found.min() {
            out.push_str(&self.held[..at]);
            self.held.clear();
            self.stopped = true;
            return true;
        }
        let keep = self.stops.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        out.extend(self.held.drain(..self.held.len() - keep));
        false
    }
}

impl Thoughts {
    fn push(&mut self, piece: &str, spoken: &mut String) {
        self.held.push_str(piece);
        loop {
            // A closing tag without an opening one is no speech either.
            let tags = if self.inside { &[CLOSE][..] } else { &[OPEN, CLOSE] };
            let found = tags.iter().filter_map(|tag| Some((self.held.find(tag)?, *tag))).min();
            let (end, tag) = match found {
                Some(found) => found,
                None => {
                    let keep = tags.iter().map(|tag| overlap(&self.held, tag)).max().unwrap_or(0);
                    (self.held.len() - keep, "")
                }
            };
            let rest = self.held.split_off(end + tag.len());
            let text = std::mem::replace(&mut self.held, rest);
            if self.inside {
                self.text.push_str(&text[..end]);
            } else {
                self.say(&text[..end], spoken);
            }
            if tag.is_empty() {
                return;
            }
            self.inside = tag == OPEN;
            self.after = true;
        }
    }

    fn say(&mut self, text: &str, spoken: &mut String) {
        let text = if self.after { text.trim_start() } else { text };
        if !text.is_empty() {
            self.after = false;
            spoken.push_str(text);
        }
    }
}

/// The length in bytes of the longest end of `text` that begins `word` without being all of it.
fn overlap(text: &str, word: &str) -> usize {
    word.char_indices().map(|(at, _)| at).rev().find(|at| text.ends_with(&word[..*at])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Speech;

    /// Pushes `text` in pieces of `size` characters; returns speech, thoughts and whether a stop
    /// string ended it, and checks that no piece takes back what another said.
    fn run(text: &str, size: usize, stops: &[&str], inside: bool) -> (String, String, bool) {
        let stops: Vec<String> = stops.iter().map(|s| s.to_string()).collect();
        let mut speech = Speech::new(&stops, true);
        if inside {
            speech.open();
        }
        let mut out = String::new();
        let chars: Vec<char> = text.chars().collect();
        let mut stopped = false;
        for piece in chars.chunks(size) {
            stopped = speech.push(&piece.iter().collect::<String>(), &mut out);
            assert!(stops.iter().all(|stop| !out.contains(stop.as_str())));
        }
        speech.finish(&mut out);
        (out, speech.thoughts().to_owned(), stopped)
    }

    #[test]
    fn thoughts_are_never_said() {
        for size in 1..20 {
            for (text, inside, said, thought) in [
                ("<think>\nhm\n</think>\n\nYes.", false, "Yes.", "hm"),
                ("hm\n</think>\n\nYes.", true, "Yes.", "hm"),
                ("Yes. <think>a</think> And <think>b</think>no", false, "Yes. And no", "ab"),
                ("<think>without end", false, "", "without end"),
                ("a < b <thin air", false, "a < b <thin air", ""),
                ("odd</think> end", false, "oddend", ""),
                ("<think></think>", false, "", ""),
                ("ends in <thi", false, "ends in <thi", ""),
            ] {
                let (out, thoughts, _) = run(text, size, &[], inside);
                assert_eq!((out.as_str(), thoughts.as_str()), (said, thought), "{text} {size}");
            }
        }
    }

    #[test]
    fn stop_strings_end_the_answer() {
        for size in 1..20 {
            for (text, stops, said, stopped) in [
                ("One.\nUser: two", &["\nUser:"][..], "One.", true),
                ("One.\nUse", &["\nUser:"], "One.\nUse", false),
                ("aaab", &["aab"], "a", true),
                ("x STOP y END z", &["END", "STOP"], "x ", true),
                ("été fini", &["é f"], "ét", true),
            ] {
                let (out, _, ended) = run(text, size, stops, false);
                assert_eq!((out.as_str(), ended), (said, stopped), "{text} {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn cutting_does_not_matter(text in "[ab<>/thinké \n]{0,60}", size in 1usize..10) {
            let whole = run(&text, 1000, &["ab", "ba\n"], false);
            prop_assert_eq!(run(&text, size, &["ab", "ba\n"], false), whole);
        }

        #[test]
        fn plain_text_passes(text in "\\PC{0,40}", size in 1usize..10) {
            prop_assume!(!text.contains("think>"));
            prop_assert_eq!(run(&text, size, &[], false).0, text);
        }
    }
}
