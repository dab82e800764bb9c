//! Voice detection as a state machine.

use std::time::Duration;

use antiphon_config::Vad;

use super::detector::{Detector, WINDOW};
use super::edges::TRAIL;
use super::history::{BLOCK, History};
use super::timeline::{Follows, Timeline};
use crate::core::{Never, Out, StageCore};
use crate::error::StageError;
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, Utterance};
use crate::prosody::{self, Voice};
use crate::time::Time;

/// Samples a second that the detector wants.
const RATE: u32 = 16_000;
/// How much surer than the start threshold the detector must once be: bursts of noise reach 0.79,
/// steady tones 0.78, and all speech that was tried 0.85 within 200 ms.
const SURER: f32 = 0.25;
/// No surer than this.
const SUREST: f32 = 0.9;
/// A score that makes silence a closure inside a word: it takes the detector a quarter of a second
/// to forget speech, so a lower one says little once the sound is gone.
const STILL: f32 = 0.6;
/// Sound that has not stood out for this long may be the end of the speech, though the detector
/// still hears some: closures inside words are often shorter.
const LULL: u64 = 3 * WINDOW as u64;
/// An utterance is over when the input has said nothing for this long: the microphone is gone.
const INPUT_GONE: Duration = Duration::from_secs(1);

/// Finds utterances. Samples are counted since the input began or jumped.
pub struct VadCore<D> {
    rules: Rules,
    detector: D,
    stream: Option<Stream>,
    /// When the last frame came.
    heard: Time,
}

/// The settings in samples.
#[derive(Clone, Copy)]
struct Rules {
    start: f32,
    sure: f32,
    stop: f32,
    min_speech: u64,
    hangover: u64,
    pre_roll: u64,
}

/// The input since it began or jumped.
struct Stream {
    timeline: Timeline,
    history: History,
    /// The sample after the last one that the detector has seen.
    seen: u64,
    /// The sample after the last one that was sent on.
    sent: u64,
    /// The sample after the last utterance's last voiced one.
    stopped: u64,
    /// In a lull, the sample after the last one that was seen when it was told.
    lull: Option<u64>,
    state: State,
    window: Vec<f32>,
    voice: Voice,
}

// The voice is followed window by window.
const _: () = assert!(WINDOW == prosody::HOP && RATE == prosody::RATE);

/// What the detector hears.
#[derive(Clone, Copy)]
enum State {
    Quiet,
    /// Perhaps speech, from the window at that sample on.
    Rising {
        from: u64,
        /// The highest score.
        best: f32,
        /// Whether it was ever steady enough to be a tone or hiss.
        steady: bool,
    },
    /// Speech since `start`. The last window that the detector calls speech ended at `voiced`, the
    /// last in which its last sound goes on at `sounded`.
    Speech {
        start: u64,
        voiced: u64,
        sounded: u64,
    },
}

impl<D: Detector> VadCore<D> {
    /// A core that has heard nothing.
    pub fn new(settings: &Vad, detector: D) -> Self {
        let samples = |duration: Duration| Time::from_start(duration).to_samples(RATE);
        let start = settings.start_threshold as f32;
        let rules = Rules {
            start,
            sure: (start + SURER).min(SUREST).max(start),
            stop: settings.stop_threshold as f32,
            min_speech: samples(settings.min_speech),
            hangover: samples(settings.hangover),
            pre_roll: samples(settings.pre_roll),
        };
        Self { rules, detector, stream: None, heard: Time::ZERO }
    }

    fn take(&mut self, audio: &Audio, out: &mut Out<Never>) {
        let follows = self.stream.as_ref().map(|s| s.timeline.follows(s.history.end(), audio.at));
        let gap = match follows {
            Some(Follows::On) => 0,
            Some(Follows::Gap(samples)) => samples,
            Some(Follows::Afresh) | None => {
                self.close(out);
                self.detector.reset();
                self.stream = Some(Stream::new(self.rules, audio.at));
                0
            }
        };
        let Some(stream) = &mut self.stream else { return };
        stream.history.push(std::iter::repeat_n(0.0, gap as usize));
        stream.timeline.anchor(stream.history.end(), audio.at);
        // The detector refuses what is beyond full scale, and a NaN would stay in it for good.
        let sane = |&x: &f32| if x.is_finite() { x.clamp(-1.0, 1.0) } else { 0.0 };
        stream.history.push(audio.samples.iter().map(sane));
        while stream.history.end() - stream.seen >= WINDOW as u64 {
            stream.step(self.rules, &mut self.detector, out);
        }
    }

    /// Ends the input.
    fn close(&mut self, out: &mut Out<Never>) {
        if let Some(mut stream) = self.stream.take() {
            stream.stop(out);
        }
    }

    fn is_speech(&self) -> bool {
        self.stream.as_ref().is_some_and(|s| matches!(s.state, State::Speech { .. }))
    }
}

impl Stream {
    fn new(rules: Rules, at: Time) -> Self {
        // A start is decided a window after the shortest speech at the latest.
        let keep = rules.pre_roll + rules.min_speech + rules.hangover + 2 * WINDOW as u64;
        let keep = keep + History::EDGES;
        Self {
            timeline: Timeline::new(RATE, at),
            history: History::new(keep),
            seen: 0,
            sent: 0,
            stopped: 0,
            lull: None,
            state: State::Quiet,
            window: Vec::with_capacity(WINDOW),
            voice: Voice::default(),
        }
    }

    /// Looks at the next window.
    fn step(&mut self, rules: Rules, detector: &mut impl Detector, out: &mut Out<Never>) {
        let (from, to) = (self.seen, self.seen + WINDOW as u64);
        self.window.clear();
        self.window.extend(self.history.range(from, to));
        let score = detector.score(&self.window);
        self.seen = to;
        self.history.measure(to);
        let rising = match self.state {
            State::Quiet => (score >= rules.start).then_some((from, score, false)),
            State::Rising { from, best, steady } => {
                (score >= rules.stop).then_some((from, best.max(score), steady))
            }
            State::Speech { start, voiced, sounded } => {
                let heard = score >= rules.stop
                    && (score >= STILL || !self.history.is_quiet(start, from, to));
                let voiced = if heard { to } else { voiced };
                let trails = || to - voiced <= TRAIL && self.history.goes_on(start, voiced, to);
                let sounded = if heard || trails() { to } else { sounded };
                self.state = State::Speech { start, voiced, sounded };
                self.voice.push(&self.window, to);
                self.send(to, out);
                let hangover = rules.hangover.max(1);
                if to - sounded >= hangover || to - voiced >= TRAIL + hangover {
                    self.stop(out);
                } else {
                    self.follow_lull(start, to, out);
                }
                return;
            }
        };
        match rising {
            None => {
                self.state = State::Quiet;
                self.history.learn_noise(from, to);
            }
            Some((from, best, steady)) => {
                let sure = to - from >= rules.min_speech && best >= rules.sure;
                let steady_now = sure
                    && detector.hears_speech_in_steady_sound()
                    && self.history.is_steady(from, to);
                // The end of a tone is no speech either.
                if sure && !steady_now && !(steady && self.history.is_over(from, to)) {
                    self.start(rules, from, to, out);
                } else {
                    self.state = State::Rising { from, best, steady: steady || steady_now };
                }
            }
        }
    }

    fn start(&mut self, rules: Rules, from: u64, to: u64, out: &mut Out<Never>) {
        let start = self.history.onset(from, to, self.stopped);
        let at = self.timeline.at(start);
        out.send_free(Payload::Utterance(Utterance::Start { at }));
        out.fact(Fact::SpeechStart { at });
        self.sent = start.saturating_sub(rules.pre_roll).max(self.sent).max(self.history.first());
        self.state = State::Speech { start, voiced: to, sounded: to };
        let first = (start.max(self.history.first()) / WINDOW as u64) + 1;
        for end in (first..=to / WINDOW as u64).map(|window| window * WINDOW as u64) {
            self.window.clear();
            self.window.extend(self.history.range(end - WINDOW as u64, end));
            self.window.resize(WINDOW, 0.0);
            self.voice.push(&self.window, end);
        }
        self.send(to, out);
    }

    /// Tells when the sound of speech since `start` has been quiet for a while before `to`, and when
    /// it goes on all the same.
    fn follow_lull(&mut self, start: u64, to: u64, out: &mut Out<Never>) {
        let end = self.history.offset(start, to).max(start + BLOCK);
        match self.lull {
            None if to >= end + LULL => {
                let (at, until) = (self.timeline.at(end - 1), self.timeline.at(to));
                self.lull = Some(to);
                out.send_free(Payload::Utterance(Utterance::Lull));
                out.fact(Fact::Prosody { prosody: self.voice.prosody(start, end) });
                out.fact(Fact::SpeechLull { at, until });
            }
            Some(until) if end > until => {
                self.lull = None;
                out.send_free(Payload::Utterance(Utterance::Resume));
                out.fact(Fact::SpeechResume { at: self.timeline.at(end - 1) });
            }
            None | Some(_) => {}
        }
    }

    /// Sends what was not sent before `to`.
    fn send(&mut self, to: u64, out: &mut Out<Never>) {
        if to <= self.sent {
            return;
        }
        let samples = self.history.range(self.sent, to).collect();
        let audio = Audio { samples, rate: RATE, at: self.timeline.at(self.sent) };
        out.send_free(Payload::Utterance(Utterance::Audio(audio)));
        self.sent = to;
    }

    /// Ends the utterance, if there is one.
    fn stop(&mut self, out: &mut Out<Never>) {
        let State::Speech { start, voiced, .. } = self.state else { return };
        self.state = State::Quiet;
        self.lull = None;
        self.stopped = self.history.offset(start, voiced).max(start + BLOCK);
        let at = self.timeline.at(self.stopped - 1);
        out.send_free(Payload::Utterance(Utterance::Stop { at }));
        out.fact(Fact::Prosody { prosody: self.voice.prosody(start, self.stopped) });
        out.fact(Fact::SpeechStop { at });
    }
}

impl<D: Detector> StageCore for VadCore<D> {
    type Job = Never;
    type Done = Never;

    fn on_frame(
        &mut self,
        frame: Frame,
        now: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        let Payload::Audio(audio) = frame.payload else {
            let port = frame.payload.port();
            return Err(StageError::skip(format_args!("`vad` takes audio, not `{port:?}`")));
        };
        if audio.rate != RATE {
            return Err(StageError::skip(format_args!(
                "`vad` takes audio at {RATE} Hz, not {} Hz",
                audio.rate
            )));
        }
        self.heard = now;
        if !audio.samples.is_empty() {
            self.take(&audio, out);
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

    fn deadline(&self) -> Option<Time> {
        self.is_speech().then(|| self.heard + INPUT_GONE)
    }

    fn on_deadline(&mut self, _now: Time, out: &mut Out<Never>) -> Result<(), StageError> {
        self.close(out);
        Ok(())
    }
}
