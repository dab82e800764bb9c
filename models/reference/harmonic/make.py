"""A tiny random voice in the true file format, and what the Python reference makes of some lines with given noise.

The noise is drawn from the generator of the Whisper fixtures' formula: the sum of twelve numbers from 0 to 1, less 6.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "rehearsal" / "tts"))

import export  # noqa: E402
import network  # noqa: E402
import speech  # noqa: E402
import vocoder  # noqa: E402

SYMBOLS = sorted("^,.?!;:—…AIOWYbdfhijklmnpstuvwzæðŋɐɑɔəɛɜɡɪɹʃʊʌʒʔʤʧθTᵊᵻ")
# Samples that are kept: one of so many.
EVERY = 5
# Line, speed.
LINES = [("həlˈO ðˈɛɹ, ʤˈAkəb. mˌI kəmpjˈuTəɹ kˈɔsts twˈɛnti θɹˈi dˈɑləɹz?", 1.0), ("jˈɛs", 1.3), ("lˈʊk — ðə “bˈQt” lˈɛft…", 0.8),
         ("ˌI ɐm hˈɪɹ! wˈʌn; tˈu: θɹˈi ❓ʘ.", 2.5)]


def noise(count: int, seed: int) -> np.ndarray:
    state, out = seed, np.zeros(count)
    for index in range(count):
        total = 0.0
        for _ in range(12):
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            total += (state >> 8) / (1 << 24)
        out[index] = np.float32(total - 6)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    model = network.Network(network.Config(symbols=SYMBOLS, unit_channels=12, unit_hidden=20, unit_blocks=2, frame_channels=16,
                                           frame_hidden=24, frame_blocks=2, kernel=5, bands=10))
    with torch.no_grad():
        # Random vectors too, and numbers in the range of speech: 60 ms a unit, 130 Hz, quiet filters.
        for name, value in model.named_parameters():
            if value.ndim == 1:
                value.add_(0.1 * torch.randn_like(value))
        model.duration.bias.fill_(2.4)
        model.duration.weight.mul_(2)
        model.leave.weight.mul_(3)
        model.band_mean.fill_(-4.0)
        model.pitch.copy_(torch.tensor([4.9, 0.2]))
    export.write(model, options.out / "tiny")
    vocoder.BANDS = 10
    vocoder.filters.__defaults__ = (vocoder.magnitude_matrix(), vocoder.phase_matrix())
    voice = speech.Voice(options.out / "tiny")
    found = {}
    for index, (line, speed) in enumerate(LINES):
        drawn = []

        def draw(count):
            drawn.append(noise(count, options.seed + 100 * index + len(drawn)))
            return drawn[-1]

        samples = voice.speak(line, speed, draw)
        found[f"count_{index}"] = np.array([len(samples)], np.int64)
        found[f"samples_{index}"] = samples[::EVERY].astype(np.float32)
        found[f"noise_{index}"] = np.array([len(part) for part in drawn], np.int64)
        found[f"lasts_{index}"] = np.concatenate([voice.frames(clause, speed)[0] for clause in voice.clauses(line)]).astype(np.int64)
        found[f"line_{index}"] = np.frombuffer(line.encode(), np.uint8)
        found[f"speed_{index}"] = np.array([speed], np.float32)
    found["seed"] = np.array([options.seed], np.int64)
    save_file(found, options.out / "tiny.golden.safetensors")


if __name__ == "__main__":
    main()
