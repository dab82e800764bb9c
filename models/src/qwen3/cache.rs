//! The keys and values of one sequence.

use half::f16;

use super::tensors::Held;
use super::{Config, Network, Qwen3};
use crate::{Error, Result};

/// Positions per page: memory grows by this much, and nothing is ever copied to grow.
pub(crate) const PAGE: usize = 256;

/// Element type of cached keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// Half precision, what quantised networks are used with.
    F16,
    /// Single precision, twice the memory.
    F32,
}

/// Keys or values of one layer over one page of positions, `[kv_head, PAGE, head_dim]`.
#[derive(Debug, Clone)]
pub(crate) enum Page {
    F16(Vec<f16>),
    F32(Vec<f32>),
}

impl Page {
    fn new(precision: Precision, len: usize) -> Self {
        match precision {
            Precision::F16 => Self::F16(vec![f16::ZERO; len]),
            Precision::F32 => Self::F32(vec![0.0; len]),
        }
    }

    /// Stores one head's vector; `at` counts elements.
    pub(crate) fn store(&mut self, at: usize, from: &[f32]) {
        match self {
            Self::F16(to) => super::ops::to_f16(from, &mut to[at..at + from.len()]),
            Self::F32(to) => to[at..at + from.len()].copy_from_slice(from),
        }
    }
}

/// The keys and values of one layer.
#[derive(Debug, Clone, Default)]
pub(crate) struct LayerCache {
    pub(crate) keys: Vec<Page>,
    pub(crate) values: Vec<Page>,
}

/// What attention needs to remember of one sequence: for each position so far, its token and every
/// layer's keys and values.
///
/// Memory grows in steps of 256 positions, and doubles on a device. A cache belongs to the network it
/// was made for.
#[derive(Debug, Clone)]
pub struct KvCache {
    /// On the processor; empty on a device.
    pub(crate) layers: Vec<LayerCache>,
    /// On a device.
    held: Option<Held>,
    tokens: Vec<u32>,
    max_tokens: usize,
    precision: Precision,
    /// Elements of a page.
    page_len: usize,
}

impl KvCache {
    /// Makes an empty cache for at most `max_tokens` positions, or the network's context length if
    /// that is less. On the processor it is in half precision unless the network's weights are in
    /// single precision; on a device it is in what the network computes in.
    pub fn new(model: &Qwen3, max_tokens: usize) -> Self {
        let config = model.config();
        match &model.network {
            Network::Kernels(network) => {
                Self::with_precision(config, max_tokens, network.cache_precision())
            }
            Network::Tensors(network) => Self {
                layers: Vec::new(),
                held: Some(network.held()),
                ..Self::with_precision(config, max_tokens, Precision::F16)
            },
        }
    }

    /// Makes an empty cache with elements of the given type, for a network on the processor.
    pub fn with_precision(config: &Config, max_tokens: usize, precision: Precision) -> Self {
        Self {
            layers: vec![LayerCache::default(); config.layers],
            held: None,
            tokens: Vec::new(),
            max_tokens: max_tokens.min(config.context),
            precision,
            page_len: config.kv_heads * PAGE * config.head_dim,
        }
    }

    /// One of the same shape that holds nothing.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            layers: vec![LayerCache::default(); self.layers.len()],
            held: self.held.as_ref().map(Held::emptied),
            tokens: Vec::new(),
            ..*self
        }
    }

    /// The number of positions held.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no position is held.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The most positions this cache may hold.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The tokens whose keys and values are held, oldest first.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many of `tokens`, from the first, are already held: the part of a new prompt that need
    /// not be computed again after [`KvCache::truncate`] to this length.
    pub fn shared_prefix(&self, tokens: &[u32]) -> usize {
        self.tokens.iter().zip(tokens).take_while(|(held, new)| held == new).count()
    }

    /// Forgets all positions from `len` on; does nothing when fewer are held.
    pub fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
    }

    /// Forgets everything and gives the memory back.
    pub fn clear(&mut self) {
        self.tokens.clear();
        for layer in &mut self.layers {
            *layer = LayerCache::default();
        }
        self.held = self.held.as_ref().map(Held::emptied);
    }

    /// Bytes of keys and values allocated.
    pub fn memory(&self) -> usize {
        let element = match self.precision {
            Precision::F16 => 2,
            Precision::F32 => 4,
        };
        let pages: usize = self.layers.iter().map(|l| l.keys.len() + l.values.len()).sum();
        pages * self.page_len * element + self.held.as_ref().map_or(0, Held::memory)
    }

    /// Bytes that a cache of half precision has allocated once it holds `tokens` positions.
    pub fn bytes(config: &Config, tokens: usize) -> u64 {
        let page = config.kv_heads * PAGE * config.head_dim * size_of::<f16>();
        (config.layers * 2 * tokens.div_ceil(PAGE) * page) as u64
    }

    /// Whether the cache has the shape of this network's, and is where it is.
    pub(crate) fn fits(&self, model: &Qwen3) -> bool {
        let config = model.config();
        let there = match (&model.network, &self.held) {
            (Network::Kernels(_), None) => self.layers.len() == config.layers,
            (Network::Tensors(network), Some(held)) => network.fits(held),
            (Network::Kernels(_), Some(_)) | (Network::Tensors(_), None) => false,
        };
        there
            && self.page_len == config.kv_heads * PAGE * config.head_dim
            && self.max_tokens <= config.context
    }

    /// Its part on the device.
    pub(crate) fn held(&mut self) -> Option<&mut Held> {
        self.held.as_mut()
    }

    /// Makes room for `count` more positions.
    pub(crate) fn reserve(&mut self, count: usize) -> Result<()> {
        let need = self.len().saturating_add(count);
        if need > self.max_tokens {
            return Err(Error::Input(format!(
                "{need} tokens do not fit in a context of {}",
                self.max_tokens
            )));
        }
        if let Some(held) = &mut self.held {
            return held.reserve(need, self.tokens.len(), self.max_tokens);
        }
        let pages = need.div_ceil(PAGE);
        for layer in &mut self.layers {
            for side in [&mut layer.keys, &mut layer.values] {
                while side.len() < pages {
                    side.push(Page::new(self.precision, self.page_len));
                }
            }
        }
        Ok(())
    }

    /// Counts positions whose keys and values have been stored.
    pub(crate) fn push(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
    }
}
