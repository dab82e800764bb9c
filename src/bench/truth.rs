//! Where the words of a speech lie, by something else than the voice that spoke it.
//!
//! eSpeak NG says itself where its words are: it speaks the same words again with a pause behind
//! each, which changes nothing before it. `rehearsal-tts-en` learned from Flite's `rms`, which
//! prints when each of its phones ends: both sounds are laid beside each other, and its words are
//! where they are in the sound that is most alike. The durations that the network foretells take
//! no part in that.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use antiphon_config::{Pipeline, Settings, TtsProgram, TtsSystem};
use antiphon_models::audio::{self, SAMPLE_RATE};
use antiphon_models::device::Compute;
use antiphon_models::files::{self, Want};
use antiphon_models::whisper::Whisper;

use super::sounding::AUDIBLE;
use super::words::{Chunk, Span};

/// Half a second of silence in eSpeak NG's phonemes: longer than any pause of its own.
const PAUSE: &str = "[[_::_::_::_::_::_::]]";
/// The voice of ours, and the one of Flite's that it learned from.
const LEARNED: (&str, &str) = ("rehearsal-tts-en", "rms");
/// The recogniser whose front end compares sounds.
const EAR: &str = "rehearsal-stt-en";
/// Samples from one spectrum to the next.
const HOP: usize = 160;

/// How it is known where words are.
pub enum Truth {
    /// By eSpeak NG.
    Espeak(TtsSystem),
    /// By Flite, beside what was spoken.
    Flite(Arc<Whisper>),
}

impl Truth {
    /// That of a pipeline's voice, if it has one of these.
    pub fn of(pipeline: &Pipeline) -> Option<Self> {
        pipeline.stages.iter().find_map(|stage| match &stage.settings {
            Settings::TtsSystem(settings) => match settings.program {
                TtsProgram::Auto if !cfg!(target_os = "linux") => None,
                TtsProgram::Auto | TtsProgram::EspeakNg => Some(Self::Espeak(settings.clone())),
                TtsProgram::Say | TtsProgram::Flite | TtsProgram::Sapi => None,
            },
            Settings::TtsKokoro(settings) if settings.model == LEARNED.0 => Self::learned(),
            Settings::Mic(_)
            | Settings::Echo(_)
            | Settings::Gate(_)
            | Settings::Vad(_)
            | Settings::SttWhisper(_)
            | Settings::SttOpenai(_)
            | Settings::LlmQwen3(_)
            | Settings::LlmOpenai(_)
            | Settings::Chunker(_)
            | Settings::TtsKokoro(_)
            | Settings::TtsOpenai(_)
            | Settings::Speaker(_)
            | Settings::Logger(_)
            | Settings::Console(_) => None,
        })
    }

    /// That of our own voice.
    pub fn learned() -> Option<Self> {
        let files = files::resolve(&EAR.parse().ok()?, Want::Whisper, &()).ok()?;
        Whisper::load(&files, &Compute::default()).ok().map(Self::Flite)
    }

    /// What the edges of words are known to, in seconds.
    pub fn edge(&self) -> f64 {
        match self {
            // Neighbours run into each other.
            Self::Espeak(_) => 0.03,
            // Of edges that are known, in speech of the same voice at other speeds, 99 % are nearer.
            Self::Flite(_) => 0.05,
        }
    }

    /// Where the words of a chunk lie; programs write into `folder`.
    pub fn spans(&self, folder: &Path, chunk: &Chunk) -> Option<Vec<Span>> {
        match self {
            Self::Espeak(settings) => espeak_spans(settings, folder, &chunk.speech),
            Self::Flite(ear) => {
                if chunk.rate != SAMPLE_RATE {
                    return None;
                }
                let (teacher, words) = flite_spans(folder, &chunk.speech, &[])?;
                aligned(ear, &teacher, &words, &chunk.samples)
            }
        }
    }
}

/// Where eSpeak NG puts the words of a speech.
fn espeak_spans(settings: &TtsSystem, folder: &Path, speech: &str) -> Option<Vec<Span>> {
    let all: Vec<&str> = speech.split_whitespace().collect();
    let whole = espeak(settings, folder, speech)?;
    let (first, last) = audible(&whole)?;
    let second = |sample: usize| (sample as f64 - first as f64) / f64::from(SAMPLE_RATE);
    let (mut spans, mut from) = (Vec::new(), second(first));
    for count in 1..=all.len() {
        let (head, tail) = all.split_at(count);
        let (to, next) = if tail.is_empty() {
            (second(last), 0.0)
        } else {
            let text = format!("{} {PAUSE} {}", head.join(" "), tail.join(" "));
            let samples = espeak(settings, folder, &text)?;
            let (start, end) = longest_silence(&samples)?;
            // What comes after the pause is as far from the end as it is without.
            (second(start), second((end + whole.len()).saturating_sub(samples.len())))
        };
        if head.last().is_some_and(|word| word.contains(char::is_alphanumeric)) {
            spans.push((from, to));
        }
        from = next;
    }
    Some(spans)
}

/// The first audible sample, and the one after the last.
fn audible(samples: &[f32]) -> Option<(usize, usize)> {
    let is_audible = |sample: &f32| sample.abs() > AUDIBLE;
    let first = samples.iter().position(is_audible)?;
    Some((first, samples.iter().rposition(is_audible)? + 1))
}

/// From the first silent sample up to the one after the last, between sounds.
fn longest_silence(samples: &[f32]) -> Option<(usize, usize)> {
    let loud = samples.iter().enumerate().filter(|(_, sample)| sample.abs() > AUDIBLE);
    let places: Vec<usize> = loud.map(|(place, _)| place).collect();
    let gaps = places.windows(2).map(|pair| (pair[0] + 1, pair[1]));
    gaps.max_by_key(|(start, end)| end - start)
}

fn espeak(settings: &TtsSystem, folder: &Path, text: &str) -> Option<Vec<f32>> {
    let file = folder.join("words.wav");
    let mut command = Command::new("espeak-ng");
    command.args(["-b", "1", "-s", &settings.rate_wpm.to_string()]);
    command.args(["-p", &settings.pitch.to_string(), "-w"]).arg(&file);
    if let Some(voice) = &settings.voice {
        command.args(["-v", voice]);
    }
    output(command.arg("--").arg(text))?;
    audio::load(&file).ok()
}

/// What a program that succeeds prints.
fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A sound, and from and to when its words are heard, in seconds of it.
type Said = (Vec<f32>, Vec<(f64, f64)>);

/// How Flite says a speech.
fn flite_spans(folder: &Path, speech: &str, settings: &[&str]) -> Option<Said> {
    let file = folder.join("teacher.wav");
    let flite = |text: &str| {
        let mut command = Command::new("flite");
        command.args(["-voice", LEARNED.1]).args(settings).args(["-t", text]);
        command
    };
    let printed = output(flite(speech).arg("-psdur").arg("-o").arg(&file))?;
    let samples = audio::load(&file).ok()?;
    let (mut phones, mut from) = (Vec::new(), 0.0);
    for (phone, end) in printed.split_whitespace().filter_map(|phone| phone.split_once(':')) {
        let to = end.parse().ok()?;
        if phone != "pau" {
            phones.push((from, to));
        }
        from = to;
    }
    // As many phones as the words up to here have belong to them.
    let (all, mut before) = (speech.split_whitespace().collect::<Vec<_>>(), 0);
    let mut words = Vec::new();
    for count in 1..=all.len() {
        if !all[count - 1].contains(char::is_alphanumeric) {
            continue;
        }
        let printed = output(flite(&all[..count].join(" ")).args(["-ps", "-o", "none"]))?;
        let so_far = printed.split_whitespace().filter(|phone| *phone != "pau").count();
        let own = phones.get(before..so_far).filter(|own| !own.is_empty())?;
        words.push((own[0].0, own[own.len() - 1].1));
        before = so_far;
    }
    (before == phones.len()).then_some((samples, words))
}

/// Where words of one sound lie in another of the same words, from its first audible sample.
fn aligned(ear: &Whisper, one: &[f32], words: &[(f64, f64)], other: &[f32]) -> Option<Vec<Span>> {
    let (from, to) = audible(one)?;
    let (begin, end) = audible(other)?;
    let warped = warp(&features(ear, &one[from..to])?, &features(ear, &other[begin..end])?);
    let start = from as f64 / f64::from(SAMPLE_RATE);
    let frame = HOP as f64 / f64::from(SAMPLE_RATE);
    let place = |second: f64| {
        let at = ((second - start) / frame).clamp(0.0, (warped.len() - 1) as f64);
        let (before, after) = (warped[at as usize], warped[at.ceil() as usize]);
        (before + (after - before) * at.fract()) * frame
    };
    Some(words.iter().map(|(from, to)| (place(*from), place(*to))).collect())
}

/// Log-mel spectra whose bands have a mean of 0, so that voices of other timbre are alike.
fn features(ear: &Whisper, samples: &[f32]) -> Option<Vec<Vec<f32>>> {
    let frames = samples.len() / HOP;
    if frames < 2 {
        return None;
    }
    let mels = ear.log_mel(samples, frames);
    let bands = mels.len() / frames;
    let mean = |band: usize| mels.iter().skip(band).step_by(bands).sum::<f32>() / frames as f32;
    let means: Vec<f32> = (0..bands).map(mean).collect();
    let bare = |row: &[f32]| row.iter().zip(&means).map(|(x, mean)| x - mean).collect();
    Some(mels.chunks_exact(bands).map(bare).collect())
}

/// For each row of `one`, the place among the rows of `other` that dynamic time warping gives it: the
/// mean of those beside it on the cheapest way from both beginnings to both ends.
fn warp(one: &[Vec<f32>], other: &[Vec<f32>]) -> Vec<f64> {
    let width = other.len() + 1;
    let mut costs = vec![f32::INFINITY; (one.len() + 1) * width];
    costs[0] = 0.0;
    // From which of the three neighbours each place is cheapest: both back, one back, other back.
    let neighbours = [width + 1, width, 1];
    let mut cheapest = vec![0usize; costs.len()];
    for (row, a) in one.iter().enumerate() {
        for (column, b) in other.iter().enumerate() {
            let at = (row + 1) * width + column + 1;
            let squares: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            for step in neighbours {
                let cost = costs[at - step] + squares.sqrt();
                if cost < costs[at] {
                    (costs[at], cheapest[at]) = (cost, step);
                }
            }
        }
    }
    let mut sums = vec![(0.0, 0usize); one.len()];
    let mut at = costs.len() - 1;
    while at >= width && !at.is_multiple_of(width) {
        let (sum, count) = &mut sums[at / width - 1];
        (*sum, *count) = (*sum + (at % width - 1) as f64, *count + 1);
        at -= cheapest[at].max(1);
    }
    sums.into_iter().map(|(sum, count)| sum / count.max(1) as f64).collect()
}

#[cfg(test)]
#[path = "truth_tests.rs"]
mod tests;
