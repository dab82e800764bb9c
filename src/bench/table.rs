//! What all turns come to, in words for a terminal.

use std::fmt::Write;

use super::measure::{Measured, OverFigure, TurnFigure};
use super::words::Memory;
use crate::report::curve::{BOUND, Curve, Trade};
use crate::report::stats::{Percentiles, Stats};
use crate::report::{Run, text};

// Writing to a string cannot fail.
macro_rules! line {
    ($page:expr, $($text:tt)*) => {{ writeln!($page, $($text)*).ok(); }};
}

/// How often turns were cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CutOffs {
    /// Turns in which a reply was heard before their end.
    pub turns: usize,
    /// Turns.
    pub of_turns: usize,
    /// Pauses in which a reply began.
    pub pauses: usize,
    /// Pauses.
    pub of_pauses: usize,
}

impl CutOffs {
    /// Those of some turns.
    pub fn of<'a>(turns: impl IntoIterator<Item = &'a TurnFigure>) -> Self {
        let mut cut_offs = Self::default();
        for turn in turns {
            cut_offs.of_turns += 1;
            cut_offs.turns += usize::from(turn.cut_off);
            cut_offs.of_pauses += turn.pauses.len();
            cut_offs.pauses += turn.pauses.iter().filter(|pause| pause.cut_off).count();
        }
        cut_offs
    }

    /// The share of turns that were cut off, in percent.
    pub fn percent(&self) -> f64 {
        percent(self.turns, self.of_turns)
    }
}

/// A share in percent; 0 of nothing.
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Dead air of some turns, in ms.
pub fn dead_air<'a>(turns: impl IntoIterator<Item = &'a TurnFigure>) -> Option<Percentiles> {
    Percentiles::of(turns.into_iter().filter_map(|turn| turn.dead_air_ms))
}

/// From the true end of turns to the decision that they ended, in ms.
pub fn end_delay<'a>(turns: impl IntoIterator<Item = &'a TurnFigure>) -> Option<Percentiles> {
    Percentiles::of(turns.into_iter().filter_map(|turn| turn.ledger?.end_delay_ms))
}

/// The tables of a run.
pub fn page(measured: &Measured) -> String {
    let mut page = String::new();
    distributions(&mut page, &measured.turns);
    beside(&mut page, measured);
    page.push('\n');
    targets(&mut page, measured);
    page
}

/// A name and which turns it stands for.
type Group = (&'static str, fn(&TurnFigure) -> bool);

const GROUPS: [Group; 10] = [
    ("all", |_| true),
    ("  synthetic", |turn| !turn.is_human()),
    ("  human", TurnFigure::is_human),
    ("  no noise", |turn| turn.noise_db.is_none()),
    ("  noise at 20 dB", |turn| turn.noise_db == Some(20.0)),
    ("  noise at 10 dB", |turn| turn.noise_db == Some(10.0)),
    ("  without a pause", |turn| turn.pauses.is_empty()),
    ("  with a pause", |turn| !turn.pauses.is_empty()),
    ("  not cut off", |turn| !turn.cut_off),
    ("  over a reply", |turn| turn.kind == super::script::Kind::BargeIn),
];

fn distributions(page: &mut String, turns: &[TurnFigure]) {
    line!(
        page,
        "{:<20}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}   false cut-offs: turns, pauses",
        "dead air, ms",
        "turns",
        "p50",
        "p90",
        "p95",
        "p99",
        "max"
    );
    for (name, keep) in GROUPS {
        let group = || turns.iter().filter(|turn| keep(turn));
        if group().next().is_none() {
            continue;
        }
        let cut = CutOffs::of(group());
        line!(
            page,
            "{name:<20}{}   {} of {} ({:.1} %), {} of {} ({:.1} %)",
            row(dead_air(group())),
            cut.turns,
            cut.of_turns,
            cut.percent(),
            cut.pauses,
            cut.of_pauses,
            percent(cut.pauses, cut.of_pauses)
        );
    }
    for (name, human) in [("end of turn, synth.", false), ("end of turn, human", true)] {
        let delay = end_delay(turns.iter().filter(|turn| turn.is_human() == human));
        if delay.is_some() {
            line!(page, "{name:<20}{}", row(delay));
        }
    }
    let mut reasons: Vec<_> = turns.iter().filter_map(|turn| turn.missing).collect();
    reasons.sort_unstable();
    for group in reasons.chunk_by(|one, other| one == other) {
        line!(page, "{} without dead air: {}", group.len(), group.first().unwrap_or(&""));
    }
}

fn row(figures: Option<Percentiles>) -> String {
    match figures {
        Some(Percentiles { count, p50, p90, p95, p99, max }) => {
            format!("{count:>6}{p50:>6.0}{p90:>6.0}{p95:>6.0}{p99:>6.0}{max:>6.0}")
        }
        None => format!("{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}", 0, "-", "-", "-", "-", "-"),
    }
}

/// What the ledger and the sound have beside dead air.
fn beside(page: &mut String, measured: &Measured) {
    let apart = measured
        .turns
        .iter()
        .filter_map(|turn| Some((turn.ledger?.dead_air_ms? - turn.dead_air_ms?).abs()));
    let heard = measured.turns.iter().filter(|turn| turn.dead_air_ms.is_some());
    let unknown = heard.filter(|turn| turn.ledger.is_none()).count();
    line!(
        page,
        "{:<20}{}   replies unknown to it: {unknown}",
        "ledger apart by",
        row(Percentiles::of(apart))
    );
    let to_stop = |over: &&OverFigure| over.is_to_stop;
    let over = || measured.over.iter();
    let stops = over().filter(to_stop).filter_map(|over| over.stop_ms);
    line!(
        page,
        "{:<20}{}   stopped: {} of {}",
        "barge-in stop",
        row(Percentiles::of(stops)),
        over().filter(to_stop).filter(|over| over.was_stopped).count(),
        over().filter(to_stop).count()
    );
    backchannels(page, &measured.over);
    line!(page, "audible samples of no reply that is sounding: {}", measured.stale_samples);
    memory(page, &measured.memory);
    line!(page, "the machine stood still for at most {:.0} ms", measured.stood_still_ms);
    let run = Run { name: String::new(), turns: measured.records.clone() };
    let guesses = Stats::of(&run).guesses;
    line!(page, "{}", text::guesses(&guesses));
}

/// Which words the conversation remembers of replies.
fn memory(page: &mut String, memory: &Memory) {
    let Memory { replies, cut, not_heard, forgotten, unknown, open, edge_ms } = memory;
    line!(
        page,
        "words of {replies} replies, {cut} of them cut off: {not_heard} remembered but not heard, \
         {forgotten} heard but forgotten; of {unknown} cut off it is not known which were heard"
    );
    if *edge_ms > 0 && cut > unknown {
        line!(
            page,
            "  edges of words are known to {edge_ms} ms; {open} words have one so near to the cut, and \
             count neither way"
        );
    }
}

/// Words that the conversation has too many or too few.
fn wrong_words(memory: &Memory) -> String {
    let Memory { not_heard, forgotten, unknown, .. } = memory;
    match unknown {
        0 => (not_heard + forgotten).to_string(),
        _ => format!("{} and those of {unknown} replies", not_heard + forgotten),
    }
}

/// What became of replies over which somebody said that they listen, by what was said.
fn backchannels(page: &mut String, over: &[OverFigure]) {
    let others = || over.iter().filter(|over| !over.is_to_stop);
    let stopped = |words: &str| {
        let these = || others().filter(|over| words.is_empty() || over.words == words);
        let stopped = these().filter(|over| over.was_stopped).count();
        let length = Percentiles::of(these().map(|over| over.said_ms));
        (stopped, these().count(), length.map_or(0.0, |it| it.p50))
    };
    let (stops, all, _) = stopped("");
    line!(page, "replies stopped by \"mm-hm\" and the like: {stops} of {all}");
    let mut kinds: Vec<&str> = others().map(|over| over.words.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for words in kinds {
        let (stops, all, ms) = stopped(words);
        let on = all - stops;
        line!(page, "  {words:<18}{on:>3} of {all} went on, {stops} stopped; it takes {ms:.0} ms");
    }
}

/// What is aimed at, and what was reached.
fn targets(page: &mut String, measured: &Measured) {
    let turns = &measured.turns;
    let ms = |figure: Option<f64>| figure.map_or("-".into(), |ms| format!("{ms:.0} ms"));
    let human = || turns.iter().filter(|turn| turn.is_human());
    let (all, people) = (dead_air(turns), dead_air(human()));
    let work = Percentiles::of(turns.iter().filter_map(|turn| turn.ledger?.work_ms));
    let unexplained = turns.iter().filter_map(|turn| turn.ledger?.unexplained_ms);
    let unexplained = Percentiles::of(unexplained).map(|it| it.max);
    let stops = measured.over.iter().filter(|over| over.is_to_stop);
    let stop = Percentiles::of(stops.filter_map(|over| over.stop_ms)).map(|it| it.p95);
    let cut = CutOffs::of(turns);
    let rows = [
        ("false cut-offs, of turns", "≤ 5 %", format!("{:.1} %", cut.percent())),
        ("dead air p50, human", "≤ 200 ms", ms(people.map(|it| it.p50))),
        ("dead air p50, all", "≤ 200 ms", ms(all.map(|it| it.p50))),
        ("dead air p95", "≤ 400 ms", ms(all.map(|it| it.p95))),
        ("dead air max", "≤ 1000 ms", ms(all.map(|it| it.max))),
        ("dead air - (E + O) p95", "≤ 10 ms", ms(work.map(|it| it.p95))),
        ("barge-in stop p95", "≤ 250 ms", ms(stop)),
        ("stale samples heard", "0", measured.stale_samples.to_string()),
        (
            "words remembered but not heard, or heard but forgotten",
            "0",
            wrong_words(&measured.memory),
        ),
        ("dead air not explained, max", "0", ms(unexplained)),
    ];
    line!(page, "| figure | target | here |\n| --- | --- | --- |");
    for (figure, target, here) in rows {
        line!(page, "| {figure} | {target} | {here} |");
    }
    line!(
        page,
        "E: end-of-turn delay, O: output; all of one run, with {:.1} % of turns cut off.",
        cut.percent()
    );
}

/// One setting of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What was set.
    pub setting: String,
    /// What came of it.
    pub measured: Measured,
}

/// The groups that are swept apart.
const SWEPT: [Group; 2] = [("synthetic", |turn| !turn.is_human()), ("human", TurnFigure::is_human)];

/// The median of the end-of-turn delay against false cut-offs, synthetic and human apart.
pub fn curves(points: &[Point]) -> Vec<Curve> {
    let curve = |(name, keep): Group| {
        let trade = |point: &Point| {
            let group = || point.measured.turns.iter().filter(|turn| keep(turn));
            let delay = end_delay(group())?.p50;
            let cut_off = CutOffs::of(group()).percent();
            Some(Trade { label: point.setting.clone(), cut_off, delay })
        };
        let trades: Vec<_> = points.iter().filter_map(trade).collect();
        (!trades.is_empty()).then(|| Curve { name: name.into(), trades })
    };
    SWEPT.into_iter().filter_map(curve).collect()
}

/// The curve of delay against false cut-offs, a line a setting.
pub fn sweep(points: &[Point]) -> String {
    let mut page = String::new();
    line!(
        page,
        "{:<42}{:>10}{:>8}{:>10}{:>10}{:>10}",
        "setting",
        "cut off",
        "E p50",
        "dead p50",
        "dead p95",
        "dead max"
    );
    let ms = |figure: Option<f64>| figure.map_or("-".into(), |ms| format!("{ms:.0}"));
    for point in points {
        for (name, keep) in SWEPT {
            let group = || point.measured.turns.iter().filter(|turn| keep(turn));
            if group().next().is_none() {
                continue;
            }
            let dead_air = dead_air(group());
            line!(
                page,
                "{:<42}{:>8.1} %{:>8}{:>10}{:>10}{:>10}",
                format!("{} {name}", point.setting),
                CutOffs::of(group()).percent(),
                ms(end_delay(group()).map(|it| it.p50)),
                ms(dead_air.map(|it| it.p50)),
                ms(dead_air.map(|it| it.p95)),
                ms(dead_air.map(|it| it.max))
            );
        }
    }
    for curve in curves(points) {
        let delay = match curve.delay_at(BOUND) {
            Some(delay) => format!("{delay:.0} ms"),
            None => "not reached by these settings".into(),
        };
        line!(page, "E p50 at {BOUND:.0} % of turns cut off, {}: {delay}", curve.name);
    }
    page
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
