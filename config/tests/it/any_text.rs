//! No text makes the reader panic, and every fault points into the text.

use std::collections::BTreeMap;

use antiphon_config::{Diagnostic, Override, parse};

/// A small generator of numbers, the same in every run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Checks that a text is taken or refused with places that exist.
#[track_caller]
fn check(text: &str, overrides: &[Override]) {
    let env: BTreeMap<String, String> = BTreeMap::new();
    let diagnostics = match parse("any.toml", text, overrides, &env) {
        Ok(pipeline) => pipeline.warnings,
        Err(faults) => {
            assert!(!faults.diagnostics().is_empty(), "refused without a fault: {text:?}");
            faults.diagnostics().to_vec()
        }
    };
    let lines: Vec<_> = text.split('\n').collect();
    for diagnostic in diagnostics {
        let Diagnostic { file, line, column, .. } = &diagnostic;
        let shown = diagnostic.to_string();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        if file == "any.toml" {
            let width = lines.get(line - 1).map(|line| line.chars().count());
            assert!(width.is_some_and(|width| *column <= width + 1), "{shown} in {text:?}");
        }
    }
}

fn seeds() -> Vec<String> {
    let cases = std::fs::read_dir(crate::root().join("tests/config_cases")).expect("cases");
    let cases = cases.map(|case| case.expect("an entry").path().join("bad.toml"));
    let cases = cases.map(|path| std::fs::read_to_string(path).expect("a case"));
    let shipped = crate::SHIPPED.map(|name| crate::text(&format!("pipelines/{name}")));
    cases.chain(shipped).collect()
}

const PIECES: &[&str] = &[
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "\r",
    "#",
    "${",
    "}",
    "$${",
    "${A:-b}",
    "\"\"\"",
    "é",
    "🎙",
    "\u{301}",
    "\u{0}",
    "\u{1b}[2J",
    "inf",
    "nan",
    "-1",
    "1e999",
    "0x",
    "9999999999999999999999999999999999999999999",
    "1979-05-27",
    "true",
    "turn",
    "stages",
    "settings",
    "kind",
    "inputs",
    "api_key",
    "[[",
    "]]",
    " ",
    "\t",
    "\\u0000",
    "\u{feff}",
];

#[test]
fn changed_files_are_taken_or_refused() {
    let seeds = seeds();
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    for _ in 0..4_000 {
        let mut text: Vec<char> = seeds[numbers.below(seeds.len())].chars().collect();
        for _ in 0..=numbers.below(4) {
            let at = numbers.below(text.len() + 1);
            let end = (at + numbers.below(12)).min(text.len());
            match numbers.below(4) {
                0 => drop(text.drain(at..end)),
                1 => {
                    let copy: Vec<_> = text[at..end].to_vec();
                    let to = numbers.below(text.len() + 1);
                    drop(text.splice(to..to, copy));
                }
                _ => {
                    let piece = PIECES[numbers.below(PIECES.len())].chars();
                    drop(text.splice(at..end.min(at + 1), piece));
                }
            }
        }
        check(&text.into_iter().collect::<String>(), &[]);
    }
}

#[test]
fn any_override_is_taken_or_refused() {
    let text = crate::text("pipelines/voice.toml");
    let seeds = ["turn.end_silence_ms=300", "stages.stt.settings.model=\"x\"", "stages.mic={}"];
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..1_000 {
        let mut set: Vec<char> = seeds[numbers.below(seeds.len())].chars().collect();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(set.len() + 1);
            let end = (at + numbers.below(3)).min(set.len());
            drop(set.splice(at..end, PIECES[numbers.below(PIECES.len())].chars()));
        }
        check(&text, &[Override::new(set.into_iter().collect::<String>())]);
    }
}

#[test]
fn depth_is_no_danger() {
    for depth in [100, 10_000, 100_000] {
        check(&format!("a = {}", "[".repeat(depth)), &[]);
        check(&format!("a = {}1{}", "[".repeat(depth), "]".repeat(depth)), &[]);
        check(&format!("a = {}", "{ a = ".repeat(depth)), &[]);
        check("", &[Override::new(format!("a={}", "[".repeat(depth)))]);
        check("", &[Override::new(format!("a{}=1", ".a".repeat(depth)))]);
        check(&format!("a{} = 1", ".a".repeat(depth)), &[]);
        check(&format!("[stages{}]", ".a".repeat(depth)), &[]);
    }
}

#[test]
fn many_stages_are_no_danger() {
    let mut text = String::from("[stages.s0]\nkind = \"mic\"\n");
    for index in 1..2_000 {
        let before = index - 1;
        text += &format!("[stages.s{index}]\nkind = \"gate\"\ninputs = [\"s{before}\"]\n");
    }
    check(&text, &[]);
    let text = text.replacen("kind = \"mic\"", "kind = \"gate\"\ninputs = [\"s1999\"]", 1);
    check(&text, &[]);
}
