//! The text decoder, with caches of its own keys and values and of those over the audio.

use std::sync::Arc;

use rayon::prelude::*;

use super::config::Config;
use super::encoder::Norm;
use super::kernels;
use super::matrix::{Matrix, Wide};
use super::network::check_tokens;
use super::weights::Tensors;
use crate::Result;

/// A compact matrix with an optional bias, for products with few rows.
struct Linear {
    weight: Matrix,
    bias: Option<Vec<f32>>,
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
            if bias { Some(tensors.values(&format!("{name}.bias"), &[rows])?) } else { None };
        Ok(Self { weight: tensors.compact(&format!("{name}.weight"), rows, columns)?, bias })
    }

    fn forward(&self, x: &[f32], out: &mut Vec<f32>) {
        self.weight.apply(x, out);
        if let Some(bias) = &self.bias {
            kernels::add_bias(out, bias);
        }
    }

    fn forward_gelu(&self, x: &[f32], out: &mut Vec<f32>) {
        self.weight.apply(x, out);
        if let Some(bias) = &self.bias {
            kernels::bias_gelu(out, bias);
        }
    }
}

/// Attention over the tokens so far.
struct OwnAttention {
    norm: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

/// Attention over the audio, whose keys and values are made for all positions at once.
struct CrossAttention {
    norm: Norm,
    query: Linear,
    key: Wide,
    value: Wide,
    output: Linear,
}

impl OwnAttention {
    fn load(tensors: &Tensors, layer: &str, d: usize) -> Result<Self> {
        let linear = |part: &str, bias| {
            Linear::load(tensors, &format!("{layer}.self_attn.{part}"), d, d, bias)
        };
        Ok(Self {
            norm: Norm::load(tensors, &format!("{layer}.self_attn_layer_norm"), d)?,
            query: linear("q_proj", true)?,
            key: linear("k_proj", false)?,
            value: linear("v_proj", true)?,
            output: linear("out_proj", true)?,
        })
    }
}

impl CrossAttention {
    fn load(tensors: &Tensors, layer: &str, d: usize) -> Result<Self> {
        let name = |part: &str| format!("{layer}.encoder_attn.{part}");
        Ok(Self {
            norm: Norm::load(tensors, &format!("{layer}.encoder_attn_layer_norm"), d)?,
            query: Linear::load(tensors, &name("q_proj"), d, d, true)?,
            key: tensors.wide(&name("k_proj"), d, d, false)?,
            value: tensors.wide(&name("v_proj"), d, d, true)?,
            output: Linear::load(tensors, &name("out_proj"), d, d, true)?,
        })
    }
}

struct Layer {
    own: OwnAttention,
    cross: CrossAttention,
    norm: Norm,
    up: Linear,
    down: Linear,
}

/// The decoder's weights.
pub(super) struct Decoder {
    width: usize,
    heads: usize,
    embedding_scale: f32,
    embedding: Matrix,
    /// The output projection where it is not the embedding.
    output: Option<Matrix>,
    positions: Vec<f32>,
    layers: Vec<Layer>,
    norm: Norm,
    alignment_heads: Vec<(usize, usize)>,
}

/// The keys and values of one decode: over the audio, and over the tokens so far. Clones share
/// those over the audio.
#[derive(Clone)]
pub(super) struct Cache {
    length: usize,
    audio_length: usize,
    layers: Vec<LayerCache>,
    /// Cross-attention of each token so far, `[tokens, alignment heads, audio_length]`.
    alignment: Vec<f32>,
}

#[derive(Clone)]
struct LayerCache {
    keys: Vec<f32>,
    values: Vec<f32>,
    audio_keys: Arc<Vec<f32>>,
    audio_values: Arc<Vec<f32>>,
}

impl Cache {
    /// Tokens held.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Encoder positions attended over.
    pub(super) fn audio_length(&self) -> usize {
        self.audio_length
    }

    /// Forgets every token from `length` on.
    pub(super) fn truncate(&mut self, length: usize) {
        if length >= self.length {
            return;
        }
        for layer in &mut self.layers {
            let kept = layer.keys.len() / self.length * length;
            layer.keys.truncate(kept);
            layer.values.truncate(kept);
        }
        self.alignment.truncate(self.alignment.len() / self.length * length);
        self.length = length;
    }

    /// How the tokens attended over the audio, `[tokens, alignment heads, audio_length]`.
    pub(super) fn alignment(&self) -> &[f32] {
        &self.alignment
    }
}

impl Decoder {
    pub(super) fn load(
        tensors: &Tensors,
        prefix: &str,
        config: &Config,
        alignment_heads: Vec<(usize, usize)>,
    ) -> Result<Self> {
        let (d, hidden) = (config.width, config.decoder_hidden);
        let name = |part: &str| format!("{prefix}decoder.{part}");
        let layer = |i: usize| -> Result<Layer> {
            let name = name(&format!("layers.{i}"));
            Ok(Layer {
                own: OwnAttention::load(tensors, &name, d)?,
                cross: CrossAttention::load(tensors, &name, d)?,
                norm: Norm::load(tensors, &format!("{name}.final_layer_norm"), d)?,
                up: Linear::load(tensors, &format!("{name}.fc1"), hidden, d, true)?,
                down: Linear::load(tensors, &format!("{name}.fc2"), d, hidden, true)?,
            })
        };
        let own_output = !config.tied && tensors.contains("proj_out.weight");
        Ok(Self {
            width: d,
            heads: config.decoder_heads,
            embedding_scale: if config.scale_embedding { (d as f32).sqrt() } else { 1.0 },
            embedding: tensors.compact(&name("embed_tokens.weight"), config.vocabulary, d)?,
            output: if own_output {
                Some(tensors.compact("proj_out.weight", config.vocabulary, d)?)
            } else {
                None
            },
            positions: tensors
                .values(&name("embed_positions.weight"), &[config.text_positions, d])?,
            layers: (0..config.decoder_layers).map(layer).collect::<Result<_>>()?,
            norm: Norm::load(tensors, &name("layer_norm"), d)?,
            alignment_heads,
        })
    }

    /// Tokens that a cache can hold.
    pub(super) fn capacity(&self) -> usize {
        self.positions.len() / self.width
    }

    /// Projects the encoder's states `[positions, width]` once for all steps of a decode.
    pub(super) fn start(&self, audio: &[f32]) -> Cache {
        let audio_length = audio.len() / self.width;
        let project = |linear: &Wide| {
            let mut out = Vec::new();
            linear.forward(audio, audio_length, self.width, &mut out);
            out
        };
        let layers = self
            .layers
            .iter()
            .map(|layer| LayerCache {
                keys: Vec::new(),
                values: Vec::new(),
                audio_keys: Arc::new(project(&layer.cross.key)),
                audio_values: Arc::new(project(&layer.cross.value)),
            })
            .collect();
        Cache { length: 0, audio_length, layers, alignment: Vec::new() }
    }

    /// Appends `tokens` to the cache and returns the final states of those at `rows` of them,
    /// `[rows, width]`.
    ///
    /// # Errors
    /// As [`check_tokens`].
    pub(super) fn forward(
        &self,
        cache: &mut Cache,
        tokens: &[u32],
        rows: &[usize],
    ) -> Result<Vec<f32>> {
        let (d, past) = (self.width, cache.length);
        check_tokens(tokens, past, self.capacity(), self.embedding.rows)?;
        let mut x = vec![0.0; tokens.len() * d];
        for (i, (&token, x)) in tokens.iter().zip(x.chunks_exact_mut(d)).enumerate() {
            self.embedding.row(token as usize, x);
            let positions = &self.positions[(past + i) * d..(past + i + 1) * d];
            for (x, p) in x.iter_mut().zip(positions) {
                *x = *x * self.embedding_scale + p;
            }
        }
        let width = self.alignment_heads.len() * cache.audio_length;
        cache.alignment.resize((past + tokens.len()) * width, 0.0);
        let mut s = Scratch::default();
        for (index, layer) in self.layers.iter().enumerate() {
            self.own_attention(layer, &mut cache.layers[index], past, &mut x, &mut s);
            self.cross_attention(index, cache, past, &mut x, &mut s);
            s.normed.resize(x.len(), 0.0);
            kernels::layer_norm(&x, &layer.norm.weight, &layer.norm.bias, &mut s.normed);
            layer.up.forward_gelu(&s.normed, &mut s.hidden);
            layer.down.forward(&s.hidden, &mut s.out);
            kernels::add(&mut x, &s.out);
        }
        cache.length += tokens.len();
        let wanted: Vec<f32> =
            rows.iter().flat_map(|row| &x[row * d..(row + 1) * d]).copied().collect();
        let mut out = vec![0.0; wanted.len()];
        kernels::layer_norm(&wanted, &self.norm.weight, &self.norm.bias, &mut out);
        Ok(out)
    }

    /// Logits of final states, `[states, vocabulary]`.
    pub(super) fn logits(&self, states: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        self.output.as_ref().unwrap_or(&self.embedding).apply(states, &mut out);
        out
    }

    fn own_attention(
        &self,
        layer: &Layer,
        cache: &mut LayerCache,
        past: usize,
        x: &mut [f32],
        s: &mut Scratch,
    ) {
        let attention = &layer.own;
        s.normed.resize(x.len(), 0.0);
        kernels::layer_norm(x, &attention.norm.weight, &attention.norm.bias, &mut s.normed);
        self.queries(&attention.query, s);
        attention.key.forward(&s.normed, &mut s.out);
        cache.keys.extend_from_slice(&s.out);
        attention.value.forward(&s.normed, &mut s.out);
        cache.values.extend_from_slice(&s.out);
        let (d, size) = (self.width, self.width / self.heads);
        s.mixed.resize(x.len(), 0.0);
        let mut probabilities = vec![0.0; past + x.len() / d];
        for (i, mixed) in s.mixed.chunks_exact_mut(d).enumerate() {
            for (head, mixed) in mixed.chunks_exact_mut(size).enumerate() {
                let at = head * size;
                let query = &s.query[i * d + at..i * d + at + size];
                let seen = &mut probabilities[..past + i + 1];
                kernels::attend(query, &cache.keys[at..], &cache.values[at..], d, seen, mixed);
            }
        }
        attention.output.forward(&s.mixed, &mut s.out);
        kernels::add(x, &s.out);
    }

    fn cross_attention(
        &self,
        index: usize,
        cache: &mut Cache,
        past: usize,
        x: &mut [f32],
        s: &mut Scratch,
    ) {
        let attention = &self.layers[index].cross;
        s.normed.resize(x.len(), 0.0);
        kernels::layer_norm(x, &attention.norm.weight, &attention.norm.bias, &mut s.normed);
        self.queries(&attention.query, s);
        let (d, size, length) = (self.width, self.width / self.heads, cache.audio_length);
        s.mixed.resize(x.len(), 0.0);
        s.probabilities.resize(x.len() / size * length, 0.0);
        let layer = &cache.layers[index];
        let head = |i: usize, mixed: &mut [f32], probabilities: &mut [f32]| {
            let at = i % self.heads * size;
            let query = &s.query[i * size..(i + 1) * size];
            kernels::attend(
                query,
                &layer.audio_keys[at..],
                &layer.audio_values[at..],
                d,
                probabilities,
                mixed,
            );
        };
        if x.len() * length < 1 << 16 {
            let each = s.mixed.chunks_exact_mut(size).zip(s.probabilities.chunks_exact_mut(length));
            each.enumerate().for_each(|(i, (mixed, p))| head(i, mixed, p));
        } else {
            let each = s
                .mixed
                .par_chunks_exact_mut(size)
                .zip(s.probabilities.par_chunks_exact_mut(length));
            each.enumerate().for_each(|(i, (mixed, p))| head(i, mixed, p));
        }
        for (slot, _) in self.alignment_heads.iter().enumerate().filter(|(_, (l, _))| *l == index) {
            let chosen = self.alignment_heads[slot].1;
            for (i, heads) in s.probabilities.chunks_exact(self.heads * length).enumerate() {
                let first = ((past + i) * self.alignment_heads.len() + slot) * length;
                cache.alignment[first..first + length]
                    .copy_from_slice(&heads[chosen * length..(chosen + 1) * length]);
            }
        }
        attention.output.forward(&s.mixed, &mut s.out);
        kernels::add(x, &s.out);
    }

    /// Scaled queries of the normalised states, into `s.query`.
    fn queries(&self, query: &Linear, s: &mut Scratch) {
        query.forward(&s.normed, &mut s.query);
        let scale = 1.0 / ((self.width / self.heads) as f32).sqrt();
        for q in &mut s.query {
            *q *= scale;
        }
    }
}

/// Buffers that the layers of one step share.
#[derive(Default)]
struct Scratch {
    normed: Vec<f32>,
    query: Vec<f32>,
    mixed: Vec<f32>,
    out: Vec<f32>,
    hidden: Vec<f32>,
    probabilities: Vec<f32>,
}
