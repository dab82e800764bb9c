//! What decoding asks of a network, wherever it runs.

use std::borrow::Cow;

use super::config::Config;
use super::decoder::{Cache, Decoder};
use super::encoder::Encoder;
use super::weights::Tensors;
use crate::{Error, Result};

/// Fails when what is being computed is not wanted any more. The encoder of a large network takes
/// seconds on a small processor, so it asks before each layer.
pub(super) type Wanted<'a> = &'a dyn Fn() -> Result<()>;

/// An encoder and a decoder. Values go in and come out in main memory.
pub(super) trait Network: Send + Sync {
    /// Encoder states `[frames / 2, width]` of `[frames, mel bands]` features.
    ///
    /// # Errors
    /// As [`check_frames`]; [`Error::Tensor`] from a device.
    fn encode(&self, features: &[f32]) -> Result<Vec<f32>>;

    /// Begins a decode over encoder states.
    ///
    /// # Errors
    /// [`Error::Tensor`] from a device.
    fn start(&self, states: &[f32]) -> Result<Box<dyn Decoding + '_>>;

    /// [`Self::encode`] and then [`Self::start`], as long as it is wanted; a device keeps the states
    /// to itself.
    ///
    /// # Errors
    /// Those of both and of `wanted`.
    fn listen(&self, features: &[f32], wanted: Wanted<'_>) -> Result<Box<dyn Decoding + '_>>;

    /// Tokens that a decode can hold.
    fn capacity(&self) -> usize;
}

/// The keys and values of one decode: over the audio, and over the tokens so far. There may be
/// several beams of tokens over the same audio; everything but [`Self::step`] is about the first.
pub(super) trait Decoding {
    /// Appends `tokens` and gives the logits of those at `rows` of them, `[rows, vocabulary]`.
    ///
    /// # Errors
    /// As [`check_tokens`]; [`Error::Tensor`] from a device.
    fn logits(&mut self, tokens: &[u32], rows: &[usize]) -> Result<Vec<f32>>;

    /// Goes on with a beam for each of `parents`, which are places of the beams so far.
    ///
    /// # Errors
    /// [`Error::Tensor`] from a device.
    fn branch(&mut self, parents: &[usize]) -> Result<()>;

    /// Appends one token to each beam and gives their logits, `[beams, vocabulary]`.
    ///
    /// # Errors
    /// As [`Self::logits`].
    fn step(&mut self, tokens: &[u32]) -> Result<Vec<f32>>;

    /// Forgets every token from `length` on, and every beam but the first.
    fn truncate(&mut self, length: usize);

    /// Tokens held.
    fn len(&self) -> usize;

    /// Encoder positions attended over.
    fn audio_length(&self) -> usize;

    /// How the tokens attended over the audio, `[tokens, alignment heads, audio_length]`.
    ///
    /// # Errors
    /// [`Error::Tensor`] from a device.
    fn alignment(&self) -> Result<Cow<'_, [f32]>>;
}

/// A beam for each of `parents`, places in `beams`; each is copied but for the last time.
///
/// # Errors
/// Those of `copy`.
pub(super) fn branch<T>(
    beams: Vec<T>,
    parents: &[usize],
    copy: impl Fn(&T) -> Result<T>,
) -> Result<Vec<T>> {
    let mut beams: Vec<Option<T>> = beams.into_iter().map(Some).collect();
    let take = |(at, &parent): (usize, &usize)| {
        let again = parents[at + 1..].contains(&parent);
        let beam = if again {
            beams[parent].as_ref().map(&copy).transpose()?
        } else {
            beams[parent].take()
        };
        beam.ok_or_else(|| Error::Input(format!("beam {parent}, expected one that there is")))
    };
    parents.iter().enumerate().map(take).collect()
}

/// The frames of features with `mels` bands for an encoder of so many `positions`.
///
/// # Errors
/// [`Error::Input`] for an odd number of frames, none, or more than there are positions for.
pub(super) fn check_frames(features: &[f32], mels: usize, positions: usize) -> Result<usize> {
    let (frames, most) = (features.len() / mels, 2 * positions);
    if frames == 0 || !frames.is_multiple_of(2) || frames > most {
        return Err(Error::Input(format!(
            "{frames} mel frames, expected an even number from 2 to {most}"
        )));
    }
    Ok(frames)
}

/// Checks `tokens` that come after `past` others.
///
/// # Errors
/// [`Error::Input`] for more tokens than `capacity`, or one that is not below `vocabulary`.
pub(super) fn check_tokens(
    tokens: &[u32],
    past: usize,
    capacity: usize,
    vocabulary: usize,
) -> Result<()> {
    let count = past + tokens.len();
    if count > capacity {
        return Err(Error::Input(format!("{count} tokens, expected at most {capacity}")));
    }
    match tokens.iter().find(|&&token| token as usize >= vocabulary) {
        None => Ok(()),
        Some(token) => Err(Error::Input(format!("token {token}, expected one below {vocabulary}"))),
    }
}

/// The network on the processor, by the kernels of this module.
pub(super) struct Kernels {
    encoder: Encoder,
    decoder: Decoder,
}

impl Kernels {
    pub(super) fn load(
        tensors: &Tensors,
        prefix: &str,
        config: &Config,
        alignment_heads: &[(usize, usize)],
    ) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::load(tensors, prefix, config)?,
            decoder: Decoder::load(tensors, prefix, config, alignment_heads.to_vec())?,
        })
    }
}

impl Network for Kernels {
    fn encode(&self, features: &[f32]) -> Result<Vec<f32>> {
        self.encoder.forward(features, &|| Ok(()))
    }

    fn listen(&self, features: &[f32], wanted: Wanted<'_>) -> Result<Box<dyn Decoding + '_>> {
        self.start(&self.encoder.forward(features, wanted)?)
    }

    fn start(&self, states: &[f32]) -> Result<Box<dyn Decoding + '_>> {
        let cache = self.decoder.start(states);
        Ok(Box::new(KernelDecoding { decoder: &self.decoder, beams: vec![cache] }))
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }
}

struct KernelDecoding<'a> {
    decoder: &'a Decoder,
    /// Never empty.
    beams: Vec<Cache>,
}

impl Decoding for KernelDecoding<'_> {
    fn logits(&mut self, tokens: &[u32], rows: &[usize]) -> Result<Vec<f32>> {
        let states = self.decoder.forward(&mut self.beams[0], tokens, rows)?;
        Ok(self.decoder.logits(&states))
    }

    fn branch(&mut self, parents: &[usize]) -> Result<()> {
        self.beams = branch(std::mem::take(&mut self.beams), parents, |beam| Ok(beam.clone()))?;
        Ok(())
    }

    fn step(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let each = self.beams.iter_mut().zip(tokens);
        let states = each.map(|(beam, token)| self.decoder.forward(beam, &[*token], &[0]));
        let states = states.collect::<Result<Vec<_>>>()?.concat();
        Ok(self.decoder.logits(&states))
    }

    fn truncate(&mut self, length: usize) {
        self.beams.truncate(1);
        self.beams[0].truncate(length);
    }

    fn len(&self) -> usize {
        self.beams[0].len()
    }

    fn audio_length(&self) -> usize {
        self.beams[0].audio_length()
    }

    fn alignment(&self) -> Result<Cow<'_, [f32]>> {
        Ok(Cow::Borrowed(self.beams[0].alignment()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::Parts;
    use super::super::Whisper;
    use super::super::testing::noise;
    use super::*;
    use crate::device::Compute;
    use crate::files::{self, ModelName, Want};

    #[test]
    fn the_encoder_is_given_up_before_any_layer() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/whisper/multi80");
        let files = files::resolve(&ModelName::Path(folder.into()), Want::Whisper, &()).unwrap();
        let whisper = Whisper::load_parts(&Parts::open(&files).unwrap(), &Compute::default());
        let whisper = whisper.unwrap();
        let (features, calls) = (noise(80 * 20, 1), Cell::new(0));
        let listen = |most: usize| {
            calls.set(0);
            let wanted = || {
                calls.set(calls.get() + 1);
                if calls.get() > most { Err(Error::Cancelled) } else { Ok(()) }
            };
            whisper.network.listen(&features, &wanted).map(|decoding| decoding.audio_length())
        };
        assert_eq!(listen(usize::MAX).unwrap(), 10);
        let layers = calls.get();
        assert!(layers >= 2, "{layers}");
        for most in 0..layers {
            assert!(matches!(listen(most), Err(Error::Cancelled)));
            assert_eq!(calls.get(), most + 1);
        }
    }
}
