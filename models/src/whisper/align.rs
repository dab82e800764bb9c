//! Word times from the decoder's attention over the audio (dynamic time warping, as in the
//! reference implementation's `timing.py`).

use super::decode::Decoded;
use super::network::Decoding;
use super::options::Word;
use super::{SAMPLE_RATE, Whisper};
use crate::Result;

/// Samples that one encoder position stands for (20 ms).
pub(super) const POSITION: usize = SAMPLE_RATE / 50;

/// A word with the place of its tokens in the decode.
#[derive(Clone)]
pub(super) struct Placed {
    pub(super) word: Word,
    /// Index of its last token among the decoded tokens, one past.
    pub(super) token_end: usize,
}

impl Whisper {
    /// The words of a decode with times from `offset_s` on, over `samples` samples of audio.
    pub(super) fn words(
        &self,
        decoded: &Decoded,
        decoding: &dyn Decoding,
        language: Option<&str>,
        samples: usize,
        offset_s: f32,
    ) -> Result<Vec<Placed>> {
        let text: Vec<usize> =
            (0..decoded.tokens.len()).filter(|&i| self.tokens.is_text(decoded.tokens[i])).collect();
        let Some(&last) = text.last() else { return Ok(Vec::new()) };
        let heard = samples.div_ceil(POSITION).clamp(1, decoding.audio_length());
        // The row of a token is the attention that predicted it; one more row ends the last word.
        let mut rows: Vec<usize> = text.iter().map(|i| decoded.prompt_length - 1 + i).collect();
        rows.push((decoded.prompt_length + last).min(decoding.len() - 1));
        let cost = self.attention_cost(decoding, &rows, heard)?;
        let starts = first_columns(&cost, rows.len(), heard);
        let seconds =
            |row: usize| offset_s + starts[row] as f32 * POSITION as f32 / SAMPLE_RATE as f32;
        let end_of_audio = offset_s + samples as f32 / SAMPLE_RATE as f32;

        let mut words: Vec<Placed> = Vec::new();
        for (first, after, piece) in self.pieces(decoded, &text) {
            let probability =
                text[first..after].iter().map(|&i| decoded.logprobs[i].exp()).sum::<f32>()
                    / (after - first) as f32;
            let token_end = text[after - 1] + 1;
            if let Some(previous) =
                words.last_mut().filter(|w| continues(&piece, &w.word.text, language))
            {
                previous.word.text.push_str(&piece);
                previous.word.end_s = seconds(after).min(end_of_audio);
                previous.word.probability = previous.word.probability.min(probability);
                previous.token_end = token_end;
                continue;
            }
            let (start_s, end_s) =
                (seconds(first).min(end_of_audio), seconds(after).min(end_of_audio));
            words.push(Placed {
                word: Word { text: piece, start_s, end_s, probability },
                token_end,
            });
        }
        Ok(words)
    }

    /// Runs of text tokens that make whole characters: first, one past the last, their text.
    fn pieces(&self, decoded: &Decoded, text: &[usize]) -> Vec<(usize, usize, String)> {
        let mut out = Vec::new();
        let mut first = 0;
        for after in 1..=text.len() {
            let ids: Vec<u32> = text[first..after].iter().map(|&i| decoded.tokens[i]).collect();
            let piece = self.tokens.decode(&ids);
            if after == text.len() || !piece.contains('\u{fffd}') {
                out.push((first, after, piece));
                first = after;
            }
        }
        out
    }

    /// Attention of `rows` over the first `heard` positions, negated: normalised over the rows,
    /// smoothed over time, averaged over the alignment heads.
    fn attention_cost(
        &self,
        decoding: &dyn Decoding,
        rows: &[usize],
        heard: usize,
    ) -> Result<Vec<f32>> {
        let length = decoding.audio_length();
        let heads = self.generation.alignment_heads.len();
        let attention = decoding.alignment()?;
        let mut cost = vec![0f32; rows.len() * heard];
        let mut weights = vec![0f32; rows.len() * heard];
        let mut smooth = vec![0f32; heard];
        for head in 0..heads {
            for (row, weights) in rows.iter().zip(weights.chunks_exact_mut(heard)) {
                weights.copy_from_slice(&attention[(row * heads + head) * length..][..heard]);
            }
            for column in 0..heard {
                let values = || weights.iter().skip(column).step_by(heard);
                let mean = values().sum::<f32>() / rows.len() as f32;
                let variance =
                    values().map(|w| (w - mean) * (w - mean)).sum::<f32>() / rows.len() as f32;
                let scale = 1.0 / variance.sqrt().max(1e-10);
                for row in 0..rows.len() {
                    let w = &mut weights[row * heard + column];
                    *w = (*w - mean) * scale;
                }
            }
            for (weights, cost) in weights.chunks_exact(heard).zip(cost.chunks_exact_mut(heard)) {
                median_filter(weights, &mut smooth);
                for (c, s) in cost.iter_mut().zip(&smooth) {
                    *c -= s / heads as f32;
                }
            }
        }
        Ok(cost)
    }
}

/// Whether a piece of text belongs to the word before it.
fn continues(piece: &str, previous: &str, language: Option<&str>) -> bool {
    let unspaced = matches!(language, Some("zh" | "ja" | "th" | "lo" | "my" | "yue"));
    if unspaced {
        let marks = "\"'.。,，!！?？:：”)]}、";
        return piece.trim().chars().all(|c| marks.contains(c));
    }
    !piece.starts_with(' ') || (previous.trim().is_empty() && !previous.is_empty())
}

/// Median of 7, with reflection at both ends; rows too short for it are copied.
fn median_filter(x: &[f32], out: &mut [f32]) {
    const HALF: isize = 3;
    if x.len() <= HALF as usize {
        return out.copy_from_slice(x);
    }
    let last = x.len() as isize - 1;
    for (i, out) in out.iter_mut().enumerate() {
        let mut window = [0f32; 2 * HALF as usize + 1];
        for (k, w) in (-HALF..=HALF).zip(&mut window) {
            let at = i as isize + k;
            let at = if at < 0 {
                -at
            } else if at > last {
                2 * last - at
            } else {
                at
            };
            *w = x[at as usize];
        }
        window.sort_unstable_by(f32::total_cmp);
        *out = window[HALF as usize];
    }
}

/// The cheapest monotonic path through `cost[rows, columns]`; the first column of each row on it.
fn first_columns(cost: &[f32], rows: usize, columns: usize) -> Vec<usize> {
    let width = columns + 1;
    let mut total = vec![f32::INFINITY; (rows + 1) * width];
    let mut step = vec![0u8; (rows + 1) * width];
    total[0] = 0.0;
    for column in 1..=columns {
        for row in 1..=rows {
            let at = row * width + column;
            let (diagonal, up, left) = (total[at - width - 1], total[at - width], total[at - 1]);
            let (best, from) = if diagonal < up && diagonal < left {
                (diagonal, 0)
            } else if up < diagonal && up < left {
                (up, 1)
            } else {
                (left, 2)
            };
            total[at] = cost[(row - 1) * columns + column - 1] + best;
            step[at] = from;
        }
    }
    let mut first = vec![0; rows];
    let (mut row, mut column) = (rows, columns);
    while row > 0 && column > 0 {
        first[row - 1] = column - 1;
        match step[row * width + column] {
            0 => (row, column) = (row - 1, column - 1),
            1 => row -= 1,
            _ => column -= 1,
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_follows_the_cheap_cells() {
        #[rustfmt::skip]
        let cost = [
            -1., -1.,  1.,  1.,  1.,
             1.,  1., -1.,  1.,  1.,
             1.,  1.,  1., -1., -1.,
        ];
        assert_eq!(first_columns(&cost, 3, 5), [0, 2, 3]);
    }

    #[test]
    fn median_reflects_at_the_ends() {
        let mut out = [0.0; 5];
        median_filter(&[9.0, 1.0, 2.0, 3.0, 8.0], &mut out);
        assert_eq!(out, [2.0, 2.0, 3.0, 3.0, 2.0]);
    }
}
