//! The samples of one side, at the rate of the file and in their place.

use std::time::Duration;

use antiphon_models::Result;
use antiphon_models::audio::LiveResampler;

use crate::frame::Audio;
use crate::time::Time;

/// Sound that begins within this time of the end of what came before goes on with it: times are
/// whole nanoseconds, and clocks of devices are followed in small steps.
const JOINT: Duration = Duration::from_micros(200);

/// Samples for the file, and the place of the first.
pub(crate) type Piece = (u64, Vec<f32>);

/// One side.
#[derive(Debug)]
pub(crate) struct Track {
    rate: u32,
    stretch: Option<Stretch>,
}

/// Sound without a gap.
#[derive(Debug)]
struct Stretch {
    rate: u32,
    resampler: LiveResampler,
    /// When it is to go on.
    end: Time,
    /// Where the next sample goes.
    next: u64,
}

impl Track {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, stretch: None }
    }

    /// Takes what sounded; the pieces that this completes, oldest first.
    pub(crate) fn take(&mut self, audio: &Audio) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        let goes_on = self.stretch.as_ref().is_some_and(|stretch| {
            let apart = stretch.end.since(audio.at).max(audio.at.since(stretch.end));
            stretch.rate == audio.rate && apart <= JOINT
        });
        if !goes_on {
            pieces.extend(self.finish());
            self.stretch = Some(Stretch {
                rate: audio.rate,
                resampler: LiveResampler::new(audio.rate, self.rate)?,
                end: audio.at,
                next: audio.at.to_samples(self.rate),
            });
        }
        if let Some(stretch) = &mut self.stretch {
            let mut samples = Vec::new();
            stretch.resampler.push(&audio.samples, &mut samples);
            stretch.end = audio.end();
            pieces.push(stretch.place(samples));
        }
        Ok(pieces)
    }

    /// Ends the stretch; what was still in the converter.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let mut stretch = self.stretch.take()?;
        let mut samples = Vec::new();
        stretch.resampler.finish(&mut samples);
        Some(stretch.place(samples))
    }
}

impl Stretch {
    fn place(&mut self, samples: Vec<f32>) -> Piece {
        let start = self.next;
        self.next += samples.len() as u64;
        (start, samples)
    }
}
