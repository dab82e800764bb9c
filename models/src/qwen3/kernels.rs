//! The network on the processor, with kernels of this crate.

use super::attention::{Segment, attend};
use super::cache::PAGE;
use super::matrix::{Matrix, multiply};
use super::rope::Rope;
use super::weights::{Place, Source};
use super::{Config, KvCache, Precision, Want, ops};
use crate::Result;
use crate::ops::pool;

/// Rows that one task of an element-wise loop takes.
const ROWS: usize = 8;

/// The weights as they lie in their files or rearranged for the processor.
pub(crate) struct Kernels {
    config: Config,
    embedding: Matrix,
    /// `None` when the embedding matrix serves.
    output: Option<Matrix>,
    output_norm: Vec<f32>,
    blocks: Vec<Block>,
    rope: Rope,
}

/// The weights of one transformer block.
type Block = super::block::Block<Matrix, Vec<f32>>;

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

impl Kernels {
    /// Reads the weights of a network of these sizes.
    pub(crate) fn load(config: &Config, source: &Source) -> Result<Self> {
        let matrix = |place, rows, cols| Matrix::new(source.tensor(place)?, rows, cols);
        let vector = |place, len| source.tensor(place)?.shaped(&[len])?.floats();
        let hidden = config.hidden;
        let embedding = matrix(Place::Embedding, config.vocab, hidden)?;
        let blocks = Block::read_all(config, matrix, vector)?;
        let output =
            if config.tied { None } else { Some(matrix(Place::Output, config.vocab, hidden)?) };
        let output_norm = vector(Place::OutputNorm, hidden)?;
        let rope = Rope::new(config);
        Ok(Self { config: config.clone(), embedding, output, output_norm, blocks, rope })
    }

    /// The element type a cache has unless told otherwise.
    pub(crate) fn cache_precision(&self) -> Precision {
        let exact = self.blocks.first().is_some_and(|block| block.k.is_f32() && block.v.is_f32());
        if exact { Precision::F32 } else { Precision::F16 }
    }

    /// Runs `count` new tokens of each cache through all blocks and returns the logits that are
    /// wanted. The caches have room.
    pub(crate) fn pass(
        &self,
        tokens: &[u32],
        caches: &mut [&mut KvCache],
        count: usize,
        want: Want,
    ) -> Result<Vec<f32>> {
        let hidden = self.blocks(tokens, caches, count)?;
        match want {
            Want::Nothing => Ok(Vec::new()),
            Want::Last => self.logits(&hidden[hidden.len() - self.config.hidden..]),
            Want::All => self.logits(&hidden),
        }
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
    /// `[tokens, hidden]`.
    fn blocks(
        &self,
        tokens: &[u32],
        caches: &mut [&mut KvCache],
        count: usize,
    ) -> Result<Vec<f32>> {
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
