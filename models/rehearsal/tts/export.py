"""Writes a checkpoint of `train.py` as the folder that the program loads.

python export.py RUN/final.pt OUT

Matrices are float16, vectors float32; the means and spreads of the training data and the gain are folded into the last layer.
"""

import json
import math
import pathlib
import sys

import torch
from safetensors.torch import save_file

import make
import network

# Copies of the teacher come out this much too loud.
GAIN = 0.92
# Silence in seconds after a clause, besides what its last unit has.
PAUSES = {",": 0.12, ";": 0.2, ":": 0.2, "—": 0.15, "…": 0.3, ".": 0.28, "?": 0.28, "!": 0.28}
# Symbols that the teacher never says, read as others: British vowels, and what misaki writes in two ways.
ALIASES = {"Q": "O", "a": "æ", "ɒ": "ɑ", "e": "ɛ", "o": "O", "ɾ": "T", "g": "ɡ", "r": "ɹ", "x": "k", "ɚ": "ə", "ɝ": "ɜ", "y": "i", "–": "—",
           "¡": "", "¿": "", "ʲ": "", "ɫ": "l", "ʍ": "w", "ɨ": "ɪ", "ʉ": "u", "ɘ": "ə", "c": "k", "ɲ": "n", "β": "b", "ɸ": "f", "χ": "h"}


def fold(model: network.Network, gain: float = GAIN):
    """Makes the last layer give logarithms and hertz' logarithm themselves."""
    bands = model.config.bands
    each = 2 * bands + 2
    scale, shift = torch.ones(each), torch.zeros(each)
    scale[:2 * bands], shift[:2 * bands] = model.band_spread, model.band_mean + math.log(gain)
    scale[2 * bands], shift[2 * bands] = model.pitch[1], model.pitch[0]
    with torch.no_grad():
        model.leave.weight.mul_(scale.repeat(2)[:, None])
        model.leave.bias.mul_(scale.repeat(2)).add_(shift.repeat(2))
        model.band_mean.zero_()
        model.band_spread.fill_(1)
        model.pitch.copy_(torch.tensor([0.0, 1.0]))


def write(model: network.Network, out: pathlib.Path):
    fold(model)
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.half() if value.ndim > 1 else value for name, value in model.state_dict().items()
               if name not in ("band_mean", "band_spread", "pitch")}
    save_file({name: value.contiguous() for name, value in tensors.items()}, out / "model.safetensors")
    settings = {"model_type": "harmonic", "sample_rate": 16000, **model.config.to_dict(), "lead": make.LEAD, "tail": make.TAIL,
                "pauses": PAUSES, "aliases": {k: v for k, v in ALIASES.items() if k not in model.config.symbols}}
    (out / "config.json").write_text(json.dumps(settings, ensure_ascii=False, indent=1) + "\n")


def main():
    saved = torch.load(sys.argv[1])
    model = network.Network(network.Config(**saved["config"]))
    model.load_state_dict(saved["model"])
    write(model, pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
