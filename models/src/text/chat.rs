//! A conversation as the text that the network was trained to continue.
//!
//! Checkpoints carry a Jinja template for this; it is rendered as Hugging Face transformers does
//! (`apply_chat_template`): blocks trimmed, Python's methods on strings, lists and maps,
//! `raise_exception`, `strftime_now` and a `tojson` that writes what `json.dumps` writes.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Environment, ErrorKind, context};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The format of checkpoints that carry no template: ChatML, with no word of its own.
const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + \
    message.content + '<|im_end|>' + '\n' }}{% endfor %}\
    {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Steps one rendering may take: far more than a thousand turns need, and an end to a template
/// that has none.
const FUEL: u64 = 20_000_000;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions that hold for the whole conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One contribution to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// Instructions that hold for the whole conversation.
    pub fn system(content: impl Into<String>) -> Self {
        Self { role: Role::System, content: content.into() }
    }

    /// Words of the person.
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// Words of the model.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }

    fn value(&self) -> Value {
        let role = match self.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        Value::from_pairs([("role", role), ("content", &self.content)])
    }
}

/// Replaces the last message, if it is the model's, by the part of it that was heard: what the
/// person did not hear, neither should remember. An answer of which nothing was heard is taken out.
pub fn keep_heard(messages: &mut Vec<Message>, heard: &str) {
    if messages.last().is_none_or(|last| last.role != Role::Assistant) {
        return;
    }
    messages.pop();
    if !heard.trim().is_empty() {
        messages.push(Message::assistant(heard));
    }
}

/// A compiled chat template.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    bos: Option<String>,
    eos: Option<String>,
}

impl ChatTemplate {
    /// Compiles `source`; `bos` and `eos` are the names that it knows as `bos_token`, `eos_token`.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] with the line at fault when `source` is not a template.
    pub fn new(source: &str, bos: Option<String>, eos: Option<String>) -> Result<Self> {
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().map_err(|e| fault(&e))?);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_function("strftime_now", strftime_now);
        environment.add_filter("tojson", tojson);
        environment
            .add_template_owned("chat", without_generation_marks(source))
            .map_err(|e| fault(&e))?;
        Ok(Self { environment, bos, eos })
    }

    /// The format of checkpoints that carry no template: `<|im_start|>role`, a line end, the
    /// content and `<|im_end|>`.
    pub fn chatml() -> Self {
        Self::new(CHATML, None, None).expect("the built-in template compiles: a test renders it")
    }

    /// Renders `messages`; with `answer`, the beginning of the model's next message too. With
    /// `thinking` off, a template that knows `enable_thinking` closes the thoughts before they
    /// begin.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] with the template's own words when it refuses the conversation.
    pub fn render(&self, messages: &[Message], answer: bool, thinking: bool) -> Result<String> {
        let name = |token: &Option<String>| token.as_deref().map_or(Value::UNDEFINED, Value::from);
        let template = self.environment.get_template("chat").map_err(|e| fault(&e))?;
        template
            .render(context! {
                messages => messages.iter().map(Message::value).collect::<Vec<_>>(),
                tools => (),
                documents => (),
                add_generation_prompt => answer,
                enable_thinking => thinking,
                bos_token => name(&self.bos),
                eos_token => name(&self.eos),
            })
            .map_err(|e| fault(&e))
    }
}

fn fault(error: &minijinja::Error) -> Error {
    let place = error.line().map_or(String::new(), |line| format!(" (line {line})"));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Error::Input(format!("chat template{place}: {detail}"))
}

/// transformers marks the model's words with `{% generation %}` blocks for training; for rendering
/// they mean nothing.
fn without_generation_marks(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let Some(len) = rest[start + 2..].find("%}") else { break };
        let tag = &rest[start..start + len + 4];
        text.push_str(&rest[..start]);
        match tag[2..len + 2].trim_matches(['-', '+']).trim() {
            "generation" => text.push_str(&tag.replace("generation", "if true")),
            "endgeneration" => text.push_str(&tag.replace("endgeneration", "endif")),
            _ => text.push_str(tag),
        }
        rest = &rest[start + len + 4..];
    }
    text + rest
}

fn raise_exception(message: String) -> Result<Value, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
}

/// The local time in C's `strftime` notation, as some templates put the date into the prompt.
fn strftime_now(format: String) -> Result<String, minijinja::Error> {
    jiff::fmt::strtime::format(&format, &jiff::Zoned::now())
        .map_err(|e| minijinja::Error::new(ErrorKind::InvalidOperation, e.to_string()))
}

/// Python's `json.dumps(…, ensure_ascii=False)`, which transformers gives templates in place of
/// Jinja's own filter.
fn tojson(value: Value, _: Rest<Value>, options: Kwargs) -> Result<Value, minijinja::Error> {
    let failed = |e: serde_json::Error| {
        minijinja::Error::new(ErrorKind::BadSerialization, format!("`tojson`: {e}"))
    };
    let indent: Option<usize> = options.get("indent")?;
    options.get::<Option<bool>>("ensure_ascii")?;
    options.assert_all_used()?;
    let mut out = Vec::new();
    let blanks = " ".repeat(indent.unwrap_or(0).min(16));
    if indent.is_some() {
        let format = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, format))
    } else {
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, OneLine))
    }
    .map_err(failed)?;
    Ok(Value::from(String::from_utf8_lossy(&out).into_owned()))
}

/// Python's separators: a blank after each comma and colon.
struct OneLine;

impl serde_json::ser::Formatter for OneLine {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
