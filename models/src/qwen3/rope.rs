//! Rotary positions (Su et al. 2021).

use super::Config;

/// The angle of each frequency for one position.
pub(crate) struct Rope {
    /// `theta^(-2i/head_dim)` for i below half the head's width.
    frequencies: Vec<f32>,
}

impl Rope {
    pub(crate) fn new(config: &Config) -> Self {
        let dim = config.head_dim;
        // The reference computes the exponent, the power and the division in f32.
        let frequency = |i: usize| 1.0 / config.rope_theta.powf((2 * i) as f32 / dim as f32);
        Self { frequencies: (0..dim / 2).map(frequency).collect() }
    }

    /// The angles of a position, `[head_dim / 2]`.
    pub(crate) fn angles(&self, position: usize) -> impl Iterator<Item = f32> {
        self.frequencies.iter().map(move |frequency| position as f32 * frequency)
    }

    /// Cosines then sines of each of `positions`, `[positions, head_dim]`.
    pub(crate) fn table(&self, positions: impl Iterator<Item = usize>) -> Vec<f32> {
        let mut table = Vec::new();
        for position in positions {
            table.extend(self.angles(position).map(f32::cos));
            table.extend(self.angles(position).map(f32::sin));
        }
        table
    }
}
