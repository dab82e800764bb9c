"""What people say to the rehearsal language model, in the written form of the recogniser: its topics, from the generators of `../llm`.

python asked.py SEED COUNT    prints some

None of the sentences of `unseen.txt` and none that `antiphon bench dead-air` speaks is drawn, not even inside another.
"""

import collections
import functools
import pathlib
import random
import re
import sys

import text as sentences

HERE = pathlib.Path(__file__).resolve().parent
# Behind this folder, whose modules of the same names are meant in it.
sys.path.append(str(HERE.parent / "llm"))

import conversations  # noqa: E402
from writer import Writer, tidy  # noqa: E402

BENCH = HERE.parents[2] / "src" / "bench" / "sentences.rs"
SPELLING = {"colour": "color", "favourite": "favorite", "neighbour": "neighbor", "grey": "gray", "centre": "center", "theatre": "theater",
            "litre": "liter", "metre": "meter", "kilometre": "kilometer", "practise": "practice", "flavour": "flavor", "favour": "favor",
            "honour": "honor", "travelling": "traveling", "mum": "mom", "maths": "math", "cannot": "can't", "ok": "okay"}
NUMBERS = {word: value for value, word in enumerate(sentences.ONES)} | {word: 10 * at for at, word in enumerate(sentences.TENS) if at > 1}
COMMANDS = set("tell say work find divide add name explain take give describe multiply subtract count spell calculate remind start let's list show".split())
ASKS = set("what which who where when why how is are do does did can could would will what's who's where's when's how's whose should has have was were may".split())
LONGEST = 90
NAMES = {word for name in sentences.PROPER for word in name.split()}
# Nor do people misspell aloud.
conversations.misspelt = lambda writer, text, swaps: text


class Clean(Writer):
    """The writer of the language model's text without the slips of a recogniser."""

    def heard(self, text: str, slips: bool = True, reword: bool = True) -> str:
        return text

    def number(self, value: int) -> str:
        return sentences.written_number(value)


def american(match: re.Match) -> str:
    word, ending = re.fullmatch(r"(.*?)('s|s)?", match[0]).groups(default="")
    if match[0].lower() in SPELLING:
        word, ending = match[0], ""
    new = SPELLING.get(word.lower())
    return match[0] if new is None else (new.capitalize() if word[0].isupper() else new) + ending


def numbers(text: str) -> str:
    """Spelled numbers from ten on become digits, single digits words."""

    def tens(match: re.Match) -> str:
        return sentences.written_number(NUMBERS[match[1].lower()] + NUMBERS[match[2].lower()])

    text = re.sub(rf"\b({'|'.join(sentences.TENS[2:])})[- ]({'|'.join(sentences.ONES[1:10])})\b", tens, text, flags=re.I)
    bigger = "|".join(sentences.ONES[10:] + sentences.TENS[2:])
    text = re.sub(rf"\b({bigger})\b(?! (?:hundred|thousand))", lambda m: str(NUMBERS[m[1].lower()]), text, flags=re.I)
    return re.sub(r"(?<![\d:.,])\d(?![\d:.,]*\d)", lambda m: sentences.ONES[int(m[0])], text)


def written(text: str) -> str | None:
    """In the recogniser's form, or none where that is not known."""
    text = numbers(re.sub(r"\s+", " ", text.replace("!", ".").replace("’", "'").replace("...", ".")).strip())
    text = re.sub(r"[A-Za-z']+", american, tidy(text))
    if not text:
        return None
    last = [word.lower().strip(",.?") for word in re.split(r"[.?] ", text)[-1].split()]
    first = next((word for word in last if word not in ("and", "so", "well", "but", "okay", "now", "please")), "")
    if first in COMMANDS:
        text = text.rstrip(",.?") + "."
    elif text[-1] not in ".?":
        text = text.rstrip(",") + ("?" if first in ASKS else ".")
    known = re.fullmatch(r"[A-Za-z0-9',.?: ]+", text) and not re.search(r"\d[,.]\d|[,.?:]{2}|:\D|\b(?:hundred|thousand|million)\b", text)
    return text if known and len(text) <= LONGEST else None


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]", " ", re.sub(r"[a-z']+", american, text.lower())).split())


def held_out() -> tuple[set[str], re.Pattern]:
    """Whole utterances, and those of four words or more wherever they stand."""
    lines = (HERE / "unseen.txt").read_text().split("\n") + re.findall(r'"([^"\n]+)"', BENCH.read_text())
    halves = re.findall(r'\("([^"\n]+)", "([^"\n]+)"\)', BENCH.read_text())
    whole = {plain(line) for line in lines + [" ".join(pair) for pair in halves]} - {""}
    return whole, re.compile("|".join(rf"\b{re.escape(line)}\b" for line in sorted(whole) if len(line.split()) > 3))


class Asked:
    """Draws utterances from one random stream."""

    def __init__(self, seed: int):
        self.writer, self.queue = Clean(seed), []
        self.whole, self.inside = held_out()

    def sentence(self) -> str:
        while not self.queue:
            _, turns = conversations.conversation(self.writer)
            lines = [written(user) for user, _ in turns]
            self.queue = [line for line in lines if line and plain(line) not in self.whole and not self.inside.search(plain(line))]
        return self.queue.pop()


@functools.cache
def vocabulary(lines: int = 40000) -> list[str]:
    """Words that come up more than twice: names of nobody are left out with the rest."""
    source = Asked(0)
    words = collections.Counter(word for _ in range(lines) for word in re.findall(r"[A-Za-z][A-Za-z']*", uncapital(source.sentence())))
    return sorted(word for word, count in words.items() if count > 2)


def uncapital(text: str) -> str:
    """Small letters at the beginnings of sentences, where no name or `I` stands."""
    def small(match: re.Match) -> str:
        return match[0] if match[2] in NAMES or match[2].split("'")[0] == "I" else match[0].lower()

    return re.sub(r"(^|[.?] )([A-Z][a-z']*)", small, text)


class Mixed(sentences.Sentences):
    """The grammars; in half of all sentences what the language model is asked, or its words in random order."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self.asked, self.chooser, self.words = Asked(seed), random.Random(seed), vocabulary()

    def sentence(self) -> str:
        kind = self.chooser.random()
        if kind < 0.4:
            return self.asked.sentence()
        if kind < 0.5:
            return self.finish(" ".join(self.chooser.choices(self.words, k=self.chooser.randint(1, 8))) + ".")
        return super().sentence()


if __name__ == "__main__":
    source = Asked(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print(source.sentence())
