//! Kokoro's files: damaged, foreign and incomplete ones, voices and their mixtures. What the network
//! computes is compared with the published package inside the crate.

#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "checkpoint/copy.rs"]
mod copy;
#[path = "checkpoint/fixtures.rs"]
mod fixtures;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use antiphon_models::device::Compute;
use antiphon_models::files::{self, File, ModelName, Want};
use antiphon_models::kokoro::{Kokoro, Noise, Voice, VoiceMix, find_voice};
use copy::{Copy, refused};
use fixtures::fixtures;
use proptest::prelude::*;
use serde_json::{Value, json};

const WEIGHTS: &str = "model.safetensors";
const PUBLISHED: &str = "kokoro-v1_0.pth";

fn fixture(name: &str) -> PathBuf {
    fixtures().join("kokoro").join(name)
}

fn open(path: &Path) -> antiphon_models::Result<Arc<Kokoro>> {
    let name = ModelName::Path(path.to_path_buf());
    Kokoro::open(&files::resolve(&name, Want::Kokoro, &())?, &Compute::default())
}

fn fault(path: &Path) -> Option<String> {
    open(path).err().map(|error| error.to_string())
}

fn copy(name: &str) -> Copy {
    let files = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, files.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    Copy::of(files.path(), fault)
}

fn voice_file() -> PathBuf {
    fixture("published").join("voices/af_one.pt")
}

fn voice() -> Voice {
    Voice::load(&File::Path(voice_file())).unwrap()
}

#[test]
fn what_is_no_such_checkpoint_is_refused() {
    const TAKEN: &str = "the folder of `config.json` and `kokoro-v1_0.pth`";
    refused(Path::new("/nowhere/at/all"), fault, &["/nowhere/at/all"]);
    refused(&fixture("published").join(PUBLISHED), fault, &["it is one file", TAKEN]);
    copy("other").without("config.json").refused(&["`config.json` is missing", TAKEN]);
    copy("other").without(WEIGHTS).refused(&["`kokoro-v1_0.pth` is missing", TAKEN]);
    let name: ModelName = "rehearsal-stt-en".parse().unwrap();
    let message = files::resolve(&name, Want::Kokoro, &()).unwrap_err().to_string();
    assert!(message.contains("it is no speech model"), "{message}");

    for tensor in
        ["bert_encoder.weight", "decoder.decode.2.norm1.fc.bias", "predictor.lstm.bias_hh_l0"]
    {
        let rename = |header: &mut Value| {
            let entry = header.as_object_mut().unwrap().remove(tensor).unwrap();
            header["another"] = entry;
        };
        let item = format!("tensor `{tensor}`");
        copy("other").header(WEIGHTS, rename).refused(&[WEIGHTS, &item, "found nothing"]);
    }
    for name in ["other", "published"] {
        let file = if name == "other" { WEIGHTS } else { PUBLISHED };
        let whole = std::fs::read(fixture(name).join(file)).unwrap();
        for length in [0, 100, whole.len() / 2, whole.len() - 1] {
            let copy = copy(name);
            std::fs::write(copy.path(file), &whole[..length]).unwrap();
            copy.refused(&[file]);
        }
        let copy = copy(name);
        std::fs::write(copy.path(file), "<html>not found</html>").unwrap();
        copy.refused(&[file]);
    }
}

#[test]
fn a_configuration_that_does_not_fit_is_refused() {
    fn config(key: &str, value: Value, parts: &[&str]) {
        copy("other").json("config.json", key, value).refused(parts);
    }
    config("hidden_dim", json!(-1), &["invalid value"]);
    config("hidden_dim", json!(13), &["`hidden_dim`", "an even number"]);
    config("hidden_dim", json!(14), &["tensor `bert_encoder.weight`", "[12, 24]", "[14, 24]"]);
    config("n_layer", Value::Null, &["missing field `n_layer`"]);
    config("n_token", json!(0), &["`n_token`", "from 1 to"]);
    config("text_encoder_kernel_size", json!(4), &["an odd number"]);
    config("vocab", json!({"a": 4000}), &["`vocab`", "`4000`", "below 40"]);
    config("plbert", json!({}), &["missing field `hidden_size`"]);
    let nested = |part: &str, key: &str, value: Value, parts: &[&str]| {
        let path = fixture("other").join("config.json");
        let mut whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        whole[part][key] = value;
        config(part, whole[part].clone(), parts);
    };
    nested("plbert", "num_attention_heads", json!(5), &["a divisor of 24"]);
    nested("istftnet", "upsample_rates", json!([4, 2]), &["upsample_kernel_sizes", "a list of 3"]);
    nested("istftnet", "upsample_kernel_sizes", json!([8, 4, 4]), &["3 or an even number more"]);
    nested("istftnet", "resblock_kernel_sizes", json!([3, 4]), &["`4`", "an odd number"]);
    nested("istftnet", "resblock_dilation_sizes", json!([[1], [1]]), &["lists of 3"]);
    nested("istftnet", "gen_istft_hop_size", json!(9), &["gen_istft_hop_size", "from 1 to 8"]);
    nested("istftnet", "gen_istft_n_fft", json!(18), &["noise_convs.0", "[8, 18, 12]"]);
    nested("istftnet", "upsample_initial_channel", json!(20), &["a multiple of 8"]);
}

#[test]
fn names_may_keep_what_training_put_before_them() {
    let copy = copy("other").header(WEIGHTS, |header| {
        let plain = std::mem::take(header.as_object_mut().unwrap());
        for (name, entry) in plain {
            let (part, rest) = name.split_once('.').unwrap_or((&name, ""));
            let name = if rest.is_empty() { name } else { format!("{part}.module.{rest}") };
            header[name] = entry;
        }
    });
    assert_eq!(fault(copy.folder()), None);
}

#[test]
fn symbols_outside_the_vocabulary_are_left_out_and_counted() {
    let network = open(&fixture("published")).unwrap();
    assert_eq!(network.limit(), 510);
    assert_eq!(network.samples_per_unit(), 600);
    // `;` is the first symbol of the fixture's vocabulary, `:` the second.
    assert_eq!(network.tokens(";\u{1f600}:日;").unwrap(), [1, 4, 1]);
    assert_eq!(network.unknown(";\u{1f600}:日;"), 2);
    assert_eq!(network.tokens("").unwrap(), [0; 0]);
    assert_eq!(network.tokens(&";".repeat(510)).unwrap().len(), 510);
    let message = network.tokens(&";".repeat(511)).unwrap_err().to_string();
    assert!(message.contains("511 tokens; 1 to 510 are expected"), "{message}");
}

#[test]
fn what_cannot_be_spoken_is_refused() {
    let network = open(&fixture("published")).unwrap();
    let (voice, mut noise) = (voice(), Noise::seeded(1));
    let style = voice.row(2).unwrap();
    let mut check = |tokens: &[u32], style: &[f32], speed: f32, part: &str| {
        let message = network.speak(tokens, style, speed, &mut noise).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    check(&[], style, 1.0, "0 tokens; 1 to 510");
    check(&[1; 511], style, 1.0, "511 tokens");
    check(&[1, 178], style, 1.0, "token 178; tokens below 178");
    check(&[1, 2], &style[1..], 1.0, "a style of 15 numbers; 16");
    check(&[1, 2], &[f32::NAN; 16], 1.0, "finite");
    for speed in [0.0, -1.0, 0.2, 4.1, f32::NAN, f32::INFINITY] {
        check(&[1, 2], style, speed, "0.25 to 4 is expected");
    }
    let short = network.speak(&[1, 2], style, 1.0, &mut Noise::given(vec![0.0; 9]));
    assert!(short.unwrap_err().to_string().contains("numbers of noise are left"));
}

#[test]
fn a_seed_decides_the_noise() {
    let network = open(&fixture("published")).unwrap();
    let voice = voice();
    let speak = |seed| {
        let mut noise = Noise::seeded(seed);
        network.speak(&[5, 6, 7], voice.row(3).unwrap(), 1.0, &mut noise).unwrap()
    };
    let spoken = speak(1);
    assert_eq!(spoken, speak(1));
    assert_ne!(spoken.samples, speak(2).samples);
    assert!(spoken.samples.iter().all(|sample| sample.is_finite()));
    let units: usize = spoken.durations.iter().sum();
    assert_eq!(spoken.samples.len(), units * network.samples_per_unit());
    assert_eq!(spoken.durations.len(), 5);
}

#[test]
fn a_voice_is_the_same_in_every_format() {
    let voice = voice();
    assert_eq!(voice.width(), 16);
    let numbers: Vec<u8> =
        (1..=510).flat_map(|n| voice.row(n).unwrap()).flat_map(|x| x.to_le_bytes()).collect();
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Voice::load(&File::Path(path)).map_err(|error| error.to_string())
    };
    let npy = |shape: &str, descr: &str| {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(&numbers);
        bytes
    };
    assert_eq!(load("a.bin", &numbers).unwrap(), voice);
    assert_eq!(load("a.npy", &npy("(510, 1, 16)", "<f4")).unwrap(), voice);
    assert_eq!(load("b.npy", &npy("(510, 16)", "<f4")).unwrap(), voice);

    let refused = |name: &str, bytes: &[u8], part: &str| {
        let message = load(name, bytes).unwrap_err();
        assert!(message.contains(part), "{message}");
    };
    refused("c.npy", &npy("(255, 2, 16)", "<f4"), "shape [255, 2, 16], expected [510, 1, 256]");
    refused("c.npy", &npy("(510, 1, 15)", "<f4"), "bytes for the shape [510, 1, 15]");
    refused("c.npy", &npy("(510, 1, 16)", "<f8"), "little-endian f32");
    refused("c.npy", &npy("(510, 1, 18446744073709551615)", "<f4"), "for the shape");
    refused("c.npy", b"\x93NUMPY\x01\x00\xff\xff{", "the end of the file");
    refused("c.npy", b"PK", "another format");
    refused("c.bin", &numbers[4..], "32636 bytes");
    refused("c.bin", &[], "0 bytes");
    refused("c.wav", &numbers, "`.pt`, `.npy` or `.bin`");
    let mut infinite = numbers.clone();
    infinite[4..8].copy_from_slice(&f32::INFINITY.to_le_bytes());
    refused("c.bin", &infinite, "no number at element 1");
    let weights = std::fs::read(fixture("published").join(PUBLISHED)).unwrap();
    refused("c.pt", &weights, "a dictionary of");
    assert!(voice.row(0).unwrap_err().to_string().contains("0 tokens"));
    assert!(voice.row(511).unwrap_err().to_string().contains("1 to 510"));
}

#[test]
fn voices_are_mixed_by_their_shares() {
    let check = |text: &str, expected: &[(&str, f32)]| {
        let expected = expected.iter().map(|(name, weight)| (name.to_string(), *weight)).collect();
        assert_eq!(text.parse::<VoiceMix>().unwrap(), VoiceMix(expected));
    };
    check("af_heart", &[("af_heart", 1.0)]);
    check("af_heart:0.7+bf_emma:0.3", &[("af_heart", 0.7), ("bf_emma", 0.3)]);
    check(" a : 2 + b ", &[("a", 2.0), ("b", 1.0)]);
    for text in
        ["", "a+", "a:0", "a:-1", "a:x", "a:inf", "a:nan", "../a", ".a", "a/b", "a:1:2", "+"]
    {
        let message = text.parse::<VoiceMix>().unwrap_err().to_string();
        assert!(message.contains("as in `af_heart:0.7+bf_emma:0.3`"), "{message}");
    }

    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("one", 1.0f32), ("five", 5.0)] {
        let bytes: Vec<u8> = (0..510 * 16).flat_map(|_| value.to_le_bytes()).collect();
        std::fs::write(folder.path().join(format!("{name}.bin")), bytes).unwrap();
    }
    std::fs::write(folder.path().join("wide.bin"), vec![0; 510 * 32 * 4]).unwrap();
    let model = ModelName::Path(folder.path().to_path_buf());
    let find = |mix: &str| find_voice(&model, &mix.parse().unwrap(), &());
    assert_eq!(find("one:3+five:1").unwrap().row(7).unwrap(), [2.0; 16]);
    assert_eq!(find("five").unwrap().row(510).unwrap(), [5.0; 16]);
    let refused = |mix: &str, part: &str| {
        let message = find(mix).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    refused("one+six", "no voice `six`");
    refused("six", "known: `five`, `one`, `wide`");
    refused("one+wide", "16 and 32 wide");
    assert!(Voice::mix(&[]).unwrap_err().to_string().contains("at least one"));
    let none = Voice::mix(&[(find("one").unwrap(), 0.0)]).unwrap_err().to_string();
    assert!(none.contains("not all zero"), "{none}");
    let name = ModelName::Path(fixture("published"));
    assert_eq!(find_voice(&name, &"af_one".parse().unwrap(), &()).unwrap(), voice());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any damage is an error or a model; nothing panics, nothing is allocated for what is not there.
    #[test]
    fn random_damage(
        (name, file) in prop::sample::select(vec![
            ("other", "config.json"),
            ("other", WEIGHTS),
            ("published", "config.json"),
            ("published", PUBLISHED),
        ]),
        from_end in any::<bool>(),
        damage in prop::collection::vec((0usize..90_000, any::<u8>()), 1..6),
    ) {
        let copy = copy(name);
        let mut bytes = std::fs::read(copy.path(file)).unwrap();
        let length = bytes.len();
        for (at, value) in damage {
            let at = at % length;
            // The archive's list of entries is at its end.
            bytes[if from_end { length - 1 - at } else { at }] = value;
        }
        std::fs::write(copy.path(file), bytes).unwrap();
        if let Ok(network) = open(copy.folder()) {
            // A damaged number may survive; using the model must not panic either.
            let style = vec![0.5; network.style_width()];
            drop(network.speak(&[1, 2], &style, 1.0, &mut Noise::seeded(0)));
        }
    }
}
