//! What the language model and the voice cost each other while both work: an answer is written while
//! its beginning is spoken.

use std::thread;
use std::time::{Duration, Instant};

use antiphon_models::files::ModelName;
use antiphon_models::qwen3::{KvCache, Qwen3};
use antiphon_models::voice::{self, Language, Phonemiser, Speaker, SpeakerOptions};
use anyhow::Result;

use crate::{Models, stages};

/// What is spoken again and again.
const LINE: &str = "The capital of France is Paris, and it has been for many hundreds of years.";

/// Measures both alone and together, in turns.
pub fn measure(models: &Models, rounds: usize, length: Duration) -> Result<()> {
    let network = Qwen3::load_gguf(&models.llm)?;
    network.warm_up()?;
    let path = ModelName::Path(models.tts.clone());
    let (speaker, _) = voice::open(&path, &SpeakerOptions::default(), &())?;
    let line = Phonemiser::new(Language::EnUs).phonemise(LINE).text;
    speaker.speak(&line, &|| true)?;
    println!(
        "| round | tokens a second: alone | beside the voice | factor of the voice: alone | beside | load |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for round in 1..=rounds {
        let until = || Instant::now() + length;
        let written = write(&network, until())?;
        let factor = speak(&*speaker, &line, until())?;
        let (beside, worse) = thread::scope(|scope| -> Result<_> {
            let (network, end) = (&network, until());
            let writing = scope.spawn(move || write(network, end));
            let factor = speak(&*speaker, &line, end)?;
            let written = writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
            Ok((written, factor))
        })?;
        let load = stages::load();
        println!("| {round} | {written:.1} | {beside:.1} | {factor:.2} | {worse:.2} | {load} |");
    }
    Ok(())
}

/// Tokens a second.
fn write(network: &Qwen3, until: Instant) -> Result<f64> {
    let mut cache = KvCache::new(network, 4_096);
    network.forward(&(0..64).collect::<Vec<_>>(), &mut cache)?;
    let (begun, mut count) = (Instant::now(), 0_u32);
    while Instant::now() < until {
        network.forward(&[1_000 + count], &mut cache)?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// Seconds of work for a second of sound; the last utterance is finished.
fn speak(speaker: &dyn Speaker, line: &str, until: Instant) -> Result<f64> {
    let (begun, mut sound) = (Instant::now(), 0.0);
    while Instant::now() < until {
        let said = speaker.speak(line, &|| true)?;
        sound += said.samples.len() as f64 / f64::from(speaker.rate());
    }
    Ok(begun.elapsed().as_secs_f64() / sound)
}
