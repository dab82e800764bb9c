//! The order of the stages: cycles, stages that nothing reaches, output that nobody takes.

use std::collections::BTreeSet;

use super::Check;
use crate::Kind;
use crate::diagnostic::{Code, Fault};
use crate::port::Gives;

impl Check<'_> {
    /// The stages, each after those it listens to; those on a cycle and behind one are left out,
    /// and every cycle is reported.
    pub(super) fn order(&mut self) -> Vec<usize> {
        let mut waits: Vec<_> = self
            .sources_of
            .iter()
            .map(|edges| edges.iter().filter(|(from, _)| from.is_some()).count())
            .collect();
        let listeners = self.listeners();
        let mut ready: BTreeSet<_> = (0..waits.len()).filter(|&index| waits[index] == 0).collect();
        let mut order = Vec::new();
        while let Some(index) = ready.pop_first() {
            order.push(index);
            for &listener in &listeners[index] {
                waits[listener] -= 1;
                if waits[listener] == 0 {
                    ready.insert(listener);
                }
            }
        }
        let left: BTreeSet<_> = (0..waits.len()).filter(|&index| waits[index] > 0).collect();
        self.cycles(&left);
        order
    }

    /// Reports the cycles among stages of which each listens to another of them.
    fn cycles(&mut self, left: &BTreeSet<usize>) {
        let mut seen = BTreeSet::new();
        for &start in left {
            let mut path = Vec::new();
            let mut at = start;
            while seen.insert(at) {
                path.push(at);
                let upstream = self.sources_of[at].iter().filter_map(|(from, _)| *from);
                let Some(next) = upstream.filter(|from| left.contains(from)).min() else { break };
                at = next;
            }
            let Some(first) = path.iter().position(|&index| index == at) else { continue };
            // Against the walk, which went upstream.
            let mut cycle: Vec<_> = path[first..].iter().rev().copied().collect();
            let earliest = cycle.iter().enumerate().min_by_key(|(_, index)| **index);
            let turn = earliest.map_or(0, |(place, _)| place);
            cycle.rotate_left(turn);
            self.cycle(&cycle);
        }
    }

    fn cycle(&mut self, cycle: &[usize]) {
        let (Some(&first), Some(&last)) = (cycle.first(), cycle.last()) else { return };
        let closing = self.sources_of[first].iter().find(|(from, _)| *from == Some(last));
        let Some((_, edge)) = closing else { return };
        let path: Vec<_> = cycle
            .iter()
            .chain([&first])
            .map(|&index| format!("`{}`", self.nodes[index].id))
            .collect();
        let message = format!("stages wait for each other: {}", path.join(" → "));
        let fault = Fault::new(edge.at.clone(), Code::Cycle, message);
        self.fault(fault.expected("an input that does not come back"));
    }

    /// Reports stages that no sound and no turn ever gets to.
    pub(super) fn unreachable(&mut self) {
        let turns = self.nodes.iter().any(|node| node.kind.is_none_or(Kind::is_stt));
        let mut reached: Vec<_> = self
            .nodes
            .iter()
            .zip(&self.sources_of)
            .map(|(node, edges)| {
                // What is at fault already is not reported again.
                node.kind.is_none_or(|kind| kind.row().takes.is_empty())
                    || node.inputs_at_fault
                    || edges.is_empty()
                    || edges.len() < node.inputs.len()
                    || (turns && edges.iter().any(|(from, _)| from.is_none()))
            })
            .collect();
        let mut todo: Vec<_> = (0..reached.len()).filter(|&index| reached[index]).collect();
        let listeners = self.listeners();
        while let Some(index) = todo.pop() {
            for &listener in &listeners[index] {
                if !std::mem::replace(&mut reached[listener], true) {
                    todo.push(listener);
                }
            }
        }
        for index in (0..reached.len()).filter(|&index| !reached[index]) {
            if self.on_cycle(index) {
                continue;
            }
            let node = &self.nodes[index];
            let message = format!("nothing ever reaches `{}`", node.id);
            let expected = if self.sources_of[index].iter().any(|(from, _)| from.is_none()) {
                "a stage that writes down speech, so that turns happen"
            } else {
                "an input that a microphone reaches"
            };
            let fault = Fault::new(node.id_at.clone(), Code::Unreachable, message);
            self.faults.push(fault.expected(expected));
        }
    }

    /// The stages that listen to each stage.
    fn listeners(&self) -> Vec<Vec<usize>> {
        let mut listeners = vec![Vec::new(); self.nodes.len()];
        for (index, edges) in self.sources_of.iter().enumerate() {
            for from in edges.iter().filter_map(|(from, _)| *from) {
                listeners[from].push(index);
            }
        }
        listeners
    }

    /// Whether a stage hears itself.
    fn on_cycle(&self, index: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut todo = vec![index];
        while let Some(at) = todo.pop() {
            for from in self.sources_of[at].iter().filter_map(|(from, _)| *from) {
                if from == index {
                    return true;
                }
                if seen.insert(from) {
                    todo.push(from);
                }
            }
        }
        false
    }

    /// Warns of stages whose output nobody takes.
    pub(super) fn unused(&mut self) {
        let heard: BTreeSet<_> =
            self.sources_of.iter().flatten().filter_map(|(from, _)| *from).collect();
        let records = self.sources_of.iter().flatten().any(|(from, _)| from.is_none());
        for (index, node) in self.nodes.iter().enumerate() {
            let Some(kind) = node.kind else { continue };
            // What was said and replied is in the records of the turns.
            let recorded = records && (kind.is_stt() || kind.is_llm());
            if matches!(kind.row().gives, Gives::Nothing) || heard.contains(&index) || recorded {
                continue;
            }
            let message = format!("nothing listens to `{}`", node.id);
            let fault = Fault::new(node.id_at.clone(), Code::Unused, message);
            self.fault(fault.expected(format!("`{}` among the `inputs` of a stage", node.id)));
        }
    }
}
