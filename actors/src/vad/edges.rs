//! Where in the sound speech begins and ends.

use super::history::{BLOCK, History, SPAN};

/// How far sound stands out of the noise before speech is known to go on, in dB.
const OVER_NOISE_DB: f32 = 10.0;
/// Sound this far under the loudest before it is not voiced, in dB.
const QUIET_DB: f32 = 30.0;

/// Noise below this is taken for as loud as this, in dBFS: sound down there is not heard.
const INAUDIBLE_DBFS: f32 = -70.0;
/// How far a span of an end stands out of the noise, in dB: all sound, and the high band.
const END_OVER_NOISE_DB: (f32, f32) = (4.0, 3.0);
/// How far an end may lie under the loudest before it, in dB: below that, voiced sound is the echo
/// of the room or breath, and only hiss such as a final /f/ is speech.
const END_DB: (f32, f32) = (20.0, 42.0);
/// How far a start stands out of the noise, in dB: more than an end, as nothing was said before.
const START_OVER_NOISE_DB: (f32, f32) = (10.0, 8.0);
/// How far a start may lie under the loudest of the first windows, in dB.
const START_DB: (f32, f32) = (26.0, 42.0);
/// How far a block may lie under the threshold of its span, in dB.
const BLOCK_DB: f32 = 2.0;

/// How far sound falls in a block where it is cut off, in dB.
const CUT_DB: f32 = 12.0;

/// Blocks of a closure inside a word: 80 ms.
const CLOSURE: u64 = 20;
/// How far before the detector's first window speech may have begun, in blocks: 400 ms, for soft
/// first sounds such as /f/ and /h/.
const LATE: u64 = 100;
/// How far back the loudest sound is looked for, in blocks: 400 ms, two syllables.
const RECENT: u64 = 100;
/// How far after the detector's last window of speech a last sound may go on, in samples: 250 ms,
/// longer than a slow /s/. What goes on beyond is no speech.
pub(super) const TRAIL: u64 = 4000;
/// How far speech goes on after the detector's last window where sound never ends, in blocks: 32 ms.
const TAIL: u64 = 8;
/// How far under the loudest what never ends may lie while it is speech, in dB.
const TRAIL_DB: f32 = 18.0;

/// How long after the end of a vowel the release of a stop such as /p/ may come, in blocks: 160 ms.
const RELEASE: u64 = 40;
/// By how much a release is louder than its closure, in dB.
const RELEASE_RISE_DB: f32 = 6.0;
/// How far a release may lie under the loudest before it, in dB.
const RELEASE_DB: f32 = 42.0;
/// How far a release falls until it is over, in dB.
const RELEASE_FALL_DB: f32 = 12.0;
/// How far the high band of a release may lie under all of it, in dB: bursts are short, so they
/// reach high, and the echo of a room that swells again does not.
const RELEASE_HIGH_DB: f32 = 20.0;

/// From which levels on sound stands out, in dBFS.
#[derive(Clone, Copy)]
struct Threshold {
    all: f32,
    high: f32,
}

impl History {
    /// How much history the edges need, in samples.
    pub(super) const EDGES: u64 = (LATE + RECENT) * BLOCK + TRAIL;

    /// From which levels on sound is at most `under` the peak, and stands `over` the noise.
    fn threshold(&self, peak: f32, over: (f32, f32), under: (f32, f32)) -> Threshold {
        let noise = self.noise();
        Threshold {
            all: (noise.all.max(INAUDIBLE_DBFS) + over.0).max(peak - under.0),
            high: (noise.high.max(INAUDIBLE_DBFS) + over.1).max(peak - under.1),
        }
    }

    /// Whether the span that ends with a block stands out.
    fn stands_out(&self, block: u64, threshold: Threshold) -> bool {
        let levels = self.smooth(block);
        levels.all >= threshold.all || levels.high >= threshold.high
    }

    /// Whether the block itself does, nearly.
    fn block_stands_out(&self, block: u64, threshold: Threshold) -> bool {
        let levels = self.levels(block);
        levels.all >= threshold.all - BLOCK_DB || levels.high >= threshold.high - BLOCK_DB
    }

    /// Whether sound is cut off where the block begins: no speech falls so fast, but filters ring on.
    fn is_cut_off(&self, block: u64) -> bool {
        let (before, levels) = (self.levels(block.saturating_sub(1)), self.levels(block));
        levels.all < before.all - CUT_DB && levels.high < before.high - CUT_DB
    }

    /// The blocks in which the loudest sound before `block` is looked for begin here.
    fn recent(&self, start: u64, block: u64) -> u64 {
        block.saturating_sub(RECENT).max(start / BLOCK).max(self.first_block())
    }

    /// Whether sound from `from` to before `to` has fallen silent, after speech since `start`.
    pub(super) fn is_quiet(&self, start: u64, from: u64, to: u64) -> bool {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let Some((_, peak)) = self.loudest(self.recent(start, from), to) else { return false };
        let threshold = (self.noise().all + OVER_NOISE_DB).max(peak - QUIET_DB);
        let quiet = |(_, level): (u64, f32)| level < threshold;
        threshold <= peak && self.loudest(from, to).is_some_and(quiet)
    }

    /// Whether a last sound goes on before `to`, when the detector's last window of speech ended at
    /// `voiced`, and speech began at `start`.
    pub(super) fn goes_on(&self, start: u64, voiced: u64, to: u64) -> bool {
        let voiced = voiced / BLOCK;
        let Some((_, peak)) = self.loudest(self.recent(start, voiced), voiced) else {
            return false;
        };
        let threshold = self.threshold(peak, END_OVER_NOISE_DB, (TRAIL_DB, END_DB.1));
        let last = to / BLOCK - 1;
        self.stands_out(last, threshold) && self.block_stands_out(last, threshold)
    }

    /// The first sample of speech, when the detector calls `from` to `to` speech. It goes back from
    /// the loudest block over all that stand out, across closures, but not before `bound`.
    pub(super) fn onset(&self, from: u64, to: u64, bound: u64) -> u64 {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let earliest = from.saturating_sub(LATE).max(bound.div_ceil(BLOCK)).max(self.first_block());
        let Some((loudest, peak)) = self.loudest(from, to) else { return from * BLOCK };
        let threshold = self.threshold(peak, START_OVER_NOISE_DB, START_DB);
        if threshold.all > peak && threshold.high > peak {
            return from.max(earliest) * BLOCK;
        }
        let mut onset = loudest;
        let mut block = loudest;
        while block > earliest && onset - block < CLOSURE {
            block -= 1;
            let span = (block + SPAN - 1).min(self.measured() - 1);
            if self.stands_out(span, threshold) && self.block_stands_out(block, threshold) {
                onset = block;
            }
        }
        onset.max(earliest) * BLOCK
    }

    /// The sample after the last one of speech, when the detector's last window of it ended at
    /// `voiced`, and speech began at `start`.
    pub(super) fn offset(&self, start: u64, voiced: u64) -> u64 {
        let from = self.recent(start, voiced / BLOCK);
        let tail = (voiced / BLOCK + TAIL).min(self.measured());
        let Some((_, peak)) = self.loudest(from, tail) else { return voiced };
        let threshold = self.threshold(peak, END_OVER_NOISE_DB, END_DB);
        let bound = (voiced + TRAIL) / BLOCK;
        let to = bound.min(self.measured());
        let last = |to: u64| (from..to).rev().find(|&block| self.stands_out(block, threshold));
        let Some(mut span) = last(to) else { return voiced };
        if span + SPAN >= bound {
            // Something else goes on.
            let Some(before) = last(tail) else { return voiced };
            span = before;
        }
        let blocks = (from.max(span + 1 - SPAN)..=span).rev();
        let last = blocks.into_iter().find(|&block| self.block_stands_out(block, threshold));
        let end = last.map_or(span, |block| if self.is_cut_off(block) { block - 1 } else { block });
        (self.release(from, span, to, peak, threshold).map_or(end, |r| end.max(r)) + 1) * BLOCK
    }

    /// The last block of the release of a final stop, if there is one, where vowels stand out by
    /// `threshold`, and `last` is the last span of all that does.
    fn release(
        &self,
        from: u64,
        last: u64,
        to: u64,
        peak: f32,
        threshold: Threshold,
    ) -> Option<u64> {
        let vowel = (from..=last).rev().find(|&block| self.smooth(block).all >= threshold.all)?;
        let floor = self.threshold(peak, END_OVER_NOISE_DB, (RELEASE_DB, RELEASE_DB)).all;
        let masked = self.noise().high + END_OVER_NOISE_DB.1;
        let mut closure = f32::INFINITY;
        // The loudest of the release, and its last block.
        let mut release: Option<(f32, u64)> = None;
        for block in vowel + 1..(vowel + RELEASE).min(to) {
            let levels = self.smooth(block);
            if release.is_none() {
                closure = closure.min(levels.all);
                let rises = levels.all >= floor && levels.all >= closure + RELEASE_RISE_DB;
                let high = levels.all - RELEASE_HIGH_DB;
                if rises && (levels.high >= high || high < masked) {
                    release = Some((levels.all, block));
                }
            }
            if let Some((loudest, last)) = &mut release {
                *loudest = loudest.max(levels.all);
                let least = (*loudest - RELEASE_FALL_DB).max(floor).max(closure + 3.0);
                if levels.all >= least {
                    *last = block;
                }
            }
        }
        let (loudest, last) = release?;
        let least = (loudest - RELEASE_FALL_DB).max(floor) - BLOCK_DB;
        (last + 1 - SPAN..=last).rev().find(|&block| self.levels(block).all >= least)
    }
}
