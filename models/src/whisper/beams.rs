//! Beam search: several transcripts of one window side by side, for speech of which the likeliest
//! next token is not always part of the likeliest transcript.

use super::decode::Request;
use super::network::Decoding;
use super::options::Options;
use super::{Whisper, kernels};
use crate::Result;

/// A transcript so far.
#[derive(Clone, Default)]
struct Beam {
    tokens: Vec<u32>,
    /// Log-probability of them all.
    sum: f32,
}

impl Beam {
    fn with(&self, token: u32, sum: f32) -> Self {
        Self { tokens: [self.tokens.as_slice(), &[token]].concat(), sum }
    }

    /// Mean log-probability of a token.
    fn score(&self) -> f32 {
        self.sum / self.tokens.len().max(1) as f32
    }
}

impl Whisper {
    /// The tokens of the transcript with the best mean log-probability among those that
    /// `size` beams come by, the end token included where it was reached.
    ///
    /// As transformers' `generate` with that `num_beams` and its other defaults. `decoding` is left
    /// in any state.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`] once the caller's flag is up; those of the network.
    pub(super) fn search(
        &self,
        decoding: &mut dyn Decoding,
        request: &Request<'_>,
        options: &Options,
        size: usize,
    ) -> Result<Vec<u32>> {
        let (rules, prompt) = (self.rules(request.timestamps), request.prompt);
        let limit = self.limit(prompt, options);
        options.check_cancel()?;
        decoding.truncate(0);
        let mut logits = decoding.logits(prompt, &[prompt.len() - 1])?;
        let vocabulary = logits.len();
        let mut beams = vec![Beam::default()];
        let mut ended: Vec<Beam> = Vec::new();
        for length in 1..=limit {
            // Twice as many as there are beams: of each the end token may be among them.
            let mut next = Vec::new();
            for (parent, logits) in logits.chunks_exact_mut(vocabulary).enumerate() {
                let total = kernels::log_sum_exp(logits);
                rules.apply(logits, &beams[parent].tokens);
                let sum = |token: usize| beams[parent].sum + logits[token] - total;
                let tokens = likeliest(logits, 2 * size).into_iter();
                next.extend(tokens.map(|token| (sum(token), parent, token as u32)));
            }
            next.sort_by(|a, b| b.0.total_cmp(&a.0));
            next.truncate(2 * size);
            let ends = |token| token == self.tokens.end || length == limit;
            let beam = |&(sum, parent, token): &(f32, usize, u32)| beams[parent].with(token, sum);
            let last = next.iter().take(size).filter(|(.., token)| ends(*token));
            ended.extend(last.map(beam));
            ended.sort_by(|a, b| b.score().total_cmp(&a.score()));
            ended.truncate(size);
            next.retain(|(.., token)| !ends(*token));
            next.truncate(size);
            let hope = next.first().map(|&(sum, ..)| sum / length as f32);
            let settled = |hope| ended.get(size - 1).is_some_and(|worst| worst.score() >= hope);
            if hope.is_none_or(settled) {
                break;
            }
            options.check_cancel()?;
            let parents: Vec<usize> = next.iter().map(|(_, parent, _)| *parent).collect();
            let tokens: Vec<u32> = next.iter().map(|(.., token)| *token).collect();
            decoding.branch(&parents)?;
            logits = decoding.step(&tokens)?;
            beams = next.iter().map(beam).collect();
        }
        Ok(ended.into_iter().next().unwrap_or_default().tokens)
    }
}

/// The `count` largest of them that are no -∞, the largest first.
fn likeliest(logits: &[f32], count: usize) -> Vec<usize> {
    let mut all: Vec<usize> =
        (0..logits.len()).filter(|&token| logits[token] > f32::NEG_INFINITY).collect();
    let order = |a: &usize, b: &usize| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b));
    if all.len() > count {
        all.select_nth_unstable_by(count - 1, order);
        all.truncate(count);
    }
    all.sort_by(order);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_come_in_order() {
        let logits = [0.5, f32::NEG_INFINITY, 2.0, 0.5, -3.0];
        assert_eq!(likeliest(&logits, 2), [2, 0]);
        assert_eq!(likeliest(&logits, 3), [2, 0, 3]);
        assert_eq!(likeliest(&logits, 9), [2, 0, 3, 4]);
    }
}
