//! The text decoder, with caches of its own keys and values and of those over the audio.

use std::borrow::Cow;

use candle_core::{DType, Tensor};

use super::super::config::Config;
use super::super::network::{Decoding as Seam, branch, check_tokens};
use super::super::weights::Tensors;
use super::layers::{Attention, Mlp, Norm, Target};
use crate::Result;

struct Layer {
    own: Attention,
    cross: Attention,
    mlp: Mlp,
    /// The heads whose attention over the audio follows the speech; none where it is nothing.
    alignment_heads: Option<Tensor>,
}

pub(super) struct Decoder {
    target: Target,
    heads: usize,
    embedding_scale: f64,
    /// `[vocabulary, width]`.
    embedding: Tensor,
    /// The output projection, `[vocabulary, width]`; most often the embedding.
    output: Tensor,
    /// `[capacity, width]`.
    positions: Tensor,
    layers: Vec<Layer>,
    norm: Norm,
}

/// One decode.
pub(super) struct Decoding<'a> {
    decoder: &'a Decoder,
    audio_length: usize,
    /// Keys and values over the audio by layer, `[heads, audio, size]` each.
    audio: Vec<[Tensor; 2]>,
    /// Never empty.
    beams: Vec<Beam>,
}

/// The tokens so far.
struct Beam {
    length: usize,
    /// Keys and values by layer, `[heads, rows, size]` each, of as many rows as the model has
    /// positions; those from the length on mean nothing.
    own: Vec<[Tensor; 2]>,
    /// Attention over the audio of the tokens of each step, `[alignment heads, tokens, audio]`, and
    /// how many of them still count.
    alignment: Vec<(Tensor, usize)>,
}

impl Beam {
    fn copy(&self) -> Result<Self> {
        let copy = |[keys, values]: &[Tensor; 2]| Ok([keys.copy()?, values.copy()?]);
        Ok(Self {
            length: self.length,
            own: self.own.iter().map(copy).collect::<Result<_>>()?,
            alignment: self.alignment.clone(),
        })
    }
}

impl Decoder {
    pub(super) fn load(
        tensors: &Tensors,
        prefix: &str,
        config: &Config,
        alignment_heads: &[(usize, usize)],
        target: &Target,
    ) -> Result<Self> {
        let (d, heads) = (config.width, config.decoder_heads);
        let name = |part: &str| format!("{prefix}decoder.{part}");
        let layer = |index: usize| -> Result<Layer> {
            let name = name(&format!("layers.{index}"));
            let attention = |part: &str| Attention::load(tensors, &name, part, [d, heads], target);
            let followed = alignment_heads.iter().filter(|(layer, _)| *layer == index);
            let followed: Vec<u32> = followed.map(|(_, head)| *head as u32).collect();
            let followed = (!followed.is_empty()).then(|| Tensor::new(followed, &target.device));
            Ok(Layer {
                own: attention("self_attn")?,
                cross: attention("encoder_attn")?,
                mlp: Mlp::load(tensors, &name, [d, config.decoder_hidden], target)?,
                alignment_heads: followed.transpose()?,
            })
        };
        let vocabulary = [config.vocabulary, d];
        let embedding = target.tensor(tensors, &name("embed_tokens.weight"), &vocabulary)?;
        let output = if !config.tied && tensors.contains("proj_out.weight") {
            target.tensor(tensors, "proj_out.weight", &vocabulary)?
        } else {
            embedding.clone()
        };
        let positions = [config.text_positions, d];
        Ok(Self {
            target: target.clone(),
            heads,
            embedding_scale: if config.scale_embedding { (d as f64).sqrt() } else { 1.0 },
            embedding,
            output,
            positions: target.tensor(tensors, &name("embed_positions.weight"), &positions)?,
            layers: (0..config.decoder_layers).map(layer).collect::<Result<_>>()?,
            norm: Norm::load(tensors, &name("layer_norm"), d, target)?,
        })
    }

    /// Tokens that a decode can hold.
    pub(super) fn capacity(&self) -> usize {
        self.positions.dims()[0]
    }

    /// Projects the encoder's states `[positions, width]` once for all steps of a decode.
    pub(super) fn start(&self, states: &Tensor) -> Result<Decoding<'_>> {
        let (audio_length, width) = states.dims2()?;
        let room = (self.heads, self.capacity(), width / self.heads);
        let room = || Tensor::zeros(room, self.target.dtype, &self.target.device);
        let own = self.layers.iter().map(|_| Ok([room()?, room()?])).collect::<Result<_>>()?;
        let audio = self.layers.iter().map(|layer| layer.cross.keys_values(states));
        let audio = audio.collect::<Result<_>>()?;
        let beams = vec![Beam { length: 0, own, alignment: Vec::new() }];
        Ok(Decoding { decoder: self, audio_length, audio, beams })
    }

    /// Keeps each of `tokens` from looking at those after it, `[tokens, past + tokens]`; nothing for
    /// one token, which is the last.
    fn mask(&self, past: usize, tokens: usize) -> Result<Option<Tensor>> {
        if tokens == 1 {
            return Ok(None);
        }
        let score = |query, key| if key > past + query { f32::NEG_INFINITY } else { 0.0 };
        let keys = past + tokens;
        let scores: Vec<f32> =
            (0..tokens).flat_map(|query| (0..keys).map(move |key| score(query, key))).collect();
        Ok(Some(Tensor::from_vec(scores, (tokens, keys), &self.target.device)?))
    }
}

impl Decoder {
    /// Appends `tokens` to a beam and gives the logits of those at `rows` of them.
    fn logits(
        &self,
        beam: &mut Beam,
        audio: &[[Tensor; 2]],
        tokens: &[u32],
        rows: &[usize],
    ) -> Result<Vec<f32>> {
        let (past, count, device) = (beam.length, tokens.len(), &self.target.device);
        check_tokens(tokens, past, self.capacity(), self.embedding.dim(0)?)?;
        let words = self.embedding.index_select(&Tensor::new(tokens, device)?, 0)?;
        let words = (words * self.embedding_scale)?;
        let mut x = (words + self.positions.narrow(0, past, count)?)?;
        let mask = self.mask(past, count)?;
        let mut followed = Vec::new();
        let caches = beam.own.iter().zip(audio);
        for (Layer { own, cross, mlp, alignment_heads }, (cache, audio)) in
            self.layers.iter().zip(caches)
        {
            let normed = own.normed(&x)?;
            for (cache, new) in cache.iter().zip(own.keys_values(&normed)?) {
                cache.slice_set(&new, 1, past)?;
            }
            let [keys, values] = cache;
            let [keys, values] = [keys, values].map(|all| all.narrow(1, 0, past + count));
            let seen = [&keys?, &values?];
            let [_, change] = own.attend(&own.queries(&normed)?, seen, mask.as_ref())?;
            x = (x + change)?;

            let queries = cross.queries(&cross.normed(&x)?)?;
            let [probabilities, change] = cross.attend(&queries, audio.each_ref(), None)?;
            if let Some(heads) = alignment_heads {
                followed.push(probabilities.index_select(heads, 0)?);
            }
            x = (x + change)?;
            x = (&x + mlp.forward(&x)?)?;
        }
        beam.alignment.push((Tensor::cat(&followed, 0)?, count));
        beam.length += count;
        let rows: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        let x = self.norm.forward(&x.index_select(&Tensor::new(rows, device)?, 0)?)?;
        let logits = x.matmul(&self.output.t()?)?.to_dtype(DType::F32)?;
        Ok(logits.flatten_all()?.to_vec1()?)
    }
}

impl Seam for Decoding<'_> {
    fn logits(&mut self, tokens: &[u32], rows: &[usize]) -> Result<Vec<f32>> {
        self.decoder.logits(&mut self.beams[0], &self.audio, tokens, rows)
    }

    fn branch(&mut self, parents: &[usize]) -> Result<()> {
        self.beams = branch(std::mem::take(&mut self.beams), parents, Beam::copy)?;
        Ok(())
    }

    fn step(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let each = self.beams.iter_mut().zip(tokens);
        let logits =
            each.map(|(beam, token)| self.decoder.logits(beam, &self.audio, &[*token], &[0]));
        Ok(logits.collect::<Result<Vec<_>>>()?.concat())
    }

    fn truncate(&mut self, length: usize) {
        self.beams.truncate(1);
        let beam = &mut self.beams[0];
        beam.length = length.min(beam.length);
        let mut left = beam.length;
        for (_, tokens) in &mut beam.alignment {
            *tokens = left.min(*tokens);
            left -= *tokens;
        }
        beam.alignment.retain(|(_, tokens)| *tokens > 0);
    }

    fn len(&self) -> usize {
        self.beams[0].length
    }

    fn audio_length(&self) -> usize {
        self.audio_length
    }

    fn alignment(&self) -> Result<Cow<'_, [f32]>> {
        let steps = self.beams[0].alignment.iter().map(|(step, tokens)| step.narrow(1, 0, *tokens));
        let steps = steps.collect::<candle_core::Result<Vec<_>>>()?;
        if steps.is_empty() {
            return Ok(Cow::Borrowed(&[]));
        }
        let all = Tensor::cat(&steps, 1)?.transpose(0, 1)?;
        Ok(Cow::Owned(all.flatten_all()?.to_vec1()?))
    }
}
