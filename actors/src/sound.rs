//! Sound for tests: made, recorded, or spoken by a program of the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Samples a second.
pub(crate) const RATE: u32 = 16_000;

pub(crate) fn amplitude(dbfs: f32) -> f32 {
    10.0_f32.powf(dbfs / 20.0)
}

/// Root mean square in dBFS.
pub(crate) fn dbfs(samples: &[f32]) -> f32 {
    let power = samples.iter().map(|x| x * x).sum::<f32>() / samples.len().max(1) as f32;
    10.0 * power.max(1e-12).log10()
}

pub(crate) fn samples(seconds: f32) -> usize {
    (seconds * RATE as f32) as usize
}

pub(crate) fn silence(seconds: f32) -> Vec<f32> {
    vec![0.0; samples(seconds)]
}

/// White noise of that level (root mean square), always the same.
pub(crate) fn noise(seconds: f32, level: f32) -> Vec<f32> {
    let scale = amplitude(level) * 3.0_f32.sqrt();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale
    };
    (0..samples(seconds)).map(next).collect()
}

/// A sine of that level (root mean square).
pub(crate) fn tone(seconds: f32, hertz: f32, level: f32) -> Vec<f32> {
    let scale = amplitude(level) * 2.0_f32.sqrt();
    let step = std::f64::consts::TAU * f64::from(hertz) / f64::from(RATE);
    (0..samples(seconds)).map(|n| (n as f64 * step).sin() as f32 * scale).collect()
}

/// Puts noise of that level over samples.
pub(crate) fn over_noise(mut samples: Vec<f32>, level: f32) -> Vec<f32> {
    let noise = noise(samples.len() as f32 / RATE as f32 + 0.01, level);
    samples.iter_mut().zip(noise).for_each(|(sample, noise)| *sample += noise);
    samples
}

/// The recordings of people, by name, none where they are not at hand.
pub(crate) fn recordings() -> Vec<(String, Vec<f32>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/audio");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|end| end == "wav"));
    paths.sort();
    if paths.is_empty() {
        eprintln!("skipped: no recordings in `{}`", folder.display());
    }
    let load = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        (name, antiphon_models::audio::load(path).unwrap())
    };
    paths.iter().map(load).collect()
}

/// When the words of a recording begin and end, in seconds, where it is known.
pub(crate) fn words_of(name: &str) -> Option<(f64, f64)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/audio");
    let text = std::fs::read_to_string(folder.join(format!("{name}.words.json"))).ok()?;
    let all: serde_json::Value = serde_json::from_str(&text).ok()?;
    let word = |word: &&serde_json::Value| word["t"] != "<sil>";
    let words = all["w"].as_array()?;
    let (first, last) = (words.iter().find(word)?, words.iter().rfind(word)?);
    Some((first["b"].as_f64()?, last["b"].as_f64()? + last["d"].as_f64()?))
}

/// The text as the programs of this machine speak it, by their names.
pub(crate) fn spoken(text: &str) -> Vec<(&'static str, Vec<f32>)> {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for program in ["espeak-ng", "flite"] {
        let file = folder.path().join(program).with_extension("wav");
        let mut command = Command::new(program);
        match program {
            "flite" => command.arg("-t").arg(text).arg("-o").arg(&file),
            _ => command.arg("-w").arg(&file).arg(text),
        };
        match command.output() {
            Ok(output) if output.status.success() => {
                all.push((program, antiphon_models::audio::load(&file).unwrap()));
            }
            Ok(_) | Err(_) => eprintln!("skipped: `{program}` is not on this machine"),
        }
    }
    all
}
