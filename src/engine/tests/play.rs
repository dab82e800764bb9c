//! Plays a scenario, and what came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use antiphon_actors::Time;
use antiphon_actors::core::Side;
use antiphon_actors::frame::{Audio, Record};
use antiphon_actors::shell::Tape;
use antiphon_actors::stats::StageSnapshot;
use antiphon_actors::testing::Log;
use antiphon_config::{Override, Pipeline};

use super::super::{Engine, Surroundings};
use super::cast::{Stagecraft, attempt, blueprint, listener};
use super::scenario::Scenario;
use crate::plan::Plan;

/// The folder of this repository.
pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What came of a scenario.
pub(super) struct Outcome {
    /// Finished turns, once each, in their order.
    pub(super) records: Vec<Record>,
    /// What was heard of which attempt, from when until when.
    pub(super) heard: Vec<(Time, Time, u64)>,
    /// Which attempt was current from when on.
    moves: Vec<(Time, u64)>,
    /// All that happened, in its order: when, where, what.
    pub(super) log: Vec<(Time, String, String)>,
    pub(super) stages: Vec<StageSnapshot>,
    pub(super) strikes: u32,
    /// The fault that ended the pipeline.
    pub(super) fault: Option<String>,
}

/// A shipped pipeline, as the scenario changes it.
pub(super) fn pipeline(scenario: &Scenario) -> Pipeline {
    let file = root().join("pipelines").join(Path::new(&scenario.pipeline));
    let sets: Vec<_> = scenario.sets.iter().map(Override::new).collect();
    antiphon_config::load(&file, &sets, &BTreeMap::new())
        .unwrap_or_else(|faults| panic!("{}: {faults}", scenario.pipeline))
}

/// Plays a scenario on its pipeline, under a paused clock.
pub(super) async fn play(scenario: Scenario) -> Outcome {
    play_on(scenario, None).await
}

/// Plays a scenario on its pipeline; with `hang` in real time, where a core that stalls does so
/// until the other end of that is gone.
pub(super) async fn play_on(scenario: Scenario, hang: Option<Receiver<()>>) -> Outcome {
    let pipeline = pipeline(&scenario);
    let shared = Stagecraft::new(scenario, hang);
    let makers = pipeline.stages.iter().map(|stage| blueprint(stage, &shared));
    let makers = makers.chain(listener(&pipeline.turn, &shared)).collect();
    let sounded: Log<Audio> = Log::default();
    let tape = sounded.clone();
    let tape: Tape = Arc::new(move |side, audio| {
        if side == Side::Agent {
            tape.push(audio);
        }
    });
    let surroundings = Surroundings { tape: Some(tape), ..Surroundings::default() };
    let plan = Plan::new(&pipeline);
    let engine =
        Engine::start(plan, makers, shared.clock, surroundings).await.expect("fakes start");
    let (own, board) = (shared.clone(), engine.board.clone());
    engine.board.listen(usize::MAX, move || {
        let view = board.get();
        let held = if view.held { ", held" } else { "" };
        let closing = if view.closing { ", closing" } else { "" };
        let phase = format!("{:?}", view.phase).to_lowercase();
        own.moves.push((own.clock.now(), view.turn.0));
        own.tell(own.clock.now(), "turn", format!("{} {phase}{held}{closing}", view.turn));
    });
    let close = shared.scenario.close.map(Time::from_millis);
    let limit = tokio::time::timeout(Duration::from_secs(600), engine.finished());
    let fault = tokio::select! {
        biased;
        () = shared.clock.sleep_until(close.unwrap_or_default()), if close.is_some() => {
            shared.tell(shared.clock.now(), "user", "Ctrl-C");
            None
        }
        result = limit => result.expect("the pipeline ends").err().map(|fault| fault.to_string()),
    };
    if let Some(fault) = &fault {
        shared.tell(shared.clock.now(), "engine", format!("gives up: {fault}"));
    }
    let snapshots = engine.snapshots();
    engine.close().await;
    shared.tell(shared.clock.now(), "engine", "ended");
    let records = shared.records.take().into_iter().map(|record| (record.turn, record));
    Outcome {
        records: records.collect::<BTreeMap<_, _>>().into_values().collect(),
        heard: heard(&sounded.take()),
        moves: shared.moves.take(),
        log: shared.log.take(),
        stages: snapshots.take(),
        strikes: shared.strikes.load(std::sync::atomic::Ordering::Relaxed),
        fault,
    }
}

/// Joins what sounded without a gap in the voice of one attempt.
fn heard(sounded: &[Audio]) -> Vec<(Time, Time, u64)> {
    let mut heard: Vec<(Time, Time, u64)> = Vec::new();
    for audio in sounded {
        let Some(level) = audio.samples.first() else { continue };
        let attempt = attempt(*level);
        match heard.last_mut() {
            Some(last)
                if last.2 == attempt && audio.at.since(last.1) < Duration::from_millis(1) =>
            {
                last.1 = audio.end();
            }
            _ => heard.push((audio.at, audio.end(), attempt)),
        }
    }
    heard
}

impl Outcome {
    /// What must be true of every conversation, whatever fails in it.
    pub(super) fn check(&self) -> Result<(), String> {
        self.balance()?;
        for (from, until, attempt) in &self.heard {
            let moved = self.moves.iter().find(|(_, current)| current > attempt);
            if moved.is_some_and(|(at, _)| at < until) {
                return Err(format!("{attempt} was heard from {from} until {until}: {moved:?}"));
            }
        }
        Ok(())
    }

    /// Every frame offered to an edge was handled or dropped for a reason.
    pub(super) fn balance(&self) -> Result<(), String> {
        let queues = self.stages.iter().flat_map(|s| s.queues.iter().map(move |q| (s, q)));
        for (stage, queue) in queues {
            let all = queue.handled + queue.dropped() + queue.depth as u64;
            if queue.offered != all {
                return Err(format!("frames into {} do not add up: {queue:?}", stage.stage));
            }
        }
        Ok(())
    }
}
