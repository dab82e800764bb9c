//! What a model will take in memory, told from the headers of its files.

use crate::Result;
use crate::files::gguf::Gguf;
use crate::files::onnx::Onnx;
use crate::files::{ModelFiles, Want};
use crate::qwen3::{Config, KvCache};

/// Tokens that a conversation without a limit is reckoned with: about an hour of talk.
const USUAL: usize = 8_192;

/// Bytes that a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Of its weights, as they are laid out for the processor.
    pub weights: u64,
    /// Of the keys and values of a conversation, with its length in tokens.
    pub conversation: Option<(u64, usize)>,
}

/// Reckons with weights as large as they become once loaded, and with a conversation of `context`
/// tokens, or 8,192, or what the network was made for if that is less. Right to a quarter for a
/// network of some hundred megabytes.
///
/// # Errors
/// [`crate::Error::File`] when a header cannot be read.
pub fn of(files: &ModelFiles, want: Want, context: Option<usize>) -> Result<Memory> {
    let size = files.size()?;
    let alone = |weights| Memory { weights, conversation: None };
    if let Some(file) = files.onnx() {
        // Bytes in the file where it is quantised, single precision in memory.
        return Ok(alone(Onnx::read(file.path(), &file.open()?)?.elements().saturating_mul(4)));
    }
    Ok(match (want, files.gguf()) {
        (Want::Qwen3, Some(file)) => {
            let config = Config::from_gguf(&Gguf::read(file.path(), &file.open()?)?)?;
            let tokens = context.unwrap_or(USUAL).min(config.context);
            let conversation = Some((KvCache::bytes(&config, tokens), tokens));
            // Quantised weights are packed anew.
            Memory { weights: size + size / 4, conversation }
        }
        // Half precision in the file, single in memory.
        (Want::Qwen3 | Want::Harmonic, _) => alone(size * 2),
        (Want::Whisper | Want::SmartTurn | Want::Kokoro | Want::KokoroVoice | Want::Any, _) => {
            alone(size)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn the_language_model_of_the_repository() {
        let name = "rehearsal-llm-en".parse().unwrap();
        let files = files::resolve(&name, Want::Qwen3, &()).unwrap();
        let reckoned = |context| of(&files, Want::Qwen3, context).unwrap();
        let size = files.size().unwrap();
        assert!((size..size * 3 / 2).contains(&reckoned(None).weights));
        // What a cache that holds so much really allocates.
        let network =
            crate::qwen3::Qwen3::load(&files, &crate::device::Compute::default()).unwrap();
        for tokens in [1, 300, 512] {
            let mut cache = KvCache::new(&network, tokens);
            let ids = vec![1; tokens];
            network.forward(&ids, &mut cache).unwrap();
            assert_eq!(reckoned(Some(tokens)).conversation, Some((cache.memory() as u64, tokens)));
        }
        let most = network.config().context;
        assert_eq!(reckoned(None).conversation.unwrap().1, most.min(USUAL));
        assert_eq!(reckoned(Some(usize::MAX)).conversation.unwrap().1, most);
    }
}
