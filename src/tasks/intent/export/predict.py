#!/usr/bin/env python3
"""Answers with the model in model.json beside this file. Needs Python 3.8 or later and numpy, nothing else.

    echo 'where is my card' | python predict.py [--top 5]

One text a line in, one JSON object a line out: {"label", "confidence", "scores": [{"label", "score"}]}.
From a program: from predict import predict. The format is described in model.json under "about".
"""
import base64
import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

MODEL = json.loads((Path(__file__).resolve().parent / "model.json").read_text(encoding="utf-8"))


def view(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


OFFSETS = view(MODEL["coefficients"]["offsets"], "<i4")
COLUMNS = view(MODEL["coefficients"]["columns"], "<u2").astype(np.intp)
VALUES = view(MODEL["coefficients"]["values"], "<f4").astype(np.float64)
INTERCEPTS = np.array(MODEL["intercepts"])
MEMBERS, OUTPUTS = MODEL["members"], MODEL["outputs"]
CALIBRATION = MODEL["calibration"]
VECTORISERS = []
first = 0
for given in MODEL["vectorisers"]:
    VECTORISERS.append((given, first, {term: i for i, term in enumerate(given["terms"])}))
    first += len(given["terms"])


def ngrams(text, analyzer, least, most):
    text = text.lower()
    if analyzer == "word":
        words = re.findall(r"\b\w\w+\b", text)
        for n in range(least, most + 1):
            for i in range(len(words) - n + 1):
                yield " ".join(words[i : i + n])
        return
    for word in text.split():
        letters = " " + word + " "
        for n in range(least, most + 1):
            yield letters[:n]
            for i in range(1, len(letters) - n + 1):
                yield letters[i : i + n]
            if len(letters) <= n:  # a word shorter than n counts once, whole
                break


def weigh(text):
    """Features of a text with their weights: counts times idf, each vectoriser's part scaled to length one."""
    features, weights = [], []
    for given, start, known in VECTORISERS:
        counts = Counter(known[t] for t in ngrams(text, given["analyzer"], *given["ngramRange"]) if t in known)
        part = [(1 + math.log(n) if given["sublinearTf"] else n) * given["idf"][f] for f, n in counts.items()]
        length = math.sqrt(sum(w * w for w in part))
        features += [start + f for f in counts]
        weights += [w / length for w in part]
    return features, weights


def calibrated(decisions):
    """[members, outputs] raw scores -> scores between 0 and 1 (raw where there is no calibration)."""
    if CALIBRATION["kind"] == "sigmoid":
        a, b = np.array(CALIBRATION["sigmoids"]).T
        decisions = -(a.reshape(decisions.shape) * decisions + b.reshape(decisions.shape))
    elif CALIBRATION["kind"] == "isotonic":
        curves = CALIBRATION["curves"]
        flat = [np.interp(d, c["x"], c["y"]) for d, c in zip(decisions.ravel(), curves)]
        return np.array(flat).reshape(decisions.shape)
    elif OUTPUTS > 1:
        return decisions
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-decisions))


def scores(text):
    """Probabilities of every label, in the order of MODEL["labels"]."""
    decisions = INTERCEPTS.copy()
    for feature, weight in zip(*weigh(text)):
        at = slice(OFFSETS[feature], OFFSETS[feature + 1])
        np.add.at(decisions, COLUMNS[at], weight * VALUES[at])
    rows = calibrated(decisions.reshape(MEMBERS, OUTPUTS))
    if OUTPUTS == 1:
        rows = np.concatenate([1 - rows, rows], axis=1)
    else:
        if CALIBRATION["kind"] == "none":
            rows = np.exp(rows - rows.max(axis=1, keepdims=True))
        sums = rows.sum(axis=1, keepdims=True)
        rows = np.where(sums > 0, rows / np.where(sums > 0, sums, 1), 1 / OUTPUTS)
    mean = rows.mean(axis=0)
    if MODEL["temperature"] != 1:
        with np.errstate(divide="ignore"):
            mean = np.exp(np.log(mean / mean.max()) / MODEL["temperature"])
        mean = mean / mean.sum()
    every = np.zeros(len(MODEL["labels"]))
    every[MODEL["classes"]] = mean
    return every


def predict(text, top=5):
    """{"label", "confidence", "scores"}: the `top` likeliest labels, the first of them as the answer."""
    every = scores(text)
    order = np.argsort(-every, kind="stable")[: max(1, top)]
    kept = [{"label": MODEL["labels"][i], "score": float(every[i])} for i in order]
    return {"label": kept[0]["label"], "confidence": kept[0]["score"], "scores": kept}


def main():
    top = int(sys.argv[sys.argv.index("--top") + 1]) if "--top" in sys.argv else 5
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\n")
        answer = json.dumps(predict(text[:-1] if text.endswith("\r") else text, top), ensure_ascii=False)
        sys.stdout.buffer.write(answer.encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
