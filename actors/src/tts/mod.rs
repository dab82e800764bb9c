//! `tts.*`: speaks the pieces of an answer.
//!
//! # Consumes
//! [`Chunk`](crate::frame::Chunk)s of an attempt, in order.
//!
//! # Emits
//! [`Voice`](crate::frame::Voice) of that attempt: for each chunk its sound in pieces of at most
//! 100 ms, then an empty one with `chunk_end`, and `end` after the last; for a chunk with nothing
//! to say only that empty one. The step [`FirstVoice`](crate::fact::Step::FirstVoice) once an
//! attempt, with the silence cut before it, and [`TtsStart`](crate::fact::Step::TtsStart) and
//! [`TtsEnd`](crate::fact::Step::TtsEnd) for each chunk. Silence (below -50 dBFS) is cut to at most 5 ms before a chunk's first sound, to
//! 145 ms after its last, so that no more than 150 ms lie between two chunks, and to 20 ms at the
//! end of the answer. A voice that knows when words sound tells it with the frame before
//! which it was not known ([`WordTime`](crate::frame::WordTime)).
//!
//! # Keeps
//! Chunks that wait while one is spoken; it takes no more frames while more than two do.
//!
//! # Drops
//! Chunks and sound of an attempt that is over: its job is abandoned at once. Speech that fails
//! costs the attempt, which is made again.
//!
//! # On restart
//! Waiting chunks are lost; the attempt is made again.

mod align;
pub mod core;
pub mod kokoro;
pub mod openai;
pub mod system;
pub mod trim;

#[cfg(test)]
mod tests;
