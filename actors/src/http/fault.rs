//! What goes wrong with a server, in words for its user.

use std::fmt;
use std::time::Duration;

use antiphon_config::Secret;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// The most characters of a server's message that are quoted.
const QUOTED: usize = 300;

/// Whether another attempt may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It fails for the same reason each time, or it is too late.
    Never,
    /// After the usual pause.
    Backoff,
    /// After the pause that the server asks for.
    After(Duration),
}

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody wants the answer any more: the turn moved, or the stage gave the job up.
    Stale,
    /// It failed.
    Failed {
        /// What went wrong and what to do about it.
        message: String,
        /// Whether another attempt may help.
        again: Again,
    },
}

impl Fault {
    /// A failure.
    pub(crate) fn failed(message: impl Into<String>, again: Again) -> Self {
        Self::Failed { message: message.into(), again }
    }
}

/// What no message may hold: keys and passwords.
#[derive(Clone, Default)]
pub(crate) struct Hidden(Vec<Secret>);

impl Hidden {
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().collect();
        secrets.retain(|secret| !secret.expose().is_empty());
        // A secret that holds another is taken out first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self(secrets)
    }

    /// Text of a server for a message: one line, bounded, without what is hidden.
    pub(crate) fn quote(&self, text: &str) -> String {
        let mut text = text.to_string();
        for secret in &self.0 {
            text = text.replace(secret.expose(), "…");
        }
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        let clean: String = text.chars().take(8 * QUOTED).map(clean).collect();
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(QUOTED) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// What the body of an error says, from the shapes that servers give it.
    pub(crate) fn message(&self, body: &str) -> String {
        let body = body.trim();
        if body.starts_with('<') {
            return "an HTML page".to_string();
        }
        let value = serde_json::from_str::<Value>(body).ok();
        self.quote(value.as_ref().and_then(error_text).unwrap_or(body))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hidden({} secrets)", self.0.len())
    }
}

/// The words of an error object, if there are any.
pub(crate) fn error_text(value: &Value) -> Option<&str> {
    if let Some(text) = value.as_str() {
        return (!text.trim().is_empty()).then_some(text);
    }
    if let Some(first) = value.as_array().and_then(|list| list.first()) {
        return error_text(first);
    }
    ["error", "message", "detail", "msg"].iter().find_map(|key| error_text(value.get(key)?))
}

/// How long the server asks to wait.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(str::to_string);
    if let Some(ms) = headers.get("retry-after-ms").and_then(text)
        && let Some(wait) = duration(&ms, 1e-3)
    {
        return Some(wait);
    }
    let wait = headers.get(RETRY_AFTER).and_then(text)?;
    duration(&wait, 1.0).or_else(|| {
        // A date is compared with the server's own clock, which need not agree with ours.
        let at = jiff::fmt::rfc2822::parse(wait.trim()).ok()?;
        let now = jiff::fmt::rfc2822::parse(headers.get(DATE).and_then(text)?.trim()).ok()?;
        Duration::try_from(at.duration_since(&now)).ok()
    })
}

fn duration(text: &str, unit: f64) -> Option<Duration> {
    let value: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(value * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_every_shape() {
        let cases = [
            (r#"{"error":{"message":"bad key","type":"auth"}}"#, "bad key"),
            (r#"{"error":"model `x` not found"}"#, "model `x` not found"),
            (r#"{"object":"error","message":"too long","code":400}"#, "too long"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, "field required"),
            (r#"[{"error":{"code":400,"message":"API key not valid"}}]"#, "API key not valid"),
            (r#"{"error":{"message":""}}"#, r#"{"error":{"message":""}}"#),
            ("  plain\r\n\u{1b}[31m text ", "plain [31m text"),
            ("<!doctype html><title>502</title>", "an HTML page"),
            ("", ""),
        ];
        for (body, expected) in cases {
            assert_eq!(Hidden::default().message(body), expected, "{body:?}");
        }
    }

    #[test]
    fn long_messages_are_cut() {
        let quoted = Hidden::default().quote(&"é ".repeat(100_000));
        assert_eq!(quoted.chars().count(), QUOTED + 1);
        assert!(quoted.ends_with('…'));
    }

    #[test]
    fn secrets_are_taken_out_before_the_cut() {
        let hidden = Hidden::new(["sk-long", "sk-long-er", ""].map(Secret::new));
        let text = format!("{}sk-long-er and sk-long", "x".repeat(QUOTED - 3));
        let quoted = hidden.quote(&text);
        assert_eq!(quoted, format!("{}… a…", "x".repeat(QUOTED - 3)));
        assert_eq!(hidden.message(r#"{"error":"sk-long-er?"}"#), "…?");
        assert!(!format!("{hidden:?}").contains("sk-"));
    }

    #[test]
    fn waits_are_read() {
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        let cases: [(&[_], Option<u64>); 8] = [
            (&[], None),
            (&[("retry-after", "2")], Some(2_000)),
            (&[("retry-after", " 0.5 ")], Some(500)),
            (&[("retry-after", "2"), ("retry-after-ms", "150")], Some(150)),
            (&[("retry-after", "-2")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:07 GMT"), ("date", date)], Some(7_000)),
            (&[("retry-after", date)], None),
        ];
        for (headers, expected) in cases {
            let map = headers
                .iter()
                .map(|(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(retry_after(&map), expected.map(Duration::from_millis), "{headers:?}");
        }
    }
}
