//! Text from a stream of tokens, a piece at a time, never half a character.

use super::Tokenizer;

/// Turns token ids into text as they come.
///
/// A character whose bytes are spread over several tokens is held back until its last byte is
/// there. The pieces, [`Detokenizer::finish`] included, add up to [`Tokenizer::decode`] of all ids.
#[derive(Debug, Clone, Default)]
pub struct Detokenizer {
    /// The beginning of a character, at most three bytes between calls.
    pending: Vec<u8>,
}

impl Detokenizer {
    /// Starts a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one token and appends to `out` what can be said for certain.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32, out: &mut String) {
        self.push_bytes(tokenizer.token_bytes(id), out);
    }

    fn push_bytes(&mut self, bytes: &[u8], out: &mut String) {
        self.pending.extend_from_slice(bytes);
        let mut from = 0;
        loop {
            match std::str::from_utf8(&self.pending[from..]) {
                Ok(text) => {
                    out.push_str(text);
                    from = self.pending.len();
                    break;
                }
                Err(error) => {
                    let valid = from + error.valid_up_to();
                    out.push_str(&String::from_utf8_lossy(&self.pending[from..valid]));
                    from = valid;
                    match error.error_len() {
                        Some(len) => {
                            out.push(char::REPLACEMENT_CHARACTER);
                            from += len;
                        }
                        None => break,
                    }
                }
            }
        }
        self.pending.drain(..from);
    }

    /// Ends the text: an unfinished character becomes `U+FFFD`.
    pub fn finish(&mut self, out: &mut String) {
        out.push_str(&String::from_utf8_lossy(&self.pending));
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Detokenizer;

    fn pieces(bytes: &[u8], cuts: &[usize]) -> Vec<String> {
        let mut detokenizer = Detokenizer::new();
        let mut from = 0;
        let mut pieces = Vec::new();
        let ends = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]);
        for end in ends {
            let mut piece = String::new();
            if end > from {
                detokenizer.push_bytes(&bytes[from..end], &mut piece);
                from = end;
            }
            pieces.push(piece);
        }
        let mut last = String::new();
        detokenizer.finish(&mut last);
        pieces.push(last);
        pieces
    }

    proptest! {
        #[test]
        fn any_text_cut_anywhere_comes_back(
            text in "\\PC{0,40}",
            mut cuts in prop::collection::vec(0usize..400, 0..20),
        ) {
            cuts.sort_unstable();
            let pieces = pieces(text.as_bytes(), &cuts);
            if !text.contains(char::REPLACEMENT_CHARACTER) {
                prop_assert!(pieces.iter().all(|p| !p.contains(char::REPLACEMENT_CHARACTER)));
            }
            prop_assert_eq!(pieces.concat(), text);
        }

        #[test]
        fn any_bytes_equal_the_whole_decoding(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            cuts in prop::collection::vec(0usize..60, 0..60),
        ) {
            let whole = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(pieces(&bytes, &cuts).concat(), whole);
        }
    }

    #[test]
    fn half_a_character_waits() {
        let mut detokenizer = Detokenizer::new();
        let mut out = String::new();
        detokenizer.push_bytes(&"né".as_bytes()[..2], &mut out);
        assert_eq!(out, "n");
        detokenizer.push_bytes(&"é".as_bytes()[1..], &mut out);
        assert_eq!(out, "né");
    }
}
