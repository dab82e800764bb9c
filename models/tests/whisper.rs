//! Whisper against transformers, on tiny random checkpoints in the true formats.
//!
//! `models/reference/regenerate.sh` draws the fixtures; `ANTIPHON_FIXTURES` names another folder of
//! them than the committed one.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

#[path = "checkpoint/fixtures.rs"]
mod fixtures;
#[path = "whisper/golden.rs"]
mod golden;

use std::sync::Arc;

use antiphon_models::device::Compute;
use antiphon_models::files::{self, ModelName, Want};
use antiphon_models::whisper::{Options, State, Task, Timestamps, Transcript, Whisper};
use candle_core::{DType, Device};
use fixtures::fixtures;
use golden::{Golden, signal};
use proptest::prelude::*;

const CHECKPOINTS: [&str; 3] = ["multi80", "en80-f16", "multi128-sharded"];

fn load(name: &str) -> Arc<Whisper> {
    load_on(name, &Compute::default())
}

fn load_on(name: &str, compute: &Compute) -> Arc<Whisper> {
    let name = ModelName::Path(fixtures().join("whisper").join(name));
    Whisper::load(&files::resolve(&name, Want::Whisper, &()).unwrap(), compute).unwrap()
}

/// As tensors, where there is no device: candle's own processor operations.
fn tensors(dtype: DType) -> Compute {
    Compute::tensors(Device::Cpu, dtype)
}

/// Largest difference, relative to the largest magnitude of the reference.
fn relative(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let scale = wanted.iter().fold(0f32, |m, v| m.max(v.abs()));
    found.iter().zip(wanted).fold(0f32, |m, (a, b)| m.max((a - b).abs())) / scale
}

fn frames(whisper: &Whisper) -> usize {
    (whisper.window_s() * 100.0) as usize
}

fn states(whisper: &Whisper, golden: &Golden) -> Vec<f32> {
    whisper.encode(&whisper.log_mel(&golden.signal(), frames(whisper))).unwrap()
}

#[test]
fn mel_equals_the_reference() {
    for name in CHECKPOINTS {
        let (whisper, golden) = (load(name), Golden::of(name));
        let mel = whisper.log_mel(&golden.signal(), frames(&whisper));
        let (kept, wanted) = (golden.ids("frames"), golden.f32s("mel"));
        let bands = wanted.len() / kept.len();
        let mut worst = 0f32;
        for (frame, wanted) in kept.iter().zip(wanted.chunks(bands)) {
            let found = &mel[*frame as usize * bands..][..bands];
            worst = found.iter().zip(wanted).fold(worst, |m, (a, b)| m.max((a - b).abs()));
        }
        println!("{name}: mel differs by {worst:.1e}");
        assert!(worst <= 1e-4, "{name}: {worst}");
    }
}

#[test]
fn encoder_and_decoder_equal_the_reference() {
    for compute in [Compute::default(), tensors(DType::F32)] {
        equals_the_reference(&compute, 1e-3, 1e-3);
    }
}

/// The reference computes in f32; what is allowed is what rounding of weights and activations costs.
/// Steps of one token cost more in f16, because there candle's processor also rounds each sum.
#[test]
fn tensors_of_half_the_size_are_as_near_as_their_rounding() {
    equals_the_reference(&tensors(DType::F16), 5e-3, 8e-2);
    equals_the_reference(&tensors(DType::BF16), 4e-2, 4e-2);
}

#[track_caller]
fn equals_the_reference(compute: &Compute, tolerance: f32, between_steps: f32) {
    for name in CHECKPOINTS {
        let (whisper, golden) = (load_on(name, compute), Golden::of(name));
        let states = states(&whisper, &golden);
        let (kept, wanted) = (golden.ids("positions"), golden.f32s("encoder"));
        let width = wanted.len() / kept.len();
        let found: Vec<f32> =
            kept.iter().flat_map(|&p| &states[p as usize * width..][..width]).copied().collect();
        let encoder = relative(&found, &wanted);
        let tokens = golden.ids("tokens");
        let whole = whisper.score(&states, &tokens, &[tokens.len()]).unwrap();
        let decoder = relative(&whole, &golden.f32s("logits"));
        println!("{name} on {compute}: encoder differs by {encoder:.1e}, logits by {decoder:.1e}");
        assert!(encoder <= tolerance && decoder <= tolerance, "{name}: {encoder} {decoder}");
        for steps in [&[][..], &[3], &[1, 5, 2]] {
            let stepped = whisper.score(&states, &tokens, steps).unwrap();
            let change = relative(&stepped, &whole);
            println!("{name} on {compute}: steps {steps:?} change the logits by {change:.1e}");
            // The kernels sum in an order that does not depend on the step.
            let allowed = if compute.device().is_some() { between_steps } else { 0.0 };
            assert!(change <= allowed, "{name} on {compute}: {change}");
        }
    }
}

#[test]
fn greedy_tokens_and_language_equal_the_reference() {
    for compute in [Compute::default(), tensors(DType::F32)] {
        greedy_equals_the_reference(&compute);
    }
}

#[track_caller]
fn greedy_equals_the_reference(compute: &Compute) {
    for name in CHECKPOINTS {
        let (whisper, golden) = (load_on(name, compute), Golden::of(name));
        let states = states(&whisper, &golden);
        let cases: &[(&str, &str, Task, bool)] = if name.starts_with("multi") {
            let detected = whisper.language_of(&states).unwrap().unwrap();
            assert_eq!([detected.1], golden.ids("language")[..], "{name}");
            &[
                ("fr", "French", Task::Transcribe, false),
                ("fr_times", "fr", Task::Transcribe, true),
                ("translate", "de", Task::Translate, false),
            ]
        } else {
            assert_eq!(whisper.language_of(&states).unwrap(), None);
            &[("en", "en", Task::Transcribe, false), ("en_times", "en", Task::Transcribe, true)]
        };
        for &(case, language, task, timestamps) in cases {
            let prompt = whisper.prompt(language, task, timestamps).unwrap();
            let found = whisper.greedy(&states, &prompt, timestamps, 24).unwrap();
            assert_eq!(found, golden.ids(&format!("greedy_{case}")), "{name} {case}");
            let found = whisper.beams(&states, &prompt, timestamps, 24, 4).unwrap();
            assert_eq!(found, golden.ids(&format!("beams_{case}")), "{name} {case}, four beams");
        }
    }
}

/// Greedy only, on the full window: what the reference's one-window generation does.
fn plain() -> Options {
    Options {
        temperatures: vec![0.0],
        compression_ratio_threshold: None,
        logprob_threshold: None,
        no_speech_threshold: None,
        short_context: false,
        max_tokens: 24,
        ..Options::default()
    }
}

#[test]
fn transcribe_gives_the_same_tokens_and_words_in_order() {
    for (name, case, language) in [("multi80", "fr", Some("fr")), ("en80-f16", "en", None)] {
        let (whisper, golden) = (load(name), Golden::of(name));
        let samples = golden.signal();
        let options = Options { language: language.map(str::to_string), ..plain() };
        let transcript = whisper.transcribe(&samples, &options).unwrap();
        let text_tokens: Vec<u32> =
            golden.ids(&format!("greedy_{case}")).into_iter().filter(|&t| t < 290).collect();
        let found: Vec<u32> = transcript.segments.iter().flat_map(|s| s.tokens.clone()).collect();
        assert_eq!(found, text_tokens, "{name}");
        // Random tokens seldom make whole characters; where they do, the words are the text.
        let words: String = transcript.words().map(|w| w.text.as_str()).collect();
        if !transcript.text.contains('\u{fffd}') {
            assert_eq!(words.trim(), transcript.text);
        }
        let mut last = 0.0;
        for word in transcript.words() {
            assert!(last <= word.start_s && word.start_s <= word.end_s, "{word:?}");
            assert!(word.end_s <= transcript.duration_s + 1e-3 && word.probability <= 1.0);
            last = word.start_s;
        }
    }
}

#[test]
fn beams_are_tried_where_the_greedy_tokens_are_unlikely() {
    let (whisper, golden) = (load("multi80"), Golden::of("multi80"));
    let text = |name: &str| golden.ids(name).into_iter().filter(|&t| t < 290).collect::<Vec<_>>();
    let heard = |beam_logprob_threshold| {
        let language = Some("fr".to_string());
        let options = Options { language, beam_size: Some(4), beam_logprob_threshold, ..plain() };
        let segments = whisper.transcribe(&golden.signal(), &options).unwrap().segments;
        let tokens: Vec<u32> = segments.iter().flat_map(|s| s.tokens.clone()).collect();
        (tokens, segments[0].avg_logprob)
    };
    let (greedy, likely) = heard(Some(f32::NEG_INFINITY));
    let (beams, likelier) = heard(None);
    assert_eq!(greedy, text("greedy_fr"));
    assert_eq!(beams, text("beams_fr"));
    assert_ne!(greedy, beams);
    assert!(likely < likelier, "{likely}, {likelier}");
}

#[test]
fn short_context_is_the_start_of_the_full_one() {
    let whisper = load("multi80");
    let samples = signal(100.0, 4000.0, 2.0, 0.02, 7);
    let full = whisper.log_mel(&samples, 500);
    let short = whisper.log_mel(&samples, 300);
    assert_eq!(short, full[..short.len()]);
}

#[test]
fn long_audio_with_and_without_timestamps_covers_everything() {
    let whisper = load("multi80");
    let samples: Vec<f32> = signal(90.0, 7000.0, 13.0, 0.02, 3);
    for timestamps in [Timestamps::Auto, Timestamps::Always, Timestamps::Never] {
        let transcript = whisper.transcribe(&samples, &Options { timestamps, ..plain() }).unwrap();
        if timestamps != Timestamps::Never {
            assert!(transcript.segments.len() >= 2, "{timestamps:?}");
        }
        for pair in transcript.segments.windows(2) {
            assert!(pair[0].start_s <= pair[1].start_s, "{timestamps:?}");
        }
        assert!(transcript.segments.iter().all(|s| s.end_s <= 13.01 && s.start_s <= s.end_s));
        assert!(transcript.language.is_some());
    }
}

#[test]
fn sampling_depends_on_the_seed_alone() {
    let whisper = load("multi80");
    let samples = signal(100.0, 4000.0, 3.0, 0.02, 7);
    let run = |seed| {
        let options = Options { temperatures: vec![0.9], seed, ..plain() };
        whisper.transcribe(&samples, &options).unwrap()
    };
    assert_eq!(run(1), run(1));
    assert!((2..6).any(|seed| run(seed) != run(1)));
}

#[test]
fn fallback_ends_at_the_last_temperature() {
    let whisper = load("multi80");
    let samples = signal(100.0, 4000.0, 3.0, 0.02, 7);
    let options = Options { logprob_threshold: Some(0.0), ..plain() };
    let options = Options { temperatures: vec![0.0, 0.4, 1.0], ..options };
    let transcript = whisper.transcribe(&samples, &options).unwrap();
    assert!(transcript.segments.iter().all(|s| s.temperature == 1.0));
    // A window that is surely silent says nothing.
    let options = Options { no_speech_threshold: Some(-1.0), ..options };
    assert_eq!(whisper.transcribe(&samples, &options).unwrap().text, "");
}

#[test]
fn bad_input_is_refused() {
    let (whisper, english) = (load("multi80"), load("en80-f16"));
    let refuse = |whisper: &Whisper, samples: &[f32], options: Options| {
        whisper.transcribe(samples, &options).unwrap_err().to_string()
    };
    let message = refuse(&whisper, &[0.0, f32::NAN], plain());
    assert!(message.contains("sample 1 is NaN"), "{message}");
    let language = |l: &str| Options { language: Some(l.into()), ..plain() };
    assert!(
        refuse(&whisper, &[0.0; 16000], language("klingon")).contains("expected one of: en, zh")
    );
    assert!(refuse(&english, &[0.0; 16000], language("fr")).contains("knows only `en`"));
    let translate = Options { task: Task::Translate, ..plain() };
    assert!(refuse(&english, &[0.0; 16000], translate).contains("does not translate"));
    let none = Options { temperatures: vec![], ..plain() };
    assert!(refuse(&whisper, &[0.0; 16000], none).contains("`temperatures` is empty"));
    let beams = |size| Options { beam_size: Some(size), ..plain() };
    for most in [0, 17] {
        let message = refuse(&whisper, &[0.0; 16000], beams(most));
        assert!(message.contains(&format!("`beam_size` is {most}, expected 1 to 16")), "{message}");
    }
    let cancel = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let cancelled = Options { cancel: Some(cancel), ..plain() };
    assert_eq!(refuse(&whisper, &[0.1; 16000], cancelled), "cancelled");
    assert_eq!(whisper.transcribe(&[], &plain()).unwrap().text, "");
    assert_eq!(whisper.transcribe(&[0.3; 20], &plain()).unwrap().text, "");
}

/// Whole windows with fallback, language detection, drafts and word times: decoding does not know
/// where the network runs.
#[test]
fn transcripts_and_streams_are_the_same_from_tensors() {
    let options = Options { short_context: true, ..plain() };
    for name in ["multi80", "en80-f16"] {
        let (kernels, tensors) = (load(name), load_on(name, &tensors(DType::F32)));
        let samples = Golden::of(name).signal();
        let expected = kernels.transcribe(&samples, &options).unwrap();
        assert!(expected.words().count() > 0);
        same(&tensors.transcribe(&samples, &options).unwrap(), &expected);
        let (partials, last) = stream(&tensors, &samples, &[6400], &options);
        let (expected_partials, expected) = stream(&kernels, &samples, &[6400], &options);
        same(&last, &expected);
        let texts = |partials: &[antiphon_models::whisper::Partial]| -> Vec<String> {
            partials.iter().map(antiphon_models::whisper::Partial::text).collect()
        };
        assert_eq!(texts(&partials), texts(&expected_partials), "{name}");
    }
}

/// Checks all of two transcripts but the last bits of their probabilities.
#[track_caller]
fn same(found: &Transcript, expected: &Transcript) {
    let near = |a: f32, b: f32| (a - b).abs() <= 1e-3 * (1.0 + b.abs());
    assert_eq!(found.text, expected.text);
    assert_eq!(found.language, expected.language);
    assert_eq!(found.segments.len(), expected.segments.len());
    for (found, expected) in found.segments.iter().zip(&expected.segments) {
        assert_eq!(found.tokens, expected.tokens);
        assert_eq!((found.start_s, found.end_s), (expected.start_s, expected.end_s));
        assert!(near(found.avg_logprob, expected.avg_logprob));
        assert!(near(found.no_speech_prob, expected.no_speech_prob));
    }
    assert_eq!(found.words().count(), expected.words().count());
    for (found, expected) in found.words().zip(expected.words()) {
        assert_eq!(found.text, expected.text);
        assert_eq!((found.start_s, found.end_s), (expected.start_s, expected.end_s));
        assert!(near(found.probability, expected.probability));
    }
}

/// Streams `samples` in chunks and gives the partials and the transcript.
fn stream(
    whisper: &Arc<Whisper>,
    samples: &[f32],
    chunks: &[usize],
    options: &Options,
) -> (Vec<antiphon_models::whisper::Partial>, Transcript) {
    let mut state = State::new(whisper.clone(), options.clone()).unwrap();
    let (mut partials, mut rest) = (Vec::new(), samples);
    let mut sizes = chunks.iter().copied().cycle();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(sizes.next().unwrap().clamp(1, rest.len()));
        partials.extend(state.accept(chunk).unwrap());
        rest = after;
    }
    (partials, state.finish().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunking_changes_nothing(
        chunks in prop::collection::vec(1usize..30_000, 1..8),
        seconds in 0.2f64..12.0,
        seed in 0u32..1000,
        short_context: bool,
    ) {
        let whisper = load("multi80");
        let samples = signal(100.0, 6000.0, seconds, 0.05, seed);
        let options = Options { short_context, max_tokens: 12, temperatures: vec![0.0, 0.5], ..Options::default() };
        let (partials, found) = stream(&whisper, &samples, &chunks, &options);
        prop_assert_eq!(&found, &whisper.transcribe(&samples, &options).unwrap());
        let (fine, same) = stream(&whisper, &samples, &[6400], &options);
        prop_assert_eq!(found, same);
        // A chunk gives its newest partial, so the coarse ones are among the fine ones.
        for partial in &partials {
            prop_assert!(fine.contains(partial));
        }
        for pair in fine.windows(2) {
            prop_assert!(pair[1].stable.starts_with(&pair[0].stable));
        }
    }
}

#[test]
fn a_finished_stream_starts_anew() {
    let whisper = load("multi80");
    let samples = signal(100.0, 6000.0, 3.0, 0.05, 1);
    let mut state = State::new(whisper.clone(), plain()).unwrap();
    state.accept(&samples).unwrap();
    let first = state.finish().unwrap();
    assert_eq!(state.partial().text(), "");
    state.accept(&samples[..9000]).unwrap();
    state.reset().unwrap();
    state.accept(&samples).unwrap();
    assert_eq!(state.finish().unwrap(), first);
    let quiet = Options { partial_interval_s: None, ..plain() };
    let (partials, last) = stream(&whisper, &samples, &[1000], &quiet);
    assert!(partials.is_empty());
    assert_eq!(last, first);
}
