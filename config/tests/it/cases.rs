//! Every folder of `tests/config_cases` is a faulty pipeline file and its exact report.
//!
//! `ANTIPHON_UPDATE=1` writes the reports anew, to be read as a difference. A line `#! --set …` at
//! the top of a file is an override.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use antiphon_config::{Code, Diagnostic, Override, parse};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/config_cases")
}

/// The secret in the environment of every case.
const SECRET: &str = "sk-from-the-environment";

fn env() -> BTreeMap<String, String> {
    [("API_KEY", SECRET), ("TOOL", "festival"), ("EMPTY", "")]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

/// What is wrong with a case, or what it is warned of.
fn diagnose(text: &str) -> Vec<Diagnostic> {
    let overrides: Vec<_> =
        text.lines().map_while(|line| line.strip_prefix("#! --set ")).map(Override::new).collect();
    match parse("bad.toml", text, &overrides, &env()) {
        Ok(pipeline) => pipeline.warnings,
        Err(faults) => faults.diagnostics().to_vec(),
    }
}

#[test]
fn every_case_has_its_report() {
    let update = crate::update();
    let mut codes = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder()).expect("the folder of cases") {
        let case = entry.expect("an entry").path();
        let text = std::fs::read_to_string(case.join("bad.toml")).expect("a faulty file");
        let diagnostics = diagnose(&text);
        codes.extend(diagnostics.iter().map(|it| it.code));
        let reports: Vec<_> = diagnostics.iter().map(Diagnostic::to_string).collect();
        let report = reports.join("\n\n") + "\n";
        assert!(!report.contains("sk-"), "a secret is shown: {report}");
        let expected = case.join("expected.txt");
        if update {
            std::fs::write(&expected, &report).expect("a writable folder");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != report {
            wrong.push(format!("{}:\n{report}", case.display()));
        }
        cases += 1;
    }
    assert!(cases >= 30, "{cases} cases");
    assert!(
        wrong.is_empty(),
        "reports differ (ANTIPHON_UPDATE=1 writes them):\n{}",
        wrong.join("\n")
    );
    // No text can be an unreadable file, and what the program can do is known elsewhere.
    let elsewhere = [Code::Unreadable, Code::Unsupported];
    let missing: Vec<_> = Code::all()
        .filter(|code| !elsewhere.contains(code) && !codes.contains(code))
        .map(Code::as_str)
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
