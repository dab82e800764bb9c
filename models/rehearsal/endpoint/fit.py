"""Fits the weights of the rules on generated turns, and says how they do on others.

python fit.py --texts TRAIN TEST --heard TRAIN... --held TEST... > WEIGHTS

`--texts`: rows of `turns.py` with `features`, by `endpoint features`; `--heard` and `--held`: rows of `endpoint hear`. Prints
lines for `src/engine/turn/endpoint/weights.rs`.

Logistic regression with a small ridge, by Newton's method; both classes weigh the same, so a sum is the log-odds where both
are as likely beforehand. Fitted at once on the generated texts, whose marks lie as those of most recognisers do, and on what the
rehearsal recogniser heard, which counts four times: there its probability of a final mark stands for the marks.
"""

import argparse
import json
import sys

import numpy as np

HEARD = 4


def load(path):
    rows = [json.loads(line) for line in open(path)]
    # After a sentence that might have been all nobody can know, and a first name mostly is all.
    return [row for row in rows if row.get("features") and (row["done"] or row["kind"] not in ("more", "name"))]


def matrix(rows, key, names):
    return np.array([[row[key][name] for name in names] for row in rows], float)


def done(rows):
    return np.array([row["done"] for row in rows], float)


def fit(x, y, count, ridge=3.0):
    """Logistic regression; the last column is one everywhere, and `count` says what each row counts for."""
    # Each class counts half.
    share = (count * y).sum() / count.sum()
    weight = count * np.where(y == 1, 0.5 / share, 0.5 / (1 - share))
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
    parser.add_argument("--heard", nargs="+", required=True)
    parser.add_argument("--held", nargs="+", required=True)
    options = parser.parse_args()
    texts, held_texts = map(load, options.texts)
    heard, held_heard = ([row for path in paths for row in load(path)] for paths in (options.heard, options.held))
    names, sounds = list(texts[0]["features"]), list(heard[0]["sound"])
    marks = [names.index(name) for name in ("full_stop", "question_mark", "comma_or_dots")]

    def columns(rows, sure=False, sound=False):
        """Words; how sure the recogniser is of a final mark, which then stands for the marks; the voice; and one."""
        words, count = matrix(rows, "features", names), len(rows)
        mark, voice = np.zeros((count, 2)), np.zeros((count, len(sounds) + 1))
        if sure:
            words[:, marks] = 0
            mark = np.array([[row["mark"], 1] for row in rows])
        if sound:
            voice = np.hstack([matrix(rows, "sound", sounds), np.ones((count, 1))])
        return np.hstack([words, mark, voice, np.ones((count, 1))])

    # The marks themselves are fitted on the texts, whose marks lie as those of most recognisers do.
    parts = [(columns(texts), done(texts), 1), (columns(heard, True, True), done(heard), HEARD)]
    x, y = np.vstack([part for part, _, _ in parts]), np.concatenate([part for _, part, _ in parts])
    beta = fit(x, y, np.concatenate([np.full(len(part), count) for _, part, count in parts]))
    for name, rows, held in (("fitted on", texts, heard), ("held out", held_texts, held_heard)):
        report(f"texts, {name}", columns(rows) @ beta, done(rows))
        report(f"words heard, {name}", columns(held) @ beta, done(held))
        report(f"words and voice heard, {name}", columns(held, sound=True) @ beta, done(held))
        report(f"words and voice heard, and how sure of the mark, {name}", columns(held, True, True) @ beta, done(held))
    at = len(names)
    named = [*zip(names, beta), ("TEXT_BIAS", beta[-1]), ("MARK", beta[at]), ("MARK_BIAS", beta[at + 1]),
             *zip(sounds, beta[at + 2:]), ("SOUND_BIAS", beta[-2])]
    for name, value in named:
        print(f'    ("{name}", {value:.2f}),')


if __name__ == "__main__":
    main()
