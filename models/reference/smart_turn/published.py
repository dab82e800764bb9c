"""What onnxruntime computes from a published file of smart-turn for recordings, beside `cargo run -p antiphon-models --example done`.

    python published.py smart-turn-v3.2-cpu.onnx *.wav

Prints for each the log-odds of the file as it is, and of its weights alone, with no data between layers quantised; the latter is what our
network computes. Recordings are mono, of 16 bits, at 16 kHz.
"""

import sys
import wave

import numpy as np
import onnx
import onnxruntime
from transformers import WhisperFeatureExtractor

from export import log_odds, weights_only

RATE = 16000


def read(path):
    with wave.open(path) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            sys.exit(f"{path}: expected mono of 16 bits at 16 kHz")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768


def main():
    model, *paths = sys.argv[1:]
    extractor = WhisperFeatureExtractor(feature_size=80, chunk_length=8)
    features = []
    for path in paths:
        last = read(path)[-8 * RATE:]
        sound = np.pad(last, (8 * RATE - len(last), 0))
        features.append(extractor(sound, sampling_rate=RATE, return_tensors="np", do_normalize=True).input_features)
    level = onnxruntime.GraphOptimizationLevel
    whole = log_odds(onnx.load(model), features, level.ORT_ENABLE_ALL)
    weights = log_odds(weights_only(onnx.load(model)), features, level.ORT_DISABLE_ALL)
    for path, a, b in zip(paths, whole, weights):
        print(f"{a[0]:8.4f} {b[0]:8.4f} {path}")


if __name__ == "__main__":
    main()
