//! Good files: what they mean, where they are found, what overrides and the environment change.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use antiphon_config::{
    Code, Input, Kind, Overflow, Override, Pipeline, Port, Settings, Source, TtsProgram, load,
    parse,
};

const EAR: &str = r#"
[stages.mic]
kind = "mic"

[stages.vad]
kind = "vad"
inputs = ["mic"]

[stages.stt]
kind = "stt.whisper"
inputs = ["vad"]
"#;

fn env(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[track_caller]
fn good(text: &str, overrides: &[&str]) -> Pipeline {
    let overrides: Vec<_> = overrides.iter().copied().map(Override::new).collect();
    parse("there/good.toml", text, &overrides, &env(&[("KEY", "sk-1"), ("LOG", "b.jsonl")]))
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn shipped(name: &str) -> Pipeline {
    let text = crate::text(&format!("pipelines/{name}"));
    parse(name, &text, &[], &env(&[])).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn shipped_pipelines_are_good() {
    for name in crate::SHIPPED {
        let pipeline = shipped(name);
        assert_eq!(pipeline.warnings, [], "{name}");
        assert_eq!(pipeline.name, name.trim_end_matches(".toml"));
        assert_eq!(pipeline.turn.reply, name != "transcribe.toml");
    }
}

#[test]
fn every_kind_is_ready_to_use_with_its_defaults() {
    let ids: Vec<_> = shipped("voice.toml").stages.iter().map(|stage| stage.kind).collect();
    let expected = [
        Kind::Mic,
        Kind::Echo,
        Kind::Gate,
        Kind::Vad,
        Kind::SttWhisper,
        Kind::LlmQwen3,
        Kind::Chunker,
        Kind::TtsKokoro,
        Kind::Speaker,
        Kind::Console,
        Kind::Logger,
    ];
    assert_eq!(ids, expected);
}

#[test]
fn a_stage_comes_after_those_it_listens_to() {
    let text = r#"
[stages.a]
kind = "console"
inputs = ["c"]

[stages.b]
kind = "vad"
inputs = ["d"]

[stages.c]
kind = "stt.whisper"
inputs = ["b"]

[stages.d]
kind = "mic"
"#;
    let ids: Vec<_> = good(text, &[]).stages.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(ids, ["d", "b", "c", "a"]);
}

#[test]
fn edges_have_the_queue_of_their_port_or_their_own() {
    let text = format!(
        "{EAR}\n[stages.console]\nkind = \"console\"\n\
         inputs = [{{ from = \"stt\", queue = 7, overflow = \"latest\" }}, \"turn\"]\n"
    );
    let pipeline = good(&text, &[]);
    let console = pipeline.stage("console").expect("a stage");
    let from_stt = Input {
        from: Source::Stage("stt".into()),
        port: Port::Transcript,
        queue: 7,
        overflow: Overflow::Latest,
    };
    let from_turn =
        Input { from: Source::Turn, port: Port::Record, queue: 16, overflow: Overflow::Wait };
    assert_eq!(console.inputs, [from_stt, from_turn]);
    let vad = pipeline.stage("vad").expect("a stage");
    let audio = Port::Audio { rate: 16_000, channels: 1 };
    assert_eq!((vad.inputs[0].port, vad.inputs[0].queue), (audio, 100));
    assert_eq!(vad.inputs[0].overflow, Overflow::DropOldest);
}

#[test]
fn overrides_take_the_place_of_what_is_written() {
    let text = format!("name = \"x\"\n[turn]\nend_silence_ms = 700\n{EAR}");
    let pipeline = good(
        &text,
        &[
            "turn.end_silence_ms=300",
            "turn.apology=Pardon? Again = please # not a comment",
            "name=\"y\"",
            "stages.mic.settings.device=USB Mic",
            "stages.stt.restart.max = 9",
            "stages.stt.settings={ partial_ms = 0, model = \"hf:a/b\" }",
            "stages.vad.progress_limit_ms=2_000",
            "turn.end_silence_ms=350",
        ],
    );
    assert_eq!(pipeline.name, "y");
    assert_eq!(pipeline.turn.end_silence, Duration::from_millis(350));
    assert_eq!(pipeline.turn.apology, "Pardon? Again = please # not a comment");
    let Settings::Mic(mic) = &pipeline.stage("mic").expect("a stage").settings else { panic!() };
    assert_eq!(mic.device, "USB Mic");
    let stt = pipeline.stage("stt").expect("a stage");
    assert_eq!(stt.restart.max, 9);
    let Settings::SttWhisper(settings) = &stt.settings else { panic!() };
    assert_eq!((settings.partial, settings.model.as_str()), (Duration::ZERO, "hf:a/b"));
    let vad = pipeline.stage("vad").expect("a stage");
    assert_eq!(vad.progress_limit, Duration::from_secs(2));
}

#[test]
fn secrets_come_from_the_environment_and_stay_there() {
    let server = |key| {
        format!(
            "{EAR}\n[stages.llm]\nkind = \"llm.openai\"\ninputs = [\"stt\"]\nsettings = \
             {{ base_url = \"http://localhost:1/v1\", model = \"m\", api_key = \"{key}\" }}\n"
        )
    };
    let key = |pipeline: &Pipeline| {
        let Settings::LlmOpenai(llm) = &pipeline.stage("llm").expect("a stage").settings else {
            panic!()
        };
        llm.api_key.as_ref().map(|key| key.expose().to_owned())
    };
    let pipeline = good(&server("${KEY}"), &[]);
    assert_eq!(key(&pipeline).as_deref(), Some("sk-1"));
    assert!(!format!("{pipeline:?}").contains("sk-1"));
    assert_eq!(key(&good(&server("${NONE:-}"), &[])), None);
    assert_eq!(key(&good(&server(""), &[])), None);
    let set = format!("{:?}", Override::new("stages.llm.settings.api_key=sk-1"));
    assert!(!set.contains("sk-1"), "{set}");
}

#[test]
fn paths_are_relative_to_what_names_them() {
    let logger = |settings: &str| {
        format!("{EAR}\n[stages.log]\nkind = \"logger\"\ninputs = [\"turn\"]\n{settings}")
    };
    #[track_caller]
    fn check(text: &str, overrides: &[&str], expected: &str) {
        let pipeline = good(text, overrides);
        let Settings::Logger(logger) = &pipeline.stage("log").expect("a stage").settings else {
            panic!()
        };
        assert_eq!(logger.path, Path::new(expected));
    }
    check(&logger(""), &[], "chats.jsonl");
    check(&logger("settings = { path = \"a.jsonl\" }"), &[], "there/a.jsonl");
    check(&logger("settings = { path = \"${LOG}\" }"), &[], "there/b.jsonl");
    check(&logger("settings = { path = \"/a.jsonl\" }"), &[], "/a.jsonl");
    check(&logger(""), &["stages.log.settings.path=c.jsonl"], "c.jsonl");

    let own = EAR.to_owned() + "settings = { model = \"./whisper\" }";
    let pipeline = good(&own, &[]);
    let Settings::SttWhisper(stt) = &pipeline.stage("stt").expect("a stage").settings else {
        panic!()
    };
    assert_eq!(Path::new(&stt.model), Path::new("there/./whisper"));
}

#[test]
fn choices_have_the_names_of_their_programs() {
    let text = crate::text("pipelines/voice-openai.toml");
    for (name, program) in [
        ("auto", TtsProgram::Auto),
        ("say", TtsProgram::Say),
        ("espeak-ng", TtsProgram::EspeakNg),
        ("flite", TtsProgram::Flite),
        ("sapi", TtsProgram::Sapi),
    ] {
        let pipeline = good(&text, &[&format!("stages.tts.settings.program={name}")]);
        let Settings::TtsSystem(tts) = &pipeline.stage("tts").expect("a stage").settings else {
            panic!()
        };
        assert_eq!(tts.program, program);
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let text = crate::text("pipelines/voice.toml");
    let plain = good(&text, &[]);
    assert_eq!(good(&text.replace('\n', "\r\n"), &[]), plain);
    assert_eq!(good(&format!("\u{feff}{text}"), &[]), plain);
}

#[test]
fn a_bare_name_is_found_inside_the_program() {
    // Tests run in the folder of the crate, which has no `pipelines`.
    for name in ["voice.toml", "voice", "transcribe"] {
        let pipeline = load(Path::new(name), &[], &env(&[])).expect("a shipped pipeline");
        assert_eq!(pipeline.name, name.trim_end_matches(".toml"));
        assert_eq!(pipeline.folder, Path::new(""));
    }
}

#[test]
fn a_path_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.toml");
    std::fs::write(&path, EAR).expect("a writable folder");
    let pipeline = load(&path, &[], &env(&[])).expect("a good file");
    assert_eq!((pipeline.name.as_str(), pipeline.folder.as_path()), ("own", folder.path()));
    // Nobody takes the transcript.
    assert_eq!(pipeline.warnings.iter().map(|it| it.code).collect::<Vec<_>>(), [Code::Unused]);
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    #[track_caller]
    fn check(path: &Path, expected: &str) {
        let faults = load(path, &[], &env(&[])).expect_err("unreadable").to_string();
        let faults = faults.replace(&format!("{}:", path.display()), "");
        assert_eq!(faults, expected);
    }
    check(
        &folder.path().join("vocie.toml"),
        "1:1: error[C001]: no such file\n  = expected a pipeline file or one inside the program: \
         `voice.toml`, `voice-full.toml`, `voice-openai.toml`, `transcribe.toml`\n  = help: did you mean `voice.toml`?",
    );
    check(
        &folder.path().join("nope.toml"),
        "1:1: error[C001]: no such file\n  = expected a pipeline file or one inside the program: \
         `voice.toml`, `voice-full.toml`, `voice-openai.toml`, `transcribe.toml`",
    );
    #[cfg(unix)]
    check(folder.path(), "1:1: error[C001]: cannot be read: Is a directory (os error 21)");
    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, b"name = \"x\"\n# \xc3\xa9 \xff").expect("a writable folder");
    check(&binary, "2:5: error[C001]: the file is no text\n  = expected UTF-8");
    let large = folder.path().join("large.toml");
    std::fs::write(&large, vec![b'#'; (1 << 20) + 1]).expect("a writable folder");
    check(&large, "1:1: error[C001]: the file is larger than 1 MiB\n  = expected a pipeline file");
}
