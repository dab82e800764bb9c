//! The sound of the last seconds, its levels, and where in it speech begins and ends.

use std::collections::VecDeque;

/// Samples in a block: 4 ms at 16 kHz, about a pitch period of a low voice.
pub(super) const BLOCK: u64 = 64;
/// Level of digital silence, in dBFS: 16 bits have nothing below.
const SILENT_DBFS: f32 = -96.0;
/// How far voiced sound stands out of the noise, in dB.
const OVER_NOISE_DB: f32 = 10.0;
/// How far the first voiced sound may lie under the loudest of the first window, in dB.
const ONSET_DB: f32 = 25.0;
/// How far the last voiced sound may lie under the loudest before it, in dB: a final /s/ or /n/ lies
/// up to 20 dB under its vowel; below that it is the echo of the room, or breath.
const OFFSET_DB: f32 = 20.0;
/// Sound this far under the loudest before it is not voiced, in dB.
const QUIET_DB: f32 = 30.0;
/// Blocks of a closure inside a word: 80 ms.
const CLOSURE: u64 = 20;
/// How far before the detector's first window speech may have begun, in blocks: 400 ms, for soft
/// first sounds such as /f/ and /h/.
const LATE: u64 = 100;
/// How far after the detector's last window speech may go on, in blocks: 32 ms.
const TAIL: u64 = 8;
/// How far back the loudest sound is looked for, in blocks: 400 ms, two syllables.
const RECENT: u64 = 100;

/// Sound by the number of its sample, and the level of each block.
pub(super) struct History {
    samples: VecDeque<f32>,
    levels: VecDeque<f32>,
    /// Number of the first sample; a multiple of [`BLOCK`].
    first: u64,
    keep: u64,
    noise: Option<f32>,
}

impl History {
    /// Keeps at least `keep` samples.
    pub(super) fn new(keep: u64) -> Self {
        let keep = keep + (LATE + RECENT) * BLOCK;
        Self { samples: VecDeque::new(), levels: VecDeque::new(), first: 0, keep, noise: None }
    }

    /// Number of the sample after the last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.samples.len() as u64
    }

    /// Number of the first sample that is kept.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn push(&mut self, samples: impl IntoIterator<Item = f32>) {
        self.samples.extend(samples);
    }

    /// The samples from `from` to before `to`.
    pub(super) fn range(&self, from: u64, to: u64) -> impl ExactSizeIterator<Item = f32> {
        let index = |number: u64| (number.clamp(self.first, self.end()) - self.first) as usize;
        self.samples.range(index(from)..index(to)).copied()
    }

    /// Measures the blocks before `end`, and forgets what is older than is kept.
    pub(super) fn measure(&mut self, end: u64) {
        while (self.first / BLOCK + self.levels.len() as u64 + 1) * BLOCK <= end {
            let from = self.first + self.levels.len() as u64 * BLOCK;
            let power = self.range(from, from + BLOCK).map(|x| x * x).sum::<f32>() / BLOCK as f32;
            self.levels.push_back((10.0 * power.max(1e-20).log10()).max(SILENT_DBFS));
        }
        let old = end.saturating_sub(self.keep).saturating_sub(self.first) / BLOCK;
        self.samples.drain(..(old * BLOCK) as usize);
        self.levels.drain(..old as usize);
        self.first += old * BLOCK;
    }

    /// Takes the blocks from `from` to before `to` for noise.
    pub(super) fn learn_noise(&mut self, from: u64, to: u64) {
        for block in from / BLOCK..to / BLOCK {
            let level = self.level(block);
            let noise = self.noise.unwrap_or(level);
            // Slow to rise, as the beginning of speech is always heard before it is detected.
            self.noise = Some(noise + (0.3 * (level - noise)).min(0.1));
        }
    }

    fn level(&self, block: u64) -> f32 {
        let index = block.checked_sub(self.first / BLOCK).map(|index| index as usize);
        index.and_then(|index| self.levels.get(index)).copied().unwrap_or(SILENT_DBFS)
    }

    fn loudest(&self, from: u64, to: u64) -> Option<(u64, f32)> {
        (from..to).map(|block| (block, self.level(block))).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The level of sound that lies at most `under` dB below a peak and stands out of the noise;
    /// none if the noise is as loud as the peak.
    fn threshold(&self, peak: f32, under: f32) -> Option<f32> {
        let over_noise = self.noise.unwrap_or(SILENT_DBFS) + OVER_NOISE_DB;
        let threshold = over_noise.max(peak - under);
        (threshold <= peak).then_some(threshold)
    }

    /// Whether sound from `from` to before `to` has fallen silent, after speech since `start`.
    pub(super) fn is_quiet(&self, start: u64, from: u64, to: u64) -> bool {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let recent = from.saturating_sub(RECENT).max(start / BLOCK).max(self.first / BLOCK);
        let threshold =
            self.loudest(recent, to).and_then(|(_, peak)| self.threshold(peak, QUIET_DB));
        let level = self.loudest(from, to).map(|(_, level)| level);
        threshold.zip(level).is_some_and(|(threshold, level)| level < threshold)
    }

    /// The first voiced sample, when the detector calls `from` to `to` speech. It goes back from
    /// the loudest block over all that stand out, across closures, but not before `bound`.
    pub(super) fn onset(&self, from: u64, to: u64, bound: u64) -> u64 {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let earliest = from.saturating_sub(LATE).max(bound.div_ceil(BLOCK)).max(self.first / BLOCK);
        let Some((loudest, peak)) = self.loudest(from, to) else { return from * BLOCK };
        let Some(threshold) = self.threshold(peak, ONSET_DB) else {
            return from.max(earliest) * BLOCK;
        };
        let mut onset = loudest;
        let mut block = loudest;
        while block > earliest && onset - block < CLOSURE {
            block -= 1;
            if self.level(block) >= threshold {
                onset = block;
            }
        }
        onset.max(earliest) * BLOCK
    }

    /// The sample after the last voiced one, when the detector's last window of speech ended at
    /// `voiced`, and speech began at `start`.
    pub(super) fn offset(&self, start: u64, voiced: u64) -> u64 {
        let voiced_block = voiced / BLOCK;
        let from = voiced_block.saturating_sub(RECENT).max(start / BLOCK).max(self.first / BLOCK);
        let to = (voiced_block + TAIL).min(self.first / BLOCK + self.levels.len() as u64);
        let threshold =
            self.loudest(from, to).and_then(|(_, peak)| self.threshold(peak, OFFSET_DB));
        let Some(threshold) = threshold else { return voiced };
        let last = (from..to).rev().find(|&block| self.level(block) >= threshold);
        last.map_or(voiced, |block| (block + 1) * BLOCK)
    }
}
