//! What the engine itself costs, beside bare tokio channels and pipecat, all in the same run.
//!
//! Each measurement runs in a process of its own, which says when it has started all its sessions
//! and then waits for a line; so memory and processor time are its own, and a rival that needs one
//! process a core starts both at the same moment.

#![expect(clippy::print_stdout, reason = "a program whose output is its table")]

mod contest;
mod pace;
mod process;
mod session;
mod talk;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use antiphon_actors::Clock;
use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use pace::{Arrivals, Source, Spread};

/// Figures by name, as they go from a measuring process to the table.
pub type Figures = BTreeMap<String, f64>;

/// Measures what the engine itself costs on this machine.
#[derive(Parser)]
#[command(name = "engine")]
pub struct Options {
    /// Python that has pipecat-ai; without it pipecat is left out.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 6)]
    seconds: u32,
    /// What is measured; all without it.
    #[arg(long, value_delimiter = ',')]
    only: Vec<contest::Part>,
    /// Who is left out.
    #[arg(long, value_delimiter = ',')]
    without: Vec<contest::Contender>,
    /// Also writes the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Makes one measurement and writes its figures as JSON (used by this program itself).
    #[arg(long, hide = true)]
    serve: Option<Serve>,
    /// What `--serve` measures.
    #[arg(long, default_value = "load", hide = true)]
    measure: Measure,
    /// How many sessions at once.
    #[arg(long, default_value_t = 1, hide = true)]
    sessions: u32,
    /// Turns of each conversation.
    #[arg(long, default_value_t = 25, hide = true)]
    turns: u32,
    /// Keeps a subscriber that formats all spans and events down to this level.
    #[arg(long, hide = true)]
    tracing: Option<tracing_subscriber::filter::LevelFilter>,
}

/// Who is measured in this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Serve {
    /// Our engine.
    Ours,
    /// Bare tokio channels.
    Bare,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Frames at 50 a second and session.
    Load,
    /// Frames one after the other.
    Unpaced,
    /// Conversations with models that cost nothing.
    Talk,
    /// The same, the answer being made before the turn is over.
    TalkEager,
}

fn main() -> Result<()> {
    let options = Options::parse();
    match options.serve {
        Some(serve) => {
            if let Some(level) = options.tracing {
                let writer = || std::io::sink();
                tracing_subscriber::fmt().with_max_level(level).with_writer(writer).init();
            }
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?;
            let figures = runtime.block_on(measure(serve, &options))?;
            println!("{}", serde_json::to_string(&figures)?);
            // What still runs ends with the process.
            runtime.shutdown_background();
            Ok(())
        }
        None => contest::run(&options),
    }
}

async fn measure(serve: Serve, options: &Options) -> Result<Figures> {
    match options.measure {
        Measure::Load | Measure::Unpaced => frames(serve, options).await,
        Measure::Talk | Measure::TalkEager => {
            ensure!(serve == Serve::Ours, "only an engine talks");
            go()?;
            let eager = options.measure == Measure::TalkEager;
            let air = talk::talk(options.sessions, options.turns, eager).await?;
            let mut figures = Figures::from([("turns".into(), air.turns as f64)]);
            put(&mut figures, "own", air.own);
            put(&mut figures, "work", air.work);
            Ok(figures)
        }
    }
}

async fn frames(serve: Serve, options: &Options) -> Result<Figures> {
    let (clock, sessions) = (Clock::start_real(), options.sessions as usize);
    let before = process::resident()?;
    let (mut engines, mut entries, arrivals) = (Vec::new(), Vec::new(), Arrivals::default());
    let (arrived, next) = std::sync::mpsc::channel();
    let (note, unpaced) = (arrivals.exit(), options.measure == Measure::Unpaced);
    let exit: pace::Exit = std::sync::Arc::new(move |audio, now| {
        note(audio, now);
        if unpaced {
            // The source may have sent enough.
            arrived.send(()).ok();
        }
    });
    for _ in 0..sessions {
        match serve {
            Serve::Ours => {
                let (engine, entry) = session::ours(clock, exit.clone()).await?;
                engines.push(engine);
                entries.push(entry);
            }
            Serve::Bare => entries.push(session::bare(clock, exit.clone())),
        }
    }
    go()?;
    let source = Source::new(clock, options.seconds);
    arrivals.count_from(source.counts_from());
    let load = match options.measure {
        Measure::Unpaced => {
            let send = move || source.one_by_one(&entries[0], &next, &arrivals);
            tokio::task::spawn_blocking(send).await??
        }
        Measure::Load | Measure::Talk | Measure::TalkEager => {
            tokio::task::spawn_blocking(move || source.measure(&entries, &arrivals)).await??
        }
    };
    let mut figures = Figures::from([
        ("sessions".into(), sessions as f64),
        ("lost".into(), load.lost as f64),
        ("core_percent".into(), load.core_percent),
        ("memory_kib".into(), load.resident.saturating_sub(before) as f64 / 1024.0),
    ]);
    put(&mut figures, "late", load.late);
    put(&mut figures, "transit", load.transit);
    drop(engines);
    Ok(figures)
}

fn put(figures: &mut Figures, name: &str, spread: Spread) {
    figures.insert(format!("{name}_p50_ms"), spread.p50);
    figures.insert(format!("{name}_p99_ms"), spread.p99);
}

/// Says that all is started, and waits for the word to begin.
fn go() -> Result<()> {
    println!("ready");
    std::io::stdout().flush()?;
    let mut line = String::new();
    ensure!(std::io::stdin().lock().read_line(&mut line)? > 0, "nobody is there to begin");
    Ok(())
}
