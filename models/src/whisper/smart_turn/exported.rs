//! A network out of an ONNX file, with the names that training gives its tensors.
//!
//! The layers with weights run in one order in every export, but for the queries, keys and values
//! of an attention: those are told apart by what becomes of them.

use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use super::learned::{Layer, Learned, learned};
use crate::files::onnx::{Constant, Node, Onnx};
use crate::{Error, Result};

/// Layers with weights outside the encoder's: two convolutions and the positions, then the last norm
/// of the encoder, two of the attention and four of the classifier.
const BEFORE: usize = 3;
const AFTER: usize = 7;

/// Norms and linear layers of one of the encoder's.
const EACH: usize = 8;

/// GELUs outside the encoder's layers: after each convolution, and in the classifier.
const GELUS: usize = 4;

/// What a file is as a whole, for messages.
const EXPECTED: &str = "a smart-turn network: two convolutions, positions, encoder layers of two \
                        norms and six linear layers, then a norm, two linear layers, and a \
                        classifier of a linear layer, a norm and two linear layers";

/// What training would have saved.
pub(super) struct Exported {
    /// The text of `config.json`.
    pub(super) config: Vec<u8>,
    /// The bytes of `model.safetensors`.
    pub(super) weights: Vec<u8>,
}

/// Reads a network, its weights made f32 where they are quantised.
///
/// # Errors
/// [`Error::File`] that says which operation or layer is no smart-turn network's.
pub(super) fn read(onnx: &Onnx) -> Result<Exported> {
    let found = learned(onnx)?;
    let whole = |found: String| Error::file(onnx.path(), "the network", found, EXPECTED);
    let count = found.len();
    if count < BEFORE + EACH + AFTER || !(count - BEFORE - AFTER).is_multiple_of(EACH) {
        return Err(whole(format!("{count} layers with weights")));
    }
    let layers = (count - BEFORE - AFTER) / EACH;
    let operations = |name: &str| onnx.nodes().iter().filter(|it| it.operation == name).count();
    let (gelus, tanhs) = (operations("Gelu") + operations("Erf"), operations("Tanh"));
    if gelus != layers + GELUS || tanhs != 1 || operations("Softmax") != layers + 1 {
        let softmaxes = operations("Softmax");
        return Err(whole(format!("{gelus} GELUs, {tanhs} tanh and {softmaxes} softmaxes")));
    }
    let mut network = Network { onnx, found: &found, at: 0, tensors: Vec::new() };
    let mels = network.convolution("encoder.conv1", 1)?[1];
    let width = network.convolution("encoder.conv2", 2)?[0];
    let positions = network.positions("encoder.embed_positions.weight")?;
    let (mut heads, mut hidden) = (1, width);
    let softmaxes = onnx.nodes().iter().filter(|node| node.operation == "Softmax");
    for (layer, softmax) in softmaxes.take(layers).enumerate() {
        let name = format!("encoder.layers.{layer}");
        network.norm(&format!("{name}.self_attn_layer_norm"))?;
        heads = network.attention(&format!("{name}.self_attn"), softmax, width)?;
        network.linear(&format!("{name}.self_attn.out_proj"), true)?;
        network.norm(&format!("{name}.final_layer_norm"))?;
        hidden = network.linear(&format!("{name}.fc1"), true)?;
        network.linear(&format!("{name}.fc2"), true)?;
    }
    network.norm("encoder.layer_norm")?;
    network.linear("pool_attention.0", true)?;
    network.linear("pool_attention.2", true)?;
    network.linear("classifier.0", true)?;
    network.norm("classifier.1")?;
    network.linear("classifier.4", true)?;
    network.linear("classifier.6", true)?;
    let config = json!({
        "model_type": "whisper",
        "d_model": width,
        "num_mel_bins": mels,
        "encoder_layers": layers,
        "encoder_attention_heads": heads,
        "encoder_ffn_dim": hidden,
        "max_source_positions": positions,
        "decoder_attention_heads": heads,
    });
    Ok(Exported { config: config.to_string().into_bytes(), weights: network.save()? })
}

struct Network<'a> {
    onnx: &'a Onnx,
    found: &'a [Learned],
    at: usize,
    tensors: Vec<(String, &'a [f32], Vec<usize>)>,
}

impl<'a> Network<'a> {
    fn next(&mut self) -> &'a Learned {
        let found = &self.found[self.at];
        self.at += 1;
        found
    }

    fn another(&self, found: &Learned, name: &str, expected: &str) -> Error {
        let node = &self.onnx.nodes()[found.node];
        self.onnx.fault(node, found.layer.kind(), format!("{expected}, `{name}`"))
    }

    fn keep(&mut self, name: String, values: &'a [f32], shape: &[usize]) {
        self.tensors.push((name, values, shape.to_vec()));
    }

    /// A convolution; returns the shape of its filters.
    fn convolution(&mut self, name: &str, wanted: i64) -> Result<&'a [usize]> {
        let found = self.next();
        match &found.layer {
            Layer::Convolution { filters, bias, stride } if *stride == wanted => {
                self.keep(format!("{name}.weight"), &filters.values, &filters.shape);
                self.keep(format!("{name}.bias"), bias, &[bias.len()]);
                Ok(&filters.shape)
            }
            Layer::Convolution { .. }
            | Layer::Positions(_)
            | Layer::Linear { .. }
            | Layer::Norm { .. } => {
                let expected = format!("a convolution with a stride of {wanted}");
                Err(self.another(found, name, &expected))
            }
        }
    }

    /// The positions; returns how many there are.
    fn positions(&mut self, name: &str) -> Result<usize> {
        let found = self.next();
        let Layer::Positions(Constant { shape, values }) = &found.layer else {
            return Err(self.another(found, name, "positions"));
        };
        self.keep(name.into(), values, shape);
        Ok(shape[0])
    }

    fn norm(&mut self, name: &str) -> Result<()> {
        let found = self.next();
        let Layer::Norm { weight, bias } = &found.layer else {
            return Err(self.another(found, name, "a norm"));
        };
        self.keep(format!("{name}.weight"), weight, &[weight.len()]);
        self.keep(format!("{name}.bias"), bias, &[bias.len()]);
        Ok(())
    }

    fn linear(&mut self, name: &str, biased: bool) -> Result<usize> {
        let found = self.next();
        self.keep_linear(found, name, biased)
    }

    /// A linear layer; returns how many outputs it has.
    fn keep_linear(&mut self, found: &'a Learned, name: &str, biased: bool) -> Result<usize> {
        let expected = ["a linear layer without a bias", "a linear layer with a bias"];
        let expected = expected[usize::from(biased)];
        let Layer::Linear { weight, bias } = &found.layer else {
            return Err(self.another(found, name, expected));
        };
        if bias.is_some() != biased {
            return Err(self.another(found, name, expected));
        }
        self.keep(format!("{name}.weight"), &weight.values, &weight.shape);
        if let Some(bias) = bias {
            self.keep(format!("{name}.bias"), bias, &[bias.len()]);
        }
        Ok(weight.shape[0])
    }

    /// Queries, keys and values, which exporters compute in any order; returns how many heads there are.
    fn attention(&mut self, name: &str, softmax: &Node, width: usize) -> Result<usize> {
        let three = [self.next(), self.next(), self.next()];
        let scores = self.scores(softmax)?;
        let mut sources = [None, None];
        let mut head = None;
        for (source, input) in sources.iter_mut().zip(&scores.inputs) {
            *source = self.source(input, &three, &mut head);
        }
        let [Some(query), Some(key)] = sources else {
            let found = "an attention to other layers than those before it";
            return Err(self.onnx.fault(scores, found, "its queries and keys"));
        };
        // Where the two are one, one remains without a name.
        let value = (0..3).find(|at| *at != query && *at != key).unwrap_or(query);
        self.keep_linear(three[query], &format!("{name}.q_proj"), true)?;
        self.keep_linear(three[key], &format!("{name}.k_proj"), false)?;
        self.keep_linear(three[value], &format!("{name}.v_proj"), true)?;
        let head = head.filter(|head| *head > 0 && width.is_multiple_of(*head));
        head.map(|head| width / head).ok_or_else(|| {
            let found = "no width of its heads";
            self.onnx.fault(scores, found, "queries and keys in a shape that ends in one")
        })
    }

    /// The product of queries and keys before a softmax.
    fn scores(&self, softmax: &'a Node) -> Result<&'a Node> {
        let mut node = softmax;
        while node.operation != "MatMul" {
            let mut data = self.onnx.data(node);
            let before = match (data.next(), data.next()) {
                (Some(name), None) => self.onnx.producer(name),
                _ => None,
            };
            let Some(at) = before else {
                return Err(self.onnx.fault(softmax, "no product before it", "an attention"));
            };
            node = &self.onnx.nodes()[at];
        }
        Ok(node)
    }

    /// Which of `three` layers a tensor is made of, and the width of heads that it was cut into.
    fn source(&self, name: &str, three: &[&Learned; 3], head: &mut Option<usize>) -> Option<usize> {
        let mut name = name;
        loop {
            if let Some(at) = three.iter().position(|layer| layer.output == name) {
                return Some(at);
            }
            let node = &self.onnx.nodes()[self.onnx.producer(name)?];
            if node.operation == "Reshape" {
                // The one that is nearest to the layer counts.
                *head = node.input(1).and_then(|shape| self.last(shape));
            }
            let mut data = self.onnx.data(node);
            name = data.next()?;
            if data.next().is_some() {
                return None;
            }
        }
    }

    /// The last of the sizes that a reshape is given, which exporters put together of parts.
    fn last(&self, shape: &str) -> Option<usize> {
        let at = match self.onnx.constant(shape).ok()? {
            Some(sizes) => return sizes.values.last().map(|&size| size as usize),
            None => self.onnx.producer(shape)?,
        };
        let node = &self.onnx.nodes()[at];
        let last = node.inputs.last().filter(|_| node.operation == "Concat")?;
        let sizes = self.onnx.constant(last).ok()??;
        sizes.values.last().map(|&size| size as usize)
    }

    /// The tensors as a safetensors file.
    fn save(&self) -> Result<Vec<u8>> {
        let fault = |e: safetensors::SafeTensorError| {
            Error::file(self.onnx.path(), "the weights", e.to_string(), EXPECTED)
        };
        let mut views = Vec::new();
        for (name, values, shape) in &self.tensors {
            let bytes = bytemuck::cast_slice(values);
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(fault)?;
            views.push((name, view));
        }
        safetensors::serialize(views, None).map_err(fault)
    }
}
