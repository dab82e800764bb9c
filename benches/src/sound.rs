//! The sound that is transcribed.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Samples a second.
pub const RATE: usize = 16_000;

/// Reads a mono 16 kHz WAV file.
///
/// # Errors
/// When it cannot be read or has another rate or several channels.
pub fn read(path: &Path) -> Result<Vec<f32>> {
    let mut reader = hound::WavReader::open(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let spec = reader.spec();
    ensure!(
        spec.sample_rate as usize == RATE && spec.channels == 1,
        "`{}` has {} Hz and {} channels, expected 16000 Hz and one channel",
        path.display(),
        spec.sample_rate,
        spec.channels
    );
    let full = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
    Ok(match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>()?,
        hound::SampleFormat::Int => {
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 / full)).collect::<Result<_, _>>()?
        }
    })
}

/// A hum that glides and swells like a voice; enough for networks with random weights.
pub fn hum(seconds: usize) -> Vec<f32> {
    (0..seconds * RATE)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let phase = std::f32::consts::TAU * (140.0 * t + 3.0 * (2.0 * t).sin());
            let swell = 0.6 + 0.4 * (9.0 * t).sin();
            0.1 * swell * (1..8).map(|k| (phase * k as f32).sin() / k as f32).sum::<f32>()
        })
        .collect()
}

/// Reads little-endian f32 samples.
///
/// # Errors
/// When the file cannot be read.
pub fn read_raw(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Writes little-endian f32 samples.
///
/// # Errors
/// When the file cannot be written.
pub fn write_raw(path: &Path, samples: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    std::fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}
