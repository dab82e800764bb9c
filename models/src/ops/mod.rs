//! Loops that several networks share: threads, instruction sets, and the kernels of voices.
//!
//! A sequence is kept as `[time, channels]`, row by row: the channels of one moment are adjacent, so
//! that a convolution is a sum of matrix products over shifted rows, and what is done per channel
//! (norms, activations, transforms) goes over whole vectors. Weights are packed once, at load.
//!
//! Invariant: the result of a kernel does not depend on the number of threads; every element is
//! summed in an order that only the shapes decide.

pub(crate) mod conv;
pub(crate) mod functions;
pub(crate) mod lanes;
pub(crate) mod lstm;
pub(crate) mod pool;
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod tiles;
mod toom;
mod vector;
