//! Who plays in a scenario: the true cores, with workers of stated cost in place of devices,
//! networks, programs and servers.

mod workers;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use antiphon_actors::core::{Effect, Never};
use antiphon_actors::fact::{Step, Usage};
use antiphon_actors::frame::{Audio, Record};
use antiphon_actors::shell::{Blueprint, Make};
use antiphon_actors::testing::Log;
use antiphon_actors::vad::detector::{Detector, WINDOW};
use antiphon_actors::worker::{self, WorkerIo};
use antiphon_actors::{
    Clock, Fact, Frame, Out, Payload, StageCore, StageError, Time, TurnView, chunker, console,
    echo, endpoint, gate, llm, logger, mic, speaker, stt, tts, vad,
};
use antiphon_config::{Port, Settings, Stage, Turn};

use super::scenario::{Scenario, Way};
use crate::plan::END_OF_TURN;
pub(super) use workers::attempt;
use workers::{answer, listen, play, recognise, show, speak, talk, write};

const FRAME: u64 = 20;
/// Samples a second, everywhere.
pub(super) const RATE: u32 = 16_000;
/// How loud the person is.
const LOUD: f32 = 0.25;

/// What all of the cast share.
pub(super) struct Stagecraft {
    pub(super) scenario: Scenario,
    pub(super) clock: Clock,
    /// What happened: when, where, what.
    pub(super) log: Log<(Time, String, String)>,
    /// Which attempt was current from when on.
    pub(super) moves: Log<(Time, u64)>,
    /// The finished turns, as whoever takes records saw them.
    pub(super) records: Log<Record>,
    struck: Mutex<Vec<u32>>,
    /// Struck fails, in all.
    pub(super) strikes: AtomicU32,
    end_told: AtomicBool,
    /// A core that stalls waits for this. Under a paused clock nothing may: time would stand still.
    hang: Option<Mutex<Receiver<()>>>,
}

/// One of them.
pub(super) type Shared = Arc<Stagecraft>;

impl Stagecraft {
    pub(super) fn new(scenario: Scenario, hang: Option<Receiver<()>>) -> Shared {
        let struck = Mutex::new(vec![0; scenario.fails.len()]);
        Arc::new(Self {
            scenario,
            clock: if hang.is_some() { Clock::start_real() } else { Clock::start() },
            log: Log::default(),
            moves: Log::default(),
            records: Log::default(),
            struck,
            strikes: AtomicU32::new(0),
            end_told: AtomicBool::new(false),
            hang: hang.map(Mutex::new),
        })
    }

    pub(super) fn tell(&self, now: Time, place: &str, what: impl Into<String>) {
        self.log.push((now, place.into(), what.into()));
    }

    /// The way in which `place` fails now, if it is time.
    fn strike(&self, place: &str, now: Time) -> Option<Way> {
        let mut struck = self.struck.lock().unwrap();
        for (fail, struck) in self.scenario.fails.iter().zip(struck.iter_mut()) {
            let due = now >= Time::from_millis(fail.at) && *struck < fail.times;
            if due && fail.place == place {
                *struck += 1;
                self.strikes.fetch_add(1, Relaxed);
                self.tell(now, place, format!("fails: {:?}", fail.way).to_lowercase());
                return Some(fail.way);
            }
        }
        None
    }

    /// Fails in a core.
    fn core(&self, place: &str, now: Time) -> Result<(), StageError> {
        match self.strike(place, now) {
            None => Ok(()),
            Some(Way::Error) => Err(StageError::restart("sabotaged")),
            Some(Way::Panic) => panic!("sabotaged"),
            Some(Way::Stall) => {
                let hang = self.hang.as_ref().expect("no core stalls under a paused clock");
                // It ends with the test.
                hang.lock().unwrap().recv().ok();
                Ok(())
            }
        }
    }

    /// Fails in a worker.
    async fn worker(&self, id: &str) -> Result<(), StageError> {
        match self.strike(&format!("{id}.worker"), self.clock.now()) {
            None => Ok(()),
            Some(Way::Error) => Err(StageError::restart("sabotaged")),
            Some(Way::Panic) => panic!("sabotaged"),
            Some(Way::Stall) => std::future::pending().await,
        }
    }

    async fn spend(&self, cost: &str) {
        tokio::time::sleep(Duration::from_millis(self.scenario.cost(cost))).await;
    }
}

/// A core that is watched, and fails where the scenario says.
struct Watched<C> {
    core: C,
    id: Arc<str>,
    shared: Shared,
}

impl<C: StageCore> Watched<C> {
    fn new(core: C, id: &Arc<str>, shared: &Shared) -> Self {
        Self { core, id: id.clone(), shared: shared.clone() }
    }

    /// Tells what the core did, and has it done all the same.
    fn look(&self, now: Time, out: &mut Out<C::Job>) {
        for effect in out.take() {
            match effect {
                Effect::Send(Frame { turn: Some(turn), payload }) => out.send(turn, payload),
                Effect::Send(Frame { turn: None, payload }) => out.send_free(payload),
                Effect::Fact(fact) => {
                    if let Some(what) = describe(&fact) {
                        self.shared.tell(now, &self.id, what);
                    }
                    out.fact(fact);
                }
                Effect::Job(job) => out.job(job),
                Effect::Turn(view) => out.turn(view),
                Effect::Tape(side, audio) => out.tape(side, audio),
                Effect::Note(text) => {
                    self.shared.tell(now, &self.id, format!("notes: {text}"));
                    out.note(text);
                }
            }
        }
    }
}

fn ms(time: Time) -> String {
    format!("{:.0}", time.since_start().as_secs_f64() * 1e3)
}

/// What a fact says; starts and ends of work that follow from the rest are left out, as is the sound
/// of a voice that only hums.
fn describe(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::SpeechStart { at } => format!("speech from {}", ms(*at)),
        Fact::SpeechLull { at, .. } => format!("quiet from {}", ms(*at)),
        Fact::SpeechResume { at } => format!("goes on until {}", ms(*at)),
        Fact::SpeechStop { at } => format!("speech until {}", ms(*at)),
        Fact::Partial { text, .. } => format!("so far {text:?}"),
        Fact::EndOfTurn { stop, log_odds } => format!("log-odds {log_odds} at {}", ms(*stop)),
        Fact::Final { turn, text, .. } => format!("words of {turn}: {text:?}"),
        Fact::Step {
            step:
                Step::SttStart
                | Step::LlmStart
                | Step::LlmEnd
                | Step::TtsStart
                | Step::TtsEnd
                | Step::HandedOver
                | Step::FirstSample,
            ..
        }
        | Fact::Usage { .. }
        | Fact::Played { .. }
        | Fact::Trimmed { .. }
        | Fact::Prosody { .. } => return None,
        Fact::ReadAhead { turn, tokens } => format!("read {tokens} ahead for {turn}"),
        Fact::Step { turn, step, at: _ } => {
            let step = format!("{step:?}").replace("First", "first ").to_lowercase();
            format!("{step} of {turn}")
        }
        Fact::Audible { turn, at } => format!("{turn} audible from {}", ms(*at)),
        Fact::Heard { turn, text, complete, at } => {
            let how = if *complete { "heard to its end" } else { "cut off" };
            format!("{turn} {how} at {}: {text:?}", ms(*at))
        }
        Fact::Lost { turn, message } => format!("{turn} lost: {message}"),
        Fact::StageDown { stage, message } => format!("{stage} is down: {message}"),
        Fact::StageUp { stage } => format!("{stage} is up"),
        Fact::InputEnded => "no more input".into(),
        Fact::Close => "close".into(),
    })
}

impl<C: StageCore> StageCore for Watched<C> {
    type Job = C::Job;
    type Done = C::Done;

    fn job_name(job: &C::Job) -> &'static str {
        C::job_name(job)
    }

    fn on_frame(&mut self, f: Frame, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        if let Payload::Prompt(prompt) = &f.payload
            && prompt.draft
            && !self.shared.scenario.reads_ahead()
        {
            return Ok(());
        }
        self.shared.core(&self.id, now)?;
        match &f.payload {
            Payload::Prompt(prompt) if prompt.draft => {}
            Payload::Prompt(prompt) => {
                let said: Vec<_> = prompt.messages.iter().map(|m| m.content.as_str()).collect();
                let turn = f.turn.unwrap_or_default();
                self.shared.tell(now, &self.id, format!("asked for {turn}: {}", said.join(" | ")));
            }
            Payload::Chunk(chunk) => {
                let turn = f.turn.unwrap_or_default();
                self.shared.tell(now, &self.id, format!("speaks {turn}: {:?}", chunk.speech));
            }
            Payload::Record(record) => self.shared.records.push((**record).clone()),
            Payload::Audio(_)
            | Payload::Utterance(_)
            | Payload::Transcript(_)
            | Payload::Token(_)
            | Payload::Voice(_) => {}
        }
        let result = self.core.on_frame(f, now, out);
        self.look(now, out);
        result
    }

    fn on_turn(
        &mut self,
        v: &TurnView,
        now: Time,
        out: &mut Out<C::Job>,
    ) -> Result<(), StageError> {
        let result = self.core.on_turn(v, now, out);
        self.look(now, out);
        result
    }

    fn on_done(&mut self, d: C::Done, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        // A microphone gets no frames.
        self.shared.core(&self.id, now)?;
        let result = self.core.on_done(d, now, out);
        self.look(now, out);
        result
    }

    fn deadline(&self) -> Option<Time> {
        self.core.deadline()
    }

    fn on_deadline(&mut self, now: Time, out: &mut Out<C::Job>) -> Result<(), StageError> {
        let result = self.core.on_deadline(now, out);
        self.look(now, out);
        result
    }

    fn wants_frames(&self) -> bool {
        self.core.wants_frames()
    }
}

/// Finds speech by its level alone.
struct Level;

impl Detector for Level {
    fn score(&mut self, window: &[f32]) -> f32 {
        let power = window.iter().map(|x| x * x).sum::<f32>() / WINDOW as f32;
        if power.sqrt() > 0.05 { 1.0 } else { 0.0 }
    }

    fn reset(&mut self) {}
}

/// The stage of a pipeline file with a worker of stated cost in place of what is slow or outside:
/// by what it takes and gives, so that it fits each kind that does the same work.
pub(super) fn blueprint(stage: &Stage, shared: &Shared) -> Arc<dyn Blueprint> {
    let (id, s): (Arc<str>, _) = (stage.id.as_str().into(), shared.clone());
    let inputs: Vec<_> = stage.inputs.iter().map(|input| input.port).collect();
    match (inputs.as_slice(), stage.output, stage.settings.clone()) {
        ([], Some(Port::Audio { .. }), _) => Arc::new(Make(move || {
            let own = s.clone();
            let worker = worker::task(move |io| talk(io, own));
            Ok((Watched::new(mic::MicCore, &id, &s), Some(worker)))
        })),
        (_, _, Settings::Echo(_)) => Arc::new(Make(move || {
            Ok((Watched::new(echo::core::EchoCore::new(echo::Mode::Pass), &id, &s), None))
        })),
        (_, _, Settings::Gate(settings)) => Arc::new(Make(move || {
            Ok((Watched::new(gate::core::GateCore::new(settings.clone()), &id, &s), None))
        })),
        (_, _, Settings::Vad(settings)) => Arc::new(Make(move || {
            Ok((Watched::new(vad::core::VadCore::new(&settings, Level), &id, &s), None))
        })),
        (_, Some(Port::Transcript), settings) => Arc::new(Make(move || {
            let partial =
                if let Settings::SttWhisper(it) = &settings { Some(it.partial) } else { None };
            let own = s.clone();
            let worker = worker::task(move |io| recognise(io, own));
            Ok((Watched::new(stt::core::Core::new(partial), &id, &s), Some(worker)))
        })),
        (_, Some(Port::Tokens), _) => Arc::new(Make(move || {
            let own = s.clone();
            let worker = worker::task(move |io| answer(io, own));
            Ok((Watched::new(llm::core::Core::new("").reading_ahead(), &id, &s), Some(worker)))
        })),
        (_, _, Settings::Chunker(settings)) => Arc::new(Make(move || {
            Ok((Watched::new(chunker::Chunker::new(&settings), &id, &s), None))
        })),
        (_, Some(Port::Voice), settings) => Arc::new(Make(move || {
            let own = s.clone();
            let timed = matches!(settings, Settings::TtsKokoro(_));
            let worker = worker::task(move |io| speak(io, own, timed));
            Ok((Watched::new(tts::core::Core::new(RATE), &id, &s), Some(worker)))
        })),
        (_, _, Settings::Speaker(settings)) => Arc::new(Make(move || {
            let own = s.clone();
            let worker = worker::task(move |io| play(io, own));
            Ok((Watched::new(speaker::SpeakerCore::new(settings.lead), &id, &s), Some(worker)))
        })),
        (_, _, Settings::Logger(_)) => Arc::new(Make(move || {
            let own = s.clone();
            let worker = worker::task(move |io| write(io, own));
            Ok((Watched::new(logger::core::LoggerCore, &id, &s), Some(worker)))
        })),
        (_, _, Settings::Console(settings)) => Arc::new(Make(move || {
            let own = s.clone();
            let worker = worker::task(move |io| show(io, own));
            let core = console::core::ConsoleCore::new(settings.partials);
            Ok((Watched::new(core, &id, &s), Some(worker)))
        })),
        (inputs, output, _) => panic!("no one plays `{id}`, from {inputs:?} to {output:?}"),
    }
}

/// The stage of a turn's own network, if it has one.
pub(super) fn listener(turn: &Turn, shared: &Shared) -> Option<Arc<dyn Blueprint>> {
    turn.end_of_turn_model.as_ref()?;
    let (silence, s) = (turn.eager_silence, shared.clone());
    Some(Arc::new(Make(move || {
        let own = s.clone();
        let worker = worker::task(move |io| listen(io, own));
        let core = endpoint::core::Core::new(silence);
        Ok((Watched::new(core, &END_OF_TURN.into(), &s), Some(worker)))
    })))
}
