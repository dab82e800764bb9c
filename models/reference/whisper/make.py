"""Draws tiny random Whisper checkpoints and what transformers computes from them.

    make.py --seed N --out DIR

Each checkpoint is a folder; `NAME.golden.safetensors` beside it holds, for a synthetic signal that the
test computes itself from `signal` = [start Hz, end Hz, seconds, noise, noise seed]:

    frames     [f]        mel frames that are kept
    mel        [f, m]     WhisperFeatureExtractor's features there, full window
    positions  [p]        encoder positions that are kept
    encoder    [p, d]     encoder states there, full window
    tokens     [n]        a random text
    logits     [n, v]     decoder logits of that text, teacher forced
    greedy_*   [k]        what greedy generation appends, by case
    language   [1]        the detected language's token (multilingual checkpoints)
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
from transformers.generation.logits_process import LogitsProcessorList, WhisperTimeStampLogitsProcessor
from transformers.models.whisper.generation_whisper import WhisperGenerationMixin

TEXT = "the sea was calm and the men sang, one voice calling and the others answering. "
PIECES = 290
LANGUAGES = ["en", "zh", "de", "es", "ru", "ko", "fr", "ja"]
STEPS = 24


def signal(start, end, seconds, noise, seed):
    """A chirp that fades in and out, with uniform noise from a 32-bit congruential generator."""
    n = int(seconds * 16000)
    t = np.arange(n, dtype=np.float64) / 16000
    chirp = np.sin(2 * math.pi * (start * t + (end - start) / (2 * seconds) * t * t)) * np.sin(math.pi * t / seconds)
    state, values = int(seed), np.empty(n)
    for i in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        values[i] = (state >> 8) / 2**23 - 1
    return (0.5 * chirp + noise * values).astype(np.float32)


def tokenizer(specials, times):
    """A byte-level BPE tokenizer; `times` timestamps are listed in it, or none, as in early checkpoints."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(
        [TEXT, TEXT.title(), TEXT.upper()],
        trainers.BpeTrainer(vocab_size=PIECES, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False),
    )
    assert t.get_vocab_size() == PIECES
    t.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in specials])
    t.add_tokens([AddedToken(f"<|{i * 0.02:.2f}|>", special=False, normalized=False) for i in range(times)])
    return t


def network(gen, config):
    """A network whose every part matters: no near-zero weights."""
    model = WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name == "model.encoder.embed_positions.weight":
                continue
            noise = torch.randn(p.shape, generator=gen)
            if "layer_norm" in name:
                p.copy_(0.1 * noise + (1 if name.endswith("weight") else 0))
            elif p.dim() == 1:
                p.copy_(0.1 * noise)
            elif "embed" in name:
                p.copy_(0.25 * noise)
            else:
                p.copy_(noise * 2 / math.sqrt(p[0].numel()))
    return model


def save(model, folder, dtype, shards):
    tensors = {n: p.to(dtype).contiguous() for n, p in model.state_dict().items() if n != "proj_out.weight"}
    if shards == 1:
        return save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    names = sorted(tensors)
    index = {}
    for i in range(shards):
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        part = {n: tensors[n] for n in names[i::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        index |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def greedy(model, features, prompt, generation, timestamps):
    """One window of transformers' greedy generation, without the cutting and seeking around it."""
    begin = len(prompt)
    extra = [WhisperTimeStampLogitsProcessor(generation, begin_index=begin)] if timestamps else []
    out = super(WhisperGenerationMixin, model).generate(
        features, generation_config=generation, decoder_input_ids=torch.tensor([prompt]),
        logits_processor=LogitsProcessorList(extra), return_dict_in_generate=True, output_scores=True,
    )
    tops = [s[0].float().topk(2).values for s in out.scores]
    ids = out.sequences[0].tolist()[begin:]
    if ids[-1] == generation.eos_token_id:
        ids.pop()
    return ids, min((t[0] - t[1]).item() for t in tops)


def beams(model, features, prompt, generation, timestamps):
    """The same with four beams, and by how much the best is better than the next."""
    begin = len(prompt)
    extra = [WhisperTimeStampLogitsProcessor(generation, begin_index=begin)] if timestamps else []
    out = super(WhisperGenerationMixin, model).generate(
        features, generation_config=generation, decoder_input_ids=torch.tensor([prompt]), num_beams=4, num_return_sequences=2,
        logits_processor=LogitsProcessorList(extra), return_dict_in_generate=True, output_scores=True,
    )
    ids = [token for token in out.sequences[0].tolist()[begin:] if token != generation.eos_token_id]
    return ids, (out.sequences_scores[0] - out.sequences_scores[1]).item()


def draw(seed, out, name, *, multilingual, mels, seconds, dtype, shards, listed):
    gen = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    tail = ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    langs = [f"<|{c}|>" for c in LANGUAGES] if multilingual else []
    specials = ["<|endoftext|>", "<|startoftranscript|>", *langs, *tail]
    ids = {s: PIECES + i for i, s in enumerate(specials)}
    times = seconds * 50 + 1
    vocab = PIECES + len(specials) + times
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(specials, times if listed else 0).save(str(folder / "tokenizer.json"), pretty=False)
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    config = WhisperConfig(
        vocab_size=vocab, num_mel_bins=mels, d_model=40, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=100,
        decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=100, max_source_positions=seconds * 50,
        max_target_positions=64, pad_token_id=end, bos_token_id=end, eos_token_id=end, decoder_start_token_id=start,
        suppress_tokens=None, begin_suppress_tokens=None, attn_implementation="eager",
    )
    model = network(gen, config)
    save(model, folder, dtype, shards)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.to(dtype).float())
    suppress = [3, 7, start, *(ids[s] for s in langs), *(ids[s] for s in tail[:-1])]
    generation = {
        "decoder_start_token_id": start, "eos_token_id": end, "pad_token_id": end, "bos_token_id": end,
        "no_timestamps_token_id": ids["<|notimestamps|>"], "prev_sot_token_id": ids["<|startofprev|>"],
        "suppress_tokens": suppress, "begin_suppress_tokens": [220, end], "max_initial_timestamp_index": 50,
        "is_multilingual": multilingual, "max_new_tokens": STEPS, "alignment_heads": [[1, 0], [1, 1]],
    }
    if multilingual:
        generation |= {"lang_to_id": {s: ids[s] for s in langs},
                       "task_to_id": {"translate": ids["<|translate|>"], "transcribe": ids["<|transcribe|>"]}}
    (folder / "generation_config.json").write_text(json.dumps(generation))
    json_config = config.to_dict()
    json_config["architectures"] = ["WhisperForConditionalGeneration"]
    (folder / "config.json").write_text(json.dumps({k: v for k, v in json_config.items() if v is not None}))
    extractor = WhisperFeatureExtractor(feature_size=mels, chunk_length=seconds)
    saved = {k: v for k, v in extractor.to_dict().items() if k != "mel_filters"}
    (folder / "preprocessor_config.json").write_text(json.dumps(saved))

    # The speech ends before the window does, except in the checkpoint that fills it.
    length = seconds if shards > 1 else min(0.7 * seconds, 3.3)
    wave = [float(rng.integers(80, 400)), float(rng.integers(2000, 7900)), length, 0.02, float(rng.integers(1, 2**20))]
    features = extractor(signal(*wave), sampling_rate=16000, return_tensors="pt").input_features
    n_frames, heard = seconds * 100, int(length * 100)
    frames = sorted({*range(0, min(heard, n_frames), 9), *range(heard - 4, min(heard + 4, n_frames)), n_frames - 1})
    positions = sorted({*range(0, heard // 2, 12), heard // 2 - 1, seconds * 50 - 1})
    generation = GenerationConfig(**generation)
    model.generation_config = generation
    with torch.no_grad():
        states = model.model.encoder(features).last_hidden_state
        # The text ends early enough that text and instructions both are scored.
        text = [start, *rng.integers(0, vocab, 11).tolist()]
        logits = model(encoder_outputs=(states,), decoder_input_ids=torch.tensor([text])).logits[0]
        golden = {
            "signal": torch.tensor(wave, dtype=torch.float64),
            "frames": torch.tensor(frames), "mel": features[0].T[frames].contiguous(),
            "positions": torch.tensor(positions), "encoder": states[0, positions].contiguous(),
            "tokens": torch.tensor(text), "logits": logits.contiguous(),
        }
        nots = ids["<|notimestamps|>"]
        if multilingual:
            fr = [start, ids["<|fr|>"], ids["<|transcribe|>"]]
            cases = {"fr": (fr + [nots], False), "fr_times": (fr, True),
                     "translate": ([start, ids["<|de|>"], ids["<|translate|>"], nots], False)}
            language = model.detect_language(input_features=features, generation_config=generation)
            golden["language"] = language.reshape(-1)[:1].to(torch.int64)
        else:
            cases = {"en": ([start, nots], False), "en_times": ([start], True)}
        worst = math.inf
        for case, (prompt, timestamps) in cases.items():
            tokens, margin = greedy(model, features, prompt, generation, timestamps)
            worst = min(worst, margin)
            golden[f"greedy_{case}"] = torch.tensor(tokens, dtype=torch.int64)
            tokens, margin = beams(model, features, prompt, generation, timestamps)
            worst = min(worst, margin)
            golden[f"beams_{case}"] = torch.tensor(tokens, dtype=torch.int64)
    if worst < 1e-3:
        print(f"{name}: seed {seed} has a near tie ({worst:.1e}); drawing again")
        return draw(seed + 1000, out, name, multilingual=multilingual, mels=mels, seconds=seconds, dtype=dtype,
                    shards=shards, listed=listed)
    save_file(golden, out / f"{name}.golden.safetensors")
    for case in cases:
        print(name, case, golden[f"greedy_{case}"].tolist())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    draw(args.seed + 1, args.out, "multi80", multilingual=True, mels=80, seconds=5, dtype=torch.float32, shards=1, listed=True)
    draw(args.seed + 2, args.out, "en80-f16", multilingual=False, mels=80, seconds=30, dtype=torch.float16, shards=1, listed=False)
    draw(args.seed + 3, args.out, "multi128-sharded", multilingual=True, mels=128, seconds=5, dtype=torch.bfloat16, shards=2, listed=True)


if __name__ == "__main__":
    main()
