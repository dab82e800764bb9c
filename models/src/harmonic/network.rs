//! The network: units to frames of each, and pairs of frames to what the vocoder makes sound of.

use super::config::Config;
use super::units::Clause;
use crate::Result;
use crate::ops::conv::{Conv1d, Method, Shape};
use crate::ops::lanes::multiversion;
use crate::ops::rows::{Activation, Tail};
use crate::whisper::kernels::layer_norm;
use crate::whisper::weights::Tensors;

/// Rows of the embedding of stress, of edges and of final marks.
const STRESSES: usize = 3;
const EDGES: usize = 4;
const MARKS: usize = 4;
/// Numbers that tell where a unit stands in its clause, and a frame in its unit and clause.
const PLACE: usize = 3;
const TIME: usize = 6;
/// Frames that one step of the second stack stands for.
const PAIR: usize = 2;
/// Most frames of one unit.
const LONGEST: f64 = 200.0;
/// Hertz that a pitch stays within.
const PITCHES: [f64; 2] = [40.0, 800.0];

struct Linear(Conv1d);

impl Linear {
    fn load(tensors: &Tensors, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let weight = tensors.values(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = tensors.values(&format!("{name}.bias"), &[outputs])?;
        let shape = Shape::linear(inputs, outputs);
        Ok(Self(Conv1d::new(shape, &weight, Some(&bias), Method::Direct)))
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let shape = self.0.shape();
        let mut out = vec![0.0; x.len() / shape.inputs * shape.outputs];
        self.0.forward(x, Activation::None, Tail::default(), &mut out);
        out
    }

    /// Adds the product to what `out` holds.
    fn add(&self, x: &[f32], out: &mut [f32]) {
        let tail = Tail { accumulate: true, ..Tail::default() };
        self.0.forward(x, Activation::None, tail, out);
    }
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn load(tensors: &Tensors, name: &str, width: usize) -> Result<Self> {
        let weight = tensors.values(&format!("{name}.weight"), &[width])?;
        Ok(Self { weight, bias: tensors.values(&format!("{name}.bias"), &[width])? })
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        layer_norm(x, &self.weight, &self.bias, &mut out);
        out
    }
}

/// A block of ConvNeXt (Liu et al. 2022, <https://arxiv.org/abs/2201.03545>): a convolution of each
/// channel by itself, then two linear layers, added to the input.
struct Block {
    /// `[kernel, channels]`.
    taps: Vec<f32>,
    bias: Vec<f32>,
    norm: Norm,
    up: Linear,
    down: Linear,
}

impl Block {
    fn load(
        tensors: &Tensors,
        name: &str,
        channels: usize,
        hidden: usize,
        kernel: usize,
    ) -> Result<Self> {
        let weight = tensors.values(&format!("{name}.mix.weight"), &[channels, 1, kernel])?;
        let taps = (0..kernel).flat_map(|tap| {
            let weight = &weight;
            (0..channels).map(move |channel| weight[channel * kernel + tap])
        });
        Ok(Self {
            taps: taps.collect(),
            bias: tensors.values(&format!("{name}.mix.bias"), &[channels])?,
            norm: Norm::load(tensors, &format!("{name}.norm"), channels)?,
            up: Linear::load(tensors, &format!("{name}.up"), channels, hidden)?,
            down: Linear::load(tensors, &format!("{name}.down"), hidden, channels)?,
        })
    }

    fn apply(&self, x: &mut [f32]) {
        let mut mixed = vec![0.0; x.len()];
        mix(x, &self.taps, &self.bias, &mut mixed);
        let mut hidden = self.up.apply(&self.norm.apply(&mixed));
        silu(&mut hidden);
        self.down.add(&hidden, x);
    }
}

multiversion! {
    /// Convolves each channel of `x[time, channels]` with its own `taps[kernel, channels]`, zeros
    /// beyond both ends.
    fn mix<I>(x: &[f32], taps: &[f32], bias: &[f32], out: &mut [f32]) {
        let channels = bias.len();
        let rows = x.len() / channels;
        let reach = taps.len() / channels / 2;
        for (row, out) in out.chunks_exact_mut(channels).enumerate() {
            out.copy_from_slice(bias);
            for (tap, taps) in taps.chunks_exact(channels).enumerate() {
                let Some(from) = (row + tap).checked_sub(reach).filter(|&from| from < rows) else {
                    continue;
                };
                let x = &x[from * channels..][..channels];
                for ((out, x), tap) in out.iter_mut().zip(x).zip(taps) {
                    *out = I::fma(*x, *tap, *out);
                }
            }
        }
    }
}

fn silu(x: &mut [f32]) {
    for x in x {
        *x /= 1.0 + (-*x).exp();
    }
}

/// What a clause sounds like: one entry, or one row of bands, for each frame of 5 ms.
pub(super) struct Frames {
    /// Frames of each unit.
    pub(super) lasts: Vec<usize>,
    /// Hertz.
    pub(super) pitch: Vec<f32>,
    /// How much of the voice is heard, 0 to 1.
    pub(super) gate: Vec<f32>,
    /// `[frames, 2, bands]`: natural logarithms of the magnitudes of both filters, voice and noise.
    pub(super) filters: Vec<f32>,
}

/// The weights.
pub(super) struct Network {
    symbol: Vec<f32>,
    stress: Vec<f32>,
    edge: Vec<f32>,
    mark: Vec<f32>,
    place: Linear,
    units: Vec<Block>,
    unit_norm: Norm,
    duration_up: Linear,
    duration: Linear,
    enter: Linear,
    time: Linear,
    frames: Vec<Block>,
    frame_norm: Norm,
    leave: Linear,
    narrow: usize,
    bands: usize,
    lead: usize,
    tail: usize,
}

impl Network {
    pub(super) fn load(tensors: &Tensors, config: &Config) -> Result<Self> {
        let (narrow, wide) = (config.unit_channels, config.frame_channels);
        let table = |name: &str, rows| tensors.values(&format!("{name}.weight"), &[rows, narrow]);
        let linear = |name: &str, inputs, outputs| Linear::load(tensors, name, inputs, outputs);
        let stack = |name: &str, blocks, channels, hidden| -> Result<Vec<Block>> {
            let block = |i| format!("{name}.{i}");
            (0..blocks)
                .map(|i| Block::load(tensors, &block(i), channels, hidden, config.kernel))
                .collect()
        };
        Ok(Self {
            symbol: table("symbol", config.symbols.len())?,
            stress: table("stress", STRESSES)?,
            edge: table("edge", EDGES)?,
            mark: table("mark", MARKS)?,
            place: linear("place", PLACE, narrow)?,
            units: stack("units", config.unit_blocks, narrow, config.unit_hidden)?,
            unit_norm: Norm::load(tensors, "unit_norm", narrow)?,
            duration_up: linear("duration_up", narrow, narrow)?,
            duration: linear("duration", narrow, 1)?,
            enter: linear("enter", narrow, wide)?,
            time: linear("time", TIME, wide)?,
            frames: stack("frames", config.frame_blocks, wide, config.frame_hidden)?,
            frame_norm: Norm::load(tensors, "frame_norm", wide)?,
            leave: linear("leave", wide, PAIR * (2 * config.bands + 2))?,
            narrow,
            bands: config.bands,
            lead: config.lead,
            tail: config.tail,
        })
    }

    /// Runs both stacks over a clause.
    pub(super) fn run(&self, clause: &Clause, speed: f32) -> Frames {
        let units = self.encode(clause);
        let mut hidden = self.duration_up.apply(&units);
        silu(&mut hidden);
        let ends = self.ends(&self.duration.apply(&hidden), speed);
        self.decode(&units, &ends)
    }

    fn encode(&self, clause: &Clause) -> Vec<f32> {
        let count = clause.units.len();
        let place = |i: usize| {
            let far = |units: usize| (units as f32 / 16.0).min(1.0);
            [far(i), far(count - 1 - i), (count as f32 / 64.0).min(1.0)]
        };
        let places: Vec<f32> = (0..count).flat_map(place).collect();
        let mut x = self.place.apply(&places);
        for (unit, x) in clause.units.iter().zip(x.chunks_exact_mut(self.narrow)) {
            let tables = [
                (&self.symbol, unit.id),
                (&self.stress, unit.stress),
                (&self.edge, unit.edge),
                (&self.mark, clause.mark),
            ];
            for (table, row) in tables {
                let row = &table[row * self.narrow..][..self.narrow];
                x.iter_mut().zip(row).for_each(|(x, row)| *x += row);
            }
        }
        self.units.iter().for_each(|block| block.apply(&mut x));
        self.unit_norm.apply(&x)
    }

    /// One past the last frame of each unit, from the logarithm of one more than its frames.
    fn ends(&self, logarithms: &[f32], speed: f32) -> Vec<usize> {
        let mut at = 0.0;
        let last = logarithms.len() - 1;
        let end = |(i, &logarithm): (usize, &f32)| {
            at += if i == 0 {
                self.lead as f64
            } else if i == last {
                self.tail as f64
            } else {
                within(f64::from(logarithm).exp_m1(), 1.0, LONGEST) / f64::from(speed)
            };
            (at + 0.5).floor() as usize
        };
        logarithms.iter().enumerate().map(end).collect()
    }

    fn decode(&self, units: &[f32], ends: &[usize]) -> Frames {
        let total = ends.last().copied().unwrap_or(0);
        let entered = self.enter.apply(units);
        let wide = entered.len() / ends.len();
        let pairs = total.div_ceil(PAIR);
        let mut times = Vec::with_capacity(pairs * TIME);
        let mut unit_of = Vec::with_capacity(pairs);
        for pair in 0..pairs {
            let at = (PAIR * pair + 1).min(total - 1);
            let unit = ends.partition_point(|&end| end <= at);
            let start = unit.checked_sub(1).map_or(0, |before| ends[before]);
            times.extend(time_features(at, start, ends[unit], total));
            unit_of.push(unit);
        }
        let mut x = self.time.apply(&times);
        for (x, unit) in x.chunks_exact_mut(wide).zip(unit_of) {
            x.iter_mut().zip(&entered[unit * wide..]).for_each(|(x, unit)| *x += unit);
        }
        self.frames.iter().for_each(|block| block.apply(&mut x));
        let rows = self.leave.apply(&self.frame_norm.apply(&x));
        let lasts = ends.iter().scan(0, |start, &end| Some(end - std::mem::replace(start, end)));
        let mut frames = Frames {
            lasts: lasts.collect(),
            pitch: Vec::with_capacity(total),
            gate: Vec::with_capacity(total),
            filters: Vec::with_capacity(total * 2 * self.bands),
        };
        for row in rows.chunks_exact(2 * self.bands + 2).take(total) {
            let (filters, rest) = row.split_at(2 * self.bands);
            frames.filters.extend_from_slice(filters);
            frames.pitch.push(within(f64::from(rest[0].exp()), PITCHES[0], PITCHES[1]) as f32);
            let voiced = 1.0 / (1.0 + (-rest[1]).exp());
            frames.gate.push(within(f64::from((voiced - 0.3) / 0.4), 0.0, 1.0) as f32);
        }
        frames
    }
}

/// Clamps; what is no number becomes the least.
fn within(x: f64, least: f64, most: f64) -> f64 {
    if x > least { x.min(most) } else { least }
}

/// Where a frame stands in its unit and its clause; all in frames.
fn time_features(at: usize, start: usize, end: usize, total: usize) -> [f32; TIME] {
    let share = |frames: usize, of: f32, most: f32| (frames as f32 / of).min(most);
    let lasts = end - start;
    [
        (at - start) as f32 / lasts as f32,
        share(at - start, 40.0, 1.0),
        share(end - at, 40.0, 1.0),
        share(lasts, 40.0, 2.0),
        share(at, 400.0, 2.0),
        share(total - at, 400.0, 2.0),
    ]
}
