//! Safetensors headers.

#![no_main]

use antiphon_models::files::safetensors::Safetensors;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = Safetensors::read("fuzz", bytes) else { return };
    for tensor in header.tensors().values() {
        assert!(bytes.get(tensor.range.clone()).is_some(), "a range outside the file");
    }
});
