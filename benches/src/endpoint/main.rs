//! How soon turns end, and how often somebody who only paused is cut off, by the setting.
//!
//! `hear` plays turns through gate, voice detection and recogniser in virtual time, as fast as they
//! compute, and writes a row for each silence; `curve` decides on those rows for every setting.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

mod curve;
mod hear;
mod talk;
#[path = "../sound.rs"]
#[allow(dead_code, reason = "a hum is of no use here")]
mod wav;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use antiphon::engine::turn::endpoint::{sound, text};
use antiphon_actors::prosody::Prosody;
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use serde::{Deserialize, Serialize};

/// Measures the end of turns.
#[derive(Parser)]
#[command(name = "endpoint")]
struct Options {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Adds `features` to rows with a `text`, and what those of `hear` say of the voice, from standard
    /// input to standard output.
    Features,
    /// Hears the turns that `manifest.jsonl` of a folder lists, and writes a row for each silence.
    Hear(hear::Options),
    /// Prints delay and false cut-offs by the setting.
    Curve(curve::Options),
}

/// A silence, as it was heard.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    /// Whose speech it is.
    set: String,
    /// Why there is a pause, or what kind of turn ended.
    kind: String,
    file: PathBuf,
    /// The file of rows that it stands in.
    #[serde(skip)]
    source: PathBuf,
    /// 1 if the person was done.
    done: u8,
    /// Last voiced sample, by how the sound was made, in seconds.
    from: f64,
    /// When speech goes on was told, in seconds.
    resumed: Option<f64>,
    /// The last voiced sample by the voice detection, and when that was told; none if it heard no
    /// pause.
    stop: Option<(f64, f64)>,
    /// When the recogniser was asked, in seconds; when the stop was told where it is not known.
    #[serde(default)]
    asked: Option<f64>,
    /// The words by the recogniser, and how long it took for them, in seconds.
    text: String,
    stt: f64,
    /// The words as they were spoken, without marks of what the speaker did.
    truth: String,
    /// Probability that the words are finished, by the recogniser; and its log-odds as weighed.
    #[serde(default)]
    finished: Option<f32>,
    #[serde(default)]
    mark: Option<f32>,
    /// How far the recogniser understood them.
    #[serde(default)]
    trust: Option<f32>,
    /// The log-odds of a network that has heard the turn when the pause was told.
    #[serde(default)]
    network: Option<f32>,
    /// Mean log-probability of the tokens.
    #[serde(default)]
    logprob: Option<f32>,
    /// What was heard of the voice, and as it is weighed.
    prosody: [Option<f32>; 5],
    sound: BTreeMap<String, f32>,
    features: Option<BTreeMap<String, f32>>,
}

impl Row {
    fn prosody(&self) -> Prosody {
        let [speech, register, slope, fade, lengthening] = self.prosody;
        Prosody { speech: speech.unwrap_or_default(), register, slope, fade, lengthening }
    }
}

/// What the voice says, by name.
fn sounds(prosody: &Prosody, is_question: bool) -> BTreeMap<String, f32> {
    named(sound::NAMES, sound::features(prosody, is_question))
}

/// Features by name.
fn named<const N: usize>(names: [&str; N], values: [f32; N]) -> BTreeMap<String, f32> {
    names.iter().zip(values).map(|(name, value)| ((*name).to_string(), value)).collect()
}

fn features() -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let mut row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line?)?;
        let text = row.get("text").and_then(|text| text.as_str()).context("a row has no `text`")?;
        let features = text::features(text);
        let is_question = features.as_ref().is_some_and(text::is_question);
        let features = features.map(|it| named(text::NAMES, it));
        row.insert("features".into(), serde_json::to_value(features)?);
        if row.contains_key("prosody") {
            let heard: Row = serde_json::from_value(row.clone().into())?;
            let sounds = sounds(&heard.prosody(), is_question);
            row.insert("sound".into(), serde_json::to_value(sounds)?);
        }
        writeln!(out, "{}", serde_json::to_string(&row)?)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    match Options::parse().step {
        Step::Features => features(),
        Step::Hear(options) => hear::run(&options),
        Step::Curve(options) => curve::run(&options),
    }
}
