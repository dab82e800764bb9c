"""Speaks sentences with flite, aligns misaki's symbols with its phones, and stores what the network learns from.

python make.py OUT --g2p PROGRAM --shards 0-9 --per-shard 800 --seed 1

PROGRAM reads sentences and prints their phoneme symbols, line by line. A shard is `NNN.npz`: clauses end to end, with per
unit symbol, stress, edges and frames, and per frame of 5 ms f0, voicing, the logarithms of both filters and the samples.
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import tempfile

import numpy as np
import pyworld

import align
import texts
import vocoder
import speak  # of the recogniser, whose folder `texts` puts on the path

VOICE = "rms"
LOWEST, HIGHEST = 60, 260  # hertz
LEAD, TAIL = 8, 16  # frames kept of the pauses before and after a clause
WORST = 0.16  # cost of the alignment per unit above which a line is dropped
START = "^"


def flite(text: str, folder: str) -> tuple[np.ndarray, list[tuple[str, float]]]:
    """Samples in -1..1 and the end of each phone in seconds."""
    path = f"{folder}/flite.wav"
    done = subprocess.run(["flite", "-voice", VOICE, "-psdur", "-t", text, "-o", path], check=True, capture_output=True, text=True)
    ends = [(part.split(":")[0], float(part.split(":")[1])) for part in done.stdout.split()]
    return speak.read_wave(path)[0], ends


def phonemes(program: str, lines: list[str]) -> list[str]:
    done = subprocess.run(shlex.split(program), input="\n".join(lines) + "\n", check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n").split("\n")


def analyse(samples: np.ndarray):
    """f0 (straight lines where there is no voice), voicing, and both filters, per frame."""
    x = samples.astype(np.float64)
    f0, times = pyworld.dio(x, vocoder.RATE, f0_floor=LOWEST, f0_ceil=HIGHEST, frame_period=5)
    f0 = pyworld.stonemask(x, f0, times, vocoder.RATE)
    envelope = pyworld.cheaptrick(x, f0, times, vocoder.RATE, f0_floor=LOWEST + 11)
    aperiodic = pyworld.d4c(x, f0, times, vocoder.RATE)
    voiced = (f0 > 0) & (aperiodic[:, 0] < 0.5)
    bins = np.arange(envelope.shape[1]) * vocoder.RATE / 2 / (envelope.shape[1] - 1)
    sample = np.stack([np.interp(vocoder.centres(), bins, row) for row in np.eye(len(bins))])
    harmonic = np.log(np.maximum(envelope * (1 - np.minimum(aperiodic, 0.9999) ** 2), 1e-14)) / 2
    noisy = np.log(np.maximum(envelope * aperiodic**2, 1e-14)) / 2
    whole = np.log(np.maximum(envelope, 1e-14)) / 2
    # Without voice all of the sound is noise; the harmonic filter keeps the envelope, for the gate closes it anyway.
    harmonic, noisy = np.where(voiced[:, None], harmonic, whole), np.where(voiced[:, None], noisy, whole)
    if voiced.any():
        f0 = np.interp(np.arange(len(f0)), np.flatnonzero(voiced), f0[voiced])
    return f0, voiced, harmonic @ sample, noisy @ sample


def clauses(line: list[align.Unit], shares, ends: list[tuple[str, float]]):
    """Yields units and their frames, with the first frame, for every stretch between two pauses."""
    starts = [0.0] + [end for _, end in ends[:-1]]
    parts, group = [], []
    for unit, share in zip(line, shares):
        paused = any(ends[phone][0] == "pau" for phone, _ in share)
        group.append((unit, share))
        if unit.mark and paused:
            parts.append(group)
            group = []
    for group in parts:
        spoken = [(u, s) for u, s in group[:-1] if not u.mark]
        order = [phone for _, share in spoken for phone, _ in share]
        if not order or order != sorted(order):
            continue
        first, pause = min(order), group[-1][1][0][0]
        at = starts[first] * 200
        edges = [at]
        for _, share in spoken:
            at += sum((ends[p][1] - starts[p]) * 200 * part for p, part in share)
            edges.append(at)
        edges = np.rint(edges).astype(int)
        lead = min(LEAD, edges[0])
        tail = min(TAIL, int((ends[pause][1] - starts[pause]) * 200))
        units = [align.Unit(START)] + [u for u, _ in spoken] + [group[-1][0]]
        yield units, [lead, *np.diff(edges).tolist(), tail], edges[0] - lead


def write_shard(path: pathlib.Path, seed: int, count: int, program: str):
    drawn = texts.Texts(seed)
    lines = [drawn.draw() for _ in range(count)]
    lines = [line if line[-1] in ".?!" else line + "." for line in lines]
    rows = {name: [] for name in "symbol stress first last frames counts lengths f0 voiced harmonic noisy samples".split()}
    dropped = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for text, symbols in zip(lines, phonemes(program, lines)):
            line = align.units(symbols)
            samples, ends = flite(text, folder)
            phones = [name for name, _ in ends]
            inner = [p for p, (name, _) in enumerate(ends) if not (p == 0 and name == "pau")]
            if "❓" in symbols or not line:
                dropped += 1
                continue
            shares, cost = align.align(line, [phones[p] for p in inner])
            shares = [[(inner[p], part) for p, part in share] for share in shares]
            if cost / len(line) > WORST:
                dropped += 1
                continue
            f0, voiced, harmonic, noisy = analyse(samples)
            for units, frames, start in clauses(line, shares, ends):
                stop = start + sum(frames)
                if stop > len(f0) or stop * vocoder.HOP > len(samples) or len(units) < 4:
                    continue
                rows["counts"].append(len(units))
                rows["lengths"].append(stop - start)
                rows["frames"] += frames
                for name in ("symbol", "stress", "first", "last"):
                    rows[name] += [ord(u.symbol) if name == "symbol" else getattr(u, name) for u in units]
                rows["f0"].append(f0[start:stop].astype(np.float32))
                rows["voiced"].append(voiced[start:stop])
                rows["harmonic"].append(harmonic[start:stop].astype(np.float16))
                rows["noisy"].append(noisy[start:stop].astype(np.float16))
                rows["samples"].append((samples[start * vocoder.HOP:stop * vocoder.HOP] * 32767).astype(np.int16))
    flat = {name: np.concatenate(v) if isinstance(v[0], np.ndarray) else np.array(v, np.int32) for name, v in rows.items()}
    np.savez(path.with_suffix(".tmp.npz"), **flat)
    path.with_suffix(".tmp.npz").rename(path)
    print(path.name, len(rows["counts"]), "clauses", round(len(flat["f0"]) / 200 / 3600, 3), "h", dropped, "lines dropped of", count, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--g2p", required=True)
    parser.add_argument("--shards", default="0-9")
    parser.add_argument("--per-shard", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    first, last = (int(n) for n in re.match(r"(\d+)-(\d+)", options.shards).groups())
    for shard in range(first, last + 1):
        path = options.out / f"{shard:03d}.npz"
        if not path.exists():
            write_shard(path, options.seed * 1000 + shard, options.per_shard, options.g2p)


if __name__ == "__main__":
    main()
