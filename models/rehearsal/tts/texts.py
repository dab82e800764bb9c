"""Sentences to speak in training: the answers written for the language network, and the grammar of the speech recogniser.

python texts.py SEED COUNT prints some
"""

import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "stt"), str(HERE.parent / "llm")]  # behind this folder, which has a `network` of its own

import text as grammar  # noqa: E402
import written  # noqa: E402

UNSEEN = HERE / "unseen.txt"
GRAMMAR_SHARE = 0.4


def unseen() -> list[tuple[str, str]]:
    """Category and sentence of every line that is never trained on."""
    return [tuple(line.split(": ", 1)) for line in UNSEEN.read_text().splitlines()]


def bare(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


class Texts:
    """Draws lines from one random stream; none of `unseen.txt` among them."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.grammar = grammar.Sentences(seed)
        self.lines = [line for path in sorted(written.FOLDER.glob("*.txt")) for line in path.read_text().splitlines()]
        self.lines = [line[2:] for line in self.lines if line.startswith(("a ", "u ")) and len(line) > 12]
        self.answers = [line for line in self.lines if line[0].isupper()]
        self.rng.shuffle(self.answers)
        self.next = 0
        self.held_out = {bare(sentence) for _, sentence in unseen()}

    def fill(self, line: str) -> str:
        """One value for each slot, one of each choice."""
        chosen: dict[str, str] = {}

        def slot(match: re.Match) -> str:
            name = match[1]
            return chosen.setdefault(name, self.rng.choice(written.SLOTS.get(name.rstrip("23"), ["something"])))

        while re.search(r"\{[^{}]*\}", line):
            line = re.sub(r"\{([^{}]*)\}", lambda m: self.rng.choice(m[1].split("|")), line)
        return re.sub(r"<(\w+)>", slot, line)

    def answer(self) -> str:
        """One or two sentences of an answer; the same line returns once all were drawn, with other slots."""
        line = self.fill(self.answers[self.next % len(self.answers)])
        self.next += 1
        parts = re.split(r"(?<=[.?!]) ", line)
        first = self.rng.randrange(len(parts))
        return " ".join(parts[first:first + 2])

    def draw(self) -> str:
        while True:
            line = self.grammar.sentence() if self.rng.random() < GRAMMAR_SHARE else self.answer()
            line = grammar.spoken(line, self.rng)
            known = any(bare(part) in self.held_out for part in [line, *re.split(r"(?<=[.?!]) ", line)])
            if not known and re.fullmatch(r"[A-Za-z' ,.?!;:-]+", line) and 8 < len(line) < 160:
                return line


if __name__ == "__main__":
    texts = Texts(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print(texts.draw())
