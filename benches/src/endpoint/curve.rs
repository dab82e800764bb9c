//! Delay against false cut-offs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Duration;

use antiphon::engine::turn::endpoint::{Bounds, Endpoint, Evidence};
use antiphon_actors::Finished;
use anyhow::{Context, Result};
use clap::Args;

use crate::Row;
use crate::talk::PEOPLE;

/// The share of pauses that may be cut off.
const ALLOWED: f64 = 0.05;

#[derive(Args)]
pub struct Options {
    /// Rows that `hear` wrote.
    rows: Vec<PathBuf>,
    /// Milliseconds that the recogniser takes.
    #[arg(long, default_value_t = 60.0)]
    stt: f64,
    /// Takes the words as they were spoken for those of the recogniser.
    #[arg(long)]
    truth: bool,
    /// Takes them without marks and capitals, as some recognisers write.
    #[arg(long)]
    bare: bool,
    /// Leaves the words out.
    #[arg(long)]
    deaf: bool,
    /// Leaves the voice out.
    #[arg(long)]
    toneless: bool,
    /// Leaves out what a network says that heard the turn.
    #[arg(long)]
    unheard: bool,
    /// Leaves out how sure the recogniser is of the final mark.
    #[arg(long)]
    markless: bool,
    /// Leaves out pauses after sentences that might have been all, and after first names.
    #[arg(long)]
    fair: bool,
    /// The least silence that ends a turn, in ms.
    #[arg(long, default_value_t = 200)]
    min: u64,
    /// Silence beyond the setting where the recogniser does not say that it understood, in ms.
    #[arg(long, default_value_t = 300)]
    unclear: u64,
    /// The most silence that ends a turn, in ms.
    #[arg(long, default_value_t = 2_000)]
    max: u64,
    /// Takes all rows but those of people in the conversations of the bench as one set.
    #[arg(long)]
    together: bool,
    /// Prints every setting.
    #[arg(long)]
    all: bool,
    /// Prints this setting, in ms, in place of the quickest.
    #[arg(long)]
    at: Option<u64>,
    /// Prints also which pauses are cut off at that setting, and which ends come later than 400 ms.
    #[arg(long, requires = "at")]
    list: bool,
}

/// An end is late after so many ms.
const LATE: f64 = 400.0;

/// How a setting did.
#[derive(Clone, Debug)]
struct Outcome {
    setting: u64,
    /// Share of pauses in which the turn was ended, and of turns.
    cut: f64,
    cut_turns: f64,
    /// Milliseconds from the end of the speech to the decision, in rising order.
    delays: Vec<f64>,
}

impl Outcome {
    fn mean(&self) -> f64 {
        self.delays.iter().sum::<f64>() / self.delays.len().max(1) as f64
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.delays.len().saturating_sub(1);
        self.delays.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

pub fn run(options: &Options) -> Result<()> {
    let mut sets: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for path in &options.rows {
        let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        for line in BufReader::new(file).lines() {
            let mut row: Row = serde_json::from_str(&line?)?;
            row.source.clone_from(path);
            if options.fair && row.done == 0 && matches!(row.kind.as_str(), "more" | "name") {
                continue;
            }
            let set = if options.together && row.set != PEOPLE { "all" } else { row.set.as_str() };
            sets.entry(set.to_string()).or_default().push(row);
        }
    }
    println!(
        "| set | pauses | ends | rule | setting (ms) | cut off | of turns | delay mean | p50 | p90 | p95 | max | against silence |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, rows) in &sets {
        let steps = |from: u64, to: u64| (from..=to).step_by(10);
        let silence: Vec<_> =
            steps(100, 2_000).map(|ms| judge(rows, ms, |row| silence(row, ms))).collect();
        let adaptive: Vec<_> = steps(options.min, options.max)
            .map(|ms| judge(rows, ms, |row| adaptive(row, ms, options)))
            .collect();
        let base = best(&silence);
        if let Some(at) = options.at.filter(|_| options.list) {
            rows.iter().filter_map(|row| fault(row, at, options)).for_each(|it| println!("{it}"));
        }
        for (rule, outcomes) in [("silence", &silence), ("adaptive", &adaptive)] {
            let chosen: Vec<&Outcome> = match (options.all, options.at) {
                (true, _) => outcomes.iter().filter(|it| it.setting % 100 == 0).collect(),
                (false, Some(at)) => outcomes.iter().filter(|it| it.setting == at).collect(),
                (false, None) => best(outcomes).into_iter().collect(),
            };
            for it in chosen {
                let ratio = base.map_or(f64::NAN, |base| it.mean() / base.mean());
                let (pauses, ends) = counts(rows);
                println!(
                    "| {name} | {pauses} | {ends} | {rule} | {} | {:.1} % | {:.1} % | {:.0} ms | {:.0} | {:.0} | {:.0} | {:.0} | {ratio:.2} |",
                    it.setting,
                    it.cut * 100.0,
                    it.cut_turns * 100.0,
                    it.mean(),
                    it.at(0.5),
                    it.at(0.9),
                    it.at(0.95),
                    it.at(1.0),
                );
            }
        }
    }
    Ok(())
}

/// A pause that is cut off or an end that comes late, in a line.
fn fault(row: &Row, setting: u64, options: &Options) -> Option<String> {
    let wait = |until: f64| ((until - row.from) * 1e3).round();
    let end = adaptive(row, setting, options)?;
    let what = match row.resumed.filter(|_| row.done == 0) {
        Some(resumed) if end < resumed => format!("cut off in a pause of {} ms", wait(resumed)),
        None if row.done == 1 && wait(end) > LATE => "late".to_string(),
        Some(_) | None => return None,
    };
    let Row { set, kind, text, truth, .. } = row;
    let [finished, trust] = [row.finished, row.trust].map(|it| it.unwrap_or(f32::NAN));
    let wait = wait(end);
    Some(format!(
        "{set}, {kind}: {what}, {wait} ms; `{text}`, said `{truth}`; finished {finished:.3}, trust {trust:.2}"
    ))
}

fn counts(rows: &[Row]) -> (usize, usize) {
    let ends = rows.iter().filter(|row| row.done == 1).count();
    (rows.len() - ends, ends)
}

/// The quickest setting that cuts few off.
fn best(outcomes: &[Outcome]) -> Option<&Outcome> {
    let allowed = outcomes.iter().filter(|it| it.cut <= ALLOWED);
    allowed.min_by(|a, b| a.mean().total_cmp(&b.mean()))
}

/// `ended` gives when the turn is ended, in seconds, if nobody goes on before.
fn judge(rows: &[Row], setting: u64, ended: impl Fn(&Row) -> Option<f64>) -> Outcome {
    let (mut pauses, mut cut, mut delays) = (0_u32, 0_u32, Vec::new());
    let mut turns: BTreeMap<_, bool> = BTreeMap::new();
    for row in rows {
        let end = ended(row);
        let is_cut = turns.entry((&row.source, &row.file)).or_default();
        if row.done == 1 {
            // An end that was not heard waits for the backstop; none is made of sound that is not.
            delays.extend(end.map(|end| (end - row.from) * 1e3));
        } else {
            pauses += 1;
            let now = end.zip(row.resumed).is_some_and(|(end, resumed)| end < resumed);
            cut += u32::from(now);
            *is_cut |= now;
        }
    }
    delays.sort_unstable_by(f64::total_cmp);
    let cut_turns = turns.values().filter(|cut| **cut).count() as f64 / turns.len().max(1) as f64;
    Outcome { setting, cut: f64::from(cut) / f64::from(pauses.max(1)), cut_turns, delays }
}

fn silence(row: &Row, ms: u64) -> Option<f64> {
    row.stop.map(|(at, told)| (at + ms as f64 / 1e3).max(told))
}

/// As the turn authority decides: by the voice alone until there are words, then by both.
fn adaptive(row: &Row, ms: u64, options: &Options) -> Option<f64> {
    let (at, told) = row.stop?;
    let span = Duration::from_millis;
    let (min, unclear, max) = (span(options.min), span(options.unclear), span(options.max));
    let bounds = Bounds { min, open: span(ms), unclear, max };
    let endpoint = Endpoint::new(bounds);
    let prosody = Some(row.prosody()).filter(|_| !options.toneless);
    let spoken = options.truth || options.bare;
    let finished = row.finished.zip(row.trust).filter(|_| !spoken && !options.markless);
    let finished = finished.map(|(probability, trust)| Finished { probability, trust });
    let network = row.network.filter(|_| !options.unheard);
    let evidence = Evidence { finished, prosody, network, ..Evidence::default() };
    let end = |words| at + endpoint.silence(&Evidence { words, ..evidence }).as_secs_f64();
    let words_at = row.asked.unwrap_or(told) + options.stt / 1e3;
    let before = end(None).max(told);
    if before <= words_at || options.deaf {
        return Some(before);
    }
    let words = if spoken { &row.truth } else { &row.text };
    let words = if options.bare { bare(words) } else { words.clone() };
    Some(end(Some(&words)).max(words_at))
}

/// In small letters and without marks.
fn bare(text: &str) -> String {
    let word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}
