"""Writes a network as ONNX, as it is published, and what onnxruntime computes from each file.

    torchscript.onnx  opset 20 from the TorchScript exporter with any batch size
    dynamo.onnx       from the exporter on torch.export, for a batch of one
    qdq.onnx          the first after onnxruntime's static quantisation with the settings of smart-turn's training: QDQ, int8 weights
                      with a scale for each channel, uint8 data
    integer.onnx      the TorchScript export in opset 14, which has neither LayerNormalization nor Gelu, after onnxruntime's dynamic
                      quantisation: MatMulInteger and ConvInteger

`NAME.golden.safetensors` holds the signals of make.py and, for each:

    log_odds_N   [1]      of onnxruntime on the file, before the sigmoid
    weights_N    [1]      of onnxruntime on its weights alone, nothing else quantised
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quant_pre_process, quantize_dynamic, quantize_static,
)
from safetensors.torch import save_file


class Published(torch.nn.Module):
    """From features to the probability, as the published files compute."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, input_features):
        return torch.sigmoid(self.inner(input_features)[1])


class Calibration(CalibrationDataReader):
    def __init__(self, features):
        self.rest = iter([{"input_features": one} for one in features])

    def get_next(self):
        return next(self.rest, None)


def export(network, features, path, attention, **options):
    network.config._attn_implementation = attention
    one = torch.from_numpy(features[0])
    torch.onnx.export(Published(network).eval(), (one,), path, input_names=["input_features"], output_names=["logits"], **options)
    # Where each operation stood in whose Python files is most of the file.
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.value_info]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, path)


def constants(graph):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def weights_only(model):
    """The same network without quantised data: nothing between QuantizeLinear and its inverse, and products of floats."""
    graph, names, values = model.graph, {}, constants(model.graph)
    producer = {output: node for node in graph.node for output in node.output}
    reader = {name: node for node in graph.node for name in node.input}
    kept = []
    for node in graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] not in values:
            continue
        if node.op_type == "DequantizeLinear" and node.input[0] in producer:
            names[node.output[0]] = producer[node.input[0]].input[0]
        elif node.op_type in ("MatMulInteger", "ConvInteger"):
            cast = reader[node.output[0]]
            product = reader[cast.output[0]]
            scales = producer[next(name for name in product.input if name != cast.output[0])]
            scale = next(values[name] for name in scales.input if name in values)
            weights = (values[node.input[1]].astype(np.float32) - values[node.input[3]]) * scale
            name = node.input[1] + "_float"
            graph.initializer.append(numpy_helper.from_array(weights.astype(np.float32), name))
            data = producer[node.input[0]].input[0]
            kind, attributes = node.op_type.removesuffix("Integer"), {a.name: helper.get_attribute_value(a) for a in node.attribute}
            kept.append(helper.make_node(kind, [data, name], [product.output[0]], **attributes))
        elif node.op_type != "DynamicQuantizeLinear" and not (node.op_type in ("Cast", "Mul") and is_scaling(node, producer)):
            kept.append(node)
    for node in kept:
        for at, name in enumerate(node.input):
            while name in names:
                name = names[name]
            node.input[at] = name
    del graph.node[:]
    graph.node.extend(kept)
    return model


def is_scaling(node, producer):
    """Whether a node belongs to what makes integers floats again."""
    from_ = [producer[name].op_type for name in node.input if name in producer]
    if node.op_type == "Cast":
        return from_ == ["MatMulInteger"] or from_ == ["ConvInteger"]
    return "DynamicQuantizeLinear" in from_ or any(
        producer[name].op_type == "Cast" and is_scaling(producer[name], producer) for name in node.input if name in producer
    )


def log_odds(model, features, level):
    """What stands before the sigmoid, of each, at one of onnxruntime's levels of optimisation."""
    last = next(node for node in model.graph.node if node.op_type == "Sigmoid")
    model.graph.output.append(helper.make_tensor_value_info(last.input[0], onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [session.run([last.input[0]], {"input_features": one})[0].reshape(1) for one in features]


def draw(out, network, waves, features):
    """Exports `network`; `features` are those of the signals of `waves`."""
    torchscript, integer = out / "torchscript.onnx", out / "integer.onnx"
    batch = {"input_features": {0: "batch_size"}, "logits": {0: "batch_size"}}
    export(network, features, torchscript, "sdpa", dynamo=False, opset_version=20, dynamic_axes=batch)
    export(network, features, out / "dynamo.onnx", "eager", dynamo=True, external_data=False)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(torchscript, plain)
        quantize_static(
            plain, out / "qdq.onnx", Calibration(features), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8, per_channel=True, calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        )
        export(network, features, plain, "eager", dynamo=False, opset_version=14)
        quantize_dynamic(plain, integer)
    for name in ("torchscript", "dynamo", "qdq", "integer"):
        path = out / f"{name}.onnx"
        golden = {f"signal_{i}": torch.tensor(wave, dtype=torch.float64) for i, wave in enumerate(waves)}
        level = onnxruntime.GraphOptimizationLevel
        whole = log_odds(onnx.load(path), features, level.ORT_ENABLE_ALL)
        # Optimised, it would quantise products again.
        weights = log_odds(weights_only(onnx.load(path)), features, level.ORT_DISABLE_ALL)
        for i, (a, b) in enumerate(zip(whole, weights)):
            print(f"{name} {i}: log-odds {a[0]:.4f}, of its weights alone {b[0]:.4f}")
            golden |= {f"log_odds_{i}": torch.from_numpy(a.copy()), f"weights_{i}": torch.from_numpy(b.copy())}
        save_file(golden, out / f"{name}.golden.safetensors")
