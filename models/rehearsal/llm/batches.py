"""Conversations as token batches: ChatML, loss weights, lengths sorted into buckets, positions with gaps."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from conversations import stream
from tokenizer import EMPTY_THOUGHT, END, END_OF_TEXT, START
from writer import Writer

LONGEST = 640
LENGTHS = (48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640)
POSITIONS = 2000


@dataclass
class Sample:
    ids: list[int]
    weights: list[float]
    turn_starts: list[int]


@dataclass
class Batch:
    """`ids`, `targets`, `positions` `[b, t]`, and `weights` `[b, t]` of the loss at each position."""

    ids: Tensor
    targets: Tensor
    weights: Tensor
    positions: Tensor


class Encoder:
    """Turns a conversation into token ids with a loss weight for each."""

    def __init__(self, tokenizer: Tokenizer, user_weight: float = 0.0):
        self.tokenizer = tokenizer
        self.user_weight = user_weight
        self.pad = tokenizer.token_to_id(END_OF_TEXT)

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def sample(self, system: str | None, turns: list[tuple[str, str]], w: Writer) -> Sample:
        """The thought block is in every answer, in the last, or in none: a reader of the file may render any of these."""
        style = w.choose(("none", "none", "all", "all", "last"))
        result = Sample([], [], [])
        if system is not None:
            self._add(result, f"{START}system\n{system}{END}\n", 0.0)
        for index, (user, assistant) in enumerate(turns):
            result.turn_starts.append(len(result.ids))
            if self.user_weight:
                self._add(result, f"{START}user\n", 0.0)
                self._add(result, f"{user}{END}", self.user_weight)
                self._add(result, f"\n{START}assistant\n", 0.0)
            else:
                self._add(result, f"{START}user\n{user}{END}\n{START}assistant\n", 0.0)
            if style == "all" or (style == "last" and index == len(turns) - 1):
                self._add(result, EMPTY_THOUGHT, 0.0)
            self._add(result, f"{assistant}{END}", 1.0)
            self._add(result, "\n", 0.0)
        return result

    def _add(self, sample: Sample, text: str, weight: float) -> None:
        ids = self.encode(text)
        sample.ids += ids
        sample.weights += [weight] * len(ids)


def batches(tokenizer: Tokenizer, seed: int, tokens: int, pool: int = 2500, user_weight: float = 0.0):
    """An endless stream of batches of about `tokens` positions each."""
    encoder, w, source = Encoder(tokenizer, user_weight), Writer(seed + 1_000_000), stream(seed)
    while True:
        buckets: dict[int, list[Sample]] = {length: [] for length in LENGTHS}
        for _ in range(pool):
            system, turns = next(source)
            sample = encoder.sample(system, turns, w)
            while len(sample.ids) > LONGEST + 1:
                turns = turns[:-1]
                sample = encoder.sample(system, turns, w)
            buckets[next(length for length in LENGTHS if length >= len(sample.ids) - 1)].append(sample)
        groups = []
        spill: list[Sample] = []
        for length in LENGTHS:
            samples = spill + buckets[length]
            w.rng.shuffle(samples)
            size = max(1, tokens // length)
            whole = len(samples) // size * size
            groups += [(length, samples[at : at + size]) for at in range(0, whole, size)]
            spill = samples[whole:]
        w.rng.shuffle(groups)
        for length, samples in groups:
            yield collate(samples, length, encoder.pad, w)


def collate(samples: list[Sample], length: int, pad: int, w: Writer) -> Batch:
    ids = torch.full((len(samples), length), pad, dtype=torch.long)
    targets = torch.full((len(samples), length), pad, dtype=torch.long)
    weights = torch.zeros(len(samples), length)
    positions = torch.arange(length).repeat(len(samples), 1)
    for row, sample in enumerate(samples):
        count = len(sample.ids) - 1
        ids[row, :count] = torch.tensor(sample.ids[:-1])
        targets[row, :count] = torch.tensor(sample.ids[1:])
        weights[row, :count] = torch.tensor(sample.weights[1:])
        if w.chance(0.3):
            room = POSITIONS - length
            for start in sample.turn_starts:
                gap = int(room * w.rng.random() ** 3 / 2)
                positions[row, start:] += gap
                room -= gap
    return Batch(ids, targets, weights, positions)
