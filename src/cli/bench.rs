//! `antiphon bench`: how fast a pipeline answers, measured from the sound.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use antiphon::bench::beside::costs::Costs;
use antiphon::bench::hold;
use antiphon::bench::measure::{Measured, measure, measure_sound};
use antiphon::bench::script::{Conversation, conversations};
use antiphon::bench::table::{self, Point};
use antiphon::bench::truth::Truth;
use antiphon::bench::voice::{Speaker, SpokenTurn, recordings};
use antiphon::bench::words::{Chunk, Memory};
use antiphon::report::stats::Stats;
use antiphon::report::{Run, curve, html};
use antiphon_config::{Override, Pipeline};

use super::{out, run};

mod beside;

const LONG_ABOUT: &str = "\
Hold conversations through a pipeline, and measure dead air and false cut-offs from their sound

The conversations are made by the seed: questions and statements in voices of eSpeak NG and Flite,
with pauses, false starts, fillers, words over the reply, and noise behind some of them; and, where
there are recordings of people, these too. Where speech begins and ends in them is known to the
sample. They are held in real time, replies unheard, through the whole pipeline but its console and
log. Dead air is from the last voiced sample to the first audible sample of the reply; a turn is cut
off when a reply is heard before its end.";

/// The arguments of `antiphon bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hold conversations, and measure dead air and false cut-offs from their sound
    #[command(long_about = LONG_ABOUT)]
    DeadAir(DeadAir),

    /// Hold the same conversations here and in other systems, with models of the same stated cost
    #[command(long_about = beside::LONG_ABOUT)]
    Beside(beside::Args),
}

#[derive(Debug, clap::Args)]
struct DeadAir {
    /// Pipeline file; a bare name is also looked up in pipelines/
    #[arg(long, value_name = "FILE", default_value = "voice.toml")]
    pipeline: PathBuf,

    /// Change a setting: turn.end_silence_ms=300
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<Override>,

    /// Hold all conversations once for each value of a setting: turn.end_silence_ms=200,400,800
    #[arg(long, value_name = "PATH=VALUE,…")]
    sweep: Option<String>,

    /// How many turns there are at least
    #[arg(long, value_name = "N", default_value_t = 100)]
    turns: usize,

    /// Twelve turns, to see whether all works
    #[arg(long, conflicts_with = "turns")]
    quick: bool,

    /// Which conversations are made
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,

    /// Conversations held at a time; more than one disturb each other on a machine of few cores
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,

    /// Folder with recordings of people [default: ../shared/audio, if it is there]
    #[arg(long, value_name = "DIR", env = "ANTIPHON_AUDIO")]
    recordings: Option<PathBuf>,

    /// Write report.html, turns.jsonl (the ledger), measured.jsonl and over.jsonl (the sound) there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Write the sound of every conversation as well
    #[arg(long, requires = "out")]
    wavs: bool,
}

/// Where recordings of people lie beside the repository.
const RECORDINGS: &str = "../shared/audio";

/// Runs a bench.
pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::DeadAir(args) => dead_air(args),
        What::Beside(args) => beside::run(args),
    }
}

/// What holds conversations.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

fn dead_air(args: &DeadAir) -> Result<()> {
    let settings = settings(args)?;
    let pipelines = settings
        .iter()
        .map(|(name, set)| Ok((name, super::check::pipeline(&args.pipeline, set)?)))
        .collect::<Result<Vec<_>>>()?;
    for (_, pipeline) in &pipelines {
        if !pipeline.turn.reply {
            bail!("`{}` answers nothing: name one that replies", args.pipeline.display());
        }
        run::fetch(pipeline)?;
    }
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    }
    let people = args.recordings.clone().unwrap_or_else(|| RECORDINGS.into());
    let people = recordings(&people);
    if people.is_empty() {
        out::note("no recordings of people: all voices are synthetic");
    }
    let turns = if args.quick { 12 } else { args.turns };
    let script = conversations(turns, args.seed, &people);
    let spoken = speak(&script)?;
    let runtime = runtime()?;
    let (mut points, mut pages) = (Vec::new(), Vec::new());
    for (name, pipeline) in &pipelines {
        let place = Place::new(args, name, pipelines.len() > 1)?;
        let held = all(pipeline, &script, &spoken, Some(&place), args.jobs, None);
        let measured = runtime.block_on(held)?;
        place.write(&measured)?;
        let said = format!("{}\n{}\n", heading(args, name, &script), table::page(&measured));
        out::piece(&said)?;
        pages.push(said);
        points.push(Point { setting: (*name).clone(), measured });
    }
    // A worker thread in the middle of a step is not waited for.
    runtime.shutdown_background();
    if points.len() > 1 {
        pages.push(table::sweep(&points));
        out::piece(table::sweep(&points))?;
    }
    match &args.out {
        Some(folder) => draw(&folder.join("report.html"), &points, &pages),
        None => Ok(()),
    }
}

/// Writes a page with all that was said, the curve of a sweep, and a waterfall of each turn.
fn draw(path: &Path, points: &[Point], pages: &[String]) -> Result<()> {
    let name = |point: &Point| match point.setting.as_str() {
        "" => "all turns".into(),
        setting => setting.to_string(),
    };
    let run = |point: &Point| Run { name: name(point), turns: point.measured.records.clone() };
    let runs: Vec<Run> = points.iter().map(run).collect();
    let stats: Vec<_> = runs.iter().map(Stats::of).collect();
    let curve =
        if points.len() > 1 { curve::drawing(&table::curves(points)) } else { String::new() };
    let before = curve + &pages.iter().map(|page| html::verbatim(page)).collect::<String>();
    std::fs::write(path, html::page_with(&before, &stats))
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    out::note(format_args!("wrote `{}`", path.display()));
    Ok(())
}

fn heading(args: &DeadAir, name: &str, script: &[Conversation]) -> String {
    let turns: usize = script.iter().map(Conversation::measured).sum();
    format!(
        "{turns} turns in {} conversations, seed {}, {}{}{}",
        script.len(),
        args.seed,
        args.pipeline.display(),
        if name.is_empty() { "" } else { ", " },
        name
    )
}

/// What is set, and its name, for each run.
fn settings(args: &DeadAir) -> Result<Vec<(String, Vec<Override>)>> {
    let Some(sweep) = &args.sweep else { return Ok(vec![(String::new(), args.set.clone())]) };
    let (path, values) = sweep
        .split_once('=')
        .with_context(|| format!("`--sweep {sweep}`: expected `PATH=VALUE,VALUE`"))?;
    let one = |value: &str| {
        let name = format!("{path}={}", value.trim());
        let set: Override = name.parse().map_err(anyhow::Error::msg)?;
        Ok((name, args.set.iter().cloned().chain([set]).collect()))
    };
    values.split(',').map(one).collect()
}

/// Where files of a run go.
struct Place {
    folder: Option<PathBuf>,
    wavs: bool,
}

impl Place {
    fn new(args: &DeadAir, name: &str, is_one_of_many: bool) -> Result<Self> {
        let folder = args.out.as_ref().map(|folder| match is_one_of_many {
            true => folder.join(name),
            false => folder.clone(),
        });
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        }
        Ok(Self { folder, wavs: args.wavs })
    }

    fn recording(&self, conversation: usize) -> Option<PathBuf> {
        let folder = self.folder.as_ref().filter(|_| self.wavs)?;
        Some(folder.join(format!("conversation-{conversation:02}.wav")))
    }

    fn write(&self, measured: &Measured) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        write_lines(&folder.join("turns.jsonl"), &measured.records)?;
        write_lines(&folder.join("measured.jsonl"), &measured.turns)?;
        write_lines(&folder.join("over.jsonl"), &measured.over)
    }
}

fn write_lines<T: serde::Serialize>(path: &Path, things: &[T]) -> Result<()> {
    let mut text = String::new();
    for thing in things {
        text += &serde_json::to_string(thing)?;
        text.push('\n');
    }
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// A folder for what is not kept.
fn scratch(what: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("antiphon-{what}-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    Ok(folder)
}

/// Says that something goes on.
fn spinner(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what.to_string());
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Makes the sound of all conversations.
fn speak(script: &[Conversation]) -> Result<Vec<Vec<SpokenTurn>>> {
    let folder = scratch("bench")?;
    let speaker = Speaker::find(&folder);
    let spoken = speaker.and_then(|it| script.iter().map(|one| it.speak(one)).collect());
    // What stays in the folder for temporary files is removed by the system.
    std::fs::remove_dir_all(&folder).ok();
    Ok(spoken?)
}

/// Compares what is remembered with what was heard; once nothing is measured any more, for programs
/// say where words are.
fn remembered(pipeline: &Pipeline, measured: &Measured) -> Result<Memory> {
    let folder = scratch("words")?;
    let truth = Truth::of(pipeline);
    let edge = truth.as_ref().map_or(0.0, Truth::edge);
    let spans = |chunk: &Chunk| truth.as_ref()?.spans(&folder, chunk);
    let memory = Memory::of(&measured.replies, edge, spans);
    // What stays in the folder for temporary files is removed by the system.
    std::fs::remove_dir_all(&folder).ok();
    Ok(memory)
}

/// Holds all conversations; with costs, with fakes, and measures them from their sound alone.
async fn all(
    pipeline: &Pipeline,
    script: &[Conversation],
    spoken: &[Vec<SpokenTurn>],
    place: Option<&Place>,
    jobs: usize,
    costs: Option<&Costs>,
) -> Result<Measured> {
    let turns: usize = script.iter().map(Conversation::measured).sum();
    let bar = ProgressBar::new(turns as u64);
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos} of {len} turns, {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    let mut waiting = script.iter().zip(spoken);
    let mut held = std::collections::BTreeMap::new();
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        while under_way.len() < jobs.max(1)
            && let Some((conversation, turns)) = waiting.next()
        {
            let (pipeline, conversation) = (pipeline.clone(), conversation.clone());
            let record = place.and_then(|place| place.recording(conversation.number));
            let (turns, costs) = (turns.clone(), costs.cloned());
            under_way.spawn(async move {
                let costs = costs.as_ref();
                let held = hold::hold_with(&pipeline, &conversation, &turns, record, costs).await;
                held.map(|held| (conversation, held))
            });
        }
        let Some(done) = under_way.join_next().await else { break };
        let (conversation, one) = done.context("a conversation panicked")??;
        bar.inc(conversation.measured() as u64);
        let measured = match costs {
            Some(_) => measure_sound(&conversation, one, beside::PAUSE_S),
            None => measure(&conversation, one),
        };
        held.insert(conversation.number, measured);
    }
    bar.finish_and_clear();
    let mut measured = Measured::default();
    held.into_values().for_each(|one| measured.add(one));
    measured.memory = remembered(pipeline, &measured)?;
    Ok(measured)
}
