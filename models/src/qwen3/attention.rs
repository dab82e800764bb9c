//! Causal grouped-query attention over the paged cache.

use std::cell::RefCell;

use super::cache::{LayerCache, PAGE, Page};
use super::matrix::gemm_f32;
use super::{Config, ops};
use crate::ops::pool::{self, SharedMut};

/// Query positions that one task of a prefill takes.
const QUERY_ROWS: usize = 32;

/// Positions that a lone query widens at a time, so that they are still near when they are used.
const NEAR: usize = 32;

/// One sequence's part in a pass: `count` new positions, the first of which has `past` before it.
pub(crate) struct Segment<'a> {
    pub(crate) cache: &'a LayerCache,
    pub(crate) past: usize,
    pub(crate) first_row: usize,
    pub(crate) count: usize,
}

/// Writes to `out`, `[rows, heads * head_dim]`, what each new position attends to; `queries` has
/// the same shape.
pub(crate) fn attend(config: &Config, segments: &[Segment<'_>], queries: &[f32], out: &mut [f32]) {
    let width = config.heads * config.head_dim;
    let out = SharedMut::new(out);
    // (segment, first query, queries) of each task; every task is done for each key-value head.
    let mut tasks = Vec::new();
    for segment in segments {
        for first in (0..segment.count).step_by(QUERY_ROWS) {
            tasks.push((segment, first, QUERY_ROWS.min(segment.count - first)));
        }
    }
    // The last queries see the most keys: longest tasks first evens out the ends.
    pool::run(tasks.len() * config.kv_heads, |index| {
        let (segment, first, count) = tasks[tasks.len() - 1 - index / config.kv_heads];
        let head = index % config.kv_heads;
        let row = segment.first_row + first;
        let rows = &queries[row * width..(row + count) * width];
        let task = Task { config, cache: segment.cache, head, past: segment.past + first };
        SCRATCH.with_borrow_mut(|scratch| {
            if count == 1 {
                task.one(rows, scratch, &out, row);
            } else {
                task.many(rows, count, scratch, &out, row);
            }
        });
    });
}

#[derive(Default)]
struct Scratch {
    scores: Vec<f32>,
    queries: Vec<f32>,
    sums: Vec<f32>,
    part: Vec<f32>,
    wide: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Attention of some query positions to one key-value head.
struct Task<'a> {
    config: &'a Config,
    cache: &'a LayerCache,
    head: usize,
    /// Positions before the first query.
    past: usize,
}

impl Task<'_> {
    fn group(&self) -> usize {
        self.config.heads / self.config.kv_heads
    }

    /// This head's vectors of a page as f32, `[positions, head_dim]`, from position `from` of it.
    fn page<'a>(
        &self,
        page: &'a Page,
        from: usize,
        positions: usize,
        wide: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        let start = (self.head * PAGE + from) * self.config.head_dim;
        let len = positions * self.config.head_dim;
        match page {
            Page::F32(data) => &data[start..start + len],
            Page::F16(data) => {
                wide.resize(PAGE * self.config.head_dim, 0.0);
                ops::from_f16(&data[start..start + len], &mut wide[..len]);
                &wide[..len]
            }
        }
    }

    /// One query position: every head of the group against each key in turn.
    fn one(&self, row: &[f32], scratch: &mut Scratch, out: &SharedMut<f32>, index: usize) {
        let dim = self.config.head_dim;
        let group = self.group();
        let total = self.past + 1;
        let query = &row[self.head * group * dim..(self.head + 1) * group * dim];
        let Scratch { scores, sums, wide, .. } = scratch;
        scores.resize(group * total, 0.0);
        for (first, positions, keys) in pages(&self.cache.keys, total, NEAR) {
            let keys = self.page(keys, first % PAGE, positions, wide);
            ops::scores(query, keys, dim, &mut scores[first..], total);
        }
        sums.clear();
        sums.extend(
            scores[..group * total].chunks_exact_mut(total).map(|scores| softmax(scores, dim)),
        );
        let to = index * self.config.heads * dim + self.head * group * dim;
        // SAFETY: this task alone writes these heads of this row, and `out` outlives the loop.
        let out = unsafe { out.slice(to, group * dim) };
        out.fill(0.0);
        for (first, positions, values) in pages(&self.cache.values, total, NEAR) {
            let values = self.page(values, first % PAGE, positions, wide);
            ops::mix(out, values, dim, &scores[first..], total);
        }
        for (out, sum) in out.chunks_exact_mut(dim).zip(sums.iter()) {
            ops::scale(out, 1.0 / sum);
        }
    }

    /// Several query positions, as matrix products page by page.
    fn many(
        &self,
        rows: &[f32],
        count: usize,
        scratch: &mut Scratch,
        out: &SharedMut<f32>,
        index: usize,
    ) {
        let dim = self.config.head_dim;
        let group = self.group();
        let width = self.config.heads * dim;
        let total = self.past + count;
        let height = count * group;
        let Scratch { scores, queries, sums, part, wide } = scratch;
        // Rows of the products: position-major, then heads of the group.
        queries.clear();
        for row in rows.chunks_exact(width) {
            queries.extend_from_slice(&row[self.head * group * dim..][..group * dim]);
        }
        scores.resize(height * total, 0.0);
        for (first, positions, keys) in pages(&self.cache.keys, total, PAGE) {
            let keys = self.page(keys, 0, positions, wide);
            // SAFETY: `scores` is [height, total] and the columns from `first` are within it;
            // `queries` is [height, dim], `keys` [positions, dim] read as its transpose.
            unsafe {
                gemm_f32(
                    (height, positions, dim),
                    (scores.as_mut_ptr().add(first), total),
                    (queries.as_ptr(), dim, 1),
                    (keys.as_ptr(), 1, dim),
                );
            }
        }
        sums.clear();
        for (row, scores) in scores[..height * total].chunks_exact_mut(total).enumerate() {
            let visible = self.past + row / group + 1;
            sums.push(softmax(&mut scores[..visible], dim));
            scores[visible..].fill(0.0);
        }
        queries.fill(0.0);
        part.resize(height * dim, 0.0);
        for (first, positions, values) in pages(&self.cache.values, total, PAGE) {
            let values = self.page(values, 0, positions, wide);
            // SAFETY: as above; `part` is [height, dim] and `values` [positions, dim].
            unsafe {
                gemm_f32(
                    (height, dim, positions),
                    (part.as_mut_ptr(), dim),
                    (scores.as_ptr().add(first), total, 1),
                    (values.as_ptr(), dim, 1),
                );
            }
            ops::add(queries, part);
        }
        for (row, sums) in sums.chunks_exact(group).enumerate() {
            let to = (index + row) * width + self.head * group * dim;
            // SAFETY: this task alone writes these heads of these rows, and `out` outlives the loop.
            let out = unsafe { out.slice(to, group * dim) };
            out.copy_from_slice(&queries[row * group * dim..(row + 1) * group * dim]);
            for (out, sum) in out.chunks_exact_mut(dim).zip(sums) {
                ops::scale(out, 1.0 / sum);
            }
        }
    }
}

/// The first `total` positions in runs of at most `step`, a divisor of the page's length: first
/// position, positions, page.
fn pages(side: &[Page], total: usize, step: usize) -> impl Iterator<Item = (usize, usize, &Page)> {
    (0..total).step_by(step).map(move |first| (first, step.min(total - first), &side[first / PAGE]))
}

/// Turns products into weights not yet divided by their sum, which is returned.
fn softmax(scores: &mut [f32], dim: usize) -> f32 {
    let scale = 1.0 / (dim as f32).sqrt();
    let max = ops::max(scores);
    ops::exp_sum(scores, scale, max)
}
