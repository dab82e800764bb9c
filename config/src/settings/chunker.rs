use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CrossFault, StageSettings};

/// Cuts the reply into pieces that can be spoken, and writes them as they are said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Chunker {
    /// Fewest characters of the first piece; a shorter clause waits for the next.
    #[schemars(range(min = 1, max = 200))]
    pub first_min_chars: u32,
    /// Most characters of a piece; a longer sentence is cut between words.
    #[schemars(range(min = 40, max = 2_000))]
    pub max_chars: u32,
    /// Words to say differently: as written → as spoken.
    pub replacements: BTreeMap<String, String>,
    /// Language of the reply, as the two or three letters of ISO 639.
    #[schemars(length(min = 2, max = 3))]
    pub language: String,
}

impl Default for Chunker {
    fn default() -> Self {
        Self {
            // Two or three words: less sounds clipped when it is spoken alone.
            first_min_chars: 12,
            // About 15 s of speech, which a voice reads in one go.
            max_chars: 220,
            replacements: BTreeMap::new(),
            language: "en".into(),
        }
    }
}

impl StageSettings for Chunker {
    fn cross_check(&self) -> Vec<CrossFault> {
        if self.first_min_chars <= self.max_chars {
            return Vec::new();
        }
        vec![CrossFault::new(
            &["first_min_chars", "max_chars"],
            format!(
                "`first_min_chars` ({}) is above `max_chars` ({})",
                self.first_min_chars, self.max_chars
            ),
            format!("at most {}", self.max_chars),
        )]
    }
}
