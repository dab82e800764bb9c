//! A room without walls: what a loudspeaker plays comes back through a microphone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Log;
use crate::core::Side;
use crate::frame::Audio;
use crate::mic::{Done, MicCore};
use crate::shell::{Blueprint, Make, Tape};
use crate::tape::track::Track;
use crate::time::Time;
use crate::worker;

/// Samples a second.
const RATE: u32 = 16_000;
/// Length of a frame of the microphone.
const FRAME: Duration = Duration::from_millis(20);
/// Reflections.
const REFLECTIONS: usize = 64;

/// A way from a loudspeaker to a microphone: the direct one and its reflections, which are noise
/// that dies away and always the same.
#[derive(Clone, Debug)]
pub struct Room {
    /// Delay in samples, and factor.
    paths: Vec<(usize, f32)>,
}

impl Room {
    /// A room whose sound comes `delay` after it was played, by so many dB louder in all, and dies
    /// away by 60 dB within `reverb`. The reflections together have half the energy of the direct
    /// sound.
    pub fn new(delay: Duration, gain_db: f32, reverb: Duration) -> Self {
        let first = (delay.as_secs_f64() * f64::from(RATE)) as usize;
        let last = (reverb.as_secs_f64() * f64::from(RATE)) as usize;
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 40) as f32 / (1 << 24) as f32
        };
        let mut reflections: Vec<(usize, f32)> = (0..if last > 0 { REFLECTIONS } else { 0 })
            .map(|index| {
                let place = (index as f32 + next()) / REFLECTIONS as f32;
                let level = 10.0_f32.powf(-3.0 * place) * if next() < 0.5 { -1.0 } else { 1.0 };
                (first + 1 + (place * last as f32) as usize, level)
            })
            .collect();
        let energy: f32 = reflections.iter().map(|(_, level)| level * level).sum();
        let scale = (0.5 / energy.max(1e-9)).sqrt();
        reflections.iter_mut().for_each(|(_, level)| *level *= scale);
        let mut paths = vec![(first, 1.0)];
        paths.append(&mut reflections);
        let energy: f32 = paths.iter().map(|(_, level)| level * level).sum();
        let gain = 10.0_f32.powf(gain_db / 20.0) / energy.sqrt();
        paths.iter_mut().for_each(|(_, level)| *level *= gain);
        Self { paths }
    }

    /// What the microphone hears of what was played, from the sample `from` on.
    pub fn echo(&self, played: &[f32], from: usize, count: usize) -> Vec<f32> {
        let mut heard = vec![0.0; count];
        for &(delay, level) in &self.paths {
            let skip = delay.saturating_sub(from).min(count);
            let played = played.get((from + skip).saturating_sub(delay)..).unwrap_or_default();
            for (heard, played) in heard[skip..].iter_mut().zip(played) {
                *heard += level * played;
            }
        }
        heard
    }
}

/// A room in a running pipeline: the speaker's tape goes into it, and the microphone hears it.
#[derive(Clone, Debug)]
pub struct LiveRoom {
    room: Room,
    played: Arc<Mutex<Played>>,
    /// What was put onto the tape.
    pub taped: Log<(Side, Audio)>,
}

#[derive(Debug)]
struct Played {
    track: Track,
    samples: Vec<f32>,
}

impl LiveRoom {
    /// An empty room.
    pub fn new(room: Room) -> Self {
        let played = Played { track: Track::new(RATE), samples: Vec::new() };
        Self { room, played: Arc::new(Mutex::new(played)), taped: Log::default() }
    }

    /// Where the speaker puts what sounded.
    pub fn tape(&self) -> Tape {
        let room = self.clone();
        Arc::new(move |side, audio| {
            if side == Side::Agent {
                room.play(&audio);
            }
            room.taped.push((side, audio));
        })
    }

    fn play(&self, audio: &Audio) {
        let mut played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        for (start, samples) in played.track.take(audio).unwrap_or_default() {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let end = start + samples.len();
            if played.samples.len() < end {
                played.samples.resize(end, 0.0);
            }
            played.samples[start..end].copy_from_slice(&samples);
        }
    }

    /// A microphone in the room, in which a person says `near`, sample `n` of it at the moment
    /// `n / 16000` of the pipeline's clock.
    pub fn mic(&self, near: impl Into<Arc<[f32]>>) -> impl Blueprint {
        let (room, near) = (self.clone(), near.into());
        Make(move || {
            let (room, near) = (room.clone(), near.clone());
            let listen = worker::task(move |mut io| async move {
                io.ready("a room");
                let clock = io.clock();
                let mut at = Time::ZERO;
                while !io.is_orphaned() && !io.view().closing {
                    clock.sleep_until(at + FRAME).await;
                    if clock.now() < at + FRAME * 2 {
                        io.emit(Done::Audio(room.hear(&near, at))).await;
                    }
                    at = at + FRAME;
                }
                Ok(())
            });
            Ok((MicCore, Some(listen)))
        })
    }

    fn hear(&self, near: &[f32], at: Time) -> Audio {
        let from = usize::try_from(at.to_samples(RATE)).unwrap_or(usize::MAX);
        let count = (FRAME.as_secs_f64() * f64::from(RATE)) as usize;
        let played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let mut samples = self.room.echo(&played.samples, from, count);
        for (sample, near) in samples.iter_mut().zip(near.get(from..).unwrap_or_default()) {
            *sample += near;
        }
        Audio { samples: samples.into(), rate: RATE, at }
    }
}
