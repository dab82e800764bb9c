//! The programs of this machine that speak, and recordings of people.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use antiphon_models::audio;

use super::clip::{self, Clip};
use super::script::{Conversation, Over, Part, Turn, Voice};
use super::{BenchError, RATE};

/// What both programs spell letter by letter, and how it is said: the phonemes of eSpeak NG, and
/// the phones of Flite.
const SPELLED_OUT: &[(&str, &str, &str)] = &[("Mm-hm.", "[[m-h'm-]]", "pau m m hh ah m pau")];

/// Makes the sound of scripts.
#[derive(Debug)]
pub struct Speaker {
    folder: PathBuf,
    espeak: bool,
    flite: bool,
}

/// A word of what is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its middle, in seconds from the first voiced sample.
    pub at: f64,
    /// It, without marks: no recogniser hears them.
    pub text: String,
}

/// A turn as it sounds.
#[derive(Clone, Debug)]
pub struct SpokenTurn {
    /// How it is put.
    pub turn: Turn,
    /// Its sound.
    pub clip: Clip,
    /// Its words.
    pub words: Vec<Word>,
    /// The sound of what comes over the reply.
    pub over: Option<Clip>,
}

impl Speaker {
    /// Looks which programs there are. They write into `folder`.
    ///
    /// # Errors
    /// [`BenchError::NoVoice`] without any.
    pub fn find(folder: &Path) -> Result<Self, BenchError> {
        let runs = |program: &str, argument: &str| {
            let mut command = Command::new(program);
            command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok()
        };
        let speaker = Self {
            folder: folder.to_owned(),
            espeak: runs("espeak-ng", "--version"),
            flite: runs("flite", "--version"),
        };
        if !speaker.espeak && !speaker.flite {
            return Err(BenchError::NoVoice);
        }
        Ok(speaker)
    }

    /// Speaks a conversation.
    ///
    /// # Errors
    /// [`BenchError::Voice`] or [`BenchError::Recording`] when some of it cannot be had.
    pub fn speak(&self, conversation: &Conversation) -> Result<Vec<SpokenTurn>, BenchError> {
        let voice = &conversation.voice;
        let turn = |turn: &Turn| {
            let over = |over: &Over| {
                let clip = self.clip(voice, &[Part::Words(over.words.clone())]);
                clip.map(|(clip, _)| clip)
            };
            let (clip, words) = self.clip(voice, &turn.parts)?;
            let over = turn.over.as_ref().map(over).transpose()?;
            Ok(SpokenTurn { clip, words, over, turn: turn.clone() })
        };
        conversation.turns.iter().map(turn).collect()
    }

    fn clip(&self, voice: &Voice, parts: &[Part]) -> Result<(Clip, Vec<Word>), BenchError> {
        let (mut clip, mut words, mut pause) = (Clip::default(), Vec::new(), 0.0);
        for part in parts {
            let place = clip.speech.len();
            match part {
                Part::Pause(ms) => pause = *ms,
                Part::Words(text) => {
                    let (program, samples) = self.words(voice, text)?;
                    if !clip.say(&samples, pause) {
                        let reason = "it is silent".into();
                        return Err(BenchError::Voice { program, text: text.clone(), reason });
                    }
                    words.extend(spread(text, &clip, place));
                }
                Part::Recording(path) => {
                    let fail = |reason| BenchError::Recording { path: path.clone(), reason };
                    let samples = audio::load(path).map_err(|error| fail(error.to_string()))?;
                    if !clip.say(&samples, pause) {
                        return Err(fail("it is silent".into()));
                    }
                    words.extend(match aligned(path) {
                        Some(words) => {
                            let before = clip::spans(&samples).first().map_or(0, |it| it.from);
                            let shift = since_start(&clip, place) - seconds(before);
                            words.into_iter().map(|it| Word { at: it.at + shift, ..it }).collect()
                        }
                        None => {
                            // Without a transcript nothing is known of its words.
                            let text = std::fs::read_to_string(path.with_extension("txt"));
                            spread(&text.unwrap_or_default(), &clip, place)
                        }
                    });
                }
            }
        }
        Ok((clip, words))
    }

    fn words(&self, voice: &Voice, text: &str) -> Result<(&'static str, Vec<f32>), BenchError> {
        let file = self.folder.join("speech.wav");
        let sounds = SPELLED_OUT.iter().find(|(words, ..)| *words == text);
        let flite = || match sounds {
            Some((_, _, phones)) => ["-p", phones],
            None => ["-t", text],
        };
        let espeak = sounds.map_or(text, |(_, phonemes, _)| phonemes);
        let (program, mut command) = match voice {
            Voice::Flite(name) if self.flite => {
                let mut command = Command::new("flite");
                command.args(["-voice", name]).args(flite()).arg("-o").arg(&file);
                ("flite", command)
            }
            Voice::Espeak(..) if !self.espeak => {
                let mut command = Command::new("flite");
                command.args(flite()).arg("-o").arg(&file);
                ("flite", command)
            }
            Voice::Espeak(name, rate) => {
                let mut command = Command::new("espeak-ng");
                command.args(["-v", name, "-s", &rate.to_string(), "-w"]).arg(&file).arg(espeak);
                ("espeak-ng", command)
            }
            Voice::Flite(_) | Voice::Human => {
                let mut command = Command::new("espeak-ng");
                command.args(["-v", "en-us", "-w"]).arg(&file).arg(espeak);
                ("espeak-ng", command)
            }
        };
        let fail = |reason| BenchError::Voice { program, text: text.into(), reason };
        let output = command.stdin(Stdio::null()).output().map_err(|e| fail(e.to_string()))?;
        if !output.status.success() {
            return Err(fail(String::from_utf8_lossy(&output.stderr).trim().into()));
        }
        let samples = audio::load(&file).map_err(|error| fail(error.to_string()))?;
        Ok((program, samples))
    }
}

fn seconds(sample: usize) -> f64 {
    sample as f64 / f64::from(RATE)
}

/// Where a span begins, from the first voiced sample on, in seconds.
fn since_start(clip: &Clip, place: usize) -> f64 {
    let from = |place: usize| clip.speech.get(place).map_or(0.0, |span| seconds(span.from));
    from(place) - from(0)
}

/// Words spread over the spans from `place` on, by their letters.
fn spread(text: &str, clip: &Clip, place: usize) -> Vec<Word> {
    let words: Vec<String> =
        text.split_whitespace().map(bare).filter(|it| !it.is_empty()).collect();
    let end = clip.speech.last().map_or(0.0, |span| seconds(span.to));
    let length = end - clip.speech.get(place).map_or(end, |span| seconds(span.from));
    // One letter more stands for the joint to the next word.
    let letters = |word: &String| word.chars().count() as f64 + 1.0;
    let all: f64 = words.iter().map(letters).sum();
    let mut before = 0.0;
    let word = |text: String| {
        let at = since_start(clip, place) + length * (before + letters(&text) / 2.0) / all;
        before += letters(&text);
        Word { at, text }
    };
    words.into_iter().map(word).collect()
}

/// A word without marks around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).into()
}

/// The words of a recording with their times in it, where an aligner has written them beside it.
fn aligned(path: &Path) -> Option<Vec<Word>> {
    let text = std::fs::read_to_string(path.with_extension("words.json")).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let word = |value: &serde_json::Value| {
        let (begins, takes) = (value["b"].as_f64()?, value["d"].as_f64()?);
        // A number in brackets is the way in which it is spoken.
        let text = value["t"].as_str()?.split('(').next()?;
        (text != "<sil>").then(|| Word { at: begins + takes / 2.0, text: text.into() })
    };
    Some(value["w"].as_array()?.iter().filter_map(word).collect())
}

/// The recordings of people in a folder, by name; those of several people at once left out.
pub fn recordings(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    let is_speech = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "wav") && !path.with_extension("rttm").exists()
    };
    paths.retain(is_speech);
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::super::clip::Span;
    use super::*;

    #[test]
    fn words_are_spread_over_what_is_voiced() {
        let span = |from: usize, to: usize| Span { from: from * 16, to: to * 16 };
        let speech = vec![span(30, 1030), span(1530, 2530)];
        let clip = Clip { samples: Vec::new(), speech };
        let found = spread("Well, no, I mean.", &clip, 1);
        let found: Vec<_> =
            found.iter().map(|it| (it.text.as_str(), (it.at * 1e3).round() as u64)).collect();
        // 15 letters with their joints in 1000 ms, 1500 ms after the first voiced sample.
        assert_eq!(found, [("Well", 1667), ("no", 1933), ("I", 2100), ("mean", 2333)]);
        assert_eq!(spread("", &clip, 0), []);
    }
}
