//! The log-odds that whoever speaks at the end of WAV files is done, by a network in the format of smart-turn:
//!
//! ```sh
//! cargo run -p antiphon-models --example done -- smart-turn-v3.2-cpu.onnx *.wav
//! ```

use std::error::Error;

use antiphon_models::audio;
use antiphon_models::whisper::SmartTurn;

#[expect(clippy::print_stdout, reason = "a program whose output is its table")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, files @ ..] = &arguments[..] else {
        return Err("expected a network in the format of smart-turn, and WAV files".into());
    };
    let network = SmartTurn::load_path(model)?;
    for file in files {
        println!("{:8.4} {file}", network.log_odds(&audio::load(file)?)?);
    }
    Ok(())
}
