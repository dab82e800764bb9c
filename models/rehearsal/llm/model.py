"""The rehearsal network: a small Qwen3 decoder in PyTorch, written for training on one CPU core.

Shapes follow the published Qwen3 layout (grouped-query attention with RMS-normalised queries and keys,
SwiGLU feed-forward, tied embeddings), so a trained state exports to GGUF without change.
"""

from dataclasses import asdict, dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; every matrix row length is a multiple of 256 for the fast quantised kernels."""

    vocabulary: int = 3072
    width: int = 256
    layers: int = 4
    heads: int = 4
    key_value_heads: int = 2
    head_width: int = 64
    feed_forward: int = 768
    context: int = 2048
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-6

    def as_dict(self) -> dict:
        return asdict(self)


class RmsNorm(nn.Module):
    """Root-mean-square normalisation over the last dimension, with a learned gain."""

    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


def rope_tables(shape: Shape, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the rotary angles for `positions` `[..., t]`: two tensors `[..., t, head_width]`."""
    half = torch.arange(0, shape.head_width, 2, dtype=torch.float32) / shape.head_width
    angles = positions.float()[..., None] * (shape.rope_base**-half)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding, halves convention (as the reference Qwen3)."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-b, a), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        inner, shared = shape.heads * shape.head_width, shape.key_value_heads * shape.head_width
        self.q = nn.Linear(shape.width, inner, bias=False)
        self.k = nn.Linear(shape.width, shared, bias=False)
        self.v = nn.Linear(shape.width, shared, bias=False)
        self.o = nn.Linear(inner, shape.width, bias=False)
        self.q_norm = RmsNorm(shape.head_width, shape.norm_epsilon)
        self.k_norm = RmsNorm(shape.head_width, shape.norm_epsilon)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, cache: list | None) -> Tensor:
        batch, time, _ = x.shape
        s = self.shape
        q = self.q_norm(self.q(x).view(batch, time, s.heads, s.head_width)).transpose(1, 2)
        k = self.k_norm(self.k(x).view(batch, time, s.key_value_heads, s.head_width)).transpose(1, 2)
        v = self.v(x).view(batch, time, s.key_value_heads, s.head_width).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), dim=2), torch.cat((cache[1], v), dim=2)
            cache[:] = [k, v]
        groups = s.heads // s.key_value_heads
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None and time > 1)
        return self.o(y.transpose(1, 2).reshape(batch, time, -1))


class FeedForward(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.attention_norm = RmsNorm(shape.width, shape.norm_epsilon)
        self.attention = Attention(shape)
        self.feed_forward_norm = RmsNorm(shape.width, shape.norm_epsilon)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None, cache: list | None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cos, sin, mask, cache)
        return x + self.feed_forward(self.feed_forward_norm(x))


class RehearsalModel(nn.Module):
    """Token ids `[b, t]` to hidden states `[b, t, width]`; `logits` maps these to the vocabulary."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = RmsNorm(shape.width, shape.norm_epsilon)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.02)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2 and "embedding" not in name:
                scale = (2 * self.shape.layers) ** -0.5 if name.endswith(("o.weight", "down.weight")) else 1.0
                nn.init.normal_(parameter, std=scale * parameter.shape[1] ** -0.5 * 0.7)

    def forward(
        self, ids: Tensor, positions: Tensor, mask: Tensor | None = None, caches: list[list] | None = None
    ) -> Tensor:
        """`positions` is `[b, t]`, `mask` a boolean `[b, 1, t, t]` (true where attention is allowed)."""
        x = self.embedding(ids)
        cos, sin = (table[:, None].to(x.dtype) for table in rope_tables(self.shape, positions))
        for index, block in enumerate(self.blocks):
            x = block(x, cos, sin, mask, None if caches is None else caches[index])
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embedding.weight)


def deepen(model: RehearsalModel, layers: int) -> RehearsalModel:
    """`model` with blocks added among its own up to `layers`: copies that write nothing, so that the outputs stay the same.

    Copied inner weights give the new blocks gradients of use from the first step (as in Chen et al. 2016, Net2Net).
    """
    known, added = model.shape.layers, layers - model.shape.layers
    if added < 0:
        raise ValueError(f"the file has {known} layers; {layers} would be fewer")
    deeper = RehearsalModel(replace(model.shape, layers=layers))
    deeper.embedding.load_state_dict(model.embedding.state_dict())
    deeper.norm.load_state_dict(model.norm.state_dict())
    at = 0
    for index, block in enumerate(model.blocks):
        copies = (index + 1) * added // known - index * added // known
        for copy in range(1 + copies):
            deeper.blocks[at].load_state_dict(block.state_dict())
            if copy:
                nn.init.zeros_(deeper.blocks[at].attention.o.weight)
                nn.init.zeros_(deeper.blocks[at].feed_forward.down.weight)
            at += 1
    return deeper
