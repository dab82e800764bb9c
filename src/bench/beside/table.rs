//! What all contenders come to, in words for a terminal.

use std::fmt::Write;

use crate::bench::measure::{Measured, TurnFigure};
use crate::bench::table::{CutOffs, dead_air};

/// Who held the conversations, and what came of it.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Who.
    pub name: String,
    /// What was measured from the sound.
    pub measured: Measured,
}

/// Which turns a row is of.
type Group = (&'static str, fn(&&TurnFigure) -> bool);

const GROUPS: [Group; 3] = [
    ("all", |_| true),
    ("synthetic voices", |turn| !turn.is_human()),
    ("people", |turn| turn.is_human()),
];

/// Dead air of each contender, never without how many turns it cut off.
pub fn page(contenders: &[Contender]) -> String {
    let mut page = String::from(
        "| turns | dead air (ms) | p50 | p90 | p95 | max | turns cut off | not answered |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (group, keep) in GROUPS {
        for Contender { name, measured } in contenders {
            let turns = || measured.turns.iter().filter(keep);
            let Some(air) = dead_air(turns()) else { continue };
            let cut = CutOffs::of(turns());
            let silent = turns().filter(|turn| turn.dead_air_ms.is_none()).count();
            // Writing to a string cannot fail.
            writeln!(
                page,
                "| {group} | {name} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} % ({} of {}) | {silent} |",
                air.p50,
                air.p90,
                air.p95,
                air.max,
                cut.percent(),
                cut.turns,
                cut.of_turns
            )
            .ok();
        }
    }
    for Contender { name, measured } in contenders {
        let ms = measured.stood_still_ms;
        writeln!(page, "{name}: the machine stood still for at most {ms:.0} ms").ok();
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::Pause;
    use crate::bench::script::{Kind, Voice};

    #[test]
    fn no_contender_without_its_false_cut_offs() {
        let turn = |voice, dead_air_ms, cut_off| TurnFigure {
            conversation: 0,
            line: 0,
            kind: Kind::Paused,
            voice,
            noise_db: None,
            words: "Hello.".into(),
            start_s: 1.0,
            end_s: 2.0,
            pauses: vec![Pause { ms: 500.0, cut_off }],
            cut_off,
            dead_air_ms,
            missing: None,
            ledger: None,
        };
        let turns = vec![
            turn(Voice::Flite("rms"), Some(300.0), true),
            turn(Voice::Flite("rms"), Some(500.0), false),
            turn(Voice::Flite("rms"), None, false),
        ];
        let measured = Measured { turns, stood_still_ms: 7.0, ..Measured::default() };
        let page = page(&[Contender { name: "us".into(), measured }]);
        for line in [
            "| all | us | 400 | 480 | 490 | 500 | 33.3 % (1 of 3) | 1 |\n",
            "| synthetic voices | us | 400 | 480 | 490 | 500 | 33.3 % (1 of 3) | 1 |\n",
            "us: the machine stood still for at most 7 ms\n",
        ] {
            assert!(page.contains(line), "no {line:?} in\n{page}");
        }
        assert!(!page.contains("| people |"), "{page}");
    }
}
