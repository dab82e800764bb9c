//! What was heard of the machine, from the recorded timeline.

use std::sync::{Arc, Mutex, PoisonError};

use antiphon_actors::Time;
use antiphon_actors::core::Side;
use antiphon_actors::frame::Audio;
use antiphon_actors::shell::Tape;

/// Samples above this are audible: -50 dBFS.
pub const AUDIBLE: f32 = 0.003_162_3;
/// Silence up to this is part of a sound, in seconds: half a period of the lowest voices.
const JOINT: f64 = 0.02;

/// A time in which something is heard, in seconds of the pipeline's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// The first audible sample.
    pub from: f64,
    /// The end of the last one.
    pub to: f64,
    /// How many audible samples there are.
    pub samples: u64,
}

/// The sounds of a side, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sounding {
    sounds: Vec<Heard>,
    /// From and to when there were samples at all, audible or not, in seconds.
    played: Vec<(f64, f64)>,
}

impl Sounding {
    /// Sounds from and to these seconds, in order, all of their samples audible.
    pub fn of(sounds: impl IntoIterator<Item = (f64, f64)>, rate: u32) -> Self {
        let samples = |from: f64, to: f64| ((to - from) * f64::from(rate)).round() as u64;
        let heard = |(from, to)| Heard { from, to, samples: samples(from, to) };
        let sounds: Vec<Heard> = sounds.into_iter().map(heard).collect();
        let played = sounds.iter().map(|sound| (sound.from, sound.to)).collect();
        Self { sounds, played }
    }

    /// Takes the next samples.
    pub fn take(&mut self, audio: &Audio) {
        let start = seconds(audio.at);
        let step = 1.0 / f64::from(audio.rate.max(1));
        let end = start + audio.samples.len() as f64 * step;
        match self.played.last_mut() {
            Some((_, last)) if start - *last <= step / 2.0 => *last = end,
            _ => self.played.push((start, end)),
        }
        for (place, _) in
            audio.samples.iter().enumerate().filter(|(_, sample)| sample.abs() > AUDIBLE)
        {
            let from = start + place as f64 * step;
            match self.sounds.last_mut() {
                Some(last) if from - last.to <= JOINT => {
                    last.to = last.to.max(from + step);
                    last.samples += 1;
                }
                _ => self.sounds.push(Heard { from, to: from + step, samples: 1 }),
            }
        }
    }

    /// All sounds.
    pub fn sounds(&self) -> &[Heard] {
        &self.sounds
    }

    /// How many seconds of samples there were, audible or not, from and to these seconds.
    pub fn played(&self, from: f64, to: f64) -> f64 {
        self.played.iter().map(|(start, end)| (end.min(to) - start.max(from)).max(0.0)).sum()
    }
}

/// Seconds of the pipeline's clock.
pub(super) fn seconds(time: Time) -> f64 {
    time.since_start().as_secs_f64()
}

/// Hears the machine while the conversation goes on.
#[derive(Clone, Debug, Default)]
pub struct Ear(Arc<Mutex<Sounding>>);

impl Ear {
    /// Hears what goes onto a recording, and hands it on to another one, if there is one.
    pub fn tape(&self, onto: Option<Tape>) -> Tape {
        let ear = self.clone();
        Arc::new(move |side, audio| {
            if side == Side::Agent {
                ear.with(|sounding| sounding.take(&audio));
            }
            if let Some(tape) = &onto {
                tape(side, audio);
            }
        })
    }

    /// When the first reply after `time` began to be heard.
    pub fn reply_after(&self, time: f64) -> Option<f64> {
        self.with(|sounding| {
            let later = sounding.sounds.partition_point(|sound| sound.from < time);
            sounding.sounds.get(later).map(|sound| sound.from)
        })
    }

    /// All that was heard.
    pub fn sounding(&self) -> Sounding {
        self.with(|sounding| sounding.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Sounding) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio(ms: u64, samples: &[f32]) -> Audio {
        Audio { samples: samples.into(), rate: 1000, at: Time::from_millis(ms) }
    }

    #[test]
    fn sounds_are_told_apart() {
        let mut sounding = Sounding::default();
        sounding.take(&audio(1000, &[0.0, 0.5, -0.5, 0.0]));
        sounding.take(&audio(1010, &[0.5, 0.003]));
        sounding.take(&audio(1200, &[0.1]));
        sounding.take(&audio(2000, &[0.0, 0.1]));
        let places = |all: &[Heard]| -> Vec<_> {
            let ms = |seconds: f64| (seconds * 1e3).round() as u64;
            all.iter().map(|it| (ms(it.from), ms(it.to), it.samples)).collect()
        };
        let sounds = [(1001, 1011, 3), (1200, 1201, 1), (2001, 2002, 1)];
        assert_eq!(places(sounding.sounds()), sounds);
        // 4, 2, 1 and 2 samples of a millisecond.
        for (from, to, ms) in [(0.0, 9.0, 9), (1.002, 1.2005, 4), (1.5, 2.0, 0), (2.001, 3.0, 1)] {
            assert_eq!((sounding.played(from, to) * 1e3).round() as u64, ms, "{from} to {to}");
        }
    }

    #[test]
    fn an_ear_hears_the_machine_only() {
        let ear = Ear::default();
        let tape = ear.tape(None);
        tape(Side::User, audio(100, &[0.5]));
        assert_eq!(ear.reply_after(0.0), None);
        tape(Side::Agent, audio(300, &[0.5]));
        assert_eq!(ear.reply_after(0.2), Some(0.3));
        assert_eq!(ear.reply_after(0.31), None);
    }
}
