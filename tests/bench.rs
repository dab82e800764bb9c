//! `antiphon bench dead-air`: few turns, held for real.

use crate::conversation::{asked, near, objects, seconds};

#[test]
fn turns_are_held_and_measured_from_their_sound() {
    // It speaks with the programs that ask elsewhere, too.
    let Some(place) = asked(&["Hello."]) else { return };
    let args =
        ["bench", "dead-air", "--turns", "2", "--recordings", "none", "--out", "o", "--wavs"];
    let run = place.run(args);
    assert!(run.stderr.contains("no recordings of people"), "{run:#?}");
    let page = run.ok();
    for piece in ["2 turns in 1 conversations, seed 1, voice.toml\n", "| dead air p50, all |"] {
        assert!(page.contains(piece), "no {piece:?} in {page}");
    }
    // No figure of dead air without how many were cut off.
    let row = page.lines().find(|line| line.starts_with("all ")).expect("a row of all turns");
    assert!(row.contains(" of 2 ("), "{row}");
    assert_eq!(page.matches("| false cut-offs, of turns | ≤ 5 % |").count(), 1, "{page}");

    let turns = objects(&place.path().join("o/measured.jsonl"));
    assert_eq!(turns.len(), 2);
    for turn in &turns {
        let (sound, ledger) =
            (seconds(turn, "dead_air_ms"), seconds(&turn["ledger"], "dead_air_ms"));
        near("dead air", ledger / 1e3, sound / 1e3, 0.03);
        assert!(seconds(turn, "end_s") > seconds(turn, "start_s"), "{turn}");
    }
    assert!(place.path().join("o/conversation-00.wav").is_file());
    let html = std::fs::read_to_string(place.path().join("o/report.html")).expect("a page");
    assert!(html.contains("| dead air p50, all |"), "{html}");
    let report = place.run(["report", "o/turns.jsonl"]).ok();
    assert!(report.contains("with dead air\n"), "{report}");
}

#[test]
fn what_cannot_be_held_is_refused() {
    let Some(place) = asked(&[]) else { return };
    let bench = |more: &[&str]| place.run([&["bench", "dead-air", "--quick"], more].concat());
    let run = bench(&["--sweep", "turn.end_silence_ms"]);
    run.fails("`--sweep turn.end_silence_ms`: expected `PATH=VALUE,VALUE`");
    let run = bench(&["--turns", "3"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let run = bench(&["--pipeline", "transcribe.toml"]);
    assert!(
        run.stderr.ends_with("`transcribe.toml` answers nothing: name one that replies\n"),
        "{run:#?}"
    );
}

#[test]
fn the_replaced_system_stands_beside_the_engine() {
    let Some(place) = asked(&["Hello."]) else { return };
    let bench = |more: &[&str]| place.run([&["bench", "beside", "--turns", "0"], more].concat());
    let page = bench(&[]).ok();
    for piece in [
        "A question of 4.16 s, an answer of 5.69 s;",
        "replaced, its end told by hand: dead air 6",
        "here, hearing all of it anew: dead air ",
        "here, hearing each second once: dead air ",
    ] {
        assert!(page.contains(piece), "no {piece:?} in {page}");
    }
    assert_eq!(page.matches("not cut off").count(), 2, "{page}");
    let run = bench(&["--pipeline", "transcribe.toml"]);
    assert!(
        run.stderr.ends_with("`transcribe.toml` answers nothing: name one that replies\n"),
        "{run:#?}"
    );
    assert_eq!(bench(&["--pipecat-virtual"]).code, Some(2));
}
