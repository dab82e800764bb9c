//! Source texts: places of bytes to lines and columns, and the line shown with a fault.

use std::ops::Range;

/// A source line as shown, with carets under the place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    pub(crate) carets: String,
}

/// Texts laid one after the other, so that one range of bytes says both which text and where.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    texts: Vec<SourceText>,
    /// Places whose text is never shown.
    secrets: Vec<Range<usize>>,
}

#[derive(Debug)]
struct SourceText {
    name: String,
    text: String,
    base: usize,
}
