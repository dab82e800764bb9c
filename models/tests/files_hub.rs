//! Downloads against a local server that speaks the hub's protocol.

#![allow(clippy::unwrap_in_result, clippy::unwrap_used, reason = "a test may panic")]

#[path = "files_hub/choice.rs"]
mod choice;
#[path = "files_hub/refusal.rs"]
mod refusal;
#[path = "files_hub/server.rs"]
mod server;
#[path = "files_hub/shared_cache.rs"]
mod shared_cache;
#[path = "files_hub/transfer.rs"]
mod transfer;
#[path = "files_hub/world.rs"]
mod world;
