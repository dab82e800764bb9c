"""Writes a training checkpoint as a Hugging Face Whisper folder in float16, without the CTC heads.

python export.py RUN/last.pt DATA FOLDER
"""

import json
import pathlib
import sys

import numpy as np
import torch
from transformers import GenerationConfig, WhisperFeatureExtractor

import mel as features
import tokenizer as tok
from network import Recogniser

NEVER_SPOKEN = [tok.SOT, tok.EN, tok.TRANSLATE, tok.TRANSCRIBE, tok.STARTOFLM, tok.STARTOFPREV, tok.NOSPEECH]


def load(checkpoint: pathlib.Path, raw: bool = False) -> tuple[Recogniser, int]:
    """The averaged weights, or the last ones."""
    state = torch.load(checkpoint, weights_only=False)
    model = Recogniser()
    model.load_state_dict(state["model"])
    if not raw:
        for name, parameter in model.named_parameters():
            parameter.data.copy_(state["average"][name])
    return model.eval(), state["step"]


@torch.no_grad()
def alignment_heads(model: Recogniser, data: pathlib.Path, count: int = 150) -> tuple[list[list[int]], dict]:
    """The decoder's cross-attention heads whose attention lies inside the word that is being written.

    The truth is espeak-ng's own word times; the score is the share of a word's attention within 100 ms of it.
    """
    tokenizer, scores, done = tok.build(), {}, 0
    path = sorted(data.glob("*.json"))[0]
    mels = np.load(path.with_suffix(".mel.npy"), mmap_mode="r")
    decoder = model.whisper.model.decoder
    for row in json.loads(path.read_text()):
        if not row["ends"] or len(row["ends"]) < 3 or done >= count:
            continue
        done += 1
        mel = np.asarray(mels[row["offset"]: row["offset"] + row["frames"]], np.float32)
        mel = features.normalise(np.pad(mel, ((0, 50 + row["frames"] % 2), (0, 0)), constant_values=-10))
        memory = model.encode(torch.from_numpy(mel.T[None].astype(np.float32)))[0]
        words = [tokenizer.encode(" " + w, add_special_tokens=False).ids for w in row["text"].split()]
        ids = [tok.SOT, tok.NOTIMESTAMPS, *(i for w in words for i in w)]
        captured = []
        hooks = [layer.encoder_attn.q_proj.register_forward_hook(lambda m, i, o: captured.append(o)) for layer in decoder.layers]
        model.decode(torch.tensor([ids]), memory)
        for hook in hooks:
            hook.remove()
        for number, (layer, query) in enumerate(zip(decoder.layers, captured)):
            heads = layer.encoder_attn.num_heads
            q = query.view(1, len(ids), heads, -1).transpose(1, 2)
            k = layer.encoder_attn.k_proj(memory).view(1, memory.shape[1], heads, -1).transpose(1, 2)
            weights = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)[0]
            at, begin = 1, 0  # the position before a token predicts it
            for word, end in zip(words, row["ends"]):
                span = weights[:, at: at + len(word), max(0, begin - 10) // 2: (end + 10) // 2].sum(-1).mean(-1)
                for head in range(heads):
                    scores.setdefault((number, head), []).append(float(span[head]))
                at, begin = at + len(word), end
    means = {key: float(np.mean(value)) for key, value in scores.items()}
    best = max(means.values())
    return [list(key) for key, value in sorted(means.items()) if value > 0.8 * best], means


def export(checkpoint: pathlib.Path, data: pathlib.Path, folder: pathlib.Path, raw: bool = False) -> None:
    model, step = load(checkpoint, raw)
    heads, scores = alignment_heads(model, data)
    print("alignment", {f"{k[0]}.{k[1]}": round(v, 2) for k, v in scores.items()}, "chosen", heads)
    whisper = model.whisper
    whisper.generation_config = GenerationConfig(
        bos_token_id=tok.EOT, eos_token_id=tok.EOT, pad_token_id=tok.EOT, decoder_start_token_id=tok.SOT, max_length=448,
        no_timestamps_token_id=tok.NOTIMESTAMPS, prev_sot_token_id=tok.STARTOFPREV, max_initial_timestamp_index=50, is_multilingual=False,
        return_timestamps=False, suppress_tokens=NEVER_SPOKEN, begin_suppress_tokens=[], alignment_heads=heads,
        max_window_seconds=10,  # trained on utterances of at most 10 s
        final_mark_tells=True,  # trained on broken-off phrases, with silence behind them and no mark
        final_mark_trust=[-0.35, -0.2],  # below -0.35: 3 % of 461 by voices not taught, 74 % of 437 by people
        num_beams=4)  # where the greedy text is unlikely: voices not taught 10.0 % -> 5.8 % of words wrong, in noise 17.7 % -> 13.2 %
    whisper.half().save_pretrained(folder)
    extractor = WhisperFeatureExtractor(feature_size=80)
    extractor.save_pretrained(folder)
    tok.save(folder)
    size = sum(p.stat().st_size for p in folder.iterdir())
    print(f"step {step}: {folder}, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    export(*(pathlib.Path(a) for a in sys.argv[1:4]), raw="--raw" in sys.argv)
