//! Drawings of the shipped pipelines.

use std::collections::BTreeMap;

use antiphon_config::{Override, Pipeline, parse};

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
fn a_network_that_hears_the_ends_of_turns_is_drawn() {
    let env: BTreeMap<String, String> = BTreeMap::new();
    let set = [Override::new("turn.end_of_turn_model=\"heard\"")];
    let text = crate::text("pipelines/voice.toml");
    let pipeline = parse("voice.toml", &text, &set, &env).expect("a pipeline");
    let (mermaid, dot) = (pipeline.mermaid(), pipeline.dot());
    let model = pipeline.turn.end_of_turn_model.as_deref().expect("a model");
    for line in [
        &*format!("    s_turn__end_of_turn_model[\"turn.end_of_turn_model<br/><i>{model}</i>\"]\n"),
        "    s_vad -->|\"utterances (16 kHz, mono)\"| s_turn__end_of_turn_model\n",
        "    s_turn__end_of_turn_model -->|\"end of turn\"| s_turn\n",
    ] {
        assert!(mermaid.contains(line), "no {line} in\n{mermaid}");
    }
    for line in [
        &*format!(
            "    \"turn.end_of_turn_model\" [label = \"turn.end_of_turn_model\\n{model}\"];\n"
        ),
        "    \"vad\" -> \"turn.end_of_turn_model\" [label = \"utterances (16 kHz, mono)\"];\n",
        "    \"turn.end_of_turn_model\" -> \"turn\" [label = \"end of turn\"];\n",
    ] {
        assert!(dot.contains(line), "no {line} in\n{dot}");
    }
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
