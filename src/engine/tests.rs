//! Whole pipelines of real cores on a paused clock, with workers of stated cost.

#![allow(clippy::unwrap_in_result, reason = "a test may panic")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use antiphon_actors::core::{Never, Side};
use antiphon_actors::frame::{Audio, EndReason, Record, Utterance};
use antiphon_actors::shell::Make;
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{
    Frame, Out, Overflow, Payload, PortType, StageCore, StageError, Time, chunker, llm, speaker,
    stt, tts,
};

use super::*;
use crate::engine::turn::TurnSettings;
use crate::plan::StagePlan;

const FRAME: Duration = Duration::from_millis(20);
const RATE: u32 = 16_000;
/// When the person speaks, in milliseconds.
const SPEECH: [(u64, u64); 2] = [(1_000, 2_000), (20_000, 21_000)];
const END: u64 = 40_000;
/// The longest that a job may go on.
const LIMIT: Duration = Duration::from_secs(2);

/// How a stage is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Panic,
    Error,
    Stall,
}

/// Makes one stage fail at its n-th step.
#[derive(Debug)]
struct Sabotage {
    stage: &'static str,
    way: Way,
    step: u32,
    times: u32,
    seen: AtomicU32,
    struck: AtomicU32,
}

impl Sabotage {
    fn new(stage: &'static str, way: Way, step: u32, times: u32) -> Arc<Self> {
        let (seen, struck) = (AtomicU32::new(0), AtomicU32::new(0));
        Arc::new(Self { stage, way, step, times, seen, struck })
    }

    fn none() -> Arc<Self> {
        Self::new("none", Way::Error, 0, 0)
    }

    /// The way to fail now, if it is time.
    fn strike(&self, stage: &str) -> Option<Way> {
        if stage != self.stage || self.struck.load(Relaxed) >= self.times {
            return None;
        }
        if self.seen.fetch_add(1, Relaxed) + 1 < self.step {
            return None;
        }
        self.seen.store(0, Relaxed);
        self.struck.fetch_add(1, Relaxed);
        Some(self.way)
    }

    /// Fails in a core, which can only panic or err.
    fn core(&self, stage: &str) -> Result<(), StageError> {
        match self.strike(stage) {
            None | Some(Way::Stall) => Ok(()),
            Some(Way::Error) => Err(StageError::restart("sabotaged")),
            Some(Way::Panic) => panic!("sabotaged"),
        }
    }

    /// Fails in a worker.
    async fn worker(&self, stage: &str) -> Result<(), StageError> {
        match self.strike(stage) {
            None => Ok(()),
            Some(Way::Error) => Err(StageError::restart("sabotaged")),
            Some(Way::Panic) => panic!("sabotaged"),
            Some(Way::Stall) => std::future::pending().await,
        }
    }
}

/// A core that fails where the sabotage says.
struct Sabotaged<C>(C, &'static str, Arc<Sabotage>);

impl<C: StageCore> StageCore for Sabotaged<C> {
    type Job = C::Job;
    type Done = C::Done;

    fn on_frame(&mut self, f: Frame, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        self.2.core(self.1)?;
        self.0.on_frame(f, now, out)
    }

    fn on_turn(
        &mut self,
        view: &TurnView,
        now: Time,
        out: &mut Out<C::Job>,
    ) -> Result<(), StageError> {
        self.0.on_turn(view, now, out)
    }

    fn on_done(&mut self, d: C::Done, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        self.0.on_done(d, now, out)
    }

    fn deadline(&self) -> Option<Time> {
        self.0.deadline()
    }

    fn on_deadline(&mut self, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        self.0.on_deadline(now, out)
    }

    fn wants_frames(&self) -> bool {
        self.0.wants_frames()
    }
}

/// Microphone and voice detection in one: speaks by [`SPEECH`].
struct Ear;

impl StageCore for Ear {
    type Job = Never;
    type Done = Time;

    fn on_frame(&mut self, _: Frame, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        Ok(())
    }

    fn on_done(&mut self, at: Time, _: Time, out: &mut Out<Never>) -> Result<(), StageError> {
        for (start, stop) in SPEECH.map(|(a, b)| (Time::from_millis(a), Time::from_millis(b))) {
            let utterance = |out: &mut Out<Never>, it| out.send_free(Payload::Utterance(it));
            if at == start {
                utterance(out, Utterance::Start { at });
                out.fact(Fact::SpeechStart { at });
            }
            if (start..stop).contains(&at) {
                let samples = vec![0.5; RATE as usize / 50].into();
                utterance(out, Utterance::Audio(Audio { samples, rate: RATE, at }));
            }
            if at == stop {
                utterance(out, Utterance::Stop { at });
                out.fact(Fact::SpeechStop { at });
            }
        }
        if at == Time::from_millis(END) {
            out.fact(Fact::InputEnded);
        }
        Ok(())
    }
}

async fn listen(mut io: WorkerIo<Never, Time>, sabotage: Arc<Sabotage>) -> Result<(), StageError> {
    io.ready("");
    let clock = io.clock();
    let mut at = Time::from_millis(0);
    while at < clock.now() {
        at = at + FRAME;
    }
    loop {
        clock.sleep_until(at).await;
        if at >= Time::from_millis(SPEECH[0].0) {
            sabotage.worker("ear").await?;
        }
        io.emit(at).await;
        at = at + FRAME;
    }
}

async fn recognise(
    mut io: WorkerIo<stt::core::Job, stt::core::Done>,
    sabotage: Arc<Sabotage>,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(job) = io.next().await {
        match job {
            stt::core::Job::Partial { .. } => io.emit(stt::core::Done::Partial(None)).await,
            stt::core::Job::Final { turn, sound, .. } => {
                sabotage.worker("stt").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
                // The first utterance ends before the tenth second.
                let first = sound.until() < Time::from_millis(10_000);
                let text = if first { "Question one." } else { "Question two." }.into();
                io.emit(stt::core::Done::Final { turn, text }).await;
            }
        }
    }
    Ok(())
}

async fn answer(
    mut io: WorkerIo<llm::core::Job, llm::core::Done>,
    sabotage: Arc<Sabotage>,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(job) = io.next().await {
        let turn = job.turn;
        let asked = job.messages.last().map(|m| m.content.clone()).unwrap_or_default();
        for word in ["This ", "is ", "the ", "answer ", "to ", asked.as_str()] {
            sabotage.worker("llm").await?;
            if job.cancel.is_cancelled() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            io.emit(llm::core::Done::Piece { turn, text: word.into() }).await;
        }
        io.emit(llm::core::Done::End { turn }).await;
    }
    Ok(())
}

/// The sample value that the voice of an attempt has, so that the tape tells them apart.
fn level(turn: u64) -> f32 {
    0.1 + 0.05 * turn as f32
}

async fn say(
    mut io: WorkerIo<tts::core::Job, tts::core::Done>,
    sabotage: Arc<Sabotage>,
) -> Result<(), StageError> {
    io.ready("");
    while let Some(job) = io.next().await {
        let (turn, index) = (job.turn, job.index);
        tokio::time::sleep(Duration::from_millis(50)).await;
        for _ in job.speech.split_whitespace() {
            sabotage.worker("tts").await?;
            if job.cancel.is_cancelled() {
                break;
            }
            let samples = vec![level(turn.0); RATE as usize / 5];
            io.emit(tts::core::Done::Sound { turn, index, samples, rate: RATE }).await;
        }
        io.emit(tts::core::Done::End { turn, index }).await;
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
            self.0.lock().unwrap().push((*record).clone());
        }
        Ok(())
    }

    fn on_done(&mut self, done: Never, _: Time, _: &mut Out<Never>) -> Result<(), StageError> {
        match done {}
    }
}

fn stage(
    id: &'static str,
    all: &[Arc<Edge>],
    stages: &mut Vec<StagePlan>,
    make: impl Blueprint + 'static,
    makers: &mut Vec<Arc<dyn Blueprint>>,
) {
    stages.push(StagePlan {
        id: id.into(),
        inputs: all.iter().filter(|edge| edge.to() == id).cloned().collect(),
        outputs: all.iter().filter(|edge| edge.from() == id).cloned().collect(),
        restart: antiphon_config::Restart::default(),
        progress_limit: LIMIT,
    });
    makers.push(Arc::new(make));
}

struct Outcome {
    records: Vec<Record>,
    /// What was heard: when, and at which level.
    heard: Vec<(Time, f32)>,
    stages: Vec<StageSnapshot>,
    result: Result<(), Fault>,
}

async fn converse(sabotage: &Arc<Sabotage>) -> Outcome {
    let wait = Overflow::Wait;
    let edges = [
        Edge::new("ear", "stt", PortType::Utterance, 100, Overflow::DropOldest),
        Edge::new(TURN, "llm", PortType::Prompt, 1, Overflow::Latest),
        Edge::new("llm", "chunker", PortType::Token, 8, wait),
        Edge::new("chunker", "tts", PortType::Chunk, 4, wait),
        Edge::new(TURN, "tts", PortType::Chunk, 2, wait),
        Edge::new("tts", "speaker", PortType::Voice, 4, wait),
        Edge::new(TURN, "witness", PortType::Record, 8, wait),
    ];
    let records = Arc::new(Mutex::new(Vec::new()));
    let (mut stages, mut makers) = (Vec::new(), Vec::new());
    let s = || sabotage.clone();
    let (a, b, c, d, e, f) = (s(), s(), s(), s(), s(), s());
    let ear = Make(move || {
        let a = a.clone();
        Ok((Ear, Some(worker::task(move |io| listen(io, a)))))
    });
    stage("ear", &edges, &mut stages, ear, &mut makers);
    let stt = Make(move || {
        let b = b.clone();
        Ok((stt::core::Core::new(None), Some(worker::task(move |io| recognise(io, b)))))
    });
    stage("stt", &edges, &mut stages, stt, &mut makers);
    let llm = Make(move || {
        let c = c.clone();
        Ok((llm::core::Core::new(""), Some(worker::task(move |io| answer(io, c)))))
    });
    stage("llm", &edges, &mut stages, llm, &mut makers);
    let chunker = Make(move || {
        let core = chunker::Chunker::new(&antiphon_config::Chunker::default());
        Ok((Sabotaged(core, "chunker", d.clone()), None))
    });
    stage("chunker", &edges, &mut stages, chunker, &mut makers);
    let tts = Make(move || {
        let e = e.clone();
        Ok((tts::core::Core::new(RATE), Some(worker::task(move |io| say(io, e)))))
    });
    stage("tts", &edges, &mut stages, tts, &mut makers);
    let speaker = Make(move || {
        let core = Sabotaged(speaker::SpeakerCore::new(Duration::ZERO), "speaker", f.clone());
        Ok((core, Some(worker::task(move |io| speaker::timed::run(io, RATE)))))
    });
    stage("speaker", &edges, &mut stages, speaker, &mut makers);
    let seen = records.clone();
    let witness = Make(move || Ok((Witness(seen.clone()), None)));
    stage("witness", &edges, &mut stages, witness, &mut makers);

    let turn_outputs = edges.iter().filter(|edge| edge.from() == TURN).cloned().collect();
    let plan = Plan { stages, turn_outputs, turn: settings() };
    let heard: Arc<Mutex<Vec<(Time, f32)>>> = Arc::default();
    let tape = heard.clone();
    let tape: Tape = Arc::new(move |side, audio: Audio| {
        if side == Side::Agent {
            tape.lock().unwrap().push((audio.at, audio.samples[audio.samples.len() / 2]));
        }
    });
    let surroundings = Surroundings { tape: Some(tape), ..Surroundings::default() };
    let engine = Engine::start(plan, makers, Clock::start(), surroundings).await.expect("starts");
    let limit = tokio::time::timeout(Duration::from_secs(300), engine.finished()).await;
    let result = limit.expect("the pipeline ends");
    let snapshots = engine.snapshots();
    engine.close().await;
    let (records, heard) = (records.lock().unwrap().clone(), heard.lock().unwrap().clone());
    Outcome { records, heard, stages: snapshots.take(), result }
}

fn settings() -> TurnSettings {
    TurnSettings {
        eager_silence: Duration::ZERO,
        end_silence: Duration::from_millis(500),
        barge_in_min_speech: Duration::from_millis(200),
        limit: Duration::from_secs(15),
        apology: "Sorry.".into(),
        replies: true,
        answering: ["stt", "llm", "chunker", "tts", "speaker"].map(String::from).into(),
        hearing: ["stt".to_string()].into(),
    }
}

/// Every frame offered to an edge was handled or dropped for a reason.
#[track_caller]
fn balance(stages: &[StageSnapshot]) {
    for queue in stages.iter().flat_map(|stage| &stage.queues) {
        let all = queue.handled + queue.dropped() + queue.depth as u64;
        assert_eq!(queue.offered, all, "{queue:?}");
    }
}

/// What is heard belongs to ever later attempts.
#[track_caller]
fn never_stale(heard: &[(Time, f32)]) {
    for pair in heard.windows(2) {
        assert!(pair[1].1 >= pair[0].1 - 1e-3, "an older attempt was heard again: {pair:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_of_two_turns_to_the_millisecond() {
    let outcome = converse(&Sabotage::none()).await;
    outcome.result.expect("no fault");
    let texts: Vec<_> = outcome
        .records
        .iter()
        .map(|r| (r.turn, r.user_text.as_str(), r.agent_text.as_str(), r.end_reason))
        .collect();
    assert_eq!(
        texts,
        [
            (1, "Question one.", "This is the answer to Question one.", EndReason::Finished),
            (2, "Question two.", "This is the answer to Question two.", EndReason::Finished),
        ]
    );
    // The silence that ends a turn, the recogniser, six words, the voice: nothing of the engine's
    // own but the steps of tokio's clock.
    for record in &outcome.records {
        let air = record.dead_air_ms.expect("both ends are known");
        assert!((769.9..772.0).contains(&air), "{air}");
    }
    balance(&outcome.stages);
    never_stale(&outcome.heard);
}

#[tokio::test(start_paused = true)]
async fn the_same_conversation_gives_the_same_record() {
    let (one, two) = (converse(&Sabotage::none()).await, converse(&Sabotage::none()).await);
    assert_eq!(one.records, two.records);
    assert_eq!(one.heard, two.heard);
}

/// Fails one stage in one way and checks that the conversation lives on.
async fn survives(stage: &'static str, way: Way, step: u32, times: u32) {
    let sabotage = Sabotage::new(stage, way, step, times);
    let outcome = converse(&sabotage).await;
    let case = format!("{stage} {way:?} at {step}, {times} times");
    outcome.result.unwrap_or_else(|fault| panic!("{case}: {fault}"));
    assert_eq!(sabotage.struck.load(Relaxed), times, "{case}: the sabotage did not happen");
    let ends: Vec<_> = outcome.records.iter().map(|r| (r.turn, r.end_reason)).collect();
    let first = ends.first().map(|(_, reason)| *reason);
    assert!(
        matches!(first, Some(EndReason::Finished | EndReason::Failed)),
        "{case}: the turn was left unanswered: {ends:?}"
    );
    assert!(!outcome.records[0].agent_text.is_empty(), "{case}: nothing was said: {ends:?}");
    assert_eq!(ends.last(), Some(&(2, EndReason::Finished)), "{case}: {ends:?}");
    let restarts = outcome.stages.iter().find(|s| s.stage == stage).unwrap().restarts;
    assert_eq!(restarts, times, "{case}");
    balance(&outcome.stages);
    never_stale(&outcome.heard);
}

#[tokio::test(start_paused = true)]
async fn every_stage_may_die_in_mid_turn() {
    for way in [Way::Panic, Way::Error, Way::Stall] {
        survives("ear", way, 20, 1).await;
        survives("stt", way, 1, 1).await;
        survives("llm", way, 1, 1).await;
        survives("llm", way, 6, 1).await;
        survives("tts", way, 1, 1).await;
        survives("tts", way, 4, 1).await;
    }
    for way in [Way::Panic, Way::Error] {
        survives("chunker", way, 1, 1).await;
        survives("chunker", way, 5, 1).await;
        survives("speaker", way, 1, 1).await;
        survives("speaker", way, 3, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_fails_twice_is_given_up_aloud() {
    for stage in ["llm", "chunker"] {
        survives(stage, Way::Error, 1, 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stage_over_its_budget_ends_the_pipeline_with_the_first_fault() {
    let outcome = converse(&Sabotage::new("ear", Way::Error, 1, 9)).await;
    let fault = outcome.result.expect_err("the budget is used up").to_string();
    assert_eq!(fault, "stage `ear` failed 4 times within 60 s; first: sabotaged; last: sabotaged");
    balance(&outcome.stages);
}
