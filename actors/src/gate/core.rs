//! The gate as a state machine.

use antiphon_config::Gate;

use super::level::{Agc, DcFilter, Limiter, Meter, NoiseGate};
use super::weak::Watch;
use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::frame::{Audio, Frame, Payload};
use crate::time::Time;

/// Highest peak after the automatic gain, 1 dB under full scale, so that no later resampling
/// reaches beyond it.
const CEILING: f32 = 0.891;

/// Samples beyond this, 6 dB over full scale, are no sound.
const LARGEST: f32 = 2.0;

/// Levels audio.
pub struct GateCore {
    settings: Gate,
    chain: Option<Chain>,
}

impl GateCore {
    /// A gate that has heard nothing.
    pub fn new(settings: Gate) -> Self {
        Self { settings, chain: None }
    }

    fn level(&mut self, audio: &Audio, notes: &mut Vec<String>) -> Audio {
        let chain = match &mut self.chain {
            Some(chain) if chain.rate == audio.rate => chain,
            chain => chain.insert(Chain::new(&self.settings, audio.rate)),
        };
        let samples = audio.samples.iter().map(|&sample| chain.step(sample, notes)).collect();
        Audio { samples, rate: audio.rate, at: audio.at }
    }
}

impl StageCore for GateCore {
    type Job = Never;
    type Done = Never;

    fn on_frame(
        &mut self,
        frame: Frame,
        _now: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        let Payload::Audio(audio) = frame.payload else {
            let port = frame.payload.port();
            return Err(StageError::skip(format_args!("`gate` takes audio, not `{port:?}`")));
        };
        if audio.rate == 0 {
            return Err(StageError::skip("`gate` takes audio at a sample rate above 0 Hz"));
        }
        let mut notes = Vec::new();
        let audio = self.level(&audio, &mut notes);
        out.send_free(Payload::Audio(audio));
        for note in notes {
            out.note(note);
        }
        Ok(())
    }

    fn on_done(
        &mut self,
        done: Never,
        _now: Time,
        _out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        match done {}
    }
}

/// What a sample goes through, at one sample rate.
struct Chain {
    rate: u32,
    dc: Option<DcFilter>,
    meter: Meter,
    gate: NoiseGate,
    agc: Option<Agc>,
    limiter: Limiter,
    watch: Watch,
}

impl Chain {
    fn new(settings: &Gate, rate: u32) -> Self {
        let agc = settings.agc.then(|| Agc::new(settings.target_dbfs, settings.max_gain_db));
        Self {
            rate,
            dc: settings.remove_dc.then(|| DcFilter::new(rate)),
            meter: Meter::new(rate),
            gate: NoiseGate::new(settings.noise_gate_dbfs, settings.hold, rate),
            limiter: Limiter::new(if agc.is_some() { CEILING } else { 1.0 }, rate),
            agc,
            watch: Watch::new(settings.weak_dbfs, settings.weak_after),
        }
    }

    fn step(&mut self, sample: f32, notes: &mut Vec<String>) -> f32 {
        // A file may hold anything, and one NaN would stay in the filters for good.
        let sample = if sample.is_finite() { sample.clamp(-LARGEST, LARGEST) } else { 0.0 };
        let sample = self.dc.as_mut().map_or(sample, |dc| dc.step(sample));
        let open = self.gate.step(sample);
        let gain = self.agc.as_mut().map_or(1.0, Agc::step);
        let levelled = self.limiter.step(sample * open * gain);
        if let Some(block) = self.meter.step(sample) {
            if let Some(agc) = &mut self.agc {
                agc.on_block(block, self.meter.block_samples());
            }
            notes.extend(self.watch.on_block(block));
        }
        levelled
    }
}
