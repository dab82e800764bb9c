"""Trains the speech network on log-mel shards until a wall-clock deadline.

python train.py DATA RUN --minutes 95

The learning rate is a function of the share of the time used, so a run always ends annealed. RUN/last.pt is written every few
minutes; the same command resumes from it.
"""

import argparse
import json
import math
import os
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

import noise
import tokenizer as tok
from phones import Phones
from network import Recogniser
from transformers import WhisperForConditionalGeneration

BLANK = tok.TEXT_PIECES
NEW_HEADS = 400  # steps in which CTC heads that an exported folder lacks learn alone


class Corpus:
    """All finished shards in a folder; `refresh` picks up new ones. Voices whose names begin with one of `without` are left out."""

    def __init__(self, folder: pathlib.Path, tokenizer, without: tuple[str, ...] = ()):
        self.folder, self.tokenizer, self.without, self.seen, self.rows = folder, tokenizer, without, set(), []

    def refresh(self):
        for path in sorted(self.folder.glob("*.json")):
            if path.stem in self.seen or path.stem.endswith("ends"):
                continue
            self.seen.add(path.stem)
            mel = np.load(path.with_suffix("").with_suffix(".mel.npy"), mmap_mode="r")
            for row in json.loads(path.read_text()):
                if not row["voice"].startswith(self.without):
                    self.rows.append((mel, row))
        for path in sorted(self.folder.glob("*.ends")):  # word ends found by aligning with an earlier model
            if path.name in self.seen:
                continue
            self.seen.add(path.name)
            shard = json.loads(path.read_text())
            for mel, row in self.rows:
                key = f"{row['offset']}"
                if row["ends"] is None and os.path.basename(mel.filename).startswith(path.stem + ".") and key in shard:
                    row["ends"] = shard[key]

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(" " + text, add_special_tokens=False).ids if text else []


class Batches:
    """Draws length-bucketed batches and distorts them in the log-mel domain."""

    def __init__(self, corpus: Corpus, sounds: np.ndarray, seed: int, frames: int, more: Corpus | None = None, share: float = 0.0):
        self.corpus, self.sounds, self.frames = corpus, torch.from_numpy(sounds.astype(np.float32)), frames
        self.more, self.share = more, share
        self.rng = np.random.default_rng(seed)
        self.queue, self.phones = [], Phones()

    def refill(self, progress: float):
        """One chunk of the corpus in random order, cut into batches of near equal length."""
        rng, picks = self.rng, []
        longest = 1050 if progress > 0.35 else 350  # short utterances first
        for corpus, share in ((self.corpus, 1 - self.share), (self.more, self.share)):
            if not share:
                continue
            corpus.refresh()
            for index in rng.choice(len(corpus.rows), min(len(corpus.rows), int(6000 * share)), replace=False):
                mel, row = corpus.rows[index]
                if row["frames"] <= longest:
                    picks.append(self.plan(mel, row, progress))
        for _ in range(len(picks) // 20):
            picks.append({"mel": None, "frames": int(rng.integers(30, min(500, longest))), "lead": 0, "tail": 0, "text": "", "stretch": 1.0})
        for pick in picks:
            pick["total"] = int(pick["frames"] / pick["stretch"]) + pick["lead"] + pick["tail"]
        picks.sort(key=lambda p: p["total"] + rng.uniform(0, 12))
        batch, self.queue = [], []
        for pick in picks:
            size = max([p["total"] for p in batch] + [pick["total"]])
            if batch and size * (len(batch) + 1) > self.frames:
                self.queue.append(batch)
                batch = []
            batch.append(pick)
        self.queue.append(batch)
        rng.shuffle(self.queue)

    def plan(self, mel, row, progress):
        """Decides cut, silence and tempo of one utterance."""
        rng, text, frames = self.rng, row["text"], row["frames"]
        lead = int(rng.uniform(0, 30) if rng.random() < 0.85 or progress < 0.3 else rng.uniform(30, 150))
        tail = int(rng.uniform(0, 30) if rng.random() < 0.85 or progress < 0.3 else rng.uniform(30, 200))
        # Beside broken-off phrases the length of the silence must not tell what is finished.
        waits = self.more is not None and rng.random() < 0.5
        tail = int(rng.uniform(8, 150)) if waits else tail
        ends = row["ends"]
        if ends and len(ends) > 1 and rng.random() < (0.18 if self.aligned else 0.4):
            word = int(rng.integers(1, len(ends)))
            start, stop = ends[word - 1], ends[word]
            part = rng.choice([0.0, rng.uniform(0.1, 0.6)])
            frames = max(10, min(frames, int(start + part * (stop - start))))
            text = " ".join(text.split()[:word])
            text = text.rstrip(",") if not text.endswith((".", "?")) else text
            tail = tail if waits else 0 if rng.random() < 0.8 else int(rng.uniform(0, 30))
        return {"mel": mel, "offset": row["offset"], "frames": frames, "lead": lead, "tail": tail, "text": text,
                "stretch": float(np.exp(rng.uniform(-0.16, 0.16))) if rng.random() < 0.6 else 1.0}

    @property
    def aligned(self):
        return any(name.endswith(".ends") for name in self.corpus.seen)

    def next(self, progress: float):
        while not self.queue:
            self.refill(progress)
        batch = self.queue.pop()
        length = max(p["total"] for p in batch)
        if progress > 0.5 and self.rng.random() < 0.04:  # a long window, as with a full 30 s of context
            length = 3000 if self.rng.random() < 0.4 else int(self.rng.integers(1000, 3000))
            batch = batch[: max(2, 2 * self.frames // length)]
        return self.assemble(batch, length + length % 2)

    def assemble(self, batch, length):
        """Normalised mel [b, 80, length], decoder input and target ids, CTC target ids."""
        rng, count = self.rng, len(batch)
        mel = torch.full((count, length, 80), -10.0)
        live = torch.zeros(count, length, 1)
        for index, pick in enumerate(batch):
            if pick["mel"] is None:
                live[index, : pick["total"]] = 1
                continue
            source = torch.from_numpy(np.asarray(pick["mel"][pick["offset"]: pick["offset"] + pick["frames"]], np.float32))
            if pick["stretch"] != 1.0:
                size = max(2, int(pick["frames"] / pick["stretch"]))
                source = F.interpolate(source.T[None], size=size, mode="linear", align_corners=False)[0].T
            mel[index, pick["lead"]: pick["lead"] + len(source)] = source[: length - pick["lead"]]
            live[index, : pick["total"]] = 1
        silent = torch.tensor([p["mel"] is None for p in batch])
        mel = self.distort(mel, live, silent)
        tokens = [self.tokens(p) for p in batch]
        return mel, tokens, [self.corpus.encode(p["text"]) for p in batch], [self.phones.encode(p["text"]) for p in batch]

    def distort(self, mel, live, silent):
        rng, (count, length, _) = self.rng, mel.shape
        gain = torch.from_numpy(rng.uniform(-2.2, 0.4, (count, 1, 1))).float()
        # A smooth random equaliser.
        curve = torch.from_numpy(rng.normal(0, 0.22, (count, 1, 6))).float()
        equaliser = F.interpolate(curve, size=80, mode="linear", align_corners=True)
        equaliser[rng.random(count) < 0.3] = 0
        mel = mel + gain + equaliser
        # Vocal tract length: shift of the bins, growing with frequency.
        if rng.random() < 0.5:
            warp = float(rng.uniform(-0.1, 0.1))
            position = (torch.arange(80) * (1 + warp)).clamp(0, 79)
            low = position.floor().long().clamp(max=78)
            part = position - low
            mel = mel[..., low] * (1 - part) + mel[..., low + 1] * part
        # Noise below the speech, from the bank or other people's speech.
        first = rng.integers(0, len(self.sounds), count)
        reps = -(-length // 600)
        background = self.sounds[first].repeat(1, reps, 1)[:, :length]
        if rng.random() < 0.25 and count > 6:
            other = [mel[torch.randperm(count)].roll(int(rng.integers(0, length)), 1) - gain for _ in range(3)]
            background = torch.logaddexp(torch.logaddexp(other[0], other[1]), other[2])
        level = mel.amax((1, 2), keepdim=True) - background.amax((1, 2), keepdim=True)
        loud_noise = rng.random(count) < 0.55
        below = np.where(loud_noise, rng.uniform(0.6, 2.8, count), rng.uniform(2.8, 6.5, count))
        offset = level - torch.from_numpy(below).float()[:, None, None]
        quiet = torch.from_numpy(rng.random((count, 1, 1)) < 0.15) & ~silent[:, None, None]
        loud = torch.from_numpy(rng.uniform(-4.5, 0.5, (count, 1, 1))).float()
        background = background + torch.where(silent[:, None, None], loud, offset)
        still = silent[:, None, None] & torch.from_numpy(rng.random((count, 1, 1)) < 0.1)
        background = torch.where(quiet | still | (live == 0), torch.tensor(-10.0), background)
        ten = math.log(10)
        mel = torch.logaddexp(mel * ten, background * ten) / ten
        mel = mel.clamp(min=-10)
        mel = (torch.maximum(mel, mel.amax((1, 2), keepdim=True) - 8) + 4) / 4
        return self.mask(mel).transpose(1, 2).contiguous()

    def mask(self, mel):
        """SpecAugment, light."""
        rng, (count, length, _) = self.rng, mel.shape
        for index in np.flatnonzero(rng.random(count) < 0.5):
            fill = float(mel[index].mean())
            for _ in range(rng.integers(0, 3)):
                width, at = int(rng.integers(1, 11)), int(rng.integers(0, 70))
                mel[index, :, at: at + width] = fill
            for _ in range(rng.integers(0, 1 + max(1, length // 120))):
                width, at = int(rng.integers(1, 11)), int(rng.integers(0, length))
                mel[index, at: at + width] = fill
        return mel

    def tokens(self, pick):
        """Decoder input and target. Without speech the first target is <|nospeech|>, then the text is empty."""
        ids = self.corpus.encode(pick["text"])
        if pick["mel"] is None:
            return [tok.SOT, tok.NOTIMESTAMPS], [tok.NOSPEECH, tok.EOT]
        if self.rng.random() < 0.12:
            spoken = int(pick["frames"] / pick["stretch"])
            begin, end = (tok.FIRST_TIMESTAMP + min(1500, round(t / 2)) for t in (pick["lead"], pick["lead"] + spoken))
            whole = [tok.SOT, begin, *ids, end, tok.EOT]
        else:
            whole = [tok.SOT, tok.NOTIMESTAMPS, *ids, tok.EOT]
        return whole[:-1], whole[1:]


class Muon:
    """Momentum whose update of a matrix is made orthogonal by Newton-Schulz steps (K. Jordan et al., 2024), batched by shape."""

    def __init__(self, parameters, momentum=0.95):
        self.momentum, self.groups = momentum, {}
        for p in parameters:
            wide = p.shape[0] <= p.shape[1]
            self.groups.setdefault((min(p.shape), max(p.shape)), []).append((p, wide))
        self.buffers = {key: torch.zeros(len(g), *key) for key, g in self.groups.items()}

    @torch.no_grad()
    def step(self, rate, decay):
        for key, group in self.groups.items():
            gradient = torch.stack([p.grad if wide else p.grad.T for p, wide in group])
            buffer = self.buffers[key]
            buffer.mul_(self.momentum).add_(gradient, alpha=1 - self.momentum)
            x = gradient.lerp(buffer, self.momentum).bfloat16()
            x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
            for _ in range(5):
                a = x @ x.mT
                x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
            x = x.float()
            for (p, wide), update in zip(group, x):
                scale = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.mul_(1 - rate * decay).add_(update if wide else update.T, alpha=-rate * scale)


def schedule(progress: float, step: int, decay: float) -> float:
    """Warm-up, constant, then linear to zero over the last `decay` of the time."""
    return min(1.0, (step + 1) / 100) * min(1.0, max(0.0, (1 - progress) / decay))


def losses(model, mel, tokens, texts, phones, new_heads=False):
    """Cross-entropy of the decoder and both CTC losses; new CTC heads learn without a say in the encoder."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        memory, inner = model.encode(mel)
        longest = max(len(t[0]) for t in tokens)
        inputs = torch.full((len(tokens), longest), tok.EOT)
        targets = torch.full((len(tokens), longest), -100)
        for index, (a, b) in enumerate(tokens):
            inputs[index, : len(a)], targets[index, : len(b)] = torch.tensor(a), torch.tensor(b)
        logits = model.decode(inputs, memory)
        if new_heads:
            memory, inner = memory.detach(), inner.detach()
        heads, inner_heads = model.ctc(memory), model.inner_ctc(F.layer_norm(inner, inner.shape[-1:]))
    attention_loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100, label_smoothing=0.03)
    return attention_loss, ctc_loss(heads, texts, BLANK), ctc_loss(inner_heads, phones, 0)


def ctc_loss(heads, texts, blank):
    """Mean over target symbols; the floor keeps a batch of mere noise from counting for more than others."""
    lengths = torch.tensor([len(t) for t in texts])
    flat = torch.tensor([i for t in texts for i in t])
    return F.ctc_loss(heads.float().log_softmax(-1).transpose(0, 1), flat, torch.full((len(texts),), heads.shape[1]), lengths,
                      blank=blank, reduction="sum", zero_infinity=True) / max(len(flat), heads.shape[0] * heads.shape[1] // 20)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=95)
    parser.add_argument("--start", type=pathlib.Path, help="checkpoint, or exported folder, to go on from in a new run, as if half of the minutes were over")
    parser.add_argument("--more", type=pathlib.Path, help="shards of turns with pauses, made by pauses.py")
    parser.add_argument("--share", type=float, default=0.5, help="their share of the utterances")
    parser.add_argument("--without", default="", help="voices that are not heard, by the beginnings of their names, with commas")
    parser.add_argument("--frames", type=int, default=14000, help="mel frames in a batch")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.4, help="share of the time over which the rate falls to zero")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1, help="data-parallel processes; each draws its own batches")
    options = parser.parse_args()
    if options.processes == 1:
        train(0, options)
    else:
        torch.multiprocessing.spawn(train, (options,), nprocs=options.processes)


def share(model, progress, values, processes):
    """Averages gradients, progress and losses over the processes."""
    if processes == 1:
        return progress, values
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in grads] + [torch.tensor([progress, *values])])
    torch.distributed.all_reduce(flat)
    flat /= processes
    at = 0
    for g in grads:
        g.copy_(flat[at: at + g.numel()].view_as(g))
        at += g.numel()
    progress, *values = flat[at:].tolist()
    return progress, values


def train(rank, options):
    if options.processes > 1:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        torch.distributed.init_process_group("gloo", init_method="tcp://127.0.0.1:29533", rank=rank, world_size=options.processes)
    options.run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    without = tuple(voice for voice in options.without.split(",") if voice)
    corpus = Corpus(options.data, tok.build(), without)
    corpus.refresh()
    more = Corpus(options.more, corpus.tokenizer, without) if options.more else None
    cache = options.run / "noise.npy"
    if not cache.exists():
        np.save(cache, noise.bank())
    batches = Batches(corpus, np.load(cache), options.seed + 1000 * rank, options.frames, more, options.share if more else 0.0)
    model = Recogniser()
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "layers" in n]
    ids = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in ids and p.requires_grad]
    muon = Muon(hidden)
    adam = torch.optim.AdamW(rest, lr=options.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    average = {n: p.detach().clone() for n, p in model.named_parameters()}
    step, started, checkpoint = 0, time.time(), options.run / "last.pt"
    new_heads = 0
    if not checkpoint.exists() and options.start and options.start.is_dir():
        whisper = WhisperForConditionalGeneration.from_pretrained(options.start, dtype=torch.float32)
        model.whisper.load_state_dict(whisper.state_dict())
        average = {n: p.detach().clone() for n, p in model.named_parameters()}
        started, new_heads = time.time() - 30 * options.minutes, NEW_HEADS
    elif checkpoint.exists() or options.start:
        state = torch.load(checkpoint if checkpoint.exists() else options.start, weights_only=False)
        if not checkpoint.exists():
            state["elapsed"] = 30 * options.minutes
        model.load_state_dict(state["model"])
        if state["adam"]:
            adam.load_state_dict(state["adam"])
        muon.buffers, average, step = state["muon"], state["average"], state["step"]
        started = time.time() - state["elapsed"]
        batches.rng = np.random.default_rng(options.seed + 1000 * rank + step)
    if rank == 0:
        print(sum(p.numel() for p in model.whisper.parameters()), "parameters", len(corpus.rows), "utterances", flush=True)

    def save(path):
        torch.save({"model": model.state_dict(), "adam": adam.state_dict(), "muon": muon.buffers, "average": average, "step": step,
                    "elapsed": time.time() - started}, f"{path}.tmp")
        os.rename(f"{path}.tmp", path)

    saved, clock, sums, progress = time.time(), time.time(), np.zeros(3), 0.0
    while progress < 1:
        progress = (time.time() - started) / (60 * options.minutes)
        values = losses(model, *batches.next(progress), new_heads=step < new_heads)
        weight = 0.6 - 0.4 * progress
        ((1 - weight) * values[0] + 0.6 * weight * (values[1] + values[2])).backward()
        progress, values = share(model, progress, [float(v.detach()) for v in values], options.processes)
        factor = schedule(progress, step, options.decay)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        muon.step(options.rate * factor, 0.05)
        for group in adam.param_groups:
            group["lr"] = options.adam_rate * factor
        adam.step()
        model.zero_grad(set_to_none=True)
        step += 1
        with torch.no_grad():
            keep = min(0.998, step / (step + 10))
            for name, p in model.named_parameters():
                average[name].lerp_(p, 1 - keep)
        sums += values
        if rank == 0 and step % 25 == 0:
            print(f"step {step} progress {progress:.3f} attention {sums[0] / 25:.3f} ctc {sums[1] / 25:.3f} phones {sums[2] / 25:.3f} s/step {(time.time() - clock) / 25:.3f} "
                  f"utterances {len(corpus.rows)}", flush=True)
            clock, sums = time.time(), np.zeros(3)
        if rank == 0 and (time.time() - saved > 120 or (options.run / "save").exists()):
            (options.run / "save").unlink(missing_ok=True)
            save(checkpoint)
            saved = time.time()
    if rank == 0:
        save(checkpoint)
        save(options.run / "final.pt")
        print("done", flush=True)


if __name__ == "__main__":
    main()
