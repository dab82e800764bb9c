"""Trains the network on the shards of `make.py`.

python train.py DATA RUN --minutes 60

Checkpoints are RUN/last.pt every three minutes and RUN/final.pt at the end; started again, it goes on from RUN/last.pt. Shards
that appear while it trains are taken in. `touch RUN/save` writes last.pt at the next step.
"""

import argparse
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional as F

import align
import network

FRAMES = 6000  # of 5 ms per step
TEST_SHARD = "000.npz"
TEST_CLAUSES = 60


class Corpus:
    """Clauses of all shards; the first few of the first shard are kept for testing."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.known, self.clauses, self.test = folder, set(), [], []

    def refresh(self):
        for path in sorted(self.folder.glob("[0-9][0-9][0-9].npz")):
            if path.name in self.known:
                continue
            self.known.add(path.name)
            data = dict(np.load(path))
            units, frames = np.cumsum([0, *data["counts"]]), np.cumsum([0, *data["lengths"]])
            for index in range(len(data["counts"])):
                u, f = slice(units[index], units[index + 1]), slice(frames[index], frames[index + 1])
                clause = {name: data[name][u] for name in ("symbol", "stress", "first", "last", "frames")}
                clause |= {name: data[name][f] for name in ("f0", "voiced", "harmonic", "noisy")}
                test = path.name == TEST_SHARD and index < TEST_CLAUSES
                if 4 < len(clause["symbol"]) and len(clause["f0"]) < 1600:
                    (self.test if test else self.clauses).append(clause)

    def symbols(self) -> list[str]:
        return sorted({chr(s) for clause in self.clauses for s in clause["symbol"]})


def tensors(clauses: list[dict], symbols: list[str]) -> dict:
    """One sequence of units and one of pairs of frames, with gaps, and the targets."""
    ids = {symbol: index for index, symbol in enumerate(symbols)}
    out = {name: [] for name in "symbol stress edge mark place unit_live frames unit_of times pair_live target f0 voiced".split()}
    offset = 0
    for clause in clauses:
        count, frames = len(clause["symbol"]), clause["frames"]
        total = int(frames.sum())
        pairs = (total + 1) // 2
        mark = network.mark_index(chr(clause["symbol"][-1]))

        def put(name, values, gap=network.GAP):
            values = torch.as_tensor(values)
            out[name] += [values, torch.zeros(gap, *values.shape[1:], dtype=values.dtype)]

        put("symbol", [ids.get(chr(s), 0) for s in clause["symbol"]])
        put("stress", clause["stress"].astype(np.int64))
        put("edge", clause["first"].astype(np.int64) + 2 * clause["last"].astype(np.int64))
        put("mark", [mark] * count)
        put("place", network.place_features(torch.arange(count), torch.full((count,), count)))
        put("unit_live", torch.ones(count))
        put("frames", frames.astype(np.float32))
        ends = np.cumsum(frames)
        at = np.minimum(2 * np.arange(pairs) + 1, total - 1)
        unit = np.searchsorted(ends, at, side="right")
        put("unit_of", unit + offset)
        put("times", network.time_features(*(torch.as_tensor(v) for v in (at, (ends - frames)[unit], frames[unit], np.full(pairs, total)))))
        put("pair_live", torch.ones(pairs))

        def even(values):
            values = values.astype(np.float32)
            return np.concatenate([values, values[-1:]]) if total % 2 else values

        put("target", np.concatenate([even(clause["harmonic"]), even(clause["noisy"])], 1), 2 * network.GAP)
        put("f0", even(clause["f0"]), 2 * network.GAP)
        put("voiced", even(clause["voiced"]), 2 * network.GAP)
        offset += count + network.GAP
    return {name: torch.cat(values) for name, values in out.items()}


def losses(model, batch):
    """Durations, bands, movement of bands, pitch, voicing."""
    units, duration = model.encode(*(batch[name] for name in ("symbol", "stress", "edge", "mark", "place", "unit_live")))
    duration = duration.float()
    frames = model.decode(units, batch["unit_of"], batch["times"], batch["pair_live"]).float()
    bands = model.config.bands
    live = batch["pair_live"].repeat_interleave(2)
    voiced = batch["voiced"] * live
    target = (batch["target"] - model.band_mean) / model.band_spread
    weight = torch.cat([(0.15 + 0.85 * voiced)[:, None].expand(-1, bands), live[:, None].expand(-1, bands)], 1) * live[:, None]
    off = frames[:, :2 * bands] - target
    band_loss = (off.abs() * weight).sum() / weight.sum()
    both = weight[1:] * live[:-1, None]
    move_loss = ((off[1:] - off[:-1]).abs() * both).sum() / both.sum()
    pitch = (torch.log(batch["f0"].clamp(min=20)) - model.pitch[0]) / model.pitch[1]
    pitch_loss = ((frames[:, 2 * bands] - pitch).abs() * voiced).sum() / voiced.sum()
    voicing_loss = (F.binary_cross_entropy_with_logits(frames[:, 2 * bands + 1], batch["voiced"], reduction="none") * live).sum() / live.sum()
    spoken = batch["unit_live"] * (batch["symbol"] != model.config.symbols.index("^"))
    duration_loss = ((duration - torch.log1p(batch["frames"])).abs() * spoken).sum() / spoken.sum()
    return torch.stack([duration_loss, band_loss, move_loss, pitch_loss, voicing_loss])


WEIGHTS = torch.tensor([1.0, 1.0, 0.7, 0.3, 0.3])


class Batches:
    """Clauses in random order, FRAMES at a time."""

    def __init__(self, corpus: Corpus, seed: int):
        self.corpus, self.rng, self.order, self.epochs = corpus, np.random.default_rng(seed), [], 0

    def next(self) -> list[dict]:
        picked, frames = [], 0
        while frames < FRAMES:
            if not self.order:
                self.corpus.refresh()
                self.order = self.rng.permutation(len(self.corpus.clauses)).tolist()
                self.epochs += 1
            picked.append(self.corpus.clauses[self.order.pop()])
            frames += len(picked[-1]["f0"])
        return picked


def schedule(progress: float, step: int, decay: float) -> float:
    """Warm-up, constant, then linear to zero over the last `decay` of the time."""
    return min(1.0, (step + 1) / 100) * min(1.0, max(0.0, (1 - progress) / decay))


def spread(model, clauses):
    """Sets the means and spreads from the data."""
    both = np.concatenate([np.concatenate([c["harmonic"], c["noisy"]], 1) for c in clauses[:600]]).astype(np.float32)
    voiced = np.concatenate([c["voiced"] for c in clauses[:600]]) > 0
    pitch = np.log(np.concatenate([c["f0"] for c in clauses[:600]])[voiced])
    model.band_mean.copy_(torch.tensor(both.mean(0)))
    model.band_spread.fill_(float(both.std(0).mean()))
    model.pitch.copy_(torch.tensor([pitch.mean(), pitch.std()]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    options.run.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(options.data)
    corpus.refresh()
    last = options.run / "last.pt"
    saved = torch.load(last) if last.exists() else None
    config = network.Config(**saved["config"]) if saved else network.Config(symbols=sorted({*corpus.symbols(), *align.MARKS}))
    model = network.Network(config)
    plain = [p for p in model.parameters() if p.ndim < 2]
    optimiser = torch.optim.AdamW([{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.02},
                                   {"params": plain, "weight_decay": 0.0}], lr=options.rate, betas=(0.9, 0.98))
    step, spent = 0, 0.0
    if saved:
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        step, spent = saved["step"], saved["spent"]
    else:
        spread(model, corpus.clauses)
    print(sum(p.numel() for p in model.parameters()), "parameters,", len(config.symbols), "symbols", flush=True)
    batches = Batches(corpus, options.seed + step)
    test = tensors(corpus.test, config.symbols)
    begin, written, shown, sums = time.monotonic(), time.monotonic(), time.monotonic(), []

    def save(path):
        part = path.with_suffix(".part")
        torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "config": config.to_dict(), "step": step, "spent": elapsed}, part)
        part.rename(path)

    while (elapsed := spent + time.monotonic() - begin) < options.minutes * 60:
        progress = elapsed / options.minutes / 60
        for group in optimiser.param_groups:
            group["lr"] = options.rate * schedule(progress, step, options.decay)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            values = losses(model, tensors(batches.next(), config.symbols))
        optimiser.zero_grad()
        (values * WEIGHTS).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        sums.append(values.detach())
        step += 1
        if time.monotonic() - shown > 30:
            with torch.no_grad():
                tested = losses(model, test)
            left = options.minutes - elapsed / 60
            numbers = " ".join(f"{a:.3f}/{b:.3f}" for a, b in zip(torch.stack(sums).mean(0), tested))
            print(f"step {step} epoch {batches.epochs} clauses {len(corpus.clauses)} duration bands movement pitch voicing {numbers}, "
                  f"{left:.1f} min left", flush=True)
            shown, sums = time.monotonic(), []
        wanted = options.run / "save"
        if time.monotonic() - written > 180 or wanted.exists():
            wanted.unlink(missing_ok=True)
            save(last)
            written = time.monotonic()
    save(options.run / "final.pt")
    print("done:", options.run / "final.pt", flush=True)


if __name__ == "__main__":
    main()
