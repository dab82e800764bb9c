//! Pipeline files: text to checked value, with every fault placed.
//!
//! [`load()`] reads a TOML file, applies `--set` and the environment, checks everything that can be
//! checked without a device, a model or a server, and gives a [`Pipeline`] or all [`Faults`] at
//! once.
//!
//! ```
//! use antiphon_config::{ProcessEnv, parse};
//!
//! let text = "
//! [stages.mic]
//! kind = 'mik'
//! ";
//! let faults = parse("own.toml", text, &[], &ProcessEnv).expect_err("no such kind");
//! let fault = &faults.diagnostics()[0];
//! assert_eq!((fault.line, fault.column, fault.code.as_str()), (3, 8, "C201"));
//! assert_eq!(fault.help.as_deref(), Some("did you mean `mic`?"));
//! ```
//!
//! - Invariant: nothing outside this crate sees what was written, only what it means.
//! - Invariant: no fault, warning or `Debug` output holds a secret.
//! - Invariant: checking opens no file but the pipeline's own, no device and no connection.

mod check;
mod checked;
mod diagnostic;
mod document;
mod env;
mod graph;
mod load;
mod overrides;
mod parts;
mod port;
mod raw;
mod schema;
mod settings;
mod shape;
mod source;
mod telemetry;
mod words;

pub use checked::{EndOfTurn, Input, Overflow, Pipeline, Restart, Source, Stage, StageId, Turn};
pub use diagnostic::{Code, Diagnostic, Faults, Severity, json};
pub use env::{Env, ProcessEnv, Secret};
pub use load::{load, parse};
pub use overrides::Override;
pub use port::Port;
pub use schema::schema;
pub use settings::{
    Chunker, Console, Device, Dtype, Echo, EchoCancel, Gate, Kind, LlmOpenai, LlmQwen3, Logger,
    Mic, Settings, Speaker, SttOpenai, SttWhisper, TtsKokoro, TtsLanguage, TtsOpenai, TtsProgram,
    TtsSystem, Vad,
};
pub use telemetry::{OtlpProtocol, Telemetry};
