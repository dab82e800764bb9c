//! What each kind of stage can be told, and the one list of kinds.

mod chunker;
mod console;
mod device;
mod echo;
mod gate;
mod llm;
mod logger;
mod mic;
mod speaker;
mod stt;
mod tts;
mod vad;

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::ValueDeserializer;

pub(crate) use self::device::DEVICES;
pub use self::{
    chunker::Chunker,
    console::Console,
    device::{Device, Dtype},
    echo::{Echo, EchoCancel},
    gate::Gate,
    llm::{LlmOpenai, LlmQwen3},
    logger::Logger,
    mic::Mic,
    speaker::Speaker,
    stt::{SttOpenai, SttWhisper},
    tts::{TtsKokoro, TtsLanguage, TtsOpenai, TtsProgram, TtsSystem},
    vad::Vad,
};
use crate::port::{Gives, Takes};

// What the three clients of servers share.

/// A server that takes longer to answer a connection is down or out of reach.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A stream that says nothing for this long has ended without saying so.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// More would keep the user waiting for a server that is down.
const RETRIES: u32 = 2;
/// Doubles with each retry; long enough for a proxy to find another server.
const BACKOFF: Duration = Duration::from_millis(250);

/// The settings of a stage, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Settings {
    /// Microphone.
    Mic(Mic),
    /// Echo cancellation.
    Echo(Echo),
    /// Gain and noise gate.
    Gate(Gate),
    /// Voice detection.
    Vad(Vad),
    /// Speech recognition inside the process.
    SttWhisper(SttWhisper),
    /// Speech recognition by a server.
    SttOpenai(SttOpenai),
    /// Language model inside the process.
    LlmQwen3(LlmQwen3),
    /// Language model of a server.
    LlmOpenai(LlmOpenai),
    /// Text to pieces for speech.
    Chunker(Chunker),
    /// Voice inside the process.
    TtsKokoro(TtsKokoro),
    /// The voice of the machine.
    TtsSystem(TtsSystem),
    /// The voice of a server.
    TtsOpenai(TtsOpenai),
    /// Loudspeaker.
    Speaker(Speaker),
    /// File of finished turns.
    Logger(Logger),
    /// Live transcript.
    Console(Console),
}

/// What a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// In the order of `KINDS`.
pub enum Kind {
    /// Microphone.
    Mic,
    /// Echo cancellation.
    Echo,
    /// Gain and noise gate.
    Gate,
    /// Voice detection.
    Vad,
    /// Speech recognition inside the process.
    SttWhisper,
    /// Speech recognition by a server.
    SttOpenai,
    /// Language model inside the process.
    LlmQwen3,
    /// Language model of a server.
    LlmOpenai,
    /// Text to pieces for speech.
    Chunker,
    /// Voice inside the process.
    TtsKokoro,
    /// The voice of the machine.
    TtsSystem,
    /// The voice of a server.
    TtsOpenai,
    /// Loudspeaker.
    Speaker,
    /// File of finished turns.
    Logger,
    /// Live transcript.
    Console,
}

/// Every kind of stage: its name in a pipeline file, what goes in, what comes out, its settings.
#[rustfmt::skip] // One line a kind.
pub(crate) static KINDS: &[Row] = &[
    row(Kind::Mic, "mic", &[], Gives::Recording, schema::<Mic>, |it| parse(it, Settings::Mic)),
    row(Kind::Echo, "echo", &[Takes::SPEECH_AUDIO], Gives::WhatItTakes, schema::<Echo>, |it| parse(it, Settings::Echo)),
    row(Kind::Gate, "gate", &[Takes::AnyAudio], Gives::WhatItTakes, schema::<Gate>, |it| parse(it, Settings::Gate)),
    row(Kind::Vad, "vad", &[Takes::SPEECH_AUDIO], Gives::SPEECH, schema::<Vad>, |it| parse(it, Settings::Vad)),
    row(Kind::SttWhisper, "stt.whisper", &[Takes::SPEECH], Gives::TRANSCRIPT, schema::<SttWhisper>, |it| parse(it, Settings::SttWhisper)),
    row(Kind::SttOpenai, "stt.openai", &[Takes::SPEECH], Gives::TRANSCRIPT, schema::<SttOpenai>, |it| parse(it, Settings::SttOpenai)),
    row(Kind::LlmQwen3, "llm.qwen3", &[Takes::TRANSCRIPT], Gives::TOKENS, schema::<LlmQwen3>, |it| parse(it, Settings::LlmQwen3)),
    row(Kind::LlmOpenai, "llm.openai", &[Takes::TRANSCRIPT], Gives::TOKENS, schema::<LlmOpenai>, |it| parse(it, Settings::LlmOpenai)),
    row(Kind::Chunker, "chunker", &[Takes::TOKENS], Gives::CHUNKS, schema::<Chunker>, |it| parse(it, Settings::Chunker)),
    row(Kind::TtsKokoro, "tts.kokoro", &[Takes::CHUNKS], Gives::VOICE, schema::<TtsKokoro>, |it| parse(it, Settings::TtsKokoro)),
    row(Kind::TtsSystem, "tts.system", &[Takes::CHUNKS], Gives::VOICE, schema::<TtsSystem>, |it| parse(it, Settings::TtsSystem)),
    row(Kind::TtsOpenai, "tts.openai", &[Takes::CHUNKS], Gives::VOICE, schema::<TtsOpenai>, |it| parse(it, Settings::TtsOpenai)),
    row(Kind::Speaker, "speaker", &[Takes::VOICE], Gives::Nothing, schema::<Speaker>, |it| parse(it, Settings::Speaker)),
    row(Kind::Logger, "logger", &[Takes::RECORD, Takes::TRANSCRIPT], Gives::Nothing, schema::<Logger>, |it| parse(it, Settings::Logger)),
    row(Kind::Console, "console", &[Takes::RECORD, Takes::TRANSCRIPT], Gives::Nothing, schema::<Console>, |it| parse(it, Settings::Console)),
];

/// One kind of stage.
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [Takes],
    pub(crate) gives: Gives,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) parse: Parse,
}

/// Reads settings, and what is wrong with them together.
type Parse = fn(ValueDeserializer<'_>) -> Result<(Settings, Vec<CrossFault>), toml::de::Error>;

const fn row(
    kind: Kind,
    name: &'static str,
    takes: &'static [Takes],
    gives: Gives,
    schema: fn(&mut SchemaGenerator) -> Schema,
    parse: Parse,
) -> Row {
    Row { kind, name, takes, gives, schema, parse }
}

fn schema<T: StageSettings>(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = T::json_schema(generator);
    for key in T::REQUIRED {
        let property = schema.pointer_mut(&format!("/properties/{key}"));
        if let Some(property) = property.and_then(|property| property.as_object_mut()) {
            property.remove("default");
        }
    }
    if !T::REQUIRED.is_empty() {
        schema.insert("required".into(), T::REQUIRED.into());
    }
    schema
}

fn parse<T: StageSettings>(
    value: ValueDeserializer<'_>,
    wrap: fn(T) -> Settings,
) -> Result<(Settings, Vec<CrossFault>), toml::de::Error> {
    let settings = T::deserialize(value)?;
    let faults = settings.cross_check();
    Ok((wrap(settings), faults))
}

impl Kind {
    /// The row of this kind.
    pub(crate) fn row(self) -> &'static Row {
        &KINDS[self as usize]
    }

    /// The kind's name in a pipeline file, such as `stt.whisper`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind with this name in a pipeline file.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|row| row.kind)
    }

    /// What the kind takes, in words.
    #[must_use]
    pub fn takes(self) -> String {
        match self.row().takes {
            [] => "nothing".into(),
            takes => takes.iter().map(Takes::to_string).collect::<Vec<_>>().join(" or "),
        }
    }

    /// What the kind gives, in words.
    #[must_use]
    pub fn gives(self) -> String {
        self.row().gives.to_string()
    }

    /// Whether the kind writes down speech.
    #[must_use]
    pub fn is_stt(self) -> bool {
        matches!(self, Self::SttWhisper | Self::SttOpenai)
    }

    /// Whether the kind replies.
    #[must_use]
    pub fn is_llm(self) -> bool {
        matches!(self, Self::LlmQwen3 | Self::LlmOpenai)
    }

    /// Whether the kind speaks.
    #[must_use]
    pub fn is_tts(self) -> bool {
        matches!(self, Self::TtsKokoro | Self::TtsSystem | Self::TtsOpenai)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Settings {
    /// The kind of stage that these settings are for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Mic(_) => Kind::Mic,
            Self::Echo(_) => Kind::Echo,
            Self::Gate(_) => Kind::Gate,
            Self::Vad(_) => Kind::Vad,
            Self::SttWhisper(_) => Kind::SttWhisper,
            Self::SttOpenai(_) => Kind::SttOpenai,
            Self::LlmQwen3(_) => Kind::LlmQwen3,
            Self::LlmOpenai(_) => Kind::LlmOpenai,
            Self::Chunker(_) => Kind::Chunker,
            Self::TtsKokoro(_) => Kind::TtsKokoro,
            Self::TtsSystem(_) => Kind::TtsSystem,
            Self::TtsOpenai(_) => Kind::TtsOpenai,
            Self::Speaker(_) => Kind::Speaker,
            Self::Logger(_) => Kind::Logger,
            Self::Console(_) => Kind::Console,
        }
    }
}

/// The settings of one kind. Ranges and units are in its schema; what no key shows alone is in [`StageSettings::cross_check`].
pub(crate) trait StageSettings: Default + DeserializeOwned + JsonSchema {
    /// Keys without a default.
    const REQUIRED: &'static [&'static str] = &[];

    /// Finds keys that are each in range but not together.
    fn cross_check(&self) -> Vec<CrossFault> {
        Vec::new()
    }
}

/// Keys that do not go together.
#[derive(Debug)]
pub(crate) struct CrossFault {
    /// The keys to mark: the first of them that is written down.
    pub(crate) keys: &'static [&'static str],
    pub(crate) message: String,
    pub(crate) expected: String,
}

impl CrossFault {
    pub(crate) fn new(
        keys: &'static [&'static str],
        message: String,
        expected: impl Into<String>,
    ) -> Self {
        Self { keys, message, expected: expected.into() }
    }
}

/// Durations as whole milliseconds.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        it: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        u64::deserialize(input).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use toml::Spanned;
    use toml::de::{DeTable, DeValue};

    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_kinds_and_parse_to_them() {
        for (index, row) in KINDS.iter().enumerate() {
            assert_eq!(row.kind as usize, index, "{}", row.name);
            let empty = DeValue::Table(DeTable::new());
            let value = ValueDeserializer::from(Spanned::new(0..0, empty));
            let (settings, faults) = (row.parse)(value).expect("defaults");
            assert_eq!(settings.kind(), row.kind);
            assert!(faults.is_empty(), "{faults:?}");
        }
    }
}
