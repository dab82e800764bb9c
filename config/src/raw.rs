//! Pipeline files as they are written.
//!
//! What these types accept, with ranges, is the schema; a file that fails it has its faulty keys
//! reported and taken out, so that the rest can still be checked.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::{Overflow, Restart, Telemetry, Turn};

/// A pipeline: named stages, wired by what each listens to.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawFile {
    /// Name of the pipeline; that of the file without it.
    #[schemars(length(min = 1))]
    pub(crate) name: Option<String>,
    /// When turns start and end.
    pub(crate) turn: Turn,
    /// Where turns are told of.
    pub(crate) telemetry: Telemetry,
    /// The stages by their names.
    #[schemars(with = "BTreeMap<String, RawStage>")]
    pub(crate) stages: BTreeMap<Spanned<String>, RawStage>,
}

/// One stage.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawStage {
    /// What the stage is.
    #[schemars(with = "String")]
    pub(crate) kind: Option<Spanned<String>>,
    /// The stages it listens to, by name; `turn` is the turn authority.
    #[schemars(with = "Vec<RawInput>")]
    pub(crate) inputs: Vec<Spanned<RawInput>>,
    /// What happens when it fails.
    pub(crate) restart: Restart,
    /// Longest time in which the stage, having work, may show no progress, in ms; 10 000
    /// without it.
    #[schemars(range(min = 100, max = 3_600_000))]
    pub(crate) progress_limit_ms: Option<u64>,
    /// What its kind can be told.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    settings: serde::de::IgnoredAny,
}

/// An input: the name of a stage, or a table that says more about the edge.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RawInput {
    /// The name of a stage.
    Id(String),
    /// An edge with its own queue.
    Edge(RawEdge),
}

/// An edge with its own queue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEdge {
    /// The name of a stage.
    #[schemars(with = "String")]
    pub(crate) from: Spanned<String>,
    /// Most frames that wait in the edge.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) queue: Option<u32>,
    /// What happens to a frame that finds the edge full.
    pub(crate) overflow: Option<Overflow>,
}

impl<'de> Deserialize<'de> for RawInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RawInput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a stage or a table")
            }

            fn visit_str<E>(self, id: &str) -> Result<RawInput, E> {
                Ok(RawInput::Id(id.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawInput, A::Error> {
                RawEdge::deserialize(MapAccessDeserializer::new(map)).map(RawInput::Edge)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
