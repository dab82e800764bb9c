//! The layers with weights of an ONNX network, found by what operations do and read: exporters give
//! names of their own to weights and operations.

use std::collections::HashSet;

use crate::Result;
use crate::files::onnx::{Constant, Node, Onnx};

/// What exporters of torch and quantisers of onnxruntime make of such a network.
const OPERATIONS: [&str; 38] = [
    "Add",
    "Cast",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "ConvInteger",
    "DequantizeLinear",
    "Div",
    "DynamicQuantizeLinear",
    "Equal",
    "Erf",
    "Expand",
    "Gather",
    "Gelu",
    "Gemm",
    "Identity",
    "LayerNormalization",
    "MatMul",
    "MatMulInteger",
    "Mul",
    "Pow",
    "QuantizeLinear",
    "Range",
    "ReduceMean",
    "ReduceSum",
    "Reshape",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
    "Where",
];

/// What the variance of a norm is increased by.
const EPSILON: f32 = 1e-5;

/// A layer and its weights, in the shapes of torch.
pub(super) enum Layer {
    /// Filters `[outputs, inputs, 3]`.
    Convolution { filters: Constant, bias: Vec<f32>, stride: i64 },
    /// `[positions, width]`, added.
    Positions(Constant),
    /// `[outputs, inputs]`.
    Linear { weight: Constant, bias: Option<Vec<f32>> },
    /// A layer normalisation.
    Norm { weight: Vec<f32>, bias: Vec<f32> },
}

impl Layer {
    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Convolution { .. } => "a convolution",
            Self::Positions(_) => "positions",
            Self::Linear { .. } => "a linear layer",
            Self::Norm { .. } => "a norm",
        }
    }
}

/// A layer where it was found.
pub(super) struct Learned {
    pub(super) node: usize,
    /// The tensor that it computes, its bias added.
    pub(super) output: String,
    pub(super) layer: Layer,
}

/// The layers in the order in which they run.
///
/// # Errors
/// [`crate::Error::File`] for an operation that such a network does not have, and for weights that
/// are not stored.
pub(super) fn learned(onnx: &Onnx) -> Result<Vec<Learned>> {
    let mut finder = Finder { onnx, biases: HashSet::new(), found: Vec::new() };
    for (at, node) in onnx.nodes().iter().enumerate() {
        finder.visit(at, node)?;
    }
    Ok(finder.found)
}

struct Finder<'a> {
    onnx: &'a Onnx,
    /// Additions that belong to a layer.
    biases: HashSet<usize>,
    found: Vec<Learned>,
}

impl Finder<'_> {
    fn visit(&mut self, at: usize, node: &Node) -> Result<()> {
        let is_standard = matches!(node.domain.as_str(), "" | "ai.onnx");
        if !is_standard || !OPERATIONS.contains(&node.operation.as_str()) {
            let found = "an operation that a smart-turn network does not have";
            return Err(self.onnx.fault(node, found, "the ONNX export of a smart-turn network"));
        }
        let is_data = |at: usize| node.input(at).is_some_and(|name| self.onnx.is_dynamic(name));
        match node.operation.as_str() {
            "Conv" => {
                let filters = self.weights(node, 1)?;
                let bias = self.weights(node, 2)?.values;
                self.convolution(at, node, node.output().into(), filters, bias)
            }
            "ConvInteger" => {
                let (output, filters) = self.rescaled(node, 0)?;
                let (output, bias) = self.bias(output, filters.shape[0])?;
                let bias = bias.ok_or_else(|| self.onnx.fault(node, "no bias", "one"))?;
                self.convolution(at, node, output, filters, bias)
            }
            "MatMul" if is_data(0) && !is_data(1) => {
                let weight = self.weights(node, 1)?;
                self.linear(at, node, node.output().into(), weight)
            }
            "MatMulInteger" if is_data(0) && !is_data(1) => {
                let (output, weight) = self.rescaled(node, -1)?;
                self.linear(at, node, output, weight)
            }
            "Gemm" if is_data(0) && !is_data(1) => self.gemm(at, node),
            "LayerNormalization" => self.norm(at, node),
            "Div" if is_data(1) => self.open_norm(at, node),
            "Add" if !self.biases.contains(&at) => self.positions(at, node),
            "Gelu" if !matches!(node.text("approximate"), None | Some(b"none")) => {
                Err(self.onnx.fault(node, "an approximation", "an exact GELU"))
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, node: usize, output: String, layer: Layer) -> Result<()> {
        self.found.push(Learned { node, output, layer });
        Ok(())
    }

    /// A constant input.
    fn weights(&self, node: &Node, at: usize) -> Result<Constant> {
        let name = node.input(at).unwrap_or_default();
        self.onnx.constant(name)?.ok_or_else(|| {
            let found = if name.is_empty() { "nothing".into() } else { format!("`{name}`") };
            let found = format!("{found} as input {at}");
            self.onnx.fault(node, found, "weights that the file stores")
        })
    }

    fn convolution(
        &mut self,
        at: usize,
        node: &Node,
        output: String,
        filters: Constant,
        bias: Vec<f32>,
    ) -> Result<()> {
        let one = |name| matches!(node.ints(name), None | Some([1]));
        let padded = node.ints("pads") == Some(&[1, 1]);
        let plain = node.int("group").unwrap_or(1) == 1 && one("dilations") && padded;
        let stride = node.ints("strides").and_then(|it| it.first()).copied().unwrap_or(1);
        if !plain || filters.shape.len() != 3 || filters.shape[2] != 3 {
            let found = format!("filters {:?}, another padding or groups", filters.shape);
            return Err(self.onnx.fault(node, found, "filters of 3 frames, padded by one"));
        }
        self.push(at, output, Layer::Convolution { filters, bias, stride })
    }

    /// A product with weights `[inputs, outputs]`.
    fn linear(&mut self, at: usize, node: &Node, output: String, weight: Constant) -> Result<()> {
        let [_, outputs] = weight.shape[..] else {
            let found = format!("weights of shape {:?}", weight.shape);
            return Err(self.onnx.fault(node, found, "a matrix"));
        };
        let (output, bias) = self.bias(output, outputs)?;
        self.push(at, output, Layer::Linear { weight: weight.transposed(), bias })
    }

    fn gemm(&mut self, at: usize, node: &Node) -> Result<()> {
        let one = |name| node.float(name).is_none_or(|factor| factor == 1.0);
        let weight = self.weights(node, 1)?;
        if node.int("transA").unwrap_or(0) != 0 || !one("alpha") || !one("beta") {
            return Err(self.onnx.fault(node, "a scaled product", "a plain one"));
        }
        if weight.shape.len() != 2 {
            let found = format!("weights of shape {:?}", weight.shape);
            return Err(self.onnx.fault(node, found, "a matrix"));
        }
        let turned = node.int("transB").unwrap_or(0) != 0;
        let weight = if turned { weight } else { weight.transposed() };
        let output = node.output().to_string();
        let (output, bias) = match node.input(2) {
            Some(_) => (output, Some(self.weights(node, 2)?.values)),
            None => self.bias(output, weight.shape[0])?,
        };
        self.push(at, output, Layer::Linear { weight, bias })
    }

    /// The bias that is added to a layer's output, which may be quantised in between, and the sum.
    fn bias(&mut self, output: String, width: usize) -> Result<(String, Option<Vec<f32>>)> {
        let mut name = output.as_str();
        loop {
            let consumers = self.onnx.consumers(name);
            for &at in consumers {
                let node = &self.onnx.nodes()[at];
                if node.operation != "Add" {
                    continue;
                }
                let other = node.inputs.iter().find(|input| *input != name);
                let constant = other.map(|other| self.onnx.constant(other)).transpose()?.flatten();
                if let Some(bias) = constant.filter(|bias| bias.values.len() == width) {
                    self.biases.insert(at);
                    return Ok((node.output().into(), Some(bias.values)));
                }
            }
            let [only] = consumers else { return Ok((output, None)) };
            let node = &self.onnx.nodes()[*only];
            match node.operation.as_str() {
                "QuantizeLinear" | "DequantizeLinear" | "Identity" => name = node.output(),
                _ => return Ok((output, None)),
            }
        }
    }

    /// The weights of an operation on integers, and the output once it is scaled: the scales of
    /// the weights and of the data are multiplied before that.
    fn rescaled(&self, node: &Node, axis: i64) -> Result<(String, Constant)> {
        let fault = |found: &str| {
            self.onnx.fault(node, found, "a cast and a product with the scales of its inputs")
        };
        let one = |name: &str, operation: &str| match *self.onnx.consumers(name) {
            [at] if self.onnx.nodes()[at].operation == operation => Ok(&self.onnx.nodes()[at]),
            _ => Err(fault("another use of its output")),
        };
        let cast = one(node.output(), "Cast")?.output();
        let product = one(cast, "Mul")?;
        let scales = product.inputs.iter().find(|name| *name != cast);
        let scales = scales.and_then(|name| self.onnx.producer(name));
        let scales = scales.map(|at| &self.onnx.nodes()[at]).filter(|it| it.operation == "Mul");
        let inputs = scales.map_or(&[][..], |scales| &scales.inputs);
        let mut fixed = inputs.iter().filter(|name| !self.onnx.is_dynamic(name));
        let scale = fixed.next().map(|name| self.onnx.constant(name)).transpose()?.flatten();
        let scale = scale.ok_or_else(|| fault("no scale of its weights"))?;
        let zero = node.input(3).map(|name| self.onnx.constant(name)).transpose()?.flatten();
        let weights = self.weights(node, 1)?.dequantised(&scale, zero.as_ref(), axis);
        let weights = weights.ok_or_else(|| fault("scales of another shape than its weights"))?;
        Ok((product.output().into(), weights))
    }

    fn norm(&mut self, at: usize, node: &Node) -> Result<()> {
        let (weight, bias) = (self.weights(node, 1)?.values, self.weights(node, 2)?.values);
        let epsilon = node.float("epsilon").unwrap_or(EPSILON);
        let rows = matches!(node.int("axis"), None | Some(-1 | 1 | 2));
        if !rows || (epsilon - EPSILON).abs() > EPSILON / 100.0 {
            let found = format!("a norm with an epsilon of {epsilon}");
            return Err(self.onnx.fault(node, found, format!("one of rows, with {EPSILON}")));
        }
        self.push(at, node.output().into(), Layer::Norm { weight, bias })
    }

    /// A norm that is written out, as before version 17 of ONNX's operations: what is divided by the
    /// root of the variance, times one constant, plus another.
    fn open_norm(&mut self, at: usize, node: &Node) -> Result<()> {
        let root = node.input(1).and_then(|name| self.onnx.producer(name));
        if root.is_none_or(|root| self.onnx.nodes()[root].operation != "Sqrt") {
            return Ok(());
        }
        let (mut name, mut values) = (node.output(), Vec::new());
        for operation in ["Mul", "Add"] {
            let found = match *self.onnx.consumers(name) {
                [at] if self.onnx.nodes()[at].operation == operation => Some(at),
                _ => None,
            };
            let Some(next) = found else {
                let expected = "a norm with weights and a bias";
                return Err(self.onnx.fault(node, "a norm without them", expected));
            };
            let step = &self.onnx.nodes()[next];
            let constant = usize::from(step.input(0) == Some(name));
            values.push(self.weights(step, constant)?.values);
            self.biases.insert(next);
            name = step.output();
        }
        let bias = values.pop().unwrap_or_default();
        let weight = values.pop().unwrap_or_default();
        self.push(at, name.into(), Layer::Norm { weight, bias })
    }

    /// A matrix that is added to the data.
    fn positions(&mut self, at: usize, node: &Node) -> Result<()> {
        if self.onnx.data(node).count() != 1 {
            return Ok(());
        }
        for name in node.inputs.iter().filter(|name| !self.onnx.is_dynamic(name)) {
            let Some(mut constant) = self.onnx.constant(name)? else { continue };
            let bare = constant.bare_shape().to_vec();
            if bare.len() == 2 {
                constant.shape = bare;
                return self.push(at, node.output().into(), Layer::Positions(constant));
            }
        }
        Ok(())
    }
}
