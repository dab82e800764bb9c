//! Files of `torch.save`.

#![no_main]

use antiphon_models::files::torch::TorchFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = TorchFile::read("fuzz", bytes) else { return };
    for tensor in file.tensors().values() {
        let count: usize = tensor.shape.iter().product();
        assert!(tensor.values(bytes).is_none_or(|values| values.len() == count));
    }
});
