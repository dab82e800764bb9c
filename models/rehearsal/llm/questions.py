"""Reader of `questions.txt`, the evaluation list."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    """One item: user turns in order; the last answer must match `expect` and must not match `reject`."""

    category: str
    system: str | None
    turns: tuple[str, ...]
    expect: re.Pattern
    reject: re.Pattern | None


def read_questions(path: Path) -> list[Question]:
    """All items of the file, in order; raises `ValueError` naming the line that does not parse."""
    items, category = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("##"):
            category = line[2:].strip()
            continue
        if not line or line.startswith("#"):
            continue
        conversation, arrow, rule = line.partition("=>")
        if not arrow:
            raise ValueError(f"{path}:{number}: no `=>`")
        system = None
        if conversation.startswith("[sys:"):
            system, _, conversation = conversation[5:].partition("]")
            system = system.strip()
        expect, _, reject = rule.partition("=!>")
        items.append(
            Question(
                category,
                system,
                tuple(turn.strip() for turn in conversation.split("||")),
                re.compile(expect.strip(), re.IGNORECASE),
                re.compile(reject.strip(), re.IGNORECASE) if reject.strip() else None,
            )
        )
    return items
