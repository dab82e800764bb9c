//! Figures, their ratios, and the table.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

/// Name of our own contender.
pub const OURS: &str = "antiphon";

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// One row: what each contender reached in each round.
#[derive(Clone, Debug, Serialize)]
pub struct Metric {
    /// What is measured.
    pub name: String,
    /// Unit of the values.
    pub unit: &'static str,
    /// Which direction is better.
    pub better: Better,
    /// Values by contender, one a round.
    pub values: BTreeMap<String, Vec<f64>>,
}

impl Metric {
    /// A row without values.
    pub fn new(name: &str, unit: &'static str, better: Better) -> Self {
        Self { name: name.to_owned(), unit, better, values: BTreeMap::new() }
    }

    /// Adds the value of a round.
    pub fn add(&mut self, contender: &str, value: f64) {
        self.values.entry(contender.to_owned()).or_default().push(value);
    }

    /// Median over the rounds of how many times better we are than `rival`; above 1 we win.
    pub fn ratio(&self, rival: &str) -> Option<f64> {
        let ours = self.values.get(OURS)?;
        let theirs = self.values.get(rival)?;
        let ratios = ours.iter().zip(theirs).map(|(a, b)| match self.better {
            Better::Higher => a / b,
            Better::Lower => b / a,
        });
        median(ratios.collect())
    }
}

/// A table: contenders across, metrics down.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// What is compared.
    pub title: String,
    /// Contenders, ours first.
    pub contenders: Vec<String>,
    /// Rows.
    pub metrics: Vec<Metric>,
    /// Load average of the last minute before and after; above the thread count others were busy too.
    pub load: [Option<f64>; 2],
}

impl Group {
    /// An empty table; notes the load of the machine.
    pub fn new(title: &str, contenders: Vec<String>) -> Self {
        Self { title: title.to_owned(), contenders, metrics: Vec::new(), load: [load(), None] }
    }

    /// Notes the load of the machine again.
    pub fn finish(&mut self) {
        self.load[1] = load();
    }
}

fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let middle = |i: usize| values.get(i).copied();
    if n % 2 == 1 {
        middle(n / 2)
    } else {
        Some((middle((n / 2).checked_sub(1)?)? + middle(n / 2)?) / 2.0)
    }
}

fn show(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 0.1 || v == 0.0 => 2,
        _ => 4,
    };
    format!("{value:.digits$}")
}

/// The tables as Markdown.
pub fn table(groups: &[Group]) -> String {
    let mut out = String::new();
    for group in groups {
        write_group(&mut out, group);
    }
    out
}

fn write_group(out: &mut String, group: &Group) {
    let rivals: Vec<&String> = group.contenders.iter().filter(|name| *name != OURS).collect();
    let compared = group.contenders.iter().any(|name| name == OURS);
    let load = group.load.map(|l| l.map_or_else(|| "?".to_owned(), |l| format!("{l:.1}")));
    // Writing to a string cannot fail.
    writeln!(out, "{} (load {} → {}):\n", group.title, load[0], load[1]).ok();
    let mut line = |cells: &[String]| {
        writeln!(out, "| {} |", cells.join(" | ")).ok();
    };
    let mut head = vec!["median".to_owned()];
    head.extend(group.contenders.iter().cloned());
    if compared {
        head.extend(rivals.iter().map(|rival| format!("× {rival}")));
    }
    line(&head);
    line(&vec!["---".to_owned(); head.len()]);
    for metric in &group.metrics {
        let mut cells = vec![format!("{} ({})", metric.name, metric.unit)];
        for contender in &group.contenders {
            let value = metric.values.get(contender).cloned().and_then(median);
            cells.push(value.map_or_else(|| "–".to_owned(), show));
        }
        if compared {
            let ratios = rivals.iter().map(|rival| metric.ratio(rival));
            cells.extend(ratios.map(|r| r.map_or_else(|| "–".to_owned(), |r| format!("{r:.2}"))));
        }
        line(&cells);
    }
    out.push('\n');
}
