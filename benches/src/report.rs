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

    /// How many times better the best of our rounds is than the best of `rival`'s.
    pub fn best_ratio(&self, rival: &str) -> Option<f64> {
        let ours = best(self.values.get(OURS)?, self.better)?;
        let theirs = best(self.values.get(rival)?, self.better)?;
        Some(match self.better {
            Better::Higher => ours / theirs,
            Better::Lower => theirs / ours,
        })
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

/// The best of the values.
fn best(values: &[f64], better: Better) -> Option<f64> {
    let by = |a: &f64, b: &f64| match better {
        Better::Higher => b.total_cmp(a),
        Better::Lower => a.total_cmp(b),
    };
    values.iter().copied().min_by(by)
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
    /// Whether the table shows the best of all rounds beside the median, which a busy machine disturbs
    /// less.
    pub best: bool,
    /// Load average of the last minute before and after; above the thread count others were busy too.
    pub load: [Option<f64>; 2],
}

impl Group {
    /// An empty table; notes the load of the machine.
    pub fn new(title: &str, contenders: Vec<String>) -> Self {
        Self {
            title: title.to_owned(),
            contenders,
            metrics: Vec::new(),
            best: false,
            load: [load(), None],
        }
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
    let mut head = vec![if group.best { "median (best)" } else { "median" }.to_owned()];
    head.extend(group.contenders.iter().cloned());
    if compared {
        head.extend(rivals.iter().map(|rival| format!("× {rival}")));
    }
    line(&head);
    line(&vec!["---".to_owned(); head.len()]);
    let cell =
        |median: Option<f64>, best: Option<f64>, show: fn(f64) -> String| match (median, best) {
            (Some(median), Some(best)) if group.best => {
                format!("{} ({})", show(median), show(best))
            }
            (Some(median), _) => show(median),
            (None, _) => "–".to_owned(),
        };
    for metric in &group.metrics {
        let mut cells = vec![format!("{} ({})", metric.name, metric.unit)];
        for contender in &group.contenders {
            let values = metric.values.get(contender);
            let least = values.and_then(|values| best(values, metric.better));
            cells.push(cell(values.cloned().and_then(median), least, show));
        }
        if compared {
            let two = |ratio: f64| format!("{ratio:.2}");
            let ratios = rivals.iter().map(|r| cell(metric.ratio(r), metric.best_ratio(r), two));
            cells.extend(ratios);
        }
        line(&cells);
    }
    out.push('\n');
}
