//! The edges on one side of a stage.

use std::sync::Arc;

use crate::edge::Edge;
use crate::frame::PortType;

/// Edges on one side of a stage, the first of them within reach.
pub(super) struct Edges {
    first: Option<Arc<Edge>>,
    more: Box<[Arc<Edge>]>,
}

impl Edges {
    pub(super) fn new(all: &[Arc<Edge>]) -> Self {
        let (first, more) = all.split_first().map_or((None, all), |(it, more)| (Some(it), more));
        Self { first: first.cloned(), more: more.into() }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Edge> {
        match place.checked_sub(1) {
            None => self.first.as_deref(),
            Some(place) => self.more.get(place).map(|edge| &**edge),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Edge> {
        self.first.iter().chain(&self.more).map(|edge| &**edge)
    }

    /// The first edge from `place` on that takes such frames.
    pub(super) fn accepting(&self, port: PortType, place: usize) -> Option<usize> {
        (place..self.len()).find(|at| self.get(*at).is_some_and(|edge| edge.accepts() == port))
    }
}
