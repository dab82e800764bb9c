//! The models that a pipeline needs, and the memory that they will take.

use std::collections::HashSet;
use std::fmt;

use antiphon_config::{Pipeline, Settings, TtsKokoro};
use antiphon_models::files::{ModelFiles, ModelName, Want};
use antiphon_models::kokoro::VoiceMix;
use antiphon_models::memory::{self, Memory};
use antiphon_models::voice;
use antiphon_models::{Error, Result};

/// What the program, its stages and the networks' working memory take beside weights and
/// conversation, in bytes: 200 MB with networks of a hundred million weights.
const BESIDE: u64 = 300_000_000;

/// A model that a pipeline needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Where the pipeline names it.
    pub place: String,
    /// Its name, as written.
    pub model: String,
    /// What it is for.
    pub want: Want,
    /// The longest conversation that is kept, in tokens, where the pipeline limits it.
    pub context: Option<usize>,
}

/// Every model that runs inside the process, in the order of the stages.
pub fn models(pipeline: &Pipeline) -> Vec<Need> {
    let mut needs = Vec::new();
    if let Some(model) = &pipeline.turn.end_of_turn_model {
        needs.push(Need {
            place: "`turn.end_of_turn_model`".into(),
            model: model.clone(),
            want: Want::SmartTurn,
            context: None,
        });
    }
    for stage in &pipeline.stages {
        let (model, want, context) = match &stage.settings {
            Settings::SttWhisper(settings) => (&settings.model, Want::Whisper, None),
            Settings::LlmQwen3(settings) => {
                let context = settings.context_limit.map(|limit| limit as usize);
                (&settings.model, Want::Qwen3, context)
            }
            Settings::TtsKokoro(settings) => {
                needs.extend(voice(settings, &format!("stage `{}`", stage.id)));
                continue;
            }
            Settings::Mic(_)
            | Settings::Echo(_)
            | Settings::Gate(_)
            | Settings::Vad(_)
            | Settings::SttOpenai(_)
            | Settings::LlmOpenai(_)
            | Settings::Chunker(_)
            | Settings::TtsSystem(_)
            | Settings::TtsOpenai(_)
            | Settings::Speaker(_)
            | Settings::Logger(_)
            | Settings::Console(_) => continue,
        };
        let place = format!("stage `{}`", stage.id);
        needs.push(Need { place, model: model.clone(), want, context });
    }
    needs
}

/// A network that speaks, and the speakers that are files of their own on the hub.
fn voice(settings: &TtsKokoro, place: &str) -> Vec<Need> {
    let need = |model: String, want| Need { place: place.into(), model, want, context: None };
    // What is wrong with a name is said where the model is looked for.
    let name: Option<ModelName> = settings.model.parse().ok();
    let want = name.as_ref().map_or(Want::Kokoro, voice::want);
    let mut needs = vec![need(settings.model.clone(), want)];
    let mix: Option<VoiceMix> = settings.voice.as_deref().and_then(|voice| voice.parse().ok());
    if let (Some(ModelName::Hub(_)), Some(VoiceMix(voices))) = (name, mix) {
        let file = |voice: &str| format!("{}/voices/{voice}.pt", settings.model);
        needs.extend(voices.iter().map(|(voice, _)| need(file(voice), Want::KokoroVoice)));
    }
    needs
}

/// What the models of a pipeline will take in memory, before any is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    lines: Vec<Line>,
    /// What has been reckoned with.
    known: HashSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    place: String,
    memory: Memory,
}

impl Budget {
    /// Reads the headers of a model's files.
    ///
    /// # Errors
    /// [`Error::File`] when a header cannot be read.
    pub fn add(&mut self, need: &Need, files: &ModelFiles) -> Result<()> {
        let mut memory = memory::of(files, need.want, need.context)?;
        // Those of a model that is named twice are loaded once.
        if !self.known.insert(files.identity()) {
            memory.weights = 0;
        }
        self.lines.push(Line { place: need.place.clone(), memory });
        Ok(())
    }

    /// Bytes of everything.
    pub fn total(&self) -> u64 {
        let conversation = |memory: Memory| memory.conversation.map_or(0, |(bytes, _)| bytes);
        let lines = self.lines.iter().map(|line| line.memory.weights + conversation(line.memory));
        BESIDE + lines.sum::<u64>()
    }

    /// Whether it fits into what the system can still give, where that is known.
    ///
    /// # Errors
    /// What there is, what is needed for what, and what to change.
    pub fn check(&self, free: Option<u64>) -> Result<()> {
        match free.filter(|free| *free < self.total()) {
            None => Ok(()),
            Some(free) => Err(Error::Input(format!(
                "the models do not fit into memory: {self}, and {} are free; name smaller models, \
                 or keep less of a conversation (`context_limit`)",
                Size(free)
            ))),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "about {}", Size(self.total()))?;
        for (at, line) in self.lines.iter().enumerate() {
            f.write_str(if at == 0 { ": " } else { ", " })?;
            write!(f, "{} {}", line.place, Size(line.memory.weights))?;
            if let Some((bytes, tokens)) = line.memory.conversation {
                write!(f, " and {} for {tokens} tokens", Size(bytes))?;
            }
        }
        Ok(())
    }
}

/// Bytes, as people say them.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000_000_000 => write!(f, "{:.0} MB", bytes / 1e6),
            _ => write!(f, "{:.1} GB", bytes / 1e9),
        }
    }
}

/// Bytes that the system can still give, where it says so.
pub fn free() -> Option<u64> {
    let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(place: &str, weights: u64, conversation: Option<(u64, usize)>) -> Line {
        Line { place: place.into(), memory: Memory { weights, conversation } }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_takes_it() {
        let full = Budget {
            lines: vec![
                line("stage `stt`", 1_600_000_000, None),
                line("stage `llm`", 3_100_000_000, Some((4_831_838_208, 32_768))),
            ],
            ..Budget::default()
        };
        assert_eq!(full.total(), 9_831_838_208);
        assert!(full.check(None).is_ok());
        assert!(full.check(Some(9_831_838_208)).is_ok());
        let refused = full.check(Some(8_000_000_000)).unwrap_err().to_string();
        for part in [
            "about 9.8 GB: stage `stt` 1.6 GB, stage `llm` 3.1 GB and 4.8 GB for 32768 tokens",
            "8.0 GB are free",
            "`context_limit`",
        ] {
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn a_voice_needs_its_network_and_its_speakers() {
        let needs = |model: &str, mix: Option<&str>| -> Vec<(String, Want)> {
            let settings = TtsKokoro {
                model: model.into(),
                voice: mix.map(str::to_owned),
                ..TtsKokoro::default()
            };
            voice(&settings, "here").into_iter().map(|need| (need.model, need.want)).collect()
        };
        let own = |model: &str| (model.to_owned(), Want::Kokoro);
        let of = |file: &str| (file.to_owned(), Want::KokoroVoice);
        assert_eq!(needs("kokoro-82m", None), [own("kokoro-82m")]);
        assert_eq!(
            needs("kokoro-82m", Some("af_heart:0.7+bf_emma:0.3")),
            [
                own("kokoro-82m"),
                of("kokoro-82m/voices/af_heart.pt"),
                of("kokoro-82m/voices/bf_emma.pt")
            ]
        );
        assert_eq!(needs("./folder", Some("mine")), [own("./folder")]);
    }

    #[test]
    fn a_model_that_is_named_twice_is_loaded_once() {
        let name = "rehearsal-stt-en".parse().unwrap();
        let files = antiphon_models::files::resolve(&name, Want::Whisper, &()).unwrap();
        let need = Need {
            place: "stage `stt`".into(),
            model: "rehearsal-stt-en".into(),
            want: Want::Whisper,
            context: None,
        };
        let mut twice = Budget::default();
        twice.add(&need, &files).unwrap();
        twice.add(&need, &files).unwrap();
        assert_eq!(twice.total(), BESIDE + files.size().unwrap());
    }
}
