//! What the pipeline of full size costs on this machine, with random weights of the true sizes.
//!
//! Random weights say nothing, so the numbers of tokens and the texts are given: the networks do all
//! the work that a conversation of these words takes, and what they find is put aside.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

mod answer;
mod hear;
mod replies;
mod stages;
mod talk;
mod timeline;
mod together;
mod voice;

use std::path::{Path, PathBuf};
use std::time::Duration;

use antiphon_config::Override;
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures the pipeline of full size with random weights.
#[derive(Parser)]
#[command(name = "full")]
struct Options {
    /// What is measured.
    #[command(subcommand)]
    part: Part,
    /// Folder that `rivals/make_models.py` and `rivals/make_kokoro.py` wrote.
    #[arg(long, global = true, default_value = "target/models-random")]
    models: PathBuf,
    /// `base.en`, `small`, `large-v3-turbo`, or the folder of a Whisper checkpoint.
    #[arg(long, global = true, default_value = "large-v3-turbo")]
    stt: String,
    /// `0.6b`, `4b`, or the GGUF file of a Qwen3.
    #[arg(long, global = true, default_value = "4b")]
    llm: String,
    /// Folder of a Kokoro checkpoint; that among the models without it.
    #[arg(long, global = true)]
    tts: Option<PathBuf>,
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
    /// Each network alone: load, memory, and each job.
    Stages {
        /// Tokens of a long conversation.
        #[arg(long, default_value_t = 2_048)]
        depth: usize,
    },
    /// The language model and the voice at the same time.
    Together {
        /// How often.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Seconds of each measurement.
        #[arg(long, default_value_t = 6)]
        seconds: u64,
    },
    /// A conversation of four turns through the pipeline.
    Talk {
        /// The pipeline, into which the models are put.
        #[arg(long, default_value = "voice-full.toml")]
        pipeline: PathBuf,
        /// Replaces one value of it.
        #[arg(long, value_name = "PATH=VALUE")]
        set: Vec<Override>,
    },
}

/// Where the models are.
struct Models {
    stt: PathBuf,
    llm: PathBuf,
    tts: PathBuf,
}

impl Models {
    fn of(options: &Options) -> Self {
        let named = |name: &str, file: String| match Path::new(name).exists() {
            true => PathBuf::from(name),
            false => options.models.join(file),
        };
        let own = || options.models.join("kokoro");
        Self {
            stt: named(&options.stt, format!("whisper-{}", options.stt)),
            llm: named(&options.llm, format!("qwen3-{}-q4_k_m.gguf", options.llm)),
            tts: options.tts.clone().unwrap_or_else(own),
        }
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let models = Models::of(&options);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match &options.part {
        Part::Voice { replies } => {
            print!("{}", runtime.block_on(voice::measure(&models.tts, *replies))?);
        }
        Part::Stages { depth } => stages::measure(&models, *depth)?,
        Part::Together { rounds, seconds } => {
            together::measure(&models, *rounds, Duration::from_secs(*seconds))?;
        }
        Part::Talk { pipeline, set } => {
            runtime.block_on(talk::measure(&models, pipeline, set))?;
        }
    }
    // A worker in the middle of a step is not waited for.
    runtime.shutdown_background();
    Ok(())
}
