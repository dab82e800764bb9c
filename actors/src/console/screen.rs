//! What is shown, as text.

use console::measure_text_width;
use serde_json::json;

use super::ConsoleMode;
use super::core::Show;
use crate::frame::Record;

/// To the first column of a line without anything on it.
const CLEAR: &str = "\r\x1b[2K";

/// A screen, or what stands in its place.
pub(super) struct Screen {
    mode: ConsoleMode,
    /// Whether the last line is words that are not certain.
    unfinished: bool,
}

impl Screen {
    pub(super) fn new(mode: ConsoleMode) -> Self {
        Self { mode, unfinished: false }
    }

    /// What to write, on a screen of that many columns.
    pub(super) fn show(&mut self, show: &Show, width: usize) -> String {
        match self.mode {
            ConsoleMode::Terminal => self.terminal(show, width),
            ConsoleMode::Plain => plain(show),
            ConsoleMode::Json => as_json(show),
        }
    }

    /// What to write after the last.
    pub(super) fn end(&mut self) -> &'static str {
        if std::mem::take(&mut self.unfinished) { "\n" } else { "" }
    }

    fn terminal(&mut self, show: &Show, width: usize) -> String {
        let clear = if self.unfinished { CLEAR } else { "" };
        if let Show::Words(_, transcript) = show {
            self.unfinished = true;
            let words = format!("you: {}", printable(&transcript.text));
            // The last column stays free: some terminals go on to the next line with it.
            return format!("{CLEAR}{}", cut(&words, width.saturating_sub(1)));
        }
        self.unfinished = false;
        format!("{clear}{}", plain(show))
    }
}

fn plain(show: &Show) -> String {
    match show {
        Show::Words(..) => String::new(),
        Show::Said(text) => line("you", text),
        Show::Turn(record, said) => turn_lines(record, *said),
    }
}

fn turn_lines(record: &Record, said: bool) -> String {
    let mut text = if said { String::new() } else { line("you", &record.user_text) };
    let reply = line("agent", &record.agent_text);
    if reply.is_empty() {
        return text;
    }
    text.push_str(&reply);
    if record.interrupted {
        text.insert_str(text.len() - 1, " [interrupted]");
    }
    text.push_str(&printable(&record.line()));
    text.push('\n');
    text
}

/// Somebody's words, if there are any.
fn line(who: &str, text: &str) -> String {
    let text = printable(text);
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!("{who}: {text}\n") }
}

/// Text that cannot move the cursor, change colours or end the line, whoever wrote it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The end of the text, if not all of it fits: the newest words are the ones that are looked for.
fn cut(text: &str, columns: usize) -> String {
    if measure_text_width(text) <= columns {
        return text.to_string();
    }
    let mut room = columns.saturating_sub(1);
    let mut from = text.len();
    for (index, c) in text.char_indices().rev() {
        let wide = measure_text_width(c.encode_utf8(&mut [0; 4]));
        if wide > room {
            break;
        }
        room -= wide;
        from = index;
    }
    format!("…{}", &text[from..])
}

fn as_json(show: &Show) -> String {
    let value = match show {
        Show::Words(turn, transcript) => json!({
            "event": if transcript.is_final { "final" } else { "partial" },
            "turn": turn,
            "text": transcript.text,
            "stable": transcript.stable,
            "until": transcript.until.since_start().as_secs_f64(),
        }),
        Show::Said(text) => json!({ "event": "said", "text": text }),
        Show::Turn(record, _) => json!({ "event": "turn", "record": **record }),
    };
    format!("{value}\n")
}
