"""Speaks generated sentences with espeak-ng, flite and festival, augments the sound, and stores log-mel shards.

python speak.py OUT --shards 0-9 --per-shard 2000 --seed 1

A shard is `NNN.mel.npy` (float16 [frames, 80], all utterances end to end) and `NNN.json` (one row per utterance: offset,
frames, text, voice, and the end of each word in frames where the synthesiser reports it).
"""

import argparse
import ctypes
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import wave

import numpy as np
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

import asked
import mel as features
import text as sentences

RATE = 16000
ACCENTS = ["en-us"] * 6 + ["en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"]
# Not the four that `antiphon bench dead-air` speaks with: Andrea, Andy, Annie and Michael.
VARIANTS = ["", "", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8", "+f1", "+f2", "+f3", "+f4", "+f5"] + [
    "+" + name for name in ("Alex Alicia Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Mike Nguyen RicishayMax RicishayMax3 Tweaky "
                            "adam anika antonio aunty belinda benjamin boris caleb david ed edward edward2 grandma grandpa gustave iven iven2 iven3 "
                            "john kaukovalta linda marcelo max michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 "
                            "steph3 travis victor zac").split()]
HELD_OUT = "flite:rms"
# Share of each synthesiser. The voices made from recorded speech get far more than their number would give them.
MIX = [("espeak", 0.34), ("flite:slt", 0.15), ("flite:awb", 0.16), ("flite:kal16", 0.09), ("flite:kal", 0.02),
       ("festival:cmu_us_slt_arctic_hts", 0.1), ("festival:ked_diphone", 0.08), ("festival:kal_diphone", 0.06)]


class Espeak:
    """libespeak-ng through ctypes: samples at its own rate and the start of every word."""

    class Event(ctypes.Structure):
        _fields_ = [("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text_position", ctypes.c_int), ("length", ctypes.c_int),
                    ("audio_ms", ctypes.c_int), ("sample", ctypes.c_int), ("user", ctypes.c_void_p), ("id", ctypes.c_char * 8)]

    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.lib.espeak_Initialize(2, 500, None, 0)  # 2: samples to the callback, synchronously
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(self.Event))
        self.callback = kind(self._receive)
        self.lib.espeak_SetSynthCallback(self.callback)
        self.chunks, self.words = [], []

    def _receive(self, samples, count, events):
        if count > 0 and samples:
            self.chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:
            if events[index].type == 1:
                self.words.append((events[index].text_position, events[index].audio_ms / 1000))
            index += 1
        return 0

    def speak(self, text: str, voice: str, rate: int, pitch: int, spread: int):
        self.chunks, self.words = [], []
        self.lib.espeak_SetVoiceByName(voice.encode())
        for parameter, value in ((1, rate), (3, pitch), (4, spread)):
            self.lib.espeak_SetParameter(parameter, value, 0)
        data = text.encode() + b"\0"
        self.lib.espeak_Synth(data, len(data), 0, 1, 0, 1, None, None)
        return np.concatenate(self.chunks).astype(np.float32) / 32768, self.rate, list(self.words)


def read_wave(path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return data.astype(np.float32) / 32768, file.getframerate()


def flite(text: str, voice: str, stretch: float, folder: str) -> tuple[np.ndarray, int]:
    path = f"{folder}/flite.wav"
    subprocess.run(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.3f}", "-t", text, "-o", path], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return read_wave(path)


def festival(texts: list[str], voice: str, stretches: list[float], folder: str) -> list[tuple[np.ndarray, int]]:
    """All texts in one festival process."""
    lines = [f"(voice_{voice})"]
    for index, (text, stretch) in enumerate(zip(texts, stretches)):
        name = "hts_duration_stretch" if voice.endswith("hts") else "Duration_Stretch"
        lines.append(f"(Parameter.set '{name} {stretch:.3f})")
        lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{folder}/{index}.wav" \'riff)')
    script = pathlib.Path(folder) / "batch.scm"
    script.write_text("\n".join(lines))
    subprocess.run(["festival", "-b", str(script)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [read_wave(f"{folder}/{index}.wav") for index in range(len(texts))]


def resample(samples: np.ndarray, source: int, factor: float) -> np.ndarray:
    """To 16 kHz; `factor` above 1 makes the voice higher and faster."""
    down = round(source * factor / 100)
    return samples if down == 160 else resample_poly(samples, 160, down).astype(np.float32)


def trim(samples: np.ndarray) -> tuple[np.ndarray, int]:
    """Cuts silence at both ends, leaving 30 ms; returns also the samples cut at the start."""
    loud = np.flatnonzero(np.abs(samples) > 0.015 * np.abs(samples).max())
    start, stop = max(0, loud[0] - 480), min(len(samples), loud[-1] + 480)
    return samples[start:stop], start


def room(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Convolves with a made-up room: direct sound, a few early reflections, an exponentially decaying tail."""
    decay = rng.uniform(0.08, 0.5)
    length = int(decay * RATE)
    impulse = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length) * rng.uniform(0.01, 0.07)
    impulse[: int(0.002 * RATE)] = 0
    for _ in range(rng.integers(2, 7)):
        impulse[rng.integers(20, min(length, 900))] += rng.uniform(-0.4, 0.4)
    impulse[0] = 1.0
    return fftconvolve(samples, impulse)[: len(samples) + length // 3].astype(np.float32)


def augment(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.35:
        samples = room(samples, rng)
    if rng.random() < 0.12:
        if rng.random() < 0.4:
            filt = butter(3, [rng.uniform(100, 350), rng.uniform(3000, 3900)], "bandpass", fs=RATE, output="sos")
        else:
            filt = butter(3, rng.uniform(3400, 7000), "lowpass", fs=RATE, output="sos")
        samples = sosfilt(filt, samples).astype(np.float32)
    samples = samples / max(1e-4, np.abs(samples).max())
    if rng.random() < 0.08:
        samples = np.clip(samples, -rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.9))
    return 0.7 * samples


def word_ends(said: str, written: str, words: list[tuple[int, float]], begin: float, factor: float, frames: int) -> list[int] | None:
    """End of each written word in frames, or None where digits make spoken and written words differ."""
    starts = [(t / factor - begin) * 100 for _, t in words]
    count = len(written.split())
    if said != written or len(said.split()) != count or len(starts) != count:
        return None
    return [int(s) for s in starts[1:]] + [frames]


class Speaker:
    def __init__(self, seed: int, folder: str):
        self.random, self.rng, self.folder = random.Random(seed), np.random.default_rng(seed), folder
        self.text, self.espeak = asked.Mixed(seed), Espeak()

    def utterances(self, count: int, kinds=MIX, texts=None):
        """Yields text, voice, samples, word ends."""
        todo: dict[str, list[str]] = {}
        names, weights = zip(*kinds)
        for index in range(count):
            line = texts[index] if texts else self.text.sentence()
            todo.setdefault(self.random.choices(names, weights)[0], []).append(line)
        for kind, lines in todo.items():
            engine, _, voice = kind.partition(":")
            for first in range(0, len(lines), 40):
                yield from getattr(self, "_" + engine)(lines[first:first + 40], voice)

    def _espeak(self, lines, _):
        for line in lines:
            said = sentences.spoken(line, self.random)
            voice = self.random.choice(ACCENTS) + self.random.choice(VARIANTS)
            pitch = int(np.clip(self.random.gauss(48, 14), 15, 90))
            sound, rate, words = self.espeak.speak(said, voice, self.random.randint(130, 205), pitch, self.random.randint(20, 75))
            factor = self.random.uniform(0.92, 1.08)
            sound, cut = trim(resample(sound, rate, factor))
            yield line, "espeak:" + voice, sound, word_ends(said, line, words, cut / RATE, factor, len(sound) // 160)

    def _stretches(self, count):
        """Pitch factors (by resampling) and duration stretches that keep a natural pace."""
        factors = [1.0 if self.random.random() < 0.25 else self.random.uniform(0.8, 1.25) for _ in range(count)]
        return factors, [f * self.random.uniform(0.8, 1.15) for f in factors]

    def _flite(self, lines, voice):
        factors, stretches = self._stretches(len(lines))
        for line, factor, stretch in zip(lines, factors, stretches):
            sound, rate = flite(sentences.spoken(line, self.random), voice, stretch, self.folder)
            yield line, "flite:" + voice, trim(resample(sound, rate, factor))[0], None

    def _festival(self, lines, voice):
        factors, stretches = self._stretches(len(lines))
        if voice.endswith("hts"):
            stretches = [1.0] * len(lines)
            factors = [self.random.uniform(0.88, 1.14) for _ in lines]
        said = [sentences.spoken(line, self.random) for line in lines]
        for line, factor, (sound, rate) in zip(lines, factors, festival(said, voice, stretches, self.folder)):
            yield line, "festival:" + voice, trim(resample(sound, rate, factor))[0], None


def write_shard(path: pathlib.Path, seed: int, count: int, kind=Speaker):
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        speaker = kind(seed, folder)
        rows, mels, offset = [], [], 0
        for line, voice, sound, ends, *what in speaker.utterances(count):
            if not 0.25 * RATE < len(sound) < 10.5 * RATE:
                continue
            mel = features.log_mel(augment(sound, speaker.rng)).astype(np.float16)
            rows.append({"offset": offset, "frames": len(mel), "text": line, "voice": voice, "ends": ends, **({"kind": what[0]} if what else {})})
            mels.append(mel)
            offset += len(mel)
    np.save(f"{path}.mel.tmp.npy", np.concatenate(mels))
    os.rename(f"{path}.mel.tmp.npy", f"{path}.mel.npy")
    pathlib.Path(f"{path}.json.tmp").write_text(json.dumps(rows))
    os.rename(f"{path}.json.tmp", f"{path}.json")
    print(path, len(rows), "utterances", round(offset / 360000, 2), "h", flush=True)


def arguments(parser: argparse.ArgumentParser, shards: str, count: int, seed: int):
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--shards", default=shards)
    parser.add_argument("--per-shard", type=int, default=count)
    parser.add_argument("--seed", type=int, default=seed)


def write_shards(options, kind=Speaker):
    options.out.mkdir(parents=True, exist_ok=True)
    first, last = (int(n) for n in re.match(r"(\d+)-(\d+)", options.shards).groups())
    for shard in range(first, last + 1):
        path = options.out / f"{shard:03d}"
        if not pathlib.Path(f"{path}.json").exists():
            write_shard(path, options.seed * 1000 + shard, options.per_shard, kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments(parser, "0-9", 2000, 1)
    write_shards(parser.parse_args())


if __name__ == "__main__":
    main()
