"""The check of round 9: cluster_huge, which gets a score (inertia) and a cost (distances asked for).

The round is open: no answer is the right one, so nothing is compared with an expected answer.
"""

import numpy as np
from mlkata.authoring import Answer, Check, Dist, Rng, Score, Steps, call

from .judges import nearest, no_worse_than_one_center

REFUSED = "answers whose inertia is above that of one centre at the mean of X are refused"

N, K, D, SPREAD = 8000, 40, 8, 3.0
"""Rows, clusters, features, and the standard deviation of the centres in units of a cluster's."""


def _unequal_clouds(rng):
    """Make clouds whose sizes fall as 1, 1/2, 1/3, ...: a sample misses the small ones, and some overlap."""
    share = 1 / np.arange(1, K + 1)
    sizes = np.floor(share / share.sum() * N).astype(int)
    sizes[0] += N - sizes.sum()
    rows = np.repeat(rng.normal(size=(K, D)) * SPREAD, sizes, axis=0) + rng.normal(size=(N, D))
    X = rng.permutation(rows)
    return call("cluster_huge", X=X, k=K, rng=Rng(int(rng.integers(2**62))), dist=Dist(X))


def _score(steps: Steps, answer: Answer) -> Score:
    """Return the inertia of the clouds' own means as a share of the answer's, and the cost.

    Each coordinate has variance 1 around its cloud's mean, so D * (N - K) is the expected inertia of the
    clouds' means: the K means fitted to the rows take up K of the N rows' degrees of freedom.
    """
    X = steps[0].arguments["X"]
    inertia = nearest(X, answer.values[0]).sum()
    distances_asked_for = answer.evaluations[0]  # by the only step
    return Score(float(D * (N - K) / inertia), distances_asked_for / (N * K))


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
