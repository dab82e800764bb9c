//! Choosing the next token from the network's logits.
//!
//! Filters, their order and their definitions are those of Hugging Face transformers'
//! `generation/logits_process.py`: repetition penalty, temperature, top-k, top-p, min-p.

use crate::random::SplitMix64;
use crate::{Error, Result};

/// How freely the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 takes the most likely token always (greedy) and needs no seed.
    pub temperature: f32,
    /// Keeps the `k` most likely tokens; 0 keeps all.
    pub top_k: usize,
    /// Keeps the smallest set of likely tokens whose probabilities add up to this; 1 keeps all.
    pub top_p: f32,
    /// Keeps tokens at least this times as likely as the most likely one; 0 keeps all.
    pub min_p: f32,
    /// Divides positive logits of tokens already in the context by this, multiplies negative ones
    /// (Keskar et al. 2019, <https://arxiv.org/abs/1909.05858>); 1 changes nothing.
    pub repetition_penalty: f32,
    /// Where the random numbers start: the same seed gives the same answer.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self::greedy()
    }
}

impl Sampling {
    /// Takes the most likely token always.
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            seed: 0,
        }
    }

    /// What Qwen3's authors advise for answers without thinking: temperature 0.7, top-p 0.8,
    /// top-k 20.
    pub fn conversation(seed: u64) -> Self {
        Self { temperature: 0.7, top_k: 20, top_p: 0.8, seed, ..Self::greedy() }
    }

    /// Checks every value against its range.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] naming the setting, its value and its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |name: &str, value: f32, range: &str| {
            Err(Error::Input(format!("`{name}` is {value}, expected {range}")))
        };
        if !(self.temperature.is_finite() && self.temperature >= 0.0) {
            return refuse("temperature", self.temperature, "0 or more");
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return refuse("top_p", self.top_p, "more than 0, at most 1");
        }
        if !(0.0..=1.0).contains(&self.min_p) {
            return refuse("min_p", self.min_p, "0 to 1");
        }
        if !(self.repetition_penalty.is_finite() && self.repetition_penalty > 0.0) {
            return refuse("repetition_penalty", self.repetition_penalty, "more than 0");
        }
        Ok(())
    }
}

/// Chooses tokens for one answer.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    random: SplitMix64,
}

impl Sampler {
    /// Starts the random numbers at the seed.
    ///
    /// # Errors
    ///
    /// As [`Sampling::check`].
    pub fn new(sampling: Sampling) -> Result<Self> {
        sampling.check()?;
        let random = SplitMix64::new(sampling.seed);
        Ok(Self { sampling, random })
    }

    /// Chooses a token; tokens whose logit is negative infinity are never chosen, and of equally
    /// likely ones greedy choice takes the lowest id.
    ///
    /// `logits` are changed in place; `context` is what the answer follows, the answer so far
    /// included, and is only looked at for the repetition penalty.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when a logit is not a number or positive infinity, or when none is left.
    pub fn sample(&mut self, logits: &mut [f32], context: &[u32]) -> Result<u32> {
        if let Some(at) = logits.iter().position(|l| l.is_nan() || *l == f32::INFINITY) {
            let value = logits[at];
            return Err(Error::Input(format!("the network's logit for token {at} is {value}")));
        }
        penalize(logits, context, self.sampling.repetition_penalty);
        if self.sampling.temperature == 0.0 {
            return greedy(logits).ok_or_else(nothing_left);
        }
        let candidates = self.candidates(logits);
        let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
        let mut at = self.random.unit() * total;
        for (id, weight) in &candidates {
            at -= weight;
            if at < 0.0 {
                return Ok(*id);
            }
        }
        candidates.last().map(|(id, _)| *id).ok_or_else(nothing_left)
    }

    /// The probabilities that [`Sampler::sample`] would choose by: one for each logit, adding up to
    /// one; zero for what is filtered out.
    pub fn distribution(&self, logits: &[f32], context: &[u32]) -> Vec<f32> {
        let mut logits = logits.to_vec();
        penalize(&mut logits, context, self.sampling.repetition_penalty);
        let mut out = vec![0.0; logits.len()];
        if self.sampling.temperature == 0.0 {
            if let Some(id) = greedy(&logits) {
                out[id as usize] = 1.0;
            }
            return out;
        }
        let candidates = self.candidates(&logits);
        let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
        for (id, weight) in candidates {
            out[id as usize] = (weight / total) as f32;
        }
        out
    }

    /// The tokens left by the filters with their weights, most likely first, equals by id.
    fn candidates(&self, logits: &[f32]) -> Vec<(u32, f64)> {
        let mut left: Vec<(u32, f32)> =
            (0u32..).zip(logits).filter(|(_, l)| l.is_finite()).map(|(id, l)| (id, *l)).collect();
        let k = self.sampling.top_k;
        if k > 0 && k < left.len() {
            // Ties with the k-th stay, as in the reference.
            left.select_nth_unstable_by(k - 1, |a, b| b.1.total_cmp(&a.1));
            let least = left[k - 1].1;
            left.retain(|(_, logit)| *logit >= least);
        }
        left.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let Some(&(_, best)) = left.first() else { return Vec::new() };
        let temperature = f64::from(self.sampling.temperature);
        let mut weighted: Vec<(u32, f64)> = left
            .into_iter()
            .map(|(id, logit)| (id, (f64::from(logit - best) / temperature).exp()))
            .collect();
        let top_p = f64::from(self.sampling.top_p);
        if top_p < 1.0 {
            let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
            let mut before = 0.0;
            let keep = weighted
                .iter()
                .take_while(|(_, weight)| {
                    let kept = before < top_p * total;
                    before += weight;
                    kept
                })
                .count();
            weighted.truncate(keep.max(1));
        }
        let min_p = f64::from(self.sampling.min_p);
        // The best token weighs exactly one.
        weighted.retain(|(_, weight)| *weight >= min_p);
        weighted
    }
}

fn nothing_left() -> Error {
    Error::Input("no token is left to choose from".into())
}

/// The most likely token, the lowest id among equals; nothing when all are negative infinity.
fn greedy(logits: &[f32]) -> Option<u32> {
    let mut best: Option<(u32, f32)> = None;
    for (id, logit) in (0u32..).zip(logits) {
        if *logit > best.map_or(f32::NEG_INFINITY, |(_, most)| most) {
            best = Some((id, *logit));
        }
    }
    best.map(|(id, _)| id)
}

fn penalize(logits: &mut [f32], context: &[u32], penalty: f32) {
    if penalty == 1.0 {
        return;
    }
    let mut seen: Vec<u32> = context.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for id in seen {
        if let Some(logit) = logits.get_mut(id as usize) {
            *logit = if *logit < 0.0 { *logit * penalty } else { *logit / penalty };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greedy_takes_the_lowest_of_equals() {
        let mut sampler = Sampler::new(Sampling::greedy()).unwrap();
        assert_eq!(sampler.sample(&mut [0.0, 3.0, 3.0, -1.0], &[]).unwrap(), 1);
    }

    #[test]
    fn what_is_not_a_number_is_an_error() {
        for temperature in [0.0, 1.0] {
            let sampling = Sampling { temperature, ..Sampling::greedy() };
            let mut sampler = Sampler::new(sampling).unwrap();
            for bad in [f32::NAN, f32::INFINITY] {
                let error = sampler.sample(&mut [0.0, bad], &[]).unwrap_err();
                assert!(error.to_string().contains("token 1"), "{error}");
            }
            assert!(sampler.sample(&mut [f32::NEG_INFINITY; 4], &[]).is_err());
            assert!(sampler.sample(&mut [], &[]).is_err());
        }
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let good = Sampling::greedy();
        for (bad, name) in [
            (Sampling { temperature: -1.0, ..good.clone() }, "temperature"),
            (Sampling { temperature: f32::NAN, ..good.clone() }, "temperature"),
            (Sampling { top_p: 0.0, ..good.clone() }, "top_p"),
            (Sampling { min_p: 1.5, ..good.clone() }, "min_p"),
            (Sampling { repetition_penalty: 0.0, ..good.clone() }, "repetition_penalty"),
        ] {
            let error = Sampler::new(bad).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn samples_follow_the_distribution() {
        let sampling = Sampling { temperature: 1.0, seed: 7, ..Sampling::greedy() };
        let mut sampler = Sampler::new(sampling).unwrap();
        let logits = [0.0, 1.0, f32::NEG_INFINITY, 2.0];
        let expected = sampler.distribution(&logits, &[]);
        let mut counts = [0u32; 4];
        for _ in 0..20_000 {
            counts[sampler.sample(&mut logits.clone(), &[]).unwrap() as usize] += 1;
        }
        for (count, expected) in counts.iter().zip(expected) {
            assert!((*count as f32 / 20_000.0 - expected).abs() < 0.01, "{counts:?}");
        }
        assert_eq!(counts[2], 0);
    }
}
