//! Which tokens may come next: suppressed ones and the grammar of timestamps.

use super::kernels;

/// The rules of one decode, applied to the logits of each step in the order of transformers'
/// `WhisperGenerationMixin`: suppressed at the start, suppressed always, timestamps.
pub(super) struct Rules<'a> {
    pub(super) suppress: &'a [u32],
    pub(super) begin_suppress: &'a [u32],
    pub(super) timestamps: Option<TimestampRules>,
}

/// The grammar of timestamp tokens (OpenAI's `ApplyTimestampRules`).
pub(super) struct TimestampRules {
    pub(super) begin: usize,
    pub(super) end_token: usize,
    pub(super) no_timestamps: Option<u32>,
    pub(super) max_initial: Option<u32>,
}

impl Rules<'_> {
    /// Sets the logits of forbidden tokens to -∞, given the tokens written so far.
    pub(super) fn apply(&self, logits: &mut [f32], written: &[u32]) {
        let begin = if written.is_empty() { self.begin_suppress } else { &[] };
        for &id in begin.iter().chain(self.suppress) {
            logits[id as usize] = f32::NEG_INFINITY;
        }
        if let Some(timestamps) = &self.timestamps {
            timestamps.apply(logits, written);
        }
    }
}

impl TimestampRules {
    fn apply(&self, logits: &mut [f32], written: &[u32]) {
        let begin = self.begin;
        let is_time = |id: &u32| *id as usize >= begin;
        if let Some(id) = self.no_timestamps {
            logits[id as usize] = f32::NEG_INFINITY;
        }
        let last = written.last().is_some_and(is_time);
        let before_last = written.len() < 2 || is_time(&written[written.len() - 2]);
        if last && before_last {
            logits[begin..].fill(f32::NEG_INFINITY);
        } else if last {
            logits[..self.end_token.min(begin)].fill(f32::NEG_INFINITY);
        }
        if let Some(latest) = written.iter().copied().rfind(|id| is_time(id)) {
            // A closing time may be repeated as the next opening one; otherwise time moves on.
            let least = latest as usize + usize::from(!last || before_last);
            let least = least.clamp(begin, logits.len());
            logits[begin..least].fill(f32::NEG_INFINITY);
        }
        if written.is_empty() {
            logits[..begin].fill(f32::NEG_INFINITY);
            if let Some(max) = self.max_initial {
                let first = (begin + max as usize + 1).min(logits.len());
                logits[first..].fill(f32::NEG_INFINITY);
            }
        }
        // When times together are likelier than the likeliest text, a time it is.
        let top_text = logits[..begin].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if kernels::log_sum_exp(&logits[begin..]) > top_text {
            logits[..begin].fill(f32::NEG_INFINITY);
        }
    }
}

/// The index of the largest logit, the first of equals.
pub(super) fn argmax(logits: &[f32]) -> usize {
    let mut best = 0;
    for (i, &l) in logits.iter().enumerate() {
        if l > logits[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text 0..5, end 5, no-timestamps 6, times from 7 to 11; the ids still allowed.
    fn allowed(written: &[u32], mut logits: [f32; 12]) -> Vec<usize> {
        let timestamps =
            TimestampRules { begin: 7, end_token: 5, no_timestamps: Some(6), max_initial: Some(2) };
        let rules = Rules { suppress: &[1], begin_suppress: &[0], timestamps: Some(timestamps) };
        rules.apply(&mut logits, written);
        (0..12).filter(|&i| logits[i] > f32::NEG_INFINITY).collect()
    }

    #[test]
    fn timestamps_come_in_pairs_and_never_go_back() {
        let mut text_wins = [0.0; 12];
        text_wins[2] = 50.0;
        assert_eq!(allowed(&[], text_wins), [7, 8, 9]);
        assert_eq!(allowed(&[7], text_wins), [0, 2, 3, 4, 5]);
        assert_eq!(allowed(&[8, 3], text_wins), [0, 2, 3, 4, 5, 9, 10, 11]);
        assert_eq!(allowed(&[8, 3, 10], text_wins), [10, 11]);
        assert_eq!(allowed(&[8, 3, 10, 10], text_wins), [0, 2, 3, 4, 5]);
        // Many fairly likely times outweigh one slightly likelier text token.
        let mut close = [-9.0; 12];
        close[2] = 1.0;
        close[9..].fill(0.5);
        assert_eq!(allowed(&[8, 3], close), [9, 10, 11]);
    }
}
