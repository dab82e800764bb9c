//! End-to-end tests: the real program, its output, its exit code.

#![allow(clippy::print_stdout, reason = "a test that skips says so")]

mod bench;
mod chat;
mod conversation;
mod end_of_turn;
mod ledger;
mod models;
mod pipelines;
#[cfg(target_os = "linux")]
mod pulse;
mod report;
#[cfg(unix)]
mod setup;
mod support;
mod telemetry;
#[cfg(unix)]
mod top;
mod transcribe;
mod usage;
