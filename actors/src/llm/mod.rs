//! `llm.*`: answers a prompt, piece by piece.
//!
//! # Consumes
//! [`Prompt`](crate::frame::Prompt) of an attempt: the whole conversation, ending with the
//! person's words. The system prompt of the settings is put before it. Drafts of one, while the person
//! still speaks, where the kind reads ahead.
//!
//! # Emits
//! [`Token`](crate::frame::Token)s of that attempt as they are written, the last one with `end`,
//! also when the answer is empty; the steps [`LlmStart`](crate::fact::Step::LlmStart),
//! [`FirstToken`](crate::fact::Step::FirstToken) and [`LlmEnd`](crate::fact::Step::LlmEnd) once an
//! attempt, and its [`Usage`](crate::fact::Fact::Usage), also when it is abandoned; what was [read ahead](crate::fact::Fact::ReadAhead).
//!
//! # Keeps
//! Nothing that is needed: the conversation comes with each prompt. A worker may keep what makes
//! the next answer faster.
//!
//! # Drops
//! Answers of an attempt that is over: its job is abandoned, what still comes of it goes nowhere.
//! A generation that fails costs the attempt, which is made again. Drafts that came to nothing.
//!
//! # On restart
//! The answer being written is lost; the attempt is made again with the same prompt.

mod ahead;
pub mod core;
pub mod openai;
pub mod qwen3;

#[cfg(test)]
mod tests;
