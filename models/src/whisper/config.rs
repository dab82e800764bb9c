//! `config.json` and `generation_config.json`, checked.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::weights::Parts;
use crate::{Error, Result};

/// A JSON file whose faults are named by file and key.
pub(super) struct Json {
    path: PathBuf,
    value: Value,
}

impl Json {
    pub(super) fn parse(path: PathBuf, bytes: &[u8]) -> Result<Self> {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value @ Value::Object(_)) => Ok(Self { path, value }),
            Ok(_) => Err(Error::file(path, "the file", "another JSON value", "a JSON object")),
            Err(e) => Err(Error::file(path, "the file", e.to_string(), "a JSON object")),
        }
    }

    /// Adds keys that are absent.
    pub(super) fn or(mut self, defaults: &[(&str, usize)]) -> Self {
        for (key, value) in defaults {
            if self.get(key).is_none() {
                self.value[*key] = (*value).into();
            }
        }
        self
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.value.get(key).filter(|v| !v.is_null())
    }

    pub(super) fn fault(&self, key: &str, expected: impl Into<String>) -> Error {
        let found = self.get(key).map_or_else(|| "nothing".to_string(), short);
        Error::file(&self.path, format!("`{key}`"), found, expected)
    }

    /// A whole number in `range`, required.
    fn size(&self, key: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize> {
        self.get(key)
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| range.contains(n))
            .ok_or_else(|| {
                self.fault(key, format!("a whole number from {} to {}", range.start(), range.end()))
            })
    }

    /// A token id below `limit`; the first of a list.
    pub(super) fn token(&self, key: &str, limit: usize) -> Result<Option<u32>> {
        let Some(mut value) = self.get(key) else { return Ok(None) };
        if let Some(first) = value.as_array().and_then(|a| a.first()) {
            value = first;
        }
        token(value, limit)
            .map(Some)
            .ok_or_else(|| self.fault(key, format!("a token id below {limit}")))
    }

    /// A list of token ids below `limit`; negative ids, which some configurations carry, are left out.
    pub(super) fn tokens(&self, key: &str, limit: usize) -> Result<Option<Vec<u32>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let fault = || self.fault(key, format!("a list of token ids below {limit}"));
        let mut out = Vec::new();
        for id in value.as_array().ok_or_else(fault)? {
            if id.as_i64().is_some_and(|n| n < 0) {
                continue;
            }
            out.push(token(id, limit).ok_or_else(fault)?);
        }
        Ok(Some(out))
    }

    /// An object of names and token ids below `limit`.
    pub(super) fn token_map(&self, key: &str, limit: usize) -> Result<Vec<(String, u32)>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let fault = || self.fault(key, format!("an object of names and token ids below {limit}"));
        let mut out = Vec::new();
        for (name, id) in value.as_object().ok_or_else(fault)? {
            out.push((name.clone(), token(id, limit).ok_or_else(fault)?));
        }
        Ok(out)
    }
}

fn token(value: &Value, limit: usize) -> Option<u32> {
    let id = value.as_u64().filter(|&n| n < limit as u64)?;
    u32::try_from(id).ok()
}

/// A JSON value cut to a length that fits a message.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// The sizes of a network, from `config.json`.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) width: usize,
    pub(super) mels: usize,
    pub(super) vocabulary: usize,
    pub(super) encoder_layers: usize,
    pub(super) encoder_heads: usize,
    pub(super) encoder_hidden: usize,
    pub(super) decoder_layers: usize,
    pub(super) decoder_heads: usize,
    pub(super) decoder_hidden: usize,
    /// Encoder positions; one is two mel frames, 20 ms.
    pub(super) audio_positions: usize,
    pub(super) text_positions: usize,
    pub(super) scale_embedding: bool,
    pub(super) tied: bool,
}

impl Config {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::of(&Json::parse(path.to_path_buf(), bytes)?)
    }

    pub(super) fn of(json: &Json) -> Result<Self> {
        if json.get("model_type").and_then(Value::as_str) != Some("whisper") {
            return Err(json.fault("model_type", "`\"whisper\"`"));
        }
        if json.get("activation_function").is_some_and(|a| a.as_str() != Some("gelu")) {
            return Err(json.fault("activation_function", "`\"gelu\"`"));
        }
        let width = json.size("d_model", 2..=16_384)?;
        let heads = |key: &str| -> Result<usize> {
            let heads = json.size(key, 1..=1024)?;
            if width % heads == 0 {
                Ok(heads)
            } else {
                Err(json.fault(key, format!("a divisor of {width}")))
            }
        };
        let flag =
            |key: &str, default: bool| json.get(key).and_then(Value::as_bool).unwrap_or(default);
        Ok(Self {
            width,
            mels: json.size("num_mel_bins", 1..=512)?,
            vocabulary: json.size("vocab_size", 2..=4_000_000)?,
            encoder_layers: json.size("encoder_layers", 1..=512)?,
            encoder_heads: heads("encoder_attention_heads")?,
            encoder_hidden: json.size("encoder_ffn_dim", 1..=131_072)?,
            decoder_layers: json.size("decoder_layers", 1..=512)?,
            decoder_heads: heads("decoder_attention_heads")?,
            decoder_hidden: json.size("decoder_ffn_dim", 1..=131_072)?,
            audio_positions: json.size("max_source_positions", 1..=150_000)?,
            text_positions: json.size("max_target_positions", 8..=65_536)?,
            scale_embedding: flag("scale_embedding", false),
            tied: flag("tie_word_embeddings", true),
        })
    }
}

/// How many beams there may be; more only cost.
pub(super) const BEAMS: std::ops::RangeInclusive<usize> = 1..=16;

/// What `generation_config.json` and `preprocessor_config.json` say beside token ids.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    /// Seconds of audio in one window.
    pub(super) window_seconds: f64,
    /// `(layer, head)` pairs whose cross-attention follows the speech, in order.
    pub(super) alignment_heads: Vec<(usize, usize)>,
    /// Whether the model was trained to write timestamps; `return_timestamps: false` says it was not.
    pub(super) timestamps: bool,
    pub(super) max_initial_timestamp: Option<u32>,
    /// Of a model that was trained to end no unfinished sentence with a mark: the mean
    /// log-probability of a token at which its words are not believed, and that from which they are.
    pub(super) final_mark_trust: Option<[f32; 2]>,
    /// Transcripts tried side by side where the caller does not say.
    pub(super) beams: usize,
}

impl Generation {
    pub(super) fn parse(parts: &Parts, json: Option<&Json>, config: &Config) -> Result<Self> {
        let positions = config.audio_positions as f64 * 0.02;
        let mut window_seconds = positions;
        if let Some(bytes) = &parts.preprocessor_config {
            check_front_end(
                &parts.name.join("preprocessor_config.json"),
                bytes.as_ref().as_ref(),
                config,
            )?;
        }
        let mut alignment_heads = Vec::new();
        let mut timestamps = true;
        let mut max_initial_timestamp = None;
        let mut final_mark_trust = None;
        let mut beams = 1;
        if let Some(json) = json {
            if let Some(value) = json.get("max_window_seconds") {
                let expected = "seconds from 1 up to the encoder's own window";
                window_seconds = value
                    .as_f64()
                    .filter(|s| *s >= 1.0 && *s <= positions + 1e-9)
                    .ok_or_else(|| json.fault("max_window_seconds", expected))?;
            }
            final_mark_trust = parse_trust(json)?;
            if let Some(value) = json.get("num_beams") {
                let count = value.as_u64().map(|it| it as usize);
                beams = count
                    .filter(|count| BEAMS.contains(count))
                    .ok_or_else(|| json.fault("num_beams", "a number from 1 to 16"))?;
            }
            if json.get("alignment_heads").is_some() {
                alignment_heads = parse_heads(json, config)?;
            }
            timestamps = json.get("return_timestamps").and_then(Value::as_bool) != Some(false);
            max_initial_timestamp = json
                .get("max_initial_timestamp_index")
                .and_then(Value::as_u64)
                .and_then(|n| u32::try_from(n).ok());
        }
        if alignment_heads.is_empty() {
            let upper = config.decoder_layers / 2..config.decoder_layers;
            alignment_heads =
                upper.flat_map(|l| (0..config.decoder_heads).map(move |h| (l, h))).collect();
        }
        Ok(Self {
            window_seconds,
            alignment_heads,
            timestamps,
            max_initial_timestamp,
            final_mark_trust,
            beams,
        })
    }
}

/// `final_mark_tells` and `final_mark_trust`; without the latter all words are believed.
fn parse_trust(json: &Json) -> Result<Option<[f32; 2]>> {
    let fault = || json.fault("final_mark_tells", "`true` or `false`");
    let tells = json.get("final_mark_tells").map(|value| value.as_bool().ok_or_else(fault));
    let bounds = match json.get("final_mark_trust") {
        None => [-f32::MAX, -f32::MAX / 2.0],
        Some(value) => {
            let number = |at: usize| value.get(at).and_then(Value::as_f64).map(|it| it as f32);
            let bounds =
                number(0).zip(number(1)).filter(|(none, full)| none < full && *full <= 0.0);
            let expected = "two log-probabilities, the lower one first";
            bounds.map(<[f32; 2]>::from).ok_or_else(|| json.fault("final_mark_trust", expected))?
        }
    };
    Ok(tells.transpose()?.unwrap_or(false).then_some(bounds))
}

fn parse_heads(json: &Json, config: &Config) -> Result<Vec<(usize, usize)>> {
    let fault = || {
        let expected = format!(
            "pairs of a layer below {} and a head below {}",
            config.decoder_layers, config.decoder_heads
        );
        json.fault("alignment_heads", expected)
    };
    let list = json.get("alignment_heads").and_then(Value::as_array).ok_or_else(fault)?;
    let mut out = Vec::new();
    for pair in list {
        let number = |i: usize| pair.get(i).and_then(Value::as_u64).map(|n| n as usize);
        match (number(0), number(1)) {
            (Some(l), Some(h)) if l < config.decoder_layers && h < config.decoder_heads => {
                out.push((l, h))
            }
            _ => return Err(fault()),
        }
    }
    out.sort_unstable();
    Ok(out)
}

/// Refuses a front end other than the published one, which is the only one computed here.
pub(super) fn check_front_end(path: &Path, bytes: &[u8], config: &Config) -> Result<()> {
    let json = Json::parse(path.to_path_buf(), bytes)?;
    let fixed = [
        ("feature_size", config.mels),
        ("sampling_rate", super::SAMPLE_RATE),
        ("hop_length", super::mel::HOP),
        ("n_fft", super::mel::FFT),
    ];
    for (key, expected) in fixed {
        if json.get(key).is_some_and(|v| v.as_u64() != Some(expected as u64)) {
            return Err(json.fault(key, format!("{expected}")));
        }
    }
    Ok(())
}
