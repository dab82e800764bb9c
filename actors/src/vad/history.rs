//! The sound of the last seconds and its levels.

use std::collections::VecDeque;
use std::f32::consts::PI;

/// Samples in a block: 4 ms at 16 kHz, about a pitch period of a low voice.
pub(super) const BLOCK: u64 = 64;
/// Blocks in a span, over which levels are smoothed: 16 ms.
pub(super) const SPAN: u64 = 4;
/// Level of digital silence, in dBFS: 16 bits have nothing below.
pub(super) const SILENT_DBFS: f32 = -96.0;
/// Where the high band begins, in Hz, at 16 kHz: hiss and bursts lie above, voices and the echo of
/// rooms below.
const HIGH_HERTZ: f32 = 3000.0 / 16_000.0;

/// Levels of all sound and of its high band, in dBFS (root mean square).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Levels {
    pub(super) all: f32,
    pub(super) high: f32,
}

impl Levels {
    pub(super) const SILENT: Self = Self { all: SILENT_DBFS, high: SILENT_DBFS };

    fn of(powers: impl Iterator<Item = [f32; 2]>) -> Self {
        let (mut sums, mut count) = ([0.0; 2], 0);
        for power in powers {
            sums = [sums[0] + power[0], sums[1] + power[1]];
            count += 1;
        }
        let level =
            |sum: f32| (10.0 * (sum / count.max(1) as f32).max(1e-20).log10()).max(SILENT_DBFS);
        Self { all: level(sums[0]), high: level(sums[1]) }
    }
}

/// A measured block.
struct Block {
    /// Mean squares of all sound and of the high band.
    power: [f32; 2],
    /// Levels of the block, and of the span that ends with it.
    levels: Levels,
    smooth: Levels,
}

/// Second-order Butterworth high-pass filter, by the bilinear transform.
struct HighPass {
    gain: f32,
    feedback: [f32; 2],
    memory: [f32; 2],
}

impl HighPass {
    fn new() -> Self {
        let warped = (PI * HIGH_HERTZ).tan();
        let norm = 1.0 / (1.0 + std::f32::consts::SQRT_2 * warped + warped * warped);
        let feedback = [
            2.0 * (warped * warped - 1.0) * norm,
            (1.0 - std::f32::consts::SQRT_2 * warped + warped * warped) * norm,
        ];
        Self { gain: norm, feedback, memory: [0.0; 2] }
    }

    fn step(&mut self, sample: f32) -> f32 {
        let input = sample * self.gain;
        let output = input + self.memory[0];
        self.memory[0] = self.memory[1] - 2.0 * input - self.feedback[0] * output;
        self.memory[1] = input - self.feedback[1] * output;
        // What has died away must not be computed with as a subnormal number.
        if self.memory.iter().all(|x| x.abs() < 1e-15) {
            self.memory = [0.0; 2];
        }
        output
    }
}

/// Sound by the number of its sample, and the levels of each block.
pub(super) struct History {
    samples: VecDeque<f32>,
    blocks: VecDeque<Block>,
    high: HighPass,
    /// Number of the first sample; a multiple of [`BLOCK`].
    first: u64,
    keep: u64,
    noise: Option<Levels>,
}

impl History {
    /// Keeps at least `keep` samples.
    pub(super) fn new(keep: u64) -> Self {
        Self {
            samples: VecDeque::new(),
            blocks: VecDeque::new(),
            high: HighPass::new(),
            first: 0,
            keep,
            noise: None,
        }
    }

    /// Number of the sample after the last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.samples.len() as u64
    }

    /// Number of the first sample that is kept.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Number of the first block that is kept.
    pub(super) fn first_block(&self) -> u64 {
        self.first / BLOCK
    }

    /// Number of the block after the last that was measured.
    pub(super) fn measured(&self) -> u64 {
        self.first_block() + self.blocks.len() as u64
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
        while (self.measured() + 1) * BLOCK <= end {
            let from = (self.measured() * BLOCK - self.first) as usize;
            let mut sums = [0.0; 2];
            for &sample in self.samples.range(from..from + BLOCK as usize) {
                let high = self.high.step(sample);
                sums = [sums[0] + sample * sample, sums[1] + high * high];
            }
            let power = sums.map(|sum| sum / BLOCK as f32);
            let before = self.blocks.iter().rev().take(SPAN as usize - 1).map(|b| b.power);
            let smooth = Levels::of(before.chain([power]));
            let levels = Levels::of([power].into_iter());
            self.blocks.push_back(Block { power, levels, smooth });
        }
        let old = end.saturating_sub(self.keep).saturating_sub(self.first) / BLOCK;
        self.samples.drain(..(old * BLOCK) as usize);
        self.blocks.drain(..old as usize);
        self.first += old * BLOCK;
    }

    /// Takes the blocks from `from` to before `to` for noise.
    pub(super) fn learn_noise(&mut self, from: u64, to: u64) {
        for block in from / BLOCK..to / BLOCK {
            let levels = self.levels(block);
            let noise = self.noise.unwrap_or(levels);
            // Slow to rise, as the beginning of speech is always heard before it is detected; and
            // not quick to fall, as the quietest moment is not the noise.
            let step = |noise: f32, level: f32| noise + (0.05 * (level - noise)).min(0.1);
            self.noise = Some(Levels {
                all: step(noise.all, levels.all),
                high: step(noise.high, levels.high),
            });
        }
    }

    /// The levels of the noise.
    pub(super) fn noise(&self) -> Levels {
        self.noise.unwrap_or(Levels::SILENT)
    }

    fn block(&self, block: u64) -> Option<&Block> {
        let index = block.checked_sub(self.first_block())?;
        self.blocks.get(index as usize)
    }

    /// The levels of a block.
    pub(super) fn levels(&self, block: u64) -> Levels {
        self.block(block).map_or(Levels::SILENT, |block| block.levels)
    }

    /// The levels of the span that ends with a block.
    pub(super) fn smooth(&self, block: u64) -> Levels {
        self.block(block).map_or(Levels::SILENT, |block| block.smooth)
    }

    /// The level of all sound in the span of so many blocks that ends with a block.
    pub(super) fn level_over(&self, block: u64, blocks: u64) -> f32 {
        let span = (block + 1).saturating_sub(blocks)..=block;
        Levels::of(span.filter_map(|block| Some(self.block(block)?.power))).all
    }

    /// The loudest block from `from` to before `to`, and its level.
    pub(super) fn loudest(&self, from: u64, to: u64) -> Option<(u64, f32)> {
        let blocks = (from..to).map(|block| (block, self.levels(block).all));
        blocks.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}
