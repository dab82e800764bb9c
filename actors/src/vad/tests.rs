mod anchors;

use proptest::prelude::*;

use super::core::VadCore;
use super::detector::{Detector, Earshot};
use crate::core::{Effect, Out, StageCore};
use crate::fact::Fact;
use crate::frame::{Audio, Frame, Payload, Utterance};
use crate::gate::tests as gate;
use crate::sound::{self, RATE};
use crate::time::Time;
use antiphon_config::Vad;

/// Calls loud windows speech.
struct Loud;

impl Detector for Loud {
    fn score(&mut self, window: &[f32]) -> f32 {
        if sound::dbfs(window) > -40.0 { 0.9 } else { 0.1 }
    }

    fn reset(&mut self) {}
}

/// What came out: marks by their time in ms, and audio joined.
#[derive(Debug, Clone, PartialEq)]
enum Event {
    Start(f64),
    Stop(f64),
    /// A lull: its last voiced sample, which only the fact names.
    Lull(f64),
    Resume,
    Audio(f64, Vec<f32>),
}

fn ms(at: Time) -> f64 {
    at.since_start().as_secs_f64() * 1e3
}

fn events(effects: Vec<Effect<crate::core::Never>>) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut facts = Vec::new();
    for effect in effects {
        match effect {
            Effect::Send(Frame { turn: None, payload: Payload::Utterance(utterance) }) => {
                match utterance {
                    Utterance::Start { at } => events.push(Event::Start(ms(at))),
                    Utterance::Stop { at } => events.push(Event::Stop(ms(at))),
                    Utterance::Lull => events.push(Event::Lull(f64::NAN)),
                    Utterance::Resume => events.push(Event::Resume),
                    Utterance::Audio(audio) => match events.last_mut() {
                        Some(Event::Audio(from, samples)) => {
                            let end = *from + samples.len() as f64 / 16.0;
                            assert!((ms(audio.at) - end).abs() < 15.1, "a hole at {end} ms");
                            samples.extend(audio.samples.iter());
                        }
                        _ => events.push(Event::Audio(ms(audio.at), audio.samples.to_vec())),
                    },
                }
            }
            Effect::Fact(Fact::SpeechStart { at }) => facts.push(Event::Start(ms(at))),
            Effect::Fact(Fact::SpeechLull { at, until }) => {
                assert!(until > at);
                let mark = events.iter_mut().rfind(|event| !matches!(event, Event::Audio(..)));
                let Some(Event::Lull(told)) = mark else { panic!("a lull without its mark") };
                *told = ms(at);
                facts.push(Event::Lull(ms(at)));
            }
            Effect::Fact(Fact::SpeechResume { .. }) => facts.push(Event::Resume),
            Effect::Fact(Fact::SpeechStop { at }) => facts.push(Event::Stop(ms(at))),
            Effect::Fact(Fact::Prosody { .. }) => {}
            other @ (Effect::Send(_)
            | Effect::Fact(_)
            | Effect::Job(_)
            | Effect::Turn(_)
            | Effect::Tape(..)
            | Effect::Note(_)) => panic!("unexpected {other:?}"),
        }
    }
    let marks = events.iter().filter(|event| !matches!(event, Event::Audio(..))).cloned();
    assert_eq!(marks.collect::<Vec<_>>(), facts, "the facts are the marks");
    events
}

fn feed<D: Detector>(
    core: &mut VadCore<D>,
    samples: &[f32],
    at: Time,
    out: &mut Out<crate::core::Never>,
) {
    let audio = Audio { samples: samples.into(), rate: RATE, at };
    core.on_frame(Frame::free(Payload::Audio(audio)), at, out).unwrap();
}

/// Runs `samples` through in frames of the sizes given, over and over.
fn run<D: Detector>(detector: D, samples: &[f32], sizes: &[usize]) -> Vec<Event> {
    let mut core = VadCore::new(&Vad::default(), detector);
    let mut out = Out::default();
    let mut from = 0;
    for &size in sizes.iter().cycle() {
        let to = (from + size).min(samples.len());
        feed(&mut core, &samples[from..to], Time::ZERO.plus_samples(from as u64, RATE), &mut out);
        from = to;
        if from == samples.len() {
            break;
        }
    }
    events(out.take())
}

fn marks(events: &[Event]) -> Vec<(char, f64)> {
    let mark = |event: &Event| match event {
        Event::Start(at) => Some(('+', *at)),
        Event::Stop(at) => Some(('-', *at)),
        Event::Lull(_) | Event::Resume | Event::Audio(..) => None,
    };
    events.iter().filter_map(mark).collect()
}

/// Lulls by their last voiced sample, and where speech goes on.
fn lulls(events: &[Event]) -> Vec<Option<f64>> {
    let lull = |event: &Event| match event {
        Event::Lull(at) => Some(Some(*at)),
        Event::Resume => Some(None),
        Event::Start(_) | Event::Stop(_) | Event::Audio(..) => None,
    };
    events.iter().filter_map(lull).collect()
}

fn bursts(parts: &[(f32, bool)]) -> Vec<f32> {
    let part = |&(seconds, loud): &(f32, bool)| {
        if loud { sound::tone(seconds, 200.0, -20.0) } else { sound::silence(seconds) }
    };
    parts.iter().flat_map(part).collect()
}

#[test]
fn marks_name_the_sound_and_audio_has_no_hole() {
    let samples = bursts(&[(1.003, false), (0.5, true), (0.6, false), (0.3, true), (1.0, false)]);
    let events = run(Loud, &samples, &[320]);
    let marks = marks(&events);
    assert_eq!(marks.iter().map(|mark| mark.0).collect::<String>(), "+-+-", "{marks:?}");
    for (mark, expected) in marks.iter().zip([1003.0, 1503.0, 2103.0, 2403.0]) {
        assert!((mark.1 - expected).abs() <= 4.0, "{mark:?} where {expected} was expected");
    }
    let Event::Audio(from, first) = &events[1] else { panic!("{:?}", events[1]) };
    assert!((from - (marks[0].1 - 300.0)).abs() < 0.1, "pre-roll from {from}");
    let Event::Audio(next, _) = &events[4] else { panic!("{:?}", events[4]) };
    let sent = from + first.len() as f64 / 16.0;
    assert!((next - (marks[2].1 - 300.0).max(sent)).abs() < 0.1, "no sample twice: {next} {sent}");
    assert!(sent > marks[1].1 + 40.0, "the hangover is heard: {sent}");
}

#[test]
fn pauses_within_the_hangover_and_clicks_are_nothing() {
    let samples = bursts(&[(0.5, false), (0.3, true), (0.02, false), (0.3, true), (0.5, false)]);
    assert_eq!(marks(&run(Loud, &samples, &[320])).len(), 2);
    let samples = bursts(&[(0.5, false), (0.03, true), (0.5, false)]);
    assert_eq!(run(Loud, &samples, &[320]), []);
}

#[test]
fn a_second_start_never_sends_a_sample_twice() {
    // 110 ms apart: the pre-roll of the second lies within the first.
    let samples = bursts(&[(0.5, false), (0.3, true), (0.13, false), (0.3, true), (0.5, false)]);
    let events = run(Loud, &samples, &[320]);
    let audio = |event: &Event| match event {
        Event::Audio(at, samples) => Some((*at, at + samples.len() as f64 / 16.0)),
        Event::Start(_) | Event::Stop(_) | Event::Lull(_) | Event::Resume => None,
    };
    let spans: Vec<_> = events.iter().filter_map(audio).collect();
    assert_eq!(spans.len(), 2, "{spans:?}");
    assert!((spans[0].1 - spans[1].0).abs() < 0.01, "{spans:?}");
}

/// Calls loud windows speech, and those that follow until `after` of them are quiet.
struct Slow {
    after: u32,
    quiet: u32,
}

impl Slow {
    fn new(after: u32) -> Self {
        Self { after, quiet: after }
    }
}

impl Detector for Slow {
    fn score(&mut self, window: &[f32]) -> f32 {
        let loud = sound::dbfs(window) > -40.0;
        self.quiet = if loud { 0 } else { self.quiet + 1 };
        if self.quiet < self.after { 0.9 } else { 0.1 }
    }

    fn reset(&mut self) {}
}

#[test]
fn a_lull_is_told_before_a_slow_detector_is_sure() {
    let check = |gap: f32, expected: &[Option<f64>]| {
        let parts = [(1.0, false), (0.5, true), (gap, false), (0.5, true), (1.0, false)];
        let found = run(Slow::new(8), &bursts(&parts), &[320]);
        let end = 2000.0 + f64::from(gap) * 1e3;
        let expected: Vec<_> = expected.iter().copied().chain([Some(end)]).collect();
        let lulls = lulls(&found);
        assert_eq!(lulls.len(), expected.len(), "{gap}: {lulls:?}");
        for (lull, expected) in lulls.iter().zip(expected) {
            let near = |(at, expected): (f64, f64)| (at - expected).abs() <= 4.0;
            assert_eq!(lull.is_some(), expected.is_some(), "{gap}: {lulls:?}");
            assert!(lull.zip(expected).is_none_or(near), "{gap}: {lulls:?}");
        }
        // The stop names the same sample as the lull before it.
        let stop = marks(&found).last().copied();
        assert!(stop.is_some_and(|(mark, at)| mark == '-' && (at - end).abs() <= 4.0), "{found:?}");
    };
    check(0.03, &[]);
    check(0.08, &[Some(1500.0), None]);
    // The detector is sure of that one.
    check(0.3, &[Some(1500.0)]);
}

#[test]
fn a_detector_that_is_sure_at_once_tells_no_lull() {
    let samples = bursts(&[(1.003, false), (0.5, true), (0.08, false), (0.3, true), (1.0, false)]);
    assert_eq!(lulls(&run(Loud, &samples, &[320])), []);
}

#[test]
fn a_jump_closes_the_utterance_and_a_small_gap_is_filled() {
    let loud = bursts(&[(0.5, true)]);
    let mut core = VadCore::new(&Vad::default(), Loud);
    let mut out = Out::default();
    feed(&mut core, &loud, Time::from_millis(1000), &mut out);
    // Two frames were lost, and stamps jitter.
    feed(&mut core, &loud, Time::from_millis(1540), &mut out);
    feed(&mut core, &loud, Time::from_millis(2045), &mut out);
    let events_so_far = events(out.take());
    assert_eq!(marks(&events_so_far).len(), 1, "{:?}", marks(&events_so_far));
    feed(&mut core, &loud, Time::from_millis(9000), &mut out);
    let marks = marks(&events(out.take()));
    assert_eq!(marks.iter().map(|mark| mark.0).collect::<String>(), "-+");
    assert!((marks[0].1 - 2545.0).abs() <= 16.0 && marks[1].1 == 9000.0, "{marks:?}");
}

#[test]
fn speech_does_not_outlive_the_input() {
    let mut core = VadCore::new(&Vad::default(), Loud);
    let mut out = Out::default();
    assert_eq!(core.deadline(), None);
    feed(&mut core, &bursts(&[(0.5, true)]), Time::from_millis(100), &mut out);
    assert_eq!(core.deadline(), Some(Time::from_millis(1100)));
    core.on_deadline(Time::from_millis(1100), &mut out).unwrap();
    assert_eq!(core.deadline(), None);
    assert_eq!(marks(&events(out.take())).last().unwrap().0, '-');
}

#[test]
fn what_is_not_16_khz_costs_the_frame() {
    let mut core = VadCore::new(&Vad::default(), Loud);
    let audio = Audio { samples: [0.0; 480].into(), rate: 48_000, at: Time::ZERO };
    let error = core.on_frame(Frame::free(Payload::Audio(audio)), Time::ZERO, &mut Out::default());
    assert_eq!(error.unwrap_err().to_string(), "`vad` takes audio at 16000 Hz, not 48000 Hz");
}

#[test]
fn broken_samples_do_no_harm() {
    let mut samples = bursts(&[(0.5, false), (0.5, true), (0.5, false)]);
    samples[10] = f32::NAN;
    samples[9000] = f32::INFINITY;
    samples[9001] = 7.0;
    assert_eq!(marks(&run(Loud, &samples, &[320])).len(), 2);
    run(Earshot::new(), &samples, &[320]);
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        parts in prop::collection::vec((0.01_f32..0.6, any::<bool>()), 1..8),
        sizes in prop::collection::vec(1_usize..2000, 1..6),
    ) {
        let samples = bursts(&parts);
        let whole = run(Loud, &samples, &[samples.len().max(1)]);
        prop_assert_eq!(run(Loud, &samples, &sizes), whole);
        let whole = run(Slow::new(8), &samples, &[samples.len().max(1)]);
        prop_assert_eq!(run(Slow::new(8), &samples, &sizes), whole);
    }
}

/// When sound stands out: 10 ms frames within 30 dB of the loudest, for a final /t/, and 12 dB over the quietest
/// tenth, two in a row.
fn energy_span(samples: &[f32]) -> (f64, f64) {
    let levels: Vec<f32> = samples.chunks(160).map(sound::dbfs).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let threshold = (sorted[sorted.len() - 1] - 30.0).max(sorted[sorted.len() / 10] + 12.0);
    let loud = |two: &[f32]| two.iter().all(|&level| level >= threshold);
    let first = levels.windows(2).position(loud).unwrap();
    let last = levels.windows(2).rposition(loud).unwrap() + 2;
    (first as f64 * 10.0, last as f64 * 10.0)
}

/// A second of what is heard in the quietest tenth of a second: short pieces of it at random, faded
/// into each other.
fn pause_like(speech: &[f32]) -> Vec<f32> {
    const PIECE: usize = 512;
    let by_level = |a: &&[f32], b: &&[f32]| sound::dbfs(a).total_cmp(&sound::dbfs(b));
    let quietest = speech.windows(1600).step_by(160).min_by(by_level);
    // Digital silence says nothing about a microphone.
    let Some(quietest) = quietest.filter(|piece| sound::dbfs(piece) > -70.0) else {
        return sound::noise(1.0, -75.0);
    };
    let mut state = 1_u32;
    let mut pause = vec![0.0; sound::samples(1.0) + PIECE];
    for at in (0..sound::samples(1.0)).step_by(PIECE / 2) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let from = state as usize % (quietest.len() - PIECE);
        for (n, sample) in quietest[from..from + PIECE].iter().enumerate() {
            let fade = (std::f32::consts::PI * (n as f32 + 0.5) / PIECE as f32).sin();
            pause[at + n] += sample * fade;
        }
    }
    pause[PIECE / 2..][..sound::samples(1.0)].to_vec()
}

/// The recording or synthetic speech between two seconds of near silence.
fn framed(speech: &[f32]) -> Vec<f32> {
    let pause = sound::noise(1.0, -75.0);
    [&pause, speech, &pause].concat()
}

/// Adds what is wrong with the outer marks of speech after a second of pause to `faults`.
fn check(
    name: &str,
    speech: &[f32],
    expected: (f64, f64),
    tolerance: f64,
    faults: &mut Vec<String>,
) {
    let marks = marks(&run(Earshot::new(), speech, &[320]));
    let (Some(&('+', start)), Some(&('-', stop))) = (marks.first(), marks.last()) else {
        faults.push(format!("{name}: {marks:?}"));
        return;
    };
    let (onset, offset) = (start - 1000.0 - expected.0, stop - 1000.0 - expected.1);
    eprintln!("{name}: onset {onset:+.0} ms, offset {offset:+.0} ms, {} marks", marks.len());
    if onset.abs() > tolerance || offset.abs() > tolerance {
        faults.push(format!("{name}: onset {onset:+.0} ms, offset {offset:+.0} ms"));
    }
}

#[test]
fn speech_of_people_is_found_where_it_is() {
    let mut faults = Vec::new();
    for (name, samples) in sound::recordings() {
        let pause = pause_like(&samples);
        let paused = [&pause[..], &samples, &pause].concat();
        if let Some((from, to)) = sound::words_of(&name) {
            // A room with an echo; the aligner's ends of words are 30 ms off themselves.
            check(&name, &paused, (from * 1e3, to * 1e3), 65.0, &mut faults);
        } else if name.starts_with("harvard") {
            // Cut to the word, so that they have no pauses.
            check(&name, &framed(&samples), energy_span(&samples), 30.0, &mut faults);
        } else if name.starts_with("lj") {
            check(&name, &paused, energy_span(&samples), 100.0, &mut faults);
        } else {
            // Too noisy for an outer mark to be known.
            let marks = marks(&run(Earshot::new(), &paused, &[320]));
            assert!(marks.len() >= 2 && marks.len().is_multiple_of(2), "{name}: {marks:?}");
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn speech_in_other_frames_has_the_same_marks() {
    for text in ["what is the capital of France", "stop", "help me with seven fish", "no"] {
        for (program, samples) in sound::spoken(text) {
            let events = run(Earshot::new(), &framed(&samples), &[320]);
            let again = run(Earshot::new(), &framed(&samples), &[1, 700, 13, 2048]);
            assert_eq!(events, again, "{program} {text:?}");
        }
    }
}

#[test]
fn what_is_not_speech_starts_nothing() {
    let mut faults = Vec::new();
    let mut check = |name: String, samples: Vec<f32>| {
        let marks = marks(&run(Earshot::new(), &samples, &[320]));
        if !marks.is_empty() {
            faults.push(format!("{name}: {marks:?}"));
        }
    };
    check("silence".into(), sound::silence(5.0));
    for level in [-80.0, -60.0, -50.0, -40.0, -30.0, -20.0, -10.0] {
        check(format!("noise at {level}"), sound::noise(5.0, level));
        let burst = [sound::silence(1.0), sound::noise(1.0, level), sound::silence(1.0)].concat();
        check(format!("burst of noise at {level}"), burst);
        for hertz in [50.0, 100.0, 220.0, 250.0, 300.0, 350.0, 440.0, 1000.0, 3000.0] {
            let tone = sound::tone(2.0, hertz, level);
            let burst = [sound::silence(1.0), tone.clone(), sound::silence(1.0)].concat();
            check(format!("{hertz} Hz at {level}"), tone);
            check(format!("burst of {hertz} Hz at {level}"), burst);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn faint_speech_is_found_behind_the_gate() {
    let mut faults = Vec::new();
    for (name, samples) in sound::recordings() {
        // About -55 dBFS, of which the network by itself finds next to nothing.
        let faint: Vec<f32> =
            framed(&samples).iter().map(|x| x * sound::amplitude(-30.0)).collect();
        let (levelled, _) = gate::run(antiphon_config::Gate::default(), &faint, &[320]);
        let marks = marks(&run(Earshot::new(), &levelled, &[320]));
        let spoken: f64 = marks.chunks_exact(2).map(|pair| pair[1].1 - pair[0].1).sum();
        eprintln!("{name}: {spoken:.0} ms of speech");
        if spoken < 250.0 * samples.len() as f64 / f64::from(RATE) {
            faults.push(format!("{name}: {marks:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
