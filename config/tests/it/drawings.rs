//! Drawings of the shipped pipelines.

use std::collections::BTreeMap;

use antiphon_config::{Pipeline, parse};

fn pipeline(name: &str) -> Pipeline {
    let env: BTreeMap<String, String> = BTreeMap::new();
    parse(name, &crate::text(&format!("pipelines/{name}")), &[], &env).expect("a shipped pipeline")
}

#[test]
fn every_shipped_pipeline_is_drawn() {
    for name in crate::SHIPPED {
        let pipeline = pipeline(name);
        let (mermaid, dot) = (pipeline.mermaid(), pipeline.dot());
        for stage in &pipeline.stages {
            assert!(mermaid.contains(&format!("s_{}[", stage.id)), "{mermaid}");
            assert!(dot.contains(&format!("\"{}\" [", stage.id)), "{dot}");
        }
    }
}

#[test]
fn a_drawing_shows_the_edges_as_they_run() {
    let expected = r#"flowchart LR
    s_mic["mic<br/><i>mic</i>"]
    s_gate["gate<br/><i>gate</i>"]
    s_vad["vad<br/><i>vad</i>"]
    s_stt["stt<br/><i>stt.whisper</i>"]
    s_console["console<br/><i>console</i>"]
    s_turn{{"turn"}}
    s_mic -->|"audio (16 kHz, mono)"| s_gate
    s_gate -->|"audio (16 kHz, mono)"| s_vad
    s_vad -->|"utterances (16 kHz, mono)"| s_stt
    s_stt -->|"transcripts"| s_console
    s_turn -->|"turn records"| s_console
    s_vad -->|"speech marks"| s_turn
    s_stt -->|"transcripts"| s_turn
"#;
    assert_eq!(pipeline("transcribe.toml").mermaid(), expected);
}

#[test]
fn prompts_pass_the_turn_authority() {
    let dot = pipeline("voice.toml").dot();
    for line in [
        r#""stt" -> "turn" [label = "transcripts"];"#,
        r#""turn" -> "llm" [label = "prompts"];"#,
        r#""speaker" -> "turn" [label = "played"];"#,
    ] {
        assert!(dot.contains(line), "no {line} in\n{dot}");
    }
    assert!(!dot.contains(r#""stt" -> "llm""#), "{dot}");
}
