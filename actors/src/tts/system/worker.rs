//! Keeps a process waiting, and gives it each chunk.

use antiphon_config::TtsSystem;

use super::program::Program;
use super::speak::Process;
use crate::error::StageError;
use crate::tts::core::{Done, Job};
use crate::worker::WorkerIo;

/// What is said, unheard, to find out whether program and voice work.
const PROBE: &str = "One.";

/// Finds the program and speaks until the stage is gone.
pub(super) async fn run(
    settings: TtsSystem,
    mut io: WorkerIo<Job, Done>,
) -> Result<(), StageError> {
    let program = Program::find(settings.program, std::env::var_os("PATH"))?;
    let rate = probe(&program, &settings).await?;
    let voice = settings.voice.as_deref().map(|it| format!(", voice `{it}`")).unwrap_or_default();
    io.ready(format!("{}{voice}, {rate} Hz", program.name()));
    loop {
        // Started before it is needed: its start-up is over when the text comes.
        let mut waiting = Process::start(&program, &settings);
        let Some(job) = io.next().await else { return Ok(()) };
        if waiting.as_mut().map_or(true, |process| !process.is_alive()) {
            waiting = Process::start(&program, &settings);
        }
        let (turn, index) = (job.turn, job.index);
        let mut turns = io.turns();
        let said = async {
            let mut process = waiting?;
            process.tell(&program.text(&job.speech, &settings)).await;
            while let Some((samples, rate)) = process.next().await? {
                io.emit(Done::Sound { turn, index, samples, rate }).await;
            }
            Ok(())
        };
        let result = tokio::select! {
            result = said => result,
            () = job.cancel.cancelled() => continue,
            Ok(_) = turns.wait_for(|view| view.turn > turn) => continue,
        };
        io.emit(match result {
            Ok::<_, String>(()) => Done::End { turn, index },
            Err(message) => Done::Failed { turn, message },
        })
        .await;
    }
}

/// Speaks a word; its rate in Hz.
async fn probe(program: &Program, settings: &TtsSystem) -> Result<u32, StageError> {
    let found = async {
        let mut process = Process::start(program, settings)?;
        process.tell(&program.text(PROBE, settings)).await;
        let mut found = None;
        while let Some((_, rate)) = process.next().await? {
            found = Some(rate);
        }
        found.ok_or_else(|| format!("`{}` says nothing, expected a WAV file", program.name()))
    };
    found.await.map_err(StageError::give_up)
}
