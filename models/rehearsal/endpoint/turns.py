"""Turns with pauses: everyday sentences cut where people look for words, and whole ones.

A turn is a list of parts with a pause after each but the last; the person is done after the last.

python turns.py SEED COUNT [--bare]    prints some, as a recogniser without marks and capitals writes them with `--bare`
"""

import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stt"))

import text as sentences
import words as w

FUNCTION = set("""
a an the my your his her its our their this that some every each to of at for with from into by about in on under over and or but
because so if when while that is are was were am be been have has had do does did can could will would should may might must i we he
she they very really quite not what who where how which like as than
""".split())
FILLERS = ["um", "uh", "er", "hmm", "uhm"]
STALLS = ["you know", "I mean", "let me see", "let me think", "well"]
ANSWERS = ("Yes. No. Okay. Sure. Yes, please. No, thanks. No, thank you. Thank you. Thanks a lot. Of course. Not yet. Not really. Maybe later. "
           "That's right. Never mind. Good morning. Hello. Goodbye. Exactly. Right. Two. Seven. Stop. Why? Really? I think so. I do. "
           "Yes, I am. No, I can't. Me too. Very good. All of them. Just one. Tomorrow. In the morning. At eight. A small one. The blue one.").split(". ")


def finish(text: str) -> str:
    text = " ".join(text.split())
    return text[0].upper() + text[1:]


class Turns:
    """Draws turns from one random stream."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.source = sentences.Sentences(seed)

    def pick(self, items):
        return self.rng.choice(items)

    def sentence(self) -> str:
        kind = self.rng.random()
        s = self.source
        text = s.assistant() if kind < 0.5 else s.question() if kind < 0.7 else s.statement() if kind < 0.92 else s.arithmetic()
        return finish(text)

    def phrase(self) -> str:
        """Whole sentences that end in a small word."""
        thing, place = self.pick(w.THINGS), self.pick(w.PLACES)
        return finish(self.pick([
            f"turn it {self.pick(['on', 'off', 'up', 'down'])}.", f"turn the {thing} {self.pick(['on', 'off', 'up', 'down'])}.", "come in.", "go on.",
            "where are you from?", "what is it for?", "what are you looking for?", f"who did you go to {place} with?", "what is it about?",
            f"put the {thing} {self.pick(['down', 'away', 'back', 'in', 'on'])}.", "let me in.", "wake me up.", "I give up.", "what is that?",
            f"is that a {thing} or not?", "I don't think so.", "yes, I did.", "no, it isn't.", "I think it is.", "how are you?", "who are you?",
            f"what is a {thing} like?", "that's what I want.", "that's all I need.", "what do you want?", "what does it mean?", "who said that?"]))

    def whole(self) -> dict:
        """Without a pause."""
        if self.rng.random() < 0.07:
            return {"kind": "phrase", "parts": [self.phrase()]}
        if self.rng.random() < 0.15:
            return {"kind": "answer", "parts": [self.pick(ANSWERS).rstrip(".?") + "."]}
        return {"kind": "sentence", "parts": [self.sentence()]}

    def cut(self) -> dict:
        """A sentence with a pause after a word that wants another, now and then after any word."""
        while True:
            words = self.sentence().split()
            places = range(1, len(words))
            weights = [6 if words[at - 1].strip(",.?").lower() in FUNCTION else 5 if words[at - 1].endswith(",") else
                       4 if words[at].lower() in ("and", "but", "because", "so", "when", "if") else 0.5 for at in places]
            # Nobody pauses often after the first word.
            weights[0:1] = [weight * 0.15 for weight in weights[0:1]]
            if len(words) >= 4 and sum(weights) > 0 and not any(word.endswith((".", "?")) for word in words[:-1]):
                at = self.rng.choices(list(places), weights)[0]
                return {"kind": "cut", "parts": [" ".join(words[:at]), " ".join(words[at:])]}

    def filler(self) -> dict:
        turn = self.cut()
        extra = self.pick(FILLERS) if self.rng.random() < 0.7 else self.pick(STALLS)
        turn["parts"][0] = turn["parts"][0].rstrip(",") + ", " + extra
        return {"kind": "filler", "parts": turn["parts"]}

    def opening(self) -> dict:
        head = self.pick(["well", "so", "um", "okay, so", "hello, um", "yes, but", "no, I mean", "hey, can you", "could you", "I would like to",
                          "I want to know", "can you tell me", "I was wondering", "and then", "what I wanted to ask is", "I'm", "it's",
                          "I think it's", "we're", "that's", "what's", "I'd like", "let's", "it was very", "I'm really", "I just", "she was quite",
                          "that is so", "my name is spelled A B", "it is spelled", "do you know what", "tell me how", "I need", "we want", "give me"])
        return {"kind": "opening", "parts": [finish(head), self.sentence()]}

    def clauses(self) -> dict:
        s = self.source
        if self.rng.random() < 0.5:
            head = self.pick(["if", "when", "because", "while", "after", "before", "since", "unless"])
            return {"kind": "clauses", "parts": [finish(f"{head} {s.clause()}"), s.clause() + "."]}
        return {"kind": "clauses", "parts": [finish(s.clause()) + " " + self.pick(["and", "but", "because", "so", "and then", "or"]), s.clause() + "."]}

    def digits(self) -> dict:
        count = self.pick([4, 5, 6, 7, 8, 10])
        digits = [self.pick(w.SMALL_NUMBERS) for _ in range(count)]
        at = self.rng.randint(1, min(4, count - 1))
        head = self.pick(["my number is", "my phone number is", "the code is", "the number is", "it's", "call me at", "the pin is", "you can reach me at"])
        return {"kind": "digits", "parts": [finish(f"{head} {' '.join(digits[:at])}"), " ".join(digits[at:]) + "."]}

    def all_digits(self) -> dict:
        turn = self.digits()
        return {"kind": "all digits", "parts": [" ".join(turn["parts"])]}

    def things(self) -> dict:
        head = self.pick(["I need", "I would like", "add", "we bought", "buy", "please order", "my favorite fruits are"])
        items = [self.pick(w.FOODS + w.MASS[:12]) for _ in range(self.rng.randint(3, 5))]
        at = self.rng.randint(1, len(items) - 1)
        tail = ", ".join(items[at:-1] + ["and " + items[-1]])
        return {"kind": "list", "parts": [finish(f"{head} {', '.join(items[:at])},"), tail + "."]}

    def name(self) -> dict:
        return {"kind": "name", "parts": [f"My name is {self.pick(w.NAMES)}", f"{self.pick(w.SURNAMES)}."]}

    def more(self) -> dict:
        """A pause after a sentence that might have been all: nobody can know."""
        return {"kind": "more", "parts": [self.sentence(), self.sentence()]}

    def paused(self) -> dict:
        draw = self.rng.choices([self.cut, self.filler, self.opening, self.clauses, self.digits, self.things, self.name],
                                [40, 22, 10, 12, 6, 7, 3])[0]
        return draw()

    def done(self) -> dict:
        return self.all_digits() if self.rng.random() < 0.04 else self.whole()


def mark_so_far(text: str, rng: random.Random) -> str:
    """The marks that recognisers put after words that go on: mostly a full stop, once there is silence after them."""
    return text.rstrip(",.") + rng.choices(["", ",", "...", ".", "?"], [30, 8, 5, 47, 10])[0]


def mark_at_end(text: str, rng: random.Random) -> str:
    kind = rng.random()
    return text if kind < 0.86 else text.rstrip(".?") + ("," if kind > 0.97 else "")


def labelled(seed: int, count: int):
    """Texts with whether they are complete."""
    turns, rng = Turns(seed), random.Random(seed + 1)
    for n in range(count):
        if n % 2:
            turn = turns.done()
            yield {"kind": turn["kind"], "text": mark_at_end(turn["parts"][0], rng), "done": 1}
        else:
            turn = turns.paused()
            yield {"kind": turn["kind"], "text": mark_so_far(turn["parts"][0], rng), "done": 0}


def bare(text: str) -> str:
    return " ".join(word.strip(".,?!;:") for word in text.lower().split())


if __name__ == "__main__":
    for row in labelled(int(sys.argv[1]), int(sys.argv[2])):
        print(json.dumps(row | {"text": bare(row["text"])} if "--bare" in sys.argv else row))
