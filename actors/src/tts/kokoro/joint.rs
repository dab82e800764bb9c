//! Where two pieces of a chunk meet.

use std::time::Duration;

use antiphon_models::voice::{Phonemes, Spoken};

use crate::tts::core::SpokenWord;
use crate::tts::trim::{EDGE, PAUSE, SILENCE, count};

/// Silence kept after a piece that ends within a clause, where speech would go on.
const WORD: Duration = Duration::from_millis(20);

/// A piece as it is heard, and when its words are.
pub(super) struct Piece {
    pub(super) samples: Vec<f32>,
    pub(super) words: Vec<SpokenWord>,
}

/// Cuts the silence that networks put around every utterance where other pieces of the chunk are:
/// before it unless it is the `first`, after it unless it is the `last`.
///
/// `before` are the samples of the chunk so far.
pub(super) fn fit(
    phonemes: &Phonemes,
    spoken: Spoken,
    rate: u32,
    before: u64,
    (first, last): (bool, bool),
) -> Piece {
    let Spoken { mut samples, starts } = spoken;
    let loud = |sample: &f32| sample.abs() >= SILENCE;
    let sound = samples.iter().position(loud).zip(samples.iter().rposition(loud));
    let (mut from, mut until) = (0, samples.len());
    if let Some((begin, end)) = sound {
        if !first {
            from = begin.saturating_sub(count(EDGE, rate));
        }
        if !last {
            let word = !phonemes.text.ends_with(|c: char| ";:,.!?—…\"”)".contains(c));
            let kept = if word { WORD } else { PAUSE };
            until = until.min(end + 1 + count(kept, rate));
        }
    }
    samples.truncate(until);
    samples.drain(..from);
    let at = |symbol: usize| {
        let sample = starts.get(symbol).or(starts.last()).copied().unwrap_or(0);
        before + sample.clamp(from, until).saturating_sub(from) as u64
    };
    let words = phonemes.words.iter().map(|word| SpokenWord {
        speech: word.source.clone(),
        samples: at(word.phonemes.start)..at(word.phonemes.end),
    });
    Piece { words: words.collect(), samples }
}
