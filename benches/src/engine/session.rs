//! Sessions of six stages that pass frames on: ours, and bare channels.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use antiphon::engine::turn::TurnSettings;
use antiphon::engine::{Engine, Surroundings};
use antiphon::plan::{Plan, StagePlan};
use antiphon_actors::core::Never;
use antiphon_actors::frame::Audio;
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::{
    Clock, Edge, Frame, Out, Overflow, Payload, PortType, StageCore, StageError, Time, TurnBoard,
};
use anyhow::Result;
use tokio::sync::mpsc;

use crate::pace::{Entry, Exit};

/// Stages of a session, and hops of a frame.
pub const STAGES: usize = 6;
/// Frames that may wait for a stage: a second of sound.
const QUEUE: usize = 50;

/// Passes frames on, or out of the session.
struct Pass(Option<Exit>);

impl StageCore for Pass {
    type Job = Never;
    type Done = Never;

    fn on_frame(
        &mut self,
        frame: Frame,
        now: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        match (&self.0, frame.payload) {
            (Some(exit), Payload::Audio(audio)) => exit(audio, now),
            (_, payload) => out.send_free(payload),
        }
        Ok(())
    }

    fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        match done {}
    }
}

/// A session in our engine, with its supervisor and its turn authority.
pub async fn ours(clock: Clock, exit: Exit) -> Result<(Engine, Entry)> {
    let name = |place: usize| format!("stage{place}");
    let edges: Vec<_> = (0..STAGES)
        .map(|place| {
            let from = place.checked_sub(1).map_or("source".into(), name);
            Edge::new(from, name(place), PortType::Audio, QUEUE, Overflow::DropOldest)
        })
        .collect();
    let stages = (0..STAGES).map(|place| StagePlan {
        id: name(place).into(),
        inputs: vec![edges[place].clone()],
        outputs: edges.get(place + 1).cloned().into_iter().collect(),
        restart: antiphon_config::Restart::default(),
        progress_limit: Duration::from_secs(10),
    });
    let blueprints = (0..STAGES).map(|place| {
        let exit = (place + 1 == STAGES).then(|| exit.clone());
        Arc::new(Make(move || Ok((Pass(exit.clone()), None)))) as Arc<dyn Blueprint>
    });
    let plan = Plan { stages: stages.collect(), turn_outputs: Vec::new(), turn: silent() };
    let engine = Engine::start(plan, blueprints.collect(), clock, Surroundings::default()).await?;
    let (first, turns) = (edges[0].clone(), Mutex::new(TurnBoard::new().watch()));
    let entry = move |audio: Audio| {
        let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
        let push = pin!(first.push(Frame::free(Payload::Audio(audio)), &mut turns));
        // An edge that drops the oldest never has its sender wait.
        let done = push.poll(&mut Context::from_waker(Waker::noop()));
        debug_assert!(done.is_ready());
    };
    Ok((engine, Box::new(entry)))
}

/// A turn authority that has nothing to do.
fn silent() -> TurnSettings {
    TurnSettings {
        eager_silence: Duration::ZERO,
        end_silence: Duration::from_millis(500),
        adaptive: None,
        listener: None,
        barge_in_min_speech: Duration::from_millis(200),
        barge_in_certain: Duration::ZERO,
        backchannel_max: Duration::ZERO,
        backchannel_silence: Duration::ZERO,
        limit: Duration::from_secs(60),
        apology: String::new(),
        replies: false,
        read_ahead: false,
        answering: [].into(),
        detecting: [].into(),
        hearing: [].into(),
    }
}

/// A session of six tasks with a channel before each.
pub fn bare(clock: Clock, exit: Exit) -> Entry {
    let (first, mut receiver) = mpsc::channel::<Audio>(QUEUE);
    for _ in 1..STAGES {
        let (sender, next) = mpsc::channel(QUEUE);
        let mut from = std::mem::replace(&mut receiver, next);
        tokio::spawn(async move {
            while let Some(audio) = from.recv().await {
                if sender.send(audio).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::spawn(async move {
        while let Some(audio) = receiver.recv().await {
            exit(audio, clock.now());
        }
    });
    // A frame for which there is no place is counted where it does not arrive.
    Box::new(move |audio| drop(first.try_send(audio)))
}
