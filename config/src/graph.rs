//! Drawings of a pipeline.

use std::fmt::Write;

use crate::checked::TURN;
use crate::{Kind, Pipeline, Source, Stage};

/// What a turn's own network is called: by the setting that names it.
const LISTENER: &str = "turn.end_of_turn_model";

/// One edge of a drawing.
struct Line<'a> {
    from: &'a str,
    to: &'a str,
    label: String,
}

impl Pipeline {
    /// The pipeline as a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for stage in &self.stages {
            // Ids such as `end` are words of the language, so none is used as it is.
            write_line(
                &mut text,
                format_args!("    s_{0}[\"{0}<br/><i>{1}</i>\"]", stage.id, stage.kind),
            );
        }
        if self.has_turns() {
            write_line(&mut text, format_args!("    s_{TURN}{{{{\"{TURN}\"}}}}"));
        }
        if let Some(listener) = self.listener() {
            let id = mermaid_id(LISTENER);
            write_line(
                &mut text,
                format_args!("    {id}[\"{LISTENER}<br/><i>{}</i>\"]", escaped(listener)),
            );
        }
        for Line { from, to, label } in self.lines() {
            let (from, to) = (mermaid_id(from), mermaid_id(to));
            write_line(&mut text, format_args!("    {from} -->|\"{label}\"| {to}"));
        }
        text
    }

    /// The pipeline as a graph in the DOT language.
    #[must_use]
    pub fn dot(&self) -> String {
        let mut text =
            format!("digraph {:?} {{\n    rankdir = LR;\n    node [shape = box];\n", self.name);
        for stage in &self.stages {
            write_line(
                &mut text,
                format_args!("    \"{0}\" [label = \"{0}\\n{1}\"];", stage.id, stage.kind),
            );
        }
        if self.has_turns() {
            write_line(&mut text, format_args!("    \"{TURN}\" [shape = hexagon];"));
        }
        if let Some(listener) = self.listener() {
            let label = format!("{LISTENER}\n{listener}");
            write_line(&mut text, format_args!("    \"{LISTENER}\" [label = {label:?}];"));
        }
        for Line { from, to, label } in self.lines() {
            write_line(
                &mut text,
                format_args!("    \"{from}\" -> \"{to}\" [label = \"{label}\"];"),
            );
        }
        text.push_str("}\n");
        text
    }

    fn has_turns(&self) -> bool {
        self.stages.iter().any(|stage| stage.kind.is_stt())
    }

    /// The edges as they run: what a language model is given passes the turn authority, which
    /// also hears when speech starts and stops.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        for stage in &self.stages {
            for input in &stage.inputs {
                let from = match &input.from {
                    Source::Stage(from) => from.as_str(),
                    Source::Turn => TURN,
                };
                let label = input.port.to_string();
                let to = if stage.kind.is_llm() { TURN } else { stage.id.as_str() };
                lines.push(Line { from, to, label });
            }
            if stage.kind.is_llm() {
                lines.push(Line { from: TURN, to: stage.id.as_str(), label: "prompts".into() });
            }
        }
        lines.extend(self.stages.iter().filter_map(|stage| to_turn(stage, self.replies())));
        lines.extend(self.lines_of_listener());
        lines
    }

    /// The network that hears the ends of turns, if there is one.
    fn listener(&self) -> Option<&str> {
        self.turn.end_of_turn_model.as_deref().filter(|_| self.has_turns())
    }

    /// It hears what the detector hears, and tells the turn authority.
    fn lines_of_listener(&self) -> Vec<Line<'_>> {
        let detector = self.stages.iter().find(|stage| stage.kind == Kind::Vad);
        let (Some(vad), Some(_)) = (detector, self.listener()) else { return Vec::new() };
        let heard = vad.output.map(|port| port.to_string()).unwrap_or_default();
        vec![
            Line { from: vad.id.as_str(), to: LISTENER, label: heard },
            Line { from: LISTENER, to: TURN, label: "end of turn".into() },
        ]
    }

    fn replies(&self) -> bool {
        self.stages.iter().any(|stage| stage.kind.is_llm())
    }
}

/// What a stage tells the turn authority beside its output.
fn to_turn(stage: &Stage, replies: bool) -> Option<Line<'_>> {
    let label = if stage.kind == Kind::Vad {
        "speech marks"
    } else if stage.kind.is_stt() && !replies {
        "transcripts"
    } else if stage.kind == Kind::Speaker {
        "played"
    } else {
        return None;
    };
    Some(Line { from: stage.id.as_str(), to: TURN, label: label.into() })
}

/// A name as Mermaid takes it: ids of stages have no dots.
fn mermaid_id(name: &str) -> String {
    format!("s_{}", name.replace('.', "__"))
}

/// A text within quotation marks of Mermaid.
fn escaped(text: &str) -> String {
    text.replace('&', "#amp;").replace('"', "#quot;").replace('<', "#lt;")
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    writeln!(text, "{line}").ok();
}
