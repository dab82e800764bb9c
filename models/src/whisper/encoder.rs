//! The audio encoder: two convolutions and a stack of pre-norm transformer layers.

use rayon::prelude::*;

use super::config::Config;
use super::kernels;
use super::matrix::{Matrix, Rhs, Values, View, matmul, parallelism};
use super::weights::Tensors;
use crate::{Error, Result};

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

/// An f32 matrix with a bias, for products with many rows.
struct Linear {
    weight: Matrix,
    bias: Vec<f32>,
}

impl Linear {
    fn load(
        tensors: &Tensors,
        name: &str,
        rows: usize,
        columns: usize,
        bias: bool,
    ) -> Result<Self> {
        let bias =
            if bias { tensors.values(&format!("{name}.bias"), &[rows])? } else { vec![0.0; rows] };
        Ok(Self { weight: tensors.wide(&format!("{name}.weight"), rows, columns)?, bias })
    }

    /// `out = x · weightᵀ` without the bias, for rows of `x` that are `stride` apart.
    fn product(&self, x: &[f32], rows: usize, stride: usize, out: &mut Vec<f32>) {
        out.clear();
        out.resize(rows * self.weight.rows, 0.0);
        wide_product(&self.weight, View::new(x, rows, self.weight.columns, stride), out);
    }

    fn forward(&self, x: &[f32], out: &mut Vec<f32>) {
        self.product(x, x.len() / self.weight.columns, self.weight.columns, out);
        rows_mut(out, self.weight.rows, |rows| kernels::add_bias(rows, &self.bias));
    }

    fn forward_gelu(&self, x: &[f32], out: &mut Vec<f32>) {
        self.product(x, x.len() / self.weight.columns, self.weight.columns, out);
        rows_mut(out, self.weight.rows, |rows| kernels::bias_gelu(rows, &self.bias));
    }
}

/// `out = x · weightᵀ` on all threads; f16 weights are widened first.
pub(super) fn wide_product(weight: &Matrix, x: View<'_>, out: &mut [f32]) {
    let threads = parallelism(x.rows * weight.rows * weight.columns);
    let product = |values: &[f32], out: &mut [f32]| {
        let rhs = View::new(values, weight.rows, weight.columns, weight.columns);
        matmul(out, weight.rows, x, rhs, Rhs::Transposed, 1.0, threads);
    };
    match &weight.values {
        Values::F32(values) => product(values, out),
        Values::F16(_) => {
            let mut values = vec![0.0; weight.rows * weight.columns];
            values
                .par_chunks_exact_mut(weight.columns)
                .enumerate()
                .for_each(|(row, out)| weight.row(row, out));
            product(&values, out);
        }
    }
}

/// Runs `f` over blocks of whole rows on all threads.
fn rows_mut(values: &mut [f32], width: usize, f: impl Fn(&mut [f32]) + Sync + Send) {
    if values.len() < 1 << 14 {
        return f(values);
    }
    values.par_chunks_mut(16 * width).for_each(f);
}

struct Layer {
    attention_norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    mlp_norm: Norm,
    up: Linear,
    down: Linear,
}

impl Layer {
    fn load(tensors: &Tensors, name: &str, config: &Config) -> Result<Self> {
        let (d, hidden) = (config.width, config.encoder_hidden);
        let linear = |part: &str, rows, columns, bias| {
            Linear::load(tensors, &format!("{name}.{part}"), rows, columns, bias)
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
    /// `[width, 3 * mels]`, columns ordered by frame, then band.
    conv1: Linear,
    /// `[width, 3 * width]`, columns ordered by frame, then channel.
    conv2: Linear,
    positions: Vec<f32>,
    layers: Vec<Layer>,
    norm: Norm,
}

impl Encoder {
    pub(super) fn load(tensors: &Tensors, prefix: &str, config: &Config) -> Result<Self> {
        let name = |part: &str| format!("{prefix}encoder.{part}");
        let conv = |part: &str, channels: usize| -> Result<Linear> {
            let shape = [config.width, channels, 3];
            let taps_last = tensors.values(&name(&format!("{part}.weight")), &shape)?;
            let mut weight = vec![0.0; taps_last.len()];
            for (out, filter) in
                weight.chunks_exact_mut(3 * channels).zip(taps_last.chunks_exact(3 * channels))
            {
                for (i, &w) in filter.iter().enumerate() {
                    out[i % 3 * channels + i / 3] = w;
                }
            }
            let values = Values::F32(super::matrix::Buffer::Owned(weight));
            Ok(Linear {
                weight: Matrix { rows: config.width, columns: 3 * channels, values },
                bias: tensors.values(&name(&format!("{part}.bias")), &[config.width])?,
            })
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
    /// [`Error::Input`] for an odd number of frames, none, or more than the model has positions for.
    pub(super) fn forward(&self, features: &[f32]) -> Result<Vec<f32>> {
        let frames = features.len() / self.mels;
        let most = self.positions.len() / self.width * 2;
        if frames == 0 || frames % 2 != 0 || frames > most {
            return Err(Error::Input(format!(
                "{frames} mel frames, expected an even number from 2 to {most}"
            )));
        }
        let mut x = self.stem(features, frames);
        let mut scratch = Scratch::default();
        for layer in &self.layers {
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
        self.conv1.product(&padded(features, self.mels), frames, self.mels, &mut hidden);
        rows_mut(&mut hidden, d, |rows| kernels::bias_gelu(rows, &self.conv1.bias));
        self.conv2.product(&padded(&hidden, d), frames / 2, 2 * d, &mut x);
        rows_mut(&mut x, d, |rows| kernels::bias_gelu(rows, &self.conv2.bias));
        let length = x.len();
        kernels::add(&mut x, &self.positions[..length]);
        x
    }

    fn layer(&self, layer: &Layer, x: &mut [f32], s: &mut Scratch) {
        s.normed.resize(x.len(), 0.0);
        norm_rows(&layer.attention_norm, x, &mut s.normed);
        layer.query.forward(&s.normed, &mut s.query);
        layer.key.forward(&s.normed, &mut s.key);
        layer.value.forward(&s.normed, &mut s.value);
        s.mixed.resize(x.len(), 0.0);
        self.attention(&s.query, &s.key, &s.value, &mut s.mixed);
        layer.output.forward(&s.mixed, &mut s.out);
        kernels::add(x, &s.out);
        norm_rows(&layer.mlp_norm, x, &mut s.normed);
        layer.up.forward_gelu(&s.normed, &mut s.hidden);
        layer.down.forward(&s.hidden, &mut s.out);
        kernels::add(x, &s.out);
    }

    /// Attention of every position over every other. One task is one head and a block of queries,
    /// whose scores stay in the processor's cache between the two products.
    fn attention(&self, query: &[f32], key: &[f32], value: &[f32], out: &mut [f32]) {
        const BLOCK: usize = 64;
        let d = self.width;
        let (length, size) = (query.len() / d, d / self.heads);
        let scale = 1.0 / (size as f32).sqrt();
        out.par_chunks_mut(BLOCK * d).enumerate().for_each(|(block, out)| {
            let (first, rows) = (block * BLOCK, out.len() / d);
            let mut scores = vec![0.0; rows * length];
            for head in 0..self.heads {
                let at = head * size;
                let q = View::new(&query[first * d + at..], rows, size, d);
                let k = View::new(&key[at..], length, size, d);
                let v = View::new(&value[at..], length, size, d);
                matmul(&mut scores, length, q, k, Rhs::Transposed, scale, gemm::Parallelism::None);
                kernels::softmax_rows(&mut scores, length);
                let p = View::new(&scores, rows, length, length);
                matmul(&mut out[at..], d, p, v, Rhs::Plain, 1.0, gemm::Parallelism::None);
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
