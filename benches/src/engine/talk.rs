//! Conversations with models that cost nothing: the dead air that is the engine's own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use antiphon::engine::turn::TurnSettings;
use antiphon::engine::{Engine, Surroundings};
use antiphon::plan::{Plan, StagePlan, TURN};
use antiphon_actors::core::Never;
use antiphon_actors::frame::{Audio, Record, Utterance};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{
    Clock, Edge, Fact, Frame, Out, Overflow, Payload, PortType, StageCore, StageError, Time,
    chunker, llm, speaker, stt, tts,
};
use anyhow::{Result, ensure};

use crate::pace::{PERIOD, RATE, Spread};

/// Silence that ends a turn.
const END_SILENCE: Duration = Duration::from_millis(50);
/// Silence after which an answer is made in advance, where one is.
const EAGER_SILENCE: Duration = Duration::from_millis(20);
/// Frames of speech in a turn.
const SPEECH: u32 = 3;
/// Frames from one turn to the next.
const TURN_FRAMES: u32 = 15;

/// Microphone and voice detection in one; a frame's number comes from its worker.
struct Ear {
    turns: u32,
}

impl StageCore for Ear {
    type Job = Never;
    type Done = (u32, Time);

    fn on_frame(&mut self, _: Frame, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        Ok(())
    }

    fn on_done(
        &mut self,
        (number, at): (u32, Time),
        _: Time,
        out: &mut Out<Never>,
    ) -> Result<(), StageError> {
        if number / TURN_FRAMES >= self.turns {
            out.fact(Fact::InputEnded);
            return Ok(());
        }
        let place = number % TURN_FRAMES;
        if place == 0 {
            out.send_free(Payload::Utterance(Utterance::Start { at }));
            out.fact(Fact::SpeechStart { at });
        }
        if place < SPEECH {
            let samples = vec![0.5; RATE as usize / 50].into();
            out.send_free(Payload::Utterance(Utterance::Audio(Audio { samples, rate: RATE, at })));
        }
        if place == SPEECH {
            out.send_free(Payload::Utterance(Utterance::Stop { at }));
            out.fact(Fact::SpeechStop { at });
        }
        Ok(())
    }
}

async fn listen(
    mut io: WorkerIo<Never, (u32, Time)>,
    start: Time,
    turns: u32,
) -> Result<(), StageError> {
    io.ready("");
    for number in 0..=turns * TURN_FRAMES {
        let at = start + PERIOD * number;
        io.clock().sleep_until(at).await;
        io.emit((number, at)).await;
    }
    std::future::pending().await
}

/// Stamps of a session: when its answers were asked for, after the silence that called for them.
type Asked = Arc<Mutex<Vec<f64>>>;

async fn recognise(
    mut io: WorkerIo<stt::core::Job, stt::core::Done>,
    asked: Asked,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(job) = io.next().await {
        match job {
            stt::core::Job::Partial { .. } => io.emit(stt::core::Done::Partial(None)).await,
            stt::core::Job::Final { turn, sound, .. } => {
                let due = sound.until() + END_SILENCE;
                let late = io.clock().now().millis_since(due);
                asked.lock().unwrap_or_else(PoisonError::into_inner).push(late);
                io.emit(stt::core::Done::Final {
                    turn,
                    text: "And now?".into(),
                    finished: None,
                    at: io.clock().now(),
                })
                .await;
            }
        }
    }
    Ok(())
}

async fn answer(mut io: WorkerIo<llm::core::Job, llm::core::Done>) -> Result<(), StageError> {
    io.ready("");
    while let Some(job) = io.next().await {
        let turn = job.turn;
        io.emit(llm::core::Done::Piece { turn, text: "All is well.".into(), at: io.clock().now() })
            .await;
        io.emit(llm::core::Done::End { turn, at: io.clock().now() }).await;
    }
    Ok(())
}

async fn say(mut io: WorkerIo<tts::core::Job, tts::core::Done>) -> Result<(), StageError> {
    io.ready("");
    while let Some(tts::core::Job { turn, index, .. }) = io.next().await {
        let samples = vec![0.5; RATE as usize / 50];
        io.emit(tts::core::Done::Sound { turn, index, samples, rate: RATE, at: io.clock().now() })
            .await;
        io.emit(tts::core::Done::End { turn, index, at: io.clock().now() }).await;
    }
    Ok(())
}

/// Keeps the records.
struct Witness(Arc<Mutex<Vec<Record>>>);

impl StageCore for Witness {
    type Job = Never;
    type Done = Never;

    fn on_frame(&mut self, frame: Frame, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        if let Payload::Record(record) = frame.payload {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((*record).clone());
        }
        Ok(())
    }

    fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        match done {}
    }
}

/// One conversation: its turns' dead air beyond the silence, and the part of it before the words
/// were asked for.
async fn converse(clock: Clock, start: Time, turns: u32, eager: bool) -> Result<Vec<(f64, f64)>> {
    let wait = Overflow::Wait;
    let edges = [
        Edge::new("ear", "stt", PortType::Utterance, 100, Overflow::DropOldest),
        Edge::new(TURN, "llm", PortType::Prompt, 1, Overflow::Latest),
        Edge::new("llm", "chunker", PortType::Token, 8, wait),
        Edge::new("chunker", "tts", PortType::Chunk, 4, wait),
        Edge::new("tts", "speaker", PortType::Voice, 4, wait),
        Edge::new(TURN, "witness", PortType::Record, 8, wait),
    ];
    let (asked, records): (Asked, Arc<Mutex<Vec<Record>>>) = Default::default();
    let (stamps, seen) = (asked.clone(), records.clone());
    let blueprints: Vec<(&str, Arc<dyn Blueprint>)> = vec![
        (
            "ear",
            Arc::new(Make(move || {
                Ok((Ear { turns }, Some(worker::task(move |io| listen(io, start, turns)))))
            })),
        ),
        (
            "stt",
            Arc::new(Make(move || {
                let stamps = stamps.clone();
                Ok((stt::core::Core::new(None), Some(worker::task(|io| recognise(io, stamps)))))
            })),
        ),
        ("llm", Arc::new(Make(|| Ok((llm::core::Core::new(""), Some(worker::task(answer))))))),
        (
            "chunker",
            Arc::new(Make(|| {
                Ok((chunker::Chunker::new(&antiphon_config::Chunker::default()), None))
            })),
        ),
        ("tts", Arc::new(Make(|| Ok((tts::core::Core::new(RATE), Some(worker::task(say))))))),
        (
            "speaker",
            Arc::new(Make(|| {
                let core = speaker::SpeakerCore::new(Duration::ZERO);
                Ok((core, Some(worker::task(|io| speaker::timed::run(io, RATE)))))
            })),
        ),
        ("witness", Arc::new(Make(move || Ok((Witness(seen.clone()), None))))),
    ];
    let stages = blueprints.iter().map(|(id, _)| StagePlan {
        id: (*id).into(),
        inputs: edges.iter().filter(|edge| edge.to() == *id).cloned().collect(),
        outputs: edges.iter().filter(|edge| edge.from() == *id).cloned().collect(),
        restart: antiphon_config::Restart::default(),
        progress_limit: Duration::from_secs(10),
    });
    let turn_outputs = edges.iter().filter(|edge| edge.from() == TURN).cloned().collect();
    let plan = Plan { stages: stages.collect(), turn_outputs, turn: settings(eager) };
    let blueprints = blueprints.into_iter().map(|(_, blueprint)| blueprint).collect();
    let engine = Engine::start(plan, blueprints, clock, Surroundings::default()).await?;
    engine.finished().await?;
    engine.close().await;
    let take = |records: &Mutex<Vec<Record>>| {
        std::mem::take(&mut *records.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
    let silence = END_SILENCE.as_secs_f64() * 1e3;
    let air: Vec<_> = take(&records).iter().filter_map(|record| record.dead_air_ms).collect();
    ensure!(
        air.len() == turns as usize && asked.len() == air.len(),
        "{} of {turns} turns were answered, words of {} were asked for",
        air.len(),
        asked.len()
    );
    Ok(air.into_iter().map(|air| air - silence).zip(asked).collect())
}

fn settings(eager: bool) -> TurnSettings {
    TurnSettings {
        eager_silence: if eager { EAGER_SILENCE } else { Duration::ZERO },
        end_silence: END_SILENCE,
        adaptive: None,
        listener: None,
        barge_in_min_speech: Duration::from_millis(200),
        barge_in_certain: Duration::ZERO,
        backchannel_max: Duration::ZERO,
        backchannel_silence: Duration::ZERO,
        limit: Duration::from_secs(15),
        apology: "Sorry.".into(),
        replies: true,
        read_ahead: false,
        answering: ["stt", "llm", "chunker", "tts", "speaker"].map(String::from).into(),
        detecting: [].into(),
        hearing: ["stt".to_string()].into(),
    }
}

/// The dead air of many turns.
pub struct DeadAir {
    /// Turns.
    pub turns: usize,
    /// Milliseconds beyond the silence that ends a turn.
    pub own: Spread,
    /// Of these, milliseconds from the moment that the words were asked for.
    pub work: Spread,
}

/// Holds several conversations at once.
pub async fn talk(sessions: u32, turns: u32, eager: bool) -> Result<DeadAir> {
    let clock = Clock::start_real();
    // Spread, so that no two sessions want their answers at the same moment.
    let length = PERIOD * TURN_FRAMES;
    let starts = (0..sessions).map(|session| Time::from_millis(500) + length * session / sessions);
    let all: Vec<_> =
        starts.map(|start| tokio::spawn(converse(clock, start, turns, eager))).collect();
    let mut turns = Vec::new();
    for conversation in all {
        turns.extend(conversation.await??);
    }
    let own = Spread::of(turns.iter().map(|(own, _)| *own).collect());
    let work = Spread::of(turns.iter().map(|(own, before)| own - before).collect());
    Ok(DeadAir { turns: turns.len(), own, work })
}
