"""Word errors of teacher and voice by pocketsphinx on `unseen.txt`, and how far their sounds are apart.

python evaluate.py FOLDER --g2p PROGRAM [--say PROGRAM] [--data DATA] [--stt FOLDER] [--every N]

`--say` is a program that takes lines of symbols and speaks them into 0.wav, 1.wav and so on in the folder that it is given last:
the Rust one is `cargo run -p antiphon-models --example say -- FOLDER`.
"""

import argparse
import pathlib
import shlex
import subprocess
import tempfile

import numpy as np
import torch

import make
import recogniser
import speech
import texts
import vocoder


def rates(name: str, rows):
    """Prints errors in percent by category and together."""
    sums: dict[str, np.ndarray] = {}
    for category, *counts in rows:
        for key in (category, "all"):
            sums[key] = sums.get(key, 0) + np.array(counts)
    shown = "  ".join(f"{key} {100 * wrong / count:.1f}" for key, (wrong, count) in sums.items())
    print(f"{name:>16}: {shown}", flush=True)


def spoken(program: str, symbols: list[str]) -> list[np.ndarray]:
    """What a program makes of lines of symbols."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*shlex.split(program), folder], input="\n".join(symbols) + "\n", check=True, text=True)
        return [make.speak.read_wave(f"{folder}/{number}.wav")[0] for number in range(len(symbols))]


def hear_both(voice, program: str, say: str | None, every: int, hearers: dict):
    lines = texts.unseen()[::every]
    symbols = make.phonemes(program, [sentence for _, sentence in lines])
    others = spoken(say, symbols) if say else [None] * len(symbols)
    speakers = ["teacher", "voice"] + ["program"] * bool(say)
    rows: dict[str, list] = {f"{who}, {ear}": [] for ear in hearers for who in speakers}
    lasts = []
    with tempfile.TemporaryDirectory() as folder:
        for (category, sentence), line, other in zip(lines, symbols, others):
            said = recogniser.words(sentence)
            sounds = {"teacher": make.flite(sentence, folder)[0], "voice": voice.speak(line)}
            if other is not None:
                sounds["program"] = other
            lasts.append([len(s) / vocoder.RATE for s in sounds.values()])
            for who, samples in sounds.items():
                for ear, hear in hearers.items():
                    rows[f"{who}, {ear}"].append((category, recogniser.errors(said, recogniser.words(hear(samples))), len(said)))
    for name, counted in rows.items():
        rates(name, counted)
    print(f"seconds of {', '.join(speakers)}:", np.round(np.sum(lasts, 0), 1))


def distances(voice, data: pathlib.Path):
    """On the test clauses, with the teacher's durations for the sounds: what a listener hears apart from words."""
    import train

    corpus = train.Corpus(data)
    corpus.refresh()
    batch = train.tensors(corpus.test, voice.settings["symbols"])
    with torch.no_grad():
        units, log = voice.model.encode(*(batch[k] for k in ("symbol", "stress", "edge", "mark", "place", "unit_live")))
        found = voice.model.decode(units, batch["unit_of"], batch["times"], batch["pair_live"])
        harmonic, noisy, f0, voiced = voice.model.filters(found)
    live = batch["pair_live"].repeat_interleave(2) > 0
    both = live & (batch["voiced"] > 0)
    bands = voice.model.config.bands
    decibels = 20 / np.log(10)
    total = torch.logaddexp(2 * harmonic, 2 * noisy) / 2
    true = torch.logaddexp(2 * batch["target"][:, :bands], 2 * batch["target"][:, bands:]) / 2
    print(f"envelope of voiced frames: {decibels * (total - true)[both].abs().mean():.2f} dB")
    print(f"noise filter: {decibels * (noisy - batch['target'][:, bands:])[live].abs().mean():.2f} dB")
    cents = 1200 * torch.log2(f0[both] / batch["f0"][both])
    print(f"f0: {cents.abs().mean():.0f} cents; voicing wrong: {100 * ((voiced > 0.5) != (batch['voiced'] > 0.5))[live].float().mean():.1f} %")
    spoken = (batch["unit_live"] > 0) & (batch["frames"] > 0)
    print(f"durations: {5 * (torch.expm1(log) - batch['frames'])[spoken].abs().mean():.1f} ms")


def own_recogniser(folder: str):
    """rehearsal-stt-en, as a second opinion: it was trained on synthesisers, though never on this one."""
    import transformers

    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    features = transformers.WhisperFeatureExtractor.from_pretrained(folder)
    tokens = transformers.PreTrainedTokenizerFast.from_pretrained(folder)

    def hear(samples):
        mel = features(np.asarray(samples, np.float32), sampling_rate=16000, return_tensors="pt").input_features
        return tokens.decode(model.generate(mel[..., :2 * model.config.max_source_positions])[0], skip_special_tokens=True)

    return hear


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--g2p", required=True)
    parser.add_argument("--say")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--stt")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    voice = speech.Voice(options.folder)
    if options.data:
        distances(voice, options.data)
    hearers = {"pocketsphinx": recogniser.Sphinx().hear}
    if options.stt:
        hearers["rehearsal-stt"] = own_recogniser(options.stt)
    hear_both(voice, options.g2p, options.say, options.every, hearers)


if __name__ == "__main__":
    main()
