//! WAV files as programs write them, and as no program should.

use std::io::Cursor;

use proptest::prelude::*;

use super::{SampleFormat, Speech, WavReader};
use crate::Result;

/// A header as asked, then `data`; `size` is what the header declares of it.
fn wav(tag: u16, bits: u16, channels: u16, rate: u32, size: u32, data: &[u8]) -> Vec<u8> {
    let align = bits.div_ceil(8) * channels;
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0".to_vec();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(align)).to_le_bytes());
    bytes.extend(align.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// Reads to the end in small blocks: samples, format, warnings.
fn read(bytes: &[u8]) -> Result<(Vec<f32>, SampleFormat, Vec<String>)> {
    let mut reader = WavReader::new(Cursor::new(bytes), "a.wav")?;
    let mut samples = Vec::new();
    while reader.read_mono(3, &mut samples)? > 0 {}
    assert_eq!(reader.frames(), samples.len() as u64);
    Ok((samples, reader.spec().format, reader.warnings()))
}

#[track_caller]
fn samples(bytes: &[u8], expected: &[f32]) {
    let (found, _, warnings) = read(bytes).expect("a readable file");
    assert_eq!(found, expected);
    assert_eq!(warnings, Vec::<String>::new());
}

#[track_caller]
fn error(bytes: &[u8], expected: &str) {
    let message = read(bytes).expect_err("no error").to_string();
    assert_eq!(message, expected);
}

const ACCEPTED: &str =
    "expected a WAV file with 8, 16, 24 or 32-bit integer or 32 or 64-bit float samples";

#[test]
fn hound_files_are_read_in_every_format_it_writes() {
    for (bits, format) in [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        for channels in [1, 2, 6] {
            let spec = hound::WavSpec {
                channels,
                sample_rate: 44_100,
                bits_per_sample: bits,
                sample_format: format,
            };
            let mut file = Cursor::new(Vec::new());
            let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
            let expected = [0.0, 0.5, -0.5, -1.0];
            for value in expected {
                for _ in 0..channels {
                    if format == hound::SampleFormat::Float {
                        writer.write_sample(value as f32).unwrap();
                    } else {
                        let full_scale = 2f64.powi(i32::from(bits) - 1);
                        writer.write_sample((value * full_scale) as i32).unwrap();
                    }
                }
            }
            writer.finalize().unwrap();
            samples(file.get_ref(), &expected.map(|value| value as f32));
        }
    }
}

#[test]
fn sixty_four_bit_floats_and_odd_widths_are_read() {
    let data: Vec<u8> = [0.25f64, -0.25].iter().flat_map(|x| x.to_le_bytes()).collect();
    samples(&wav(3, 64, 1, 16_000, 16, &data), &[0.25, -0.25]);
    // 20 bits, left-justified in three bytes.
    samples(&wav(1, 20, 1, 16_000, 3, &[0, 0, 0x40]), &[0.5]);
}

#[test]
fn channels_are_averaged() {
    let data: Vec<u8> = [0.5f32, 0.0, -0.5, -0.5].iter().flat_map(|x| x.to_le_bytes()).collect();
    samples(&wav(3, 32, 2, 16_000, 16, &data), &[0.25, -0.5]);
}

#[test]
fn an_extensible_header_and_foreign_chunks_are_understood() {
    let mut bytes = b"RIFF\0\0\0\0WAVEJUNK\x03\0\0\0abc\0fmt \x28\0\0\0".to_vec();
    bytes.extend([0xfe, 0xff, 1, 0]);
    bytes.extend(48_000u32.to_le_bytes());
    bytes.extend(192_000u32.to_le_bytes());
    bytes.extend([4, 0, 32, 0, 22, 0, 32, 0, 4, 0, 0, 0]);
    bytes.extend(*b"\x03\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    bytes.extend(*b"fact\x04\0\0\0\x01\0\0\0data\x04\0\0\0");
    bytes.extend(0.75f32.to_le_bytes());
    bytes.extend(*b"LIST\x04\0\0\0INFO");
    samples(&bytes, &[0.75]);
}

#[test]
fn a_length_that_the_writer_did_not_know_means_all_there_is() {
    let data = [0, 0x40, 0, 0xc0, 0, 0, 0, 0, 0, 0];
    for size in [0, u32::MAX, 0x7fff_f000, 0x7fff_ffff] {
        samples(&wav(1, 16, 1, 16_000, size, &data), &[0.5, -0.5, 0.0, 0.0, 0.0]);
    }
    samples(&wav(1, 16, 1, 16_000, 0, b"LIST\x04\0\0\0INFO"), &[]);
    samples(&wav(1, 16, 1, 16_000, 0, b""), &[]);
}

#[test]
fn a_long_file_says_its_length_in_its_own_chunk() {
    let mut bytes = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    bytes.extend(0u64.to_le_bytes());
    bytes.extend(4u64.to_le_bytes());
    bytes.extend([0; 12]);
    let rest = wav(1, 16, 1, 16_000, u32::MAX, &[0, 0x40, 0, 0xc0, b'L', b'I', b'S', b'T']);
    bytes.extend(&rest[12..]);
    samples(&bytes, &[0.5, -0.5]);
}

#[test]
fn a_truncated_file_gives_what_is_there_and_a_warning() {
    let (found, _, warnings) = read(&wav(1, 16, 1, 8000, 32_000, &[0, 0x40, 0])).unwrap();
    assert_eq!(found, [0.5]);
    assert_eq!(
        warnings,
        ["`a.wav` ends early: it holds 0.00 s of the 2.00 s that its header declares"]
    );
    let (found, _, warnings) = read(&wav(1, 16, 1, 8000, u32::MAX, &[0, 0x40, 0])).unwrap();
    assert_eq!(found, [0.5]);
    assert_eq!(warnings, ["`a.wav` ends inside a sample"]);
}

#[test]
fn samples_that_are_no_numbers_are_silence() {
    let values = [0.5f32, f32::NAN, f32::INFINITY, 1e30, -0.5];
    let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let (found, _, warnings) = read(&wav(3, 32, 1, 16_000, 20, &data)).unwrap();
    assert_eq!(found, [0.5, 0.0, 0.0, 0.0, -0.5]);
    assert_eq!(
        warnings,
        ["`a.wav` has 3 samples that are not numbers or far beyond full scale; they are taken \
          as silence"]
    );
}

#[test]
fn what_is_not_wav_is_named() {
    error(b"", &format!("`a.wav`: header: found an empty file, {ACCEPTED}"));
    error(b"ID3\x04...........", &format!("`a.wav`: header: found an MP3 file, {ACCEPTED}"));
    error(b"Hello, this is a letter", &format!("`a.wav`: header: found text, {ACCEPTED}"));
    error(b"RIFF", &format!("`a.wav`: header: found a WAV file cut off in its header, {ACCEPTED}"));
    error(
        &wav(6, 8, 1, 8000, 4, &[0; 4]),
        &format!("`a.wav`: encoding: found 8-bit A-law, {ACCEPTED}"),
    );
    error(
        &wav(1, 64, 1, 8000, 8, &[0; 8]),
        &format!("`a.wav`: encoding: found 64-bit integer, {ACCEPTED}"),
    );
}

#[test]
fn what_a_header_cannot_mean_is_refused() {
    let good = wav(1, 16, 1, 16_000, 2, &[0; 2]);
    error(&good[..38], "`a.wav`: `data` chunk: found none before the file ends, expected samples");
    error(&wav(1, 16, 0, 16_000, 2, &[0; 2]), "`a.wav`: channels: found 0, expected at least 1");
    error(
        &wav(1, 16, 1, 4000, 2, &[0; 2]),
        "`a.wav`: sample rate: found 4000 Hz, expected 8000 to 192000 Hz",
    );
    let mut torn = good.clone();
    torn[32] = 3;
    error(&torn, "`a.wav`: bytes a frame: found 3, expected 2 for 1 channels");
    let mut without = good;
    without[12..16].copy_from_slice(b"junk");
    error(&without, "`a.wav`: `fmt ` chunk: found none before the samples, expected one");
}

#[test]
fn speech_is_delivered_at_16_khz() {
    let data = vec![0; 44_100 * 2];
    let bytes = wav(1, 16, 1, 44_100, data.len() as u32, &data);
    let mut speech = Speech::new(WavReader::new(Cursor::new(bytes), "a.wav").unwrap()).unwrap();
    let (mut block, mut frames) = (Vec::new(), 0);
    while speech.next_block(&mut block).unwrap() {
        frames += block.len();
    }
    assert_eq!(frames, 16_000);
    assert!(!speech.next_block(&mut block).unwrap());
}

proptest! {
    #[test]
    fn no_header_makes_the_reader_panic_or_allocate(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        valid in 0..5usize,
    ) {
        // Random bytes rarely get past the first check, so most cases keep a valid beginning.
        let start = wav(1, 16, 2, 48_000, u32::MAX, &[]);
        let kept = [0, 12, 20, 36, 44][valid];
        let kept = kept.min(bytes.len());
        bytes[..kept].copy_from_slice(&start[..kept]);
        if let Ok((samples, _, _)) = read(&bytes) {
            prop_assert!(samples.len() <= bytes.len());
            prop_assert!(samples.iter().all(|sample| sample.is_finite()));
        }
    }
}
