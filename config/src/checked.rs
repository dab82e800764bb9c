//! Pipelines as they are meant: names resolved, numbers in range, durations real.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{CrossFault, millis};
use crate::source::Place;
use crate::{Code, Diagnostic, Kind, Port, Settings, Telemetry};

/// A pipeline that can run: nothing is left to reject but devices, models and servers.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The name in the file, or the file's own.
    pub name: String,
    /// The folder of the file; the working folder for a pipeline that is inside the program.
    pub folder: PathBuf,
    /// When turns start and end.
    pub turn: Turn,
    /// Where turns are told of.
    pub telemetry: Telemetry,
    /// The stages, each after the stages that it listens to.
    pub stages: Vec<Stage>,
    /// What is allowed but looks like a mistake.
    pub warnings: Vec<Diagnostic>,
}

impl Pipeline {
    /// The stage with this id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id.as_str() == id)
    }
}

/// One stage and the edges into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name in the pipeline.
    pub id: StageId,
    /// What it is.
    pub kind: Kind,
    /// What it listens to; empty for a stage that starts from nothing, such as a microphone.
    pub inputs: Vec<Input>,
    /// What it emits, if anything.
    pub output: Option<Port>,
    /// The settings of its kind.
    pub settings: Settings,
    /// What happens when it fails.
    pub restart: Restart,
    /// Longest time in which a stage that has work may show no progress.
    pub progress_limit: Duration,
    pub(crate) written: Written,
}

/// Where a stage is written, for what only others can find wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) kind: Option<Place>,
    /// Its settings, by their keys.
    pub(crate) settings: BTreeMap<String, Place>,
}

impl Stage {
    /// The fault of a setting that is right but that this program cannot do, at its place.
    #[must_use]
    pub fn unsupported(&self, key: &str, message: &str, expected: &str) -> Diagnostic {
        let Written { kind, settings } = &self.written;
        let place = settings.get(key).or(kind.as_ref()).cloned();
        Diagnostic::at(place, Code::Unsupported, format!("stage `{}`: {message}", self.id))
            .expecting(expected)
    }
}

/// The name of a stage in its pipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageId(Arc<str>);

impl StageId {
    /// A name; whether a pipeline file could hold it is not looked at.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StageId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for StageId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// An edge into a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where its frames come from.
    pub from: Source,
    /// What its frames are.
    pub port: Port,
    /// How many frames wait in it at most.
    pub queue: usize,
    /// What happens when that many wait.
    pub overflow: Overflow,
}

/// Where frames come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A stage.
    Stage(StageId),
    /// The turn authority; `turn` in the file.
    Turn,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(id) => id.fmt(f),
            Self::Turn => f.pad(TURN),
        }
    }
}

/// The reserved id of the turn authority.
pub(crate) const TURN: &str = "turn";

/// What happens to a frame that finds its edge full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// The sender waits.
    Wait,
    /// The oldest frame in the queue goes.
    DropOldest,
    /// Every frame in the queue goes: only the newest counts.
    Latest,
}

/// What happens when a stage fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Restart {
    /// How often it may start again within the time given; one failure more ends the pipeline.
    #[schemars(range(min = 0, max = 1_000))]
    pub max: u32,
    /// The time over which restarts are counted, in ms.
    #[serde(rename = "within_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 1_000, max = 86_400_000))]
    pub within: Duration,
    /// Wait before the first restart, in ms; it doubles with each one that is still counted.
    #[serde(rename = "backoff_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 60_000))]
    pub backoff: Duration,
}

impl Default for Restart {
    fn default() -> Self {
        Self {
            // A passing fault passes; what fails four times in a minute will fail again.
            max: 3,
            within: Duration::from_secs(60),
            // Long enough for a device to come back, too short to be heard as a pause.
            backoff: Duration::from_millis(100),
        }
    }
}

/// What ends a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndOfTurn {
    /// Silence of one length.
    #[default]
    Silence,
    /// Silence that is short after words that are complete and sound so, and long after others.
    Adaptive,
}

/// When turns start and end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Turn {
    /// What ends the user's turn: `silence` of one length, or `adaptive`: silence that is short
    /// after words that are complete and sound so, and long after others.
    pub end_of_turn: EndOfTurn,
    /// A network in the format of smart-turn that hears whether the user is done, by which an
    /// adaptive turn ends beside words and voice, the more the less of the words was understood:
    /// `hf:owner/name[@revision][/file]`, such as
    /// `hf:pipecat-ai/smart-turn-v3/smart-turn-v3.2-gpu.onnx`, or the path of an ONNX file, or of a
    /// folder with `config.json` and `model.safetensors`.
    #[schemars(length(min = 1), extend("x-text" = "model"))]
    pub end_of_turn_model: Option<String>,
    /// Silence in which that network's answer is waited for, in ms; after it words and voice decide.
    #[serde(rename = "end_of_turn_model_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 50, max = 10_000))]
    pub end_of_turn_model_wait: Duration,
    /// Silence after which the reply is prepared, in ms, to be dropped if the user goes on; 0
    /// waits for the end of the turn.
    #[serde(rename = "eager_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub eager_silence: Duration,
    /// Silence after which the user's turn has ended, in ms; if adaptive, that where words and
    /// voice leave it open.
    #[serde(rename = "end_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 50, max = 10_000))]
    pub end_silence: Duration,
    /// Silence added to `end_silence_ms` where the recogniser does not say that it has understood
    /// the words of an adaptive turn, in ms; a part of it where it is in doubt.
    #[serde(rename = "unclear_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub unclear_silence: Duration,
    /// Shortest silence after which an adaptive turn ends, in ms.
    #[serde(rename = "min_end_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 50, max = 10_000))]
    pub min_end_silence: Duration,
    /// Longest silence after which an adaptive turn ends, in ms.
    #[serde(rename = "max_end_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 50, max = 10_000))]
    pub max_end_silence: Duration,
    /// Speech over a reply after which the reply is paused, in ms.
    #[serde(rename = "barge_in_min_speech_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub barge_in_min_speech: Duration,
    /// Speech over a reply that ends it whatever is said, in ms; less ends it with words other than
    /// `yeah` and its like, and else the reply goes on. With no more than `barge_in_min_speech_ms`
    /// the reply is never paused, but ends.
    #[serde(rename = "barge_in_certain_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub barge_in_certain: Duration,
    /// A sound over a reply no longer than this, in ms, lets the reply go on whatever words are
    /// heard in it, unless they ask to speak (`stop`, `wait`, `no`, `what` and their like) or are
    /// three or more; 0 goes by the words alone.
    #[serde(rename = "backchannel_max_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub backchannel_max: Duration,
    /// Silence after such a sound before the reply goes on, in ms; `yeah` and its like are not
    /// waited for.
    #[serde(rename = "backchannel_silence_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 0, max = 5_000))]
    pub backchannel_silence: Duration,
    /// Longest that a turn stays open, in ms.
    #[serde(rename = "turn_limit_ms", with = "millis")]
    #[schemars(with = "u64", range(min = 1_000, max = 3_600_000))]
    pub backstop: Duration,
    /// What is said when a turn fails.
    #[schemars(length(min = 1))]
    pub apology: String,
    /// Whether the pipeline replies: it has a language model.
    #[serde(skip)]
    #[schemars(skip)]
    pub reply: bool,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            // Needs words in English early; pipelines that have them say so.
            end_of_turn: EndOfTurn::Silence,
            end_of_turn_model: None,
            // A network of whisper-tiny's size answers in a fraction of it, also on a busy machine.
            end_of_turn_model_wait: Duration::from_millis(500),
            // Speculation costs a second set of model steps; pipelines that want it say so.
            eager_silence: Duration::ZERO,
            // Longer than most pauses inside a sentence, shorter than what feels like waiting.
            end_silence: Duration::from_millis(500),
            // Few recognisers say how far they understood; pipelines with one of them say so.
            unclear_silence: Duration::ZERO,
            // As long as people leave between turns.
            min_end_silence: Duration::from_millis(160),
            // Nearly all pauses in mid-sentence are shorter, with the time that speech takes to be heard.
            max_end_silence: Duration::from_millis(2_000),
            // Longer than a click or a knock; what is no more than a "mhm" lets the reply go on.
            barge_in_min_speech: Duration::from_millis(120),
            // Longer than a word of assent, shorter than anybody speaks in vain.
            barge_in_certain: Duration::from_millis(800),
            // "Mm-hm", "yeah" and "okay" take 330 to 550 ms; few other words are said so shortly.
            backchannel_max: Duration::from_millis(600),
            // Whoever wants to speak goes on sooner after a first short word.
            backchannel_silence: Duration::from_millis(300),
            // Longer than any reply; whatever is still open then has been lost.
            backstop: Duration::from_secs(60),
            apology: "Sorry, something went wrong. Please say that again.".into(),
            reply: false,
        }
    }
}

impl Turn {
    /// Finds keys that are each in range but not together.
    pub(crate) fn cross_check(&self) -> Vec<CrossFault> {
        let (min, end, max) = (self.min_end_silence, self.end_silence, self.max_end_silence);
        type Pair = (&'static [&'static str; 2], Duration, Duration);
        let ordered: &[Pair] = match self.end_of_turn {
            EndOfTurn::Silence => {
                &[(&["eager_silence_ms", "end_silence_ms"], self.eager_silence, end)]
            }
            EndOfTurn::Adaptive => &[
                (&["eager_silence_ms", "min_end_silence_ms"], self.eager_silence, min),
                (&["min_end_silence_ms", "end_silence_ms"], min, end),
                (&["end_silence_ms", "max_end_silence_ms"], end, max),
            ],
        };
        let fault = |&(keys, less, more): &Pair| {
            let (less, more) = (less.as_millis(), more.as_millis());
            let message = format!("`{}` ({less}) is above `{}` ({more})", keys[0], keys[1]);
            (less > more).then(|| CrossFault::new(keys, message, format!("at most {more} ms")))
        };
        let unused = (self.end_of_turn_model.is_some() && self.end_of_turn != EndOfTurn::Adaptive)
            .then(|| {
                let message = "`end_of_turn_model` is asked only by an adaptive turn".to_string();
                CrossFault::new(
                    &["end_of_turn_model", "end_of_turn"],
                    message,
                    "`end_of_turn = \"adaptive\"` beside it",
                )
            });
        ordered.iter().filter_map(fault).chain(unused).collect()
    }
}
