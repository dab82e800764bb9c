"""Puts misaki's symbols and flite's phones of one sentence side by side, so that every symbol gets a duration.

A unit is a phone symbol with its stress and whether a word begins or ends at it, or a mark. Stress marks and spaces are no units.
"""

from dataclasses import dataclass

MARKS = ",.?!;:—…"
SKIPPED = "“”\"()‘’'-ː"
STRESS = {"ˈ": 2, "ˌ": 1}

# What a flite phone may be written as; the first costs nothing, the others a little.
PHONES = {
    "aa": "ɑ ɔ", "ae": "æ ɐ", "ah": "ʌ ə ɐ ɑ", "ao": "ɔ ɑ O ʊ", "aw": "W", "ax": "ə ɐ ᵊ ɪ ᵻ ʌ i æ ɛ", "ay": "I", "b": "b", "ch": "ʧ t",
    "d": "d T", "dh": "ð θ", "eh": "ɛ æ A ɪ", "er": "ɜ ə ʊ", "ey": "A", "f": "f", "g": "ɡ", "hh": "h", "ih": "ɪ i ᵻ ə ɛ",
    "iy": "i ɪ ᵻ", "jh": "ʤ d", "k": "k", "l": "l", "m": "m", "n": "n ŋ", "ng": "ŋ n", "ow": "O ə", "oy": "Y", "p": "p",
    "r": "ɹ", "s": "s z", "sh": "ʃ s", "t": "t T ʔ d", "th": "θ ð", "uh": "ʊ u ɔ ə", "uw": "u ʊ", "v": "v f", "w": "w h", "y": "j i",
    "z": "z s", "zh": "ʒ ʤ",
}
VOWEL_PHONES = {"aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"}
VOWELS = set("AIOQWYaeiouæɐɑɒɔəɛɜɪʊʌᵊᵻ")
# Two symbols for one phone.
JOINED = {("ɜ", "ɹ"): {"er"}, ("ə", "ɹ"): {"er"}, ("ʊ", "ɹ"): {"er"}, ("ᵊ", "l"): {"l"}, ("ᵊ", "n"): {"n"}, ("ᵊ", "m"): {"m"}}
# One symbol for two phones.
SPLIT = {"u": {("y", "uw")}, "ʧ": {("t", "sh")}, "ɜ": {("ah", "r")}}
SKIP = 1.3


@dataclass
class Unit:
    symbol: str
    stress: int = 0
    first: bool = False
    last: bool = False

    @property
    def mark(self) -> bool:
        return self.symbol in MARKS


def units(phonemes: str) -> list[Unit]:
    """The units of a line of misaki's symbols. The stress mark stands before the vowel or before its syllable."""
    found: list[Unit] = []
    stress, first = 0, True
    for symbol in phonemes:
        if symbol == " ":
            if found and not first:
                found[-1].last = True
            first = True
        elif symbol in STRESS:
            stress = STRESS[symbol]
        elif symbol in MARKS:
            if found and not found[-1].mark:
                found[-1].last = True
                found.append(Unit(symbol))
            first = True
        elif symbol not in SKIPPED:
            found.append(Unit(symbol, 0, first))
            if symbol in VOWELS:
                found[-1].stress, stress = stress, 0
            first = False
    if found:
        found[-1].last = not found[-1].mark
    return found


def pair_cost(unit: Unit, phone: str) -> float:
    if unit.mark or phone == "pau":
        return 0.0 if unit.mark and phone == "pau" else 9.0
    known = PHONES[phone].split()
    if unit.symbol in known:
        return 0.0 if unit.symbol == known[0] else 0.25
    both = (unit.symbol in VOWELS) + (phone in VOWEL_PHONES)
    return 1.0 if both == 2 else 1.6 if both == 0 else 2.2


def align(line: list[Unit], phones: list[str]) -> tuple[list[list[tuple[int, float]]], float]:
    """For each unit its phones with the share it has of each, and the cost of the cheapest way."""
    best = {(0, 0): (0.0, None)}
    for i in range(len(line) + 1):
        for j in range(len(phones) + 1):
            if (i, j) not in best:
                continue
            cost = best[i, j][0]
            moves = []
            if i < len(line) and j < len(phones):
                moves.append((1, 1, pair_cost(line[i], phones[j])))
                if i + 1 < len(line) and phones[j] in JOINED.get((line[i].symbol, line[i + 1].symbol), ()):
                    moves.append((2, 1, 0.05))
                if j + 1 < len(phones) and (phones[j], phones[j + 1]) in SPLIT.get(line[i].symbol, ()):
                    moves.append((1, 2, 0.05))
            if i < len(line):
                moves.append((1, 0, 0.3 if line[i].mark else SKIP))
            if j < len(phones):
                moves.append((0, 1, 9.0 if phones[j] == "pau" else SKIP))
            for di, dj, extra in moves:
                key = (i + di, j + dj)
                if key not in best or cost + extra < best[key][0]:
                    best[key] = (cost + extra, (i, j))
    shares: list[list[tuple[int, float]]] = [[] for _ in line]
    at = (len(line), len(phones))
    total = best[at][0]
    while best[at][1] is not None:
        i, j = best[at][1]
        for unit in range(i, at[0]):
            shares[unit] = [(phone, 1 / (at[0] - i)) for phone in range(j, at[1])]
        if i == at[0] and i > 0:  # a phone without a unit belongs to the unit before it
            shares[i - 1] = shares[i - 1] + [(phone, 1.0) for phone in range(j, at[1])]
        at = (i, j)
    return shares, total
