//! `antiphon report`: what `turns.jsonl` says of whole runs.

use std::path::PathBuf;

use antiphon::report::stats::Stats;
use antiphon::report::{Run, captions, html, text};
use anyhow::{Context, Result, bail};

use super::out;

pub(super) const LONG_ABOUT: &str = "\
Say where the dead air of whole runs went: percentiles of it and its parts, the worst turns and why

Each FILE is what `--turns` wrote in one run; two are also put beside each other. Percentiles are
linear between neighbours.";

/// The arguments of `antiphon report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `antiphon --turns FILE` wrote
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Write a page with a waterfall of each turn; it holds all it needs
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write the conversation of one FILE as captions (WebVTT), word by word where the voice says when
    /// words sound; players show them with what `--record` wrote
    #[arg(long, value_name = "FILE")]
    captions: Option<PathBuf>,
}

/// Reports.
pub(crate) fn run(args: &Args) -> Result<()> {
    let runs = args.files.iter().map(|file| Run::read(file)).collect::<Result<Vec<_>, _>>()?;
    let stats: Vec<_> = runs.iter().map(Stats::of).collect();
    if let Some(path) = &args.captions {
        let [run] = &runs[..] else {
            bail!("captions are those of one conversation: name one file, not {}", runs.len());
        };
        std::fs::write(path, captions::page(&run.turns))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        out::note(format_args!("wrote `{}`", path.display()));
    }
    if let Some(path) = &args.html {
        std::fs::write(path, html::page(&stats))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        out::note(format_args!("wrote `{}`", path.display()));
    }
    out::piece(text::page(&stats))
}
