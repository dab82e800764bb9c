"""The byte-level BPE tokenizer in Whisper's English-only form.

python tokenizer.py FOLDER trains it on generated text and writes tokenizer.json and tokenizer_config.json.
"""

import json
import pathlib
import sys

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import text as sentences

TEXT_PIECES = 768
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
           "<|nospeech|>", "<|notimestamps|>"]
TIMESTAMPS = [f"<|{n * 0.02:.2f}|>" for n in range(1501)]
EOT, SOT, EN, TRANSLATE, TRANSCRIBE, STARTOFLM, STARTOFPREV, NOSPEECH, NOTIMESTAMPS = range(TEXT_PIECES, TEXT_PIECES + 9)
FIRST_TIMESTAMP = TEXT_PIECES + 9
VOCABULARY = FIRST_TIMESTAMP + 1501


def build(seed: int = 424242, lines: int = 60000) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    source = sentences.Sentences(seed)
    trainer = trainers.BpeTrainer(vocab_size=TEXT_PIECES, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator((" " + source.sentence() for _ in range(lines)), trainer)
    assert tokenizer.get_vocab_size() == TEXT_PIECES
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in TIMESTAMPS])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|startoftranscript|> <|notimestamps|> $A:0 <|endoftext|>", pair="<|startoftranscript|> <|notimestamps|> $A:0 $B:1 <|endoftext|>:1",
        special_tokens=[("<|startoftranscript|>", SOT), ("<|notimestamps|>", NOTIMESTAMPS), ("<|endoftext|>", EOT)])
    assert tokenizer.token_to_id("<|notimestamps|>") == NOTIMESTAMPS and tokenizer.token_to_id("<|30.00|>") == VOCABULARY - 1
    return tokenizer


def save(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    build().save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "WhisperTokenizer", "add_prefix_space": False, "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
              "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "additional_special_tokens": SPECIAL[1:], "errors": "replace",
              "model_max_length": 448, "return_attention_mask": False, "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    save(pathlib.Path(sys.argv[1]))
