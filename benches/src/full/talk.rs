//! A conversation through the whole pipeline, and what hides behind what.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use antiphon::bench::hold::hold_by;
use antiphon::bench::player::Player;
use antiphon::bench::script::{Conversation, Kind, Part, Turn, Voice};
use antiphon::bench::voice::Speaker;
use antiphon::engine::memory::resident;
use antiphon_actors::shell::Blueprint;
use antiphon_actors::tts;
use antiphon_config::{Override, Pipeline, ProcessEnv, Settings, Stage, load};
use anyhow::{Result, anyhow};

use crate::timeline;
use crate::{Models, answer, hear, stages};

/// What is asked, and what is answered.
const TURNS: [(&str, &str); 4] = [
    ("What is the capital of France?", "The capital of France is Paris."),
    (
        "Could you please tell me how many people live there, and whether that is more than in London?",
        "About two million people live in the city itself. That is fewer than in London, where there are nearly nine \
         million.",
    ),
    ("Is it far?", "No, the train takes little more than two hours."),
    (
        "I would like to go there next week, but only if the weather is good, so what should I pack if it rains on most \
         of the days?",
        "Take a light coat and shoes that do not mind the rain. Most museums are open until the evening, so you can stay \
         inside on a bad day.",
    ),
];

/// Holds the conversation and shows each turn.
pub async fn measure(models: &Models, pipeline: &Path, set: &[Override]) -> Result<()> {
    let mut pipeline = load(pipeline, set, &ProcessEnv).map_err(|faults| anyhow!("{faults}"))?;
    put_in(&mut pipeline, models);
    let conversation = conversation();
    let folder = std::env::temp_dir().join(format!("antiphon-full-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let spoken = Speaker::find(&folder).and_then(|speaker| speaker.speak(&conversation));
    // What stays in the folder for temporary files is removed by the system.
    std::fs::remove_dir_all(&folder).ok();
    let spoken = spoken?;
    let lines: Arc<[String]> = TURNS.iter().map(|(line, _)| (*line).to_owned()).collect();
    let answers: Arc<[String]> = TURNS.iter().map(|(_, answer)| (*answer).to_owned()).collect();
    let put = |stage: &Stage, player: &Player| blueprint(stage, player, &lines, &answers);
    let (begun, before) = (Instant::now(), stages::load());
    let held = hold_by(&pipeline, &conversation, &spoken, None, &put).await?;
    println!(
        "load average {before} before, {} after; {:.0} s",
        stages::load(),
        begun.elapsed().as_secs_f64()
    );
    println!("memory of the process: {:.0} MB\n", resident().unwrap_or(0) as f64 / 1e6);
    print!("{}", timeline::table(&held.records));
    for record in &held.records {
        print!("\n{}", timeline::drawing(record));
    }
    Ok(())
}

fn conversation() -> Conversation {
    let turn = |(line, _): &(&str, &str)| Turn {
        kind: Kind::Plain,
        parts: vec![Part::Words((*line).to_owned())],
        over: None,
    };
    let voice = Voice::Espeak("en-us", 165);
    Conversation { number: 0, voice, noise_db: None, turns: TURNS.iter().map(turn).collect() }
}

/// Names the models.
fn put_in(pipeline: &mut Pipeline, models: &Models) {
    for stage in &mut pipeline.stages {
        match &mut stage.settings {
            Settings::SttWhisper(settings) => settings.model = models.stt.display().to_string(),
            Settings::LlmQwen3(settings) => settings.model = models.llm.display().to_string(),
            Settings::TtsKokoro(settings) => {
                settings.model = models.tts.display().to_string();
                // The model's own, whatever it has.
                settings.voice = None;
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
            | Settings::Console(_)
            | Settings::Logger(_) => {}
        }
    }
}

/// A recogniser and a language model that work and say what is given; the voice is the pipeline's
/// own.
fn blueprint(
    stage: &Stage,
    player: &Player,
    lines: &Arc<[String]>,
    answers: &Arc<[String]>,
) -> Option<Arc<dyn Blueprint>> {
    match &stage.settings {
        Settings::SttWhisper(settings) => {
            Some(hear::blueprint(settings.clone(), player, lines.clone()))
        }
        Settings::LlmQwen3(settings) => Some(answer::blueprint(settings.clone(), answers.clone())),
        Settings::TtsKokoro(settings) => Some(Arc::new(tts::kokoro::blueprint(settings.clone()))),
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
        | Settings::Console(_)
        | Settings::Logger(_) => None,
    }
}
