//! What the clients of servers share: connections, faults, waits with limits, event streams.
//!
//! Invariant: no wait is without a limit, and every wait ends when the turn moves.
//!
//! Invariant: no message and no `Debug` output holds a key, a password or the query of an address.

mod client;
mod fault;
#[cfg(test)]
pub(crate) mod server;
mod sse;
mod wait;

pub(crate) use client::{Body, Client, Collect};
pub(crate) use fault::{Again, Fault, Hidden, error_text};
pub(crate) use sse::{Event, Sse};
pub(crate) use wait::{Retries, Stop, Watch};
