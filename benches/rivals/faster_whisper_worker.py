"""Serves faster-whisper over stdin and stdout, so that only its inference is timed.

    python faster_whisper_worker.py MODEL_DIR THREADS

One JSON request a line, one JSON reply a line, the same as the Rust contenders answer.
"""

import json
import sys
import time

START = time.perf_counter()

import ctranslate2  # noqa: E402
import numpy as np  # noqa: E402
from faster_whisper import WhisperModel  # noqa: E402

END_OF_TEXT, START_OF_TRANSCRIPT, NO_TIMESTAMPS = 50256, 50257, 50362
FRAMES_30_S = 3000


def transcribe(model, samples, tokens, window):
    """Mel, encoder and exactly `tokens` greedy decoder steps.

    As published faster-whisper pads every piece to 30 s; the window "short" gives its encoder only
    the frames of the speech, which its own `transcribe` never does.
    """
    t0 = time.perf_counter()
    if window == "short":
        features = model.feature_extractor(samples, padding=160)
        features = features[:, : features.shape[1] // 2 * 2]
    else:
        features = model.feature_extractor(samples)
        features = np.pad(features, ((0, 0), (0, max(0, FRAMES_30_S - features.shape[1]))))[:, :FRAMES_30_S]
    t1 = time.perf_counter()
    encoded = model.encode(np.ascontiguousarray(features))
    # A CPU result is computed by a worker thread; reading its shape waits for nothing, its bytes do.
    np.asarray(encoded)
    t2 = time.perf_counter()
    prompt = [START_OF_TRANSCRIPT, NO_TIMESTAMPS]
    result = model.model.generate(
        encoded,
        [prompt],
        beam_size=1,
        max_length=2 * tokens,  # ctranslate2 halves it and counts new tokens only
        return_scores=True,
        return_no_speech_prob=True,
        suppress_blank=True,
        suppress_tokens=[-1, END_OF_TEXT],
    )[0]
    t3 = time.perf_counter()
    return {
        "total_s": t3 - t0,
        "mel_s": t1 - t0,
        "encode_s": t2 - t1,
        "decode_s": t3 - t2,
        "tokens": len(result.sequences_ids[0]),
        "frames": int(features.shape[1]),
    }


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=threads)
    ready = {"load_s": time.perf_counter() - START}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        samples = np.fromfile(request["samples"], dtype="<f4")
        print(json.dumps(transcribe(model, samples, request["tokens"], request["window"])), flush=True)


if __name__ == "__main__":
    sys.exit(main())
