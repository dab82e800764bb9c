//! Lines of phonemes on standard input to `0.wav`, `1.wav` and so on in a folder:
//!
//! ```sh
//! echo "Hello there." | antiphon phonemes | cargo run -p antiphon-models --example say -- rehearsal-tts-en FOLDER
//! ```

use std::error::Error;
use std::io::{BufRead, stdin};
use std::path::Path;

use antiphon_models::voice::{SpeakerOptions, open};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder] = &arguments[..] else {
        return Err("expected the name of a model that speaks, and a folder".into());
    };
    let (speaker, _) = open(&model.parse()?, &SpeakerOptions::default(), &())?;
    for (number, line) in stdin().lock().lines().enumerate() {
        let spoken = speaker.speak(&line?, &|| true)?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: speaker.rate(),
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let path = Path::new(folder).join(format!("{number}.wav"));
        let mut file = hound::WavWriter::create(path, spec)?;
        for sample in spoken.samples {
            file.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)?;
        }
        file.finalize()?;
    }
    Ok(())
}
