//! The turns in `tests/turns`, replayed to the millisecond.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::play::{Outcome, pipeline, play, root};
use super::scenario::Scenario;

/// What is kept of a record; a golden turn does not change when records get more.
const KEYS: [&str; 19] = [
    "turn",
    "user_text",
    "agent_text",
    "dead_air_ms",
    "dead_air_reason",
    "interrupted",
    "end_reason",
    "started_at",
    "reply_started_at",
    "ended_at",
    "tiles",
    "hidden_tiles",
    "speculation",
    "misses",
    "wasted_tokens",
    "wasted_ms",
    "user_bot_latency_ms",
    "barge_in_stop_ms",
    "first_partial_ms",
];

/// Rounded where what follows is the arithmetic of floating point.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), rounded(value))).collect())
        }
        Value::Number(number) if number.is_f64() => {
            Value::from((value.as_f64().unwrap_or_default() * 1e4).round() / 1e4)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value.clone()
        }
    }
}

/// A line for each turn.
fn turns(outcome: &Outcome) -> String {
    let mut lines = String::new();
    for record in &outcome.records {
        let Value::Object(record) = serde_json::to_value(record).unwrap() else { panic!("a map") };
        let kept: Vec<_> =
            KEYS.iter().map(|key| format!("\"{key}\": {}", rounded(&record[*key]))).collect();
        writeln!(lines, "{{{}}}", kept.join(", ")).unwrap();
    }
    lines
}

/// A line for all that happened, in its order, and what was heard where it begins.
fn timeline(outcome: &Outcome) -> String {
    let mut lines: Vec<_> = outcome
        .log
        .iter()
        .map(|(at, place, what)| (at.since_start().as_micros(), place.clone(), what.clone()))
        .collect();
    for (from, until, attempt) in &outcome.heard {
        let seconds = until.since(*from).as_secs_f64();
        let what = format!("sounds: {attempt} for {:.0} ms", seconds * 1e3);
        lines.push((from.since_start().as_micros(), "speaker".into(), what));
    }
    lines.sort_by_key(|(at, ..)| *at);
    let mut text = String::new();
    for (at, place, what) in lines {
        writeln!(text, "{:>6} {place:<8} {what}", at.div_ceil(1000)).unwrap();
    }
    text
}

/// Compares dead air with the sum of the stated costs.
fn check_air(scenario: &mut Scenario, outcome: &Outcome) -> Result<(), String> {
    let turn = pipeline(scenario).turn;
    scenario.state("end", turn.end_silence.as_millis() as u64);
    scenario.state("eager", turn.eager_silence.as_millis() as u64);
    let mut stated: BTreeSet<u64> = scenario.air.keys().copied().collect();
    let mut faults = String::new();
    for record in &outcome.records {
        let expected = stated.take(&record.turn).map(|turn| scenario.sum(&scenario.air[&turn]));
        match (record.dead_air_ms, expected) {
            (None, None) => {}
            (Some(air), Some(sum)) if (air - sum as f64).abs() <= 1.0 => {
                let tiles: f64 = record.tiles.values().flatten().sum();
                if record.tiles_reason.is_some() || (tiles - air).abs() > 1e-6 {
                    let line = record.line();
                    writeln!(faults, "turn {}: tiles of {tiles} ms: {line}", record.turn).unwrap();
                }
            }
            (air, sum) => {
                let turn = record.turn;
                writeln!(faults, "turn {turn}: dead air {air:?}, the sum of costs {sum:?}")
                    .unwrap();
            }
        }
    }
    for turn in stated {
        writeln!(faults, "turn {turn}: a sum of costs, and no such turn").unwrap();
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The lines that differ, with a few around them.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    // Longest common subsequence, from the end.
    let mut length = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            length[i][j] = if a == b {
                length[i + 1][j + 1] + 1
            } else {
                length[i + 1][j].max(length[i][j + 1])
            };
        }
    }
    let (mut lines, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && length[i + 1][j] >= length[i][j + 1]) {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    let near = |at: usize| lines[at.saturating_sub(2)..(at + 3).min(lines.len())].iter();
    let mut text = String::new();
    for (at, (sign, line)) in lines.iter().enumerate() {
        if near(at).any(|(sign, _)| *sign != ' ') {
            writeln!(text, "    {sign} {line}").unwrap();
        }
    }
    text
}

/// Compares with the file, or writes it.
fn compare(file: &Path, new: &str) -> Result<(), String> {
    if std::env::var_os("ANTIPHON_UPDATE").is_some() {
        fs::write(file, new).unwrap();
        return Ok(());
    }
    let name = file.file_name().unwrap().to_string_lossy();
    let Ok(old) = fs::read_to_string(file) else {
        return Err(format!("there is no {name}; it would be\n{}", difference("", new)));
    };
    if old == new {
        return Ok(());
    }
    Err(format!("{name}: - as it was, + as it is\n{}", difference(&old, new)))
}

/// The golden turns by their names.
fn scenarios() -> Vec<(String, Scenario)> {
    let folder = root().join("tests/turns");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let read = |name: String| {
        let path = root().join("tests/turns").join(&name).join("scenario.txt");
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        (name, Scenario::parse(&text))
    };
    names.into_iter().map(read).collect()
}

#[tokio::test(start_paused = true)]
async fn golden_turns() {
    let mut faults = String::new();
    for (name, mut scenario) in scenarios() {
        let outcome = play(scenario.clone()).await;
        let folder = root().join("tests/turns").join(&name);
        for result in [
            outcome.check(),
            check_air(&mut scenario, &outcome),
            compare(&folder.join("turns.jsonl"), &turns(&outcome)),
            compare(&folder.join("timeline.txt"), &timeline(&outcome)),
        ] {
            if let Err(fault) = result {
                writeln!(faults, "tests/turns/{name}: {fault}").unwrap();
            }
        }
    }
    let help = "after a look at each line, ANTIPHON_UPDATE=1 writes them anew";
    assert!(faults.is_empty(), "golden turns differ ({help}):\n\n{faults}");
}

#[test]
fn every_shipped_pipeline_has_a_golden_turn() {
    let replayed: BTreeSet<_> = scenarios().into_iter().map(|(_, it)| it.pipeline).collect();
    for entry in fs::read_dir(root().join("pipelines")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") {
            assert!(replayed.contains(&name), "no scenario in tests/turns has `pipeline {name}`");
        }
    }
}

#[test]
fn a_difference_is_shown_with_what_stands_around_it() {
    let old = "a\nb\nc\nd\ne\nf\ng";
    assert_eq!(
        difference(old, "a\nb\nc\nx\ne\nf\ng"),
        "      b\n      c\n    - d\n    + x\n      e\n      f\n"
    );
    assert_eq!(difference(old, old), "");
    assert_eq!(difference("", "a"), "    + a\n");
}
