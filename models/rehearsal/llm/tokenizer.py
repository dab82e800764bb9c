"""The byte-level BPE tokenizer: Qwen2's pre-tokeniser rules (each digit apart), pieces trained on our own text."""

import argparse
import itertools
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from conversations import stream

SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
THINK, END_THINK = "<think>", "</think>"
CONTROL = (END_OF_TEXT, START, END)
SPECIAL = (*CONTROL, THINK, END_THINK)
EMPTY_THOUGHT = f"{THINK}\n\n{END_THINK}\n\n"


def with_rules(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with Qwen2's normaliser, pre-tokeniser and decoder."""
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(vocabulary: int, conversations: int, seed: int) -> Tokenizer:
    """A tokenizer of exactly `vocabulary` pieces, the special ones last (as Qwen orders them)."""
    tokenizer = with_rules(Tokenizer(models.BPE()))
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=[], show_progress=False
    )

    def texts():
        for system, turns in itertools.islice(stream(seed), conversations):
            if system:
                yield f"system\n{system}"
            for user, assistant in turns:
                yield f"user\n{user}"
                yield f"assistant\n{assistant}"

    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in CONTROL])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in (THINK, END_THINK)])
    if tokenizer.get_vocab_size() != vocabulary:
        raise ValueError(f"{tokenizer.get_vocab_size()} pieces, {vocabulary} wanted")
    return tokenizer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--vocabulary", type=int, default=3072)
    parser.add_argument("--conversations", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    train(arguments.vocabulary, arguments.conversations, arguments.seed).save(str(arguments.output))
