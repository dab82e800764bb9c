//! Runs all measurements, each in a process of its own, and writes the table.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::Serialize;

use crate::session::STAGES;
use crate::{Figures, Options};

/// A frame may come this many ms late; no later, or the listener hears it.
const CLEAN_MS: f64 = 20.0;
/// Conversations at once.
const TALKERS: usize = 4;
/// The limit is looked for until the most sessions that are clean and the fewest that are not lie
/// less than one in so many apart.
const APART: usize = 20;
/// Sessions tried with the engine and with bare channels, until a step fails.
const STEPS: [usize; 7] = [100, 500, 1_000, 2_000, 4_000, 8_000, 16_000];
/// Sessions tried with pipecat, half of them in each of two processes.
const PIPECAT_STEPS: [usize; 6] = [50, 100, 200, 400, 800, 1_600];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// One hop of a frame.
    Hops,
    /// Dead air with models that cost nothing.
    DeadAir,
    /// How many sessions are carried.
    Sessions,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Contender {
    /// Our engine.
    Ours,
    /// Ours, with a subscriber for spans and events.
    Traced,
    /// Bare tokio channels.
    Bare,
    /// With what a pipeline has by default.
    Pipecat,
    /// Without its observers.
    PlainPipecat,
}

/// One line of a table.
#[derive(Serialize)]
struct Row {
    contender: &'static str,
    measure: &'static str,
    figures: Figures,
}

/// The measurements so far.
struct Contest<'a> {
    options: &'a Options,
    rows: Vec<Row>,
}

/// Runs all and prints the tables.
pub fn run(options: &Options) -> Result<()> {
    println!("{}\n", header()?);
    let mut contest = Contest { options, rows: Vec::new() };
    let all = [Contender::Ours, Contender::Bare, Contender::Pipecat, Contender::PlainPipecat];
    let here = |contender: &Contender| {
        let can = !contender.is_pipecat() || options.python.is_some();
        can && !options.without.contains(contender)
    };
    let all: Vec<_> = all.into_iter().filter(here).collect();
    let wants = |part| options.only.is_empty() || options.only.contains(&part);
    if wants(Part::Hops) {
        contest.hops(&all)?;
    }
    if wants(Part::DeadAir) {
        contest.dead_air(&all)?;
    }
    if wants(Part::Sessions) {
        contest.carried(&all)?;
    }
    println!("Load at the end: {}", load_average()?);
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&contest.rows)?)?;
    }
    Ok(())
}

impl Contest<'_> {
    fn hops(&mut self, all: &[Contender]) -> Result<()> {
        println!("One hop of a frame of 20 ms, the mean of a way of {STAGES} (µs):\n");
        println!("| | paced: p50 | p99 | one by one: p50 | p99 |\n| --- | --- | --- | --- | --- |");
        for contender in all {
            let paced = self.measure(*contender, "load", 1)?;
            let unpaced = self.measure(*contender, "unpaced", 1)?;
            let hop = |figures: &Figures, name| 1e3 * figures[name] / STAGES as f64;
            println!(
                "| {} | {:.1} | {:.1} | {:.2} | {:.2} |",
                contender.name(),
                hop(&paced, "transit_p50_ms"),
                hop(&paced, "transit_p99_ms"),
                hop(&unpaced, "transit_p50_ms"),
                hop(&unpaced, "transit_p99_ms"),
            );
        }
        println!();
        Ok(())
    }

    fn dead_air(&mut self, all: &[Contender]) -> Result<()> {
        println!("Dead air beyond the silence that ends a turn, models that cost nothing (ms):\n");
        println!("| | turns | p50 | p99 | after the timer: p50 | p99 |");
        println!("| --- | --- | --- | --- | --- | --- |");
        for (contender, measure) in
            all.iter().flat_map(|contender| [(*contender, "talk"), (*contender, "talk-eager")])
        {
            let eager = measure == "talk-eager";
            if contender == Contender::Bare || (eager && contender.is_pipecat()) {
                continue;
            }
            let figures = self.measure(contender, measure, TALKERS)?;
            let cell =
                |name: &str| figures.get(name).map_or("".into(), |value| format!("{value:.2}"));
            let work = |name: &str| if eager { String::new() } else { cell(name) };
            println!(
                "| {}{} | {} | {} | {} | {} | {} |",
                contender.name(),
                if eager { ", answer made in advance" } else { "" },
                figures["turns"],
                cell("own_p50_ms"),
                cell("own_p99_ms"),
                work("work_p50_ms"),
                work("work_p99_ms"),
            );
        }
        println!();
        Ok(())
    }

    fn carried(&mut self, all: &[Contender]) -> Result<()> {
        println!("Sessions of {STAGES} stages at 50 frames/s:\n");
        println!(
            "| | sessions | late: p50 (ms) | p99 (ms) | transit: p50 (ms) | p99 (ms) | lost | \
             of a core, each (%) | memory, each (KiB) |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        let mut most = Vec::new();
        for contender in all {
            most.push((*contender, self.most_clean(*contender)?));
        }
        if !self.options.without.contains(&Contender::Traced) {
            self.load(Contender::Traced, STEPS[0])?;
        }
        println!(
            "\nMost sessions whose p99 lateness stays within {CLEAN_MS} ms. The steps rise to the \
             first that fails; from there on the middle between the most that were clean and the \
             fewest that failed is tried, until these are less than {} % apart:",
            100 / APART
        );
        let ours = most.iter().find(|(contender, _)| *contender == Contender::Ours);
        for (contender, sessions) in &most {
            let times = ours.map_or(String::new(), |(_, ours)| {
                format!(" (ours: {:.2} times as many)", *ours as f64 / (*sessions).max(1) as f64)
            });
            println!("- {}: {sessions}{times}", contender.name());
        }
        println!();
        Ok(())
    }

    /// The most sessions that stay clean: up the steps to the first that fails, then by halves.
    fn most_clean(&mut self, contender: Contender) -> Result<usize> {
        let steps = if contender.is_pipecat() { &PIPECAT_STEPS[..] } else { &STEPS };
        let (mut clean, mut failed) = (0, None);
        for &sessions in steps {
            if !self.is_clean(contender, sessions)? {
                failed = Some(sessions);
                break;
            }
            clean = sessions;
        }
        let Some(mut failed) = failed else { return Ok(clean) };
        while let Some(sessions) = between(clean, failed) {
            match self.is_clean(contender, sessions)? {
                true => clean = sessions,
                false => failed = sessions,
            }
        }
        Ok(clean)
    }

    fn is_clean(&mut self, contender: Contender, sessions: usize) -> Result<bool> {
        Ok(self.load(contender, sessions)?["late_p99_ms"] <= CLEAN_MS)
    }

    fn load(&mut self, contender: Contender, sessions: usize) -> Result<Figures> {
        let figures = self.measure(contender, "load", sessions)?;
        println!(
            "| {} | {sessions} | {:.2} | {:.2} | {:.3} | {:.3} | {} | {:.3} | {:.0} |",
            contender.name(),
            figures["late_p50_ms"],
            figures["late_p99_ms"],
            figures["transit_p50_ms"],
            figures["transit_p99_ms"],
            figures["lost"],
            figures["core_percent"] / sessions as f64,
            figures["memory_kib"] / sessions as f64,
        );
        Ok(figures)
    }

    /// Makes one measurement; a rival bound to one core gets two processes for many sessions.
    fn measure(
        &mut self,
        contender: Contender,
        measure: &'static str,
        sessions: usize,
    ) -> Result<Figures> {
        let processes = if contender.is_pipecat() && sessions > 1 { 2 } else { 1 };
        let start = |_| Running::start(contender, self.options, measure, sessions / processes);
        let mut running = (0..processes).map(start).collect::<Result<Vec<_>>>()?;
        for one in &mut running {
            ensure!(one.line()? == "ready", "`{}` did not start", contender.name());
        }
        for one in &mut running {
            one.child.stdin.take().context("no way in")?.write_all(b"go\n")?;
        }
        let figures = running.iter_mut().map(Running::figures).collect::<Result<Vec<_>>>()?;
        let figures = figures.into_iter().reduce(merge).context("no process")?;
        let row = Row { contender: contender.name(), measure, figures: figures.clone() };
        self.rows.push(row);
        Ok(figures)
    }
}

/// Sessions to try next, an even number of them for two processes; none when the limit is known.
fn between(clean: usize, failed: usize) -> Option<usize> {
    let middle = (clean + failed) / 2 / 2 * 2;
    ((failed - clean) * APART >= clean && middle > clean).then_some(middle)
}

/// Figures of two processes: times of the worse, sums of the rest.
fn merge(mut one: Figures, other: Figures) -> Figures {
    for (name, value) in other {
        let both = one.entry(name.clone()).or_default();
        *both = if name.ends_with("_ms") { both.max(value) } else { *both + value };
    }
    one
}

/// A measuring process.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(
        contender: Contender,
        options: &Options,
        measure: &str,
        sessions: usize,
    ) -> Result<Self> {
        const TURNS: u32 = 25;
        let (sessions, seconds) = (sessions.to_string(), options.seconds.to_string());
        let turns = TURNS.to_string();
        let mut command = match &options.python {
            Some(python) if contender.is_pipecat() => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals/engine_pipecat.py");
                let amount = if measure == "talk" { &turns } else { &seconds };
                let mut command = Command::new(python);
                command.arg(script).args([measure, &sessions, amount]);
                command.args((contender == Contender::PlainPipecat).then_some("plain"));
                command
            }
            _ => {
                let serve = if contender == Contender::Bare { "bare" } else { "ours" };
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["--serve", serve, "--measure", measure, "--sessions", &sessions]);
                command.args(["--seconds", &seconds, "--turns", &turns]);
                if contender == Contender::Traced {
                    command.args(["--tracing", "trace"]);
                }
                command
            }
        };
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().with_context(|| format!("cannot start `{}`", contender.name()))?;
        let output = BufReader::new(child.stdout.take().context("no way out")?);
        Ok(Self { child, output })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_string())
    }

    fn figures(&mut self) -> Result<Figures> {
        let line = self.line()?;
        self.child.wait()?;
        serde_json::from_str(&line).with_context(|| format!("no figures: `{line}`"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Contender {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "antiphon",
            Self::Traced => "antiphon, traced",
            Self::Bare => "tokio channels",
            Self::Pipecat => "pipecat",
            Self::PlainPipecat => "pipecat, no observers",
        }
    }

    fn is_pipecat(self) -> bool {
        matches!(self, Self::Pipecat | Self::PlainPipecat)
    }
}

/// What this was built as, and where it runs.
fn header() -> Result<String> {
    let build = if cfg!(debug_assertions) {
        "development build, the engine itself not optimised"
    } else {
        "optimised build"
    };
    let cores = std::thread::available_parallelism()?;
    Ok(format!("Engine overhead, {build}, {cores} cores, load at the start: {}", load_average()?))
}

fn load_average() -> Result<String> {
    let text = std::fs::read_to_string("/proc/loadavg").context("`/proc/loadavg`")?;
    Ok(text.split(' ').take(1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limits that are found where up to `limit` sessions are clean.
    #[track_caller]
    fn check(mut clean: usize, mut failed: usize, limit: usize, expected: (usize, usize)) {
        while let Some(sessions) = between(clean, failed) {
            assert!(clean < sessions && sessions < failed && sessions % 2 == 0);
            if sessions <= limit { clean = sessions } else { failed = sessions }
        }
        assert_eq!((clean, failed), expected);
    }

    #[test]
    fn the_limit_is_found_to_the_same_share_for_many_and_for_few() {
        check(3_000, 4_000, 3_900, (3_874, 4_000));
        check(200, 300, 224, (224, 230));
        check(0, 20, 3, (2, 4));
        check(0, 20, 1, (0, 2));
    }
}
