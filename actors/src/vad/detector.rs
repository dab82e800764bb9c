//! Speech or not, window by window.

/// Samples in a window: 16 ms at 16 kHz.
pub const WINDOW: usize = 256;

/// Says how likely a window is speech.
pub trait Detector: Send + 'static {
    /// The probability that the next window of [`WINDOW`] samples in -1 to 1 is speech.
    fn score(&mut self, window: &[f32]) -> f32;

    /// Forgets all windows.
    fn reset(&mut self);

    /// Whether it takes steady tones and hiss for speech.
    fn hears_speech_in_steady_sound(&self) -> bool {
        false
    }
}

/// Level of the noise under what the network hears: -65 dBFS (root mean square), as an amplitude.
/// After digital silence, such as a noise gate leaves, it takes noise for speech and the other way
/// round.
const DITHER: f32 = 5.6e-4 * 1.732;

/// The earshot network.
pub struct Earshot {
    network: Box<earshot::Detector>,
    dither: u32,
    window: Vec<f32>,
}

impl Earshot {
    const SEED: u32 = 0x9e37_79b9;

    /// A network that has heard nothing.
    pub fn new() -> Self {
        Self {
            network: earshot::Detector::default_boxed(),
            dither: Self::SEED,
            window: Vec::with_capacity(WINDOW),
        }
    }
}

impl Default for Earshot {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector for Earshot {
    fn score(&mut self, window: &[f32]) -> f32 {
        let dither = &mut self.dither;
        let dithered = |&sample: &f32| {
            // Marsaglia's xorshift: white enough, and the same in every run.
            *dither ^= *dither << 13;
            *dither ^= *dither >> 17;
            *dither ^= *dither << 5;
            let noise = (*dither >> 8) as f32 / (1 << 23) as f32 - 1.0;
            (sample + noise * DITHER).clamp(-1.0, 1.0)
        };
        self.window.clear();
        self.window.extend(window.iter().map(dithered));
        self.network.predict_f32(&self.window)
    }

    fn reset(&mut self) {
        self.network.reset();
        self.dither = Self::SEED;
    }

    fn hears_speech_in_steady_sound(&self) -> bool {
        true
    }
}
