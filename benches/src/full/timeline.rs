//! A turn as a table and as a drawing.

use std::fmt::Write;

use antiphon_actors::Time;
use antiphon_actors::ledger::{Record, Steps, Tile};

/// Columns of a drawing.
const WIDTH: usize = 90;
/// Seconds that are drawn before the end of the words and after the first sound of the answer, at
/// most.
const BEFORE: f64 = 2.0;
const AFTER: f64 = 2.0;

/// What a network worked until its first result, and how much of that the person waited for, in ms.
struct Share {
    name: &'static str,
    work: Option<f64>,
    waited: Option<f64>,
}

fn shares(record: &Record) -> [Share; 3] {
    let steps = &record.anchors.steps;
    let between = |from: Option<Time>, to: Option<Time>| Some(to?.millis_since(from?));
    let share = |name, from, to, tile| Share {
        name,
        work: between(from, to),
        waited: record.tiles.get(&tile).copied().flatten(),
    };
    [
        share("speech-to-text", steps.stt_start, steps.words, Tile::Stt),
        share("language model", steps.llm_start, steps.first_token, Tile::LlmFirstToken),
        share("voice", steps.tts_start, steps.first_voice, Tile::TtsFirstAudio),
    ]
}

/// All turns, one a row: dead air, what of it is the wait for the end of the turn (E), work of the
/// networks and the chunker (P), and output (O).
pub fn table(records: &[Record]) -> String {
    let mut out = String::from(
        "| turn | speech (s) | dead air (ms) | E: endpoint | P: stt | llm | chunk | tts | O: silence, playout | P in all \
         | answer (s) | gaps |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for record in records {
        let tile = |tile: Tile| record.tiles.get(&tile).copied().flatten();
        let ms = |ms: Option<f64>| ms.map_or("-".into(), |ms| format!("{ms:.0}"));
        let sum = |tiles: &[Tile]| tiles.iter().map(|it| tile(*it)).sum::<Option<f64>>();
        let work = [Tile::Stt, Tile::LlmFirstToken, Tile::FirstChunk, Tile::TtsFirstAudio];
        let speech = record.speech_ended_at.map_or(0.0, |end| end - record.started_at);
        let answer = record.answer();
        let sounded = answer.and_then(|attempt| attempt.sounded_ms);
        let cells = [
            record.turn.to_string(),
            format!("{speech:.1}"),
            ms(record.dead_air_ms),
            ms(tile(Tile::EndpointWait)),
            ms(tile(Tile::Stt)),
            ms(tile(Tile::LlmFirstToken)),
            ms(tile(Tile::FirstChunk)),
            ms(tile(Tile::TtsFirstAudio)),
            ms(sum(&[Tile::LeadingSilence, Tile::Playout])),
            ms(sum(&work)),
            sounded.map_or("-".into(), |ms| format!("{:.1}", ms / 1e3)),
            answer.map_or("-".into(), |it| it.gaps.to_string()),
        ];
        writeln!(out, "| {} |", cells.join(" | ")).expect("a string takes all that is written");
    }
    out
}

/// A turn on one clock, zero at the end of the words: `#` until a first result, `-` what is done
/// after it, `.` attempts that were thrown away.
pub fn drawing(record: &Record) -> String {
    let Some(zero) = record.speech_ended_at else {
        return format!("turn {}: nothing was said\n", record.turn);
    };
    let steps = &record.anchors.steps;
    let at = |time: Time| time.since_start().as_secs_f64() - zero;
    let start = record.started_at - zero;
    let audible = steps.audible.map_or(1.0, at);
    let last = steps.last_sample.map_or(audible, at);
    let (from, to) = (start.max(-BEFORE), last.min(audible + AFTER));
    let scale = Scale { from, step: ((to - from) / WIDTH as f64).max(1e-3) };
    let mut out = format!(
        "turn {}: \"{}\", one column is {:.0} ms\n",
        record.turn,
        record.user_text,
        scale.step * 1e3
    );
    let mut row = |name: &str, parts: &[(char, Option<f64>, Option<f64>)]| {
        writeln!(out, "{name:>10} |{}|", scale.row(parts))
            .expect("a string takes all that is written");
    };
    let time = |time: Option<Time>| time.map(at);
    let decided = time(record.anchors.decided);
    row("you", &[('#', Some(start), Some(0.0))]);
    row("end", &[('#', Some(0.0), decided)]);
    let lost: Vec<&Steps> = record
        .attempts
        .iter()
        .map(|attempt| &attempt.steps)
        .filter(|other| other.stt_start != steps.stt_start)
        .collect();
    let mut work = |name: &str, of: &dyn Fn(&Steps) -> [Option<Time>; 3]| {
        let lost = lost.iter().map(|steps| {
            let [begun, first, end] = of(steps);
            ('.', time(begun), time(end.or(first)).or(Some(to)))
        });
        let [begun, first, end] = of(steps);
        let kept = [('-', time(first), time(end)), ('#', time(begun), time(first))];
        row(name, &lost.chain(kept).collect::<Vec<_>>());
    };
    work("stt", &|it| [it.stt_start, it.words, it.words]);
    work("llm", &|it| [it.llm_start, it.first_token, it.llm_end]);
    work("voice", &|it| [it.tts_start, it.first_voice, it.tts_end]);
    row("heard", &[('#', Some(audible), Some(last))]);
    for Share { name, work, waited } in shares(record) {
        if let (Some(work), Some(waited)) = (work, waited) {
            let hidden = (work - waited).max(0.0);
            writeln!(out, "{name}: {work:.0} ms until its first result, {hidden:.0} of them hidden, {waited:.0} waited for")
                .expect("a string takes all that is written");
        }
    }
    out
}

/// Which column a moment has.
struct Scale {
    from: f64,
    step: f64,
}

impl Scale {
    /// Parts are drawn over those before them.
    fn row(&self, parts: &[(char, Option<f64>, Option<f64>)]) -> String {
        let mut row = [' '; WIDTH];
        for (mark, from, to) in parts {
            let (Some(from), Some(to)) = (from, to) else { continue };
            let column = |at: f64| (((at - self.from) / self.step).max(0.0) as usize).min(WIDTH);
            let (first, last) = (column(*from), column(*to));
            // What is short is seen, if it is within the drawing.
            let last = if *to >= self.from && to > from { last.max(first + 1) } else { last };
            row.iter_mut().take(last).skip(first).for_each(|place| *place = *mark);
        }
        row.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_in_their_columns() {
        let scale = Scale { from: -1.0, step: 0.1 };
        let row =
            |parts: &[(char, Option<f64>, Option<f64>)]| scale.row(parts).trim_end().to_owned();
        assert_eq!(row(&[('#', Some(-2.0), Some(-0.75))]), "##");
        assert_eq!(
            row(&[('.', Some(-0.95), Some(-0.55)), ('#', Some(-0.75), Some(-0.74))]),
            "..#."
        );
        assert_eq!(row(&[('#', None, Some(1.0))]), "");
        assert_eq!(row(&[('#', Some(7.95), Some(99.0))]).len(), WIDTH);
    }
}
