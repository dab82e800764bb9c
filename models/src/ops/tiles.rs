//! Products of f32 rows with packed weights, for one thread.
//!
//! Weights lie in panels of [`WIDTH`] columns, so that the part of a panel which is being multiplied
//! stays in the first cache while the rows stream past (Goto and van de Geijn 2008,
//! <https://doi.org/10.1145/1356052.1356053>). The innermost tile of sums stays in registers.

use std::ops::Range;

use super::vector::{self, Kernel, Vector};

/// Columns of a panel.
pub(crate) const WIDTH: usize = 32;
/// Weights of a panel column that are multiplied before the next ones: 32 KiB of the panel.
const DEPTH: usize = 256;

/// A cache line, for the alignment of vectors.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// Floats that begin at a cache line.
#[derive(Clone, Default)]
pub(crate) struct Aligned {
    lines: Vec<Line>,
    len: usize,
}

impl Aligned {
    pub(crate) fn zeroed(len: usize) -> Self {
        Self { lines: vec![Line([0.0; 16]); len.div_ceil(16)], len }
    }

    /// Makes room for at least `len` floats, whose values are whatever they were.
    pub(crate) fn reserve(&mut self, len: usize) {
        if self.len < len {
            self.lines.resize(len.div_ceil(16), Line([0.0; 16]));
            self.len = len;
        }
    }
}

impl std::ops::Deref for Aligned {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: `lines` holds at least `len` floats without padding between them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast::<f32>(), self.len) }
    }
}

impl std::ops::DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast::<f32>(), self.len) }
    }
}

/// `taps` weight matrices `[depth, columns]`, packed as `[panel][tap][depth][WIDTH]`; columns past the
/// last are zero.
pub(crate) struct Panels {
    taps: usize,
    depth: usize,
    columns: usize,
    values: Aligned,
}

impl Panels {
    /// Packs `weight(tap, row, column)`.
    pub(crate) fn new(
        taps: usize,
        depth: usize,
        columns: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let panels = columns.div_ceil(WIDTH);
        let mut values = Aligned::zeroed(panels * taps * depth * WIDTH);
        for (index, line) in values.chunks_exact_mut(WIDTH).enumerate() {
            let (panel, rest) = (index / (taps * depth), index % (taps * depth));
            let (tap, row) = (rest / depth, rest % depth);
            for (i, value) in line.iter_mut().enumerate() {
                let column = panel * WIDTH + i;
                if column < columns {
                    *value = weight(tap, row, column);
                }
            }
        }
        Self { taps, depth, columns, values }
    }

    /// Panels of [`WIDTH`] columns.
    pub(crate) fn count(&self) -> usize {
        self.columns.div_ceil(WIDTH)
    }

    /// `out[rows, panels · WIDTH] = Σ_tap x[tap][rows, depth] · weights[tap]` for some of the panels.
    /// The first column of `out` is that of the first of `panels`; its rows are `width` apart.
    pub(crate) fn product(
        &self,
        x: Shifted<'_>,
        rows: usize,
        panels: Range<usize>,
        out: &mut [f32],
        width: usize,
    ) {
        if rows == 0 || panels.is_empty() {
            return;
        }
        assert!(panels.end <= self.count(), "panels out of range");
        let end = (rows - 1) * x.stride + (self.taps - 1) * x.step + self.depth;
        assert!(end <= x.values.len(), "rows outside their buffer");
        let columns = panels.len() * WIDTH;
        assert!(width >= columns && (rows - 1) * width + columns <= out.len(), "sums outside");
        // SAFETY: all rows of all taps and all sums lie within their slices.
        unsafe {
            vector::run(Product {
                panels: self,
                x,
                rows,
                range: panels,
                out: out.as_mut_ptr(),
                width,
            })
        }
    }
}

impl Panels {
    /// `out[columns]` = one row of `depth` by the only tap, for when reading the weights is the cost.
    pub(crate) fn row(&self, x: &[f32], out: &mut Aligned) {
        assert!(self.taps == 1 && x.len() == self.depth, "a row of another width");
        out.reserve(self.count() * WIDTH);
        // SAFETY: `x` has `depth` values, and there is room for all panels.
        unsafe { vector::run(Row { panels: self, x, out: out.as_mut_ptr() }) }
    }
}

struct Row<'a> {
    panels: &'a Panels,
    x: &'a [f32],
    out: *mut f32,
}

/// Sums of a row that are formed at a time, to hide how long each takes.
const SUMS: usize = 8;

impl Kernel for Row<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let columns = self.panels.count() * WIDTH;
        let weights = self.panels.values.as_ptr();
        for first in (0..columns).step_by(SUMS * V::LANES) {
            // SAFETY: columns past the last are read as the last, and not written.
            unsafe {
                let mut from = [weights; SUMS];
                for (i, from) in from.iter_mut().enumerate() {
                    let column = (first + i * V::LANES).min(columns - V::LANES);
                    let panel = column / WIDTH * self.panels.depth * WIDTH;
                    *from = weights.add(panel + column % WIDTH);
                }
                let mut sums = [V::splat(0.0); SUMS];
                for (k, &x) in self.x.iter().enumerate() {
                    let x = V::splat(x);
                    for (sum, from) in sums.iter_mut().zip(&from) {
                        *sum = x.fma(V::load(from.add(k * WIDTH)), *sum);
                    }
                }
                for (i, sum) in sums.into_iter().enumerate() {
                    let column = first + i * V::LANES;
                    if column < columns {
                        sum.store(self.out.add(column));
                    }
                }
            }
        }
    }
}

/// Rows that several taps read: row `r` of tap `t` begins at `values[r · stride + t · step]`.
#[derive(Clone, Copy)]
pub(crate) struct Shifted<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) step: usize,
}

struct Product<'a> {
    panels: &'a Panels,
    x: Shifted<'a>,
    rows: usize,
    range: Range<usize>,
    out: *mut f32,
    width: usize,
}

impl Kernel for Product<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // Sums fill the registers: 12 · 2 of 32 for AVX-512, 6 · 2 of 16 for AVX2, 4 · 2 of 16.
        // SAFETY: by the caller's promise.
        unsafe {
            match V::LANES {
                16 => self.all::<V, 12>(),
                8 => self.all::<V, 6>(),
                _ => self.all::<V, 4>(),
            }
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    unsafe fn all<V: Vector, const ROWS: usize>(self) {
        let Panels { taps, depth, values, .. } = self.panels;
        let panel = taps * depth * WIDTH;
        for (index, weights) in
            values[self.range.start * panel..self.range.end * panel].chunks_exact(panel).enumerate()
        {
            for columns in (0..WIDTH).step_by(2 * V::LANES) {
                for tap in 0..*taps {
                    for first in (0..*depth).step_by(DEPTH) {
                        let block = Block {
                            // SAFETY: within the slices, as `product` checked.
                            x: unsafe { self.x.values.as_ptr().add(tap * self.x.step + first) },
                            stride: self.x.stride,
                            // SAFETY: within the panel.
                            weights: unsafe {
                                weights.as_ptr().add((tap * depth + first) * WIDTH + columns)
                            },
                            depth: DEPTH.min(depth - first),
                            // SAFETY: as for `x`.
                            out: unsafe { self.out.add(index * WIDTH + columns) },
                            width: self.width,
                            more: tap + first > 0,
                        };
                        // SAFETY: as above.
                        unsafe { block.rows::<V, ROWS>(self.rows) }
                    }
                }
            }
        }
    }
}

/// Some rows by a part of a panel.
#[derive(Clone, Copy)]
struct Block {
    x: *const f32,
    stride: usize,
    weights: *const f32,
    depth: usize,
    out: *mut f32,
    width: usize,
    /// Whether `out` holds sums already, to be added to.
    more: bool,
}

impl Block {
    #[inline(always)]
    unsafe fn rows<V: Vector, const ROWS: usize>(mut self, mut rows: usize) {
        macro_rules! take {
            ($count:expr) => {
                while rows >= $count {
                    self.tile::<V, { $count }>();
                    rows -= $count;
                    self.x = self.x.wrapping_add($count * self.stride);
                    self.out = self.out.wrapping_add($count * self.width);
                }
            };
        }
        // SAFETY: `rows` counts what is left.
        unsafe {
            while rows >= ROWS {
                self.tile::<V, ROWS>();
                rows -= ROWS;
                self.x = self.x.wrapping_add(ROWS * self.stride);
                self.out = self.out.wrapping_add(ROWS * self.width);
            }
            if ROWS > 8 {
                take!(8);
            }
            take!(4);
            take!(2);
            take!(1);
        }
    }

    #[inline(always)]
    unsafe fn tile<V: Vector, const ROWS: usize>(&self) {
        // SAFETY: the rows, the part of the panel and the sums are valid by the caller's promise.
        unsafe {
            let mut sums = [[V::splat(0.0); 2]; ROWS];
            for k in 0..self.depth {
                let weights = self.weights.add(k * WIDTH);
                let (w0, w1) = (V::load(weights), V::load(weights.add(V::LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = V::splat(*self.x.add(row * self.stride + k));
                    sums[0] = x.fma(w0, sums[0]);
                    sums[1] = x.fma(w1, sums[1]);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (i, &sum) in sums.iter().enumerate() {
                    let to = self.out.add(row * self.width + i * V::LANES);
                    if self.more { sum.add(V::load(to)).store(to) } else { sum.store(to) }
                }
            }
        }
    }
}
