//! `config.json` of both networks.

#![no_main]

use std::{path::Path, sync::Arc};

use antiphon_models::{
    device::Compute,
    qwen3,
    whisper::{Parts, Whisper},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    qwen3::Config::from_json(Path::new("fuzz"), bytes).ok();
    let parts = Parts {
        name: "fuzz".into(),
        config: Arc::new(bytes.to_vec()),
        generation_config: None,
        preprocessor_config: Some(Arc::new(bytes.to_vec())),
        tokenizer: Arc::new(Vec::new()),
        weights: Vec::new(),
    };
    Whisper::load_parts(&parts, &Compute::default()).ok();
});
