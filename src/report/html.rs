//! One self-contained page: no script, no address, nothing to load.

use std::fmt::Write;

use antiphon_actors::Time;
use antiphon_actors::ledger::{Attempt, Cause, Outcome, Record, Tile};

use super::stats::{Percentiles, Stats};
use super::svg::{Svg, escape};
use super::text;

/// Width of a drawing, in pixels.
pub(super) const WIDTH: f64 = 960.0;
/// Room for names at its left.
pub(super) const LEFT: f64 = 110.0;
/// From one lane to the next.
const LANE: f64 = 18.0;
/// How high bars are.
const BAR: f64 = 13.0;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--soft:#667085;--paper:#fff;--line:#d9dee6;\
--you:#4c78a8;--agent:#59a14f;--t0:#8d99ae;--t1:#4c78a8;--t2:#b07aa1;--t3:#edc948;--t4:#f28e2b;\
--t5:#bab0ac;--t6:#76b7b2;--bad:#e15759;--run0:#4c78a8;--run1:#f28e2b}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--paper:#14181f;--line:#333b47}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;\
max-width:1000px;padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}\
h3{font-size:1rem;margin:1.6rem 0 .2rem;font-weight:600}p{margin:.3rem 0}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15rem .7rem;\
border-bottom:1px solid var(--line);text-align:right}td:first-child,th:first-child{text-align:left}\
.runs{display:flex;flex-wrap:wrap;gap:1rem 2rem}section{flex:1 1 27rem;max-width:29rem}\
.worst td,.worst th{text-align:left}.soft{color:var(--soft)}svg{max-width:100%;height:auto;\
display:block}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft)}\
svg .end{text-anchor:end}svg .mid{text-anchor:middle}svg line{stroke:var(--line)}svg polyline{fill:none;\
stroke-width:2}.run0{stroke:var(--run0)}.run1{stroke:var(--run1)}.run2{stroke:var(--agent)}\
.you{fill:var(--you)}.agent{fill:var(--agent)}.endpoint_wait{fill:var(--t0)}.stt{fill:var(--t1)}\
.llm_first_token,.llm{fill:var(--t2)}.first_chunk{fill:var(--t3)}.tts_first_audio,.tts{fill:var(--t4)}\
.leading_silence{fill:var(--t5)}.playout{fill:var(--t6)}.kept{fill:none;stroke:var(--agent)}\
.thrown{fill:none;stroke:var(--bad);stroke-dasharray:3 2}.key{display:inline-block;width:.8em;\
height:.8em;border-radius:2px;margin:0 .3em 0 .9em}";

// Writing to a string cannot fail.
macro_rules! put {
    ($page:expr, $($text:tt)*) => { write!($page, $($text)*).ok() };
}

/// The page of some runs.
pub fn page(runs: &[Stats<'_>]) -> String {
    page_with("", runs)
}

/// The page of some runs, with more HTML before what is said of them.
pub fn page_with(before: &str, runs: &[Stats<'_>]) -> String {
    let names = runs.iter().map(|stats| escape(&stats.run.name)).collect::<Vec<_>>();
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Dead air: {}</title>\
         <style>{STYLE}</style></head><body><h1>Dead air</h1>",
        names.join(", ")
    );
    put!(
        page,
        "<p class=\"soft\">From the last voiced sample of the person to the first audible \
                sample of the reply.</p>"
    );
    page.push_str(before);
    page.push_str(&distribution(runs));
    page.push_str("<div class=\"runs\">");
    for stats in runs {
        page.push_str(&table(stats));
    }
    page.push_str("</div>");
    page.push_str(&parts(runs));
    for stats in runs {
        page.push_str(&worst(stats));
    }
    for (place, stats) in runs.iter().enumerate() {
        put!(page, "<h2>Turns of {}</h2>{}", names[place], key());
        for turn in &stats.run.turns {
            page.push_str(&waterfall(turn));
        }
    }
    page.push_str("</body></html>\n");
    page
}

/// A text as it is, line by line.
pub fn verbatim(text: &str) -> String {
    format!("<pre>{}</pre>", escape(text))
}

/// The class of a run's line.
pub(super) fn class(place: usize) -> String {
    format!("run{}", place % 3)
}

fn table(stats: &Stats<'_>) -> String {
    let mut page = format!(
        "<section><h2>{}</h2><table><tr><th>ms</th><th>turns</th><th>p50</th><th>p90</th>\
         <th>p95</th><th>p99</th><th>max</th></tr>",
        escape(&stats.run.name)
    );
    let mut row = |name: &str, figures: Option<&Percentiles>| {
        let Some(Percentiles { count, p50, p90, p95, p99, max }) = figures else { return };
        put!(
            page,
            "<tr><td>{name}</td><td>{count}</td><td>{p50:.0}</td><td>{p90:.0}</td>\
             <td>{p95:.0}</td><td>{p99:.0}</td><td>{max:.0}</td></tr>"
        );
    };
    row("<b>dead_air</b>", stats.dead_air.as_ref());
    for (tile, figures) in &stats.tiles {
        row(tile.name(), figures.as_ref());
    }
    for (figure, figures) in &stats.beside {
        row(figure.name(), figures.as_ref());
    }
    put!(page, "</table><p class=\"soft\">{}</p>", text::guesses(&stats.guesses));
    if let Some(prompts) = &stats.prompts {
        put!(page, "<p class=\"soft\">{}</p>", text::read(prompts));
    }
    for (reason, count) in &stats.without {
        put!(page, "<p class=\"soft\">{count} without dead air: {}</p>", escape(reason));
    }
    page.push_str("</section>");
    page
}

/// A round number at or above a figure.
pub(super) fn round_up(figure: f64) -> f64 {
    let step = 10f64.powf(figure.max(1.0).log10().floor()) / 2.0;
    (figure / step).ceil().max(1.0) * step
}

/// The share of turns with at most so much dead air, a line a run.
fn distribution(runs: &[Stats<'_>]) -> String {
    let (height, bottom) = (220.0, 190.0);
    let max = runs.iter().filter_map(|stats| Some(stats.dead_air?.max)).fold(0.0, f64::max);
    if max <= 0.0 {
        return "<p>No turn has dead air.</p>".into();
    }
    let max = round_up(max);
    let x = |ms: f64| LEFT + (WIDTH - LEFT - 20.0) * ms / max;
    let y = |share: f64| bottom - (bottom - 12.0) * share;
    let mut svg = Svg::new(WIDTH, height, "share of turns by dead air");
    for share in [0.0, 0.5, 0.95] {
        svg.line("", (x(0.0), y(share)), (x(max), y(share)));
        svg.text("soft end", LEFT - 8.0, y(share) + 4.0, format_args!("{:.0} %", share * 100.0));
    }
    for step in 0..=5 {
        let ms = max * f64::from(step) / 5.0;
        svg.text("soft mid", x(ms), bottom + 18.0, format_args!("{ms:.0} ms"));
    }
    for (place, stats) in runs.iter().enumerate() {
        let mut figures: Vec<f64> =
            stats.run.turns.iter().filter_map(|turn| turn.dead_air_ms).collect();
        figures.sort_by(f64::total_cmp);
        let count = figures.len() as f64;
        let mut points = vec![(x(0.0), y(0.0))];
        for (rank, ms) in figures.iter().enumerate() {
            points.push((x(*ms), y(rank as f64 / count)));
            points.push((x(*ms), y((rank + 1) as f64 / count)));
        }
        points.push((x(max), y(1.0)));
        svg.path(&class(place), points);
    }
    let mut page = String::from("<h2>How many turns answered within how long</h2><p>");
    for (place, stats) in runs.iter().enumerate() {
        put!(
            page,
            "<span class=\"key\" style=\"background:var(--run{})\"></span>{}",
            place % 2,
            escape(&stats.run.name)
        );
    }
    page + "</p>" + &svg.finish()
}

/// The medians of the parts, a stacked bar a run.
fn parts(runs: &[Stats<'_>]) -> String {
    let sum = |stats: &Stats<'_>| -> f64 {
        stats.tiles.iter().filter_map(|(_, figures)| Some(figures.as_ref()?.p50)).sum()
    };
    let max = runs.iter().map(sum).fold(0.0, f64::max);
    if max <= 0.0 {
        return String::new();
    }
    let scale = (WIDTH - LEFT - 90.0) / max;
    let mut svg = Svg::new(WIDTH, runs.len() as f64 * 26.0 + 6.0, "medians of the parts");
    for (place, stats) in runs.iter().enumerate() {
        let y = place as f64 * 26.0 + 4.0;
        let name: String =
            stats.run.name.chars().rev().take(16).collect::<Vec<_>>().into_iter().rev().collect();
        svg.text("end", LEFT - 8.0, y + 13.0, name);
        let mut at = LEFT;
        for (tile, figures) in &stats.tiles {
            let Some(figures) = figures.as_ref().filter(|it| it.p50 > 0.0) else { continue };
            let title = format!("{} {:.0} ms", tile.name(), figures.p50);
            svg.bar(tile.name(), at, y, (figures.p50 * scale, 18.0), title);
            at += figures.p50 * scale;
        }
        svg.text("soft", at + 6.0, y + 13.0, format_args!("{:.0} ms", sum(stats)));
    }
    format!(
        "<h2>Where the time goes</h2><p class=\"soft\">Medians of the parts.{}</p>{}",
        key(),
        svg.finish()
    )
}

/// What colours mean.
fn key() -> String {
    let mut page = String::from("<span class=\"soft\">");
    for (place, tile) in Tile::ALL.into_iter().enumerate() {
        put!(
            page,
            "<span class=\"key\" style=\"background:var(--t{place})\"></span>{}",
            tile.short()
        );
    }
    page + "</span>"
}

fn worst(stats: &Stats<'_>) -> String {
    if stats.worst.is_empty() {
        return String::new();
    }
    let mut page = format!(
        "<h2>Worst turns of {}</h2><table class=\"worst\"><tr><th>turn</th><th>ms</th><th>because of</th>\
         <th>said</th></tr>",
        escape(&stats.run.name)
    );
    for turn in &stats.worst {
        put!(
            page,
            "<tr><td>{}</td><td>{:.0}</td><td>{}</td><td>{}</td></tr>",
            turn.turn.turn,
            turn.dead_air,
            escape(&text::cause(turn)),
            escape(&turn.turn.user_text)
        );
    }
    page + "</table>"
}

/// Where a turn lies on the page.
struct Axis {
    start: Time,
    scale: f64,
}

impl Axis {
    fn of(turn: &Record) -> Option<(Self, f64)> {
        let start = turn.anchors.speech_start?;
        let ends = [turn.anchors.speech_stop, turn.anchors.steps.last_sample, turn.anchors.decided];
        let attempts = turn.attempts.iter().filter_map(|attempt| attempt.ended);
        let known = ends.into_iter().flatten().chain(attempts);
        let length = known.max()?.since(start).as_secs_f64().max(0.1);
        Some((Self { start, scale: (WIDTH - LEFT - 20.0) / length }, length))
    }

    fn x(&self, time: Time) -> f64 {
        LEFT + time.since(self.start).as_secs_f64() * self.scale
    }

    fn bar(&self, svg: &mut Svg, class: &str, lane: usize, from: Time, to: Time, what: &str) {
        let ms = to.since(from).as_secs_f64() * 1e3;
        let (x, y) = (self.x(from), lane as f64 * LANE + 2.0);
        svg.bar(class, x, y, (self.x(to) - x, BAR), format_args!("{what} {ms:.0} ms"));
    }
}

/// Everything that happened in a turn, one lane above the other.
fn waterfall(turn: &Record) -> String {
    let mut page = format!("<h3>Turn {}: {}</h3>", turn.turn, escape(&turn.user_text));
    put!(page, "<p>{}</p><p class=\"soft\">{}</p>", escape(&turn.agent_text), escape(&turn.line()));
    let Some((axis, length)) = Axis::of(turn) else { return page };
    let lanes = 3 + turn.attempts.len();
    let height = lanes as f64 * LANE + 20.0;
    let mut svg = Svg::new(WIDTH, height, &format!("waterfall of turn {}", turn.turn));
    let name = |svg: &mut Svg, lane: usize, name: &str| {
        svg.text("end", LEFT - 8.0, lane as f64 * LANE + BAR - 1.0, name);
    };
    name(&mut svg, 0, "you");
    for speech in &turn.speech {
        let stop = speech.stop.or(turn.anchors.speech_stop).unwrap_or(speech.start);
        axis.bar(&mut svg, "you", 0, speech.start, stop, "speech");
    }
    for (place, attempt) in turn.attempts.iter().enumerate() {
        name(&mut svg, place + 1, caption(attempt));
        draw_attempt(&mut svg, &axis, place + 1, attempt);
    }
    let lane = 1 + turn.attempts.len();
    name(&mut svg, lane, "dead air");
    let stop = turn.anchors.speech_stop.filter(|_| turn.dead_air_ms.is_some());
    for (tile, from, to) in
        stop.and_then(|stop| turn.anchors.account().spans(stop)).into_iter().flatten()
    {
        if from < to {
            axis.bar(&mut svg, tile.name(), lane, from, to, tile.name());
        }
    }
    name(&mut svg, lane + 1, "agent");
    let steps = &turn.anchors.steps;
    if let Some((first, last)) = steps.audible.or(steps.first_sample).zip(steps.last_sample) {
        axis.bar(&mut svg, "agent", lane + 1, first, last, "reply");
    }
    let base = lanes as f64 * LANE;
    svg.line("", (LEFT, base), (WIDTH - 20.0, base));
    for step in 0..=4 {
        let seconds = length * f64::from(step) / 4.0;
        let x = LEFT + seconds * axis.scale;
        svg.text("soft mid", x, base + 14.0, format_args!("{seconds:.2} s"));
    }
    page + &svg.finish()
}

fn caption(attempt: &Attempt) -> &'static str {
    match attempt.cause {
        Cause::Eager => "in advance",
        Cause::Decided => "answer",
        Cause::Again => "again",
        Cause::Apology => "apology",
    }
}

fn draw_attempt(svg: &mut Svg, axis: &Axis, lane: usize, attempt: &Attempt) {
    let end = attempt.ended.unwrap_or(attempt.begun);
    let (class, fate) = match attempt.outcome {
        Outcome::Kept => ("kept", "kept"),
        Outcome::Open => ("thrown", "open"),
        Outcome::Resumed => ("thrown", "thrown away as the person went on"),
        Outcome::Failed => ("thrown", "failed"),
        Outcome::Unused => ("thrown", "unused"),
    };
    let steps = &attempt.steps;
    let work = [
        ("stt", steps.stt_start, steps.words),
        ("llm", steps.llm_start.or(steps.prompted), steps.llm_end),
        ("tts", steps.tts_start.or(steps.first_chunk), steps.tts_end),
    ];
    let last = work.iter().filter_map(|(_, _, to)| *to).max();
    let shown = match attempt.outcome {
        // A kept attempt ends with its turn, long after its work.
        Outcome::Kept => last.unwrap_or(end),
        Outcome::Open | Outcome::Resumed | Outcome::Failed | Outcome::Unused => end,
    };
    axis.bar(svg, class, lane, attempt.begun, shown.max(attempt.begun), fate);
    for (name, from, to) in work {
        if let Some(from) = from {
            axis.bar(svg, name, lane, from, to.unwrap_or(end).min(end).max(from), name);
        }
    }
}
