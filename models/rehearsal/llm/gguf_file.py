"""Reads the shipped GGUF file back: shape, weights and tokenizer."""

from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import AddedToken, Tokenizer, models

from export import tensor_name
from model import RehearsalModel, Shape
from tokenizer import CONTROL, SPECIAL, with_rules


def read(path: Path) -> tuple[RehearsalModel, Tokenizer]:
    """The network in f32 (matrices dequantised) and its tokenizer."""
    reader = GGUFReader(path)

    def field(name: str):
        return reader.get_field(name).contents()

    tensors = {tensor.name: np.array(dequantize(tensor.data, tensor.tensor_type)) for tensor in reader.tensors}
    shape = Shape(
        vocabulary=tensors["token_embd.weight"].shape[0],
        width=field("qwen3.embedding_length"),
        layers=field("qwen3.block_count"),
        heads=field("qwen3.attention.head_count"),
        key_value_heads=field("qwen3.attention.head_count_kv"),
        head_width=field("qwen3.attention.key_length"),
        feed_forward=field("qwen3.feed_forward_length"),
        context=field("qwen3.context_length"),
        rope_base=field("qwen3.rope.freq_base"),
        norm_epsilon=field("qwen3.attention.layer_norm_rms_epsilon"),
    )
    model = RehearsalModel(shape)
    model.load_state_dict({name: torch.from_numpy(tensors[tensor_name(name)]) for name in model.state_dict()})

    pieces = field("tokenizer.ggml.tokens")
    vocabulary = {piece: index for index, piece in enumerate(pieces) if piece not in SPECIAL}
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    tokenizer = with_rules(Tokenizer(models.BPE(vocab=vocabulary, merges=merges)))
    for piece in pieces[len(vocabulary) :]:
        tokenizer.add_tokens([AddedToken(piece, special=piece in CONTROL)])
    return model, tokenizer
