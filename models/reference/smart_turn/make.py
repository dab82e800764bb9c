"""Draws tiny random checkpoints in the format of smart-turn 3 and what torch and transformers compute from them.

    make.py --seed N --out DIR

Each checkpoint is a folder, written by `save_pretrained` as training writes it; `NAME.golden.safetensors` beside it
holds, for synthetic signals that the test computes itself from `signal_N` = [start Hz, end Hz, seconds, noise, noise seed]:

    frames       [f]      mel frames that are kept
    mel_N        [f, m]   features there, of the window's length of sound
    positions    [p]      encoder positions that are kept
    encoder_N    [p, d]   encoder states there
    log_odds_N   [1]      that the turn is complete, before the sigmoid

Beside them one more network in ONNX files, as export.py says.
"""

import argparse
import importlib.util
import math
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperPreTrainedModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

POOL, FIRST, SECOND = 256, 256, 64


class SmartTurnV3Model(WhisperPreTrainedModel):
    """States of a Whisper encoder, their mean weighted by attention, a classifier; named as in published training code."""

    def __init__(self, config):
        super().__init__(config)
        d = config.d_model
        self.encoder = WhisperEncoder(config)
        self.pool_attention = nn.Sequential(nn.Linear(d, POOL), nn.Tanh(), nn.Linear(POOL, 1))
        self.classifier = nn.Sequential(
            nn.Linear(d, FIRST), nn.LayerNorm(FIRST), nn.GELU(), nn.Dropout(0.1),
            nn.Linear(FIRST, SECOND), nn.GELU(), nn.Linear(SECOND, 1),
        )
        self.post_init()

    def forward(self, features):
        states = self.encoder(features).last_hidden_state
        weights = self.pool_attention(states).softmax(dim=1)
        return states, self.classifier((weights * states).sum(dim=1))


def chirp(*wave):
    """The signal of the Whisper fixtures."""
    path = Path(__file__).resolve().parents[1] / "whisper" / "make.py"
    spec = importlib.util.spec_from_file_location("whisper_fixtures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.signal(*wave)


def redraw(model, gen, dtype):
    """No weight near zero and no flat attention, so that every part matters."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name == "encoder.embed_positions.weight":
                p.copy_(p.to(dtype).float())
                continue
            noise = torch.randn(p.shape, generator=gen)
            if "layer_norm" in name or name.startswith("classifier.1."):
                p.copy_(0.1 * noise + (1 if name.endswith("weight") else 0))
            elif p.dim() == 1:
                p.copy_(0.1 * noise)
            else:
                p.copy_(noise * 2 / math.sqrt(p[0].numel()))
            p.copy_(p.to(dtype).float())


def network(seed, *, seconds, dtype, width, heads, layers, hidden, mels):
    """A random network and its front end."""
    config = WhisperConfig(
        d_model=width, encoder_layers=layers, encoder_attention_heads=heads, encoder_ffn_dim=hidden, num_mel_bins=mels,
        decoder_layers=1, decoder_attention_heads=1, decoder_ffn_dim=8, max_source_positions=50 * seconds,
        attn_implementation="eager",
    )
    model = SmartTurnV3Model(config).eval()
    redraw(model, torch.Generator().manual_seed(seed), dtype)
    return model, WhisperFeatureExtractor(feature_size=mels, chunk_length=seconds)


def signals(seed, seconds, extractor):
    """Form and features of sounds: short of the window, exactly it, beyond it, hardly any sound, and none that changes."""
    rng, n = np.random.default_rng(seed), 16000 * seconds
    for i, length in enumerate([0.4 * seconds, seconds, 1.4 * seconds, 0.05, 0.5]):
        wave = [float(rng.integers(80, 400)), float(rng.integers(500, 7000)), length, 0.02, float(rng.integers(1, 2**20))]
        if i == 4:
            wave = [0.0, 0.0, length, 0.0, 1.0]
        sound = chirp(*wave)[-n:]
        sound = np.concatenate([np.zeros(n - len(sound), np.float32), sound])
        features = extractor(
            sound, sampling_rate=16000, return_tensors="pt", padding="max_length", max_length=n, truncation=True, do_normalize=True
        ).input_features
        assert features.shape == (1, extractor.feature_size, 100 * seconds), features.shape
        yield wave, features


def draw(seed, out, name, *, shard, **sizes):
    model, extractor = network(seed, **sizes)
    seconds, dtype = sizes["seconds"], sizes["dtype"]
    extractor.save_pretrained(out / name)
    model.to(dtype).save_pretrained(out / name, max_shard_size=shard)
    model.float()

    frames = sorted({*range(0, 100 * seconds, 41), *range(100 * seconds - 4, 100 * seconds)})
    positions = [0, 7, 25 * seconds, 50 * seconds - 1]
    golden = {"frames": torch.tensor(frames), "positions": torch.tensor(positions)}
    for i, (wave, features) in enumerate(signals(seed, seconds, extractor)):
        with torch.no_grad():
            states, log_odds = model(features)
        print(name, f"{wave[2]:.2f} s: log-odds {log_odds.item():.4f}")
        golden |= {
            f"signal_{i}": torch.tensor(wave, dtype=torch.float64), f"mel_{i}": features[0].T[frames].contiguous(),
            f"encoder_{i}": states[0, positions].contiguous(), f"log_odds_{i}": log_odds[0].contiguous(),
        }
    save_file(golden, out / f"{name}.golden.safetensors")


def draw_onnx(seed, out, **sizes):
    import export

    model, extractor = network(seed, **sizes)
    waves, features = zip(*signals(seed, sizes["seconds"], extractor))
    export.draw(out, model, waves, [one.numpy() for one in features])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    draw(args.seed + 1, args.out, "f32", seconds=8, dtype=torch.float32, shard="1GB", width=16, heads=2, layers=2, hidden=48, mels=80)
    draw(args.seed + 2, args.out, "f16-sharded", seconds=3, dtype=torch.float16, shard="30KB", width=24, heads=3, layers=1, hidden=40, mels=64)
    draw_onnx(args.seed + 3, args.out, seconds=3, dtype=torch.float32, width=24, heads=3, layers=2, hidden=40, mels=64)


if __name__ == "__main__":
    main()
