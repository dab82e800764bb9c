"""Sounds that are not speech: noise, hum, tones, clicks and simple music."""

import numpy as np

import mel as features

RATE = features.SAMPLE_RATE


def _coloured(rng, n):
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20)
    sound = np.fft.irfft(spectrum * frequency ** -rng.uniform(0, 1.3), n)
    if rng.random() < 0.4:  # a slow swell, like wind or traffic
        sound = sound * (1 + 0.9 * np.sin(2 * np.pi * rng.uniform(0.1, 2) * np.arange(n) / RATE + rng.uniform(0, 6)))
    return sound


def _hum(rng, n):
    base, t = rng.choice([50, 60, 100, 120, rng.uniform(40, 400)]), np.arange(n) / RATE
    return sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in range(1, rng.integers(3, 20)))


def _tones(rng, n):
    sound, t = np.zeros(n), np.arange(n) / RATE
    for _ in range(rng.integers(1, 4)):
        f = np.exp(rng.uniform(np.log(80), np.log(6000)))
        sweep = f * (1 + rng.uniform(-0.5, 0.5) * t * (rng.random() < 0.3) / 6)
        gate = np.ones(n) if rng.random() < 0.5 else (np.sin(2 * np.pi * rng.uniform(0.3, 6) * t) > rng.uniform(-0.5, 0.8))
        sound += gate * np.sin(2 * np.pi * np.cumsum(sweep) / RATE)
    return sound


def _clicks(rng, n):
    sound = 0.002 * rng.standard_normal(n)
    for _ in range(rng.integers(1, 30)):
        at, length = rng.integers(0, n - 2000), rng.integers(10, 1600)
        sound[at:at + length] += rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 5)) * rng.uniform(0.1, 1)
    return sound


def _music(rng, n):
    sound, beat = np.zeros(n), int(RATE * rng.uniform(0.12, 0.5))
    root = rng.uniform(80, 400)
    for at in range(0, n, beat):
        for _ in range(rng.integers(1, 4)):
            length = min(n - at, beat * rng.integers(1, 4))
            f, t = root * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]) / 12), np.arange(length) / RATE
            sound[at:at + length] += np.exp(-3 * t) * sum(np.sin(2 * np.pi * f * k * t) / k ** 1.5 for k in range(1, 6))
        if rng.random() < 0.4:
            length = min(n - at, 1200)
            sound[at:at + length] += rng.standard_normal(length) * np.exp(-np.arange(length) / 200) * 2
    return sound


def sound(rng: np.random.Generator, seconds: float = 6.0) -> np.ndarray:
    n = int(seconds * RATE)
    kind = rng.choice([_coloured, _hum, _tones, _clicks, _music], p=[0.5, 0.12, 0.13, 0.12, 0.13])
    out = kind(rng, n)
    if kind is not _coloured and rng.random() < 0.4:
        out = out / np.abs(out).max() + rng.uniform(0.001, 0.2) * _coloured(rng, n)
    return (0.7 * out / np.abs(out).max()).astype(np.float32)


def bank(count: int = 600, seed: int = 7) -> np.ndarray:
    """Log-mel [count, 600, 80] of six-second sounds."""
    rng = np.random.default_rng(seed)
    return np.stack([features.log_mel(sound(rng)) for _ in range(count)]).astype(np.float16)
