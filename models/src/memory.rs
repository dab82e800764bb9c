//! What a model will take in memory, told from the headers of its files.

use crate::Result;
use crate::device::Compute;
use crate::files::gguf::Gguf;
use crate::files::onnx::Onnx;
use crate::files::{ModelFiles, Want};
use crate::qwen3::{Config, KvCache};

/// Tokens that a conversation without a limit is reckoned with: about an hour of talk.
const USUAL: usize = 8_192;

/// Bytes that a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Of its weights, as they are laid out for the processor or the device.
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
pub fn of(
    files: &ModelFiles,
    want: Want,
    context: Option<usize>,
    compute: &Compute,
) -> Result<Memory> {
    let size = files.size()?;
    let alone = |weights| Memory { weights, conversation: None };
    let bytes = compute.dtype().size_in_bytes() as u64;
    let on_device = compute.device().is_some();
    if let Some(file) = files.onnx() {
        // Bytes in the file where it is quantised, single precision in memory.
        return Ok(alone(Onnx::read(file.path(), &file.open()?)?.elements().saturating_mul(4)));
    }
    Ok(match (want, files.gguf()) {
        (Want::Qwen3, Some(file)) => {
            let config = Config::from_gguf(&Gguf::read(file.path(), &file.open()?)?)?;
            let tokens = context.unwrap_or(USUAL).min(config.context);
            let half = KvCache::bytes(&config, tokens);
            if on_device {
                let conversation = Some((half / 2 * bytes, tokens));
                return Ok(Memory { weights: size, conversation });
            }
            // Quantised weights are packed anew.
            Memory { weights: size + size / 4, conversation: Some((half, tokens)) }
        }
        // Half precision in the file, or single.
        (Want::Qwen3 | Want::Whisper, _) if on_device => alone(size / 2 * bytes),
        (Want::Kokoro, _) if on_device => alone(size / 4 * bytes),
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
    use crate::device::{DType, Device};
    use crate::files;

    #[test]
    fn the_language_model_of_the_repository() {
        let name = "rehearsal-llm-en".parse().unwrap();
        let files = files::resolve(&name, Want::Qwen3, &()).unwrap();
        let on = |context, compute: &Compute| of(&files, Want::Qwen3, context, compute).unwrap();
        let reckoned = |context| on(context, &Compute::default());
        let size = files.size().unwrap();
        assert!((size..size * 3 / 2).contains(&reckoned(None).weights));
        // What a cache that holds so much really allocates.
        let network = crate::qwen3::Qwen3::load(&files, &Compute::default()).unwrap();
        for tokens in [1, 300, 512] {
            let mut cache = KvCache::new(&network, tokens);
            let ids = vec![1; tokens];
            network.forward(&ids, &mut cache).unwrap();
            assert_eq!(reckoned(Some(tokens)).conversation, Some((cache.memory() as u64, tokens)));
        }
        for dtype in [DType::F16, DType::F32] {
            let compute = Compute::tensors(Device::Cpu, dtype);
            let Memory { weights, conversation } = on(Some(256), &compute);
            let network = crate::qwen3::Qwen3::load(&files, &compute).unwrap();
            let mut cache = KvCache::new(&network, 256);
            network.forward(&[1; 256], &mut cache).unwrap();
            assert_eq!((weights, conversation), (size, Some((cache.memory() as u64, 256))));
        }
        let most = network.config().context;
        assert_eq!(reckoned(None).conversation.unwrap().1, most.min(USUAL));
        assert_eq!(reckoned(Some(usize::MAX)).conversation.unwrap().1, most);
    }
}
