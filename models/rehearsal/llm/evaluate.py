"""Asks the shipped GGUF every question of `questions.txt`, greedily, and scores the answers by the stated rules.

An item counts as sensible when its last answer matches the item's pattern (and not its counter-pattern) and every
answer of its conversation keeps the manners: it ends by itself, is not empty, has at most 60 words, no markdown,
no emoji, no thought tags, and no loop (no run of four words three times).
"""

import argparse
import json
import re
from collections import defaultdict
from pathlib import Path

import torch

from conversations import normalise, stream
from gguf_file import read
from questions import Question, read_questions
from tokenizer import EMPTY_THOUGHT, END, START

LONGEST_ANSWER = 96
MARKDOWN = re.compile(r"[*#`_\[\]|]|^\s*[-•]\s|^\s*\d+[.)]\s", re.MULTILINE)
EMOJI = re.compile("[\U0001f000-\U0001faff☀-➿]")


class Chat:
    """A conversation with the network read back from a GGUF file."""

    def __init__(self, path: Path):
        model, self.tokenizer = read(path)
        self.model = model.eval()
        self.end = self.tokenizer.token_to_id(END)

    @torch.inference_mode()
    def talk(self, system: str | None, users: tuple[str, ...]) -> list[tuple[str, bool]]:
        """The answers to `users` in one conversation, each with whether it ended by itself."""
        caches: list[list] = [[] for _ in self.model.blocks]
        at, answers = 0, []
        text = f"{START}system\n{system}{END}\n" if system else ""
        for user in users:
            text += f"{START}user\n{user}{END}\n{START}assistant\n{EMPTY_THOUGHT}"
            ids, answer, ended = self.tokenizer.encode(text, add_special_tokens=False).ids, [], False
            for _ in range(LONGEST_ANSWER):
                positions = torch.arange(at, at + len(ids))[None]
                mask = None
                if len(ids) > 1:
                    mask = torch.ones(len(ids), at + len(ids), dtype=torch.bool).tril(at)[None, None]
                hidden = self.model(torch.tensor([ids]), positions, mask, caches)
                at += len(ids)
                ids = [int(self.model.logits(hidden[0, -1]).argmax())]
                if ids[0] == self.end:
                    ended = True
                    break
                answer.append(ids[0])
            answers.append((self.tokenizer.decode(answer, skip_special_tokens=False), ended))
            text = f"{END}\n"
        return answers


def bad_manners(answer: str, ended: bool) -> str | None:
    """What is wrong with an answer whatever the question, or `None`."""
    words = answer.split()
    if not ended:
        return "does not end"
    if not words:
        return "empty"
    if len(words) > 60:
        return "too long"
    if MARKDOWN.search(answer):
        return "markdown"
    if EMOJI.search(answer):
        return "emoji"
    if "think>" in answer or "<|" in answer:
        return "tags"
    runs = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    if any(runs.count(run) >= 3 for run in runs):
        return "loop"
    return None


def judge(item: Question, answers: list[tuple[str, bool]]) -> str | None:
    """Why the item fails, or `None`."""
    for answer, ended in answers:
        fault = bad_manners(answer, ended)
        if fault:
            return fault
    last = answers[-1][0]
    if not item.expect.search(last):
        return "not expected"
    if item.reject is not None and item.reject.search(last):
        return "rejected"
    return None


def overlap(items: list[Question], conversations: int, seed: int) -> dict:
    """How much of the questions' wording the training stream holds: verbatim turns, and the longest shared run of words."""
    wanted = {normalise(item.turns[-1]): 0 for item in items}
    grams: dict[tuple, int] = defaultdict(int)
    for question in wanted:
        words = question.split()
        for size in range(2, len(words) + 1):
            for at in range(len(words) - size + 1):
                grams[tuple(words[at : at + size])] = 0
    longest = max(map(len, grams))
    verbatim, source = set(), stream(seed)
    for _ in range(conversations):
        for user, _ in next(source)[1]:
            text = normalise(user)
            words = text.split()
            if len(words) > 1 and text in wanted:
                verbatim.add(text)
            for size in range(2, min(longest, len(words)) + 1):
                for at in range(len(words) - size + 1):
                    gram = tuple(words[at : at + size])
                    if gram in grams:
                        grams[gram] = 1
    shares = []
    for question in wanted:
        words = question.split()
        if len(words) < 2:
            continue
        best = max((size for size in range(2, len(words) + 1) for at in range(len(words) - size + 1) if grams[tuple(words[at : at + size])]), default=1)
        shares.append(best / len(words))
    shares.sort()
    return {
        "conversations": conversations, "verbatim": sorted(verbatim), "whole question inside a longer training turn": sum(share == 1.0 for share in shares),
        "questions": len(shares), "median share of words in the longest shared run": round(shares[len(shares) // 2], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--questions", type=Path, default=Path(__file__).with_name("questions.txt"))
    parser.add_argument("--overlap", type=int, default=0, metavar="N", help="also compare the wording with N training conversations")
    parser.add_argument("--all", action="store_true", help="print every conversation, not only the failures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    items = read_questions(arguments.questions)
    if arguments.overlap:
        print(json.dumps(overlap(items, arguments.overlap, seed=7), indent=1))
    chat = Chat(arguments.gguf)
    right: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        answers = chat.talk(item.system, item.turns)
        fault = judge(item, answers)
        right[item.category].append(fault is None)
        if fault or arguments.all:
            talk = " / ".join(f"{user} -> {answer}" for user, (answer, _) in zip(item.turns, answers))
            print(f"[{item.category}] {fault or 'ok'}: {talk}")
    for category, marks in right.items():
        print(f"{category:12} {sum(marks):3}/{len(marks):3}  {100 * sum(marks) / len(marks):5.1f} %")
    marks = [mark for category in right.values() for mark in category]
    print(f"{'all':12} {sum(marks):3}/{len(marks):3}  {100 * sum(marks) / len(marks):5.1f} %")


if __name__ == "__main__":
    main()
