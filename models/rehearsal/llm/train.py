"""Trains the rehearsal network on one CPU core until a deadline; resumable; anneals to zero at the deadline.

Muon for the hidden matrices, AdamW for embeddings and gains; weights kept in f32, forward and backward in bf16.
"""

import argparse
import json
import math
import time
from datetime import datetime, timezone
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from batches import Batch, batches
from gguf_file import read
from model import RehearsalModel, Shape, deepen


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """Newton-Schulz iteration of Muon on a stack `[n, rows, columns]`: singular values towards one."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT.contiguous()
    x = x / (x.float().norm(dim=(1, 2), keepdim=True).bfloat16() + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


class Muon:
    """Momentum with orthogonalised updates for matrices, grouped by shape."""

    def __init__(self, parameters: list[Tensor], momentum: float = 0.95):
        self.momentum = momentum
        self.groups: dict[tuple, list[Tensor]] = {}
        for parameter in parameters:
            self.groups.setdefault(tuple(parameter.shape), []).append(parameter)
        self.buffers = {shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()}

    @torch.no_grad()
    def step(self, rate: float, decay: float) -> None:
        for shape, group in self.groups.items():
            gradient = torch.stack([parameter.grad for parameter in group])
            buffer = self.buffers[shape].lerp_(gradient, 1 - self.momentum)
            update = orthogonalise(gradient.lerp(buffer, self.momentum))
            scale = max(1.0, shape[0] / shape[1]) ** 0.5
            for parameter, delta in zip(group, update):
                parameter.mul_(1 - rate * decay).add_(delta, alpha=-rate * scale)


class Trainer:
    def __init__(self, shape: Shape, tokenizer: Tokenizer, arguments: argparse.Namespace):
        self.arguments = arguments
        self.master = RehearsalModel(shape)
        self.worker = RehearsalModel(shape).bfloat16()
        self.forward = torch.compile(self.worker, dynamic=True) if arguments.compile else self.worker
        hidden = [p for name, p in self.master.named_parameters() if p.ndim == 2 and "embedding" not in name]
        others = [p for name, p in self.master.named_parameters() if p.ndim != 2 or "embedding" in name]
        self.average = [parameter.detach().clone() for parameter in self.master.parameters()]
        self.muon = Muon(hidden)
        self.adam = torch.optim.AdamW(others, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.0)
        self.step, self.tokens, self.round, self.started = 0, 0, 0, time.time()
        self.tokenizer = tokenizer

    def save(self, path: Path) -> None:
        state = {
            "shape": self.master.shape.as_dict(), "model": self.master.state_dict(), "muon": self.muon.buffers, "adam": self.adam.state_dict(),
            "average": dict(zip((name for name, _ in self.master.named_parameters()), self.average)), "step": self.step, "tokens": self.tokens, "round": self.round, "started": self.started,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.master.load_state_dict(state["model"])
        self.muon.buffers = state["muon"]
        self.adam.load_state_dict(state["adam"])
        averages = state.get("average", state["model"])
        self.average = [averages[name].clone() for name, _ in self.master.named_parameters()]
        self.step, self.tokens, self.round, self.started = state["step"], state["tokens"], state["round"] + 1, state["started"]

    def loss(self, batch: Batch) -> Tensor:
        hidden = self.forward(batch.ids, batch.positions)
        chosen = batch.weights.reshape(-1).nonzero()[:, 0]
        logits = self.worker.logits(hidden.reshape(-1, hidden.shape[-1])[chosen]).float()
        weights = batch.weights.reshape(-1)[chosen]
        losses = F.cross_entropy(logits, batch.targets.reshape(-1)[chosen], reduction="none")
        return (losses * weights).sum() / weights.sum()

    def progress(self) -> float:
        return (time.time() - self.started) / (self.arguments.deadline.timestamp() - self.started)

    def rate(self) -> float:
        """Warm-up by steps, then flat, then linear to zero at the deadline."""
        done, flat = self.progress(), self.arguments.flat
        return min(1.0, (self.step + 1) / 60) * min(1.0, max(0.0, (1 - done) / (1 - flat)))

    def train_step(self, batch: Batch) -> float:
        for source, copy in zip(self.master.parameters(), self.worker.parameters()):
            copy.data.copy_(source.data)
        loss = self.loss(batch)
        loss.backward()
        squares = 0.0
        for source, copy in zip(self.master.parameters(), self.worker.parameters()):
            source.grad = copy.grad.float()
            copy.grad = None
            squares += source.grad.square().sum().item()
        norm = math.sqrt(squares)
        rate = self.rate()
        if norm > 1.0:
            for group in self.adam.param_groups:
                for parameter in group["params"]:
                    parameter.grad.mul_(1.0 / norm)
        for group in self.adam.param_groups:
            group["lr"] = self.arguments.adam_rate * rate
        self.adam.step()
        self.muon.step(self.arguments.muon_rate * rate, decay=self.arguments.decay)
        for average, parameter in zip(self.average, self.master.parameters()):
            average.lerp_(parameter.detach(), min(1.0, max(1 / (self.step + 1), 1 - self.arguments.averaging)))
        self.step += 1
        self.tokens += batch.ids.numel()
        return loss.item()

    def run(self, folder: Path) -> None:
        source = batches(self.tokenizer, self.arguments.seed + 1000 * self.round, self.arguments.tokens, user_weight=self.arguments.user_weight)
        mean, last_save, began, began_tokens = None, time.time(), time.time(), self.tokens
        while self.progress() < 1.0 and self.step < self.arguments.steps:
            loss = self.train_step(next(source))
            mean = loss if mean is None else 0.97 * mean + 0.03 * loss
            if self.step % 20 == 0:
                speed = (self.tokens - began_tokens) / (time.time() - began)
                print(json.dumps({"step": self.step, "loss": round(mean, 4), "rate": round(self.rate(), 4), "tokens": self.tokens, "per_second": round(speed), "done": round(self.progress(), 4)}), flush=True)
            if time.time() - last_save > 150:
                self.save(folder / "checkpoint.pt")
                last_save = time.time()
        self.save(folder / "checkpoint.pt")
        self.save(folder / "final.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds tokenizer.json; checkpoints go here")
    parser.add_argument("--deadline", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=timezone.utc), required=True, help="UTC, 2026-01-31T12:00")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10**9)
    parser.add_argument("--tokens", type=int, default=3072, help="positions in a batch")
    parser.add_argument("--layers", type=int, help="4, or those of the file that `--start-from` names; more than it has are added to it")
    parser.add_argument("--flat", type=float, default=0.4, help="share of the time before the rate falls")
    parser.add_argument("--muon-rate", type=float, default=0.03)
    parser.add_argument("--adam-rate", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--averaging", type=float, default=0.985, help="decay of the running average of the weights, which is what is exported")
    parser.add_argument("--user-weight", type=float, default=0.0)
    parser.add_argument("--compile", action="store_true", help="fuse the network with torch.compile (needs a C++ compiler)")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path, metavar="GGUF", help="begin with the weights and the tokenizer of a shipped file")
    parser.add_argument("--restart-clock", action="store_true", help="with --resume: spread the schedule from now to the deadline")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    shipped = None
    if arguments.start_from:
        shipped, tokenizer = read(arguments.start_from)
        tokenizer.save(str(arguments.folder / "tokenizer.json"))
        shipped = deepen(shipped, arguments.layers or shipped.shape.layers)
        arguments.layers = shipped.shape.layers
    tokenizer = Tokenizer.from_file(str(arguments.folder / "tokenizer.json"))
    trainer = Trainer(Shape(vocabulary=tokenizer.get_vocab_size(), layers=arguments.layers or 4), tokenizer, arguments)
    if shipped is not None:
        trainer.master.load_state_dict(shipped.state_dict())
        trainer.average = [parameter.detach().clone() for parameter in trainer.master.parameters()]
    if arguments.resume:
        trainer.load(arguments.folder / "checkpoint.pt")
        if arguments.restart_clock:
            trainer.started = time.time()
    trainer.run(arguments.folder)


if __name__ == "__main__":
    main()
