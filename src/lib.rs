//! The engine of Antiphon: a pipeline file becomes a graph of supervised stages, with one
//! authority over whose turn it is.
//!
//! - [`mod@bench`]: conversations that are made, held and measured from their sound.
//! - [`needs`]: the models of a pipeline, and the memory they take.
//! - [`plan`]: what a checked pipeline means in edges and queues; pure.
//! - [`build`]: which stage a kind is.
//! - [`devices`]: where networks run.
//! - [`engine`]: starting, supervising, and ending what was planned.
//! - [`report`]: what the turns of whole runs come to.
//! - [`telemetry`]: traces and metrics of what ran.
//!
//! Invariant: nothing here knows of a network's weights or of the command line.

pub mod bench;
pub mod build;
pub mod devices;
pub mod engine;
pub mod needs;
pub mod plan;
pub mod report;
pub mod telemetry;
