"""Fits the weights of the rules on generated turns, and says how they do on others.

python fit.py --texts TRAIN TEST --heard TRAIN TEST > WEIGHTS

`--texts`: rows of `turns.py` with `features`, by `endpoint features`; `--heard`: rows of `endpoint hear`. Prints lines for
`src/engine/turn/endpoint/weights.rs`.

Logistic regression with a small ridge, by Newton's method; both classes weigh the same, so a sum is the log-odds where both
are as likely beforehand. The words are fitted on the generated texts, as a recogniser without faults would give them, and on
what the rehearsal recogniser heard, which counts four times; then the voice on what is left.
"""

import argparse
import json
import sys

import numpy as np

HEARD = 4


def load(path):
    rows = [json.loads(line) for line in open(path)]
    return [row for row in rows if row.get("features")]


def matrix(rows, key):
    names = list(rows[0][key])
    return names, np.array([[row[key][name] for name in names] for row in rows], float)


def done(rows):
    return np.array([row["done"] for row in rows], float)


def fit(x, y, offset=None, ridge=3.0):
    x = np.hstack([x, np.ones((len(x), 1))])
    offset = np.zeros(len(x)) if offset is None else offset
    # Each class counts half.
    weight = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta - offset))
        gradient = x.T @ (weight * (y - p)) - penalty * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def report(name, logit, y):
    ranks = np.empty(len(logit))
    ranks[np.argsort(logit)] = np.arange(1, len(logit) + 1)
    positive = y == 1
    auc = (ranks[positive].sum() - positive.sum() * (positive.sum() + 1) / 2) / (positive.sum() * (~positive).sum())
    p = 1 / (1 + np.exp(-logit))
    bins = [(p >= a) & (p < b) for a, b in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01))]
    calibration = ", ".join(f"{p[b].mean():.2f}:{y[b].mean():.2f} ({b.sum()})" for b in bins if b.any())
    right = ((logit > 0) == positive).mean()
    print(f"{name}: {len(y)} rows, {right:.1%} right, area under the curve {auc:.3f}; said:true {calibration}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", nargs=2, required=True)
    parser.add_argument("--heard", nargs=2, required=True)
    options = parser.parse_args()
    texts, held_texts = map(load, options.texts)
    heard, held_heard = map(load, options.heard)
    names, tx = matrix(texts, "features")
    # Rows that were heard list the rules in alphabetical order.
    for row in heard + held_heard:
        row["features"] = {name: row["features"][name] for name in names}
    _, hx = matrix(heard, "features")
    words = fit(np.vstack([tx] + [hx] * HEARD), np.concatenate([done(texts)] + [done(heard)] * HEARD))
    score = lambda rows: matrix(rows, "features")[1] @ words[:-1] + words[-1]
    sounds, sx = matrix(heard, "sound")
    voice = fit(sx, done(heard), score(heard))
    both = lambda rows: score(rows) + matrix(rows, "sound")[1] @ voice[:-1] + voice[-1]
    for name, rows, held in (("texts", texts, held_texts), ("words heard", heard, held_heard)):
        report(f"{name}, fitted on", score(rows), done(rows))
        report(f"{name}, held out", score(held), done(held))
    report("words and voice heard, fitted on", both(heard), done(heard))
    report("words and voice heard, held out", both(held_heard), done(held_heard))
    for which, values in ((names, words), (sounds, voice)):
        for name, value in zip(which + ["bias"], values):
            print(f'    ("{name}", {value:.2f}),')


main()
