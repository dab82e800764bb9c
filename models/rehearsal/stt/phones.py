"""Phones of a sentence, from espeak-ng's American rules word by word: targets of the inner CTC head."""

import ctypes
import random
import re

import text as sentences


class Phones:
    """Ids: 0 is blank, 1 the boundary between words, then phones in order of first use in the word lists."""

    SIZE = 96

    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.lib.espeak_Initialize(2, 0, None, 0)
        self.lib.espeak_SetVoiceByName(b"en-us")
        self.lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.words: dict[str, list[int]] = {"a": []}
        self.symbols: dict[str, int] = {}
        for word in sentences.VOCABULARY + sentences.PROPER + sentences.ONES + sentences.TENS:
            for part in word.split():
                self.word(part)
        self.words["a"] = list(self.word("the")[-1:])

    def word(self, word: str) -> list[int]:
        key = re.sub(r"[^a-z']", "", word.lower())
        if key not in self.words:
            text = ctypes.c_char_p(key.encode() + b"\0")
            said = self.lib.espeak_TextToPhonemes(ctypes.byref(text), 1, ord("_") << 8) or b""
            symbols = [re.sub(r"[^A-Za-z@0-9:]", "", s) for s in re.split(r"[_ ]+", said.decode())]
            self.words[key] = [self.symbols.setdefault(s, min(len(self.symbols) + 2, self.SIZE - 1)) for s in symbols if s]
        return self.words[key]

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for word in sentences.spoken(text, random.Random(0)).split():
            ids += ([1] if ids else []) + self.word(word)
        return ids


if __name__ == "__main__":
    phones = Phones()
    names = {v: k for k, v in phones.symbols.items()}
    print(len(phones.symbols))
    for line in ("The quick brown fox, jumped over 21 dogs at 5:30.", "I don't know what's happening."):
        print(" ".join(names.get(i, "|") for i in phones.encode(line)))
