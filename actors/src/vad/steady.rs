//! What a network takes for speech though nothing in it changes: tones and hiss.

use super::history::{BLOCK, History};

/// How far back sound is looked at, in blocks: 120 ms. A vowel changes within 50 ms.
const RECENT: u64 = 30;
/// Blocks over which the level of a tone is smoothed: 32 ms, periods enough that their phase does
/// not show.
const TONE_SPAN: u64 = 8;
/// How much the level of a tone varies, in dB; that of a vowel varies by 1 dB and more.
const TONE_DB: f32 = 0.8;
/// How much the level of hiss varies, in dB.
const HISS_DB: f32 = 3.0;
/// How far the high band of hiss lies under all of it, in dB: 2 for white noise. That of /s/ is no
/// lower, but /s/ is no speech before something else follows.
const HISS_HIGH_DB: f32 = 6.0;
/// How far under its loudest sound is over, in dB.
const OVER_DB: f32 = 20.0;

fn spread(levels: impl Iterator<Item = f32>) -> f32 {
    let start = (f32::INFINITY, f32::NEG_INFINITY);
    let (least, most) = levels.fold(start, |(least, most), x| (least.min(x), most.max(x)));
    most - least
}

impl History {
    /// Whether sound since `from` is a steady tone or hiss before `to`.
    pub(super) fn is_steady(&self, from: u64, to: u64) -> bool {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let recent = |span: u64| (from + span).max(to.saturating_sub(RECENT))..to;
        let tone = recent(TONE_SPAN);
        if tone.is_empty() {
            return false;
        }
        let hiss = || recent(super::history::SPAN).map(|block| self.smooth(block));
        spread(tone.map(|block| self.level_over(block, TONE_SPAN))) < TONE_DB
            || (hiss().all(|levels| levels.high > levels.all - HISS_HIGH_DB)
                && spread(hiss().map(|levels| levels.all)) < HISS_DB)
    }

    /// Whether sound since `from` is over before `to`.
    pub(super) fn is_over(&self, from: u64, to: u64) -> bool {
        let (from, to) = (from / BLOCK, to / BLOCK);
        let last = self.levels(to.saturating_sub(1)).all;
        self.loudest(from, to).is_some_and(|(_, peak)| last < peak - OVER_DB)
    }
}
