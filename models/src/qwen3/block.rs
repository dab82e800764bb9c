//! The weights of a transformer block, wherever they are held.

use super::Config;
use super::weights::{Part, Place};
use crate::Result;

/// One block: `M` holds a matrix, `V` the weights of a norm.
pub(crate) struct Block<M, V> {
    pub(crate) attn_norm: V,
    pub(crate) q: M,
    pub(crate) k: M,
    pub(crate) v: M,
    pub(crate) o: M,
    pub(crate) q_norm: V,
    pub(crate) k_norm: V,
    pub(crate) ffn_norm: V,
    pub(crate) gate: M,
    pub(crate) up: M,
    pub(crate) down: M,
}

impl<M, V> Block<M, V> {
    /// Reads all blocks of a network: `matrix` by place, rows and columns, `vector` by place and length.
    pub(crate) fn read_all(
        config: &Config,
        matrix: impl Fn(Place, usize, usize) -> Result<M>,
        vector: impl Fn(Place, usize) -> Result<V>,
    ) -> Result<Vec<Self>> {
        let Config { hidden, head_dim, ffn, .. } = *config;
        let (q_rows, kv_rows) = (config.heads * head_dim, config.kv_heads * head_dim);
        let block = |layer| {
            let at = |part| Place::Layer(layer, part);
            Ok(Self {
                attn_norm: vector(at(Part::AttnNorm), hidden)?,
                q: matrix(at(Part::Q), q_rows, hidden)?,
                k: matrix(at(Part::K), kv_rows, hidden)?,
                v: matrix(at(Part::V), kv_rows, hidden)?,
                o: matrix(at(Part::O), hidden, q_rows)?,
                q_norm: vector(at(Part::QNorm), head_dim)?,
                k_norm: vector(at(Part::KNorm), head_dim)?,
                ffn_norm: vector(at(Part::FfnNorm), hidden)?,
                gate: matrix(at(Part::Gate), ffn, hidden)?,
                up: matrix(at(Part::Up), ffn, hidden)?,
                down: matrix(at(Part::Down), hidden, ffn)?,
            })
        };
        (0..config.layers).map(block).collect()
    }
}
