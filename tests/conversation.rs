//! `antiphon --pipeline FILE`: conversations held through files, measured from their recordings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Place, Run, listener, recordings};

/// -50 dBFS: samples from here on are audible.
pub const AUDIBLE: f32 = 0.003_162_3;

/// A place whose program can recognise and answer, where `espeak-ng` has spoken `questions` into
/// `q0.wav`, `q1.wav` and so on; `None` with a message where that cannot be.
pub fn asked(questions: &[&str]) -> Option<Place> {
    let place = listener()?;
    for (at, question) in questions.iter().enumerate() {
        let spoken = Command::new("espeak-ng")
            .args(["-v", "en-us", "-w", &format!("q{at}.wav"), question])
            .current_dir(place.path())
            .stderr(Stdio::null())
            .status();
        if !spoken.is_ok_and(|status| status.success()) {
            println!("skipped 1 test: no `espeak-ng` that speaks English to ask with");
            return None;
        }
    }
    Some(place)
}

/// Sound, one vector a channel.
pub struct Sound {
    pub rate: f64,
    pub channels: Vec<Vec<f32>>,
}

impl Sound {
    pub fn read(path: &Path) -> Self {
        let mut reader = hound::WavReader::open(path).expect("a WAV file");
        let spec = reader.spec();
        assert_eq!((spec.bits_per_sample, spec.sample_format), (16, hound::SampleFormat::Int));
        let mut channels = vec![Vec::new(); spec.channels.into()];
        for (at, sample) in reader.samples::<i16>().enumerate() {
            let sample = f32::from(sample.expect("a sample")) / 32_768.0;
            channels[at % usize::from(spec.channels)].push(sample);
        }
        Self { rate: spec.sample_rate.into(), channels }
    }

    /// The first and the last moment in `from..to`, in seconds, with a sample of at least `level`.
    pub fn edges(&self, channel: usize, level: f32, from: f64, to: f64) -> Option<(f64, f64)> {
        let samples = &self.channels[channel];
        let place = |seconds: f64| ((seconds.max(0.0) * self.rate) as usize).min(samples.len());
        let (from, to) = (place(from), place(to));
        let loud = |sample: &f32| sample.abs() >= level;
        let first = samples[from..to].iter().position(loud)?;
        let last = samples[from..to].iter().rposition(loud)?;
        Some(((from + first) as f64 / self.rate, (from + last) as f64 / self.rate))
    }
}

/// A conversation that was held.
struct Talk {
    stdout: Vec<String>,
    turns: Vec<Value>,
    record: Sound,
}

impl Talk {
    /// Plays `files` to the voice pipeline, replies unheard.
    fn hold(place: &Place, files: &[&Path]) -> Self {
        let mut command = place.command(["--pipeline", "voice.toml", "--silent", "--pause", "200"]);
        command.args(["--record", "r.wav", "--turns", "t.jsonl"]);
        for file in files {
            command.arg("--input").arg(file);
        }
        let run = Run::from(command.output().expect("the program starts"));
        for piece in ["starting `voice`\n", "\nready in ", " in place of a microphone"] {
            assert!(run.stderr.contains(piece), "no {piece:?} in {run:#?}");
        }
        for piece in ["warning", "error", "you: ", "agent: "] {
            assert!(!run.stderr.contains(piece), "{piece:?} in {run:#?}");
        }
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        Self {
            stdout: lines(&run.ok()),
            turns: objects(&place.path().join("t.jsonl")),
            record: Sound::read(&place.path().join("r.wav")),
        }
    }

    /// Requires that a turn was answered in full, that standard output says what was said, and
    /// that the recording has the question that is `asked` and the reply where the turn has them.
    #[track_caller]
    fn check(&self, at: usize, asked: &Sound) {
        let turn = &self.turns[at];
        assert_eq!(turn["turn"], at + 1, "{turn}");
        assert_eq!(
            (&turn["interrupted"], &turn["end_reason"]),
            (&false.into(), &"finished".into())
        );
        assert_eq!(turn["dead_air_reason"], Value::Null, "{turn}");
        assert!(turn["started_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{turn}");
        let (user, agent) = (text(turn, "user_text"), text(turn, "agent_text"));
        assert!(!user.is_empty() && !agent.is_empty(), "{turn}");
        let dead_air = seconds(turn, "dead_air_ms") / 1e3;
        let said = [format!("you: {user}"), format!("agent: {agent}")];
        assert_eq!(self.stdout[3 * at..3 * at + 2], said);
        accounts_for(turn, &self.stdout[3 * at + 2]);

        let from = at.checked_sub(1).map_or(0.0, |last| seconds(&self.turns[last], "ended_at"));
        let to = seconds(turn, "ended_at");
        let question = self.record.edges(0, AUDIBLE, from, to).expect("a question on the left");
        let reply = self.record.edges(1, AUDIBLE, from, to).expect("a reply on the right");
        let whole = asked.edges(0, AUDIBLE, 0.0, f64::INFINITY).expect("a question that sounds");
        let measured = reply.0 - question.1;
        // What the file can say of the ledger's moments, which are on the same clock.
        let sounded = self.record.edges(1, f32::MIN_POSITIVE, from, to).expect("a reply");
        let ms = |key: &str| anchor(turn, key) / 1e3;
        near("first audible sample", ms("audible_ms"), reply.0, 0.001);
        assert!(ms("first_sample_ms") <= sounded.0 + 0.001, "{turn}");
        assert!(ms("last_sample_ms") >= sounded.1 - 0.001, "{turn}");
        near("dead air to the reply of the file", ms("speech_stop_ms") + dead_air, reply.0, 0.001);
        println!(
            "turn {}: {user:?} {agent:?}; dead air {:.1} ms, {:.1} ms in the recording; the turn's \
             start {:+.1} ms, end of speech {:+.1} ms, reply {:+.3} ms from the recording's",
            at + 1,
            dead_air * 1e3,
            measured * 1e3,
            (seconds(turn, "clock_started_at") - question.0) * 1e3,
            (seconds(turn, "speech_ended_at") - question.1) * 1e3,
            (seconds(turn, "reply_started_at") - reply.0) * 1e3,
        );
        // The first and last audible samples of a question move a little when it is resampled.
        near("length of the question", question.1 - question.0, whole.1 - whole.0, 0.005);
        near("start of the turn", seconds(turn, "clock_started_at"), question.0, 0.030);
        near("end of speech", seconds(turn, "speech_ended_at"), question.1, 0.030);
        near("start of the reply", seconds(turn, "reply_started_at"), reply.0, 0.001);
        near("dead air", dead_air, measured, 0.030);
        // Little that is not audible stays before a reply's first sound.
        assert_eq!(self.record.edges(1, f32::MIN_POSITIVE, from, reply.0 - 0.010), None);
    }
}

/// Requires that the tiles of a turn add up to its dead air, that they lie where its moments are,
/// and that `line` says the same.
#[track_caller]
pub fn accounts_for(turn: &Value, line: &str) {
    assert_eq!((&turn["version"], &turn["tiles_reason"]), (&1.into(), &Value::Null), "{turn}");
    let dead_air = seconds(turn, "dead_air_ms");
    let tiles = [
        ("endpoint", "endpoint_wait", "decided_ms"),
        ("stt", "stt", "words_ms"),
        ("llm", "llm_first_token", "first_token_ms"),
        ("chunk", "first_chunk", "first_chunk_ms"),
        ("tts", "tts_first_audio", "first_voice_ms"),
        ("silence", "leading_silence", ""),
        ("playout", "playout", "audible_ms"),
    ];
    let (mut end, mut whole) = (anchor(turn, "speech_stop_ms"), 0);
    let said = line.strip_prefix(&format!("dead air {dead_air:.0} ms = ")).expect("the dead air");
    let said = said.split(" · ").next().expect("tiles").split(" + ").collect::<Vec<_>>();
    assert_eq!(said.len(), tiles.len(), "{line}");
    for ((short, name, key), said) in tiles.into_iter().zip(said) {
        let length = seconds(&turn["tiles"], name);
        assert!(length >= 0.0, "{turn}");
        end += length;
        if !key.is_empty() {
            let hidden =
                turn["hidden_tiles"].as_array().is_some_and(|all| all.contains(&name.into()));
            let moment = anchor(turn, key);
            assert!(
                if hidden { moment < end } else { (moment - end).abs() < 0.01 },
                "{key}: {turn}"
            );
        }
        let ms: u64 = said.strip_prefix(short).expect("its word").trim().parse().expect("whole");
        assert!((ms as f64 - length).abs() <= 1.0, "{said} of {length}");
        whole += ms;
    }
    near("sum of the tiles", (end - anchor(turn, "speech_stop_ms")) / 1e3, dead_air / 1e3, 0.001);
    assert_eq!(whole, dead_air.round() as u64, "{line}");
    let handed_over = anchor(turn, "handed_over_ms") - anchor(turn, "speech_stop_ms");
    near("latency", seconds(turn, "user_bot_latency_ms") / 1e3, handed_over / 1e3, 1e-6);
    assert!(handed_over <= dead_air, "{turn}");
}

#[track_caller]
pub fn anchor(turn: &Value, key: &str) -> f64 {
    seconds(&turn["anchors"], key)
}

pub fn objects(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the file");
    assert!(text.ends_with('\n'), "{text:?}");
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

#[track_caller]
pub fn text<'a>(turn: &'a Value, key: &str) -> &'a str {
    turn[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {turn}"))
}

#[track_caller]
pub fn seconds(turn: &Value, key: &str) -> f64 {
    turn[key].as_f64().unwrap_or_else(|| panic!("no number `{key}` in {turn}"))
}

#[track_caller]
pub fn near(what: &str, found: f64, expected: f64, within: f64) {
    let apart = (found - expected).abs();
    assert!(apart <= within, "{what}: {found} s, {expected} s in the recording");
}

#[test]
fn a_question_is_answered_and_recorded_on_one_clock() {
    let Some(place) = asked(&["What is the capital of France?"]) else { return };
    let talk = Talk::hold(&place, &[Path::new("q0.wav")]);
    assert_eq!((talk.turns.len(), talk.stdout.len()), (1, 3));
    assert_eq!((talk.record.rate, talk.record.channels.len()), (48_000.0, 2));
    talk.check(0, &Sound::read(&place.path().join("q0.wav")));

    let chats = objects(&place.path().join("chats.jsonl"));
    assert_eq!(chats.len(), 1);
    let message = |at: usize| &chats[0]["messages"][at];
    assert_eq!((&message(0)["role"], &message(1)["role"]), (&"user".into(), &"assistant".into()));
    assert_eq!(message(0)["content"], talk.turns[0]["user_text"]);
    assert_eq!(message(1)["content"], talk.turns[0]["agent_text"]);
}

#[test]
fn two_files_are_two_turns_in_order() {
    let Some(place) = asked(&["Who are you?", "What does a cow say?"]) else { return };
    let talk = Talk::hold(&place, &[Path::new("q0.wav"), Path::new("q1.wav")]);
    assert_eq!((talk.turns.len(), talk.stdout.len()), (2, 6));
    for at in 0..2 {
        talk.check(at, &Sound::read(&place.path().join(format!("q{at}.wav"))));
    }
    // The second file starts when the first reply has been heard.
    let (first, second) = (&talk.turns[0], &talk.turns[1]);
    assert!(seconds(second, "clock_started_at") > seconds(first, "ended_at"), "{first}\n{second}");
}

#[test]
fn a_human_is_answered() {
    let Some(folder) = recordings(1) else { return };
    let Some(place) = listener() else { return };
    let file = folder.join("lj001-0002.wav");
    let talk = Talk::hold(&place, &[&file]);
    assert_eq!(talk.turns.len(), 1);
    let turn = &talk.turns[0];
    println!("{turn}");
    assert!(!text(turn, "user_text").is_empty() && !text(turn, "agent_text").is_empty(), "{turn}");
    let reply = talk.record.edges(1, AUDIBLE, 0.0, f64::INFINITY).expect("a reply on the right");
    near("start of the reply", seconds(turn, "reply_started_at"), reply.0, 0.001);
}

#[test]
fn a_transcript_is_written_without_replies() {
    let Some(place) = asked(&["What time is it?"]) else { return };
    let run =
        place.run(["--pipeline", "transcribe.toml", "--input", "q0.wav", "--turns", "t.jsonl"]);
    let turns = objects(&place.path().join("t.jsonl"));
    assert_eq!(turns.len(), 1);
    let user = text(&turns[0], "user_text");
    assert!(!user.is_empty(), "{}", turns[0]);
    assert_eq!((text(&turns[0], "agent_text"), &turns[0]["dead_air_ms"]), ("", &Value::Null));
    assert!(!text(&turns[0], "dead_air_reason").is_empty(), "{}", turns[0]);
    assert_eq!(run.ok(), format!("you: {user}\n"));
}

#[test]
fn a_transcript_as_json_is_one_object_an_event() {
    let Some(place) = asked(&["Hello."]) else { return };
    let written =
        place.run(["--pipeline", "transcribe", "--input", "q0.wav", "--json", "--silent"]).ok();
    for line in written.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|value| value.is_object()), "{line}");
    }
    assert!(!written.is_empty());
}

#[test]
fn what_cannot_run_is_refused_by_name() {
    #[track_caller]
    fn check(args: &[&str], code: i32, expected: &str) {
        let place = Place::new();
        place.wav("quiet.wav", crate::support::PLAIN, 0.1, crate::support::silence);
        place.write("notes.wav", b"Dear diary, today");
        let run = place.run([&["--silent"], args].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{run:#?}");
        assert!(run.stderr.contains(expected), "no {expected:?} in {}", run.stderr);
        assert!(!run.stderr.contains("ready in"), "{}", run.stderr);
        assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
    }
    let missing = "cannot read `none.wav`: No such file or directory (os error 2)\n";
    check(&["--input", "none.wav"], 1, missing);
    check(&["--input", "notes.wav"], 1, "`notes.wav`: header: found text, expected a WAV file");
    check(&["--input", "quiet.wav", "--input", "none.wav"], 1, missing);
    check(&["--pipeline", "vioce.toml"], 1, "did you mean `voice.toml`?");
    let input = ["--input", "quiet.wav"];
    let set = |value| [&input[..], &["--set", value]].concat();
    check(&set("turn.end_silnce_ms=3"), 1, "help: did you mean `end_silence_ms`?");
    check(&set("stages.tss.kind=speaker"), 1, "no stage `tss` in the pipeline");
    check(&set("turn"), 1, "expected `PATH=VALUE`, such as `turn.end_silence_ms=300`");
    check(&[&input[..], &["--record", "no/r.wav"]].concat(), 1, "`no/r.wav`");
    check(&[&input[..], &["--turns", "no/t.jsonl"]].concat(), 1, "`no/t.jsonl`");
    check(
        &[&input[..], &["--pause", "soon"]].concat(),
        2,
        "invalid value 'soon' for '--pause <MS>'",
    );
    check(&["voice.toml"], 2, "'voice.toml'");
    check(&["models", "list"], 2, "`--silent` goes with `run`, not with `models`");
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_sound_device_the_error_is_a_command_that_works() {
    let Some(place) = listener() else { return };
    // A library of sound that knows no device.
    place.write("empty.conf", b"");
    let mut command = place.command(["--pipeline", "transcribe.toml"]);
    command.env("ALSA_CONFIG_PATH", place.path().join("empty.conf"));
    let run = Run::from(command.output().expect("the program starts"));
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:#?}");
    let error = "error: stage `mic`: no sound device; use: antiphon --pipeline voice.toml --input \
                 question.wav --record conversation.wav --turns turns.jsonl\n";
    assert!(run.stderr.ends_with(error), "{run:#?}");
}
