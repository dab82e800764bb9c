//! A pipeline at one moment as text.

use antiphon::engine::publish::Live;
use antiphon_actors::Phase;
use antiphon_actors::stats::{EdgeSnapshot, StageSnapshot, StageState};
use console::{Alignment, Style, measure_text_width, pad_str, truncate_str};

/// What a column is called, and on which side its text stands.
const COLUMNS: [(&str, Alignment); 12] = [
    ("stage", Alignment::Left),
    ("state", Alignment::Left),
    ("busy", Alignment::Right),
    ("handled", Alignment::Right),
    ("restarts", Alignment::Right),
    ("from", Alignment::Left),
    ("queue", Alignment::Right),
    ("full", Alignment::Right),
    ("old", Alignment::Right),
    ("stale", Alignment::Right),
    ("restart", Alignment::Right),
    ("closed", Alignment::Right),
];
/// The first of the columns that count dropped frames.
const DROPS: usize = 7;
/// Stands over them.
const DROPS_TITLE: &str = "frames dropped as";

/// How a picture is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns of the terminal; lines are cut there.
    pub(super) width: usize,
    /// Whether colours are wanted.
    pub(super) colour: bool,
}

impl Look {
    fn style(self) -> Style {
        Style::new().force_styling(self.colour)
    }
}

/// Draws the pipeline; the busy share is that since `before`.
pub(super) fn draw(now: &Live, before: Option<&Live>, look: Look) -> Vec<String> {
    let plain = look.style();
    let mut lines = vec![plain.clone().bold().apply_to(headline(now)).to_string(), String::new()];
    let rows: Vec<_> = now.stages.iter().flat_map(|stage| rows(stage, now, before, look)).collect();
    let widths = widths(&rows);
    let wide = widths.iter().sum::<usize>() + 2 * (COLUMNS.len() - 1);
    let gap = if wide <= look.width { "  " } else { " " };
    let indent = widths[..DROPS].iter().map(|width| width + gap.len()).sum::<usize>();
    let names = COLUMNS.map(|(name, _)| name.to_string());
    for title in [format!("{:indent$}{DROPS_TITLE}", ""), join(&names, &widths, gap)] {
        lines.push(plain.clone().dim().apply_to(title).to_string());
    }
    lines.extend(rows.iter().map(|row| join(row, &widths, gap)));
    let notes: Vec<_> = now.stages.iter().flat_map(notes).collect();
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes);
    }
    lines.iter().map(|line| truncate_str(line, look.width, "…").into_owned()).collect()
}

/// The pipeline and its conversation in one line.
pub(super) fn headline(now: &Live) -> String {
    let turn = match (now.turn, now.attempt) {
        (0, _) => "no turn yet".to_string(),
        (turn, attempt) if turn == attempt => format!("turn {turn}"),
        (turn, attempt) => format!("turn {turn} (attempt {attempt})"),
    };
    let phase = match now.phase {
        Phase::Listening => "listening",
        Phase::Hearing => "hearing",
        Phase::Speculating => "speculating",
        Phase::Replying => "replying",
    };
    let doing = if now.closing {
        "ending".to_string()
    } else {
        format!("{phase} for {:.1} s", now.phase_seconds)
    };
    let (name, up) = (printable(&now.pipeline), clock(now.seconds));
    format!("{name}  pid {}  up {up}  {turn}  {doing}", now.pid)
}

/// Hours if there are any, minutes and seconds.
fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

type Row = [String; COLUMNS.len()];

/// A line for each edge into a stage; one without them for a stage that has none.
fn rows(stage: &StageSnapshot, now: &Live, before: Option<&Live>, look: Look) -> Vec<Row> {
    let busy = before.and_then(|before| busy(stage, now, before));
    let mut first = Row::default();
    first[0] = printable(&stage.stage);
    first[1] = state(stage.state, look);
    first[2] = busy.map_or_else(|| "-".into(), |share| format!("{:.1} %", share * 100.0));
    first[3] = stage.handled.to_string();
    first[4] = noticed(u64::from(stage.restarts), look);
    let mut rows = vec![first];
    for (place, queue) in stage.queues.iter().enumerate() {
        if place > 0 {
            rows.push(Row::default());
        }
        rows[place][5..].clone_from_slice(&edge(queue, look));
    }
    rows
}

fn edge(queue: &EdgeSnapshot, look: Look) -> [String; 7] {
    let fill = format!("{}/{}", queue.depth, queue.capacity);
    let full = queue.capacity > 0 && queue.depth >= queue.capacity;
    [
        printable(&queue.from),
        if full { look.style().yellow().apply_to(fill).to_string() } else { fill },
        noticed(queue.dropped_full, look),
        // To lose what a newer frame replaces, or what nobody waits for any more, is normal.
        queue.dropped_superseded.to_string(),
        queue.dropped_stale.to_string(),
        noticed(queue.dropped_restart, look),
        queue.dropped_closed.to_string(),
    ]
}

/// The share of the time that a stage worked since `before`; none if that is no time ago.
fn busy(stage: &StageSnapshot, now: &Live, before: &Live) -> Option<f64> {
    let old = before.stages.iter().find(|old| old.stage == stage.stage)?;
    let passed = now.seconds - before.seconds;
    (passed > 0.0).then(|| ((stage.busy_seconds - old.busy_seconds) / passed).max(0.0))
}

fn state(state: StageState, look: Look) -> String {
    let style = look.style();
    let (name, style) = match state {
        StageState::Starting => ("starting", style.yellow()),
        StageState::Ready => ("ready", style.green()),
        StageState::Restarting => ("restarting", style.red()),
        StageState::Ended => ("ended", style.dim()),
    };
    style.apply_to(name).to_string()
}

/// A number that should be zero.
fn noticed(number: u64, look: Look) -> String {
    if number == 0 {
        return "0".into();
    }
    look.style().yellow().apply_to(number).to_string()
}

/// What has no column as it is rare.
fn notes(stage: &StageSnapshot) -> Vec<String> {
    let mut notes = Vec::new();
    let name = printable(&stage.stage);
    let figures: Vec<_> = stage
        .figures
        .iter()
        .map(|(name, value)| format!("{} {value:.1}", printable(name)))
        .collect();
    if !figures.is_empty() {
        notes.push(format!("{name}: {}", figures.join(", ")));
    }
    if let Some(fault) = &stage.last_fault {
        notes.push(format!("{name}: last fault: {}", printable(fault)));
    }
    if stage.skipped > 0 {
        notes.push(format!("{name}: frames lost to faults: {}", stage.skipped));
    }
    if stage.stale_unsent > 0 {
        notes.push(format!("{name}: frames made in vain and not sent: {}", stage.stale_unsent));
    }
    notes
}

fn widths(rows: &[Row]) -> [usize; COLUMNS.len()] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| measure_text_width(&row[column]));
        cells.chain([COLUMNS[column].0.len()]).max().unwrap_or_default()
    })
}

fn join(row: &Row, widths: &[usize], gap: &str) -> String {
    let cells = row.iter().zip(widths).zip(COLUMNS);
    let cells: Vec<_> = cells
        .map(|((cell, width), (_, side))| pad_str(cell, *width, side, None).into_owned())
        .collect();
    cells.join(gap).trim_end().to_string()
}

/// Text of another process without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
