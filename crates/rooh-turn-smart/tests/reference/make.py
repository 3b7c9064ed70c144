"""What the features and answers of Smart Turn v3.2 are to be, computed with NumPy.

    make.py                 writes features.json, with the answers that stand there already
    make.py --model FILE    the same, with the answers of the onnxruntime that is installed
    make.py --all FOLDER    every feature of every signal, as little-endian f32

The signals are made of integers alone, so that every machine and language makes the same samples;
`signals.rs` makes them once more.
"""

import argparse
import json
import pathlib

import numpy as np

RATE = 16_000
WINDOW = 8 * RATE
N_FFT = 400
HOP = 160
MELS = 80
FRAMES = 800
# Columns in the middle and at the very end, where the padding by reflection counts.
COLUMNS = [640, 799]


# Signals


class Noise:
    """Xorshift with 32 bits."""

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        x = self.state
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        self.state = x
        return x

    def sample(self, peak):
        return self.bits() % (2 * peak + 1) - peak


def resonate(samples, a1, a2):
    """Two poles in fixed point with 14 bits behind the point."""
    y1 = y2 = 0
    out = []
    for x in samples:
        y = x + ((a1 * y1 - a2 * y2) >> 14)
        y1, y2 = y, y1
        out.append(y)
    return out


def limit(samples):
    return [max(-32_768, min(32_767, sample)) for sample in samples]


def noise(seconds_16ths, peak, seed):
    source = Noise(seed)
    return [source.sample(peak) for _ in range(seconds_16ths * 1_000)]


def voiced(rising):
    """Three seconds of pulses through two resonances, in five syllables; the pitch glides."""
    pulses = []
    next_pulse = 0
    breath = Noise(77)
    for n in range(48_000):
        glide = n // 1_200 if rising else 40 - n // 1_200
        within = n % 9_600
        loudness = min(within, 9_600 - within, 3_000)
        pulse = 0
        if n == next_pulse:
            pulse = 3 * loudness
            next_pulse += 130 - glide
        pulses.append(pulse + breath.sample(40))
    # About 500 Hz and 1,500 Hz at 16 kHz.
    low = resonate(pulses, 31_500, 15_800)
    both = resonate(low, 26_000, 15_300)
    return limit([sample // 48 for sample in both])


def sweep():
    """Nine and a half seconds of a square wave at full scale; only the end fits the window."""
    phase = 0
    out = []
    for n in range(152_000):
        phase = (phase + 400 + n // 40) & 0xFFFF
        out.append(32_767 if phase < 0x8000 else -32_768)
    return out


SIGNALS = {
    "noise": noise(8 * 16, 12_000, 2_463_534_242),
    "falling": voiced(False),
    "rising": voiced(True),
    "clipped": sweep(),
    "quiet": [300 + sample for sample in noise(16, 2, 5)],
    "click": [0] * 4_000 + [30_000] + [0] * 1_599 + [-20_000],
}


# Features


def mel(hertz):
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    hertz = np.asarray(hertz, dtype=np.float64)
    above = 15 + 27 * np.log(np.maximum(hertz, 1_000) / 1_000) / np.log(6.4)
    return np.where(hertz < 1_000, hertz * 3 / 200, above)


def hertz(mels):
    mels = np.asarray(mels, dtype=np.float64)
    return np.where(mels < 15, mels * 200 / 3, 1_000 * np.exp((mels - 15) * np.log(6.4) / 27))


def filters():
    """Triangles between neighbors but one, each of the same area."""
    edges = hertz(np.linspace(mel(0.0), mel(RATE / 2), MELS + 2))
    bins = np.arange(N_FFT // 2 + 1) * (RATE / N_FFT)
    bank = np.zeros((MELS, len(bins)))
    for m in range(MELS):
        low, middle, high = edges[m : m + 3]
        up, down = (bins - low) / (middle - low), (high - bins) / (high - middle)
        bank[m] = np.maximum(0, np.minimum(up, down)) * 2 / (high - low)
    return bank


def features(samples):
    x = np.asarray(samples[-WINDOW:], dtype=np.float32) / np.float32(32_768)
    x = np.concatenate([np.zeros(WINDOW - len(x), dtype=np.float32), x])
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    x = np.pad(x.astype(np.float64), N_FFT // 2, mode="reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    frames = np.stack([x[n * HOP : n * HOP + N_FFT] * hann for n in range(FRAMES + 1)])
    power = np.abs(np.fft.rfft(frames)) ** 2
    logarithm = np.log10(np.maximum(1e-10, filters() @ power.T))[:, :FRAMES]
    return ((np.maximum(logarithm, logarithm.max() - 8) + 4) / 4).astype(np.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=pathlib.Path)
    parser.add_argument("--model")
    options = parser.parse_args()
    if options.all:
        for name, samples in SIGNALS.items():
            features(samples).astype("<f4").tofile(options.all / f"{name}.f32")
        return
    file = pathlib.Path(__file__).with_name("features.json")
    before = json.loads(file.read_text()) if file.exists() else []
    answers = {row["signal"]: row["answers"] for row in before}
    rows = []
    for name, samples in SIGNALS.items():
        found = features(samples)
        # A fingerprint of the samples: their sum, each by its place.
        places = np.arange(len(samples)) % 1_009
        row = {
            "signal": name,
            "samples": len(samples),
            "fingerprint": int(np.sum(np.asarray(samples, dtype=np.int64) * places)),
            "columns": {
                str(column): [round(float(value), 4) for value in found[:, column]] for column in COLUMNS
            },
            "means": [round(float(value), 4) for value in found.astype(np.float64).mean(axis=1)],
            "answers": answers.get(name, {}),
        }
        if options.model:
            import onnxruntime

            session = onnxruntime.InferenceSession(options.model)
            answer = session.run(None, {"input_features": found[None]})[0]
            row["answers"][onnxruntime.__version__] = round(float(answer.reshape(-1)[0]), 5)
        rows.append(row)
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    file.write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
