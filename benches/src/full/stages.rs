//! What each network costs by itself.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use antiphon::engine::memory::resident;
use antiphon_models::device::Compute;
use antiphon_models::files::{ModelName, Want, resolve};
use antiphon_models::qwen3::{KvCache, Qwen3};
use antiphon_models::voice::{self, Language, Phonemiser, SpeakerOptions};
use antiphon_models::whisper::{Options, SAMPLE_RATE, Whisper};
use anyhow::Result;

use crate::Models;

/// Mel frames a second.
const FRAMES: f32 = 100.0;
/// Words a second of talk, and what a recogniser writes for each.
const TOKENS_A_SECOND: f32 = 2.7 * crate::hear::TOKENS_A_WORD as f32;
/// Runs of each measurement; the quickest counts, and the middle one stands beside it.
const RUNS: usize = 3;

/// Measures all three, and tells of each as soon as it is known.
pub fn measure(models: &Models, depth: usize) -> Result<()> {
    println!("the quickest of {RUNS} (the middle one); load average {}\n", load());
    println!("| network | work | s | processor s |\n| --- | --- | --- | --- |");
    print!("{}", whisper(&models.stt)?);
    print!("{}", qwen3(&models.llm, depth)?);
    print!("{}", kokoro(&models.tts)?);
    println!("\nload average at the end {}", load());
    Ok(())
}

/// Of one, five and fifteen minutes.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Seconds for which all threads of this process ran, where the system says so.
fn processor() -> f64 {
    let of = |task: std::fs::DirEntry| -> Option<f64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(of).sum::<f64>() / 1e9
}

/// How long `work` takes, in two columns, and what it gives.
fn timed<T>(mut work: impl FnMut() -> Result<T>) -> Result<(String, T)> {
    let (mut all, mut given) = (Vec::new(), None);
    for _ in 0..RUNS {
        let (begun, before) = (Instant::now(), processor());
        given = Some(work()?);
        all.push((begun.elapsed().as_secs_f64(), processor() - before));
    }
    let mut column = |of: &dyn Fn(&(f64, f64)) -> f64| {
        all.sort_by(|a, b| of(a).total_cmp(&of(b)));
        format!("{:.3} ({:.3})", of(&all[0]), of(&all[RUNS / 2]))
    };
    let columns = format!("{} | {}", column(&|it| it.0), column(&|it| it.1));
    Ok((columns, given.expect("there is at least one run")))
}

/// How long loading takes, and by how much the process grows.
fn loaded<T>(out: &mut String, what: &str, load: impl FnOnce() -> Result<T>) -> Result<T> {
    let (before, begun, spent) = (resident().unwrap_or(0), Instant::now(), processor());
    let model = load()?;
    let (took, after) = (begun.elapsed().as_secs_f64(), resident().unwrap_or(0));
    let (grown, spent) = (after.saturating_sub(before) as f64 / 1e6, processor() - spent);
    let work = format!("load and warm up, {grown:.0} MB more in memory");
    writeln!(out, "| {what} | {work} | {took:.2} | {spent:.2} |")?;
    Ok(model)
}

fn whisper(model: &Path) -> Result<String> {
    let mut out = String::new();
    let what = name(model);
    let whisper = loaded(&mut out, &what, || {
        let name = ModelName::Path(model.to_owned());
        let whisper = Whisper::load(&resolve(&name, Want::Whisper, &())?, &Compute::default())?;
        whisper.warm_up()?;
        Ok(whisper)
    })?;
    let margin = Options::default().short_context_margin_s;
    for seconds in [2.0_f32, 5.0, 10.0] {
        let samples: Vec<f32> = (0..(seconds * SAMPLE_RATE as f32) as usize)
            .map(|at| (at as f32 * 0.1).sin() * 0.1)
            .collect();
        let frames = (((seconds + margin) * FRAMES) as usize).next_multiple_of(32);
        let (encode, states) = timed(|| Ok(whisper.encode(&whisper.log_mel(&samples, frames))?))?;
        let tokens = (seconds * TOKENS_A_SECOND).ceil() as usize;
        let forced: Vec<u32> = (0..tokens as u32 + 3).map(|at| 1_000 + at).collect();
        let (decode, _) = timed(|| Ok(whisper.score(&states, &forced, &[4])?))?;
        writeln!(
            out,
            "| {what} | encode {seconds:.0} s of speech and {margin:.0} s of margin | {encode} |"
        )?;
        writeln!(out, "| {what} | decode {tokens} tokens for it | {decode} |")?;
    }
    Ok(out)
}

fn qwen3(model: &Path, depth: usize) -> Result<String> {
    let mut out = String::new();
    let what = name(model);
    let network = loaded(&mut out, &what, || {
        let network = Qwen3::load_gguf(model)?;
        network.warm_up()?;
        Ok(network)
    })?;
    let mut cache = KvCache::new(&network, 32_768);
    let ids = |count: usize| (0..count as u32).map(|at| at * 7 % 150_000).collect::<Vec<_>>();
    for count in [30, 200] {
        let (took, ()) = timed(|| {
            cache.clear();
            network.forward(&ids(count), &mut cache)?;
            Ok(())
        })?;
        writeln!(out, "| {what} | read {count} tokens | {took} |")?;
    }
    for (at, count) in [(200, 20), (depth, 10)] {
        let missing = at - cache.len().min(at);
        network.read(&ids(missing), &mut cache, 256, &|| false)?;
        let (took, ()) = timed(|| {
            cache.truncate(at);
            for token in ids(count) {
                network.forward(&[token], &mut cache)?;
            }
            Ok(())
        })?;
        writeln!(out, "| {what} | write {count} tokens behind {at} | {took} |")?;
    }
    let bytes = KvCache::bytes(network.config(), 32_768) as f64 / 1e6;
    writeln!(out, "| {what} | keys and values of 32,768 tokens take {bytes:.0} MB | | |")?;
    Ok(out)
}

fn kokoro(model: &Path) -> Result<String> {
    let mut out = String::new();
    let what = name(model);
    let speaker = loaded(&mut out, &what, || {
        let path = ModelName::Path(model.to_owned());
        let (speaker, _) = voice::open(&path, &SpeakerOptions::default(), &())?;
        speaker.speak("həlˈO", &|| true)?;
        Ok(speaker)
    })?;
    let phonemiser = Phonemiser::new(Language::EnUs);
    for line in [
        "Yes.",
        "The capital of France is Paris.",
        "There are seven colours in the rainbow, and red comes first, and violet is the last of them.",
    ] {
        let (phonemes, text) = timed(|| Ok(phonemiser.phonemise(line).text))?;
        let (took, spoken) = timed(|| Ok(speaker.speak(&text, &|| true)?))?;
        let seconds = spoken.samples.len() as f64 / f64::from(speaker.rate());
        let words = line.split_whitespace().count();
        writeln!(out, "| {what} | phonemes of {words} words | {phonemes} |")?;
        writeln!(out, "| {what} | {seconds:.1} s of speech for them | {took} |")?;
    }
    Ok(out)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
