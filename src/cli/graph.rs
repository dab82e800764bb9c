//! `antiphon graph`: a pipeline as a drawing.

use std::path::PathBuf;

use antiphon_config::Override;
use anyhow::Result;

use super::{check, out};

pub(super) const LONG_ABOUT: &str = "\
Draw a pipeline file: its stages, and what flows between them

  antiphon graph voice.toml                                 for Markdown that draws Mermaid
  antiphon graph voice.toml --format dot | dot -Tsvg -o voice.svg";

/// The arguments of `antiphon graph`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", help = check::FILE_HELP)]
    file: PathBuf,

    /// The language of the drawing
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[arg(long, value_name = "PATH=VALUE", help = check::SET_HELP, long_help = check::SET_LONG_HELP)]
    set: Vec<Override>,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// A Mermaid flowchart
    #[default]
    Mermaid,
    /// A graph for Graphviz
    Dot,
}

/// Draws the pipeline.
pub(crate) fn run(args: &Args) -> Result<()> {
    let pipeline = check::pipeline(&args.file, &args.set)?;
    out::piece(match args.format {
        Format::Mermaid => pipeline.mermaid(),
        Format::Dot => pipeline.dot(),
    })
}
