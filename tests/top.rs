//! `antiphon top`: a pipeline is watched from another process.

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::process::Stdio;

use crate::support::{PLAIN, Place, Run, listener, silence};

const FIRST: &str = r#"{"pid":7,"pipeline":"voice","seconds":10.0,"turn":1,"attempt":1,"phase":"hearing","phase_seconds":0.2,"closing":false,"stages":[{"stage":"mic","state":"ready","handled":500,"skipped":0,"stale_unsent":0,"busy_seconds":1.0,"restarts":0,"last_fault":null,"queues":[]}]}"#;
const SHOWN: &str = "\
voice  pid 7  up 0:10  turn 1  hearing for 0.7 s

                                                      frames dropped as
stage  state    busy  handled  restarts  from  queue  full  old  stale  restart  closed
mic    ready  10.0 %      525         0
";

fn second() -> String {
    [("10.0", "10.5"), ("0.2", "0.7"), ("500", "525"), ("1.0,\"restarts", "1.05,\"restarts")]
        .iter()
        .fold(FIRST.to_string(), |line, (from, to)| line.replacen(from, to, 1))
}

/// Runs `top` where those processes publish two lines each; the process 9 says nothing of use.
fn top(args: &[&str], pids: &[u32]) -> Run {
    let place = Place::new();
    let folder = place.path().join("antiphon");
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a writable folder");
    for pid in pids {
        let listener = UnixListener::bind(folder.join(format!("{pid}.sock"))).expect("a socket");
        let lines = match pid {
            9 => "{}".to_string(),
            _ => format!("{FIRST}\n{}", second()),
        };
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a reader");
            // Who wants one line leaves after it.
            writeln!(stream, "{lines}").ok();
        });
    }
    let mut command = place.command([&["top"], args].concat());
    command.env("XDG_RUNTIME_DIR", place.path()).env("TMPDIR", place.path());
    command.output().expect("the program starts").into()
}

#[test]
fn top_without_a_pipeline_says_how_to_start_one() {
    let start = "start one: `antiphon --pipeline voice.toml`";
    top(&[], &[]).fails(&format!("no pipeline is running; {start}"));
    top(&["9"], &[]).fails(&format!("no pipeline runs as process 9; none is running; {start}"));
    top(&["9"], &[7, 8]).fails("no pipeline runs as process 9; running: 7, 8");
}

#[test]
fn top_prints_one_picture_where_there_is_no_terminal() {
    for args in [&[][..], &["--once"], &["7", "--once"]] {
        assert_eq!(top(args, &[7]).ok(), SHOWN, "{args:?}");
    }
    assert_eq!(top(&["7"], &[7, 8]).ok(), SHOWN);
}

#[test]
fn top_prints_the_lines_as_they_are() {
    assert_eq!(top(&["--json"], &[7]).ok(), format!("{FIRST}\n{}\n", second()));
    assert_eq!(top(&["--json", "--once"], &[7]).ok(), format!("{FIRST}\n"));
}

#[test]
fn top_lists_several_pipelines() {
    let run = top(&[], &[7, 8]);
    assert_eq!(run.stderr, "several pipelines are running; watch one: `antiphon top PID`\n");
    let line = "voice  pid 7  up 0:10  turn 1  hearing for 0.2 s\n";
    assert_eq!(run.ok(), format!("{line}{line}"));
    let run = top(&[], &[7, 8, 9]);
    let warning =
        "warning: process 9 says what `top` does not understand; is it of another version";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
    assert_eq!(run.ok(), format!("{line}{line}"));
}

#[test]
fn top_watches_a_real_pipeline_to_its_end() {
    let Some(place) = listener() else { return };
    place.wav("a.wav", PLAIN, 2.0, silence);
    let command = |args: &[&str]| {
        let mut command = place.command(args);
        command.env("XDG_RUNTIME_DIR", place.path()).env("TMPDIR", place.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let run = ["run", "--pipeline", "transcribe.toml", "--input", "a.wav"];
    let mut pipeline = command(&run).spawn().expect("the program starts");
    // The socket is there before the models are loaded, and gone with the pipeline.
    let lines = loop {
        let ended = pipeline.try_wait().expect("a child").is_some();
        let top: Run = command(&["top", "--json"]).output().expect("the program starts").into();
        if top.code == Some(0) {
            break top.stdout;
        }
        assert!(!ended, "the pipeline ended unseen: {top:?}");
    };
    let pipeline: Run = pipeline.wait_with_output().expect("it ends").into();
    assert_eq!(pipeline.code, Some(0), "{pipeline:?}");
    let last: serde_json::Value =
        serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["pipeline"], &last["turn"]), (&"transcribe".into(), &0.into()), "{last}");
    assert_eq!(last["stages"][0]["stage"], "mic", "{last}");
    assert!(last["stages"][0]["handled"].as_u64() > Some(0), "{last}");
    let left = std::fs::read_dir(place.path().join("antiphon")).expect("the folder stays").count();
    assert_eq!(left, 0, "the socket is still there");
}

#[test]
fn help_of_top_teaches() {
    let help = Place::new().run(["top", "--help"]).ok();
    for piece in ["antiphon top   ", "`q` or Ctrl-C leaves", "busy      the share", "--once"] {
        assert!(help.contains(piece), "no {piece:?} in\n{help}");
    }
}
