//! Everything between a language network and a conversation: tokens, templates, sampling,
//! constrained answers and sessions.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "text/folder.rs"]
mod folder;
#[path = "text/gguf.rs"]
mod gguf;
#[path = "text/json.rs"]
mod json;
#[path = "text/reference.rs"]
mod reference;
#[path = "text/rehearsal.rs"]
mod rehearsal;
#[path = "text/session.rs"]
mod session;
#[path = "text/support.rs"]
mod support;
#[path = "text/together.rs"]
mod together;
