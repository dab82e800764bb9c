//! WAV files.

#![no_main]

use antiphon_models::audio::WavReader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut wav) = WavReader::new(bytes, "fuzz") else { return };
    let mut samples = Vec::new();
    loop {
        samples.clear();
        match wav.read_mono(512, &mut samples) {
            Ok(0) | Err(_) => break,
            Ok(_) => assert!(samples.iter().all(|sample| sample.is_finite())),
        }
    }
    wav.warnings();
});
