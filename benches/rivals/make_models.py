"""Writes models of the true sizes with random weights, for measuring speed only.

    python make_models.py OUT_DIR [NAME ...]

makes, with a fixed seed, those of these that are named, without a name the first three:

- OUT_DIR/qwen3-0.6b-q4_k_m.gguf   Qwen3-0.6B in the tensor mix of Q4_K_M, with a vocabulary of the true size
- OUT_DIR/whisper-base.en/         the Hugging Face folder of whisper-base.en, float32
- OUT_DIR/whisper-base.en-ct2/     the same weights converted for faster-whisper, int8
- OUT_DIR/qwen3-4b-q4_k_m.gguf     Qwen3-4B in the tensor mix of Q4_K_M
- OUT_DIR/whisper-large-v3-turbo/  the Hugging Face folder of whisper-large-v3-turbo, float16
- OUT_DIR/whisper-small/           that of whisper-small, float32

A thing that is already there is left alone. The tokenisers have the true number of entries and
the true special tokens, but their merges are made up: the measurements pass token ids.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

SEED = 20240917


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes."""
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 0
    for byte in range(256):
        if byte in kept:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + extra)
            extra += 1
    return [table[b] for b in range(256)]


def made_up_bpe(size):
    """A byte-level BPE vocabulary with `size` entries and the merges that reach each of them."""
    alphabet = byte_alphabet()
    tokens, merges = list(alphabet), []
    pairs = [(a, b) for a in alphabet for b in alphabet]
    longer = ((a + b, c) for a, b in pairs for c in alphabet)
    for left, right in [*pairs[: size - 256]]:
        merges.append((left, right))
        tokens.append(left + right)
    while len(tokens) < size:
        left, right = next(longer)
        merges.append((left, right))
        tokens.append(left + right)
    return tokens, merges


def q4_k(rng, rows, cols):
    """Random Q4_K blocks (144 bytes for 256 weights) of mean about 0 and deviation about 0.02."""
    blocks = rows * cols // 256
    raw = rng.integers(0, 256, size=(blocks, 144), dtype=np.uint8)
    scale = np.array([1.0e-4, 7.5e-4], dtype=np.float16)
    raw[:, :4] = np.frombuffer(scale.tobytes(), dtype=np.uint8)
    return raw.reshape(rows, -1)


def q6_k(rng, rows, cols):
    """Random Q6_K blocks (210 bytes for 256 weights) of mean about 0 and deviation about 0.02."""
    blocks = rows * cols // 256
    raw = rng.integers(0, 256, size=(blocks, 210), dtype=np.uint8)
    raw[:, 192:208] = rng.integers(-16, 16, size=(blocks, 16)).astype(np.int8).view(np.uint8)
    raw[:, 208:] = np.frombuffer(np.float16(1.2e-4).tobytes(), dtype=np.uint8)
    return raw.reshape(rows, -1)


def qwen3(path, name, layers, hidden, inner, heads):
    import gguf

    kv_heads, head = 8, 128
    vocab, special_from = 151936, 151643
    rng = np.random.default_rng(SEED)
    writer = gguf.GGUFWriter(str(path) + ".part", "qwen3")
    writer.add_name(f"random {name}")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_quantization_version(2)
    writer.add_block_count(layers)
    writer.add_context_length(40960)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_freq_base(1.0e6)
    writer.add_layer_norm_rms_eps(1.0e-6)

    tokens, merges = made_up_bpe(special_from)
    types = [gguf.TokenType.NORMAL] * special_from
    named = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    named += [f"<|special_{i}|>" for i in range(len(named), 22)]
    named += ["<tool_response>", "</tool_response>", "<think>", "</think>"]
    tokens += named
    types += [gguf.TokenType.CONTROL] * len(named)
    while len(tokens) < vocab:
        tokens.append(f"[PAD{len(tokens)}]")
        types.append(gguf.TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([f"{a} {b}" for a, b in merges])
    writer.add_eos_token_id(special_from + 2)
    writer.add_pad_token_id(special_from)
    writer.add_bos_token_id(special_from)
    writer.add_add_bos_token(False)
    writer.add_chat_template(
        "{%- for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{%- endfor %}"
        "{%- if add_generation_prompt %}<|im_start|>assistant\n{%- endif %}"
    )

    def quantised(name, rows, cols, six=False):
        kind = gguf.GGMLQuantizationType.Q6_K if six else gguf.GGMLQuantizationType.Q4_K
        writer.add_tensor(name, (q6_k if six else q4_k)(rng, rows, cols), raw_dtype=kind)

    def norm(name, width):
        writer.add_tensor(name, np.ones(width, dtype=np.float32))

    quantised("token_embd.weight", vocab, hidden, six=True)
    norm("output_norm.weight", hidden)
    for i in range(layers):
        # llama.cpp's rule for the layers that keep six bits in the value and down projections.
        more = i < layers // 8 or i >= 7 * layers // 8 or (i - layers // 8) % 3 == 2
        norm(f"blk.{i}.attn_norm.weight", hidden)
        quantised(f"blk.{i}.attn_q.weight", heads * head, hidden)
        quantised(f"blk.{i}.attn_k.weight", kv_heads * head, hidden)
        quantised(f"blk.{i}.attn_v.weight", kv_heads * head, hidden, six=more)
        norm(f"blk.{i}.attn_q_norm.weight", head)
        norm(f"blk.{i}.attn_k_norm.weight", head)
        quantised(f"blk.{i}.attn_output.weight", hidden, heads * head)
        norm(f"blk.{i}.ffn_norm.weight", hidden)
        quantised(f"blk.{i}.ffn_gate.weight", inner, hidden)
        quantised(f"blk.{i}.ffn_up.weight", inner, hidden)
        quantised(f"blk.{i}.ffn_down.weight", hidden, inner, six=more)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    Path(str(path) + ".part").rename(path)


LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
).split()


def whisper(folder, width, layers, heads, alignment, languages=None, mels=80, half=False):
    """`layers` are those of the encoder and of the decoder; without `languages` it is an English-only model."""
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    torch.manual_seed(SEED)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    # An English-only vocabulary has one entry less before the special ones.
    end = 50256 if languages is None else 50257
    special = ["<|startoftranscript|>"] + [f"<|{code}|>" for code in languages or LANGUAGES]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>"] + [f"<|{i * 0.02:.2f}|>" for i in range(1501)]
    added = [(end, "<|endoftext|>")] + [(end + 1 + i, text) for i, text in enumerate(special)]
    ids = {text: i for i, text in added}
    control = {"decoder_start_token_id": end + 1, "bos_token_id": end, "eos_token_id": end, "pad_token_id": end}
    config = WhisperConfig(
        vocab_size=added[-1][0] + 1, num_mel_bins=mels, d_model=width, encoder_layers=layers[0], decoder_layers=layers[1],
        encoder_attention_heads=heads, decoder_attention_heads=heads, encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width,
        max_source_positions=1500, max_target_positions=448, begin_suppress_tokens=[220, end], suppress_tokens=[], **control,
    )
    model = WhisperForConditionalGeneration(config)
    # OpenAI published half precision; the float32 files on the hub hold those very values.
    model = model.half() if half else model.half().float()
    spoken = {} if languages is None else {
        "is_multilingual": True,
        "lang_to_id": {f"<|{code}|>": ids[f"<|{code}|>"] for code in languages},
        "task_to_id": {task: ids[f"<|{task}|>"] for task in ("transcribe", "translate")},
    }
    model.generation_config = GenerationConfig(
        begin_suppress_tokens=[220, end],
        suppress_tokens=[end + 1] + [ids[f"<|{name}|>"] for name in ("translate", "transcribe", "startoflm", "startofprev", "nospeech")],
        no_timestamps_token_id=ids["<|notimestamps|>"], max_length=448, return_timestamps=False,
        max_initial_timestamp_index=50, prev_sot_token_id=ids["<|startofprev|>"], alignment_heads=alignment,
        **{"is_multilingual": False, **spoken, **control},
    )
    model.save_pretrained(part, safe_serialization=True)
    WhisperFeatureExtractor(feature_size=mels).save_pretrained(part)

    tokens, merges = made_up_bpe(end)
    tokens.append("<|endoftext|>")
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [
            {"id": i, "content": text, "special": not text[2:3].isdigit(), **flags} for i, text in added
        ],
        "pre_tokenizer": byte_level, "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
            "vocab": {text: i for i, text in enumerate(tokens)}, "merges": [list(pair) for pair in merges],
        },
    }
    (part / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    (part / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>",
                    "bos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}))
    part.rename(folder)


def convert(folder, out):
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    tool = Path(sys.executable).with_name("ct2-transformers-converter")
    subprocess.run(
        [tool, "--model", folder, "--output_dir", part, "--quantization", "int8",
         "--copy_files", "tokenizer.json", "preprocessor_config.json"],
        check=True,
    )
    part.rename(out)


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    small = [[5, 3], [5, 9], [8, 0], [8, 4], [8, 7], [8, 8], [9, 0], [9, 7], [9, 9], [10, 5]]
    turbo = [[2, 4], [2, 11], [3, 3], [3, 6], [3, 11], [3, 14]]
    makers = {
        "qwen3-0.6b-q4_k_m.gguf": lambda to: qwen3(to, "Qwen3-0.6B", 28, 1024, 3072, 16),
        "whisper-base.en": lambda to: whisper(to, 512, (6, 6), 8, [[3, 3], [4, 7], [5, 1], [5, 5], [5, 7]]),
        "whisper-base.en-ct2": lambda to: convert(out / "whisper-base.en", to),
        "qwen3-4b-q4_k_m.gguf": lambda to: qwen3(to, "Qwen3-4B", 36, 2560, 9728, 32),
        "whisper-small": lambda to: whisper(to, 768, (12, 12), 12, small, LANGUAGES),
        "whisper-large-v3-turbo": lambda to: whisper(to, 1280, (32, 4), 20, turbo, [*LANGUAGES, "yue"], 128, True),
    }
    for name in sys.argv[2:] or list(makers)[:3]:
        if not (out / name).exists():
            makers[name](out / name)
        print(out / name)


if __name__ == "__main__":
    main()
