//! Files in place of a microphone, in real time on the pipeline's clock.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use antiphon_config::Mic;
use antiphon_models::audio;

use super::core::Done;
use crate::core::Never;
use crate::error::StageError;
use crate::frame::Audio;
use crate::time::Time;
use crate::turn::{Phase, TurnView};
use crate::worker::WorkerIo;

/// Shortest silence after a file: the words of its end must have been noticed before the
/// conversation can be taken for quiet.
const SETTLE: Duration = Duration::from_secs(1);
/// Samples of a file that are read at a time.
const BLOCK: usize = 16 * 1024;

/// The files, and how far they have been played, whichever life of the stage plays them.
pub(super) struct Files {
    settings: Mic,
    paths: Vec<PathBuf>,
    pause: Duration,
    playback: Mutex<Option<Playback>>,
}

impl Files {
    pub(super) fn new(settings: Mic, paths: Vec<PathBuf>, pause: Duration) -> Self {
        Self { settings, paths, pause, playback: Mutex::default() }
    }

    pub(super) async fn run(
        self: Arc<Self>,
        mut io: WorkerIo<Never, Done>,
    ) -> Result<(), StageError> {
        let loader = self.clone();
        tokio::task::spawn_blocking(move || loader.load())
            .await
            .map_err(|error| StageError::restart(format_args!("cannot load files: {error}")))??;
        io.ready(self.describe());
        let (clock, frame) = (io.clock(), self.settings.frame);
        let mut at = next_multiple(clock.now(), frame);
        let mut captured = None;
        loop {
            clock.sleep_until(at).await;
            if let Some(audio) = captured.take() {
                io.emit(Done::Audio(audio)).await;
            }
            let view = io.view();
            if io.is_orphaned() || view.closing {
                return Ok(());
            }
            let (audio, ended) = self.capture(at, &view);
            if ended {
                io.emit(Done::Ended).await;
            }
            captured = Some(audio);
            at = at + frame;
        }
    }

    fn describe(&self) -> String {
        match self.paths.as_slice() {
            [one] => format!("`{}` in place of a microphone", one.display()),
            many => format!("{} files in place of a microphone", many.len()),
        }
    }

    /// Loads the files, unless an earlier life of the stage has.
    fn load(&self) -> Result<(), StageError> {
        let mut playback = self.playback.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(playback) = &mut *playback {
            playback.end_told = false;
            return Ok(());
        }
        let rate = self.settings.sample_rate;
        let sounds = self.paths.iter().map(|path| load(path, rate));
        let sounds = sounds.collect::<Result<_, _>>().map_err(|error| {
            StageError::give_up(format_args!("cannot play a file as input: {error}"))
        })?;
        *playback = Some(Playback::new(sounds, rate, self.pause));
        Ok(())
    }

    /// The frame from `at` on, and whether it is now known that no more files follow.
    fn capture(&self, at: Time, view: &TurnView) -> (Audio, bool) {
        let mut samples = vec![0.0; self.settings.frame_len()];
        let mut playback = self.playback.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = playback.as_mut().is_some_and(|playback| {
            let ended = playback.begin_frame(at, view);
            playback.fill(at, &mut samples);
            ended
        });
        (Audio { samples: samples.into(), rate: self.settings.sample_rate, at }, ended)
    }
}

/// Reads a file as mono samples at `rate`.
fn load(path: &Path, rate: u32) -> antiphon_models::Result<Arc<[f32]>> {
    let mut wav = audio::open(path)?;
    let mut resampler = audio::Resampler::new(wav.spec().sample_rate, rate)?;
    let (mut samples, mut block) = (Vec::new(), Vec::new());
    while wav.read_mono(BLOCK, &mut block)? > 0 {
        resampler.push(&block, &mut samples)?;
        block.clear();
    }
    resampler.finish(&mut samples)?;
    Ok(samples.into())
}

/// The first moment from `now` on that is a whole number of `step` after the clock started.
fn next_multiple(now: Time, step: Duration) -> Time {
    let (now, step) = (now.since_start().as_nanos(), step.as_nanos().max(1));
    let nanos = now.div_ceil(step) * step;
    Time::from_start(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

/// Decides which sample of which file is captured when.
struct Playback {
    sounds: Vec<Arc<[f32]>>,
    rate: u32,
    pause: Duration,
    /// The sound that was begun last, and the capture time of its first sample.
    current: Option<(usize, Time)>,
    end_told: bool,
}

impl Playback {
    fn new(sounds: Vec<Arc<[f32]>>, rate: u32, pause: Duration) -> Self {
        Self { sounds, rate, pause, current: None, end_told: false }
    }

    /// Begins the next sound at `at` if it is time; whether it is now known that none follows.
    fn begin_frame(&mut self, at: Time, view: &TurnView) -> bool {
        let next = match self.current {
            None => 0,
            Some((index, began)) => {
                let length = self.sounds.get(index).map_or(0, |sound| sound.len());
                let end = began.plus_samples(length as u64, self.rate);
                let quiet = view.phase == Phase::Listening && at.since(view.since) >= self.pause;
                if !quiet || at < end + SETTLE {
                    return false;
                }
                index + 1
            }
        };
        if next < self.sounds.len() {
            self.current = Some((next, at));
            return false;
        }
        !std::mem::replace(&mut self.end_told, true)
    }

    /// Writes the part of the current sound from `at` on into `frame`, which is silent.
    fn fill(&self, at: Time, frame: &mut [f32]) {
        let Some((index, began)) = self.current else { return };
        let Some(sound) = self.sounds.get(index) else { return };
        let from = at.to_samples(self.rate) - began.to_samples(self.rate);
        let rest = sound.get(usize::try_from(from).unwrap_or(usize::MAX)..).unwrap_or_default();
        let len = rest.len().min(frame.len());
        frame[..len].copy_from_slice(&rest[..len]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays sounds of those lengths in ms at 1 kHz through a conversation that turns from one
    /// phase to the next at those times in ms; when the sounds began, and when their end was told.
    fn play(lengths: &[usize], pause: u64, phases: &[(u64, Phase)]) -> (Vec<u64>, Option<u64>) {
        let sounds = lengths.iter().map(|len| vec![0.5; *len].into()).collect();
        let mut playback = Playback::new(sounds, 1000, Duration::from_millis(pause));
        let (mut began, mut ended, mut total) = (Vec::new(), None, 0);
        for ms in (0..20_000).step_by(20) {
            let at = Time::from_millis(ms);
            let (since, phase) = phases.iter().rev().find(|(from, _)| *from <= ms).unwrap();
            let view =
                TurnView { phase: *phase, since: Time::from_millis(*since), ..TurnView::default() };
            let before = playback.current;
            if playback.begin_frame(at, &view) {
                assert_eq!(ended, None, "told twice");
                ended = Some(ms);
            }
            if playback.current != before {
                began.push(ms);
            }
            let mut frame = [0.0; 20];
            playback.fill(at, &mut frame);
            total += frame.iter().filter(|sample| **sample != 0.0).count();
        }
        assert_eq!(total, lengths.iter().take(began.len()).sum::<usize>(), "samples");
        (began, ended)
    }

    #[test]
    fn the_next_file_waits_for_the_conversation_and_at_least_a_second() {
        use Phase::{Hearing, Listening, Replying};
        let heard = [(0, Listening), (200, Hearing), (1300, Replying), (5000, Listening)];
        // A pause after the reply; then, as nothing is heard, a second after the last sample.
        assert_eq!(play(&[1000, 50], 500, &heard), (vec![0, 5500], Some(6560)));
        // Nothing was heard at all: one second after the last sample.
        assert_eq!(play(&[1000, 50], 500, &[(0, Listening)]), (vec![0, 2000], Some(3060)));
        // A conversation that never becomes quiet.
        assert_eq!(play(&[1000, 50], 500, &[(0, Listening), (200, Hearing)]), (vec![0], None));
        // A pause that is longer than the silence after the file.
        assert_eq!(play(&[100], 3000, &heard[..3]), (vec![0], None));
        assert_eq!(play(&[100], 3000, &heard), (vec![0], Some(8000)));
        assert_eq!(play(&[], 0, &heard), (vec![], Some(0)));
    }

    #[test]
    fn a_grid_of_frames() {
        for (now, next) in [(0, 0), (1, 20), (19, 20), (20, 20), (21, 40)] {
            let at = next_multiple(Time::from_millis(now), Duration::from_millis(20));
            assert_eq!(at, Time::from_millis(next), "{now}");
        }
    }
}
