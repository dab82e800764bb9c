//! Holds one conversation through the engine, in real time on the pipeline's clock.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use antiphon_actors::console::ConsoleMode;
use antiphon_actors::core::{Never, Out, StageCore};
use antiphon_actors::echo::FarEnd;
use antiphon_actors::frame::{Frame, Record};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::speaker::SinkKind;
use antiphon_actors::tape::Recorder;
use antiphon_actors::{Clock, Overflow, Payload, StageError, Time};
use antiphon_config::{Kind, Pipeline, Settings, Stage};

use super::beside::costs::Costs;
use super::beside::fakes::Cast;
use super::player::{Line, Player, Said};
use super::script::Conversation;
use super::sounding::{Ear, Sounding};
use super::voice::SpokenTurn;
use super::words::{Overheard, Voiced};
use super::{BenchError, RATE, clip};
use crate::build::{Choices, blueprints};
use crate::engine::{Engine, Surroundings};
use crate::plan::Plan;

/// Samples a second of replies and of the recording.
const SINK_RATE: u32 = 48_000;

/// A conversation that was held.
#[derive(Clone, Debug)]
pub struct Held {
    /// When what was said.
    pub said: Vec<Said>,
    /// What was heard of the machine.
    pub agent: Sounding,
    /// What the ledger has of it.
    pub records: Vec<Record>,
    /// How long the machine stood still at most.
    pub latest: Duration,
    /// What the voice was given, and what it made of it.
    pub voiced: Voiced,
}

/// Holds a conversation; `record` is where it is recorded, if it is.
///
/// # Errors
/// When the pipeline does not fit, does not start or fails, or the recording cannot be written.
pub async fn hold(
    pipeline: &Pipeline,
    conversation: &Conversation,
    turns: &[SpokenTurn],
    record: Option<PathBuf>,
) -> Result<Held, BenchError> {
    hold_with(pipeline, conversation, turns, record, None).await
}

/// Holds a conversation; with costs, fakes that cost them are in place of recogniser, language
/// model and voice.
///
/// # Errors
/// As [`hold`].
pub async fn hold_with(
    pipeline: &Pipeline,
    conversation: &Conversation,
    turns: &[SpokenTurn],
    record: Option<PathBuf>,
    costs: Option<&Costs>,
) -> Result<Held, BenchError> {
    let Some(costs) = costs else {
        return hold_by(pipeline, conversation, turns, record, &|_, _| None).await;
    };
    let costs = Arc::new(costs.clone());
    let words: Arc<[_]> = turns.iter().map(|turn| turn.words.clone()).collect();
    let fakes = |stage: &Stage, player: &Player| {
        let cast = Cast { costs: costs.clone(), player: player.clone(), words: words.clone() };
        cast.blueprint(stage)
    };
    hold_by(pipeline, conversation, turns, record, &fakes).await
}

/// What is to run in place of a stage of the pipeline, if anything is; the player knows what was
/// said.
pub type Substitute<'a> = &'a (dyn Fn(&Stage, &Player) -> Option<Arc<dyn Blueprint>> + Sync);

/// Holds a conversation with other stages in place of some of the pipeline's.
///
/// # Errors
/// As [`hold`].
pub async fn hold_by(
    pipeline: &Pipeline,
    conversation: &Conversation,
    turns: &[SpokenTurn],
    record: Option<PathBuf>,
    substitute: Substitute<'_>,
) -> Result<Held, BenchError> {
    let mut pipeline = pipeline.clone();
    // They would write where the figures go.
    pipeline.stages.retain(|stage| !matches!(stage.kind, Kind::Console | Kind::Logger));
    let clock = Clock::start_real();
    let ear = Ear::default();
    let noise = conversation
        .noise_db
        .map(|below| clip::noise(below, conversation.number as u64))
        .unwrap_or_default();
    let lines = turns.iter().map(line).collect();
    let player = Player::new(lines, noise, ear.clone());
    let choices = Choices {
        // The player takes the place of all of them.
        inputs: Vec::new(),
        pause: Duration::ZERO,
        far_end: FarEnd::default(),
        sink: SinkKind::Virtual { rate: SINK_RATE },
        console: ConsoleMode::Plain,
    };
    let mut stages = blueprints(&pipeline, &choices);
    for (stage, blueprint) in pipeline.stages.iter().zip(&mut stages) {
        if let Some(other) = substitute(stage, &player) {
            *blueprint = other;
        }
        if let Settings::Mic(mic) = &stage.settings {
            if mic.sample_rate != RATE {
                return Err(BenchError::Pipeline(format!(
                    "stage `{}`: `sample_rate` is {}, expected {RATE}",
                    stage.id, mic.sample_rate
                )));
            }
            *blueprint = Arc::new(player.blueprint(mic.frame));
        }
    }
    let mut plan = Plan::new(&pipeline);
    plan.listen("ledger", Overflow::Wait);
    let records = Records::default();
    stages.push(Arc::new(records.blueprint()));
    plan.overhear("voiced", &Overheard::TYPES);
    let overheard = Overheard::default();
    stages.push(Arc::new(overheard.blueprint()));
    let recorder = record.map(|path| Recorder::create(path, SINK_RATE)).transpose()?;
    let tape = ear.tape(recorder.as_ref().map(Recorder::handle));
    let tape = choices.far_end.tape(Some(tape));
    let surroundings = Surroundings { tape: Some(tape), ..Surroundings::default() };
    let engine = Engine::start(plan, stages, clock, surroundings).await?;
    let result = engine.finished().await;
    engine.close().await;
    recorder.map(Recorder::finish).transpose()?;
    result?;
    Ok(Held {
        said: player.said(),
        agent: ear.sounding(),
        records: records.take(),
        latest: player.latest(),
        voiced: overheard.take(),
    })
}

fn line(turn: &SpokenTurn) -> Line {
    let over = turn.over.as_ref().zip(turn.turn.over.as_ref());
    Line {
        clip: Arc::new(turn.clip.clone()),
        over: over.map(|(clip, over)| {
            (Arc::new(clip.clone()), Duration::from_secs_f64(over.after_ms / 1e3))
        }),
    }
}

/// Keeps the ledger's records.
#[derive(Clone, Debug, Default)]
struct Records(Arc<Mutex<Vec<Record>>>);

impl Records {
    fn blueprint(&self) -> impl Blueprint + use<> {
        let records = self.clone();
        Make(move || Ok((records.clone(), None)))
    }

    fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StageCore for Records {
    type Job = Never;
    type Done = Never;

    fn on_frame(&mut self, frame: Frame, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        let Payload::Record(record) = frame.payload else {
            let port = frame.payload.port();
            return Err(StageError::skip(format_args!("expected records, not `{port:?}`")));
        };
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.push(Arc::unwrap_or_clone(record));
        Ok(())
    }

    fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        match done {}
    }
}
