//! The engine beside the system that it replaces and beside pipecat: models are fakes of the same
//! cost, and dead air is that of the sound.
//!
//! - [`costs`]: what the fakes cost.
//! - [`replaced`]: one step after the other, as it was.
//! - [`fakes`]: the same costs as stages of the engine.
//! - [`pipecat`]: the same costs and the same sound in pipecat.
//! - [`table`]: what that comes to.

pub mod costs;
pub mod fakes;
pub mod pipecat;
pub mod replaced;
pub mod table;
