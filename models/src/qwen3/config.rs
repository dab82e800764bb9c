//! The shape of a Qwen3 network, from a GGUF header or a `config.json`.

use std::path::Path;

use candle_core::quantized::gguf_file::Value;
use serde::Deserialize;

use crate::files::gguf::Gguf;
use crate::{Error, Result};

/// Upper bound of every size in a file, far above any published Qwen3 and far below overflow.
const MAX_SIZE: usize = 1 << 24;

/// Sizes and constants of a Qwen3 network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Number of token ids, the length of a logits row.
    pub vocab: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of transformer blocks.
    pub layers: usize,
    /// Number of query heads.
    pub heads: usize,
    /// Number of key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    /// Width of the feed-forward layer.
    pub ffn: usize,
    /// The epsilon of every RMS norm.
    pub norm_eps: f32,
    /// Base of the rotary position frequencies.
    pub rope_theta: f32,
    /// The most positions the network was made for.
    pub context: usize,
    /// Whether the output projection is the embedding matrix.
    pub tied: bool,
}

impl Config {
    /// Reads the `qwen3.*` keys of a GGUF header.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the architecture is another one, a key is missing or of the wrong
    /// type, or a size makes no sense.
    pub fn from_gguf(gguf: &Gguf) -> Result<Self> {
        let keys = Keys { gguf };
        let architecture = keys.string("general.architecture")?;
        if architecture != "qwen3" {
            return Err(keys.fault("general.architecture", format!("`{architecture}`"), "`qwen3`"));
        }
        if let Some(kind) = keys.optional_string("qwen3.rope.scaling.type")?
            && kind != "none"
        {
            return Err(keys.fault("qwen3.rope.scaling.type", format!("`{kind}`"), "`none`"));
        }
        let heads = keys.size("qwen3.attention.head_count")?;
        let hidden = keys.size("qwen3.embedding_length")?;
        let infos = &gguf.content().tensor_infos;
        let vocab = infos.get("token_embd.weight").and_then(|info| info.shape.dims().first());
        let config = Self {
            vocab: vocab.copied().unwrap_or(0),
            hidden,
            layers: keys.size("qwen3.block_count")?,
            heads,
            kv_heads: keys.optional_size("qwen3.attention.head_count_kv")?.unwrap_or(heads),
            head_dim: keys
                .optional_size("qwen3.attention.key_length")?
                .unwrap_or(hidden / heads.max(1)),
            ffn: keys.size("qwen3.feed_forward_length")?,
            norm_eps: keys.float("qwen3.attention.layer_norm_rms_epsilon")?,
            rope_theta: keys.optional_float("qwen3.rope.freq_base")?.unwrap_or(10_000.0),
            context: keys.size("qwen3.context_length")?,
            tied: !infos.contains_key("output.weight"),
        };
        config.check(gguf.path())
    }

    /// Reads a Hugging Face `config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the text is not such a file, is of another architecture, or asks for
    /// something this network does not have (rope scaling, sliding windows, biases).
    pub fn from_json(path: &Path, text: &[u8]) -> Result<Self> {
        let raw: RawConfig = serde_json::from_slice(text).map_err(|error| {
            Error::file(path, "the configuration", error.to_string(), "a Qwen3 `config.json`")
        })?;
        let fault = |key: &str, found: String, expected: &str| {
            Err(Error::file(path, format!("key `{key}`"), found, expected))
        };
        if raw.model_type != "qwen3" {
            return fault("model_type", format!("`{}`", raw.model_type), "`qwen3`");
        }
        if raw.hidden_act != "silu" {
            return fault("hidden_act", format!("`{}`", raw.hidden_act), "`silu`");
        }
        if raw.attention_bias {
            return fault("attention_bias", "true".into(), "false");
        }
        if raw.use_sliding_window {
            return fault("use_sliding_window", "true".into(), "false");
        }
        let rope = raw.rope_parameters.or(raw.rope_scaling).unwrap_or_default();
        if let Some(kind) = rope.rope_type.or(rope.kind)
            && kind != "default"
        {
            return fault("rope_parameters.rope_type", format!("`{kind}`"), "`default`");
        }
        let config = Self {
            vocab: raw.vocab_size,
            hidden: raw.hidden_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            kv_heads: raw.num_key_value_heads.unwrap_or(raw.num_attention_heads),
            head_dim: raw.head_dim.unwrap_or(128),
            ffn: raw.intermediate_size,
            norm_eps: raw.rms_norm_eps,
            rope_theta: rope.rope_theta.or(raw.rope_theta).unwrap_or(10_000.0),
            context: raw.max_position_embeddings,
            tied: raw.tie_word_embeddings,
        };
        config.check(path)
    }

    /// Refuses sizes that cannot be a network.
    fn check(self, path: &Path) -> Result<Self> {
        let sizes = [
            ("vocabulary size", self.vocab),
            ("hidden size", self.hidden),
            ("layer count", self.layers),
            ("head count", self.heads),
            ("key-value head count", self.kv_heads),
            ("head width", self.head_dim),
            ("feed-forward size", self.ffn),
            ("context length", self.context),
        ];
        for (what, size) in sizes {
            if size == 0 || size > MAX_SIZE {
                let expected = format!("1 to {MAX_SIZE}");
                return Err(Error::file(path, what, size.to_string(), expected));
            }
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(Error::file(
                path,
                "key-value head count",
                self.kv_heads.to_string(),
                format!("a divisor of the head count {}", self.heads),
            ));
        }
        if !self.head_dim.is_multiple_of(2) || self.head_dim > 1024 {
            return Err(Error::file(
                path,
                "head width",
                self.head_dim.to_string(),
                "an even number up to 1024",
            ));
        }
        let floats =
            [("RMS norm epsilon", self.norm_eps), ("rotary frequency base", self.rope_theta)];
        for (what, value) in floats {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::file(path, what, value.to_string(), "a positive number"));
            }
        }
        Ok(self)
    }
}

/// The fields of `config.json` that matter, as written.
#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    rms_norm_eps: f32,
    rope_theta: Option<f32>,
    /// transformers 5 keeps the rotary constants here.
    rope_parameters: Option<RawRope>,
    rope_scaling: Option<RawRope>,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    use_sliding_window: bool,
    #[serde(default = "silu")]
    hidden_act: String,
}

#[derive(Deserialize, Default)]
struct RawRope {
    rope_theta: Option<f32>,
    rope_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

fn silu() -> String {
    "silu".into()
}

/// Typed access to GGUF metadata.
struct Keys<'a> {
    gguf: &'a Gguf,
}

impl Keys<'_> {
    fn fault(&self, key: &str, found: impl Into<String>, expected: &str) -> Error {
        Error::file(self.gguf.path(), format!("key `{key}`"), found, expected)
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.gguf.content().metadata.get(key)
    }

    fn string(&self, key: &str) -> Result<&str> {
        self.optional_string(key)?.ok_or_else(|| self.fault(key, "nothing", "a string"))
    }

    fn optional_string(&self, key: &str) -> Result<Option<&str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.fault(key, kind(other), "a string")),
        }
    }

    fn size(&self, key: &str) -> Result<usize> {
        self.optional_size(key)?.ok_or_else(|| self.fault(key, "nothing", "an integer"))
    }

    fn optional_size(&self, key: &str) -> Result<Option<usize>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let size = if let &Value::U32(v) = value {
            u64::from(v)
        } else if let &Value::U64(v) = value {
            v
        } else if let &Value::I32(v) = value {
            u64::try_from(v).unwrap_or(u64::MAX)
        } else {
            return Err(self.fault(key, kind(value), "an integer"));
        };
        Ok(Some(usize::try_from(size).unwrap_or(usize::MAX)))
    }

    fn float(&self, key: &str) -> Result<f32> {
        self.optional_float(key)?.ok_or_else(|| self.fault(key, "nothing", "a number"))
    }

    fn optional_float(&self, key: &str) -> Result<Option<f32>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(v)) => Ok(Some(*v)),
            Some(other) => Err(self.fault(key, kind(other), "a 32-bit float")),
        }
    }
}

/// A value's type for a message; the value itself may be a whole vocabulary.
fn kind(value: &Value) -> String {
    format!("a value of type {:?}", value.value_type())
}
