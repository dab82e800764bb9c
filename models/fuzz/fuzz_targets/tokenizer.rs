//! `tokenizer.json`.

#![no_main]

use antiphon_models::text::Tokenizer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(tokenizer) = Tokenizer::from_json("fuzz", bytes, &[0]) else { return };
    if let Ok(ids) = tokenizer.encode("Hello, <|im_start|>world \u{1f600}") {
        tokenizer.decode(&ids);
    }
});
