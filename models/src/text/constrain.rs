//! Answers that match a JSON schema: before each token is chosen, tokens that no matching text
//! could go on with are ruled out.
//!
//! The grammar is `llguidance`'s (<https://github.com/guidance-ai/llguidance>): which schemas it
//! takes is written in its `docs/json_schema.md`. One blank at most is generated between JSON
//! tokens, so that a network that has lost its way cannot fill an answer with blanks.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenizerEnv};
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use super::Tokenizer;
use crate::{Error, Result};

/// Keywords whose value is one schema.
const ONE: [&str; 5] = ["items", "additionalProperties", "additionalItems", "not", "contains"];
/// Keywords whose value holds many schemas, in a list or by name.
const MANY: [&str; 8] = [
    "properties",
    "patternProperties",
    "prefixItems",
    "anyOf",
    "oneOf",
    "allOf",
    "$defs",
    "definitions",
];

/// Compiles schemas for one tokeniser.
pub struct Grammars {
    factory: ParserFactory,
}

impl std::fmt::Debug for Grammars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grammars").finish_non_exhaustive()
    }
}

impl Grammars {
    /// Prepares the tables that every schema shares: one pass over the vocabulary.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the vocabulary cannot be put into a trie.
    pub fn new(tokenizer: Arc<Tokenizer>) -> Result<Self> {
        let environment: TokEnv = Arc::new(Vocabulary::new(tokenizer)?);
        let slices = llguidance::earley::SlicedBiasComputer::json_slices();
        let mut factory =
            ParserFactory::new(&environment, InferenceCapabilities::default(), &slices)
                .map_err(|e| Error::Input(format!("the vocabulary cannot be indexed: {e}")))?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(Self { factory })
    }

    /// Compiles `schema` for one answer.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] with a JSON pointer to the smallest part of the schema that is not
    /// understood, not supported or that nothing can match.
    pub fn json(&self, schema: &Value) -> Result<Constraint> {
        match self.compile(schema) {
            Ok(matcher) => Ok(Constraint { matcher }),
            Err(reason) => {
                let (place, reason) =
                    self.locate(schema, schema, String::from("#")).unwrap_or(("#".into(), reason));
                Err(Error::Input(format!("JSON schema at `{place}`: {reason}")))
            }
        }
    }

    fn compile(&self, schema: &Value) -> Result<Matcher, String> {
        let mut schema = schema.clone();
        if let Some(keys) = schema.as_object_mut() {
            keys.insert("x-guidance".into(), json!({ "whitespace_pattern": "[ ]" }));
        }
        let parser = self
            .factory
            .create_parser(TopLevelGrammar::from_json_schema(schema))
            .map_err(|e| first_line(&e.to_string()))?;
        let mut matcher = Matcher::new(Ok(parser));
        match matcher.compute_mask() {
            Ok(mask) if mask.is_zero() => Err("no text can match".into()),
            Ok(_) => Ok(matcher),
            Err(e) => Err(first_line(&e.to_string())),
        }
    }

    /// The deepest part of `schema` that does not compile by itself, and why.
    fn locate(&self, root: &Value, schema: &Value, place: String) -> Option<(String, String)> {
        let keys = schema.as_object()?;
        for (key, value) in keys {
            let mut inner: Vec<(String, &Value)> = Vec::new();
            if ONE.contains(&key.as_str()) {
                inner.push((format!("{place}/{key}"), value));
            } else if MANY.contains(&key.as_str()) {
                let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
                let named = value.as_object().into_iter().flatten();
                inner.extend(named.map(|(n, v)| (format!("{place}/{key}/{}", escape(n)), v)));
                let listed = value.as_array().into_iter().flatten().enumerate();
                inner.extend(listed.map(|(n, v)| (format!("{place}/{key}/{n}"), v)));
            }
            for (place, part) in inner {
                if let Err(reason) = self.compile(&with_definitions(root, part)) {
                    return self.locate(root, part, place.clone()).or(Some((place, reason)));
                }
            }
        }
        None
    }
}

/// Makes references out of a part of a schema resolve as they do in the whole.
fn with_definitions(root: &Value, part: &Value) -> Value {
    let mut part = part.clone();
    if let (Some(root), Some(part)) = (root.as_object(), part.as_object_mut()) {
        for key in ["$defs", "definitions"] {
            if let (Some(definitions), false) = (root.get(key), part.contains_key(key)) {
                part.insert(key.into(), definitions.clone());
            }
        }
    }
    part
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// A schema being followed through one answer.
pub struct Constraint {
    matcher: Matcher,
}

impl std::fmt::Debug for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Constraint").finish_non_exhaustive()
    }
}

impl Constraint {
    /// Sets the logits of tokens that cannot come next to negative infinity.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the grammar grows past its limits.
    pub fn mask(&mut self, logits: &mut [f32]) -> Result<()> {
        let allowed = self.matcher.compute_mask_or_eos().map_err(|e| too_large(&e.to_string()))?;
        for (id, logit) in logits.iter_mut().enumerate() {
            if id >= allowed.len() || !allowed.get(id) {
                *logit = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    /// Follows a chosen token.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when the token was not allowed.
    pub fn accept(&mut self, id: u32) -> Result<()> {
        self.matcher.consume_token(id).map_err(|e| too_large(&e.to_string()))
    }

    /// Whether the text is complete and nothing can follow.
    pub fn is_complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}

fn too_large(message: &str) -> Error {
    Error::Input(format!("JSON schema cannot be followed: {}", first_line(message)))
}

/// Our tokeniser as `toktrie` wants it.
struct Vocabulary {
    trie: TokTrie,
    tokenizer: Arc<Tokenizer>,
}

impl Vocabulary {
    fn new(tokenizer: Arc<Tokenizer>) -> Result<Self> {
        let len = u32::try_from(tokenizer.len())
            .map_err(|_| Error::Input("the vocabulary has more than 2^32 tokens".into()))?;
        let words: Vec<Vec<u8>> = (0..len)
            .map(|id| {
                if tokenizer.is_control(id) {
                    let name = tokenizer.name(id).unwrap_or_default();
                    [&[TokTrie::SPECIAL_TOKEN_MARKER], name.as_bytes()].concat()
                } else {
                    tokenizer.token_bytes(id).to_vec()
                }
            })
            .collect();
        if let Some(long) = words.iter().position(|word| word.len() > usize::from(u8::MAX)) {
            let len = words[long].len();
            return Err(Error::Input(format!(
                "token {long} has {len} bytes, expected at most 255"
            )));
        }
        let info = TokRxInfo::new(len, tokenizer.ends()[0]);
        let trie = TokTrie::from(&info, &words).with_eos_tokens(tokenizer.ends());
        Ok(Self { trie, tokenizer })
    }
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<u32> {
        self.trie.tokenize_with_greedy_fallback(bytes, |text| {
            self.tokenizer
                .encode_plain(text)
                .unwrap_or_else(|_| self.trie.greedy_tokenize(text.as_bytes()))
        })
    }
}
