"""Fits the two weights for recognisers that write no marks; all others stay as they are in weights.rs.

python bare.py TRAIN TEST

Both are rows of `turns.py … --bare` with `features`, by `endpoint features`. Prints lines for
`src/engine/turn/endpoint/weights.rs`: what is added to the sum of the rules on words, and what to that of questions. A
question is what the rules take for one, since there is no mark.
"""

import pathlib
import re
import sys

import numpy as np

from fit import done, load, matrix, report

WEIGHTS = pathlib.Path(__file__).resolve().parents[3] / "src/engine/turn/endpoint/weights.rs"


def columns(rows):
    return np.hstack([np.ones((len(rows), 1)), matrix(rows, "features", ["question"])])


def fit(offset, x, y):
    """Logistic regression beside a sum that stays as it is; both classes weigh the same."""
    weight = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(offset + x @ beta)))
        step = np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x, x.T @ (weight * (y - p)))
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def main():
    train, test = map(load, sys.argv[1:3])
    source = WEIGHTS.read_text()
    weights = {name: float(value) for name, value in re.findall(r'\("(\w+)", (-?[\d.]+)\)', source)}
    bias = float(re.search(r"TEXT_BIAS: f32 = (-?[\d.]+)", source)[1])
    names = list(train[0]["features"])

    def words(rows):
        return matrix(rows, "features", names) @ np.array([weights[name] for name in names]) + bias

    beta = fit(words(train), columns(train), done(train))
    for name, rows in (("fitted on", train), ("held out", test)):
        report(f"as it is, {name}", words(rows), done(rows))
        report(f"with them, {name}", words(rows) + columns(rows) @ beta, done(rows))
    print(f"pub(super) const BARE_BIAS: f32 = {beta[0]:.2f};\npub(super) const BARE_QUESTION: f32 = {beta[1]:.2f};")


main()
