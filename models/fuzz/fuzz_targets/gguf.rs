//! GGUF headers, and the network configuration and tokeniser in their metadata.

#![no_main]

use antiphon_models::{files::gguf::Gguf, qwen3::Config, text::Tokenizer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(gguf) = Gguf::read("fuzz", bytes) else { return };
    let mut names = gguf.content().tensor_infos.keys();
    assert!(names.all(|name| gguf.tensor(bytes, name).is_ok()));
    Config::from_gguf(&gguf).ok();
    Tokenizer::from_gguf("fuzz", gguf.content()).ok();
});
