//! Whole shipped pipelines of real cores on a paused clock, with workers of stated cost.

#![allow(clippy::unwrap_in_result, reason = "a test may panic")]

mod ahead;
mod cast;
mod golden;
mod kill;
mod play;
mod scenario;
