//! `config.json`, checked.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::{Error, Result};

/// The widest layer and the longest list that is believed.
const WIDEST: usize = 65_536;

/// `config.json` as it is written; what is not used is not read.
#[derive(Deserialize)]
struct Raw {
    istftnet: RawGenerator,
    hidden_dim: usize,
    style_dim: usize,
    n_layer: usize,
    n_token: usize,
    max_dur: usize,
    text_encoder_kernel_size: usize,
    plbert: RawAlbert,
    vocab: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct RawGenerator {
    upsample_kernel_sizes: Vec<usize>,
    upsample_rates: Vec<usize>,
    gen_istft_hop_size: usize,
    gen_istft_n_fft: usize,
    resblock_dilation_sizes: Vec<Vec<usize>>,
    resblock_kernel_sizes: Vec<usize>,
    upsample_initial_channel: usize,
}

#[derive(Deserialize)]
struct RawAlbert {
    hidden_size: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    num_hidden_layers: usize,
    /// Absent from what is published, which has the default of the format.
    #[serde(default = "RawAlbert::embedding_size")]
    embedding_size: usize,
}

impl RawAlbert {
    fn embedding_size() -> usize {
        128
    }
}

/// The sizes of a network.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) hidden: usize,
    /// Half of a voice's row: one half styles the sound, the other the timing and the melody.
    pub(super) style: usize,
    pub(super) layers: usize,
    pub(super) tokens: usize,
    /// The longest that a token may last, in units of 25 ms.
    pub(super) longest: usize,
    pub(super) text_kernel: usize,
    pub(super) albert: AlbertConfig,
    pub(super) generator: GeneratorConfig,
    pub(super) vocabulary: HashMap<char, u32>,
}

#[derive(Clone, Debug)]
pub(super) struct AlbertConfig {
    pub(super) hidden: usize,
    pub(super) heads: usize,
    pub(super) inner: usize,
    pub(super) positions: usize,
    pub(super) layers: usize,
    pub(super) embedding: usize,
}

#[derive(Clone, Debug)]
pub(super) struct GeneratorConfig {
    /// Rate and kernel of each step that raises the rate.
    pub(super) ups: Vec<(usize, usize)>,
    /// Kernel and dilations of each block after a step.
    pub(super) blocks: Vec<(usize, [usize; 3])>,
    /// Channels before the first step; each step halves them.
    pub(super) channels: usize,
    pub(super) fft: usize,
    pub(super) hop: usize,
}

impl GeneratorConfig {
    /// Samples for each value of the melody.
    pub(super) fn scale(&self) -> usize {
        self.hop * self.ups.iter().map(|(rate, _)| rate).product::<usize>()
    }
}

impl Config {
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let raw: Raw = serde_json::from_slice(bytes).map_err(|e| {
            Error::file(path, "the text", e.to_string(), "the `config.json` of a Kokoro model")
        })?;
        raw.check().map_err(|(key, found, expected)| {
            Error::file(path, format!("`{key}`"), found, expected)
        })
    }
}

/// The key at fault, what it says, and what would have been accepted.
type Fault = (&'static str, String, String);

/// A number that must lie in a range.
fn within(key: &'static str, n: usize, least: usize, most: usize) -> Result<usize, Fault> {
    if (least..=most).contains(&n) {
        return Ok(n);
    }
    Err((key, format!("`{n}`"), format!("a whole number from {least} to {most}")))
}

fn even(key: &'static str, n: usize) -> Result<usize, Fault> {
    if within(key, n, 2, WIDEST)?.is_multiple_of(2) {
        return Ok(n);
    }
    Err((key, format!("`{n}`"), "an even number".into()))
}

fn odd(key: &'static str, n: usize) -> Result<usize, Fault> {
    if !within(key, n, 1, 255)?.is_multiple_of(2) {
        return Ok(n);
    }
    Err((key, format!("`{n}`"), "an odd number".into()))
}

impl Raw {
    fn check(self) -> Result<Config, Fault> {
        let size = |key, n| within(key, n, 1, WIDEST);
        let tokens = size("n_token", self.n_token)?;
        let mut vocabulary = HashMap::new();
        for (symbol, id) in &self.vocab {
            if *id as usize >= tokens {
                let expected = format!("token ids below {tokens}");
                return Err(("vocab", format!("`{id}`"), expected));
            }
            // The reference looks up single characters, so longer keys are never met.
            let mut characters = symbol.chars();
            if let (Some(symbol), None) = (characters.next(), characters.next()) {
                vocabulary.insert(symbol, *id);
            }
        }
        Ok(Config {
            hidden: even("hidden_dim", self.hidden_dim)?,
            style: size("style_dim", self.style_dim)?,
            layers: within("n_layer", self.n_layer, 1, 256)?,
            tokens,
            longest: within("max_dur", self.max_dur, 1, 1000)?,
            text_kernel: odd("text_encoder_kernel_size", self.text_encoder_kernel_size)?,
            albert: self.plbert.check()?,
            generator: self.istftnet.check()?,
            vocabulary,
        })
    }
}

impl RawAlbert {
    fn check(self) -> Result<AlbertConfig, Fault> {
        let size = |key, n| within(key, n, 1, WIDEST);
        let hidden = size("plbert.hidden_size", self.hidden_size)?;
        let heads = size("plbert.num_attention_heads", self.num_attention_heads)?;
        if !hidden.is_multiple_of(heads) {
            let expected = format!("a divisor of {hidden}");
            return Err(("plbert.num_attention_heads", format!("`{heads}`"), expected));
        }
        let positions = self.max_position_embeddings;
        Ok(AlbertConfig {
            hidden,
            heads,
            inner: size("plbert.intermediate_size", self.intermediate_size)?,
            positions: within("plbert.max_position_embeddings", positions, 3, WIDEST)?,
            layers: within("plbert.num_hidden_layers", self.num_hidden_layers, 1, 256)?,
            embedding: size("plbert.embedding_size", self.embedding_size)?,
        })
    }
}

impl RawGenerator {
    fn check(self) -> Result<GeneratorConfig, Fault> {
        let count = within("istftnet.upsample_rates", self.upsample_rates.len(), 1, 8)?;
        let lists = |key, found: usize, expected: usize| {
            let texts = (format!("a list of {found}"), format!("a list of {expected}"));
            if found == expected { Ok(()) } else { Err((key, texts.0, texts.1)) }
        };
        lists("istftnet.upsample_kernel_sizes", self.upsample_kernel_sizes.len(), count)?;
        let mut ups = Vec::new();
        for (rate, kernel) in self.upsample_rates.into_iter().zip(self.upsample_kernel_sizes) {
            within("istftnet.upsample_rates", rate, 1, 64)?;
            within("istftnet.upsample_kernel_sizes", kernel, rate, 1024)?;
            if !(kernel - rate).is_multiple_of(2) {
                let expected = format!("{rate} or an even number more");
                return Err(("istftnet.upsample_kernel_sizes", format!("`{kernel}`"), expected));
            }
            ups.push((rate, kernel));
        }
        let kernels =
            within("istftnet.resblock_kernel_sizes", self.resblock_kernel_sizes.len(), 1, 16)?;
        let key = "istftnet.resblock_dilation_sizes";
        lists(key, self.resblock_dilation_sizes.len(), kernels)?;
        let mut blocks = Vec::new();
        for (kernel, dilations) in
            self.resblock_kernel_sizes.into_iter().zip(self.resblock_dilation_sizes)
        {
            odd("istftnet.resblock_kernel_sizes", kernel)?;
            let found = dilations.len();
            let dilations: [usize; 3] = dilations
                .try_into()
                .map_err(|_| (key, format!("a list of {found}"), "lists of 3".to_string()))?;
            for dilation in dilations {
                within(key, dilation, 1, 64)?;
            }
            blocks.push((kernel, dilations));
        }
        let channels = self.upsample_initial_channel;
        if !within("istftnet.upsample_initial_channel", channels, 1 << count, WIDEST)?
            .is_multiple_of(1 << count)
        {
            let expected = format!("a multiple of {}", 1 << count);
            return Err(("istftnet.upsample_initial_channel", format!("`{channels}`"), expected));
        }
        let fft = even(
            "istftnet.gen_istft_n_fft",
            within("istftnet.gen_istft_n_fft", self.gen_istft_n_fft, 4, 4096)?,
        )?;
        // With less overlap the windows leave moments that nothing can be divided by.
        let hop = within("istftnet.gen_istft_hop_size", self.gen_istft_hop_size, 1, fft / 2)?;
        let config = GeneratorConfig { ups, blocks, channels, fft, hop };
        within("istftnet.upsample_rates", config.scale(), 3, 1 << 16)?;
        Ok(config)
    }
}
