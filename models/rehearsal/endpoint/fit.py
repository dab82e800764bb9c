"""Fits the weights of the rules on generated turns, and says how they do on others.

python fit.py text TRAIN TEST          rows with `features` and `done`, from `endpoint features`
python fit.py sound TRAIN TEST         rows with `sound` and `done`, from `endpoint hear`

Prints lines for `src/engine/turn/endpoint/weights.rs`. Logistic regression with a small ridge, by Newton's method; both
classes weigh the same, so the sum is the log-odds where both are as likely beforehand.
"""

import json
import sys

import numpy as np


def load(path, key):
    rows = [json.loads(line) for line in open(path)]
    rows = [row for row in rows if row.get(key) is not None]
    names = list(rows[0][key])
    x = np.array([[row[key][name] for name in names] for row in rows], float)
    y = np.array([row["done"] for row in rows], float)
    return rows, names, x, y


def fit(x, y, ridge=3.0):
    x = np.hstack([x, np.ones((len(x), 1))])
    # Each class counts half.
    weight = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    penalty = np.full(x.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (weight * (y - p)) - penalty * beta
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def report(name, rows, logit, y):
    order = np.argsort(logit)
    ranks = np.empty(len(logit))
    ranks[order] = np.arange(1, len(logit) + 1)
    positive = y == 1
    auc = (ranks[positive].sum() - positive.sum() * (positive.sum() + 1) / 2) / (positive.sum() * (~positive).sum())
    right = ((logit > 0) == positive).mean()
    # Mean of the probability against the share that is done, where it is sure and where it is not.
    p = 1 / (1 + np.exp(-logit))
    bins = [(p >= a) & (p < b) for a, b in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01))]
    calibration = ", ".join(f"{p[b].mean():.2f}:{y[b].mean():.2f} ({b.sum()})" for b in bins if b.any())
    print(f"# {name}: {len(y)} rows, {right:.1%} right, area under the curve {auc:.4f}; calibration {calibration}", file=sys.stderr)
    kinds = sorted({row.get("kind", "") for row in rows})
    for kind in kinds:
        chosen = np.array([row.get("kind", "") == kind for row in rows])
        print(f"#   {kind}: {((logit > 0) == positive)[chosen].mean():.1%} right of {chosen.sum()}", file=sys.stderr)


def main():
    key = {"text": "features", "sound": "sound"}[sys.argv[1]]
    rows, names, x, y = load(sys.argv[2], key)
    beta = fit(x, y)
    report("fitted on", rows, x @ beta[:-1] + beta[-1], y)
    test, _, tx, ty = load(sys.argv[3], key)
    report("held out", test, tx @ beta[:-1] + beta[-1], ty)
    for name, value, seen in zip(names, beta, (x > 0).sum(0)):
        print(f'    ("{name}", {value:.2f}),  // {int(seen)}')
    print(f"bias {beta[-1]:.2f}")


main()
