//! `antiphon models`: list, fetch and check models.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use antiphon::needs;
use antiphon_models::device::Compute;
use antiphon_models::files::{self, HubSettings, Kind, ModelName, Progress, Want};
use antiphon_models::whisper::{SmartTurn, Whisper};
use antiphon_models::{harmonic::Harmonic, kokoro::Kokoro, qwen3::Qwen3};
use anyhow::{Context, Result, bail};
use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::out;

const NAME_HELP: &str = "A model: `rehearsal-…` (inside this program), `kokoro-82m`, `hf:owner/name[@revision][/file]`, or a path";

/// The arguments of `antiphon models`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the models that need no download: name, size, what it does
    List,
    /// Download a hub model's newest files into the shared Hugging Face cache; print its place
    Pull {
        #[arg(value_name = "NAME", help = NAME_HELP, required_unless_present = "pipeline")]
        name: Option<ModelName>,

        /// Download every model that a pipeline file names, so that it runs offline
        #[arg(long, value_name = "FILE", conflicts_with = "name")]
        pipeline: Option<PathBuf>,
    },
    /// Check a model's files: checksums, headers, every tensor; exit code 1 when one is at fault
    Verify {
        #[arg(value_name = "NAME", help = NAME_HELP)]
        name: ModelName,
    },
    /// Print where a model is: its path, or `embedded`
    Where {
        #[arg(value_name = "NAME", help = NAME_HELP)]
        name: ModelName,
    },
}

/// Runs the model command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let settings = HubSettings::from_env();
    match &args.command {
        Command::List => list(&settings),
        Command::Pull { name, pipeline } => {
            if let Some(name) = name {
                place(&files::pull(name, Want::Any, &settings, &Bars::default())?)?;
            }
            pipeline.iter().try_for_each(|path| pull_all(path, &settings))
        }
        Command::Verify { name } => verify(name, &settings),
        Command::Where { name } => place(&files::locate(name, Want::Any, &settings)?),
    }
}

fn list(settings: &HubSettings) -> Result<()> {
    let models = files::available(settings)?;
    let rows: Vec<_> = models
        .iter()
        .map(|model| (model.name.to_string(), BinaryBytes(model.size).to_string(), model.kind))
        .collect();
    let width = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text.chars().count()).max().unwrap_or_default()
    };
    let names = width(&mut rows.iter().map(|row| &row.0));
    let sizes = width(&mut rows.iter().map(|row| &row.1));
    for (name, size, kind) in rows {
        let kind = match kind {
            Kind::Whisper => "speech recognition (Whisper)",
            Kind::Qwen3 => "language (Qwen3)",
            Kind::Kokoro => "speech (Kokoro)",
            Kind::Harmonic => "speech (harmonics and noise)",
            Kind::SmartTurn => "ends of turns (smart-turn)",
        };
        out::line(format_args!("{name:names$}  {size:>sizes$}  {kind}"))?;
    }
    Ok(())
}

fn place(files: &files::ModelFiles) -> Result<()> {
    match files.place() {
        Some(path) => out::line(path.display()),
        None => out::line("embedded"),
    }
}

/// Downloads every model of a pipeline; prints where each is.
fn pull_all(path: &Path, settings: &HubSettings) -> Result<()> {
    let pipeline = super::check::pipeline(path, &[])?;
    for need in needs::models(&pipeline) {
        let pull = || -> Result<()> {
            place(&files::pull(&need.model.parse()?, need.want, settings, &Bars::default())?)
        };
        pull().with_context(|| need.place.clone())?;
    }
    Ok(())
}

fn verify(name: &ModelName, settings: &HubSettings) -> Result<()> {
    let (files, hears_ends) = located(name, settings)?;
    let checks = files::verify(&files);
    let mut faults = 0;
    for check in &checks {
        match &check.outcome {
            Ok(found) => out::line(format_args!("ok     {}: {found}", check.file))?,
            Err(error) => {
                faults += 1;
                out::line(format_args!("fault  {}: {error}", check.file))?;
            }
        }
    }
    if faults > 0 {
        bail!("model `{name}`: {faults} of {} files at fault", checks.len());
    }
    // Whole files may still lack a tensor or have one of a wrong shape.
    if hears_ends {
        SmartTurn::load(&files)?;
    } else {
        match files.kind()? {
            Kind::Whisper => drop(Whisper::load(&files, &Compute::default())?),
            Kind::Qwen3 => drop(Qwen3::load(&files, &Compute::default())?),
            Kind::Kokoro => drop(Kokoro::open(&files, &Compute::default())?),
            Kind::Harmonic => drop(Harmonic::load(&files)?),
            Kind::SmartTurn => drop(SmartTurn::load(&files)?),
        }
    }
    out::line("ok     the network loads")
}

/// Where a model is, and whether it is one that hears the ends of turns: it has no words, and so lacks
/// a file of the others.
fn located(name: &ModelName, settings: &HubSettings) -> Result<(files::ModelFiles, bool)> {
    match files::locate(name, Want::Any, settings) {
        Ok(files) => {
            let hears_ends = files.onnx().is_some();
            Ok((files, hears_ends))
        }
        Err(error) => match files::locate(name, Want::SmartTurn, settings) {
            Ok(files) if files.hears_ends()? => Ok((files, true)),
            Ok(_) | Err(_) => Err(error.into()),
        },
    }
}

/// Draws a bar for each download on standard error; without a terminal there, writes a line.
#[derive(Default)]
pub(crate) struct Bars(Mutex<Option<ProgressBar>>);

impl Bars {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        // A bar left by a panic is still a bar.
        act(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bars {
    fn started(&self, file: &str, total: Option<u64>, resumed: u64) {
        let known = "{msg} [{bar:30}] {binary_bytes} of {binary_total_bytes}, {eta} left";
        let open = "{msg} {binary_bytes}, {binary_bytes_per_sec}";
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(if total.is_some() { known } else { open })
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(file.to_string());
        bar.set_position(resumed);
        // What was there already says nothing about the speed.
        bar.reset_eta();
        if !stderr().is_terminal() && total.is_none_or(|total| total > 0) {
            let size = total.map_or("unknown size".into(), |total| BinaryBytes(total).to_string());
            let from = if resumed > 0 { ", resumed" } else { "" };
            out::note(format_args!("{file} ({size}{from})"));
        }
        self.with(|place| *place = Some(bar));
    }

    fn advanced(&self, bytes: u64) {
        self.with(|bar| bar.iter().for_each(|bar| bar.inc(bytes)));
    }

    fn restarted(&self) {
        self.with(|bar| bar.iter().for_each(|bar| bar.set_position(0)));
    }

    fn finished(&self, _file: &str) {
        self.with(|place| {
            if let Some(bar) = place.take() {
                bar.finish();
            }
        });
    }

    fn note(&self, text: &str) {
        self.with(|bar| match bar {
            Some(bar) => bar.suspend(|| out::note(text)),
            None => out::note(text),
        });
    }
}
