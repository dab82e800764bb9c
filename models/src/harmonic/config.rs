//! `config.json` of a voice, checked.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;

use crate::{Error, Result};

/// The one rate there is, in samples per second.
pub(super) const SAMPLE_RATE: u32 = 16_000;
/// The unit that a clause begins with.
pub(super) const START: char = '^';

/// Sizes and symbols of a voice, as its training writes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    model_type: String,
    sample_rate: u32,
    /// The symbols in the order of their embeddings.
    pub(super) symbols: Vec<char>,
    pub(super) unit_channels: usize,
    pub(super) unit_hidden: usize,
    pub(super) unit_blocks: usize,
    pub(super) frame_channels: usize,
    pub(super) frame_hidden: usize,
    pub(super) frame_blocks: usize,
    pub(super) kernel: usize,
    pub(super) bands: usize,
    /// Frames of silence before the first sound of a clause.
    pub(super) lead: usize,
    /// Frames in which a clause dies away.
    pub(super) tail: usize,
    /// Seconds of silence after a clause, by its mark.
    pub(super) pauses: BTreeMap<char, f64>,
    /// What other symbols are read as; nothing for a silent one.
    pub(super) aliases: BTreeMap<char, String>,
}

impl Config {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| {
            Error::file(path, "the file", e.to_string(), "the configuration of a voice")
        })?;
        config.check().map_err(|(key, found, expected)| {
            Error::file(path, format!("`{key}`"), found, expected)
        })?;
        Ok(config)
    }

    fn check(&self) -> Result<(), (&'static str, String, String)> {
        if self.model_type != "harmonic" {
            return Err(("model_type", self.model_type.clone(), "`harmonic`".into()));
        }
        if self.sample_rate != SAMPLE_RATE {
            return Err(("sample_rate", self.sample_rate.to_string(), SAMPLE_RATE.to_string()));
        }
        let sizes: [(&'static str, usize, RangeInclusive<usize>); 11] = [
            ("symbols", self.symbols.len(), 2..=4096),
            ("unit_channels", self.unit_channels, 1..=4096),
            ("unit_hidden", self.unit_hidden, 1..=16_384),
            ("unit_blocks", self.unit_blocks, 0..=64),
            ("frame_channels", self.frame_channels, 1..=4096),
            ("frame_hidden", self.frame_hidden, 1..=16_384),
            ("frame_blocks", self.frame_blocks, 0..=64),
            ("kernel", self.kernel, 1..=63),
            ("bands", self.bands, 2..=256),
            ("lead", self.lead, 1..=200),
            ("tail", self.tail, 1..=200),
        ];
        for (key, found, range) in sizes {
            if !range.contains(&found) {
                let expected = format!("a number from {} to {}", range.start(), range.end());
                return Err((key, found.to_string(), expected));
            }
        }
        if self.kernel.is_multiple_of(2) {
            return Err(("kernel", self.kernel.to_string(), "an odd number".into()));
        }
        for symbol in [START, ','] {
            if !self.symbols.contains(&symbol) {
                let found = format!("no `{symbol}`");
                return Err(("symbols", found, "the start, a comma and the sounds".into()));
            }
        }
        if let Some(pause) = self.pauses.values().find(|pause| !(0.0..=5.0).contains(*pause)) {
            return Err(("pauses", pause.to_string(), "seconds from 0 to 5".into()));
        }
        Ok(())
    }
}
