//! Keeps a process waiting, and gives it each chunk.

use std::ffi::OsString;

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
    search: Option<OsString>,
    mut io: WorkerIo<Job, Done>,
) -> Result<(), StageError> {
    let program = Program::find(settings.program, search)?;
    let rate = probe(&program, &settings).await?;
    let voice = settings.voice.as_deref().map(|it| format!(", voice `{it}`")).unwrap_or_default();
    io.ready(format!("{}{voice}, {rate} Hz", program.name()));
    loop {
        // Started before it is needed: its start-up is over when the text comes.
        let waiting = Process::start(&program, &settings);
        let Some(job) = io.next().await else { return Ok(()) };
        let (turn, index) = (job.turn, job.index);
        let mut turns = io.turns();
        let text = program.text(&job.speech, &settings);
        let said = async {
            match say(waiting, &text, &job, &io).await {
                // A process may have died while it waited: a new one shows what is wrong.
                Err(Failed { heard: false, .. }) => {
                    say(Process::start(&program, &settings), &text, &job, &io).await
                }
                said => said,
            }
        };
        let result = tokio::select! {
            result = said => result,
            () = job.cancel.cancelled() => continue,
            Ok(_) = turns.wait_for(|view| view.turn > turn) => continue,
        };
        io.emit(match result {
            Ok(()) => Done::End { turn, index, at: io.clock().now() },
            Err(Failed { message, .. }) => Done::Failed { turn, message },
        })
        .await;
    }
}

/// A process that did not speak to the end.
struct Failed {
    /// Whether anything was heard of it.
    heard: bool,
    message: String,
}

/// Has a process speak.
async fn say(
    process: Result<Process, String>,
    text: &str,
    job: &Job,
    io: &WorkerIo<Job, Done>,
) -> Result<(), Failed> {
    let (turn, index) = (job.turn, job.index);
    let mut heard = false;
    let fault = |heard| move |message| Failed { heard, message };
    let mut process = process.map_err(fault(false))?;
    process.tell(text).await;
    while let Some((samples, rate)) = process.next().await.map_err(fault(heard))? {
        heard = true;
        io.emit(Done::Sound { turn, index, samples, rate, at: io.clock().now() }).await;
    }
    Ok(())
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
