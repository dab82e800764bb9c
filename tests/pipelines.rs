//! `antiphon check`, `devices`, `graph` and `schema`: pipeline files on the command line.

use crate::support::Place;

/// Faulty in its second line.
const FAULTY: &str = "[stages.mic]\nkind = \"mik\"\n";

const REPORT: &str = "\
a.toml:2:8: error[C201]: unknown kind \"mik\"
2 | kind = \"mik\"
  |        ^^^^^ expected one of `mic`, `echo`, `gate`, `vad`, `stt.whisper`, `stt.openai`, `llm.qwen3`, \
                      `llm.openai`, `chunker`, `tts.kokoro`, `tts.system`, `tts.openai`, `speaker`, \
                      `logger`, `console`
  = help: did you mean `mic`?

";

#[test]
fn check_writes_every_fault_and_fails() {
    let place = Place::new();
    place.write("a.toml", FAULTY.as_bytes());
    let run = place.run(["check", "a.toml", "voice.toml", "transcribe"]);
    let good = "voice.toml: good, 11 stages\ntranscribe: good, 5 stages\n";
    assert_eq!(run.stdout, format!("{REPORT}{good}"));
    assert_eq!(run.stderr, "error: 1 of 3 pipeline files are at fault\n");
    assert_eq!(run.code, Some(1));
}

#[test]
fn check_writes_json() {
    let place = Place::new();
    place.write("a.toml", FAULTY.as_bytes());
    let run = place.run(["check", "--format", "json", "a.toml"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((run.code, found.as_array().map(Vec::len)), (Some(1), Some(1)));
    let fault = &found[0];
    for (key, expected) in [("file", "a.toml"), ("severity", "error"), ("code", "C201")] {
        assert_eq!(fault[key], expected, "{fault}");
    }
    assert_eq!((&fault["line"], &fault["column"]), (&2.into(), &8.into()), "{fault}");
    assert_eq!(fault["help"], "did you mean `mic`?");
    assert_eq!(place.run(["check", "--format", "json", "voice"]).ok(), "[]\n");
}

#[test]
fn a_set_value_is_checked_and_taken() {
    let place = Place::new();
    place.run(["check", "voice.toml", "--set", "turn.end_silence_ms=300"]).ok();
    let run = place.run(["check", "voice.toml", "--set", "turn.end_silence_ms=3"]);
    assert!(
        run.stdout.starts_with("--set:1:21: error[C104]: `end_silence_ms` is 3 ms\n"),
        "{run:?}"
    );
    assert_eq!(run.code, Some(1));
    let set = ["graph", "voice.toml", "--set", "stages.tts.kind=tts.openai"];
    let run = place.run(set);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains("`stages.tts.settings` has no `voice`"), "{run:?}");
    assert!(run.stderr.ends_with("\n\nerror: the pipeline file has 2 faults\n"), "{run:?}");
}

#[test]
#[cfg(not(any(feature = "cuda", feature = "metal")))]
fn a_device_that_is_not_built_in_is_at_fault() {
    let place = Place::new();
    let table = "[stages.stt.settings]\n";
    let text = include_str!("../pipelines/transcribe.toml");
    let (before, after) = text.split_once(table).expect("settings of `stt`");
    place.write("a.toml", format!("{before}{table}device = \"cuda:1\"\n{after}").as_bytes());
    let run = place.run(["check", "a.toml"]);
    let line = before.matches('\n').count() + 2;
    let report = format!(
        "a.toml:{line}:10: error[C403]: stage `stt`: device `cuda:1` is not built into this program\n\
         {line} | device = \"cuda:1\"\n   |          ^^^^^^^^ expected `auto`, `cpu`, or a build with \
         `--features cuda`\n\n"
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), report.as_str()), "{run:?}");

    let set = |value: &str| format!("stages.llm.settings.{value}");
    let run = place.run(["--silent", "--set", &set("device=metal")]);
    assert!(run.stderr.contains("expected `auto`, `cpu`, or a build with `--features metal`"));
    let run = place.run(["check", "voice", "--set", &set("dtype=f16")]);
    assert!(run.stdout.contains("`llm`: dtype `f16`: on the processor"), "{run:?}");
    let devices = place.run(["devices"]).ok();
    assert!(devices.starts_with("cpu      ") && devices.lines().count() == 1, "{devices}");
}

#[test]
fn a_file_in_the_folder_pipelines_goes_before_that_inside_the_program() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("pipelines")).expect("a writable folder");
    place.write("pipelines/voice.toml", FAULTY.as_bytes());
    let run = place.run(["check", "voice.toml"]);
    assert!(run.stdout.starts_with("pipelines/voice.toml:2:8: error[C201]"), "{run:?}");
}

#[test]
fn a_pipeline_is_drawn() {
    let place = Place::new();
    let mermaid = place.run(["graph", "voice.toml"]).ok();
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    let dot = place.run(["graph", "--format", "dot", "voice"]).ok();
    assert!(dot.starts_with("digraph \"voice\" {\n") && dot.ends_with("}\n"), "{dot}");
}

#[test]
fn the_schema_is_printed() {
    let schema = Place::new().run(["schema"]).ok();
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(schema["title"], "Antiphon pipeline");
}

#[test]
fn help_teaches() {
    for (command, pieces) in [
        ("check", &["turn.end_silence_ms=300", "Nothing is opened but the files"][..]),
        ("graph", &["dot -Tsvg", "mermaid"]),
        ("schema", &["#:schema"]),
    ] {
        let help = Place::new().run([command, "--help"]).ok();
        for piece in pieces {
            assert!(help.contains(piece), "no {piece:?} in\n{help}");
        }
    }
}
