"""Speaks turns with pauses, broken-off phrases, fillers and backchannels, and stores them as `speak.py` does.

python pauses.py OUT --shards 100-113 --per-shard 1000 --seed 7

What is unfinished has no final mark, whatever silence follows; `models/rehearsal/README-text.md` has the rules. A phrase breaks
off in two ways: its words alone are spoken (with a comma, so that the voice stays up, or without), or the whole sentence is
spoken and its sound is cut behind a word. No voice of the turns that end-of-turn weights are tested on is heard here, and none
of the sentences of `unseen.txt`.
"""

import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

import numpy as np

import asked
import speak
import text as sentences
import words as w

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "endpoint"))

import turns  # noqa: E402

RATE = speak.RATE
SHORTEST, LONGEST = 0.2, 1.5
ACCENTS = [accent for accent in speak.ACCENTS if accent not in ("en-gb-scotland", "en-us-nyc", "en-029")]
MIX = [("espeak", 0.4), ("flite:slt", 0.2), ("flite:kal16", 0.12), ("flite:kal", 0.03),
       ("festival:cmu_us_slt_arctic_hts", 0.11), ("festival:ked_diphone", 0.07), ("festival:kal_diphone", 0.07)]
BACKCHANNELS = ["Mm-hm.", "Yeah.", "Uh-huh.", "Right.", "Okay."]
HESITATIONS = ["Um", "Uh", "Er", "Hmm", "Well", "So", "Um, well", "Uh, so", "Hmm, well", "Well, um", "Okay, um", "Yes, um", "And, uh", "So, er"]
# Synthesisers spell out what they do not know.
RESPELLED = {"hmm": ["hum", "hum", "hmm"], "uhm": ["um"], "mm-hm": ["um hum", "mhum", "mm-hm"]}
CAPITALS = {word for name in sentences.PROPER for word in name.split()} | {*w.MONTHS, *w.DAYS, "Antiphon", "Mister", "Miss", "Doctor", "Captain", "Professor"}
UNSEEN = set((pathlib.Path(__file__).parent / "unseen.txt").read_text().split("\n"))


@dataclasses.dataclass
class Item:
    """An utterance: what is said between its pauses, as written, and how it breaks off."""

    kind: str
    parts: list[str]
    finished: bool
    cut_sound: bool = False
    rest: str = ""  # what is spoken after the cut and thrown away

    def written(self) -> str:
        text = re.sub(r"\buhm\b", "um", " ".join(self.parts))
        return text if self.finished else text.rstrip(",.?")


def small(text: str) -> str:
    """Goes on with a small letter, unless a name or `I` begins it."""
    first = text.split()[0].strip(",.?")
    return text if first in CAPITALS or first.split("'")[0] == "I" else text[0].lower() + text[1:]


class Topics(turns.Turns):
    """Half of the sentences are asked of the language model."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self.asked = asked.Asked(seed)

    def sentence(self) -> str:
        return self.asked.sentence() if self.rng.random() < 0.5 else super().sentence()


class Items:
    """Draws utterances from one random stream."""

    def __init__(self, seed: int):
        self.turns = Topics(seed)
        self.rng = self.turns.rng

    def draw(self) -> Item:
        while True:
            item = self.any()
            if item.written() not in UNSEEN and " ".join(item.parts) not in UNSEEN:
                return item

    def any(self) -> Item:
        draw = self.rng.random()
        if draw < 0.05:
            return Item("backchannel", [self.turns.pick(BACKCHANNELS)], True)
        if draw < 0.07:
            return Item("hesitation", [self.turns.pick(HESITATIONS)], False)
        if draw < 0.25:
            return Item("done", self.turns.done()["parts"], True)
        if draw < 0.3:
            return Item("more", self.turns.more()["parts"], True)
        turn = self.turns.paused()
        # A first name is mostly all that is said.
        while turn["kind"] == "name" and self.rng.random() < 0.9:
            turn = self.turns.paused()
        first, second = turn["parts"]
        if turn["kind"] in ("filler", "opening"):
            hesitates = first.split()[-1].lower() in turns.FILLERS + ["well"] or turn["kind"] == "filler"
            first = first + "," if hesitates else first
            second = small(second) if turn["kind"] == "opening" else second
        cut = self.rng.random() < 0.25 and turn["kind"] in ("cut", "clauses", "digits", "list", "name")
        if draw < 0.5:
            return Item("continued", [first, second], True, cut)
        words = second.split()
        if len(words) > 3 and self.rng.random() < 0.12:
            at = self.rng.randint(1, len(words) - 1)
            return Item("twice", [first, " ".join(words[:at])], False, cut, " ".join(words[at:]))
        return Item(turn["kind"], [first], False, cut, second)


def fade(sound: np.ndarray) -> np.ndarray:
    """Eight milliseconds to nothing at a cut."""
    count = min(128, len(sound))
    return np.concatenate([sound[:len(sound) - count], sound[len(sound) - count:] * np.linspace(1, 0, count, dtype=np.float32)])


class Speaker(speak.Speaker):
    """One voice for all parts of an utterance."""

    def __init__(self, seed: int, folder: str):
        super().__init__(seed, folder)
        self.items = Items(seed)

    def utterances(self, count: int, kinds=None, texts=None):
        todo: dict[str, list[Item]] = {}
        names, weights = zip(*(kinds or MIX))
        for item in texts or (self.items.draw() for _ in range(count)):
            todo.setdefault(self.random.choices(names, weights)[0], []).append(item)
        for kind, items in todo.items():
            engine, _, voice = kind.partition(":")
            for first in range(0, len(items), 40):
                group = items[first:first + 40]
                for item, (name, pieces) in zip(group, getattr(self, "_say_" + engine)([self.said(item, engine) for item in group], voice)):
                    yield item.written(), name, self.join(pieces), None, item.kind

    def said(self, item: Item, engine: str) -> list[str] | tuple[str, list[int], bool]:
        """What each part has a synthesiser say; where the sound is cut, all of it, the words before each cut, and whether what is
        behind the last one is kept."""
        if item.cut_sound and engine != "flite":
            whole = [self.words(part) for part in item.parts + [item.rest] * (not item.finished)]
            return " ".join(whole), np.cumsum([len(part.split()) for part in whole[:-1]]).tolist(), item.finished
        said = []
        for index, part in enumerate(item.parts):
            goes_on = not item.finished or index + 1 < len(item.parts)
            bare = not part.endswith((".", "?", ","))
            said.append(self.words(part) + ("," if goes_on and bare and self.random.random() < 0.65 else ""))
        return said

    def words(self, part: str) -> str:
        def respell(match):
            return self.random.choice(RESPELLED[match[0].lower()])

        return re.sub(r"\b(hmm|uhm|mm-hm)\b", respell, sentences.spoken(part, self.random), flags=re.I)

    def join(self, pieces: list[np.ndarray]) -> np.ndarray:
        sound = [pieces[0]]
        for piece in pieces[1:]:
            sound += [np.zeros(int(self.random.uniform(SHORTEST, LONGEST) * RATE), np.float32), piece]
        return np.concatenate(sound)

    @staticmethod
    def parts(sound: np.ndarray, ends: list[float], plan) -> list[np.ndarray]:
        """The parts of a whole sentence by the ends of its words in seconds; nothing where these are not known."""
        said, counts, keep = plan
        if len(ends) != len(said.split()):
            return [np.zeros(1, np.float32)]
        places = [0] + [int(ends[count - 1] * RATE) for count in counts]
        pieces = [fade(sound[a:b]) for a, b in zip(places, places[1:])] + [sound[places[-1]:]] * keep
        if min(len(piece) for piece in pieces) < 0.1 * RATE:
            return [np.zeros(1, np.float32)]
        return [speak.trim(piece)[0] for piece in pieces]

    def _say_espeak(self, plans, _):
        for plan in plans:
            voice = self.random.choice(ACCENTS) + self.random.choice(speak.VARIANTS)
            how = (self.random.randint(130, 205), int(np.clip(self.random.gauss(48, 14), 15, 90)), self.random.randint(20, 75))
            factor = self.random.uniform(0.92, 1.08)
            name = "espeak:" + voice
            if isinstance(plan, tuple):
                sound, rate, words = self.espeak.speak(plan[0], voice, *how)
                ends = [t / factor for _, t in words[1:]] + [len(sound) / rate / factor]
                yield name, self.parts(speak.resample(sound, rate, factor), ends, plan)
                continue
            pieces = []
            for said in plan:
                sound, rate, _ = self.espeak.speak(said, voice, *how)
                pieces.append(speak.trim(speak.resample(sound, rate, factor))[0])
            yield name, pieces

    def _say_flite(self, plans, voice):
        factors, stretches = self._stretches(len(plans))
        for plan, factor, stretch in zip(plans, factors, stretches):
            pieces = []
            for said in plan:
                sound, rate = speak.flite(said, voice, stretch, self.folder)
                pieces.append(speak.trim(speak.resample(sound, rate, factor))[0])
            yield "flite:" + voice, pieces

    def _say_festival(self, plans, voice):
        factors, stretches = self._stretches(len(plans))
        if voice.endswith("hts"):
            stretches = [1.0] * len(plans)
            factors = [self.random.uniform(0.88, 1.14) for _ in plans]
        texts = [[plan[0]] if isinstance(plan, tuple) else plan for plan in plans]
        flat = [(said, stretch) for group, stretch in zip(texts, stretches) for said in group]
        spoken = iter(festival(*zip(*flat), voice, self.folder))
        for plan, group, factor in zip(plans, texts, factors):
            pieces = []
            for _ in group:
                sound, rate, ends = next(spoken)
                sound = speak.resample(sound, rate, factor)
                if isinstance(plan, tuple):
                    pieces = self.parts(sound, [end / factor for end in ends], plan)
                else:
                    pieces.append(speak.trim(sound)[0])
            yield "festival:" + voice, pieces


def festival(texts, stretches, voice: str, folder: str):
    """All texts in one festival process: samples, rate and the end of each word in seconds."""
    lines = [f"(voice_{voice})"]
    name = "hts_duration_stretch" if voice.endswith("hts") else "Duration_Stretch"
    for index, (text, stretch) in enumerate(zip(texts, stretches)):
        lines += [f"(Parameter.set '{name} {stretch:.3f})", f'(set! u (utt.synth (Utterance Text "{text}")))',
                  f'(utt.save.wave u "{folder}/{index}.wav" \'riff)', f'(utt.save.words u "{folder}/{index}.words")']
    script = pathlib.Path(folder) / "batch.scm"
    script.write_text("\n".join(lines))
    subprocess.run(["festival", "-b", str(script)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for index in range(len(texts)):
        rows = pathlib.Path(f"{folder}/{index}.words").read_text().split("#\n")[-1].split("\n")
        ends = [float(row.split()[0]) for row in rows if len(row.split()) >= 3]
        yield (*speak.read_wave(f"{folder}/{index}.wav"), ends)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    speak.arguments(parser, "100-113", 1000, 7)
    speak.write_shards(parser.parse_args(), Speaker)


if __name__ == "__main__":
    main()
