//! The ledger of `--turns` beside the sound of `--record`: speculation and interruptions.

use serde_json::Value;

use crate::conversation::{
    AUDIBLE, Sound, accounts_for, anchor, asked, near, objects, seconds, text,
};
use crate::support::{Place, Run};

/// Plays a file to the voice pipeline with those settings: what was written for each turn, each
/// line of the console, and the recording.
fn hold(place: &Place, file: &str, settings: &[&str]) -> (Vec<Value>, Vec<String>, Sound) {
    let mut command = place.command(["--pipeline", "voice.toml", "--silent", "--input", file]);
    command.args(["--record", "r.wav", "--turns", "t.jsonl"]);
    for setting in crate::support::PLAIN_TURNS.iter().chain(settings) {
        command.args(["--set", setting]);
    }
    let run = Run::from(command.output().expect("the program starts"));
    let lines = run.ok().lines().map(str::to_owned).collect();
    let turns = objects(&place.path().join("t.jsonl"));
    (turns, lines, Sound::read(&place.path().join("r.wav")))
}

/// Writes files one after the other into one, with silence of so many seconds between them.
fn joined(place: &Place, name: &str, parts: &[&str], pause: f64) {
    let folder = place.path();
    let spec = hound::WavReader::open(folder.join(parts[0])).expect("a WAV file").spec();
    let mut writer = hound::WavWriter::create(folder.join(name), spec).expect("a writable folder");
    for (at, part) in parts.iter().enumerate() {
        let silence = if at == 0 { 0.0 } else { pause * f64::from(spec.sample_rate) };
        for _ in 0..silence as u32 {
            writer.write_sample(0_i16).expect("a writable file");
        }
        let sound = Sound::read(&folder.join(part));
        for sample in &sound.channels[0] {
            writer.write_sample((sample * 32_767.0) as i16).expect("a writable file");
        }
    }
    writer.finalize().expect("a writable file");
}

/// The attempts of a turn: cause and outcome of each.
fn attempts(turn: &Value) -> Vec<(&str, &str)> {
    let all = turn["attempts"].as_array().expect("attempts");
    for attempt in all {
        assert!(seconds(attempt, "begun_ms") <= seconds(attempt, "ended_ms"), "{attempt}");
        // Nothing of an attempt that was thrown away is heard.
        let kept = attempt["outcome"] == "kept";
        assert!(kept || attempt["audible_ms"].is_null(), "{attempt}");
    }
    all.iter().map(|attempt| (text(attempt, "cause"), text(attempt, "outcome"))).collect()
}

#[test]
fn an_answer_made_in_advance_hides_its_tiles() {
    let Some(place) = asked(&["What does a cow say?"]) else { return };
    let eager = "turn.eager_silence_ms=100";
    let (turns, lines, record) = hold(&place, "q0.wav", &[eager]);
    let turn = &turns[0];
    println!("{}", lines[2]);
    assert_eq!(attempts(turn), [("eager", "kept")]);
    assert_eq!((&turn["speculation"], &turn["misses"]), (&"hit".into(), &0.into()), "{turn}");
    assert!(lines[2].ends_with(" · speculation hit"), "{lines:?}");
    accounts_for(turn, &lines[2]);
    let hidden = turn["hidden_tiles"].as_array().expect("tiles");
    assert!(hidden.contains(&"stt".into()), "{turn}");
    assert_eq!(seconds(&turn["tiles"], "stt"), 0.0);
    let reply = record.edges(1, AUDIBLE, 0.0, f64::INFINITY).expect("a reply on the right");
    let stop = anchor(turn, "speech_stop_ms");
    near("reply", (stop + seconds(turn, "dead_air_ms")) / 1e3, reply.0, 0.001);
    assert!(anchor(turn, "handed_over_ms") >= anchor(turn, "decided_ms"), "{turn}");
}

#[test]
fn an_interruption_is_timed_from_sound_to_sound() {
    let Some(place) = asked(&["Who are you?", "What does a cow say?"]) else { return };
    joined(&place, "q.wav", &["q0.wav", "q1.wav"], 1.6);
    let (turns, lines, record) = hold(&place, "q.wav", &["turn.eager_silence_ms=0"]);
    assert_eq!(turns.len(), 2, "{lines:?}");
    let (first, second) = (&turns[0], &turns[1]);
    assert_eq!((&first["interrupted"], &second["interrupted"]), (&true.into(), &false.into()));

    // What the file says: when the person begins anew, and when the reply stops.
    let silent = anchor(first, "speech_stop_ms") / 1e3;
    let onset = record.edges(0, AUDIBLE, silent + 0.5, f64::INFINITY).expect("a second question").0;
    let next = anchor(second, "audible_ms") / 1e3;
    let last = record.edges(1, f32::MIN_POSITIVE, 0.0, next - 0.1).expect("a first reply").1;
    let stop = seconds(first, "barge_in_stop_ms") / 1e3;
    println!(
        "reply stopped {:.1} ms after the onset, {:.1} ms in the recording",
        stop * 1e3,
        (last - onset) * 1e3
    );
    near("onset", anchor(first, "barge_in_ms") / 1e3, onset, 0.060);
    // A voice may be silent between two words where it is cut off.
    let end = anchor(first, "last_sample_ms") / 1e3;
    assert!(last <= end + 0.001 && end <= last + 0.150, "{end} s, {last} s in the recording");
    near("stop", stop, end - anchor(first, "barge_in_ms") / 1e3, 1e-6);
    assert_eq!(first["anchors"]["barge_in_ms"], second["anchors"]["speech_start_ms"]);

    let answer = &first["attempts"][0];
    let (made, sounded) = (seconds(answer, "made_ms"), seconds(answer, "sounded_ms"));
    assert!(0.0 < sounded && sounded < made, "{answer}");
    near(
        "sounded",
        sounded,
        anchor(first, "last_sample_ms") - anchor(first, "first_sample_ms"),
        1.0,
    );
    // Both may have waited as long.
    let told: Vec<_> = lines.iter().filter(|line| line.starts_with("dead air ")).collect();
    assert_eq!(told.len(), turns.len(), "{lines:?}");
    for (turn, line) in turns.iter().zip(told) {
        assert_eq!(attempts(turn), [("decided", "kept")]);
        let partial = anchor(turn, "first_partial_ms") - anchor(turn, "speech_start_ms");
        near("first partial", seconds(turn, "first_partial_ms"), partial, 1e-3);
        accounts_for(turn, line);
    }
    assert!(first["reasons"].get("barge_in_stop_ms").is_none(), "{first}");
    assert_eq!(second["reasons"]["barge_in_stop_ms"], "the reply was not interrupted");
}
