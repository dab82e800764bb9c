//! `antiphon run`: holds a spoken conversation.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args as ClapArgs;
use tracing::Instrument;

use antiphon::build::{Choices, blueprints};
use antiphon::engine::memory::{self, Growth};
use antiphon::engine::publish::{self, Publisher};
use antiphon::engine::{Engine, OnPlanned, Started, Surroundings};
use antiphon::needs;
use antiphon::plan::Plan;
use antiphon::telemetry::{Telemetry, Tell};
use antiphon_actors::console::ConsoleMode;
use antiphon_actors::echo::{self, FarEnd};
use antiphon_actors::speaker::SinkKind;
use antiphon_actors::stats::StageSnapshot;
use antiphon_actors::tape::Recorder;
use antiphon_actors::{Clock, Overflow, logger};
use antiphon_config::{Override, Pipeline};
use antiphon_models::files;

use super::models::Bars;
use super::{interrupt, log, out};

/// Samples a second of a recording, and of a reply that no device plays.
const RATE: u32 = 48_000;

/// Arguments of `run`, which are also those of `antiphon` without a subcommand.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Pipeline file; a bare name is also looked up in pipelines/
    #[arg(long, value_name = "FILE", default_value = "voice.toml")]
    pipeline: PathBuf,

    /// Play this WAV file in place of the microphone, in real time; give it again for the next
    /// question, which starts when the reply has been heard
    #[arg(long, value_name = "WAV")]
    input: Vec<PathBuf>,

    /// Pause between a reply and the next --input, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pause: u64,

    /// Record the conversation: left what was said, right what was answered, on one timeline
    #[arg(long, value_name = "WAV")]
    record: Option<PathBuf>,

    /// Write one JSON object a turn: words, dead air and its parts, attempts, interruptions
    #[arg(long, value_name = "FILE")]
    turns: Option<PathBuf>,

    /// Change a setting: stages.llm.settings.model=hf:Qwen/Qwen3-0.6B-GGUF
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<Override>,

    /// Play the reply to no device, in real time
    #[arg(long)]
    silent: bool,

    /// Write the transcript as JSON, one object an event
    #[arg(long)]
    json: bool,
}

/// Runs a pipeline until its input is answered, it fails, or Ctrl-C.
pub(crate) fn run(args: &Args) -> Result<()> {
    let pipeline = super::check::pipeline(&args.pipeline, &args.set)?;
    for path in &args.input {
        // Before anything is loaded.
        antiphon_models::audio::open(path)?;
    }
    for path in args.record.iter().chain(&args.turns) {
        check_place(path)?;
    }
    fetch(&pipeline)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // Two for the work, and one in case that a stage hangs.
        .worker_threads(3)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(converse(args, &pipeline));
    // A worker thread in the middle of a step is not waited for.
    runtime.shutdown_background();
    result
}

/// Refuses a file that cannot be written, as far as can be said without making it.
fn check_place(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        bail!("cannot write `{shown}`: it is a folder; name a file in it");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let folder = folder.display();
        bail!("cannot write `{shown}`: there is no folder `{folder}`; make it, or name another");
    }
    // A pipe would wait for its reader.
    if path.is_file() {
        let opened = std::fs::File::options().append(true).open(path);
        opened.with_context(|| format!("cannot write `{shown}`"))?;
    }
    Ok(())
}

/// Fetches models that are not here, with progress, and says what all of them will take, before
/// stages start.
pub(super) fn fetch(pipeline: &Pipeline) -> Result<()> {
    let needs = needs::models(pipeline);
    if needs.is_empty() {
        return Ok(());
    }
    let mut budget = needs::Budget::default();
    for need in needs {
        let mut add = || -> Result<()> {
            let files = files::resolve(&need.model.parse()?, need.want, &Bars::default())?;
            Ok(budget.add(&need, &files)?)
        };
        add().with_context(|| need.place.clone())?;
    }
    out::note(format_args!("memory: {budget}"));
    Ok(budget.check(needs::free())?)
}

async fn converse(args: &Args, pipeline: &Pipeline) -> Result<()> {
    let clock = Clock::start_real();
    let mut plan = Plan::new(pipeline);
    let choices = Choices {
        inputs: args.input.clone(),
        pause: Duration::from_millis(args.pause),
        sink: sink(args),
        far_end: FarEnd::default(),
        console: match (args.json, std::io::stdout().is_terminal()) {
            (true, _) => ConsoleMode::Json,
            (false, true) => ConsoleMode::Terminal,
            (false, false) => ConsoleMode::Plain,
        },
    };
    let mut stages = blueprints(pipeline, &choices);
    if let Some(path) = &args.turns {
        let blueprint = Arc::new(logger::turns_blueprint(path.clone()));
        plan.listen("--turns", Overflow::Wait);
        stages.push(blueprint);
    }
    let tell: Tell = Arc::new(out::note);
    let telemetry = Telemetry::start(pipeline, clock, &tell)?;
    log::listen(telemetry.as_deref())?;
    if let Some(telemetry) = &telemetry {
        plan.listen("telemetry", Overflow::DropOldest);
        stages.push(telemetry.blueprint());
    }
    let recorder = args.record.as_ref().map(|path| Recorder::create(path, RATE)).transpose()?;
    let published = Arc::new(OnceLock::new());
    let surroundings = Surroundings {
        on_planned: Some(on_planned(publish(&published, &pipeline.name), telemetry.clone())),
        tape: Some(choices.far_end.tape(recorder.as_ref().map(Recorder::handle))),
        on_started: Some(Arc::new(report)),
    };
    out::note(format_args!("starting `{}`", pipeline.name));
    let ending = Endings::listen()?;
    let engine = tokio::select! {
        engine = Engine::start(plan, stages, clock, surroundings)
            .instrument(tracing::info_span!("start", pipeline = %pipeline.name)) => engine?,
        () = ending.wait() => bail!("interrupted"),
    };
    let ready = clock.now().since_start().as_secs_f64();
    out::note(format_args!("ready in {ready:.1} s, {}; Ctrl-C ends", memory()));
    let result = tokio::select! {
        result = engine.finished() => result.map_err(Into::into),
        () = ending.wait() => Ok(()),
    };
    tell_echo(&engine.snapshot());
    engine.close().await;
    drop(published);
    if let Some(telemetry) = telemetry {
        // It blocks while a collector is waited for.
        tokio::task::spawn_blocking(move || telemetry.finish()).await?;
    }
    recorder.map(Recorder::finish).transpose()?;
    result
}

/// Lets `antiphon top` watch from the start on, for as long as `published` lives.
fn publish(published: &Arc<OnceLock<Publisher>>, pipeline: &str) -> OnPlanned {
    let (published, pipeline) = (Arc::downgrade(published), pipeline.to_string());
    Arc::new(move |snapshots| {
        let pipeline = pipeline.clone();
        let source = Arc::new(move || snapshots.live(&pipeline));
        match (Publisher::start(&publish::folders(), source), published.upgrade()) {
            // Asked once for each run.
            (Ok(publisher), Some(published)) => drop(published.set(publisher)),
            (Ok(_), None) => {}
            (Err(error), _) => {
                out::note(format_args!("`antiphon top` cannot show this pipeline: {error}"));
            }
        }
    })
}

/// Where the reply is played: a machine that plays a file and has no device plays to none.
fn sink(args: &Args) -> SinkKind {
    let missing = || !args.input.is_empty() && !antiphon_actors::speaker::device_present();
    if args.silent {
        return SinkKind::Virtual { rate: RATE };
    }
    if missing() {
        out::note("no sound device: the reply is played to none, in real time");
        return SinkKind::Virtual { rate: RATE };
    }
    SinkKind::Device
}

/// Says how much of the loudspeaker's sound was kept from the pipeline.
fn tell_echo(stages: &[StageSnapshot]) {
    for stage in stages {
        if let (Some(erle), Some(seconds)) =
            (stage.figures.get(echo::ERLE_DB), stage.figures.get(echo::ECHO_SECONDS))
        {
            out::note(format_args!(
                "{}: lowered by {erle:.1} dB (ERLE), over {seconds:.1} s of it",
                stage.stage
            ));
        }
    }
}

/// Shows the counts to whoever asks.
fn on_planned(publish: OnPlanned, telemetry: Option<Arc<Telemetry>>) -> OnPlanned {
    Arc::new(move |snapshots| {
        if let Some(telemetry) = &telemetry {
            telemetry.watch(snapshots.clone());
        }
        publish(snapshots);
    })
}

fn report(started: &Started) {
    let Started { stage, what, took, memory } = started;
    let what = if what.is_empty() { "ready" } else { what };
    tracing::info!(%stage, "{what}");
    let memory = memory.as_ref().map(grown).unwrap_or_default();
    out::note(format_args!("  {stage:<8} {what} ({:.0} ms{memory})", took.as_secs_f64() * 1e3));
}

/// By how much the memory grew, and who may have had a part in it.
fn grown(Growth { bytes, beside }: &Growth) -> String {
    let mib = bytes >> 20;
    match beside.as_slice() {
        _ if mib == 0 => String::new(),
        [] => format!(", {mib} MiB"),
        many => format!(", {mib} MiB with {}", many.join(", ")),
    }
}

/// How much memory the process takes, where the system says so.
fn memory() -> String {
    let resident = memory::resident();
    resident
        .map_or_else(|| "memory unknown".into(), |bytes| format!("{} MiB of memory", bytes >> 20))
}

/// Ctrl-C and SIGTERM: the first ends the pipeline in order, the second the process.
struct Endings {
    asked: tokio::sync::watch::Receiver<bool>,
}

impl Endings {
    fn listen() -> Result<Self> {
        let (ask, asked) = tokio::sync::watch::channel(false);
        #[cfg(unix)]
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .context("cannot listen for SIGTERM")?;
        tokio::spawn(async move {
            loop {
                #[cfg(unix)]
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
                #[cfg(not(unix))]
                tokio::signal::ctrl_c().await.ok();
                if ask.send_replace(true) {
                    std::process::exit(i32::from(interrupt::EXIT_CODE));
                }
                out::note("ending; Ctrl-C again ends at once");
            }
        });
        Ok(Self { asked })
    }

    async fn wait(&self) {
        // The listener lives as long as the runtime.
        drop(self.asked.clone().wait_for(|asked| *asked).await);
    }
}
