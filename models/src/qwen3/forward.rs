//! The forward pass: prefill in chunks, decoding of one or several sequences.

use candle_core::{Device, Tensor};

use super::attention::{Segment, attend};
use super::cache::PAGE;
use super::matrix::multiply;
use super::{Block, Config, KvCache, Qwen3, ops};
use crate::ops::pool;
use crate::{Error, Result};

/// Tokens of a prompt that go through the network at once: enough to reuse each weight well,
/// little enough to stay in the processor's caches and to notice a cancellation soon.
const CHUNK: usize = 256;
/// Rows that one task of an element-wise loop takes.
const ROWS: usize = 8;

/// Rotary positions: the angle of each frequency for one position.
pub(crate) struct Rope {
    /// `theta^(-2i/head_dim)` for i below half the head's width.
    frequencies: Vec<f32>,
}

impl Rope {
    pub(crate) fn new(config: &Config) -> Self {
        let dim = config.head_dim;
        // The reference computes the exponent, the power and the division in f32.
        let frequency = |i: usize| 1.0 / config.rope_theta.powf((2 * i) as f32 / dim as f32);
        Self { frequencies: (0..dim / 2).map(frequency).collect() }
    }

    /// Cosines then sines of each of `positions`, `[positions, head_dim]`.
    fn table(&self, positions: impl Iterator<Item = usize>) -> Vec<f32> {
        let mut table = Vec::new();
        for position in positions {
            let angle = |&frequency: &f32| position as f32 * frequency;
            table.extend(self.frequencies.iter().map(angle).map(f32::cos));
            table.extend(self.frequencies.iter().map(angle).map(f32::sin));
        }
        table
    }
}

/// Activations of a pass, allocated once for all blocks.
struct Buffers {
    hidden: Vec<f32>,
    normed: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    /// Cosines and sines of each row's position.
    rope: Vec<f32>,
}

impl Qwen3 {
    /// Appends `tokens` to the sequence in `cache` and returns the logits, `[vocab]`, of what
    /// follows the last of them.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when there is no token, one is not in the vocabulary, or they do not fit in
    /// the cache's limit; the cache is then unchanged. [`Error::Tensor`] when a product fails.
    pub fn forward(&self, tokens: &[u32], cache: &mut KvCache) -> Result<Vec<f32>> {
        self.forward_cancellable(tokens, cache, &|| false)
    }

    /// As [`Qwen3::forward`], and asks `cancelled` before each chunk of 256 tokens.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::forward`]; [`Error::Cancelled`] when `cancelled` said so. The chunks computed
    /// until then stay in the cache.
    pub fn forward_cancellable(
        &self,
        tokens: &[u32],
        cache: &mut KvCache,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>> {
        let mut last = Vec::new();
        self.prefill(tokens, cache, cancelled, &mut |hidden| {
            last.clear();
            last.extend_from_slice(&hidden[hidden.len() - self.config.hidden..]);
            Ok(())
        })?;
        self.logits(&last)
    }

    /// Appends `tokens` to the sequence in `cache` without asking what follows, and asks `cancelled`
    /// before each `step` of them.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::forward_cancellable`].
    pub fn read(
        &self,
        tokens: &[u32],
        cache: &mut KvCache,
        step: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<()> {
        for tokens in tokens.chunks(step.max(1)) {
            self.prefill(tokens, cache, cancelled, &mut |_| Ok(()))?;
        }
        Ok(())
    }

    /// Appends `tokens` to the sequence in `cache` and returns the logits of every position,
    /// `[tokens, vocab]`, for evaluation: their memory grows with both.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::forward`].
    pub fn forward_all(&self, tokens: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        let mut all = Vec::new();
        self.prefill(tokens, cache, &|| false, &mut |hidden| {
            all.extend(self.logits(hidden)?);
            Ok(())
        })?;
        Ok(Tensor::from_vec(all, (tokens.len(), self.config.vocab), &Device::Cpu)?)
    }

    /// Appends one token to each of several sequences in one pass, which reads the weights once for
    /// all of them; returns the logits, `[vocab]`, of each. The sequences may differ in length.
    ///
    /// # Errors
    ///
    /// As [`Qwen3::forward`], and [`Error::Input`] when there are not as many caches as tokens; no
    /// cache changes then.
    pub fn forward_batch(
        &self,
        tokens: &[u32],
        caches: &mut [&mut KvCache],
    ) -> Result<Vec<Vec<f32>>> {
        if tokens.len() != caches.len() {
            return Err(Error::Input(format!(
                "{} tokens for {} caches: one each is needed",
                tokens.len(),
                caches.len()
            )));
        }
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        for (token, cache) in tokens.iter().zip(caches.iter_mut()) {
            self.check(std::slice::from_ref(token), cache)?;
            cache.reserve(1)?;
        }
        let hidden = self.pass(tokens, caches, 1)?;
        let logits = self.logits(&hidden)?;
        Ok(logits.chunks_exact(self.config.vocab).map(<[f32]>::to_vec).collect())
    }

    /// Runs `tokens` through the blocks chunk by chunk and hands each chunk's last hidden states,
    /// `[chunk, hidden]`, to `take`.
    fn prefill(
        &self,
        tokens: &[u32],
        cache: &mut KvCache,
        cancelled: &dyn Fn() -> bool,
        take: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        if tokens.is_empty() {
            return Err(Error::Input("no token to continue from".into()));
        }
        self.check(tokens, cache)?;
        cache.reserve(tokens.len())?;
        for chunk in tokens.chunks(CHUNK) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            take(&self.pass(chunk, &mut [&mut *cache], chunk.len())?)?;
        }
        Ok(())
    }

    fn check(&self, tokens: &[u32], cache: &KvCache) -> Result<()> {
        let vocab = self.config.vocab;
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= vocab) {
            return Err(Error::Input(format!(
                "token {token} is outside the vocabulary of {vocab}"
            )));
        }
        if !cache.fits(&self.config) {
            return Err(Error::Input("the cache was made for another network".into()));
        }
        Ok(())
    }

    /// Final norm and output projection of `hidden`, `[rows, hidden]`; returns `[rows, vocab]`.
    fn logits(&self, hidden: &[f32]) -> Result<Vec<f32>> {
        let rows = hidden.len() / self.config.hidden;
        let mut normed = vec![0.0; hidden.len()];
        self.norm(hidden, &self.output_norm, &mut normed);
        let mut logits = vec![0.0; rows * self.config.vocab];
        let output = self.output.as_ref().unwrap_or(&self.embedding);
        multiply(&normed, rows, &mut [(output, &mut logits)])?;
        Ok(logits)
    }

    /// Runs `count` new tokens of each cache through all blocks and returns the last hidden states,
    /// `[tokens, hidden]`. The caches have room.
    fn pass(&self, tokens: &[u32], caches: &mut [&mut KvCache], count: usize) -> Result<Vec<f32>> {
        let mut buffers = self.start(tokens, caches, count)?;
        for (layer, block) in self.blocks.iter().enumerate() {
            self.project(layer, block, caches, count, &mut buffers)?;
            let segments = segments(layer, caches, count);
            attend(&self.config, &segments, &buffers.q, &mut buffers.attended);
            self.merge(block, &mut buffers)?;
            self.feed_forward(block, &mut buffers)?;
        }
        for (cache, tokens) in caches.iter_mut().zip(tokens.chunks_exact(count)) {
            cache.push(tokens);
        }
        Ok(buffers.hidden)
    }

    /// Looks up the embeddings and positions of the new tokens.
    fn start(&self, tokens: &[u32], caches: &[&mut KvCache], count: usize) -> Result<Buffers> {
        let config = &self.config;
        let rows = tokens.len();
        let (q_width, kv_width) =
            (config.heads * config.head_dim, config.kv_heads * config.head_dim);
        let positions = caches.iter().flat_map(|cache| cache.len()..cache.len() + count);
        let mut buffers = Buffers {
            hidden: vec![0.0; rows * config.hidden],
            normed: vec![0.0; rows * config.hidden],
            q: vec![0.0; rows * q_width],
            k: vec![0.0; rows * kv_width],
            v: vec![0.0; rows * kv_width],
            attended: vec![0.0; rows * q_width],
            gate: vec![0.0; rows * config.ffn],
            up: vec![0.0; rows * config.ffn],
            rope: self.rope.table(positions),
        };
        for (&token, row) in tokens.iter().zip(buffers.hidden.chunks_exact_mut(config.hidden)) {
            self.embedding.row(token as usize, row)?;
        }
        Ok(buffers)
    }

    /// Computes queries, keys and values, and stores the last two.
    fn project(
        &self,
        layer: usize,
        block: &Block,
        caches: &mut [&mut KvCache],
        count: usize,
        buffers: &mut Buffers,
    ) -> Result<()> {
        let config = &self.config;
        let dim = config.head_dim;
        let Buffers { hidden, normed, q, k, v, rope, .. } = buffers;
        let rows = hidden.len() / config.hidden;
        self.norm(hidden, &block.attn_norm, normed);
        multiply(normed, rows, &mut [(&block.q, q), (&block.k, k), (&block.v, v)])?;
        let rotate = |heads: &mut [f32], weight: &[f32], width: usize| {
            pool::chunks_mut(heads, ROWS * width, |task, piece| {
                for (row, heads) in piece.chunks_exact_mut(width).enumerate() {
                    let (cos, sin) = rope[(task * ROWS + row) * dim..][..dim].split_at(dim / 2);
                    for head in heads.chunks_exact_mut(dim) {
                        ops::norm_rope(head, weight, config.norm_eps, cos, sin);
                    }
                }
            });
        };
        rotate(q, &block.q_norm, config.heads * dim);
        rotate(k, &block.k_norm, config.kv_heads * dim);
        let width = config.kv_heads * dim;
        for (number, cache) in caches.iter_mut().enumerate() {
            let past = cache.len();
            let held = &mut cache.layers[layer];
            for (pages, from) in [(&mut held.keys, &*k), (&mut held.values, &*v)] {
                for position in past..past + count {
                    let row = number * count + position - past;
                    for head in 0..config.kv_heads {
                        let at = (head * PAGE + position % PAGE) * dim;
                        let from = &from[row * width + head * dim..][..dim];
                        pages[position / PAGE].store(at, from);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds what was attended to.
    fn merge(&self, block: &Block, buffers: &mut Buffers) -> Result<()> {
        let Buffers { hidden, normed, attended, .. } = buffers;
        let rows = hidden.len() / self.config.hidden;
        multiply(attended, rows, &mut [(&block.o, normed)])?;
        ops::add(hidden, normed);
        Ok(())
    }

    fn feed_forward(&self, block: &Block, buffers: &mut Buffers) -> Result<()> {
        let Buffers { hidden, normed, gate, up, .. } = buffers;
        let rows = hidden.len() / self.config.hidden;
        self.norm(hidden, &block.ffn_norm, normed);
        multiply(normed, rows, &mut [(&block.gate, gate), (&block.up, up)])?;
        pool::chunks_mut(gate, ROWS * self.config.ffn, |task, gate| {
            let start = task * ROWS * self.config.ffn;
            ops::swiglu(gate, &up[start..start + gate.len()]);
        });
        multiply(gate, rows, &mut [(&block.down, normed)])?;
        ops::add(hidden, normed);
        Ok(())
    }

    fn norm(&self, x: &[f32], weight: &[f32], out: &mut [f32]) {
        let width = self.config.hidden;
        pool::chunks_mut(out, ROWS * width, |task, out| {
            let x = &x[task * ROWS * width..];
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                ops::rms_norm(x, weight, self.config.norm_eps, out);
            }
        });
    }
}

/// Each sequence's part in a pass of `count` new positions each.
fn segments<'a>(layer: usize, caches: &'a [&mut KvCache], count: usize) -> Vec<Segment<'a>> {
    let segment = |(number, cache): (usize, &'a &mut KvCache)| {
        let first_row = number * count;
        Segment { cache: &cache.layers[layer], past: cache.len(), first_row, count }
    };
    caches.iter().enumerate().map(segment).collect()
}

#[cfg(test)]
mod tests;
