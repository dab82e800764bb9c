//! Every module and the whole waveform against the published package, on tiny random checkpoints in the
//! true formats; `models/reference/regenerate.sh` draws them.

use std::ops::ControlFlow;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;

use super::prosody::Curves;
use super::source::TONES;
use super::{Kokoro, KokoroFiles, Noise, Voice, durations};
use crate::device::Compute;
use crate::files::File;
use crate::ops::pool;
use crate::ops::testing::again;
use crate::random::SplitMix64;

/// The largest difference that is accepted, as a part of the largest magnitude of the reference.
const TOLERANCE: f32 = 1e-3;

fn folder() -> PathBuf {
    let committed = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::env::var_os("ANTIPHON_FIXTURES").map_or_else(committed, PathBuf::from).join("kokoro")
}

fn load(name: &str, compute: &Compute) -> Kokoro {
    let files = KokoroFiles::in_dir(folder().join(name)).unwrap();
    Kokoro::load(&files, compute).unwrap()
}

/// As tensors, where there is no device: candle's own processor operations.
fn tensors(dtype: DType) -> Compute {
    Compute::tensors(Device::Cpu, dtype)
}

fn voice() -> Voice {
    Voice::load(&File::Path(folder().join("published/voices/af_one.pt"))).unwrap()
}

/// What the reference computed.
struct Golden(Vec<u8>);

impl Golden {
    fn of(name: &str) -> Self {
        Self(std::fs::read(folder().join(format!("{name}.golden.safetensors"))).unwrap())
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        Some(SafeTensors::deserialize(&self.0).unwrap().tensor(name).ok()?.data().to_vec())
    }

    fn f32s(&self, name: &str) -> Vec<f32> {
        bytemuck::pod_collect_to_vec(&self.bytes(name).unwrap_or_else(|| panic!("{name}")))
    }

    fn places(&self, name: &str) -> Vec<usize> {
        let places: Vec<i32> = bytemuck::pod_collect_to_vec(&self.bytes(name).unwrap());
        places.into_iter().map(|place| place as usize).collect()
    }

    fn case(&self, number: usize) -> Option<Case> {
        let numbers: Vec<f64> =
            bytemuck::pod_collect_to_vec(&self.bytes(&format!("{number}.case"))?);
        let [count, tokens, noise, speed] = numbers[..] else { panic!("four numbers") };
        Some(Case {
            count: count as usize,
            token_seed: tokens as u64,
            noise_seed: noise as u64,
            speed: speed as f32,
        })
    }
}

struct Case {
    count: usize,
    token_seed: u64,
    noise_seed: u64,
    speed: f32,
}

impl Case {
    fn tokens(&self, network: &Kokoro) -> Vec<u32> {
        let mut random = SplitMix64::new(self.token_seed);
        let limit = network.config.tokens as f64;
        (0..self.count).map(|_| (random.unit() * limit) as u32).collect()
    }

    /// The reference's numbers for that many samples.
    fn noise(&self, samples: usize) -> Noise {
        let mut random = SplitMix64::new(self.noise_seed);
        let mut number = || ((2.0 * random.unit() - 1.0) * 3f64.sqrt()) as f32;
        Noise::given((0..samples * TONES).map(|_| number()).collect())
    }
}

/// The largest difference, by the largest magnitude of the reference.
#[track_caller]
fn difference(what: &str, found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len(), "{what}");
    assert!(found.iter().all(|value| value.is_finite()), "{what}");
    let most = |values: &mut dyn Iterator<Item = f32>| values.fold(0f32, |m, v| m.max(v.abs()));
    let worst = most(&mut found.iter().zip(wanted).map(|(a, b)| a - b));
    worst / most(&mut wanted.iter().copied())
}

/// Checks the [`difference`], and returns it.
#[track_caller]
fn check(what: &str, found: &[f32], wanted: &[f32]) -> f32 {
    let relative = difference(what, found, wanted);
    assert!(relative <= TOLERANCE, "{what}: {relative:.1e} of the largest value");
    relative
}

/// Wants all of it.
fn on(_: &'static str) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The columns of `[rows, columns]` at `places`.
fn columns(tensor: &Tensor, places: &[usize]) -> Vec<f32> {
    let rows: Vec<Vec<f32>> = tensor.to_vec2().unwrap();
    rows.iter().flat_map(|row| places.iter().map(|&place| row[place])).collect()
}

/// Each module on what the reference gave the module before it.
fn modules(name: &str, compute: &Compute, tolerance: f32) {
    let (network, golden) = (load(name, compute), Golden::of(name));
    let case = golden.case(0).unwrap();
    let wanted = |name: &str| golden.f32s(&format!("0.{name}"));
    let tensor = |name: &str, shape: (usize, usize)| {
        let tensor = Tensor::from_vec(wanted(name), shape, &Device::Cpu).unwrap();
        tensor.to_dtype(compute.dtype()).unwrap()
    };
    let voice = voice();
    let (sound, timing) = voice.row(case.count).unwrap().split_at(network.config.style);
    let sound = Tensor::new(sound, &Device::Cpu).unwrap();
    let timing = Tensor::new(timing, &Device::Cpu).unwrap();
    let ids = Tensor::new([&[0], &case.tokens(&network)[..], &[0]].concat(), &Device::Cpu).unwrap();
    let time = case.count + 2;
    let mut report = String::new();
    let mut worst = 0f32;
    let mut check = |what: &str, found: &[f32]| {
        let relative = difference(what, found, &wanted(what));
        worst = worst.max(relative);
        report += &format!(", {what} {relative:.1e}");
    };

    check("albert", &flat(&network.albert.states(&ids, &mut on).unwrap()));
    let hidden = network.albert.forward(&ids, &mut on).unwrap();
    check("encoded", &flat(&network.prosody.encoder.forward(&hidden, &timing).unwrap()));
    let encoded = tensor("encoded", (time, network.config.hidden + network.config.style));
    check("lengths", &network.prosody.lengths(&encoded).unwrap());
    let units = golden.places("0.durations");
    assert_eq!(durations(&wanted("lengths"), case.speed), units);
    let spread = network.spread(&units).unwrap();
    let rows = encoded.index_select(&spread, 0).unwrap();
    let curves = network.prosody.curves(&rows, &timing).unwrap();
    check("pitch", &flat(&curves.pitch));
    check("loudness", &flat(&curves.loudness));
    check("text", &flat(&network.text.forward(&ids).unwrap()));

    let pitch = wanted("pitch");
    let total: usize = units.iter().sum();
    let curves = Curves {
        pitch: Tensor::new(pitch.clone(), &Device::Cpu).unwrap(),
        loudness: Tensor::new(wanted("loudness"), &Device::Cpu).unwrap(),
    };
    let text = tensor("text", (time, network.config.hidden)).index_select(&spread, 0).unwrap();
    let rows = network.decoder.forward(&text, &curves, &sound, &mut on).unwrap();
    check("decoded", &flat(&rows.t().unwrap()));
    let decoded = tensor("decoded", (network.config.generator.channels, 2 * total));
    let decoded = decoded.t().unwrap().contiguous().unwrap();
    let samples = total * network.samples_per_unit();
    let wave = network.generator.source.wave(&pitch, &mut case.noise(samples)).unwrap();
    let excitation = network.generator.excitation(&wave, &Device::Cpu).unwrap();
    let frames = golden.places("0.frames");
    check("excitation", &columns(&excitation.t().unwrap(), &frames));
    let spectra = network.generator.spectra(&decoded, &excitation, &sound, &mut on).unwrap();
    check("spectra", &columns(&spectra.t().unwrap(), &frames));
    let samples = network.generator.stft.inverse(&flat(&spectra));
    let kept: Vec<f32> = golden.places("0.places").iter().map(|&place| samples[place]).collect();
    check("samples", &kept);
    println!("{name} on {compute}: largest differences{report}");
    assert!(worst <= tolerance, "{name} on {compute}{report}");
}

#[test]
fn every_module_of_the_published_shape_equals_the_reference() {
    modules("published", &Compute::default(), TOLERANCE);
    modules("published", &tensors(DType::F32), TOLERANCE);
}

#[test]
fn every_module_of_another_shape_equals_the_reference() {
    modules("other", &Compute::default(), TOLERANCE);
    modules("other", &tensors(DType::F32), TOLERANCE);
}

/// The reference computes in f32: what is allowed is what the rounding of weights and rows costs.
#[test]
fn modules_of_half_the_size_are_as_near_as_their_rounding() {
    for name in ["published", "other"] {
        modules(name, &tensors(DType::F16), 1.5e-2);
        modules(name, &tensors(DType::BF16), 1e-1);
    }
}

/// One utterance of a golden file.
struct Utterance<'a> {
    network: &'a Kokoro,
    golden: &'a Golden,
    case: Case,
    number: usize,
    what: String,
}

impl Utterance<'_> {
    fn wanted(&self, name: &str) -> Vec<f32> {
        self.golden.f32s(&format!("{}.{name}", self.number))
    }

    /// What is found of `samples` where the golden file kept some.
    fn kept(&self, samples: &[f32]) -> Vec<f32> {
        let places = self.golden.places(&format!("{}.places", self.number));
        places.into_iter().map(|place| samples[place]).collect()
    }

    /// The samples, of the reference's pitch or of what is predicted.
    fn speak(&self, given_pitch: bool) -> Vec<f32> {
        let Self { network, case, what, .. } = self;
        let units = self.golden.places(&format!("{}.durations", self.number));
        let samples = units.iter().sum::<usize>() * network.samples_per_unit();
        let voice = voice();
        let (tokens, style) = (case.tokens(network), voice.row(case.count).unwrap());
        let mut noise = case.noise(samples);
        let found = if given_pitch {
            let shaped = network.shape(&tokens, style, case.speed, &mut on).unwrap();
            assert_eq!(shaped.durations, units, "{what}");
            let pitch = self.wanted("pitch");
            check(what, &shaped.pitch, &pitch);
            let sound = &shaped.sound;
            network.generator.forward(&shaped.rows, &pitch, sound, &mut noise, &mut on).unwrap()
        } else {
            let spoken = network.speak(&tokens, style, case.speed, &mut noise).unwrap();
            assert_eq!(spoken.durations, units, "{what}");
            spoken.samples
        };
        assert_eq!(found.len(), samples, "{what}");
        found
    }
}

/// Every case of a checkpoint.
fn utterances(name: &str, compute: &Compute, check: impl Fn(&Utterance<'_>)) {
    let (network, golden) = (load(name, compute), Golden::of(name));
    let cases: Vec<Case> = (0..).map_while(|number| golden.case(number)).collect();
    assert!(cases.len() > 1);
    for (number, case) in cases.into_iter().enumerate() {
        let what = format!("{name} on {compute}, {} tokens at speed {}", case.count, case.speed);
        check(&Utterance { network: &network, golden: &golden, case, number, what });
    }
}

/// Checks an utterance sample by sample.
fn equal(utterance: &Utterance<'_>, given_pitch: bool) {
    let found = utterance.kept(&utterance.speak(given_pitch));
    let worst = check(&utterance.what, &found, &utterance.wanted("samples"));
    println!("{}, pitch given {given_pitch}: largest difference {worst:.1e}", utterance.what);
}

#[test]
fn whole_utterances_equal_the_reference() {
    for compute in [Compute::default(), tensors(DType::F32)] {
        utterances("published", &compute, |utterance| {
            if utterance.case.count <= 8 {
                equal(utterance, false);
            }
        });
    }
}

/// A phase is a sum over all the pitch before it, so that over a wide or a long melody the last bit of the
/// pitch decides it: there the tone is made of the reference's pitch.
#[test]
fn whole_utterances_of_the_same_pitch_equal_the_reference() {
    for name in ["published", "other"] {
        for compute in [Compute::default(), tensors(DType::F32)] {
            utterances(name, &compute, |utterance| equal(utterance, true));
        }
    }
}

/// How far `found` is from `exact`, as a part of its size; both as root mean squares.
fn distance(found: &[f32], exact: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
    };
    let apart = power(&mut found.iter().zip(exact).map(|(a, b)| a - b));
    apart / power(&mut exact.iter().copied())
}

/// Of a pitch of its own the reference is up to a tenth from what it computes in double precision: nobody can
/// be expected to be nearer to the reference than that, but to what it means.
#[test]
fn rounding_leads_no_further_from_double_precision_than_that_of_the_reference() {
    for name in ["published", "other"] {
        utterances(name, &Compute::default(), |utterance| {
            let exact = utterance.wanted("exact");
            let ours = distance(&utterance.kept(&utterance.speak(false)), &exact);
            let reference = distance(&utterance.wanted("samples"), &exact);
            println!("{}: {ours:.1e}, the reference {reference:.1e}", utterance.what);
            assert!(ours <= (2.0 * reference).max(1e-3), "{}: {ours:.1e}", utterance.what);
        });
    }
}

#[test]
fn an_utterance_is_given_up_at_any_call() {
    // The generator is most of the work: the kernels tell of every convolution, tensors of every block.
    given_up_at_any_call(&Compute::default(), 48);
    given_up_at_any_call(&tensors(DType::F32), 5);
}

#[track_caller]
fn given_up_at_any_call(compute: &Compute, least: usize) {
    let (network, voice) = (load("published", compute), voice());
    let speak = |watch: &mut dyn FnMut(&'static str) -> ControlFlow<()>| {
        let style = voice.row(3).unwrap();
        network.speak_watched(&[5, 6, 7], style, 1.0, &mut Noise::seeded(1), watch)
    };
    let mut parts = Vec::new();
    let whole = speak(&mut |part| {
        parts.push(part);
        ControlFlow::Continue(())
    });
    assert!(!whole.unwrap().samples.is_empty());
    let mut order = parts.clone();
    order.dedup();
    let expected =
        ["albert", "durations", "melody", "text", "decoder", "source", "generator", "transform"];
    assert_eq!(order, expected);
    assert!(parts.iter().filter(|part| **part == "generator").count() >= least, "{parts:?}");
    for last in 0..parts.len() {
        let mut calls = 0;
        let given_up = speak(&mut |_| {
            calls += 1;
            if calls > last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(given_up, Err(crate::Error::Cancelled)), "{last}: {given_up:?}");
        assert_eq!(calls, last + 1);
    }
}

/// Set in the process that only speaks.
const SPEAK: &str = "ANTIPHON_TEST_SPEAK";

/// Every element is summed in an order that only the shapes decide.
#[test]
fn threads_do_not_change_a_bit() {
    let name = "kokoro::tests::threads_do_not_change_a_bit";
    if std::env::var_os(SPEAK).is_some() {
        let network = load("published", &Compute::default());
        let voice = voice();
        let tokens: Vec<u32> = (1..40).collect();
        let style = voice.row(tokens.len()).unwrap();
        let spoken = network.speak(&tokens, style, 1.0, &mut Noise::seeded(1)).unwrap();
        let bits = spoken.samples.iter().flat_map(|sample| sample.to_le_bytes());
        // FNV-1a.
        let hash = bits.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        println!("\nspoken {} samples {hash:x} by {}", spoken.samples.len(), pool::threads());
        return;
    }
    let speak = |threads: &str| {
        let variables =
            [(SPEAK, "1"), ("CANDLE_NUM_THREADS", threads), ("RAYON_NUM_THREADS", threads)];
        let said = again(&["--exact", name], &variables);
        let line = said.lines().find(|line| line.starts_with("spoken "));
        let (sound, by) = line.unwrap_or_else(|| panic!("{said}")).rsplit_once(" by ").unwrap();
        assert_eq!(by, threads);
        sound.to_owned()
    };
    let alone = speak("1");
    println!("{alone}");
    for threads in ["2", "3"] {
        assert_eq!(speak(threads), alone, "{threads} threads");
    }
}
