"""The voice as the program runs it: phoneme symbols in, samples out, from an exported folder. The reference of the Rust code.

python speech.py FOLDER OUT.wav 'həlˈO ðˈɛɹ.'
"""

import json
import pathlib
import sys
import wave

import numpy as np
import torch
from safetensors.torch import load_file

import align
import network
import vocoder

SLOWEST, FASTEST = 40.0, 800.0  # hertz of f0
LONGEST = 200  # frames of one unit
UNWRITTEN = align.Unit(",")  # ends a clause that has no mark; no pause follows it


class Voice:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.settings = json.loads((folder / "config.json").read_text())
        names = network.Config.__dataclass_fields__
        self.model = network.Network(network.Config(**{k: v for k, v in self.settings.items() if k in names}))
        tensors = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
        self.model.load_state_dict(tensors, strict=False)
        self.ids = {symbol: index for index, symbol in enumerate(self.settings["symbols"])}

    def clauses(self, phonemes: str) -> list[list[align.Unit]]:
        """Units of each clause; the last unit is its mark, a comma where none is written."""
        parts: list[list[align.Unit]] = [[]]
        for unit in align.units("".join(self.settings["aliases"].get(c, c) for c in phonemes)):
            if unit.mark:
                parts[-1].append(unit)
                parts.append([])
            elif unit.symbol in self.ids:
                parts[-1].append(unit)
        if parts[-1]:
            parts[-1].append(UNWRITTEN)
        return [part for part in parts if len(part) > 1]

    @torch.no_grad()
    def frames(self, clause: list[align.Unit], speed: float):
        """Frames of each unit, and f0, gate and both filters of each frame."""
        line = [align.Unit("^"), *clause]
        count = len(line)
        symbol = torch.tensor([self.ids.get(u.symbol, 0) for u in line])
        edge = torch.tensor([u.first + 2 * u.last for u in line])
        mark = torch.full((count,), network.mark_index(line[-1].symbol))
        place = network.place_features(torch.arange(count), torch.full((count,), count))
        units, log = self.model.encode(symbol, torch.tensor([u.stress for u in line]), edge, mark, place, torch.ones(count))
        lasts = np.clip(np.expm1(log.numpy().astype(np.float64)), 1, LONGEST) / speed
        lasts[0], lasts[-1] = self.settings["lead"], self.settings["tail"]
        ends = np.floor(np.cumsum(lasts) + 0.5).astype(int)
        frames = np.diff(ends, prepend=0)
        total = int(ends[-1])
        at = np.minimum(2 * np.arange((total + 1) // 2) + 1, total - 1)
        unit = np.searchsorted(ends, at, side="right")
        times = network.time_features(*(torch.as_tensor(v) for v in (at, (ends - frames)[unit], frames[unit], np.full(len(at), total))))
        found = self.model.decode(units, torch.as_tensor(unit), times, torch.ones(len(at)))[:total]
        harmonic, noisy, f0, voiced = (x.double().numpy() for x in self.model.filters(found))
        return frames, np.clip(f0, SLOWEST, FASTEST), np.clip((voiced - 0.3) / 0.4, 0, 1), harmonic, noisy

    def speak(self, phonemes: str, speed: float = 1.0, noise=None) -> np.ndarray:
        """Samples in about -1..1; `noise(count)` gives normal numbers."""
        noise = noise or np.random.default_rng(0).standard_normal
        out = [np.zeros(0)]
        for clause in self.clauses(phonemes):
            _, f0, gate, harmonic, noisy = self.frames(clause, speed)
            pause = np.zeros(self.pause(clause, speed))
            out += [vocoder.synthesise(f0, gate, harmonic, noisy, noise(len(f0) * vocoder.HOP)), pause]
        return np.concatenate(out)

    def pause(self, clause: list[align.Unit], speed: float) -> int:
        """Samples of silence after a clause."""
        seconds = 0.0 if clause[-1] is UNWRITTEN else self.settings["pauses"].get(clause[-1].symbol, 0.0)
        return int(seconds / speed * vocoder.RATE)


def main():
    folder, path, phonemes = sys.argv[1:]
    samples = Voice(folder).speak(phonemes)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(vocoder.RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


if __name__ == "__main__":
    main()
