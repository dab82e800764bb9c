//! A checked pipeline as a graph of edges: where frames go, how many wait, in which order stages
//! start. Nothing is left to reject here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use antiphon_actors::{Edge, Overflow, PortType};
use antiphon_config::{EndOfTurn, Kind, Pipeline, Port, Restart, Settings, Source, Stage};

use crate::engine::turn::endpoint::Bounds;
use crate::engine::turn::{Listener, TurnSettings};

/// The id under which the turn authority appears as a sender.
pub const TURN: &str = "turn";
/// The id of the stage that a turn's own network is, by the setting that names it.
pub const END_OF_TURN: &str = "turn.end_of_turn_model";
/// Chunks that the authority may have waiting at a voice: it only ever has one thing to say.
const APOLOGIES: usize = 2;
/// The longest a job of a stage may go on that is in no pipeline file.
const OWN_LIMIT: Duration = Duration::from_secs(10);
/// Records that may wait for whoever [listens](Plan::listen).
const RECORDS: usize = 64;
/// Frames that may wait for whoever [overhears](Plan::overhear) them.
const OVERHEARD: usize = 64;

/// One stage and its edges.
#[derive(Clone, Debug)]
pub struct StagePlan {
    /// Its id in the pipeline file.
    pub id: Arc<str>,
    /// Edges into it.
    pub inputs: Vec<Arc<Edge>>,
    /// Edges out of it.
    pub outputs: Vec<Arc<Edge>>,
    /// How often it may be started again.
    pub restart: Restart,
    /// The longest a job may go on without a sign of life.
    pub progress_limit: Duration,
}

impl StagePlan {
    /// A stage that is in no pipeline file and that nobody listens to.
    fn own(id: &str, inputs: Vec<Arc<Edge>>) -> Self {
        let restart = Restart::default();
        Self { id: id.into(), inputs, outputs: Vec::new(), restart, progress_limit: OWN_LIMIT }
    }

    /// Whether it starts from nothing, such as a microphone.
    pub fn is_source(&self) -> bool {
        self.inputs.is_empty()
    }
}

/// The whole graph.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Stages, each after those that it listens to.
    pub stages: Vec<StagePlan>,
    /// Edges out of the turn authority.
    pub turn_outputs: Vec<Arc<Edge>>,
    /// What the turn authority needs to know.
    pub turn: TurnSettings,
}

impl Plan {
    /// Plans a pipeline.
    pub fn new(pipeline: &Pipeline) -> Self {
        let mut edges: Vec<Arc<Edge>> = pipeline.stages.iter().flat_map(edges_into).collect();
        edges.extend(edge_into_listener(pipeline));
        let of = |keep: &dyn Fn(&Edge) -> bool| -> Vec<Arc<Edge>> {
            edges.iter().filter(|edge| keep(edge)).cloned().collect()
        };
        let stages = pipeline.stages.iter().map(|stage| StagePlan {
            id: stage.id.as_str().into(),
            inputs: of(&|edge| edge.to() == stage.id.as_str()),
            outputs: of(&|edge| edge.from() == stage.id.as_str()),
            restart: stage.restart,
            progress_limit: stage.progress_limit,
        });
        let model = pipeline.turn.end_of_turn_model.as_ref();
        let listener =
            model.map(|_| StagePlan::own(END_OF_TURN, of(&|edge| edge.to() == END_OF_TURN)));
        Self {
            stages: stages.chain(listener).collect(),
            turn_outputs: of(&|edge| edge.from() == TURN),
            turn: turn_settings(pipeline),
        }
    }

    /// Adds a stage that hears of every finished turn and is in no pipeline file.
    pub fn listen(&mut self, id: &str, overflow: Overflow) {
        let edge = Edge::new(TURN, id, PortType::Record, RECORDS, overflow);
        self.turn_outputs.push(edge.clone());
        self.stages.push(StagePlan::own(id, vec![edge]));
    }

    /// Adds a stage that gets whatever other stages send of these types, and is in no pipeline file.
    pub fn overhear(&mut self, id: &str, types: &[PortType]) {
        let mut inputs = Vec::new();
        for stage in &mut self.stages {
            let sent = |port: &&PortType| stage.outputs.iter().any(|it| it.accepts() == **port);
            for port in types.iter().filter(sent).copied().collect::<Vec<_>>() {
                let edge = Edge::new(&*stage.id, id, port, OVERHEARD, Overflow::Wait);
                stage.outputs.push(edge.clone());
                inputs.push(edge);
            }
        }
        self.stages.push(StagePlan::own(id, inputs));
    }
}

/// What a network that hears the ends of turns listens to. It delays nobody.
fn edge_into_listener(pipeline: &Pipeline) -> Option<Arc<Edge>> {
    pipeline.turn.end_of_turn_model.as_ref()?;
    let detector = pipeline.stages.iter().find(|stage| role(stage.kind) == Role::Detector)?;
    let (id, port) = (detector.id.as_str(), detector.output?);
    let (queue, drop) = (port.default_queue(), Overflow::DropOldest);
    Some(Edge::new(id, END_OF_TURN, port_type(port), queue, drop))
}

fn edges_into(stage: &Stage) -> Vec<Arc<Edge>> {
    let id = stage.id.as_str();
    let mut edges = Vec::new();
    for input in &stage.inputs {
        let edge = match (&input.from, role(stage.kind)) {
            // Words reach a language model as the authority's question, and only the newest counts.
            (Source::Stage(_), Role::Model) => {
                Edge::new(TURN, id, PortType::Prompt, 1, Overflow::Latest)
            }
            (from, _) => {
                let port = port_type(input.port);
                Edge::new(from.to_string(), id, port, input.queue, overflow(input.overflow))
            }
        };
        edges.push(edge);
    }
    if role(stage.kind) == Role::Voice {
        edges.push(Edge::new(TURN, id, PortType::Chunk, APOLOGIES, Overflow::Wait));
    }
    edges
}

fn overflow(policy: antiphon_config::Overflow) -> Overflow {
    match policy {
        antiphon_config::Overflow::Wait => Overflow::Wait,
        antiphon_config::Overflow::DropOldest => Overflow::DropOldest,
        antiphon_config::Overflow::Latest => Overflow::Latest,
    }
}

fn port_type(port: Port) -> PortType {
    match port {
        Port::Audio { .. } => PortType::Audio,
        Port::Utterance { .. } => PortType::Utterance,
        Port::Transcript => PortType::Transcript,
        Port::Tokens => PortType::Token,
        Port::Chunks => PortType::Chunk,
        Port::Voice => PortType::Voice,
        Port::Record => PortType::Record,
    }
}

/// What a kind does in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Brings sound in.
    Ear,
    /// Finds speech in it.
    Detector,
    /// Writes down what is said.
    Scribe,
    /// Answers.
    Model,
    /// Cuts the answer up.
    Cutter,
    /// Speaks the answer.
    Voice,
    /// Plays it.
    Mouth,
    /// Looks on.
    Witness,
}

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Mic | Kind::Echo | Kind::Gate => Role::Ear,
        Kind::Vad => Role::Detector,
        Kind::SttWhisper | Kind::SttOpenai => Role::Scribe,
        Kind::LlmQwen3 | Kind::LlmOpenai => Role::Model,
        Kind::Chunker => Role::Cutter,
        Kind::TtsKokoro | Kind::TtsSystem | Kind::TtsOpenai => Role::Voice,
        Kind::Speaker => Role::Mouth,
        Kind::Logger | Kind::Console => Role::Witness,
    }
}

fn reads_ahead(stage: &Stage) -> bool {
    if let Settings::LlmQwen3(settings) = &stage.settings { settings.read_ahead } else { false }
}

fn turn_settings(pipeline: &Pipeline) -> TurnSettings {
    let with = |roles: &[Role]| -> BTreeSet<String> {
        let stages = pipeline.stages.iter().filter(|stage| roles.contains(&role(stage.kind)));
        stages.map(|stage| stage.id.to_string()).collect()
    };
    let turn = &pipeline.turn;
    TurnSettings {
        eager_silence: turn.eager_silence,
        end_silence: turn.end_silence,
        adaptive: match turn.end_of_turn {
            EndOfTurn::Silence => None,
            EndOfTurn::Adaptive => Some(Bounds {
                min: turn.min_end_silence,
                open: turn.end_silence,
                unclear: turn.unclear_silence,
                max: turn.max_end_silence,
            }),
        },
        listener: turn
            .end_of_turn_model
            .as_ref()
            .map(|_| Listener { stage: END_OF_TURN.into(), wait: turn.end_of_turn_model_wait }),
        barge_in_min_speech: turn.barge_in_min_speech,
        barge_in_certain: turn.barge_in_certain,
        backchannel_max: turn.backchannel_max,
        backchannel_silence: turn.backchannel_silence,
        limit: turn.backstop,
        apology: turn.apology.clone(),
        replies: turn.reply,
        read_ahead: pipeline.stages.iter().any(reads_ahead),
        answering: with(&[Role::Scribe, Role::Model, Role::Cutter, Role::Voice, Role::Mouth]),
        detecting: with(&[Role::Detector]),
        hearing: with(&[Role::Scribe]),
    }
}
