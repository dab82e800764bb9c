//! `antiphon phonemes`: lines of text in, lines of phonemes out.

use std::io::{BufRead, stdin};
use std::path::PathBuf;

use antiphon_actors::chunker::speech::{self, SpeechOptions, speakable};
use antiphon_models::voice::{Espeak, Language, Phonemiser};
use anyhow::{Context, Result};

use super::out;

pub(crate) const LONG_ABOUT: &str = "\
Write down how text sounds, a line of phonemes for each line

Reads standard input; every line gives one line, an empty one where nothing is to be said. The
symbols are those that Kokoro was trained on. Numbers, dates, sums, addresses and Markdown are
written as they are said first, as a pipeline does.";

/// The arguments of `antiphon phonemes`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The English that is spoken
    #[arg(long, value_enum, default_value_t = English::EnUs)]
    language: English,

    /// A program that pronounces words in no lexicon, such as `espeak-ng` [default: own rules]
    #[arg(long, value_name = "PROGRAM")]
    espeak: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum English {
    EnUs,
    EnGb,
}

/// Prints the phonemes of each line.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (language, words) = match args.language {
        English::EnUs => (Language::EnUs, speech::Language::AmericanEnglish),
        English::EnGb => (Language::EnGb, speech::Language::BritishEnglish),
    };
    let phonemiser = match &args.espeak {
        None => Phonemiser::new(language),
        Some(program) => {
            let found = Espeak::find(program, std::env::var_os("PATH"));
            let found = found.with_context(|| {
                format!(
                    "no program `{}`, expected its path, or a name that is in `PATH`",
                    program.display()
                )
            })?;
            Phonemiser::with_espeak(language, found)
        }
    };
    let options = SpeechOptions { language: words, ..SpeechOptions::default() };
    for line in stdin().lock().lines() {
        let line = line.context("cannot read standard input")?;
        out::line(phonemiser.phonemise(&speakable(&line, &options)).text)?;
    }
    Ok(())
}
