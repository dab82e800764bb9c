"""Writes the averaged weights of a checkpoint as a GGUF file in the published Qwen3 layout: Q8_0 matrices, F32 gains."""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, TokenType
from gguf.quants import quantize

from model import Shape
from tokenizer import CONTROL, END, END_OF_TEXT, SPECIAL

NAMES = {
    "attention_norm": "attn_norm", "feed_forward_norm": "ffn_norm", "attention.q": "attn_q", "attention.k": "attn_k", "attention.v": "attn_v", "attention.o": "attn_output",
    "attention.q_norm": "attn_q_norm", "attention.k_norm": "attn_k_norm", "feed_forward.gate": "ffn_gate", "feed_forward.up": "ffn_up", "feed_forward.down": "ffn_down",
}


def tensor_name(name: str) -> str:
    """The GGUF name of one of the model's parameters."""
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, index, rest = name.split(".", 2)
    return f"blk.{index}.{NAMES[rest.removesuffix('.weight')]}.weight"


def write(state: dict, tokenizer: dict, template: str, output: Path) -> None:
    shape = Shape(**state["shape"])
    writer = gguf.GGUFWriter(str(output), "qwen3")
    writer.add_type("model")
    writer.add_name("rehearsal-llm-en")
    writer.add_description("Antiphon's rehearsal voice: a small Qwen3 network trained on generated text")
    writer.add_license("mit")
    writer.add_languages(["en"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_value_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_vocab_size(shape.vocabulary)

    pieces = {**tokenizer["model"]["vocab"], **{token["content"]: token["id"] for token in tokenizer["added_tokens"]}}
    tokens = sorted(pieces, key=pieces.get)
    types = [TokenType.CONTROL if t in CONTROL else TokenType.USER_DEFINED if t in SPECIAL else TokenType.NORMAL for t in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(pieces[END])
    writer.add_bos_token_id(pieces[END_OF_TEXT])
    writer.add_pad_token_id(pieces[END_OF_TEXT])
    writer.add_add_bos_token(False)
    writer.add_chat_template(template)

    for name, tensor in state["average"].items():
        data = tensor.float().numpy()
        if data.ndim == 2:
            packed = quantize(data, GGMLQuantizationType.Q8_0)
            writer.add_tensor(tensor_name(name), packed, raw_dtype=GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(tensor_name(name), data.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write(
        torch.load(arguments.checkpoint, weights_only=True),
        json.loads(arguments.tokenizer.read_text(encoding="utf-8")),
        Path(__file__).with_name("chat_template.jinja").read_text(encoding="utf-8"),
        arguments.output,
    )
