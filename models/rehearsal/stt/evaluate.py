"""Word error rates of an exported folder.

python evaluate.py FOLDER [--human AUDIO] [--full] [--limit N]

Sentences in `unseen.txt` are spoken here and now by the trained voices and by the held-out one; `--full` also uses
transformers' own `generate` on its 30 s window.
"""

import argparse
import math
import pathlib
import random
import re
import tempfile

import numpy as np
import torch
from scipy.io import wavfile
from scipy.signal import resample_poly

import mel as features
import noise
import pauses
import speak
import tokenizer as tok

HERE = pathlib.Path(__file__).parent


def edits(a: list, b: list) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def plain(text: str) -> list[str]:
    """Words without case and marks, as word error rates are usually counted; numbers become words."""
    text = re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("mr.", "mister"))
    return speak.sentences.spoken(text, random.Random(0)).replace(" and ", " ").split() if re.search(r"\d", text) else text.split()


class Model:
    def __init__(self, folder: pathlib.Path):
        from network import Recogniser
        from transformers import WhisperForConditionalGeneration, WhisperProcessor

        self.whisper = WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = WhisperProcessor.from_pretrained(folder)
        self.network = Recogniser(self.whisper.config)
        self.network.whisper = self.whisper
        self.network.eval()

    @torch.no_grad()
    def short(self, sound: np.ndarray, margin: float = 0.5) -> tuple[str, float, float]:
        """Greedy text, no-speech probability and that of a final mark, with only the sound and a margin of silence in the encoder."""
        frames = -(-(len(sound) + int(margin * 16000)) // 3200) * 20  # a multiple of 0.2 s
        padded = np.pad(sound, (0, frames * 160 - len(sound)))
        mel = features.normalise(features.log_mel(padded))
        memory = self.network.encode(torch.from_numpy(mel.T[None].astype(np.float32)))[0]
        ids, silence, finished = [tok.SOT, tok.NOTIMESTAMPS], 0.0, 0.0
        ends, closes = self.ids(".?!"), self.ids(".?!,") + [tok.EOT]
        while len(ids) < 160:
            logits = self.network.decode(torch.tensor([ids]), memory)[0]
            if len(ids) == 2:
                silence = float(logits[0].softmax(-1)[tok.NOSPEECH])
            best = int(logits[-1].argmax())
            if best in closes and ids[-1] not in closes:
                finished = float(logits[-1].softmax(-1)[ends].sum())
            if best == tok.EOT:
                break
            ids.append(best)
        return self.processor.tokenizer.decode(ids[2:], skip_special_tokens=True).strip(), silence, finished

    def ids(self, marks: str) -> list[int]:
        return self.processor.tokenizer.convert_tokens_to_ids(list(marks))

    @torch.no_grad()
    def full(self, sound: np.ndarray) -> str:
        """transformers' own generate on its own features, 30 s window."""
        inputs = self.processor(sound, sampling_rate=16000, return_tensors="pt")
        ids = self.whisper.generate(inputs.input_features, max_new_tokens=150)
        return self.processor.batch_decode(ids, skip_special_tokens=True)[0].strip()


def spoken_set(kinds, seed: int, limit: int):
    lines = (HERE / "unseen.txt").read_text().split("\n")
    lines = [line for line in lines if line][:limit]
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        speaker = speak.Speaker(seed, folder)
        for text, voice, sound, _ in speaker.utterances(len(lines), kinds, lines):
            sound = np.concatenate([np.zeros(4800), 0.5 * sound / np.abs(sound).max(), np.zeros(6400)])
            yield text, voice, (sound + 0.0005 * rng.standard_normal(len(sound))).astype(np.float32)


def read_audio(path: pathlib.Path) -> np.ndarray:
    rate, data = wavfile.read(path)
    data = data.astype(np.float32) / 32768
    common = math.gcd(rate, 16000)
    return data if rate == 16000 else resample_poly(data, 16000 // common, rate // common).astype(np.float32)


def report(name: str, rows: list[tuple[str, str]], show: int = 0) -> float:
    errors = sum(edits(plain(t), plain(h)) for t, h in rows)
    exact = sum(edits(t.split(), h.split()) for t, h in rows)
    total, raw_total = sum(len(plain(t)) for t, _ in rows), sum(len(t.split()) for t, _ in rows)
    marks = np.mean([t[-1:] == h[-1:] for t, h in rows])
    print(f"{name}: WER {100 * errors / total:.1f} % of {total} words; cased and punctuated {100 * exact / raw_total:.1f} %; "
          f"final mark right {100 * marks:.0f} % of {len(rows)}", flush=True)
    for text, heard in rows[:show]:
        print("   said ", text, "\n   heard", heard)
    return errors / total


def report_turns(model: Model, count: int):
    """What is unfinished has no final mark, in voices and in a grammar that were trained on; new sentences."""
    rng, rows = np.random.default_rng(11), []
    with tempfile.TemporaryDirectory() as folder:
        for text, _, sound, _, kind in pauses.Speaker(31, folder).utterances(count):
            if len(sound) < 4000:
                continue
            sound = np.concatenate([np.zeros(4800), 0.5 * sound / np.abs(sound).max(), np.zeros(int(rng.uniform(0.08, 1.5) * 16000))])
            heard, _, finished = model.short((sound + 0.0005 * rng.standard_normal(len(sound))).astype(np.float32))
            rows.append((kind, text, heard, finished))
    for kind in sorted({row[0] for row in rows}):
        some = [row for row in rows if row[0] == kind]
        right = np.mean([(text[-1] in ".?") == (heard[-1:] in (".", "?")) for _, text, heard, _ in some])
        wrong = sum(edits(plain(text), plain(heard)) for _, text, heard, _ in some) / sum(len(plain(text)) for _, text, _, _ in some)
        print(f"  {kind}: {len(some)}, mark or none right {100 * right:.0f} %, WER {100 * wrong:.1f} %")
    done = np.array([text[-1] in ".?" for _, text, _, _ in rows])
    sure = np.array([finished for *_, finished in rows])
    above = (sure[done][:, None] > sure[~done][None]).mean() + 0.5 * (sure[done][:, None] == sure[~done][None]).mean()
    marked = np.array([heard[-1:] in (".", "?") for _, _, heard, _ in rows])
    print(f"turns: {(~done).sum()} unfinished, {100 * (~marked[~done]).mean():.1f} % without a final mark; {done.sum()} finished, "
          f"{100 * marked[done].mean():.1f} % with one; area under the curve of its probability {above:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--human", type=pathlib.Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=0, help="turns with pauses and broken-off phrases, drawn anew")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = Model(options.folder)
    listeners = {"short context": lambda s: model.short(s)[0]}
    if options.full:
        listeners["30 s, transformers generate"] = model.full
    for name, kinds in (("trained voices", speak.MIX), ("held-out " + speak.HELD_OUT, [(speak.HELD_OUT, 1.0)])):
        clips = list(spoken_set(kinds, 20260101, options.limit))
        for way, listen in listeners.items():
            rows = [(text, listen(sound)) for text, _, sound in clips]
            report(f"{name}, {way}", rows, options.show)
            if name == "trained voices":
                for engine in sorted({voice.split(":")[0] + ":" + voice.split(":")[1] * (not voice.startswith("espeak")) for _, voice, _ in clips}):
                    report(f"  {engine}", [r for r, (_, voice, _) in zip(rows, clips) if voice.startswith(engine)])
    rng, texts, silences = np.random.default_rng(5), [], []
    for _ in range(min(100, options.limit)):
        sound = noise.sound(rng, rng.uniform(1, 5)) * 10 ** rng.uniform(-2.5, 0)
        text, silence, _ = model.short(sound)
        texts.append(text)
        silences.append(silence)
    zero = model.short(np.zeros(32000, np.float32))
    print(f"no speech: {sum(t == '' for t in texts)} of {len(texts)} empty, no-speech probability median {np.median(silences):.3f}; "
          f"digital silence {zero}; wrong: {[t for t in texts if t][:8]}")
    if options.turns:
        report_turns(model, options.turns)
    if options.human:
        rows = []
        for path in sorted(options.human.glob("*.txt")):
            rows.append((path.read_text().strip(), model.short(read_audio(path.with_suffix(".wav")))[0]))
        report("human recordings, short context", rows, 20)


if __name__ == "__main__":
    main()
