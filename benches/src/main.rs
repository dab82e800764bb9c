//! Speed of the networks beside their rivals, all in the same run.
//!
//! Every contender lives in a process of its own, so that its peak memory and its load time are its
//! own; the parent gives them the same work in turns (A B C, B C A, …) and takes the median of the
//! ratios within a turn, so that a busy moment of the machine hits all of them.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

mod child;
mod contenders;
mod protocol;
mod report;
mod scenario;
mod sound;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Compares the networks with their rivals on this machine.
#[derive(Clone, Parser)]
#[command(name = "compare")]
pub struct Options {
    /// What to compare; everything when left out.
    #[arg(value_enum)]
    what: Vec<What>,
    /// Folder that `rivals/make_models.py` wrote.
    #[arg(long, default_value = "target/models-random")]
    models: PathBuf,
    /// 16 kHz WAV file whose beginning is transcribed.
    #[arg(long)]
    audio: Option<PathBuf>,
    /// Python that has the rivals in Python; without it these are left out.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Turns in which all contenders do the same work.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Threads of each contender.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Contenders to leave out, by a part of their name.
    #[arg(long)]
    without: Vec<String>,
    /// Also writes the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Serves one contender over stdin and stdout (used by this program itself).
    #[arg(long, num_args = 2, value_names = ["CONTENDER", "MODEL"], hide = true)]
    serve: Option<Vec<String>>,
}

/// A group of measurements.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// Qwen3-0.6B Q4_K_M with random weights.
    Qwen3,
    /// whisper-base.en with random weights.
    Whisper,
    /// Kokoro-82M with random weights.
    Kokoro,
    /// The networks shipped in the repository.
    Rehearsal,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(serve) = &options.serve {
        return contenders::serve(&serve[0], serve[1].as_ref(), options.threads);
    }
    let groups = scenario::run(&options)?;
    print!("{}", report::table(&groups));
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&groups)?)?;
    }
    Ok(())
}
