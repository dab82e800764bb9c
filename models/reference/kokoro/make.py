"""Draws tiny random checkpoints in Kokoro's formats and what the published `kokoro` package computes from them.

    make.py --seed N --out DIR

`published` has the rates of Kokoro-82M and its files: `config.json`, `kokoro-v1_0.pth` as training leaves it, a voice as
`torch.save` writes it. `other` has other rates, is safetensors of f16, and has what published checkpoints leave out.
`NAME.golden.safetensors` beside them holds, for each case C, whose tokens and noise the test computes itself:

    C.case        [4]      tokens, their seed, the seed of the noise, speed
    C.albert      [t, d]   states of the language model      C.encoded     [t, d]   of the duration encoder
    C.lengths     [t]      before rounding                   C.durations   [t]
    C.pitch       [2u]     Hz                                C.loudness    [2u]
    C.text        [t, d]   of the text encoder               C.decoded     [c, 2u]  of the decoder
    C.excitation  [2b, p]  of the source, at C.frames        C.spectra     [2b, p]  before the inverse transform, there
    C.places      [n]      samples that are kept             C.samples     [n]      there
    C.exact       [n]      there, computed in double precision

Only `C.lengths`, `C.durations`, `C.pitch` and the samples are there for every case. The melody of `published` keeps near the
threshold of what is voiced, so that a whole utterance can be compared: over a wide melody, as that of `other`, rounding in
the pitch grows into other phases, and those into other angles of bins that hold hardly any sound. The reference itself is
then far from what it computes in double precision, and from what it computes on two threads; both are printed.
"""

import argparse
import contextlib
import importlib.util
import inspect
import json
import math
import sys
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

# The package's own `__init__` imports its grapheme-to-phoneme library, which takes no part here.
package = types.ModuleType("kokoro")
package.__path__ = list(importlib.util.find_spec("kokoro").submodule_search_locations)
sys.modules["kokoro"] = package
sys.modules.setdefault("loguru", types.SimpleNamespace(logger=types.SimpleNamespace(debug=lambda *_: None)))
sys.modules.setdefault("attr", types.SimpleNamespace(attr=None))

from kokoro import istftnet, model as kokoro_model, modules  # noqa: E402
from kokoro.model import KModel  # noqa: E402
from transformers import AlbertConfig  # noqa: E402

VOCAB = ";:,.!?— abdefhijklmnopstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧˈˌːθᵊAIOWY"

PUBLISHED = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12], "upsample_rates": [10, 6], "gen_istft_hop_size": 5, "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "resblock_kernel_sizes": [3, 7, 11],
        "upsample_initial_channel": 8,
    },
    "dim_in": 64, "dropout": 0.2, "hidden_dim": 12, "max_conv_dim": 512, "max_dur": 6, "multispeaker": True, "n_layer": 3,
    "n_mels": 80, "n_token": 178, "style_dim": 8, "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 16, "num_attention_heads": 4, "intermediate_size": 24, "max_position_embeddings": 512,
        "num_hidden_layers": 3, "dropout": 0.1, "embedding_size": 6,
    },
    "vocab": {symbol: 1 + 3 * i for i, symbol in enumerate(VOCAB)},
}
OTHER = {
    "istftnet": {
        "upsample_kernel_sizes": [8, 4, 5], "upsample_rates": [4, 2, 3], "gen_istft_hop_size": 4, "gen_istft_n_fft": 16,
        "resblock_dilation_sizes": [[1, 2, 3], [1, 4, 2]], "resblock_kernel_sizes": [3, 5], "upsample_initial_channel": 16,
    },
    "dim_in": 64, "dropout": 0.2, "hidden_dim": 12, "max_conv_dim": 512, "max_dur": 9, "multispeaker": True, "n_layer": 2,
    "n_mels": 80, "n_token": 40, "style_dim": 8, "text_encoder_kernel_size": 3,
    "plbert": {
        "hidden_size": 24, "num_attention_heads": 3, "intermediate_size": 40, "max_position_embeddings": 22,
        "num_hidden_layers": 2, "dropout": 0.1,
    },
    "vocab": {symbol: i for i, symbol in enumerate(VOCAB[:39], 1)},
}
ROWS = 510


def resized(owner, name, numbers):
    """A function of the reference with other numbers in place of those written in its source."""
    function = getattr(owner, name)
    source = inspect.getsource(function)
    lines = source.splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    lines = [line[indent:] for line in lines if not line.strip().startswith(("@", "super("))]
    source = "\n".join(lines)
    if "super().__init__()" in inspect.getsource(function):
        head = next(i for i, line in enumerate(lines) if line.rstrip().endswith("):"))
        source = "\n".join([*lines[: head + 1], "    torch.nn.Module.__init__(self)", *lines[head + 1 :]])
    for written, number in numbers.items():
        assert str(written) in source, (name, written)
        source = source.replace(str(written), str(number))
    space = dict(vars(sys.modules[owner.__module__]))
    exec(source, space)  # noqa: S102
    return space[name]


@contextlib.contextmanager
def sized(config, inner, few):
    """The reference writes the widths of its decoder, of the style and of the text as numbers."""
    hidden, style = config["hidden_dim"], config["style_dim"]
    channels = config["istftnet"]["upsample_initial_channel"]
    init, forward = istftnet.Decoder.__init__, KModel.forward_with_tokens
    body = resized(istftnet.Decoder, "__init__", {1024: inner, 64: few, "Conv1d(512": f"Conv1d({hidden}", "512, style": f"{channels}, style"})
    istftnet.Decoder.__init__ = body
    KModel.forward_with_tokens = torch.no_grad()(resized(KModel, "forward_with_tokens", {128: style}))
    try:
        yield
    finally:
        istftnet.Decoder.__init__, KModel.forward_with_tokens = init, forward


def units(seed, count):
    """Numbers from 0 to 1 of SplitMix64."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        bits = np.uint64(seed) + steps * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**53


def real_start(self, samples):
    """The reference's transform, but for the first spectrum: mirrored samples make it real, and there rounding decides
    between the angles pi and -pi. Here it is pi."""
    spectra = torch.stft(
        samples, self.filter_length, self.hop_length, self.win_length, window=self.window, return_complex=True
    )
    angle = torch.angle(spectra)
    angle[..., 0] = torch.where(spectra[..., 0].real < 0, torch.pi, 0.0)
    return torch.abs(spectra), angle


@contextlib.contextmanager
def injected(seed, phases, mirror=True):
    """Noise and phases that are given, and the angles of the first spectrum."""
    rand, randn_like, transform = torch.rand, torch.randn_like, istftnet.TorchSTFT.transform

    def noise(like, *args, **kwargs):
        if like.shape[-1] != 9:
            return torch.zeros_like(like)
        numbers = (2 * units(seed, like.numel()) - 1) * math.sqrt(3)
        return torch.from_numpy(numbers.astype(np.float32)).reshape(like.shape)

    torch.randn_like = noise
    torch.rand = lambda *shape, **kwargs: torch.full(shape, phases)
    if mirror:
        istftnet.TorchSTFT.transform = real_start
    try:
        yield
    finally:
        torch.rand, torch.randn_like, istftnet.TorchSTFT.transform = rand, randn_like, transform


def redraw(parts, gen, dtype, melody):
    """No weight near zero, a melody around the voiced threshold, spectra of a moderate size."""
    for part, module in parts.items():
        for name, p in module.named_parameters():
            noise = torch.randn(p.shape, generator=gen)
            uniform = torch.rand(p.shape, generator=gen)
            if name.endswith("weight_g"):
                value = 0.6 + 0.8 * uniform
            elif "alpha" in name:
                value = 0.5 + uniform
            elif name.endswith((".norm.weight", "LayerNorm.weight", "layer_norm.weight", "gamma")):
                # What published checkpoints leave out stays as it is made.
                value = 1 + 0.2 * noise if dtype == torch.float16 or ".norm." not in name else torch.ones_like(noise)
            elif name.endswith(".norm.bias"):
                value = 0.2 * noise if dtype == torch.float16 else torch.zeros_like(noise)
            elif p.dim() == 1:
                value = 0.1 * noise
            elif ".fc." in name:
                value = noise * 0.7 / math.sqrt(p.shape[1])
            elif "embeddings" in name or "embedding.weight" in name:
                value = noise
            else:
                value = noise * 1.3 / math.sqrt(p[0].numel())
            if part == "predictor" and name == "F0_proj.weight":
                value = melody[0] * noise
            if part == "predictor" and name == "F0_proj.bias":
                value = torch.full_like(noise, melody[1])
            if name.endswith("conv_post.weight_g"):
                value = (0.04 if dtype == torch.float16 else 0.2) * uniform
            if name.endswith("m_source.l_linear.weight"):
                value = 2 * noise
            with torch.no_grad():
                p.copy_(value.to(dtype).float())


def build(config, gen, dtype, melody):
    parts = {
        "bert": modules.CustomAlbert(AlbertConfig(vocab_size=config["n_token"], **config["plbert"])),
        "bert_encoder": torch.nn.Linear(config["plbert"]["hidden_size"], config["hidden_dim"]),
        "predictor": modules.ProsodyPredictor(
            style_dim=config["style_dim"], d_hid=config["hidden_dim"], nlayers=config["n_layer"], max_dur=config["max_dur"]
        ),
        "decoder": istftnet.Decoder(
            dim_in=config["hidden_dim"], style_dim=config["style_dim"], dim_out=config["n_mels"], **config["istftnet"]
        ),
        "text_encoder": modules.TextEncoder(
            channels=config["hidden_dim"], kernel_size=config["text_encoder_kernel_size"], depth=config["n_layer"],
            n_symbols=config["n_token"],
        ),
    }
    redraw(parts, gen, dtype, melody)
    return {part: module.state_dict() for part, module in parts.items()}


class Watch:
    """Keeps what modules gave."""

    def __init__(self, **modules_):
        self.seen = {}
        self.hooks = [module.register_forward_hook(self.keep(name)) for name, module in modules_.items()]

    def keep(self, name):
        def hook(_module, _inputs, output):
            self.seen[name] = output.detach().clone()

        return hook

    def close(self):
        for hook in self.hooks:
            hook.remove()


def differently_rounded(network, ids, style, speed, seed):
    """The samples in double precision, and in single precision on two threads: how far rounding alone leads."""
    with injected(seed, 0.25):
        torch.set_num_threads(2)
        threads, _ = network.forward_with_tokens(ids, style, speed)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        exact, _ = network.double().forward_with_tokens(ids, style.double(), speed)
        torch.set_default_dtype(torch.float32)
    network.float()
    return exact, threads


def run(network, config, voice, case, whole):
    """What the reference makes of one case."""
    count, token_seed, noise_seed, speed = case
    ids = [int(u * config["n_token"]) for u in units(int(token_seed), int(count))]
    ids = torch.tensor([[0, *ids, 0]])
    style = voice[int(count) - 1]
    watch = Watch(
        albert=network.bert, encoded=network.predictor.text_encoder, logits=network.predictor.duration_proj,
        text=network.text_encoder, decoded=network.decoder.decode[-1], spectra=network.decoder.generator.conv_post,
    )
    outer, excitation = network.decoder.forward, []

    def decode(asr, pitch, loudness, style):
        watch.seen.update(pitch=pitch, loudness=loudness)
        return outer(asr, pitch, loudness, style)

    kept = real_start

    def transform(self, samples):
        excitation[:] = kept(self, samples)
        return tuple(excitation)

    network.decoder.forward = decode
    with injected(int(noise_seed), 0.25):
        istftnet.TorchSTFT.transform = transform
        samples, durations = network.forward_with_tokens(ids, style, speed)
    watch.close()
    with injected(int(noise_seed), 0.75):
        again, _ = network.forward_with_tokens(ids, style, speed)
    assert torch.equal(samples, again), "the phases are heard"
    with injected(int(noise_seed), 0.5, mirror=False):
        plain, _ = network.forward_with_tokens(ids, style, speed)
    network.decoder.forward = outer
    exact, threads = differently_rounded(network, ids, style, speed, int(noise_seed))
    scale = samples.abs().max().item()
    apart = (samples - plain).abs()
    first = apart > 1e-3 * scale
    print(
        f"  {int(count)} tokens, speed {speed}: {durations.sum().item()} units, {len(samples)} samples up to {scale:.2f}; "
        f"{(watch.seen['pitch'] > 10).float().mean().item():.2f} voiced; the angles of the first spectrum change "
        f"{apart.max().item() / scale:.1e} of that, by more than a thousandth in {first.sum().item()} samples; "
        f"double precision {(samples - exact).abs().max().item() / scale:.1e}, two threads {(samples - threads).abs().max().item() / scale:.1e}"
    )
    places = (units(7, 3000 if whole else 300) * len(samples)).astype(np.int32)
    places = np.unique(np.concatenate([places, np.arange(20), len(samples) - 1 - np.arange(20)]).astype(np.int32))
    lengths = torch.sigmoid(watch.seen["logits"][0]).sum(-1)
    out = {
        "case": torch.tensor(case, dtype=torch.float64), "lengths": lengths, "durations": durations.reshape(-1).int(),
        "pitch": watch.seen["pitch"][0],
        "places": torch.from_numpy(places), "samples": samples[places],
        "exact": exact[places].float(),
    }
    if whole:
        frames = np.unique(np.concatenate([[0, 1, 2], units(8, 60) * excitation[0].shape[-1]]).astype(np.int32))
        out |= {name: watch.seen[name][0] for name in ("albert", "encoded", "loudness", "decoded")}
        out["text"] = watch.seen["text"][0].T
        out["frames"] = torch.from_numpy(frames)
        out["excitation"] = torch.cat(excitation, dim=1)[0][:, frames]
        out["spectra"] = watch.seen["spectra"][0][:, frames]
    return {name: tensor.contiguous() for name, tensor in out.items()}


def draw(seed, out, name, config, voice, cases, *, dtype, melody, inner, few):
    print(name)
    gen = torch.Generator().manual_seed(seed)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    with sized(config, inner, few):
        state = build(config, gen, dtype, melody)
        path = folder / "kokoro-v1_0.pth"
        nested = {
            part: {
                f"module.{key}": value for key, value in tensors.items()
                # As published: the norms of AdaIN were trained without weights.
                if dtype == torch.float16 or not (".norm.weight" in key or ".norm.bias" in key)
            }
            for part, tensors in state.items()
        }
        torch.save(nested, path)
        network = KModel(repo_id="hexgrad/Kokoro-82M", config=config, model=str(path)).eval()
        assert torch.equal(network.decoder.encode.conv1.weight_g, state["decoder"]["encode.conv1.weight_g"])
        if dtype == torch.float16:
            path.unlink()
            flat = {
                f"{part}.{key}": value.to(dtype).contiguous() for part, tensors in state.items()
                for key, value in tensors.items() if value.is_floating_point()
            }
            save_file(flat, folder / "model.safetensors")
        golden = {}
        for number, (whole, *case) in enumerate(cases):
            found = run(network, config, voice, case, whole)
            golden |= {f"{number}.{key}": value for key, value in found.items()}
    save_file(golden, out / f"{name}.golden.safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    s = 100 * args.seed
    voice = torch.randn(ROWS, 1, 2 * PUBLISHED["style_dim"], generator=torch.Generator().manual_seed(args.seed))
    (args.out / "published" / "voices").mkdir(parents=True, exist_ok=True)
    torch.save(voice, args.out / "published" / "voices" / "af_one.pt")
    cases = [
        (True, 8, s + 1, s + 2, 1.0), (False, 1, s + 3, s + 4, 1.0), (False, 20, s + 5, s + 6, 0.5),
        (False, 20, s + 5, s + 6, 2.0), (False, 510, s + 7, s + 8, 1.0),
    ]
    draw(args.seed + 1, args.out, "published", PUBLISHED, voice, cases, dtype=torch.float32, melody=(1, 11), inner=12, few=3)
    cases = [(True, 9, s + 11, s + 12, 1.0), (False, 20, s + 13, s + 14, 1.3)]
    draw(args.seed + 2, args.out, "other", OTHER, voice, cases, dtype=torch.float16, melody=(60, 90), inner=14, few=2)


if __name__ == "__main__":
    main()
