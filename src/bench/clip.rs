//! Sound whose truth is known: where speech begins and ends in it.

use super::RATE;
use super::random::Random;

/// How loud speech is made, root mean square of what is voiced, in dBFS.
const SPEECH_DBFS: f64 = -23.0;
/// Frames by which speech is found, in samples: 5 ms.
const FRAME: usize = RATE as usize / 200;
/// How far below the loudest frames a voiced one may lie, in dB.
const UNDER_PEAK: f64 = 33.0;
/// How far above the noise of a recording a voiced frame lies, in dB.
const OVER_NOISE: f64 = 9.0;
/// Silences shorter than this are part of the words around them, in frames: 150 ms.
const JOINT: usize = 30;
/// Sounds shorter than this are clicks, in frames: 25 ms.
const CLICK: usize = 5;
/// What is kept around what is voiced, to fade in and out, in samples: 30 ms.
const MARGIN: usize = RATE as usize * 30 / 1000;

/// From the first voiced sample up to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: usize,
    /// The one after the last.
    pub to: usize,
}

/// Speech, mono at [`RATE`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
    /// The sound.
    pub samples: Vec<f32>,
    /// Where it is voiced, in order.
    pub speech: Vec<Span>,
}

impl Clip {
    /// Appends what somebody said, its silence cut off and its level made that of speech;
    /// whether there was anything in it. From the last voiced sample before it, `pause_ms` pass.
    pub fn say(&mut self, samples: &[f32], pause_ms: f64) -> bool {
        let spans = spans(samples);
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return false };
        let from = first.from.saturating_sub(MARGIN);
        let to = (last.to + MARGIN).min(samples.len());
        let mut piece = samples[from..to].to_vec();
        level(&mut piece, &spans, from);
        fade(&mut piece, first.from - from, to - last.to);
        let before = self.speech.last().map_or(0, |span| span.to);
        let gap = (pause_ms / 1e3 * f64::from(RATE)).round() as usize;
        // Where its first voiced sample goes.
        let start = (before + gap).max(first.from - from).max(self.samples.len());
        let start = if self.speech.is_empty() { first.from - from } else { start };
        let at = start - (first.from - from);
        self.samples.resize(self.samples.len().max(at + piece.len()), 0.0);
        for (sample, new) in self.samples[at..].iter_mut().zip(piece) {
            *sample += new;
        }
        let place = |place: usize| place - from + at;
        self.speech
            .extend(spans.iter().map(|span| Span { from: place(span.from), to: place(span.to) }));
        true
    }

    /// The same at another speed, so that it takes `seconds` from the first voiced sample to the
    /// last.
    pub fn stretched(&self, seconds: f64) -> Self {
        let ends = self.speech.first().zip(self.speech.last());
        let length = ends.map_or(0, |(first, last)| last.to - first.from);
        if length == 0 {
            return self.clone();
        }
        let factor = seconds * f64::from(RATE) / length as f64;
        let place = |sample: usize| (sample as f64 * factor).round() as usize;
        let sample = |at: usize| {
            let from = at as f64 / factor;
            let (index, share) = (from as usize, from.fract() as f32);
            let value = |index: usize| self.samples.get(index).copied().unwrap_or_default();
            value(index) * (1.0 - share) + value(index + 1) * share
        };
        Self {
            samples: (0..place(self.samples.len())).map(sample).collect(),
            speech: self
                .speech
                .iter()
                .map(|span| Span { from: place(span.from), to: place(span.to) })
                .collect(),
        }
    }
}

/// Makes what is voiced as loud as speech; `from` is the place of the first sample.
fn level(piece: &mut [f32], spans: &[Span], from: usize) {
    let voiced = || spans.iter().flat_map(|span| span.from - from..span.to - from);
    let power = voiced().map(|at| f64::from(piece[at]).powi(2)).sum::<f64>();
    let power = power / voiced().count().max(1) as f64;
    let peak = piece.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
    let gain = (10_f64.powf(SPEECH_DBFS / 20.0) / power.sqrt()).min(0.95 / f64::from(peak));
    piece.iter_mut().for_each(|sample| *sample *= gain as f32);
}

fn fade(piece: &mut [f32], head: usize, tail: usize) {
    for (at, sample) in piece.iter_mut().take(head).enumerate() {
        *sample *= at as f32 / head as f32;
    }
    for (at, sample) in piece.iter_mut().rev().take(tail).enumerate() {
        *sample *= at as f32 / tail as f32;
    }
}

/// Where a recording or clean synthesis is voiced, to 5 ms: where its level is near that of its
/// loudest frames and above its own noise.
pub fn spans(samples: &[f32]) -> Vec<Span> {
    let levels: Vec<f64> = samples.chunks(FRAME).map(decibels).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied();
    let (Some(noise), Some(peak)) = (at(0.05), at(0.95)) else { return Vec::new() };
    let bound = (peak - UNDER_PEAK).max(noise.min(peak - 15.0) + OVER_NOISE).max(-70.0);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (frame, _) in levels.iter().enumerate().filter(|(_, level)| **level >= bound) {
        match runs.last_mut() {
            Some((_, to)) if *to == frame => *to = frame + 1,
            _ => runs.push((frame, frame + 1)),
        }
    }
    runs.retain(|(from, to)| to - from >= CLICK);
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (from, to) in runs {
        match joined.last_mut() {
            Some((_, end)) if from - *end < JOINT => *end = to,
            _ => joined.push((from, to)),
        }
    }
    let sample = |frame: usize| (frame * FRAME).min(samples.len());
    joined.into_iter().map(|(from, to)| Span { from: sample(from), to: sample(to) }).collect()
}

fn decibels(frame: &[f32]) -> f64 {
    let power = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
    10.0 * (power / frame.len().max(1) as f64).max(1e-12).log10()
}

/// Ten seconds of noise as of a room with a fan, so many dB below speech, always the same for a
/// seed. It may be played round and round.
pub fn noise(below_db: f64, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    // Most of it low, some of it over all frequencies.
    let (mut low, mut lower) = (0.0, 0.0);
    let mut sound: Vec<f64> = (0..RATE as usize * 10)
        .map(|_| {
            let white = random.share() * 2.0 - 1.0;
            low += 0.2 * (white - low);
            lower += 0.02 * (white - lower);
            0.15 * white + low + 3.0 * lower
        })
        .collect();
    let power = sound.iter().map(|sample| sample * sample).sum::<f64>() / sound.len() as f64;
    let gain = 10_f64.powf((SPEECH_DBFS - below_db) / 20.0) / power.sqrt();
    sound.iter_mut().for_each(|sample| *sample *= gain);
    sound.into_iter().map(|sample| sample as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(ms: usize, amplitude: f32) -> Vec<f32> {
        let step = std::f32::consts::TAU * 220.0 / RATE as f32;
        (0..RATE as usize * ms / 1000).map(|n| (n as f32 * step).sin() * amplitude).collect()
    }

    fn hush(ms: usize) -> Vec<f32> {
        vec![0.0; RATE as usize * ms / 1000]
    }

    fn ms(samples: usize) -> usize {
        samples * 1000 / RATE as usize
    }

    #[test]
    fn the_truth_of_joined_pieces_is_known() {
        #[track_caller]
        fn check(pieces: &[(&[Vec<f32>], f64)], expected: &[(usize, usize)]) {
            let mut clip = Clip::default();
            for (piece, pause) in pieces {
                assert!(clip.say(&piece.concat(), *pause));
            }
            let found: Vec<_> =
                clip.speech.iter().map(|span| (ms(span.from), ms(span.to))).collect();
            assert_eq!(found, expected);
            // Nothing is voiced that is not said to be.
            for (at, sample) in clip.samples.iter().enumerate() {
                let near = |span: &Span| span.from <= at + MARGIN && at < span.to + MARGIN;
                assert!(sample.abs() < 1e-3 || clip.speech.iter().any(near), "{at}");
            }
        }
        let word = [hush(500), tone(400, 0.1), hush(300)];
        check(&[(&word, 0.0)], &[(30, 430)]);
        check(&[(&word, 0.0), (&word, 700.0)], &[(30, 430), (1130, 1530)]);
        // A short silence is part of the words, a longer one is not.
        let two = [tone(200, 0.5), hush(100), tone(200, 0.5), hush(250), tone(100, 0.5)];
        check(&[(&two, 0.0), (&word, 200.0)], &[(0, 500), (750, 850), (1050, 1450)]);
        // A click is no speech.
        check(&[(&[tone(10, 0.5), hush(300), tone(300, 0.5)], 0.0)], &[(30, 330)]);
    }

    #[test]
    fn every_piece_gets_the_level_of_speech() {
        for amplitude in [0.01, 0.1, 0.9] {
            let mut clip = Clip::default();
            assert!(clip.say(&tone(500, amplitude), 0.0));
            let found = decibels(&clip.samples);
            assert!((found - SPEECH_DBFS).abs() < 0.1, "{found} dBFS");
        }
        assert!(!Clip::default().say(&hush(500), 0.0));
        assert!(!Clip::default().say(&[], 0.0));
    }

    #[test]
    fn a_clip_is_stretched_to_a_length() {
        let mut clip = Clip::default();
        assert!(clip.say(&tone(600, 0.2), 0.0) && clip.say(&tone(300, 0.2), 300.0));
        for seconds in [0.9, 1.2, 2.5] {
            let clip = clip.stretched(seconds);
            let found = (clip.speech[1].to - clip.speech[0].from) as f64 / f64::from(RATE);
            assert!((found - seconds).abs() < 1e-3, "{found} s");
            let found: Vec<_> =
                spans(&clip.samples).iter().map(|it| (ms(it.from), ms(it.to))).collect();
            let known: Vec<_> = clip.speech.iter().map(|it| (ms(it.from), ms(it.to))).collect();
            for (found, known) in found.iter().zip(&known) {
                assert!(
                    found.0.abs_diff(known.0) <= 5 && found.1.abs_diff(known.1) <= 5,
                    "{found:?} {known:?}"
                );
            }
            assert_eq!(found.len(), known.len());
        }
    }

    #[test]
    fn speech_is_found_in_noise() {
        let noise = noise(20.0, 3);
        let mut clip = Clip::default();
        assert!(clip.say(&tone(600, 0.2), 0.0));
        let mut samples = [hush(1000), clip.samples, hush(1000)].concat();
        samples.iter_mut().zip(&noise).for_each(|(sample, noise)| *sample += noise);
        let found: Vec<_> = spans(&samples).iter().map(|it| (ms(it.from), ms(it.to))).collect();
        assert_eq!(found, [(1000, 1600)]);
    }

    #[test]
    fn noise_lies_below_speech() {
        for below in [10.0, 20.0] {
            let found = decibels(&noise(below, 1));
            assert!((found - (SPEECH_DBFS - below)).abs() < 0.01, "{found} dBFS");
        }
        assert_eq!(noise(10.0, 1), noise(10.0, 1));
    }

    #[test]
    #[allow(clippy::print_stderr, reason = "a test that skips says so")]
    fn people_end_where_their_words_do() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/audio");
        let mut checked = 0;
        for path in super::super::voice::recordings(&folder) {
            let Ok(text) = std::fs::read_to_string(path.with_extension("words.json")) else {
                continue;
            };
            let words: serde_json::Value = serde_json::from_str(&text).unwrap();
            let spoken: Vec<_> =
                words["w"].as_array().unwrap().iter().filter(|word| word["t"] != "<sil>").collect();
            let time = |word: &serde_json::Value, key: &str| word[key].as_f64().unwrap();
            let last = spoken[spoken.len() - 1];
            let last = time(last, "b") + time(last, "d");
            let found = spans(&antiphon_models::audio::load(&path).unwrap());
            let seconds = |place: usize| place as f64 / f64::from(RATE);
            let to = seconds(found[found.len() - 1].to);
            // The words' times are those of an aligner, and a last consonant may be weaker than noise.
            let name = path.display();
            assert!((to - last).abs() < 0.15, "{name}: ends at {to} s, word at {last} s");
            checked += 1;
        }
        if checked == 0 {
            eprintln!("skipped 1 test: no recordings with times of words beside the repository");
        }
    }
}
