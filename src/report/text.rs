//! Tables for a terminal.

use std::fmt::Write;

use super::stats::{Guesses, Percentiles, Prompts, Stats, Worst};

/// What is said of runs: each by itself, and two of them beside each other.
pub fn page(runs: &[Stats<'_>]) -> String {
    let mut page = runs.iter().map(run).collect::<Vec<_>>().join("\n");
    if let [before, after] = runs {
        page.push('\n');
        page.push_str(&comparison(before, after));
    }
    page
}

// Writing to a string cannot fail.
macro_rules! line {
    ($page:expr, $($text:tt)*) => {{ writeln!($page, $($text)*).ok(); }};
}

fn run(stats: &Stats<'_>) -> String {
    let mut page = String::new();
    let all = stats.run.turns.len();
    let measured = stats.dead_air.map_or(0, |it| it.count);
    line!(page, "{}: {}, {measured} with dead air", stats.run.name, counted(all, "turn"));
    for (reason, count) in &stats.without {
        line!(page, "  {count} without: {reason}");
    }
    if stats.untiled > 0 {
        line!(page, "  {} whose parts are not known", stats.untiled);
    }
    line!(
        page,
        "\n{:<18}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}",
        "ms",
        "turns",
        "p50",
        "p90",
        "p95",
        "p99",
        "max"
    );
    row(&mut page, "dead_air", stats.dead_air.as_ref());
    for (tile, percentiles) in &stats.tiles {
        row(&mut page, &format!("  {}", tile.name()), percentiles.as_ref());
    }
    for (figure, percentiles) in &stats.beside {
        row(&mut page, figure.name(), percentiles.as_ref());
    }
    line!(page, "\n{}", guesses(&stats.guesses));
    if let Some(prompts) = &stats.prompts {
        line!(page, "{}", read(prompts));
    }
    if !stats.worst.is_empty() {
        line!(page, "\nworst turns");
        let causes: Vec<_> = stats.worst.iter().map(cause).collect();
        let width = causes.iter().map(|cause| cause.chars().count()).fold(40, usize::max);
        for (Worst { turn, dead_air, .. }, why) in stats.worst.iter().zip(causes) {
            let (number, said) = (turn.turn, &turn.user_text);
            line!(page, "  turn {number:<4} {dead_air:>6.0} ms  {why:<width$}  {said}");
        }
    }
    page
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn row(page: &mut String, name: &str, percentiles: Option<&Percentiles>) {
    match percentiles {
        Some(Percentiles { count, p50, p90, p95, p99, max }) => {
            line!(page, "{name:<18}{count:>6}{p50:>8.0}{p90:>8.0}{p95:>8.0}{p99:>8.0}{max:>8.0}");
        }
        None => line!(page, "{name:<18}{:>6}{:>8}{:>8}{:>8}{:>8}{:>8}", 0, "-", "-", "-", "-", "-"),
    }
}

/// What answering in advance came to, in one line.
pub fn guesses(guesses: &Guesses) -> String {
    let Guesses { hit, miss, none, discarded, wasted_tokens, wasted_ms } = guesses;
    format!(
        "speculation: {hit} hit, {miss} miss, {none} none; {discarded} attempts thrown away with \
         {wasted_tokens} tokens and {wasted_ms:.0} ms of work"
    )
}

/// What was read to answer, in one line.
pub fn read(prompts: &Prompts) -> String {
    let Prompts { ahead, read, known } = prompts;
    format!(
        "prompts: {read} tokens left to read when asked, {known} read before; {ahead} were read while \
         the person spoke"
    )
}

/// Why a turn was bad, in words, and which rule ended it.
pub fn cause(turn: &Worst<'_>) -> String {
    let part = part(turn);
    match &turn.turn.end_of_turn {
        Some(rule) => format!("{part}; {rule}"),
        None => part,
    }
}

fn part(turn: &Worst<'_>) -> String {
    match turn.cause {
        // Less than the clocks of devices tell apart.
        Some((_, length, usual)) if length - usual < 1.0 => "nothing stands out".into(),
        Some((tile, length, usual)) => {
            format!("{} {length:.0} ms, usually {usual:.0}", tile.name())
        }
        None => turn.turn.tiles_reason.clone().unwrap_or_else(|| "its parts are not known".into()),
    }
}

/// Two runs beside each other.
fn comparison(before: &Stats<'_>, after: &Stats<'_>) -> String {
    let mut page = String::new();
    line!(page, "{} beside {}", after.run.name, before.run.name);
    line!(
        page,
        "{:<18}{:>8}{:>8}{:>8}   {:>8}{:>8}{:>8}",
        "ms",
        "p50",
        "now",
        "change",
        "p95",
        "now",
        "change"
    );
    let mut one = |name: &str, before: Option<&Percentiles>, after: Option<&Percentiles>| {
        let Some((before, after)) = before.zip(after) else { return };
        let (p50, p95) = (after.p50 - before.p50, after.p95 - before.p95);
        line!(
            page,
            "{name:<18}{:>8.0}{:>8.0}{p50:>+8.0}   {:>8.0}{:>8.0}{p95:>+8.0}",
            before.p50,
            after.p50,
            before.p95,
            after.p95
        );
    };
    one("dead_air", before.dead_air.as_ref(), after.dead_air.as_ref());
    for ((tile, before), (_, after)) in before.tiles.iter().zip(&after.tiles) {
        one(&format!("  {}", tile.name()), before.as_ref(), after.as_ref());
    }
    for ((figure, before), (_, after)) in before.beside.iter().zip(&after.beside) {
        one(figure.name(), before.as_ref(), after.as_ref());
    }
    page
}
