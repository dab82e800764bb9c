//! `antiphon chat` as a user runs it.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test may panic and say why")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a run printed and its exit code.
struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_antiphon"))
        .arg("chat")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails at once does not read.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Whether the program has its language model inside.
fn embedded() -> bool {
    let output =
        Command::new(env!("CARGO_BIN_EXE_antiphon")).args(["models", "list"]).output().unwrap();
    let there = String::from_utf8(output.stdout).unwrap().contains("rehearsal-llm-en");
    if !there {
        println!("1 test skipped: no `rehearsal-llm-en` in the program");
    }
    there
}

#[test]
fn one_answer_is_printed_and_the_same_again() {
    if !embedded() {
        return;
    }
    let arguments = ["Hello", "--temperature", "0.8", "--seed", "3", "--max-tokens", "20"];
    let first = run(&arguments, "");
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.out.ends_with('\n') && !first.out.trim().is_empty(), "{:?}", first.out);
    assert_eq!(run(&arguments, "").out, first.out);
}

#[test]
fn piped_lines_are_turns_of_one_conversation() {
    if !embedded() {
        return;
    }
    let arguments = ["--system", "You are a friendly voice.", "--max-tokens", "8", "--timings"];
    let talk = run(&arguments, "Hello\n\nMy name is Ada.\nAnd now?");
    assert_eq!(talk.code, 0, "{}", talk.err);
    let timings: Vec<&str> = talk.err.lines().filter(|line| line.starts_with("prompt ")).collect();
    assert_eq!(timings.len(), 3, "{}", talk.err);
    assert!(timings[0].contains("(0 reused)"), "{}", timings[0]);
    assert!(!timings[1].contains("(0 reused)") && !timings[2].contains("(0 reused)"));
}

#[test]
fn a_schema_shapes_the_answer() {
    if !embedded() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("schema.json");
    fs::write(&path, r#"{"type":"object","properties":{"calm":{"type":"boolean"}},"required":["calm"],"additionalProperties":false}"#).unwrap();
    let answer = run(&["Hello", "--json-schema", path.to_str().unwrap()], "");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let value: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert!(value["calm"].is_boolean(), "{value}");

    fs::write(&path, r#"{"type":"object","properties":{"calm":{"type":"bool"}}}"#).unwrap();
    let refused = run(&["Hello", "--json-schema", path.to_str().unwrap()], "");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("`#/properties/calm`"), "{}", refused.err);
}

#[test]
fn what_is_wrong_is_said_once() {
    for (arguments, code, part) in [
        (&["Hello", "--temperature", "-1"][..], 1, "`temperature` is -1"),
        (&["Hello", "--top-p", "2"], 1, "`top_p` is 2"),
        (&["Hello", "--model", "/nowhere/model.gguf"], 1, "/nowhere/model.gguf"),
        (&["Hello", "--json-schema", "/nowhere.json"], 1, "/nowhere.json"),
        (&["Hello", "--max-tokens", "many"], 2, "many"),
    ] {
        let failed = run(arguments, "");
        assert_eq!((failed.code, failed.out.as_str()), (code, ""), "{}", failed.err);
        assert_eq!(failed.err.matches("error:").count(), 1, "{}", failed.err);
        assert!(failed.err.contains(part), "{}", failed.err);
    }
}
