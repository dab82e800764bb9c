//! `antiphon check`: every fault of pipeline files, each at its place.

use std::path::{Path, PathBuf};

use antiphon::devices;
use antiphon_config::{Diagnostic, Faults, Override, Pipeline, ProcessEnv, json, load};
use anyhow::{Result, bail};

use super::out;

pub(super) const LONG_ABOUT: &str = "\
Check pipeline files: every fault at its place, with what would have been accepted

Nothing is opened but the files: no device, no model, no server. A bare name such as `voice` is
also looked up in the folder `pipelines` and among the pipelines inside the program.

Exit code 1 when a file is at fault; warnings alone leave it at 0.";

pub(super) const FILE_HELP: &str = "A pipeline file, or a bare name such as `voice.toml`";

pub(super) const SET_HELP: &str =
    "Replace one value of the file, such as `turn.end_silence_ms=300`; may be given several times";

pub(super) const SET_LONG_HELP: &str = "\
Replace one value of the file; may be given several times

VALUE is TOML, or else text:
  --set turn.end_silence_ms=300
  --set stages.tts.settings.program=flite
  --set 'stages.console.inputs=[\"stt\"]'";

/// The arguments of `antiphon check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", required = true, help = FILE_HELP)]
    files: Vec<PathBuf>,

    /// How faults are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[arg(long, value_name = "PATH=VALUE", help = SET_HELP, long_help = SET_LONG_HELP)]
    set: Vec<Override>,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// For reading: the source line, a caret, what was expected
    #[default]
    Text,
    /// One JSON array of all faults and warnings, with file, line, column and code
    Json,
}

/// Checks the files.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut at_fault = 0;
    let mut all = Vec::new();
    for file in &args.files {
        let result = loaded(file, &args.set);
        at_fault += usize::from(result.is_err());
        match args.format {
            Format::Text => write_text(file, &result)?,
            Format::Json => all.extend_from_slice(match &result {
                Ok(pipeline) => &pipeline.warnings,
                Err(faults) => faults.diagnostics(),
            }),
        }
    }
    if let Format::Json = args.format {
        out::line(format_args!("{:#}", json(&all)))?;
    }
    match (at_fault, args.files.len()) {
        (0, _) => Ok(()),
        (_, 1) => bail!("the pipeline file is at fault"),
        (_, files) => bail!("{at_fault} of {files} pipeline files are at fault"),
    }
}

fn write_text(file: &Path, result: &Result<Pipeline, Faults>) -> Result<()> {
    let write = |diagnostics: &[Diagnostic]| {
        diagnostics.iter().try_for_each(|diagnostic| out::line(format_args!("{diagnostic}\n")))
    };
    match result {
        Err(faults) => write(faults.diagnostics()),
        Ok(pipeline) => {
            write(&pipeline.warnings)?;
            let stages = pipeline.stages.len();
            out::line(format_args!("{}: good, {stages} stages", file.display()))
        }
    }
}

/// Loads a pipeline that this program can run.
fn loaded(file: &Path, set: &[Override]) -> Result<Pipeline, Faults> {
    let pipeline = load(file, set, &ProcessEnv)?;
    let faults = devices::check(&pipeline);
    if faults.is_empty() { Ok(pipeline) } else { Err(Faults::new(faults)) }
}

/// Loads a pipeline for another command: faults and warnings go to standard error.
///
/// # Errors
/// How many faults there are.
pub(super) fn pipeline(file: &Path, set: &[Override]) -> Result<Pipeline> {
    match loaded(file, set) {
        Ok(pipeline) => {
            pipeline.warnings.iter().for_each(out::note);
            Ok(pipeline)
        }
        Err(faults) => {
            out::note(format_args!("{faults}\n"));
            match faults.diagnostics().len() {
                1 => bail!("the pipeline file is at fault"),
                more => bail!("the pipeline file has {more} faults"),
            }
        }
    }
}
