//! The noise that the source of a voice is mixed with: for every sample one number for the tone and one
//! for each of 8 overtones.
//!
//! The reference also draws a phase for each overtone, but adds it to a moment that its resampling
//! leaves out, so that it is never heard.

pub use crate::random::Noise;
