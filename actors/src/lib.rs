//! Frames, ports, the stage contract, the one shell actor that runs any stage, and the stages.
//!
//! Invariant: no stage core reads a clock, awaits, or touches a device; time comes in as an
//! argument and effects go out as values ([`core`]).
//!
//! Invariant: one function writes the turn number, [`turn::TurnBoard::set`], and the turn
//! authority is its only caller.
//!
//! Invariant: every edge is a ring with a bound ([`edge`]); nothing waits in a mailbox but the word to
//! begin.

pub mod cancel;
pub mod chunker;
pub mod compute;
pub mod console;
pub mod core;
mod device;
pub mod distribution;
pub mod echo;
pub mod edge;
pub mod endpoint;
pub mod error;
pub mod fact;
pub mod frame;
pub mod gate;
mod http;
pub mod ledger;
pub mod llm;
pub mod logger;
pub mod mic;
mod model;
pub mod prosody;
pub mod shell;
#[cfg(test)]
mod sound;
pub mod speaker;
pub mod stats;
pub mod stt;
pub mod tape;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod tts;
pub mod turn;
pub mod vad;
pub mod worker;

pub use self::core::{Effect, Out, StageCore};
pub use edge::{Edge, Overflow};
pub use error::{Severity, StageError};
pub use fact::{Fact, Finished};
pub use frame::{Frame, Payload, PortType, TurnId};
pub use time::{Clock, Time};
pub use turn::{Phase, TurnBoard, TurnView};
