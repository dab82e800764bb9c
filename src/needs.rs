//! The models that a pipeline needs, and the memory that they will take.

use std::collections::HashSet;
use std::fmt;

use antiphon_config::{Pipeline, Settings, TtsKokoro};
use antiphon_models::device::{Ask, Compute, Dtypes, Place};
use antiphon_models::files::{ModelFiles, ModelName, Want};
use antiphon_models::kokoro::VoiceMix;
use antiphon_models::memory::{self, Memory};
use antiphon_models::voice;
use antiphon_models::{Error, Result};

use crate::devices;

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
    /// Where it is to run, and what it can compute in.
    pub on: (Ask, Dtypes),
}

/// What the processor alone can run, where nothing is asked for.
const PROCESSOR: (Ask, Dtypes) = (Ask { place: Place::Cpu, dtype: None }, Dtypes::PROCESSOR);

/// Every model that runs inside the process, in the order of the stages.
pub fn models(pipeline: &Pipeline) -> Vec<Need> {
    let mut needs = Vec::new();
    if let Some(model) = &pipeline.turn.end_of_turn_model {
        needs.push(Need {
            place: "`turn.end_of_turn_model`".into(),
            model: model.clone(),
            want: Want::SmartTurn,
            context: None,
            on: PROCESSOR,
        });
    }
    for stage in &pipeline.stages {
        let on = devices::asked(stage).unwrap_or(PROCESSOR);
        let (model, want, context) = match &stage.settings {
            Settings::SttWhisper(settings) => (&settings.model, Want::Whisper, None),
            Settings::LlmQwen3(settings) => {
                let context = settings.context_limit.map(|limit| limit as usize);
                (&settings.model, Want::Qwen3, context)
            }
            Settings::TtsKokoro(settings) => {
                needs.extend(voice(settings, &format!("stage `{}`", stage.id), on));
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
        needs.push(Need { place, model: model.clone(), want, context, on });
    }
    needs
}

/// A network that speaks, and the speakers that are files of their own on the hub.
fn voice(settings: &TtsKokoro, place: &str, on: (Ask, Dtypes)) -> Vec<Need> {
    let need =
        |model: String, want, on| Need { place: place.into(), model, want, context: None, on };
    // What is wrong with a name is said where the model is looked for.
    let name: Option<ModelName> = settings.model.parse().ok();
    let want = name.as_ref().map_or(Want::Kokoro, voice::want);
    let mut needs = vec![need(settings.model.clone(), want, on)];
    let mix: Option<VoiceMix> = settings.voice.as_deref().and_then(|voice| voice.parse().ok());
    if let (Some(ModelName::Hub(_)), Some(VoiceMix(voices))) = (name, mix) {
        let file = |voice: &str| format!("{}/voices/{voice}.pt", settings.model);
        needs.extend(
            voices.iter().map(|(voice, _)| need(file(voice), Want::KokoroVoice, PROCESSOR)),
        );
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
    /// A device that has it in memory of its own: its name, and the bytes that are free there.
    on: Option<(String, u64)>,
}

impl Line {
    fn bytes(&self) -> u64 {
        self.memory.weights + self.memory.conversation.map_or(0, |(bytes, _)| bytes)
    }
}

impl Budget {
    /// Reads the headers of a model's files, and opens the device that it is to run on.
    ///
    /// # Errors
    /// [`Error::File`] when a header cannot be read; as [`Compute::choose`].
    pub fn add(&mut self, need: &Need, files: &ModelFiles) -> Result<()> {
        let (ask, dtypes) = need.on;
        let compute = Compute::choose(ask, &dtypes)?;
        let mut memory = memory::of(files, need.want, need.context, &compute)?;
        // Those of a model that is named twice are loaded once.
        if !self.known.insert(format!("{} on {compute}", files.identity())) {
            memory.weights = 0;
        }
        self.lines.push(Line { place: need.place.clone(), memory, on: compute.own_memory() });
        Ok(())
    }

    /// Bytes of everything in the processor's memory.
    pub fn total(&self) -> u64 {
        BESIDE + self.lines.iter().filter(|line| line.on.is_none()).map(Line::bytes).sum::<u64>()
    }

    /// Whether it fits into what the system can still give, where that is known, and into what is
    /// free on each device.
    ///
    /// # Errors
    /// What there is, what is needed for what, and what to change.
    pub fn check(&self, free: Option<u64>) -> Result<()> {
        let refused = |of: &str, free: u64| {
            Err(Error::Input(format!(
                "the models do not fit into {of}: {self}, and {} are free; name smaller models, \
                 or keep less of a conversation (`context_limit`)",
                Size(free)
            )))
        };
        if let Some(free) = free.filter(|free| *free < self.total()) {
            return refused("memory", free);
        }
        for (device, free) in self.lines.iter().filter_map(|line| line.on.as_ref()) {
            let there = |line: &&Line| line.on.as_ref().is_some_and(|(name, _)| name == device);
            if self.lines.iter().filter(there).map(Line::bytes).sum::<u64>() > *free {
                return refused(&format!("the memory of `{device}`"), *free);
            }
        }
        Ok(())
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
            if let Some((device, _)) = &line.on {
                write!(f, " on `{device}`")?;
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
        Line { place: place.into(), memory: Memory { weights, conversation }, on: None }
    }

    #[test]
    fn what_is_on_a_device_is_counted_there() {
        let on = |line: Line, free| Line { on: Some(("cuda:0".into(), free)), ..line };
        let with = |free| Budget {
            lines: vec![
                on(line("stage `stt`", 1_600_000_000, None), free),
                on(line("stage `llm`", 2_500_000_000, Some((500_000_000, 4_096))), free),
                line("stage `tts`", 100_000_000, None),
            ],
            ..Budget::default()
        };
        assert_eq!(with(0).total(), BESIDE + 100_000_000);
        assert!(with(4_600_000_000).check(Some(400_000_000)).is_ok());
        let refused = with(4_500_000_000).check(None).unwrap_err().to_string();
        for part in [
            "do not fit into the memory of `cuda:0`: about 400 MB: stage `stt` 1.6 GB on `cuda:0`, ",
            "500 MB for 4096 tokens on `cuda:0`, stage `tts` 100 MB, and 4.5 GB are free",
        ] {
            assert!(refused.contains(part), "{refused}");
        }
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
            voice(&settings, "here", PROCESSOR)
                .into_iter()
                .map(|need| (need.model, need.want))
                .collect()
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
            on: PROCESSOR,
        };
        let mut twice = Budget::default();
        twice.add(&need, &files).unwrap();
        twice.add(&need, &files).unwrap();
        assert_eq!(twice.total(), BESIDE + files.size().unwrap());
    }
}
