//! The audio encoder: two convolutions and a stack of pre-norm transformer layers.

use rayon::prelude::*;

use super::config::Config;
use super::kernels;
use super::matrix::{View, Wide, matmul, transpose};
use super::network::{Wanted, check_frames};
use super::weights::Tensors;
use crate::Result;

/// Scale and shift of a layer normalisation.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Norm {
    pub(super) fn load(tensors: &Tensors, name: &str, width: usize) -> Result<Self> {
        Ok(Self {
            weight: tensors.values(&format!("{name}.weight"), &[width])?,
            bias: tensors.values(&format!("{name}.bias"), &[width])?,
        })
    }
}

struct Layer {
    attention_norm: Norm,
    query: Wide,
    key: Wide,
    value: Wide,
    output: Wide,
    mlp_norm: Norm,
    up: Wide,
    down: Wide,
}

impl Layer {
    fn load(tensors: &Tensors, name: &str, config: &Config) -> Result<Self> {
        let (d, hidden) = (config.width, config.encoder_hidden);
        let linear = |part: &str, rows, columns, bias| {
            tensors.wide(&format!("{name}.{part}"), rows, columns, bias)
        };
        Ok(Self {
            attention_norm: Norm::load(tensors, &format!("{name}.self_attn_layer_norm"), d)?,
            query: linear("self_attn.q_proj", d, d, true)?,
            key: linear("self_attn.k_proj", d, d, false)?,
            value: linear("self_attn.v_proj", d, d, true)?,
            output: linear("self_attn.out_proj", d, d, true)?,
            mlp_norm: Norm::load(tensors, &format!("{name}.final_layer_norm"), d)?,
            up: linear("fc1", hidden, d, true)?,
            down: linear("fc2", d, hidden, true)?,
        })
    }
}

/// The encoder's weights.
pub(super) struct Encoder {
    mels: usize,
    width: usize,
    heads: usize,
    /// Inputs ordered by frame, then band.
    conv1: Wide,
    /// Inputs ordered by frame, then channel.
    conv2: Wide,
    positions: Vec<f32>,
    layers: Vec<Layer>,
    norm: Norm,
}

impl Encoder {
    pub(super) fn load(tensors: &Tensors, prefix: &str, config: &Config) -> Result<Self> {
        let name = |part: &str| format!("{prefix}encoder.{part}");
        let conv = |part: &str, channels: usize| -> Result<Wide> {
            let shape = [config.width, channels, 3];
            let filters = tensors.values(&name(&format!("{part}.weight")), &shape)?;
            let mut values = vec![0.0; filters.len()];
            for (out, filter) in filters.chunks_exact(3 * channels).enumerate() {
                for (i, &w) in filter.iter().enumerate() {
                    values[(i % 3 * channels + i / 3) * config.width + out] = w;
                }
            }
            let bias = tensors.values(&name(&format!("{part}.bias")), &[config.width])?;
            Ok(Wide { inputs: 3 * channels, values, bias })
        };
        let positions = [config.audio_positions, config.width];
        Ok(Self {
            mels: config.mels,
            width: config.width,
            heads: config.encoder_heads,
            conv1: conv("conv1", config.mels)?,
            conv2: conv("conv2", config.width)?,
            positions: tensors.values(&name("embed_positions.weight"), &positions)?,
            layers: (0..config.encoder_layers)
                .map(|i| Layer::load(tensors, &name(&format!("layers.{i}")), config))
                .collect::<Result<_>>()?,
            norm: Norm::load(tensors, &name("layer_norm"), config.width)?,
        })
    }

    /// Encodes `[frames, mels]` features into `[frames / 2, width]` states.
    ///
    /// # Errors
    /// As [`check_frames`], and those of `wanted`.
    pub(super) fn forward(&self, features: &[f32], wanted: Wanted<'_>) -> Result<Vec<f32>> {
        let positions = self.positions.len() / self.width;
        let frames = check_frames(features, self.mels, positions)?;
        let mut x = self.stem(features, frames);
        let mut scratch = Scratch::default();
        for layer in &self.layers {
            wanted()?;
            self.layer(layer, &mut x, &mut scratch);
        }
        let mut out = vec![0.0; x.len()];
        norm_rows(&self.norm, &x, &mut out);
        Ok(out)
    }

    /// Both convolutions, their GELUs and the positions. With the channels of a frame adjacent, the
    /// three frames under a filter are one contiguous row, so a convolution is a plain product
    /// over overlapping rows and nothing is unfolded.
    fn stem(&self, features: &[f32], frames: usize) -> Vec<f32> {
        let padded = |x: &[f32], channels: usize| {
            let mut out = vec![0.0; x.len() + 2 * channels];
            out[channels..channels + x.len()].copy_from_slice(x);
            out
        };
        let (d, mut hidden, mut x) = (self.width, Vec::new(), Vec::new());
        self.conv1.forward_gelu(&padded(features, self.mels), frames, self.mels, &mut hidden);
        self.conv2.forward_gelu(&padded(&hidden, d), frames / 2, 2 * d, &mut x);
        let length = x.len();
        kernels::add(&mut x, &self.positions[..length]);
        x
    }

    fn layer(&self, layer: &Layer, x: &mut [f32], s: &mut Scratch) {
        let (d, hidden) = (self.width, layer.up.bias.len());
        let rows = x.len() / d;
        s.normed.resize(x.len(), 0.0);
        s.mixed.resize(x.len(), 0.0);
        norm_rows(&layer.attention_norm, x, &mut s.normed);
        layer.query.forward(&s.normed, rows, d, &mut s.query);
        layer.key.forward(&s.normed, rows, d, &mut s.key);
        layer.value.forward(&s.normed, rows, d, &mut s.value);
        self.attention(&s.query, &transpose(&s.key, rows, d), &s.value, &mut s.mixed);
        layer.output.forward(&s.mixed, rows, d, &mut s.out);
        kernels::add(x, &s.out);
        norm_rows(&layer.mlp_norm, x, &mut s.normed);
        layer.up.forward_gelu(&s.normed, rows, d, &mut s.hidden);
        layer.down.forward(&s.hidden, rows, hidden, &mut s.out);
        kernels::add(x, &s.out);
    }

    /// Attention of every position over every other; `keys` are `[width, positions]`. One task is a
    /// block of queries, whose scores stay in the processor's cache between the two products.
    fn attention(&self, query: &[f32], keys: &[f32], value: &[f32], out: &mut [f32]) {
        let d = self.width;
        let (length, size) = (query.len() / d, d / self.heads);
        let scale = 1.0 / (size as f32).sqrt();
        let block = length.div_ceil(2 * rayon::current_num_threads()).clamp(16, 64);
        out.par_chunks_mut(block * d).enumerate().for_each(|(index, out)| {
            let (first, rows) = (index * block, out.len() / d);
            let mut scores = vec![0.0; rows * length];
            for head in 0..self.heads {
                let at = head * size;
                let q = View::new(&query[first * d + at..], rows, size, d);
                let k = View::new(&keys[at * length..], size, length, length);
                let v = View::new(&value[at..], length, size, d);
                matmul(&mut scores, length, q, k, scale, gemm::Parallelism::None);
                kernels::softmax_rows(&mut scores, length);
                let p = View::new(&scores, rows, length, length);
                matmul(&mut out[at..], d, p, v, 1.0, gemm::Parallelism::None);
            }
        });
    }
}

fn norm_rows(norm: &Norm, x: &[f32], out: &mut [f32]) {
    let width = norm.weight.len();
    if x.len() < 1 << 14 {
        return kernels::layer_norm(x, &norm.weight, &norm.bias, out);
    }
    out.par_chunks_mut(16 * width)
        .zip(x.par_chunks(16 * width))
        .for_each(|(out, x)| kernels::layer_norm(x, &norm.weight, &norm.bias, out));
}

/// Buffers that the layers of one pass share.
#[derive(Default)]
struct Scratch {
    normed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    mixed: Vec<f32>,
    out: Vec<f32>,
    hidden: Vec<f32>,
}
