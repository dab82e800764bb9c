//! The programs of this machine that speak, and recordings of people.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use antiphon_models::audio;

use super::BenchError;
use super::clip::Clip;
use super::script::{Conversation, Over, Part, Turn, Voice};

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

/// A turn as it sounds.
#[derive(Clone, Debug)]
pub struct SpokenTurn {
    /// How it is put.
    pub turn: Turn,
    /// Its sound.
    pub clip: Clip,
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
            let over = |over: &Over| self.clip(voice, &[Part::Words(over.words.clone())]);
            Ok(SpokenTurn {
                clip: self.clip(voice, &turn.parts)?,
                over: turn.over.as_ref().map(over).transpose()?,
                turn: turn.clone(),
            })
        };
        conversation.turns.iter().map(turn).collect()
    }

    fn clip(&self, voice: &Voice, parts: &[Part]) -> Result<Clip, BenchError> {
        let (mut clip, mut pause) = (Clip::default(), 0.0);
        for part in parts {
            match part {
                Part::Pause(ms) => pause = *ms,
                Part::Words(text) => {
                    let (program, samples) = self.words(voice, text)?;
                    if !clip.say(&samples, pause) {
                        let reason = "it is silent".into();
                        return Err(BenchError::Voice { program, text: text.clone(), reason });
                    }
                }
                Part::Recording(path) => {
                    let fail = |reason| BenchError::Recording { path: path.clone(), reason };
                    let samples = audio::load(path).map_err(|error| fail(error.to_string()))?;
                    if !clip.say(&samples, pause) {
                        return Err(fail("it is silent".into()));
                    }
                }
            }
        }
        Ok(clip)
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
