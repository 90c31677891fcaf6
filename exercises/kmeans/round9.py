"""The check of round 9, which is open: cluster_huge is scored by inertia and by distances."""

import numpy as np
from mlkata.authoring import Answer, Check, Dist, Rng, Score, Steps, call

from .judges import nearest, no_worse_than_one_center

REFUSED = "answers whose inertia is above that of one centre at the mean of X are refused"

N, K, D, SPREAD = 8000, 40, 8, 3.0
"""Rows, clusters, features, and how far centres lie from each other, in standard deviations of a cluster."""


def _unequal_clouds(rng):
    """Clouds whose sizes fall as 1, 1/2, 1/3, ...: a sample misses the small ones, some touch."""
    share = 1 / np.arange(1, K + 1)
    sizes = np.floor(share / share.sum() * N).astype(int)
    sizes[0] += N - sizes.sum()
    rows = np.repeat(rng.normal(size=(K, D)) * SPREAD, sizes, axis=0) + rng.normal(size=(N, D))
    X = rng.permutation(rows)
    return call("cluster_huge", X=X, k=K, rng=Rng(int(rng.integers(2**62))), dist=Dist(X))


def _score(steps: Steps, answer: Answer) -> Score:
    """Hold the inertia against what the clouds' own means would have: 1 for each free coordinate."""
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
