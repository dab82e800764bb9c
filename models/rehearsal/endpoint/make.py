"""Speaks turns with pauses of known length, and cuts recordings of people into such.

python make.py OUT --turns 200 --seed 1 [--voices train|held] [--noise] [--human FOLDER]

Writes WAV files of one turn each, 16 kHz, and `manifest.jsonl` for `endpoint hear`: where each silence begins and ends, and
the words before it. Speech is cut to what is audible, so a silence is as long as it says; faint noise lies under all of it,
with `--noise` that of rooms and streets, 5 to 30 dB below the speech.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import wave

import numpy as np
from scipy.signal import resample_poly

import turns as generator

import text as sentences

RATE = 16000
# Programs and voices; those held out speak in no turn that anything is fitted on.
VOICES = {
    "train": ["espeak:en-us", "espeak:en-us+m3", "espeak:en-gb+f2", "espeak:en-us+f4", "espeak:en-gb-x-rp+m7", "flite:slt", "flite:kal16", "flite:kal"],
    "held": ["espeak:en-gb-scotland+m1", "espeak:en-us-nyc", "espeak:en-029+f3", "flite:awb", "flite:rms"],
}
SHORTEST, LONGEST = 0.2, 1.5


def read(path) -> np.ndarray:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float64) / 32768
        rate = file.getframerate()
    return data if rate == RATE else resample_poly(data, RATE, rate)


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


def audible(samples: np.ndarray) -> np.ndarray:
    """From the first to the last 5 ms within 35 dB of the loudest."""
    block = RATE // 200
    power = np.array([np.mean(samples[at:at + block] ** 2) for at in range(0, len(samples) - block, block)])
    loud = np.flatnonzero(power > power.max() * 10 ** -3.5)
    return samples[loud[0] * block:(loud[-1] + 1) * block]


def speak(text: str, voice: str, rng: random.Random, pace: float) -> np.ndarray:
    program, name = voice.split(":")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        if program == "espeak":
            command = ["espeak-ng", "-v", name, "-s", str(int(165 * pace)), "-w", file.name, text]
        else:
            command = ["flite", "-voice", name, "--setf", f"duration_stretch={1 / pace:.3f}", "-t", text, "-o", file.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return audible(read(file.name))


def so_far(parts: list[str], upto: int) -> str:
    return " ".join(parts[:upto + 1])


class Writer:
    def __init__(self, out: pathlib.Path, rng: random.Random, loud: bool = False):
        out.mkdir(parents=True, exist_ok=True)
        self.out, self.rng, self.rows, self.loud = out, rng, [], loud
        self.noise = np.random.default_rng(rng.randrange(1 << 30))

    def room(self, count: int, level: float) -> np.ndarray:
        """Noise whose power falls by 0 to 9 dB an octave."""
        spectrum = np.fft.rfft(self.noise.standard_normal(count))
        spectrum *= np.maximum(np.arange(len(spectrum)), 20 * count / RATE) ** -self.rng.uniform(0, 1.5)
        noise = np.fft.irfft(spectrum, count)
        return noise * level * 10 ** (-self.rng.uniform(5, 30) / 20) / np.sqrt(np.mean(noise ** 2))

    def turn(self, pieces, pauses, texts, kind, set_name, noise_db=None):
        """`pieces` are sounds, `pauses` the silences between them, `texts` the words before each silence."""
        level = self.rng.uniform(0.08, 0.2)
        sound, gaps = [np.zeros(int(0.5 * RATE))], []
        at = len(sound[0])
        loudest = max(np.sqrt(np.mean(piece ** 2)) for piece in pieces)
        for index, piece in enumerate(pieces):
            piece = piece * level / loudest
            sound.append(piece)
            at += len(piece)
            silence = pauses[index] if index < len(pauses) else 2.5
            count = int(silence * RATE)
            sound.append(np.zeros(count))
            gaps.append({"from": at / RATE, "to": (at + count) / RATE if index < len(pauses) else None, "text": texts[index]})
            at += count
        samples = np.concatenate(sound)
        db = noise_db if noise_db is not None else self.rng.uniform(-75, -58)
        samples = samples + self.noise.standard_normal(len(samples)) * 10 ** (db / 20)
        if self.loud:
            samples = samples + self.room(len(samples), level)
        name = f"{len(self.rows):04}.wav"
        write(self.out / name, samples)
        self.rows.append({"file": name, "set": set_name, "kind": kind, "gaps": gaps})

    def close(self):
        with open(self.out / "manifest.jsonl", "w") as file:
            file.writelines(json.dumps(row) + "\n" for row in self.rows)


def synthetic(writer: Writer, count: int, seed: int, voices: list[str]):
    rng, source = writer.rng, generator.Turns(seed)
    for n in range(count):
        # Half of the turns have a pause; every tenth of those comes after a sentence that might have been all.
        turn = source.done() if n % 2 else source.more() if n % 20 == 0 else source.paused()
        voice, pace, parts = voices[n // 2 % len(voices)], rng.uniform(0.85, 1.15), turn["parts"]
        pieces = []
        for index, part in enumerate(parts):
            # A comma has the voice stay up; where people look for words it mostly does.
            going_on = index + 1 < len(parts) and not part.endswith((".", "?", ","))
            said = sentences.spoken(part, rng)
            pieces.append(speak(said + ("," if going_on and rng.random() < 0.7 else ""), voice, rng, pace))
        pauses = [rng.uniform(SHORTEST, LONGEST) for _ in parts[:-1]]
        writer.turn(pieces, pauses, [so_far(parts, index) for index in range(len(parts))], turn["kind"], "synthetic")


def human(writer: Writer, folder: pathlib.Path):
    """Whole recordings end; pauses are put between their words, at every third word, and where the reader paused at a comma."""
    rng = writer.rng
    lengths = [0.3, 0.6, 0.9, 1.2, 1.45]

    def words_of(name):
        path = folder / f"{name}.words.json"
        data = json.loads(path.read_text())["w"]
        return [(word["t"].split("(")[0], word["b"], word["b"] + word["d"]) for word in data if word["t"] != "<sil>"]

    def recording(name):
        return audible(read(folder / f"{name}.wav"))

    def text(name):
        return (folder / f"{name}.txt").read_text().strip()

    librivox = sorted(path.name.split(".")[0] for path in folder.glob("librivox-*.words.json"))
    names = sorted(path.stem for path in folder.glob("*.wav"))
    whole = [name for name in names if name.startswith(("harvard", "librivox", "jfk")) or name == "lj001-0002"]
    # Each end several times, over other noise.
    for name in whole:
        for db in (-75, -65, -58):
            said = text(name)
            writer.turn([recording(name)], [], [said if said.endswith(".") else said + "."], "recording", "human", db)
    for name in librivox:
        words, samples = words_of(name), read(folder / f"{name}.wav")
        for index in range(2, len(words) - 1, 2):
            (_, _, end), (_, begin, _) = words[index - 1], words[index]
            # Half of what the reader left between the words goes to either side.
            cut = int((end + begin) / 2 * RATE)
            first, second = samples[:cut], audible(samples[cut:])
            said = " ".join(word for word, _, _ in words[:index])
            writer.turn([audible(first), second], [rng.choice(lengths)], [said, text(name)], "cut", "human")
    commas = ["lj001-0004", "lj001-0006"]
    for name in commas:
        for length in lengths:
            writer.turn([recording(name), recording("lj001-0002")], [length], [text(name), text(name) + " " + text("lj001-0002")], "comma", "human")
    harvard = [name for name in names if name.startswith("harvard")]
    for first, second in zip(harvard, harvard[1:] + harvard[:1]):
        for length in lengths[:3]:
            writer.turn([recording(first), recording(second)], [length], [text(first), text(first) + " " + text(second)], "more", "human")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--voices", choices=VOICES, default="train")
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--human", type=pathlib.Path)
    options = parser.parse_args()
    writer = Writer(options.out, random.Random(options.seed), options.noise)
    if options.human:
        human(writer, options.human)
    else:
        synthetic(writer, options.turns, options.seed, VOICES[options.voices])
    writer.close()
    print(f"{len(writer.rows)} turns in {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
