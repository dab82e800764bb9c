//! The network on a device, as candle's tensors.
//!
//! Between blocks everything is in single precision: the residual stream grows beyond what half
//! precision can hold. Products with plain weights, keys, values and attention are in the type of
//! the [`Target`]; block-quantised weights are multiplied as the device does it. A pass over several
//! sequences multiplies all their rows at once, and attends for one sequence after the other.

mod attention;
mod held;
mod weight;

use candle_core::{DType, Device, Tensor};
use candle_nn::ops::{rms_norm, silu};
use candle_nn::rotary_emb::rope_thd;

use self::attention::Attention;
pub(crate) use self::held::Held;
use self::weight::Weight;
use super::rope::Rope;
use super::weights::{Place, Raw, Source};
use super::{Config, KvCache, Want, matrix};
use crate::{Error, Result};

/// Where the tensors are and what they are.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) device: Device,
    pub(crate) dtype: DType,
}

/// The weights, on a device.
pub(crate) struct TensorNetwork {
    config: Config,
    target: Target,
    /// Rows are read from the file: a token needs one.
    embedding: Raw,
    blocks: Vec<Block>,
    output_norm: Tensor,
    output: Weight,
    rope: Rope,
}

/// The weights of one transformer block; norms in single precision.
type Block = super::block::Block<Weight, Tensor>;

/// What the blocks of one pass have in common.
struct Pass<'a> {
    attention: Attention<'a>,
    /// New positions of each sequence.
    count: usize,
    /// Cosines and sines of each row's position, `[rows, head_dim / 2]`.
    cos: Tensor,
    sin: Tensor,
}

impl TensorNetwork {
    /// Reads the weights of a network of these sizes and brings them to the device.
    pub(crate) fn load(config: &Config, source: &Source, target: Target) -> Result<Self> {
        let matrix = |place, rows, cols| Weight::load(source.tensor(place)?, rows, cols, &target);
        let vector = |place, len| -> Result<Tensor> {
            let values = source.tensor(place)?.shaped(&[len])?.floats()?;
            Ok(Tensor::from_vec(values, len, &target.device)?)
        };
        let hidden = config.hidden;
        let embedding = source.tensor(Place::Embedding)?.shaped(&[config.vocab, hidden])?;
        let embedding = matrix::supported(embedding)?;
        let blocks = Block::read_all(config, matrix, vector)?;
        let output = if config.tied { Place::Embedding } else { Place::Output };
        let output = matrix(output, config.vocab, hidden)?;
        let output_norm = vector(Place::OutputNorm, hidden)?;
        // Files are not needed once their contents have arrived.
        target.device.synchronize()?;
        let (config, rope) = (config.clone(), Rope::new(config));
        Ok(Self { config, target, embedding, blocks, output_norm, output, rope })
    }

    /// An empty cache's part on the device.
    pub(crate) fn held(&self) -> Held {
        Held::new(&self.config, &self.target)
    }

    /// Whether a cache's part on the device is for this network.
    pub(crate) fn fits(&self, held: &Held) -> bool {
        held.is_for(&self.config, &self.target)
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
        let positions = caches.iter().flat_map(|cache| cache.len()..cache.len() + count);
        let angles = |f: fn(f32) -> f32| -> Result<Tensor> {
            let table: Vec<f32> =
                positions.clone().flat_map(|position| self.rope.angles(position).map(f)).collect();
            let shape = (tokens.len(), self.config.head_dim / 2);
            Ok(Tensor::from_vec(table, shape, &self.target.device)?)
        };
        let (cos, sin) = (angles(f32::cos)?, angles(f32::sin)?);
        let pass = Pass { attention: Attention::new(&self.config), count, cos, sin };
        let mut hidden = self.embed(tokens)?;
        for (layer, block) in self.blocks.iter().enumerate() {
            hidden = (&hidden + self.attention(layer, block, &hidden, caches, &pass)?)?;
            hidden = (&hidden + self.feed_forward(block, &hidden)?)?;
        }
        for (cache, tokens) in caches.iter_mut().zip(tokens.chunks_exact(count)) {
            cache.push(tokens);
        }
        let rows = match want {
            Want::Nothing => {
                // Whoever cancels waits for one pass, not for all that were begun.
                self.target.device.synchronize()?;
                return Ok(Vec::new());
            }
            Want::Last => hidden.narrow(0, tokens.len() - 1, 1)?,
            Want::All => hidden,
        };
        let logits = self.output.product(&self.norm(&rows, &self.output_norm)?)?;
        Ok(logits.flatten_all()?.to_vec1()?)
    }

    /// The embeddings of the tokens, `[tokens, hidden]`.
    fn embed(&self, tokens: &[u32]) -> Result<Tensor> {
        let width = self.config.hidden;
        let mut rows = vec![0.0; tokens.len() * width];
        for (&token, row) in tokens.iter().zip(rows.chunks_exact_mut(width)) {
            matrix::row(&self.embedding, self.config.vocab, token as usize, row)?;
        }
        Ok(Tensor::from_vec(rows, (tokens.len(), width), &self.target.device)?)
    }

    fn norm(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        Ok(rms_norm(&x.contiguous()?, weight, self.config.norm_eps)?)
    }

    /// What the new positions attend to, `[rows, hidden]`; their keys and values are stored.
    fn attention(
        &self,
        layer: usize,
        block: &Block,
        hidden: &Tensor,
        caches: &mut [&mut KvCache],
        pass: &Pass<'_>,
    ) -> Result<Tensor> {
        let config = &self.config;
        let count = hidden.dim(0)?;
        let x = self.norm(hidden, &block.attn_norm)?;
        let heads = |x: Tensor, heads: usize| x.reshape((1, count, heads, config.head_dim));
        let rotated = |x: Tensor, count: usize, norm: &Tensor| -> Result<Tensor> {
            let x = self.norm(&heads(x, count)?, norm)?;
            Ok(rope_thd(&x, &pass.cos, &pass.sin)?.squeeze(0)?)
        };
        let q = rotated(block.q.product(&x)?, config.heads, &block.q_norm)?;
        // Scaled before half precision rounds it.
        let q = (q * (1.0 / (config.head_dim as f64).sqrt()))?.to_dtype(self.target.dtype)?;
        let k = rotated(block.k.product(&x)?, config.kv_heads, &block.k_norm)?;
        let v = heads(block.v.product(&x)?, config.kv_heads)?.squeeze(0)?;
        let mut attended = Vec::with_capacity(caches.len());
        for (number, cache) in caches.iter_mut().enumerate() {
            let past = cache.len();
            let part = |x: &Tensor| x.narrow(0, number * pass.count, pass.count);
            let stored = |x: &Tensor| part(x)?.transpose(0, 1)?.to_dtype(self.target.dtype);
            let held = cache.held().ok_or_else(another)?;
            held.store(layer, past, &stored(&k)?.contiguous()?, &stored(&v)?.contiguous()?)?;
            let (keys, values) = held.layer(layer, past + pass.count)?;
            attended.push(pass.attention.attend(&part(&q)?, &keys, &values)?);
        }
        block.o.product(&rows(&attended)?)
    }

    fn feed_forward(&self, block: &Block, hidden: &Tensor) -> Result<Tensor> {
        let x = self.norm(hidden, &block.ffn_norm)?;
        let gate = silu(&block.gate.product(&x)?)?;
        block.down.product_of_any(&(gate * block.up.product(&x)?)?)
    }
}

/// Rows one below the other.
fn rows(parts: &[Tensor]) -> Result<Tensor> {
    match parts {
        [one] => Ok(one.clone()),
        many => Ok(Tensor::cat(many, 0)?),
    }
}

/// A cache that was made elsewhere; callers have checked that it was not.
fn another() -> Error {
    Error::Input("the cache was made for another network".into())
}
