//! Filters and gains, each stepped by one sample.

use std::f32::consts::TAU;
use std::time::Duration;

/// Length of the blocks that levels are measured over, in ms.
pub(super) const BLOCK_MS: u32 = 10;
/// Level under which a block is digital silence: half a step of 16 bits, in dBFS.
pub(super) const SILENT_DBFS: f32 = -96.0;
/// How far speech stands out of the noise floor, in dB.
const SPEECH_OVER_FLOOR_DB: f32 = 12.0;
/// How fast the noise floor follows louder sound, in dB per block: 4 dB/s, so that a long vowel
/// stays speech and a fan that was switched on becomes noise within seconds.
const FLOOR_RISE_DB: f32 = 0.04;
/// The share of the way that the noise floor falls to a quieter block.
const FLOOR_FALL: f32 = 0.3;

pub(super) fn power_to_db(power: f32) -> f32 {
    10.0 * power.max(1e-20).log10()
}

fn db_to_amplitude(db: f32) -> f32 {
    10.0_f32.powf(db / 20.0)
}

/// The factor by which a one-pole average with that time constant decays in a sample.
fn decay(seconds: f32, rate: u32) -> f32 {
    (-1.0 / (seconds * rate as f32)).exp()
}

/// A one-pole high-pass at 20 Hz, below any voice.
pub(super) struct DcFilter {
    pole: f32,
    last: Option<f32>,
    output: f32,
}

impl DcFilter {
    pub(super) fn new(rate: u32) -> Self {
        Self { pole: (-TAU * 20.0 / rate as f32).exp(), last: None, output: 0.0 }
    }

    pub(super) fn step(&mut self, sample: f32) -> f32 {
        // Starts settled, so that an offset makes no thump.
        let last = self.last.replace(sample).unwrap_or(sample);
        self.output = sample - last + self.pole * self.output;
        self.output
    }
}

/// What was measured over a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Mean square.
    pub(super) power: f32,
    /// The same in dBFS.
    pub(super) dbfs: f32,
    /// Whether it stands out of the noise floor.
    pub(super) stands_out: bool,
}

/// Measures levels and the noise floor.
pub(super) struct Meter {
    block: u32,
    count: u32,
    sum: f32,
    floor: Option<f32>,
}

impl Meter {
    pub(super) fn new(rate: u32) -> Self {
        Self { block: (rate * BLOCK_MS / 1000).max(1), count: 0, sum: 0.0, floor: None }
    }

    pub(super) fn block_samples(&self) -> u32 {
        self.block
    }

    /// Takes a sample; gives the block that it completes.
    pub(super) fn step(&mut self, sample: f32) -> Option<Block> {
        self.sum += sample * sample;
        self.count += 1;
        if self.count < self.block {
            return None;
        }
        let power = self.sum / self.block as f32;
        (self.sum, self.count) = (0.0, 0);
        let dbfs = power_to_db(power);
        let stands_out = dbfs > SILENT_DBFS && dbfs > self.track_floor(dbfs) + SPEECH_OVER_FLOOR_DB;
        Some(Block { power, dbfs, stands_out })
    }

    fn track_floor(&mut self, dbfs: f32) -> f32 {
        // Digital silence says nothing about the noise of the room.
        if dbfs <= SILENT_DBFS {
            return self.floor.unwrap_or(dbfs);
        }
        let floor = self.floor.unwrap_or(dbfs);
        let next = if dbfs < floor {
            floor + FLOOR_FALL * (dbfs - floor)
        } else {
            dbfs.min(floor + FLOOR_RISE_DB)
        };
        *self.floor.insert(next)
    }
}

/// Silences what stays below a level.
///
/// It opens on the average power over 5 ms, at once and fully: sound 20 dB over the threshold
/// opens it within its first millisecond's twentieth part. It closes with a fade of 5 ms.
pub(super) struct NoiseGate {
    threshold: f32,
    decay: f32,
    power: f32,
    hold: u64,
    open_for: u64,
    fade: f32,
    gain: f32,
}

impl NoiseGate {
    pub(super) fn new(threshold_dbfs: f64, hold: Duration, rate: u32) -> Self {
        Self {
            threshold: db_to_amplitude(threshold_dbfs as f32).powi(2),
            decay: decay(0.005, rate),
            power: 0.0,
            hold: (hold.as_secs_f64() * f64::from(rate)) as u64,
            open_for: 0,
            fade: 1.0 / (0.005 * rate as f32),
            gain: 0.0,
        }
    }

    /// The gain for this sample.
    pub(super) fn step(&mut self, sample: f32) -> f32 {
        self.power = sample * sample + self.decay * (self.power - sample * sample);
        if self.power >= self.threshold {
            self.open_for = self.hold + 1;
        }
        if self.open_for > 0 {
            self.open_for -= 1;
            self.gain = 1.0;
        } else {
            self.gain = (self.gain - self.fade).max(0.0);
        }
        self.gain
    }
}

/// Brings speech to a level.
///
/// The gain moves while somebody speaks and stands still in between, so that silence is never
/// pumped up. It falls fast and rises slowly, but for the first half second of speech.
pub(super) struct Agc {
    target_db: f32,
    max_db: f32,
    /// Mean square of speech, and how many blocks it is from.
    speech: (f32, u32),
    gain_db: f32,
    gain: f32,
    ratio: f32,
}

impl Agc {
    /// Most that loud speech is made quieter, in dB.
    const MAX_CUT_DB: f32 = 30.0;
    /// In dB per block: 12 dB/s.
    const RISE_DB: f32 = 0.12;
    /// In dB per block: 60 dB/s.
    const FALL_DB: f32 = 0.6;
    /// Blocks of speech that its level is averaged over: half a second, a few syllables.
    const MEMORY: u32 = 50;

    pub(super) fn new(target_dbfs: f64, max_gain_db: f64) -> Self {
        Self {
            target_db: target_dbfs as f32,
            max_db: max_gain_db as f32,
            speech: (0.0, 0),
            gain_db: 0.0,
            gain: 1.0,
            ratio: 1.0,
        }
    }

    /// The gain for the next sample.
    pub(super) fn step(&mut self) -> f32 {
        self.gain *= self.ratio;
        self.gain
    }

    /// Takes the level of the block that ended; the gain moves over the next one.
    pub(super) fn on_block(&mut self, block: Block, samples: u32) {
        // Exact at each block, as a product of thousands of ratios is not.
        self.gain = db_to_amplitude(self.gain_db);
        self.ratio = 1.0;
        if !block.stands_out {
            return;
        }
        let (mean, count) = &mut self.speech;
        *count = (*count + 1).min(Self::MEMORY);
        *mean += (block.power - *mean) / *count as f32;
        let wanted = (self.target_db - power_to_db(*mean)).clamp(-Self::MAX_CUT_DB, self.max_db);
        // The first words must not wait for the gain that they need.
        let rise = if *count < Self::MEMORY { Self::FALL_DB } else { Self::RISE_DB };
        let step = (wanted - self.gain_db).clamp(-Self::FALL_DB, rise);
        self.gain_db += step;
        self.ratio = db_to_amplitude(step / samples as f32);
    }
}

/// Keeps peaks under a ceiling: it turns down at once and back up over 80 ms.
pub(super) struct Limiter {
    ceiling: f32,
    decay: f32,
    gain: f32,
}

impl Limiter {
    pub(super) fn new(ceiling: f32, rate: u32) -> Self {
        Self { ceiling, decay: decay(0.08, rate), gain: 1.0 }
    }

    pub(super) fn step(&mut self, sample: f32) -> f32 {
        self.gain = 1.0 - self.decay * (1.0 - self.gain);
        let peak = sample.abs() * self.gain;
        if peak > self.ceiling {
            self.gain *= self.ceiling / peak;
        }
        (sample * self.gain).clamp(-self.ceiling, self.ceiling)
    }
}
