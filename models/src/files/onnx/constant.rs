//! Constants of a network, also those that operations compute from others: weights that are
//! turned or quantised.

use super::proto::Tensor;
use super::{Node, Onnx};
use crate::{Error, Result};

/// Operations between a constant and what is stored of it; more are no exporter's.
const MOST_OPERATIONS: usize = 16;

/// A constant tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl Constant {
    /// The shape without dimensions of one before others.
    pub(crate) fn bare_shape(&self) -> &[usize] {
        let ones = self.shape.iter().take_while(|&&n| n == 1).count();
        &self.shape[ones..]
    }

    /// Swaps rows and columns.
    pub(crate) fn transposed(self) -> Self {
        let [rows, columns] = self.shape[..] else { return self };
        let values = &self.values;
        let turned = (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c]));
        Self { shape: vec![columns, rows], values: turned.collect() }
    }

    /// `(value - zero) · scale`, with one zero and scale, or one for each place along `axis`.
    ///
    /// Returns `None` where their number fits neither.
    pub(crate) fn dequantised(
        mut self,
        scale: &Self,
        zero: Option<&Self>,
        axis: i64,
    ) -> Option<Self> {
        let rank = self.shape.len() as i64;
        let place = usize::try_from(if axis < 0 { axis + rank } else { axis }).ok();
        let (count, inner) = match (scale.values.len(), place) {
            (1, _) => (1, self.values.len().max(1)),
            (count, Some(axis)) if self.shape.get(axis) == Some(&count) => {
                (count, self.shape[axis + 1..].iter().product())
            }
            _ => return None,
        };
        let zeros = zero.map_or(&[0.0][..], |zero| &zero.values);
        if zeros.len() != 1 && zeros.len() != count {
            return None;
        }
        for (row, values) in self.values.chunks_mut(inner.max(1)).enumerate() {
            let (scale, zero) = (scale.values[row % count], zeros[row % zeros.len()]);
            values.iter_mut().for_each(|value| *value = (*value - zero) * scale);
        }
        Some(self)
    }
}

impl Onnx {
    /// The values of a constant, `None` where they follow from the network's input or its shape.
    ///
    /// # Errors
    /// [`Error::File`] for elements that are not there or of an unknown type, and an operation on
    /// constants that is not known.
    pub(crate) fn constant(&self, name: &str) -> Result<Option<Constant>> {
        self.evaluate(name, MOST_OPERATIONS)
    }

    /// Checks that no stored weight is infinite or not a number, which also reads every byte.
    ///
    /// # Errors
    /// [`Error::File`] that names the tensor.
    pub fn finite(&self) -> Result<()> {
        let mut names: Vec<_> = self.tensors.keys().collect();
        names.sort_unstable();
        for name in names {
            let values = self.stored_values(&self.tensors[name])?.values;
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                let found = format!("an infinity or no number at element {at}");
                return Err(Error::file(self.path(), tensor(name), found, "finite weights"));
            }
        }
        Ok(())
    }

    fn evaluate(&self, name: &str, operations: usize) -> Result<Option<Constant>> {
        if self.is_dynamic(name) {
            return Ok(None);
        }
        if let Some(stored) = self.tensors.get(name) {
            return self.stored_values(stored).map(Some);
        }
        let Some(at) = self.producer(name) else { return Ok(None) };
        let node = &self.nodes()[at];
        let Some(operations) = operations.checked_sub(1) else {
            let found = "a long chain of operations on constants";
            return Err(self.fault(node, found, "stored weights"));
        };
        let input = |at: usize| match node.input(at) {
            Some(name) => self.evaluate(name, operations),
            None => Ok(None),
        };
        match node.operation.as_str() {
            "Constant" => self.literal(node),
            "Identity" | "Cast" => input(0),
            "Transpose" => match input(0)? {
                Some(value) if value.shape.len() == 2 && node.ints("perm") != Some(&[0, 1]) => {
                    Ok(Some(value.transposed()))
                }
                Some(_) => Err(self.fault(node, "a turned constant", "a matrix")),
                None => Ok(None),
            },
            "Reshape" => {
                let (Some(mut value), Some(to)) = (input(0)?, input(1)?) else { return Ok(None) };
                value.shape = self.reshaped(node, &value, &to.values)?;
                Ok(Some(value))
            }
            "DequantizeLinear" => {
                let (Some(value), Some(scale)) = (input(0)?, input(1)?) else { return Ok(None) };
                let whole = node.int("block_size").unwrap_or(0) == 0;
                let (shape, scales) = (value.shape.clone(), scale.shape.clone());
                let zero = input(2)?;
                let axis = node.int("axis").unwrap_or(1);
                let value = value.dequantised(&scale, zero.as_ref(), axis).filter(|_| whole);
                value.map(Some).ok_or_else(|| {
                    let found = format!("scales of shape {scales:?} for weights of {shape:?}");
                    self.fault(node, found, "one for all, or one for each row or column")
                })
            }
            _ => Ok(None),
        }
    }

    /// The value of a `Constant` node.
    fn literal(&self, node: &Node) -> Result<Option<Constant>> {
        let one = |value: f32| Constant { shape: Vec::new(), values: vec![value] };
        let Some(attribute) = node.attributes.first() else { return Ok(None) };
        match attribute.name.as_str() {
            "value" => attribute.tensor.as_ref().map(|it| self.stored_values(it)).transpose(),
            "value_float" => Ok(Some(one(attribute.float))),
            "value_int" => Ok(Some(one(attribute.int as f32))),
            "value_ints" => {
                let values: Vec<f32> = attribute.ints.iter().map(|&n| n as f32).collect();
                Ok(Some(Constant { shape: vec![values.len()], values }))
            }
            _ => Ok(None),
        }
    }

    /// The shape that `to` gives to a constant: a −1 is what the others leave, a 0 what was there.
    fn reshaped(&self, node: &Node, value: &Constant, to: &[f32]) -> Result<Vec<usize>> {
        let keep = |at: usize| value.shape.get(at).copied().unwrap_or(0);
        let size = |(at, &n): (usize, &f32)| match n {
            0.0 => keep(at),
            n if n < 0.0 => 0,
            n => n as usize,
        };
        let mut shape: Vec<usize> = to.iter().enumerate().map(size).collect();
        let open: Vec<usize> = (0..to.len()).filter(|&at| to[at] < 0.0).collect();
        if let [open] = open[..] {
            shape[open] = 1;
            let known = shape.iter().copied().fold(1, usize::saturating_mul);
            shape[open] = value.values.len() / known.max(1);
        }
        if shape.iter().copied().fold(1, usize::saturating_mul) == value.values.len() {
            return Ok(shape);
        }
        let found = format!("{:?} to be {shape:?}", value.shape);
        Err(self.fault(node, found, "a shape of as many elements"))
    }

    fn stored_values(&self, stored: &Tensor) -> Result<Constant> {
        let fault = |found: String, expected: &str| {
            Err(Error::file(self.path(), tensor(&stored.name), found, expected))
        };
        if stored.location == 1 {
            return fault("its elements in another file".into(), "them in this one");
        }
        let shape: Option<Vec<usize>> =
            stored.shape.iter().map(|&n| usize::try_from(n).ok()).collect();
        let count = |shape: &Vec<usize>| shape.iter().try_fold(1usize, |n, &m| n.checked_mul(m));
        let Some((count, shape)) = shape.and_then(|shape| Some((count(&shape)?, shape))) else {
            return fault(format!("shape {:?}", stored.shape), "a shape");
        };
        let Some(values) = elements(stored) else {
            let found = format!("element type {}", stored.element);
            return fault(found, "FLOAT, FLOAT16, BFLOAT16, or integers of 8, 32 or 64 bits");
        };
        if values.len() != count {
            return fault(format!("{} elements", values.len()), &format!("{count}"));
        }
        Ok(Constant { shape, values })
    }
}

fn tensor(name: &str) -> String {
    format!("tensor `{name}`")
}

/// The elements of a tensor, `None` for a type that is not known; the numbers are those of
/// `TensorProto.DataType`. Bytes that are no whole element are left out.
fn elements(stored: &Tensor) -> Option<Vec<f32>> {
    let raw: &[u8] = &stored.raw;
    let halves = |value: fn(u16) -> f32| -> Vec<f32> {
        if raw.is_empty() {
            return stored.ints.iter().map(|&n| value(n as u16)).collect();
        }
        raw.chunks_exact(2).map(|b| value(u16::from_le_bytes([b[0], b[1]]))).collect()
    };
    let small = |value: fn(u8) -> f32| -> Vec<f32> {
        if raw.is_empty() {
            return stored.ints.iter().map(|&n| n as f32).collect();
        }
        raw.iter().map(|&b| value(b)).collect()
    };
    let words = || raw.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
    Some(match stored.element {
        1 if raw.is_empty() => stored.floats.clone(),
        1 => words().map(f32::from_le_bytes).collect(),
        2 => small(f32::from),
        3 => small(|b| f32::from(b as i8)),
        6 if raw.is_empty() => stored.ints.iter().map(|&n| n as f32).collect(),
        6 => words().map(|b| i32::from_le_bytes(b) as f32).collect(),
        7 if raw.is_empty() => stored.longs.iter().map(|&n| n as f32).collect(),
        7 => bytemuck::pod_collect_to_vec::<u8, i64>(&raw[..raw.len() / 8 * 8])
            .into_iter()
            .map(|n| i64::from_le(n) as f32)
            .collect(),
        10 => halves(|bits| half::f16::from_bits(bits).to_f32()),
        16 => halves(|bits| half::bf16::from_bits(bits).to_f32()),
        _ => return None,
    })
}
