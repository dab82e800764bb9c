//! What is measured, and in which order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::child::{Running, Spec};
use crate::protocol::{Reply, Request, Window};
use crate::report::{Better, Group, Metric, OURS};
use crate::{Options, What, sound};

/// Seconds of speech transcribed.
const SECONDS: usize = 4;
/// Greedy decoder steps for that much speech.
const WORDS: usize = 24;
/// Tokens decoded at the depth of the first prompt.
const DECODED: usize = 64;
/// Tokens the assistant said before the second turn.
const ANSWER: usize = 32;
/// New tokens in the second turn.
const NEW: usize = 24;

/// What the voice says: a greeting, an answer and a question.
const SPOKEN: &str = "həlˈO ðˈɛɹ! ðə kˈæpətᵊl ʌv fɹˈæns ɪz pˈɛɹəs, ænd ɪt lˈIz ɑn ðə ɹˈɪvəɹ sˈAn. wˈʊd ju lˈIk tə \
                      nˈO mˈɔɹ?";

/// Samples a second of a spoken sentence.
const VOICE_RATE: f64 = 24_000.0;

/// Samples handed over at a time by a live stream, 20 ms.
const CHUNK: usize = 320;

/// Runs the wanted groups.
///
/// # Errors
/// When a contender fails or a model is missing.
pub fn run(options: &Options) -> Result<Vec<Group>> {
    let wanted = |what| options.what.is_empty() || options.what.contains(&what);
    let mut groups = Vec::new();
    if wanted(What::Qwen3) {
        let model = options.models.join("qwen3-0.6b-q4_k_m.gguf");
        groups.push(language(options, "Qwen3-0.6B Q4_K_M, random weights", &model, 100_000)?);
    }
    if wanted(What::Whisper) {
        groups.push(speech(options)?);
    }
    if wanted(What::Kokoro) {
        groups.push(kokoro(options)?);
    }
    if wanted(What::Rehearsal) {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weights");
        let model = weights.join("rehearsal-llm-en/model.gguf");
        groups.push(language(options, "rehearsal-llm-en", &model, 500)?);
        groups.push(rehearsal_speech(options)?);
        groups.push(rehearsal_voice(options)?);
    }
    Ok(groups)
}

/// One measurement: the work, and the figures taken from the last answer.
struct Test {
    requests: Vec<Request>,
    figures: Vec<Figure>,
}

/// How a figure of the table comes from an answer.
struct Figure {
    name: String,
    unit: &'static str,
    better: Better,
    take: fn(&Reply, f64) -> Option<f64>,
    /// Second argument of `take`: tokens or seconds of sound.
    amount: f64,
}

fn number(reply: &Reply, name: &str) -> Option<f64> {
    reply.get(name)?.as_f64()
}

fn prefill_rate(reply: &Reply, tokens: f64) -> Option<f64> {
    Some(tokens / number(reply, "prefill_s")?)
}

fn decode_rate(reply: &Reply, tokens: f64) -> Option<f64> {
    Some(tokens / number(reply, "decode_s")?)
}

fn figure(
    name: impl Into<String>,
    unit: &'static str,
    better: Better,
    amount: f64,
    take: fn(&Reply, f64) -> Option<f64>,
) -> Figure {
    Figure { name: name.into(), unit, better, take, amount }
}

/// Token ids that repeat with no short period, below `limit`.
fn tokens(count: usize, limit: u32) -> Vec<u32> {
    (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) % limit).collect()
}

fn language(options: &Options, title: &str, model: &Path, limit: u32) -> Result<Group> {
    ensure!(model.exists(), "`{}` is missing; `rivals/make_models.py` writes it", model.display());
    let ids = tokens(1024, limit);
    let mut tests = Vec::new();
    let turn = |prompt: usize, forced: usize| Request::Turn {
        prompt: ids[..prompt].to_vec(),
        forced: ids[prompt..prompt + forced].to_vec(),
    };
    tests.push(Test {
        requests: vec![Request::Reset, turn(128, DECODED)],
        figures: vec![
            figure("prefill, 128 tokens", "t/s", Better::Higher, 128.0, prefill_rate),
            figure(
                "decode, 64 tokens at depth 128",
                "t/s",
                Better::Higher,
                DECODED as f64,
                decode_rate,
            ),
        ],
    });
    tests.push(Test {
        requests: vec![Request::Reset, turn(512, 0)],
        figures: vec![figure("prefill, 512 tokens", "t/s", Better::Higher, 512.0, prefill_rate)],
    });
    // The second prompt is the first, the answer, and new words: only those should be computed.
    tests.push(Test {
        requests: vec![Request::Reset, turn(128, ANSWER), turn(128 + ANSWER + NEW, 0)],
        figures: vec![
            figure("second turn, 24 new after 160 tokens", "ms", Better::Lower, 0.0, |r, _| {
                Some(1e3 * number(r, "prefill_s")?)
            }),
            figure("second turn, tokens computed", "tokens", Better::Lower, 0.0, |r, _| {
                number(r, "prefilled")
            }),
        ],
    });
    let serve = |name: &'static str, contender: &str| own(options, name, contender, model);
    let mut specs = vec![serve(OURS, "ours-qwen3")?];
    if cfg!(feature = "candle") {
        specs.push(serve("candle-transformers", "candle-qwen3")?);
    }
    if cfg!(feature = "llama") {
        specs.push(serve("llama.cpp", "llama")?);
    }
    measure(options, title, specs, &tests)
}

fn speech(options: &Options) -> Result<Group> {
    let model = options.models.join("whisper-base.en");
    ensure!(model.exists(), "`{}` is missing; `rivals/make_models.py` writes it", model.display());
    let raw = sound_file(options)?;
    let transcribe = |window| Request::Transcribe { samples: raw.clone(), tokens: WORDS, window };
    let test = |name: &str, window| Test {
        requests: vec![transcribe(window)],
        figures: ["total", "mel", "encode", "decode"]
            .into_iter()
            .map(|part| {
                let take = match part {
                    "total" => |r: &Reply, _| Some(1e3 * number(r, "total_s")?),
                    "mel" => |r: &Reply, _| Some(1e3 * number(r, "mel_s")?),
                    "encode" => |r: &Reply, _| Some(1e3 * number(r, "encode_s")?),
                    _ => |r: &Reply, _| Some(1e3 * number(r, "decode_s")?),
                };
                figure(format!("{name}: {part}"), "ms", Better::Lower, 0.0, take)
            })
            .collect(),
    };
    let tests = [
        test("as each is used", Window::Own),
        test("30 s window", Window::Full),
        test("4 s window", Window::Short),
    ];
    let mut specs = vec![own(options, OURS, "ours-whisper", &model)?];
    if cfg!(feature = "candle") {
        specs.push(own(options, "candle-transformers", "candle-whisper", &model)?);
    }
    if let Some(python) = &options.python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals/faster_whisper_worker.py");
        let folder = options.models.join("whisper-base.en-ct2");
        specs.push(Spec {
            name: "faster-whisper",
            argv: vec![text(python)?, text(&script)?, text(&folder)?, options.threads.to_string()],
        });
    }
    measure(options, "whisper-base.en, random weights, 4 s of speech, 24 tokens", specs, &tests)
}

/// Sentences of about 3 and 10 s; every token of the random weights lasts 75 ms.
fn kokoro(options: &Options) -> Result<Group> {
    let model = options.models.join("kokoro");
    ensure!(model.exists(), "`{}` is missing; `rivals/make_kokoro.py` writes it", model.display());
    let sentence = |tokens: u32| Request::SpeakTokens {
        tokens: (0..tokens).map(|i| i.wrapping_mul(2_654_435_761) % 170 + 1).collect(),
    };
    fn factor(reply: &Reply, _: f64) -> Option<f64> {
        Some(number(reply, "total_s")? / (number(reply, "samples")? / VOICE_RATE))
    }
    let ms = |name: &str, take| figure(format!("10 s: {name}"), "ms", Better::Lower, 0.0, take);
    let tests = [
        Test {
            requests: vec![sentence(40)],
            figures: vec![
                figure("3 s: real-time factor", "×", Better::Lower, 0.0, factor),
                figure("3 s: total", "ms", Better::Lower, 0.0, |r, _| {
                    Some(1e3 * number(r, "total_s")?)
                }),
            ],
        },
        Test {
            requests: vec![sentence(131)],
            figures: vec![
                figure("10 s: real-time factor", "×", Better::Lower, 0.0, factor),
                ms("total", |r, _| Some(1e3 * number(r, "total_s")?)),
                ms("ALBERT", |r, _| Some(1e3 * number(r, "albert_s")?)),
                ms("durations", |r, _| Some(1e3 * number(r, "durations_s")?)),
                ms("melody", |r, _| Some(1e3 * number(r, "melody_s")?)),
                ms("text", |r, _| Some(1e3 * number(r, "text_s")?)),
                ms("decoder", |r, _| Some(1e3 * number(r, "decoder_s")?)),
                ms("source", |r, _| Some(1e3 * number(r, "source_s")?)),
                ms("generator", |r, _| Some(1e3 * number(r, "generator_s")?)),
                ms("inverse transform", |r, _| Some(1e3 * number(r, "transform_s")?)),
            ],
        },
    ];
    let mut specs = vec![own(options, OURS, "ours-kokoro", &model)?];
    if let Some(python) = &options.python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals/kokoro_worker.py");
        for (name, kind) in [("onnxruntime", "onnxruntime"), ("PyTorch", "torch")] {
            let argv = [text(python)?, text(&script)?, kind.to_owned(), text(&model)?];
            let argv = argv.into_iter().chain([options.threads.to_string()]).collect();
            specs.push(Spec { name, argv });
        }
    }
    let mut group = measure(options, "Kokoro-82M, random weights", specs, &tests)?;
    group.best = true;
    Ok(group)
}

/// The embedded speech network on real speech.
fn rehearsal_speech(options: &Options) -> Result<Group> {
    let samples = sound_file(options)?;
    let ms = |name: &'static str, take| figure(name, "ms", Better::Lower, 0.0, take);
    let tests = [
        Test {
            requests: vec![Request::Listen { samples: samples.clone() }],
            figures: vec![
                ms("4 s transcribed", |r, _| Some(1e3 * number(r, "total_s")?)),
                figure("real-time factor", "×", Better::Lower, SECONDS as f64, |r, seconds| {
                    Some(number(r, "total_s")? / seconds)
                }),
            ],
        },
        Test {
            requests: vec![Request::Stream { samples, chunk: CHUNK }],
            figures: vec![
                figure("first partial: audio heard", "s", Better::Lower, 0.0, |r, _| {
                    number(r, "first_audio_s")
                }),
                ms("first partial: computing", |r, _| Some(1e3 * number(r, "first_compute_s")?)),
                ms("end of audio to transcript", |r, _| Some(1e3 * number(r, "finish_s")?)),
                figure("stream: real-time factor", "×", Better::Lower, SECONDS as f64, |r, s| {
                    Some(number(r, "total_s")? / s)
                }),
            ],
        },
    ];
    let spec = own(options, OURS, "ours-whisper", Path::new("rehearsal-stt-en"))?;
    measure(options, "rehearsal-stt-en, 4 s of speech", vec![spec], &tests)
}

/// The embedded voice on one thread.
fn rehearsal_voice(options: &Options) -> Result<Group> {
    let figures = vec![
        figure("real-time factor", "×", Better::Lower, 0.0, |r, _| {
            Some(number(r, "total_s")? / number(r, "sound_s")?)
        }),
        figure("first clause", "ms", Better::Lower, 0.0, |r, _| Some(1e3 * number(r, "first_s")?)),
        figure("sound", "s", Better::Higher, 0.0, |r, _| number(r, "sound_s")),
    ];
    let tests = [Test { requests: vec![Request::Speak { phonemes: SPOKEN.into() }], figures }];
    let options = Options { threads: 1, ..options.clone() };
    let spec = own(&options, OURS, "ours-voice", Path::new("rehearsal-tts-en"))?;
    measure(&options, "rehearsal-tts-en, one thread", vec![spec], &tests)
}

/// Writes the sound where all contenders can read it.
fn sound_file(options: &Options) -> Result<PathBuf> {
    let mut samples = match &options.audio {
        Some(path) => sound::read(path)?,
        None => sound::hum(SECONDS),
    };
    ensure!(samples.len() >= SECONDS * sound::RATE, "the sound is shorter than {SECONDS} s");
    samples.truncate(SECONDS * sound::RATE);
    let raw = std::env::temp_dir().join(format!("antiphon-compare-{}.f32", std::process::id()));
    sound::write_raw(&raw, &samples)?;
    Ok(raw)
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("`{}` is not UTF-8", path.display()))?.to_owned())
}

/// A contender served by this program.
fn own(options: &Options, name: &'static str, contender: &str, model: &Path) -> Result<Spec> {
    let program = text(&std::env::current_exe()?)?;
    let threads = format!("--threads={}", options.threads);
    Ok(Spec {
        name,
        argv: vec![program, threads, "--serve".into(), contender.into(), text(model)?],
    })
}

fn measure(options: &Options, title: &str, specs: Vec<Spec>, tests: &[Test]) -> Result<Group> {
    let kept = |spec: &Spec| !options.without.iter().any(|part| spec.name.contains(part.as_str()));
    let specs: Vec<Spec> = specs.into_iter().filter(kept).collect();
    let mut group = Group::new(title, specs.iter().map(|s| s.name.to_owned()).collect());
    let mut running = Vec::new();
    for spec in &specs {
        // The first start brings the files into the page cache.
        drop(Running::start(spec, options.threads)?);
        running.push(Running::start(spec, options.threads)?);
    }
    let mut samples: BTreeMap<String, Metric> = BTreeMap::new();
    let mut order = Vec::new();
    for round in 0..options.rounds {
        for test in tests {
            for turn in 0..running.len() {
                let index = (round + turn) % running.len();
                let contender = &mut running[index];
                let mut answer = Reply::new();
                for request in &test.requests {
                    answer = contender.ask(request)?;
                }
                for figure in &test.figures {
                    if !samples.contains_key(&figure.name) {
                        order.push(figure.name.clone());
                    }
                    let metric = samples
                        .entry(figure.name.clone())
                        .or_insert_with(|| Metric::new(&figure.name, figure.unit, figure.better));
                    if let Some(value) = (figure.take)(&answer, figure.amount) {
                        metric.add(contender.name, value);
                    }
                }
            }
        }
    }
    group.metrics = order.iter().filter_map(|name| samples.remove(name)).collect();
    let mut ready = Metric::new("start to ready, warmed up", "s", Better::Lower);
    let mut memory = Metric::new("peak memory", "MiB", Better::Lower);
    for contender in &running {
        ready.add(contender.name, contender.ready_s);
        if let Some(peak) = contender.peak_mib() {
            memory.add(contender.name, peak);
        }
    }
    group.metrics.extend([ready, memory]);
    group.finish();
    Ok(group)
}
