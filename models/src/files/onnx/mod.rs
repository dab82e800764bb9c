//! ONNX files: the operations of a network in the order of their execution, and its constants.
//!
//! Invariant: every tensor that an operation reads is a constant, an input of the network or the
//! output of an earlier operation, so that following names from one to the next comes to an end.

mod constant;
mod proto;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use prost::Message;

pub(crate) use self::constant::Constant;
pub(crate) use self::proto::Node;
use super::Bytes;
use crate::{Error, Result};

/// A checked ONNX file.
pub struct Onnx {
    path: PathBuf,
    nodes: Vec<Node>,
    tensors: HashMap<String, proto::Tensor>,
    producers: HashMap<String, usize>,
    consumers: HashMap<String, Vec<usize>>,
    /// Tensors whose values follow from the network's input.
    dynamic: HashSet<String>,
}

impl Onnx {
    /// Reads the graph; the elements of tensors stay where they are.
    ///
    /// # Errors
    /// [`Error::File`] for what is no ONNX file, or one whose operations are out of order.
    pub fn read(path: impl AsRef<Path>, bytes: &Bytes) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let fault = |found: String| Error::file(&path, "the file", found, "an ONNX network");
        let bytes = prost::bytes::Bytes::from_owner(bytes.clone());
        let model = proto::Model::decode(bytes).map_err(|e| fault(format!("no protobuf ({e})")))?;
        let graph = model.graph.filter(|graph| !graph.nodes.is_empty());
        let Some(graph) = graph else { return Err(fault("no operations".into())) };
        let mut onnx = Self {
            path,
            nodes: Vec::new(),
            tensors: graph.tensors.into_iter().map(|it| (it.name.clone(), it)).collect(),
            producers: HashMap::new(),
            consumers: HashMap::new(),
            dynamic: HashSet::new(),
        };
        let inputs = graph.inputs.into_iter().map(|input| input.name);
        onnx.dynamic = inputs.filter(|name| !onnx.tensors.contains_key(name)).collect();
        for node in graph.nodes {
            onnx.add(node)?;
        }
        Ok(onnx)
    }

    fn add(&mut self, node: Node) -> Result<()> {
        let at = self.nodes.len();
        let known = |name: &String| {
            self.tensors.contains_key(name)
                || self.producers.contains_key(name)
                || self.dynamic.contains(name)
        };
        let read: Vec<&String> = node.inputs.iter().filter(|name| !name.is_empty()).collect();
        if let Some(name) = read.iter().find(|name| !known(name)) {
            let expected = format!("`{name}` to be computed before it");
            return Err(self.fault(&node, "an input that is not there yet", expected));
        }
        if let Some(name) = node.outputs.iter().find(|name| known(name)) {
            return Err(self.fault(&node, format!("`{name}` computed again"), "each tensor once"));
        }
        // Of the shape of a tensor follows nothing of its values.
        let measures = matches!(node.operation.as_str(), "Shape" | "Size");
        let dynamic = !measures && read.iter().any(|name| self.dynamic.contains(*name));
        for name in read {
            self.consumers.entry(name.clone()).or_default().push(at);
        }
        for name in node.outputs.iter().filter(|name| !name.is_empty()) {
            self.producers.insert(name.clone(), at);
            if dynamic {
                self.dynamic.insert(name.clone());
            }
        }
        self.nodes.push(node);
        Ok(())
    }

    /// Returns the file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many tensors are stored.
    pub fn stored(&self) -> usize {
        self.tensors.len()
    }

    /// How many numbers the stored tensors have.
    pub fn elements(&self) -> u64 {
        let elements = |tensor: &proto::Tensor| {
            tensor.shape.iter().map(|&n| n.max(0) as u64).fold(1, u64::saturating_mul)
        };
        self.tensors.values().map(elements).fold(0, u64::saturating_add)
    }

    /// The operations, each after those whose outputs it reads.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The operation that computes a tensor.
    pub(crate) fn producer(&self, name: &str) -> Option<usize> {
        self.producers.get(name).copied()
    }

    /// The operations that read a tensor.
    pub(crate) fn consumers(&self, name: &str) -> &[usize] {
        self.consumers.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a tensor's values follow from the network's input.
    pub(crate) fn is_dynamic(&self, name: &str) -> bool {
        self.dynamic.contains(name)
    }

    /// The tensors that an operation reads and that follow from the network's input.
    pub(crate) fn data<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a str> {
        node.inputs.iter().map(String::as_str).filter(|name| self.is_dynamic(name))
    }

    /// An error at an operation.
    pub(crate) fn fault(
        &self,
        node: &Node,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Error {
        let name = if node.name.is_empty() { node.outputs.first() } else { Some(&node.name) };
        let name = name.map_or("", String::as_str);
        Error::file(&self.path, format!("`{}` node `{name}`", node.operation), found, expected)
    }
}

impl Node {
    /// An input that is there.
    pub(crate) fn input(&self, at: usize) -> Option<&str> {
        self.inputs.get(at).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The first output.
    pub(crate) fn output(&self) -> &str {
        self.outputs.first().map_or("", String::as_str)
    }

    fn attribute(&self, name: &str) -> Option<&proto::Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// A whole number among the attributes.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.int)
    }

    /// A list of whole numbers among the attributes.
    pub(crate) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A number among the attributes.
    pub(crate) fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.float)
    }

    /// A text among the attributes.
    pub(crate) fn text(&self, name: &str) -> Option<&[u8]> {
        self.attribute(name).map(|attribute| attribute.text.as_ref())
    }
}
