"""Draws the text fixtures: a small tokeniser, and what Hugging Face makes of texts, chats and logits.

    python models/reference/text/make.py [--seed 0] [--out models/tests/fixtures/text]

Needs transformers 5.23.0 with its tokenizers, and torch (CPU). Writes `tokenizer.json` (byte-level
BPE with Qwen2's normaliser and splitting, trained on the sentences below) and `golden.json`.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from transformers.generation import logits_process as lp

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

SENTENCES = """
Hello there, how are you today? I am well, thank you, and how was your day?
My name is Ada and I have two dogs. One is small and brown, the other is big and white.
What is the weather like? It is raining, so I will stay at home and read a book.
I don't know that, but we can look it up together. That's a good question, isn't it?
user assistant system: you are a friendly voice and you answer in short sentences.
Twelve plus thirty is forty-two. 3 times 7 is 21, and 100 minus 1 is 99.
The kettle is on, the tea is nearly ready, and the garden smells of cut grass.
Le café est très bon. Où est la gare? Ça va bien, merci. Größe, Straße, über.
"""

THINKING = """
{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(last=messages|length - 1, looking=true) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.looking and message.role == "user" and message.content is string %}
        {%- set ns.looking = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "user" or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and thought %}
            {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""

HEADERS = """{% set loop_messages = messages %}
{% for message in loop_messages %}
    {% set content = '<|im_start|>' + message['role'] + ':' + ' ' + message['content'] | trim + '<|im_end|>' %}
    {% if loop.index0 == 0 %}
        {% set content = (bos_token or '') + content %}
    {% endif %}
    {{ content }}
{% endfor %}
{% if add_generation_prompt %}
    {{ '<|im_start|>assistant:' }}
{% endif %}
"""

STRICT = """
{%- if messages[0]['role'] == 'system' -%}
    {%- set system = messages[0]['content'] | trim + '\\n\\n' -%}
    {%- set rest = messages[1:] -%}
{%- else -%}
    {%- set system = '' -%}
    {%- set rest = messages -%}
{%- endif -%}
{%- for message in rest -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception('roles must alternate user/assistant/user/assistant') }}
    {%- endif -%}
    {%- if loop.first and system -%}
        {{ '[' ~ system ~ message.content ~ ']' }}
    {%- elif message.role == 'user' -%}
        {{ '[' ~ message.content ~ ']' }}
    {%- else -%}
        {% generation %}{{ ' ' ~ message.content ~ eos_token }}{% endgeneration %}
    {%- endif -%}
{%- endfor -%}
"""

PYTHONIC = """{% macro turn(m, n) -%}
{{ n }}/{{ m.role.upper() }}|{{ m.get('name', 'nobody') }}|{{ m | tojson }}
{%- endmacro %}
{% if tools %}tools{% else %}no tools{% endif %}

{%- for m in messages if m.role in ['user', 'assistant'] %}
  {%- if m.content.startswith('skip') %}{% continue %}{% endif %}
  {{ turn(m, loop.index) }}
  {% for key, value in m.items() %}{{ key }}={{ value | length }};{% endfor %}
  {% if m.content.endswith('stop') %}{% break %}{% endif %}
{%- endfor %}
{{ {'b': 1, 'a': [true, none, 1.5, 'é<&>"']} | tojson }}
{{ {'b': 1, 'a': [true, none], 'c': {}} | tojson(indent=2) }}
{{ messages | map(attribute='role') | join(',') | replace('user', 'U') | title }}
{{ messages[-1].content.split(' ')[0] | capitalize }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}
{% if messages | length > 2 and not (messages[0].role == 'user') %}long{% elif enable_thinking %}thinking{% endif %}
"""

CHATS = [
    [("user", "Hello there!")],
    [("system", "You are a friendly voice."), ("user", "What is the weather like?")],
    [
        ("system", "  You answer in short sentences.\n"),
        ("user", "My name is Ada."),
        ("assistant", "Hello Ada, how are you?"),
        ("user", "I am well, merci beaucoup. Ça va?\nTwo lines. "),
    ],
    [
        ("user", "3 times 7?"),
        ("assistant", "<think>\nSeven, three times.\n</think>\n\n21, of course."),
        ("user", "skip this one"),
        ("assistant", "No thought here"),
        ("user", "Thank you, stop"),
    ],
    [("user", "One."), ("user", "Two in a row.")],
    [("user", "Hello."), ("assistant", "<think>\nI should greet.\n</think>\n\nGood day.")],
]

TEXTS = [
    "",
    " ",
    "Hello there, how are you today?",
    "I don't know; we'll see, they've GONE, I'M here, it'S fine.",
    "  two  blanks   and\ttabs\n\nand lines \n  indented\r\n",
    "12 plus 345 is 357.",
    "café cafe\u0301 A\u030angstro\u0308m Straße",
    "日本語のテキスト と 한국어 и русский, العربية",
    "smile 😀👩‍👩‍👧 flags 🇫🇷",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\nHi<|im_end|>\n",
    "<|im_start|><|im_start|><|im_end|><|endoftext|>",
    "a <think> b</think>c <thin k> <|im_en",
    "naïve—dash… “quotes” ‘single’ €5.00 #tag @me a/b\\c {x: [1, 2]}",
    "\u0000\u0001\u007f\u00a0\u2028\u200b",
]


def random_text(rng):
    ranges = [(0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x5FF), (0x4E00, 0x4F00), (0x1F300, 0x1F64F)]
    words = [w for s in SENTENCES.split("\n") for w in s.split(" ") if w]
    out = []
    for _ in range(rng.randint(1, 12)):
        if rng.random() < 0.5:
            out.append(rng.choice(words))
        else:
            low, high = rng.choice(ranges)
            out.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 6))))
    return rng.choice(["", " ", "\n"]).join(out)


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=507,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([line for line in SENTENCES.split("\n") if line], trainer)
    for name in ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]:
        tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False)])
    for name in ["<think>", "</think>"]:
        tokenizer.add_tokens([AddedToken(name, special=False, normalized=False)])
    return tokenizer


def chats(tokenizer):
    out = []
    for name, source in [("thinking", THINKING), ("headers", HEADERS), ("strict", STRICT), ("pythonic", PYTHONIC)]:
        cases = []
        for chat in CHATS:
            messages = [{"role": role, "content": content} for role, content in chat]
            for answer, thinking in [(True, False), (True, True), (False, False)]:
                case = {"messages": messages, "answer": answer, "thinking": thinking}
                try:
                    text = tokenizer.apply_chat_template(
                        messages,
                        chat_template=source,
                        add_generation_prompt=answer,
                        enable_thinking=thinking,
                        tokenize=False,
                    )
                    case["text"] = text
                    case["ids"] = tokenizer(text, add_special_tokens=False)["input_ids"]
                except Exception as error:
                    case["error"] = str(error)
                cases.append(case)
        out.append({"name": name, "source": source, "cases": cases})
    return out


def distributions(rng):
    generator = torch.Generator().manual_seed(rng.randint(0, 2**31))
    out = []
    settings = [
        dict(temperature=1.0),
        dict(temperature=0.3),
        dict(temperature=1.7, top_k=5),
        dict(temperature=0.7, top_k=20, top_p=0.8),
        dict(temperature=1.0, top_p=0.5),
        dict(temperature=1.0, top_p=0.01),
        dict(temperature=1.3, min_p=0.1),
        dict(temperature=1.0, top_k=10, top_p=0.9, min_p=0.05, repetition_penalty=1.3),
        dict(temperature=0.8, repetition_penalty=0.7),
    ]
    for setting in settings:
        for _ in range(3):
            logits = torch.randn(40, generator=generator) * 3
            # Two equal logits at the edge of many filters.
            order = logits.argsort(descending=True)
            logits[order[4]] = logits[order[5]]
            context = torch.randint(0, 40, (6,), generator=generator)
            scores = logits[None].clone()
            if "repetition_penalty" in setting:
                scores = lp.RepetitionPenaltyLogitsProcessor(setting["repetition_penalty"])(context[None], scores)
            scores = lp.TemperatureLogitsWarper(setting["temperature"])(context[None], scores)
            if "top_k" in setting:
                scores = lp.TopKLogitsWarper(setting["top_k"])(context[None], scores)
            if "top_p" in setting:
                scores = lp.TopPLogitsWarper(setting["top_p"])(context[None], scores)
            if "min_p" in setting:
                scores = lp.MinPLogitsWarper(setting["min_p"])(context[None], scores)
            out.append(
                {
                    "setting": setting,
                    "context": context.tolist(),
                    "logits": logits.tolist(),
                    "probabilities": scores.softmax(-1)[0].tolist(),
                }
            )
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("models/tests/fixtures/text"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(args.seed)
    raw = make_tokenizer()
    raw.save(str(args.out / "tokenizer.json"), pretty=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", bos_token=None, clean_up_tokenization_spaces=False
    )
    texts = TEXTS + [random_text(rng) for _ in range(60)]
    golden = {
        "seed": args.seed,
        "texts": [
            {
                "text": text,
                "ids": (ids := raw.encode(text, add_special_tokens=False).ids),
                "decoded": raw.decode(ids, skip_special_tokens=True),
            }
            for text in texts
        ],
        "templates": chats(tokenizer),
        "distributions": distributions(rng),
    }
    with open(args.out / "golden.json", "w") as file:
        json.dump(golden, file, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
