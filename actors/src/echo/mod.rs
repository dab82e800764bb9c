//! `echo`: takes the sound of the loudspeaker out of that of the microphone.
//!
//! # Consumes
//! [`Payload::Audio`] at 16 kHz; beside that what the loudspeaker truly played, when it sounded,
//! through a [`FarEnd`].
//!
//! # Emits
//! [`Payload::Audio`]: the same sound, its times kept to the sample, without what the loudspeaker
//! added to it. A sample leaves 8 ms after it came, the length of the canceller's windows; frames
//! of whole tens of milliseconds wait for nothing else while the loudspeaker is told of in time. Where only echo is heard, what is left of
//! it is brought down to the noise of the room. Without a loudspeaker to hear, frames pass as they
//! are; so does, as late as otherwise, the sound of a microphone that hears nothing of the
//! loudspeaker.
//!
//! # Keeps
//! The canceller's model of the room, the last sound of the loudspeaker, how much echo was taken
//! out.
//!
//! # Drops
//! Audio at another rate costs that frame. Sound of the loudspeaker that is told of later than the
//! microphone heard it is of no use, and counted; then the microphone's sound waits a little, 50 ms
//! at most, so that the next comes in time, and less again where that was not needed for long.
//!
//! # On restart
//! Starts afresh: the room is learned again within a second of sound. So it is after a jump in
//! the times of the input; a gap of a few frames is filled with silence instead.
//!
//! [`Payload::Audio`]: crate::frame::Payload::Audio

mod canceller;
pub mod core;
mod far;
mod guard;
mod link;

#[cfg(test)]
mod tests;

use crate::shell::{Blueprint, Make};
use crate::worker;

pub use self::core::{Done, ECHO_SECONDS, ERLE_DB};
pub use link::FarEnd;

/// Samples a second that the canceller works at.
const RATE: u32 = 16_000;

/// What the stage does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Passes on what it takes.
    Pass,
    /// Cancels echo.
    Cancel {
        /// How the times of loudspeaker and microphone are laid side by side.
        early: Early,
    },
}

/// How much earlier than it is said to sound the loudspeaker is taken to sound, in ms.
///
/// The canceller finds echo that comes up to half a second after its cause, but none that comes
/// before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early(i64);

impl Early {
    /// A device says 20 ms ahead what will sound, and its times are some milliseconds off.
    pub const DEVICE: Self = Self(10);
    /// A sink without a device says within 15 ms what has sounded.
    pub const VIRTUAL: Self = Self(-15);
}

/// How to make the stage.
pub fn blueprint(mode: Mode, far_end: FarEnd) -> impl Blueprint {
    Make(move || {
        let far_end = far_end.clone();
        let worker = worker::task(move |io| async move { far_end.run(io, mode).await });
        Ok((core::EchoCore::new(mode), Some(worker)))
    })
}
