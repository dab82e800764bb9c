"""Conversations written by hand, in `written/*.txt`: many wordings of one matter, and the answers that fit them all.

A group is lines `u` (wordings of what the user says) and then lines `a` (answers, each of which fits every wording); `u` lines
after `a` lines are the next turn; a blank line ends the group. Lines hold `writer.py`'s patterns; the slots in `SLOTS` keep one
value through a group.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import memory
from writer import Writer, parse, spell_number

FOLDER = Path(__file__).with_name("written")
SUBJECTS = "maths history geography biology physics chemistry music art English German French Spanish Latin sport science".split()
FRUITS = "apple banana orange pear plum peach cherry grape mango lemon melon kiwi strawberry pineapple apricot fig".split()
OBJECTS = "keys umbrella wallet glasses phone scarf gloves hat bag book passport charger ticket headphones watch torch scissors camera".split()
ROOMS = "kitchen,bedroom,bathroom,garage,garden,hall,cellar,attic,office,living room".split(",")
SLOTS = {
    "name": memory.FIRST_NAMES, "city": memory.CITIES, "country": memory.HOMELANDS, "food": memory.FOODS, "animal": memory.PETS, "colour": memory.COLOURS, "hobby": memory.HOBBIES, "job": memory.JOBS, "day": memory.DAYS,
    "month": memory.MONTHS, "sport": memory.SPORTS, "instrument": memory.INSTRUMENTS, "fruit": FRUITS, "object": OBJECTS, "room": ROOMS, "relation": memory.RELATIONS, "number": [spell_number(n) for n in range(2, 21)], "subject": SUBJECTS,
}
"""What each slot draws from; `<name2>` and the like draw a second, other value."""


OPENING = re.compile(r"(?:not|n't|never) (?:yet )?(?:told|said|mentioned|asked)|just (?:begun|started)|nothing (?:to repeat|yet)|(?:first|so far).*(?:said|asked)|(?:said|asked).*(?:first|so far)", re.IGNORECASE)
"""Answers that are true only while nothing has been told."""


@dataclass
class Group:
    """One matter: for each turn the wordings and the answers."""

    turns: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def opens(self) -> bool:
        """Whether it must stand at the start of a conversation."""
        return any(OPENING.search(answer) for answer in self.turns[0][1])

    def slots(self) -> set[str]:
        found: set[str] = set()
        for wordings, answers in self.turns:
            for pattern in wordings + answers:
                _slots(parse(pattern), found)
        return found


def _slots(node: tuple, found: set[str]) -> None:
    kind, value = node
    if kind == "slot":
        found.add(value)
    elif kind == "maybe":
        _slots(value, found)
    elif kind != "text":
        for part in value:
            _slots(part, found)


def read_groups(path: Path) -> list[Group]:
    """All groups of a file; raises `ValueError` naming the line that does not parse."""
    groups: list[Group] = []
    group, last = Group(), ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() + [""], 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if last == "u":
                raise ValueError(f"{path}:{number}: the group ends without an answer")
            if group.turns:
                groups.append(group)
            group, last = Group(), ""
            continue
        kind, _, pattern = line.strip().partition(" ")
        try:
            parse(pattern)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        if kind == "u":
            if last != "u":
                group.turns.append(([], []))
            group.turns[-1][0].append(pattern)
        elif kind == "a" and group.turns:
            group.turns[-1][1].append(pattern)
        else:
            raise ValueError(f"{path}:{number}: expected `u` or, after one, `a`")
        last = kind
    unknown = {slot for group in groups for slot in group.slots()} - set(SLOTS) - {f"{slot}2" for slot in SLOTS}
    if unknown:
        raise ValueError(f"{path}: unknown slots {sorted(unknown)}; known are {sorted(SLOTS)}")
    return groups


@lru_cache(maxsize=1)
def groups() -> tuple[list[Group], list[float]]:
    """All groups and their cumulative weights: one with more wordings is drawn more often."""
    all_groups = [group for path in sorted(FOLDER.glob("*.txt")) for group in read_groups(path)]
    weights, total = [], 0.0
    for group in all_groups:
        total += sum(len(wordings) for wordings, _ in group.turns) ** 0.5
        weights.append(total)
    return all_groups, weights


def stretch(w: Writer, opening: bool = True) -> list[tuple[str, str]]:
    """The turns of one group, as (user, assistant); `opening` where nothing was said before."""
    all_groups, weights = groups()
    group = w.rng.choices(all_groups, cum_weights=weights)[0]
    while not opening and group.opens():
        group = w.rng.choices(all_groups, cum_weights=weights)[0]
    values: dict[str, str] = {}
    for slot, options in SLOTS.items():
        values[slot], values[f"{slot}2"] = w.rng.sample(list(options), 2)

    def with_articles(pattern: str) -> str:
        return re.sub(r"\b([Aa]) <(\w+)>", lambda m: f"{m[1]}n <{m[2]}>" if values[m[2]][0] in "aeiouAEIOU" else m[0], pattern)

    return [(w.fill(with_articles(w.choose(wordings)), **values), w.say(with_articles(w.choose(answers)), **values)) for wordings, answers in group.turns]
