//! `stt.*`: writes down what the person says.
//!
//! # Consumes
//! [`Utterance`](crate::frame::Utterance): marks, and the audio near speech at 16 kHz. From the
//! state of the conversation it learns when the words are wanted, and where a turn begins.
//!
//! # Emits
//! [`Transcript`](crate::frame::Transcript): partial ones, true whatever becomes of the turn, and
//! a last one for each attempt that wants an answer. The same as facts,
//! [`Partial`](crate::fact::Fact::Partial) and [`Final`](crate::fact::Fact::Final), with the time
//! at which the words were there, and the step [`SttStart`](crate::fact::Step::SttStart).
//!
//! # Keeps
//! The audio of the turn, at most ten minutes of it: an attempt may be discarded and the person go
//! on. While a reply is made and heard, also the audio of a new utterance beside it.
//!
//! # Drops
//! Audio of turns that are over; partials while the last one is still being made; results for an
//! attempt that is over.
//!
//! # On restart
//! The audio so far is lost. What comes after it counts as the whole utterance; without any, the
//! words of the turn are empty.

pub mod core;
mod heard;
pub mod openai;
pub mod whisper;

#[cfg(test)]
mod tests;
