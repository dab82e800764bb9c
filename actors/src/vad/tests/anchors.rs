//! How near the times of start and stop lie to the sound, over many words and voices.
//!
//! What is true is known from the synthesis before any noise is added. For `espeak-ng`, whose
//! voices end in digital silence: from the first to the last sample within 45 dB of the loudest.
//! For `flite`, whose voices breathe before and after: from the begin of its first phone to the end
//! of its last, as it prints them. In noise, no further than where 8 ms of speech are twice as
//! strong as the noise, in all of the spectrum or above 3 kHz: the rest cannot be heard.

use std::process::Command;

use super::{Earshot, Event, marks, run};
use crate::gate::tests as gate;
use crate::sound::{self, RATE};

/// Ends in hiss, stops, nasals, laterals and vowels; begins so too.
const TEXTS: [&str; 16] = [
    "What is the capital of France?",
    "six",
    "half",
    "turn it off",
    "help me with seven fish",
    "what",
    "stop",
    "help",
    "back",
    "come home",
    "explain it again",
    "who are you",
    "tell me a story",
    "see",
    "I think",
    "zoo",
];

/// Speech, and from which sample to which it goes.
struct Spoken {
    name: String,
    samples: Vec<f32>,
    from: usize,
    to: usize,
}

fn command(program: &str, voice: &str, text: &str) -> Option<(Vec<f32>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spoken.wav");
    let mut command = Command::new(program);
    match program {
        "flite" => command.args(["-psdur", "-voice", voice, "-t", text, "-o"]).arg(&file),
        _ => command.args(["-v", voice, "-w"]).arg(&file).arg(text),
    };
    let output = command.output().ok().filter(|output| output.status.success())?;
    let samples = antiphon_models::audio::load(&file).ok()?;
    Some((samples, String::from_utf8_lossy(&output.stdout).into_owned()))
}

fn espeak(voice: &str, text: &str) -> Option<Spoken> {
    let (samples, _) = command("espeak-ng", voice, text)?;
    let peak = samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    let loud = |x: &f32| x.abs() >= peak * sound::amplitude(-45.0);
    let from = samples.iter().position(loud)?;
    let to = samples.iter().rposition(loud)? + 1;
    Some(Spoken { name: format!("espeak-ng {voice} {text:?}"), samples, from, to })
}

fn flite(voice: &str, text: &str) -> Option<Spoken> {
    let (samples, phones) = command("flite", voice, text)?;
    let ends: Vec<(&str, f32)> = phones
        .split_whitespace()
        .filter_map(|phone| phone.split_once(':'))
        .filter_map(|(phone, end)| Some((phone, end.parse().ok()?)))
        .collect();
    let first = ends.iter().position(|(phone, _)| *phone != "pau")?;
    let last = ends.iter().rposition(|(phone, _)| *phone != "pau")?;
    let from = first.checked_sub(1).map_or(0.0, |before| ends[before].1);
    let (from, to) = (sound::samples(from), sound::samples(ends[last].1));
    Some(Spoken { name: format!("flite {voice} {text:?}"), samples, from, to })
}

/// The strength of each 8 ms, of all sound and of what a third difference leaves of it, which is
/// what lies above some 3 kHz.
fn strengths(samples: &[f32]) -> [Vec<f32>; 2] {
    let high: Vec<f32> =
        samples.windows(4).map(|x| (x[3] - 3.0 * x[2] + 3.0 * x[1] - x[0]) / 8.0).collect();
    let strength = |samples: &[f32]| samples.chunks(128).map(sound::dbfs).collect();
    [strength(samples), strength(&high)]
}

impl Spoken {
    /// The speech as the gate passes it on after a second of silence.
    fn behind_the_gate(&self) -> Self {
        let pause = sound::silence(1.0);
        let whole = [&pause, &self.samples[..], &pause].concat();
        let (levelled, _) = gate::run(antiphon_config::Gate::default(), &whole, &[320]);
        let samples = levelled[pause.len()..levelled.len() - pause.len()].to_vec();
        Self { name: self.name.clone(), samples, ..*self }
    }

    /// The speech between two seconds of pause in noise that much weaker than it, and where it
    /// stands out: in ms since its first sample.
    fn in_noise(&self, ratio: Option<f32>) -> (Vec<f32>, (f64, f64)) {
        let level =
            ratio.map_or(-75.0, |ratio| sound::dbfs(&self.samples[self.from..self.to]) - ratio);
        let pause = sound::silence(1.0);
        let sound = sound::over_noise([&pause, &self.samples[..], &pause].concat(), level);
        let (mut from, mut to) = (self.from, self.to);
        if ratio.is_some() {
            let speech = strengths(&self.samples);
            let noise = strengths(&sound::noise(1.0, level));
            let out = |at: usize| {
                speech.iter().zip(&noise).any(|(speech, noise)| {
                    let mean = noise.iter().sum::<f32>() / noise.len() as f32;
                    speech.get(at).is_some_and(|level| *level >= mean + 3.0)
                })
            };
            let all = 0..speech[0].len();
            from = from.max(all.clone().find(|at| out(*at)).unwrap() * 128);
            to = to.min((all.rev().find(|at| out(*at)).unwrap() + 1) * 128);
        }
        let ms = |sample: usize| sample as f64 * 1e3 / f64::from(RATE);
        (sound, (ms(from), ms(to)))
    }
}

fn percentile(errors: &mut [f64], share: f64) -> f64 {
    errors.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    errors[((errors.len() - 1) as f64 * share).round() as usize].abs()
}

/// Requires that 19 of 20 starts and stops lie as near to the sound as `within`, in ms, and that at
/// most `missed` in a hundred are not found.
#[track_caller]
fn check(title: &str, all: &[Spoken], ratio: Option<f32>, within: (f64, f64), missed: usize) {
    let (mut starts, mut stops, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for spoken in all {
        let (samples, (from, to)) = spoken.in_noise(ratio);
        let marks = marks(&run(Earshot::new(), &samples, &[320]));
        let (Some(&('+', start)), Some(&('-', stop))) = (marks.first(), marks.last()) else {
            lost.push(&spoken.name);
            continue;
        };
        let (start, stop) = (start - 1e3 - from, stop - 1e3 - to);
        if start.abs() > within.0 || stop.abs() > within.1 {
            eprintln!("  {}: start {start:+.0} ms, stop {stop:+.0} ms", spoken.name);
        }
        starts.push(start);
        stops.push(stop);
    }
    assert!(lost.len() * 100 <= missed * all.len(), "{title}: not found: {lost:?}");
    let half = (percentile(&mut starts, 0.5), percentile(&mut stops, 0.5));
    let most = (percentile(&mut starts, 0.95), percentile(&mut stops, 0.95));
    eprintln!(
        "{title}: {} spoken, {} lost; start off by {:.0} ms (p50), {:.0} ms (p95), stop by {:.0} \
         ms, {:.0} ms",
        all.len(),
        lost.len(),
        half.0,
        most.0,
        half.1,
        most.1
    );
    assert!(most.0 <= within.0 && most.1 <= within.1, "{title}: {most:?}");
}

fn spoken(voices: &[&str], speak: impl Fn(&str, &str) -> Option<Spoken>) -> Vec<Spoken> {
    let pairs = voices.iter().flat_map(|voice| TEXTS.map(|text| (*voice, text)));
    pairs.filter_map(|(voice, text)| speak(voice, text)).collect()
}

#[test]
fn anchors_of_espeak_ng_are_where_it_sounds() {
    // Voices without an artificial echo.
    let voices = ["en-us", "en-gb", "en-gb-scotland", "en-us+m3", "en-us+f1"];
    let all = spoken(&voices, espeak);
    if all.is_empty() {
        return eprintln!("skipped 1 test: no `espeak-ng` on this machine");
    }
    check("espeak-ng", &all, None, (30.0, 20.0), 0);
    check("espeak-ng at 20 dB", &all, Some(20.0), (50.0, 60.0), 0);
    check("espeak-ng at 10 dB", &all, Some(10.0), (100.0, 150.0), 7);
    let levelled: Vec<Spoken> = all.iter().map(Spoken::behind_the_gate).collect();
    check("espeak-ng behind the gate", &levelled, None, (30.0, 20.0), 0);
}

#[test]
fn stops_are_told_soon() {
    let mut late: Vec<f64> = Vec::new();
    for spoken in spoken(&["en-us", "en-gb"], espeak) {
        let (samples, (_, to)) = spoken.in_noise(None);
        let events = run(Earshot::new(), &samples, &[320]);
        let until = events.iter().rev().find_map(|event| match event {
            Event::Audio(from, samples) => Some(from + samples.len() as f64 / 16.0),
            Event::Start(_) | Event::Stop(_) | Event::Lull(_) | Event::Resume => None,
        });
        late.push(until.unwrap() - 1e3 - to);
    }
    if late.is_empty() {
        return eprintln!("skipped 1 test: no `espeak-ng` on this machine");
    }
    let (half, most) = (percentile(&mut late, 0.5), percentile(&mut late, 1.0));
    eprintln!("stops told {half:.0} ms (p50), {most:.0} ms (most) after the sound");
    assert!(half <= 140.0 && most <= 200.0, "{half} {most}");
}

#[test]
fn anchors_of_flite_are_where_it_sounds() {
    let all = spoken(&["kal", "slt", "awb", "rms"], flite);
    if all.is_empty() {
        return eprintln!("skipped 1 test: no `flite` on this machine");
    }
    check("flite", &all, None, (80.0, 60.0), 0);
    check("flite at 20 dB", &all, Some(20.0), (90.0, 40.0), 0);
    check("flite at 10 dB", &all, Some(10.0), (150.0, 70.0), 0);
}
