"""Log-mel features as `transformers.WhisperFeatureExtractor` makes them, without its 30 s window."""

import numpy as np

SAMPLE_RATE = 16000
HOP = 160
N_FFT = 400
FLOOR = -10.0  # log10 of the reference's smallest power, 1e-10: digital silence


def _filters() -> np.ndarray:
    from transformers.audio_utils import mel_filter_bank

    return mel_filter_bank(num_frequency_bins=1 + N_FFT // 2, num_mel_filters=80, min_frequency=0.0, max_frequency=8000.0,
                           sampling_rate=SAMPLE_RATE, norm="slaney", mel_scale="slaney").astype(np.float32)


_CACHE: list[np.ndarray] = []


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Samples [n] at 16 kHz in -1..1 to log10 mel power [n // 160, 80], before the reference's clamp and scaling."""
    if not _CACHE:
        _CACHE.extend([_filters(), (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)])
    filters, window = _CACHE
    padded = np.pad(samples.astype(np.float32), N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][: len(samples) // HOP]
    power = np.abs(np.fft.rfft(frames * window, axis=-1)).astype(np.float32) ** 2
    return np.log10(np.maximum(power @ filters, 1e-10))


def normalise(mel: np.ndarray) -> np.ndarray:
    """The reference's dynamic range limit (8 decades below the loudest value) and scaling."""
    return (np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0
