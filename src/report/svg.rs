//! Just enough of SVG and HTML.

use std::fmt::{Display, Write};

/// Text that stands for itself between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A drawing of some size in pixels; a viewer scales it.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
    label: String,
}

// Writing to a string cannot fail.
macro_rules! put {
    ($body:expr, $($text:tt)*) => { write!($body, $($text)*).ok() };
}

impl Svg {
    /// An empty one; `label` says in words what it shows.
    pub(super) fn new(width: f64, height: f64, label: &str) -> Self {
        Self { body: String::new(), width, height, label: escape(label) }
    }

    /// A bar of a class, with what is shown when it is pointed at.
    pub(super) fn bar(
        &mut self,
        class: &str,
        x: f64,
        y: f64,
        size: (f64, f64),
        title: impl Display,
    ) {
        let (width, height) = (size.0.max(0.8), size.1);
        let title = escape(&title.to_string());
        put!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"1.5\"><title>{title}</title></rect>"
        );
    }

    /// A line of text; `class` may say where it is anchored.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, text: impl Display) {
        let text = escape(&text.to_string());
        put!(self.body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        put!(
            self.body,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// A line through points.
    pub(super) fn path(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let points = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}"));
        let points = points.collect::<Vec<_>>().join(" ");
        put!(self.body, "<polyline class=\"{class}\" points=\"{points}\"/>");
    }

    /// The element.
    pub(super) fn finish(self) -> String {
        let Self { body, width, height, label } = self;
        format!(
            "<svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\">{body}</svg>"
        )
    }
}
