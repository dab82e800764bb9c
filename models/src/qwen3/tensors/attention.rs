//! Causal attention with grouped queries, on a device.

use std::cell::RefCell;

use candle_core::{DType, Device, Tensor};
use candle_nn::ops::softmax_last_dim;

use crate::Result;
use crate::qwen3::Config;

/// Scores of queries with keys that are held at once: 128 MB in single precision.
const SCORES: usize = 1 << 25;

/// What the layers of a pass have in common.
pub(super) struct Attention<'a> {
    config: &'a Config,
    /// Scores that are held at once.
    most: usize,
    /// Masks that were made, by queries and positions.
    masks: RefCell<Vec<((usize, usize), Tensor)>>,
}

impl<'a> Attention<'a> {
    pub(super) fn new(config: &'a Config) -> Self {
        Self { config, most: SCORES, masks: RefCell::default() }
    }

    /// What the last positions of a sequence, with scaled queries `[count, heads, head_dim]`, attend
    /// to among all, `[kv_heads, total, head_dim]`: `[count, heads * head_dim]`, in single
    /// precision.
    pub(super) fn attend(&self, q: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
        let (count, total) = (q.dim(0)?, keys.dim(1)?);
        let step = (self.most / (self.config.heads * total)).clamp(1, count);
        let mut parts = Vec::new();
        for first in (0..count).step_by(step) {
            let rows = step.min(count - first);
            // What is after the last of these queries is seen by none of them.
            let seen = total - count + first + rows;
            let (keys, values) = (keys.narrow(1, 0, seen)?, values.narrow(1, 0, seen)?);
            parts.push(self.some(&q.narrow(0, first, rows)?, &keys, &values)?);
        }
        super::rows(&parts)
    }

    fn some(&self, q: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
        let Config { heads, kv_heads, head_dim, .. } = *self.config;
        let (rows, total, group) = (q.dim(0)?, keys.dim(1)?, heads / kv_heads);
        let dtype = q.dtype();
        // Heads that share keys become rows of one product.
        let q = q.reshape((rows, kv_heads, group, head_dim))?.permute((1, 2, 0, 3))?;
        let q = q.contiguous()?.reshape((kv_heads, group * rows, head_dim))?;
        let mut scores = q.matmul(&keys.t()?)?.to_dtype(DType::F32)?;
        if rows > 1 {
            let mask = self.mask(rows, total, scores.device())?;
            scores = scores.reshape((heads, rows, total))?.broadcast_add(&mask)?;
        }
        let weights = softmax_last_dim(&scores)?.to_dtype(dtype)?;
        let out = weights.reshape((kv_heads, group * rows, total))?.matmul(values)?;
        let out = out.reshape((kv_heads, group, rows, head_dim))?.permute((2, 0, 1, 3))?;
        Ok(out.contiguous()?.reshape((rows, heads * head_dim))?.to_dtype(DType::F32)?)
    }

    /// What keeps each of the last `rows` positions from those after it, `[rows, total]`.
    fn mask(&self, rows: usize, total: usize, device: &Device) -> Result<Tensor> {
        let mut masks = self.masks.borrow_mut();
        if let Some((_, mask)) = masks.iter().find(|(shape, _)| *shape == (rows, total)) {
            return Ok(mask.clone());
        }
        let past = total - rows;
        let row = |row: usize| {
            (0..total).map(move |at| if at > past + row { f32::NEG_INFINITY } else { 0.0 })
        };
        let mask: Vec<f32> = (0..rows).flat_map(row).collect();
        let mask = Tensor::from_vec(mask, (rows, total), device)?;
        masks.push(((rows, total), mask.clone()));
        Ok(mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qwen3::testing::noise;

    const CONFIG: Config = Config {
        vocab: 1,
        hidden: 1,
        layers: 1,
        heads: 6,
        kv_heads: 2,
        head_dim: 4,
        ffn: 1,
        norm_eps: 0.0,
        rope_theta: 1.0,
        context: 1,
        tied: true,
    };

    fn random(shape: (usize, usize, usize), seed: u64) -> (Vec<f32>, Tensor) {
        let values = noise(shape.0 * shape.1 * shape.2, seed);
        (values.clone(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
    }

    /// The definition, in double precision.
    fn expected(q: &[f32], keys: &[f32], values: &[f32], count: usize, total: usize) -> Vec<f64> {
        let Config { heads, kv_heads, head_dim: dim, .. } = CONFIG;
        let mut out = Vec::new();
        for (at, head) in (0..count).flat_map(|at| (0..heads).map(move |head| (at, head))) {
            let kv = head / (heads / kv_heads);
            let row = |of: &'_ [f32], position: usize| -> Vec<f64> {
                let from = (kv * total + position) * dim;
                of[from..from + dim].iter().map(|&x| f64::from(x)).collect()
            };
            let query = &q[(at * heads + head) * dim..][..dim];
            let weight = |position| {
                let key = row(keys, position);
                query.iter().zip(key).map(|(&q, k)| f64::from(q) * k).sum::<f64>().exp()
            };
            let weights: Vec<f64> = (0..=total - count + at).map(weight).collect();
            let sum: f64 = weights.iter().sum();
            for i in 0..dim {
                let part = |(position, weight): (usize, &f64)| weight * row(values, position)[i];
                out.push(weights.iter().enumerate().map(part).sum::<f64>() / sum);
            }
        }
        out
    }

    #[test]
    fn attention_equals_its_definition_however_little_is_held_at_once() {
        for (count, total) in [(1, 1), (1, 9), (5, 5), (4, 9)] {
            let (q, query) = random((count, CONFIG.heads, CONFIG.head_dim), 1);
            // Room for more positions than there are, as in a cache.
            let (keys, values) = (random((2, total, 4), 2), random((2, total, 4), 3));
            let roomy = |x: &Tensor| {
                let room = Tensor::ones((2, total + 3, 4), DType::F32, &Device::Cpu).unwrap();
                room.slice_set(x, 1, 0).unwrap();
                room.narrow(1, 0, total).unwrap()
            };
            let want = expected(&q, &keys.0, &values.0, count, total);
            for most in [1, 2 * CONFIG.heads * total, SCORES] {
                let attention = Attention { most, ..Attention::new(&CONFIG) };
                let got = attention.attend(&query, &roomy(&keys.1), &roomy(&values.1)).unwrap();
                assert_eq!(got.dims(), [count, CONFIG.heads * CONFIG.head_dim]);
                let got = got.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                for (got, want) in got.iter().zip(&want) {
                    assert!((f64::from(*got) - want).abs() < 1e-5, "{count} of {total}, {most}");
                }
            }
        }
    }
}
