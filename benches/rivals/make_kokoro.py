"""Writes Kokoro of the true size with random weights, for measuring speed only.

    python make_kokoro.py OUT_DIR

makes, with a fixed seed,

- OUT_DIR/config.json, OUT_DIR/kokoro-v1_0.pth   as published: a state dict for each part, weight norm in two tensors
- OUT_DIR/voices/af_random.pt                    [510, 1, 256]
- OUT_DIR/onnx/kokoro.onnx                       the same by the reference's `KModelForONNX`, without complex numbers

Every token lasts three units, 75 ms, which is about the mean of English; the melody is around 120 Hz, so that the voice
sounds all the time. A thing that is already there is left alone.
"""

import functools
import importlib.util
import json
import math
import sys
import types
from pathlib import Path

import torch

SEED = 20251121
ROWS = 510
UNITS = 3
VOCAB = ";:,.!?—…\"()“” ̃ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
CONFIG = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12], "upsample_rates": [10, 6], "gen_istft_hop_size": 5, "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "resblock_kernel_sizes": [3, 7, 11],
        "upsample_initial_channel": 512,
    },
    "dim_in": 64, "dropout": 0.2, "hidden_dim": 512, "max_conv_dim": 512, "max_dur": 50, "multispeaker": True, "n_layer": 3,
    "n_mels": 80, "n_token": 178, "style_dim": 128, "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 2048, "max_position_embeddings": 512,
        "num_hidden_layers": 12, "dropout": 0.1,
    },
    "vocab": {symbol: i for i, symbol in enumerate(VOCAB, 1)},
}


@functools.cache
def reference():
    """The published package, but for its `__init__`, which imports a grapheme-to-phoneme library."""
    package = types.ModuleType("kokoro")
    package.__path__ = list(importlib.util.find_spec("kokoro").submodule_search_locations)
    sys.modules["kokoro"] = package
    # Imported by the package and not used.
    sys.modules.setdefault("attr", types.SimpleNamespace(attr=None))
    from kokoro import model

    return model


def drawn(out):
    model = reference()
    torch.manual_seed(SEED)
    empty = out / "empty.pth"
    torch.save({}, empty)
    kokoro = model.KModel(repo_id="random", config=CONFIG, model=str(empty)).eval()
    empty.unlink()
    with torch.no_grad():
        projection = kokoro.predictor.duration_proj.linear_layer
        projection.weight.zero_()
        projection.bias.fill_(math.log(UNITS / (CONFIG["max_dur"] - UNITS)))
        kokoro.predictor.F0_proj.bias.fill_(120.0)
        for name, parameter in kokoro.named_parameters():
            # Small enough that exponentials of the last convolution stay finite.
            if "conv_post" in name:
                parameter.mul_(0.05)
    parts = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
    state = {part: {f"module.{k}": v for k, v in getattr(kokoro, part).state_dict().items()} for part in parts}
    torch.save(state, out / "kokoro-v1_0.pth")
    (out / "voices").mkdir(exist_ok=True)
    torch.save(torch.randn(ROWS, 1, 2 * CONFIG["style_dim"]) * 0.1, out / "voices" / "af_random.pt")
    (out / "config.json").write_text(json.dumps(CONFIG, ensure_ascii=False, indent=1), encoding="utf-8")


def exported(out):
    model = reference()
    config = {**CONFIG, "plbert": {**CONFIG["plbert"], "attn_implementation": "eager"}}
    kokoro = model.KModel(repo_id="random", config=config, model=str(out / "kokoro-v1_0.pth"), disable_complex=True).eval()
    (out / "onnx").mkdir(exist_ok=True)
    ids = torch.randint(1, CONFIG["n_token"], (1, 42))
    ids[0, 0] = ids[0, -1] = 0
    torch.onnx.export(
        model.KModelForONNX(kokoro).eval(),
        (ids, torch.randn(1, 2 * CONFIG["style_dim"]) * 0.1, torch.tensor([1.0])),
        str(out / "onnx" / "kokoro.onnx"),
        input_names=["input_ids", "style", "speed"],
        output_names=["waveform", "duration"],
        dynamic_axes={"input_ids": {1: "tokens"}, "waveform": {0: "samples"}},
        opset_version=17,
        do_constant_folding=True,
        dynamo=False,
    )


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "kokoro-v1_0.pth").exists():
        drawn(out)
    if not (out / "onnx" / "kokoro.onnx").exists():
        exported(out)


if __name__ == "__main__":
    sys.exit(main())
