//! The forward pass: prefill in chunks, decoding of one or several sequences.

use candle_core::{Device, Tensor};

use super::{KvCache, Network, Qwen3};
use crate::{Error, Result};

/// Tokens of a prompt that go through the network at once: enough to reuse each weight well,
/// little enough to stay in the processor's caches and to notice a cancellation soon.
const CHUNK: usize = 256;

/// The positions of a pass whose logits are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// None: the cache is to be filled.
    Nothing,
    /// The last, `[vocab]`.
    Last,
    /// Each, `[positions, vocab]`.
    All,
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
        self.prefill(tokens, cache, cancelled, Want::Last)
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
            self.prefill(tokens, cache, cancelled, Want::Nothing)?;
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
        let all = self.prefill(tokens, cache, &|| false, Want::All)?;
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
        let logits = self.pass(tokens, caches, 1, Want::All)?;
        Ok(logits.chunks_exact(self.config.vocab).map(<[f32]>::to_vec).collect())
    }

    /// Runs `tokens` through the blocks chunk by chunk and returns the logits that are wanted.
    fn prefill(
        &self,
        tokens: &[u32],
        cache: &mut KvCache,
        cancelled: &dyn Fn() -> bool,
        want: Want,
    ) -> Result<Vec<f32>> {
        if tokens.is_empty() {
            return Err(Error::Input("no token to continue from".into()));
        }
        self.check(tokens, cache)?;
        cache.reserve(tokens.len())?;
        let mut logits = Vec::new();
        let mut left = tokens.len();
        for chunk in tokens.chunks(CHUNK) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            left -= chunk.len();
            let want = if want == Want::Last && left > 0 { Want::Nothing } else { want };
            logits.extend(self.pass(chunk, &mut [&mut *cache], chunk.len(), want)?);
        }
        Ok(logits)
    }

    fn check(&self, tokens: &[u32], cache: &KvCache) -> Result<()> {
        let vocab = self.config.vocab;
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= vocab) {
            return Err(Error::Input(format!(
                "token {token} is outside the vocabulary of {vocab}"
            )));
        }
        if !cache.fits(self) {
            return Err(Error::Input("the cache was made for another network".into()));
        }
        Ok(())
    }

    /// Runs `count` new tokens of each cache through the network; the caches have room.
    fn pass(
        &self,
        tokens: &[u32],
        caches: &mut [&mut KvCache],
        count: usize,
        want: Want,
    ) -> Result<Vec<f32>> {
        match &self.network {
            Network::Kernels(network) => network.pass(tokens, caches, count, want),
            Network::Tensors(network) => network.pass(tokens, caches, count, want),
        }
    }
}
