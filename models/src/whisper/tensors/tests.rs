//! The seam itself: what no transcript shows. The whole network is compared with the reference in
//! `tests/whisper.rs`.

use std::path::PathBuf;

use candle_core::{DType, Device};

use super::super::testing::noise;
use super::super::{Parts, Whisper};
use crate::device::Compute;
use crate::files::{self, ModelName, Want};

fn load(compute: &Compute) -> Whisper {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/whisper/multi80");
    let files = files::resolve(&ModelName::Path(folder), Want::Whisper, &()).unwrap();
    Whisper::load_parts(&Parts::open(&files).unwrap(), compute).unwrap()
}

#[track_caller]
fn near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
    let most = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
    assert!(worst <= 1e-4 * most, "{what}: {worst} of {most}");
}

#[test]
fn attention_over_the_audio_survives_truncation_as_in_the_kernels() {
    let places = [Compute::default(), Compute::tensors(Device::Cpu, DType::F32)];
    let [kernels, tensors] = places.map(|compute| load(&compute));
    let features = noise(80 * 200, 3);
    let mut expected = kernels.network.listen(&features, &|| Ok(())).unwrap();
    let mut found = tensors.network.listen(&features, &|| Ok(())).unwrap();
    let heads = kernels.generation.alignment_heads.len();
    assert_eq!(found.alignment().unwrap().len(), 0);
    let mut both = |keep: usize, tokens: &[u32], rows: &[usize]| {
        for decoding in [&mut found, &mut expected] {
            decoding.truncate(keep);
        }
        let [logits, wanted] =
            [&mut found, &mut expected].map(|decoding| decoding.logits(tokens, rows).unwrap());
        near("logits", &logits, &wanted);
        let [found, expected] = [&found, &expected].map(|decoding| decoding.alignment().unwrap());
        let length = keep + tokens.len();
        assert_eq!(found.len(), length * heads * 100);
        near("alignment", &found, &expected);
        // Of every token and head it is a distribution over the audio.
        for row in found.chunks_exact(100) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
    };
    both(0, &[291, 5, 6, 7], &[0, 3]);
    both(4, &[8], &[0]);
    both(5, &[9, 10], &[1, 0]);
    // In the middle of a step, at its start, of everything, and of more than there is.
    both(6, &[11], &[0]);
    both(2, &[12, 13, 14], &[2]);
    both(2, &[15], &[0]);
    both(0, &[291], &[0]);
    both(1, &[5; 63], &[62]);
    found.truncate(100);
    assert_eq!((found.len(), found.audio_length()), (64, 100));
}

#[test]
fn bad_input_is_refused_alike() {
    let check = |whisper: &Whisper| {
        let fault = |frames: usize| whisper.encode(&vec![0.0; 80 * frames]).unwrap_err();
        for frames in [0, 3, 502] {
            let expected = format!("{frames} mel frames, expected an even number from 2 to 500");
            assert_eq!(fault(frames).to_string(), expected);
        }
        let mut decoding = whisper.network.listen(&noise(80 * 20, 1), &|| Ok(())).unwrap();
        let mut fault = |tokens: &[u32]| decoding.logits(tokens, &[0]).unwrap_err().to_string();
        assert_eq!(fault(&[557]), "token 557, expected one below 557");
        assert_eq!(fault(&[0; 65]), "65 tokens, expected at most 64");
        // A refusal leaves no trace.
        assert_eq!(decoding.len(), 0);
        decoding.logits(&[1; 64], &[63]).unwrap();
        assert_eq!(decoding.len(), 64);
    };
    check(&load(&Compute::default()));
    check(&load(&Compute::tensors(Device::Cpu, DType::F32)));
}
