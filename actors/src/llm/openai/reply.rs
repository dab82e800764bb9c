//! A streamed chat completion: bytes in, text out.

use serde_json::Value;

use super::thoughts::Thoughts;
use crate::http::{Event, Hidden, Sse, error_text};

/// A chat completion as it comes.
#[derive(Debug, Default)]
pub(super) struct Reply {
    sse: Sse,
    thoughts: Thoughts,
    said: bool,
    thought: bool,
    /// Why the model ended, once it has.
    reason: Option<String>,
}

impl Reply {
    /// Takes bytes and appends what is to be said to `text`. What comes after the end is dropped.
    ///
    /// # Errors
    /// With the server's words when it failed, and with what it sent when that is no completion.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        hidden: &Hidden,
        text: &mut String,
    ) -> Result<(), String> {
        let mut events = Vec::new();
        let result = self.sse.push(bytes, &mut events);
        self.take(&events, hidden, text)?;
        result.map_err(|error| error.to_string())
    }

    /// The stream ended.
    ///
    /// # Errors
    /// When there was no text in it.
    pub(super) fn finish(&mut self, hidden: &Hidden, text: &mut String) -> Result<(), String> {
        let mut events = Vec::new();
        self.sse.finish(&mut events);
        self.take(&events, hidden, text)?;
        self.end(None, text);
        match (self.said, self.reason.as_deref()) {
            (true, _) => Ok(()),
            (false, None | Some("")) => Err("the answer holds no text".to_string()),
            (false, Some(reason)) => {
                let thought = if self.thought { ", only thoughts" } else { "" };
                Err(format!("the answer holds no text{thought} (`{}`)", hidden.quote(reason)))
            }
        }
    }

    /// Takes a completion that came in one piece.
    ///
    /// # Errors
    /// As [`push`](Self::push) and [`finish`](Self::finish).
    pub(super) fn whole(
        &mut self,
        body: &str,
        hidden: &Hidden,
        text: &mut String,
    ) -> Result<(), String> {
        let event = Event { name: String::new(), data: body.to_string() };
        self.take(&[event], hidden, text)?;
        self.finish(hidden, text)
    }

    /// Whether the model has ended.
    pub(super) fn is_over(&self) -> bool {
        self.reason.is_some()
    }

    /// Whether something was said.
    pub(super) fn has_said(&self) -> bool {
        self.said
    }

    /// Whether the model thinks instead of answering.
    pub(super) fn is_thinking(&self) -> bool {
        !self.said && (self.thought || self.thoughts.is_inside())
    }

    fn take(&mut self, events: &[Event], hidden: &Hidden, text: &mut String) -> Result<(), String> {
        for event in events {
            if self.is_over() {
                return Ok(());
            }
            match event.name.as_str() {
                "" | "message" => self.data(&event.data, hidden, text)?,
                "error" => return Err(hidden.message(&event.data)),
                // Signs of life, and whatever else a proxy adds.
                _ => {}
            }
        }
        Ok(())
    }

    fn data(&mut self, data: &str, hidden: &Hidden, text: &mut String) -> Result<(), String> {
        let data = data.trim();
        if data == "[DONE]" {
            self.end(Some("done"), text);
            return Ok(());
        }
        if data.is_empty() {
            return Ok(());
        }
        let value: Value = serde_json::from_str(data)
            .map_err(|_| format!("`{}` is no piece of a completion", hidden.quote(data)))?;
        if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
            let words = error_text(error).unwrap_or("an error without words");
            return Err(hidden.quote(words));
        }
        // Without choices: the count of tokens at the end, or a sign of life.
        let Some(choice) = value.pointer("/choices/0") else { return Ok(()) };
        for delta in ["delta", "message"].iter().filter_map(|key| choice.get(key)) {
            let mut content = String::new();
            gather(delta.get("content"), &mut content);
            self.thought |= ["reasoning_content", "reasoning"]
                .iter()
                .any(|key| delta.get(key).and_then(Value::as_str).is_some_and(|it| !it.is_empty()));
            self.say(|thoughts, out| thoughts.push(&content, out), text);
        }
        match choice.get("finish_reason").and_then(Value::as_str) {
            Some("error") => Err("the model failed in mid-answer".to_string()),
            Some(reason) => {
                self.end(Some(reason), text);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn end(&mut self, reason: Option<&str>, text: &mut String) {
        self.thought |= self.thoughts.is_inside();
        self.say(Thoughts::finish, text);
        if let Some(reason) = reason {
            self.reason = Some(reason.to_string());
        }
    }

    fn say(&mut self, with: impl FnOnce(&mut Thoughts, &mut String), text: &mut String) {
        let before = text.len();
        with(&mut self.thoughts, text);
        self.said |= text.len() > before;
    }
}

/// The text of a content: a string, or a list of parts.
fn gather(content: Option<&Value>, text: &mut String) {
    match content {
        Some(Value::String(it)) => text.push_str(it),
        Some(Value::Array(parts)) => {
            for part in parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)) {
                text.push_str(part);
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {}
    }
}
