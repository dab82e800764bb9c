//! What flows along each edge.

use super::{Check, Edge, Node};
use crate::diagnostic::{Code, Fault};
use crate::port::{Gives, Port, Takes};
use crate::settings::KINDS;
use crate::words::shorten;
use crate::{Kind, Settings, StageId};

impl<'c> Check<'c> {
    /// What each stage emits, after checking what it gets.
    pub(super) fn ports(&mut self, order: &[usize]) -> Vec<Option<Port>> {
        let mut outputs: Vec<Option<Port>> = vec![None; self.nodes.len()];
        for &index in order {
            let node = &self.nodes[index];
            let Some(row) = node.kind.map(Kind::row) else { continue };
            let mut first = None;
            for (from, edge) in self.sources_of[index].clone() {
                let port = from.map_or(Some(Port::Record), |from| outputs[from]);
                let silent = from.is_some_and(|from| self.gives_nothing(from));
                if silent {
                    let fault = self.nothing_comes(node, edge);
                    self.fault(fault);
                }
                let Some(port) = port else { continue };
                let takes = row.takes.iter().any(|takes| takes.accepts(port));
                // What passes through must be of one kind.
                let same = first.is_none_or(|first| first == port);
                let passes = matches!(row.gives, Gives::WhatItTakes);
                if row.takes.is_empty() || (takes && (same || !passes)) {
                    first.get_or_insert(port);
                    continue;
                }
                let wanted: Vec<_> = match first.filter(|_| takes) {
                    Some(first) => vec![first.to_string()],
                    None => row.takes.iter().map(Takes::to_string).collect(),
                };
                let message = format!("`{}` gets {port} from `{}`", node.id, shorten(&edge.from));
                let fault = Fault::new(edge.at.clone(), Code::PortMismatch, message)
                    .expected(wanted.join(" or "));
                let fault = self.bridge(fault, index, port, row.takes);
                self.fault(fault);
            }
            outputs[index] = match row.gives {
                Gives::Nothing => None,
                Gives::Always(port) => Some(port),
                Gives::WhatItTakes => first,
                Gives::Recording => node.settings.as_ref().and_then(recording),
            };
        }
        outputs
    }

    fn gives_nothing(&self, index: usize) -> bool {
        let row = self.nodes[index].kind.map(Kind::row);
        row.is_some_and(|row| matches!(row.gives, Gives::Nothing))
    }

    fn nothing_comes(&self, node: &Node, edge: &Edge) -> Fault {
        let from = shorten(&edge.from);
        let message = format!("`{}` listens to `{from}`, which emits nothing", node.id);
        let fault = Fault::new(edge.at.clone(), Code::PortMismatch, message);
        let takes = node.kind.map_or(&[][..], |kind| kind.row().takes);
        fault.expected(takes.iter().map(Takes::to_string).collect::<Vec<_>>().join(" or "))
    }

    /// Says what would make an edge fit: another rate, or a stage in between.
    fn bridge(&self, fault: Fault, index: usize, port: Port, takes: &[Takes]) -> Fault {
        if let (Port::Audio { .. }, [Takes::Only(Port::Audio { rate, .. })]) = (port, takes)
            && let Some(mic) = self.recorder(index)
        {
            return fault.help(format!("set `sample_rate = {rate}` in `[stages.{mic}.settings]`"));
        }
        let between: Vec<_> = KINDS
            .iter()
            .filter(|row| row.takes.iter().any(|takes| takes.accepts(port)))
            .filter(|row| match row.gives {
                Gives::Always(given) => takes.iter().any(|takes| takes.accepts(given)),
                Gives::Nothing | Gives::Recording | Gives::WhatItTakes => false,
            })
            .map(|row| format!("`{}`", row.name))
            .collect();
        if between.is_empty() {
            return fault;
        }
        fault.help(format!("put a stage of kind {} between them", between.join(" or ")))
    }

    /// The microphone that a stage hears, through stages that pass its sound on.
    fn recorder(&self, mut index: usize) -> Option<&'c StageId> {
        for _ in 0..self.nodes.len() {
            index = self.sources_of[index].iter().find_map(|(from, _)| *from)?;
            if self.nodes[index].kind == Some(Kind::Mic) {
                return Some(&self.nodes[index].id);
            }
        }
        None
    }
}

/// What a stage that records gives.
fn recording(settings: &Settings) -> Option<Port> {
    match settings {
        Settings::Mic(mic) => Some(Port::Audio { rate: mic.sample_rate, channels: 1 }),
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
        | Settings::Speaker(_)
        | Settings::Logger(_)
        | Settings::Console(_) => None,
    }
}
