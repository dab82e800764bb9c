//! A language model ready to talk: network, tokeniser and chat template of one checkpoint.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use candle_core::quantized::gguf_file::{Content, Value};
use serde_json::Value as Json;

use super::table::Table;
use super::{ChatTemplate, Grammars, Tokenizer};
use crate::device::Compute;
use crate::files::{File, ModelFiles, load_shared};
use crate::qwen3::Qwen3;
use crate::{Error, Result};

/// Longest JSON or template file that is read, in bytes.
const MAX_TEXT: u64 = 64 << 20;

/// The network, tokeniser and chat template of one checkpoint; immutable and shared by all
/// sessions.
#[derive(Debug)]
pub struct Llm {
    label: String,
    network: Arc<Qwen3>,
    tokenizer: Arc<Tokenizer>,
    template: ChatTemplate,
    /// Rows of the network that no text leads to.
    unused: Vec<u32>,
    grammars: OnceLock<Grammars>,
    /// Where its sessions meet.
    table: Arc<Table>,
}

impl Llm {
    /// Loads a model onto the processor or a device, or returns the one that this process has loaded
    /// from the same files there already.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] when a file is missing, [`Error::Io`] when one cannot be read,
    /// [`Error::File`] when one is damaged or not of a supported kind.
    pub fn load(files: &ModelFiles, compute: &Compute) -> Result<Arc<Self>> {
        load_shared(&format!("{} on {compute}", files.identity()), || match files.gguf() {
            Some(gguf) => {
                let network = Qwen3::load(files, compute)?;
                Self::from_gguf_file(files.label(), gguf, network)
            }
            None => Self::from_safetensors(files, compute),
        })
    }

    /// Loads a GGUF file; not shared with other callers.
    ///
    /// # Errors
    ///
    /// As [`Llm::load`].
    pub fn load_gguf(path: impl AsRef<Path>) -> Result<Arc<Self>> {
        let path = path.as_ref();
        let file = File::Path(path.to_path_buf());
        let network = Qwen3::load_gguf(path)?;
        Self::from_gguf_file(&path.display().to_string(), &file, network).map(Arc::new)
    }

    /// Puts a model together from its parts; `label` serves the messages.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the network has fewer rows than the tokeniser has tokens.
    pub fn new(
        label: &str,
        network: Arc<Qwen3>,
        tokenizer: Tokenizer,
        template: ChatTemplate,
    ) -> Result<Self> {
        let rows = network.config().vocab;
        let len = tokenizer.len();
        if rows < len {
            let found = format!("{len} tokens for {rows} rows of the network");
            return Err(Error::file(label, "the vocabulary", found, "a row for every token"));
        }
        let unused = (0u32..).take(len).filter(|id| !tokenizer.is_used(*id)).collect();
        Ok(Self {
            label: label.to_owned(),
            network,
            tokenizer: Arc::new(tokenizer),
            template,
            unused,
            grammars: OnceLock::new(),
            table: Arc::default(),
        })
    }

    fn from_gguf_file(label: &str, file: &File, network: Arc<Qwen3>) -> Result<Self> {
        let path = file.path();
        let content = network.gguf().ok_or_else(|| {
            Error::file(path, "the header", "nothing", "the metadata of a GGUF file")
        })?;
        let tokenizer = Tokenizer::from_gguf(path, content)?;
        let template = gguf_template(path, content, &tokenizer)?;
        Self::new(label, network, tokenizer, template)
    }

    fn from_safetensors(files: &ModelFiles, compute: &Compute) -> Result<Self> {
        let network = Qwen3::load(files, compute)?;
        let json = |name: &str| -> Result<Json> {
            let Some(file) = files.get(name) else { return Ok(Json::Null) };
            serde_json::from_slice(&file.read(MAX_TEXT)?)
                .map_err(|e| Error::file(file.path(), "the text", e.to_string(), "JSON"))
        };
        let mut ends = end_ids(&json("generation_config.json")?["eos_token_id"]);
        ends.extend(end_ids(&json("config.json")?["eos_token_id"]));
        let file = files.require("tokenizer.json")?;
        let tokenizer = Tokenizer::from_json(file.path(), &file.read(MAX_TEXT)?, &ends)?;
        let settings = json("tokenizer_config.json")?;
        let source = match files.get("chat_template.jinja") {
            Some(file) => Some(file.read_to_string(MAX_TEXT)?),
            None => json_template(&settings["chat_template"]),
        };
        let path = files.get("tokenizer_config.json").map_or(file.path(), File::path);
        let name = |key: &str| {
            let value = &settings[key];
            value.as_str().or_else(|| value["content"].as_str()).map(str::to_owned)
        };
        let eos = name("eos_token").or_else(|| tokenizer.bos_eos().1);
        let template = template(path, source.as_deref(), name("bos_token"), eos)?;
        Self::new(files.label(), network, tokenizer, template)
    }

    /// The model's name, for messages.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The network.
    pub fn network(&self) -> &Arc<Qwen3> {
        &self.network
    }

    /// The tokeniser.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The chat template, ChatML when the files have none.
    pub fn template(&self) -> &ChatTemplate {
        &self.template
    }

    /// The most tokens that the network was made for.
    pub fn context_length(&self) -> usize {
        self.network.config().context
    }

    /// Brings weights and working memory into place, so that the first answer is as fast as later
    /// ones.
    ///
    /// # Errors
    ///
    /// [`Error::Tensor`] when an operation fails.
    pub fn warm_up(&self) -> Result<()> {
        self.network.warm_up()
    }

    /// Where its sessions meet.
    pub(super) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Grammars over this model's tokens; made at the first call.
    pub(crate) fn grammars(&self) -> Result<&Grammars> {
        if let Some(grammars) = self.grammars.get() {
            return Ok(grammars);
        }
        let grammars = Grammars::new(self.tokenizer.clone())?;
        Ok(self.grammars.get_or_init(|| grammars))
    }

    /// Takes rows that stand for no token out of the choice.
    pub(crate) fn mask_unused(&self, logits: &mut Vec<f32>) {
        logits.truncate(self.tokenizer.len());
        for id in &self.unused {
            if let Some(logit) = logits.get_mut(*id as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
}

fn gguf_template(path: &Path, content: &Content, tokenizer: &Tokenizer) -> Result<ChatTemplate> {
    let source = match content.metadata.get("tokenizer.chat_template") {
        None => None,
        Some(Value::String(source)) => Some(source.as_str()),
        Some(_) => {
            let key = "`tokenizer.chat_template`";
            return Err(Error::file(path, key, "another type", "a string"));
        }
    };
    let (bos, eos) = tokenizer.bos_eos();
    template(path, source, bos, eos)
}

fn template(
    path: &Path,
    source: Option<&str>,
    bos: Option<String>,
    eos: Option<String>,
) -> Result<ChatTemplate> {
    let Some(source) = source else { return Ok(ChatTemplate::chatml()) };
    ChatTemplate::new(source, bos, eos)
        .map_err(|e| Error::file(path, "the chat template", e.to_string(), "a Jinja template"))
}

/// `eos_token_id`: a number or a list of them.
fn end_ids(value: &Json) -> Vec<u32> {
    let one = |value: &Json| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value.as_array() {
        Some(list) => list.iter().filter_map(one).collect(),
        None => one(value).into_iter().collect(),
    }
}

/// `chat_template`: a text, or a list of named ones of which `default` is for conversations.
fn json_template(value: &Json) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let named = value.as_array()?.iter().find(|entry| entry["name"] == "default")?;
    named["template"].as_str().map(str::to_owned)
}
