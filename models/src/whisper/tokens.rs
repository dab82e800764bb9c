//! The tokenizer and the special tokens of a checkpoint.

use std::collections::HashSet;
use std::path::Path;

use tokenizers::Tokenizer;

use super::config::{Config, Json};
use super::languages;
use super::options::Task;
use super::weights::Parts;
use crate::{Error, Result, files};

/// Token ids with a meaning, and text to and from the others.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    special: HashSet<u32>,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) no_timestamps: Option<u32>,
    /// The token of 0.00 s; each later one is 20 ms more.
    pub(super) timestamp_begin: Option<u32>,
    previous: Option<u32>,
    transcribe: Option<u32>,
    translate: Option<u32>,
    /// Languages by code; empty for English-only models.
    pub(super) languages: Vec<(String, u32)>,
    pub(super) suppress: Vec<u32>,
    pub(super) begin_suppress: Vec<u32>,
    /// Marks that end a sentence.
    ends: Vec<u32>,
    /// Marks after which a sentence goes on.
    pauses: Vec<u32>,
}

/// Marks that end a sentence, as far as they are one token.
const ENDS: [&str; 7] = [".", "?", "!", "?!", "。", "？", "！"];
/// Marks after which it goes on.
const PAUSES: [&str; 9] = [",", ";", ":", "-", "...", "…", "—", "，", "、"];

impl Tokens {
    pub(super) fn load(parts: &Parts, json: Option<&Json>, config: &Config) -> Result<Self> {
        let path = parts.name.join("tokenizer.json");
        let tokenizer = files::tokenizer(&path, parts.tokenizer.as_ref().as_ref())?;
        let limit = config.vocabulary;
        let named = |name: &str| tokenizer.token_to_id(name).filter(|&id| (id as usize) < limit);
        let told = |key: &str| json.map_or(Ok(None), |j| j.token(key, limit));
        let required = |key: &str, name: &str| -> Result<u32> {
            told(key)?.or_else(|| named(name)).ok_or_else(|| missing(&path, name))
        };
        let start = required("decoder_start_token_id", "<|startoftranscript|>")?;
        let end = required("eos_token_id", "<|endoftext|>")?;
        let no_timestamps = told("no_timestamps_token_id")?.or_else(|| named("<|notimestamps|>"));
        let timestamp_begin = named("<|0.00|>")
            .or_else(|| no_timestamps.map(|id| id + 1))
            .filter(|&id| (id as usize) < limit);
        let tasks = json.map_or(Ok(Vec::new()), |j| j.token_map("task_to_id", limit))?;
        let task = |name: &str| {
            let listed = tasks.iter().find(|(task, _)| task == name).map(|(_, id)| *id);
            listed.or_else(|| named(&format!("<|{name}|>")))
        };
        let languages = languages_of(&tokenizer, json, limit)?;
        let special = tokenizer.get_added_tokens_decoder().into_keys().collect::<HashSet<_>>();
        let list = |key: &str| json.map_or(Ok(None), |j| j.tokens(key, limit));
        // Without a list, nothing but text and the end may be written.
        let unsaid = || {
            special.iter().copied().filter(|&id| id != end && Some(id) < timestamp_begin).collect()
        };
        let one = |mark: &&str| match tokenizer.encode_fast(*mark, false).ok()?.get_ids() {
            [id] => Some(*id).filter(|&id| (id as usize) < limit),
            _ => None,
        };
        Ok(Self {
            ends: ENDS.iter().filter_map(one).collect(),
            pauses: PAUSES.iter().filter_map(one).collect(),
            start,
            end,
            no_timestamps,
            timestamp_begin,
            previous: told("prev_sot_token_id")?.or_else(|| named("<|startofprev|>")),
            transcribe: task("transcribe"),
            translate: task("translate"),
            languages,
            suppress: list("suppress_tokens")?.unwrap_or_else(unsaid),
            begin_suppress: list("begin_suppress_tokens")?.unwrap_or_default(),
            special,
            tokenizer,
        })
    }

    /// Whether the token stands for text, not for a time or an instruction.
    pub(super) fn is_text(&self, id: u32) -> bool {
        id != self.end && !self.special.contains(&id) && !self.is_timestamp(id)
    }

    pub(super) fn is_timestamp(&self, id: u32) -> bool {
        self.timestamp_begin.is_some_and(|begin| id >= begin)
    }

    /// Whether a word has ended where the token stands: it is a mark, a time or the end of all.
    pub(super) fn is_close(&self, id: u32) -> bool {
        id == self.end
            || self.is_timestamp(id)
            || self.ends.contains(&id)
            || self.pauses.contains(&id)
    }

    /// Marks that end a sentence.
    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The token just before `<|notimestamps|>`, whose probability at the start says "no speech".
    pub(super) fn no_speech(&self) -> Option<u32> {
        self.no_timestamps.and_then(|id| id.checked_sub(1))
    }

    /// The code and token of the language that a caller named.
    ///
    /// # Errors
    /// [`Error::Input`] when there is no such language, or the model does not speak it.
    pub(super) fn language(&self, name: &str) -> Result<(String, Option<u32>)> {
        let known =
            languages::code(name).map_or_else(|| name.trim().to_lowercase(), str::to_string);
        if self.languages.is_empty() {
            return if known == "en" {
                Ok((known, None))
            } else {
                Err(Error::Input(format!("language `{name}`, but the model knows only `en`")))
            };
        }
        match self.languages.iter().find(|(code, _)| *code == known) {
            Some((code, id)) => Ok((code.clone(), Some(*id))),
            None => {
                let some =
                    self.languages.iter().map(|(c, _)| c.as_str()).collect::<Vec<_>>().join(", ");
                Err(Error::Input(format!("language `{name}`, expected one of: {some}")))
            }
        }
    }

    /// The tokens that a window starts with: what came before, start, language, task, no timestamps.
    ///
    /// # Errors
    /// [`Error::Input`] when translation is asked from a model without it.
    pub(super) fn prompt(
        &self,
        previous: &[u32],
        language: Option<u32>,
        task: Task,
        timestamps: bool,
    ) -> Result<Vec<u32>> {
        let mut out = Vec::new();
        if let (Some(id), false) = (self.previous, previous.is_empty()) {
            out.push(id);
            out.extend_from_slice(previous);
        }
        out.push(self.start);
        if let Some(language) = language {
            out.push(language);
            out.extend(match task {
                Task::Transcribe => self.transcribe,
                Task::Translate => self.translate,
            });
        }
        self.check_task(task)?;
        if !timestamps {
            out.extend(self.no_timestamps);
        }
        Ok(out)
    }

    /// Refuses a task that the model was not trained for.
    ///
    /// # Errors
    /// [`Error::Input`] for translation by a model without it.
    pub(super) fn check_task(&self, task: Task) -> Result<()> {
        if task == Task::Translate && (self.languages.is_empty() || self.translate.is_none()) {
            let text = "the model does not translate, expected task `transcribe`";
            return Err(Error::Input(text.into()));
        }
        Ok(())
    }

    /// Whether text that came before can be given.
    pub(super) fn takes_previous(&self) -> bool {
        self.previous.is_some()
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self
            .tokenizer
            .encode_fast(text, false)
            .map_err(|e| Error::Input(format!("text that the tokenizer refuses: {e}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of the text tokens among `ids`; broken UTF-8 becomes U+FFFD.
    pub(super) fn decode(&self, ids: &[u32]) -> String {
        let text: Vec<u32> = ids.iter().copied().filter(|&id| self.is_text(id)).collect();
        // The only error is a decoder that a tokenizer lacks or misuses; it has no text then.
        self.tokenizer.decode(&text, false).unwrap_or_default()
    }
}

fn missing(path: &Path, name: &str) -> Error {
    Error::file(
        path,
        format!("token `{name}`"),
        "nothing",
        "a token of that name or its id in `generation_config.json`",
    )
}

/// Languages from the configuration, else from the tokenizer's `<|xx|>` tokens.
fn languages_of(
    tokenizer: &Tokenizer,
    json: Option<&Json>,
    limit: usize,
) -> Result<Vec<(String, u32)>> {
    if let Some(json) = json {
        if json.get("is_multilingual").and_then(serde_json::Value::as_bool) == Some(false) {
            return Ok(Vec::new());
        }
        let map = json.token_map("lang_to_id", limit)?;
        if !map.is_empty() {
            let mut out: Vec<_> = map
                .into_iter()
                .map(|(name, id)| (name.trim_matches(['<', '|', '>']).to_string(), id))
                .collect();
            out.sort_by_key(|(_, id)| *id);
            return Ok(out);
        }
        if json.get("is_multilingual").is_none() {
            return Ok(Vec::new());
        }
    }
    Ok(languages::codes()
        .filter_map(|code| Some((code.to_string(), tokenizer.token_to_id(&format!("<|{code}|>"))?)))
        .filter(|(_, id)| (*id as usize) < limit)
        .collect())
}
