"""The check of round 9, an open round: cluster_huge is scored by inertia and by distances."""

import numpy as np
from mlkata.authoring import Answer, Check, Dist, Rng, Score, Steps, call

from .judges import nearest, no_worse_than_one_center

REFUSED = "answers whose inertia is above that of one centre at the mean of X are refused"

N, K, D, SPREAD = 8000, 40, 8, 3.0
"""Rows, clusters, features, and the distance between centres in standard deviations of a cluster."""


def _unequal_clouds(rng):
    """Return clouds whose sizes fall as 1, 1/2, 1/3, ...: a sample misses the small ones, and some touch."""
    share = 1 / np.arange(1, K + 1)
    sizes = np.floor(share / share.sum() * N).astype(int)
    sizes[0] += N - sizes.sum()
    rows = np.repeat(rng.normal(size=(K, D)) * SPREAD, sizes, axis=0) + rng.normal(size=(N, D))
    X = rng.permutation(rows)
    return call("cluster_huge", X=X, k=K, rng=Rng(int(rng.integers(2**62))), dist=Dist(X))


def _score(steps: Steps, answer: Answer) -> Score:
    """Score the inertia of the clouds' own means, expected to be 1 a free coordinate, over the answer's."""
    X = steps[0].arguments["X"]
    inertia = nearest(X, answer.values[0]).sum()
    return Score(float(D * (N - K) / inertia), answer.evaluations[0] / (N * K))


CHECKS = (
    Check(
        "kmeans.9/cluster_huge/unequal-clouds",
        REFUSED,
        _unequal_clouds,
        no_worse_than_one_center,
        expects=False,
        score=_score,
    ),
)
