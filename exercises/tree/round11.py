"""The check of round 11: a forest in few bytes.

The round is open: no answer is the right one. Every valid answer gets a score (agreement) and a cost (bytes).
"""

import numpy as np
from mlkata.authoring import Answer, Check, Result, Score, Steps, Values, call, load, load_target

from .inputs import bagged
from .judges import leaves_of

N_TREES = 25


def _wine(rng):
    """Return a forest of 25 trees fitted to half of the wines; the other half is predicted."""
    order = rng.permutation(len(load("wine")))  # 178 wines
    X, y = load("wine")[order], load_target("wine")[order]
    trees = bagged(rng, X[:89], y[:89], n_trees=N_TREES, max_depth=6)
    return (
        call("pack", trees=trees, X=X[:89]),
        call("predict_packed", blob=Result(0), X=X[89:]),
    )


def _valid(steps: Steps, got: Values, expected: Values) -> str | None:
    """Judge only the form: the blob holds bytes, and the labels are column numbers."""
    del expected
    blob, labels = got
    if len(blob) == 0 or blob.min() < 0 or blob.max() > 255:
        return "blob: expected at least one entry, and each a byte from 0 to 255"
    n_classes = steps[0].arguments["trees"][0].value.shape[1]
    if labels.min() < 0 or labels.max() >= n_classes:
        return f"labels: expected 0 to {n_classes - 1}, yours range from {labels.min()} to {labels.max()}"
    return None


def _score(steps: Steps, answer: Answer) -> Score:
    """Return the agreement with the forest on unseen rows, and the size as a share of the arrays' bytes."""
    trees, X = steps[0].arguments["trees"], steps[1].arguments["X"]
    forest_labels = sum(tree.value[leaves_of(tree, X)] for tree in trees).argmax(axis=1)
    plain = sum(field.nbytes for tree in trees for field in tree)
    blob, labels = answer.values
    return Score(float((np.asarray(labels) == forest_labels).mean()), len(blob) / plain)


CHECKS = (
    Check("tree.11/predict_packed/wine", "from a blob of `pack`, and from nothing else", _wine, _valid,
          fetch=None,  # all: the judge gets the blob and the labels
          expects=False, score=_score),
)  # fmt: skip
