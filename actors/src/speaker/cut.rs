//! Which words of a text were heard when its sound was cut off.

use unicode_segmentation::UnicodeSegmentation;

/// The words of `text` whose share of its characters had sounded after `played` of `total`
/// samples. Speech is taken to go through the characters evenly.
pub(super) fn heard_words(text: &str, played: u64, total: u64) -> &str {
    if played >= total {
        return text;
    }
    let spoken = text.trim();
    let chars = spoken.chars().count() as u64;
    let mut end = 0;
    for (start, word) in spoken.unicode_word_indices() {
        let candidate = start + word.len();
        let share = spoken[..candidate].chars().count() as u64;
        if share * total > played * chars {
            break;
        }
        if ends_word(&spoken[candidate..]) {
            end = candidate;
        }
    }
    let before = text.len() - text.trim_start().len();
    if end == 0 { "" } else { with_stop(text, before + end) }
}

/// The words of `text` up to the byte `end`, where a word ends, with the stop after it; nothing
/// for 0.
pub(super) fn heard_until(text: &str, end: usize) -> &str {
    match text.get(..end) {
        Some("") | None => "",
        Some(_) => with_stop(text.trim_end(), end.min(text.trim_end().len())),
    }
}

/// The text up to `end`, and the marks right after that.
fn with_stop(text: &str, end: usize) -> &str {
    let stop = text[end..].find(|c: char| c.is_alphanumeric() || c.is_whitespace());
    &text[..stop.map_or(text.len(), |stop| end + stop)]
}

/// Whether what people call a word ends before `rest`: not in `e-mail` before the hyphen, but
/// between the words of a language that is written without spaces.
fn ends_word(rest: &str) -> bool {
    let mut marks = rest.chars().skip_while(|c| !c.is_alphanumeric() && !c.is_whitespace());
    match (rest.chars().next(), marks.next()) {
        (None, _) | (_, None) => true,
        (Some(first), _) if first.is_alphanumeric() => true,
        (_, Some(next)) => next.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_heard() {
        let check = |text: &str, played: u64, total: u64, heard: &str| {
            assert_eq!(heard_words(text, played, total), heard, "{played}/{total} of {text:?}");
        };
        check("one two three", 0, 130, "");
        check("one two three", 29, 130, "");
        check("one two three", 30, 130, "one");
        check("one two three", 69, 130, "one");
        check("one two three", 70, 130, "one two");
        check("one two three", 129, 130, "one two");
        check("one two three", 130, 130, "one two three");
        check("one two three", 500, 130, "one two three");
        check("Well, yes. ", 50, 100, "Well,");
        check("Well, yes. ", 99, 100, "Well, yes.");
        check("Well, yes. ", 100, 100, "Well, yes. ");
        check("  Well, yes", 50, 90, "  Well,");
        check("an e-mail came", 40, 140, "an");
        check("an e-mail came", 95, 140, "an e-mail");
        check("it's 3.5 degrees", 80, 160, "it's 3.5");
        check("“Quoted words”", 75, 140, "“Quoted");
        check("今天很好", 2, 4, "今天");
        check("…", 1, 2, "");
        check("", 0, 10, "");
        check("nothing", 0, 0, "nothing");
    }

    #[test]
    fn words_are_heard_up_to_a_place() {
        let check = |text: &str, end: usize, heard: &str| assert_eq!(heard_until(text, end), heard);
        check("Well, yes. ", 0, "");
        check("Well, yes. ", 4, "Well,");
        check("Well, yes. ", 9, "Well, yes.");
        check(" “Quoted words”", 10, " “Quoted");
        check("it costs 42% more", 11, "it costs 42%");
        check("short", 50, "");
        check("e\u{301}", 2, "");
    }
}
