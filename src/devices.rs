//! Where the networks of a pipeline run.

use antiphon_actors::compute::ask;
use antiphon_config::{Device, Diagnostic, Dtype, Pipeline, Settings, Stage};
use antiphon_models::device::{Ask, Dtypes};
use antiphon_models::kokoro::Kokoro;
use antiphon_models::qwen3::Qwen3;
use antiphon_models::voice;
use antiphon_models::whisper::Whisper;

/// What a stage asks for, and what its network can compute in; none for a stage without one.
pub fn asked(stage: &Stage) -> Option<(Ask, Dtypes)> {
    let of = |device: Device, dtype: Dtype, dtypes| Some((ask(device, dtype), dtypes));
    match &stage.settings {
        Settings::SttWhisper(settings) => of(settings.device, settings.dtype, Whisper::DTYPES),
        Settings::LlmQwen3(settings) => of(settings.device, settings.dtype, Qwen3::DTYPES),
        Settings::TtsKokoro(settings) => {
            // What is wrong with a model's name is said elsewhere.
            let dtypes = settings.model.parse().map_or(Kokoro::DTYPES, |it| voice::dtypes(&it));
            of(settings.device, settings.dtype, dtypes)
        }
        Settings::Mic(_)
        | Settings::Echo(_)
        | Settings::Gate(_)
        | Settings::Vad(_)
        | Settings::SttOpenai(_)
        | Settings::LlmOpenai(_)
        | Settings::Chunker(_)
        | Settings::TtsSystem(_)
        | Settings::TtsOpenai(_)
        | Settings::Speaker(_)
        | Settings::Logger(_)
        | Settings::Console(_) => None,
    }
}

/// Finds what a pipeline asks for that this program or a network cannot do; opens no device.
pub fn check(pipeline: &Pipeline) -> Vec<Diagnostic> {
    let fault = |stage: &Stage| {
        let (ask, dtypes) = asked(stage)?;
        let refusal = ask.check(&dtypes).err()?;
        Some(stage.unsupported(refusal.setting, &refusal.what, &refusal.accepted))
    };
    pipeline.stages.iter().filter_map(fault).collect()
}
