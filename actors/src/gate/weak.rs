//! Notices an input that is faint or dead.

use std::time::Duration;

use super::level::{BLOCK_MS, Block, SILENT_DBFS, power_to_db};

/// Blocks in a row that are a sound and not a click: 100 ms.
const SOUND: u32 = 10;
/// Blocks of faint sounds that are taken for speech: one second.
const SPEECH: u32 = 100;
/// How many times longer the input must be dead once it has been heard: who mutes a microphone in
/// use knows why it is silent, and files end.
const LATER: u32 = 12;

/// Watches the level of the input before any gain, and speaks up once a spell.
pub(super) struct Watch {
    faint: Faint,
    dead: Dead,
}

impl Watch {
    pub(super) fn new(weak_dbfs: f64, after: Duration) -> Self {
        let blocks = after.as_millis() / u128::from(BLOCK_MS);
        let after = u32::try_from(blocks).unwrap_or(u32::MAX).max(1);
        Self { faint: Faint::new(weak_dbfs as f32, after), dead: Dead::new(after) }
    }

    /// Takes a level; gives what to tell the user.
    pub(super) fn on_block(&mut self, block: Block) -> Option<String> {
        let faint = self.faint.on_block(block);
        self.dead.on_block(block).or(faint)
    }
}

/// Blocks in a row, and what they measured.
#[derive(Clone, Copy, Default)]
struct Sound {
    blocks: u32,
    power: f32,
}

impl Sound {
    fn add(&mut self, other: Self) {
        self.blocks += other.blocks;
        self.power += other.power;
    }
}

/// Sounds like speech, none of them loud enough.
struct Faint {
    weak_dbfs: f32,
    after: u32,
    /// Blocks since the last sound that was loud enough.
    lasts: u32,
    /// Loud blocks in a row.
    loud: u32,
    /// The faint sound that goes on now.
    run: Sound,
    /// Whether it is longer than a click, and its blocks are in `speech` already.
    counts: bool,
    speech: Sound,
    told: bool,
}

impl Faint {
    fn new(weak_dbfs: f32, after: u32) -> Self {
        Self {
            weak_dbfs,
            after,
            lasts: 0,
            loud: 0,
            run: Sound::default(),
            counts: false,
            speech: Sound::default(),
            told: false,
        }
    }

    fn on_block(&mut self, block: Block) -> Option<String> {
        self.lasts = self.lasts.saturating_add(1);
        if block.dbfs >= self.weak_dbfs {
            self.loud += 1;
            if self.loud >= SOUND {
                *self = Self { loud: SOUND, ..Self::new(self.weak_dbfs, self.after) };
            }
            return None;
        }
        self.loud = 0;
        if !block.stands_out {
            (self.run, self.counts) = (Sound::default(), false);
        } else if self.counts {
            self.speech.add(Sound { blocks: 1, power: block.power });
        } else {
            self.run.add(Sound { blocks: 1, power: block.power });
            if self.run.blocks >= SOUND {
                self.speech.add(self.run);
                self.counts = true;
            }
        }
        if self.told || self.lasts < self.after || self.speech.blocks < SPEECH {
            return None;
        }
        self.told = true;
        let level = power_to_db(self.speech.power / self.speech.blocks as f32);
        Some(format!(
            "speech is faint: about {level:.0} dBFS where at least {:.0} dBFS is wanted; raise the \
             microphone's input level or move closer to it",
            self.weak_dbfs
        ))
    }
}

/// Digital silence.
struct Dead {
    after: u32,
    lasts: u32,
    /// Blocks in a row that are not silent.
    alive: u32,
    heard: bool,
    told: bool,
}

impl Dead {
    fn new(after: u32) -> Self {
        Self { after, lasts: 0, alive: 0, heard: false, told: false }
    }

    fn on_block(&mut self, block: Block) -> Option<String> {
        if block.dbfs > SILENT_DBFS {
            self.lasts = 0;
            self.alive += 1;
            if self.alive >= SOUND {
                *self = Self { alive: SOUND, heard: true, ..Self::new(self.after) };
            }
            return None;
        }
        self.alive = 0;
        self.lasts = self.lasts.saturating_add(1);
        let after = if self.heard { self.after.saturating_mul(LATER) } else { self.after };
        if self.told || self.lasts < after {
            return None;
        }
        self.told = true;
        let seconds = f64::from(self.lasts) * f64::from(BLOCK_MS) / 1e3;
        Some(format!(
            "the input has been digital silence for {seconds:.0} s: is the microphone muted, or is \
             it the wrong one?"
        ))
    }
}
