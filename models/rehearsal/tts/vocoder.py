"""Harmonics and noise through filters that change with every frame, put together by the inverse STFT.

Frame t is centred on sample 80 t (5 ms at 16 kHz) and sees 160 samples through a Hann window, whose halves add up to one. The
excitation of a voice is a sum of cosines of equal size up to 7.6 kHz, that of noise is white; both have unit power. A frame's
two filters are given as natural logarithms of the magnitude on 64 mel-spaced bands, and made minimum phase (through the
cepstrum), so that what a filter adds comes after its window; there is room for 22 ms of it.
"""

import numpy as np

RATE, HOP, FFT, BANDS = 16000, 80, 512, 64
TOP = 7600.0


def mel(hertz):
    return 2595 * np.log10(1 + np.asarray(hertz, np.float64) / 700)


def centres() -> np.ndarray:
    """Centre of each band in hertz, from 0 to 8000."""
    return 700 * (10 ** (np.linspace(0, mel(RATE / 2), BANDS) / 2595) - 1)


def magnitude_matrix() -> np.ndarray:
    """[BANDS, FFT/2+1]: bands to bins, straight lines on the mel scale."""
    place = mel(np.arange(FFT // 2 + 1) * RATE / FFT) / mel(RATE / 2) * (BANDS - 1)
    low = np.minimum(place.astype(int), BANDS - 2)
    matrix = np.zeros((BANDS, FFT // 2 + 1))
    matrix[low, np.arange(FFT // 2 + 1)] = 1 - (place - low)
    matrix[low + 1, np.arange(FFT // 2 + 1)] += place - low
    return matrix


def phase_matrix() -> np.ndarray:
    """[BANDS, FFT/2+1]: the minimum phase that belongs to the magnitudes."""
    cepstrum = np.fft.irfft(magnitude_matrix(), FFT, axis=1)
    cepstrum[:, 1:FFT // 2] *= 2
    cepstrum[:, FFT // 2 + 1:] = 0
    return np.fft.rfft(cepstrum, FFT, axis=1).imag


def excitation(f0: np.ndarray, gate: np.ndarray) -> np.ndarray:
    """Cosines with phase zero at the start; `f0` in hertz and `gate` in 0..1 per frame, both straight lines between frames."""
    count = len(f0) * HOP
    at = np.arange(count) / HOP
    f0 = np.interp(at, np.arange(len(f0)), f0)
    gate = np.interp(at, np.arange(len(gate)), gate)
    phase = np.cumsum(f0 / RATE)
    phase = 2 * np.pi * (phase - np.floor(phase))
    highest = TOP / f0
    whole = np.floor(highest)
    # The cosines 1..whole in closed form, and the next one fading in, so that nothing jumps as the pitch moves.
    half = np.sin(phase / 2)
    near = np.abs(half) < 1e-6
    total = np.where(near, whole, np.sin((whole + 0.5) * phase) / np.where(near, 1, 2 * half) - 0.5)
    total += (highest - whole) * np.cos((whole + 1) * phase)
    return gate * np.sqrt(2 / highest) * total


def spectra(samples: np.ndarray) -> np.ndarray:
    frames = len(samples) // HOP
    padded = np.pad(samples, (HOP, HOP))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2 * HOP) / (2 * HOP))
    return np.fft.rfft(np.stack([padded[t * HOP:(t + 2) * HOP] * window for t in range(frames)]), FFT)


def filters(bands: np.ndarray, magnitude=magnitude_matrix(), phase=phase_matrix()) -> np.ndarray:
    """[frames, BANDS] logarithms: [frames, FFT/2+1] complex."""
    return np.exp(bands @ magnitude + 1j * (bands @ phase))


def synthesise(f0, gate, harmonic, noisy, noise) -> np.ndarray:
    """[frames] f0 and gate, [frames, BANDS] both filters, [frames * HOP] white noise: samples [frames * HOP]."""
    spectrum = spectra(excitation(f0, gate)) * filters(harmonic) + spectra(noise) * filters(noisy)
    out = np.zeros((len(f0) - 1) * HOP + FFT)
    for t, piece in enumerate(np.fft.irfft(spectrum, FFT)):
        out[t * HOP:t * HOP + FFT] += piece
    return out[HOP:][:len(f0) * HOP]
