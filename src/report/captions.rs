//! A conversation as captions, in [WebVTT](https://www.w3.org/TR/webvtt1/): a cue for what the person
//! said in each turn, and one for what was heard of the reply, word by word where the voice says when
//! words sound.
//!
//! Times are those of the session, which are those of its recording.

use std::ops::Range;
use std::time::Duration;

use antiphon_actors::ledger::{Record, Word};

/// Captions of turns in order.
pub fn page(turns: &[Record]) -> String {
    let mut page = String::from("WEBVTT\n");
    for turn in turns {
        let end = turn.speech_ended_at.unwrap_or(turn.ended_at);
        let spoken = seconds(turn.started_at)..seconds(end);
        cue(&mut page, &spoken, "you", &escaped(&turn.user_text));
        let words = turn.answer().map_or(&[][..], |answer| &answer.heard);
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let heard = first.start.since_start()..last.end.since_start();
            cue(&mut page, &heard, "agent", &timed(words));
        } else if let Some(start) = turn.reply_started_at {
            let last = turn.anchors.steps.last_sample.map(|last| last.since_start());
            let heard = seconds(start)..last.unwrap_or_else(|| seconds(turn.ended_at));
            cue(&mut page, &heard, "agent", &escaped(&turn.agent_text));
        }
    }
    page
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Adds a cue, unless nothing is said in it.
fn cue(page: &mut String, span: &Range<Duration>, who: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    // A cue must end after it begins.
    let end = span.end.max(span.start + Duration::from_millis(1));
    let (start, end) = (stamp(span.start), stamp(end));
    page.push_str(&format!("\n{start} --> {end}\n<v {who}>{text}\n"));
}

/// Words, each after the first behind the time at which it begins.
fn timed(words: &[Word]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push_str(&format!(" <{}>", stamp(word.start.since_start())));
        }
        text.push_str(&escaped(&word.text));
    }
    text
}

fn stamp(at: Duration) -> String {
    let ms = at.as_millis();
    let (seconds, minutes) = (ms / 1_000, ms / 60_000);
    format!("{:02}:{:02}:{:02}.{:03}", minutes / 60, minutes % 60, seconds % 60, ms % 1_000)
}

/// Text that is no markup, in one line.
fn escaped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
