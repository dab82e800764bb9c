"""Draws tiny random Qwen3 checkpoints and what transformers computes from them.

    make.py --seed N --out DIR

Each checkpoint is a folder or a GGUF file; `NAME.golden.safetensors` beside it holds

    tokens    [n]      a prompt of 2,100 tokens
    positions [p]      positions whose logits are kept
    logits    [p, v]   logits there, f32
    greedy    [32]     what greedy decoding appends to the first 12 tokens of the prompt
    second    [v]      logits after 8 tokens, 4 more one by one, then 5 at once (17 in all)

Quantised GGUF files are compared on their own dequantised weights.
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as T
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

LONG = 2100
POSITIONS = [0, 1, 31, 32, 255, 256, 257, 511, 1000, 1999, 2000, 2047, 2048, 2099]


def network(rng, *, hidden, ffn, heads, kv_heads, head_dim, vocab, layers, tied):
    """A network whose every part matters: no near-zero weights, sharp attention."""
    config = Qwen3Config(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=ffn,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=head_dim,
        max_position_embeddings=4096,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_theta": 1000000.0, "rope_type": "default"},
        tie_word_embeddings=tied,
        attention_dropout=0.0,
    )
    model = Qwen3ForCausalLM(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 1:
                low, high = (1.0, 2.0) if "_norm" in name and "self_attn" in name else (0.5, 1.5)
                value = rng.uniform(low, high, weight.shape)
            elif "embed_tokens" in name:
                value = rng.normal(0, 1, weight.shape)
            else:
                value = rng.normal(0, weight.shape[1] ** -0.5, weight.shape)
            weight.copy_(torch.from_numpy(value.astype(np.float32)))
    return model


@torch.no_grad()
def golden(model, rng, path):
    vocab = model.config.vocab_size
    tokens = torch.from_numpy(rng.integers(0, vocab, LONG))
    logits = model(tokens[None]).logits[0]
    ids = tokens[:12].tolist()
    for _ in range(32):
        ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    save_file(
        {
            "tokens": tokens.to(torch.int64),
            "positions": torch.tensor(POSITIONS),
            "logits": logits[POSITIONS].float().contiguous(),
            "greedy": torch.tensor(ids[12:]),
            "second": model(tokens[None, :17]).logits[0, -1].float().contiguous(),
        },
        path,
    )


def save_checkpoint(model, folder, dtype, shards):
    """Writes config.json and weights as transformers does, cut into `shards` files."""
    folder.mkdir(parents=True, exist_ok=True)
    text = model.config.to_dict()
    text = {key: text[key] for key in sorted(text) if text[key] is not None}
    text["architectures"] = ["Qwen3ForCausalLM"]
    (folder / "config.json").write_text(json.dumps(text, indent=2, default=str) + "\n")
    tensors = {name: weight.detach().to(dtype) for name, weight in model.named_parameters()}
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    index = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = {name: tensors[name] for name in names[shard::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        index |= {name: file for name in part}
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": dict(sorted(index.items()))}, indent=1) + "\n"
    )


def quantize_q6_k(rows):
    """Blocks of 256: 6-bit values, a signed 8-bit scale per 16, one f16 scale (ggml's Q6_K)."""
    x = rows.reshape(-1, 16, 16)
    scale = np.abs(x).max(-1) / 31
    d = (scale.max(-1) / 127).astype(np.float16)
    steps = np.divide(scale, d[:, None].astype(np.float32), where=d[:, None] > 0, out=0 * scale)
    scales = np.clip(np.round(steps), -128, 127).astype(np.int8)
    real = scales * d[:, None].astype(np.float32)
    q = np.divide(x, real[..., None], where=real[..., None] != 0, out=0 * x)
    q = (np.clip(np.round(q), -32, 31) + 32).astype(np.uint8).reshape(-1, 2, 4, 32)
    low, high = q & 15, q >> 4
    ql = np.concatenate([low[:, :, 0:2] | low[:, :, 2:4] << 4], 2).reshape(-1, 128)
    qh = high[:, :, 0] | high[:, :, 1] << 2 | high[:, :, 2] << 4 | high[:, :, 3] << 6
    block = [ql, qh.reshape(-1, 64), scales.view(np.uint8), d[:, None].view(np.uint8)]
    return np.concatenate(block, 1).reshape(len(rows), -1)


def quantize_q4_k(rows):
    """Blocks of 256: 4-bit values, 6-bit scale and minimum per 32, two f16 (ggml's Q4_K)."""
    x = rows.reshape(-1, 8, 32)
    low = np.maximum(-x.min(-1), 0)
    scale = (x.max(-1) + low) / 15
    d = (scale.max(-1) / 63).astype(np.float16)
    dmin = (low.max(-1) / 63).astype(np.float16)
    wide, wide_min = d[:, None].astype(np.float32), dmin[:, None].astype(np.float32)
    s = np.divide(scale, wide, where=wide > 0, out=0 * scale)
    m = np.divide(low, wide_min, where=wide_min > 0, out=0 * low)
    s, m = (np.clip(np.round(v), 0, 63).astype(np.uint8) for v in (s, m))
    real = (s * wide)[..., None]
    q = np.divide(x + (m * wide_min)[..., None], real, where=real > 0, out=0 * x)
    q = np.clip(np.round(q), 0, 15).astype(np.uint8).reshape(-1, 4, 2, 32)
    qs = (q[:, :, 0] | q[:, :, 1] << 4).reshape(-1, 128)
    packed = np.zeros((len(x), 12), np.uint8)
    packed[:, 0:4] = s[:, :4] | (s[:, 4:] >> 4) << 6
    packed[:, 4:8] = m[:, :4] | (m[:, 4:] >> 4) << 6
    packed[:, 8:12] = (s[:, 4:] & 15) | (m[:, 4:] & 15) << 4
    block = [d[:, None].view(np.uint8), dmin[:, None].view(np.uint8), packed, qs]
    return np.concatenate(block, 1).reshape(len(rows), -1)


def quantize(rows, kind):
    if kind == T.Q6_K:
        return quantize_q6_k(rows)
    if kind == T.Q4_K:
        return quantize_q4_k(rows)
    return gguf.quants.quantize(rows, kind)


NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name):
    top = {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
    }
    stem = name.removesuffix(".weight")
    if stem in top:
        return top[stem] + ".weight"
    layer, part = stem.removeprefix("model.layers.").split(".", 1)
    return f"blk.{layer}.{NAMES[part]}.weight"


def save_gguf(model, path, kind, exceptions):
    """Writes the network with matrices of type `kind`, or `exceptions` by part of name, and puts
    the dequantised values into the network."""
    config = model.config
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_freq_base(1000000.0)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    for name, weight in model.named_parameters():
        name, rows = gguf_name(name), weight.detach().numpy()
        if rows.ndim == 1:
            writer.add_tensor(name, rows)
            continue
        chosen = next((to for part, to in exceptions.items() if part in name), kind)
        data = quantize(rows, chosen)
        writer.add_tensor(name, data, raw_dtype=chosen)
        real = gguf.quants.dequantize(data, chosen).reshape(rows.shape)
        with torch.no_grad():
            weight.copy_(torch.from_numpy(real.astype(np.float32)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


SMALL = dict(hidden=64, ffn=96, heads=4, kv_heads=2, head_dim=32, vocab=200, layers=2)
# K-quants need rows that are multiples of 256.
WIDE = dict(hidden=256, ffn=256, heads=4, kv_heads=2, head_dim=64, vocab=256, layers=2)
GGUF = {
    "f32": (SMALL | {"tied": False}, T.F32, {}),
    "f16": (SMALL | {"tied": True}, T.F16, {}),
    "q8_0": (SMALL | {"tied": False}, T.Q8_0, {}),
    "q6_k": (WIDE | {"tied": True}, T.Q6_K, {}),
    "q4_k_m": (
        WIDE | {"tied": True},
        T.Q4_K,
        {"token_embd": T.Q6_K, "0.attn_v": T.Q6_K, "0.ffn_down": T.Q6_K},
    ),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)

    model = network(rng, **SMALL, tied=False)
    save_checkpoint(model, args.out / "single", torch.float32, 1)
    golden(model, rng, args.out / "single.golden.safetensors")

    model = network(rng, **SMALL, tied=True)
    save_checkpoint(model, args.out / "sharded", torch.bfloat16, 3)
    with torch.no_grad():
        for weight in model.parameters():  # not the buffers: positions stay in f32
            weight.copy_(weight.to(torch.bfloat16).float())
    golden(model, rng, args.out / "sharded.golden.safetensors")

    for name, (shape, kind, exceptions) in GGUF.items():
        model = network(rng, **shape)
        save_gguf(model, args.out / f"{name}.gguf", kind, exceptions)
        golden(model, rng, args.out / f"{name}.golden.safetensors")


if __name__ == "__main__":
    main()
