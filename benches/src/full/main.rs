//! What the pipeline of full size costs on this machine, with random weights of the true sizes.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

mod replies;
mod voice;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures the pipeline of full size with random weights.
#[derive(Parser)]
#[command(name = "full")]
struct Options {
    /// What is measured.
    #[command(subcommand)]
    part: Part,
    /// Folder of a Kokoro checkpoint.
    #[arg(long, global = true, default_value = "target/models-random/kokoro")]
    tts: PathBuf,
}

/// A part of what is measured.
#[derive(Subcommand)]
enum Part {
    /// The voice alone: its first sound, and whether it runs dry.
    Voice {
        /// How many replies.
        #[arg(long, default_value_t = 20)]
        replies: usize,
    },
}

fn main() -> Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match options.part {
        Part::Voice { replies } => {
            print!("{}", runtime.block_on(voice::measure(&options.tts, replies))?);
        }
    }
    Ok(())
}
