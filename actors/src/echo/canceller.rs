//! The canceller proper: WebRTC's AEC3, block by block.

use sonora::config::EchoCanceller;
use sonora::{AudioProcessing, Config, StreamConfig};

use super::RATE;
use super::guard::{Erle, Guard, Powers, Verdict, power};
use crate::error::StageError;

/// Samples in a block: 10 ms.
pub(super) const BLOCK: usize = RATE as usize / 100;
/// Samples that the canceller's output comes later than its input: 8 ms.
pub(super) const DELAY: usize = 128;
/// Samples over which a gain changes: 2 ms.
const FADE: usize = 32;

/// Takes echo out of sound.
pub(super) struct Canceller {
    processing: AudioProcessing,
    guard: Guard,
    gain: f32,
    /// The share of the microphone's own sound.
    through: f32,
    /// The end of that, as it leaves as late as what is cancelled.
    past: [f32; DELAY],
}

impl Canceller {
    pub(super) fn new() -> Self {
        // Its high-pass at 100 Hz stays: without it a constant offset or hum of the microphone
        // costs 20 dB.
        let config = Config { echo_canceller: Some(EchoCanceller::default()), ..Config::default() };
        let stream = StreamConfig::new(RATE, 1);
        let processing = AudioProcessing::builder()
            .config(config)
            .capture_config(stream)
            .render_config(stream)
            .build();
        Self { processing, guard: Guard::new(), gain: 1.0, through: 0.0, past: [0.0; DELAY] }
    }

    /// Takes the loudspeaker's block `far` out of the microphone's `mic`, which was captured when
    /// the other sounded or later.
    pub(super) fn step(
        &mut self,
        far: &[f32; BLOCK],
        mic: &[f32; BLOCK],
    ) -> Result<[f32; BLOCK], StageError> {
        let fault = |error| StageError::restart(format_args!("cannot cancel echo: {error}"));
        let mut left = [0.0; BLOCK];
        self.processing.process_render_f32(&[far], &mut [&mut left]).map_err(fault)?;
        self.processing.process_capture_f32(&[mic], &mut [&mut left]).map_err(fault)?;
        let powers = Powers { far: power(far), mic: power(mic), left: power(&left) };
        let Verdict { gain, through } = self.guard.step(powers);
        let (gains, shares) = ((self.gain, gain), (self.through, f32::from(u8::from(through))));
        (self.gain, self.through) = (gain, shares.1);
        let own = self.past.iter().chain(mic);
        for (index, (sample, own)) in left.iter_mut().zip(own).enumerate() {
            let step = ((index + 1) as f32 / FADE as f32).min(1.0);
            let between = |(from, to): (f32, f32)| from + (to - from) * step;
            let share = between(shares);
            *sample = *sample * between(gains) * (1.0 - share) + own * share;
        }
        self.past.copy_from_slice(&mic[BLOCK - DELAY..]);
        Ok(left)
    }

    /// How much echo was taken out so far.
    pub(super) fn erle(&self) -> Erle {
        self.guard.erle()
    }
}
