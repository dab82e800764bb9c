"""Serves Kokoro by PyTorch or onnxruntime over stdin and stdout, so that only its inference is timed.

    python kokoro_worker.py torch|onnxruntime MODEL_DIR THREADS

MODEL_DIR is what `make_kokoro.py` wrote. One JSON request a line, one JSON reply a line, the same as the Rust contender
answers.
"""

import json
import sys
import time
from pathlib import Path

import torch

START = time.perf_counter()


def by_torch(folder, threads):
    from make_kokoro import CONFIG, reference

    torch.set_num_threads(threads)
    kokoro = reference().KModel(repo_id="random", config=CONFIG, model=str(folder / "kokoro-v1_0.pth")).eval()

    def speak(ids, style):
        audio, _ = kokoro.forward_with_tokens(torch.tensor([ids]), style, 1)
        return audio.numpy()

    return speak


def by_onnxruntime(folder, threads):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        str(folder / "onnx" / "kokoro.onnx"), options, providers=["CPUExecutionProvider"]
    )

    def speak(ids, style):
        feed = {"input_ids": np.array([ids], dtype=np.int64), "style": style.numpy(), "speed": np.ones(1, np.float32)}
        return session.run(["waveform"], {k: v for k, v in feed.items() if k in names})[0]

    names = {item.name for item in session.get_inputs()}
    return speak


def main():
    kind, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    speak = {"torch": by_torch, "onnxruntime": by_onnxruntime}[kind](folder, threads)
    voice = torch.load(folder / "voices" / "af_random.pt", weights_only=True)
    speak([0, *range(1, 41), 0], voice[39])
    print(json.dumps({"load_s": time.perf_counter() - START}), flush=True)
    for line in sys.stdin:
        tokens = json.loads(line)["tokens"]
        begin = time.perf_counter()
        samples = speak([0, *tokens, 0], voice[len(tokens) - 1])
        print(json.dumps({"total_s": time.perf_counter() - begin, "samples": int(samples.size)}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
