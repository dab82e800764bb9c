"""Writes down how misaki pronounces words of its lexicons, and forms of them that it derives.

    make.py --seed N --out DIR

`words.json` holds for each language a map from words to phonemes. Only words with one pronunciation are drawn: the tagger
that misaki chooses others by is a download of its own, and is not needed here.
"""

import argparse
import json
import random
import sys
import types
from pathlib import Path

# misaki.en imports it at its top for the tagger.
sys.modules.setdefault("spacy", types.ModuleType("spacy"))

from misaki import en  # noqa: E402

ENDINGS = {"s": "NNS", "ed": "VBD", "ing": "VBG"}


def pronounce(lexicon, word, tag):
    """As misaki's G2P does for the models that are published."""
    token = en.MToken(text=word, tag=tag, whitespace="", _=en.MToken.Underscore(is_head=True, num_flags="", prespace=False))
    phonemes, _ = lexicon(token, en.TokenContext())
    return phonemes and phonemes.replace("ɾ", "T").replace("ʔ", "t")


def words(lexicon, count, draw):
    plain = sorted(
        word for word, sounds in lexicon.golds.items()
        if isinstance(sounds, str) and word.isascii() and word.isalpha() and word.islower() and 4 <= len(word) <= 12
    )
    found = {word: pronounce(lexicon, word, "NN") for word in draw.sample(plain, count)}
    known = lambda word: word in lexicon.golds or word in lexicon.silvers
    for ending, tag in ENDINGS.items():
        formed = [word + ending for word in plain if not known(word + ending)]
        for word in draw.sample(formed, min(count // 5, len(formed))):
            if sounds := pronounce(lexicon, word, tag):
                found[word] = sounds
    return dict(sorted(found.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    table = {name: words(en.Lexicon(british=british), 150, draw) for name, british in [("en-us", False), ("en-gb", True)]}
    (args.out / "words.json").write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    main()
