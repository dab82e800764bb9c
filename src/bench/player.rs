//! In place of the microphone: says what a script says, when it is its turn, and over replies.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use antiphon_actors::core::Never;
use antiphon_actors::frame::Audio;
use antiphon_actors::mic::{Done, MicCore};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{Phase, StageError, Time, TurnView};

use super::RATE;
use super::clip::Clip;
use super::sounding::{Ear, seconds};

/// Silence of the conversation before somebody says the next thing.
const PAUSE: Duration = Duration::from_millis(400);
/// Shortest silence after one has spoken, so that an answer is waited for.
const SETTLE: Duration = Duration::from_millis(1500);
/// Longest wait for a conversation that does not come to rest.
const LIMIT: Duration = Duration::from_secs(30);

/// What is said at a turn.
#[derive(Clone, Debug)]
pub struct Line {
    /// The turn's sound.
    pub clip: Arc<Clip>,
    /// What comes over the reply, and how long after its first audible sample.
    pub over: Option<(Arc<Clip>, Duration)>,
}

/// When something was said: the truth, in seconds of the pipeline's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Which line.
    pub line: usize,
    /// Whether it was what comes over the reply.
    pub is_over: bool,
    /// From the first voiced sample to the end of the last, each stretch of speech.
    pub speech: Vec<(f64, f64)>,
}

impl Said {
    /// The first voiced sample.
    pub fn start(&self) -> f64 {
        self.speech.first().map_or(0.0, |(from, _)| *from)
    }

    /// The end of the last voiced sample.
    pub fn end(&self) -> f64 {
        self.speech.last().map_or(0.0, |(_, to)| *to)
    }
}

/// Who speaks; it is shared with whoever wants to know what was said.
#[derive(Clone)]
pub struct Player(Arc<Mutex<Script>>);

impl Player {
    /// Somebody who says these lines over such noise, listening with `ear`.
    pub fn new(lines: Vec<Line>, noise: Vec<f32>, ear: Ear) -> Self {
        let script = Script {
            lines,
            noise,
            ear,
            next: 0,
            now: None,
            said: Vec::new(),
            told: false,
            latest: Duration::ZERO,
        };
        Self(Arc::new(Mutex::new(script)))
    }

    /// What was said until now.
    pub fn said(&self) -> Vec<Said> {
        self.with(|script| script.said.clone())
    }

    /// How late the latest frame was captured: how long the machine stood still at most.
    pub fn latest(&self) -> Duration {
        self.with(|script| script.latest)
    }

    /// The stage; `frame` is how much it captures at a time.
    pub fn blueprint(&self, frame: Duration) -> impl Blueprint + use<> {
        let player = self.clone();
        Make(move || {
            let player = player.clone();
            Ok((MicCore, Some(worker::task(move |io| async move { player.run(io, frame).await }))))
        })
    }

    async fn run(self, mut io: WorkerIo<Never, Done>, frame: Duration) -> Result<(), StageError> {
        io.ready("a script in place of a microphone");
        let clock = io.clock();
        let step = frame.as_nanos().max(1);
        let frames = clock.now().since_start().as_nanos().div_ceil(step);
        let nanos = u64::try_from(frames * step).unwrap_or(u64::MAX);
        let mut at = Time::from_start(Duration::from_nanos(nanos));
        let mut captured = None;
        loop {
            clock.sleep_until(at).await;
            if let Some(audio) = captured.take() {
                io.emit(Done::Audio(audio)).await;
            }
            let (view, late) = (io.view(), clock.now().since(at));
            if io.is_orphaned() || view.closing {
                return Ok(());
            }
            let (samples, ended) = self.with(|script| {
                script.latest = script.latest.max(late);
                script.capture(at, frame, &view)
            });
            if ended {
                io.emit(Done::Ended).await;
            }
            captured = Some(Audio { samples: samples.into(), rate: RATE, at });
            at = at + frame;
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Script) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A sound that began at a moment.
#[derive(Clone)]
struct Playing {
    clip: Arc<Clip>,
    began: Time,
    is_over: bool,
}

impl Playing {
    fn end(&self) -> Time {
        self.began.plus_samples(self.clip.samples.len() as u64, RATE)
    }
}

struct Script {
    lines: Vec<Line>,
    noise: Vec<f32>,
    ear: Ear,
    /// The line after the one that was begun last.
    next: usize,
    now: Option<Playing>,
    said: Vec<Said>,
    told: bool,
    latest: Duration,
}

impl Script {
    /// The frame from `at` on, and whether it is now known that nothing more will be said.
    fn capture(&mut self, at: Time, frame: Duration, view: &TurnView) -> (Vec<f32>, bool) {
        let ended = self.advance(at, view);
        let count = (frame.as_secs_f64() * f64::from(RATE)).round() as usize;
        let mut samples = vec![0.0; count];
        let place = at.to_samples(RATE);
        if let Some(playing) = &self.now {
            let from = usize::try_from(place - playing.began.to_samples(RATE));
            let rest = from.ok().and_then(|from| playing.clip.samples.get(from..));
            let rest = rest.unwrap_or_default();
            samples.iter_mut().zip(rest).for_each(|(sample, said)| *sample = *said);
        }
        if !self.noise.is_empty() {
            let from = (place % self.noise.len() as u64) as usize;
            let noise = self.noise.iter().cycle().skip(from);
            samples.iter_mut().zip(noise).for_each(|(sample, noise)| *sample += noise);
        }
        (samples, ended)
    }

    fn advance(&mut self, at: Time, view: &TurnView) -> bool {
        let Some(playing) = self.now.clone() else {
            // The room is heard for a while before anybody speaks.
            if at >= Time::ZERO + PAUSE && at.since(view.since) >= PAUSE {
                return self.go_on(at);
            }
            return false;
        };
        if at < playing.end() {
            return false;
        }
        let line = self.next.checked_sub(1).and_then(|line| self.lines.get(line));
        if let Some((clip, after)) = line.and_then(|line| line.over.clone())
            && !playing.is_over
            && let Some(said) = self.said.last()
            && let Some(heard) = self.ear.reply_after(said.end())
            // While it is still heard; a reply that is over is not spoken over.
            && view.phase == Phase::Replying
        {
            if seconds(at) >= heard + after.as_secs_f64() {
                self.begin(clip, self.next - 1, true, at);
            }
            return false;
        }
        let quiet = view.phase == Phase::Listening && at.since(view.since) >= PAUSE;
        if (quiet && at >= playing.end() + SETTLE) || at >= playing.end() + LIMIT {
            return self.go_on(at);
        }
        false
    }

    fn go_on(&mut self, at: Time) -> bool {
        if let Some(line) = self.lines.get(self.next) {
            let clip = line.clip.clone();
            self.begin(clip, self.next, false, at);
            self.next += 1;
            return false;
        }
        !std::mem::replace(&mut self.told, true)
    }

    fn begin(&mut self, clip: Arc<Clip>, line: usize, is_over: bool, at: Time) {
        let time = |place: usize| seconds(at.plus_samples(place as u64, RATE));
        let speech = clip.speech.iter().map(|span| (time(span.from), time(span.to))).collect();
        self.said.push(Said { line, is_over, speech });
        self.now = Some(Playing { clip, began: at, is_over });
    }
}

#[cfg(test)]
mod tests {
    use super::super::clip::Span;
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    fn clip(ms: usize) -> Arc<Clip> {
        let to = RATE as usize * ms / 1000;
        Arc::new(Clip { samples: vec![0.5; to], speech: vec![Span { from: 0, to }] })
    }

    /// Which line, whether it came over a reply, from and to which ms it was spoken.
    type Spoken = (usize, bool, u64, u64);

    /// Plays a line of 1000 ms, over whose reply something is said 500 ms later, and one of 200 ms.
    /// The reply is heard from and to those ms, and the conversation replies as long.
    fn play(reply: (u64, u64)) -> (Vec<Spoken>, Option<u64>) {
        let ear = Ear::default();
        let tape = ear.tape(None);
        let over = Some((clip(300), Duration::from_millis(500)));
        let lines = vec![Line { clip: clip(1000), over }, Line { clip: clip(200), over: None }];
        let player = Player::new(lines, Vec::new(), ear);
        let mut ended = None;
        for ms in (0..20_000).step_by(20) {
            let is_replying = (reply.0..reply.1).contains(&ms);
            if is_replying {
                let samples = vec![0.5; 20].into();
                let audio = Audio { samples, rate: 1000, at: Time::from_millis(ms) };
                tape(antiphon_actors::core::Side::Agent, audio);
            }
            let phase = if is_replying { Phase::Replying } else { Phase::Listening };
            let since = if ms < reply.0 { 0 } else { reply.1 };
            let since = Time::from_millis(since);
            let view = TurnView { phase, since, ..TurnView::default() };
            let at = Time::from_millis(ms);
            if player.with(|script| script.capture(at, FRAME, &view)).1 {
                assert_eq!(ended.replace(ms), None, "told twice");
            }
        }
        let ms = |seconds: f64| (seconds * 1e3).round() as u64;
        let said = player.said();
        let said = said.iter().map(|it| (it.line, it.is_over, ms(it.start()), ms(it.end())));
        (said.collect(), ended)
    }

    #[test]
    fn lines_wait_for_rest_and_replies_are_spoken_over() {
        // The first line begins once the room was heard; the reply to it comes at 2 s.
        let (said, ended) = play((2000, 4000));
        let expected = [(0, false, 400, 1400), (0, true, 2500, 2800), (1, false, 4400, 4600)];
        assert_eq!(said, expected);
        assert_eq!(ended, Some(4600 + 1500));
        // A reply that is over before anybody speaks over it.
        let (said, _) = play((2000, 2300));
        assert_eq!(said, [(0, false, 400, 1400), (1, false, 2900, 3100)]);
    }

    #[test]
    fn noise_goes_round() {
        let noise: Vec<f32> = (0..500).map(|n| n as f32).collect();
        let player = Player::new(Vec::new(), noise, Ear::default());
        let view = TurnView::default();
        let mut place = 0;
        for ms in (0..200).step_by(20) {
            let (samples, _) =
                player.with(|script| script.capture(Time::from_millis(ms), FRAME, &view));
            for sample in samples {
                assert_eq!(sample, (place % 500) as f32);
                place += 1;
            }
        }
    }
}
