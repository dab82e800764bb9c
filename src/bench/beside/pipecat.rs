//! The same conversations in pipecat, by a program in Python beside this repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::costs::Costs;
use crate::bench::hold::Held;
use crate::bench::player::Said;
use crate::bench::script::Conversation;
use crate::bench::sounding::Sounding;
use crate::bench::voice::SpokenTurn;
use crate::bench::words::Voiced;
use crate::bench::{BenchError, RATE, clip};

/// The silence that ends a turn where silence alone does.
pub const SILENCE: Duration = Duration::from_millis(500);

/// The settings of pipecat that are tried, and what they are.
pub const SETTINGS: [(&str, &str); 4] = [
    ("default", "pipecat, default"),
    ("smart", "pipecat, its end-of-turn model sooner, by the token"),
    ("silence", "pipecat, silence of 0.5 s, by the token"),
    ("eager", "pipecat, the same, answer in advance"),
];

/// What is handed over; sound lies in files of 32-bit floats.
#[derive(Serialize)]
struct Script<'a> {
    jobs: usize,
    costs: &'a Costs,
    conversations: Vec<Talk>,
}

#[derive(Serialize)]
struct Talk {
    number: usize,
    noise: Option<String>,
    lines: Vec<Line>,
}

/// Times in seconds from the first sample of the sound; of words, from its first voiced sample.
#[derive(Serialize)]
struct Line {
    sound: String,
    speech: Vec<(f64, f64)>,
    words: Vec<(f64, String)>,
}

/// What came of a conversation.
#[derive(Deserialize)]
struct Outcome {
    number: usize,
    said: Vec<Told>,
    sounds: Vec<(f64, f64)>,
    late_ms: f64,
}

#[derive(Deserialize)]
struct Told {
    line: usize,
    speech: Vec<(f64, f64)>,
}

/// Writes all conversations into a folder, so many to be held at a time.
///
/// # Errors
/// [`BenchError::Folder`].
pub fn write(
    folder: &Path,
    costs: &Costs,
    jobs: usize,
    script: &[Conversation],
    spoken: &[Vec<SpokenTurn>],
) -> Result<(), BenchError> {
    let mut conversations = Vec::new();
    for (conversation, turns) in script.iter().zip(spoken) {
        let number = conversation.number;
        let noise = conversation.noise_db.map(|below| clip::noise(below, number as u64));
        let noise_name = noise.as_ref().map(|_| format!("noise-{number}.f32"));
        if let Some((name, noise)) = noise_name.as_ref().zip(noise) {
            sound(&folder.join(name), &noise)?;
        }
        let mut lines = Vec::new();
        for (place, turn) in turns.iter().enumerate() {
            let name = format!("{number}-{place}.f32");
            sound(&folder.join(&name), &turn.clip.samples)?;
            let time = |sample: usize| sample as f64 / f64::from(RATE);
            let speech = turn.clip.speech.iter().map(|it| (time(it.from), time(it.to))).collect();
            let words = turn.words.iter().map(|word| (word.at, word.text.clone())).collect();
            lines.push(Line { sound: name, speech, words });
        }
        conversations.push(Talk { number, noise: noise_name, lines });
    }
    let path = folder.join("script.json");
    let text = serde_json::to_vec(&Script { jobs: jobs.max(1), costs, conversations });
    let written = text.map_err(std::io::Error::from).and_then(|text| std::fs::write(&path, text));
    written.map_err(|source| BenchError::Folder { path, source })
}

fn sound(path: &Path, samples: &[f32]) -> Result<(), BenchError> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    std::fs::write(path, bytes).map_err(|source| BenchError::Folder { path: path.into(), source })
}

/// Holds what was written with some settings; the conversations by their numbers. On a clock that is
/// `virtual_time`, pipecat's own work costs nothing.
///
/// # Errors
/// [`BenchError::Rival`] when the program fails or says something else.
pub fn hold(
    python: &Path,
    program: &Path,
    settings: &str,
    folder: &Path,
    virtual_time: bool,
) -> Result<Vec<(usize, Held)>, BenchError> {
    let fail = |reason: String| BenchError::Rival { program: program.into(), reason };
    let output = Command::new(python)
        .arg(program)
        .args([settings.as_ref(), folder.as_os_str()])
        .args(virtual_time.then_some("virtual"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fail(format!("`{}`: {error}", python.display())))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let outcomes: Vec<Outcome> = serde_json::from_str(last).map_err(|error| {
        let told = String::from_utf8_lossy(&output.stderr);
        fail(format!("{error}; {}", told.lines().last().unwrap_or("it said nothing")))
    })?;
    Ok(outcomes.into_iter().map(|it| (it.number, held(it))).collect())
}

fn held(outcome: Outcome) -> Held {
    let said = |told: Told| Said { line: told.line, is_over: false, speech: told.speech };
    Held {
        said: outcome.said.into_iter().map(said).collect(),
        agent: Sounding::of(outcome.sounds, RATE),
        voiced: Voiced::default(),
        records: Vec::new(),
        latest: Duration::from_secs_f64(outcome.late_ms.max(0.0) / 1e3),
    }
}

/// Where the program lies in this repository.
pub fn program() -> PathBuf {
    "benches/rivals/dead_air_pipecat.py".into()
}
