//! A network that hears the ends of turns, in conversations.

use std::path::Path;

use serde_json::Value;

use crate::conversation::{anchor, asked, objects};
use crate::support::{self, PLAIN, Place, Run};

/// A random network of the published form, but for the last bias, which makes its answer the same
/// whatever it hears.
fn network(place: &Place, name: &str, log_odds: f32) {
    let random = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/tests/fixtures/smart_turn/f32");
    let folder = place.path().join(name);
    std::fs::create_dir(&folder).expect("a writable folder");
    for file in ["config.json", "preprocessor_config.json"] {
        std::fs::copy(random.join(file), folder.join(file)).expect("a writable folder");
    }
    let mut bytes = std::fs::read(random.join("model.safetensors")).expect("the fixture");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("a header");
    let offset = header["classifier.6.bias"]["data_offsets"][0].as_u64().expect("an offset");
    let at = 8 + length + offset as usize;
    bytes[at..at + 4].copy_from_slice(&log_odds.to_le_bytes());
    std::fs::write(folder.join("model.safetensors"), bytes).expect("a writable folder");
}

/// The same, as it is published.
fn published(place: &Place, name: &str, log_odds: f32) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/tests/fixtures/smart_turn");
    let mut bytes = std::fs::read(fixtures.join("torchscript.onnx")).expect("the fixture");
    // A tensor's name, then four bytes of field 9.
    let bias = b"inner.classifier.6.biasJ\x04";
    let at = bytes.windows(bias.len()).position(|it| it == bias).expect("the last bias");
    bytes[at + bias.len()..][..4].copy_from_slice(&log_odds.to_le_bytes());
    std::fs::write(place.path().join(name), bytes).expect("a writable folder");
}

/// Asks with that network, and gives the silence after which the turn ended, in ms.
fn silence(place: &Place, network: &str) -> f64 {
    let (network, turns) =
        (format!("turn.end_of_turn_model={network}"), format!("{network}.jsonl"));
    let mut command = place.command(["--pipeline", "voice.toml", "--silent", "--input", "q0.wav"]);
    command.args(["--turns", &turns, "--set", &network]);
    for setting in ["end_of_turn_model_ms=10000", "end_silence_ms=2000", "max_end_silence_ms=3500"]
    {
        command.args(["--set", &format!("turn.{setting}")]);
    }
    let run = Run::from(command.output().expect("the program starts"));
    assert!(run.stderr.contains("turn.end_of_turn_model"), "{run:#?}");
    run.ok();
    let turns = objects(&place.path().join(turns));
    assert_eq!(turns.len(), 1, "{turns:?}");
    assert_eq!(turns[0]["end_of_turn"]["source"], "network", "{turns:?}");
    anchor(&turns[0], "decided_ms") - anchor(&turns[0], "speech_stop_ms")
}

#[test]
fn the_turn_ends_when_the_network_says() {
    let Some(place) = asked(&["What does a cow say?"]) else { return };
    network(&place, "done", 40.0);
    network(&place, "goes-on", -40.0);
    published(&place, "done.onnx", 40.0);
    let (done, goes_on) = (silence(&place, "done"), silence(&place, "goes-on"));
    let onnx = silence(&place, "done.onnx");
    println!("done after {done:.0} ms, {onnx:.0} ms of ONNX, goes on: after {goes_on:.0} ms");
    for done in [done, onnx] {
        assert!((160.0..2_000.0).contains(&done), "{done}");
    }
    assert!((3_500.0..5_000.0).contains(&goes_on), "{goes_on}");
}

#[test]
fn what_is_no_such_network_is_refused() {
    let place = Place::new();
    place.write("smart-turn.onnx", b"x");
    place.write("smart-turn.bin", b"x");
    place.wav("a.wav", PLAIN, 0.5, support::silence);
    for (network, expected) in [
        ("smart-turn.onnx", "expected an ONNX network"),
        ("smart-turn.bin", "it is one file; expected a smart-turn network: an `.onnx` file"),
        ("nowhere", "no file or folder"),
        ("rehearsal-stt-en", "it is no end-of-turn model"),
    ] {
        let network = format!("turn.end_of_turn_model={network}");
        let run = place.run(["--pipeline", "voice.toml", "--input", "a.wav", "--set", &network]);
        assert_eq!(run.code, Some(1), "{run:#?}");
        let named = run.stderr.contains("`turn.end_of_turn_model`");
        assert!(named && run.stderr.contains(expected), "{run:#?}");
    }
}
