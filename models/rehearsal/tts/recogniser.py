"""Word errors by pocketsphinx with the model it brings along: a recogniser that shares nothing with the networks here."""

import re

import numpy as np
from pocketsphinx import Decoder

# What one recogniser writes in two ways is counted as one.
SAME = {"okay": "ok", "mister": "mr", "doctor": "dr", "grey": "gray", "neighbours": "neighbors", "colour": "color"}


def words(text: str) -> list[str]:
    return [SAME.get(word, word) for word in re.sub(r"[^a-z' ]+", " ", text.lower()).split()]


def errors(said: list[str], heard: list[str]) -> int:
    """Substitutions, insertions and deletions."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row = row, [i]
        for j, other in enumerate(heard, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (word != other)))
    return row[-1]


class Sphinx:
    """The default settings of the wheel: en-us model, its trigram language model, 16 kHz."""

    def __init__(self):
        self.decoder = Decoder(samprate=16000, loglevel="FATAL")

    def hear(self, samples: np.ndarray) -> str:
        """Samples at 16 kHz in -1..1; scaled to the same level and given silence at both ends."""
        level = 0.08 / max(1e-6, float(np.sqrt(np.mean(samples**2))))
        padded = np.concatenate([np.zeros(4000), samples * level, np.zeros(4000)])
        padded = padded + np.random.default_rng(1).normal(0, 1e-4, len(padded))
        self.decoder.start_utt()
        self.decoder.process_raw((np.clip(padded, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
        self.decoder.end_utt()
        found = self.decoder.hyp()
        return found.hypstr if found else ""
