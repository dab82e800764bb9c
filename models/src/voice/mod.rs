//! From text to what a synthesiser speaks: phonemes, and pieces of them that fit a network.
//!
//! The symbols are those that Kokoro was trained on, which the grapheme-to-phoneme library misaki
//! writes: IPA, with capitals for the diphthongs (`A` in *say*, `I` in *my*, `O` in *go*, `Q` in
//! the British *go*, `W` in *now*, `Y` in *boy*), `ʤ` and `ʧ` as one symbol, `ᵊ` for the vowel in
//! *bottle*, `ˈ` and `ˌ` before a stressed vowel, and the punctuation that shapes the melody.

mod engine;
mod espeak;
mod harmonic;
mod kokoro;
mod letters;
mod phonemes;
mod phonemise;
mod speaker;

pub use espeak::Espeak;
pub use phonemes::{Joint, Phonemes, Word};
pub use phonemise::{Language, Phonemiser};
pub use speaker::{Speaker, SpeakerOptions, Spoken, Wanted, dtypes, open, want};
