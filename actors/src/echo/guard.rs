//! Whether somebody is heard over the echo, from levels alone.

/// Blocks of 10 ms.
const BLOCK_SECONDS: f32 = 0.01;
/// The loudspeaker is heard while its level, with what follows it, is above this, in dBFS.
const ACTIVE: f32 = -55.0;
/// How fast the loudspeaker's sound is taken to die away in a room, in dB a second.
const FADE: f32 = 60.0;
/// The same for the loudest that the microphone heard, with which what is left of echo is
/// compared: the canceller models the first 50 ms of a room, and what comes later leaves more the
/// longer the loud sound is past.
const PEAK_FADE: f32 = 20.0;
/// The share of a new block in a level: an average over some 20 ms.
const SMOOTH: f32 = 0.4;
/// What is left of echo stays so far below what the microphone hears, in dB; of a voice as loud as
/// the echo more is left.
const OVER: f32 = -13.0;
/// The same until the room is known.
const OVER_AT_FIRST: f32 = -6.0;
/// Nobody is heard under this level, in dBFS.
const FLOOR: f32 = -58.0;
/// Blocks in a row that are a voice, until the room is known.
const RUN_AT_FIRST: u32 = 6;
/// Blocks that a voice is taken to go on after it was last heard: a closure inside a word.
const HOLD: u32 = 20;
/// Blocks with the loudspeaker loud, after which the room is known: one second.
const KNOWN: u32 = 100;
/// How fast the noise floor follows louder sound, in dB a second.
const NOISE_RISE: f32 = 4.0;
/// The share of the way that the noise floor falls to a quieter block.
const NOISE_FALL: f32 = 0.3;
/// How far echo stands out of the noise when it is measured, in dB.
const MEASURABLE: f32 = 10.0;

/// A microphone hears no more than its noise while its level is so far above that at most, in dB, or
/// under this one, in dBFS.
const OVER_NOISE: f32 = 6.0;
const SILENT: f32 = -75.0;
/// Blocks with the loudspeaker loud in which the microphone heard nothing, after which it is taken
/// not to hear the loudspeaker at all: somebody wears it. Half a second.
const APART: u32 = 50;
/// How many of those a block in which it heard something undoes before that.
const UNDONE: u32 = 5;
/// Blocks with both loud, less those with a quiet microphone, after which it is taken to hear the
/// loudspeaker again. Somebody who interrupts stops it before. One second.
const TOGETHER: u32 = 100;

/// Mean square.
pub(super) fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32
}

fn factor(db: f32) -> f32 {
    10.0_f32.powf(db / 10.0)
}

/// Powers of one block: of the loudspeaker, of the microphone, and of what the canceller left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Powers {
    pub(super) far: f32,
    pub(super) mic: f32,
    pub(super) left: f32,
}

/// Judges blocks.
#[derive(Debug)]
pub(super) struct Guard {
    /// Power of the loudspeaker with what follows it.
    far: f32,
    mic: f32,
    left: f32,
    /// Power of the microphone with what follows it.
    peak: f32,
    noise: Option<f32>,
    loud_blocks: u32,
    run: u32,
    hold: u32,
    apart: Apart,
    erle: Erle,
}

/// What is to be done with a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Verdict {
    /// The gain that what the canceller left of it should have.
    pub(super) gain: f32,
    /// Whether the microphone's own sound is to be taken instead.
    pub(super) through: bool,
}

/// Whether the microphone does not hear the loudspeaker. A canceller that never saw echo takes a
/// voice over the loudspeaker for it for up to a second.
#[derive(Debug, Default)]
struct Apart {
    quiet: u32,
    doubt: u32,
}

impl Apart {
    /// Takes the next block with the loudspeaker loud.
    fn step(&mut self, is_quiet: bool) {
        if is_quiet {
            self.quiet = self.quiet.saturating_add(1);
            self.doubt = self.doubt.saturating_sub(1);
        } else if self.holds() {
            self.doubt += 1;
            if self.doubt > TOGETHER {
                *self = Self::default();
            }
        } else {
            self.quiet = self.quiet.saturating_sub(UNDONE);
        }
    }

    fn holds(&self) -> bool {
        self.quiet >= APART
    }
}

/// How much echo was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Erle {
    /// Energy of the echo, and of what the canceller left of it.
    heard: f64,
    left: f64,
    blocks: u64,
}

impl Erle {
    /// Echo return loss enhancement in dB; none before any echo was heard.
    pub(super) fn db(&self) -> Option<f64> {
        (self.blocks > 0).then(|| 10.0 * (self.heard / self.left.max(1e-12)).log10())
    }

    /// How much echo it is measured from, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.blocks as f64 * f64::from(BLOCK_SECONDS)
    }
}

impl Guard {
    pub(super) fn new() -> Self {
        Self {
            far: 0.0,
            mic: 0.0,
            left: 0.0,
            peak: 0.0,
            noise: None,
            loud_blocks: 0,
            run: 0,
            hold: 0,
            apart: Apart::default(),
            erle: Erle::default(),
        }
    }

    /// Takes the next block.
    pub(super) fn step(&mut self, block: Powers) -> Verdict {
        let gain = self.gain(block);
        Verdict { gain, through: self.apart.holds() }
    }

    fn gain(&mut self, block: Powers) -> f32 {
        let fade = factor(-FADE * BLOCK_SECONDS);
        self.far = block.far.max(self.far * fade);
        let echoing = self.far > factor(ACTIVE);
        let noise = self.track_noise(block.mic, echoing);
        self.mic += SMOOTH * (block.mic - self.mic);
        self.left += SMOOTH * (block.left - self.left);
        if block.far > factor(ACTIVE) {
            let most = factor(SILENT).max(noise * factor(OVER_NOISE));
            self.apart.step(self.mic <= most);
        }
        self.peak = self.mic.max(self.peak * factor(-PEAK_FADE * BLOCK_SECONDS));
        if !echoing {
            (self.run, self.hold) = (0, 0);
            return 1.0;
        }
        let known = self.loud_blocks >= KNOWN;
        self.loud_blocks = self.loud_blocks.saturating_add(u32::from(block.far > factor(ACTIVE)));
        let (over, run) = if known { (OVER, 1) } else { (OVER_AT_FIRST, RUN_AT_FIRST) };
        let heard = self.left > factor(FLOOR) && self.left > self.peak * factor(over);
        self.run = if heard { self.run + 1 } else { 0 };
        self.hold = if self.run >= run { HOLD } else { self.hold.saturating_sub(1) };
        if self.hold > 0 {
            return 1.0;
        }
        if block.far > factor(ACTIVE) && block.mic > noise * factor(MEASURABLE) {
            self.erle.heard += f64::from(block.mic);
            self.erle.left += f64::from(block.left);
            self.erle.blocks += 1;
        }
        (noise / block.left.max(1e-12)).sqrt().min(1.0)
    }

    fn track_noise(&mut self, mic: f32, echoing: bool) -> f32 {
        let noise = self.noise.unwrap_or(mic);
        let next = if mic < noise {
            noise * (mic.max(1e-12) / noise.max(1e-12)).powf(NOISE_FALL)
        } else if echoing {
            noise
        } else {
            mic.min(noise.max(1e-12) * factor(NOISE_RISE * BLOCK_SECONDS))
        };
        *self.noise.insert(next)
    }

    /// How much echo was taken out so far.
    pub(super) fn erle(&self) -> Erle {
        self.erle
    }
}
