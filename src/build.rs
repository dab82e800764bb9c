//! Which stage a kind is: one match, without a wildcard, so that a new kind does not compile until
//! it has a stage.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::shell::Blueprint;
use antiphon_actors::{
    chunker, console, echo, endpoint, gate, llm, logger, mic, speaker, stt, tts, vad,
};
use antiphon_config::{EchoCancel, Pipeline, Settings, Stage, Turn};

/// What the command line decides, not the pipeline file.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Files to play in place of the microphone; none listens to the device.
    pub inputs: Vec<PathBuf>,
    /// The pause after a reply before the next file.
    pub pause: Duration,
    /// Where the reply is played.
    pub sink: speaker::SinkKind,
    /// Where stages that cancel echo hear what the loudspeaker plays.
    pub far_end: echo::FarEnd,
    /// How the console writes.
    pub console: console::ConsoleMode,
}

/// The stages of a plan, in its order.
pub fn blueprints(pipeline: &Pipeline, choices: &Choices) -> Vec<Arc<dyn Blueprint>> {
    let models = models(pipeline);
    let stages = pipeline.stages.iter().map(|stage| blueprint(stage, &models, choices));
    stages.chain(listener(&pipeline.turn)).collect()
}

/// The network that hears the ends of turns, if there is one: it is asked when an answer is made in
/// advance.
fn listener(turn: &Turn) -> Option<Arc<dyn Blueprint>> {
    let model = turn.end_of_turn_model.clone()?;
    Some(Arc::new(endpoint::blueprint(model, turn.eager_silence)))
}

fn blueprint(
    stage: &Stage,
    models: &BTreeMap<String, String>,
    choices: &Choices,
) -> Arc<dyn Blueprint> {
    match stage.settings.clone() {
        Settings::Mic(settings) if choices.inputs.is_empty() => {
            Arc::new(mic::blueprint(settings, mic::Source::Device))
        }
        Settings::Mic(settings) => {
            let files = mic::Source::Files(choices.inputs.clone(), choices.pause);
            Arc::new(mic::blueprint(settings, files))
        }
        Settings::Echo(settings) => {
            Arc::new(echo::blueprint(echo_mode(settings.cancel, choices), choices.far_end.clone()))
        }
        Settings::Gate(settings) => Arc::new(gate::blueprint(settings)),
        Settings::Vad(settings) => Arc::new(vad::blueprint(settings)),
        Settings::SttWhisper(settings) => Arc::new(stt::whisper::blueprint(settings)),
        Settings::SttOpenai(settings) => Arc::new(stt::openai::blueprint(settings)),
        Settings::LlmQwen3(settings) => Arc::new(llm::qwen3::blueprint(settings)),
        Settings::LlmOpenai(settings) => Arc::new(llm::openai::blueprint(settings)),
        Settings::Chunker(settings) => Arc::new(chunker::blueprint(settings)),
        Settings::TtsKokoro(settings) => Arc::new(tts::kokoro::blueprint(settings)),
        Settings::TtsSystem(settings) => Arc::new(tts::system::blueprint(settings)),
        Settings::TtsOpenai(settings) => Arc::new(tts::openai::blueprint(settings)),
        Settings::Speaker(settings) => Arc::new(speaker::blueprint(settings, choices.sink)),
        Settings::Logger(settings) => Arc::new(logger::blueprint(settings, models.clone())),
        Settings::Console(settings) => {
            let writer = || -> console::ConsoleWriter { Box::new(std::io::stdout()) };
            Arc::new(console::blueprint(settings, writer, choices.console))
        }
    }
}

/// What a stage does about echo: it needs the sound of the loudspeaker before that of the
/// microphone, and a sink without a device tells of sound when it has passed.
fn echo_mode(cancel: EchoCancel, choices: &Choices) -> echo::Mode {
    let devices = choices.inputs.is_empty() && choices.sink == speaker::SinkKind::Device;
    match (cancel, choices.sink) {
        (EchoCancel::Never, _) => echo::Mode::Pass,
        (EchoCancel::Auto, _) if !devices => echo::Mode::Pass,
        (EchoCancel::Auto | EchoCancel::Always, speaker::SinkKind::Device) => {
            echo::Mode::Cancel { early: echo::Early::DEVICE }
        }
        (EchoCancel::Auto | EchoCancel::Always, speaker::SinkKind::Virtual { .. }) => {
            echo::Mode::Cancel { early: echo::Early::VIRTUAL }
        }
    }
}

/// A model, and who runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Its name; of a voice of the system, that of its program.
    pub name: String,
    /// Who runs it: `antiphon` in this process, `openai` for servers that speak its protocol,
    /// `system` for a program.
    pub provider: &'static str,
}

/// The model of a stage, if it has one.
pub fn model(settings: &Settings) -> Option<Model> {
    let (name, provider) = match settings {
        Settings::SttWhisper(settings) => (settings.model.clone(), "antiphon"),
        Settings::SttOpenai(settings) => (settings.model.clone(), "openai"),
        Settings::LlmQwen3(settings) => (settings.model.clone(), "antiphon"),
        Settings::LlmOpenai(settings) => (settings.model.clone(), "openai"),
        Settings::TtsKokoro(settings) => (settings.model.clone(), "antiphon"),
        Settings::TtsOpenai(settings) => (settings.model.clone(), "openai"),
        Settings::TtsSystem(settings) => {
            (format!("{:?}", settings.program).to_lowercase(), "system")
        }
        Settings::Mic(_)
        | Settings::Echo(_)
        | Settings::Gate(_)
        | Settings::Vad(_)
        | Settings::Chunker(_)
        | Settings::Speaker(_)
        | Settings::Logger(_)
        | Settings::Console(_) => return None,
    };
    Some(Model { name, provider })
}

/// The names of the models, by the ids of their stages.
fn models(pipeline: &Pipeline) -> BTreeMap<String, String> {
    let of = |stage: &Stage| Some((stage.id.to_string(), model(&stage.settings)?.name));
    pipeline.stages.iter().filter_map(of).collect()
}
