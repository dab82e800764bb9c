use super::*;
use crate::bench::measure::{Ledger, Pause};
use crate::bench::script::{Kind, Voice};

/// A turn with so much dead air, so long a way to its end, and a pause in which it was cut off
/// or not.
fn turn(voice: Voice, dead_air: f64, end_delay: f64, pause: Option<bool>) -> TurnFigure {
    let pause = pause.map(|cut_off| Pause { ms: 500.0, cut_off });
    let ledger = Ledger {
        dead_air_ms: Some(dead_air + 3.0),
        end_delay_ms: Some(end_delay),
        work_ms: Some(dead_air - end_delay),
        unexplained_ms: Some(0.0),
    };
    TurnFigure {
        conversation: 0,
        line: 0,
        kind: Kind::Plain,
        voice,
        noise_db: None,
        words: "Hello.".into(),
        start_s: 1.0,
        end_s: 2.0,
        cut_off: pause.is_some_and(|pause| pause.cut_off),
        pauses: pause.into_iter().collect(),
        dead_air_ms: Some(dead_air),
        missing: None,
        ledger: Some(ledger),
    }
}

fn measured(shift: f64, cut_off: bool) -> Measured {
    let turns = vec![
        turn(Voice::Human, 300.0 + shift, 250.0 + shift, None),
        turn(Voice::Flite("rms"), 200.0 + shift, 150.0 + shift, Some(cut_off)),
        turn(Voice::Flite("rms"), 220.0 + shift, 160.0 + shift, None),
    ];
    Measured { turns, ..Measured::default() }
}

#[test]
fn no_dead_air_without_the_rate_of_false_cut_offs() {
    let page = page(&measured(0.0, true));
    for line in [
        "all                      3   220   284   292   298   300   1 of 3 (33.3 %), 1 of 1 (100.0 %)\n",
        "  synthetic              2   210   218   219   220   220   1 of 2 (50.0 %), 1 of 1 (100.0 %)\n",
        "  human                  1   300   300   300   300   300   0 of 1 (0.0 %), 0 of 0 (0.0 %)\n",
        "| false cut-offs, of turns | ≤ 5 % | 33.3 % |\n",
        "| dead air p50, human | ≤ 200 ms | 300 ms |\n",
        "| dead air - (E + O) p95 | ≤ 10 ms | 59 ms |\n",
        "| barge-in stop p95 | ≤ 250 ms | - |\n",
    ] {
        assert!(page.contains(line), "no {line:?} in\n{page}");
    }
}

#[test]
fn each_kind_of_backchannel_has_its_line() {
    let over = |words: &str, is_to_stop, was_stopped| OverFigure {
        conversation: 0,
        words: words.into(),
        voice: Voice::Flite("rms"),
        noise_db: None,
        is_to_stop,
        was_stopped,
        stop_ms: was_stopped.then_some(210.0),
        said_ms: 390.0,
    };
    let over = vec![
        over("Mm-hm.", false, false),
        over("Mm-hm.", false, true),
        over("Okay.", false, false),
        over("Stop it.", true, true),
    ];
    let page = page(&Measured { over, ..measured(0.0, false) });
    for line in [
        "replies stopped by \"mm-hm\" and the like: 1 of 3\n",
        "  Mm-hm.              1 of 2 went on, 1 stopped; it takes 390 ms\n",
        "  Okay.               1 of 1 went on, 0 stopped; it takes 390 ms\n",
    ] {
        assert!(page.contains(line), "no {line:?} in\n{page}");
    }
}

#[test]
fn a_sweep_is_a_curve_for_each_group() {
    let point = |setting: &str, shift, cut_off| Point {
        setting: setting.into(),
        measured: measured(shift, cut_off),
    };
    let points = [point("a=1", 0.0, true), point("a=2", 100.0, false)];
    let found = curves(&points);
    let names: Vec<_> = found.iter().map(|curve| curve.name.as_str()).collect();
    assert_eq!(names, ["synthetic", "human"]);
    // From 50 % at 155 ms to none at 255 ms.
    assert_eq!(found[0].delay_at(BOUND), Some(245.0));
    let page = sweep(&points);
    for line in [
        "a=1 synthetic                                 50.0 %     155       210       219       220\n",
        "E p50 at 5 % of turns cut off, synthetic: 245 ms\n",
    ] {
        assert!(page.contains(line), "no {line:?} in\n{page}");
    }
}
