//! The harmonic voice against its Python reference, on a tiny random checkpoint with given noise; what
//! it does with odd lines; and damaged checkpoints.
//!
//! `models/reference/regenerate.sh` draws the fixtures; `ANTIPHON_FIXTURES` names another folder of
//! them than the committed one.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "checkpoint/copy.rs"]
mod copy;
#[path = "checkpoint/fixtures.rs"]
mod fixtures;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::harmonic::{Harmonic, Noise, Speech};
use copy::{Copy, refused};
use fixtures::fixtures;
use proptest::prelude::*;
use safetensors::SafeTensors;
use serde_json::{Value, json};

const LINES: usize = 4;
const HOP: usize = 80;
/// The reference keeps one sample of so many.
const EVERY: usize = 5;
const WEIGHTS: &str = "model.safetensors";

fn fixture(name: &str) -> PathBuf {
    fixtures().join("harmonic").join(name)
}

fn fault(path: &Path) -> Option<String> {
    Harmonic::load_dir(path).err().map(|error| error.to_string())
}

fn copy() -> Copy {
    Copy::of(&fixture("tiny"), fault)
}

fn load() -> Arc<Harmonic> {
    Harmonic::load_dir(fixture("tiny")).unwrap()
}

fn speak(line: &str) -> Speech {
    load().speak(line, 1.0, &mut Noise::seeded(1)).unwrap()
}

/// What the reference computed.
struct Golden(Vec<u8>);

impl Golden {
    fn read() -> Self {
        Self(std::fs::read(fixture("tiny.golden.safetensors")).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn f32s(&self, name: &str) -> Vec<f32> {
        self.bytes(name).chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }

    fn sizes(&self, name: &str) -> Vec<usize> {
        let size = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap()) as usize;
        self.bytes(name).chunks(8).map(size).collect()
    }

    /// The noise that the reference used for a line, by the formula of its `make.py`.
    fn noise(&self, line: usize) -> Vec<f32> {
        let seed = self.sizes("seed")[0];
        let parts = self.sizes(&format!("noise_{line}"));
        let part = |(part, count): (usize, usize)| {
            let mut state = (seed + 100 * line + part) as u32;
            let mut unit = move || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state >> 8) / f64::from(1 << 24)
            };
            let number = move |_| ((0..12).map(|_| unit()).sum::<f64>() - 6.0) as f32;
            (0..count).map(number).collect::<Vec<_>>()
        };
        parts.into_iter().enumerate().flat_map(part).collect()
    }
}

#[test]
fn samples_equal_the_reference() {
    let (voice, golden) = (load(), Golden::read());
    for line in 0..LINES {
        let text = String::from_utf8(golden.bytes(&format!("line_{line}"))).unwrap();
        let speed = golden.f32s(&format!("speed_{line}"))[0];
        let speech = voice.speak(&text, speed, &mut Noise::given(golden.noise(line))).unwrap();
        assert_eq!(speech.samples.len(), golden.sizes(&format!("count_{line}"))[0], "{text}");
        assert_eq!(speech.lengths.len(), text.chars().count());
        assert_eq!(speech.lengths.iter().sum::<usize>(), speech.samples.len());
        let found: Vec<f32> = speech.samples.iter().step_by(EVERY).copied().collect();
        let wanted = golden.f32s(&format!("samples_{line}"));
        let worst = found.iter().zip(&wanted).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
        let scale = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
        println!("line {line}: differ {:.1e} of {scale:.2}", worst / scale);
        assert!(worst <= 1e-3 * scale, "line {line}: {worst} of {scale}");
    }
}

#[test]
fn sounds_last_as_long_as_in_the_reference() {
    let golden = Golden::read();
    // The second line is one clause of four sounds without a mark: `jˈɛs`, with a start and an end.
    let lasts = golden.sizes("lasts_1");
    let speech = load().speak("jˈɛs", 1.3, &mut Noise::seeded(1)).unwrap();
    let [start, j, e, s, end] = lasts[..] else { panic!("{lasts:?}") };
    assert_eq!(speech.lengths, [(start + j) * HOP, 0, e * HOP, (s + end) * HOP]);
}

#[test]
fn the_embedded_voice_speaks_at_a_natural_pace() {
    let Some(model) = files::find_embedded("rehearsal-tts-en") else {
        println!("skipped 1 test: the program was built without `rehearsal-tts-en`");
        return;
    };
    let files = files::resolve(&ModelName::Embedded(model), Want::Harmonic, &()).unwrap();
    let voice = Harmonic::load(&files).unwrap();
    let line = "həlˈO ðˈɛɹ, hˌW ˈɑɹ ju?";
    let speech = voice.speak(line, 1.0, &mut Noise::seeded(1)).unwrap();
    let seconds = speech.samples.len() as f32 / Harmonic::SAMPLE_RATE as f32;
    // Five syllables and two pauses.
    assert!((1.2..=2.6).contains(&seconds), "{seconds}");
    let peak = speech.samples.iter().fold(0f32, |m, v| m.max(v.abs()));
    assert!((0.1..=1.0).contains(&peak), "{peak}");
    for (symbol, length) in line.chars().zip(&speech.lengths) {
        let silent = " ˈˌ".contains(symbol);
        assert_eq!(silent, *length == 0, "{symbol} lasts {length} samples");
        // 300 ms, with 40 ms of silence before the first.
        assert!(silent || ",?".contains(symbol) || *length < 5440, "{symbol}: {length} samples");
    }
    let fast = voice.speak(line, 2.0, &mut Noise::seeded(1)).unwrap();
    let ratio = speech.samples.len() as f32 / fast.samples.len() as f32;
    // Silence at the ends of clauses keeps its length.
    assert!((1.5..=2.0).contains(&ratio), "{ratio}");
}

#[test]
fn a_line_is_its_clauses() {
    let voice = load();
    let line = "wˈʌn, tˈu! — θɹˈi: ";
    let whole = speak(line);
    let mut noise = Noise::seeded(1);
    let parts: Vec<Speech> =
        voice.clauses(line, 1.0, &mut noise).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(parts.len(), 3);
    let samples: Vec<f32> = parts.iter().flat_map(|part| part.samples.clone()).collect();
    assert_eq!(samples, whole.samples);
    let mut lengths: Vec<usize> = parts.iter().flat_map(|part| part.lengths.clone()).collect();
    lengths.resize(line.chars().count(), 0);
    assert_eq!(lengths, whole.lengths);
    // Each alone, with the noise that it had.
    let mut noise = Noise::seeded(1);
    for (text, part) in ["wˈʌn,", " tˈu!", " — θɹˈi:"].into_iter().zip(parts) {
        assert_eq!(voice.speak(text, 1.0, &mut noise).unwrap(), part, "{text}");
    }
}

#[test]
fn the_seed_of_the_noise_decides_every_sample() {
    assert_eq!(speak("lˈuk."), speak("lˈuk."));
    let other = load().speak("lˈuk.", 1.0, &mut Noise::seeded(2)).unwrap();
    assert_ne!(speak("lˈuk.").samples, other.samples);
}

#[test]
fn what_cannot_be_said_is_silent() {
    for line in ["", " ", "...", "ˈ", "❓ 漢字", "“”()", "—,—"] {
        let speech = speak(line);
        assert_eq!(speech.samples, Vec::<f32>::new(), "{line}");
        assert_eq!(speech.lengths, vec![0; line.chars().count()], "{line}");
    }
    assert_eq!(speak("lˈ❓uk.").samples, speak("lˈuk.").samples);
}

#[test]
fn a_pause_follows_a_clause_by_its_mark() {
    let settings: Value =
        serde_json::from_slice(&std::fs::read(fixture("tiny/config.json")).unwrap()).unwrap();
    for mark in [",", ";", ".", "—"] {
        let pause = settings["pauses"][mark].as_f64().unwrap();
        let speech = speak(&format!("lˈuk{mark}"));
        let silent = speech.samples.iter().rev().take_while(|&&x| x == 0.0).count();
        assert_eq!(silent, (pause * 16_000.0) as usize, "{mark}");
    }
}

#[test]
fn a_clause_without_end_is_cut_between_words() {
    let line = "lˈuk ".repeat(400);
    let voice = load();
    let mut noise = Noise::seeded(1);
    let parts: Vec<Speech> =
        voice.clauses(&line, 1.0, &mut noise).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(parts.len(), 5);
    for part in &parts[..4] {
        // 80 words of four symbols, with the blanks between them.
        assert!([399, 400].contains(&part.lengths.len()), "{}", part.lengths.len());
    }
    assert_eq!(speak(&"l".repeat(5000)).lengths.len(), 5000);
}

#[test]
fn a_speed_out_of_range_is_refused() {
    for speed in [0.0, 0.2, 4.1, -1.0, f32::NAN, f32::INFINITY] {
        let error = load().speak("lˈuk.", speed, &mut Noise::seeded(1)).unwrap_err().to_string();
        let expected = format!("a speed of {speed}; from 0.25 to 4 is expected");
        assert_eq!(error, expected);
    }
    let error = load().speak("lˈuk.", 1.0, &mut Noise::given(vec![0.0; 99])).unwrap_err();
    assert!(error.to_string().contains("99 numbers of noise are left"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_line_is_spoken(line in "[a-zˈˌɪʊəɹʃ ,.?!—\u{1f600}❓]{0,60}", speed in 0.25f32..=4.0) {
        let speech = load().speak(&line, speed, &mut Noise::seeded(1)).unwrap();
        prop_assert_eq!(speech.lengths.len(), line.chars().count());
        prop_assert_eq!(speech.lengths.iter().sum::<usize>(), speech.samples.len());
        prop_assert!(speech.samples.iter().all(|x| x.is_finite()));
    }
}

#[test]
fn what_the_process_holds_is_shared() {
    assert!(Arc::ptr_eq(&load(), &load()));
}

#[test]
fn what_is_no_voice_is_refused() {
    const TAKEN: &str = "a voice's folder of `config.json` and `model.safetensors`";
    refused(Path::new("/nowhere/at/all"), fault, &["/nowhere/at/all"]);
    copy().without("config.json").refused(&["`config.json` is missing", TAKEN]);
    copy().without(WEIGHTS).refused(&["`model.safetensors` is missing", TAKEN]);
    refused(&fixture("tiny").join(WEIGHTS), fault, &["it is one file", TAKEN]);
    let name: ModelName = "rehearsal-stt-en".parse().unwrap();
    let message = files::resolve(&name, Want::Harmonic, &()).unwrap_err().to_string();
    assert!(message.contains("it is no voice; expected"), "{message}");

    let config = |key, value, parts: &[&str]| {
        copy().json("config.json", key, value).refused(&[&["config.json"], parts].concat());
    };
    config("model_type", json!("whisper"), &["`model_type`", "found whisper", "`harmonic`"]);
    config("sample_rate", json!(24_000), &["`sample_rate`", "found 24000", "expected 16000"]);
    config("bands", Value::Null, &["missing field `bands`"]);
    config("bands", json!(1), &["`bands`", "found 1", "a number from 2 to 256"]);
    config("kernel", json!(4), &["`kernel`", "found 4", "an odd number"]);
    config("symbols", json!(["a", "b"]), &["`symbols`", "no `^`"]);
    config("pauses", json!({".": -1.0}), &["`pauses`", "found -1", "seconds from 0 to 5"]);
    config("colour", json!(1), &["unknown field `colour`"]);
    let size = |key, value: usize, parts: &[&str]| {
        copy().json("config.json", key, json!(value)).refused(&[&[WEIGHTS], parts].concat());
    };
    size("unit_channels", 13, &["tensor `symbol.weight`", "12]", "13]"]);
    size("frame_blocks", 3, &["tensor `frames.2.", "found nothing"]);

    for tensor in ["duration.bias", "frames.1.mix.weight", "leave.weight"] {
        let rename = |header: &mut Value| {
            let entry = header.as_object_mut().unwrap().remove(tensor).unwrap();
            header["another"] = entry;
        };
        let item = format!("tensor `{tensor}`");
        copy().header(WEIGHTS, rename).refused(&[WEIGHTS, &item, "found nothing"]);
    }
    let whole = std::fs::read(fixture("tiny").join(WEIGHTS)).unwrap();
    for keep in [0, 7, 100, whole.len() - 1] {
        let short = copy();
        std::fs::write(short.path(WEIGHTS), &whole[..keep]).unwrap();
        short.refused(&[WEIGHTS]);
    }
}
