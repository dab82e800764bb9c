//! The command line itself: help, exit codes, a reader that leaves.

use crate::support::Place;

#[test]
fn help_names_the_commands_and_the_exit_codes() {
    let help = Place::new().run(["--help"]).ok();
    for piece in [
        "transcribe  Write down what is said in WAV files",
        "chat        Ask a language model once, or talk with it",
        "models      List, fetch and check models",
        "check       Check pipeline files",
        "--threads <N>",
        "  0    done; also when the reader of standard output left early",
        "  1    failed: one message on standard error says what and where",
        "  2    the command line is wrong",
    ] {
        assert!(help.contains(piece), "no {piece:?} in\n{help}");
    }
}

#[test]
fn help_of_transcribe_says_what_it_accepts() {
    let help = Place::new().run(["transcribe", "--help"]).ok();
    for piece in ["8 to 192 kHz", "`-` is standard input", "--json", "rehearsal-stt-en"] {
        assert!(help.contains(piece), "no {piece:?} in\n{help}");
    }
}

#[test]
fn phonemes_are_a_line_for_each_line() {
    let lines = b"Hello, 2 worlds!\n\nCosts $3.50\n";
    let said = "həlˈO, tˈu wˈɜɹldz!\n\nkˈɔsts θɹˈi dˈɑləɹz ænd fˈɪfti sˈɛnts\n";
    assert_eq!(Place::new().pipe(["phonemes"], lines).ok(), said);
    Place::new()
        .pipe(["phonemes", "--espeak", "no-such-program"], lines)
        .fails("no program `no-such-program`, expected its path, or a name that is in `PATH`");
}

#[test]
fn a_wrong_command_line_exits_2_with_nothing_on_standard_output() {
    #[track_caller]
    fn check(args: &[&str], expected: &str) {
        let run = Place::new().run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains(expected), "no {expected:?} in\n{}", run.stderr);
    }
    check(&["transcribe", "--model", "rehearsal-llm-en"], "<FILE>");
    check(&["transscribe", "a.wav"], "'transcribe'");
    check(&["transcribe", "--jsn", "a.wav"], "'--json'");
    check(&["--threads", "0", "models", "list"], "invalid value '0' for '--threads <N>'");
    check(&["chat", "--model", "rehearsal-llm-on"], "did you mean `rehearsal-llm-en`?");
}

#[test]
fn a_reader_that_leaves_early_is_success() {
    for args in [&["models", "list"][..], &["--help"], &["--version"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Place::new().command(args).stdout(writer).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a Linux device");
    let output = Place::new().command(["models", "list"]).stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: cannot write to standard output: No space left on device (os error 28)\n"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_loads() {
    let place = Place::new();
    for (option, path, expected) in [
        ("--turns", "no/t.jsonl", "cannot write `no/t.jsonl`: there is no folder `no`"),
        ("--record", "no/r.wav", "cannot write `no/r.wav`: there is no folder `no`"),
        ("--turns", ".", "cannot write `.`: it is a folder"),
    ] {
        let run = place.run(["--silent", option, path]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.stderr.starts_with(&format!("error: {expected}; ")), "{run:?}");
    }
}
