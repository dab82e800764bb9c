"""The network: units of a clause to durations, and frames of 5 ms to pitch, voicing and the two filters of `vocoder.py`.

Two stacks of ConvNeXt blocks without recurrence: one over the units, one over pairs of frames (10 ms). Several clauses lie end
to end in one sequence, with GAP empty places between them, so that no computation is spent on padding.
"""

from dataclasses import asdict, dataclass, field

import torch
from torch import nn
from torch.nn import functional as F

MARKS = ".?!,"  # final marks that the network tells apart; others are read as the last
GAP = 3  # half of a kernel


@dataclass
class Config:
    """Sizes, and what turns numbers of the network into decibels and hertz."""

    symbols: list[str] = field(default_factory=list)
    unit_channels: int = 192
    unit_hidden: int = 512
    unit_blocks: int = 4
    frame_channels: int = 256
    frame_hidden: int = 512
    frame_blocks: int = 6
    kernel: int = 7
    bands: int = 64

    def to_dict(self) -> dict:
        return asdict(self)


def place_features(index: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """Where a unit stands in its clause: [units, 3]."""
    return torch.stack([(index / 16).clamp(max=1), ((count - 1 - index) / 16).clamp(max=1), (count / 64).clamp(max=1)], -1).float()


def time_features(at: torch.Tensor, start: torch.Tensor, frames: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    """Where a pair of frames stands in its unit and its clause: [pairs, 6]. All in frames."""
    inside = at - start
    left = frames - inside
    return torch.stack([
        inside / frames.clamp(min=1), (inside / 40).clamp(max=1), (left / 40).clamp(max=1), (frames / 40).clamp(max=2),
        (at / 400).clamp(max=2), ((total - at) / 400).clamp(max=2),
    ], -1).float()


class Block(nn.Module):
    def __init__(self, channels: int, hidden: int, kernel: int):
        super().__init__()
        self.mix = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.up = nn.Linear(channels, hidden)
        self.down = nn.Linear(hidden, channels)

    def forward(self, x, live):
        y = self.mix(x.T[None])[0].T
        return (x + self.down(F.silu(self.up(self.norm(y))))) * live


class Network(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        wide, narrow = config.frame_channels, config.unit_channels
        self.symbol = nn.Embedding(len(config.symbols), narrow)
        self.stress = nn.Embedding(3, narrow)
        self.edge = nn.Embedding(4, narrow)
        self.mark = nn.Embedding(len(MARKS), narrow)
        self.place = nn.Linear(3, narrow)
        self.units = nn.ModuleList(Block(narrow, config.unit_hidden, config.kernel) for _ in range(config.unit_blocks))
        self.unit_norm = nn.LayerNorm(narrow)
        self.duration_up = nn.Linear(narrow, narrow)
        self.duration = nn.Linear(narrow, 1)
        self.enter = nn.Linear(narrow, wide)
        self.time = nn.Linear(6, wide)
        self.frames = nn.ModuleList(Block(wide, config.frame_hidden, config.kernel) for _ in range(config.frame_blocks))
        self.frame_norm = nn.LayerNorm(wide)
        self.leave = nn.Linear(wide, 2 * (2 * config.bands + 2))
        # Mean and spread of the bands and of the logarithm of f0, from the training data.
        self.register_buffer("band_mean", torch.zeros(2 * config.bands))
        self.register_buffer("band_spread", torch.ones(2 * config.bands))
        self.register_buffer("pitch", torch.tensor([0.0, 1.0]))
        for table in (self.symbol, self.stress, self.edge, self.mark):
            nn.init.normal_(table.weight, std=0.5)

    def encode(self, symbol, stress, edge, mark, place, live):
        """[units] each: [units, narrow] and the logarithm of 1 + frames [units]."""
        live = live[:, None]
        x = (self.symbol(symbol) + self.stress(stress) + self.edge(edge) + self.mark(mark) + self.place(place)) * live
        for block in self.units:
            x = block(x, live)
        x = self.unit_norm(x)
        return x, self.duration(F.silu(self.duration_up(x)))[:, 0]

    def decode(self, units, unit_of, times, live):
        """Units, and for each pair of frames its unit and time features: [pairs * 2, 2 * bands + 2]: filters as normalised
        numbers, then the normalised logarithm of f0, then the logit of voicing."""
        live = live[:, None]
        x = (self.enter(units)[unit_of] + self.time(times)) * live
        for block in self.frames:
            x = block(x, live)
        return self.leave(self.frame_norm(x)).reshape(2 * len(x), -1)

    def filters(self, frames):
        """Logarithms of both filters' magnitudes, f0 in hertz and the probability of voicing."""
        bands = self.config.bands
        both = frames[:, :2 * bands] * self.band_spread + self.band_mean
        f0 = torch.exp(frames[:, 2 * bands] * self.pitch[1] + self.pitch[0])
        return both[:, :bands], both[:, bands:], f0, torch.sigmoid(frames[:, 2 * bands + 1])


def mark_index(symbol: str) -> int:
    return MARKS.index(symbol) if symbol in MARKS else len(MARKS) - 1
