//! Checks between stages: what each listens to, what flows, what is claimed twice.

mod flow;
mod ports;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use toml::Spanned;

use crate::checked::{TURN, Written};
use crate::diagnostic::{Code, Fault, list};
use crate::parts::Part;
use crate::port::{Gives, Port, Takes};
use crate::raw::{RawEdge, RawInput, RawStage};
use crate::source::Sources;
use crate::words::shorten;
use crate::{Input, Kind, Overflow, Restart, Settings, Source, Stage, StageId};

/// Time without progress after which a stage that has work counts as stuck: the longest model
/// step on a slow machine is a few seconds.
const PROGRESS_LIMIT: Duration = Duration::from_secs(10);

/// A stage on its way from raw to checked.
#[derive(Debug)]
pub(crate) struct Node {
    id: StageId,
    id_at: Range<usize>,
    kind: Option<Kind>,
    kind_at: Range<usize>,
    inputs: Vec<Edge>,
    inputs_at_fault: bool,
    settings: Option<Settings>,
    written: Vec<(String, Range<usize>)>,
    restart: Restart,
    progress_limit: Duration,
}

/// An input on its way from raw to checked.
#[derive(Debug)]
struct Edge {
    from: String,
    at: Range<usize>,
    queue: Option<u32>,
    overflow: Option<Overflow>,
}

/// Joins what is known of each stage, in the order of the file.
pub(crate) fn nodes(raw: BTreeMap<Spanned<String>, RawStage>, parts: Vec<Part>) -> Vec<Node> {
    let mut parts: BTreeMap<_, _> = parts.into_iter().map(|part| (part.id.clone(), part)).collect();
    let mut nodes: Vec<_> = raw
        .into_iter()
        .map(|(id, stage)| {
            let mut part = parts.remove(id.get_ref());
            let kind_at = stage.kind.as_ref().map_or_else(|| id.span(), Spanned::span);
            Node {
                id: StageId::new(id.get_ref()),
                id_at: id.span(),
                kind: part.as_ref().and_then(|part| part.kind),
                kind_at,
                inputs: stage.inputs.into_iter().map(edge).collect(),
                inputs_at_fault: part.as_ref().is_none_or(|part| part.inputs_at_fault),
                written: part
                    .as_mut()
                    .map(|part| std::mem::take(&mut part.written))
                    .unwrap_or_default(),
                settings: part.and_then(|part| part.settings),
                restart: stage.restart,
                progress_limit: stage
                    .progress_limit_ms
                    .map_or(PROGRESS_LIMIT, Duration::from_millis),
            }
        })
        .collect();
    nodes.sort_by_key(|node| node.id_at.start);
    nodes
}

fn edge(input: Spanned<RawInput>) -> Edge {
    let at = input.span();
    match input.into_inner() {
        RawInput::Id(from) => Edge { from, at, queue: None, overflow: None },
        RawInput::Edge(RawEdge { from, queue, overflow }) => {
            Edge { at: from.span(), from: from.into_inner(), queue, overflow }
        }
    }
}

/// Checks the stages together and puts each after those it listens to. Without faults all stages
/// come back.
pub(crate) fn stages(nodes: &[Node], sources: &Sources<'_>, faults: &mut Vec<Fault>) -> Vec<Stage> {
    let mut check = Check { nodes, sources, faults, sources_of: Vec::new() };
    check.ids();
    check.inputs();
    let order = check.order();
    let outputs = check.ports(&order);
    check.unreachable();
    check.claims();
    check.authority();
    // What is at fault may be what should have listened.
    if check.faults.is_empty() {
        check.unused();
    }
    order.iter().filter_map(|&index| stage(nodes, &outputs, index, sources)).collect()
}

/// The stage at `index`, unless something is wrong with it.
fn stage(
    nodes: &[Node],
    outputs: &[Option<Port>],
    index: usize,
    sources: &Sources<'_>,
) -> Option<Stage> {
    let node = &nodes[index];
    let input = |edge: &Edge| {
        let (from, port) = if edge.from == TURN {
            (Source::Turn, Port::Record)
        } else {
            let from = nodes.iter().position(|node| node.id.as_str() == edge.from)?;
            (Source::Stage(nodes[from].id.clone()), outputs[from]?)
        };
        Some(Input {
            from,
            port,
            queue: edge.queue.map_or_else(|| port.default_queue(), |queue| queue as usize),
            overflow: edge.overflow.unwrap_or_else(|| port.default_overflow()),
        })
    };
    Some(Stage {
        id: node.id.clone(),
        kind: node.kind?,
        inputs: node.inputs.iter().filter_map(input).collect(),
        output: outputs[index],
        settings: node.settings.clone()?,
        written: Written {
            kind: sources.place(&node.kind_at),
            settings: node
                .written
                .iter()
                .filter_map(|(key, at)| Some((key.clone(), sources.place(at)?)))
                .collect(),
        },
        restart: node.restart,
        progress_limit: node.progress_limit,
    })
}

struct Check<'c> {
    nodes: &'c [Node],
    sources: &'c Sources<'c>,
    faults: &'c mut Vec<Fault>,
    /// For each stage, its edges as the index of the stage they come from; `None` is the turn
    /// authority.
    sources_of: Vec<Vec<(Option<usize>, &'c Edge)>>,
}

impl<'c> Check<'c> {
    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn ids(&mut self) {
        for node in self.nodes {
            let id = node.id.as_str();
            let shown = shorten(id);
            if id == TURN {
                let message = "`turn` is the turn authority, which every pipeline has";
                let fault = Fault::new(node.id_at.clone(), Code::BadId, message);
                self.fault(fault.expected("another name"));
            } else if !is_id(id) {
                let message = format!("`{shown}` is no name for a stage");
                let fault = Fault::new(node.id_at.clone(), Code::BadId, message);
                self.fault(fault.expected(
                    "a small letter, then small letters, digits, `_` and `-`, up to 40 in all",
                ));
            }
        }
    }

    /// Finds the stage that each input names.
    fn inputs(&mut self) {
        let by_id: BTreeMap<&str, usize> =
            self.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index)).collect();
        for node in self.nodes {
            let mut edges = Vec::new();
            let mut seen = BTreeSet::new();
            let starts = node.kind.is_some_and(|kind| kind.row().takes.is_empty());
            for edge in node.inputs.iter().filter(|_| !starts) {
                if !seen.insert(edge.from.as_str()) {
                    let message = format!("`{}` is an input twice", shorten(&edge.from));
                    let fault = Fault::new(edge.at.clone(), Code::DuplicateInput, message);
                    self.fault(fault.expected("each input once"));
                } else if edge.from == TURN {
                    edges.push((None, edge));
                } else if let Some(&from) = by_id.get(edge.from.as_str()) {
                    edges.push((Some(from), edge));
                } else {
                    let fault = self.unknown_input(edge);
                    self.fault(fault);
                }
            }
            self.sources_of.push(edges);
            self.input_count(node);
        }
    }

    fn input_count(&mut self, node: &Node) {
        let Some(row) = node.kind.map(Kind::row) else { return };
        let name = row.name;
        match (row.takes.is_empty(), node.inputs.first()) {
            (false, None) if !node.inputs_at_fault => {
                let message = format!("`{}` has no inputs", node.id);
                let takes: Vec<_> = row.takes.iter().map(Takes::to_string).collect();
                let candidates: Vec<_> = self.givers(row.takes);
                let fault = Fault::new(node.id_at.clone(), Code::MissingInputs, message)
                    .expected(format!("`inputs`: `{name}` takes {}", takes.join(" or ")));
                self.fault(match candidates.as_slice() {
                    [] => fault,
                    [first, ..] => fault.help(format!("`inputs = [\"{first}\"]`")),
                });
            }
            (true, Some(edge)) => {
                let message = format!("`{}` listens to `{}`", node.id, shorten(&edge.from));
                let fault = Fault::new(edge.at.clone(), Code::UnwantedInputs, message);
                self.fault(fault.expected(format!("no inputs: `{name}` starts from nothing")));
            }
            (false | true, Some(_) | None) => {}
        }
    }

    /// The stages that give what is taken.
    fn givers(&self, takes: &[Takes]) -> Vec<&'c str> {
        let gives = |kind: Kind| match kind.row().gives {
            Gives::Always(port) => takes.iter().any(|takes| takes.accepts(port)),
            Gives::Recording | Gives::WhatItTakes => {
                takes.iter().any(|takes| takes.accepts(Port::Audio { rate: 16_000, channels: 1 }))
            }
            Gives::Nothing => false,
        };
        let nodes = self.nodes.iter().filter(|node| node.kind.is_some_and(gives));
        nodes.map(|node| node.id.as_str()).collect()
    }

    fn unknown_input(&self, edge: &Edge) -> Fault {
        let known: Vec<_> = self.nodes.iter().map(|node| node.id.as_str()).collect();
        let message = format!("no stage {}", shorten(self.sources.slice(&edge.at)));
        let fault = Fault::new(edge.at.clone(), Code::UnknownInput, message)
            .expected(list("one of", &known));
        // Somebody may write the kind instead of the name.
        let by_kind =
            self.nodes.iter().find(|node| node.kind.is_some_and(|kind| kind.name() == edge.from));
        match by_kind {
            Some(node) => fault.help(format!(
                "the stage of kind `{}` is called `{}`",
                shorten(&edge.from),
                node.id
            )),
            None => fault.nearest(&edge.from, known.into_iter().chain([TURN])),
        }
    }

    /// Reports devices and files that two stages claim.
    fn claims(&mut self) {
        let mut claims: BTreeMap<(&str, PathBuf), &StageId> = BTreeMap::new();
        for node in self.nodes {
            let claim = match &node.settings {
                Some(Settings::Mic(mic)) => ("microphone", PathBuf::from(&mic.device)),
                Some(Settings::Speaker(speaker)) => ("loudspeaker", PathBuf::from(&speaker.device)),
                Some(Settings::Logger(logger)) => ("file", plain(&logger.path)),
                Some(
                    Settings::Echo(_)
                    | Settings::Gate(_)
                    | Settings::Vad(_)
                    | Settings::SttWhisper(_)
                    | Settings::SttOpenai(_)
                    | Settings::LlmQwen3(_)
                    | Settings::LlmOpenai(_)
                    | Settings::Chunker(_)
                    | Settings::TtsKokoro(_)
                    | Settings::TtsSystem(_)
                    | Settings::TtsOpenai(_)
                    | Settings::Console(_),
                )
                | None => continue,
            };
            let what = claim.0;
            if let Some(first) = claims.get(&claim) {
                let message = format!("`{}` claims the same {what} as `{first}`", node.id);
                let fault = Fault::new(node.id_at.clone(), Code::ClaimedTwice, message);
                let key = if what == "file" { "path" } else { "device" };
                self.fault(fault.expected(format!("another `{key}`")));
            } else {
                claims.insert(claim, &node.id);
            }
        }
    }

    /// Reports what one turn authority cannot serve.
    fn authority(&mut self) {
        let finds_speech = |kind: Kind| (kind == Kind::Vad).then_some("finds speech");
        let role = |kind: Kind| finds_speech(kind).or(kind.is_llm().then_some("replies"));
        for what in ["finds speech", "replies"] {
            let mut nodes = self.nodes.iter().filter(|node| node.kind.and_then(role) == Some(what));
            let Some(first) = nodes.next() else { continue };
            for node in nodes {
                let message = format!("`{}` {what} beside `{}`", node.id, first.id);
                let fault = Fault::new(node.kind_at.clone(), Code::OneAuthority, message);
                self.faults
                    .push(fault.expected("one such stage: a pipeline has one turn at a time"));
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if node.kind.is_some_and(Kind::is_llm)
                && let [(Some(first), _), (Some(_), edge), ..] = self.sources_of[index].as_slice()
            {
                let first = &self.nodes[*first].id;
                let message = format!("`{}` replies to `{first}` and to more", node.id);
                let fault = Fault::new(edge.at.clone(), Code::OneAuthority, message);
                self.faults.push(fault.expected("one input: a turn has one transcript"));
            }
        }
    }
}

/// Whether a name fits [`crate::schema::ID_PATTERN`].
fn is_id(id: &str) -> bool {
    id.len() <= 40
        && id.starts_with(|it: char| it.is_ascii_lowercase())
        && id.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "_-".contains(it))
}

/// A path without its detours, as far as its text says.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        let inside = matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if inside => {
                plain.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => plain.push(component),
        }
    }
    plain
}
