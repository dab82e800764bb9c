//! Hears whether the person is done, with a network in the format of smart-turn: a stage without a kind,
//! which a pipeline has when its turn settings name such a network.
//!
//! # Consumes
//! [`Payload::Utterance`] at 16 kHz.
//!
//! # Emits
//! Nothing but facts: for each silence the log-odds that the turn is complete, which the turn
//! authority hears of.
//!
//! # Keeps
//! The last 8 s of sound, with zeros where no utterance was. A network that takes too long delays
//! nobody: the turn authority waits as long as it chooses.
//!
//! # Drops
//! Answers about silences after which the person went on; sound at another rate costs that frame.
//!
//! # On restart
//! Starts afresh: the next answer comes of the sound since then.
//!
//! [`Payload::Utterance`]: crate::frame::Payload::Utterance

pub mod core;
mod worker;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::shell::{Blueprint, Make};

/// The stage with this network, which is asked after that much silence.
pub fn blueprint(model: String, silence: Duration) -> impl Blueprint {
    Make(move || {
        let model = model.clone();
        let worker = crate::worker::thread("endpoint", move |io| worker::run(&model, io));
        Ok((core::Core::new(silence), Some(worker)))
    })
}
